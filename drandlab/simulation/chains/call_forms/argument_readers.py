"""How single arguments of a call are read from a file: numbers, hexadecimal, locations, kinds of origins."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias

from drandlab.errors import FormatError, LocalError, WrongType
from drandlab.simulation.chains.chain_names import check_development
from drandlab.text import hex_bytes
from drandlab.typing import LAST_ROUND, checked_choice, checked_int, checked_text
from drandlab.wire.strict_toml import no_such

__all__ = [
    "Argument",
    "Reader",
    "account_or_author",
    "arguments_read",
    "choice",
    "hexadecimal",
    "listed",
    "scale_hex",
    "table",
    "whole",
]

Reader: TypeAlias = Callable[[Any, str], Any]
"""Reads what a file has under a name; raises `LocalError` for that name."""

_REQUIRED = object()


class Argument(NamedTuple):
    """An argument of a call: how it is read, and what it is where the file leaves it out."""

    read: Reader
    default: Any = _REQUIRED

    @property
    def is_required(self) -> bool:
        """Whether the file has to give it."""
        return self.default is _REQUIRED


def arguments_read(what: str, known: Mapping[str, Argument], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of ``what``, read, in the order of ``known``.

    Raises `LocalError` for one that is missing, unknown or wrong.

    >>> arguments_read("a call", {"block": Argument(whole(8)), "by": Argument(whole(8), 7)}, {"block": 1})
    {'block': 1, 'by': 7}
    """
    if not isinstance(given, Mapping):
        raise WrongType(f"expected a table of arguments, got {type(given).__name__}", argument="args")
    for key in given:
        if key not in known:
            rule = no_such(key, known, "argument") if known else f"{what} takes none"
            raise LocalError(rule, argument=key)
    found = {}
    for key, one in known.items():
        if key in given:
            found[key] = one.read(given[key], key)
        elif one.is_required:
            raise LocalError(f"missing: {what} takes {', '.join(known)}", argument=key)
        else:
            found[key] = one.default
    return found


def whole(bits: int) -> Reader:
    """Return the reader of whole numbers from 0 to $2^{bits} - 1$, as far as TOML has them."""
    most = LAST_ROUND if bits == 64 else (1 << bits) - 1

    def read(value: Any, name: str) -> int:
        return checked_int(value, name, 0, most)

    return read


def hexadecimal(length: int) -> Reader:
    """Return the reader of so many bytes of a signature or a key: hexadecimal without 0x."""

    def read(value: Any, name: str) -> bytes:
        return _bytes(checked_text(value, name), name, length)

    return read


def scale_hex(length: int | None = None, most: int | None = None) -> Reader:
    """Return the reader of SCALE and identifiers: hexadecimal with 0x before it, or without."""

    def read(value: Any, name: str) -> bytes:
        text = checked_text(value, name)
        if text.startswith("0X"):
            raise LocalError("expected 0x before the digits, in lower case, got 0X", argument=name)
        found = _bytes(text.removeprefix("0x"), name, length)
        if most is not None and len(found) > most:
            raise LocalError(f"expected at most {most} bytes, got {len(found)}", argument=name)
        return found

    return read


def _bytes(text: str, name: str, length: int | None) -> bytes:
    try:
        return hex_bytes(text, length=length)
    except FormatError as error:
        raise LocalError(error.rule, argument=name) from None


def choice(*known: str) -> Reader:
    """Return the reader of one of several words."""

    def read(value: Any, name: str) -> str:
        return checked_choice(checked_text(value, name), name, known)

    return read


def listed(item: Reader) -> Reader:
    """Return the reader of a list."""

    def read(value: Any, name: str) -> tuple[Any, ...]:
        if not isinstance(value, list | tuple):
            raise WrongType(f"expected a list, got {type(value).__name__}", argument=name)
        return tuple(item(one, name) for one in value)

    return read


def table(what: str, known: Mapping[str, Argument]) -> Reader:
    """Return the reader of a table of arguments within an argument."""

    def read(value: Any, name: str) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise WrongType(f"expected a table, got {type(value).__name__}", argument=name)
        try:
            return arguments_read(what, known, value)
        except LocalError as error:
            raise error.inside(name) from None

    return read


def account_or_author(value: Any, name: str) -> str:
    """Return the name of a development account, or ``author``."""
    text = checked_text(value, name)
    return text if text == "author" else check_development(text, name)
