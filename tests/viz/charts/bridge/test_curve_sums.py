"""The sums as points: what is drawn at each step, and what the words say."""

from __future__ import annotations

import pytest

import drandlab as dl
from drandlab.analysis.frames import beacons_of
from drandlab.errors import LocalError
from drandlab.viz.charts.bridge.curve_sums import MARKS, curve_sums
from drandlab.viz.charts.bridge.heard_pulses import SumStep, heard_pulses
from drandlab.viz.charts.bridge.point_places import place_of
from drandlab.viz.theme import DARK, LIGHT, contrast

QUICKNET = dl.networks["quicknet"]


def steps_of(edits: list[str] | None = None, backend: str | None = None) -> tuple[SumStep, ...]:
    if backend == "glass":
        net = dl.Network(4, 3, backend="glass", scheme=QUICKNET.scheme.name).run(rounds=4)
        return heard_pulses(net.beacons, net.info, edits, backend="glass")[1]
    beacons = [one for one in beacons_of(dl.load_beacons("quicknet")) if 1000 <= one.round <= 1003]
    return heard_pulses(beacons, QUICKNET, edits)[1]


@pytest.mark.parametrize("backend", [None, "glass"])
def test_each_sum_has_a_mark_where_its_point_is(backend: str | None) -> None:
    steps = steps_of(backend=backend)
    for at, step in enumerate(steps):
        marks = {trace.name: list(zip(trace.x, trace.y, strict=True)) for trace in curve_sums(steps, at).figure.data}
        assert marks["Q submitted"] == [place_of(step.message)]  # type: ignore[arg-type]
        assert marks["σ submitted"] == [place_of(step.signature)]  # type: ignore[arg-type]
        pairs = [one.stored for one in steps[: at + 1] if one.kind == "block" and one.stored]
        assert marks.get("Q stored", []) == [place_of(message) for message, _ in pairs]
        assert marks.get("σ stored", []) == [place_of(signature) for _, signature in pairs]
        assert ("where σ must be" in marks) == (backend == "glass")


def test_the_words_say_what_the_picture_shows() -> None:
    steps = steps_of(["true", "true", "true", "forge"])
    assert curve_sums(steps, 0).alt == (
        "Sums of points of G1, each point at its coordinates (x/p, y/p). 0 pairs were stored; next round 1000. "
        "Round 1000 comes. Alone it verifies. What an author would submit now: The equation holds."
    )
    assert "1 pair was stored; next round 1002." in curve_sums(steps).alt
    assert curve_sums(steps).alt.endswith("The equation does not hold: VerificationFailed, nothing is stored.")
    assert curve_sums(steps).table["sum"] == ["Q stored", "σ stored", "Q submitted", "σ submitted"]


def test_where_nothing_came_nothing_is_drawn() -> None:
    chart = curve_sums(steps_of(["drop"] * 4), 0)
    assert list(chart.figure.data) == []
    assert chart.alt.endswith("0 pairs were stored; next round 1000. Round 1000 never comes.")
    assert chart.to_svg().startswith("<svg")


def test_the_marks_differ_in_shape_and_are_readable() -> None:
    assert len({symbol for symbol, _, _ in MARKS.values()}) == len(MARKS)
    assert all(contrast(colour, paper) >= 3 for _, _, colour in MARKS.values() for paper in (LIGHT, DARK))


def test_what_is_not_there_is_refused() -> None:
    with pytest.raises(LocalError, match="steps: expected the steps of heard_pulses, got none"):
        curve_sums([])
    with pytest.raises(LocalError, match="at: expected a whole number from 0 to 5, got 6"):
        curve_sums(steps_of(), 6)
