"""Tools to test protocols with, for drandlab's own tests, for notebooks and for yours.

`run_dkg` drives the machines of all nodes in lockstep, and lets an adversary rewrite the packets of each phase: three
functions from a list of bundles to a list of bundles, which is how production's library tests its DKG. Ready-made
adversaries stand in `drandlab.simulation.misbehaviour.keygen` and work on whole runs
(`drandlab.simulation.keygen.run.run`); they are offered here too.

`KnownGroup` is a group all of whose shares are known: it makes any partial and any beacon, true ones and false ones.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TypeAlias

from drandlab.algebra.field import FieldElement
from drandlab.algebra.polynomial import Polynomial
from drandlab.algebra.shamir import Share, evaluation_point
from drandlab.beacon.beacon import Beacon
from drandlab.beacon.forms.packets import PartialBeacon
from drandlab.beacon.group import Group, Node
from drandlab.beacon.identity import KeyPair
from drandlab.beacon.machines.checker import Checker, Memory
from drandlab.beacon.machines.handler import Epoch
from drandlab.crypto.bls import BLS
from drandlab.crypto.feldman import PublicPolynomial
from drandlab.crypto.schemes import scheme as scheme_named
from drandlab.crypto.tbls import sign_partial
from drandlab.dkg.machine import DistKeyGenerator
from drandlab.dkg.packets import DealBundle, JustificationBundle, ResponseBundle
from drandlab.dkg.result import Result
from drandlab.errors import Evicted, ProtocolAborted
from drandlab.simulation.keygen.run import generate_key, reshare, run
from drandlab.simulation.misbehaviour.keygen import CATALOGUE, Fault, parse_fault
from drandlab.typing import Round, ShareIndex

__all__ = ["CATALOGUE", "Ended", "Fault", "KnownGroup", "generate_key", "parse_fault", "reshare", "run", "run_dkg"]

Ended: TypeAlias = Result | Evicted | ProtocolAborted | None
"""How a node's run ended: with a result, with an error, or, for a leaver, with nothing."""


def run_dkg(
    nodes: Sequence[DistKeyGenerator],
    *,
    map_deals: Callable[[list[DealBundle]], list[DealBundle]] = list,
    map_responses: Callable[[list[ResponseBundle]], list[ResponseBundle]] = list,
    map_justifications: Callable[[list[JustificationBundle]], list[JustificationBundle]] = list,
) -> list[Ended]:
    """Run all machines in lockstep, every bundle to every node, and return how each ended, in their order.

    Each ``map_…`` gets the honest bundles of a phase and returns what is delivered instead. Signatures play no part.

    >>> import random
    >>> from drandlab.curves import suite
    >>> from drandlab.dkg.config import Config, Member
    >>> g1, rng = suite("bls12-381", "glass").g1, random.Random(1)
    >>> keys = [g1.field.random(rng) for _ in range(4)]
    >>> everybody = [Member(i, x * g1.generator) for i, x in enumerate(keys)]
    >>> nodes = [DistKeyGenerator(Config(group=g1, longterm=x, new_nodes=everybody, threshold=3, nonce=bytes(32)), rng)
    ...          for x in keys]
    >>> ended = run_dkg(nodes, map_deals=lambda deals: deals[1:])
    >>> type(ended[0]).__name__, ended[1].qual
    ('Evicted', (1, 2, 3))
    """
    deals = map_deals([node.deals() for node in nodes if node.can_issue])
    responses = map_responses([made for node in nodes if (made := node.process_deals(deals)) is not None])
    ended: list[Ended] = [None] * len(nodes)
    answers: list[JustificationBundle] = []
    waiting: list[int] = []
    for i, node in enumerate(nodes):
        if not node.can_receive:
            continue
        try:
            outcome = node.process_responses(responses)
        except (Evicted, ProtocolAborted) as error:
            ended[i] = error
            continue
        if isinstance(outcome, Result):
            ended[i] = outcome
        else:
            waiting.append(i)
            answers += [outcome] if outcome is not None else []
    answers = map_justifications(answers)
    for i in waiting:
        try:
            ended[i] = nodes[i].process_justifications(answers)
        except (Evicted, ProtocolAborted) as error:
            ended[i] = error
    return ended


class KnownGroup:
    """A group of nodes whose shares are all known, so that whatever they could send can be made.

    ``indices`` are those of its nodes, 0 to n - 1 unless given; ``secret`` is the key's (one from ``seed`` unless
    given). ``pairs`` and ``shares`` are by index.

    >>> known = KnownGroup(n=3, threshold=2)
    >>> known.partial(2, round=7).partial_signature[:2].hex()
    '0002'
    >>> known.checker().beacon(known.beacon(7))
    """

    def __init__(
        self,
        n: int = 5,
        threshold: int = 3,
        *,
        scheme: str = "bls-unchained-g1-rfc9380",
        period: int = 3,
        catchup_period: int = 1,
        genesis_time: int = 1_700_000_000,
        genesis_seed: bytes | None = None,
        beacon_id: str = "default",
        seed: int = 1,
        secret: FieldElement | None = None,
        indices: Iterable[ShareIndex] | None = None,
        backend: str = "glass",
    ) -> None:
        rng = random.Random(seed)
        self.bls = BLS.of(scheme_named(scheme), backend)
        self.polynomial = Polynomial.random(self.bls.field, threshold - 1, rng, constant=secret)
        self.public = PublicPolynomial.commit(self.polynomial, self.bls.keys)
        names = list(range(n) if indices is None else indices)
        self.shares = {i: Share(index=i, value=self.polynomial(evaluation_point(i))) for i in names}
        made = [
            KeyPair.generate(f"node{i}.example.org:4444", self.bls.scheme, rng, version=1, backend=backend)
            for i in names
        ]
        made.sort(key=lambda pair: bytes(pair.identity.key))
        self.pairs = dict(zip(names, made, strict=True))
        self.group = Group(
            nodes=tuple(Node(i, pair.identity) for i, pair in self.pairs.items()),
            threshold=threshold,
            period=period,
            catchup_period=catchup_period,
            genesis_time=genesis_time,
            genesis_seed=hashlib.sha256(b"seed").digest() if genesis_seed is None else genesis_seed,
            scheme=self.bls.scheme,
            public=self.public,
            beacon_id=beacon_id,
        )
        self.info = self.group.chain_info
        self._chain = [Beacon(round=0, signature=self.group.seed)]

    def __repr__(self) -> str:
        return f"<KnownGroup {self.group!r}>"

    def address(self, index: ShareIndex) -> str:
        """Return where the node with this index listens."""
        return self.pairs[index].identity.address

    def signature(self, round: Round, previous: bytes = b"") -> bytes:
        """Return the group's signature of a round that follows ``previous``."""
        return self.bls.sign(self.polynomial(0), self.bls.scheme.digest(round, previous))

    def beacon(self, round: Round) -> Beacon:
        """Return the one true beacon of a round; round 0 is the genesis beacon."""
        while len(self._chain) <= round:
            following = len(self._chain)
            previous = self._chain[-1].signature if self.bls.scheme.chained else b""
            self._chain.append(
                Beacon(round=following, signature=self.signature(following, previous), previous_signature=previous)
            )
        return self._chain[round]

    def beacons(self, first: Round, last: Round) -> list[Beacon]:
        """Return the beacons of these rounds, both ends included."""
        return [self.beacon(round) for round in range(first, last + 1)]

    def partial(self, index: ShareIndex, round: Round, previous: bytes | None = None) -> PartialBeacon:
        """Return what a member sends for a round; ``previous`` is the true signature before it unless given."""
        before = self.beacon(round - 1).signature if previous is None else previous
        message = self.bls.scheme.digest(round, before)
        return PartialBeacon(
            round=round,
            partial_signature=sign_partial(self.bls, self.shares[index], message),
            previous_signature=before,
            beacon_id=self.group.beacon_id,
        )

    def checker(self, memory: Memory | None = None) -> Checker:
        """Return the checks that a member of the group makes."""
        return Checker(self.info, self.public, memory)

    def epoch(self, index: ShareIndex, first_round: Round = 1) -> Epoch:
        """Return this group as one of its members sees it, from a round on."""
        return Epoch(first_round, self.group, index, self.checker())

    def reshared(self, n: int, threshold: int, *, seed: int = 2) -> KnownGroup:
        """Return another group, of other nodes and shares, with the same key and the same chain."""
        group = self.group
        new = KnownGroup(
            n,
            threshold,
            scheme=group.scheme.name,
            period=group.period,
            catchup_period=group.catchup_period,
            genesis_time=group.genesis_time,
            genesis_seed=group.seed,
            beacon_id=group.beacon_id,
            seed=seed,
            secret=self.polynomial(0),
            backend=self.bls.keys.backend,
        )
        new.group = replace(new.group, transition_time=group.genesis_time + 1)
        return new
