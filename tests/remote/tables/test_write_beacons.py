from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import drandlab as dl
from drandlab.errors import LocalError, UnknownNetwork
from drandlab.remote.tables.read_files import chain_of


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".parquet", ".sqlite", ".db"])
@pytest.mark.parametrize("name", ["default", "quicknet"])
def test_what_is_written_is_read_again(tmp_path: Path, name: str, suffix: str) -> None:
    beacons = dl.beacons(name)
    mixed = beacons[::-1] + beacons[:3]
    path = dl.write_beacons(tmp_path / f"mine{suffix}", mixed, name)
    again = list(dl.read_beacons(path))
    assert [(b.round, b.signature, b.previous_signature) for b in again] == [
        (b.round, b.signature, b.previous_signature) for b in beacons
    ]
    if suffix not in (".jsonl", ".csv"):
        marked = chain_of(path)
        assert marked is not None
        assert marked.chain_hash == dl.networks[name].chain_hash
    frame = dl.write_beacons(str(tmp_path / f"frame{suffix}"), dl.load_beacons(name), dl.networks[name])
    assert list(dl.read_beacons(frame)) == again


@pytest.mark.parametrize(
    ("name", "beacons", "chain", "sentence"),
    [
        ("a.txt", [], "quicknet", "the name must end in one of .parquet"),
        ("a.csv", [], "quicknet", "beacons: no beacon to write"),
        ("a.csv", [7], "quicknet", "expected Beacon objects, got int in place 1"),
        ("a.csv", 7, "quicknet", "expected an iterable of Beacon or a frame, got int"),
        ("a.csv", "quicknet", "quicknet", "expected Beacon objects, got str in place 1"),
        ("a.csv", [dl.Beacon(round=1, signature=b * 48) for b in (b"a", b"b")], "quicknet", "for round 1;"),
        ("no/a.csv", [dl.Beacon(round=1, signature=b"a" * 48)], "quicknet", "cannot be written"),
        ("a.csv", dl.beacons("quicknet"), "default", "round 1 has 48 bytes, those of default have 96"),
    ],
)
def test_what_cannot_be_written_is_refused_and_nothing_is_left(
    tmp_path: Path, name: str, beacons: Any, chain: str, sentence: str
) -> None:
    with pytest.raises(LocalError, match=sentence):
        dl.write_beacons(tmp_path / name, beacons, chain)
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_chain_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnknownNetwork, match="quicknot"):
        dl.write_beacons(tmp_path / "a.csv", dl.beacons("quicknet"), "quicknot")


@pytest.mark.parametrize("path", [dl.beacons("fastnet")[:1], None, 7, b"mine.csv"])
def test_a_path_that_is_none_is_named(path: Any) -> None:
    with pytest.raises(LocalError, match=r"^path: expected the name of a file, got "):
        dl.write_beacons(path, dl.beacons("fastnet"), "fastnet")
