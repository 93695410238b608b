r"""A discount for a volume that is never used: the credits that were cheapest are used first, the rest is paid back.

The fees that are held are the price of the credits left, $fee(n)$, as if no others had been bought. So the first ones
used are those of the highest discount. Whoever buys $n$ credits, uses $k$ and ends the subscription has paid
$fee(n) - fee(n - k)$, and not $fee(k)$.
"""

from __future__ import annotations

from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter
from drandlab.attacks.credit_prices import price_of, price_of_last
from drandlab.attacks.small_bridge import ALICE, EXISTENTIAL, POLICIES, RICH, SmallBridge, policy_named
from drandlab.errors import LocalError

__all__ = ["ATTACK"]


def _checked(bought: int, used: int) -> None:
    if used > bought:
        raise LocalError(f"must be at most the credits bought, {bought}, got {used}", argument="used")


def _theory(policy: str, bought: int, used: int) -> AttackOutcome:
    _checked(bought, used)
    fair = price_of(used)
    return {"paid": price_of_last(bought, used) if policy == "deployed" else fair, "alone": fair}


def _measure(seed: int, *, policy: str, bought: int, used: int) -> AttackOutcome:
    _checked(bought, used)

    def paid(credits: int) -> int:
        bridge = SmallBridge(policy_named(policy, "cheapest-first"), first=1 + seed % 1000)
        sub = bridge.create(credits)
        bridge.pulses(used)
        bridge.manage("kill_subscription", ALICE, sub_id=sub)
        assert not bridge.fees() and bridge.free() == RICH - bridge.treasury + EXISTENTIAL
        return bridge.treasury - EXISTENTIAL

    return {"paid": paid(bought), "alone": paid(used)}


ATTACK = Attack(
    name="cheapest_first",
    about="Somebody buys many credits for the discount, uses a few and has the rest paid back.",
    parameters={
        "policy": AttackParameter("deployed", "the rules of the manager", choices=POLICIES),
        "bought": AttackParameter(10_000_010, "credits that are bought", low=1, high=10**9),
        "used": AttackParameter(10, "credits that are used before the end", low=1, high=1000),
    },
    sources=("Ideal Network SDK, December 2025: pallet-idn-manager",),
    remedy="Hold the price of all credits less that of those used, so that a discount is earned by use.",
    theory=_theory,
    measure=_measure,
)
