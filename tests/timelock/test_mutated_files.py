"""Thousands of age files that were changed in any layer: each is refused with a word of the list, none is opened."""

from __future__ import annotations

import io
import random
from collections import Counter

import pytest
from mutated_files import armored, mutated, same_file

import drandlab as dl
from drandlab import timelock
from drandlab.timelock.armor import is_armored, read_armor
from drandlab.timelock.byte_source import ByteSource
from drandlab.timelock.header import AgeHeader, Stanza, read_header
from drandlab.timelock.payload import open_payload, seal_payload
from drandlab.timelock.reasons import TIMELOCK_CODES, TimelockError

KEY = b"YELLOW SUBMARINE"
STANZA = Stanza(
    args=("tlock", "1000", "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971"), body=b"k" * 128
)
QUICKNET = dl.networks["quicknet"]
ROUND_1000 = "b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39"
WORDS = {TimelockError("", code=code).reason for code in TIMELOCK_CODES}
LAYERS = {"format", "version", "header", "stanza", "base64", "MAC", "chunk", "truncated", "trailing", "armor"}


def file_of(length: int) -> bytes:
    header = AgeHeader.of([STANZA], file_key=KEY).to_bytes()
    return header + b"".join(seal_payload(random.Random(length).randbytes(length), KEY, bytes(range(16))))


def open_file(data: bytes) -> bytes:
    source = ByteSource(data)
    if is_armored(source):
        source = ByteSource(read_armor(source))
    header = read_header(source)
    header.check_mac(KEY)
    return b"".join(open_payload(source, KEY))


@pytest.mark.parametrize(("length", "count"), [(0, 700), (100, 1500), (3000, 700), (65536, 300), (131073, 300)])
def test_no_changed_file_is_opened(length: int, count: int) -> None:
    file, reasons = file_of(length), Counter[str]()
    assert open_file(file) == open_file(armored(file)) == random.Random(length).randbytes(length)
    for names, data in mutated(file, random.Random(f"mutated {length}"), count):
        try:
            open_file(data)
        except TimelockError as error:
            reasons[error.reason] += 1
        else:
            raise AssertionError(f"opened after {names}: {data[:2000]!r}")
    assert reasons.keys() <= LAYERS
    assert reasons.keys() >= LAYERS - {"trailing", "version"}  # rare, or only after full chunks


def test_no_changed_file_of_a_round_is_opened_as_a_whole() -> None:
    """The same with the stanza of a timelock, bytes and files by turns, and `inspect`, which opens nothing."""
    text = random.Random(2).randbytes(500)
    file = timelock.encrypt(text, QUICKNET, round=1000, rng=random.Random(3))
    auction = timelock.opener(QUICKNET, round=1000, signature=ROUND_1000)
    assert auction.decrypt(file) == auction.decrypt(armored(file)) == text
    reasons = Counter[str]()
    for names, data in mutated(file, random.Random(4), 1000):
        output = io.BytesIO()
        with pytest.raises(TimelockError) as caught:
            if sum(reasons.values()) % 2:
                auction.decrypt(io.BytesIO(data), output=output)
            else:
                auction.decrypt(data)
            pytest.fail(f"opened after {names}: {data!r}")
        reasons[caught.value.reason] += 1
        assert output.getvalue() == b"", names  # one chunk, so nothing is true before the end
        try:
            timelock.inspect(data).to_dict(QUICKNET)
        except TimelockError as error:
            assert error.code in TIMELOCK_CODES
    assert reasons.keys() <= WORDS
    assert reasons.keys() >= WORDS - {"trailing", "too early"}


def test_what_armor_leaves_free_is_not_a_change() -> None:
    armor = armored(file_of(100))
    assert same_file(b"\n " + armor.replace(b"\n", b"\r\n") + b"\t", armor)
    assert not same_file(armor.replace(b"\n", b"\r"), armor) and not same_file(armor[:-3], armor)
