"""Downloads: resumed, verified, merged, and never destroying what was there."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import textwrap
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from drandlab.crypto.schemes import scheme
from drandlab.errors import FormatError, LocalError, RelayError, VerificationError
from drandlab.remote.ask import download
from drandlab.remote.ask.client import Client
from drandlab.remote.ask.download import fetch
from drandlab.remote.keep.working_file import WorkingFile, working_path
from drandlab.remote.networks import networks
from drandlab.remote.shipped import shipped
from drandlab.remote.tables import write_files as tables
from drandlab.remote.tables.read_files import chain_of, read_beacons
from drandlab.remote.tables.rows import COLUMNS, row_of
from helpers import forge

KINDS = (".parquet", ".sqlite", ".db", ".jsonl", ".csv")


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A quarter of the beacons in each batch, so that four batches are a quarter of the questions."""
    monkeypatch.setattr(download, "CHUNK", 64)


def held(path: Path) -> list[tuple[int, bytes, bytes]]:
    return [(b.round, b.signature, b.previous_signature) for b in read_beacons(path)]


def expected(chain: Any, *rounds: int) -> list[tuple[int, bytes, bytes]]:
    return [(r, chain.beacon(r).signature, chain.beacon(r).previous_signature) for r in rounds]


@pytest.mark.parametrize("suffix", KINDS)
@pytest.mark.parametrize("links", [True, False])
def test_a_stretch_arrives_in_every_form(chained, unchained, relay, client, clock, tmp_path, suffix, links) -> None:
    chain = chained if links else unchained
    clock.time = chain.info.round_time(1000) + 1
    served, target, seen = relay(chain), tmp_path / f"beacons{suffix}", []
    report = fetch(client(chain, served), 1, 30, target, progress=lambda done, total: seen.append((done, total)))
    assert held(target) == expected(chain, *range(1, 31))
    assert sorted(served.rounds) == list(range(1, 31))
    assert (report.fetched, report.already_there, report.first, report.last) == (30, 0, 1, 30)
    assert report.relays[0]["address"] == served.address and report.relays[0]["answers"] == 30
    assert seen == [(done, 30) for done in range(31)]
    assert json.loads(json.dumps(report.to_dict()))["path"] == str(target)
    assert "30 fetched, 0 already there" in repr(report)
    assert os.listdir(tmp_path) == [target.name]

    again = fetch(client(chain, served), 5, 20, target)
    assert (again.fetched, again.already_there) == (0, 16) and len(served.rounds) == 30


def test_the_columns_of_every_form(chained, relay, client, clock, tmp_path) -> None:
    clock.time = chained.info.round_time(1000) + 1
    paths = {suffix: tmp_path / f"b{suffix}" for suffix in KINDS}
    for path in paths.values():
        fetch(client(chained, relay(chained)), 1, 3, path)
    beacon = chained.beacon(2)
    row = (2, beacon.signature.hex(), beacon.previous_signature.hex(), beacon.randomness.hex())
    frame = pl.read_parquet(paths[".parquet"])
    assert frame.schema == {
        "round": pl.UInt64, "signature": pl.String, "previous_signature": pl.String, "randomness": pl.String,
    }  # fmt: skip
    assert frame.row(1) == row
    with sqlite3.connect(paths[".sqlite"]) as base:
        assert base.execute("SELECT * FROM beacons WHERE round = 2").fetchone() == row
        assert {name for (name,) in base.execute("SELECT name FROM sqlite_master")} == {"chain", "beacons"}
    base.close()
    lines = paths[".jsonl"].read_text(encoding="utf-8").splitlines()
    assert lines[1] == beacon.to_json(1)
    with paths[".csv"].open(newline="") as file:
        assert list(csv.reader(file))[:3:2] == [list(COLUMNS), [str(row[0]), *row[1:]]]
    for suffix, path in paths.items():
        assert chain_of(path) == (None if suffix in (".jsonl", ".csv") else chained.info)


def test_an_unchained_parquet_has_the_column_of_previous_signatures_too(unchained, relay, client, tmp_path) -> None:
    fetch(client(unchained, relay(unchained)), 1, 3, tmp_path / "b.parquet")
    assert pl.read_parquet(tmp_path / "b.parquet")["previous_signature"].to_list() == [None] * 3


@pytest.mark.parametrize("suffix", KINDS)
def test_other_rounds_are_merged_into_a_target(unchained, relay, client, tmp_path, suffix) -> None:
    served, target = relay(unchained), tmp_path / f"beacons{suffix}"
    for first, last, fetched in ((20, 29, 10), (5, 8, 4), (1, 24, 15), (600, 601, 2)):
        assert fetch(client(unchained, served), first, last, target).fetched == fetched
    assert held(target) == expected(unchained, *range(1, 30), 600, 601)
    assert len(served.rounds) == 31


@pytest.mark.parametrize("suffix", KINDS)
@pytest.mark.parametrize("stranger", ["fastnet", "nobody's"])
def test_a_target_of_another_chain_is_refused(unchained, made_chain, relay, client, tmp_path, suffix, stranger) -> None:
    target = tmp_path / f"beacons{suffix}"
    if stranger == "fastnet":
        rows = map(row_of, read_beacons(shipped("data", "beacons", "fastnet.jsonl")))
        tables.write(target, rows, networks["fastnet"])
        theirs = "fastnet"
    else:
        other = made_chain("bls-unchained-g1-rfc9380", 9)
        fetch(client(other, relay(other)), 1, 5, target)
        theirs = networks.name_of(other.info)
    before, served = target.read_bytes(), relay(unchained)
    marked = stranger == "fastnet" or chain_of(target)
    with pytest.raises(LocalError if marked else VerificationError) as caught:
        fetch(client(unchained, served), 1, 5, target)
    if marked:
        assert f"holds beacons of {theirs}, not of {networks.name_of(unchained.info)}" in str(caught.value)
    else:
        assert "round 1: signature: valid point, but not" in str(caught.value) and str(target) in str(caught.value)
    assert target.read_bytes() == before and served.rounds == [] and os.listdir(tmp_path) == [target.name]


def test_a_bad_row_of_an_unmarked_target_is_named(unchained, relay, client, tmp_path) -> None:
    target = tmp_path / "b.jsonl"
    fetch(client(unchained, relay(unchained)), 1, 9, target)
    lines = target.read_text().splitlines()
    fields = json.loads(lines[3])
    forge(fields)
    target.write_text("\n".join([*lines[:3], json.dumps(fields), *lines[4:]]))
    with pytest.raises(VerificationError, match=r"round 4: signature: valid point.*b.jsonl is left as it is"):
        fetch(client(unchained, relay(unchained)), 1, 12, target)
    target.write_text("\n".join([*lines[:3], "{half a li"]))
    with pytest.raises(FormatError, match=r"b.jsonl, line 4: "):
        fetch(client(unchained, relay(unchained)), 1, 12, target)
    assert os.listdir(tmp_path) == ["b.jsonl"]


@pytest.mark.parametrize("suffix", [".parquet", ".sqlite"])
def test_a_half_written_target_is_refused_and_left(unchained, relay, client, tmp_path, suffix) -> None:
    target = tmp_path / f"b{suffix}"
    fetch(client(unchained, relay(unchained)), 1, 100, target)
    target.write_bytes(target.read_bytes()[:-5000])
    cut = target.read_bytes()
    with pytest.raises(FormatError) as caught:
        fetch(client(unchained, relay(unchained)), 1, 101, target)
    said = "half-written?" if suffix == ".parquet" else "cannot be read as SQLite"
    assert str(caught.value).startswith(f"{target}: ") and said in str(caught.value)
    assert target.read_bytes() == cut


@pytest.mark.parametrize("suffix", KINDS)
def test_an_empty_target_holds_nothing_that_could_be_lost(unchained, relay, client, tmp_path, suffix) -> None:
    target = tmp_path / f"b{suffix}"
    target.touch()
    assert fetch(client(unchained, relay(unchained)), 1, 5, target).fetched == 5
    assert held(target) == expected(unchained, *range(1, 6))


def test_a_target_without_a_beacon_is_refused_and_left(unchained, relay, client, tmp_path) -> None:
    target = tmp_path / "b.csv"
    target.write_text("name,age\n")
    with pytest.raises(FormatError, match=r"b\.csv, line 1: columns missing: round, signature; there are name, age"):
        fetch(client(unchained, relay(unchained)), 1, 5, target)
    target.write_text("round,signature\n")
    with pytest.raises(FormatError, match=r"b\.csv: the file holds no beacon"):
        fetch(client(unchained, relay(unchained)), 1, 5, target)
    assert target.read_text() == "round,signature\n" and os.listdir(tmp_path) == ["b.csv"]


def test_a_chain_is_never_told_apart_from_itself(tmp_path, clock) -> None:
    """A chain info with the wrong scheme has the same hash: its beacons fail, yet are of no other network."""
    wrong = replace(networks["fastnet"], scheme=scheme("bls-unchained-g1-rfc9380"))
    target = shutil.copy(shipped("data", "beacons", "fastnet.jsonl"), tmp_path)
    with pytest.raises(VerificationError, match=r"^round 1: signature: valid point, but not the key's signature"):
        fetch(wrong, 1, 5, target, relays=["http://127.0.0.1:9"], now=clock.now)


@pytest.mark.parametrize(
    ("path", "options", "message"),
    [
        ("b.txt", {}, "must end in one of .parquet, .sqlite, .db, .jsonl, .csv"),
        ("b", {}, "must end in one of"),
        ("nowhere/b.csv", {}, "nowhere does not exist"),
        (".", {}, "must end in one of"),
        ("folder.csv", {}, "is a folder"),
        ("b.csv", {"first": 0}, "round 0 is the genesis beacon"),
        ("b.csv", {"first": 9}, "rounds 9 to 5: the last is before the first"),
        ("b.csv", {"last": 1001}, "round 1001 of made"),
        ("b.csv", {"first": "1"}, "round: expected a whole number"),
        ("b.csv", {"relays": ["http://127.0.0.1"]}, "a client brings its own relays"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_asked(
    unchained, relay, client, tmp_path, path, options, message
) -> None:
    (tmp_path / "folder.csv").mkdir()
    served = relay(unchained)
    arguments = {"first": 1, "last": 5, **options}
    with pytest.raises(LocalError) as caught:
        fetch(client(unchained, served), path=tmp_path / path, **arguments)
    assert message in str(caught.value) and served.paths == []
    assert os.listdir(tmp_path) == ["folder.csv"]


def test_downloads_are_never_unverified(unchained, relay, clock, tmp_path) -> None:
    with pytest.warns(UserWarning, match="verification is off"):
        careless = Client(unchained.info, [relay(unchained).address], verify=False, now=clock.now)
    with careless, pytest.raises(LocalError, match="always verified"):
        fetch(careless, 1, 5, tmp_path / "b.csv")


def test_a_chain_and_relays_are_enough(unchained, relay, clock, tmp_path) -> None:
    report = fetch(
        unchained.info, 1, 5, tmp_path / "b.csv", relays=[relay(unchained).address], now=clock.now, concurrency=2
    )
    assert report.fetched == 5 and report.chain == networks.name_of(unchained.info)


def test_a_liar_among_relays_is_named_and_the_data_verifies(unchained, relay, client, faults, tmp_path) -> None:
    sometimes = faults.only_when(lambda n, which: n % 4 == 3, faults.changed(forge))
    liar, honest = relay(unchained, fault=sometimes), relay(unchained)
    asked = client(unchained, liar, honest)
    report = fetch(asked, 1, 175, tmp_path / "b.parquet")
    assert held(tmp_path / "b.parquet") == expected(unchained, *range(1, 176))
    assert report.fetched == 175 and report.already_there == 0
    assert asked.relays[0].lies >= 1 and "valid point, but not" in asked.relays[0].aside
    assert asked.relays[1].aside is None


def test_when_all_relays_lie_nothing_is_stored(unchained, relay, client, faults, tmp_path) -> None:
    liars = [relay(unchained, fault=faults.changed(forge)) for _ in range(2)]
    with pytest.raises(RelayError, match="put aside") as caught:
        fetch(client(unchained, *liars), 1, 20, tmp_path / "b.parquet")
    assert caught.value.relay in [each.address for each in liars]
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("length", [20, 47])
def test_a_signature_of_the_wrong_form_is_a_lie_at_once(unchained, relay, client, faults, tmp_path, length) -> None:
    short = relay(unchained, fault=faults.changed(lambda f: f.update(signature="00" * length, randomness=None)))
    asked = client(unchained, short, relay(unchained), concurrency=1)
    assert fetch(asked, 1, 20, tmp_path / "b.csv").fetched == 20
    assert len(short.rounds) == 1 and "expected 48 bytes" in asked.relays[0].aside


def test_what_came_before_the_relays_failed_is_kept(unchained, relay, client, faults, tmp_path, clock) -> None:
    target = tmp_path / "b.parquet"
    served = relay(unchained, fault=faults.only_when(lambda n, _: n >= 150, faults.status(500)))
    with pytest.raises(RelayError, match="HTTP 500"):
        fetch(client(unchained, served, patience=20.0), 1, 225, target)
    assert sum(clock.slept) > 4 and not target.exists()
    served.fault = None
    asked_before = len(served.rounds)
    report = fetch(client(unchained, served), 1, 225, target)
    # what was on its way at the end, eight questions at most, may be asked again
    assert 142 <= report.already_there <= 150 and report.fetched == 225 - report.already_there
    assert 75 <= len(served.rounds) - asked_before <= 83
    assert held(target) == expected(unchained, *range(1, 226)) and os.listdir(tmp_path) == ["b.parquet"]


def test_a_relay_that_asks_to_wait_is_waited_for(unchained, relay, client, faults, tmp_path, clock) -> None:
    refused = faults.only_when(lambda n, _: n == 10, faults.status(429, Retry_After="17"))
    served = relay(unchained, fault=refused)
    assert fetch(client(unchained, served, concurrency=1), 1, 20, tmp_path / "b.csv").fetched == 20
    assert len(served.rounds) == 21 and clock.slept == [17.0]


def test_a_wait_beyond_patience_ends_the_download_resumably(unchained, relay, client, faults, tmp_path) -> None:
    served = relay(unchained, fault=faults.only_when(lambda n, _: n >= 10, faults.status(429, Retry_After="3600")))
    with pytest.raises(RelayError, match="asks to wait 3600 s"):
        fetch(client(unchained, served, concurrency=1), 1, 20, tmp_path / "b.csv")
    assert os.listdir(tmp_path) == ["b.csv.part"] and len(served.rounds) == 11


def test_few_questions_at_a_time(unchained, relay, client, tmp_path) -> None:
    busy, most = [0], [0]

    def count(handler: Any, which: str) -> bool:
        with served.lock:
            busy[0] += 1
            most[0] = max(most[0], busy[0])
        served.closing.wait(0.005)
        with served.lock:
            busy[0] -= 1
        return False

    served = relay(unchained, fault=count)
    fetch(client(unchained, served, concurrency=3, stagger=5.0), 1, 60, tmp_path / "b.csv")
    assert most[0] <= 3 and len(served.rounds) == 60


def test_a_fork_is_caught_across_chunks_and_not_stored(chained, relay, client, clock, tmp_path) -> None:
    clock.time = chained.info.round_time(1000) + 1
    fork = chained.sign(10, previous=chained.sign(9, previous=chained.beacon(3).signature).signature)
    target = tmp_path / "b.sqlite"
    served = relay(chained)
    fetch(client(chained, served), 1, 9, target)
    served.fault = lambda handler, which: which == "10" and handler.reply(200, fork.to_json().encode()) is None
    with pytest.raises(VerificationError, match=r"round 10: link: .* of round 9, although both verify"):
        fetch(client(chained, served), 10, 20, target)
    assert held(target) == expected(chained, *range(1, 10))
    served.fault = None
    fetch(client(chained, served), 10, 20, target)
    assert held(target) == expected(chained, *range(1, 21))


def test_ctrl_c_keeps_what_was_fetched(unchained, relay, client, tmp_path) -> None:
    target, served = tmp_path / "b.csv", relay(unchained)

    def interrupt(done: int, total: int | None) -> None:
        if done == 50:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.02)

    with pytest.raises(KeyboardInterrupt):
        fetch(client(unchained, served), 1, 100, target, progress=interrupt)
    report = fetch(client(unchained, served), 1, 100, target)
    assert report.already_there >= 50 and held(target) == expected(unchained, *range(1, 101))


PROGRAM = """
    import sys
    from drandlab.beacon.chain_info import ChainInfo
    from drandlab.remote.ask import download
    download.CHUNK = 64
    info = ChainInfo.from_json('''{info}''')
    download.fetch(info, 1, 225, sys.argv[1], relays=["{relay}"], now=lambda: {now})
"""


@pytest.mark.parametrize("kill_after", [10, 132, 180])
def test_a_killed_download_loses_nothing(unchained, relay, client, clock, tmp_path, kill_after) -> None:
    target, served = tmp_path / "b.parquet", relay(unchained)
    unchained.beacons(1, 225)
    program = textwrap.dedent(PROGRAM).format(info=unchained.info.to_json(), relay=served.address, now=clock.now())
    killed = subprocess.Popen([sys.executable, "-c", program, str(target)])
    try:
        while len(served.rounds) < kill_after and killed.poll() is None:
            time.sleep(0.002)
        killed.send_signal(signal.SIGKILL)
    finally:
        killed.kill()
        killed.wait()
    assert killed.returncode == -signal.SIGKILL and not target.exists()
    served.hear_out()
    asked_before = len(served.rounds)
    report = fetch(client(unchained, served), 1, 225, target)
    # of all the answers that were sent, at most those that were on their way are asked for again
    assert report.already_there >= asked_before - 8
    assert len(served.rounds) - asked_before == report.fetched == 225 - report.already_there
    assert held(target) == expected(unchained, *range(1, 226)) and os.listdir(tmp_path) == ["b.parquet"]


def test_a_working_file_of_another_chain_is_refused(unchained, made_chain, relay, client, faults, tmp_path) -> None:
    other = made_chain("bls-unchained-g1-rfc9380", 9)
    target = tmp_path / "b.csv"
    served = relay(other, fault=faults.only_when(lambda n, _: n >= 9, faults.status(500)))
    with pytest.raises(RelayError):
        fetch(client(other, served, patience=0.0, concurrency=1), 1, 20, target)
    with pytest.raises(LocalError) as caught:
        fetch(client(unchained, relay(unchained)), 1, 20, target)
    names = networks.name_of(other.info), networks.name_of(unchained.info)
    assert f"a download of {names[0]} is under way here, not of {names[1]}" in str(caught.value)
    served.fault = None
    assert fetch(client(other, served), 1, 20, target).already_there == 9


@pytest.mark.parametrize("damage", ["text", "cut", "other tables"])
def test_a_damaged_working_file_is_kept_and_named(unchained, relay, client, faults, tmp_path, damage) -> None:
    target = tmp_path / "b.csv"
    part = working_path(target)
    if damage == "text":
        part.write_text("nothing of an SQLite file is in here " * 50)
    elif damage == "other tables":
        with sqlite3.connect(part) as base:
            base.execute("CREATE TABLE mine (x)")
        base.close()
    else:
        served = relay(unchained, fault=faults.only_when(lambda n, _: n >= 200, faults.status(500)))
        with pytest.raises(RelayError):
            fetch(client(unchained, served, patience=0.0), 1, 225, target)
        part.write_bytes(part.read_bytes()[:-10_000])
    before = part.read_bytes()
    with pytest.raises(FormatError) as caught:
        fetch(client(unchained, relay(unchained)), 1, 225, target)
    assert str(part) in str(caught.value) and "move it away" in str(caught.value)
    assert part.read_bytes() == before and os.listdir(tmp_path) == [part.name]


def test_an_empty_working_file_is_a_new_one(unchained, relay, client, tmp_path) -> None:
    working_path(tmp_path / "b.csv").touch()
    assert fetch(client(unchained, relay(unchained)), 1, 5, tmp_path / "b.csv").fetched == 5


def test_two_downloads_to_one_file_do_not_mix(unchained, relay, client, tmp_path) -> None:
    target = tmp_path / "b.csv"
    with WorkingFile(working_path(target), unchained.info), pytest.raises(LocalError, match="another download"):
        fetch(client(unchained, relay(unchained)), 1, 5, target)


def test_a_target_that_cannot_be_written_leaves_the_working_file(
    unchained, relay, client, tmp_path, monkeypatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(tables.os, "replace", full)
        with pytest.raises(LocalError, match=r"b.csv: cannot be written \(No space left on device\); .* kept in"):
            fetch(client(unchained, relay(unchained)), 1, 5, tmp_path / "b.csv")
    assert os.listdir(tmp_path) == ["b.csv.part"]
    assert fetch(client(unchained, relay(unchained)), 1, 5, tmp_path / "b.csv").already_there == 5
