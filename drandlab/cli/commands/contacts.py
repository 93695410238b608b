"""``drandlab contacts``: when ground stations see satellites."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from drandlab.cli.terminal import Json, note, print_json, progress, screen
from drandlab.errors import LocalError
from drandlab.typing import Seconds, checked_positive

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from drandlab.orbit.contacts import Window
    from drandlab.orbit.elements import ElementSet

__all__ = ["contacts"]

MOST_BYTES = 1 << 26
"""An element set has 140 bytes; a file of all satellites that are known has some megabytes."""

DAY = 86_400

SHOWN = 1000
"""Windows that people are shown; JSON has all."""

WIDE = 100
"""Columns from which the table shows everything."""


def contacts(
    tle: Annotated[
        list[Path],
        typer.Option(
            metavar="FILE",
            help="Element sets of two or three lines (TLE), or one that comes with drandlab: iss, crypto1-like;"
            " may be repeated.",
        ),
    ],
    station: Annotated[
        list[str],
        typer.Option(
            metavar="[NAME=]LAT,LON[,HEIGHT_M]",
            help="Geodetic degrees, north and east positive, and metres (WGS84); may be repeated.",
        ),
    ],
    mask: Annotated[
        float, typer.Option(metavar="DEG", help="Least elevation, below 90; below 0 for the horizon of a mountain.")
    ] = 10.0,
    start: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="RFC 3339, such as 2026-01-01T00:00:00Z, or UNIX seconds.",
            show_default="the epoch of the first element set",
        ),
    ] = None,
    days: Annotated[float, typer.Option(metavar="N", help="Days from the start, above 0.")] = 1.0,
    json: Json = False,
) -> int:
    """Show when ground stations see satellites.

    A contact window lasts from rise to set: while the elevation above the
    station's horizon is at least the mask, without refraction. Orbits come from
    element sets through SGP4, which are good for about a week around their
    epoch; beyond that a sentence on stderr warns. Satellites of the same name
    are told apart by a number: ISS, ISS (2).

    Exit code 2 for unusable input, and where SGP4 gives no position, as for a
    satellite that has decayed.

    Example: drandlab contacts --tle iss --station Lausanne=46.5,6.6 --days 2
    """
    from drandlab.orbit.ages import age_notices
    from drandlab.orbit.contacts import LONGEST_DAYS, contact_windows
    from drandlab.orbit.elements import told_apart
    from drandlab.orbit.stations import parse_station

    checked_positive(days, "days")
    if days > LONGEST_DAYS:
        raise LocalError(f"expected at most {LONGEST_DAYS}, got {days:g}", argument="days", code="range")
    places = [parse_station(text) for text in station]
    flying = told_apart(one for file in tle for one in _sets_of(file))
    begin = flying[0].epoch if start is None else _moment(start)
    end = begin + days * DAY
    with progress("looking for contacts") as advance:
        windows = contact_windows(flying, places, begin, end, mask=mask, progress=advance)
    for old in age_notices(flying, begin, end):
        note(f"drandlab: {old}")
    found = _as_json(windows, begin, end, mask)
    if json:
        print_json(found)
    else:
        _show(windows, found, len(flying) * len(places))
    return 0


def _sets_of(file: Path) -> list[ElementSet]:
    from drandlab.files import read_bytes
    from drandlab.orbit.elements import read_element_sets
    from drandlab.orbit.satellites import BY_NAME

    if (shipped := BY_NAME.get(str(file))) is not None:
        return [shipped]
    return read_element_sets(read_bytes(file, MOST_BYTES), source=str(file))


def _moment(text: str) -> Seconds:
    from drandlab.errors import FormatError
    from drandlab.orbit.utc import utc_seconds

    try:
        return utc_seconds(text)
    except FormatError as error:
        raise LocalError(error.rule, argument="start") from None
    except LocalError as error:
        raise error.about("start") from None


def _as_json(windows: Sequence[Window], start: Seconds, end: Seconds, mask: float) -> dict[str, Any]:
    from drandlab.orbit.contacts import contact_share, longest_gap, union

    return {
        "start": start,
        "end": end,
        "mask_deg": mask,
        "windows": [_row(window) for window in windows],
        "contact_s": round(sum(last - first for first, last in union(windows)), 3),
        "contact_share": contact_share(windows, start, end),
        "longest_gap_s": round(longest_gap(windows, start, end), 3),
    }


def _row(window: Window) -> dict[str, Any]:
    row: dict[str, Any] = {
        "satellite": window.satellite,
        "station": window.station,
        "rise": window.rise,
        "culmination": window.culmination,
        "set": window.set,
        "max_elevation_deg": window.max_elevation_deg,
        "range_km": window.range_km,
        "light_time_ms": window.light_time_ms,
    }
    if window.clipped_start:
        row["clipped_start"] = True
    if window.clipped_end:
        row["clipped_end"] = True
    return row


def _show(windows: Sequence[Window], found: dict[str, Any], pairs: int) -> None:
    from drandlab.orbit.utc import utc_text

    console = screen()
    if windows:
        console.print(_table(windows[:SHOWN], console.width >= WIDE))
        if len(windows) > SHOWN:
            console.print(f"… and {len(windows) - SHOWN:,} more; --json has them all")
        if any(one.clipped_start or one.clipped_end for one in windows):
            console.print("* cut by the interval")
        console.print()
    count = f"{len(windows):,} window{'' if len(windows) == 1 else 's'}"
    console.print(f"from        {utc_text(found['start'])} to {utc_text(found['end'])}, above {found['mask_deg']:g}°")
    console.print(f"windows     {count} of {pairs:,} pair{'' if pairs == 1 else 's'} of satellite and station")
    console.print(f"contact     {found['contact_s']:,.0f} s, {100 * found['contact_share']:.2f} % of the time")
    console.print(f"longest gap {found['longest_gap_s']:,.0f} s")


def _table(windows: Sequence[Window], wide: bool) -> Table:
    """A row for each window; a narrow one leaves out the time of the culmination and the light time."""
    from rich.table import Table

    from drandlab.orbit.utc import utc_text

    table = Table(box=None, pad_edge=False, padding=(0, 2 if wide else 1, 0, 0))
    for name in ("satellite", "station"):
        table.add_column(name, overflow="fold")
    for name in ("rise (UTC)", *(("culmination",) if wide else ()), "set", "lasts", "highest", "range"):
        table.add_column(name, justify="right", no_wrap=True)
    if wide:
        table.add_column("light", justify="right", no_wrap=True)
    for one in windows:
        rise = utc_text(one.rise)[:19].replace("T", " ")
        table.add_row(
            *(one.satellite, one.station, rise + ("*" if one.clipped_start else " ")),
            *((_time(one.culmination, rise),) if wide else ()),
            *(_time(one.set, rise) + ("*" if one.clipped_end else " "), f"{one.duration:,.0f} s"),
            *(f"{one.max_elevation_deg:.1f}°", f"{one.range_km:,.0f} km"),
            *((f"{one.light_time_ms:.1f} ms",) if wide else ()),
        )
    return table


def _time(moment: Seconds, rise: str) -> str:
    """The time of day, with the date where it is another one than that of the rise."""
    from drandlab.orbit.utc import utc_text

    text = utc_text(moment)[:19].replace("T", " ")
    return text[11:] if text[:10] == rise[:10] else text
