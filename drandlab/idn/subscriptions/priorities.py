"""The priority of subscriptions: in which order the dispatcher serves those that are due, by name.

The order matters where a block has no room for all of them (`ManagerLimits.max_deliveries`): what it does not come to
waits, and is due again in the next block.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from drandlab.idn.subscriptions.policies import Policy
from drandlab.idn.subscriptions.subscription import SubscriptionRecord
from drandlab.typing import checked_choice

__all__ = ["PRIORITIES", "Priority", "in_order"]

Key = Callable[[Policy, SubscriptionRecord], Any]


@dataclass(frozen=True, slots=True)
class Priority:
    """An order: what it is ``about``, and the ``key`` by which it sorts; None for the order of the storage keys."""

    about: str
    key: Key | None


def _price(policy: Policy, sub: SubscriptionRecord) -> int:
    """What the next delivery pays."""
    left = max(sub.credits_left - policy.consume_credits, 0)
    return policy.held(sub.credits, sub.credits_left) - policy.held(sub.credits, left)


PRIORITIES: Mapping[str, Priority] = MappingProxyType(
    {
        "hash": Priority("by the hash of the id, which is the order of the storage keys: what runs today", None),
        "id": Priority("by id: whoever chooses a low one comes first", lambda policy, sub: sub.id),
        "age": Priority("the oldest first", lambda policy, sub: (sub.created_at, sub.id)),
        "price": Priority(
            "who pays most for the delivery first, then the oldest",
            lambda policy, sub: (-_price(policy, sub), sub.created_at, sub.id),
        ),
        "wait": Priority(
            "who has waited longest since the last delivery first, then the oldest",
            lambda policy, sub: (-1 if sub.last_delivered is None else sub.last_delivered, sub.created_at, sub.id),
        ),
    }
)
"""The orders by name."""


def in_order(name: str, policy: Policy, subscriptions: Iterable[SubscriptionRecord]) -> list[SubscriptionRecord]:
    """Return subscriptions, which come in the order of their storage keys, in the order of a priority of this name."""
    key = PRIORITIES[checked_choice(name, "priority", PRIORITIES)].key
    if key is None:
        return list(subscriptions)
    return sorted(subscriptions, key=lambda sub: key(policy, sub))
