"""Contact windows: laws that hold for every orbit, the figures that are published, and what cannot be computed."""

from __future__ import annotations

import math
import subprocess
import sys
from dataclasses import replace

import pytest

from drandlab.errors import LocalError
from drandlab.orbit.contacts import Window, contact_share, contact_windows, longest_gap, union
from drandlab.orbit.elements import ElementSet, circular
from drandlab.orbit.satellites import ISS, crypto1_like
from drandlab.orbit.stations import Station

DAY = 86_400
OLD = ISS["2021-01-27"]
LAUSANNE = Station("Lausanne", 46.5, 6.6)


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


# -- published figures ------------------------------------------------------------------------------------------------

SAN_FRANCISCO = Station("San Francisco", 37.8, -122.4)
SANTIAGO = Station("Santiago", -33.5, -70.6)
SINGAPORE = Station("Singapore", 1.4, 103.8)
SVALBARD = Station("Svalbard", 78.2, 15.4)


@pytest.mark.parametrize(
    ("station", "mask", "passes", "median", "longest", "share"),
    [
        (LAUSANNE, 5, 5.8, 497, 515, 3.14),
        (LAUSANNE, 10, 5.4, 383, 407, 2.28),
        (SAN_FRANCISCO, 10, 4.8, 338, 406, 1.73),
        (SANTIAGO, 10, 4.0, 360, 410, 1.46),
        (SINGAPORE, 10, 2.9, 330, 399, 0.97),
        (SVALBARD, 0, 0, None, None, 0),
    ],
)
def test_ten_days_of_the_iss_are_as_published(
    station: Station, mask: float, passes: float, median: float | None, longest: float | None, share: float
) -> None:
    start, end = OLD.epoch, OLD.epoch + 10 * DAY
    found = contact_windows(OLD, station, start, end, mask=mask)
    lengths = sorted(one.duration for one in found)
    # The two counts differ by a pass of some seconds where a coordinate was rounded to a tenth of a degree.
    assert len(found) / 10 == pytest.approx(passes, abs=0.11)
    assert 100 * contact_share(found, start, end) == pytest.approx(share, abs=0.015)
    if median is not None:
        assert lengths[len(lengths) // 2] == pytest.approx(median, abs=1.5)
        assert lengths[-1] == pytest.approx(longest, abs=1)


def test_a_polar_station_sees_a_polar_satellite_on_nearly_every_orbit() -> None:
    one = crypto1_like()
    found = contact_windows(one, SVALBARD, one.epoch, one.epoch + 10 * DAY)
    assert len(found) / 10 == pytest.approx(10.9, abs=0.2)
    assert 100 * contact_share(found, one.epoch, one.epoch + 10 * DAY) == pytest.approx(5.05, abs=0.1)


# -- what cannot be ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"mask": 90}, "mask: expected degrees below 90, got 90"),
        ({"mask": -91}, "mask: expected degrees of at least -90, got -91"),
        ({"mask": math.nan}, "mask"),
        ({"mask": "10"}, "mask"),
        ({"end": OLD.epoch}, "end: must be after the start"),
        ({"end": OLD.epoch - 1}, "end: must be after the start"),
        ({"end": OLD.epoch + 367 * DAY}, "end: must be at most 366 days after the start"),
        ({"start": math.inf}, "start"),
        ({"start": None}, "start"),
        ({"satellites": [OLD, OLD]}, "satellites: two are named 'ISS'; names tell them apart"),
        ({"stations": [LAUSANNE, LAUSANNE]}, "stations: two are named 'Lausanne'"),
        ({"satellites": 5}, "satellites: expected ElementSet objects, got 5"),
        ({"stations": [None]}, "stations: expected Station objects, got None"),
    ],
)
def test_bad_arguments_are_named(change: dict[str, object], words: str) -> None:
    given = {"satellites": OLD, "stations": LAUSANNE, "start": OLD.epoch, "end": OLD.epoch + DAY, "mask": 10}
    with pytest.raises(LocalError) as raised:
        contact_windows(**(given | change))  # type: ignore[arg-type]
    assert words in str(raised.value)


def test_sgp4_in_plain_python_gives_the_same_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no wheel for the machine, as in a browser, the package sgp4 computes without its compiled part."""
    import sgp4.api
    import sgp4.model

    compiled = contact_windows(OLD, LAUSANNE, OLD.epoch, OLD.epoch + DAY)
    monkeypatch.setattr(sgp4.api, "Satrec", sgp4.model.Satrec)
    plain = ElementSet("plain", OLD.line1, OLD.line2)
    found = contact_windows(plain, LAUSANNE, OLD.epoch, OLD.epoch + DAY)
    assert [replace(one, satellite="ISS") for one in found] == compiled != []


def test_a_satellite_that_has_decayed_is_refused() -> None:
    with pytest.raises(LocalError) as raised:
        contact_windows(OLD, LAUSANNE, OLD.epoch + 20 * 365 * DAY, OLD.epoch + 20 * 365 * DAY + DAY)
    assert raised.value.code == "decayed"
    assert "SGP4 gives no position of satellite ISS at 2041-01-22" in str(raised.value)


def test_elements_that_lead_sgp4_anywhere_are_refused() -> None:
    """SGP4 gives positions for them, beyond the nearest stars."""
    absurd = circular("s", altitude_km=20_000, inclination_deg=55)
    line = absurd.line1[:53] + "-99999+9" + absurd.line1[61:68]
    total = sum(int(c) if c.isdigit() else c == "-" for c in line)
    absurd = ElementSet("absurd", line + str(total % 10), absurd.line2)
    with pytest.raises(LocalError) as raised:
        contact_windows(absurd, LAUSANNE, absurd.epoch, absurd.epoch + 30 * DAY)
    assert raised.value.code == "decayed"


def test_nobody_sees_nothing() -> None:
    assert (
        contact_windows([], [], 0, 1) == contact_windows([OLD], [], 0, 1) == contact_windows([], LAUSANNE, 0, 1) == []
    )


# -- satellites that are far away -------------------------------------------------------------------------------------


def test_a_geostationary_satellite_is_seen_always_or_never() -> None:
    far = circular("far", altitude_km=35_786, inclination_deg=0)
    start, end = far.epoch, far.epoch + 3 * DAY
    places = [Station(str(longitude), 0, longitude) for longitude in range(-180, 180, 20)]
    seen = contact_windows(far, places, start, end, mask=10)
    assert 0 < len(seen) < len(places)
    for one in seen:
        assert (one.rise, one.set, one.clipped_start, one.clipped_end) == (start, end, True, True)
        assert start <= one.culmination <= end and one.range_km > 35_000
        assert one.light_time_ms == pytest.approx(one.range_km / 299.792458, abs=1e-3)


# -- all pairs together -----------------------------------------------------------------------------------------------


def test_the_union_of_windows_has_no_overlaps() -> None:
    assert union([]) == []
    assert union([window(5, 8), window(1, 3), window(3, 4), window(1, 2)]) == [(1, 4), (5, 8)]


def test_the_share_and_the_longest_gap_count_the_ends_of_the_interval() -> None:
    seen = [window(10, 20), window(15, 30), window(40, 50)]
    assert contact_share(seen, 0, 100) == 0.3
    assert longest_gap(seen, 0, 100) == 50
    assert longest_gap(seen, -45, 60) == 55
    assert longest_gap(seen, 12, 45) == 10
    assert contact_share(seen, 15, 25) == 1 and longest_gap(seen, 15, 25) == 0
    assert (contact_share([], 0, 5), longest_gap([], 0, 5)) == (0, 5)
    for function in (contact_share, longest_gap):
        with pytest.raises(LocalError, match="end: must be after the start"):
            function([], 1, 1)


def test_what_uses_windows_need_not_load_numpy() -> None:
    heavy = "sys.exit('numpy' in sys.modules or 'sgp4' in sys.modules)"
    probe = f"import sys, drandlab.orbit, drandlab.orbit.satellites; {heavy}"
    assert subprocess.run([sys.executable, "-c", probe]).returncode == 0
