"""TOML read strictly into dataclasses: a class's fields are the schema, and every error names its place in the file.

The reader knows whole numbers, numbers, texts, booleans, lists, tables (other dataclasses), tables whose keys are free
(``Mapping[str, int]``; ``Mapping[str, Any]`` is taken as it is) and what may be left out.
What a number may be is checked by the class when it is made: it raises a `LocalError` whose ``argument`` is the key
(``loss: expected a probability from 0 to 1, got 2``), and the reader puts file and line before it.
"""

from __future__ import annotations

import dataclasses
import difflib
import math
import re
import types
import typing
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias, TypeVar

from drandlab.errors import FormatError, LocalError
from drandlab.text import discreet, text_of
from drandlab.wire.go_toml import ENDS_EARLY, parse_toml

__all__ = ["Document", "Kinds", "Path", "lines_of"]

Path: TypeAlias = tuple[str | int, ...]
"""Where in a document: keys, and positions in lists counted from 0."""

Kinds: TypeAlias = Mapping[type, Mapping[str, type]]
"""For a base class, the classes that stand for it, by the value of the key ``do``."""

T = TypeVar("T")

_HEADER = re.compile(r"\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"\s*((?:[\w-]+|\"[^\"]*\"|'[^']*')(?:\s*\.\s*(?:[\w-]+|\"[^\"]*\"|'[^']*'))*)\s*=")
_PART = re.compile(r"[\w-]+|\"[^\"]*\"|'[^']*'")
_WORDS = {
    int: "a whole number",
    float: "a number",
    str: "a text",
    bool: "true or false",
    dict: "a table",
    list: "a list",
}
_MANY = {int: "whole numbers", float: "numbers", str: "texts"}
_LARGEST = 1 << 63
_LONGEST_LINE = 400
"""Characters of a line in which its key is sought, to tell its place."""


def _parts(dotted: str) -> list[str]:
    return [part.strip("\"'") for part in _PART.findall(dotted)]


def lines_of(text: str) -> dict[Path, int]:
    """Return the line, counted from 1, of each key and each table of a TOML text.

    >>> lines_of("rounds = 3\\n[[event]]\\nat = 1.5\\n[[event]]\\nat = 2")[("event", 1, "at")]
    5
    """
    found: dict[Path, int] = {}
    counts: dict[Path, int] = {}
    table: Path = ()
    quotes = ""
    for number, line in enumerate(text.split("\n"), 1):
        if quotes:  # inside a text of several lines
            quotes = "" if line.count(quotes) % 2 else quotes
            continue
        head = line[:_LONGEST_LINE]  # the patterns take time by the square of its length
        if header := _HEADER.match(head):
            table = ()
            *above, last = _parts(header[2]) or [""]
            for part in above:
                table += (part,)
                table += (counts[table] - 1,) if table in counts else ()
            table += (last,)
            if header[1] == "[[":
                counts[table] = counts.get(table, 0) + 1
                table += (counts[table] - 1,)
            found.setdefault(table, number)
        elif key := _KEY.match(head):
            found.setdefault((*table, *_parts(key[1])), number)
        quotes = next((q for q in ('"""', "'''") if line.count(q) % 2), "")
    return found


class Document:
    """A TOML text and where it comes from; raises `FormatError` for text that is not TOML.

    ``kinds`` says which classes stand for a base class: the key ``do`` of a table chooses one by name.
    """

    def __init__(self, text: str | bytes, source: str | None = None, kinds: Kinds | None = None) -> None:
        self.source, self._kinds = source, kinds or {}
        plain = ""
        try:
            plain = text_of(text, "a TOML text")
            self.table = parse_toml(plain, source)
        except FormatError as error:
            # the parser gives no line where the text ends too early
            last = len(plain.rstrip().split("\n")) if error.code == ENDS_EARLY else None
            raise error.at(source=source, line=last) from None
        self._lines = lines_of(plain)

    def wrong(self, path: Path, rule: str) -> FormatError:
        """Return the error about what stands at ``path``, with the line of the nearest key around it."""
        line = next((self._lines[path[:n]] for n in range(len(path), 0, -1) if path[:n] in self._lines), None)
        dotted = ".".join(part for part in path if isinstance(part, str))
        return FormatError(rule, source=self.source, line=line, field=discreet(dotted) or None)

    def read(self, kind: type[T], value: Any = None, path: Path = ()) -> T:
        """Return the ``kind`` that the table ``value`` at ``path`` describes (the whole document unless given).

        A field may be named otherwise in the file (``metadata={"key": ...}``).
        """
        fields = self.table if value is None and not path else value
        if not isinstance(fields, dict):
            raise self.wrong(path, f"expected a table, got {_kind(fields)}")
        tag: tuple[str, ...] = ()
        if kinds := self._kinds.get(kind):
            kind, tag = self._chosen(kinds, fields, path), ("do",)
            fields = {name: item for name, item in fields.items() if name != "do"}
        # every kind is a dataclass, and no public type says so
        schema = {f.metadata.get("key", f.name): f for f in dataclasses.fields(kind)}  # type: ignore[arg-type]
        for name in fields:
            if name not in schema:
                raise self.wrong((*path, name), no_such(name, [*tag, *schema], "key"))
        hints = typing.get_type_hints(kind)
        values = {}
        for name, about in schema.items():
            if name in fields:
                values[about.name] = self._value(hints[about.name], fields[name], (*path, name))
            elif about.default is dataclasses.MISSING and about.default_factory is dataclasses.MISSING:
                raise self.wrong((*path, name), f"missing: expected {_expected(hints[about.name])}")
        try:
            return kind(**values)
        except LocalError as error:
            raise self._placed(error, path, schema) from None

    def _chosen(self, kinds: Mapping[str, type[T]], fields: Mapping[str, Any], path: Path) -> type[T]:
        if "do" not in fields:
            raise self.wrong((*path, "do"), f"missing: expected one of {', '.join(kinds)}")
        name = self._value(str, fields["do"], (*path, "do"))
        if name not in kinds:
            raise self.wrong((*path, "do"), no_such(name, kinds, "event"))
        return kinds[name]

    def _placed(self, error: LocalError, path: Path, schema: Iterable[str]) -> FormatError:
        """Return the error of a class as one about its place in the file, if its argument is a key of this table."""
        inner: Path = (*error.within, *([error.argument] if error.argument else []))
        keys: set[str | int] = set(schema)
        while inner and inner[0] not in keys:  # what the class calls itself
            inner = inner[1:]
        if not inner:
            return self.wrong(path, str(error))
        places = tuple(part - 1 if isinstance(part, int) else part for part in inner)
        return self.wrong((*path, *places), error.rule)

    def _value(self, hint: Any, value: Any, path: Path) -> Any:
        if isinstance(hint, types.UnionType):
            kinds = _kinds_of(hint)
            if len(kinds) > 1 and not any(_fits(value, kind) for kind in kinds):
                raise self.wrong(path, f"expected {_expected(hint)}, got {_kind(value)}")
            hint = next((kind for kind in kinds if _fits(value, kind)), kinds[0])
        if typing.get_origin(hint) is tuple:
            if not isinstance(value, list):
                raise self.wrong(path, f"expected {_expected(hint)}, got {_kind(value)}")
            return tuple(self._items(typing.get_args(hint)[0], value, path))
        if typing.get_origin(hint) is Mapping:
            return self._free(typing.get_args(hint)[1], value, path)
        if dataclasses.is_dataclass(hint):
            return self.read(typing.cast(type, hint), value, path)
        if isinstance(value, int) and not -_LARGEST <= value < _LARGEST:
            raise self.wrong(
                path, f"expected {_expected(hint)}, got a whole number of more than 64 bits; TOML ends at 2^63 - 1"
            )
        if not _fits(value, hint):
            raise self.wrong(path, f"expected {_expected(hint)}, got {_kind(value)}")
        if isinstance(value, float) and not math.isfinite(value):
            raise self.wrong(path, f"expected a number, got {value}")
        return float(value) if hint is float else value

    def _free(self, hint: Any, value: Any, path: Path) -> Mapping[str, Any]:
        if not isinstance(value, dict):
            raise self.wrong(path, f"expected a table, got {_kind(value)}")
        if hint is Any:
            return value
        return {name: self._value(hint, item, (*path, name)) for name, item in value.items()}

    def _items(self, hint: Any, values: list[Any], path: Path) -> Iterator[Any]:
        for position, value in enumerate(values):
            yield self._value(hint, value, (*path, position))


def no_such(name: str, known: Iterable[str], what: str) -> str:
    """Return the sentence about a name that is not known, with the nearest one that is.

    >>> no_such("treshold", ["nodes", "threshold"], "key")
    'no such key; did you mean "threshold"? There are nodes, threshold'
    """
    known = list(known)
    near = difflib.get_close_matches(name, known, 1)
    asked = f'did you mean "{near[0]}"? There' if near else "there"
    return f"no such {what}; {asked} are {', '.join(known)}"


def _fits(value: Any, kind: Any) -> bool:
    """Whether a value is of a kind: a table for a dataclass, a list for a tuple; true and false are no numbers."""
    if typing.get_origin(kind) is tuple:
        return isinstance(value, list)
    if dataclasses.is_dataclass(kind):
        return isinstance(value, dict)
    return isinstance(value, (int, float) if kind is float else kind) and (kind is bool or not isinstance(value, bool))


def _kinds_of(hint: Any) -> list[Any]:
    """The kinds that a union allows, without None: in a file, what is None is left out."""
    return [kind for kind in typing.get_args(hint) if kind is not types.NoneType]


def _expected(hint: Any) -> str:
    if isinstance(hint, types.UnionType):
        return " or ".join(map(_expected, _kinds_of(hint)))
    if typing.get_origin(hint) is tuple:
        [item, _] = typing.get_args(hint)
        return f"a list of {_MANY.get(item, 'lists' if typing.get_args(item) else 'tables')}"
    return _WORDS.get(hint, "a table")


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float, str)):
        return f"{_WORDS[type(value)]}, {discreet(repr(value)):.40}"
    return _WORDS.get(type(value), "a date or a time")
