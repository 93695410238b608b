"""What one pulse costs a consumer, by the way in which it comes, and where each figure is from.

All are prices of the same chains in planck: what is weighed costs the consumer chain's price of weight. A price in the
token of another chain would need a rate of exchange, which is no figure of a chain, and is left out. For the same
reason the oracle has no reward here, only what its operator pays itself: it is a lower bound.
"""

from __future__ import annotations

from dataclasses import dataclass

from drandlab.idn.rand_beacon.range_mode import RangeBeacon
from drandlab.idn.runtime.weights import BlockLimits, Weight, db_weight
from drandlab.idn.subscriptions import policies
from drandlab.idn.xcm_execution.prices import DeliveryPrice, WeightPrice

__all__ = ["CONTRACT_CHECK", "DELIVERY_LENGTH", "EXECUTION", "CostPart", "cost_parts"]

DELIVERY_LENGTH = 240
"""Bytes of a pulse's message to a pallet, as the price of a delivery counts them."""

EXECUTION = Weight(7 * 1_000_000_000 + 7_545_079_000)
"""What the message weighs at the consumer: seven instructions, and the call that takes the pulse."""

CONTRACT_CHECK = Weight(1_344_000_000_000)
"""What the real bridge's authors measured for the check of one pulse within a contract."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CostPart:
    """One part of what a pulse costs in one way to get it; ``source`` says where the figure is from."""

    way: str
    part: str
    amount: float
    source: str


def cost_parts() -> tuple[CostPart, ...]:
    """Return what a pulse costs in five ways, in planck, part by part.

    A subscription; the consumer's own check of the beacon, in a pallet and in a contract, where somebody brings the
    signature for the price of one extrinsic; a VRF, and an oracle that only signs, both brought by an extrinsic.

    >>> sums = {}
    >>> for part in cost_parts():
    ...     sums[part.way] = sums.get(part.way, 0) + part.amount
    >>> sums["subscription"], sums["own check, in a pallet"], sums["oracle"]
    (30131260632, 136809555, 2000000)
    """
    weight, limits = WeightPrice(), BlockLimits()
    carried = weight.of(limits.base_extrinsic + db_weight(1, 1))
    extrinsic = "the least weight of an extrinsic in the Polkadot SDK, one read and one write, no length fee"
    check = RangeBeacon(max_pulses=6).ingest_weight(1)
    return (
        CostPart(
            way="subscription",
            part="credit",
            amount=policies["deployed"].fee(1),
            source="the fee table of the manager, the first credit",
        ),
        CostPart(
            way="subscription",
            part="execution",
            amount=weight.of(EXECUTION),
            source="7 instructions of 1 ms and the declared weight of consume_pulse, at 0.008 planck for each ps",
        ),
        CostPart(
            way="subscription",
            part="delivery",
            amount=DeliveryPrice(base=30_000_000_000, byte=50_000).of(DELIVERY_LENGTH),
            source="the bridge's price of a message to a sibling, 240 bytes, factor 1",
        ),
        CostPart(
            way="own check, in a pallet",
            part="check",
            amount=weight.of(check),
            source="the declared weight of try_submit_asig for one round, without dispatch",
        ),
        CostPart(way="own check, in a pallet", part="extrinsic", amount=carried, source=extrinsic),
        CostPart(
            way="own check, in a contract",
            part="check",
            amount=weight.of(CONTRACT_CHECK),
            source="1,344 ms of weight, measured by the authors of the bridge; more than half of a block",
        ),
        CostPart(way="own check, in a contract", part="extrinsic", amount=carried, source=extrinsic),
        CostPart(
            way="VRF",
            part="check",
            amount=weight.of(limits.base_extrinsic),
            source="assumed: as much again as an extrinsic, whose weight has the check of one sr25519 signature in it",
        ),
        CostPart(way="VRF", part="extrinsic", amount=carried, source=extrinsic),
        CostPart(way="oracle", part="extrinsic", amount=carried, source=f"{extrinsic}; no reward"),
    )
