"""The pallet Balances, as far as the bridge needs it: free balances, holds, transfers, and the existential deposit.

An account exists while its free balance is at least the existential deposit; below that it is taken out, and what is
left is lost. What is held belongs to the account and cannot be spent; while anything is held, the account keeps the
existential deposit free. Locks, freezes and reserves are left out: ``frozen`` is stored, and kept as it is.

Source: ``pallet_balances`` of the Polkadot SDK.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from drandlab.idn.pallets.holds import (
    HOLDS,
    HoldReason,
    Holds,
    Till,
    balance_moved,
    held_for,
    held_moved,
    hold_at,
    reserved_moved,
)
from drandlab.idn.pallets.system import ACCOUNT_ID, AccountInfo, System
from drandlab.idn.runtime.calls import Origin, ensure_root, ensure_signed
from drandlab.idn.runtime.context import Context
from drandlab.idn.runtime.failures import fail
from drandlab.idn.runtime.pallet import CallType, EventType, Pallet
from drandlab.idn.runtime.weights import Weight, db_weight
from drandlab.idn.state import Storage, StorageMap, StorageValue
from drandlab.typing import checked_bytes, checked_int
from drandlab.wire.scale import BOOL, COMPACT_U128, U128, Codec, Enum, FixedBytes, Variant

__all__ = ["ADDRESS", "EXISTENTIAL_DEPOSIT", "Balances"]

EXISTENTIAL_DEPOSIT = 1_000_000_000
"""The least free balance of an account, unless the runtime's constant ``existential_deposit`` says another."""

_MOST = (1 << 128) - 1

ADDRESS = Enum("MultiAddress", {0: ("Id", FixedBytes(32))})
"""An account in the arguments of a call: ``Variant("Id", account)``."""


_WHO_AMOUNT: Mapping[str, Codec[Any]] = {"who": ACCOUNT_ID, "amount": U128}


class Balances(Pallet):
    """Balances, index 10, over the accounts of `System`. Genesis: ``{"balances": {account: free}}``."""

    name, index = "Balances", 10
    errors = (
        "VestingBalance", "LiquidityRestrictions", "InsufficientBalance", "ExistentialDeposit", "Expendability",
        "ExistingVestingSchedule", "DeadAccount", "TooManyReserves", "TooManyHolds", "TooManyFreezes",
        "IssuanceDeactivated", "DeltaZero",
    )  # fmt: skip
    events = (
        EventType("Endowed", {"account": ACCOUNT_ID, "free_balance": U128}),
        EventType("DustLost", {"account": ACCOUNT_ID, "amount": U128}),
        EventType("Transfer", {"from": ACCOUNT_ID, "to": ACCOUNT_ID, "amount": U128}),
        EventType("BalanceSet", {"who": ACCOUNT_ID, "free": U128}),
        EventType("Reserved", _WHO_AMOUNT),
        EventType("Unreserved", _WHO_AMOUNT),
        EventType("ReserveRepatriated"),
        EventType("Deposit", _WHO_AMOUNT),
        EventType("Withdraw", _WHO_AMOUNT),
        EventType("Slashed", _WHO_AMOUNT),
        EventType("Minted", _WHO_AMOUNT),
        EventType("Burned", _WHO_AMOUNT),
    )

    def __init__(self, system: System) -> None:
        self.system = system
        self.total_issuance = StorageValue(self.name, "TotalIssuance", U128, default=0)
        self.holds = StorageMap(self.name, "Holds", ACCOUNT_ID, HOLDS, default=())

    @property
    def calls(self) -> tuple[CallType, ...]:
        to: Mapping[str, Codec[Any]] = {"dest": ADDRESS, "value": COMPACT_U128}
        value = db_weight(1, 1) + Weight(50_000_000, 3593)
        return (
            CallType(0, "transfer_allow_death", to, self._allow_death, value),
            CallType(3, "transfer_keep_alive", to, self._keep_alive, value),
            CallType(4, "transfer_all", {"dest": ADDRESS, "keep_alive": BOOL}, self._all, value),
            CallType(8, "force_set_balance", {"who": ADDRESS, "new_free": COMPACT_U128}, self._force_set, value),
        )

    def genesis(self, context: Context, config: Mapping[str, Any]) -> None:
        for account, free in config.get("balances", {}).items():
            free = checked_int(free, "balances", self.least(context), _MOST, what="a balance")
            self._set(context, checked_bytes(account, "balances", 32), free)

    # -- for other pallets --------------------------------------------------------------------------------------------

    @staticmethod
    def least(context: Context) -> int:
        """Return the existential deposit."""
        return int(context.constants.get("existential_deposit", EXISTENTIAL_DEPOSIT))

    def free(self, storage: Storage, account: bytes) -> int:
        """Return the free balance of an account, 0 for one that does not exist."""
        return self.system.account.get(storage, account).data.free

    def mint(self, context: Context, account: bytes, amount: int) -> None:
        """Make ``amount`` and give it to an account; fails where the account would stay too poor to exist."""
        self._give(context, account, amount)
        context.deposit(self.event("Minted", who=account, amount=amount))

    def burn(self, context: Context, account: bytes, amount: int, *, keep_alive: bool = False) -> None:
        """Take ``amount`` from an account and destroy it."""
        self._take(context, account, amount, keep_alive)
        context.deposit(self.event("Burned", who=account, amount=amount))

    def transfer(self, context: Context, source: bytes, dest: bytes, amount: int, *, keep_alive: bool = False) -> None:
        """Move ``amount`` from one account to another.

        Fails with ``FundsUnavailable`` where the source has less, ``NotExpendable`` where ``keep_alive`` forbids that
        it ends, ``BelowMinimum`` where the destination would stay too poor to exist.
        """
        if amount and source != dest:
            if self.free(context.storage, dest) + amount < self.least(context):
                raise fail("BelowMinimum", f"{amount} is below the existential deposit")
            self._take(context, source, amount, keep_alive)
            self._give(context, dest, amount)
        elif self.free(context.storage, source) < amount:
            raise fail("FundsUnavailable")
        context.deposit(self.event("Transfer", **{"from": source, "to": dest, "amount": amount}))

    # -- holds --------------------------------------------------------------------------------------------------------

    def held(self, storage: Storage, account: bytes, purpose: HoldReason) -> int:
        """Return what is held of an account for a reason."""
        return held_for(self.holds.get(storage, account), purpose)

    def hold(self, context: Context, purpose: HoldReason, account: bytes, amount: int) -> None:
        """Hold ``amount`` of what is free; ``FundsUnavailable`` unless the existential deposit stays free beside it."""
        if not amount:
            return
        info = self.system.account.get(context.storage, account)
        if info.data.free < amount + self.least(context):
            why = f"{info.data.free} is free, {amount} and the existential deposit are needed"
            raise fail("FundsUnavailable", why)
        kept = self.holds.get(context.storage, account)
        self._move_held(
            context.storage, account, info, held_moved(kept, purpose, amount), free=-amount, reserved=amount
        )

    def release(self, context: Context, purpose: HoldReason, account: bytes, amount: int, *, exact: bool = True) -> int:
        """Make ``amount`` of what is held free again, and return it.

        With less held: ``FundsUnavailable``, or as much as there is if it need not be ``exact``.
        """
        kept = self.holds.get(context.storage, account)
        amount = self._within(kept, purpose, amount, exact)
        if amount:
            info = self.system.account.get(context.storage, account)
            self._move_held(
                context.storage, account, info, held_moved(kept, purpose, -amount), free=amount, reserved=-amount
            )
        return amount

    def till(self, storage: Storage, account: bytes) -> Till:
        """Return an empty till for payments to an account."""
        return Till(account, bool(self.system.account.get(storage, account).providers))

    def empty(self, context: Context, till: Till) -> None:
        """Put what is in a till into its account."""
        if till.amount:
            info = self.system.account.get(context.storage, till.account)
            self.system.account.put(context.storage, till.account, balance_moved(info, free=till.amount))
            till.amount = 0

    def transfer_on_hold(
        self, context: Context, purpose: HoldReason, source: bytes, till: Till, amount: int, *, exact: bool = False
    ) -> int:
        """Move ``amount`` of what is held of ``source`` into a till, and return it.

        With less held: as much as there is, or ``FundsUnavailable`` where it is to be ``exact``. Fails with
        ``CannotCreate`` where the till's account would stay too poor to exist.
        """
        storage, key = context.storage, self.holds.key_of(source)
        written = storage.get(key)
        held, at = (0, 0) if written is None else hold_at(written, purpose)
        amount = self._of(held, amount, exact)
        if amount:
            assert written is not None
            if not till.open and self.free(storage, till.account) + amount < self.least(context):
                raise fail("CannotCreate", f"{amount} is too little for an account below the existential deposit")
            self._take_off(storage, source, key, written, purpose, amount, at)
            if till.open:
                till.amount += amount
            else:
                self._set(context, till.account, self.free(storage, till.account) + amount, made=-amount)
                till.open = True
        return amount

    def _take_off(
        self, storage: Storage, account: bytes, key: bytes, written: bytes, purpose: HoldReason, amount: int, at: int
    ) -> None:
        """Take so much off a hold, whose amount stands ``at`` that place of the bytes of all holds of the account.

        Every delivery does this, so the bytes are changed where they are, and not read and written anew.
        """
        place = self.system.account.key_of(account)
        info = storage.get(place)
        assert info is not None, "something of the account is held"
        left = int.from_bytes(written[at : at + 16], "little") - amount
        if left:
            storage.put(key, written[:at] + left.to_bytes(16, "little") + written[at + 16 :])
        else:
            moved = held_moved(HOLDS.decode(written), purpose, -amount)
            storage.put(key, HOLDS.encode(moved) if moved else None)
        storage.put(place, reserved_moved(info, -amount))

    def _move_held(
        self, storage: Storage, account: bytes, info: AccountInfo, moved: Holds, *, free: int, reserved: int
    ) -> None:
        """Store the holds of an account, and what it has free and reserved."""
        if moved:
            self.holds.put(storage, account, moved)
        else:
            self.holds.remove(storage, account)
        self.system.account.put(storage, account, balance_moved(info, free=free, reserved=reserved))

    @staticmethod
    def _within(kept: Holds, purpose: HoldReason, amount: int, exact: bool) -> int:
        return Balances._of(held_for(kept, purpose), amount, exact)

    @staticmethod
    def _of(held: int, amount: int, exact: bool) -> int:
        if exact and held < amount:
            raise fail("FundsUnavailable", f"{held} is held, {amount} is asked for")
        return min(held, amount)

    # -- the parts ----------------------------------------------------------------------------------------------------

    def _take(self, context: Context, account: bytes, amount: int, keep_alive: bool) -> None:
        free = self.free(context.storage, account)
        if free < amount:
            raise fail("FundsUnavailable", f"{free} is free, {amount} is asked for")
        if free - amount < self.least(context):
            if self.system.account.get(context.storage, account).data.reserved:
                raise fail("Frozen", "something of the account is held, so it keeps the existential deposit")
            if keep_alive:
                raise fail("NotExpendable", "the account would end")
        self._set(context, account, free - amount)

    def _give(self, context: Context, account: bytes, amount: int) -> None:
        total = self.free(context.storage, account) + amount
        if total > _MOST or self.total_issuance.get(context.storage) + amount > _MOST:
            raise fail("Overflow")
        if total < self.least(context):
            raise fail("BelowMinimum", f"{total} is below the existential deposit")
        self._set(context, account, total)

    def _set(self, context: Context, account: bytes, free: int, *, made: int = 0) -> None:
        """Set a free balance, make or end the account, and keep the total issuance right.

        ``made`` corrects the issuance: what was taken off a hold is not made anew.
        """
        storage, least = context.storage, self.least(context)
        info = self.system.account.get(storage, account)
        before, dust = info.data.free, free if free < least else 0
        alive = free - dust > 0
        if not alive and info.consumers:
            raise fail("ConsumerRemaining", "something of the account is held")
        if alive:
            data = replace(info.data, free=free)
            self.system.account.put(storage, account, replace(info, data=data, providers=max(info.providers, 1)))
        elif info.sufficients or info.data.reserved:
            rest = replace(info.data, free=0)
            self.system.account.put(storage, account, replace(info, data=rest, providers=0))
        else:
            self.system.account.remove(storage, account)
        if alive and not info.providers:
            context.deposit(self.system.event("NewAccount", account=account))
            context.deposit(self.event("Endowed", account=account, free_balance=free))
        if not alive and info.providers:
            context.deposit(self.system.event("KilledAccount", account=account))
            if dust:
                context.deposit(self.event("DustLost", account=account, amount=dust))
        self.total_issuance.put(storage, self.total_issuance.get(storage) + free - dust - before + made)

    # -- calls --------------------------------------------------------------------------------------------------------

    def _allow_death(self, context: Context, origin: Origin, dest: Variant, value: int) -> None:
        self.transfer(context, ensure_signed(origin), dest.value, value)

    def _keep_alive(self, context: Context, origin: Origin, dest: Variant, value: int) -> None:
        self.transfer(context, ensure_signed(origin), dest.value, value, keep_alive=True)

    def _all(self, context: Context, origin: Origin, dest: Variant, keep_alive: bool) -> None:
        source = ensure_signed(origin)
        data = self.system.account.get(context.storage, source).data
        rest = self.least(context) if keep_alive or data.reserved else 0
        self.transfer(context, source, dest.value, max(data.free - rest, 0), keep_alive=keep_alive)

    def _force_set(self, context: Context, origin: Origin, who: Variant, new_free: int) -> None:
        ensure_root(origin)
        new_free = new_free if new_free >= self.least(context) else 0
        self._set(context, who.value, new_free)
        context.deposit(self.event("BalanceSet", who=who.value, free=new_free))
