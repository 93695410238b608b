"""Scenarios: a network, its links and what happens to it, in one TOML file.

>>> scenario = load("quiet-five")
>>> scenario.network.nodes, scenario.rounds
(5, 20)
>>> net = scenario.start(backend="glass")
>>> net.run(rounds=3)
<Network of 5 nodes, threshold 3, round 3>

A file has a ``name``, a sentence ``about`` it, the number of ``rounds``, and perhaps ``[network]``, ``[links]``,
``[orbit]``, ``[gossip]``, ``[bridge]`` and any number of ``[[event]]`` (`drandlab.simulation.scenario.events`), whose
times count from genesis. What does not fit is refused, with file, line and key, before anything runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

from drandlab.beacon.chain_info import DEFAULT_BEACON_ID
from drandlab.beacon.store import MemoryStore
from drandlab.crypto.feldman import minimum_threshold
from drandlab.crypto.schemes import scheme as scheme_named
from drandlab.curves.choice import resolve
from drandlab.errors import LocalError
from drandlab.node.setup.setup_rules import PHASES, Terms, default_catchup
from drandlab.simulation.fleet import check_split
from drandlab.simulation.hosts.disk import MakeStore
from drandlab.simulation.misbehaviour.keygen import parse
from drandlab.simulation.network import DETAILS, LINK, START, Network
from drandlab.simulation.resharing import first_waits
from drandlab.simulation.scenario.bridge_tables import BridgeShape, GossipTable, check_pulses, set_beside
from drandlab.simulation.scenario.event_base import Event, Roll, set_field, two_ends
from drandlab.simulation.scenario.events import EVENTS
from drandlab.simulation.scenario.group_events import Reshare
from drandlab.simulation.scenario.link_events import LinkChange
from drandlab.simulation.scenario.node_events import parsed
from drandlab.simulation.scenario.orbit_tables import OrbitTable
from drandlab.simulation.scenario.shipped_texts import shipped_names, text_of
from drandlab.simulation.scenario.writing import toml_of
from drandlab.simulation.world.cities import between
from drandlab.simulation.world.links import Link
from drandlab.typing import Seconds, checked_choice, checked_int, checked_text
from drandlab.wire.strict_toml import Document

__all__ = ["Links", "Pair", "Scenario", "Shape", "load", "shipped_scenarios"]

MOST_ROUNDS = 10_000_000
_SHIPPED = resources.files("drandlab.simulation.scenario") / "shipped"

_LONGEST = 1 << 20
"""Bytes after which a file is no scenario."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """The network itself, as the arguments of `Network` have it; ``faults`` are those of the DKG, as texts."""

    nodes: int = 5
    threshold: int | None = None
    scheme: str = "bls-unchained-g1-rfc9380"
    period: int = 3
    catchup_period: int | None = None
    phase_timeout: int = 10
    wait: float | None = None
    push_wait: float | None = None
    beacon_id: str = DEFAULT_BEACON_ID
    seed: int = 1
    detail: str = "full"
    faults: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        set_field(self, "nodes", checked_int(self.nodes, "nodes", 2, 1000))
        set_field(self, "seed", checked_int(self.seed, "seed"))
        checked_text(self.beacon_id, "beacon_id")
        scheme_named(self.scheme)
        _ = self.terms  # raises what is wrong with them
        checked_choice(self.detail, "detail", DETAILS)
        roll = Roll(self.nodes)
        for text in self.faults:
            roll.check("faults", (parsed("faults", parse, text).node,))

    @property
    def terms(self) -> Terms:
        """The terms of the first set-up; raises `LocalError` for what no network can have."""
        return Terms(
            expected=self.nodes,
            threshold=minimum_threshold(self.nodes) if self.threshold is None else self.threshold,
            period=self.period,
            catchup_period=default_catchup(self.period) if self.catchup_period is None else self.catchup_period,
            phase_timeout=self.phase_timeout,
            **first_waits(self.wait, self.push_wait),
        )


@dataclass(frozen=True, kw_only=True)
class Pair(LinkChange):
    """Both directions between two nodes, where they are not as all others."""

    between: tuple[int, ...]

    def __post_init__(self) -> None:
        LinkChange.__post_init__(self)
        set_field(self, "between", two_ends("between", self.between))


@dataclass(frozen=True, kw_only=True)
class Links(LinkChange):
    """Every link, and those that are not as all others.

    ``cities`` say where each node stands, and so how far it is to the others (`between` of the links).
    """

    cities: tuple[str, ...] = ()
    pairs: tuple[Pair, ...] = field(default=(), metadata={"key": "pair"})

    def __post_init__(self) -> None:
        LinkChange.__post_init__(self)
        if self.cities and self.latency is not None:
            raise LocalError("the cities say how long a message takes; leave one of the two out", argument="latency")
        for city in self.cities:
            try:
                between(city, city)
            except LocalError as error:
                raise error.about("cities") from None

    @property
    def default(self) -> Link:
        """Every link that nothing else is said about."""
        return self.applied(LINK)

    def between_pairs(self) -> dict[tuple[int, int], Link]:
        """Return the links that differ, by sender and receiver."""
        links: dict[tuple[int, int], Link] = {}
        for a, one in enumerate(self.cities):
            for b, other in enumerate(self.cities):
                if a != b:
                    links[a, b] = self.default.with_(latency=between(one, other))
        for pair in self.pairs:
            a, b = pair.between
            for ends in ((a, b), (b, a)):
                links[ends] = pair.applied(links.get(ends, self.default))
        return links


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A network, its links, how many ``rounds`` it runs, and the ``events`` on the way.

    ``backend`` is the one that the scenario is made for; whoever starts it may choose another. An event that cannot
    happen at its time is an error; where the scenario is ``lenient`` it is passed over, or happens at those of its
    nodes where it can.
    """

    name: str
    about: str
    rounds: int
    network: Shape = Shape()
    links: Links = Links()
    orbit: OrbitTable | None = None
    gossip: GossipTable | None = None
    bridge: BridgeShape | None = None
    events: tuple[Event, ...] = field(default=(), metadata={"key": "event"})
    backend: str | None = None
    lenient: bool = False

    def __post_init__(self) -> None:
        for key in ("name", "about"):
            if not checked_text(getattr(self, key), key).strip():
                raise LocalError("expected a text that says something", argument=key)
        set_field(self, "rounds", checked_int(self.rounds, "rounds", 1, MOST_ROUNDS))
        if self.backend is not None:
            resolve(self.backend)
        if self.gossip is not None or self.bridge is not None:
            check_pulses(scheme_named(self.network.scheme))
        self._check_links()
        self._check_events()
        self._check_orbit()

    def _check_links(self) -> None:
        nodes, cities = self.network.nodes, self.links.cities
        if cities and len(cities) != nodes:
            rule = f"expected one for each of the {nodes} nodes, got {len(cities)}"
            raise LocalError(rule, argument="cities", within=("links",))
        for number, pair in enumerate(self.links.pairs, 1):
            with _inside("links", "pair", number):
                Roll(nodes).check("between", pair.between)

    def _check_events(self) -> None:
        end = self.rounds * self.network.period
        for number, event in enumerate(self.events, 1):
            with _inside("event", number):
                when = event.after_genesis(self.network.period)
            if not 0 <= when < end:
                raise LocalError(
                    f"{when:g} s after genesis is not within the {self.rounds} rounds, 0 to {end} s; "
                    "run more rounds or move the event",
                    argument="at" if event.at is not None else "round",
                    within=("event", number),
                )
        tables = self.orbit.satellites if self.orbit else ()
        flying, split = ([one.node for one in tables], [one.node for one in tables if one.satellite(None).is_split])
        collators = self.bridge.collators if self.bridge is not None else 0
        roll = Roll(self.network.nodes, self.network.period, flying, split, collators)
        for number, event in self.in_order if not self.lenient else ():
            with _inside("event", number):
                event.fits(roll)

    def _check_orbit(self) -> None:
        if self.orbit is None:
            return
        newcomers = sum(event.joining for event in self.events if isinstance(event, Reshare))
        roll = Roll(self.network.nodes + newcomers)
        for number, flies in enumerate(self.orbit.satellites, 1):
            with _inside("orbit", "satellite", number):
                roll.check("node", (flies.node,))
                check_split(flies.satellite(None), chained=scheme_named(self.network.scheme).chained)
        self.check_orbit(self.rounds)

    def check_orbit(self, rounds: int) -> None:
        """Raise `LocalError` for a satellite that decays before so many rounds are over."""
        if self.orbit is not None:
            with _inside("orbit"):
                self.orbit.check_until(self.ends(rounds))

    def ends(self, rounds: int) -> Seconds:
        """Return when so many rounds are over at the latest, in UNIX seconds."""
        terms = self.network.terms
        made = terms.wait + terms.push_wait + PHASES * terms.phase_timeout + terms.offset
        return (self.orbit.begins if self.orbit else START) + made + (rounds + 1) * terms.period

    @property
    def in_order(self) -> list[tuple[int, Event]]:
        """The events in the order of their times, each with its number in the file, from 1."""
        period = self.network.period
        return sorted(enumerate(self.events, 1), key=lambda numbered: numbered[1].after_genesis(period))

    @classmethod
    def from_toml(cls, text: str | bytes, source: str | None = None) -> Scenario:
        """Return the scenario in a TOML text; raises `FormatError` with ``source``, line, key and what was expected.

        >>> Scenario.from_toml('name = "x"\\nabout = "y"\\nronds = 3', "x.toml")
        Traceback (most recent call last):
        drandlab.errors.FormatError: x.toml, line 3, field "ronds": no such key; did you mean "rounds"? There are ...
        """
        return Document(text, source, {Event: EVENTS}).read(cls)

    def to_toml(self, comments: Iterable[str] = ()) -> str:
        """Return the scenario as TOML, after ``comments``; `from_toml` reads it back to an equal one.

        Raises `WrongType` for comments that are no list of texts, `LocalError` for what a file cannot hold, such as a
        seed of more than 64 bits.

        >>> scenario = load("quiet-five")
        >>> Scenario.from_toml(scenario.to_toml(["a comment"])) == scenario
        True
        """
        return toml_of(self, comments)

    # -- running it ---------------------------------------------------------------------------------------------------

    def build(
        self,
        *,
        seed: int | str | None = None,
        backend: str | None = None,
        detail: str | None = None,
        shared: bool = True,
        make_store: Callable[[int], MakeStore] = lambda name: MemoryStore,
    ) -> Network:
        """Return the network before its set-up, without the events; the arguments replace what the scenario says."""
        shape = self.network
        faults = [parse(text) for text in shape.faults]
        orbit: dict[str, Any] = {}
        if self.orbit is not None:
            orbit = {"start": self.orbit.begins, "satellites": self.orbit.made()}
        return Network(
            shape.nodes,
            shape.threshold,
            scheme=shape.scheme,
            period=shape.period,
            catchup_period=shape.catchup_period,
            seed=shape.seed if seed is None else seed,
            backend=self.backend if backend is None else backend,
            beacon_id=shape.beacon_id,
            phase_timeout=shape.phase_timeout,
            wait=shape.wait,
            push_wait=shape.push_wait,
            link=self.links.default,
            links=self.links.between_pairs(),
            faults=faults,
            detail=shape.detail if detail is None else detail,
            shared=shared,
            make_store=make_store,
            **orbit,
        )

    def arrange(self, net: Network) -> None:
        """Schedule the events in a network that has its chain: before that, the time of genesis is not known.

        The gossip network and the bridge of the scenario begin now.
        """
        info = net.info
        if info is None:
            raise LocalError("arrange: events count from genesis, and the network has no chain yet; run it first")
        if self.gossip is not None or self.bridge is not None:
            set_beside(net, self.gossip, self.bridge)
        for number, event in self.in_order:
            when = event.after_genesis(info.period)
            net.at(info.genesis_time + when, self._happening(net, event, f"event {number} ({event.do} at {when:g} s)"))

    def let_happen(self, net: Network, event: Event) -> None:
        """Let an event happen now; a lenient scenario passes over what of it cannot."""
        fitted = event.fitted(net) if self.lenient else event
        if fitted is not None:
            fitted.happen(net)

    def _happening(self, net: Network, event: Event, name: str) -> Callable[[], None]:
        def act() -> None:
            try:
                self.let_happen(net, event)
            except LocalError as error:
                raise LocalError(f"{error}", argument=name, code=error.code) from error

        return act

    def start(
        self,
        *,
        seed: int | str | None = None,
        backend: str | None = None,
        detail: str | None = None,
        shared: bool = True,
        make_store: Callable[[int], MakeStore] = lambda name: MemoryStore,
    ) -> Network:
        """Return the network with its key made and the events arranged, ready for ``run(rounds=scenario.rounds)``.

        Raises `ProtocolAborted` if set-up or key generation come to nothing.
        """
        net = self.build(seed=seed, backend=backend, detail=detail, shared=shared, make_store=make_store)
        net.run(rounds=0)
        self.arrange(net)
        return net


@contextmanager
def _inside(*within: str | int) -> Iterator[None]:
    """Say of a `LocalError` that leaves the block in which part of the scenario its argument stands."""
    try:
        yield
    except LocalError as error:
        raise error.inside(*within) from error


def shipped_scenarios() -> list[str]:
    """Return the names of the scenarios that come with drandlab.

    >>> "quiet-five" in shipped_scenarios()
    True
    """
    return shipped_names(_SHIPPED)


def load(scenario: str | Path) -> Scenario:
    """Return the scenario of a shipped name, or in a file; raises `LocalError` where there is neither, `FormatError`.

    >>> load("quiet-fife")
    Traceback (most recent call last):
    drandlab.errors.LocalError: scenario 'quiet-fife': no such file and ... did you mean "quiet-five"? ...
    """
    return Scenario.from_toml(*text_of(scenario, _SHIPPED, _LONGEST))
