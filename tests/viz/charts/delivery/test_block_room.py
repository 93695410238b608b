"""The weight of a block against subscriptions, and the number at which it is full."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from drandlab.errors import LocalError
from drandlab.idn.runtime.weights import BlockLimits, Weight
from drandlab.viz.charts.delivery.block_room import block_room, most_that_fits


def declared(count: int) -> Weight:
    """The deployed pallets' own figures: submission, hooks and timestamp, then each subscription."""
    proof = 3_201_489 + 702_882 + 1_493 + 4_482 + 3_492 * count
    return Weight(26_336_000_000 + 511_000_000 * count, proof)


def test_the_deployed_figures_leave_room_for_1882() -> None:
    limit = BlockLimits().block
    assert most_that_fits(declared, limit) == 1_882
    chart = block_room(declared, limit, [0, 1000, 2000])
    assert chart.alt.endswith("At most 1,882 fit: the proof is full.")
    assert [trace.name for trace in chart.figure.data] == ["time of execution", "size of the proof"]
    assert list(chart.figure.data[1].y) == [100 * declared(n).proof_size / limit.proof_size for n in (0, 1000, 2000)]
    assert [shape.x0 for shape in chart.figure.layout.shapes] == [0, 1_882]
    assert ElementTree.fromstring(chart.to_svg()).attrib["aria-label"] == chart.alt


def test_a_second_weight_is_dashed() -> None:
    chart = block_room(declared, Weight(10**12, 10**8), [1, 2], measured=lambda count: Weight(count, count))
    assert [trace.line.dash for trace in chart.figure.data] == ["solid", "solid", "dash", "dash"]
    assert chart.table["time of execution, measured, %"] == [0, 0]
    assert "At most 1,905 fit: the time is full." in chart.alt


def test_the_bounds_of_what_fits() -> None:
    assert most_that_fits(lambda count: Weight(count, 0), Weight(5, 5)) == 5
    assert most_that_fits(lambda count: Weight(count + 6, 0), Weight(5, 5)) is None
    assert most_that_fits(lambda count: Weight(), Weight(5, 5), most=7) == 7
    assert block_room(lambda count: Weight(9, 9), Weight(5, 5), [0, 1]).alt.endswith(
        "Not even a block without them fits."
    )


@pytest.mark.parametrize("counts", [[1], [2, 1], [1, 1], []])
def test_counts_must_grow(counts: list[int]) -> None:
    with pytest.raises(LocalError, match="counts: expected at least two numbers"):
        block_room(declared, Weight(1, 1), counts)
