r"""What three ways to reach many contracts cost, for each pulse: the ideas of the bridge's first text, side by side.

``direct``: every contract has a subscription of its own and pays for its own delivery, as today.
``shared``: the bridge owns one coordinator and its one subscription, and earns from the registrants.
``own``: each user has a subscription and owns its coordinator; the user pays credits, delivery and the base fee, which
the bridge's manager asks for with each credit (`BaseFees`).

The work at the target is the same in all: $N$ contracts are called. What differs is how often a message is sent, which
is nearly all of the cost, and who carries what nobody has paid for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from drandlab.errors import LocalError
from drandlab.idn.contracts.base_fees import INSTRUCTION, BaseFees
from drandlab.idn.contracts.contracts_pallet import BASE_CALL
from drandlab.idn.contracts.coordinator_terms import CoordinatorTerms
from drandlab.idn.runtime.weights import Weight
from drandlab.idn.subscriptions.fee_table import RUNTIME_FEES
from drandlab.idn.xcm_execution.prices import DeliveryPrice
from drandlab.typing import checked_int

__all__ = ["DELIVERY_BYTES", "CoordinatorCosts", "coordinator_costs", "shared_break_even"]

DELIVERY_BYTES = 290
"""Bytes that the price of a delivery counts for a call of a contract: that of a pallet has 240, its call 50 less."""

_BRIDGE = DeliveryPrice(base=30_000_000_000, byte=50_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class CoordinatorCosts:
    """The figures of one way, in planck for each pulse, of all contracts together.

    ``messages`` are sent. ``credits``: what the credits cost. ``delivery``: the price of sending. ``execution``: the
    price of all weight at the target. ``users`` and ``registrants`` pay so much; ``bridge`` is what the bridge has
    after it, its sovereign account and its treasury together, and after the price of sending where it is the bridge
    that sends for itself: below 0 it loses. ``owners``: what the owners of coordinators earn.
    """

    idea: str
    contracts: int
    coordinators: int
    messages: int
    credits: int
    delivery: int
    execution: int
    users: int
    registrants: int
    bridge: int
    owners: int

    @property
    def each(self) -> int:
        """What a contract's pulse costs those who use it, rounded up."""
        return -(-(self.users + self.registrants - self.owners) // self.contracts)


def coordinator_costs(
    *,
    contracts: int,
    users: int = 1,
    work: Weight | None = None,
    terms: CoordinatorTerms | None = None,
    delivery: DeliveryPrice = _BRIDGE,
) -> Mapping[str, CoordinatorCosts]:
    """Return the figures of ``direct``, ``shared`` and ``own``, by name.

    ``contracts`` are called with each pulse, and do ``work`` there, half of the terms' limit unless said otherwise; in
    ``own`` they belong to ``users``, as evenly as can be. ``terms`` are those of every coordinator, except that each
    has just the capacity that it needs. Raises `LocalError` where one coordinator cannot have so many.

    >>> costs = coordinator_costs(contracts=32, users=4)
    >>> [(one.idea, one.messages, one.each // 10**6) for one in costs.values()]
    [('direct', 32, 30088), ('shared', 1, 11), ('own', 4, 3790)]
    >>> [one.bridge // 10**6 for one in costs.values()]
    [92, -30048, 642]
    """
    contracts = checked_int(contracts, "contracts", 1)
    users = checked_int(users, "users", 1, contracts)
    terms = terms or CoordinatorTerms()
    work = work or terms.call_limit.share(50)
    if not work.fits(terms.call_limit):
        raise LocalError("a re-dispatch cannot do more than its limit allows", argument="work")
    message, credit = delivery.of(DELIVERY_BYTES), RUNTIME_FEES.fee(1)
    each = terms.price(work + terms.overhead())
    registrants = contracts * (each + terms.base_fee + terms.owner_fee)
    owners = contracts * terms.owner_fee
    single = terms.price(INSTRUCTION * 7 + BASE_CALL + work)
    direct = CoordinatorCosts(
        idea="direct",
        contracts=contracts,
        coordinators=0,
        messages=contracts,
        credits=contracts * credit,
        delivery=contracts * message,
        execution=contracts * single,
        users=contracts * (credit + message + single),
        registrants=0,
        bridge=contracts * credit,
        owners=0,
    )
    shared_envelope = _envelope(terms, [contracts])
    shared = CoordinatorCosts(
        idea="shared",
        contracts=contracts,
        coordinators=1,
        messages=1,
        credits=0,
        delivery=message,
        execution=shared_envelope + contracts * each,
        users=0,
        registrants=registrants,
        bridge=registrants - contracts * each - shared_envelope - message,
        owners=0,
    )
    parts = [contracts // users + (number < contracts % users) for number in range(users)]
    envelope, declared = _envelope(terms, parts), _declared(terms, parts)
    own = CoordinatorCosts(
        idea="own",
        contracts=contracts,
        coordinators=users,
        messages=users,
        credits=users * credit,
        delivery=users * message,
        execution=envelope + contracts * each,
        users=users * (credit + message) + declared,
        registrants=registrants,
        bridge=users * credit + declared - envelope + contracts * terms.base_fee,
        owners=owners,
    )
    return {one.idea: one for one in (direct, shared, own)}


def shared_break_even(
    contracts: int, *, terms: CoordinatorTerms | None = None, delivery: DeliveryPrice = _BRIDGE
) -> int:
    """Return the least base fee by which so many registrants carry a shared coordinator, the bridge's message included.

    >>> [shared_break_even(number) // 10**6 for number in (1, 8, 64)]
    [30079, 3759, 469]
    """
    terms = terms or CoordinatorTerms()
    needed = delivery.of(DELIVERY_BYTES) + _envelope(terms, [checked_int(contracts, "contracts", 1)])
    return -(-needed // contracts)


def _sized(terms: CoordinatorTerms, capacity: int) -> CoordinatorTerms:
    return CoordinatorTerms(
        call_limit=terms.call_limit,
        capacity=capacity,
        base_fee=terms.base_fee,
        owner_fee=terms.owner_fee,
        parts=terms.parts,
    )


def _envelope(terms: CoordinatorTerms, parts: list[int]) -> int:
    """The price of what a delivery weighs beside the re-dispatches, of all coordinators."""
    return sum(terms.price(INSTRUCTION * 6 + BASE_CALL + _sized(terms, part).fixed()) for part in parts)


def _declared(terms: CoordinatorTerms, parts: list[int]) -> int:
    """The base fees of all coordinators, as a manager asks for them: the price of the most that may be executed."""
    fees = BaseFees(parts=terms.parts)
    return sum(fees.execution(BASE_CALL + _sized(terms, part).gas_needed()) for part in parts)
