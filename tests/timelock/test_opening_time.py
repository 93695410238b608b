"""When a file opens: durations as `tle` reads them, moments, rounds, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drandlab.beacon.rounds import Schedule
from drandlab.errors import LocalError, WrongType
from drandlab.remote.networks import networks
from drandlab.timelock.opening_time import (
    LONGEST,
    duration_seconds,
    moment_seconds,
    moment_text,
    opening_round,
    round_not_before,
)

QUICKNET = networks["quicknet"]
GENESIS = QUICKNET.genesis_time
DAY = 86_400


def at(*moment: int) -> int:
    return int(datetime(*moment, tzinfo=UTC).timestamp())  # type: ignore[arg-type]  # year, month, day, ...


JANUARY = at(2022, 1, 1)


@pytest.mark.parametrize(
    ("text", "now", "seconds"),
    [
        # the cases of tle's own tests
        ("1s", JANUARY, 1),
        ("1h", JANUARY, 3600),
        ("1d", JANUARY, DAY),
        ("1M", JANUARY, 31 * DAY),
        ("1y", JANUARY, 365 * DAY),
        ("1y1M1s", JANUARY, (365 + 31) * DAY + 1),
        ("2s1y1M", JANUARY, (365 + 31) * DAY + 2),
        ("203m", JANUARY, 203 * 60),
        ("4y0M1m", JANUARY, (4 * 365 + 1) * DAY + 60),
        # a day that is not there moves on, as Go's AddDate has it
        ("1M", at(2023, 1, 31), 31 * DAY),  # 3 March
        ("1M", at(2024, 1, 31, 23, 59, 59), 31 * DAY),  # 2 March
        ("1M", at(2023, 10, 31), 31 * DAY),  # 1 December
        ("1y", at(2024, 2, 29), 366 * DAY),  # 1 March
        ("13M", at(2023, 12, 15), (366 + 31) * DAY),  # 15 January 2025
        # every part counts from now, and the parts are added
        ("1y1M", at(2023, 2, 1), (365 + 28) * DAY),
        ("1w1d", JANUARY, 8 * DAY),
        ("007m", JANUARY, 420),
        (f"{LONGEST}s", 0, LONGEST),
        ("292y", at(2000, 1, 1), (at(2292, 1, 1) - at(2000, 1, 1))),
    ],
)
def test_a_duration_is_what_tle_makes_of_it(text: str, now: int, seconds: int) -> None:
    assert duration_seconds(text, now) == seconds
    assert duration_seconds(text, now + 0.75) == seconds


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "expected whole numbers with units"),
        ("1", "expected whole numbers with units"),
        ("d", "expected whole numbers with units"),
        ("1C", "expected whole numbers with units"),
        ("1D", "expected whole numbers with units"),
        ("1d 2h", "expected whole numbers with units"),
        ("-1d", "expected whole numbers with units"),
        ("+1d", "expected whole numbers with units"),
        ("1.5h", "expected whole numbers with units"),
        ("1d\n", "expected whole numbers with units"),
        ("١d", "expected whole numbers with units"),
        ("1ms", "expected whole numbers with units"),
        ("1d2h3d", "the unit d comes twice"),
        ("1d1d", "the unit d comes twice"),
        ("0s", "above 0"),
        ("0y0M0d", "above 0"),
        ("293y", "292 years"),
        (f"{LONGEST + 1}s", "292 years"),
        ("292y200d", "292 years"),
        ("292277042628y", "292 years"),
        ("292277042627y12m1d", "292 years"),
        (f"{'9' * 5000}d", "292 years"),
        (f"{'9' * 5000}M", "292 years"),
    ],
)
def test_a_duration_that_is_none_is_one_sentence(text: str, says: str) -> None:
    with pytest.raises(LocalError, match=says) as caught:
        duration_seconds(text, JANUARY)
    assert caught.value.argument == "duration" and len(str(caught.value)) < 300


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2027-01-01T00:00:00Z", at(2027, 1, 1)),
        ("2027-01-01t00:00:00z", at(2027, 1, 1)),
        ("2027-01-01 00:00:00Z", at(2027, 1, 1)),
        ("2027-01-01T00:00:00-00:00", at(2027, 1, 1)),
        ("2027-01-01T01:30:00+01:30", at(2027, 1, 1)),
        ("2026-12-31T19:00:00-05:00", at(2027, 1, 1)),
        ("2027-01-01T00:00:00.000Z", at(2027, 1, 1)),
        ("2027-01-01T00:00:00.000001Z", at(2027, 1, 1) + 1),
        ("2027-01-01", at(2027, 1, 1)),
        ("2024-02-29", at(2024, 2, 29)),
        ("9999-12-31T23:59:59Z", 253_402_300_799),
        ("0001-01-01", -62_135_596_800),
    ],
)
def test_a_moment_names_its_zone_or_is_a_date_of_utc(text: str, seconds: int) -> None:
    assert moment_seconds(text) == seconds


@pytest.mark.parametrize("text", ["2027-01-01T00:00:00", "2027-01-01 12:00:00.5"])
def test_a_moment_without_zone_is_refused(text: str) -> None:
    with pytest.raises(LocalError, match="names no zone") as caught:
        moment_seconds(text)
    assert caught.value.argument == "at"


@pytest.mark.parametrize(
    "text",
    ["", "tomorrow", "2027", "2027-1-1", "2027-02-29", "2027-13-01", "2027-01-01Z", "2027-01-01T24:00:00Z",
     "1798761600", "2027-01-01T00:00:60Z", "2027-01-01T00:00Z", "2027-01-01T00:00:00+25:00",
     "2027-01-01T00:00:00+0100", "0000-01-01", "2027-01-01T00:00:00Z ", "２０２７-01-01"],
)  # fmt: skip
def test_a_moment_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(LocalError, match="expected a moment"):
        moment_seconds(text)


@given(st.integers(1, 100), st.integers(-(10**10), 10**10), st.integers(-(10**10), 10**10))
def test_the_round_of_a_moment_is_the_first_that_is_not_before_it(period: int, genesis: int, moment: int) -> None:
    schedule = Schedule(period, genesis)
    found = round_not_before(schedule, moment)
    assert schedule.round_time(found) >= moment
    assert found == 1 or schedule.round_time(found - 1) < moment


def test_a_duration_takes_the_round_that_is_current_at_its_end_and_a_moment_the_next_one() -> None:
    now = GENESIS + 3000
    assert opening_round(QUICKNET, now=now, duration="1s") == opening_round(QUICKNET, now=now, duration="2s") == 1001
    assert opening_round(QUICKNET, now=now, duration="3s") == 1002
    assert opening_round(QUICKNET, now=now + 0.9, duration="2s") == 1001
    text = moment_text(now + 1)
    assert opening_round(QUICKNET, now=now, at=text) == 1002
    assert opening_round(QUICKNET, now=0, duration="1h") == 1


def test_what_is_past_needs_force() -> None:
    now = GENESIS + 3000  # round 1001 has just come
    assert opening_round(QUICKNET, now=now, round=1001) == 1001
    for asked in ({"round": 1000}, {"round": 1}, {"at": "2023-08-23"}, {"at": moment_text(now - 1)}):
        with pytest.raises(LocalError, match="past") as caught:
            opening_round(QUICKNET, now=now, **asked)
        assert caught.value.code == "past" and caught.value.argument in asked
    assert opening_round(QUICKNET, now=now, round=1, force=True) == 1
    assert opening_round(QUICKNET, now=now, at="2023-08-23", force=True) == 1
    assert opening_round(QUICKNET, now=now, at=moment_text(now - 1), force=True) == 1001


@pytest.mark.parametrize("asked", [{}, {"round": 5, "duration": "1d"}, {"duration": "1d", "at": "2027-01-01"}])
def test_exactly_one_way_to_say_when(asked: dict) -> None:
    with pytest.raises(LocalError, match="one of round, duration and at"):
        opening_round(QUICKNET, now=0, **asked)


@pytest.mark.parametrize("round", [0, -1, 1 << 64])
def test_a_round_counts_from_one_in_64_bits(round: int) -> None:
    with pytest.raises(LocalError) as caught:
        opening_round(QUICKNET, now=0, round=round, force=True)
    assert caught.value.argument == "round"


def test_the_last_round_is_one_though_it_has_no_time() -> None:
    assert opening_round(QUICKNET, now=0, round=(1 << 64) - 1) == (1 << 64) - 1


def test_weird_values_are_the_callers_mistake() -> None:
    with pytest.raises(WrongType):
        opening_round(QUICKNET, now=0, round=True)
    with pytest.raises(WrongType):
        opening_round(QUICKNET, now=0, duration=b"1d")  # type: ignore[arg-type]
    with pytest.raises(LocalError):
        opening_round(QUICKNET, now=float("nan"), round=1)
    with pytest.raises(LocalError):
        duration_seconds("1d", 10**30)
