"""The registers of a message while it runs, and what every instruction may do with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any

from drandlab.idn.runtime.context import Context
from drandlab.idn.runtime.failures import DispatchFailed
from drandlab.idn.runtime.weights import ZERO, Weight
from drandlab.idn.xcm.assets import Asset, Assets, Definite, Fungible
from drandlab.idn.xcm.instructions import Instruction, Xcm
from drandlab.idn.xcm.locations import Location
from drandlab.idn.xcm_execution.executor_parts import ExecutorParts
from drandlab.idn.xcm_execution.holding import HoldingRegister
from drandlab.idn.xcm_execution.sending import SendFailed
from drandlab.idn.xcm_execution.trace import ClaimedAssets, SentMessage, TokenFlow, TraceStep
from drandlab.idn.xcm_execution.xcm_errors import XcmFailed, xcm_fail
from drandlab.wire.scale import Variant

__all__ = ["SUCCESS", "Machine", "Step"]

SUCCESS = Variant("Success")
"""The status of a call that ended well, and of none."""

Step = Callable[["Machine", Any], None]
"""What an instruction does."""

_SEND_ERRORS = {"Unroutable": "Unroutable", "NoChannel": "Transport", "TooBig": "ExceedsMaxMessageSize"}


class Machine:
    """One message at work on top of ``context``: ``steps`` has what each kind of instruction does.

    Instructions that move assets are transactional: if one fails, accounts and the holding register are as before it.
    Those in ``loose`` are not. What earlier instructions did stays.
    """

    def __init__(
        self,
        parts: ExecutorParts,
        context: Context,
        origin: Location,
        id: bytes,
        weight: Weight,
        *,
        steps: Mapping[type[Instruction], Step],
        loose: frozenset[type[Instruction]],
    ) -> None:
        self.parts, self.context, self.id, self.message_weight = parts, context, id, weight
        self._steps, self._loose = steps, loose
        self.origin: Location | None = origin
        self.original = origin
        self.holding, self.fees = HoldingRegister(), HoldingRegister()
        self.error: tuple[int, Variant] | None = None
        self.surplus = self.refunded = ZERO
        self.bought, self.paid = ZERO, 0
        self.handler: Xcm = ()
        self.handler_weight = ZERO
        self.appendix: Xcm = ()
        self.appendix_weight = ZERO
        self.status = SUCCESS
        self.jit_withdraw = False
        self.claimer: Location | None = None
        self.topic: bytes | None = None
        self.delivery = self.burned = 0
        self.flow = TokenFlow()
        self.trace: list[TraceStep] = []
        self.fee = 0
        """What the instruction at work has paid so far."""
        self.call_weight = ZERO
        """What the call of the instruction at work has weighed."""

    # -- running ------------------------------------------------------------------------------------------------------

    def run(self, message: Xcm, part: str) -> None:
        """Run instructions until one fails; raises its `XcmFailed` with the index in ``error``.

        The weight of those that do not run after a failure is surplus.
        """
        for index, instruction in enumerate(message):
            try:
                self._run_one(index, instruction, part)
            except XcmFailed as failed:
                for left in message[index + 1 :]:
                    self.surplus += self._weight_of(left)
                self.error = index, failed.error
                raise

    def _weight_of(self, instruction: Instruction) -> Weight:
        try:
            return self.parts.weigher.of_one(self.context, instruction)
        except XcmFailed:
            return ZERO

    def _run_one(self, index: int, instruction: Instruction, part: str) -> None:
        outer, self.fee, self.call_weight, error = self.fee, 0, ZERO, None
        try:
            if _depth.get() >= _DEEPEST:
                raise xcm_fail("ExceedsStackLimit")
            token = _depth.set(_depth.get() + 1)
            try:
                self._do(instruction)
            finally:
                _depth.reset(token)
        except XcmFailed as failed:
            error = failed.error
            raise
        finally:
            self.trace.append(
                TraceStep(
                    index=index,
                    part=part,
                    instruction=instruction,
                    origin=self.origin,
                    holding=self.holding.assets(),
                    weight=self.parts.weigher.unit + self.call_weight,
                    fee=self.fee,
                    error=error,
                )
            )
            self.fee, self.call_weight = outer, ZERO

    def _do(self, instruction: Instruction) -> None:
        step = self._steps.get(type(instruction))
        if step is None:
            raise xcm_fail("Unimplemented")
        if type(instruction) in self._loose:
            step(self, instruction)
            return
        holding, fees, delivery, burned = self.holding.copy(), self.fees.copy(), self.delivery, self.burned
        flow = self.flow
        try:
            with self.context.transaction():
                step(self, instruction)
        except XcmFailed:
            self.holding, self.fees, self.delivery, self.burned = holding, fees, delivery, burned
            self.flow, self.fee = flow, 0
            raise

    # -- for instructions ---------------------------------------------------------------------------------------------

    def need_origin(self) -> Location:
        """Return the origin; fails with ``BadOrigin`` where it was cleared."""
        if self.origin is None:
            raise xcm_fail("BadOrigin")
        return self.origin

    def need_room(self, count: int) -> None:
        """Fail with ``HoldingWouldOverflow`` unless so many more assets may be held."""
        if len(self.holding) + count > 2 * self.parts.most_assets:
            raise xcm_fail("HoldingWouldOverflow")

    def _amount(self, asset: Asset) -> int:
        if asset.id != self.parts.token or not isinstance(asset.fun, Fungible):
            raise xcm_fail("AssetNotFound")
        return asset.fun.amount

    def account(self, location: Location) -> bytes:
        """Return the account of a location; fails where it has none."""
        account = self.parts.account_of(location)
        if account is None:
            raise xcm_fail("FailedToTransactAsset", "AccountIdConversionFailed")
        return account

    def withdraw(self, assets: Assets, owner: Location) -> None:
        """Take assets from the account of ``owner``."""
        for asset in assets:
            amount, account = self._amount(asset), self.account(owner)
            _transact(self.parts.currency.burn, self.context, account, amount)
            self.flow += TokenFlow(withdrawn=amount)

    def deposit(self, assets: Assets, beneficiary: Location) -> None:
        """Put assets into the account of ``beneficiary``."""
        for asset in assets:
            amount, account = self._amount(asset), self.account(beneficiary)
            _transact(self.parts.currency.mint, self.context, account, amount)
            self.flow += TokenFlow(deposited=amount)

    def transfer(self, assets: Assets, source: Location, dest: Location) -> None:
        """Move assets from one account to another."""
        for asset in assets:
            amount = self._amount(asset)
            _transact(self.parts.currency.transfer, self.context, self.account(source), self.account(dest), amount)

    def buy(self, weight: Weight, payment: HoldingRegister) -> HoldingRegister:
        """Pay for weight out of ``payment`` and return the rest; fails with ``TooExpensive``."""
        price = self.parts.weight_price.of(weight)
        if payment.amount(self.parts.token) < price:
            raise xcm_fail("TooExpensive")
        if price:
            payment.take_most(Definite((Asset(self.parts.token, Fungible(price)),)))
        self.bought += weight
        self.paid += price
        self.fee += price
        return payment

    def refund(self) -> None:
        """Give back what was paid for weight that was not used, never more than was paid, and what fees are left."""
        surplus = self.surplus - self.refunded
        if surplus:
            weight = surplus.least(self.bought)
            back = min(self.parts.weight_price.of(weight), self.paid)
            if back and not self.holding.amount(self.parts.token):
                self.need_room(1)
            self.bought -= weight
            if back:
                self.refunded += surplus
                self.paid -= back
                self.fee -= back
                self.holding.add((Asset(self.parts.token, Fungible(back)),))
        self.holding.add(self.fees.assets())
        self.fees = HoldingRegister()

    def send(self, dest: Location, message: Xcm) -> None:
        """Send a message on, and pay for it out of holding, or of the origin's account if it is so set."""
        if self.parts.router is None:
            raise xcm_fail("Unroutable")
        try:
            ticket = self.parts.router.ticket(self.context, dest, message)
            self._pay_delivery(ticket.price)
            self.parts.router.deliver(self.context, ticket)
        except SendFailed as failed:
            raise xcm_fail(_SEND_ERRORS.get(failed.reason, "FeesNotMet"), _TRANSPORT.get(failed.reason)) from None
        self.context.note(
            SentMessage(id=ticket.id, dest=dest, message=message, wire=ticket.wire, price=ticket.price, sender=None)
        )

    def price(self, dest: Location, message: Xcm) -> Assets:
        """Return what sending a message on would cost now, as assets; nothing is sent."""
        if self.parts.router is None:
            raise xcm_fail("Unroutable")
        self.context.storage.begin()
        try:
            price = self.parts.router.ticket(self.context, dest, message).price
        except SendFailed as failed:
            raise xcm_fail(_SEND_ERRORS.get(failed.reason, "FeesNotMet"), _TRANSPORT.get(failed.reason)) from None
        finally:
            self.context.storage.undo()
        return (Asset(self.parts.token, Fungible(price)),) if price else ()

    def _pay_delivery(self, price: int) -> None:
        if not price:
            return
        fee = (Asset(self.parts.token, Fungible(price)),)
        if self.jit_withdraw:
            self.withdraw(fee, self.need_origin())
        elif (self.fees or self.holding).take_all(Definite(fee)) is None:
            raise xcm_fail("NotHoldingFees")
        self.fee += price
        if not self._give(self.parts.fee_account, price):
            self.burned += price
        else:
            self.delivery += price

    def _give(self, account: bytes | None, amount: int) -> bool:
        """Give somebody what was paid; whether it can be given."""
        if account is None or not amount:
            return False
        try:
            with self.context.transaction():
                self.parts.currency.mint(self.context, account, amount)
        except DispatchFailed:
            return False
        self.flow += TokenFlow(given=amount)
        return True

    def claimed(self, hash: bytes, assets: Assets) -> None:
        """Note that assets were claimed."""
        self.flow += TokenFlow(claimed=sum(map(self._amount, assets)))
        self.context.note(ClaimedAssets(hash=hash, origin=self.need_origin(), assets=assets))

    # -- the end ------------------------------------------------------------------------------------------------------

    def settle(self) -> None:
        """Give the author what was paid for execution."""
        if not self._give(self.parts.author(self.context), self.paid):
            self.burned += self.paid


_DEEPEST = 10
_depth: ContextVar[int] = ContextVar("depth", default=0)
"""How deep instructions are within one another; a call may execute a message again."""

_TRANSPORT = {"NoChannel": "NoChannel"}


def _transact(move: Callable[..., None], context: Context, *args: Any) -> None:
    try:
        move(context, *args)
    except DispatchFailed as failed:
        raise xcm_fail("FailedToTransactAsset", failed.error.name) from None
