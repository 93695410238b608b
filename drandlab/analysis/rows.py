"""A beacon from a row of named values, as tables hold it."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from drandlab.beacon.beacon import Beacon
from drandlab.beacon.strict_json import hex_field, int_field
from drandlab.errors import FormatError

__all__ = ["OPTIONAL", "REQUIRED", "beacon_of", "columns_of"]

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
