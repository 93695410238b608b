"""What every SCALE codec can do, and the codes of what is no SCALE value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, NoReturn, TypeVar

from drandlab.errors import FormatError
from drandlab.typing import checked_bytes

__all__ = ["SCALE_CODES", "Codec", "ends_early", "no_variant", "refuse", "trailing"]

SCALE_CODES: Mapping[str, str] = {
    "trailing": "bytes after the end of the value",
    "compact": "a compact number that is not in its shortest form, or out of bounds",
    "flag": "the byte of a bool or an option is neither 0 nor 1",
    "variant": "no variant has this number",
    "bound": "more items than the type allows",
    "text": "not UTF-8",
    "value": "well encoded, but the type has no such value",
}
"""The codes of errors of SCALE and what they mean; ``ends-early`` is among the general codes."""

T = TypeVar("T")


class Codec(Generic[T]):
    """How the values of one type are written in SCALE and read: each value has exactly one encoding.

    ``name`` is the type as Rust writes it. ``size`` is the number of bytes where all values have the same, else None.
    """

    __slots__ = ("name", "size")

    name: str
    size: int | None

    def encode(self, value: T) -> bytes:
        """Return the encoding; raises `LocalError`, `WrongType` for what is no value of the type."""
        raise NotImplementedError

    def read(self, data: bytes, at: int) -> tuple[T, int]:
        """Return the value that begins at ``at`` and where it ends; raises `FormatError`.

        For codecs made of others: ``data`` is bytes, ``at`` lies within it.
        """
        raise NotImplementedError

    def decode(self, data: bytes) -> T:
        """Return the value of ``data``, all of it; raises `FormatError` with a code of `SCALE_CODES`."""
        data = checked_bytes(data, "data")
        value, end = self.read(data, 0)
        if end != len(data):
            trailing(self.name, len(data) - end)
        return value

    def __repr__(self) -> str:
        return f"<SCALE {self.name}>"


def ends_early(name: str, have: int, need: int | None = None) -> NoReturn:
    """Raise the error of data that end within a value."""
    wanted = "more" if need is None else f"{need} bytes"
    raise FormatError(f"{name}: the data end within the value, {have} bytes are left of {wanted}", code="ends-early")


def trailing(name: str, count: int) -> NoReturn:
    """Raise the error of data that go on after the value."""
    raise FormatError(f"{name}: {count} bytes follow the value", code="trailing")


def no_variant(name: str, came: object) -> NoReturn:
    """Raise the error of a number that stands for nothing."""
    raise FormatError(f"{name}: no variant has the number {came}", code="variant")


def refuse(name: str, rule: str, code: str) -> NoReturn:
    """Raise the error of data that are no value of the type ``name``."""
    raise FormatError(f"{name}: {rule}", code=code)
