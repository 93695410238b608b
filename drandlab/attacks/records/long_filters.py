"""A list of wanted rounds makes a record long: without a bound its bytes are more than a pulse is weighed for.

In the first design a subscription may name its rounds, 8 bytes each, and the dispatcher reads them with every pulse. Of
each record 3,492 bytes of proof are weighed, whatever is in it. A list names rounds before they are drawn: nobody can
choose by the randomness. Today there are no lists.
"""

from __future__ import annotations

from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter
from drandlab.attacks.small_bridge import SmallBridge
from drandlab.idn.subscriptions import policies
from drandlab.idn.subscriptions.manager_limits import ManagerLimits

__all__ = ["ATTACK"]

WITHOUT, WEIGHED = 104, 3492
"""Bytes of a record without a list, and the bytes that each is weighed with."""


def _theory(policy: str, rounds: int, bound: int) -> AttackOutcome:
    if policy == "deployed" or rounds > bound:
        return {"error": "InvalidParams", "bytes": 0, "weighed": True}
    prefix = 1 if rounds < 1 << 6 else 2 if rounds < 1 << 14 else 4
    size = WITHOUT + prefix + 8 * rounds
    return {"error": None, "bytes": size, "weighed": size <= WEIGHED}


def _measure(seed: int, *, policy: str, rounds: int, bound: int) -> AttackOutcome:
    bridge = SmallBridge(policies[policy], limits=ManagerLimits(max_filter=bound))
    sub_id, first = bytes(31) + b"f", 1 + seed % 1000
    error = bridge.try_create(10, sub_id=sub_id, pulse_filter=tuple(range(first, first + rounds)))
    found = bridge.find(sub_id)
    size = 0 if found is None else len(bridge.manager.codecs.record.encode(found))
    return {"error": error, "bytes": size, "weighed": size <= WEIGHED}


ATTACK = Attack(
    name="long_filters",
    about="A customer names so many rounds that every pulse reads more of its record than is weighed.",
    parameters={
        "policy": AttackParameter("seed", "the rules of the manager", choices=("deployed", "seed")),
        "rounds": AttackParameter(1000, "rounds that the customer names", low=0, high=20_000),
        "bound": AttackParameter(20_000, "rounds that a list may have; 100 in the first design", low=0, high=20_000),
    },
    sources=("Ideal Network SDK, May 2025: the pulse filter, taken out that month",),
    remedy="Bound the list, and weigh a record by its longest form.",
    theory=_theory,
    measure=_measure,
)
