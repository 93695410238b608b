"""Strict reading of the JSON forms: what each field must be, and an error that names the field."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from drandlab.errors import FormatError
from drandlab.text import discreet, hex_bytes, shown, text_of
from drandlab.typing import whole_number

__all__ = [
    "hex_field",
    "int_field",
    "json_object",
    "no_other_spelling",
    "one_spelling",
    "text_field",
    "unknown_fields",
]


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    seen: dict[str, Any] = {}
    for name, value in pairs:
        if name in seen:
            raise FormatError("the field comes twice", field=discreet(name))
        seen[name] = value
    return seen


_DEEPEST = 64
"""Brackets in a body that is parsed at all: no form has more than two, and each costs the parser a stack frame."""


def _no_constants(name: str) -> Any:
    raise FormatError(f"{name} is not JSON")


def json_object(source: str | bytes | Mapping[str, Any], what: str) -> Mapping[str, Any]:
    """Return the JSON object in ``source`` (text, UTF-8 bytes, or already a mapping).

    Raises `WrongType` for anything else, `FormatError` for text that is no JSON object.
    """
    if isinstance(source, Mapping):
        return source
    text = text_of(source, f"{what} in JSON")
    brackets = text.count("[") + text.count("{")
    if brackets > _DEEPEST:
        raise FormatError(f"expected {what} as a JSON object, got text with {brackets} opening brackets")
    try:
        value = json.loads(text, object_pairs_hook=_no_duplicates, parse_constant=_no_constants)
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
    whole = whole_number(value)
    if whole is None:
        came = f", {value!r}" if isinstance(value, float) else ""
        raise FormatError(f"expected a whole number, got {_kind(value)}{came}", field=name)
    if not minimum <= whole <= maximum:
        raise FormatError(f"expected a number from {minimum} to {maximum}, got {_digits(whole)}", field=name)
    return whole


def _digits(number: int) -> str:
    return f"{number}" if number.bit_length() <= 128 else f"one of {number.bit_length()} bits"


def text_field(fields: Mapping[str, Any], name: str) -> str:
    """Return a string."""
    value = _present(fields, name)
    if not isinstance(value, str):
        raise FormatError(f"expected a string, got {_kind(value)}", field=name)
    if not value.isascii() and any(0xD800 <= ord(c) < 0xE000 for c in value):
        raise FormatError("half of a surrogate pair stands alone, which no text holds", field=name)
    return value


def hex_field(fields: Mapping[str, Any], name: str, *, length: int | None = None) -> bytes:
    """Return the bytes of a hexadecimal string (no 0x, no blanks), of ``length`` bytes when given."""
    return hex_bytes(text_field(fields, name), length=length, field=name)


def one_spelling(fields: Mapping[str, Any], *names: str) -> str | None:
    """Return the first of ``names``, the spellings of one field, that ``fields`` has, or None.

    Raises `FormatError` where two of them are there and say different things.
    """
    there = [name for name in names if name in fields]
    for other in there[1:]:
        if fields[other] != fields[there[0]]:
            said, wanted = (shown(json.dumps(fields[name], default=_kind), 80) for name in (other, there[0]))
            raise FormatError(f"{said}, but {there[0]} says {wanted}: two spellings of one field", field=other)
    return there[0] if there else None


def no_other_spelling(fields: Mapping[str, Any], known: Iterable[str]) -> None:
    """Raise `FormatError` for a field that is one of ``known`` but for capitals, ``_`` and ``-``.

    Passed over as one that nobody knows, it would leave the field of the right name out, in silence.
    """
    names = set(known)
    plain = {_letters(name): name for name in names}
    for name in set(fields) - names:
        if wanted := plain.get(_letters(str(name))):
            raise FormatError(f"no such field; it is called {wanted}", field=str(name))


def _letters(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "")


def unknown_fields(fields: Mapping[str, Any], known: Iterable[str]) -> list[str]:
    """Return the names that no form knows, sorted."""
    return sorted(set(fields) - set(known))
