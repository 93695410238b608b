"""How a mesh is kept at its size: which peers to take in and which to leave out, as pure choices."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median_high

from drandlab.gossip.parts.drawing import drawn
from drandlab.gossip.router_parameters import Parameters
from drandlab.typing import Rng

__all__ = ["Candidate", "MeshChange", "balance", "opportunists"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A peer as the mesh sees it: its score, and whether we have dialled it."""

    name: str
    score: float = 0.0
    outbound: bool = False


@dataclass(frozen=True, slots=True)
class MeshChange:
    """Whom to graft, whom to prune as too many, whom to prune for a score below 0."""

    graft: tuple[str, ...] = ()
    surplus: tuple[str, ...] = ()
    bad: tuple[str, ...] = ()


def balance(
    members: Sequence[Candidate], others: Callable[[], Sequence[Candidate]], p: Parameters, rng: Rng
) -> MeshChange:
    """Return what a heartbeat changes in the mesh of a topic.

    ``members`` are in it, ``others`` may be grafted: subscribed, without a back-off, not below 0; they are asked for
    only if some are missing, which is seldom. First those below 0 leave. Below ``d_lo`` the mesh grows to ``d``, above
    ``d_hi`` it shrinks to ``d``; the ``d_score`` best stay and at least ``d_out`` that we have dialled. Source:
    gossipsub v1.1, "Heartbeat".

    >>> import random
    >>> few = [Candidate(name) for name in "abc"]
    >>> change = balance(few, lambda: [Candidate(name) for name in "defgh"], Parameters(), random.Random(1))
    >>> len(change.graft), change.surplus
    (3, ())
    """
    bad = tuple(peer.name for peer in members if peer.score < 0)
    good = [peer for peer in members if peer.score >= 0]
    graft: list[Candidate] = []
    surplus: list[Candidate] = []
    if len(good) < p.d_lo:
        graft = drawn(others(), p.d - len(good), rng)
    elif len(good) > p.d_hi:
        kept = _kept(good, p, rng)
        names = {peer.name for peer in kept}
        surplus = [peer for peer in good if peer.name not in names]
        good = kept
    if len(good) >= p.d_lo and (missing := p.d_out - sum(peer.outbound for peer in good)) > 0:
        graft += drawn((peer for peer in others() if peer.outbound), missing, rng)
    return MeshChange(tuple(p.name for p in graft), tuple(p.name for p in surplus), bad)


def _kept(members: Sequence[Candidate], p: Parameters, rng: Rng) -> list[Candidate]:
    """The ``d`` of a mesh that is too large: the best, enough that we have dialled, and others by chance."""
    ranked = sorted(drawn(members, len(members), rng), key=lambda peer: -peer.score)
    ranked[p.d_score :] = drawn(ranked[p.d_score :], len(ranked), rng)
    kept, left = ranked[: p.d], ranked[p.d :]
    missing = p.d_out - sum(peer.outbound for peer in kept)
    for dialled in [peer for peer in left if peer.outbound][: max(0, missing)]:
        place = max(i for i, peer in enumerate(kept) if not peer.outbound)
        kept[place] = dialled
    return kept


def opportunists(
    members: Sequence[Candidate], others: Sequence[Candidate], threshold: float, p: Parameters, rng: Rng
) -> tuple[str, ...]:
    """Return whom to graft beyond the size, where the median score of the mesh is below ``threshold``.

    They have scores above the median, so a mesh of poor peers gets better. Source: gossipsub v1.1, "Opportunistic
    Grafting".
    """
    if len(members) < 2:
        return ()
    middle = median_high([peer.score for peer in members])
    if middle >= threshold:
        return ()
    return tuple(peer.name for peer in drawn((o for o in others if o.score > middle), p.opportunistic_peers, rng))
