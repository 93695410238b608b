"""The records of the manager: its storage, and what changes there when a subscription begins, changes or ends."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from drandlab.idn.runtime.calls import RuntimeEvent
from drandlab.idn.runtime.context import Context
from drandlab.idn.state import Storage, StorageMap, StorageValue
from drandlab.idn.subscriptions.call_params import CreateSubParams, ManagerCodecs
from drandlab.idn.subscriptions.holdings import Holdings
from drandlab.idn.subscriptions.manager_limits import ManagerLimits
from drandlab.idn.subscriptions.policies import Policy
from drandlab.idn.subscriptions.subscription import SUB_ID, SubscriptionDetails, SubscriptionRecord
from drandlab.idn.subscriptions.transitions import State
from drandlab.wire.scale import U32

__all__ = ["PALLET", "Queries", "Records", "new_record"]

PALLET = "IdnManager"


@dataclass(frozen=True, slots=True)
class Queries:
    """How many subscriptions an author looks at in a block with a pulse, and the most it may ever be."""

    now: int
    most: int


def new_record(params: CreateSubParams, sub_id: bytes, subscriber: bytes, block: int) -> SubscriptionRecord:
    """Return the record of a subscription that is created in ``block``."""
    return SubscriptionRecord(
        id=sub_id,
        details=SubscriptionDetails(
            subscriber=subscriber, target=params.target, call=params.call, origin_kind=params.origin_kind
        ),
        credits_left=params.credits,
        state=State.ACTIVE,
        created_at=block,
        updated_at=block,
        credits=params.credits,
        frequency=params.frequency,
        metadata=params.metadata,
        pulse_filter=params.pulse_filter,
    )


class Records:
    """The subscriptions that are stored, by id; ``counter`` says how many there are."""

    def __init__(self, policy: Policy, limits: ManagerLimits, codecs: ManagerCodecs, holdings: Holdings) -> None:
        self.policy, self.limits, self.holdings = policy, limits, holdings
        self.subscriptions: StorageMap[bytes, SubscriptionRecord, None]
        self.subscriptions = StorageMap(PALLET, "Subscriptions", SUB_ID, codecs.record)
        self.counter = StorageValue(PALLET, "SubCounter", U32, default=0)

    def all(self, storage: Storage) -> list[SubscriptionRecord]:
        """Return all subscriptions in the order of their storage keys, which is that of the hashes of their ids."""
        return list(self.subscriptions.values(storage))

    def queries(self, storage: Storage) -> Queries:
        """Return how many subscriptions are looked at for a pulse."""
        return Queries(self.counter.get(storage), self.limits.max_subscriptions)

    # -- changes ------------------------------------------------------------------------------------------------------

    def tell(self, context: Context, name: str, sub_id: bytes, **more: Any) -> None:
        """Deposit an event about a subscription."""
        context.deposit(RuntimeEvent(PALLET, name, {"sub_id": sub_id, **more}))

    def put(self, context: Context, sub: SubscriptionRecord) -> None:
        """Store a record."""
        self.subscriptions.put(context.storage, sub.id, sub)

    def moved(self, context: Context, sub: SubscriptionRecord, cause: str, event: str) -> None:
        """Store a subscription in the state to which this leads, and tell of it."""
        state = self.policy.transitions[sub.state, cause]
        assert state is not None
        self.put(context, replace(sub, state=state))
        self.tell(context, event, sub.id)

    def begin(self, context: Context, sub: SubscriptionRecord) -> None:
        """Store a new subscription, for which fees and deposit are held."""
        self.holdings.open(context, sub)
        self.put(context, sub)
        self.counter.mutate(context.storage, lambda count: count + 1)
        self.tell(context, "SubscriptionCreated", sub.id)

    def end(self, context: Context, sub: SubscriptionRecord) -> None:
        """Take a subscription out, and give back what is still held for it."""
        self.holdings.close(context, sub)
        self.subscriptions.remove(context.storage, sub.id)
        self.counter.mutate(context.storage, lambda count: max(count - 1, 0))
        self.tell(context, "SubscriptionTerminated", sub.id)
