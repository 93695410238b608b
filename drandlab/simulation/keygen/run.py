"""A whole DKG or resharing in one process: every node's protocol, a network without delay, a journal.

Packets travel as bytes. Every node decodes and checks every packet itself, or, with ``shared`` verification, each
packet is decoded and its signature checked once for all: what is true of a packet does not depend on who asks, so the
journal is the same, and a simulation several times faster.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from drandlab.algebra.field import FieldElement
from drandlab.crypto.schemes import scheme as scheme_named
from drandlab.crypto.secrecy import HoldsSecrets
from drandlab.curves.door import suite
from drandlab.curves.group import Group
from drandlab.dkg.config import Config, Member, minimum_threshold
from drandlab.dkg.packets import epoch_session_id
from drandlab.dkg.protocol import Protocol, SignatureCache
from drandlab.dkg.result import Result
from drandlab.errors import DrandlabError, LocalError, PeerError
from drandlab.show import view_of
from drandlab.simulation.chance import rng_for
from drandlab.simulation.entries import HostStarted
from drandlab.simulation.hosts.disk import EmptyDisk
from drandlab.simulation.journal import Journal
from drandlab.simulation.keygen.driver import KeygenDriver, KeygenHost, PacketCache
from drandlab.simulation.misbehaviour.keygen import MisbehavingParticipant, checked_participants
from drandlab.simulation.world.links import Latency, Link
from drandlab.simulation.world.world import World, checked_names
from drandlab.typing import Seconds, checked_int

__all__ = ["NodeSecret", "Run", "fresh_nodes", "generate_key", "reshare", "run"]


NO_DELAY = Link(latency=Latency(kind="constant", mean=0.0))
"""A link that carries everything at once."""


@dataclass(frozen=True, slots=True)
class NodeSecret:
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

    def show(self, **options: Any) -> Any:
        """Return the live status matrix of this run, a `StatusMatrixWidget`; ``options`` are those of the widget.

        >>> generate_key(4, 3, backend="glass").show(node=2)
        StatusMatrixWidget(node=2, step=10 of 10, cell=(0, 2), 4 dealers x 4 holders)
        """
        return view_of("matrix", self, **options)

    def __repr__(self) -> str:
        return f"<Run: {len(self.results)} results, {len(self.errors)} errors, {self.journal!r}>"


@dataclass(slots=True)
class _Outcomes:
    """What the nodes of a run have come to, by their names."""

    results: dict[int, Result] = field(default_factory=dict)
    errors: dict[int, DrandlabError] = field(default_factory=dict)
    blamed: list[PeerError] = field(default_factory=list)


def _address(name: int) -> str:
    return f"node{name}.example.org:4444"


def _by_node(
    faults: Iterable[MisbehavingParticipant], names: Collection[int]
) -> dict[int, list[MisbehavingParticipant]]:
    """Return the misbehaviours by node; raises `LocalError` for one at a node that takes no part."""
    found: dict[int, list[MisbehavingParticipant]] = {}
    for one in checked_participants(faults):
        if one.node not in names:
            raise LocalError(f"misbehaviour {one}: there is no node {one.node}; there are {', '.join(map(str, names))}")
        found.setdefault(one.node, []).append(one)
    return found


def _hosts(
    world: World,
    configs: Mapping[int, Config],
    outcomes: _Outcomes,
    misbehaviours: Mapping[int, list[MisbehavingParticipant]],
    *,
    shared: bool,
    phase_timeout: Seconds,
) -> list[KeygenHost]:
    """Return the hosts of a world, one for each node; none has begun."""
    seed, packets = world.seed, PacketCache(next(iter(configs.values())).group, shared=shared)
    common = SignatureCache(rng_for(seed, "verdicts")) if shared else None
    hosts = []
    for name, config in configs.items():
        protocol = Protocol(
            config,
            rng_for(seed, "node", name),
            phase_timeout=phase_timeout,
            signatures=common or SignatureCache(rng_for(seed, "verdicts", name)),
        )
        driver = KeygenDriver(protocol, packets, outcomes, misbehaviours.get(name, ()), rng_for(seed, "fault", name))
        hosts.append(KeygenHost(name, _address(name), world, EmptyDisk(), driver))
    for host in hosts:
        others = {other.address: other.driver.protocol.machine.holder_index for other in hosts if other is not host}
        host.driver.peers = others
    return hosts


def run(
    configs: Mapping[int, Config],
    *,
    seed: int | str,
    faults: Iterable[MisbehavingParticipant] = (),
    shared: bool = True,
    phase_timeout: Seconds = 10,
    names_used: int = 0,
    link: Link = NO_DELAY,
) -> Run:
    """Run the protocol of all nodes to its end and return what each of them holds.

    ``configs`` are by node name; ``names_used`` counts the names given in earlier runs of the same chain. ``link`` is
    that between every two nodes; packets take no time unless it is given. Everything random comes from ``seed``: the
    same arguments give the same journal, on every machine and with either value of ``shared``.
    """
    # packets are in the journal as what their authors send; what each link does with each would be n times as much
    world, outcomes = World(seed, Journal(), start=0, link=link, detail="summary"), _Outcomes()
    misbehaviours = _by_node(faults, configs)
    hosts = _hosts(world, configs, outcomes, misbehaviours, shared=shared, phase_timeout=phase_timeout)
    for host in hosts:
        host.log(HostStarted(address=host.address, key=bytes(host.driver.protocol.config.key)))
        host.resume()
    world.run_out()
    return Run(
        group=next(iter(configs.values())).group,
        configs=dict(configs),
        protocols={host.name: host.driver.protocol for host in hosts},
        results=outcomes.results,
        errors=outcomes.errors,
        blamed=outcomes.blamed,
        journal=world.journal,
        names_used=max(names_used, max(configs) + 1),
    )


def fresh_nodes(group: Group, names: Iterable[int], seed: int | str) -> list[NodeSecret]:
    """Return nodes with long-term secrets drawn from ``seed``."""
    return [NodeSecret(name, group.field.random(rng_for(seed, "long-term", name), nonzero=True)) for name in names]


def members(group: Group, nodes: Iterable[NodeSecret]) -> list[Member]:
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
    link: Link = NO_DELAY,
) -> Run:
    """Run a fresh DKG of ``nodes`` nodes and return what is left of it.

    ``threshold`` is production's least one unless given. Names of nodes are their indices in the group. ``link`` is
    that between every two nodes; packets take no time unless it is given.

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
    return run(configs, seed=seed, faults=faults, shared=shared, link=link)


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
    link: Link = NO_DELAY,
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
        raise LocalError(
            "at least one current member must remain; leave it out if all are to stay", argument="remaining"
        )
    if not stay and not joining:
        raise LocalError("the new group needs at least one node, got 0 and nobody who remains", argument="joining")
    threshold = checked_int(threshold, "threshold", 1, len(stay) + joining)
    longterm = {name: previous.configs[name].longterm for name in holders}
    names_used = previous.names_used + joining
    newcomers = fresh_nodes(group, range(previous.names_used, names_used), f"{seed}/epoch {epoch}")
    longterm |= {node.name: node.secret for node in newcomers}
    new_names = [*stay, *(node.name for node in newcomers)]
    new_nodes = members(group, [NodeSecret(name, longterm[name]) for name in new_names])
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
    return run(configs, seed=f"{seed}/epoch {epoch}", faults=faults, shared=shared, names_used=names_used, link=link)
