"""Tables of beacons and the working file: what is written is read again, and what is damaged is named."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drandlab.beacon.beacon import Beacon
from drandlab.errors import LocalError
from drandlab.remote.keep.working_file import WorkingFile, working_path
from drandlab.remote.networks import networks
from drandlab.remote.tables import write_files as tables
from drandlab.remote.tables.read_files import read_beacons
from drandlab.remote.tables.rows import BeaconRow, row_of

QUICKNET = networks["quicknet"]

ROUNDS = st.integers(1, (1 << 63) - 1)
BEACONS = st.lists(
    st.builds(
        Beacon, round=ROUNDS, signature=st.binary(min_size=1, max_size=96), previous_signature=st.binary(max_size=96)
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda beacon: beacon.round,
)


@pytest.mark.parametrize("suffix", tables.SUFFIXES)
@settings(max_examples=25)
@given(beacons=BEACONS)
def test_what_is_written_is_read_again(suffix: str, beacons: list[Beacon]) -> None:
    beacons.sort(key=lambda beacon: beacon.round)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"b{suffix}")
        tables.write(path, map(row_of, beacons), QUICKNET)
        again = list(read_beacons(path))
    assert [(b.round, b.signature, b.previous_signature) for b in again] == [
        (b.round, b.signature, b.previous_signature) for b in beacons
    ]
    assert all(b.claimed_randomness == b.randomness for b in again)


@settings(max_examples=60)
@given(
    verified=st.sets(st.integers(1, 60)),
    fetched=st.sets(st.integers(1, 60)),
    first=st.integers(1, 60),
    length=st.integers(1, 60),
    limit=st.integers(1, 70),
)
def test_missing_is_the_set_difference(
    verified: set[int], fetched: set[int], first: int, length: int, limit: int
) -> None:
    last = first + length - 1
    with tempfile.TemporaryDirectory() as folder, WorkingFile(Path(folder, "b.part"), QUICKNET) as work:
        work.settle([Beacon(round=r, signature=b"s") for r in verified])
        work.keep([Beacon(round=r, signature=b"s") for r in fetched], "somewhere")
        absent = [r for r in range(first, last + 1) if r not in verified | fetched]
        assert work.missing(first, last, limit) == absent[:limit]
        assert work.count(first, last) == length - len(absent)
        assert {b.round for b, _ in work.unverified(100)} == fetched - verified
        assert {b.round for b in work.verified(range(1, 61))} == verified


def test_a_working_file_outlives_its_process_with_all_that_it_holds(tmp_path: Path) -> None:
    path = working_path(tmp_path / "b.csv")
    work = WorkingFile(path, QUICKNET)
    claims = Beacon(round=3, signature=b"s", previous_signature=b"p", claimed_randomness=b"r" * 32)
    work.keep([claims], "https://relay.example")
    work.close(keep=True)
    with pytest.raises(ZeroDivisionError), WorkingFile(path, QUICKNET) as again:
        assert again.unverified(5) == [(claims, "https://relay.example")]
        again.settle([], [3])
        assert again.is_empty()
        _ = 1 / 0
    assert not path.exists()  # an error keeps it, but not when nothing is in it


def test_an_unfinished_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "b.csv"
    tables.write(path, [row_of(Beacon(round=1, signature=b"s"))], QUICKNET)
    before = path.read_bytes()

    def rows_that_fail(error: Exception) -> Iterator[BeaconRow]:
        yield row_of(Beacon(round=1, signature=b"s"))
        raise error

    for suffix in tables.SUFFIXES:
        for error in (LocalError("no more"), ZeroDivisionError("no more")):
            with pytest.raises(type(error), match=r"^no more$"):
                tables.write(path.with_suffix(suffix), rows_that_fail(error), QUICKNET)
    assert path.read_bytes() == before and [p.name for p in tmp_path.iterdir()] == ["b.csv"]


def test_a_failed_parquet_file_does_not_come_back(tmp_path: Path) -> None:
    """polars writes on threads of its own: where it opened the file, one failure in eight left it behind."""

    def rows_that_fail(count: int) -> Iterator[BeaconRow]:
        yield from (row_of(Beacon(round=round, signature=b"s")) for round in range(1, count + 1))
        raise LocalError("no more")

    for number, count in enumerate([1] * 100 + [tables.SLICE + 1] * 3):
        with pytest.raises(LocalError, match="no more"):
            tables.write(tmp_path / f"b{number}.parquet", rows_that_fail(count), QUICKNET)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", tables.SUFFIXES)
def test_a_full_disk_is_named_and_leaves_the_old_file(tmp_path: Path, suffix: str) -> None:
    resource = pytest.importorskip("resource")
    path = tmp_path / f"b{suffix}"
    tables.write(path, [row_of(Beacon(round=1, signature=b"s"))], QUICKNET)
    before, unlimited = path.read_bytes(), resource.getrlimit(resource.RLIMIT_FSIZE)
    rows = (row_of(Beacon(round=round, signature=sha256(b"%d" % round).digest())) for round in range(1, 3_000))
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, unlimited[1]))
    try:
        with pytest.raises(LocalError, match=rf"/b{suffix}: cannot be written \(.+\)$"):
            tables.write(path, rows, QUICKNET)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("suffix", tables.SUFFIXES)
def test_a_place_that_cannot_be_is_named(tmp_path: Path, suffix: str) -> None:
    (tmp_path / "file").touch()
    for folder in ("nowhere", "file"):
        with pytest.raises(LocalError, match=rf"{folder}/b{suffix}: cannot be written \(.+\)$"):
            tables.write(tmp_path / folder / f"b{suffix}", [], QUICKNET)
    (tmp_path / f"b{suffix}").mkdir()
    with pytest.raises(LocalError, match=rf"b{suffix}: cannot be written \(.+\)$"):
        tables.write(tmp_path / f"b{suffix}", [], QUICKNET)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == [f"b{suffix}", "file"]


INTERRUPTED = """
import os, signal, sys, time
from pathlib import Path
from drandlab.beacon.beacon import Beacon
from drandlab.remote.tables import write_files as tables
from drandlab.remote.networks import networks
from drandlab.remote.tables.rows import row_of

def rows():
    for round in range(1, 3 * tables.SLICE):
        if round == tables.SLICE + 9:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.2)
        yield row_of(Beacon(round=round, signature=b"s"))

interrupted = False
try:
    tables.write(Path(sys.argv[1]), rows(), networks["quicknet"])
except KeyboardInterrupt:
    interrupted = True
# As the command ends, once nothing holds the error any more: the interpreter's own end may abort the process under a
# thread of polars.
if interrupted:
    print("KeyboardInterrupt", file=sys.stderr, flush=True)
    os._exit(130)
"""


@pytest.mark.skipif(os.name != "posix", reason="links and FIFOs")
@pytest.mark.parametrize("suffix", tables.SUFFIXES)
def test_links_and_fifos_stay_what_they_are(tmp_path: Path, suffix: str) -> None:
    rows = [row_of(Beacon(round=round, signature=b"s")) for round in (1, 2)]
    (tmp_path / "far").mkdir()
    target, link, fifo = tmp_path / "far" / f"t{suffix}", tmp_path / f"link{suffix}", tmp_path / f"fifo{suffix}"
    link.symlink_to(target)
    for _ in range(2):  # the link dangles, then it does not
        tables.write(link, rows, QUICKNET)
        assert link.is_symlink() and [b.round for b in read_beacons(target)] == [1, 2]
        target.chmod(0o640)
    assert target.stat().st_mode & 0o777 == 0o640
    os.mkfifo(fifo)
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(fifo.read_bytes()))
    reader.start()
    tables.write(fifo, rows, QUICKNET)
    reader.join()
    assert fifo.is_fifo() and len(got[0]) > 20
    assert sorted(entry.name for entry in tmp_path.iterdir()) == sorted(["far", link.name, fifo.name])


@pytest.mark.parametrize("log", ["wal", "journal"])
def test_the_log_of_another_base_is_seen_behind_a_link(tmp_path: Path, log: str) -> None:
    (tmp_path / "far").mkdir()
    (tmp_path / "far" / f"t.sqlite-{log}").touch()
    (tmp_path / "link.sqlite").symlink_to("far/t.sqlite")
    with pytest.raises(LocalError, match=f"/link.sqlite: t.sqlite-{log} is beside it"):
        tables.write(tmp_path / "link.sqlite", [], QUICKNET)


@pytest.mark.skipif(os.name != "posix", reason="sends SIGINT")
@pytest.mark.parametrize("suffix", [".parquet", ".sqlite", ".csv"])
def test_ctrl_c_leaves_the_old_file(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"b{suffix}"
    path.write_text("as it was")
    done = subprocess.run([sys.executable, "-c", INTERRUPTED, path], capture_output=True, text=True)
    assert done.returncode == 130, done.stderr
    assert "KeyboardInterrupt" in done.stderr.splitlines()
    assert path.read_text() == "as it was" and list(tmp_path.iterdir()) == [path]


def test_a_working_file_that_was_full_goes_on(tmp_path: Path) -> None:
    beacons = [Beacon(round=round, signature=bytes(96)) for round in range(1, 400)]
    with WorkingFile(tmp_path / "b.part", QUICKNET) as work:
        work.keep(beacons[:5], "here")
        work._base.execute("PRAGMA max_page_count = 8").fetchone()
        with pytest.raises(LocalError, match=r"b\.part: cannot be written \(database or disk is full\)"):
            work.keep(beacons, "here")
        assert work.count(1, 400) == 5
        work._base.execute("PRAGMA max_page_count = 100000").fetchone()
        work.keep(beacons, "here")
        assert work.count(1, 400) == 399
