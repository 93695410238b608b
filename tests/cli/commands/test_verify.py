from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from drandlab.analysis.frames import beacons_of, load_beacons
from drandlab.beacon import Beacon, ChainInfo
from drandlab.crypto.bls import BLS
from drandlab.crypto.schemes import scheme
from drandlab.remote.networks import networks
from drandlab.remote.shipped import shipped

SECRET = 0x1234567
QUICKNET = shipped("data", "beacons", "quicknet.jsonl")


@pytest.fixture(scope="module")
def info() -> ChainInfo:
    """A chain of our own, so that there may be as many beacons as a test wants."""
    short = scheme("bls-unchained-g1-rfc9380")
    key = bytes(BLS.of(short).public_key(SECRET))
    return ChainInfo(public_key=key, scheme=short, period=3, genesis_time=0, genesis_seed=bytes(32), beacon_id="ours")


def beacons(info: ChainInfo, first: int, last: int) -> list[str]:
    bls = BLS.of(info.scheme)
    return [
        Beacon(round=r, signature=bls.sign(SECRET, info.scheme.digest(r))).to_json() for r in range(first, last + 1)
    ]


def test_real_beacons_are_valid(drandlab: Callable) -> None:
    answer = drandlab("verify", QUICKNET, "--chain", "quicknet", "--json")
    report = json.loads(answer.out)
    assert (answer.code, answer.err) == (0, "")
    assert list(report) == ["chain", "checked", "invalid", "seconds", "repeated"]
    assert (report["chain"], report["invalid"]) == ("quicknet", [])
    assert report["checked"] == len(QUICKNET.read_text(encoding="utf-8").splitlines())


@pytest.mark.parametrize("chain", ["52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971", "info.json"])
def test_a_chain_is_named_by_its_hash_or_its_file(drandlab: Callable, tmp_path: Path, chain: str) -> None:
    from drandlab.remote.networks import networks

    (tmp_path / "info.json").write_text(networks["quicknet"].to_json(), encoding="utf-8")
    chain = str(tmp_path / chain) if chain.endswith(".json") else chain
    answer = drandlab("verify", QUICKNET, "--chain", chain)
    assert answer.code == 0
    assert answer.out.strip().endswith("all valid")
    assert "beacons of quicknet checked in" in answer.out


def test_seven_bad_rounds_among_ten_thousand_are_named(drandlab: Callable, tmp_path: Path, info: ChainInfo) -> None:
    lines = beacons(info, 1, 10_000)
    bad = [3, 499, 500, 501, 4096, 9_990, 10_000]
    for round in bad:
        fields = json.loads(lines[round - 1])
        other = json.loads(lines[round - 2 if round not in (500, 501) else 9])
        lines[round - 1] = json.dumps(fields | {"signature": other["signature"], "randomness": other["randomness"]})
    (tmp_path / "info.json").write_text(info.to_json(), encoding="utf-8")
    (tmp_path / "beacons.jsonl").write_text("\n".join(lines), encoding="utf-8")
    arguments = ("verify", tmp_path / "beacons.jsonl", "--chain", tmp_path / "info.json")
    answer = drandlab(*arguments, "--json", "--jobs", 2)
    report = json.loads(answer.out)
    assert answer.code == 1
    assert report["checked"] == 10_000
    assert [row["round"] for row in report["invalid"]] == bad
    assert all("signature" in row["reason"] for row in report["invalid"])

    people = drandlab(*arguments)
    assert people.code == 1
    assert [int(line.split()[0]) for line in people.out.splitlines()[1:8]] == bad
    assert people.out.splitlines()[-1].endswith("7 invalid")


def test_beacons_of_another_network_are_recognised(drandlab: Callable) -> None:
    arguments = ("verify", QUICKNET, "--chain", "fastnet")
    people = drandlab(*arguments)
    assert people.code == 1
    lines = people.out.splitlines()
    assert lines[0] == "these are beacons of quicknet, not of fastnet"
    assert sum("signature" in line for line in lines[2:]) == 5
    assert any(line.startswith("… and ") and line.endswith(" more; --json names them all") for line in lines)
    assert json.loads(drandlab(*arguments, "--json").out)["hint"] == "these are beacons of quicknet, not of fastnet"


def test_the_other_real_backend_says_the_same(drandlab: Callable, tmp_path: Path) -> None:
    first, second = QUICKNET.read_text(encoding="utf-8").splitlines()[:2]
    forged = json.dumps(json.loads(second) | {"round": 7})
    (tmp_path / "b.jsonl").write_text(f"{first}\n{forged}\n", encoding="utf-8")
    answers = [
        json.loads(drandlab("verify", tmp_path / "b.jsonl", "--chain", "quicknet", "--backend", name, "--json").out)
        for name in ("blst", "py_ecc")
    ]
    assert [row["round"] for row in answers[0]["invalid"]] == [7]
    assert answers[0]["invalid"] == answers[1]["invalid"]


@pytest.mark.parametrize(
    ("content", "arguments", "sentence"),
    [
        ("", [], "is empty"),
        ("[]", [], "holds no beacon"),
        ('{"round": 1, "signature": "0g"}\n', [], 'line 1, field "signature"'),
        ('{"round": 1, "signature": "00"', [], "line 1"),
        (None, [], "No such file or directory"),
        ('{"round": 1, "signature": "00"}', ["--backend", "fast"], "expected one of blst, py_ecc, glass, got 'fast'"),
        (None, ["--chain", "slownet"], "network 'slownet' is not known; the real networks are default, quicknet"),
        (None, ["--chain", "absent.json"], "chain info file absent.json does not exist"),
    ],
)
def test_unusable_input_is_one_sentence(
    drandlab: Callable, tmp_path: Path, content: str | None, arguments: list[str], sentence: str
) -> None:
    path = tmp_path / ("b.json" if content == "[]" else "b.jsonl")
    if content is not None:
        path.write_text(content, encoding="utf-8")
    answer = drandlab("verify", path, "--chain", "quicknet", *arguments)
    assert (answer.code, answer.out) == (2, "")
    assert sentence in answer.err
    assert answer.err.count("\n") == 1


def test_a_chain_without_a_key_on_the_curve_judges_nothing(drandlab: Callable, tmp_path: Path, info: ChainInfo) -> None:
    fields = info.to_dict(2) | {"public_key": "80" + "00" * 94 + "01"}
    del fields["chain_hash"]
    (tmp_path / "info.json").write_text(json.dumps(fields), encoding="utf-8")
    answer = drandlab("verify", QUICKNET, "--chain", tmp_path / "info.json")
    assert (answer.code, answer.out) == (2, "")
    assert "public key of chain ours" in answer.err


def dumped(path: Path, name: str, *, previous: bool, first: int = 0, lines: int = 4) -> Path:
    """Write a dump as a node's own: round 0 first, then the chain, with or without its previous signatures."""
    info = networks[name]
    rows = [{"round": 0, "signature": info.genesis_seed.hex()}]
    for beacon in list(beacons_of(load_beacons(name)))[: lines - 1]:
        rows.append({"round": beacon.round, "signature": beacon.signature.hex()})
        if previous:
            rows[-1]["previous_signature"] = beacon.previous_signature.hex()
    path.write_text("".join(json.dumps(row) + "\n" for row in rows[first:]))
    return path


@pytest.mark.parametrize("previous", [True, False])
def test_a_dump_with_its_genesis_beacon_is_valid_with_or_without_the_links(
    drandlab: Callable, tmp_path: Path, previous: bool
) -> None:
    path = dumped(tmp_path / "b.jsonl", "default", previous=previous)
    answer = drandlab("verify", path, "--chain", "default", "--json")
    report = json.loads(answer.out)
    assert (answer.code, report["checked"], report["invalid"], report["repeated"]) == (0, 4, [], 0)


def test_a_dump_whose_links_are_nowhere_is_unusable(drandlab: Callable, tmp_path: Path) -> None:
    path = dumped(tmp_path / "b.jsonl", "default", previous=False, first=3)
    answer = drandlab("verify", path, "--chain", "default")
    assert (answer.code, answer.out) == (2, "")
    assert 'b.jsonl, field "previous_signature": the column is missing' in answer.err
    assert "the signature of round 2, before 3, is not there either" in answer.err


def test_what_comes_again_is_counted_apart(drandlab: Callable, tmp_path: Path) -> None:
    path = dumped(tmp_path / "b.jsonl", "quicknet", previous=False)
    path.write_text(path.read_text() * 2)
    answer = drandlab("verify", path, "--chain", "quicknet")
    assert answer.code == 0
    assert "8 beacons of quicknet checked" in answer.out
    assert ": all valid, 4 repeated" in answer.out
