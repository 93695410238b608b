"""Single arguments of a call: what is read, and how what is not is refused."""

from __future__ import annotations

from typing import Any

import pytest

from drandlab.errors import LocalError
from drandlab.simulation.chains.call_forms.argument_readers import (
    Argument,
    Reader,
    account_or_author,
    arguments_read,
    choice,
    hexadecimal,
    listed,
    scale_hex,
    table,
    whole,
)


@pytest.mark.parametrize(
    ("read", "value", "found"),
    [
        (whole(32), (1 << 32) - 1, (1 << 32) - 1),
        (whole(64), (1 << 63) - 1, (1 << 63) - 1),
        (hexadecimal(2), "00fF", b"\0\xff"),
        (scale_hex(2), "0x00ff", b"\0\xff"),
        (scale_hex(2), "00ff", b"\0\xff"),
        (scale_hex(), "0x", b""),
        (scale_hex(most=2), "28", b"\x28"),
        (choice("Xcm", "Native"), "Native", "Native"),
        (listed(whole(8)), [1, 2], (1, 2)),
        (listed(whole(8)), [], ()),
        (account_or_author, "author", "author"),
        (account_or_author, "Alice", "Alice"),
        (table("it", {"a": Argument(whole(8)), "b": Argument(whole(8), None)}), {"a": 1}, {"a": 1, "b": None}),
    ],
)
def test_what_is_read(read: Reader, value: Any, found: Any) -> None:
    assert read(value, "it") == found


@pytest.mark.parametrize(
    ("read", "value", "said"),
    [
        (whole(32), 1 << 32, "it: expected a whole number from 0 to"),
        (whole(32), -1, "it: expected a whole number"),
        (whole(32), True, "it: expected a whole number"),
        (whole(32), "1", "it: expected a whole number"),
        (hexadecimal(2), "0x00", "it: expected hexadecimal digits"),
        (hexadecimal(2), "00", "it: expected 2 bytes in hexadecimal, got 1"),
        (hexadecimal(2), 7, "it: expected text"),
        (scale_hex(2), "0x0", "it: expected hexadecimal digits, two a byte, got 1"),
        (scale_hex(2), "0X2800", "it: expected 0x before the digits, in lower case, got 0X"),
        (scale_hex(2), "0x0x00", "it: expected hexadecimal digits"),
        (scale_hex(most=1), "0x0000", "it: expected at most 1 bytes, got 2"),
        (choice("Xcm", "Native"), "xcm", "it: expected one of Xcm, Native"),
        (listed(whole(8)), 3, "it: expected a list, got int"),
        (listed(whole(8)), [256], "it: expected a whole number from 0 to"),
        (account_or_author, "alice", "it: expected one of Alice"),
        (table("it", {"a": Argument(whole(8))}), 3, "it: expected a table, got int"),
        (table("it", {"a": Argument(whole(8))}), {}, "it a: missing: it takes a"),
    ],
)
def test_what_is_refused(read: Reader, value: Any, said: str) -> None:
    with pytest.raises(LocalError) as caught:
        read(value, "it")
    assert str(caught.value).startswith(said)


def test_arguments_within_arguments_say_where_they_stand() -> None:
    with pytest.raises(LocalError) as caught:
        table("it", {"a": Argument(whole(8))})({"a": -1}, "outer")
    assert (caught.value.within, caught.value.argument) == (("outer",), "a")


def test_arguments_that_nobody_knows_are_named() -> None:
    known = {"credits": Argument(whole(64))}
    with pytest.raises(LocalError, match=r'credit: no such argument; did you mean "credits"\?'):
        arguments_read("it", known, {"credit": 1})
    with pytest.raises(LocalError, match="x: it takes none"):
        arguments_read("it", {}, {"x": 1})
    with pytest.raises(LocalError, match="args: expected a table of arguments, got int"):
        arguments_read("it", known, 3)  # type: ignore[arg-type]
