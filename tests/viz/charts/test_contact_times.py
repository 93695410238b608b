"""Contact windows in time and the rounds beside them: every piece at its place, and the words that count them."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest

from drandlab.errors import LocalError
from drandlab.orbit.contacts import Window, contact_share, contact_windows, longest_gap
from drandlab.orbit.satellites import ISS, constellation
from drandlab.orbit.stations import Station
from drandlab.viz.chart import Chart
from drandlab.viz.charts.contact_times import PARTS, RoundPart, arch, contact_times, runs, windows_table

OLD = ISS["2021-01-27"]
START, END = 1_611_772_985, 1_611_772_985 + 86_400
STATIONS = [Station("Lausanne", 46.5, 6.6), Station("SvalSat", 78.23, 15.41), Station("Longovilo", -33.94, -71.4)]
WINDOWS = contact_windows(OLD, STATIONS, START, END)


def window(rise: float, down: float, satellite: str = "a", station: str = "b", high: float = 20.0) -> Window:
    return Window(
        satellite=satellite,
        station=station,
        rise=rise,
        culmination=(rise + down) / 2,
        set=down,
        max_elevation_deg=high,
        range_km=900.0,
        light_time_ms=3.0,
    )


def pieces(chart: Chart, name: str) -> list[list[tuple[float, float]]]:
    """The closed pieces of a trace."""
    found: list[list[tuple[float, float]]] = [[]]
    for trace in chart.figure.data:
        if trace.name == name:
            for x, y in zip(trace.x, trace.y, strict=True):
                if x is None:
                    found.append([])
                else:
                    found[-1].append((x, y))
    return [piece for piece in found if piece]


def test_each_window_is_an_arch_in_the_row_of_its_station() -> None:
    chart = contact_times(WINDOWS, START, END, stations=[one.name for one in STATIONS])
    rows = dict(zip(chart.figure.layout.yaxis.ticktext, chart.figure.layout.yaxis.tickvals, strict=True))
    assert list(rows) == ["Lausanne", "SvalSat", "Longovilo", "in sight"]
    arches = pieces(chart, "ISS")
    assert len(arches) == len(WINDOWS) > 5
    for one, shape in zip(WINDOWS, arches, strict=True):
        foot = rows[one.station] - 0.4
        assert [x for x, _ in shape] == [round(t - START) for t in (one.rise, one.culmination, one.set, one.rise)]
        assert [y for _, y in shape] == pytest.approx([foot, foot + arch(one), foot, foot])
    heights = [arch(window(0, 1, high=high)) for high in (-5, 0, 10, 90)]
    assert heights == sorted(heights) and heights[0] > 0.2 and heights[-1] < 1


def test_windows_that_overlap_are_in_sight_once() -> None:
    chart = contact_times([window(10, 20), window(15, 30, station="c"), window(50, 60)], 0, 100)
    spans = [(min(x for x, _ in box), max(x for x, _ in box)) for box in pieces(chart, "in sight of a station")]
    assert spans == [(10, 30), (50, 60)]
    assert "In sight for 30 % of the time, longest gap 40 s." in chart.alt


def test_the_words_count_what_is_drawn() -> None:
    alt = contact_times(WINDOWS, START, END, stations=[one.name for one in STATIONS]).alt
    own = [one for one in WINDOWS if one.station == "Lausanne"]
    total = sum(one.duration for one in own)
    assert f"Lausanne has {len(own)} contact windows, {total:,.0f} s, highest 78°; SvalSat has none;" in alt
    share, gap = contact_share(WINDOWS, START, END), longest_gap(WINDOWS, START, END)
    assert f"In sight for {100 * share:.1f} % of the time, longest gap {gap:,.0f} s." in alt
    assert contact_times([], START, END).alt.startswith("From 2021-01-27 18:43 to 2021-01-28 18:43 UTC: there is no")


def test_a_pass_that_failed_is_hollow_and_not_in_sight() -> None:
    good, bad = window(10, 20), window(30, 40)
    chart = contact_times([good, bad], 0, 100, failed=[bad])
    assert [x for x, _ in pieces(chart, "pass that failed")[0]] == [30, 35, 40, 30]
    (hollow,) = [trace for trace in chart.figure.data if trace.name == "pass that failed"]
    assert hollow.fillcolor == "rgba(0,0,0,0)"
    assert len(pieces(chart, "a")) == len(pieces(chart, "in sight of a station")) == 1
    assert "b has 1 contact window, 10 s, highest 20°. 1 more failed. In sight for 10 %" in chart.alt
    assert len(chart.table["rise"]) == 2


def parts(*words: str, first: int = 1, period: float = 30) -> list[RoundPart]:
    return [RoundPart(first + i, i * period, word) for i, word in enumerate(words)]


def test_rounds_that_went_the_same_way_are_one_box_as_high_as_they_went_well() -> None:
    story = parts("missed", "missed", "late", "in time", "first t", "first t", "missed")
    chart = contact_times([window(60, 180)], 0, 210, rounds={"crypto": story})
    boxes = {part: pieces(chart, meaning) for part, (_, _, meaning) in PARTS.items()}
    assert {part: len(found) for part, found in boxes.items()} == {"first t": 1, "in time": 1, "late": 1, "missed": 2}
    assert [x for x, _ in boxes["first t"][0]] == [120, 120, 180, 180, 120]
    tall = [max(y for _, y in boxes[part][0]) for part in ("missed", "late", "in time", "first t")]
    assert tall == sorted(tall) and len(set(tall)) == 4
    assert "Of 7 rounds due crypto signed 4; 3 partials were on the ground in time, 2 among the first t." in chart.alt
    assert "rounds of crypto" in chart.figure.layout.yaxis.ticktext


def test_the_parts_differ_in_height_and_colour() -> None:
    assert len({height for height, _, _ in PARTS.values()}) == len({colour for _, colour, _ in PARTS.values()}) == 4


def test_a_gap_in_the_rounds_ends_a_run() -> None:
    assert runs([RoundPart(1, 0, "late"), RoundPart(3, 60, "late")], 30) == [
        (1, 1, 0, 30, "late"),
        (3, 3, 60, 90, "late"),
    ]
    assert runs([], 30) == []


def test_a_week_of_rounds_makes_a_small_picture() -> None:
    words = [("first t", "in time")[i % 2] if i % 180 < 14 else "missed" for i in range(7 * 2880)]
    week = 7 * 86_400
    windows = [window(i * 5400, i * 5400 + 420) for i in range(112)]
    chart = contact_times(windows, 0, week, rounds={"a": parts(*words)})
    assert len(chart.to_svg()) < 60_000
    assert f"Of {7 * 2880:,} rounds due a signed 1,568;" in chart.alt
    best = {x for box in pieces(chart, "among the first t") for x, _ in box}
    assert min(best) == 0 and max(best) <= week


def test_satellites_have_colours_of_their_own_while_there_are_enough() -> None:
    few = contact_times([window(10, 20), window(30, 40, satellite="z")], 0, 100)
    assert {trace.name for trace in few.figure.data} == {"a", "z", "in sight of a station"}
    many = contact_windows(constellation(6, epoch=START), STATIONS, START, END)
    assert {trace.name for trace in contact_times(many, START, END).figure.data} == {
        "contact windows",
        "in sight of a station",
    }


def test_the_picture_is_the_same_everywhere_and_names_are_text() -> None:
    evil = "<b onclick='x'>"
    one, other = (contact_times([window(1, 2, evil, evil)], 0, 10, rounds={evil: parts("late")}) for _ in range(2))
    assert one.to_svg() == other.to_svg()
    assert "<b" not in one.to_svg()
    assert one.figure.data[0].name == one.figure.layout.yaxis.ticktext[0] == "‹b onclick='x'›"
    assert ElementTree.fromstring(one.to_svg()).attrib["aria-label"] == one.alt


def test_the_table_has_every_window_and_is_there_without_one() -> None:
    table = contact_times(WINDOWS, START, END).table
    assert len(table["rise"]) == len(WINDOWS) and table == windows_table(WINDOWS)
    assert contact_times([], START, END, stations=["x"]).table == {"station": ["x"], "windows": [0]}
    assert contact_times([], START, END).table == {"station": ["none"], "windows": [0]}


@pytest.mark.parametrize(
    ("change", "argument"),
    [
        ({"end": START}, "end"),
        ({"start": None}, "start"),
        ({"stations": [str(i) for i in range(48)]}, "windows"),
        ({"rounds": {"a": [RoundPart(1, START, "early")]}}, "rounds"),
    ],
)
def test_what_cannot_be_drawn_is_refused(change: dict[str, Any], argument: str) -> None:
    with pytest.raises(LocalError) as raised:
        contact_times(**({"windows": WINDOWS, "start": START, "end": END} | change))
    assert raised.value.argument == argument
