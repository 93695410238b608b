r"""A separate base fee for execution: what a delivery costs the bridge's sovereign account, priced before it is sent.

The first text on the bridge lets the bridge's own sovereign account $S$ pay for execution at the target. A call there
is well defined, for a pallet by its benchmark and for a contract by the limit of weight that stands in the call, so
a price for it can be part of a subscription's fee:

$$fee = fee_{credits}(n) + n \cdot base, \qquad base = \lceil (w_{envelope} + w_{call}) \cdot price \rceil.$$

What is executed never weighs more than was declared, and surplus comes back, so $S$ never pays more than ``base``. The
price of sending is part of ``base``, too; while a channel asks for more than that, deliveries wait.

`Policy.with_base_fees` makes it a part of a manager's price.

Whoever pays must sign nothing else: a call that a subscriber chose, run with $S$ as its origin, could give away all
that $S$ has. `execution_weight` therefore knows the few calls that may be paid so, and nothing more.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from drandlab.errors import FormatError
from drandlab.idn.channels.fast_encoding import MESSAGE
from drandlab.idn.consumers.idn_consumer import CONSUME_PULSE_WEIGHT
from drandlab.idn.contracts.contracts_pallet import BASE_CALL, CONTRACT_CALL_INDEX, CONTRACTS_INDEX
from drandlab.idn.contracts.coordinator_terms import PARTS, price_of
from drandlab.idn.contracts.running.selectors import CONSUMER_SELECTORS, SELECTOR_LENGTH
from drandlab.idn.pallets.balances import ADDRESS
from drandlab.idn.pulses import PULSE_LENGTH
from drandlab.idn.runtime.weights import WEIGHT, Weight
from drandlab.idn.subscriptions.fee_table import MOST_BASE, DeliveryFee
from drandlab.idn.xcm.delivery_message import delivery_message
from drandlab.idn.xcm.instructions import SetTopic
from drandlab.idn.xcm_execution.prices import DeliveryPrice
from drandlab.typing import checked_bytes, checked_int
from drandlab.wire.scale import COMPACT_U128, Option, read_compact

__all__ = ["CONSUME_PULSE", "INSTRUCTION", "BaseFees", "execution_weight"]

INSTRUCTION = Weight(1_000_000_000)
"""What a chain declares for one instruction of a message, without the call in it."""

CONSUME_PULSE = bytes((40, 0))
"""The stored call of the consumer pallet: its index and that of ``consume_pulse``."""

_ARGUMENTS = PULSE_LENGTH + 32
_LIMIT = Option(COMPACT_U128)
_FREE = DeliveryPrice(base=0, byte=0)


def execution_weight(call: bytes, pallet: Weight = CONSUME_PULSE_WEIGHT) -> Weight | None:
    """Return what a subscription's call may weigh at the target, None for one that a sovereign account must not sign.

    ``pallet`` is the weight of a consumer pallet's call, the real one's unless given.

    Known are the consumer pallet's `CONSUME_PULSE`, and a contract's ``consume_pulse``: no money and no deposit with
    it, the length of pulse and subscription announced, and not a byte more.

    >>> from drandlab.idn.contracts.callback_data import ContractCallParams, callback_prefix
    >>> selector, params = CONSUMER_SELECTORS["consume_pulse"], ContractCallParams(storage_deposit_limit=0)
    >>> execution_weight(callback_prefix(bytes(32), selector, 96, params)) == BASE_CALL + params.gas_limit
    True
    >>> execution_weight(CONSUME_PULSE) == CONSUME_PULSE_WEIGHT, execution_weight(bytes.fromhex("0a00"))
    (True, None)
    """
    call = checked_bytes(call, "call")
    if call == CONSUME_PULSE:
        return pallet
    if call[:2] != bytes((CONTRACTS_INDEX, CONTRACT_CALL_INDEX)):
        return None
    try:
        _, at = ADDRESS.read(call, 2)
        value, at = COMPACT_U128.read(call, at)
        limit, at = WEIGHT.read(call, at)
        deposit, at = _LIMIT.read(call, at)
        length, at = read_compact(call, at)
    except FormatError:
        return None
    wanted = CONSUMER_SELECTORS["consume_pulse"]
    if value or deposit != 0 or length != SELECTOR_LENGTH + _ARGUMENTS or call[at:] != wanted:
        return None
    return BASE_CALL + limit


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseFees:
    r"""The base fees of a bridge whose sovereign account pays for deliveries: the `ExecutionFees` of a policy.

    ``instructions`` is the number of a delivery's instructions at the target, ``parts`` the price of weight there, in
    billionths of a planck for a picosecond, ``pallet`` the most that a consumer pallet's call declares at any of the
    targets, ``delivery`` the price of sending, while no channel is long:

    $$base = \\lceil (w_{envelope} + w_{call}) \\cdot price \\rceil + sending.$$

    >>> fees = BaseFees()
    >>> fees.base(CONSUME_PULSE), fees.base(bytes.fromhex("0a00"))
    (108360632, None)

    The account must have the existential deposit, at every target, beside what the messages on their way take along:
    one that falls below it ends, and what was left of it is lost, once. A target that asks for more than was paid for
    refuses the message, and keeps what it brought as a trap: a bridge must know its targets' prices. Then it still
    loses no more than the base fee.

    >>> from drandlab.idn.subscriptions import policies
    >>> policies["seed"].with_base_fees(fees).fee(10, fees.base(CONSUME_PULSE))
    1112606320
    """

    instructions: int = 6
    parts: int = PARTS
    pallet: Weight = CONSUME_PULSE_WEIGHT
    delivery: DeliveryPrice = _FREE

    def __post_init__(self) -> None:
        object.__setattr__(self, "instructions", checked_int(self.instructions, "instructions", 0, 100))
        object.__setattr__(self, "parts", checked_int(self.parts, "parts", 0, 10**9))

    def execution(self, weight: Weight) -> int:
        """Return the most that a delivery costs at the target whose call may weigh so much: 1 planck at least."""
        return max(price_of(INSTRUCTION * self.instructions + weight, self.parts), 1)

    def of(self, call: bytes) -> DeliveryFee | None:
        """Return what one delivery into a call may cost, None for a call that is not paid so.

        None, too, for a price that no balance could hold, times all the credits that there can be.
        """
        return _fee_of(self, call)

    def base(self, call: bytes) -> int | None:
        """Return the base fee of one delivery into a call, None for a call that is not paid so."""
        fee = self.of(call)
        return None if fee is None else fee.base


@lru_cache(1024)
def _fee_of(fees: BaseFees, call: bytes) -> DeliveryFee | None:
    weight = execution_weight(call, fees.pallet)
    if weight is None:
        return None
    execution = fees.execution(weight)
    message = delivery_message(call + bytes(_ARGUMENTS), fee=execution, subscriber=bytes(32))
    sending = fees.delivery.of(len(MESSAGE.encode((*message, SetTopic(bytes(32))))))
    return None if execution + sending > MOST_BASE else DeliveryFee(execution=execution, sending=sending)
