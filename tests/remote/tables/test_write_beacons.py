from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import drandlab as dl
from drandlab.beacon import ComposedBeacon, ComposedInfo
from drandlab.crypto.bls import BLS
from drandlab.crypto.schemes import scheme
from drandlab.errors import FormatError, LocalError, UnknownNetwork
from drandlab.remote.tables.read_files import chain_of, read_beacons, read_composed
from drandlab.remote.tables.write_beacons import write_beacons
from drandlab.testing import KnownGroup


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


# ---------------------------------------------------------------- composed chains


def composed(ground: str, rounds: int) -> tuple[ComposedInfo, list[ComposedBeacon]]:
    group, own = KnownGroup(scheme=ground), scheme("bls-unchained-g1-rfc9380")
    bls = BLS.of(own, "glass")
    halves = group.beacons(1, rounds)
    made = [ComposedBeacon(ground=g, satellite_signature=bls.sign(7, own.digest(g.round))) for g in halves]
    return ComposedInfo.of(group.info, bytes(bls.public_key(7)), own), made


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".parquet", ".sqlite", ".db"])
@pytest.mark.parametrize("ground", ["bls-unchained-g1-rfc9380", "pedersen-bls-chained"])
def test_composed_beacons_come_back_with_both_halves(tmp_path: Path, suffix: str, ground: str) -> None:
    info, made = composed(ground, 5)
    made[3] = replace(made[3], satellite_signature=b"")  # it waits for the satellite
    path = write_beacons(tmp_path / f"mine{suffix}", reversed(made), info)
    claimed = [replace(beacon, claimed_randomness=beacon.randomness) for beacon in made]
    assert list(read_composed(path)) == claimed
    with pytest.raises(FormatError, match='field "satellite_signature": this is a beacon of a composed chain'):
        list(read_beacons(path))
    if suffix in (".jsonl", ".csv"):
        assert chain_of(path) is None
    else:
        with pytest.raises(FormatError, match="holds beacons of a composed chain, expected those of one chain"):
            chain_of(path)


def test_a_frame_of_composed_beacons_is_written(tmp_path: Path) -> None:
    info, made = composed("bls-unchained-g1-rfc9380", 3)
    frame = pl.DataFrame([beacon.to_dict() for beacon in made])
    path = write_beacons(tmp_path / "mine.parquet", frame, info)
    assert [beacon.satellite_signature for beacon in read_composed(path)] == [b.satellite_signature for b in made]


def test_what_is_no_beacon_of_the_composed_chain_is_not_written(tmp_path: Path) -> None:
    info, [beacon, *_] = composed("bls-unchained-g1-rfc9380", 1)
    path = tmp_path / "mine.csv"
    for beacons, chain, message in (
        ([beacon.ground], info, "^beacons: expected ComposedBeacon objects, got Beacon in place 1$"),
        ([beacon], info.ground, "^beacons: expected Beacon objects, got ComposedBeacon in place 1$"),
        ([replace(beacon, satellite_signature=b"short")], info, "round 1 has 5 bytes, those of satellite .* have 48$"),
        (
            [replace(beacon, ground=replace(beacon.ground, signature=b"x"))],
            info,
            "round 1 has 1 bytes, those of defaul",
        ),
        ([beacon, replace(beacon, satellite_signature=b"")], info, "^beacons: two different ones for round 1"),
    ):
        with pytest.raises(LocalError, match=message):
            write_beacons(path, beacons, chain)
        assert not path.exists()
