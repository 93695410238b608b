"""The database of a drand daemon: both forms of its values, all forms of its pages, and what is broken."""

from __future__ import annotations

import json
import os
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drandlab.analysis.bulk import verify_batch
from drandlab.beacon.beacon import Beacon
from drandlab.errors import FormatError
from drandlab.remote.networks import networks
from drandlab.remote.shipped import shipped
from drandlab.remote.tables.bolt import bolt_beacons
from drandlab.remote.tables.read_files import chain_of, read_beacons
from drandlab.remote.tables.rows import beacon_of


def shipped_beacons(name: str) -> list[Beacon]:
    lines = shipped("data", "beacons", f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [Beacon.from_json(line) for line in lines]


QUICKNET = [Beacon(round=b.round, signature=b.signature) for b in shipped_beacons("quicknet")]
CHAINED = [Beacon(round=b.round, signature=b.signature, previous_signature=b.previous_signature)
           for b in shipped_beacons("incentinet")]  # fmt: skip
SEED = networks["incentinet"].genesis_seed


@pytest.fixture(scope="module")
def bolt() -> ModuleType:
    spec = spec_from_file_location("bolt_writer", Path(__file__).with_name("bolt_writer.py"))
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def key(round: int) -> bytes:
    return round.to_bytes(8)


def trimmed(beacons: list[Beacon]) -> dict[bytes, bytes]:
    return {key(b.round): b.signature for b in beacons}


def in_json(beacons: list[Beacon], names: tuple[str, str, str]) -> dict[bytes, bytes]:
    round, signature, previous = names
    return {
        key(b.round): json.dumps(
            {previous: b.previous_signature.hex() or None, round: b.round, signature: b.signature.hex()},
            separators=(",", ":"),
        ).encode()
        for b in beacons
    }


OLD = ("Round", "Signature", "PreviousSig")
NEW = ("round", "signature", "previous_signature")


@pytest.mark.parametrize("page_size", [512, 4096, 16384])
@pytest.mark.parametrize("options", [{}, {"fanout": 2}, {"fanout": 3}, {"inline": True}])
def test_every_form_of_a_tree_is_read_in_order(
    tmp_path: Path, bolt: ModuleType, page_size: int, options: dict[str, Any]
) -> None:
    beacons = QUICKNET[: 4 if "inline" in options else 100]
    path = tmp_path / "drand.db"
    if page_size < 4096 and "fanout" not in options:
        options = options | {"fanout": 3}
    path.write_bytes(bolt.bolt_file({b"beacons": trimmed(beacons)}, page_size=page_size, **options))
    assert list(read_beacons(path)) == beacons
    assert chain_of(path) is None


@pytest.mark.parametrize("name", ["drand.db", "backup.bolt", "copy", "copy.sqlite", "copy.jsonl"])
def test_it_is_known_by_how_it_begins(tmp_path: Path, bolt: ModuleType, name: str) -> None:
    (tmp_path / name).write_bytes(bolt.bolt_file({b"beacons": trimmed(QUICKNET)}))
    assert list(read_beacons(tmp_path / name)) == QUICKNET


@pytest.mark.parametrize("names", [OLD, NEW])
def test_values_in_json_are_read(tmp_path: Path, bolt: ModuleType, names: tuple[str, str, str]) -> None:
    path = tmp_path / "drand.db"
    genesis = Beacon(round=0, signature=SEED)
    path.write_bytes(bolt.bolt_file({b"beacons": in_json([genesis, *CHAINED], names)}))
    assert list(read_beacons(path)) == [genesis, *CHAINED]


def test_a_genesis_seed_that_begins_as_json_does_is_a_seed(tmp_path: Path, bolt: ModuleType) -> None:
    path = tmp_path / "drand.db"
    path.write_bytes(bolt.bolt_file({b"beacons": {key(0): b'{"' + bytes(30)}}))
    assert list(read_beacons(path)) == [Beacon(round=0, signature=b'{"' + bytes(30))]


def test_a_trimmed_chain_gets_its_links_and_verifies(tmp_path: Path, bolt: ModuleType) -> None:
    path, info = tmp_path / "drand.db", networks["default"]
    first = [b for b in shipped_beacons("default") if b.round <= 4]
    assert [b.round for b in first] == [1, 2, 3, 4]
    path.write_bytes(bolt.bolt_file({b"beacons": {key(0): info.genesis_seed} | trimmed(first)}))
    report = verify_batch(read_beacons(path), info)
    assert report.ok and report.checked == 5


def test_the_newest_whole_meta_page_counts(tmp_path: Path, bolt: ModuleType) -> None:
    path = tmp_path / "drand.db"
    data = bytearray(bolt.bolt_file({b"beacons": trimmed(QUICKNET)}))
    other = bolt.meta(1, 9999, 5, 8)
    path.write_bytes(data[:4096] + other + data[8192:])
    with pytest.raises(FormatError, match="there is no page 9999"):
        list(read_beacons(path))
    broken = bytearray(other)
    broken[40] ^= 1
    path.write_bytes(data[:4096] + broken + data[8192:])
    assert list(read_beacons(path)) == QUICKNET
    path.write_bytes(bytes(4096) + data[4096:])
    assert list(bolt_beacons(path, beacon_of)) == QUICKNET  # the first one is lost


CASES = [
    (
        {b"dkg": {b"default": b"x"}, b"dkg_finished": {}},
        {},
        "without the bucket called beacons; there are dkg, dkg_fini",
    ),
    ({}, {}, "without the bucket called beacons; there are none"),
    ({b"beacons": {}}, {}, "the file holds no beacon"),
    ({b"beacons": {b"key": b"x"}}, {}, "expected rounds of 8 bytes in the bucket beacons, got 6b6579"),
    ({b"beacons": {key(5): b""}}, {}, 'field "signature": round 5: the value is empty'),
    ({b"beacons": {key(5): b'{"Round":4,"Signature":"ab"}'}}, {}, "the value of round 5 names round 4"),
    ({b"beacons": {key(5): b'{"Round":5}'}}, {}, 'field "signature": round 5: the field is missing'),
    ({b"beacons": {key(5): b'{"}'}}, {}, "round 5: expected a beacon as a JSON object"),
    ({b"beacons": trimmed(QUICKNET)}, {"cycle": True}, "is used twice"),
]


@pytest.mark.parametrize(("buckets", "options", "message"), CASES, ids=[case[2][:40] for case in CASES])
def test_what_is_no_chain_is_refused(
    tmp_path: Path, bolt: ModuleType, buckets: dict[bytes, dict[bytes, bytes]], options: dict[str, Any], message: str
) -> None:
    path = tmp_path / "drand.db"
    path.write_bytes(bolt.bolt_file(buckets, **options))
    with pytest.raises(FormatError) as refused:
        list(read_beacons(path))
    assert refused.value.source == str(path)
    assert message in str(refused.value)


def test_another_version_is_named(tmp_path: Path, bolt: ModuleType) -> None:
    path = tmp_path / "drand.db"
    path.write_bytes(bolt.meta(0, 3, 4, 1, version=1) + bytes(8192))
    with pytest.raises(FormatError, match="a bbolt database of version 1, expected 2"):
        list(read_beacons(path))


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_whatever_is_changed_is_beacons_or_a_refusal(
    bolt: ModuleType, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.getbasetemp() / "changed.db"
    content = bytearray(bolt.bolt_file({b"beacons": trimmed(QUICKNET[:12])}, fanout=3))
    for _ in range(data.draw(st.integers(1, 4))):
        page = data.draw(st.integers(0, len(content) // 4096 - 1))
        content[4096 * page + data.draw(st.integers(0, 90))] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.sampled_from([len(content), len(content) - 1, 9000]))])
    try:
        rounds = [beacon.round for beacon in bolt_beacons(path, beacon_of)]
    except FormatError as error:
        assert len(str(error)) > 20
    else:
        assert rounds == sorted(set(rounds)), "in order, each once"


@pytest.mark.skipif(os.name != "posix", reason="locks of files")
def test_a_database_that_a_daemon_has_open_is_left_alone(tmp_path: Path, bolt: ModuleType) -> None:
    import fcntl

    path = tmp_path / "drand.db"
    path.write_bytes(bolt.bolt_file({b"beacons": trimmed(QUICKNET)}))
    with path.open("rb+") as daemon:
        fcntl.flock(daemon, fcntl.LOCK_EX)
        with pytest.raises(FormatError, match=r"drand\.db: a daemon has it open: stop it first"):
            list(read_beacons(path))
    assert list(read_beacons(path)) == QUICKNET
