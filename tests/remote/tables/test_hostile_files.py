"""Over 300 files that were made to harm their reader: each gets one sentence, and costs little; none is changed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

pytestmark = pytest.mark.skipif(os.name != "posix", reason="links, devices, FIFOs and getrusage")

HOSTILE = Path(__file__).with_name("hostile.py")
MEGABYTES = 200


@pytest.fixture(scope="module")
def hostile() -> ModuleType:
    spec = spec_from_file_location("hostile", HOSTILE)
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def told(hostile: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What came of each file, by its name; the files are seen to be as they were."""
    folder = tmp_path_factory.mktemp("hostile")
    names = [path.name for path in hostile.make_all(folder)]
    before = {name: hostile.digest(folder / name) for name in names}
    done = subprocess.run(
        [sys.executable, HOSTILE, "read", folder, *names], cwd=folder, capture_output=True, text=True, timeout=300
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    # every name was come to: no crash, and no alarm
    assert [line["name"] for line in lines[2:]] == names, f"after {lines[-1]['name']}: {done.stderr[-2000:]}"
    assert done.stderr == ""  # what polars' own machine prints when it panics
    assert {name: hostile.digest(folder / name) for name in names} == before
    assert sorted(os.listdir(folder)) == sorted([*names, "good.jsonl", "warm.parquet"])
    return {line["name"]: line for line in lines}


def test_there_are_enough_of_them(told: dict[str, dict[str, Any]]) -> None:
    assert len(told) > 300


def test_each_ends_in_one_sentence(told: dict[str, dict[str, Any]]) -> None:
    for name, line in told.items():
        assert set(line["codes"]) <= {0, 1, 2}, line
        assert "Traceback" not in line["said"], line
        for sentence in line["said"].splitlines():
            assert len(sentence) < 1000 and "\x1b" not in sentence, line
        if set(line["codes"]) == {2}:
            assert name in line["said"], line


def test_none_takes_much_memory(told: dict[str, dict[str, Any]]) -> None:
    costs = {name: line["megabytes"] for name, line in told.items()}
    assert max(costs.values()) < MEGABYTES, max(costs.items(), key=lambda item: item[1])


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("one-giant.parquet", "a page of 67,108,868 bytes"),
        ("giants.parquet", "rows in"),
        ("cells-snappy.parquet", "a value of 100,000 bytes"),
        ("the-same-string.parquet", "3,000,000 rows in"),
        ("deep-footer.parquet", "damaged Parquet (invalid footer)"),
        ("frame-11.parquet", "columns in columns in columns"),
        ("view.sqlite", "beacons is a view in it, expected a plain table"),
        ("view-of-a-giant.db", "beacons is a view in it, expected a plain table"),
        ("virtual.db", "beacons is a virtual table in it, expected a plain table"),
        ("computed-VIRTUAL.db", "the column is computed, expected one that is stored"),
        ("giant.db", "string or blob too big"),
        ("schema-of-a-million.db", "a query on it does not end"),
        ("not-utf-8.db", "a text in it is not UTF-8"),
        ("cycle.db", "is used twice"),
        ("other-buckets.db", "without the bucket called beacons; there are dkg"),
        ("scenario-dotted.toml", "a key of more than 16 parts"),
        ("scenario-zero.toml", "longer than 1,048,576 bytes"),
        ("info-zero.json", "longer than 65,536 bytes"),
        ("zero.jsonl", "longer than 16384 bytes"),
        ("zero.parquet", "expected a .parquet file, but it begins with"),
        ("gzip.jsonl", "is compressed with gzip: unpack it first"),
        ("blank.csv", "got 262,144 bytes of empty lines"),
        ("one-row.csv", "a row over more than 16 lines"),
        ("loop.db", "Too many levels of symbolic links"),
        ("folder.csv", "is a folder"),
    ],
)
def test_it_says_what_is_wrong(told: dict[str, dict[str, Any]], name: str, rule: str) -> None:
    assert told[name]["codes"] == [2]
    assert rule in told[name]["said"]


def test_a_pipe_without_end_is_refused(tmp_path: Path) -> None:
    from drandlab.errors import FormatError
    from drandlab.remote.tables.read_files import read_beacons

    def pour(path: Path, piece: bytes) -> None:
        try:
            with path.open("wb") as pipe:
                while True:
                    pipe.write(piece)
        except BrokenPipeError:
            pass

    for suffix, piece in ((".jsonl", b"\n"), (".csv", b"\n"), (".json", b" "), (".jsonl", b"x"), (".db", b"x")):
        path = tmp_path / f"pipe{suffix}"
        path.unlink(missing_ok=True)
        os.mkfifo(path)
        poured = threading.Thread(target=pour, args=(path, piece * 4096))
        poured.start()
        with pytest.raises(FormatError, match=f"pipe{suffix}"):
            list(read_beacons(path))
        poured.join()
