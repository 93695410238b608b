"""A scenario as the text of a file: the counterpart of `drandlab.wire.strict_toml`, which reads it back.

The fields of a dataclass are its keys, in order; those that have their default value are left out. A dataclass is a
table, inline where it stands within another table's line; a tuple of dataclasses is an array of tables.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from typing import Any

from drandlab.errors import LocalError, WrongType
from drandlab.typing import checked_text
from drandlab.wire.go_toml import quoted

__all__ = ["toml_of"]

_LARGEST = 1 << 63
"""Whole numbers of a file are below this, and not below its negative."""


def toml_of(value: Any, comments: Iterable[str] = ()) -> str:
    """Return a dataclass as TOML, after ``comments``, one a line.

    Raises `WrongType` for comments that are no list of texts, `LocalError` for what a file cannot hold: a number of
    more than 64 bits, or text that is not Unicode.
    """
    if isinstance(comments, str | bytes) or not isinstance(comments, Iterable):
        raise WrongType(f"expected a list of lines, got {type(comments).__name__}", argument="comments")
    comments = [checked_text(comment, "comments") for comment in comments]
    lines = [f"# {_printable(line)}".rstrip() for comment in comments for line in comment.splitlines() or [""]]
    text = "\n".join([*lines, *_table(value, "")]) + "\n"
    try:
        text.encode()
    except UnicodeEncodeError:
        raise LocalError("a text of this scenario is not Unicode, so no file can hold it") from None
    return text


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)


def _entries(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield the keys of a dataclass with their values; those with their default value are left out."""
    if (do := getattr(value, "do", None)) is not None:
        yield "do", do
    for field in dataclasses.fields(value):
        found = getattr(value, field.name)
        if found is not None and not (found == field.default and type(found) is type(field.default)):
            yield field.metadata.get("key", field.name), found


def _is_list_of_tables(value: Any) -> bool:
    return isinstance(value, tuple) and any(dataclasses.is_dataclass(item) for item in value)


def _table(value: Any, path: str) -> Iterator[str]:
    """Yield the lines of a table: its plain keys, then the tables within."""
    tables: list[tuple[str, Any]] = []
    for key, found in _entries(value):
        inner = dataclasses.is_dataclass(found) and not path
        if inner or _is_list_of_tables(found):
            tables.append((f"{path}.{key}" if path else key, found))
        else:
            yield f"{key} = {_value(found)}"
    for name, found in tables:
        for one in found if isinstance(found, tuple) else (found,):
            yield from ("", f"[[{name}]]" if isinstance(found, tuple) else f"[{name}]", *_table(one, name))


def _value(value: Any) -> str:
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        if not -_LARGEST <= value < _LARGEST:
            raise LocalError(f"a file holds whole numbers of at most 64 bits, got one of {value.bit_length()} bits")
        return str(value)
    if isinstance(value, (tuple, list)):
        return f"[{', '.join(map(_value, value))}]"
    if dataclasses.is_dataclass(value):
        return f"{{ {', '.join(f'{key} = {_value(found)}' for key, found in _entries(value))} }}"
    return repr(float(value))
