"""SCALE codecs of numbers, bools, bytes and text."""

from __future__ import annotations

from drandlab.errors import FormatError, LocalError
from drandlab.typing import checked_bytes, checked_flag, checked_int, checked_text
from drandlab.wire.scale.scale_codec import Codec, ends_early, refuse

__all__ = [
    "BOOL",
    "COMPACT",
    "COMPACT_U32",
    "COMPACT_U64",
    "COMPACT_U128",
    "NOTHING",
    "TEXT",
    "U8",
    "U16",
    "U32",
    "U64",
    "U128",
    "Bytes",
    "Compact",
    "FixedBytes",
    "Unsigned",
    "compact",
    "read_compact",
]


class Unsigned(Codec[int]):
    """A whole number of ``8 * size`` bits, little-endian.

    >>> U32.encode(1000).hex(), U32.decode(bytes.fromhex("e8030000"))
    ('e8030000', 1000)
    """

    __slots__ = ("_width",)

    def __init__(self, size: int) -> None:
        self.size = self._width = checked_int(size, "size", 1, 32)
        self.name = f"u{8 * size}"

    def encode(self, value: int) -> bytes:
        try:
            if type(value) is int:
                return value.to_bytes(self._width, "little")
        except OverflowError:
            pass
        value = checked_int(value, self.name, 0, (1 << 8 * self._width) - 1)
        return value.to_bytes(self._width, "little")

    def read(self, data: bytes, at: int) -> tuple[int, int]:
        end = at + self._width
        if end > len(data):
            ends_early(self.name, len(data) - at, self._width)
        return int.from_bytes(data[at:end], "little"), end


U8, U16, U32, U64, U128 = (Unsigned(size) for size in (1, 2, 4, 8, 16))


_SMALL = tuple(bytes([number << 2]) for number in range(64))


def compact(number: int) -> bytes:
    r"""Return the compact form of a number below $2^{536}$, one to 68 bytes.

    The low two bits of the first byte are the mode: one byte below $2^6$, two below $2^{14}$, four below $2^{30}$, else
    the number of bytes less four and as many bytes, little-endian.

    >>> [compact(number).hex() for number in (63, 64, 16384, 1 << 30)]
    ['fc', '0101', '02000100', '0300000040']
    """
    if type(number) is not int or number < 0:
        number = checked_int(number, "number", 0)
    if number < 1 << 6:
        return _SMALL[number]
    if number < 1 << 14:
        return (number << 2 | 1).to_bytes(2, "little")
    if number < 1 << 30:
        return (number << 2 | 2).to_bytes(4, "little")
    size = (number.bit_length() + 7) // 8
    if size > 67:
        raise LocalError(f"expected a number below 2^536, got one of {number.bit_length()} bits", argument="number")
    return bytes([(size - 4) << 2 | 3]) + number.to_bytes(size, "little")


def read_compact(data: bytes, at: int) -> tuple[int, int]:
    """Return the compact number that begins at ``at`` and where it ends; raises `FormatError` for a longer form.

    >>> read_compact(bytes.fromhex("9101"), 0)
    (100, 2)
    >>> read_compact(bytes.fromhex("0100"), 0)
    Traceback (most recent call last):
    drandlab.errors.FormatError: compact: 0 is written in 2 bytes, the shortest form has 1
    """
    if at >= len(data):
        ends_early("compact", 0)
    first = data[at]
    mode = first & 3
    if mode == 0:
        return first >> 2, at + 1
    if mode == 3:
        at += 1
        size = (first >> 2) + 4
        low = 1 << 30 if size == 4 else 1 << 8 * (size - 1)
        number = int.from_bytes(data[at : at + size], "little")
    else:
        size, low = (2, 1 << 6) if mode == 1 else (4, 1 << 14)
        number = int.from_bytes(data[at : at + size], "little") >> 2
    end = at + size
    if end > len(data):
        ends_early("compact", len(data) - at, size)
    if number < low:
        written, shortest = size + (mode == 3), len(compact(number))
        refuse("compact", f"{number} is written in {written} bytes, the shortest form has {shortest}", "compact")
    return number, end


class Compact(Codec[int]):
    """A whole number of at most ``bits`` bits in as few bytes as it needs: 1, 2, 4 or its own length and one.

    >>> COMPACT_U32.encode(4594).hex(), COMPACT_U32.decode(bytes.fromhex("c947"))
    ('c947', 4594)
    """

    __slots__ = ("_bits",)

    def __init__(self, bits: int = 536) -> None:
        self._bits = checked_int(bits, "bits", 1, 536)
        self.name, self.size = f"Compact<u{bits}>", None

    def encode(self, value: int) -> bytes:
        if type(value) is not int or value < 0 or value.bit_length() > self._bits:
            value = checked_int(value, self.name, 0, (1 << self._bits) - 1)
        return compact(value)

    def read(self, data: bytes, at: int) -> tuple[int, int]:
        number, end = read_compact(data, at)
        if number.bit_length() > self._bits:
            refuse(self.name, f"a number of {number.bit_length()} bits, at most {self._bits} are allowed", "compact")
        return number, end


COMPACT, COMPACT_U32, COMPACT_U64, COMPACT_U128 = Compact(), Compact(32), Compact(64), Compact(128)


class Bool(Codec[bool]):
    """False is the byte 0, True the byte 1; any other is refused."""

    __slots__ = ()

    def __init__(self) -> None:
        self.name, self.size = "bool", 1

    def encode(self, value: bool) -> bytes:
        return b"\1" if checked_flag(value, "bool") else b"\0"

    def read(self, data: bytes, at: int) -> tuple[bool, int]:
        if at >= len(data):
            ends_early(self.name, 0, 1)
        if data[at] > 1:
            refuse(self.name, f"expected the byte 0 or 1, got {data[at]}", "flag")
        return data[at] == 1, at + 1


BOOL = Bool()


class Nothing(Codec[None]):
    """Rust's ``()``: no bytes at all."""

    __slots__ = ()

    def __init__(self) -> None:
        self.name, self.size = "()", 0

    def encode(self, value: None) -> bytes:
        if value is not None:
            raise LocalError("expected None", argument="()")
        return b""

    def read(self, data: bytes, at: int) -> tuple[None, int]:
        return None, at


NOTHING = Nothing()


class FixedBytes(Codec[bytes]):
    """An array of ``size`` bytes, without a length before it.

    >>> FixedBytes(4).encode(b"aura")
    b'aura'
    """

    __slots__ = ("_width",)

    def __init__(self, size: int) -> None:
        self.size = self._width = checked_int(size, "size", 0)
        self.name = f"[u8; {size}]"

    def encode(self, value: bytes) -> bytes:
        if type(value) is bytes and len(value) == self._width:
            return value
        return checked_bytes(value, self.name, self._width)

    def read(self, data: bytes, at: int) -> tuple[bytes, int]:
        end = at + self._width
        if end > len(data):
            ends_early(self.name, len(data) - at, self._width)
        return data[at:end], end


class Bytes(Codec[bytes]):
    """A byte string of at most ``bound`` bytes: its compact length, then the bytes; Rust's ``Vec<u8>``.

    >>> Bytes().encode(b"rand").hex(), Bytes().decode(bytes.fromhex("1072616e64"))
    ('1072616e64', b'rand')
    """

    __slots__ = ("bound",)

    def __init__(self, bound: int | None = None) -> None:
        self.bound = None if bound is None else checked_int(bound, "bound", 0)
        self.name, self.size = "Vec<u8>" if bound is None else f"BoundedVec<u8, {bound}>", None

    def encode(self, value: bytes) -> bytes:
        value = checked_bytes(value, self.name)
        if self.bound is not None and len(value) > self.bound:
            raise LocalError(f"at most {self.bound} bytes, got {len(value)}", argument=self.name, code="bound")
        return compact(len(value)) + value

    def read(self, data: bytes, at: int) -> tuple[bytes, int]:
        length, at = read_compact(data, at)
        if self.bound is not None and length > self.bound:
            refuse(self.name, f"{length} bytes, at most {self.bound} are allowed", "bound")
        end = at + length
        if end > len(data):
            ends_early(self.name, len(data) - at, length)
        return data[at:end], end


class Utf8(Codec[str]):
    """Text in UTF-8 behind its compact length in bytes."""

    __slots__ = ()

    def __init__(self) -> None:
        self.name, self.size = "String", None

    def encode(self, value: str) -> bytes:
        value = checked_text(value, self.name)
        try:
            written = value.encode()
        except UnicodeEncodeError:
            raise LocalError("half of a surrogate pair stands alone, which no text holds", argument=self.name) from None
        return compact(len(written)) + written

    def read(self, data: bytes, at: int) -> tuple[str, int]:
        written, end = _BYTES.read(data, at)
        try:
            return written.decode(), end
        except UnicodeDecodeError:
            raise FormatError("String: the bytes are not UTF-8", code="text") from None


_BYTES = Bytes()
TEXT = Utf8()
