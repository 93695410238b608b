"""``drandlab contacts``: JSON key for key, the table, the warning, and input that cannot be used."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from drandlab.cli.commands import contacts
from drandlab.orbit.contacts import contact_share, contact_windows, longest_gap
from drandlab.orbit.satellites import ISS
from drandlab.orbit.stations import Station

OLD = ISS["2021-01-27"]
NEW = ISS["2026-08-07"]
HERE = "Lausanne=46.5,6.6"
KEYS = ["satellite", "station", "rise", "culmination", "set", "max_elevation_deg", "range_km", "light_time_ms"]


@pytest.fixture
def tle(tmp_path: Path) -> Path:
    path = tmp_path / "iss.tle"
    path.write_text(f"0 ISS (ZARYA)\r\n{OLD.line1}\r\n{OLD.line2}  \r\n", encoding="utf-8-sig", newline="")
    return path


def test_json_has_the_keys_of_the_surface_and_nothing_else(drandlab: Callable, tle: Path) -> None:
    answer = drandlab("contacts", "--tle", tle, "--station", HERE, "--station", "-33.9,18.4,25", "--json")
    found = json.loads(answer.out)
    assert (answer.code, answer.err) == (0, "")
    assert list(found) == ["start", "end", "mask_deg", "windows", "contact_s", "contact_share", "longest_gap_s"]
    assert (found["start"], found["end"], found["mask_deg"]) == (OLD.epoch, OLD.epoch + 86_400, 10)
    rises = [window["rise"] for window in found["windows"]]
    assert len(rises) > 8 and rises == sorted(rises)
    for window in found["windows"]:
        assert list(window) == KEYS  # none is cut
        assert window["satellite"] == "ISS (ZARYA)" and window["station"] in ("Lausanne", "-33.9,18.4,25")
        assert window["rise"] < window["culmination"] < window["set"]
        assert window["light_time_ms"] == pytest.approx(window["range_km"] / 299.792458, abs=1e-3)
    places = [Station("a", 46.5, 6.6), Station("b", -33.9, 18.4, 25)]
    windows = contact_windows(OLD, places, found["start"], found["end"])
    assert [one.rise for one in windows] == rises
    assert found["contact_s"] == pytest.approx(86_400 * found["contact_share"], abs=0.002)
    assert found["contact_share"] == contact_share(windows, found["start"], found["end"])
    assert found["longest_gap_s"] == pytest.approx(longest_gap(windows, found["start"], found["end"]), abs=0.001)


def test_a_window_that_the_interval_cuts_says_so(drandlab: Callable) -> None:
    [window] = contact_windows(NEW, Station("x", 46.5, 6.6), NEW.epoch, NEW.epoch + 86_400)[:1]
    for start, days, cut in (
        (window.culmination, 0.004, {"clipped_start"}),
        (window.rise - 10, 100 / 86_400, {"clipped_end"}),
        (window.culmination, 10 / 86_400, {"clipped_start", "clipped_end"}),
    ):
        call = ("contacts", "--tle", "iss", "--station", HERE, "--start", f"{start:.3f}", "--days", days)
        [row] = json.loads(drandlab(*call, "--json").out)["windows"]
        assert {key for key in row if row[key] is True} == cut == row.keys() - set(KEYS)
        assert "* cut by the interval" in drandlab(*call).out


@pytest.mark.parametrize("start", ["2026-08-07T02:00:00+02:00", "2026-08-07t00:00:00z", "1786060800", "1786060800.0"])
def test_the_start_is_a_moment_or_unix_seconds(drandlab: Callable, start: str) -> None:
    answer = drandlab("contacts", "--tle", "iss", "--station", HERE, "--start", start, "--days", "0.5", "--json")
    found = json.loads(answer.out)
    assert (found["start"], found["end"]) == (1786060800, 1786060800 + 43_200)


def test_people_see_a_table_with_times_in_utc(drandlab: Callable) -> None:
    answer = drandlab("contacts", "--tle", "iss", "--station", HERE, "--station", "pole=90,0", "--days", "2")
    lines = answer.out.splitlines()
    assert (answer.code, answer.err) == (0, "")
    assert " ".join(lines[0].split()) == "satellite station rise (UTC) culmination set lasts highest range light"
    assert lines[1].split()[:3] == ["ISS", "Lausanne", "2026-08-07"]
    count = sum(line.startswith("ISS ") for line in lines)
    assert f"windows     {count} windows of 2 pairs of satellite and station" in lines
    assert "from        2026-08-07T00:30:50Z to 2026-08-09T00:30:50Z, above 10°" in lines


def test_a_narrow_terminal_has_whole_times(drandlab: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contacts, "WIDE", 1000)
    lines = drandlab("contacts", "--tle", "iss", "--station", HERE).out.splitlines()
    assert " ".join(lines[0].split()) == "satellite station rise (UTC) set lasts highest range"
    rows = [line for line in lines if line.startswith("ISS ")]
    assert rows and max(map(len, rows)) <= 80
    assert all(re.match(r"ISS +Lausanne +2026-08-0\d \d\d:\d\d:\d\d +\d\d:\d\d:\d\d +\d+ s ", row) for row in rows)


def test_of_very_many_windows_the_first_are_shown(drandlab: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contacts, "SHOWN", 2)
    call = ("contacts", "--tle", "iss", "--station", HERE, "--days", "2")
    total = len(json.loads(drandlab(*call, "--json").out)["windows"])
    lines = drandlab(*call).out.splitlines()
    assert sum(line.startswith("ISS ") for line in lines) == 2 < total
    assert f"… and {total - 2} more; --json has them all" in lines
    assert f"windows     {total} windows of 1 pair of satellite and station" in lines


def test_nothing_to_see_is_no_error(drandlab: Callable) -> None:
    answer = drandlab("contacts", "--tle", "iss", "--station", "pole=90,0", "--json")
    found = json.loads(answer.out)
    assert (answer.code, found["windows"], found["contact_s"], found["contact_share"]) == (0, [], 0, 0)
    assert found["longest_gap_s"] == 86_400
    assert "windows     0 windows of 1 pair" in drandlab("contacts", "--tle", "iss", "--station", "pole=90,0").out


def test_satellites_of_one_name_are_told_apart(drandlab: Callable, tle: Path) -> None:
    again = ("contacts", "--tle", tle, "--tle", tle, "--station", HERE, "--json")
    found = json.loads(drandlab(*again).out)["windows"]
    assert [row["satellite"] for row in found[:2]] == ["ISS (ZARYA)", "ISS (ZARYA) (2)"]


def test_an_old_set_is_warned_of_and_a_decayed_one_refused(drandlab: Callable, tle: Path) -> None:
    call = ("contacts", "--tle", tle, "--station", HERE, "--json")
    answer = drandlab(*call, "--days", "9")
    assert answer.code == 0 and json.loads(answer.out)["windows"]
    assert answer.err.startswith("drandlab: ISS (ZARYA): the interval reaches 9.0 days from the epoch")
    assert answer.err.count("\n") == 1
    assert drandlab(*call, "--days", "7").err == ""
    answer = drandlab(*call, "--start", "2045-01-01T00:00:00Z")
    assert (answer.code, answer.out) == (2, "")
    assert "SGP4 gives no position of satellite ISS (ZARYA) at 2045-01-01" in answer.err


BAD: dict[str, tuple[tuple[object, ...], str]] = {
    "mask": (("--mask", "90"), "mask: expected degrees below 90, got 90.0"),
    "mask nan": (("--mask", "nan"), "mask: expected degrees"),
    "mask low": (("--mask", "-100"), "mask: expected degrees of at least -90, got -100.0"),
    "mask word": (("--mask", "low"), "invalid value for '--mask'"),
    "days 0": (("--days", "0"), "days: expected a number above 0, got 0.0"),
    "days -1": (("--days", "-1"), "days: expected a number above 0, got -1.0"),
    "days inf": (("--days", "inf"), "days: expected a number above 0, got inf"),
    "days long": (("--days", "1e6"), "days: expected at most 366, got 1e+06"),
    "days tiny": (("--days", "1e-12"), "end: must be after the start"),
    "start word": (("--start", "today"), "start: expected a moment such as 2026-01-01T00:00:00Z"),
    "start no offset": (("--start", "2026-01-01T00:00:00"), "start: expected a moment such as"),
    "start day 31": (("--start", "2026-02-31T00:00:00Z"), "start: expected a moment such as"),
    "start far": (("--start", "9999-01-01T00:00:00Z"), "start: expected UNIX seconds of the years 1957 to 2099"),
    "latitude": (("--station", "x=91,0"), "station 'x=91,0' latitude: expected degrees from -90 to 90, got 91.0"),
    "one number": (("--station", "x=91"), "station 'x=91': expected [NAME=]LAT,LON[,HEIGHT_M]"),
    "nan": (("--station", "x=nan,0"), "'nan' is no number"),
    "twice": (("--station", "Lausanne=1,2"), "stations: two are named 'Lausanne'; names tell them apart"),
    "no file": (("--tle", "none.tle"), "none.tle: cannot be read: No such file or directory"),
}


@pytest.mark.parametrize(("change", "sentence"), BAD.values(), ids=list(BAD))
def test_unusable_input_is_one_sentence(drandlab: Callable, change: tuple[object, ...], sentence: str) -> None:
    answer = drandlab("contacts", "--tle", "iss", "--station", HERE, *change)
    assert (answer.code, answer.out) == (2, "")
    assert sentence in answer.err and answer.err.count("\n") == 1


@pytest.mark.parametrize("missing", ["--tle", "--station"])
def test_both_are_asked_for(drandlab: Callable, missing: str) -> None:
    given = {"--tle": "iss", "--station": HERE}
    del given[missing]
    answer = drandlab("contacts", *(part for pair in given.items() for part in pair))
    assert answer.code == 2 and f"missing option '{missing}'" in answer.err


def test_a_broken_line_is_named_with_its_file(drandlab: Callable, tmp_path: Path) -> None:
    path = tmp_path / "broken.tle"
    path.write_text(f"A\n{OLD.line1}\n{OLD.line2}\nB\n{OLD.line1[:-1]}0\n{OLD.line2}\n", encoding="utf-8")
    answer = drandlab("contacts", "--tle", "iss", "--tle", path, "--station", HERE)
    assert (answer.code, answer.out) == (2, "")
    assert f"{path}, line 5: the checksum is 0, but the 68 characters before it give 1" in answer.err
    path.write_bytes(b"")
    assert f"{path}: holds no element set" in drandlab("contacts", "--tle", path, "--station", HERE).err


def test_whatever_the_arguments_no_error_of_a_library_comes_out(drandlab: Callable, tle: Path) -> None:
    rng = random.Random(7)
    words = [
        "",
        "-1",
        "1e400",
        "nan",
        "-inf",
        "\x1b[31m",
        "é",
        "=",
        "1,2",
        "a=1,2,3,4",
        "0x10",
        "9" * 400,
        "٤,٤",
        "1;2",
    ]
    words += ["2026-13-01T00:00:00Z", "2026-01-01T00:00:60Z", "2026-01-01T24:00:00Z", "-410227200", "1e9", "45", "0.01"]
    codes = set()
    for _ in range(80):
        option = rng.choice(["--mask", "--start", "--days", "--station", "--tle"])
        answer = drandlab("contacts", "--tle", tle, "--station", HERE, option, rng.choice(words))
        codes.add(answer.code)
        assert answer.code in (0, 2) and "Traceback" not in answer.err
        assert answer.code == 0 or answer.err.startswith("drandlab: ")
    assert codes == {0, 2}
