r"""The terms of a coordinator contract: what a re-dispatch may cost, who is paid for it, and what is stored of it all.

Whoever executes a delivery, the *payer*, pays for the weight of all of it. So a registrant pays the payer for the
weight $w$ that its own re-dispatch took, the coordinator's work for it included, and a base fee on top:

$$cost(w) = \lceil w_{ref} \cdot price \rceil + fee_{base}, \qquad most = cost(w_{most}) + fee_{owner}.$$

A registrant is active while its fund holds $most$, so nobody ever lends it anything.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from drandlab.idn.contracts.running.gas_meter import GAS_COSTS, GasCosts
from drandlab.idn.runtime.weights import WEIGHT, Weight
from drandlab.idn.xcm_execution.prices import WeightPrice
from drandlab.typing import checked_bytes, checked_int
from drandlab.wire.scale import BOOL, U16, U32, U64, U128, Composite, FixedBytes

__all__ = [
    "COORDINATOR_TERMS",
    "GIVEN_ON",
    "MOST_REGISTRANTS",
    "PARTS",
    "REGISTRANT",
    "CoordinatorTerms",
    "GivenOn",
    "Registrant",
    "price_of",
]

MOST_REGISTRANTS = 64
"""The most active registrants that a coordinator may allow itself."""

PARTS = WeightPrice().parts
"""Billionths of a planck for a picosecond: what a consumer chain asks for weight."""

_CALL_DATA = 4 + 96
"""Bytes of the data of a re-dispatch: selector, pulse, subscription."""


def price_of(weight: Weight, parts: int = PARTS) -> int:
    """Return what a weight costs, rounded up to whole planck: never less than the chain asks (`WeightPrice`).

    >>> price_of(Weight(14_545_079_000)), WeightPrice().of(Weight(14_545_079_000))
    (116360632, 116360632)
    """
    return -(-weight.ref_time * parts // 10**9)


@dataclass(frozen=True, slots=True, kw_only=True)
class CoordinatorTerms:
    """What holds for all registrants of a coordinator, for as long as it is there.

    ``call_limit``: weight that one re-dispatch may use at most. ``capacity``: active registrants at most. ``base_fee``
    goes to the payer and ``owner_fee`` to the owner for every re-dispatch, beside the price of its weight, which is
    ``parts`` of a billionth of a planck for each picosecond.
    """

    call_limit: Weight = field(default_factory=lambda: Weight(2_000_000_000, 100_000))
    capacity: int = 8
    base_fee: int = 1_000_000
    owner_fee: int = 0
    parts: int = PARTS

    def __post_init__(self) -> None:
        for name, low, high in (
            ("capacity", 1, MOST_REGISTRANTS),
            ("base_fee", 0, 1 << 100),
            ("owner_fee", 0, 1 << 100),
            ("parts", 0, 10**9),
        ):
            object.__setattr__(self, name, checked_int(getattr(self, name), name, low, high))

    def price(self, weight: Weight) -> int:
        """Return what a weight costs."""
        return price_of(weight, self.parts)

    def fixed(self, costs: GasCosts = GAS_COSTS) -> Weight:
        """Return the gas that a pulse takes before and after all re-dispatches, with a full list of registrants."""
        listed = costs.byte * (34 * self.capacity + 600)
        return costs.read * 6 + costs.write * 4 + costs.transfer * 2 + costs.emit + costs.step * 10 + listed

    def overhead(self, costs: GasCosts = GAS_COSTS) -> Weight:
        """Return the gas of the coordinator's own work for one registrant, its settlement included."""
        known = costs.byte * (2 * Registrant.KEY + Registrant.LENGTH + _CALL_DATA)
        return costs.step + costs.read + costs.call + known + settlement(costs)

    def most(self, costs: GasCosts = GAS_COSTS) -> int:
        """Return what a registrant must have in its fund to be active."""
        return self.price(self.call_limit + self.overhead(costs)) + self.base_fee + self.owner_fee

    def gas_needed(self, costs: GasCosts = GAS_COSTS) -> Weight:
        """Return the limit that a delivery needs so that every registrant is served, whatever it does."""
        return self.fixed(costs) + (self.call_limit + self.overhead(costs)) * self.capacity


@dataclass(frozen=True, slots=True, kw_only=True)
class Registrant:
    """A contract that gets pulses from a coordinator: who has registered it, what is left in its fund, and how it went.

    Only the ``sponsor`` may take money out. ``failed`` of the ``served`` re-dispatches ended with an error of its own;
    it has paid for them all.
    """

    LENGTH = 57
    KEY = 43

    sponsor: bytes
    fund: int
    served: int = 0
    failed: int = 0
    active: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "sponsor", checked_bytes(self.sponsor, "sponsor", 32))


def settlement(costs: GasCosts) -> Weight:
    """Return what it costs to write a registrant's record back; it is paid for before it is measured."""
    return costs.write + costs.byte * (Registrant.KEY + Registrant.LENGTH)


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenOn:
    """What became of one pulse, as the coordinator's event says it.

    ``served`` registrants were called, ``failed`` of them with an error; for ``skipped`` ones no gas was left. Whoever
    has no money is not listed, and counts nowhere.
    """

    sub_id: bytes
    end: int
    served: int
    failed: int
    skipped: int
    to_payer: int
    to_owner: int


COORDINATOR_TERMS = Composite(
    CoordinatorTerms, call_limit=WEIGHT, capacity=U16, base_fee=U128, owner_fee=U128, parts=U64
)
REGISTRANT = Composite(Registrant, sponsor=FixedBytes(32), fund=U128, served=U32, failed=U32, active=BOOL)
GIVEN_ON = Composite(
    GivenOn, sub_id=FixedBytes(32), end=U64, served=U16, failed=U16, skipped=U16, to_payer=U128, to_owner=U128
)
