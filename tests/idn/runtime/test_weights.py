"""Weights, and what fits into a block."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from drandlab.idn.runtime.weights import WEIGHT, ZERO, BlockLimits, DispatchClass, Weight, db_weight

MOST = (1 << 64) - 1
WEIGHTS = st.builds(Weight, st.integers(0, MOST), st.integers(0, MOST))
NORMAL, OPERATIONAL, MANDATORY = DispatchClass


@given(WEIGHTS, WEIGHTS)
def test_sums_stop_at_the_bounds(one: Weight, two: Weight) -> None:
    both = one + two
    assert both == two + one and one.fits(both) and both.ref_time <= MOST
    assert (one - two).fits(one) and one.least(two).fits(one) and one.least(two).fits(two)
    assert WEIGHT.decode(WEIGHT.encode(one)) == one and bool(one) == (one != ZERO)
    assert one * 3 == one + one + one


def test_the_limits_of_the_ideal_network() -> None:
    limits = BlockLimits()
    assert limits.block == Weight(2 * 10**12, 10_485_760) and limits.total(MANDATORY) is None
    assert limits.total(NORMAL) == Weight(1_500_000_000_000, 7_864_320)
    assert limits.single(OPERATIONAL) == Weight(1_900_000_000_000 - 125_000_000, 9_961_472)
    assert limits.single(MANDATORY) is None and db_weight(2, 1) == Weight(150_000_000)


def test_how_many_subscriptions_a_pulse_can_serve() -> None:
    """A submission that serves ``n`` shows 3,201,489 + 4,482 + 3,492 n bytes of state, beside 702,882 of the last hook.

    One call may show 9,961,472 bytes, a block 10 MiB: what does not fit cannot be included at all.
    """
    limits = BlockLimits()

    def fits(count: int, used: int) -> bool:
        weight = Weight(0, 3_201_489 + 4_482 + 3_492 * count)
        return limits.room({NORMAL: ZERO, OPERATIONAL: ZERO, MANDATORY: Weight(0, used)}, OPERATIONAL, weight)

    assert fits(1934, 0) and not fits(1935, 0)
    hooks = 702_882 + 1_493  # and the time of the block
    # Above the block's limit an operational call may still use what normal calls leave, which is less than it needs.
    assert fits(1882, hooks) and not fits(1883, hooks)


def test_classes_share_a_block() -> None:
    limits = BlockLimits(block=Weight(1000, 1000), base_extrinsic=Weight(10), base_block=ZERO)
    used = {NORMAL: Weight(700), OPERATIONAL: ZERO, MANDATORY: ZERO}
    assert limits.room(used, NORMAL, Weight(40)) and not limits.room(used, NORMAL, Weight(41))
    assert limits.room(used, OPERATIONAL, Weight(290)) and not limits.room(used, OPERATIONAL, Weight(291))
    assert limits.room(used, MANDATORY, Weight(5000))
    used[MANDATORY] = Weight(300)
    assert not limits.room(used, NORMAL, Weight(1)), "the block is full"
    assert limits.room(used, OPERATIONAL, Weight(240)), "operational calls have 250 of their own"
    assert not limits.room(used, OPERATIONAL, Weight(241))
    assert not limits.room({kind: ZERO for kind in DispatchClass}, NORMAL, Weight(0, 701)), "more than one may show"
