"""SCALE codecs that are made of others: options, lists, tuples, structs and enums."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any, Generic, TypeVar

from drandlab.errors import LocalError, WrongType
from drandlab.printable import repr_of
from drandlab.typing import checked_int
from drandlab.wire.scale.scale_codec import Codec, ends_early, no_variant, refuse
from drandlab.wire.scale.simple_values import compact, read_compact

__all__ = ["Array", "Choice", "Composite", "Enum", "Lazy", "Named", "Option", "Tagged", "Tuple", "Variant", "Vec"]

T = TypeVar("T")


class Option(Codec[T | None]):
    """Nothing, which is the byte 0, or the byte 1 and a value.

    >>> from drandlab.wire.scale import U8
    >>> Option(U8).encode(None).hex(), Option(U8).encode(7).hex()
    ('00', '0107')
    """

    __slots__ = ("item",)

    def __init__(self, item: Codec[T]) -> None:
        self.item, self.name, self.size = item, f"Option<{item.name}>", None

    def encode(self, value: T | None) -> bytes:
        return b"\0" if value is None else b"\1" + self.item.encode(value)

    def read(self, data: bytes, at: int) -> tuple[T | None, int]:
        if at >= len(data):
            ends_early(self.name, 0)
        if data[at] == 1:
            return self.item.read(data, at + 1)
        if data[at]:
            refuse(self.name, f"expected the byte 0 or 1, got {data[at]}", "flag")
        return None, at + 1


def _items(name: str, value: object) -> tuple[Any, ...]:
    if isinstance(value, tuple | list):
        return tuple(value)
    raise WrongType(f"expected a tuple, got {'None' if value is None else type(value).__name__}", argument=name)


class Vec(Codec[tuple[T, ...]]):
    """A list of at most ``bound`` items, behind their number in compact form.

    >>> from drandlab.wire.scale import U16
    >>> Vec(U16).encode((1, 2)).hex(), Vec(U16).decode(bytes.fromhex("0801000200"))
    ('0801000200', (1, 2))
    """

    __slots__ = ("bound", "item")

    def __init__(self, item: Codec[T], bound: int | None = None) -> None:
        self.item, self.size = item, None
        self.bound = None if bound is None else checked_int(bound, "bound", 0)
        self.name = f"Vec<{item.name}>" if bound is None else f"BoundedVec<{item.name}, {bound}>"

    def encode(self, value: tuple[T, ...]) -> bytes:
        items = _items(self.name, value)
        if self.bound is not None and len(items) > self.bound:
            raise LocalError(f"at most {self.bound} items, got {len(items)}", argument=self.name, code="bound")
        return compact(len(items)) + b"".join(map(self.item.encode, items))

    def read(self, data: bytes, at: int) -> tuple[tuple[T, ...], int]:
        count, at = read_compact(data, at)
        if self.bound is not None and count > self.bound:
            refuse(self.name, f"{count} items, at most {self.bound} are allowed", "bound")
        # An item without bytes could stand here any number of times, and cost the memory for them.
        if count * (1 if self.item.size is None else self.item.size) > len(data) - at or (
            self.item.size == 0 and count > 1 << 16
        ):
            ends_early(self.name, len(data) - at)
        read, found = self.item.read, []
        for _ in range(count):
            item, at = read(data, at)
            found.append(item)
        return tuple(found), at


class Array(Codec[tuple[T, ...]]):
    """Exactly ``count`` items, one after the other."""

    __slots__ = ("count", "item")

    def __init__(self, item: Codec[T], count: int) -> None:
        self.item, self.count = item, checked_int(count, "count", 0)
        self.name = f"[{item.name}; {count}]"
        self.size = None if item.size is None else item.size * count

    def encode(self, value: tuple[T, ...]) -> bytes:
        items = _items(self.name, value)
        if len(items) != self.count:
            raise LocalError(f"expected {self.count} items, got {len(items)}", argument=self.name)
        return b"".join(map(self.item.encode, items))

    def read(self, data: bytes, at: int) -> tuple[tuple[T, ...], int]:
        read, found = self.item.read, []
        for _ in range(self.count):
            item, at = read(data, at)
            found.append(item)
        return tuple(found), at


def _size(codecs: tuple[Codec[Any], ...]) -> int | None:
    sizes = [codec.size for codec in codecs]
    return None if None in sizes else sum(size for size in sizes if size is not None)


class Tuple(Codec[tuple[Any, ...]]):
    """One value of each type, one after the other.

    >>> from drandlab.wire.scale import U8, U16
    >>> Tuple(U8, U16).decode(bytes.fromhex("010200"))
    (1, 2)
    """

    __slots__ = ("items",)

    def __init__(self, *items: Codec[Any]) -> None:
        self.items, self.size = items, _size(items)
        self.name = f"({', '.join(item.name for item in items)})"

    def encode(self, value: tuple[Any, ...]) -> bytes:
        values = _items(self.name, value)
        if len(values) != len(self.items):
            raise LocalError(f"expected {len(self.items)} values, got {len(values)}", argument=self.name)
        return b"".join([item.encode(one) for item, one in zip(self.items, values, strict=True)])

    def read(self, data: bytes, at: int) -> tuple[tuple[Any, ...], int]:
        found = []
        for item in self.items:
            value, at = item.read(data, at)
            found.append(value)
        return tuple(found), at


class Named(Tuple):
    """A struct as a tuple: one value for each named field, in the order of the fields.

    >>> from drandlab.wire.scale import U8
    >>> Named("Fraction", nom=U8, denom=U8).decode(bytes.fromhex("0203"))
    (2, 3)
    """

    __slots__ = ("fields",)

    def __init__(self, name: str, **fields: Codec[Any]) -> None:
        super().__init__(*fields.values())
        self.name, self.fields = name, dict(fields)


class Composite(Codec[T]):
    """A frozen dataclass, its fields one after the other in the order of ``fields``.

    What the class itself refuses when a value is made is refused when it is read, with the code ``value``.

    >>> from drandlab.wire.scale import U64, FixedBytes
    >>> @dataclasses.dataclass(frozen=True, kw_only=True)
    ... class Pulse:
    ...     round: int
    ...     signature: bytes
    >>> codec = Composite(Pulse, round=U64, signature=FixedBytes(2))
    >>> codec.encode(Pulse(round=1000, signature=b"ab")).hex()
    'e8030000000000006162'
    >>> codec.decode(bytes.fromhex("e8030000000000006162"))
    Pulse(round=1000, signature=b'ab')
    """

    __slots__ = ("_encodes", "_get", "_reads", "fields", "of")

    def __init__(self, of: type[T], **fields: Codec[Any]) -> None:
        names = [field.name for field in dataclasses.fields(of) if field.init]  # type: ignore[arg-type]
        if sorted(names) != sorted(fields):
            raise LocalError(f"the fields of {of.__name__} are {', '.join(names)}, got {', '.join(fields)}")
        self.of, self.fields = of, dict(fields)
        self.name, self.size = of.__name__, _size(tuple(fields.values()))
        self._reads = tuple((name, codec.read) for name, codec in fields.items())
        self._encodes = tuple(codec.encode for codec in fields.values())
        self._get: Callable[[Any], tuple[Any, ...]]
        if len(fields) > 1:
            self._get = attrgetter(*fields)
        else:
            self._get = lambda value: tuple(getattr(value, name) for name in fields)

    def encode(self, value: T) -> bytes:
        if not isinstance(value, self.of):
            raise WrongType(f"expected a {self.name}, got {type(value).__name__}", argument=self.name)
        return b"".join([encode(one) for encode, one in zip(self._encodes, self._get(value), strict=True)])

    def read(self, data: bytes, at: int) -> tuple[T, int]:
        found = {}
        for name, read in self._reads:
            found[name], at = read(data, at)
        try:
            return self.of(**found), at
        except LocalError as error:
            refuse(self.name, str(error), "value")


@dataclasses.dataclass(frozen=True, slots=True)
class Variant:
    """One variant of an enum: its name, and what it carries (None: nothing)."""

    name: str
    value: Any = None


class Enum(Codec[Variant]):
    """One of several variants: the byte of its number, then what it carries.

    ``variants`` gives for each number the name and the codec of what the variant carries, or the name alone.

    >>> from drandlab.wire.scale import COMPACT_U128
    >>> limit = Enum("WeightLimit", {0: "Unlimited", 1: ("Limited", COMPACT_U128)})
    >>> limit.encode(Variant("Unlimited")).hex(), limit.decode(bytes.fromhex("0110"))
    ('00', Variant(name='Limited', value=4))
    """

    __slots__ = ("_by_name", "_by_number", "variants")

    def __init__(self, name: str, variants: Mapping[int, str | tuple[str, Codec[Any]]]) -> None:
        self.name, self.size, self.variants = name, None, dict(variants)
        self._by_number: dict[int, tuple[str, Codec[Any] | None]] = {}
        self._by_name: dict[str, tuple[bytes, Codec[Any] | None]] = {}
        for number, variant in variants.items():
            label, codec = (variant, None) if isinstance(variant, str) else variant
            self._by_number[number] = label, codec
            self._by_name[label] = bytes([checked_int(number, "number", 0, 255)]), codec

    def encode(self, value: Variant) -> bytes:
        if not isinstance(value, Variant):
            raise WrongType(f"expected a Variant, got {type(value).__name__}", argument=self.name)
        if value.name not in self._by_name:
            known = ", ".join(self._by_name)
            raise LocalError(f"expected one of {known}, got {repr_of(value.name)}", argument=self.name)
        number, codec = self._by_name[value.name]
        if codec is not None:
            return number + codec.encode(value.value)
        if value.value is not None:
            raise LocalError(f"{value.name} carries nothing", argument=self.name)
        return number

    def read(self, data: bytes, at: int) -> tuple[Variant, int]:
        if at >= len(data):
            ends_early(self.name, 0)
        if data[at] not in self._by_number:
            no_variant(self.name, data[at])
        name, codec = self._by_number[data[at]]
        if codec is None:
            return Variant(name), at + 1
        value, at = codec.read(data, at + 1)
        return Variant(name, value), at


E = TypeVar("E", bound=enum.Enum)


class Choice(Codec[E], Generic[E]):
    """A Python enum whose members' values are the numbers of variants that carry nothing."""

    __slots__ = ("_numbers", "of")

    def __init__(self, of: type[E]) -> None:
        self.of, self.name, self.size = of, of.__name__, 1
        self._numbers = {member.value: member for member in of}

    def encode(self, value: E) -> bytes:
        if not isinstance(value, self.of):
            raise WrongType(f"expected a {self.name}, got {type(value).__name__}", argument=self.name)
        return bytes([value.value])

    def read(self, data: bytes, at: int) -> tuple[E, int]:
        if at >= len(data):
            ends_early(self.name, 0, 1)
        if data[at] not in self._numbers:
            no_variant(self.name, data[at])
        return self._numbers[data[at]], at + 1


class Tagged(Codec[Any]):
    """One of several classes, each with the number of its variant and its codec.

    >>> from drandlab.wire.scale import U8, Composite
    >>> @dataclasses.dataclass(frozen=True)
    ... class Seal:
    ...     byte: int
    >>> Tagged("DigestItem", {5: Composite(Seal, byte=U8)}).encode(Seal(7)).hex()
    '0507'
    """

    __slots__ = ("_by_number", "_by_type", "variants")

    def __init__(self, name: str, variants: Mapping[int, Composite[Any]]) -> None:
        self.name, self.size, self.variants = name, None, dict(variants)
        self._by_number = self.variants
        self._by_type = {codec.of: (bytes([number]), codec) for number, codec in variants.items()}

    def encode(self, value: Any) -> bytes:
        if type(value) not in self._by_type:
            known = ", ".join(kind.__name__ for kind in self._by_type)
            raise WrongType(f"expected one of {known}, got {type(value).__name__}", argument=self.name)
        number, codec = self._by_type[type(value)]
        return number + codec.encode(value)

    def read(self, data: bytes, at: int) -> tuple[Any, int]:
        if at >= len(data):
            ends_early(self.name, 0)
        if data[at] not in self._by_number:
            no_variant(self.name, data[at])
        return self._by_number[data[at]].read(data, at + 1)


class Lazy(Codec[Any]):
    """A codec that is made when it is first used: for a type that holds itself, at most ``deepest`` times over."""

    __slots__ = ("_depth", "_made", "_make", "deepest")

    def __init__(self, name: str, make: Callable[[], Codec[Any]], deepest: int = 16) -> None:
        self.name, self.size, self._make, self._depth = name, None, make, 0
        self._made: Codec[Any] | None = None
        self.deepest = checked_int(deepest, "deepest", 1, 64)

    def encode(self, value: Any) -> bytes:
        self._made = self._made or self._make()
        return self._made.encode(value)

    def read(self, data: bytes, at: int) -> tuple[Any, int]:
        self._made = self._made or self._make()
        if self._depth >= self.deepest:
            refuse(self.name, f"nested more than {self.deepest} times", "bound")
        self._depth += 1
        try:
            return self._made.read(data, at)
        finally:
            self._depth -= 1
