r"""Element sets: a satellite's orbit as two lines of text (TLE), read strictly, and synthetic ones.

An element set is the mean orbit of a satellite at one moment, the *epoch*, fitted for the model SGP4. It is text in
fixed columns, and the text is its one exact form: it is kept as it came, and checked when it is made.

Source: Hoots and Roehrich, Spacetrack Report No. 3 (1980); Vallado et al., Revisiting Spacetrack Report #3, AIAA
2006-6753, for the columns and the constants (WGS-72).
"""

from __future__ import annotations

import calendar
import math
import re
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from drandlab.errors import FormatError, LocalError
from drandlab.printable import repr_of
from drandlab.text import text_of
from drandlab.typing import Seconds, checked_real, checked_text

__all__ = [
    "EARTH_RADIUS_KM",
    "MU",
    "ElementSet",
    "changed",
    "circular",
    "read_element_sets",
    "sun_synchronous",
    "told_apart",
]

MU = 398600.8
"""Gravitational parameter of the Earth in km^3/s^2, and below its radius in km and its flattening term: WGS-72, as
element sets are fitted with these."""
EARTH_RADIUS_KM = 6378.135
J2 = 1.082616e-3

TROPICAL_YEAR = 365.2422
"""Days in which the plane of a sun-synchronous orbit turns once."""

SLOWEST = 0.01
"""Revolutions a day at a million kilometres, beyond which nothing stays with the Earth."""

LINE_LENGTH = 69
LONGEST_NAME = 100
_SYNTHETIC = "99999"
"""Catalogue number of synthetic satellites; no real one has had it since the numbers were given by hand."""


@dataclass(frozen=True, slots=True)
class _Field:
    """A field of a line: its name, its first and last column from 1, and what may stand there."""

    name: str
    first: int
    last: int
    form: re.Pattern[str]

    def of(self, line: str) -> str:
        return line[self.first - 1 : self.last]


def _field(name: str, first: int, last: int, form: str) -> _Field:
    return _Field(name, first, last, re.compile(form, re.ASCII))


_NUMBER = r" *\d+|[A-HJ-NP-Z]\d{4}"
_POWER = r"[ +-][ \d]{4}\d[ +-]\d"
_ANGLE = r" *\d{1,3}\.\d{4}"
_FIELDS: dict[int, tuple[_Field, ...]] = {
    1: (
        _field("satellite number", 3, 7, _NUMBER),
        _field("classification", 8, 8, r"[UCS ]"),
        _field("designator", 10, 17, r"[A-Z\d ]{8}"),
        _field("epoch", 19, 32, r"\d\d[ \d]{2}\d\.\d{8}"),
        _field("first derivative of the mean motion", 34, 43, r"[ +\-0]\.\d{8}"),
        _field("second derivative of the mean motion", 45, 52, _POWER),
        _field("drag term", 54, 61, _POWER),
        _field("ephemeris type", 63, 63, r"[ \d]"),
        _field("element set number", 65, 68, r"[ \d]{4}"),
    ),
    2: (
        _field("satellite number", 3, 7, _NUMBER),
        _field("inclination", 9, 16, _ANGLE),
        _field("right ascension of the node", 18, 25, _ANGLE),
        _field("eccentricity", 27, 33, r"\d{7}"),
        _field("argument of perigee", 35, 42, _ANGLE),
        _field("mean anomaly", 44, 51, _ANGLE),
        _field("mean motion", 53, 63, r"[ \d]\d\.\d{8}"),
        _field("revolution number", 64, 68, r"[ \d]{5}"),
    ),
}
_OF = {(line, field.name): field for line, fields in _FIELDS.items() for field in fields}


@dataclass(frozen=True, slots=True)
class ElementSet:
    """A satellite's element set: a name, and the two lines exactly as they came.

    Raises `FormatError`, whose ``line`` is 1 or 2, for lines that are not in the format: length, checksum, columns,
    numbers out of their bounds, or two lines of different satellites. Blanks at the end of a line are left out.

    >>> iss = ElementSet(
    ...     "ISS",
    ...     "1 25544U 98067A   21027.77992426  .00003336  00000-0  68893-4 0  9991",
    ...     "2 25544  51.6465 317.1909 0002399 302.6503 164.1536 15.48908950266831",
    ... )
    >>> iss.number, iss.epoch, round(iss.period)
    ('25544', 1611772985.456064, 5578)
    >>> ElementSet("ISS", iss.line1[:-1] + "2", iss.line2)
    Traceback (most recent call last):
    drandlab.errors.FormatError: line 1: the checksum is 2, but the 68 characters before it give 1: a character is wrong
    """

    name: str
    line1: str
    line2: str

    def __post_init__(self) -> None:
        name = checked_text(self.name, "name").strip()
        if not name or len(name) > LONGEST_NAME:
            raise LocalError(f"expected 1 to {LONGEST_NAME} characters, got {repr_of(self.name)}", argument="name")
        lines = [checked_text(line, f"line{i}").rstrip() for i, line in enumerate((self.line1, self.line2), start=1)]
        for i, line in enumerate(lines, start=1):
            _check_line(line, i)
        first, second = (_OF[i, "satellite number"].of(line).strip() for i, line in enumerate(lines, start=1))
        if first.lstrip("0") != second.lstrip("0"):
            raise FormatError(f"is of satellite {second}, and line 1 of satellite {first}", line=2)
        for slot, value in zip(("name", "line1", "line2"), (name, *lines), strict=True):
            object.__setattr__(self, slot, value)

    @property
    def number(self) -> str:
        """The catalogue number as it stands in the lines; a letter in front stands for 10 to 33 (Alpha-5)."""
        return _OF[1, "satellite number"].of(self.line1).strip()

    @property
    def epoch(self) -> Seconds:
        """The moment of the elements as UNIX time; the text has eight digits of a day, which is 0.9 ms."""
        return _epoch(_OF[1, "epoch"].of(self.line1))

    @property
    def mean_motion(self) -> float:
        """Revolutions a day."""
        return float(_OF[2, "mean motion"].of(self.line2))

    @property
    def period(self) -> Seconds:
        """Seconds of one revolution."""
        return 86_400 / self.mean_motion

    @property
    def drag(self) -> float:
        """The drag term B* in inverse radii of the Earth: how much the air slows the satellite."""
        text = _OF[1, "drag term"].of(self.line1).replace(" ", "0")
        sign = -1 if text[0] == "-" else 1
        return sign * int(text[1:6]) * 10.0 ** (int(text[6:]) - 5)

    @property
    def inclination(self) -> float:
        """Degrees between the orbit and the equator."""
        return float(_OF[2, "inclination"].of(self.line2))


def _check_line(line: str, number: int) -> None:
    """Raise `FormatError` unless this is line ``number`` of an element set."""
    if not line.isascii():
        strange = next(c for c in line if not c.isascii())
        raise FormatError(f"holds {strange!a}, and an element set is ASCII", line=number)
    if line[:2] != f"{number} ":
        raise FormatError(f"expected line {number} of an element set, which begins with '{number} '", line=number)
    if len(line) != LINE_LENGTH:
        raise FormatError(f"expected {LINE_LENGTH} characters, got {len(line)}", line=number, code="length")
    if line[-1] != (right := _checksum(line)):
        raise FormatError(
            f"the checksum is {line[-1]}, but the 68 characters before it give {right}: a character is wrong",
            line=number,
            code="checksum",
        )
    fields, rest = _FIELDS[number], list(line)
    for field in fields:
        if not field.form.fullmatch(field.of(line)):
            raise _wrong(field, line, number, "is not in its form")
        rest[field.first - 1 : field.last] = " " * (field.last - field.first + 1)
    if stray := [i for i in range(2, LINE_LENGTH - 1) if rest[i] != " "]:
        raise FormatError(f"column {stray[0] + 1} holds {rest[stray[0]]!r}, expected a blank", line=number)
    if number == 1:
        _check_epoch(_OF[1, "epoch"], line)
    else:
        for name, most in _BOUNDS.items():
            if not 0 <= float(_OF[2, name].of(line)) <= most:
                raise _wrong(_OF[2, name], line, 2, f"is not from 0 to {most}")
        if float(_OF[2, "mean motion"].of(line)) < SLOWEST:
            raise _wrong(_OF[2, "mean motion"], line, 2, f"is below {SLOWEST} revolutions a day")


_BOUNDS = {"inclination": 180, "right ascension of the node": 360, "argument of perigee": 360, "mean anomaly": 360}


def _wrong(field: _Field, line: str, number: int, why: str) -> FormatError:
    columns = f"column {field.first}" if field.first == field.last else f"columns {field.first} to {field.last}"
    return FormatError(f"{field.name} ({columns}) {why}, got {field.of(line)!r}", line=number)


def _checksum(line: str) -> str:
    """The last character of a line: the sum of its digits, each minus sign counted as 1, modulo 10."""
    return str(sum(int(c) if c in "0123456789" else c == "-" for c in line[: LINE_LENGTH - 1]) % 10)


def _epoch(text: str) -> Seconds:
    year, day, fraction = 2000 + int(text[:2]), int(text[2:5]), int(text[6:])
    if year >= 2057:  # the first satellite flew in 1957
        year -= 100
    midnight = datetime(year, 1, 1, tzinfo=UTC) + timedelta(days=day - 1)
    return midnight.timestamp() + fraction * 86_400 / 10**8


def _check_epoch(field: _Field, line: str) -> None:
    text = field.of(line)
    year = 2000 + int(text[:2])
    year -= 100 if year >= 2057 else 0
    if not 1 <= int(text[2:5]) <= 365 + calendar.isleap(year):
        raise _wrong(field, line, 1, f"is no day of the year {year}")


# -- files ------------------------------------------------------------------------------------------------------------


def read_element_sets(text: str | bytes, source: str | None = None) -> list[ElementSet]:
    """Return the element sets of a text, in their order: two lines each, or three with the name before them.

    A name may have ``0`` and a blank before it; a set without a name gets its catalogue number as its name. Empty
    lines, blanks at the ends of lines, a byte order mark and any line ends are fine. ``source`` is the file's name for
    errors. Raises `FormatError` with the source and the line, for a text without any set, too.

    >>> [one.name for one in read_element_sets('''ISS (ZARYA)
    ... 1 25544U 98067A   21027.77992426  .00003336  00000-0  68893-4 0  9991
    ... 2 25544  51.6465 317.1909 0002399 302.6503 164.1536 15.48908950266831
    ... ''')]
    ['ISS (ZARYA)']
    >>> read_element_sets("ISS\\n2 25544", source="iss.tle")
    Traceback (most recent call last):
    drandlab.errors.FormatError: iss.tle, line 2: expected line 1 of an element set, which begins with '1 '
    """
    try:
        whole = text_of(text, "element sets")
    except FormatError as error:
        raise error.at(source=source) from None
    numbered = [(i, line.strip()) for i, line in enumerate(re.split(r"\r\n|\r|\n", whole), start=1)]
    lines = deque((i, line) for i, line in numbered if line)
    if not lines:
        raise FormatError("holds no element set", source=source)
    found = []
    while lines:
        name = None if lines[0][1].startswith(("1 ", "2 ")) else _name(*lines.popleft(), source)
        first, second = (_next_line(lines, number, len(numbered), source) for number in (1, 2))
        try:
            found.append(ElementSet(name or _OF[1, "satellite number"].of(first[1]), first[1], second[1]))
        except FormatError as error:  # the two lines are of different satellites
            raise FormatError(error.rule, source=source, line=second[0], code=error.code) from None
    return found


def _name(place: int, line: str, source: str | None) -> str:
    name = line.removeprefix("0 ").strip()
    if not 0 < len(name) <= LONGEST_NAME:
        raise FormatError(f"a name has 1 to {LONGEST_NAME} characters, got {len(name)}", source=source, line=place)
    return name


def _next_line(lines: deque[tuple[int, str]], number: int, last: int, source: str | None) -> tuple[int, str]:
    if not lines:
        raise FormatError(f"ends before line {number} of an element set", source=source, line=last)
    place, line = lines.popleft()
    try:
        _check_line(line, number)
    except FormatError as error:
        raise FormatError(error.rule, source=source, line=place, code=error.code) from None
    return place, line


def told_apart(sets: Iterable[ElementSet]) -> list[ElementSet]:
    """Return the element sets with names that differ: the second of a name gets " (2)" behind it, and so on.

    >>> iss = circular("ISS", altitude_km=420, inclination_deg=51.6)
    >>> [one.name for one in told_apart([iss, iss])]
    ['ISS', 'ISS (2)']
    """
    sets = list(sets)
    taken, seen, found = {one.name for one in sets}, Counter[str](), []
    for one in sets:
        seen[one.name] += 1
        name = one.name
        if seen[one.name] > 1:
            while (name := _numbered(one.name, seen[one.name])) in taken:
                seen[one.name] += 1
            taken.add(name)
        found.append(one if name == one.name else replace(one, name=name))
    return found


def _numbered(name: str, number: int) -> str:
    mark = f" ({number})"
    return name[: LONGEST_NAME - len(mark)] + mark


# -- synthetic sets ---------------------------------------------------------------------------------------------------


def sun_synchronous(altitude_km: float) -> float:
    r"""Return the inclination in degrees at which the flattened Earth turns a circular orbit's plane once a year.

    $\dot\Omega = -\frac32 n J_2 (R/a)^2 \cos i = 360^\circ / 365.2422$ days, with $n = \sqrt{\mu / a^3}$.

    >>> [round(sun_synchronous(altitude), 2) for altitude in (500, 525, 550)]
    [97.4, 97.5, 97.59]
    """
    altitude_km = checked_real(altitude_km, "altitude_km", 100, 5000)
    a = EARTH_RADIUS_KM + altitude_km
    rate = 2 * math.pi / (TROPICAL_YEAR * 86_400)
    return math.degrees(math.acos(-rate / (1.5 * math.sqrt(MU / a**3) * J2 * (EARTH_RADIUS_KM / a) ** 2)))


def circular(
    name: str,
    *,
    altitude_km: float,
    inclination_deg: float | None = None,
    node_deg: float = 0.0,
    anomaly_deg: float = 0.0,
    epoch: Seconds = 1_767_225_600,
) -> ElementSet:
    r"""Return a synthetic element set: a circular orbit without drag.

    ``altitude_km`` is counted from the equator's radius, ``inclination_deg`` is that of a sun-synchronous orbit if it
    is None, ``node_deg`` the right ascension of the ascending node, ``anomaly_deg`` the angle from the node at the
    ``epoch`` (UNIX time; the default is 2026-01-01). The mean motion is Kepler's, $n = \sqrt{\mu / a^3}$. Raises
    `LocalError` for numbers out of bounds: altitudes from 100 to 100,000 km.

    >>> circular("crypto", altitude_km=525).inclination
    97.497
    """
    altitude_km = checked_real(altitude_km, "altitude_km", 100, 100_000, what="kilometres")
    if inclination_deg is None:
        inclination_deg = sun_synchronous(altitude_km)
    inclination_deg = checked_real(inclination_deg, "inclination_deg", 0, 180, what="degrees")
    node, anomaly = (
        round(checked_real(angle, argument, -3600, 3600, what="degrees") % 360, 4) % 360
        for argument, angle in (("node_deg", node_deg), ("anomaly_deg", anomaly_deg))
    )
    motion = 86_400 / (2 * math.pi) * math.sqrt(MU / (EARTH_RADIUS_KM + altitude_km) ** 3)
    first = f"1 {_SYNTHETIC}U          {_epoch_text(epoch)}  .00000000  00000-0  00000-0 0    1"
    second = f"2 {_SYNTHETIC} {inclination_deg:8.4f} {node:8.4f} 0000000   0.0000 {anomaly:8.4f} {motion:11.8f}    1"
    return ElementSet(name, first + _checksum(first), second + _checksum(second))


def changed(one: ElementSet, *, drag_factor: float = 1.0, mean_motion_added: float = 0.0) -> ElementSet:
    """Return an element set with another drag term or mean motion (revolutions a day), all else being as it is.

    The text has five digits of the drag term and eight of a revolution. Raises `LocalError` for what it cannot hold.

    >>> one = circular("s", altitude_km=525)
    >>> round(changed(one, mean_motion_added=1e-5).mean_motion - one.mean_motion, 8)
    1e-05
    """
    drag = one.drag * checked_real(drag_factor, "drag_factor", -1000, 1000)
    motion = one.mean_motion + checked_real(mean_motion_added, "mean_motion_added", -10, 10)
    if not 0 < motion < 100:
        raise LocalError(f"leads to {motion:g} revolutions a day", argument="mean_motion_added")
    first = one.line1[:53] + _power_text(drag) + one.line1[61:68]
    second = one.line2[:52] + f"{motion:11.8f}" + one.line2[63:68]
    return ElementSet(one.name, first + _checksum(first), second + _checksum(second))


def _power_text(value: float) -> str:
    """A number as the format writes it: a sign, five digits after a point that is left out, and a power of ten."""
    if abs(value) < 1e-15:
        return " 00000-0"
    power = math.floor(math.log10(abs(value))) + 1
    digits = round(abs(value) / 10.0**power * 10**5)
    if digits == 10**5:
        digits, power = 10**4, power + 1
    if not -9 <= power <= 9:
        raise LocalError(f"leads to a drag term of {value:g}", argument="drag_factor")
    return f"{'-' if value < 0 else ' '}{digits:05d}{'-' if power <= 0 else '+'}{abs(power)}"


def _epoch_text(epoch: Seconds) -> str:
    """UNIX time in the columns of an epoch: the year in two digits, the day of the year with eight digits after it."""
    epoch = checked_real(epoch, "epoch", -410_227_200, 2_745_446_399, what="UNIX seconds of the years 1957 to 2056")
    days, rest = divmod(round(epoch / 86_400 * 10**8), 10**8)
    date = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=days)
    return f"{date:%y%j}.{rest:08d}"
