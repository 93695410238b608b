"""Bytes of a proof against rounds, on two logarithmic axes."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from drandlab.errors import LocalError
from drandlab.viz.charts.bridge.proof_sizes import proof_sizes


def test_each_way_has_a_line_and_a_mark_of_its_own() -> None:
    chart = proof_sizes([1, 10, 100], {"all": [48, 480, 4800], "path": [32, 160, 260]})
    assert [list(trace.y) for trace in chart.figure.data] == [[48, 480, 4800], [32, 160, 260]]
    assert {trace.marker.symbol for trace in chart.figure.data} == {"circle", "diamond"}
    assert chart.figure.layout.xaxis.type == chart.figure.layout.yaxis.type == "log"
    assert chart.table == {"rounds observed": [1, 10, 100], "all": [48, 480, 4800], "path": [32, 160, 260]}
    assert ElementTree.fromstring(chart.to_svg()).attrib["aria-label"] == chart.alt


@pytest.mark.parametrize(
    ("rounds", "sizes", "sentence"),
    [
        ([1], {"a": [1]}, "rounds: expected at least two numbers"),
        ([2, 1], {"a": [1, 1]}, "rounds: expected at least two numbers of rounds, each greater"),
        ([0, 1], {"a": [1, 1]}, r"rounds\[0\]: expected"),
        ([1, 2], {}, "sizes: a figure has 1 to 5 series, got 0"),
        ([1, 2], {"a": [1]}, "a: expected 2 numbers, one for each of the rounds, got 1"),
        ([1, 2], {"a": [1, 0]}, "a: a logarithmic axis needs values of at least 1, got 0"),
    ],
)
def test_what_has_no_place_is_refused(rounds, sizes, sentence) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(LocalError, match=sentence):
        proof_sizes(rounds, sizes)
