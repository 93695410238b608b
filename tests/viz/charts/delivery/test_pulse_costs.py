"""What a pulse costs in several ways: parts end to end on a logarithmic axis."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from drandlab.attacks.cost_of_a_pulse import CostPart, cost_parts
from drandlab.errors import LocalError
from drandlab.viz.charts.delivery.pulse_costs import pulse_costs


def parts() -> list[CostPart]:
    return [
        CostPart(way="by XCM", part="delivery", amount=3e10, source="the price of a message"),
        CostPart(way="by XCM", part="fee", amount=2e6, source="the table of fees"),
        CostPart(way="alone", part="execution", amount=1e9, source="measured"),
    ]


def test_the_smallest_part_comes_first_and_each_ends_at_the_sum_so_far() -> None:
    chart = pulse_costs(parts())
    drawn = {trace.name: trace for trace in chart.figure.data if trace.fill == "toself"}
    assert drawn["fee"].x[:2] == (2e5, 2e6) and drawn["delivery"].x[:2] == (2e6, 3e10 + 2e6)
    assert drawn["execution"].y[0] > 0.5 > drawn["fee"].y[0]
    assert drawn["fee"].text[0] == "by XCM: fee, 2,000,000 planck; the table of fees"
    [ends] = [trace for trace in chart.figure.data if trace.mode == "text"]
    assert [text.strip() for text in ends.text] == ["30,002,000,000", "1,000,000,000"]
    assert chart.alt.startswith("by XCM: 30,002,000,000 planck (delivery 30,000,000,000, fee 2,000,000).")
    assert chart.table["source"] == ["the price of a message", "the table of fees", "measured"]
    assert ElementTree.fromstring(chart.to_svg()).attrib["aria-label"] == chart.alt


def test_what_has_no_place_is_refused() -> None:
    with pytest.raises(LocalError, match="parts: expected parts of 1 to 12 ways, got 0"):
        pulse_costs([])
    with pytest.raises(LocalError, match="fee: must be above 0 on a logarithmic axis"):
        pulse_costs([CostPart(way="a", part="fee", amount=0, source="")])


def test_the_figures_of_the_real_bridge_can_be_drawn() -> None:
    chart = pulse_costs(cost_parts())
    assert chart.alt.startswith(
        "subscription: 30,131,260,632 planck (credit 2,900,000, execution 116,360,632, delivery "
    )
    assert set(chart.table["way"]) == {part.way for part in cost_parts()} and all(chart.table["source"])
