"""Checkers: what must hold in every run of drand, decided from the journal alone.

Each checker sees the entries once, in order, beside the `Facts` of what was said before; at the end it gives a
`Verdict`. What it cannot judge for want of detail it skips, and says so. None of them blames an honest, correct run.

=====================  ================================================================================================
verdict                what must hold
=====================  ================================================================================================
one chain              no round has two beacons, no node begins another chain
no gap                 a node stores a round only after the one before; only a repair goes back
nothing lost           what was stored is there after a restart, unless the disk was lost
beacons verify         every beacon is the group's signature, and follows the one before
never early            no round is made before the clocks of a threshold of members had reached it, none signed before
                       the signer's own clock had
threshold              no beacon is there before a threshold of members of one group have signed its round
shares                 whoever signs a round is in a group that has the round, under its index there, and has not left
agreement              who ends a DKG ends with the polynomial that all have; the key is the chain's, before and after
dealings, echo         see `drandlab.simulation.checkers.dealing`
refusals               what is refused comes from who misbehaves, or from a fault that explains it
mended                 a damaged round is mended once its node has checked its chain among sound peers
progress, catch-up     see `drandlab.simulation.checkers.liveness`
timely, pace           see `drandlab.simulation.checkers.timing`
erasure, caches,       see `drandlab.simulation.checkers.keeping`
requests
streams, serving       see `drandlab.simulation.checkers.streams`
signed once, in its    see `drandlab.simulation.checkers.split_nodes`; where a signer flies apart from its node, and
window, every request  left out of the verdicts elsewhere
one bridge, finality,  see `drandlab.simulation.checkers.bridge.bridge_judges`; left out where there is no bridge, and
authors, ingested      the others where there is a bridge alone
once, stored pair,
bridge grows, rounds
grow
gossip once, ...       see `drandlab.simulation.checkers.gossip_rules`; left out where there is no gossip network
=====================  ================================================================================================

That two runs of one seed give one journal is for `same_digest` to see.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from drandlab.simulation.checkers.bridge.bridge_judges import BridgeBench
from drandlab.simulation.checkers.dealing import Dealings, Echo
from drandlab.simulation.checkers.gossip_rules import GossipFacts, gossip_checkers
from drandlab.simulation.checkers.keeping import Caches, Erasure, Requests
from drandlab.simulation.checkers.liveness import Advance, CatchUp
from drandlab.simulation.checkers.refusals import Refusals
from drandlab.simulation.checkers.safety import (
    Agreement,
    BeaconsVerify,
    Mended,
    NeverEarly,
    NoGap,
    NothingLost,
    OneChain,
    Shares,
    Threshold,
)
from drandlab.simulation.checkers.split_nodes import EveryRequest, InItsWindow, SignedOnce
from drandlab.simulation.checkers.streams import Serving, Streams
from drandlab.simulation.checkers.timing import Pace, Timely
from drandlab.simulation.checkers.verdict import Bench, JournalChecker, Verdict, Violation, see_all
from drandlab.simulation.journal import Entry, Journal
from drandlab.simulation.reading.facts import Facts

__all__ = ["CHECKERS", "all_checkers", "check_all", "same_digest"]

CHECKERS: tuple[Callable[[], JournalChecker[Facts]], ...] = (
    OneChain,
    NoGap,
    NothingLost,
    BeaconsVerify,
    NeverEarly,
    Threshold,
    Shares,
    Agreement,
    Dealings,
    Echo,
    Refusals,
    Requests,
    Erasure,
    Caches,
    Mended,
    Streams,
    Serving,
    Timely,
    Pace,
    Advance,
    CatchUp,
)
"""Every checker of drand's protocols."""


def all_checkers() -> list[JournalChecker[Facts]]:
    """Return fresh checkers, one of each kind."""
    return [kind() for kind in CHECKERS]


def check_all(journal: Journal | Iterable[Entry]) -> list[Verdict]:
    """Return the verdict of every checker on a run, in one pass over its journal.

    >>> from drandlab.simulation.network import Network
    >>> verdicts = check_all(Network(4, backend="glass").run(rounds=3).journal)
    >>> all(verdict.ok for verdict in verdicts), len(verdicts)
    (True, 21)
    """
    flying = [EveryRequest(), SignedOnce(), InItsWindow()]
    drand, gossip, bridge = Bench(Facts(), [*all_checkers(), *flying]), _gossip(), BridgeBench()
    see_all(journal, drand, gossip, bridge)
    verdicts = drand.verdicts()
    if not any(node.split for node in drand.facts.nodes.values()):
        verdicts = verdicts[: -len(flying)]
    beside = [*(gossip.verdicts() if gossip.facts.header is not None else ())]
    beside += bridge.verdicts() if bridge.is_needed else ()
    return [*verdicts, *beside] if drand.facts.header is not None or not beside else beside


def _gossip() -> Bench[GossipFacts]:
    return Bench(GossipFacts(), gossip_checkers())


def same_digest(make: Callable[[], Journal]) -> Verdict:
    """Return whether two runs of the same thing leave the same journal.

    >>> from drandlab.simulation.network import Network
    >>> same_digest(lambda: Network(3, backend="glass").run(rounds=1).journal).ok
    True
    """
    one, other = make(), make()
    if one.digest() == other.digest():
        return Verdict("same digest", len(one))
    pairs = zip(one, other, strict=False)
    first = next(((a, b) for a, b in pairs if a.to_json() != b.to_json()), None)
    what = f"{first[0]!r} once, {first[1]!r} the other time" if first else "one of the two is longer"
    return Verdict("same digest", len(one), (Violation(first[0].time if first else 0, None, what),))
