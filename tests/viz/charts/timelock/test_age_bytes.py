"""An age file as a picture: its fields are all of it, and each is what the format says."""

from __future__ import annotations

from random import Random
from xml.etree import ElementTree

import pytest

import drandlab as dl
from drandlab import timelock
from drandlab.errors import LocalError
from drandlab.timelock import TimelockError
from drandlab.viz.charts.timelock.age_bytes import PARTS, age_bytes, age_fields

QUICKNET = dl.networks["quicknet"]


def sealed(text: bytes, *, armor: bool = False, network: str = "quicknet") -> bytes:
    return timelock.encrypt(text, dl.networks[network], round=1000, rng=Random(1), armor=armor)


@pytest.mark.parametrize("network", ["quicknet", "testnet-unchained-3s", "evmnet"])
@pytest.mark.parametrize("size", [0, 1, 200])
def test_the_fields_are_all_of_the_file_in_order(network: str, size: int) -> None:
    file = sealed(bytes(size), network=network)
    data, fields = age_fields(file)
    assert data == file
    assert [fields[0].start, *(field.end for field in fields)] == [*(field.start for field in fields), len(file)]
    assert list(dict.fromkeys(field.part for field in fields)) == list(PARTS)
    assert all(field.start < field.end for field in fields)
    by_name = {field.name: field for field in fields}
    body = timelock.inspect(file).stanza.body
    assert (by_name["U"].value, by_name["V and W"].value.replace(" ", "")) == (body[:-32].hex(), body[-32:].hex())
    assert by_name["round"].value == "1000" and by_name["chain hash"].value == dl.networks[network].chain_hash.hex()
    letters = b"".join(file[by_name[name].start : by_name[name].end] for name in ("U", "V and W"))
    assert len(letters.replace(b"\n", b"")) == -(-len(body) * 8 // 6)
    own = file[by_name["U"].start : by_name["U"].end].replace(b"\n", b"")
    assert len(own) == -(-(len(body) - 32) * 8 // 6)


def test_the_armor_is_taken_off() -> None:
    assert age_fields(sealed(b"text", armor=True)) == age_fields(sealed(b"text"))


def test_a_long_text_comes_in_chunks() -> None:
    names = [field.name for field in age_fields(sealed(bytes(70_000)))[1]]
    assert names[-4:] == ["text of chunk 0", "tag of chunk 0", "text of chunk 1", "tag of chunk 1"]


def test_every_byte_is_written_and_every_part_has_a_colour() -> None:
    file = sealed(b"a bid")
    chart = age_bytes(file)
    [text] = [trace for trace in chart.figure.data if trace.mode == "text"]
    assert len(text.text) == len(file) and "".join(text.text[:21]) == "age-encryption.org/v1"
    assert "".join(text.text[-21:]) == file[-21:].hex()
    frames = [trace for trace in chart.figure.data if trace.fill == "toself"]
    assert [trace.name for trace in frames] == list(PARTS)
    assert len({trace.line.color for trace in frames}) == len(PARTS)
    assert chart.alt == "An age file of 360 bytes, by parts: version 22, stanza 253, MAC 48, nonce 16, chunk 21."
    assert sum(chart.table["bytes"]) == len(file)
    assert ElementTree.fromstring(chart.to_svg()).attrib["aria-label"] == chart.alt


def test_what_is_no_age_file_or_too_long_is_refused() -> None:
    with pytest.raises(TimelockError) as caught:
        age_bytes(b"hello")
    assert caught.value.reason == "format"
    with pytest.raises(LocalError, match="file: a figure has room for 1024 bytes, got 1155"):
        age_bytes(sealed(bytes(800)))
