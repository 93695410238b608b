from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drandlab.errors import LocalError
from drandlab.orbit.budget import Budget, path_loss_db, ranges, slant_range
from drandlab.orbit.contacts import contact_windows
from drandlab.orbit.satellites import ISS
from drandlab.orbit.stations import Station

OLD = ISS["2021-01-27"]
HERE = Station("Lausanne", 46.5, 6.6)


def test_the_iss_loses_about_eleven_decibels_between_ten_degrees_and_the_zenith() -> None:
    found = contact_windows(OLD, HERE, OLD.epoch, OLD.epoch + 10 * 86_400)
    rises = [ranges(OLD, HERE, one.rise, 1, 1)[0] for one in found if not one.clipped_start]
    nearest, farthest = min(one.range_km for one in found), max(rises)
    assert (round(nearest), round(farthest)) == (pytest.approx(436, abs=6), pytest.approx(1496, abs=20))
    assert path_loss_db(farthest, nearest) == pytest.approx(10.7, abs=0.25)
    assert path_loss_db(slant_range(10, 430), slant_range(90, 430)) == pytest.approx(10.9, abs=0.1)


@given(st.floats(0, 90), st.floats(100, 40_000))
def test_the_slant_range_lies_between_the_altitude_and_the_horizon(elevation: float, altitude: float) -> None:
    distance = slant_range(elevation, altitude)
    assert altitude - 1e-6 <= distance <= slant_range(0, altitude) + 1e-6
    # The law of cosines in the triangle of the Earth's centre, the station and the satellite.
    other = math.sqrt(6378.135**2 + distance**2 + 2 * 6378.135 * distance * math.sin(math.radians(elevation)))
    assert other == pytest.approx(6378.135 + altitude, abs=1e-6)


@given(st.floats(1, 1e9), st.floats(1, 1e5), st.floats(1.01, 100))
def test_the_rate_falls_with_the_square_of_the_range(rate: float, at: float, factor: float) -> None:
    one = Budget(rate, at)
    assert one.rate_at(at) == pytest.approx(rate)
    assert one.rate_at(at * factor) == pytest.approx(rate / factor**2)
    assert 10 * math.log10(one.rate_at(at) / one.rate_at(at * factor)) == pytest.approx(path_loss_db(at * factor, at))


def test_a_pass_holds_what_its_rates_add_up_to() -> None:
    [window] = contact_windows(OLD, HERE, OLD.epoch, OLD.epoch + 7200)
    one = Budget(1200, 1500)
    seconds = math.floor(window.duration)
    fine = sum(one.rate_at(distance) for distance in ranges(OLD, HERE, window.rise, 1, seconds))
    assert one.bytes_of(window, OLD, HERE) == pytest.approx(fine, rel=0.01)
    assert one.bytes_of(window, OLD, HERE) > 3 * 1200 * window.duration


def test_a_moment_holds_nothing() -> None:
    one = Budget(1200, 1500)
    assert one.bytes_in([]) == one.bytes_in([500]) == 0


def test_bounds() -> None:
    for rate, at, name in ((0, 1, "rate"), (1, -1, "at_km"), (float("nan"), 1, "rate"), (1, None, "at_km")):
        with pytest.raises(LocalError, match=name):
            Budget(rate, at)  # type: ignore[arg-type]
    with pytest.raises(LocalError, match="elevation_deg"):
        slant_range(91, 420)
    with pytest.raises(LocalError, match="range_km"):
        Budget(1, 1).rate_at(0)
    [window] = contact_windows(OLD, HERE, OLD.epoch, OLD.epoch + 7200)
    with pytest.raises(LocalError, match="window: is of ISS and Lausanne, not of ISS and there"):
        Budget(1, 1).bytes_of(window, OLD, Station("there", 0, 0))
