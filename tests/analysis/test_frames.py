from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import polars as pl
import pytest

import drandlab as dl
from drandlab.analysis.frames import beacons_of, frame_of, load_beacons
from drandlab.beacon import Beacon
from drandlab.errors import FormatError, LocalError, UnknownNetwork

SCHEMA = {
    "round": pl.UInt64(),
    "time": pl.Datetime("us", "UTC"),
    "signature": pl.String(),
    "previous_signature": pl.String(),
    "randomness": pl.String(),
}
GOOD = {"round": [7], "signature": ["37"]}


@pytest.mark.parametrize("name", list(dl.networks))
def test_the_columns_are_the_same_for_every_network(name):
    frame = load_beacons(name)
    assert dict(frame.schema) == SCHEMA
    assert frame["round"].is_sorted()
    assert frame["previous_signature"].null_count() == (0 if dl.networks[name].scheme.chained else frame.height)


def test_a_network_without_beacons_gives_an_empty_frame():
    assert load_beacons("quicknet-t").height == 0


def test_real_rows_say_what_production_says():
    row = load_beacons("default").row(0, named=True)
    assert row["round"] == 1
    assert row["time"] == datetime(2020, 7, 22, 15, 17, 30, tzinfo=UTC)
    assert row["randomness"] == "101297f1ca7dc44ef6088d94ad5fb7ba03455dc33d53ddb412bbc4564ed986ec"
    assert row["randomness"] == hashlib.sha256(bytes.fromhex(row["signature"])).hexdigest()
    assert row["previous_signature"] == dl.networks["default"].genesis_seed.hex()


def test_a_chain_hash_is_a_name_too():
    assert load_beacons(dl.networks["fastnet"].chain_hash.hex()).equals(load_beacons("fastnet"))


def test_an_unknown_network_is_refused_with_those_that_are_known():
    with pytest.raises(UnknownNetwork, match=r"'quicknot' is not known; the real networks are default, quicknet"):
        load_beacons("quicknot")


@pytest.mark.parametrize("name", ["default", "quicknet"])
def test_rows_and_beacons_are_the_same_thing(name):
    frame = load_beacons(name)
    assert frame_of(beacons_of(frame), dl.networks[name]).equals(frame)


def test_without_a_chain_there_is_no_time():
    assert "time" not in frame_of([Beacon(round=1, signature=b"x")]).columns


def test_the_chain_of_a_frame_is_named_as_everywhere():
    beacons = dl.beacons("quicknet")
    assert frame_of(beacons, "quicknet").equals(load_beacons("quicknet"))
    with pytest.raises(UnknownNetwork, match="'quicknot' is not known"):
        frame_of(beacons, "quicknot")


def test_a_round_in_the_far_future_has_no_date():
    late = Beacon(round=10**11, signature=b"x")
    with pytest.raises(LocalError, match="round 100000000000 is due after the year 9999"):
        frame_of([late], dl.networks["default"])


def test_bytes_are_read_as_well_as_hexadecimal():
    frame = pl.DataFrame({"round": [7], "signature": [b"7"], "previous_signature": [None], "randomness": [b"r" * 32]})
    assert list(beacons_of(frame)) == [Beacon(round=7, signature=b"7", claimed_randomness=b"r" * 32)]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"time": [1]}, "f: columns missing: round, signature; there are time"),
        ({"round": [1]}, "f: columns missing: signature; there are round"),
        ({**GOOD, "round": [7.0]}, 'f, field "round": expected a column of whole numbers, got Float64'),
        ({**GOOD, "round": ["7"]}, 'f, field "round": expected a column of whole numbers, got String'),
        ({**GOOD, "signature": [7]}, 'f, field "signature": expected a column of hexadecimal text or of bytes, got I'),
        ({**GOOD, "signature": [None]}, 'f, field "signature": expected a column of hexadecimal text or of bytes'),
        ({**GOOD, "randomness": [True]}, 'f, field "randomness": expected a column of hexadecimal text'),
        ({**GOOD, "round": [-7]}, 'f, line 1, field "round": expected a number from 0 to'),
        ({"round": [1, None], "signature": ["00", "11"]}, 'f, line 2, field "round": expected a whole number'),
        ({"round": [1, 2], "signature": ["00", None]}, 'f, line 2, field "signature": expected a string, got null'),
        ({**GOOD, "signature": ["abc"]}, "f, line 1, field \"signature\": expected hexadecimal digits, two a byte"),
        ({**GOOD, "previous_signature": ["0x12"]}, 'f, line 1, field "previous_signature": expected hexadecimal'),
        ({**GOOD, "randomness": ["12"]}, 'f, line 1, field "randomness": expected 32 bytes in hexadecimal, got 1'),
        ({**GOOD, "randomness": [b"12"]}, 'f, line 1, field "randomness": expected 32 bytes, got 2'),
    ],
)  # fmt: skip
def test_a_bad_frame_is_refused_with_row_and_column(columns, message):
    with pytest.raises(FormatError) as refused:
        list(beacons_of(pl.DataFrame(columns), source="f"))
    assert str(refused.value).startswith(message)
