from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from drandlab.analysis.sweeps.kept_runs import KeptRuns
from drandlab.errors import FormatError, LocalError

DATA = {"failed": None, "summary": {"halted": 0.1 + 0.2}}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sweep.part"


def kept(path: Path) -> Path:
    with KeptRuns(path, "hash", 5) as file:
        file.keep(3, DATA)
        file.keep(0, DATA)
    return path


def change(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as base, base:
        base.execute(statement)


def test_what_is_kept_comes_back(path: Path):
    with KeptRuns(kept(path), "hash", 5) as file:
        assert dict(file.all()) == {0: DATA, 3: DATA}
    assert os.listdir(path.parent) == [path.name]


@pytest.mark.parametrize(("digest", "runs"), [("other", 5), ("hash", 6)])
def test_a_file_of_another_sweep_is_refused_and_stays(path: Path, digest: str, runs: int):
    before = kept(path).read_bytes()
    with pytest.raises(LocalError, match=r"sweep\.part keeps another sweep, of 5 runs: .* delete this one"):
        KeptRuns(path, digest, runs)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE kept SET data = replace(data, '0.3', '0.4') WHERE place = 3",
        "UPDATE kept SET place = 4 WHERE place = 3",
        "UPDATE kept SET data = CAST(data AS BLOB)",
        "UPDATE kept SET checksum = checksum + 1 WHERE place = 0",
        "INSERT INTO kept SELECT 7, data, checksum FROM kept WHERE place = 3",
        "INSERT INTO sweep VALUES ('hash', 5)",
        "DELETE FROM sweep",
    ],
)
def test_what_is_not_as_it_was_written_is_damage(path: Path, statement: str):
    change(kept(path), statement)
    with (
        pytest.raises(FormatError, match=r"sweep\.part: the working file of the sweep is damaged") as caught,
        KeptRuns(path, "hash", 5) as file,
    ):
        list(file.all())
    assert caught.value.source == str(path)


@pytest.mark.parametrize("content", [b"round,signature\n", b"SQLite format 3\0" + bytes(200)])
def test_a_file_that_is_something_else_is_refused_and_stays(path: Path, content: bytes):
    path.write_bytes(content)
    with pytest.raises(FormatError, match="damaged"):
        KeptRuns(path, "hash", 5)
    assert path.read_bytes() == content


def test_a_database_of_something_else_is_refused(path: Path):
    change(path, "CREATE TABLE beacons (round INTEGER)")
    with pytest.raises(FormatError, match="is not the working file of a sweep"):
        KeptRuns(path, "hash", 5)


def test_a_bit_that_was_flipped_is_damage(path: Path):
    whole = bytearray(kept(path).read_bytes())
    whole[whole.index(b"halted")] ^= 1
    path.write_bytes(whole)
    with pytest.raises(FormatError, match="damaged"), KeptRuns(path, "hash", 5) as file:
        list(file.all())


def test_one_sweep_at_a_time(path: Path):
    with KeptRuns(path, "hash", 5), pytest.raises(LocalError, match="another sweep is writing here"):
        KeptRuns(path, "hash", 5)


def test_a_place_that_cannot_be_written(tmp_path: Path):
    with pytest.raises(LocalError, match=r"resume: .*cannot be written"):
        KeptRuns(tmp_path / "no such folder" / "x", "hash", 5)
    with pytest.raises(LocalError, match=r"resume: .*cannot be written .*no regular file"):
        KeptRuns(tmp_path, "hash", 5)
