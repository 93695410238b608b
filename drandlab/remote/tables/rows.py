"""Beacons as rows of named values, as tables and data frames hold them, and back."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from drandlab.beacon.beacon import Beacon
from drandlab.beacon.composed import AnyBeacon, ComposedBeacon
from drandlab.errors import FormatError
from drandlab.text import discreet, hex_bytes, shown
from drandlab.wire.strict_json import int_field, text_field

if TYPE_CHECKING:
    import polars as pl

# fmt: off
__all__ = [
    "COLUMNS", "LONGEST_CELL", "READ_COLUMNS", "B", "BeaconRow", "ComposedRow", "Make", "beacon_of", "beacons_of_rows",
    "columns_of", "columns_of_schema", "composed_of", "composed_row_of", "each_of_rows", "row_of",
]
# fmt: on

_REQUIRED = ("round", "signature")
_OPTIONAL = ("previous_signature", "randomness")

_SATELLITE = "satellite_signature"

COLUMNS = (*_REQUIRED, *_OPTIONAL)
"""The names of a beacon's columns."""

READ_COLUMNS = (*COLUMNS, _SATELLITE)
"""The names of the columns that are read: a beacon's, and the one that a composed beacon has besides."""

B = TypeVar("B", bound=AnyBeacon)

Make: TypeAlias = Callable[[Mapping[str, object]], B]
"""What makes a beacon of a row's fields: `beacon_of` or `composed_of`."""

LONGEST_CELL = 1 << 14
"""Largest size of a value, in bytes."""

BeaconRow: TypeAlias = tuple[int, str, str | None, str]
"""The written values of `COLUMNS`: bytes in hexadecimal, and null without a previous signature."""

ComposedRow: TypeAlias = tuple[int, str, str | None, str, str | None]
"""The written values of `READ_COLUMNS`, the randomness the composed one; null without a satellite's signature."""


def row_of(beacon: Beacon) -> BeaconRow:
    """Return a beacon's row.

    >>> row_of(Beacon(round=7, signature=b"sig"))[:3]
    (7, '736967', None)
    """
    return beacon.round, beacon.signature.hex(), beacon.previous_signature.hex() or None, beacon.randomness.hex()


def composed_row_of(beacon: ComposedBeacon) -> ComposedRow:
    """Return a composed beacon's row."""
    round, signature, previous, _ = row_of(beacon.ground)
    return round, signature, previous, beacon.randomness.hex(), beacon.satellite_signature.hex() or None


def columns_of(names: Collection[str]) -> list[str]:
    """Return the columns of a beacon among ``names``; raises `FormatError`, naming those that are missing."""
    if missing := [name for name in _REQUIRED if name not in names]:
        there = discreet(shown(", ".join(names), 120)) or "none"
        raise FormatError(f"columns missing: {', '.join(missing)}; there are {there}")
    return [name for name in READ_COLUMNS if name in names]


def columns_of_schema(schema: Mapping[str, pl.DataType]) -> list[str]:
    """Return the columns of a beacon in a frame; raises `FormatError` if one is missing or of a wrong type."""
    import polars as pl

    names = columns_of(schema)
    if not schema["round"].is_integer():
        raise FormatError(f"expected a column of whole numbers, got {schema['round']}", field="round")
    texts = (pl.String, pl.Binary, pl.Categorical, pl.Enum)
    for name in names[1:]:
        allowed = (*texts, pl.Null) if name not in _REQUIRED else texts
        if schema[name] not in allowed:
            raise FormatError(f"expected a column of hexadecimal text or of bytes, got {schema[name]}", field=name)
    return names


def beacon_of(fields: Mapping[str, object]) -> Beacon:
    """Return the beacon of a row of a whole number and hexadecimal text or bytes; null and empty mean none.

    A row with a satellite's signature is refused: to take the ground half alone would pass it over unchecked.

    >>> beacon_of({"round": 7, "signature": "37", "previous_signature": None})
    Beacon(round=7, signature=37…)
    """
    if not _absent(fields, _SATELLITE):
        raise FormatError(
            "this is a beacon of a composed chain: give the info of that chain, or leave the column out to check the "
            "ground half alone",
            field=_SATELLITE,
        )
    return _plain(fields, None if _absent(fields, "randomness") else _bytes(fields, "randomness", 32))


def composed_of(fields: Mapping[str, object]) -> ComposedBeacon:
    """Return the composed beacon of a row, whose ``randomness`` is the composed one.

    A row without the satellite's signature is one that waits for it, which never verifies.

    >>> composed_of({"round": 7, "signature": "37", "satellite_signature": "38"})
    ComposedBeacon(round=7, ground=37…, satellite=38…)
    """
    return ComposedBeacon(
        ground=_plain(fields, None),
        satellite_signature=b"" if _absent(fields, _SATELLITE) else _bytes(fields, _SATELLITE),
        claimed_randomness=None if _absent(fields, "randomness") else _bytes(fields, "randomness", 32),
    )


def _plain(fields: Mapping[str, object], claimed: bytes | None) -> Beacon:
    return Beacon(
        round=int_field(fields, "round", minimum=0, maximum=(1 << 64) - 1),
        signature=_bytes(fields, "signature"),
        previous_signature=b"" if _absent(fields, "previous_signature") else _bytes(fields, "previous_signature"),
        claimed_randomness=claimed,
    )


def _absent(fields: Mapping[str, object], name: str) -> bool:
    return fields.get(name) in (None, "", b"")


def _bytes(fields: Mapping[str, object], name: str, length: int | None = None) -> bytes:
    value = fields.get(name)
    if value in ("", b""):
        raise FormatError("the value is empty", field=name)
    if isinstance(value, (str, bytes)) and len(value) > LONGEST_CELL:
        raise FormatError(f"a value of {len(value):,} characters, which no beacon has", field=name)
    if not isinstance(value, bytes):
        return hex_bytes(text_field(fields, name), length=length, field=name)
    if length is not None and len(value) != length:
        raise FormatError(f"expected {length} bytes, got {len(value)}", field=name)
    return value


def beacons_of_rows(names: Sequence[str], rows: Iterable[Sequence[object]], first: int = 1) -> Iterator[Beacon]:
    """Yield the beacon of each of ``rows``, which hold the values of the columns ``names``.

    Raises `FormatError` with the number of the row, counted from ``first``.
    """
    return each_of_rows(beacon_of, names, rows, first)


def each_of_rows(make: Make[B], names: Sequence[str], rows: Iterable[Sequence[object]], first: int = 1) -> Iterator[B]:
    """Yield what ``make``, `beacon_of` or `composed_of`, makes of each of ``rows``; otherwise as `beacons_of_rows`."""
    for number, values in enumerate(rows, first):
        try:
            beacon = make(dict(zip(names, values, strict=True)))
        except FormatError as error:
            raise error.at(line=number) from None
        yield beacon
