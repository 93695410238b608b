"""The map of satellites: what Python tells the page and accepts, and what stays in a saved notebook."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree

import pytest
import traitlets

from drandlab.errors import LocalError
from drandlab.orbit.contacts import contact_windows
from drandlab.orbit.elements import circular
from drandlab.orbit.ground_track import ground_track
from drandlab.orbit.satellites import ISS, constellation
from drandlab.orbit.stations import Station
from drandlab.simulation.network import Network
from drandlab.simulation.reading.orbit import satellites_of
from drandlab.simulation.reading.timeline import Timeline
from drandlab.simulation.scenario.orbit_tables import OrbitTable, SatelliteTable
from drandlab.simulation.world.passes import Satellite
from drandlab.widgets import OrbitWidget

OLD = ISS["2021-01-27"]
STATIONS = [Station("Lausanne", 46.5, 6.6), Station("SvalSat", 78.23, 15.41), Station("Longovilo", -33.94, -71.4)]
START = 1_767_225_600
HOURS = 3 * 3600

CRYPTO = circular("crypto", altitude_km=525, epoch=START)


@pytest.fixture(scope="module")
def ground() -> list[Station]:
    """One station that sees the satellite at the start, one later, one never."""
    track = ground_track(CRYPTO, START, START + HOURS, 60)
    places = [(float(track.latitudes[i]), float(track.longitudes[i])) for i in (2, 70)]
    return [Station("first", *places[0]), Station("second", *places[1]), Station("third", 0, 0)]


@pytest.fixture(scope="module")
def net(ground: list[Station]) -> Network:
    """Node 4 flies. Its second pass fails; the third begins late."""
    windows = contact_windows(CRYPTO, ground, START, START + HOURS)
    later = [one for one in windows if one.rise > START + 600]
    assert len(later) >= 2
    told = [windows[0], *((w.station, w.rise + 100, w.set) for w in later[1:])]
    flies = Satellite(4, "crypto", told)
    return Network(5, 3, seed=1, backend="glass", start=START, period=30, satellites=[flies], detail="summary").run(
        until=START + HOURS
    )


def test_the_story_is_plain_data_and_agrees_with_the_windows() -> None:
    view = OrbitWidget(OLD, STATIONS)
    story = json.loads(json.dumps(view.story))
    windows = contact_windows(OLD, STATIONS, OLD.epoch, OLD.epoch + 86_400)
    assert view.windows == windows
    assert [(told[1], *told[2:8]) for told in story["windows"]] == [
        (
            [one.name for one in STATIONS].index(w.station),
            w.rise,
            w.culmination,
            w.set,
            w.max_elevation_deg,
            w.range_km,
            w.light_time_ms,
        )
        for w in windows
    ]
    assert all(told[10] is None for told in story["windows"])  # nobody says what became of them
    assert story["satellites"][0]["runs"] is None
    assert [one[:3] for one in story["stations"]] == [[one.name, one.latitude, one.longitude] for one in STATIONS]


def test_the_track_is_that_of_the_element_set() -> None:
    view = OrbitWidget(OLD, STATIONS, OLD.epoch, OLD.epoch + 1000)
    track = ground_track(OLD, OLD.epoch, OLD.epoch + 1000, view.story["step"])
    latitudes, longitudes, heights = view.story["satellites"][0]["track"]
    assert latitudes == [round(100 * float(value)) for value in track.latitudes]
    assert longitudes == [round(100 * float(value)) for value in track.longitudes]
    assert heights == [round(float(value)) for value in track.heights]
    assert len(latitudes) == 18


def test_a_long_time_has_coarser_tracks_and_too_long_a_time_is_refused() -> None:
    week = OrbitWidget(constellation(6), STATIONS[:1], START, START + 7 * 86_400)
    assert week.story["step"] == 114
    assert sum(len(one["track"][0]) for one in week.story["satellites"]) < 33_000
    with pytest.raises(LocalError, match="room for 15 days of 6 satellites, got 20"):
        OrbitWidget(constellation(6), [], START, START + 20 * 86_400)
    with pytest.raises(LocalError, match="room for 2000 contact windows, there are"):
        OrbitWidget(constellation(12), [Station(str(i), 78, i) for i in range(8)], START, START + 7 * 86_400)


def test_a_run_is_shown_as_its_passes_and_rounds(net: Network, ground: list[Station]) -> None:
    view = OrbitWidget(CRYPTO, ground, source=net)
    assert view.start == START
    assert START + HOURS - 40 < view.end <= START + HOURS  # the last entry
    came = {(told[1], told[2]): told[10] for told in view.story["windows"]}
    late = [happened for (_, rise), happened in came.items() if happened and happened[0] > rise + 1]
    failed = [key for key, happened in came.items() if happened == []]
    assert len(failed) == 1
    assert all(happened[0] == pytest.approx(rise + 100) for (_, rise), happened in came.items() if happened in late)
    (story,) = satellites_of(net.journal)
    parts = [name for name, _, _ in view.story["parts"]]
    counts = dict.fromkeys(parts, 0)
    for first, last, since, until, part in view.story["satellites"][0]["runs"]:
        counts[parts[part]] += last - first + 1
        assert until - since == pytest.approx(30 * (last - first + 1))
    assert sum(counts.values()) == story.due
    assert counts["first t"] == len(story.first_t) > 0
    assert counts["first t"] + counts["in time"] == len(story.in_time | story.first_t)
    assert sum(counts.values()) - counts["missed"] == len(story.signed | story.in_time | story.first_t)
    # the story begins with the genesis, the view with the world
    assert net.info is not None
    seen = story.contact_s + net.info.genesis_time - START
    assert sum(b - a for a, b in view.story["sight"]) == pytest.approx(seen, abs=1)
    assert "1 more failed." in view.describe()
    assert f"Of {story.due:,} rounds due crypto signed {len(story.signed)};" in view.describe()


def test_every_source_tells_the_same(net: Network, ground: list[Station]) -> None:
    stories = [OrbitWidget(CRYPTO, ground, source=one).story for one in (net, net.journal, Timeline(net.journal))]
    assert stories[0] == stories[1] == stories[2]


def test_a_run_without_such_a_satellite_is_refused(net: Network, ground: list[Station]) -> None:
    with pytest.raises(LocalError, match=r"source: the run has no satellite ISS; those of the run are crypto"):
        OrbitWidget(OLD, ground, source=net)
    plain = Network(4, 3, backend="glass").run(rounds=1)
    with pytest.raises(LocalError, match=r"source: the run has no satellite crypto; none flies in it"):
        OrbitWidget(CRYPTO, ground, source=plain)
    with pytest.raises(LocalError, match="source: expected a Network"):
        OrbitWidget(CRYPTO, ground, source=3)  # type: ignore[arg-type]


def test_the_orbit_of_a_scenario_takes_the_place_of_satellites_and_stations(
    net: Network, ground: list[Station]
) -> None:
    flies = SatelliteTable(node=4, name="crypto", tle=(CRYPTO.line1, CRYPTO.line2))
    table = OrbitTable(start="2026-01-01T01:00:00Z", mask=20, stations=tuple(ground), satellites=(flies,))
    view = OrbitWidget(table)
    assert view.satellites == [CRYPTO] and view.stations == ground
    assert (view.start, view.end, view.mask) == (START + 3600, START + 3600 + 86_400, 20)
    far = OrbitTable(start=START, satellites=(SatelliteTable(node=4, name="crypto", relay=True),))
    with pytest.raises(LocalError, match="satellites: no satellite of it has an element set"):
        OrbitWidget(far)
    run = OrbitWidget(table, source=net, mask=10)
    assert run.story == OrbitWidget(CRYPTO, ground, source=net).story


def test_choosing_a_window_goes_to_its_culmination() -> None:
    view = OrbitWidget(OLD, STATIONS)
    view.chosen = 2
    assert view.at == view.windows[2].culmination
    assert f"{view.windows[2].station} sees it" in view.describe()
    view.chosen = None
    assert view.at == view.windows[2].culmination
    assert repr(OrbitWidget(OLD, STATIONS[:1])) == (
        "OrbitWidget(1 satellite, 1 station, 5 windows, at=2021-01-27T18:43:05Z, chosen=None)"
    )


@pytest.mark.parametrize(
    ("trait", "value"),
    [
        *(("chosen", value) for value in (-1, 12, "0", True, 1.5)),
        *(("speed", value) for value in (0, 7, None, "60", True)),
        *(("at", value) for value in (0, OLD.epoch - 1, OLD.epoch + 86_401, None, "now", float("nan"))),
    ],
)
def test_what_a_page_or_a_program_must_not_set_is_refused(trait: str, value: Any) -> None:
    view = OrbitWidget(OLD, STATIONS)
    assert len(view.windows) == 9
    before = view.at, view.chosen, view.speed
    with pytest.raises(LocalError, match=trait) as raised:
        setattr(view, trait, value)
    assert isinstance(raised.value, traitlets.TraitError)
    assert (view.at, view.chosen, view.speed) == before


def test_without_a_station_nothing_can_be_chosen() -> None:
    view = OrbitWidget(OLD, [])
    with pytest.raises(LocalError, match="chosen: there is no contact window to choose"):
        view.chosen = 0
    assert "there is no contact window" in view.describe()
    assert ElementTree.fromstring(view.picture()) is not None


@pytest.mark.parametrize(
    ("change", "argument"),
    [
        ({"satellites": []}, "satellites"),
        ({"end": 0}, "end"),
        ({"mask": 90}, "mask"),
        ({"at": OLD.epoch - 1}, "at"),
        ({"satellites": [OLD, OLD]}, "satellites"),
    ],
)
def test_what_makes_no_view_is_refused(change: dict[str, Any], argument: str) -> None:
    with pytest.raises(LocalError) as raised:
        OrbitWidget(**({"satellites": OLD, "stations": STATIONS} | change))
    assert raised.value.argument == argument


def test_a_saved_notebook_has_the_picture_and_its_words(net: Network, ground: list[Station]) -> None:
    data, again = (OrbitWidget(CRYPTO, ground, source=net)._repr_mimebundle_()[0] for _ in range(2))
    for kind in ("image/svg+xml", "text/plain"):
        assert data[kind] == again[kind]
    picture = ElementTree.fromstring(data["image/svg+xml"])
    assert picture.attrib["aria-label"] == data["text/plain"]
    assert len(data["image/svg+xml"]) < 60_000
    texts = {one.text for one in picture.iter("{http://www.w3.org/2000/svg}text")}
    assert {"first", "second", "in sight", "rounds of crypto", "among the first t"} <= texts


def test_a_week_of_a_constellation_is_a_picture_that_fits_into_a_notebook() -> None:
    view = OrbitWidget(constellation(12), STATIONS, START, START + 3 * 86_400, at=START + 86_400)
    assert len(view.picture()) < 120_000
