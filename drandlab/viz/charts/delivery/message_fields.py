"""The bytes of a message, field by field: where each begins and ends, what it is called and what it says.

The codecs that read the message are asked for its parts, so the fields are those that are really read.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from drandlab.errors import LocalError
from drandlab.idn.xcm.instruction_codecs import MESSAGES, Instructions
from drandlab.idn.xcm.locations import Junctions
from drandlab.idn.xcm.versioned import decode
from drandlab.printable import shown
from drandlab.typing import checked_bytes
from drandlab.wire.scale import (
    Bytes,
    Codec,
    Composite,
    Enum,
    Lazy,
    Named,
    Option,
    Tagged,
    Tuple,
    Vec,
    compact,
    read_compact,
)

__all__ = ["MessageField", "fields_of", "instruction_names"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageField:
    """The bytes from ``start`` to before ``end``; ``instruction`` is its place in the message, None in front of all.

    ``name`` is the path to the field, such as ``assets 1, id, parents``, ``value`` what it says, as text.
    """

    start: int
    end: int
    instruction: int | None
    name: str
    value: str


def fields_of(message: bytes, *, call: Sequence[tuple[str, int]] = ()) -> tuple[MessageField, ...]:
    """Return the fields of a message with its version in front; raises `FormatError` for what is none.

    ``call`` names the parts of the call that a ``Transact`` carries and their sizes in bytes, as only its target knows
    them; they must be all of it, else it is a `LocalError`.

    >>> for field in fields_of(bytes.fromhex("050814" + "2c" + "11" * 32)):
    ...     print(field.start, field.name, field.value)
    0 version 5
    1 instructions 2
    2 instruction RefundSurplus
    3 instruction SetTopic
    4 topic 1111111111111111…
    """
    data = checked_bytes(message, "message")
    version = decode(data).version
    found = [MessageField(start=0, end=1, instruction=None, name="version", value=str(version))]
    codec = MESSAGES[version]
    count, at = read_compact(data, 1)
    found.append(MessageField(start=1, end=at, instruction=None, name="instructions", value=str(count)))
    for place in range(count):
        for name, begin, end, value in _parts(codec.item, data, at, ()):
            at = end
            if name == ("call",) and call:
                found += _call(data, begin, end, place, call)
                continue
            words = ", ".join(name) or "instruction"
            found.append(MessageField(start=begin, end=end, instruction=place, name=words, value=value))
    assert at == len(data)
    return tuple(found)


def instruction_names(fields: Sequence[MessageField]) -> dict[int, str]:
    """Return the name of each instruction by its place."""
    return {
        field.instruction: field.value
        for field in fields
        if field.instruction is not None and field.name == "instruction"
    }


Part = tuple[tuple[str, ...], int, int, str]


def _parts(codec: Codec[Any], data: bytes, at: int, path: tuple[str, ...]) -> Iterator[Part]:
    """The parts of a value that begins at ``at``, each with its path, both ends and what it says."""
    match codec:
        case Lazy():
            value, end = codec.read(data, at)
            yield path, at, end, _said(value)
        case Composite() | Named():
            for name, field in codec.fields.items():
                at = yield from _all(field, data, at, (*path, name.replace("_", " ")))
        case Tuple():
            for number, item in enumerate(codec.items, 1):
                at = yield from _all(item, data, at, (*path, str(number)))
        case Tagged():
            one = codec.variants[data[at]]
            yield path, at, at + 1, one.of.__name__
            yield from _parts(one, data, at + 1, path)
        case Enum():
            variant = codec.variants[data[at]]
            name, inner = (variant, None) if isinstance(variant, str) else variant
            yield path, at, at + 1, name
            if inner is not None:
                yield from _parts(inner, data, at + 1, path)
        case Option():
            yield path, at, at + 1, "some" if data[at] else "none"
            if data[at]:
                yield from _parts(codec.item, data, at + 1, path)
        case Junctions():
            count = data[at]
            yield path, at, at + 1, f"X{count}" if count else "Here"
            yield from _items(codec.item, data, at + 1, count, path)
        case Vec() | Instructions():
            count, end = read_compact(data, at)
            yield (*path, "count"), at, end, str(count)
            yield from _items(codec.item, data, end, count, path)
        case Bytes():
            value, end = codec.read(data, at)
            begin = at + len(compact(len(value)))
            yield (*path, "length"), at, begin, str(len(value))
            if value:
                yield path, begin, end, _said(value)
        case _:
            value, end = codec.read(data, at)
            if end > at:
                yield path, at, end, _said(value)


def _all(codec: Codec[Any], data: bytes, at: int, path: tuple[str, ...]) -> Generator[Part, None, int]:
    """Yield the parts of a value and return where it ends."""
    for part in _parts(codec, data, at, path):
        at = part[2]
        yield part
    return at


def _items(item: Codec[Any], data: bytes, at: int, count: int, path: tuple[str, ...]) -> Iterator[Part]:
    for number in range(1, count + 1):
        here = path if count == 1 else (*path, str(number))
        at = yield from _all(item, data, at, here)


def _call(data: bytes, begin: int, end: int, place: int, parts: Sequence[tuple[str, int]]) -> Iterator[MessageField]:
    if sum(size for _, size in parts) != end - begin:
        sizes = sum(size for _, size in parts)
        raise LocalError(f"the parts have {sizes} bytes, the call has {end - begin}", argument="call")
    for name, size in parts:
        piece = data[begin : begin + size]
        value = str(int.from_bytes(piece, "little")) if size <= 8 else _said(piece)
        yield MessageField(start=begin, end=begin + size, instruction=place, name=f"call, {name}", value=value)
        begin += size


def _said(value: Any) -> str:
    if isinstance(value, bytes):
        text = value.hex()
        return text if len(text) <= 16 else f"{text[:16]}\N{HORIZONTAL ELLIPSIS}"
    if isinstance(value, int):
        return f"{value:,}"
    name = getattr(value, "name", None)
    return name if isinstance(name, str) else shown(value, 40)
