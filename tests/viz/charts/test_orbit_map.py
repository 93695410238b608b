"""The map of ground tracks: right places, right words, names as text, one picture on every machine, a small file."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest

from drandlab.errors import LocalError
from drandlab.orbit.contacts import contact_windows
from drandlab.orbit.ground_track import ground_track
from drandlab.orbit.satellites import ISS, constellation, crypto1_like
from drandlab.orbit.stations import Station
from drandlab.viz.charts.orbit_map import checked_sky, orbit_map, track_step
from drandlab.viz.theme import DARK, LIGHT, PALETTE, contrast
from helpers import SVG

OLD = ISS["2021-01-27"]
START, END = OLD.epoch, OLD.epoch + 3 * 3600
STATIONS = [Station("Lausanne", 46.5, 6.6), Station("SvalSat", 78.23, 15.41), Station("Longovilo", -33.94, -71.4)]
AT = 1_611_778_625.0
"""The culmination of a pass over Lausanne."""


def points(chart: object, name: str) -> list[tuple[float, float]]:
    (trace,) = [t for t in chart.figure.data if t.name == name]  # type: ignore[attr-defined]
    return list(zip(trace.x, trace.y, strict=True))


def test_the_track_is_that_of_the_element_set_and_is_cut_at_the_date_line() -> None:
    chart = orbit_map(OLD, STATIONS, START, END)
    drawn = points(chart, "ISS")
    track = ground_track(OLD, START, END, 30)
    wanted = {(round(float(x), 2), round(float(y), 2)) for x, y in zip(track.longitudes, track.latitudes, strict=True)}
    assert wanted <= set(drawn)
    gaps = [i for i, (x, _) in enumerate(drawn) if x is None]
    assert gaps and all(drawn[i - 1][0] == -drawn[i + 1][0] == 180 for i in gaps)


def test_stations_are_where_they_are_and_those_in_contact_stand_apart() -> None:
    chart = orbit_map(OLD, STATIONS, START, END, at=AT)
    assert points(chart, "station in contact") == [(6.6, 46.5)]
    assert points(chart, "station") == [(15.41, 78.23), (-71.4, -33.94)]
    (marks,) = [t for t in chart.figure.data if t.name == "station in contact"]
    assert list(marks.text) == ["Lausanne"]


def test_the_words_say_where_the_satellite_is_and_who_sees_it() -> None:
    alt = orbit_map(OLD, STATIONS, START, END, at=AT).alt
    assert alt.startswith(
        "At 20:17:05 UTC ISS is above 47.2° N, 7.1° E, 427 km high; Lausanne sees it. From 2021-01-27"
    )
    assert "Lausanne has 1 contact window (first 20:13 to 20:20, highest 78°)" in alt
    assert "no station sees it" in orbit_map(OLD, STATIONS, START, END).alt
    two = [STATIONS[0], Station("Bern", 47, 7.5)]
    assert "; Lausanne and Bern see it." in orbit_map(OLD, two, START, END, at=AT).alt
    assert orbit_map(OLD, [STATIONS[1]], START, END).alt.endswith("UTC there is no contact window.")


def test_the_table_has_the_windows() -> None:
    windows = contact_windows(OLD, STATIONS, START, END)
    table = orbit_map(OLD, STATIONS, START, END).table
    assert table["station"] == [one.station for one in windows]
    assert table["culmination"][0] == "2021-01-27 20:17:05"
    assert orbit_map(OLD, [], START, END).table == {"satellite": ["none"], "station": ["no contact window above 10°"]}


def test_many_satellites_are_counted_and_few_are_named() -> None:
    chart = orbit_map(constellation(12, epoch=START), STATIONS, START, START + 6000, at=START + 500)
    assert (
        "1 of 12 satellites is in contact: SvalSat sees" in chart.alt or "of 12 satellites are in contact" in chart.alt
    )
    assert chart.figure.layout.title.text.startswith("Ground tracks of 12 satellites, ")
    assert sum(t.name == "ground tracks" and t.showlegend for t in chart.figure.data) == 1
    two = orbit_map([OLD, crypto1_like(epoch=START)], STATIONS, START, START + 6000)
    assert two.figure.layout.title.text.startswith("Ground tracks of ISS, crypto1-like, ")
    assert {t.name for t in two.figure.data} > {"ISS", "crypto1-like"}


def test_one_picture_everywhere_that_is_readable_and_fits_into_a_notebook() -> None:
    one, other = (orbit_map(OLD, STATIONS, START, END, at=AT) for _ in range(2))
    assert one.to_svg() == other.to_svg()
    picture = ElementTree.fromstring(one.to_svg())
    assert picture.attrib["aria-label"] == one.alt
    assert {"Lausanne", "SvalSat", "Longovilo", "60° N", "120° W"} <= {t.text for t in picture.iter(f"{SVG}text")}
    for chart, most in ((one, 50_000), (orbit_map(constellation(12), STATIONS, 1.7672256e9, 1.7672316e9), 140_000)):
        assert len(json.dumps(chart._repr_mimebundle_())) < most
    assert all(contrast(colour, paper) >= 3 for colour in PALETTE for paper in (LIGHT, DARK))


def test_a_name_is_a_text_whatever_it_holds() -> None:
    evil = Station('<img src=x onerror="alert(1)">', 10, 20)
    chart = orbit_map(OLD, [evil], START, END)
    assert "<img" not in chart.to_svg()
    # plotly takes "<b>" in a text for markup
    (marks,) = [t for t in chart.figure.data if t.name == "station"]
    assert marks.text[0].startswith("‹img src=x") and marks.hovertext[0] == marks.text[0]
    assert ElementTree.fromstring(chart.to_svg()) is not None
    long = orbit_map(OLD, [Station("x" * 100, 0, 0)], START, END)
    assert "x" * 30 not in long.figure.to_json()


@pytest.mark.parametrize(
    ("change", "argument"),
    [
        ({"satellites": []}, "satellites"),
        ({"satellites": constellation(13)}, "satellites"),
        ({"stations": [Station(f"s{i}", 0, i) for i in range(33)]}, "stations"),
        ({"end": START + 60 * 3600}, "end"),
        ({"end": START}, "end"),
        ({"at": START - 1}, "at"),
        ({"mask": 90}, "mask"),
    ],
)
def test_what_makes_no_map_is_refused(change: dict[str, object], argument: str) -> None:
    given = {"satellites": OLD, "stations": STATIONS, "start": START, "end": END} | change
    with pytest.raises(LocalError) as raised:
        orbit_map(**given)  # type: ignore[arg-type]
    assert raised.value.argument == argument


def test_tracks_are_as_fine_as_there_is_room() -> None:
    assert track_step(0, 3600, 1) == 30
    assert track_step(0, 86_400, 1) == 58
    with pytest.raises(LocalError, match="at most 4 hours"):
        track_step(0, 86_400, 12)
    assert checked_sky(OLD, STATIONS[0]) == ([OLD], [STATIONS[0]])
