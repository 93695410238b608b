"""Rounds and times, edge cases of production included."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drandlab.beacon import Schedule
from drandlab.beacon.rounds import LAST_TIME
from drandlab.errors import LocalError

schedules = st.builds(Schedule, st.integers(1, 10_000), st.integers(-(1 << 40), 1 << 40))


def test_cases_of_production(vectors):
    rows = vectors("drand")["round_time"]
    for row in rows["current_next"]:
        beat = Schedule(row["period"], row["genesis"])
        assert beat.round_at(row["now"]) == row["current_round"]
        assert beat.next_round(row["now"]) == (row["next_round"], row["next_time"])
    for row in rows["time_of_round"]:
        if row["period"] <= 0:
            continue  # refused when the chain info is made
        beat = Schedule(row["period"], row["genesis"])
        if row["time"] == rows["error_value"]:
            with pytest.raises(LocalError, match="too far in the future"):
                beat.round_time(row["round"])
        else:
            assert beat.round_time(row["round"]) == row["time"]
    assert rows["error_value"] == LAST_TIME


@given(schedules, st.integers(0, 1 << 40))
def test_a_round_is_current_from_its_time_to_the_next(beat, offset):
    now = beat.genesis_time + offset
    current = beat.round_at(now)
    assert beat.round_time(current) <= now < beat.round_time(current + 1)
    assert beat.next_round(now) == (current + 1, beat.round_time(current + 1))


@given(schedules, st.integers(1, 1 << 30), st.floats(0, 0.999))
def test_fractions_of_a_second_change_nothing(beat, round, fraction):
    assert beat.round_at(beat.round_time(round)) == round
    if abs(beat.round_time(round)) < 1 << 40:
        assert beat.round_at(beat.round_time(round) + fraction) == round


@given(schedules, st.integers(1, 1 << 40))
def test_before_genesis(beat, ahead):
    now = beat.genesis_time - ahead
    assert beat.round_at(now) == 1
    assert beat.next_round(now) == (1, beat.genesis_time)


def test_round_0_and_1_share_the_genesis_time():
    assert Schedule(30, 1000).round_time(0) == Schedule(30, 1000).round_time(1) == 1000


@pytest.mark.parametrize("now", ["1595431050", None, math.nan, True])
def test_now_of_the_wrong_kind(now):
    with pytest.raises(LocalError, match="now"):
        Schedule(30, 0).round_at(now)


@pytest.mark.parametrize("now", [math.inf, -math.inf])
def test_infinite_now(now):
    with pytest.raises(LocalError, match="now"):
        Schedule(30, 0).round_at(now)


@pytest.mark.parametrize("round", [-1, 1 << 64, 1.0, True, "1"])
def test_impossible_rounds(round):
    with pytest.raises(LocalError, match="round"):
        Schedule(30, 0).round_time(round)
