"""The price of a credit, tier by tier, and the mean of all."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from drandlab.errors import LocalError
from drandlab.viz.charts.delivery.fee_tiers import fee_tiers


def fee(credits: int) -> int:
    return 10 * min(credits, 5) + 8 * max(0, credits - 5)


def test_the_next_credit_is_a_step_and_the_mean_follows() -> None:
    chart = fee_tiers(fee, [1, 6], most=20)
    steps, mean = chart.figure.data
    assert (list(steps.x), list(steps.y)) == ([1, 5, 6, 20], [10, 10, 8, 8])
    assert all(y == fee(x) / x for x, y in zip(mean.x, mean.y, strict=True))
    assert set(chart.table["credits"]) >= {1, 5, 6, 20}
    assert chart.table["the next credit"] == [10 if x < 6 else 8 for x in chart.table["credits"]]
    assert ElementTree.fromstring(chart.to_svg()).attrib["aria-label"] == chart.alt


@pytest.mark.parametrize(
    ("bounds", "most", "sentence"),
    [
        ([], 9, "bounds: expected first credits that grow from 1"),
        ([2, 3], 9, "bounds: expected first credits that grow from 1"),
        ([1, 5, 5], 9, "bounds: expected first credits that grow from 1"),
        ([1, 50], 9, "most: "),
    ],
)
def test_bounds_that_do_not_grow_are_refused(bounds: list[int], most: int, sentence: str) -> None:
    with pytest.raises(LocalError, match=sentence):
        fee_tiers(fee, bounds, most=most)
