"""The age of element sets: who is warned, and how far windows move with errors that are assumed."""

from __future__ import annotations

import pytest

from drandlab.errors import LocalError
from drandlab.orbit.ages import age_notices, shifts
from drandlab.orbit.elements import changed, circular
from drandlab.orbit.satellites import ISS
from drandlab.orbit.stations import Station

DAY = 86_400
OLD = ISS["2021-01-27"]
HERE = Station("Lausanne", 46.5, 6.6)


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [(0, 7, None), (-7, 0, None), (-7, 7, None), (0, 7.1, 7.1), (-8, 1, 8), (100, 101, 101), (-101, -100, 101)],
)
def test_a_notice_counts_from_the_epoch_to_the_farther_end(start: float, end: float, days: float | None) -> None:
    found = age_notices([OLD], OLD.epoch + start * DAY, OLD.epoch + end * DAY)
    assert [round(one.days, 6) for one in found] == ([] if days is None else [days])


def test_each_satellite_has_its_own_notice() -> None:
    new = ISS["2026-08-07"]
    [notice] = age_notices([OLD, new], new.epoch, new.epoch + DAY)
    assert notice.satellite == "ISS" and notice.days > 2000


def test_windows_move_more_the_older_the_set() -> None:
    day, week, month = shifts(OLD, HERE)
    assert (day.age_days, week.age_days, month.age_days) == (1, 7, 30)
    assert 0 < day.median_s < 1 < week.median_s < 10 < month.median_s < 200  # type: ignore[operator]
    assert all(one.lost == 0 and one.median_s <= one.worst_s for one in (day, week, month))  # type: ignore[operator]


def test_without_errors_nothing_moves() -> None:
    for one in shifts(OLD, [HERE], drag=0, motion=0):
        assert one.windows > 3 and one.worst_s == 0


def test_a_mean_motion_that_is_wrong_moves_windows_in_proportion() -> None:
    one = circular("s", altitude_km=525)
    first, second = shifts(one, Station("pole", 90, 0), (10, 20), drag=0, motion=1e-4)
    # 10 days at 1e-4 revolutions a day are 1e-3 of a revolution.
    assert first.median_s == pytest.approx(one.period * 1e-3, abs=0.3)
    assert second.median_s == pytest.approx(2 * first.median_s, abs=0.6)  # type: ignore[operator]


def test_nothing_to_compare_is_said() -> None:
    [one] = shifts(OLD, Station("pole", 90, 0), (1,))
    assert (one.windows, one.median_s, one.worst_s, one.lost) == (0, None, None, 0)


@pytest.mark.parametrize("change", [{"drag": "much"}, {"motion": 2}, {"days": -1}, {"ages": (-1,)}, {"ages": (1e6,)}])
def test_bounds(change: dict) -> None:
    with pytest.raises(LocalError, match=next(iter(change)).removesuffix("s")):
        shifts(OLD, HERE, **change)


@pytest.mark.parametrize("factor", [1, 1.3, 0, -1, 1e-4, 900])
def test_a_changed_drag_is_written_with_five_digits(factor: float) -> None:
    again = changed(OLD, drag_factor=factor)
    assert again.drag == pytest.approx(OLD.drag * factor, rel=1e-4, abs=1e-15)
    assert (again.epoch, again.mean_motion, again.line2) == (OLD.epoch, OLD.mean_motion, OLD.line2)
    assert factor != 1 or again == OLD
    with pytest.raises(LocalError, match="mean_motion_added"):
        changed(OLD, mean_motion_added=-20)


@pytest.mark.parametrize("day", ISS)
def test_the_drag_is_that_of_the_text(day: str) -> None:
    assert changed(ISS[day]) == ISS[day]
    assert ISS["2020-01-16"].drag == pytest.approx(2.1465e-5)
