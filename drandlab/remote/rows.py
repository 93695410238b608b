"""A beacon from a row of named values, as tables and data frames hold it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING

from drandlab.beacon.beacon import Beacon
from drandlab.beacon.strict_json import hex_field, int_field
from drandlab.errors import FormatError

if TYPE_CHECKING:
    import polars as pl

__all__ = ["OPTIONAL", "REQUIRED", "beacon_columns", "beacon_of", "beacons_of", "columns_of"]

REQUIRED = ("round", "signature")
OPTIONAL = ("previous_signature", "randomness")


def columns_of(names: Collection[str]) -> list[str]:
    """Return the columns among ``names`` that make a beacon; raises `FormatError` that names all that are missing."""
    if missing := [name for name in REQUIRED if name not in names]:
        raise FormatError(f"columns missing: {', '.join(missing)}; there are {', '.join(names)[:120] or 'none'}")
    return [name for name in (*REQUIRED, *OPTIONAL) if name in names]


def beacon_of(fields: Mapping[str, object]) -> Beacon:
    """Return the beacon of a row: a whole number, and hexadecimal text or bytes; null and empty mean there is none.

    >>> beacon_of({"round": 7, "signature": "37", "previous_signature": None})
    Beacon(round=7, signature=37…)
    """
    return Beacon(
        round=int_field(fields, "round", minimum=0, maximum=(1 << 64) - 1),
        signature=_bytes(fields, "signature"),
        previous_signature=_bytes(fields, "previous_signature") if fields.get("previous_signature") else b"",
        claimed_randomness=_bytes(fields, "randomness", 32) if fields.get("randomness") else None,
    )


def _bytes(fields: Mapping[str, object], name: str, length: int | None = None) -> bytes:
    value = fields[name]
    if value in ("", b""):
        raise FormatError("the value is empty", field=name)
    if not isinstance(value, bytes):
        return hex_field(fields, name, length=length)
    if length is not None and len(value) != length:
        raise FormatError(f"expected {length} bytes, got {len(value)}", field=name)
    return value


def beacons_of(frame: pl.DataFrame, *, source: str | None = None, first_row: int = 1) -> Iterator[Beacon]:
    """Yield the beacon of each row of ``frame``.

    Needs the columns ``round`` (integer) and ``signature``, and reads ``previous_signature`` and ``randomness`` (what
    the beacon claims it to be) where they are; these hold hexadecimal text or bytes. Other columns are passed over.
    Raises `FormatError` with the column, and with the row where one value is at fault; ``source`` and ``first_row`` say
    where the frame comes from.

    >>> import polars as pl
    >>> next(beacons_of(pl.DataFrame({"round": [7], "signature": ["37"]})))
    Beacon(round=7, signature=37…)
    """
    try:
        names = beacon_columns(frame.schema)
    except FormatError as error:
        raise error.at(source=source) from None
    for row, values in enumerate(frame.select(names).iter_rows(), first_row):
        try:
            beacon = beacon_of(dict(zip(names, values, strict=True)))
        except FormatError as error:
            raise error.at(source=source, line=row) from None
        yield beacon


def beacon_columns(schema: Mapping[str, pl.DataType]) -> list[str]:
    """Return the names of the columns that make a beacon; raises `FormatError` if one is missing or of a wrong type."""
    import polars as pl

    names = columns_of(schema)
    if not schema["round"].is_integer():
        raise FormatError(f"expected a column of whole numbers, got {schema['round']}", field="round")
    for name in names[1:]:
        allowed = (pl.String, pl.Binary, pl.Null) if name in OPTIONAL else (pl.String, pl.Binary)
        if schema[name] not in allowed:
            raise FormatError(f"expected a column of hexadecimal text or of bytes, got {schema[name]}", field=name)
    return names
