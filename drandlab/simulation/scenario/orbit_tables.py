"""The ``[orbit]`` of a scenario file: who flies, on which orbit, and which stations see it.

Contact windows follow from the element sets and the stations alone, so they are the same for every seed. They are found
day by day, while the run goes on: a scenario may run for longer than it says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from drandlab.errors import FormatError, LocalError, WrongType
from drandlab.node.own_clock import TOLERANCE
from drandlab.orbit.ages import age_notices
from drandlab.orbit.contacts import Window, contact_windows
from drandlab.orbit.elements import ElementSet
from drandlab.orbit.stations import Station
from drandlab.orbit.utc import LATEST, utc_seconds
from drandlab.printable import repr_of
from drandlab.show import view_of
from drandlab.simulation.scenario.event_base import set_field
from drandlab.simulation.world.links import Link
from drandlab.simulation.world.passes import Satellite
from drandlab.simulation.world.relay_link import RelayLink
from drandlab.typing import Seconds, checked_flag, checked_int, checked_real

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["OrbitTable", "SatelliteTable", "moment", "windows_from"]

DAY: Seconds = 86_400

MARGIN: Seconds = 3 * 3600
"""How far the search for windows reaches beyond a day, so that no pass is cut in two at midnight."""

PATIENCE: Seconds = 60 * DAY
"""After so long without a window the search for the next one ends: the ground tracks of low orbits repeat sooner."""

SHORTEST: Seconds = 60
"""How close to the decay of a satellite its windows are looked for."""

MOST_MOMENTS = 20_000
"""How often a satellite is looked at to tell whether it decays within a run: every hour, unless it lasts for years."""


def moment(value: str | float) -> Seconds:
    """Return the UNIX seconds of a ``start``: RFC 3339 text with its offset from UTC, or UNIX seconds.

    >>> moment("2026-01-01T00:00:00Z"), moment("2026-01-01T01:00:00.5+01:00"), moment(17.0)
    (1767225600, 1767225600.5, 17)
    """
    try:
        found = utc_seconds(value) if isinstance(value, str) else value
    except FormatError as error:
        raise LocalError(error.rule, argument="start") from None
    except LocalError as error:
        raise error.about("start") from None
    seconds = checked_real(found, "start", 0, LATEST, what="UNIX seconds of the years 1970 to 2099,")
    # a network draws from its start as well: 3 and 3.0 are one moment, and give one journal
    return int(seconds) if seconds == int(seconds) else seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class SatelliteTable:
    """The member ``node`` flies: its links are up while a station sees it.

    ``tle`` are the two lines of its element set. The other keys are off unless given, and mean what they mean in
    `Satellite`; a ``relay`` link takes the place of the stations, and of the element set: a table of a `RelayLink`, or
    true. Without ``own_clock`` a signer that flies apart from its node signs whatever it is asked; ``tolerance`` is how
    many seconds early it signs with it.
    """

    node: int
    name: str
    tle: tuple[str, ...] = ()
    redial: bool = False
    fail: float = 0.0
    late: float = 0.0
    late_by: float = 60.0
    relay: RelayLink | bool = False
    rate: float | None = None
    light: bool = False
    proxy: bool = False
    ahead: int = 0
    thin: Link | None = None
    own_clock: bool = True
    tolerance: float = TOLERANCE

    def __post_init__(self) -> None:
        set_field(self, "node", checked_int(self.node, "node", 0))
        if not isinstance(self.relay, RelayLink):
            checked_flag(self.relay, "relay")
        self.satellite(None)
        if self.tle or not self.relay:
            _ = self.elements  # raises what is wrong with it

    @property
    def elements(self) -> ElementSet:
        """The element set; raises `LocalError` for lines that are none."""
        lines = self.tle
        if not isinstance(lines, (tuple, list)):
            raise WrongType(f"expected two lines, got {type(lines).__name__}", argument="tle")
        if not lines:
            raise LocalError("missing; give two lines, or a relay", argument="tle")
        if len(lines) != 2:
            raise LocalError(f"an element set has two lines, got {len(lines)}", argument="tle")
        try:
            return ElementSet(self.name, *lines)
        except FormatError as error:
            raise LocalError(f"line {error.line} of the element set: {error.rule}", argument="tle") from None
        except LocalError as error:
            raise error.about("tle" if error.argument != "name" else "name") from None

    def satellite(self, windows: Callable[[], Iterator[Window]] | None) -> Satellite:
        """Return the satellite of the network that has these windows; with a relay link it has none."""
        relay = RelayLink() if self.relay is True else self.relay or None
        try:
            return Satellite(
                self.node,
                self.name,
                () if relay is not None or windows is None else windows,
                redial=self.redial,
                fail=self.fail,
                late=self.late,
                late_by=self.late_by,
                relay=relay,
                rate=self.rate,
                light=self.light,
                proxy=self.proxy,
                ahead=self.ahead,
                thin=self.thin,
                tolerance=self.tolerance if checked_flag(self.own_clock, "own_clock") else None,
            )
        except LocalError as error:
            raise type(error)(error.rule, argument=error.argument, code=error.code) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrbitTable:
    """The satellites of a network, and the stations that see them above the ``mask``, in degrees.

    ``start`` is the first moment of the world, as RFC 3339 text or in UNIX seconds.
    """

    start: str | float
    mask: float = 10.0
    stations: tuple[Station, ...] = field(default=(), metadata={"key": "station"})
    satellites: tuple[SatelliteTable, ...] = field(default=(), metadata={"key": "satellite"})

    def __post_init__(self) -> None:
        moment(self.start)
        if not checked_real(self.mask, "mask", -90, 90, what="degrees") < 90:
            raise LocalError("expected degrees below 90, got 90", argument="mask")
        for key, kind in (("stations", Station), ("satellites", SatelliteTable)):
            for number, one in enumerate(getattr(self, key), 1):
                if not isinstance(one, kind):
                    rule = f"expected a {kind.__name__}, got {repr_of(one)}"
                    raise WrongType(rule, argument=None, within=(key[:-1], number))
        _check_once("station", "name", self.stations)
        _check_once("satellite", "node", self.satellites)
        _check_once("satellite", "name", self.satellites)
        if not self.satellites:
            raise LocalError("no satellite flies; add one, or leave [orbit] out", argument="satellite")
        if not self.stations and any(not one.relay for one in self.satellites):
            raise LocalError("no station sees the satellites; add one, or give them a relay", argument="station")

    @property
    def begins(self) -> Seconds:
        """The first moment of the world, in UNIX seconds."""
        return moment(self.start)

    def show(self, source: Any = None, **options: Any) -> Any:
        """Return the live map of the satellites, an `OrbitWidget`; ``source`` is a network that ran, or its journal.

        >>> from drandlab.simulation.scenario.scenario import load
        >>> load("league-and-satellite").orbit.show()
        OrbitWidget(1 satellite, 2 stations, 21 windows, at=2026-01-01T02:20:00Z, chosen=None)
        """
        return view_of("orbit", self, source=source, **options)

    def made(self) -> list[Satellite]:
        """Return the satellites as a network takes them; their windows are found while it runs."""
        return [
            one.satellite(
                None if one.relay else partial(windows_from, one.elements, self.stations, self.begins, self.mask)
            )
            for one in self.satellites
        ]

    def check_until(self, end: Seconds) -> None:
        """Raise `LocalError` for a satellite that decays before ``end``, in UNIX seconds."""
        from drandlab.orbit.geometry import earth_fixed  # numpy, which only scenarios with satellites need

        for number, one in enumerate(self.satellites, 1):
            if one.relay:
                continue
            try:
                earth_fixed(one.elements, *_moments(self.begins, min(end, LATEST)))
            except LocalError as error:
                raise LocalError(error.rule, argument="tle", within=("satellite", number), code=error.code) from None

    def old_sets(self, end: Seconds) -> list[str]:
        """Return a sentence for each element set that a run until ``end`` takes more than a week from its epoch."""
        return [
            str(old)
            for old in age_notices([one.elements for one in self.satellites if not one.relay], self.begins, end)
        ]


def _check_once(table: str, key: str, rows: Iterable[object]) -> None:
    seen: set[object] = set()
    for number, row in enumerate(rows, 1):
        value = getattr(row, key)
        if value in seen:
            rule = f"node {value} flies twice" if key == "node" else f"two {table}s are named {repr_of(value, 40)}"
            raise LocalError(rule, argument=key, within=(table, number))
        seen.add(value)


def _moments(start: Seconds, end: Seconds) -> tuple[int, Floats]:
    """Return a day of the UNIX calendar, and moments from ``start`` to ``end`` in seconds after its start."""
    import numpy as np

    day, hours = int(start // DAY), int((end - start) / 3600)
    return day, np.linspace(start, end, min(MOST_MOMENTS, hours + 2)) - day * DAY


def windows_from(elements: ElementSet, stations: Iterable[Station], start: Seconds, mask: float) -> Iterator[Window]:
    """Yield the contact windows of one satellite from ``start`` on, in the order of rise, day by day.

    A window is whole whatever day it falls on. One that lasts for hours may come in parts, each beginning as the one
    before ends. They end where SGP4 has no position any more, and where no station has seen the satellite for
    `PATIENCE`: none will.
    """
    stations, begin, seen, length, margin = tuple(stations), start, start, DAY, MARGIN
    goes_on: set[str] = set()
    while begin - seen < PATIENCE and begin + length + margin < LATEST:
        end = begin + length
        try:
            found = contact_windows(elements, stations, begin, end + margin, mask=mask)
        except LocalError as error:
            if error.code != "decayed":
                raise
            if length < SHORTEST:
                return
            length, margin = length / 2, length / 4  # up to the moment of its decay
            continue
        cut: set[str] = set()
        for window in found:
            if window.rise >= end:
                break
            if window.clipped_start and begin > start and window.station not in goes_on:
                continue  # the day before has yielded it
            if window.clipped_end:
                cut.add(window.station)
                window = replace(window, set=end, culmination=min(window.culmination, end))
            seen = end
            yield window
        begin, goes_on = end, cut
