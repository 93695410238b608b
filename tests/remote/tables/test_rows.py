"""Beacons as rows of named values, and back."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drandlab.beacon.beacon import Beacon
from drandlab.errors import FormatError
from drandlab.remote.tables.rows import COLUMNS, beacon_of, beacons_of_rows, columns_of, columns_of_schema, row_of

BEACONS = st.builds(
    Beacon,
    round=st.integers(0, 2**64 - 1),
    signature=st.binary(min_size=1, max_size=96),
    previous_signature=st.binary(max_size=96),
)


@given(st.lists(BEACONS, max_size=5))
def test_a_row_is_the_beacon_with_its_randomness_as_a_claim(beacons: list[Beacon]) -> None:
    again = list(beacons_of_rows(COLUMNS, map(row_of, beacons)))
    assert [row_of(beacon) for beacon in again] == [row_of(beacon) for beacon in beacons]
    assert [beacon.claimed_randomness for beacon in again] == [beacon.randomness for beacon in beacons]


@given(BEACONS)
def test_bytes_and_hexadecimal_say_the_same(beacon: Beacon) -> None:
    raw = (beacon.round, beacon.signature, beacon.previous_signature, beacon.randomness)
    assert beacon_of(dict(zip(COLUMNS, raw, strict=True))) == beacon_of(dict(zip(COLUMNS, row_of(beacon), strict=True)))


def test_the_columns_that_matter_come_in_one_order() -> None:
    assert columns_of(["randomness", "time", "signature", "round"]) == ["round", "signature", "randomness"]
    schema = {"signature": pl.Binary(), "previous_signature": pl.Null(), "round": pl.Int32(), "time": pl.Date()}
    assert columns_of_schema(schema) == ["round", "signature", "previous_signature"]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ((True, "00"), 'line 7, field "round": expected a whole number, got a boolean'),
        ((1.0, "00"), 'line 7, field "round": expected a whole number, got a number, 1.0'),
        (("1", "00"), 'line 7, field "round": expected a whole number, got a string'),
        ((1 << 64, "00"), 'line 7, field "round": expected a number from 0 to 18446744073709551615'),
        ((1, None), 'line 7, field "signature": expected a string, got null'),
        ((1, ""), 'line 7, field "signature": the value is empty'),
        ((1, b""), 'line 7, field "signature": the value is empty'),
        ((1, 5), 'line 7, field "signature": expected a string, got a number'),
        ((1, "0 0 "), 'line 7, field "signature": expected hexadecimal digits'),
        ((1, "00", 0), 'line 7, field "previous_signature": expected a string, got a number'),
        ((1, "00", None, False), 'line 7, field "randomness": expected a string, got a boolean'),
        ((1, "00", "", "00" * 31), 'line 7, field "randomness": expected 32 bytes in hexadecimal, got 31'),
        ((1, "00", b"", b"0" * 33), 'line 7, field "randomness": expected 32 bytes, got 33'),
    ],
)
def test_a_bad_row_is_named_by_number_and_field(row: tuple[object, ...], message: str) -> None:
    rows = beacons_of_rows(COLUMNS, [(1, "00", None, None), (*row, None, None)[:4]], first=6)
    assert next(rows) == Beacon(round=1, signature=b"\0")
    with pytest.raises(FormatError) as refused:
        next(rows)
    assert str(refused.value).startswith(message)
