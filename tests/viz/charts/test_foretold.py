"""The takeover curve as a picture: every attempt at its place, and where the attacker begins to know beacons."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drandlab.analysis.takeover import Takeover, takeover_by_operators, takeover_curve, worst_operators
from drandlab.errors import LocalError
from drandlab.viz.charts.foretold import MARKS, foretold
from drandlab.viz.theme import DARK, LIGHT, contrast

CURVE = takeover_curve(nodes=7, threshold=4, rounds=2)


def test_every_attempt_has_a_mark_that_says_what_came_of_it() -> None:
    chart = foretold(CURVE)
    rows = list(chart.figure.layout.yaxis.ticktext)
    assert rows == [
        f"{chain}{rest}"
        for chain in ("plain", "composed")
        for rest in ("", ", uplink taken", ", uplink taken, own clock")
    ]
    marks = {
        (rows[-round(y)], x): trace.name for trace in chart.figure.data for x, y in zip(trace.x, trace.y, strict=True)
    }
    assert len(marks) == 6 * 8
    for p in CURVE:
        if p.clock and not p.uplink:
            continue
        name = f"{p.chain}{', uplink taken' * p.uplink}{', own clock' * p.clock}"
        assert marks[name, p.taken] == ("all beacons foretold" if p.foretold == 2 else "nothing foretold")
    assert chart.table["foretold"] == [p.foretold for p in CURVE]


def test_the_words_say_from_where_on_beacons_are_known() -> None:
    first, *sentences = foretold(CURVE).alt.removesuffix(".").split(". ")
    assert first == "Attempts to foretell 2 beacons"
    assert sentences == [
        "Plain chain: all from 4 taken members on",
        "Plain chain, uplink taken: all from 3 on",
        "Plain chain, uplink taken, own clock: all from 4 on",
        "Composed chain: all from 7 on",
        "Composed chain, uplink taken: all from 4 on",
        "Composed chain, uplink taken, own clock: all from 7 on",
    ]


def test_operators_are_counted_where_they_were_taken() -> None:
    points = takeover_by_operators(worst_operators(10, 5, 3), threshold=6, rounds=1)
    chart = foretold(points, by="operators")
    assert chart.figure.layout.xaxis.title.text == "taken operators"
    assert "Attempts to foretell 1 beacon. Plain chain: all from 2 taken operators on." in chart.alt
    assert "Composed chain: never any." in chart.alt
    with pytest.raises(LocalError, match="by: these points do not count operators"):
        foretold(CURVE, by="operators")


def test_a_curve_that_is_not_as_theory_has_it_is_drawn_as_it_is() -> None:
    odd = [replace(p, foretold=1) if p.taken == 5 and not p.uplink else p for p in CURVE]
    chart = foretold(odd)
    assert {trace.name for trace in chart.figure.data} == set(MARKS)
    assert "Plain chain: some from 4 taken members on, all from 6 taken members on." in chart.alt
    # a clock that makes a difference without the uplink would have a row of its own
    apart = [replace(p, foretold=2) if p.clock and not p.uplink else p for p in CURVE]
    assert "plain, own clock" in foretold(apart).figure.layout.yaxis.ticktext


def test_what_is_signed_ahead_is_foretold_in_part() -> None:
    alt = foretold(takeover_curve(nodes=7, threshold=4, rounds=3, ahead=2)).alt
    assert "Plain chain, uplink taken, own clock: some from 3 on, all from 4 on." in alt
    assert "Composed chain, uplink taken, own clock: some from 4 on, all from 7 on." in alt


def test_the_marks_differ_in_shape_and_are_readable() -> None:
    assert len({symbol for symbol, _, _ in MARKS.values()}) == 3
    assert all(contrast(colour, paper) >= 3 for _, _, colour in MARKS.values() for paper in (LIGHT, DARK))


@pytest.mark.parametrize(("points", "by", "argument"), [([], "members", "points"), (CURVE, "hosts", "by")])
def test_what_is_no_curve_is_refused(points: list[Takeover], by: str, argument: str) -> None:
    with pytest.raises(LocalError) as raised:
        foretold(points, by=by)
    assert raised.value.argument == argument
