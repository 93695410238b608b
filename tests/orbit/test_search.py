"""Laws of the search: they hold for every orbit, station and mask, and no pass is too short to be found."""

from __future__ import annotations

import tracemalloc
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from drandlab.orbit import search
from drandlab.orbit.contacts import Window, contact_share, contact_windows
from drandlab.orbit.elements import ElementSet, circular
from drandlab.orbit.geometry import earth_fixed, horizon
from drandlab.orbit.satellites import ISS, crypto1_like
from drandlab.orbit.stations import Station

DAY = 86_400
OLD = ISS["2021-01-27"]
MILLISECOND = 0.0011
"""Times are rounded to a millisecond."""

# A Molniya orbit: 12 hours, eccentricity 0.72; SGP4 takes it as deep space.
MOLNIYA = ElementSet(
    "molniya",
    "1 99998U          26001.00000000  .00000000  00000-0  00000-0 0    17",
    "2 99998  63.4000  40.0000 7200000 270.0000   0.0000  2.00600000    10",
)

lawful = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
orbits = st.builds(
    lambda altitude, inclination, node, anomaly: circular(
        "s", altitude_km=altitude, inclination_deg=inclination, node_deg=node, anomaly_deg=anomaly
    ),
    st.one_of(st.floats(160, 2000), st.sampled_from([8000.0, 20_200.0, 35_786.0, 60_000.0])),
    st.floats(0, 180),
    st.floats(0, 360),
    st.floats(0, 360),
)
satellites = st.one_of(orbits, st.just(MOLNIYA))
stations = st.builds(
    lambda *numbers: Station("here", *numbers), st.floats(-90, 90), st.floats(-180, 180), st.floats(-100, 5000)
)
masks = st.floats(-10, 85)


def elevations(satellite: ElementSet, station: Station, moments: np.ndarray | list[float]) -> np.ndarray:
    """Degrees above the horizon at UNIX times."""
    times = np.asarray(moments, float)
    day = int(times.min() // DAY)
    sines, _ = horizon([station]).sines(earth_fixed(satellite, day, times - day * DAY))
    return np.degrees(np.arcsin(np.clip(sines[:, 0], -1, 1)))


def inside(windows: list[Window], moments: np.ndarray) -> np.ndarray:
    found = np.zeros(len(moments), bool)
    for one in windows:
        found |= (moments >= one.rise) & (moments <= one.set)
    return found


@lawful
@given(satellites, stations, masks)
@example(crypto1_like(), Station("pole", 90, 0), 10.0)
@example(MOLNIYA, Station("here", 60, 30), 10.0)
def test_above_the_mask_within_and_below_it_outside(satellite: ElementSet, station: Station, mask: float) -> None:
    start, end = satellite.epoch + 1234.5, satellite.epoch + 1234.5 + DAY
    found = contact_windows(satellite, station, start, end, mask=mask)
    moments = np.arange(start, end, 7.0)
    heights = elevations(satellite, station, moments)
    edges = np.array([edge for one in found for edge in (one.rise, one.set)] or [0.0])
    away = np.abs(moments[:, None] - edges).min(axis=1) > MILLISECOND
    assert np.array_equal(inside(found, moments)[away], (heights >= mask)[away])
    assert [one.rise for one in found] == sorted(one.rise for one in found)
    for one in found:
        assert start <= one.rise <= one.culmination <= one.set <= end and one.rise < one.set
        top = elevations(satellite, station, [one.culmination])[0]
        assert one.max_elevation_deg == pytest.approx(top, abs=1e-3)
        within = heights[(moments >= one.rise) & (moments <= one.set)]
        assert one.max_elevation_deg >= within.max(initial=-90) - 1e-3
        assert one.clipped_start == (one.rise == start) and one.clipped_end == (one.set == end)
    for earlier, later in pairwise(found):
        assert earlier.set < later.rise


@lawful
@given(satellites, stations, masks)
def test_at_rise_and_set_the_elevation_is_the_mask(satellite: ElementSet, station: Station, mask: float) -> None:
    found = contact_windows(satellite, station, satellite.epoch, satellite.epoch + DAY, mask=mask)
    edges = [one.rise for one in found if not one.clipped_start] + [one.set for one in found if not one.clipped_end]
    if edges:
        # A satellite moves by at most some degrees a second on the sky, and times are rounded to a millisecond.
        around = [elevations(satellite, station, [edge - MILLISECOND, edge + MILLISECOND]) for edge in edges]
        assert all((pair.min() <= mask + 1e-9) and (pair.max() >= mask - 1e-9) for pair in around)


@lawful
@given(satellites, stations, masks, st.floats(0.01, 30))
def test_a_higher_mask_gives_windows_within_those_of_a_lower_one(
    satellite: ElementSet, station: Station, mask: float, more: float
) -> None:
    start, end = satellite.epoch, satellite.epoch + DAY
    wide = contact_windows(satellite, station, start, end, mask=mask)
    narrow = contact_windows(satellite, station, start, end, mask=min(mask + more, 89.9))
    for one in narrow:
        assert [w for w in wide if w.rise <= one.rise + MILLISECOND and one.set <= w.set + MILLISECOND]
    assert contact_share(narrow, start, end) <= contact_share(wide, start, end) + 1e-6


@lawful
@given(satellites, stations, masks, st.floats(0.001, 0.999))
def test_an_interval_in_two_parts_has_the_same_windows(
    satellite: ElementSet, station: Station, mask: float, cut: float
) -> None:
    start, end = satellite.epoch, satellite.epoch + DAY
    middle = start + cut * DAY
    whole = contact_windows(satellite, station, start, end, mask=mask)
    parts = [
        *contact_windows(satellite, station, start, middle, mask=mask),
        *contact_windows(satellite, station, middle, end, mask=mask),
    ]
    # The two halves of a window that the cut goes through are put together again.
    joined: list[list[float]] = []
    for one in parts:
        if joined and one.rise == middle == joined[-1][1]:
            joined[-1][1] = one.set
        else:
            joined.append([one.rise, one.set])
    longer = [pair for pair in joined if pair[1] - pair[0] > 2 * MILLISECOND]
    expected = [[one.rise, one.set] for one in whole if one.set - one.rise > 2 * MILLISECOND]
    assert len(longer) == len(expected)
    if expected:
        assert np.abs(np.array(longer) - np.array(expected)).max() <= MILLISECOND


# -- passes that the grid does not see --------------------------------------------------------------------------------


@lawful
@given(orbits.filter(lambda one: one.mean_motion > 10), st.floats(-80, 80), st.floats(0.2, 20), st.floats(0, 30))
def test_a_pass_of_a_few_seconds_is_found(satellite: ElementSet, latitude: float, seconds: float, off: float) -> None:
    """The mask is put just below the culmination of a real pass, wherever the grid lies."""
    station = Station("here", latitude, 10.0)
    start, end = satellite.epoch + off, satellite.epoch + off + DAY
    whole = [one for one in contact_windows(satellite, station, start, end, mask=0) if one.duration > 60]
    for one in [w for w in whole if not w.clipped_start and not w.clipped_end][:3]:
        mask = float(elevations(satellite, station, [one.culmination - seconds / 2])[0])
        if not 0 < mask < one.max_elevation_deg - 1e-4:
            continue  # so flat that the figures do not tell the two apart
        short = contact_windows(satellite, station, start, end, mask=mask)
        [again] = [w for w in short if w.rise - 1 <= one.culmination <= w.set + 1]
        assert 0 < again.duration < max(2 * seconds, seconds + 2)


def test_one_pass_shorter_than_the_grid_lies_between_two_of_its_moments() -> None:
    """The case that a grid alone would miss, so that the law above cannot pass by chance."""
    here = Station("Lausanne", 46.5, 6.6)
    [window] = contact_windows(OLD, here, OLD.epoch + 5000, OLD.epoch + 6000)
    mask = float(elevations(OLD, here, [window.culmination - 0.5])[0])
    [short] = contact_windows(OLD, here, OLD.epoch, OLD.epoch + 7200, mask=mask)
    assert short.duration == pytest.approx(1, abs=0.01)
    assert short.rise // search.STEP == short.set // search.STEP
    top = short.culmination
    for start, end in ((top - 0.8, top + 0.8), (top - 0.8, top + 3000), (top - 3000, top + 0.8)):
        [again] = contact_windows(OLD, here, start, end, mask=mask)
        assert (again.rise, again.set) == pytest.approx((short.rise, short.set), abs=MILLISECOND)
        assert not again.clipped_start and not again.clipped_end


def test_a_gap_shorter_than_the_grid_is_found() -> None:
    """A geosynchronous satellite that swings through the mask; its lowest point lies between moments of the grid."""
    here = Station("here", 10, 60)
    for node in range(360):
        far = circular("far", altitude_km=35_786, inclination_deg=5, node_deg=node, epoch=1_767_225_600)
        moments = np.arange(far.epoch, far.epoch + DAY, 20.0)
        heights = elevations(far, here, moments)
        low = int(np.argmin(heights))
        if heights[low] > 5 and 100 < low < len(moments) - 100:
            moments = np.arange(moments[low] - 60, moments[low] + 60, 0.1)
            when = moments[np.argmin(elevations(far, here, moments))]
            if 10 < when % search.STEP < 20:
                break
    else:
        raise AssertionError("no such orbit")
    mask = float(elevations(far, here, [when - 4])[0])
    before, after = contact_windows(far, here, far.epoch, far.epoch + DAY, mask=mask)
    assert before.clipped_start and after.clipped_end
    assert 4 < after.rise - before.set < 12
    assert before.set // search.STEP == after.rise // search.STEP


@pytest.mark.parametrize("size", [3, 7, 100, 2881])
def test_slices_give_the_same_windows(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    places = [Station("a", 46.5, 6.6), Station("b", -33, 18)]
    mask = 77.8  # one pass culminates at 77.82 degrees: it is short
    whole = contact_windows(OLD, places, OLD.epoch, OLD.epoch + DAY, mask=mask)
    monkeypatch.setattr(search, "SLICE", size * len(places))
    assert contact_windows(OLD, places, OLD.epoch, OLD.epoch + DAY, mask=mask) == whole != []


def test_progress_is_told_to_the_end() -> None:
    told: list[tuple[int, int | None]] = []
    contact_windows(
        [OLD, crypto1_like(epoch=OLD.epoch)],
        [Station("a", 1, 1)],
        OLD.epoch,
        OLD.epoch + DAY,
        progress=lambda done, total: told.append((done, total)),
    )
    assert told == sorted(told) and told[-1][0] == told[-1][1] and len(told) == 2


def test_nothing_is_computed_outside_of_the_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    """A satellite may decay right after the end."""
    asked: list[float] = []
    real = search.earth_fixed

    def listen(satellite: ElementSet, day: int, seconds: np.ndarray) -> np.ndarray:
        asked.extend((day * DAY + seconds).tolist())
        return real(satellite, day, seconds)

    monkeypatch.setattr(search, "earth_fixed", listen)
    start, end = OLD.epoch + 5500.25, OLD.epoch + 2 * DAY + 0.75
    contact_windows(OLD, [Station("a", 46.5, 6.6), Station("b", -33, 18)], start, end)
    assert min(asked) == pytest.approx(start, abs=1e-6) and max(asked) == pytest.approx(end, abs=1e-6)


def test_memory_is_bounded_by_the_size_of_a_slice(monkeypatch: pytest.MonkeyPatch) -> None:
    """30 days of 16 stations at once would be 11 MB for each of several arrays."""
    far = circular("far", altitude_km=20_200, inclination_deg=55)
    places = [Station(str(longitude), 40, longitude) for longitude in range(-160, 160, 20)]
    monkeypatch.setattr(search, "SLICE", 1 << 14)
    tracemalloc.start()
    try:
        contact_windows(far, places, far.epoch, far.epoch + 30 * DAY, mask=89.9)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 9e6
