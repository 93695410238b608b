"""``drandlab verify`` on composed chains: every kind of file, and what is said where a half is wrong or not there."""

from __future__ import annotations

import csv
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from drandlab.beacon.beacon import Beacon
from drandlab.beacon.chain_info import ChainInfo
from drandlab.beacon.composed import ComposedBeacon, ComposedInfo
from drandlab.crypto.bls import BLS
from drandlab.crypto.schemes import scheme

GROUND, SATELLITE = 0x1234567, 0x7654321
COLUMNS = ("round", "signature", "previous_signature", "randomness", "satellite_signature")
KINDS = (".jsonl", ".json", ".csv", ".parquet", ".sqlite")

Fields = dict[str, Any]


def composed(name: str = "bls-unchained-g1-rfc9380") -> ComposedInfo:
    short, ground = scheme("bls-unchained-g1-rfc9380"), scheme(name)
    key = bytes(BLS.of(ground).public_key(GROUND))
    plain = ChainInfo(public_key=key, scheme=ground, period=3, genesis_time=0, genesis_seed=bytes(32), beacon_id="ours")
    return ComposedInfo.of(plain, bytes(BLS.of(short).public_key(SATELLITE)), short)


def rows_of(info: ComposedInfo, rounds: int) -> list[Fields]:
    """The rows of the first beacons, as `ComposedBeacon.to_dict` gives them."""
    ground, satellite = BLS.of(info.ground.scheme), BLS.of(info.satellite.scheme)
    rows, before = [], info.ground.genesis_seed
    for round in range(1, rounds + 1):
        previous = before if info.ground.scheme.chained else b""
        before = ground.sign(GROUND, info.ground.scheme.digest(round, previous))
        half = Beacon(round=round, signature=before, previous_signature=previous)
        other = satellite.sign(SATELLITE, info.satellite.scheme.digest(round))
        rows.append(ComposedBeacon(ground=half, satellite_signature=other).to_dict())
    return rows


INFO = composed()
ROWS = rows_of(INFO, 12)


def written(folder: Path, kind: str, rows: list[Fields]) -> Path:
    """Write rows, as a user's program would, with the columns that they have."""
    path = folder / f"beacons{kind}"
    names = [name for name in COLUMNS if any(name in row for row in rows)]
    if kind == ".jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    elif kind == ".json":
        path.write_text(json.dumps(rows), encoding="utf-8")
    elif kind == ".csv":
        with path.open("w", encoding="utf-8", newline="") as file:
            table = csv.DictWriter(file, names)
            table.writeheader()
            table.writerows(rows)
    elif kind == ".parquet":
        pl.DataFrame({name: [row.get(name) for row in rows] for name in names}).write_parquet(path)
    else:
        with closing(sqlite3.connect(path)) as base, base:
            base.execute(f"CREATE TABLE beacons ({', '.join(names)})")
            places = ", ".join("?" for _ in names)
            values = ([row.get(name) for name in names] for row in rows)
            base.executemany(f"INSERT INTO beacons VALUES ({places})", values)
    return path


@pytest.fixture
def chain(tmp_path: Path) -> Path:
    path = tmp_path / "composed.json"
    path.write_text(INFO.to_json(), encoding="utf-8")
    return path


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_file_is_verified(drandlab: Callable, tmp_path: Path, chain: Path, kind: str) -> None:
    answer = drandlab("verify", written(tmp_path, kind, ROWS), "--chain", chain, "--json")
    report = json.loads(answer.out)
    assert (answer.code, answer.err) == (0, "")
    assert list(report) == ["chain", "checked", "invalid", "seconds", "repeated"]
    name = f"ours ({INFO.ground.chain_hash.hex()[:8]}…)"
    name += f" composed with satellite ({INFO.satellite.chain_hash.hex()[:8]}…)"
    assert (report["chain"], report["checked"], report["invalid"]) == (name, 12, [])


@pytest.mark.parametrize("kind", KINDS)
def test_the_bad_half_of_a_round_is_named(drandlab: Callable, tmp_path: Path, chain: Path, kind: str) -> None:
    rows = [dict(row) for row in ROWS]
    rows[2]["satellite_signature"] = ROWS[3]["satellite_signature"]
    rows[4]["signature"] = ROWS[3]["signature"]
    del rows[6]["satellite_signature"]
    rows[8]["randomness"] = ROWS[0]["randomness"]
    answer = drandlab("verify", written(tmp_path, kind, rows), "--chain", chain, "--json")
    why = "signature: valid point, but not the key's signature of this message"
    assert answer.code == 1
    found = {row["round"]: row["reason"] for row in json.loads(answer.out)["invalid"]}
    assert list(found) == [3, 5, 7, 9]
    assert (found[3], found[5]) == (f"satellite: {why}", f"ground: {why}")
    assert found[7] == "satellite: the signature is missing"
    assert found[9].startswith("randomness: claimed ")


@pytest.mark.parametrize("kind", KINDS)
def test_a_plain_file_against_a_composed_chain(drandlab: Callable, tmp_path: Path, chain: Path, kind: str) -> None:
    rows = [{name: row[name] for name in ("round", "signature")} for row in ROWS]
    answer = drandlab("verify", written(tmp_path, kind, rows), "--chain", chain, "--json")
    report = json.loads(answer.out)
    assert answer.code == 1
    assert {row["reason"] for row in report["invalid"]} == {"satellite: the signature is missing"}
    assert report["hint"].startswith("these beacons have no satellite_signature: they are of one chain, not of ours")


@pytest.mark.parametrize("kind", KINDS)
def test_a_composed_file_against_a_plain_chain(drandlab: Callable, tmp_path: Path, kind: str) -> None:
    (tmp_path / "plain.json").write_text(INFO.ground.to_json(), encoding="utf-8")
    path = written(tmp_path, kind, ROWS)
    answer = drandlab("verify", path, "--chain", tmp_path / "plain.json")
    assert (answer.code, answer.out) == (2, "")
    line = 2 if kind == ".csv" else 1
    assert answer.err == (
        f'drandlab: {path}, line {line}, field "satellite_signature": this is a beacon of a composed chain: give the '
        "info of that chain, or leave the column out to check the ground half alone\n"
    )


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_without_the_ground_half(drandlab: Callable, tmp_path: Path, chain: Path, kind: str) -> None:
    rows = [{name: row[name] for name in ("round", "satellite_signature")} for row in ROWS]
    answer = drandlab("verify", written(tmp_path, kind, rows), "--chain", chain)
    assert (answer.code, answer.out) == (2, "")
    assert "signature" in answer.err
    assert "missing" in answer.err
    assert answer.err.count("\n") == 1


def test_exchanged_halves_are_recognised(drandlab: Callable, tmp_path: Path, chain: Path) -> None:
    exchanged = [
        {"round": row["round"], "signature": row["satellite_signature"], "satellite_signature": row["signature"]}
        for row in ROWS
    ]
    hint = "the two halves are exchanged, in the beacons or in the chain info"
    answer = drandlab("verify", written(tmp_path, ".csv", exchanged), "--chain", chain, "--json")
    report = json.loads(answer.out)
    assert (answer.code, len(report["invalid"]), report["hint"]) == (1, 12, hint)
    assert all("ground: " in row["reason"] and "satellite: " in row["reason"] for row in report["invalid"])

    other = ComposedInfo(ground=INFO.satellite, satellite=INFO.ground)
    chain.write_text(other.to_json(), encoding="utf-8")
    answer = drandlab("verify", written(tmp_path, ".csv", ROWS), "--chain", chain, "--json")
    assert (answer.code, json.loads(answer.out)["hint"]) == (1, hint)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"satellite": INFO.ground.to_dict(2)}, 'field "satellite": has the key of the ground chain'),
        ({"composed_hash": "00" * 32}, 'field "composed_hash": the body says 00000000'),
        ({"satellite": None}, 'field "satellite": expected a chain info as an object'),
        ({"period": 3}, 'field "period": no such field in this form'),
    ],
)
def test_a_composed_info_that_is_wrong(
    drandlab: Callable, tmp_path: Path, chain: Path, change: Fields, message: str
) -> None:
    chain.write_text(json.dumps(INFO.to_dict() | change), encoding="utf-8")
    answer = drandlab("verify", written(tmp_path, ".csv", ROWS), "--chain", chain)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith(f"drandlab: {chain}, {message}")


def test_a_key_that_is_no_point_makes_the_chain_unusable(drandlab: Callable, tmp_path: Path, chain: Path) -> None:
    info = ComposedInfo(ground=INFO.ground, satellite=replace(INFO.satellite, public_key=bytes(96)))
    chain.write_text(info.to_json(), encoding="utf-8")
    answer = drandlab("verify", written(tmp_path, ".csv", ROWS), "--chain", chain)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("drandlab: public key of chain satellite: ")


def test_processes_and_links_and_repeats(drandlab: Callable, tmp_path: Path) -> None:
    info = composed("pedersen-bls-chained")
    (tmp_path / "composed.json").write_text(info.to_json(), encoding="utf-8")
    rows = rows_of(info, 6)
    path = written(tmp_path, ".csv", [*rows, rows[3]])
    report = json.loads(drandlab("verify", path, "--chain", tmp_path / "composed.json", "--json", "--jobs", 2).out)
    assert (report["checked"], report["invalid"], report["repeated"]) == (7, [], 1)

    # the previous signatures may be left out, and rows may come in any order
    bare = [{name: value for name, value in row.items() if name != "previous_signature"} for row in reversed(rows)]
    path = written(tmp_path, ".jsonl", bare)
    report = json.loads(drandlab("verify", path, "--chain", tmp_path / "composed.json", "--json").out)
    assert (report["checked"], report["invalid"]) == (6, [])


def test_other_commands_take_one_chain_only(drandlab: Callable, tmp_path: Path, chain: Path) -> None:
    answer = drandlab("fetch", chain, "--from", 1, "--to", 2, "-o", tmp_path / "out.csv")
    assert answer.code == 2
    assert answer.err.startswith("drandlab: chain: expected one chain, got ours (")
