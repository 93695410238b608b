"""How results write values of the chain: bytes as hexadecimal, records as tables, variants by their names."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Iterable, Mapping
from typing import Any

from drandlab.idn.runtime.calls import RuntimeEvent
from drandlab.idn.xcm.locations import Location
from drandlab.idn.xcm.versioned import location_to_json
from drandlab.printable import repr_of
from drandlab.records import Json
from drandlab.wire.scale import Variant

__all__ = ["told", "told_value"]

SHOWN = ("RandBeacon", "IdnManager", "IdnConsumer", "Contracts")
"""The pallets whose events are told."""

_PLAIN_HEX = frozenset({"asig", "signature", "pk", "public_key", "message", "rand", "randomness"})
"""What drand's own JSON writes without 0x: signatures, points and keys."""


def told_value(value: Any, name: str = "") -> Json:
    """Return a value of the chain as plain data; ``name`` is that of the field that holds it.

    >>> told_value(b"\\x28", "call"), told_value(b"\\x28", "signature"), told_value(Variant("Xcm"))
    ('0x28', '28', 'Xcm')
    """
    if value is None or isinstance(value, int | float | str):
        return value
    if isinstance(value, bytes):
        return value.hex() if name in _PLAIN_HEX else f"0x{value.hex()}"
    if isinstance(value, Variant):
        return value.name if value.value is None else {value.name: told_value(value.value, name)}
    if isinstance(value, enum.Enum):
        return value.name.title() if value.name.isupper() else value.name
    if isinstance(value, Location):
        return location_to_json(value)
    if isinstance(value, Mapping):
        return {str(key): told_value(item, str(key)) for key, item in value.items()}
    if callable(form := getattr(value, "to_json", None)):
        return form()
    if dataclasses.is_dataclass(value):
        return {one.name: told_value(getattr(value, one.name), one.name) for one in dataclasses.fields(value)}
    if isinstance(value, tuple | list):
        return [told_value(item, name) for item in value]
    return repr_of(value, 200)


def told(events: Iterable[RuntimeEvent]) -> list[dict[str, Json]]:
    """Return the events of the pallets in `SHOWN`, as the results have them."""
    return [
        {"event": str(event), **{name: told_value(value, name) for name, value in event.fields.items()}}
        for event in events
        if event.pallet in SHOWN
    ]
