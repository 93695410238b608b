"""A whole drand network in one process: set-up, key generation, beacons, faults, resharing, in virtual time.

>>> import drandlab as dl
>>> net = dl.Network(nodes=5, threshold=3, period=3, seed=1, backend="glass")
>>> net.run(rounds=10)
<Network of 5 nodes, threshold 3, round 10>
>>> len(net.beacons), net.beacons[0].round
(10, 1)

Everything random comes from ``seed``, so the same arguments and the same calls give the same journal, on every machine.
The journal is the only witness: checkers, statistics and pictures read it and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from html import escape
from typing import Any

from drandlab.beacon.beacon import Beacon
from drandlab.beacon.chain_info import DEFAULT_BEACON_ID, ChainInfo
from drandlab.beacon.identity import KeyPair
from drandlab.beacon.machines.checker import Memory
from drandlab.beacon.machines.effects import StoreBeacon
from drandlab.beacon.store import MemoryStore
from drandlab.crypto.feldman import minimum_threshold
from drandlab.crypto.schemes import Scheme
from drandlab.crypto.schemes import scheme as scheme_named
from drandlab.crypto.secrecy import HoldsSecrets
from drandlab.curves.choice import resolve
from drandlab.dkg.protocol import SignatureCache
from drandlab.errors import LocalError, ProtocolAborted
from drandlab.node.messages import Mailroom
from drandlab.node.node import Node
from drandlab.node.setup.setup_rules import Terms, default_catchup
from drandlab.show import view_of
from drandlab.simulation.chance import rng_for, seed_mark
from drandlab.simulation.entries import BeaconMade, BeaconStored, HostStarted, NetworkMade, ReshareStarted
from drandlab.simulation.fleet import Fleet
from drandlab.simulation.hosts.disk import MakeStore, NodeDisk
from drandlab.simulation.hosts.drand import DrandDriver, DrandHost
from drandlab.simulation.hosts.node_parts import NodeParts, SharedWork
from drandlab.simulation.hosts.split import SplitDisk, SplitDriver
from drandlab.simulation.interventions import Interventions
from drandlab.simulation.journal import Journal
from drandlab.simulation.misbehaviour.keygen import MisbehavingParticipant, checked_participants
from drandlab.simulation.resharing import first_waits, plan_resharing
from drandlab.simulation.setup_progress import is_under_way, longest, reason_for_nothing
from drandlab.simulation.world.links import MICRO, Latency, Link
from drandlab.simulation.world.passes import Satellite
from drandlab.simulation.world.world import World
from drandlab.typing import Progress, Round, Seconds, checked_choice, checked_int, checked_real, checked_text

__all__ = ["START", "Network", "address_of", "long_term_pair"]

START: Seconds = 1_700_000_000
"""When the simulated world begins, in UNIX seconds, unless it is told otherwise."""

SECRET = b"the members know each other"
DETAILS = ("full", "summary")


LINK = Link(latency=Latency(kind="lognormal", mean=0.02, spread=0.4))


def address_of(name: int) -> str:
    """Return the address of a host."""
    return f"node{name}.example.org:4444"


def long_term_pair(seed: int | str, name: int, scheme: Scheme, backend: str | None = None) -> KeyPair:
    """Return the long-term key pair that the host ``name`` has in every network of this seed and scheme."""
    chance = rng_for(seed, "long-term", name)
    return KeyPair.generate(address_of(name), scheme, chance, version=1, backend=backend)


class Network(Interventions, HoldsSecrets):
    """A network of full nodes: node 0 coordinates the set-up, all run the DKG, then they make beacons.

    ``threshold`` is production's least one unless given. ``period`` and ``catchup_period`` are whole seconds; the
    latter is below the former, and 1 unless given (0 where the period is 1). ``phase_timeout`` is the longest that a
    phase of the DKG takes; ``wait`` and ``push_wait`` are how long a set-up waits for its nodes, and for the group to
    be taken, as in `Terms`: 3600 and 60 seconds unless given, in a resharing 60 and 5. ``link`` is every link's latency
    and loss (`drandlab.simulation.world.links` says what is lost), ``links`` those of single directions, by pair.
    ``faults`` misbehave in the DKG. ``detail`` is ``full`` or ``summary``: whether the journal has every message.
    ``shared`` verification asks the curve once for all nodes and changes nothing else. ``make_store`` makes the store
    of a node's chain, in memory by default, and ``make_disk`` all that a host keeps; where a disk holds a chain
    already, the network goes on with it. ``start`` is the first moment of the world. With ``keep``, for a network that
    runs for months, the journal holds the newest entries only, so many or a few more.

    Raises `LocalError` for arguments that no network can have.
    """

    def __init__(
        self,
        nodes: int = 5,
        threshold: int | None = None,
        *,
        scheme: str = "bls-unchained-g1-rfc9380",
        period: int = 3,
        catchup_period: int | None = None,
        seed: int | str = 1,
        backend: str | None = None,
        beacon_id: str = DEFAULT_BEACON_ID,
        phase_timeout: int = 10,
        wait: Seconds | None = None,
        push_wait: Seconds | None = None,
        link: Link = LINK,
        links: Mapping[tuple[int, int], Link] | None = None,
        faults: Iterable[MisbehavingParticipant] = (),
        detail: str = "full",
        shared: bool = True,
        make_store: Callable[[int], MakeStore] = lambda name: MemoryStore,
        make_disk: Callable[[int], NodeDisk] | None = None,
        start: Seconds = START,
        keep: int | None = None,
        satellites: Iterable[Satellite] = (),
    ) -> None:
        nodes = checked_int(nodes, "nodes", 2, 1000)
        period = checked_int(period, "period", 1, (1 << 32) - 1, what="whole seconds")
        checked_choice(detail, "detail", DETAILS)
        beacon_id = checked_text(beacon_id, "beacon_id")
        self.scheme, self.backend, self.seed = scheme_named(scheme), resolve(backend), seed
        self.waits = {"wait": wait, "push_wait": push_wait}
        self.terms = Terms(
            expected=nodes,
            threshold=minimum_threshold(nodes) if threshold is None else threshold,
            period=period,
            catchup_period=default_catchup(period) if catchup_period is None else catchup_period,
            phase_timeout=phase_timeout,
            beacon_id=beacon_id,
            **first_waits(wait, push_wait),
        )
        self.journal = Journal(keep)
        self.world = World(seed, self.journal, start=start, link=link, detail=detail)
        self.fleet = Fleet(self.world, satellites, chained=self.scheme.chained, kept=make_disk is not None)
        self._make_disk = make_disk or (lambda name: NodeDisk(make_store(name)))
        self._shared = SharedWork()
        if shared:
            verdicts = SignatureCache(rng_for(seed, "verdicts"))
            self._shared = SharedWork(Mailroom(self.scheme, self.backend), Memory(), verdicts)
        self._start = start
        # a network that goes on must not draw again what it has drawn before
        self._again = () if start == START else (start,)
        self._beacons: dict[bytes, Round] = {}
        self.on_beacon: list[Callable[[Beacon], None]] = []
        self.newest: Beacon | None = None
        self.beside: list[Any] = []
        self.hosts: list[DrandHost] = []
        self._write_header()
        for name in range(nodes):
            self._add_host(name)
        while (disk := self._make_disk(len(self.hosts))).is_used:  # newcomers of a network that goes on
            self._add_host(len(self.hosts), disk)
        for pair, one in (links or {}).items():
            self.world.set_link(self.host(pair[0]).name, self.host(pair[1]).name, one)
        for participant in checked_participants(faults):
            self.misbehave_in_dkg(participant)
        self.coordinator = 0
        self._begin()

    def _write_header(self) -> None:
        """Write the journal's first entry: what this network is."""
        terms = self.terms
        self.world.log(
            None,
            NetworkMade(
                nodes=terms.expected,
                threshold=terms.threshold,
                scheme=self.scheme.name,
                period=terms.period,
                catchup_period=terms.catchup_period,
                beacon_id=terms.beacon_id,
                seed=seed_mark(self.seed),
                backend=self.scheme.curve if self.backend != "glass" else "glass",
                detail=self.world.detail,
            ),
        )

    def _begin(self) -> None:
        """Go on with the chain that the disks hold, or make a group and its key."""
        if any(host.disk.epochs for host in self.hosts):
            for host in self.hosts:
                host.resume()
        else:
            self._set_up(self.terms, range(self.terms.expected))

    def __repr__(self) -> str:
        terms = self.terms
        last = self.newest.round if self.newest else 0
        return f"<Network of {len(self.hosts)} nodes, threshold {terms.threshold}, round {last}>"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{host.name}</td><td>{'up' if host.up else 'down'}</td>"
            f"<td>{host.node.last.round if host.node.last else '–'}</td>"
            f"<td>{escape(repr(host.node.group)) if host.node.group else '–'}</td></tr>"
            for host in self.hosts
        )
        return f"<table><tr><th>node</th><th></th><th>last round</th><th>group</th></tr>{rows}</table>"

    def show(self, **options: Any) -> Any:
        """Return the live stage of this network, a `NetworkStageWidget`; ``options`` are those of the widget.

        >>> Network(4, 3, backend="glass").run(rounds=2).show(at=36)
        NetworkStageWidget(4 nodes, at=36.0 of 40.0 s, 0 events)
        """
        return view_of("stage", self, **options)

    # -- hosts --------------------------------------------------------------------------------------------------------

    def key_pair(self, name: int) -> KeyPair:
        """Return the long-term key pair of a host, which comes from the seed."""
        return long_term_pair(self.seed, name, self.scheme, self.backend)

    def _add_host(self, name: int, disk: NodeDisk | None = None) -> DrandHost:
        pair, flies = self.key_pair(name), self.fleet.split(name)
        clock = None if flies is None else flies.own_clock(self.terms.period)
        parts = NodeParts(pair, name, self.seed, self._again, self.terms.beacon_id, self._shared, clock)
        chance, quiet = rng_for(self.seed, "fault", name), self.fleet.quiet(name)
        if flies is None:
            driver = DrandDriver(parts.signer, parts.node, self._stored, chance, quiet)
            disk = disk or self._make_disk(name)
        else:
            driver = SplitDriver(parts, self._stored, chance, quiet, flies)
            disk = SplitDisk(self._make_disk(name).make_store)
        host = DrandHost(name, pair.identity.address, self.world, disk, driver)
        self.hosts.append(host)
        host.log(HostStarted(address=host.address, key=bytes(pair.identity.key)))
        self.fleet.launch(host)
        return host

    def node(self, name: int) -> Node:
        """Return the node that runs on one host."""
        return self.host(name).node

    def _stored(self, host: DrandHost, effect: StoreBeacon) -> None:
        beacon, by = effect.beacon, "repair" if effect.repair else effect.by
        short = beacon.randomness[:8]
        if short not in self._beacons:
            self._beacons[short] = beacon.round
            if self.journal.keep is not None and len(self._beacons) > self.journal.keep:
                del self._beacons[next(iter(self._beacons))]
            host.log(
                BeaconMade(round=beacon.round, signature=beacon.signature, previous_signature=beacon.previous_signature)
            )
            if self.fleet:
                self.fleet.first_stored(host, effect)
        host.log(BeaconStored(round=beacon.round, beacon=short, by=by))
        if self.newest is None or beacon.round > self.newest.round:
            self.newest = beacon
            for call in self.on_beacon:
                call(beacon)

    # -- set-up and resharing -----------------------------------------------------------------------------------------

    def _set_up(self, terms: Terms, names: Iterable[int], leaving: Iterable[int] = ()) -> None:
        leader = self.host(self.coordinator)
        machine = leader.signer.coordinator(SECRET, terms)
        leader.carry_out(leader.node.set_up(machine, leader.now))
        options: dict[str, object] = {"beacon_id": terms.beacon_id, "old_group": terms.old_group, "wait": terms.wait}
        for name in names:
            host = self.host(name)
            if host.up and not host.node.is_busy and host is not leader:
                joining = host.signer.participant(SECRET, leader.address, **options)
                host.driver.set_up(joining, terms.wait)
        for name in leaving:
            host = self.host(name)
            if host.up and not host.node.is_busy:
                waiting = host.signer.participant(SECRET, leader.node.identity, leaving=True, **options)
                host.driver.set_up(waiting)

    def reshare(
        self,
        *,
        threshold: int,
        remaining: Iterable[int] | None = None,
        joining: int = 0,
        coordinator: int | None = None,
        catchup_period: int | None = None,
    ) -> list[int]:
        """Begin a resharing, now: another group gets the key; return the names of the nodes in it.

        ``remaining`` members (all of the present group unless given) and ``joining`` newcomers, who get the next free
        names, set up the new group while beacons go on; it takes over at its transition time. The first of the
        remaining coordinates, unless ``coordinator`` names another. The catch-up period stays unless given.

        Raises `LocalError`, and nothing has changed then, for a threshold, members, newcomers or a catch-up period that
        make no group, and for a coordinator that cannot lead.
        """
        # who has left still knows the group that it was in
        groups = [host.node.group for host in self.hosts if host.up and host.node.group]
        old = max(groups, key=lambda group: group.transition_time, default=None)
        if old is None:
            raise LocalError("reshare: there is no group yet that holds a key")
        members = [host.name for host in self.hosts if old.find(host.node.identity)]
        stay, terms = plan_resharing(
            old,
            members,
            remaining=remaining,
            joining=joining,
            threshold=threshold,
            catchup_period=catchup_period,
            phase_timeout=self.terms.phase_timeout,
            beacon_id=self.terms.beacon_id,
            **self.waits,
        )
        self.coordinator = self._leader(stay, coordinator)
        names = [*stay, *(self._add_host(len(self.hosts)).name for _ in range(terms.expected - len(stay)))]
        begun = ReshareStarted(nodes=tuple(names), threshold=terms.threshold, coordinator=self.coordinator)
        self.world.log(None, begun)
        self._set_up(terms, names, [name for name in members if name not in stay])
        return names

    def _leader(self, stay: list[int], coordinator: int | None) -> int:
        """Return who coordinates a resharing in which the nodes ``stay`` remain; raises `LocalError` for who cannot."""
        at_hand = [name for name in stay if self.fleet.split(name) is None]
        leader = (at_hand or stay)[0] if coordinator is None else checked_int(coordinator, "coordinator")
        if leader not in stay:
            raise LocalError(f"node {leader} does not remain", argument="coordinator")
        if leader not in at_hand:
            raise LocalError(f"node {leader} needs its signer at hand, and it flies", argument="coordinator")
        if not self.host(leader).up:
            raise LocalError(f"node {leader} is down", argument="coordinator")
        if self.host(leader).node.is_busy:
            raise LocalError(f"node {leader} is in a key generation already; wait for its end", argument="coordinator")
        return leader

    # -- time ---------------------------------------------------------------------------------------------------------

    @property
    def now(self) -> Seconds:
        """The world's time in UNIX seconds."""
        return self.world.now

    def at(self, when: Seconds, act: Callable[[], None]) -> None:
        """Schedule ``act`` at a time in UNIX seconds; what is past happens as soon as time goes on."""
        self.world.at(_micros("when", when), act)

    def run(
        self, rounds: int | None = None, *, until: Seconds | None = None, progress: Progress | None = None
    ) -> Network:
        """Let time go on: for so many more rounds, or until a time in UNIX seconds; return the network.

        A run of rounds ends just before the next one is due; a time that is past changes nothing. The first run of
        rounds includes set-up and key generation; raises `ProtocolAborted` if these come to nothing.
        """
        if (rounds is None) == (until is None):
            raise LocalError("run: give a number of rounds, or the time until which to run")
        if until is not None:
            self.world.run_until(_micros("until", until))
            return self
        rounds = checked_int(rounds, "rounds", 0)
        info = self._until_there_is_a_chain()
        done = info.round_at(self.now) if self.now >= info.genesis_time else 0
        for passed in range(1, rounds + 1):
            self.world.run_until(MICRO * (info.genesis_time + (done + passed) * info.period) - 1)
            if progress is not None:
                progress(passed, rounds)
        return self

    def _until_there_is_a_chain(self) -> ChainInfo:
        latest, founders = self._start + longest(self.terms), self.hosts[: self.terms.expected]
        while self.info is None:
            before = self.now
            self.world.run_until(self.world.micros + MICRO)
            if self.info is None and (before > latest or not is_under_way(founders)):
                why = reason_for_nothing(self.journal, self.host(self.coordinator))
                raise ProtocolAborted(f"no node has a key: {why}")
        return self.info

    # -- what came of it ----------------------------------------------------------------------------------------------

    @property
    def info(self) -> ChainInfo | None:
        """The chain info that most nodes hold; None before the DKG."""
        infos = [host.disk.store.info for host in self.hosts if host.disk.store is not None]
        return max(infos, key=infos.count) if infos else None

    @property
    def beacons(self) -> list[Beacon]:
        """The chain so far: the longest that a node of this network has stored."""
        info = self.info
        stores = [h.disk.store for h in self.hosts if h.disk.store is not None and h.disk.store.info == info]
        longest = max(stores, key=lambda store: store.last().round, default=None)
        return longest.read(1, longest.last().round) if longest is not None and longest.last().round else []


def _micros(name: str, seconds: Seconds) -> int:
    return round(checked_real(seconds, name, what="UNIX seconds") * MICRO)
