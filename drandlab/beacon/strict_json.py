"""Strict reading of the JSON forms: what each field must be, and an error that names the field."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from drandlab.errors import FormatError

__all__ = ["hex_field", "int_field", "json_object", "text_field", "unknown_fields"]


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    seen: dict[str, Any] = {}
    for name, value in pairs:
        if name in seen:
            raise FormatError("the field comes twice", field=name)
        seen[name] = value
    return seen


_DEEPEST = 64
"""Brackets in a body that is parsed at all: no form has more than two, and each costs the parser a stack frame."""


def _no_constants(name: str) -> Any:
    raise FormatError(f"{name} is not JSON")


def json_object(source: str | bytes | Mapping[str, Any], what: str) -> Mapping[str, Any]:
    """Return the JSON object in ``source`` (text, UTF-8 bytes, or already a mapping)."""
    if isinstance(source, Mapping):
        return source
    if isinstance(source, str):
        brackets = source.count("[") + source.count("{")
    else:
        brackets = source.count(b"[") + source.count(b"{")
    if brackets > _DEEPEST:
        raise FormatError(f"expected {what} as a JSON object, got text with {brackets} opening brackets")
    try:
        value = json.loads(source, object_pairs_hook=_no_duplicates, parse_constant=_no_constants)
    except FormatError:
        raise
    except (ValueError, RecursionError) as error:
        raise FormatError(f"expected {what} as a JSON object, got text that is not JSON ({error})") from None
    if not isinstance(value, dict):
        raise FormatError(f"expected {what} as a JSON object, got {_kind(value)}")
    return value


def _kind(value: object) -> str:
    names = {dict: "an object", list: "a list", str: "a string", bool: "a boolean", int: "a number", float: "a number"}
    return "null" if value is None else names.get(type(value), type(value).__name__)


def _present(fields: Mapping[str, Any], name: str) -> Any:
    if name not in fields:
        raise FormatError("the field is missing", field=name)
    return fields[name]


def int_field(fields: Mapping[str, Any], name: str, *, minimum: int, maximum: int) -> int:
    """Return a whole number within bounds."""
    value = _present(fields, name)
    if isinstance(value, bool) or not isinstance(value, int):
        shown = f", {value!r}" if isinstance(value, float) else ""
        raise FormatError(f"expected a whole number, got {_kind(value)}{shown}", field=name)
    if not minimum <= value <= maximum:
        raise FormatError(f"expected a number from {minimum} to {maximum}, got {value}", field=name)
    return value


def text_field(fields: Mapping[str, Any], name: str) -> str:
    """Return a string."""
    value = _present(fields, name)
    if not isinstance(value, str):
        raise FormatError(f"expected a string, got {_kind(value)}", field=name)
    if any(0xD800 <= ord(c) < 0xE000 for c in value):
        raise FormatError("half of a surrogate pair stands alone, which no text holds", field=name)
    return value


def hex_field(fields: Mapping[str, Any], name: str, *, length: int | None = None) -> bytes:
    """Return the bytes of a hexadecimal string (no 0x, no blanks), of ``length`` bytes when given."""
    text = text_field(fields, name)
    try:
        data = bytes.fromhex(text)
    except ValueError:
        data = None
    if data is None or 2 * len(data) != len(text):  # fromhex passes over blanks
        raise FormatError(f"expected hexadecimal digits, two a byte, got {text[:16]!r}", field=name)
    if length is not None and len(data) != length:
        raise FormatError(f"expected {length} bytes in hexadecimal, got {len(data)}", field=name)
    return data


def unknown_fields(fields: Mapping[str, Any], known: Iterable[str]) -> list[str]:
    """Return the names that no form knows, sorted."""
    return sorted(set(fields) - set(known))
