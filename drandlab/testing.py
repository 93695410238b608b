"""Tools to test protocols: for drandlab's own tests, for notebooks and for yours.

`run_dkg` drives the machines of all nodes, one phase after the other. Three functions, each from a list of bundles to a
list of bundles, may rewrite the packets of each phase, which is how production's library tests its DKG. Ready-made
adversaries stand in `drandlab.simulation.misbehaviour.keygen` and work on whole runs
(`drandlab.simulation.keygen.run.run`); they are offered here too.

`KnownGroup` is a group whose shares are all known: it can make every partial and every beacon, valid or not.

A machine takes an event and returns effects: `only` picks the effects of one kind, and `unchanged` checks that an event
which was refused left the machine as it was.
"""

from __future__ import annotations

import hashlib
import random
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AnySet
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TypeAlias, TypeVar

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
from drandlab.simulation.misbehaviour.keygen import CATALOGUE, MisbehavingParticipant, parse
from drandlab.typing import Round, ShareIndex

__all__ = [
    "CATALOGUE",
    "CHAINED",
    "UNCHAINED",
    "Ended",
    "KnownGroup",
    "MisbehavingParticipant",
    "generate_key",
    "only",
    "parse",
    "reshare",
    "run",
    "run_dkg",
    "snapshot",
    "unchanged",
]

E = TypeVar("E")

CHAINED = "pedersen-bls-chained"
"""The scheme of drand's default network: each round signs the one before it; keys on G1."""

UNCHAINED = "bls-unchained-g1-rfc9380"
"""The scheme of quicknet: each round stands alone; keys on G2."""

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


def only(effects: Iterable[object], kind: type[E]) -> list[E]:
    """Return the effects of one kind, in their order.

    >>> from drandlab.beacon.machines.handler import Handler
    >>> from drandlab.beacon.machines.effects import AskPartial
    >>> known = KnownGroup(n=3, threshold=2)
    >>> machine = Handler(known.info, [known.epoch(0)], known.beacon(0))
    >>> now = known.info.round_time(1)
    >>> timers = machine.start(now - 1)
    >>> [ask.round for ask in only(machine.timer("tick", now), AskPartial)]
    [1]
    """
    return [effect for effect in effects if isinstance(effect, kind)]


def snapshot(machine: object, *, without: Iterable[str] = ()) -> Mapping[str, Any]:
    """Return what a machine holds: its attributes by name, with all that can change in them copied.

    Two snapshots are equal exactly if no container, no random generator and no part of the machine has changed between
    them. ``without`` names attributes that may change, such as a cache.
    """
    left_out = set(without)
    return {name: value for name, value in _attributes(machine, {id(machine)}).items() if name not in left_out}


def _attributes(machine: object, above: set[int]) -> dict[str, Any]:
    slots = [name for kind in type(machine).__mro__ for name in getattr(kind, "__slots__", ())]
    names = [*getattr(machine, "__dict__", ()), *(name for name in slots if hasattr(machine, name))]
    return {name: _copied(getattr(machine, name), above) for name in names}


def _copied(value: Any, above: set[int]) -> Any:
    """Copy what can change; values that cannot (numbers, points, frozen dataclasses) stand for themselves."""
    if isinstance(value, random.Random):
        return value.getstate()
    if id(value) in above:  # a part that knows the whole
        return None
    if isinstance(value, Mapping):
        return {key: _copied(item, above) for key, item in value.items()}
    if isinstance(value, list | tuple | deque):
        return [_copied(item, above) for item in value]
    if isinstance(value, AnySet):
        return set(value)
    if isinstance(value, bytearray):
        return bytes(value)
    parameters = getattr(type(value), "__dataclass_params__", None)
    is_part = type(value).__module__.startswith("drandlab.") and not isinstance(value, type)
    if is_part and hasattr(value, "__dict__") and not (parameters and parameters.frozen):
        return _attributes(value, above | {id(value)})
    return value


@contextmanager
def unchanged(machine: object, *, without: Iterable[str] = ()) -> Iterator[None]:
    """Check that a machine is after the block what it was before, whether the block returns or raises.

    `AssertionError` names the attributes that changed; ``without`` as for `snapshot`.

    >>> from drandlab.beacon.machines.partials import PartialCache
    >>> cache = PartialCache()
    >>> with unchanged(cache):
    ...     len(cache)
    0
    """
    before = snapshot(machine, without=without)
    try:
        yield
    finally:
        after = snapshot(machine, without=without)
        names = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
        if names:
            raise AssertionError(f"{type(machine).__name__} has changed in {', '.join(names)}")


class KnownGroup:
    """A group of nodes whose shares are all known, so that everything they could send can be made.

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
