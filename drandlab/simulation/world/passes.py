"""Satellites in the simulated world: their passes happen, and whoever listens is told of each.

A `Pass` is a contact window as it happens: one station sees one satellite from its rise until it sets. A `Satellite`
is a member of the network that flies; a `Flight` lets its passes happen in a world, writes them into the journal, and
tells its listeners. `Sight` is the listener that hides a host while no station sees it. When passes happen does not
depend on the seed, unless they may fail or begin late.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import KW_ONLY, dataclass
from typing import Protocol, TypeAlias, cast

from drandlab.errors import LocalError, WrongType
from drandlab.node.own_clock import MOST_AHEAD, TOLERANCE, OwnClock
from drandlab.printable import repr_of
from drandlab.simulation.chance import rng_for
from drandlab.simulation.orbit_entries import PassBegan, PassEnded, PassFault, SatelliteLost
from drandlab.simulation.world.agenda import Scheduled
from drandlab.simulation.world.links import MICRO, THIN, Link
from drandlab.simulation.world.relay_link import RELAY, RelayLink
from drandlab.simulation.world.world import Receiver, World
from drandlab.typing import Seconds, checked_flag, checked_int, checked_positive, checked_real, checked_text

__all__ = ["Flight", "Pass", "PassListener", "Satellite", "Sight", "WindowLike", "checked_satellites"]

LATEST: Seconds = 1 << 41
"""The latest time that a pass can have: a thousand times farther than any world begins."""

SPEED_KM_S = 7.0
"""How fast a satellite in a low orbit flies past a station, less what the curve of the Earth takes."""

LONGEST_DELAY: Seconds = 86_400
"""The most that a pass can begin late."""


class WindowLike(Protocol):
    """What a pass is made of: a contact window of `drandlab.orbit`, or anything with these three."""

    @property
    def station(self) -> str:
        """Who sees the satellite."""
        ...

    @property
    def rise(self) -> Seconds:
        """From when on, in UNIX seconds."""
        ...

    @property
    def set(self) -> Seconds:
        """Until when."""
        ...


@dataclass(frozen=True, slots=True)
class Pass:
    """A ``station`` sees the satellite from ``rise`` until ``set``, in UNIX seconds.

    Where the range matters, ``range_km`` is the least one, at the ``culmination``.

    >>> Pass("lausanne", 1000, 1383.5).set
    1383.5
    """

    station: str
    rise: Seconds
    set: Seconds
    culmination: Seconds | None = None
    range_km: float | None = None

    def __post_init__(self) -> None:
        checked_text(self.station, "station")
        for name in ("rise", "set"):
            checked = checked_real(getattr(self, name), name, 0, LATEST, what="UNIX seconds")
            object.__setattr__(self, name, checked)
        if not self.set > self.rise:
            raise LocalError(f"a pass sets after its rise at {self.rise}, got {self.set}", argument="set")
        if self.range_km is not None:
            checked_positive(self.range_km, "range_km", what="kilometres")
            checked_real(self.culmination, "culmination", 0, LATEST, what="UNIX seconds")

    @classmethod
    def of(cls, window: WindowLike | tuple[str, Seconds, Seconds]) -> Pass:
        """Return the pass of a contact window, or of a plain (station, rise, set)."""
        if isinstance(window, Pass):
            return window
        if isinstance(window, tuple):
            if len(window) != 3:
                raise LocalError(f"expected (station, rise, set), got {len(window)} values", argument="window")
            return cls(*window)
        if all(hasattr(window, name) for name in ("station", "rise", "set")):
            culmination, range_km = getattr(window, "culmination", None), getattr(window, "range_km", None)
            return cls(window.station, window.rise, window.set, culmination, range_km)
        raise WrongType(f"expected a window or (station, rise, set), got {type(window).__name__}", argument="window")

    def range_at(self, time: Seconds) -> float:
        """Return the range in km: that of a straight line past the station, within a tenth for a low orbit.

        Raises `LocalError` for a pass whose ``range_km`` is not known.

        >>> round(Pass("lausanne", 0, 407, 203.5, 436).range_at(407))
        1490
        """
        if self.range_km is None or self.culmination is None:
            raise LocalError(f"the pass over {self.station} does not say it", argument="range_km")
        return math.hypot(self.range_km, SPEED_KM_S * (time - self.culmination))


Windows: TypeAlias = Iterable["WindowLike | tuple[str, Seconds, Seconds]"]


@dataclass(frozen=True, slots=True)
class Satellite:
    """The member ``node`` flies, as the satellite ``name``: its links are up while a station sees it.

    ``windows`` are its contact windows, or plain (station, rise, set) in UNIX seconds; or a function that yields them
    in order of their rise, for networks without an end. A pass fails with probability ``fail``, and begins late with
    probability ``late``, by at most ``late_by`` seconds; both come from the seed, and from the pass alone.

    With ``redial`` its connections have to be dialled again after each rise (`drandlab.simulation.world.redial`). A
    ``relay`` takes the place of stations. Where the windows tell the range, light can take its time (``light``), and
    the satellite has a ``rate``, in bytes a second at 1000 km (`drandlab.simulation.world.air`).

    With ``proxy`` only the signer flies: the node stays on the ground as its proxy, its links are always up, and what
    it asks of its signer crosses the link ``thin`` during passes (9.6 kbit/s, or the relay's, unless given). The signer
    reads a clock of its own, right to ``tolerance`` seconds (None: it reads none, and signs what it is asked). With
    ``ahead`` the proxy has so many rounds signed ahead at every pass, which makes it a proxy; not on a chained network.

    >>> Satellite(3, "crypto", [("lausanne", 5000, 5400), ("lausanne", 1000, 1383)]).windows[0].rise
    1000

    Raises `LocalError` for what is no satellite, and for a station that sees it twice at once.
    """

    node: int
    name: str
    windows: Windows | Callable[[], Windows] = ()
    _: KW_ONLY
    redial: bool = False
    fail: float = 0.0
    late: float = 0.0
    late_by: Seconds = 60.0
    relay: RelayLink | None = None
    rate: float | None = None
    light: bool = False
    proxy: bool = False
    ahead: int = 0
    thin: Link | None = None
    tolerance: Seconds | None = TOLERANCE

    def __post_init__(self) -> None:
        try:
            self._check()
        except LocalError as error:
            raise error.inside("satellite") from None

    def _check(self) -> None:
        for name in ("redial", "light", "proxy"):
            checked_flag(getattr(self, name), name)
        for name, kind in (("relay", RelayLink), ("thin", Link)):
            if (value := getattr(self, name)) is not None and not isinstance(value, kind):
                raise WrongType(f"expected a {kind.__name__}, got {type(value).__name__}", argument=name)
        checked: dict[str, object] = {
            "node": checked_int(self.node, "node", 0),
            "name": checked_text(self.name, "name"),
            "fail": checked_real(self.fail, "fail", 0, 1, what="a probability"),
            "late": checked_real(self.late, "late", 0, 1, what="a probability"),
            "late_by": checked_real(self.late_by, "late_by", 0, LONGEST_DELAY, what="seconds"),
            "ahead": checked_int(self.ahead, "ahead", 0, MOST_AHEAD, what="rounds"),
        }
        if self.rate is not None:
            checked["rate"] = checked_positive(self.rate, "rate", what="bytes a second")
        if self.tolerance is not None:
            checked["tolerance"] = checked_real(self.tolerance, "tolerance", 0, what="seconds")
        for name, value in checked.items():
            object.__setattr__(self, name, value)
        windows: object = self.windows
        if not callable(windows):
            if isinstance(windows, str | bytes) or not isinstance(windows, Iterable):
                raise WrongType(f"expected windows, got {type(windows).__name__}", argument="windows")
            passes = sorted(map(Pass.of, windows), key=lambda one: (one.rise, one.set, one.station))
            object.__setattr__(self, "windows", tuple(self._checked(passes)))
        if self.relay is not None and (self.windows or self.rate is not None or self.light):
            raise LocalError("it takes the place of stations; leave windows, rate and light out", argument="relay")

    def _checked(self, windows: Windows) -> Iterator[Pass]:
        """Yield the passes, in order of their rise, each station's one after the other, with what rate and light need.

        Raises `LocalError` about the windows.
        """
        latest: Seconds = 0
        ends: dict[str, Seconds] = {}
        for one in map(Pass.of, windows):
            rule = ""
            if one.rise < latest:
                rule = f"expected them in order of their rise, got {one.rise} after {latest}"
            elif one.rise < ends.get(one.station, 0):
                rule = f"{one.station} sees it twice at {one.rise}: its window before sets at {ends[one.station]}"
            elif one.range_km is None and (self.rate is not None or self.light):
                rule = f"the window over {one.station} at {one.rise} has no range_km, on which rate and light depend"
            if rule:
                raise LocalError(rule, argument="windows")
            latest, ends[one.station] = one.rise, one.set
            yield one

    @property
    def is_split(self) -> bool:
        """Whether only its signer flies."""
        return self.proxy or self.ahead > 0

    @property
    def thin_link(self) -> Link:
        """The link between a proxy and its signer: ``thin``, else that of the relay, else a narrow one."""
        if self.thin is not None:
            return self.thin
        return THIN if self.relay is None else self.relay.link

    def own_clock(self, period: int) -> OwnClock | None:
        """Return the rule by which its signer reads its clock, the chain's ``period`` loaded before the launch."""
        if self.tolerance is None:
            return None
        return OwnClock(tolerance=self.tolerance, ahead=self.ahead, period=period)

    def passes(self, seed: int | str, start: Seconds) -> Iterator[Pass]:
        """Yield the passes in order of their rise; those of a relay link come from the seed, and begin at ``start``.

        Raises `LocalError` where a function yields windows in another order, or one station's at the same time.
        """
        if self.relay is not None:
            for rise, sets in self.relay.stretches(seed, self.node, start):
                yield Pass(RELAY, rise, sets)
        try:
            yield from self._checked(self.windows()) if callable(self.windows) else map(Pass.of, self.windows)
        except LocalError as error:
            raise error.inside("satellite") from None


def checked_satellites(satellites: object) -> dict[int, Satellite]:
    """Return satellites by their nodes; raises `LocalError` for what are none, and for a node that flies twice."""
    if not isinstance(satellites, Iterable):
        raise WrongType(f"expected satellites, got {type(satellites).__name__}", argument="satellites")
    found: dict[int, Satellite] = {}
    for one in cast(Iterable[object], satellites):
        if not isinstance(one, Satellite):
            raise WrongType(f"expected a Satellite, got {repr_of(one)}", argument="satellites")
        if one.node in found:
            raise LocalError(f"node {one.node} flies twice", argument="satellites")
        found[one.node] = one
    return found


class PassListener(Protocol):
    """Whoever is told of the passes of a satellite; passes of several stations may be under way at once."""

    def begin(self, one: Pass) -> None:
        """A pass begins."""
        ...

    def end(self, one: Pass) -> None:
        """A pass ends."""
        ...


class Sight:
    """Hides a host from the world while no pass is under way, from now on.

    ``changed`` is called with it when it is hidden, and when it comes in sight.
    """

    def __init__(self, world: World, host: Receiver, changed: Callable[[Receiver], None] | None = None) -> None:
        self._world, self._host, self._changed = world, host, changed
        self._seen_by = 0
        self._hide()

    def _hide(self) -> None:
        self._world.hide(self._host)
        if self._changed is not None:
            self._changed(self._host)

    def begin(self, one: Pass) -> None:
        """A station sees the host."""
        self._seen_by += 1
        if self._seen_by == 1:
            self._world.show(self._host)
            if self._changed is not None:
                self._changed(self._host)

    def end(self, one: Pass) -> None:
        """A station has lost sight of it."""
        self._seen_by -= 1
        if not self._seen_by:
            self._hide()


class Flight:
    """The passes of a ``satellite`` as they happen in a ``world``, told to ``listeners``.

    A pass that is under way when the flight begins counts as begun then. The entry of a pass stands before, and that of
    its end after, what the listeners write.
    """

    def __init__(self, world: World, satellite: Satellite, listeners: Iterable[PassListener]) -> None:
        self.satellite = satellite
        self._world, self._listeners = world, tuple(listeners)
        self.is_lost = False
        self._passes = satellite.passes(world.seed, world.now)
        self._coming: tuple[Pass, Scheduled] | None = None
        self._late: dict[Pass, Scheduled] = {}
        self._ends: dict[Pass, Scheduled] = {}
        self._go_on()

    @property
    def under_way(self) -> tuple[Pass, ...]:
        """The passes that have begun and not ended."""
        return tuple(self._ends)

    def lose(self) -> None:
        """Let no pass happen any more; what is under way ends now. Nothing happens where it is lost already."""
        if self.is_lost:
            return
        self.is_lost = True
        for _, scheduled in [self._coming] if self._coming else []:
            scheduled.cancel()
        for scheduled in self._late.values():
            scheduled.cancel()
        self._passes, self._coming, self._late = iter(()), None, {}
        for one in self.under_way:
            self._ends[one].cancel()
            self._end(one)
        self._log(SatelliteLost())

    def _log(self, what: PassBegan | PassEnded | PassFault | SatelliteLost) -> None:
        self._world.log(self.satellite.node, what)

    def _go_on(self) -> None:
        """Let the passes begin that are due, and wait for the next."""
        for one in self._passes:
            rise, sets = _micros(one)
            if max(rise, self._world.micros) >= sets:
                continue
            if rise > self._world.micros:
                self._coming = one, self._world.at(rise, self._come)
                return
            self._take(one)

    def _come(self) -> None:
        assert self._coming is not None
        one, self._coming = self._coming[0], None
        self._take(one)
        self._go_on()

    def _take(self, one: Pass) -> None:
        """Let a pass begin, unless it fails or begins late."""
        flies = self.satellite
        if not (flies.fail or flies.late):
            self._begin(one)
            return
        chance = rng_for(self._world.seed, "pass", flies.node, one.station, _micros(one)[0])
        fails, is_late, part = chance.random() < flies.fail, chance.random() < flies.late, chance.random()
        begins = min(round((one.rise + part * flies.late_by) * MICRO), _micros(one)[1])
        if fails:
            self._log(PassFault(station=one.station, code="failed", until=one.set))
        elif not is_late or begins <= self._world.micros:
            self._begin(one)
        else:
            self._log(PassFault(station=one.station, code="late", until=begins / MICRO))
            if begins < _micros(one)[1]:
                self._late[one] = self._world.at(begins, lambda: self._begin(one))

    def _begin(self, one: Pass) -> None:
        self._late.pop(one, None)
        self._log(PassBegan(station=one.station, until=one.set))
        self._ends[one] = self._world.at(_micros(one)[1], lambda: self._end(one))
        for listener in self._listeners:
            listener.begin(one)

    def _end(self, one: Pass) -> None:
        if self._coming and _micros(self._coming[0])[0] <= self._world.micros:  # it begins as this one ends: no gap
            self._coming[1].cancel()
            self._come()
        del self._ends[one]
        for listener in self._listeners:
            listener.end(one)
        self._log(PassEnded(station=one.station))


def _micros(one: Pass) -> tuple[int, int]:
    return round(one.rise * MICRO), round(one.set * MICRO)
