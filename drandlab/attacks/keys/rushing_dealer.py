r"""Dealers that wait until they have seen all others, and then choose who of them counts: the key is not uniform.

A dealer deals one holder a wrong share, and the holder complains. All commitments are public by then, so the dealer
knows what the key will be with its part and without it: it answers the complaint, or keeps silent and is thrown out.
With $k$ such dealers there are $2^k$ keys to choose from, and one has the wanted bit with chance $1 - 2^{-2^k}$.
That makes the key no weaker: nobody learns its secret. In two phases who takes part is settled before anything of the
key shows, and a refusal in the second phase changes nothing: the others compute the part of who refuses.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations

from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter
from drandlab.attacks.keys.two_phase_dkg import TwoPhaseDealer, two_phase_key
from drandlab.attacks.outcome_kinds import SampledShare
from drandlab.attacks.small_dkg import SmallDkg, glass_bls
from drandlab.crypto.feldman import PublicPolynomial
from drandlab.curves.group import Point
from drandlab.dkg.packets import Bundle, DealBundle, JustificationBundle
from drandlab.simulation.chance import rng_for
from drandlab.simulation.misbehaviour.keygen import PacketTo, parse

__all__ = ["ATTACK"]


def _wanted(key: Point) -> bool:
    """Whether a bit of the key is 1: of its hash, as the last bits of sums in the glass box hang together."""
    return hashlib.sha256(bytes(key)).digest()[-1] & 1 == 1


def _size(dealers: int) -> tuple[int, int]:
    """How many nodes there are, and the threshold: the dealers of the attacker are one too few to sign."""
    nodes = max(3, 2 * dealers + 1)
    return nodes, nodes // 2 + 1


def _subsets(members: Sequence[int]) -> Iterator[tuple[int, ...]]:
    for size in range(len(members) + 1):
        yield from combinations(members, size)


def _best(members: Sequence[int], others: Point, own: Mapping[int, Point]) -> tuple[int, ...]:
    """Return the first subset whose sum with the others' part is wanted, else all."""
    group = others.group
    for subset in _subsets(members):
        if _wanted(group.sum([others, *(own[i] for i in subset)])):
            return subset
    return tuple(members)


class _Rushing:
    """What the attacker's dealers, those with the lowest indices, send in one run of the Joint-Feldman protocol."""

    def __init__(self, dealers: int, wronged: int) -> None:
        self.mine, self.wronged = range(dealers), wronged
        self.answering: tuple[int, ...] | None = None

    def __call__(self, run: SmallDkg, index: int, bundle: Bundle) -> Iterable[PacketTo]:
        if index not in self.mine:
            return [PacketTo(bundle)]
        if isinstance(bundle, DealBundle):
            misbehaviour = parse(f"wrong-share:{index}:holder={self.wronged}")
            rng = rng_for(run.seed, "rushing dealer", index)
            return misbehaviour.send(run.protocols[index].machine, bundle, rng)
        if isinstance(bundle, JustificationBundle):
            if self.answering is None:
                self.answering = self._choice(run.seen)
            return [PacketTo(bundle)] if index in self.answering else []
        return [PacketTo(bundle)]

    def _choice(self, seen: Iterable[Bundle]) -> tuple[int, ...]:
        parts = {bundle.author: bundle.commits[0] for bundle in seen if isinstance(bundle, DealBundle)}
        group = next(iter(parts.values())).group
        others = group.sum([part for author, part in parts.items() if author not in self.mine])
        return _best(self.mine, others, parts)


def _one_phase_key(dealers: int, seed: str) -> Point:
    nodes, threshold = _size(dealers)
    run = SmallDkg(nodes, threshold, seed, tamper=_Rushing(dealers, wronged=nodes - 1)).finish()
    (key,) = {run.results[holder].key for holder in range(dealers, nodes)}
    return key


def _two_phase_key(dealers: int, seed: str) -> Point:
    nodes, threshold = _size(dealers)
    group, mine = glass_bls().keys, range(dealers)
    everybody = [TwoPhaseDealer.random(group, threshold, rng_for(seed, "dealer", i)) for i in range(nodes)]
    own = {i: everybody[i].revealed(threshold).public_key for i in mine}

    def answers(public: Sequence[Sequence[Point]]) -> tuple[int, ...]:
        # the best that can be done with commitments that hide: take them for what they do not show
        return _best(mine, group.sum([public[i][0] for i in range(dealers, nodes)]), own)

    def reveals(others: Mapping[int, PublicPolynomial]) -> tuple[int, ...]:
        return _best(mine, group.sum([one.public_key for one in others.values()]), own)

    return two_phase_key(everybody, threshold, wronged=dict.fromkeys(mine, nodes - 1), answers=answers, reveals=reveals)


def _theory(dealers: int, runs: int, two_phase: bool) -> AttackOutcome:
    return {"frequency": 0.5 if two_phase else 1 - 0.5 ** (2**dealers)}


def _measure(seed: int, *, dealers: int, runs: int, two_phase: bool) -> AttackOutcome:
    make = _two_phase_key if two_phase else _one_phase_key
    return {"frequency": sum(_wanted(make(dealers, f"{seed}/rushing dealer/{run}")) for run in range(runs)) / runs}


ATTACK = Attack(
    name="rushing_dealer",
    about="Dealers that see all commitments first choose which of them counts, and so a bit of the key.",
    parameters={
        "dealers": AttackParameter(1, "dealers of the attacker", low=0, high=4),
        "runs": AttackParameter(200, "key generations", low=1, high=100_000),
        "two_phase": AttackParameter(False, "whether who takes part is settled before the commitments can be read"),
    },
    sources=(
        "Gennaro, Jarecki, Krawczyk, Rabin: Secure distributed key generation for discrete-log based cryptosystems, "
        "EUROCRYPT 1999 and J. Cryptology 20 (2007)",
    ),
    remedy="Commit in a way that hides first, settle who takes part, and only then publish what the key is made of; "
    "or show that a key that is not uniform does no harm, as for signatures.",
    theory=_theory,
    measure=_measure,
    kinds={"frequency": SampledShare("runs")},
    cases=({"runs": 40}, {"dealers": 2, "runs": 40}, {"two_phase": True, "runs": 100}),
)
