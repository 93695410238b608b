"""Beacons and their JSON forms."""

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drandlab.beacon import Beacon
from drandlab.errors import DrandlabError, FormatError, LocalError

beacons = st.builds(
    Beacon,
    round=st.integers(0, (1 << 64) - 1),
    signature=st.binary(min_size=1, max_size=96),
    previous_signature=st.binary(max_size=96),
)


def test_forms_of_production(vectors):
    samples = vectors("drand")["http_samples"]
    seen = set()
    for sample in samples:
        body = sample["body"]
        if not isinstance(body, dict) or "signature" not in body:
            continue
        version = 2 if "/v2/" in sample["endpoint"] else 1
        beacon = Beacon.from_json(json.dumps(body))
        assert json.loads(beacon.to_json(version)) == body
        assert list(beacon.to_dict(version)) == list(body)
        if version == 1:
            assert beacon.randomness == beacon.claimed_randomness
        seen.add((version, bool(beacon.previous_signature)))
    assert seen == {(1, True), (1, False), (2, True), (2, False)}


@given(beacons, st.sampled_from([1, 2]))
def test_round_trip(beacon, version):
    again = Beacon.from_json(beacon.to_json(version))
    assert (again.round, again.signature, again.previous_signature) == (
        beacon.round,
        beacon.signature,
        beacon.previous_signature,
    )
    assert again.claimed_randomness == (beacon.randomness if version == 1 else None)


@given(beacons)
def test_randomness_is_the_hash_of_the_signature(beacon):
    assert beacon.randomness == hashlib.sha256(beacon.signature).digest()


def body(**changes):
    fields = {"round": 1, "randomness": "00" * 32, "signature": "ab" * 48} | changes
    return json.dumps({name: value for name, value in fields.items() if value is not ...})


@pytest.mark.parametrize(
    ("text", "field", "rule"),
    [
        (body(round=...), "round", "missing"),
        (body(signature=...), "signature", "missing"),
        (body(round="1"), "round", "whole number, got a string"),
        (body(round=1.0), "round", "whole number"),
        (body(round=True), "round", "whole number, got a boolean"),
        (body(round=None), "round", "got null"),
        (body(round=-1), "round", "from 0 to 18446744073709551615, got -1"),
        (body(round=1 << 64), "round", "18446744073709551616"),
        (body(signature=5), "signature", "expected a string"),
        (body(signature="abc"), "signature", "hexadecimal"),
        (body(signature="0xab"), "signature", "0x before them"),
        (body(signature="zz"), "signature", "hexadecimal"),
        (body(signature="ab cd "), "signature", "hexadecimal"),
        (body(signature="ａb"), "signature", "hexadecimal"),
        (body(randomness="00" * 31), "randomness", "32 bytes in hexadecimal, got 31"),
        (body(previous_signature="0"), "previous_signature", "hexadecimal"),
        ('{"round": 1, "round": 2, "signature": "ab"}', "round", "twice"),
        ("[1]", None, "got a list"),
        ("null", None, "got null"),
        ("", None, "not JSON"),
        ("{", None, "not JSON"),
        ('{"round": NaN}', None, "NaN is not JSON"),
        ("[" * 100_000, None, "100000 opening brackets"),
        (b"{" * 100_000, None, "opening brackets"),
        (b"\xff\xfe{", None, "UTF-16"),
    ],
)
def test_malformed_bodies_name_the_field(text, field, rule):
    with pytest.raises(FormatError, match=rule) as error:
        Beacon.from_json(text)
    assert error.value.field == field


@given(st.text() | st.binary() | st.dictionaries(st.text(), st.none() | st.integers() | st.text()))
def test_nothing_else_is_raised(source):
    try:
        Beacon.from_json(source)
    except DrandlabError as error:
        assert isinstance(error, FormatError)


def test_null_and_unknown_fields_are_passed_over():
    beacon = Beacon.from_json(body(randomness=None, previous_signature=None, origin="somewhere"))
    assert beacon == Beacon(round=1, signature=b"\xab" * 48)


@pytest.mark.parametrize(
    "wrong",
    [{"round": -1}, {"round": "1"}, {"signature": "ab"}, {"previous_signature": None}, {"claimed_randomness": 5}],
)
def test_a_beacon_that_exists_is_valid_in_form(wrong):
    with pytest.raises(LocalError, match=next(iter(wrong))):
        Beacon(**{"round": 1, "signature": b"a"} | wrong)


def test_a_beacon_is_frozen_and_prints_shortly():
    beacon = Beacon(round=42, signature=b"\x95\xa9\xf9\xf5\xb2")
    with pytest.raises(AttributeError):
        beacon.round = 43
    assert repr(beacon) == "Beacon(round=42, signature=95a9f9f5…)"
    with pytest.raises(LocalError, match="version"):
        beacon.to_json(3)
