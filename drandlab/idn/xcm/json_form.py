"""The JSON form of what XCM is made of: as Rust names it, bytes in hexadecimal with 0x in front, numbers as numbers.

A variant without fields is its name, any other an object with its name alone; an absent option is null; a path is
``"Here"``, or ``{"X1": [junction]}`` and so on, in every version. The form of a value follows from its codec.
"""

from __future__ import annotations

from typing import Any

from drandlab.errors import FormatError, LocalError
from drandlab.idn.xcm.assets import Abstract, AssetIds
from drandlab.idn.xcm.instruction_codecs import Instructions, Relabelled, WeightLimit
from drandlab.idn.xcm.locations import Junctions
from drandlab.printable import repr_of
from drandlab.text import hex_bytes
from drandlab.typing import whole_number
from drandlab.wire.scale import (
    BOOL,
    Bytes,
    Choice,
    Codec,
    Compact,
    Composite,
    Enum,
    FixedBytes,
    Named,
    Option,
    Tagged,
    Tuple,
    Unsigned,
    Variant,
    Vec,
)

__all__ = ["plain_of", "value_of"]


def plain_of(codec: Codec[Any], value: Any) -> Any:
    """Return the JSON form of a value that ``codec`` can write."""
    match codec:
        case Junctions():
            return {f"X{len(value)}": [plain_of(codec.item, step) for step in value]} if value else "Here"
        case AssetIds():
            if isinstance(value, Abstract):
                return {"Abstract": _hex(value.key)}
            return {"Concrete": plain_of(codec.location, value)}
        case WeightLimit():
            return "Unlimited" if value is None else {"Limited": plain_of(codec.item, value)}
        case Option():
            return None if value is None else plain_of(codec.item, value)
        case Instructions() | Vec():
            return [plain_of(codec.item, item) for item in value]
        case Tagged():
            [held] = [held for held in codec.variants.values() if held.of is type(value)]
            return _held(held, value)
        case Composite():
            return _fields(codec, value)
        case Enum():
            inner = _of_name(codec, value.name)
            return value.name if inner is None else {value.name: plain_of(inner, value.value)}
        case Named():
            return {name: plain_of(field, one) for (name, field), one in zip(codec.fields.items(), value, strict=True)}
        case Tuple():
            return [plain_of(item, one) for item, one in zip(codec.items, value, strict=True)]
        case Choice():
            return value.name
    return _hex(value) if isinstance(value, bytes) else value


def _hex(value: bytes) -> str:
    return f"0x{value.hex()}"


def _label(codec: Composite[Any], name: str) -> str:
    return codec.labels.get(name, name) if isinstance(codec, Relabelled) else name


def _fields(codec: Composite[Any], value: Any) -> dict[str, Any]:
    return {_label(codec, name): plain_of(field, getattr(value, name)) for name, field in codec.fields.items()}


def _held(codec: Composite[Any], value: Any) -> Any:
    if not codec.fields:
        return codec.name
    if codec.of.BARE:
        [(name, field)] = codec.fields.items()
        return {codec.name: plain_of(field, getattr(value, name))}
    return {codec.name: _fields(codec, value)}


def _of_name(codec: Enum, name: str) -> Codec[Any] | None:
    """Return what the variant of this name holds, which is among those of the codec."""
    [held] = [held for held in codec.variants.values() if name == (held if isinstance(held, str) else held[0])]
    return None if isinstance(held, str) else held[1]


def value_of(codec: Codec[Any], plain: Any, field: str) -> Any:
    """Return the value that ``plain`` is the JSON form of; raises `FormatError`, which names the field."""
    match codec:
        case Junctions():
            return _path(codec, plain, field)
        case AssetIds():
            name, inner = _variant(plain, field, {"Concrete": True, "Abstract": True})
            if name == "Abstract":
                return _made(Abstract, field, _bytes(inner, f"{field}.Abstract", 32))
            return value_of(codec.location, inner, f"{field}.Concrete")
        case WeightLimit():
            name, inner = _variant(plain, field, {"Unlimited": False, "Limited": True})
            return value_of(codec.item, inner, f"{field}.Limited") if name == "Limited" else None
        case Option():
            return None if plain is None else value_of(codec.item, plain, field)
        case Instructions():
            return _instructions(codec, plain, field)
        case Vec():
            return _items(codec, plain, field)
        case Tagged():
            return _tagged(codec, plain, field)
        case Composite():
            return _made(codec.of, field, **_struct(codec, plain, field))
        case Enum():
            return _enum(codec, plain, field)
        case Named():
            _object(plain, field, list(codec.fields))
            return tuple(value_of(one, plain[name], f"{field}.{name}") for name, one in codec.fields.items())
        case Tuple():
            items = _list(plain, field, len(codec.items), exactly=True)
            return tuple(
                value_of(codec, one, f"{field}[{place}]")
                for place, (codec, one) in enumerate(zip(codec.items, items, strict=True))
            )
    return _single(codec, plain, field)


def _single(codec: Codec[Any], plain: Any, field: str) -> Any:
    if isinstance(codec, Choice):
        members = {member.name: member for member in codec.of}
        _variant(plain, field, dict.fromkeys(members, False))
        return members[plain]
    if isinstance(codec, FixedBytes | Bytes):
        return _accepted(codec, _bytes(plain, field, codec.size), field)
    if codec is BOOL:
        return _accepted(codec, plain, field)
    assert isinstance(codec, Unsigned | Compact)
    if (whole := whole_number(plain)) is None:
        raise FormatError(f"expected a whole number, got {repr_of(plain)}", field=field)
    return _accepted(codec, whole, field)


def _accepted(codec: Codec[Any], value: Any, field: str) -> Any:
    """Return a number or bytes that the codec can write."""
    try:
        codec.encode(value)
    except LocalError as error:
        raise FormatError(str(error), field=field) from None
    return value


def _bytes(plain: Any, field: str, length: int | None) -> bytes:
    if not isinstance(plain, str) or plain[:2] != "0x":
        raise FormatError(f"expected 0x and hexadecimal digits, got {repr_of(plain)}", field=field)
    return hex_bytes(plain[2:], length=length, field=field)


def _list(plain: Any, field: str, most: int | None, *, exactly: bool = False) -> list[Any]:
    if not isinstance(plain, list | tuple):
        raise FormatError(f"expected a list, got {repr_of(plain)}", field=field)
    if most is not None and (len(plain) > most or (exactly and len(plain) != most)):
        raise FormatError(f"expected {'' if exactly else 'at most '}{most} items, got {len(plain)}", field=field)
    return list(plain)


def _object(plain: Any, field: str, names: list[str]) -> None:
    if not isinstance(plain, dict):
        raise FormatError(f"expected an object, got {repr_of(plain)}", field=field)
    for name in names:
        if name not in plain:
            raise FormatError("the field is missing", field=f"{field}.{name}")
    for name in plain:
        if name not in names:
            raise FormatError(f"expected the fields {', '.join(names)}, got {repr_of(name)}", field=field)


def _variant(plain: Any, field: str, holding: dict[str, bool]) -> tuple[str, Any]:
    """Return the name of a variant and what it holds; ``holding`` says of each name whether it holds anything."""
    alone = isinstance(plain, str)
    name, inner = plain, None
    if isinstance(plain, dict) and len(plain) == 1:
        [(name, inner)] = plain.items()
    if not isinstance(name, str) or name not in holding:
        raise FormatError(f"expected one of {_known(holding)}, got {repr_of(name)}", field=field)
    if holding[name] == alone:
        rule = f'the object {{"{name}": ...}}' if holding[name] else f'"{name}"'
        raise FormatError(f"expected {rule}, got {repr_of(plain)}", field=field)
    return name, inner


def _known(names: dict[str, bool]) -> str:
    listed = list(names)
    return ", ".join(listed) if len(listed) <= 12 else f"{', '.join(listed[:6])}, ... ({len(listed)} of them)"


def _made(of: Any, field: str, *values: Any, **named: Any) -> Any:
    try:
        return of(*values, **named)
    except LocalError as error:
        raise FormatError(str(error), field=field) from None


def _path(codec: Junctions, plain: Any, field: str) -> Any:
    lengths = {"Here": 0, **{f"X{length}": length for length in range(1, 9)}}
    name, inner = _variant(plain, field, {name: length > 0 for name, length in lengths.items()})
    if name == "Here":
        return ()
    steps = _list(inner, f"{field}.{name}", lengths[name], exactly=True)
    return tuple(value_of(codec.item, step, f"{field}.{name}[{place}]") for place, step in enumerate(steps))


def _instructions(codec: Instructions, plain: Any, field: str) -> Any:
    items = _list(plain, field, None)
    if (broken := codec.enter(len(items))) is not None:
        raise FormatError(broken, field=field, code="bound")
    try:
        found = tuple(value_of(codec.item, one, f"{field}[{place}]") for place, one in enumerate(items))
        if (broken := codec.too_deep(found)) is not None:
            raise FormatError(broken, field=field, code="bound")
        return found
    finally:
        codec.leave()


def _items(codec: Vec[Any], plain: Any, field: str) -> Any:
    items = _list(plain, field, codec.bound)
    return _accepted(codec, tuple(value_of(codec.item, one, f"{field}[{n}]") for n, one in enumerate(items)), field)


def _struct(codec: Composite[Any], plain: Any, field: str) -> dict[str, Any]:
    labels = {name: _label(codec, name) for name in codec.fields}
    _object(plain, field, list(labels.values()))
    return {name: value_of(one, plain[labels[name]], f"{field}.{labels[name]}") for name, one in codec.fields.items()}


def _tagged(codec: Tagged, plain: Any, field: str) -> Any:
    held = {one.name: one for one in codec.variants.values()}
    name, inner = _variant(plain, field, {name: bool(one.fields) for name, one in held.items()})
    of, where = held[name].of, f"{field}.{name}"
    if not held[name].fields:
        return of()
    if not of.BARE:
        return _made(of, where, **_struct(held[name], inner, where))
    [(label, one)] = held[name].fields.items()
    return _made(of, where, **{label: value_of(one, inner, where)})


def _enum(codec: Enum, plain: Any, field: str) -> Variant:
    held = {one if isinstance(one, str) else one[0]: not isinstance(one, str) for one in codec.variants.values()}
    name, inner = _variant(plain, field, held)
    one = _of_name(codec, name)
    return Variant(name) if one is None else Variant(name, value_of(one, inner, f"{field}.{name}"))
