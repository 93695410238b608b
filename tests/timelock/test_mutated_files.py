"""Thousands of age files that were changed in any layer: each is refused with a word of the list, none is opened."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from mutated_files import armored, mutated, same_file

from drandlab.timelock.armor import is_armored, read_armor
from drandlab.timelock.byte_source import ByteSource
from drandlab.timelock.header import AgeHeader, Stanza, read_header
from drandlab.timelock.payload import open_payload, seal_payload
from drandlab.timelock.reasons import TimelockError

KEY = b"YELLOW SUBMARINE"
STANZA = Stanza(
    args=("tlock", "1000", "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971"), body=b"k" * 128
)
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


def test_what_armor_leaves_free_is_not_a_change() -> None:
    armor = armored(file_of(100))
    assert same_file(b"\n " + armor.replace(b"\n", b"\r\n") + b"\t", armor)
    assert not same_file(armor.replace(b"\n", b"\r"), armor) and not same_file(armor[:-3], armor)
