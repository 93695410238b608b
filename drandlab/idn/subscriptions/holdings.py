"""The money of subscriptions: what is held for each of them, what goes to the treasury, and what comes back."""

from __future__ import annotations

from dataclasses import dataclass, replace

from drandlab.idn.pallets.balances import Balances
from drandlab.idn.pallets.holds import HoldReason, Till
from drandlab.idn.runtime.context import Context
from drandlab.idn.runtime.failures import fail
from drandlab.idn.state import StorageMap
from drandlab.idn.subscriptions.manager_limits import ManagerLimits
from drandlab.idn.subscriptions.policies import Holding, Policy
from drandlab.idn.subscriptions.subscription import SUB_ID, SubscriptionCodec, SubscriptionRecord
from drandlab.wire.scale import U128, Composite

__all__ = ["DEPOSIT", "FEES", "MANAGER", "Holdings", "OwnHold", "Tills"]

MANAGER = 40
"""The index of the manager's pallet in the runtime."""

FEES, DEPOSIT = HoldReason(MANAGER, 0), HoldReason(MANAGER, 1)
"""For what is held: the fees of credits that are not used yet, and the deposit for records that are stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnHold:
    """What is held for one subscription alone, where that is written down (`Holding.OWN`)."""

    fees: int = 0
    deposit: int = 0


OWN_HOLD = Composite(OwnHold, fees=U128, deposit=U128)


@dataclass(frozen=True, slots=True)
class Tills:
    """Where the payments of a dispatch go: credits to the ``treasury``, base fees to the ``sovereign`` account."""

    treasury: Till
    sovereign: Till

    def mark(self) -> tuple[int, int, bool, bool]:
        """Return how full they are, so that what is undone can be taken `back`."""
        return self.treasury.amount, self.sovereign.amount, self.treasury.open, self.sovereign.open

    def back(self, mark: tuple[int, int, bool, bool]) -> None:
        """Be as full as at a mark."""
        self.treasury.amount, self.sovereign.amount, self.treasury.open, self.sovereign.open = mark


class Holdings:
    """Holds and pays by the rules of a policy, for the calls of the manager and for its dispatcher.

    ``own`` is the map of what is held for each subscription, None where that is not written down. ``sovereign`` is the
    account of the bridge's own, to which base fees go.
    """

    def __init__(
        self,
        balances: Balances,
        policy: Policy,
        limits: ManagerLimits,
        treasury: bytes,
        record: SubscriptionCodec,
        pallet: str,
        sovereign: bytes = bytes(32),
    ) -> None:
        self.balances, self.policy, self.limits, self.treasury = balances, policy, limits, treasury
        self.sovereign = sovereign
        self._record, self._exact = record, policy.holding is Holding.EXACT
        self.own: StorageMap[bytes, OwnHold, OwnHold] | None = None
        if policy.holding is Holding.OWN:
            self.own = StorageMap(pallet, "OwnHolds", SUB_ID, OWN_HOLD, default=OwnHold())

    def deposit(self, sub: SubscriptionRecord) -> int:
        """Return the deposit for a record: so much for each of its bytes."""
        if self.policy.deposit_of_creation and sub.last_delivered is not None:
            sub = replace(sub, last_delivered=None)
        return self.limits.deposit_byte * len(self._record.encode(sub))

    def base(self, sub: SubscriptionRecord) -> int:
        """Return the base fee of each delivery to a subscription, 0 where the policy has none."""
        return self.policy.base(sub.details.call) or 0

    def tills(self, context: Context) -> Tills:
        """Return empty tills for the payments of a dispatch."""
        storage = context.storage
        return Tills(self.balances.till(storage, self.treasury), self.balances.till(storage, self.sovereign))

    def empty(self, context: Context, tills: Tills) -> None:
        """Put what is in the tills into the accounts."""
        self.balances.empty(context, tills.treasury)
        self.balances.empty(context, tills.sovereign)

    # -- the life of a subscription -----------------------------------------------------------------------------------

    def open(self, context: Context, sub: SubscriptionRecord) -> None:
        """Hold the fees and the deposit of a new subscription; ``FundsUnavailable`` where they are not there."""
        self._change(context, sub, FEES, self._held(sub))
        self._change(context, sub, DEPOSIT, self.deposit(sub))

    def charge(self, context: Context, sub: SubscriptionRecord, used: int, tills: Tills) -> int:
        """Pay for so many credits of a subscription out of its fees, into the tills; return how much that was.

        Where less is held: ``FundsUnavailable``; what is there is gone all the same, unless the policy's holds are
        exact. ``CannotCreate`` where the treasury would stay too poor to exist, or the sovereign account does not.
        """
        left, based = sub.credits_left, 0
        if self.policy.base_fees is not None:
            based = self.base(sub) * min(used, left)
            if based and not tills.sovereign.open:
                raise fail("CannotCreate", "the bridge's sovereign account does not exist")
            self._pay(context, sub, based, tills.sovereign)
        return based + self._pay(context, sub, self.policy.charged(sub.credits, left, used), tills.treasury)

    def _pay(self, context: Context, sub: SubscriptionRecord, asked: int, till: Till) -> int:
        own = asked if self.own is None else min(asked, self.own.get(context.storage, sub.id).fees)
        moved = self.balances.transfer_on_hold(context, FEES, sub.subscriber, till, own, exact=self._exact)
        if self.own is not None:
            self._note(context, sub, FEES, -moved)
        if moved < asked:
            raise fail("FundsUnavailable", f"{moved} of {asked} were held")
        return asked

    def update(self, context: Context, before: SubscriptionRecord, after: SubscriptionRecord) -> None:
        """Hold or release what an update of a subscription changes."""
        policy = self.policy
        if policy.top_ups_usable:
            rise = self._held(after) - self._held(before)
        else:
            base = self.base(after)
            rise = policy.fee(after.credits, base) - policy.fee(before.credits, base)
        self._change(context, after, FEES, rise)
        if policy.deposit_follows:
            rise = self.deposit(after) - self.deposit(before)
            self._change(context, after, DEPOSIT, rise if policy.deposit_released else max(rise, 0))

    def close(self, context: Context, sub: SubscriptionRecord) -> None:
        """Release the fees of the credits that are left, exactly, and the deposit, as far as it is there."""
        self._change(context, sub, FEES, -self._held(sub))
        self._change(context, sub, DEPOSIT, -self.deposit(sub))
        if self.own is not None:
            self.own.remove(context.storage, sub.id)

    # -- the parts ----------------------------------------------------------------------------------------------------

    def _held(self, sub: SubscriptionRecord) -> int:
        """What is to be held for a subscription's credits."""
        return self.policy.held(sub.credits, sub.credits_left, self.base(sub))

    def _change(self, context: Context, sub: SubscriptionRecord, purpose: HoldReason, rise: int) -> None:
        """Hold more of an account, or release some of it."""
        if rise > 0:
            self.balances.hold(context, purpose, sub.subscriber, rise)
        elif rise < 0:
            fall, exact = -rise, purpose is FEES or self._exact
            if self.own is not None:
                mine = self._own(context, sub, purpose)
                if exact and mine < fall:
                    raise fail("FundsUnavailable", f"{mine} is held for it, {fall} is asked for")
                fall = min(fall, mine)
            rise = -self.balances.release(context, purpose, sub.subscriber, fall, exact=exact)
        self._note(context, sub, purpose, rise)

    def _own(self, context: Context, sub: SubscriptionRecord, purpose: HoldReason) -> int:
        assert self.own is not None
        found = self.own.get(context.storage, sub.id)
        return found.fees if purpose is FEES else found.deposit

    def _note(self, context: Context, sub: SubscriptionRecord, purpose: HoldReason, rise: int) -> None:
        if self.own is None or not rise:
            return
        found = self.own.get(context.storage, sub.id)
        if purpose is FEES:
            found = replace(found, fees=found.fees + rise)
        else:
            found = replace(found, deposit=found.deposit + rise)
        self.own.put(context.storage, sub.id, found)
