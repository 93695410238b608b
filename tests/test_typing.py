"""The checks at the door: whole numbers, numbers, bytes."""

from __future__ import annotations

import enum
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from drandlab.errors import LocalError, WrongType
from drandlab.typing import checked_bytes, checked_int, checked_real


class Level(enum.IntEnum):
    FIVE = 5


class Int64:
    """A whole number as numpy's are: no int, but it has an index."""

    def __index__(self) -> int:
        return 5


class Float64(float):
    """A float as numpy's is: a subclass with a repr of its own."""

    def __repr__(self) -> str:
        return f"Float64({float(self)})"


class NoIndex:
    """As numpy's booleans and arrays: they have the method, and it refuses."""

    def __index__(self) -> int:
        raise TypeError("only integer scalar arrays can be converted to a scalar index")


@pytest.mark.parametrize(
    "value",
    [5, sympy.Integer(5), Level.FIVE, Int64()],
    ids=lambda value: type(value).__name__,
)
def test_whatever_has_an_index_is_a_whole_number(value: Any) -> None:
    whole = checked_int(value, "round", 0, 10)
    assert whole == 5
    assert type(whole) is int
    assert type(checked_real(value, "now")) is int


@pytest.mark.parametrize(
    ("value", "came"),
    [
        (True, "True"),
        (5.0, "5.0"),
        (Float64(5), r"Float64\(5.0\)"),
        (Decimal(5), r"Decimal Decimal\('5'\)"),
        (sympy.Rational(1, 2), "Half"),
        ("5", "'5'"),
        ("\x1b]0;evil\x07" * 100, r"'\\x1b\]0;evil"),
        (None, "None"),
        (b"5", "bytes"),
        ([5], "list"),
        (NoIndex(), "NoIndex"),
        (Fraction(5), "Fraction"),
        (Fraction(10**5000), "Fraction"),  # its repr raises ValueError
        (5j, "complex 5j"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_no_whole_number_is_named(value: Any, came: str) -> None:
    with pytest.raises(WrongType, match=f"^threshold: expected a whole number of at least 1, got .*{came}") as refused:
        checked_int(value, "threshold", 1)
    assert isinstance(refused.value, TypeError) and isinstance(refused.value, LocalError)
    assert len(str(refused.value)) < 140
    with pytest.raises(WrongType) as refused:
        checked_int(value, "key", secret=True)
    assert "5" not in str(refused.value).replace("Int64", "")


@pytest.mark.parametrize(
    ("value", "low", "high", "said"),
    [
        (-1, 0, (1 << 64) - 1, "n: expected a whole number from 0 to 2^64 - 1, got -1"),
        (1 << 64, 0, (1 << 64) - 1, "n: expected a whole number from 0 to 2^64 - 1, got 2^64"),
        (3, None, 2, "n: expected a whole number of at most 2, got 3"),
        (sympy.Integer(0), 1, None, "n: expected a whole number of at least 1, got 0"),
        (10**5000, 0, 9, "n: expected a whole number from 0 to 9, got a number of 16610 bits"),
    ],
    ids=range(5),
)
def test_the_bounds_are_named(value: Any, low: int | None, high: int | None, said: str) -> None:
    with pytest.raises(LocalError) as refused:
        checked_int(value, "n", low, high)
    assert str(refused.value) == said
    with pytest.raises(LocalError, match=r"got one out of bounds$"):
        checked_int(value, "n", low, high, secret=True)


@pytest.mark.parametrize("value", [0.5, Float64(0.5), Fraction(1, 2), sympy.Float(0.5)])
def test_real_numbers_become_plain_floats(value: Any) -> None:
    number = checked_real(value, "loss", 0, 1)
    assert number == 0.5
    assert type(number) is float


@pytest.mark.parametrize("value", [True, NoIndex(), "0.5", None, Decimal("0.5"), 0.5j, [0.5], b"1"])
def test_what_is_no_number_is_refused(value: Any) -> None:
    with pytest.raises(WrongType, match=r"^loss: expected a number from 0 to 1, got "):
        checked_real(value, "loss", 0, 1)


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), -float("inf"), Float64("nan"), 1.5, -1, 10**400], ids=range(7)
)
def test_numbers_that_are_none_or_out_of_bounds_are_refused(value: Any) -> None:
    with pytest.raises(LocalError, match=r"^loss: expected a number from 0 to 1, got"):
        checked_real(value, "loss", 0, 1)


def test_a_fraction_beyond_the_floats_is_no_finite_number() -> None:
    with pytest.raises(LocalError, match=r"now: expected a number, got inf"):
        checked_real(Fraction(10**400, 3), "now")


@given(st.binary())
def test_all_kinds_of_bytes_are_bytes(data: bytes) -> None:
    for value in (data, bytearray(data), memoryview(data)):
        assert checked_bytes(value, "data", len(data)) == data
        assert type(checked_bytes(value, "data")) is bytes


@pytest.mark.parametrize("value", ["5ec7e7", None, 5, [1, 2], 5.0])
def test_what_is_not_bytes_is_refused_and_not_shown(value: Any) -> None:
    with pytest.raises(WrongType, match=r"^seed: expected bytes, got (text|None|int|list|float)") as refused:
        checked_bytes(value, "seed")
    assert "5" not in str(refused.value)


def test_the_length_of_bytes_is_named() -> None:
    with pytest.raises(LocalError, match=r"^seed: expected 32 bytes, got 4$"):
        checked_bytes(b"seed", "seed", 32)
