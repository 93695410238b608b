"""The types that many signatures share, and the checks of arguments.

A public function checks its arguments first, with these. A check returns the plain value, so that a number of numpy or
sympy does not get any further.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from contextlib import suppress
from numbers import Number, Real
from operator import index
from typing import Protocol, TypeAlias

from drandlab.errors import LocalError, WrongType
from drandlab.printable import repr_of
from drandlab.text import shown

__all__ = [
    "LAST_ROUND",
    "Progress",
    "Rng",
    "Round",
    "Seconds",
    "ShareIndex",
    "checked_bytes",
    "checked_choice",
    "checked_flag",
    "checked_int",
    "checked_positive",
    "checked_real",
    "checked_text",
    "digits_of",
    "whole_number",
    "whole_of_text",
]

Round: TypeAlias = int
"""Number of a beacon: 0 is the genesis beacon, 1 the first one that is signed; below 2**64."""

LAST_ROUND = (1 << 64) - 1
"""The highest number of a round."""

ShareIndex: TypeAlias = int
"""0-based index of a share holder; its polynomial is evaluated at x = index + 1, never at 0."""

Seconds: TypeAlias = float
"""UNIX time or duration in seconds."""

Progress: TypeAlias = Callable[[int, int | None], None]
"""Called as ``progress(done, total)`` during long work; ``total`` is None if it is not known."""


class Rng(Protocol):
    """Random bytes: ``random.Random(seed)`` in lessons and simulations, ``secrets.SystemRandom()`` for keys."""

    def randbytes(self, n: int, /) -> bytes:
        """Return ``n`` fresh random bytes."""
        ...


def whole_number(value: object) -> int | None:
    """Return ``value`` as a plain int if it is a whole number, else None; for operators, which raise on their own.

    >>> whole_number(3), whole_number(True), whole_number(3.0)
    (3, None, None)
    """
    if type(value) is int:
        return value
    if isinstance(value, bool):
        return None
    try:
        return index(value)  # type: ignore[arg-type]  # what has no index raises TypeError
    except TypeError:
        return None


def checked_int(
    value: object,
    name: str,
    low: int | None = None,
    high: int | None = None,
    *,
    what: str = "a whole number",
    secret: bool = False,
) -> int:
    """Return ``value`` as a plain int if it is a whole number from ``low`` to ``high``, both included.

    Every object with ``__index__`` is one (integers of numpy and sympy, too), except a bool. For the error, ``name`` is
    the argument's name, and ``what`` says what the number is, such as seconds. The error does not show a ``secret``.

    Raises `WrongType` for anything that is not a whole number, `LocalError` for one out of bounds.

    >>> checked_int(3, "threshold", 1)
    3
    >>> checked_int(0, "threshold", 1)
    Traceback (most recent call last):
    drandlab.errors.LocalError: threshold: expected a whole number of at least 1, got 0
    """
    whole = value if type(value) is int else whole_number(value)
    if whole is None:
        raise WrongType(_wrong(value, what + _range(low, high), secret), argument=name)
    if (low is not None and whole < low) or (high is not None and whole > high):
        raise LocalError(_wrong(whole, what + _range(low, high), secret), argument=name, code="range")
    return whole


def checked_real(
    value: object, name: str, low: float | None = None, high: float | None = None, *, what: str = "a number"
) -> int | float:
    """Return ``value`` as a plain int or float if it is a finite number from ``low`` to ``high``, both included.

    Raises `WrongType` for anything that is not a real number (a bool, a Decimal, text), `LocalError` for NaN, infinity
    and numbers out of bounds.

    >>> checked_real(0.5, "loss", 0, 1)
    0.5
    >>> checked_real(float("nan"), "loss", 0, 1)
    Traceback (most recent call last):
    drandlab.errors.LocalError: loss: expected a number from 0 to 1, got nan
    """
    number: int | float
    if type(value) is int or type(value) is float:
        number = value
    elif (whole := whole_number(value)) is not None:
        number = whole
    elif isinstance(value, bool) or not isinstance(value, Real):
        raise WrongType(_wrong(value, what + _range(low, high)), argument=name)
    else:
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
    finite = isinstance(number, int) or math.isfinite(number)
    if not finite or (low is not None and number < low) or (high is not None and number > high):
        raise LocalError(_wrong(number, what + _range(low, high)), argument=name, code="range")
    return number


def checked_positive(value: object, name: str, *, what: str = "a number") -> int | float:
    """Return ``value`` as a plain int or float if it is a finite number above 0.

    Raises `WrongType` for what is no real number, `LocalError` for the rest.

    >>> checked_positive(0, "timeout", what="seconds")
    Traceback (most recent call last):
    drandlab.errors.LocalError: timeout: expected seconds above 0, got 0
    """
    what = f"{what} above 0"
    if not (number := checked_real(value, name, what=what)) > 0:
        raise LocalError(_wrong(number, what), argument=name, code="range")
    return number


def checked_choice(value: object, name: str, choices: Iterable[str]) -> str:
    """Return ``value`` if it is one of the ``choices``; raises `LocalError`, `WrongType` for what is no text.

    >>> checked_choice("some", "detail", ["full", "summary"])
    Traceback (most recent call last):
    drandlab.errors.LocalError: detail: expected one of full, summary, got 'some'
    """
    known = list(choices)
    if isinstance(value, str) and value in known:
        return value
    rule = f"expected one of {', '.join(known)}, got {repr_of(value)}"
    raise LocalError(rule, argument=name) if isinstance(value, str) else WrongType(rule, argument=name)


def checked_bytes(value: object, name: str, length: int | None = None) -> bytes:
    """Return ``value`` (bytes, bytearray or memoryview) as bytes, of ``length`` bytes if given.

    Raises `WrongType` for anything else, such as text, and `LocalError` for another length. The error never shows the
    value.

    >>> checked_bytes(bytearray(b"seed"), "seed")
    b'seed'
    >>> checked_bytes("seed", "seed")
    Traceback (most recent call last):
    drandlab.errors.WrongType: seed: expected bytes, got text; text.encode() or bytes.fromhex(text) makes bytes of it
    """
    if type(value) is bytes and (length is None or len(value) == length):
        return value  # nearly always
    if isinstance(value, bytearray | memoryview):
        value = bytes(value)
    if not isinstance(value, bytes):
        if isinstance(value, str):
            raise WrongType(
                "expected bytes, got text; text.encode() or bytes.fromhex(text) makes bytes of it", argument=name
            )
        raise WrongType(f"expected bytes, got {'None' if value is None else type(value).__name__}", argument=name)
    if length is not None and len(value) != length:
        raise LocalError(f"expected {length} bytes, got {len(value)}", argument=name)
    return value if type(value) is bytes else bytes(value)


def checked_text(value: object, name: str) -> str:
    """Return ``value`` if it is text; raises `WrongType` for anything else, such as bytes.

    >>> checked_text(b"silent:2", "fault")
    Traceback (most recent call last):
    drandlab.errors.WrongType: fault: expected text, got bytes
    """
    if not isinstance(value, str):
        raise WrongType(f"expected text, got {'None' if value is None else type(value).__name__}", argument=name)
    return value


def checked_flag(value: object, name: str) -> bool:
    """Return ``value`` if it is True or False; raises `WrongType` for anything else, 0 and 1 too.

    >>> checked_flag(1, "full")
    Traceback (most recent call last):
    drandlab.errors.WrongType: full: expected True or False, got int
    """
    if not isinstance(value, bool):
        raise WrongType(f"expected True or False, got {type(value).__name__}", argument=name)
    return value


def whole_of_text(text: str) -> int | None:
    """Return the whole number that ``text`` writes in at most twenty digits, enough for all numbers here; else None.

    >>> whole_of_text("12"), whole_of_text("+12"), whole_of_text("9" * 5000)
    (12, None, None)
    """
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 20 else None


def _range(low: float | None, high: float | None) -> str:
    if low is not None and high is not None:
        return f" from {digits_of(low)} to {digits_of(high)}"
    return (
        f" of at least {digits_of(low)}"
        if low is not None
        else f" of at most {digits_of(high)}"
        if high is not None
        else ""
    )


def digits_of(number: float) -> str:
    """Return a number in a readable form: bounds of 32 and 64 bits as powers, and never hundreds of digits.

    >>> digits_of(7), digits_of((1 << 64) - 1), digits_of(10**5000)
    ('7', '2^64 - 1', 'a number of 16610 bits')
    """
    if isinstance(number, int) and abs(number) >= 1 << 31:
        for power, added in ((number, 0), (number + 1, -1)):
            size = abs(power)
            if size & (size - 1) == 0:
                return f"{'-' if power < 0 else ''}2^{size.bit_length() - 1}{' - 1' if added else ''}"
        if number.bit_length() > 1024:
            return f"a number of {number.bit_length()} bits"
    return f"{number}"


def _wrong(value: object, wanted: str, secret: bool = False) -> str:
    kind = type(value).__name__
    if secret:
        came = "one out of bounds" if type(value) is int else kind
    elif isinstance(value, int) and not isinstance(value, bool):
        came = digits_of(value)
    elif value is None or isinstance(value, bool | float | str):
        came = shown(repr(value), 60)
    else:
        came = kind
        if isinstance(value, Number):
            with suppress(ValueError):  # a fraction of thousands of digits
                came = f"{kind} {shown(repr(value), 60)}"
    return f"expected {wanted}, got {came}"
