"""TOML as the Go daemon writes it, byte for byte, and read strictly; Go's durations, which stand in it as text.

The layout is that of the library the daemon uses (BurntSushi/toml): plain keys first, in order; then, each after an
empty line, the tables and arrays of tables, their keys indented by two spaces. Texts stand in double quotes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from fractions import Fraction
from typing import Any, TypeAlias

from drandlab.errors import FormatError, LocalError
from drandlab.text import discreet, text_of
from drandlab.wire.strict_json import text_field, unknown_fields

__all__ = [
    "ENDS_EARLY",
    "Plain",
    "Table",
    "duration_text",
    "no_unknown",
    "parse_toml",
    "quoted",
    "seconds_field",
    "toml_text",
    "within",
]

Plain: TypeAlias = str | int | bool | list[str]
"""A value that stands on the line of its key."""

Table: TypeAlias = Mapping[str, Plain]

_ESCAPES = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}
_UNITS = {"ns": 1, "us": 10**3, "µs": 10**3, "μs": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9}
_PIECE = re.compile(r"(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)", re.ASCII)
_LONGEST = 1 << 20
_PART = r"""(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')"""
_DEEP_KEY = re.compile(rf"""(?<![\w"'-]){_PART}(?:[ \t]*+\.[ \t]*+{_PART}){{16}}""")
"""A key of many parts: it costs the parser memory by the square of their number. (Texts of many parts count too.)"""

ENDS_EARLY = "ends-early"
"""The code of the error about a text that ends within a table or a value."""
_LONGEST_DURATION = 64
_LAST_SECOND = ((1 << 63) - 1) // 10**9


def quoted(text: str) -> str:
    """Return a text as a TOML string in double quotes."""

    def escape(c: str) -> str:
        return _ESCAPES.get(c) or (f"\\u{ord(c):04x}" if ord(c) < 0x20 or ord(c) == 0x7F else c)

    return '"' + "".join(map(escape, text)) + '"'


def _value(value: Plain) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    return quoted(value) if isinstance(value, str) else "[" + ", ".join(map(quoted, value)) + "]"


def _lines(table: Table, indent: str) -> str:
    return "".join(f"{indent}{key} = {_value(value)}\n" for key, value in table.items())


def toml_text(plain: Table, tables: Iterable[tuple[str, Table]] = ()) -> str:
    """Return the file with these plain keys and then these tables, each with its header as it is written.

    >>> print(toml_text({"Threshold": 2}, [("[[Nodes]]", {"Index": 0}), ("[[Nodes]]", {"Index": 1})]), end="")
    Threshold = 2
    <BLANKLINE>
    [[Nodes]]
      Index = 0
    <BLANKLINE>
    [[Nodes]]
      Index = 1
    """
    blocks = [_lines(plain, "")] if plain else []
    blocks += [f"{header}\n{_lines(table, '  ')}" for header, table in tables]
    return "\n".join(blocks)


def parse_toml(text: str | bytes, source: str | None = None) -> dict[str, Any]:
    """Return the table that a TOML text (or its UTF-8 bytes) holds; raises `FormatError` for what is not TOML."""
    import tomllib

    try:
        plain = text_of(text, f"a TOML file{f' ({source})' if source else ''}")
    except FormatError as error:
        raise error.at(source=source) from None
    if len(plain) > _LONGEST:
        raise FormatError(f"longer than {_LONGEST:,} characters, which no file of this kind is", source=source)
    if deep := _DEEP_KEY.search(plain):
        raise FormatError(
            "a key of more than 16 parts, which no file of this kind has",
            source=source,
            line=plain.count("\n", 0, deep.start()) + 1,
        )
    try:
        return tomllib.loads(plain)
    except (ValueError, RecursionError) as error:
        why = discreet(str(error)) or "too deeply nested"
    # raised here and not there: the parser's error may keep the text, and would be this one's context
    line, code = _told(why)
    raise FormatError(f"not TOML: {why}", source=source, line=line, code=code)


def _told(why: str) -> tuple[int | None, str | None]:
    """Line and code of a fault: before Python 3.14 the standard library says them in its sentence only."""
    found = re.search(r"at line (\d+)", why)
    return int(found[1]) if found else None, ENDS_EARLY if "end of document" in why else None


@contextmanager
def within(path: str, source: str | None = None) -> Iterator[None]:
    """Put ``path`` before the field, and ``source`` into the place, of a `FormatError` that leaves the block."""
    try:
        yield
    except FormatError as error:
        field = path + error.field if error.field else path.rstrip(".") or None
        found = FormatError(error.rule, source=error.source or source, line=error.line, field=field, code=error.code)
        raise found from error.__cause__


def no_unknown(fields: Mapping[str, Any], known: Iterable[str]) -> None:
    """Raise `FormatError` for a key that the file does not have, most often a slip of the pen."""
    known = list(known)
    if names := unknown_fields(fields, known):
        raise FormatError(f"no such key; there are {', '.join(known)}", field=discreet(names[0]))


def duration_text(seconds: int) -> str:
    """Return whole seconds as Go prints a duration.

    >>> [duration_text(s) for s in (0, 30, 60, 90, 3600, 3725)]
    ['0s', '30s', '1m0s', '1m30s', '1h0m0s', '1h2m5s']
    """
    if seconds < 0:
        raise LocalError(f"expected 0 seconds or more, got {seconds}", argument="duration")
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}h{minutes}m{seconds}s"
    return f"{minutes}m{seconds}s" if minutes else f"{seconds}s"


def seconds_field(fields: Mapping[str, Any], name: str) -> int:
    """Return a Go duration of the fields in whole seconds.

    The grammar is Go's (``time.ParseDuration``): numbers with units, as in "1h30m" or "1500ms"; "0" needs no unit. What
    is negative or no whole number of seconds is refused: the packets of the protocol could not carry it.

    >>> seconds_field({"Period": "1m30s"}, "Period"), seconds_field({"Period": "1.5m"}, "Period")
    (90, 90)
    """
    text = text_field(fields, name)
    if len(text) > _LONGEST_DURATION:
        raise FormatError(f"expected a duration, got {len(text)} characters", field=name)
    body = text[1:] if text[:1] in ("+", "-") else text
    pieces = list(_PIECE.finditer(body))
    if body != "0" and (not pieces or "".join(piece[0] for piece in pieces) != body):
        raise FormatError(f'expected a duration such as "30s" or "1m30s", got {text!r}', field=name)
    nanoseconds = sum(int(Fraction(piece[1].rstrip(".")) * _UNITS[piece[2]]) for piece in pieces)
    if text.startswith("-") and nanoseconds:
        raise FormatError(f"expected a duration of 0 or more, got {text!r}", field=name)
    seconds, rest = divmod(nanoseconds, 10**9)
    if rest:
        raise FormatError(f"expected whole seconds, got {text!r}", field=name)
    if seconds > _LAST_SECOND:
        raise FormatError(f"expected a duration below 2^63 nanoseconds, got {text!r}", field=name)
    return seconds
