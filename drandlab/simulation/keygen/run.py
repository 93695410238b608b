"""A whole DKG or resharing in one process: every node's protocol, a network without delay, a journal.

Packets travel as bytes. Every node decodes and checks every packet itself, or, with ``shared`` verification, each
packet is decoded and its signature checked once for all: what is true of a packet does not depend on who asks, so the
journal is the same, and a simulation several times faster.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count
from typing import assert_never

from drandlab.algebra.field import FieldElement
from drandlab.crypto.schemes import scheme as scheme_named
from drandlab.crypto.secrecy import HoldsSecrets
from drandlab.curves.door import suite
from drandlab.curves.group import Group
from drandlab.dkg.codec import decode, encode
from drandlab.dkg.config import Config, Member, minimum_threshold
from drandlab.dkg.packets import Bundle, epoch_session_id
from drandlab.dkg.protocol import (
    Blame,
    Broadcast,
    DKGEffect,
    Done,
    Dropped,
    Failed,
    Left,
    Moved,
    Protocol,
    SetPhaseTimer,
    SignatureCache,
)
from drandlab.dkg.result import Result
from drandlab.errors import DrandlabError, LocalError, PeerError
from drandlab.node.dkg_reports import report_of
from drandlab.simulation.chance import rng_for
from drandlab.simulation.journal import Journal
from drandlab.simulation.misbehaviour.keygen import MisbehavingParticipant, PacketTo, checked_participants
from drandlab.simulation.world.world import checked_names
from drandlab.typing import Seconds, checked_int

__all__ = ["Node", "Run", "fresh_nodes", "generate_key", "reshare", "run"]


@dataclass(frozen=True, slots=True)
class Node:
    """A node before a run: its name in the simulation and its long-term secret."""

    name: int
    secret: FieldElement = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run(HoldsSecrets):
    """What a run left behind.

    ``results`` and ``errors`` are by node name; nodes that left or were switched off are in neither.
    """

    group: Group
    configs: dict[int, Config]
    protocols: dict[int, Protocol]
    results: dict[int, Result]
    errors: dict[int, DrandlabError]
    blamed: list[PeerError]
    journal: Journal
    names_used: int
    """Names given so far, in this run and in those before it: the next newcomer gets this number."""

    @property
    def agreed(self) -> Result:
        """The result that most nodes hold; ties go to the lowest name."""
        if not self.results:
            first = next(iter(self.errors.values()), None)
            raise LocalError(f"no node finished this run{f' ({first})' if first else ''}")
        votes = [(result.public, result.qual) for result in self.results.values()]
        return max(self.results.values(), key=lambda result: votes.count((result.public, result.qual)))

    def __repr__(self) -> str:
        return f"<Run: {len(self.results)} results, {len(self.errors)} errors, {self.journal!r}>"


class Mailroom:
    """Bytes to bundles: strictly decoded, refused once for all or by every node anew."""

    def __init__(self, group: Group, shared: bool) -> None:
        self._group = group
        self._known: dict[bytes, Bundle | DrandlabError] | None = {} if shared else None

    def open(self, data: bytes) -> Bundle | DrandlabError:
        """Return the bundle in ``data``, or why it is none."""
        if self._known is None:
            return self._decode(data)
        if data not in self._known:
            self._known[data] = self._decode(data)
        return self._known[data]

    def _decode(self, data: bytes) -> Bundle | DrandlabError:
        try:
            return decode(data, self._group)
        except DrandlabError as error:
            return error


class _Simulation:
    """The event loop: packets in order of sending, then the next timer."""

    def __init__(
        self,
        configs: Mapping[int, Config],
        *,
        seed: int | str,
        faults: Iterable[MisbehavingParticipant],
        shared: bool,
        phase_timeout: Seconds,
    ) -> None:
        group = next(iter(configs.values())).group
        self.group, self.configs, self.journal = group, dict(configs), Journal()
        self.now: Seconds = 0
        self.mail: deque[tuple[int, int, bytes]] = deque()
        self.timers: list[tuple[Seconds, int, int, SetPhaseTimer]] = []
        self.sequence = count()
        self.rooms = Mailroom(group, shared)
        common = SignatureCache(rng_for(seed, "verdicts")) if shared else None
        self.protocols = {
            name: Protocol(
                config,
                rng_for(seed, "node", name),
                phase_timeout=phase_timeout,
                signatures=common or SignatureCache(rng_for(seed, "verdicts", name)),
            )
            for name, config in configs.items()
        }
        self.misbehaviours: dict[int, list[MisbehavingParticipant]] = {}
        for one in checked_participants(faults):
            if one.node not in configs:
                raise LocalError(
                    f"misbehaviour {one}: there is no node {one.node}; there are {', '.join(map(str, configs))}"
                )
            self.misbehaviours.setdefault(one.node, []).append(one)
        self.misbehaviour_rng = {name: rng_for(seed, "fault", name) for name in self.misbehaviours}
        self.results: dict[int, Result] = {}
        self.errors: dict[int, DrandlabError] = {}
        self.blamed: list[PeerError] = []

    def run(self) -> None:
        for name, protocol in self.protocols.items():
            self.journal.write(self.now, name, "start", role=protocol.machine.role)
            self.carry_out(name, protocol.start(self.now))
        while self.mail or self.timers:
            if self.mail:
                sender, name, data = self.mail.popleft()
                self.deliver(sender, name, data)
            else:
                self.now, _, name, timer = heappop(self.timers)
                if not self.protocols[name].over:
                    self.journal.write(self.now, name, "tick", phase=timer.phase.value)
                    self.carry_out(name, self.protocols[name].tick(timer.phase))

    def deliver(self, sender: int, name: int, data: bytes) -> None:
        protocol = self.protocols[name]
        if protocol.over:
            return
        packet = self.rooms.open(data)
        if isinstance(packet, DrandlabError):
            refused = {"sender": str(sender), "code": packet.code, "why": str(packet)}
            self.journal.write(self.now, name, "refused", **{"what": "dkg"}, **refused)
            return
        effects = protocol.receive(packet)
        for effect in effects:
            if isinstance(effect, Dropped):
                refused = {"sender": str(sender), "code": effect.code, "why": effect.why}
                self.journal.write(self.now, name, "refused", **{"what": "dkg"}, **refused)
        self.carry_out(name, effects)

    def carry_out(self, name: int, effects: Iterable[DKGEffect]) -> None:
        for effect in effects:
            match effect:
                case Broadcast(bundle):
                    self.send(name, bundle)
                case SetPhaseTimer(at):
                    heappush(self.timers, (at, next(self.sequence), name, effect))
                case Blame(error):
                    self.blamed.append(error)
                    self.journal.write(self.now, name, report_of(effect))
                case Moved():
                    self.journal.write(self.now, name, report_of(effect))
                case Done(result):
                    self.results[name] = result
                    self.journal.write(
                        self.now,
                        name,
                        "done",
                        key=bytes(result.key),
                        qual=result.qual,
                        commits=[bytes(c) for c in result.public.commits],
                        index=result.share.index,
                    )
                case Failed(error):
                    self.errors[name] = error
                    self.journal.write(self.now, name, "failed", code=error.code, why=str(error))
                case Left():
                    self.journal.write(self.now, name, "left")
                case Dropped():
                    pass  # the journal has it as a refusal, with its sender
                case _:
                    assert_never(effect)

    def send(self, name: int, bundle: Bundle) -> None:
        packets: list[PacketTo] = [PacketTo(bundle)]
        for one in self.misbehaviours.get(name, ()):
            machine, rng = self.protocols[name].machine, self.misbehaviour_rng[name]
            packets = [
                sent
                for packet in packets
                for sent in ([packet] if isinstance(packet.packet, bytes) else one.send(machine, packet.packet, rng))
            ]
        for sent in packets:
            data = sent.packet if isinstance(sent.packet, bytes) else encode(sent.packet)
            kind = type(bundle).__name__.removesuffix("Bundle").lower()
            self.journal.write(self.now, name, "broadcast", packet=kind, data=data)
            for other, protocol in self.protocols.items():
                wanted = sent.only is None or protocol.machine.holder_index in sent.only
                if other != name and wanted:
                    self.mail.append((name, other, data))


def run(
    configs: Mapping[int, Config],
    *,
    seed: int | str,
    faults: Iterable[MisbehavingParticipant] = (),
    shared: bool = True,
    phase_timeout: Seconds = 10,
    names_used: int = 0,
) -> Run:
    """Run the protocol of all nodes to its end and return what each of them holds.

    ``configs`` are by node name; ``names_used`` counts the names given in earlier runs of the same chain. Everything
    random comes from ``seed``: the same arguments give the same journal, on every machine and with either value of
    ``shared``.
    """
    simulation = _Simulation(configs, seed=seed, faults=faults, shared=shared, phase_timeout=phase_timeout)
    simulation.run()
    return Run(
        group=simulation.group,
        configs=simulation.configs,
        protocols=simulation.protocols,
        results=simulation.results,
        errors=simulation.errors,
        blamed=simulation.blamed,
        journal=simulation.journal,
        names_used=max(names_used, max(configs) + 1),
    )


def fresh_nodes(group: Group, names: Iterable[int], seed: int | str) -> list[Node]:
    """Return nodes with long-term secrets drawn from ``seed``."""
    return [Node(name, group.field.random(rng_for(seed, "long-term", name), nonzero=True)) for name in names]


def members(group: Group, nodes: Iterable[Node]) -> list[Member]:
    """Return the nodes as members of a group: indices by ascending key bytes, which is production's rule."""
    keys = sorted((secret * group.generator for secret in (node.secret for node in nodes)), key=bytes)
    return [Member(index, key) for index, key in enumerate(keys)]


def generate_key(
    nodes: int,
    threshold: int | None = None,
    *,
    scheme: str = "",
    seed: int | str = 1,
    fast_sync: bool = True,
    faults: Iterable[MisbehavingParticipant] = (),
    shared: bool = True,
    backend: str | None = None,
) -> Run:
    """Run a fresh DKG of ``nodes`` nodes and return what is left of it.

    ``threshold`` is production's least one unless given. Names of nodes are their indices in the group.

    >>> done = generate_key(5, 3, seed=1, backend="glass")
    >>> done.agreed.qual, len({bytes(result.key) for result in done.results.values()})
    ((0, 1, 2, 3, 4), 1)
    >>> from drandlab.simulation.misbehaviour.keygen import checked_participants, parse
    >>> generate_key(5, 3, seed=1, backend="glass", faults=[parse("silent:2")]).agreed.qual
    (0, 1, 3, 4)
    """
    nodes = checked_int(nodes, "nodes", 1)
    threshold = minimum_threshold(nodes) if threshold is None else checked_int(threshold, "threshold", 1, nodes)
    named = scheme_named(scheme)
    group = suite(named.curve, backend).group(named.key_group)
    people = sorted(fresh_nodes(group, range(nodes), seed), key=lambda node: bytes(node.secret * group.generator))
    everybody = members(group, people)
    configs = {
        index: Config(
            group=group,
            longterm=node.secret,
            new_nodes=everybody,
            threshold=threshold,
            nonce=epoch_session_id(1),
            fast_sync=fast_sync,
        )
        for index, node in enumerate(people)
    }
    return run(configs, seed=seed, faults=faults, shared=shared)


def reshare(
    previous: Run,
    *,
    threshold: int,
    remaining: Sequence[int] | None = None,
    joining: int = 0,
    leavers_deal: bool = False,
    epoch: int = 2,
    seed: int | str = 1,
    fast_sync: bool = True,
    faults: Iterable[MisbehavingParticipant] = (),
    shared: bool = True,
) -> Run:
    """Hand the key of ``previous`` on to a new group and return what is left of that run.

    ``remaining`` are the names of those who stay (all qualified nodes unless given), ``joining`` the number of
    newcomers, who get the next free names. Nodes that leave take no part, as in production, unless ``leavers_deal``.
    ``epoch`` numbers the run, for its session id. Raises `LocalError` for arguments that make no group.

    >>> first = generate_key(4, 3, seed=1, backend="glass")
    >>> second = reshare(first, remaining=[0, 1, 3], joining=2, threshold=4)
    >>> second.agreed.key == first.agreed.key, second.agreed.public.threshold, sorted(second.results)
    (True, 4, [0, 1, 3, 4, 5])
    """
    group, old = previous.group, previous.agreed
    holders = {name: result for name, result in previous.results.items() if result.public == old.public}
    joining, epoch = checked_int(joining, "joining", 0, 1000), checked_int(epoch, "epoch", 1, (1 << 32) - 1)
    stay = sorted(holders) if remaining is None else checked_names("remaining", remaining)
    for name in stay:
        if name not in holders:
            raise LocalError(
                f"node {name} holds no share of the key; those who do: {sorted(holders)}", argument="remaining"
            )
    if not stay and not leavers_deal:
        raise LocalError("somebody must hand the key on; leave it out if all are to stay", argument="remaining")
    if not stay and not joining:
        raise LocalError("the new group needs at least one node, got 0 and nobody who remains", argument="joining")
    threshold = checked_int(threshold, "threshold", 1, len(stay) + joining)
    longterm = {name: previous.configs[name].longterm for name in holders}
    names_used = previous.names_used + joining
    newcomers = fresh_nodes(group, range(previous.names_used, names_used), f"{seed}/epoch {epoch}")
    longterm |= {node.name: node.secret for node in newcomers}
    new_names = [*stay, *(node.name for node in newcomers)]
    new_nodes = members(group, [Node(name, longterm[name]) for name in new_names])
    old_nodes = [member for member in next(iter(previous.configs.values())).new_nodes if member.index in old.qual]
    runners = [name for name in longterm if name in new_names or leavers_deal]
    configs = {
        name: Config(
            group=group,
            longterm=longterm[name],
            old_nodes=old_nodes,
            new_nodes=new_nodes,
            old_threshold=old.public.threshold,
            threshold=threshold,
            share=holders[name].share if name in holders else None,
            public=old.public,
            nonce=epoch_session_id(epoch),
            fast_sync=fast_sync,
        )
        for name in runners
    }
    return run(configs, seed=f"{seed}/epoch {epoch}", faults=faults, shared=shared, names_used=names_used)
