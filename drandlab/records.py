"""Records: frozen values of a named kind, checked when they are made, and their form in JSON.

A machine reports what happened to it as a record, and a journal keeps records. Each kind is a class:

>>> class BeaconStored(Record, kind="stored"):
...     "A node has stored a beacon."
...     round: int
...     by: str
...     late: float | None = None
>>> stored = BeaconStored(round=7, by="partials")
>>> to_plain(stored)
{'round': 7, 'by': 'partials'}
>>> from_plain(BeaconStored, {"round": 7, "by": "partials"}) == stored
True
>>> BeaconStored(round="7", by="partials")
Traceback (most recent call last):
drandlab.errors.LocalError: stored: round: expected int, got a str

The annotation of a field is its schema. There are bool, int, float (whole numbers pass), str, bytes (hexadecimal in
JSON), ``X | None``, unions, ``tuple[X, ...]`` and fixed tuples, ``Mapping[K, V]`` with keys that are int or str, and
`Json` for plain data of any shape. A field that has its default is left out of the JSON.
"""

from __future__ import annotations

import dataclasses
import math
import types
import typing
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, NamedTuple, TypeAlias, TypeVar, dataclass_transform

from drandlab.errors import LocalError, WrongType
from drandlab.printable import repr_of
from drandlab.typing import whole_number

__all__ = ["Field", "Json", "Record", "Report", "fields_of", "from_plain", "plain", "to_plain"]

Json: TypeAlias = Any
"""Plain data: None, bool, numbers, text, lists and mappings of them."""


@dataclass_transform(frozen_default=True, kw_only_default=True)
class Record:
    """The base of all records: a subclass becomes a frozen, keyword-only dataclass of its ``kind``."""

    kind: ClassVar[str]

    def __init_subclass__(cls, *, kind: str) -> None:
        cls.kind = kind
        dataclasses.dataclass(frozen=True, kw_only=True)(cls)

    def __post_init__(self) -> None:
        for name, form, default in _SCHEMAS.get(type(self)) or _schema(type(self)):
            value = getattr(self, name)
            if value is not default and not form.holds(value):
                raise LocalError(f"{self.kind}: {name}: expected {form.name}, got {_a(value)}")


@dataclasses.dataclass(frozen=True, slots=True)
class Report:
    """The effect of every machine that tells whoever watches it what has happened: a record."""

    what: Record


R = TypeVar("R", bound=Record)


class Form(NamedTuple):
    """How values of one type are told, written and read.

    ``holds`` says whether a value is one, ``plain`` gives its JSON form, ``read`` takes it back and raises ValueError.
    ``only`` is the type of values that are their own JSON form, so that many of them are told at once.
    """

    name: str
    holds: Callable[[Any], bool]
    plain: Callable[[Any], Json]
    read: Callable[[Json], Any]
    only: type | None = None

    def hold_all(self, values: Iterable[Any]) -> bool:
        """Whether all of these values are of this form."""
        return all(map(self.holds, values)) if self.only is None else {self.only}.issuperset(map(type, values))


class Field(NamedTuple):
    """A field of a record: its name, its type as text, whether it may be left out."""

    name: str
    type: str
    optional: bool


class _Part(NamedTuple):
    name: str
    form: Form
    default: Any


_SCHEMAS: dict[type, tuple[_Part, ...]] = {}


def _schema(cls: type[Record]) -> tuple[_Part, ...]:
    """The fields of a record class with their forms; worked out at first use, when all annotations can be resolved."""
    if not isinstance(cls, type) or cls is Record or not issubclass(cls, Record):
        raise WrongType(f"expected a kind of records, got {repr_of(cls)}", argument="cls")
    found = _SCHEMAS.get(cls)
    if found is None:
        hints = typing.get_type_hints(cls)
        found = _SCHEMAS[cls] = tuple(
            _Part(field.name, _form(hints[field.name]), field.default)
            for field in dataclasses.fields(cls)  # type: ignore[arg-type]  # every record is a dataclass
        )
    return found


def _a(value: object) -> str:
    return "None" if value is None else f"a {type(value).__name__}"


def fields_of(cls: type[Record]) -> tuple[Field, ...]:
    """Return the fields of a record class, in order."""
    return tuple(Field(name, form.name, default is not dataclasses.MISSING) for name, form, default in _schema(cls))


def to_plain(one: Record) -> dict[str, Json]:
    """Return the fields of a record as JSON values; fields that have their defaults are left out."""
    found = {}
    for name, form, default in _schema(type(one)):
        value = getattr(one, name)
        if value is not default and value != default:
            found[name] = form.plain(value)
    return found


def from_plain(cls: type[R], values: Mapping[str, Json]) -> R:
    """Return the record of this class that ``values`` describe; raises `LocalError` that names the field.

    Raises `WrongType` for a class that is no record, and values that are no table of fields.
    """
    if not isinstance(values, Mapping):
        raise WrongType(f"expected a table of fields, got {_a(values)}", argument="values")
    found: dict[str, Any] = {}
    for name, form, default in (_SCHEMAS.get(cls) if isinstance(cls, type) else None) or _schema(cls):
        if name not in values:
            if default is dataclasses.MISSING:
                raise LocalError(f"{cls.kind}: {name}: missing, expected {form.name}")
            found[name] = default
            continue
        try:
            found[name] = form.read(values[name])
        except (ValueError, TypeError, AttributeError, OverflowError):
            raise LocalError(f"{cls.kind}: {name}: expected {form.name}, got {_a(values[name])}") from None
    if unknown := values.keys() - found.keys():
        raise LocalError(f"{cls.kind}: {min(unknown)}: no such field")
    one = object.__new__(cls)
    one.__dict__.update(found)  # each value was checked when it was read
    return one


def plain(value: Any) -> Json:
    """Return a value as plain data: bytes as hexadecimal, sets as sorted lists.

    Raises `LocalError` for an object that is none of these.
    """
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, (set, frozenset)):
        try:
            return sorted(plain(item) for item in value)
        except TypeError:
            raise LocalError("a set in an entry holds values that can be sorted", argument="journal") from None
    if (whole := whole_number(value)) is not None:
        return whole
    raise LocalError(f"an entry holds plain data, got a {type(value).__name__}", argument="journal")


# -- forms ------------------------------------------------------------------------------------------------------------


def _is_float(value: Any) -> bool:
    return type(value) is int or (isinstance(value, float) and math.isfinite(value))


def _taken(holds: Callable[[Any], bool]) -> Callable[[Json], Any]:
    """Reads a value that is the same in JSON."""

    def read(value: Json) -> Any:
        if not holds(value):
            raise ValueError
        return value

    return read


def _same(value: Any) -> Any:
    return value


def _simple(name: str, holds: Callable[[Any], bool], only: type | None = None) -> Form:
    return Form(name, holds, _same, _taken(holds), only)


_SIMPLE: dict[Any, Form] = {
    bool: _simple("bool", lambda v: type(v) is bool, bool),
    int: _simple("int", lambda v: type(v) is int, int),
    float: _simple("float", _is_float),
    str: _simple("str", lambda v: type(v) is str, str),
    bytes: Form("bytes", lambda v: isinstance(v, bytes), bytes.hex, lambda v: bytes.fromhex(v)),
    types.NoneType: _simple("None", lambda v: v is None),
    Any: Form("plain data", lambda v: True, plain, _same),
}


def _form(hint: Any) -> Form:
    """The form of an annotated type."""
    if (simple := _SIMPLE.get(hint)) is not None:
        return simple
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return _union([_form(part) for part in parts])
    if origin is tuple and len(parts) == 2 and parts[1] is Ellipsis:
        return _row(_form(parts[0]))
    if origin is tuple:
        return _fixed([_form(part) for part in parts])
    if origin is not None and issubclass(origin, Mapping):
        return _mapping(*map(_form, parts))
    raise TypeError(f"record: no form in JSON is known for {hint}")


def _union(forms: list[Form]) -> Form:
    def of(value: Any) -> Form:
        return next(form for form in forms if form.holds(value))

    def read(value: Json) -> Any:
        for form in forms:
            try:
                return form.read(value)
            except (ValueError, TypeError, AttributeError):
                continue
        raise ValueError

    return Form(
        " | ".join(form.name for form in forms),
        lambda v: any(form.holds(v) for form in forms),
        lambda v: of(v).plain(v),
        read,
    )


def _row(item: Form) -> Form:
    def row(value: Json) -> tuple[Any, ...]:
        if not isinstance(value, list) or (item.only is not None and not item.hold_all(value)):
            raise ValueError
        return tuple(value) if item.only is not None else tuple(map(item.read, value))

    return Form(
        f"tuple[{item.name}, ...]",
        lambda v: type(v) is tuple and item.hold_all(v),
        list if item.only is not None else lambda v: list(map(item.plain, v)),
        row,
    )


def _fixed(items: list[Form]) -> Form:
    def row(value: Json) -> tuple[Any, ...]:
        return tuple(item.read(one) for item, one in zip(items, value, strict=True))

    return Form(
        f"tuple[{', '.join(item.name for item in items)}]",
        lambda v: type(v) is tuple and len(v) == len(items) and all(i.holds(x) for i, x in zip(items, v, strict=True)),
        lambda v: [item.plain(one) for item, one in zip(items, v, strict=True)],
        row,
    )


def _mapping(key: Form, item: Form) -> Form:
    key_of: Callable[[str], Any] = int if key.name == "int" else str

    def read(value: Json) -> dict[Any, Any]:
        return dict(zip(map(key_of, value), map(item.read, value.values()), strict=True))

    return Form(
        f"Mapping[{key.name}, {item.name}]",
        lambda v: isinstance(v, Mapping) and key.hold_all(v) and item.hold_all(v.values()),
        lambda v: dict(zip(map(str, v), map(item.plain, v.values()), strict=True)),
        read,
    )
