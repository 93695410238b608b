"""The community's test files of the age format (C2SP/CCTV): header, MAC, armor and payload, with the file key given.

The file key is known, so every file is judged, whatever the type of its stanzas. Files about the stanzas of other
recipients (X25519, scrypt, hybrid) hold a header that is well formed on the outside; it must be read, and its payload
opens wherever the verdict is not about those layers.
"""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass
from pathlib import Path

import pytest

from drandlab.timelock.armor import is_armored, read_armor
from drandlab.timelock.byte_source import ByteSource
from drandlab.timelock.header import read_header
from drandlab.timelock.payload import open_payload
from drandlab.timelock.reasons import TimelockError

FILES = 143


@dataclass(frozen=True)
class Case:
    name: str
    expect: str
    file_key: bytes
    armored: bool
    payload: str | None
    data: bytes


def case_of(path: Path) -> Case:
    text, _, data = path.read_bytes().partition(b"\n\n")
    fields = dict(line.split(": ", 1) for line in text.decode().splitlines())
    return Case(
        name=path.name,
        expect=fields["expect"],
        file_key=bytes.fromhex(fields["file key"]),
        armored=fields.get("armored") == "yes",
        payload=fields.get("payload"),
        data=zlib.decompress(data) if fields.get("compressed") == "zlib" else data,
    )


def judge(case: Case) -> tuple[str, str, bytes]:
    """The verdict as the files word it, the reason, and the text that came out."""
    stage, out = "header failure", b""
    source = ByteSource(case.data)
    try:
        if case.armored:
            source = ByteSource(read_armor(source))
        header = read_header(source)
        stage = "HMAC failure"
        header.check_mac(case.file_key)
        stage = "header failure"
        pieces = open_payload(source, case.file_key)
        stage = "payload failure"
        for piece in pieces:
            out += piece
    except TimelockError as error:
        return "armor failure" if error.reason == "armor" else stage, error.reason, out
    return "success", "", out


OURS = ("armor_", "empty", "header_", "hmac_", "stanza_", "stream_", "version_")
"""What the names of the files begin with that are about these layers."""


def about_these_layers(case: Case) -> bool:
    # a stanza whose base64 is wrong is so for every type
    ours = case.name.startswith(OURS) or case.name.endswith("_not_canonical_body")
    return case.expect == "success" or (ours and case.expect != "no match")


@pytest.fixture(scope="module")
def cases(shared: Path) -> list[Case]:
    folder = shared / "vectors" / "cctv-age"
    if not folder.is_dir():
        pytest.skip("the test files of the age format are not among the conformance vectors here")
    return [case_of(path) for path in sorted(folder.iterdir())]


def test_all_files_are_here(cases: list[Case]) -> None:
    assert len(cases) == FILES
    assert sum(map(about_these_layers, cases)) == 96


def test_every_file_about_these_layers_has_its_verdict_and_its_text(cases: list[Case]) -> None:
    for case in filter(about_these_layers, cases):
        verdict, _, text = judge(case)
        assert verdict == case.expect, case.name
        if case.payload is not None:  # of a refused payload: what is true of its text
            assert hashlib.sha256(text).hexdigest() == case.payload, case.name


def test_a_file_that_is_wrong_for_its_recipient_only_is_well_formed_outside(cases: list[Case]) -> None:
    for case in cases:
        if about_these_layers(case):
            continue
        source = ByteSource(case.data)
        header = read_header(ByteSource(read_armor(source)) if case.armored else source)
        if len(case.file_key) == 16:  # a longer one is what is wrong with three of the files
            header.check_mac(case.file_key)


def test_armor_is_seen_where_it_is(cases: list[Case]) -> None:
    for case in cases:
        assert is_armored(ByteSource(case.data)) == case.armored, case.name


def test_what_is_read_is_written_again(cases: list[Case]) -> None:
    read = 0
    for case in cases:
        if case.armored or case.expect == "header failure":
            continue
        header = read_header(ByteSource(case.data))
        assert case.data.startswith(header.to_bytes()), case.name
        read += 1
    assert read == 50
