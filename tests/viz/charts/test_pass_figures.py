"""Gaps between contacts and the rate through a pass: what is drawn adds up to what the windows and the budget say."""

from __future__ import annotations

import pytest

from drandlab.errors import LocalError
from drandlab.orbit.budget import Budget
from drandlab.orbit.contacts import Window, contact_share, contact_windows, longest_gap
from drandlab.orbit.satellites import ISS
from drandlab.orbit.stations import Station
from drandlab.viz.charts.pass_figures import gap_lengths, rate_through_pass

OLD = ISS["2021-01-27"]
LAUSANNE = Station("Lausanne", 46.5, 6.6)
START, END = OLD.epoch, OLD.epoch + 3 * 86_400
WINDOWS = contact_windows(OLD, LAUSANNE, START, END)


def window(rise: float, down: float) -> Window:
    return Window(
        satellite="a",
        station="b",
        rise=rise,
        culmination=rise,
        set=down,
        max_elevation_deg=20.0,
        range_km=900.0,
        light_time_ms=3.0,
    )


def test_every_gap_is_counted_the_first_and_the_last_too() -> None:
    chart = gap_lengths(WINDOWS, START, END)
    assert sum(chart.table["count"]) == len(WINDOWS) + 1
    assert chart.table["to"][-1] == pytest.approx(longest_gap(WINDOWS, START, END) / 60)
    share = 100 * (1 - contact_share(WINDOWS, START, END))
    assert f"{len(WINDOWS) + 1} gaps: median " in chart.alt and f"{share:.1f} % of the time." in chart.alt


def test_windows_that_overlap_or_reach_beyond_leave_no_gap_of_their_own() -> None:
    spans = [window(-5, 600), window(300, 1200), window(2400, 9999)]
    chart = gap_lengths(spans, 0, 3600)
    assert sum(chart.table["count"]) == 1
    assert "1 gap: median 20 minutes, longest 20 minutes, 33.3 % of the time." in chart.alt


def test_the_rate_is_that_of_the_budget_and_highest_at_the_culmination() -> None:
    own, budget = WINDOWS[0], Budget(1200, at_km=1500)
    chart = rate_through_pass(OLD, LAUSANNE, own, budget)
    times, rates = chart.table["seconds after the culmination"], chart.table["kbit/s"]
    assert times[0] == pytest.approx(own.rise - own.culmination, abs=0.01)
    assert times[-1] == pytest.approx(own.set - own.culmination, abs=0.01)
    best = rates.index(max(rates))
    assert abs(times[best]) < 5
    assert max(rates) == pytest.approx(8 * budget.rate_at(own.range_km) / 1000, rel=0.01)
    assert f"{int(budget.bytes_of(own, OLD, LAUSANNE) / 1000):,} kB fit." in chart.alt


def test_what_has_no_such_figure_is_refused() -> None:
    with pytest.raises(LocalError, match="windows: the satellite is in sight all the time"):
        gap_lengths([window(0, 10)], 2, 8)
    with pytest.raises(LocalError, match="end: must be after the start"):
        gap_lengths([], 8, 8)
    with pytest.raises(LocalError, match="window: is of a and b, not of ISS and Lausanne"):
        rate_through_pass(OLD, LAUSANNE, window(0, 10), Budget(1, at_km=1))
