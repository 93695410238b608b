"""The pallets of a parachain that sends messages to its siblings and executes theirs, put together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from drandlab.idn.pallets.balances import Balances
from drandlab.idn.pallets.message_queue import MessageQueue, QueueLimits
from drandlab.idn.pallets.parachain_system import ParachainSystem
from drandlab.idn.pallets.polkadot_xcm import PolkadotXcm
from drandlab.idn.pallets.xcmp_queue import XcmpQueue
from drandlab.idn.runtime.context import Context
from drandlab.idn.runtime.pallet import Pallet
from drandlab.idn.runtime.weights import BlockLimits, Weight
from drandlab.idn.xcm_execution.barriers import Barrier
from drandlab.idn.xcm_execution.executor import XcmExecutor
from drandlab.idn.xcm_execution.executor_parts import AccountOf, ExecutorParts, no_author
from drandlab.idn.xcm_execution.prices import DeliveryPrice, WeightPrice
from drandlab.idn.xcm_execution.weighing import UNIT_WEIGHT, Weigher

__all__ = ["MessagingPallets", "messaging_pallets"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagingPallets:
    """The pallets and the executor that they share; `front` stands behind System in a runtime, `rest` anywhere."""

    parachain_system: ParachainSystem
    xcmp_queue: XcmpQueue
    polkadot_xcm: PolkadotXcm
    message_queue: MessageQueue
    executor: XcmExecutor

    @property
    def front(self) -> tuple[Pallet, ...]:
        """The pallet whose inherent is the first of a block."""
        return (self.parachain_system,)

    @property
    def rest(self) -> tuple[Pallet, ...]:
        """The pallets without inherents."""
        return self.xcmp_queue, self.polkadot_xcm, self.message_queue


def messaging_pallets(
    balances: Balances,
    *,
    para_id: int,
    account_of: AccountOf,
    price: DeliveryPrice | None = None,
    fee_account: bytes | None = None,
    author: Callable[[Context], bytes | None] = no_author,
    barrier: Barrier | None = None,
    weight_price: WeightPrice | None = None,
    local_execution: bool = False,
    version: int = 5,
    unit_weight: Weight = UNIT_WEIGHT,
    queue_limits: QueueLimits | None = None,
    limits: BlockLimits | None = None,
) -> MessagingPallets:
    """Return the pallets of the parachain ``para_id`` with the accounts of ``balances``.

    ``account_of`` says whose account a location has; ``price`` what a delivery costs (None: nothing) and
    ``fee_account`` who gets it; ``author`` who gets what execution costs; ``barrier`` which messages are executed:
    by default those that pay; ``unit_weight`` what an instruction weighs; the rest as in `XcmpQueue`, `PolkadotXcm` and
    `MessageQueue`.
    """
    system = ParachainSystem()
    queue = XcmpQueue(system, price=price, version=version)
    polkadot_xcm = PolkadotXcm(balances, queue, fee_account=fee_account, local_execution=local_execution)
    executor = XcmExecutor(
        ExecutorParts(
            para_id=para_id,
            currency=balances,
            account_of=account_of,
            traps=polkadot_xcm,
            router=queue,
            barrier=barrier or Barrier(),
            weigher=Weigher(unit_weight),
            weight_price=weight_price or WeightPrice(),
            author=author,
            fee_account=fee_account,
        )
    )
    polkadot_xcm.connect(executor)
    message_queue = MessageQueue(executor, queue=queue_limits, limits=limits)
    system.connect(receive=message_queue.receive, take=queue.take, limit=message_queue.limit)
    return MessagingPallets(
        parachain_system=system,
        xcmp_queue=queue,
        polkadot_xcm=polkadot_xcm,
        message_queue=message_queue,
        executor=executor,
    )
