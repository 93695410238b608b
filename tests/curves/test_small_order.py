"""Points of small order: on the curve, outside of the subgroup, and invisible to the pairing."""

from __future__ import annotations

import pytest

from drandlab.curves import suite
from drandlab.curves.small_order import SMALL_ORDERS, small_order_points
from drandlab.errors import DecodeError, LocalError


@pytest.mark.parametrize("order", SMALL_ORDERS)
def test_they_have_that_order_and_cannot_be_decoded(order: int) -> None:
    points = small_order_points(order, 2)
    total, group = points[0], suite("bls12-381", "py_ecc").g1
    for _ in range(min(order, 11) - 1):
        assert not total.is_identity
        total = total + points[0]
    assert total.is_identity == (order <= 11)
    assert points[1] == points[0] + points[0]
    for backend in ("py_ecc", "blst"):
        with pytest.raises(DecodeError) as caught:
            suite("bls12-381", backend).g1.decode(bytes(points[0]))
        assert caught.value.code == "subgroup"
    assert group.decode(bytes(group.generator)) == group.generator


def test_the_pairing_does_not_see_them() -> None:
    s = suite("bls12-381", "py_ecc")
    [point] = small_order_points(3, 1)
    assert s.pairing(point, s.g2.generator).is_one
    assert s.pairing(s.g1.generator + point, s.g2.generator) == s.pairing(s.g1.generator, s.g2.generator)


def test_what_is_no_order_is_refused() -> None:
    with pytest.raises(LocalError, match="order: expected one of 3, 11, 10177, got 7"):
        small_order_points(7, 1)
    with pytest.raises(LocalError, match="count"):
        small_order_points(3, 3)
