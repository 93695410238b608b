"""A row of marks for each subscription, one for each block."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from drandlab.errors import LocalError
from drandlab.viz.charts.delivery.credit_calendar import MARKS, credit_calendar


def test_each_letter_has_a_mark_at_its_block() -> None:
    chart = credit_calendar({"a": "d--d", "b": " dfp"}, first=10, labels={"d": "sent"})
    at = {trace.name: list(zip(trace.x, trace.y, strict=True)) for trace in chart.figure.data}
    assert at["sent"] == [(10, 0), (13, 0), (11, 1)]
    assert at[MARKS["f"][0]] == [(12, 1)] and at[MARKS["p"][0]] == [(13, 1)]
    assert MARKS["i"][0] not in at
    assert len({symbol + colour for _, symbol, colour in MARKS.values()}) == len(MARKS)
    assert chart.alt == "Blocks 10 to 13. a: 2 delivered, 0 idle. b: 1 delivered, 0 idle, 1 failed, 1 turned to Paused."
    assert chart.table["block 12"] == ["-", "f"]
    assert ElementTree.fromstring(chart.to_svg()).attrib["aria-label"] == chart.alt


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ({}, "rows: expected 1 to 12 rows, got 0"),
        ({"a": "d", "b": "dd"}, "b: expected rows of equal length"),
        ({"a": ""}, "a: expected rows of equal length"),
        ({"a": "dz"}, "a: expected letters of difp-e, got 'z'"),
    ],
)
def test_what_is_no_calendar_is_refused(rows: dict[str, str], sentence: str) -> None:
    with pytest.raises(LocalError, match=sentence):
        credit_calendar(rows)
