"""One beacon out of a file, whatever the file is called."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import pytest

from drandlab.errors import FormatError
from drandlab.remote.tables.single_beacons import beacon_in_file

ROWS = [{"round": round, "signature": f"{round:02x}" * 48} for round in (3, 5, 8)]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("b.json", json.dumps(ROWS)),
        ("b.jsonl", "\n".join(map(json.dumps, ROWS))),
        ("b.csv", "round,signature\n" + "".join(f"{row['round']},{row['signature']}\n" for row in ROWS)),
        ("b", "\r\n".join(map(json.dumps, ROWS)) + "\n\n"),
        ("b.txt", "\ufeff" + "\n".join(map(json.dumps, ROWS))),
    ],
)
def test_the_first_beacon_of_the_rounds(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    for rounds, found in (([5], 5), ([8, 3], 3), ([4], None), ([], None)):
        beacon = beacon_in_file(tmp_path / name, rounds)
        assert (beacon and beacon.round) == found


def test_one_object_over_many_lines_and_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_text(json.dumps(ROWS[1], indent=2)))
    writer.start()
    beacon = beacon_in_file(pipe, [5])
    writer.join()
    assert beacon is not None and beacon.signature == bytes([5]) * 48


@pytest.mark.parametrize(
    ("name", "text", "where"),
    [
        ("b", "", "b"),
        ("b", "no json", "b"),
        ("b", "[1, 2]", "b"),
        ("b", '{"round": 5}', "signature"),
        ("b", json.dumps(ROWS[0]) + "\n{", "line 2"),
        ("b", json.dumps(ROWS[0]) + "\nx", "line 2"),
        ("b", json.dumps(ROWS[0])[:-3], "b"),
        ("b.json", "{", "b.json"),
        ("none", None, "none"),
    ],
)
def test_what_is_no_beacon_is_named(tmp_path: Path, name: str, text: str | None, where: str) -> None:
    if text is not None:
        (tmp_path / name).write_text(text)
    with pytest.raises(FormatError, match=where) as caught:
        beacon_in_file(tmp_path / name, [5])
    assert str(tmp_path / name) in str(caught.value)


def test_a_file_without_a_suffix_is_bounded(tmp_path: Path) -> None:
    (tmp_path / "b").write_text("\n" * ((1 << 20) + 1))
    with pytest.raises(FormatError, match="longer than"):
        beacon_in_file(tmp_path / "b", [5])
