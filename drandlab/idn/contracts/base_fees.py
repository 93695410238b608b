r"""A separate base fee for execution: what a delivery costs the bridge's sovereign account, priced before it is sent.

The first text on the bridge lets the bridge's own sovereign account $S$ pay for execution at the target. A call there
is well defined, for a pallet by its benchmark and for a contract by the limit of weight that stands in the call, so
a price for it can be part of a subscription's fee:

$$fee = fee_{credits}(n) + n \cdot base, \qquad base = \lceil (w_{envelope} + w_{call}) \cdot price \rceil.$$

What is executed never weighs more than was declared, and surplus comes back, so $S$ never pays more than ``base``.

Whoever pays must sign nothing else: a call that a subscriber chose, run with $S$ as its origin, could give away all
that $S$ has. `execution_weight` therefore knows the few calls that may be paid so, and nothing more.
"""

from __future__ import annotations

from dataclasses import dataclass

from drandlab.errors import FormatError
from drandlab.idn.consumers.idn_consumer import CONSUME_PULSE_WEIGHT
from drandlab.idn.contracts.contracts_pallet import BASE_CALL, CONTRACT_CALL_INDEX, CONTRACTS_INDEX
from drandlab.idn.contracts.coordinator_terms import PARTS, price_of
from drandlab.idn.contracts.running.selectors import CONSUMER_SELECTORS, SELECTOR_LENGTH
from drandlab.idn.pallets.balances import ADDRESS
from drandlab.idn.pulses import PULSE_LENGTH
from drandlab.idn.runtime.weights import WEIGHT, Weight
from drandlab.idn.subscriptions.fee_table import RUNTIME_FEES, FeeTable
from drandlab.typing import checked_bytes, checked_int
from drandlab.wire.scale import COMPACT_U128, Option, read_compact

__all__ = ["CONSUME_PULSE", "INSTRUCTION", "BaseFees", "execution_weight"]

INSTRUCTION = Weight(1_000_000_000)
"""What a chain declares for one instruction of a message, without the call in it."""

CONSUME_PULSE = bytes((40, 0))
"""The stored call of the consumer pallet: its index and that of ``consume_pulse``."""

_ARGUMENTS = PULSE_LENGTH + 32
_LIMIT = Option(COMPACT_U128)


def execution_weight(call: bytes) -> Weight | None:
    """Return what a subscription's call may weigh at the target, None for one that a sovereign account must not sign.

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
        return CONSUME_PULSE_WEIGHT
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
    """The pricing of a bridge that pays for execution itself: a table for credits, a base fee for each kind of call.

    ``instructions`` is the number of a delivery's instructions at the target, ``parts`` the price of weight there, in
    billionths of a planck for a picosecond.

    >>> fees = BaseFees()
    >>> fees.base(CONSUME_PULSE), fees.fee(10, CONSUME_PULSE)
    (108360632, 1112606320)
    """

    credits: FeeTable = RUNTIME_FEES
    instructions: int = 6
    parts: int = PARTS

    def base(self, call: bytes) -> int | None:
        """Return the base fee of one delivery into a call, None for a call that is not paid so."""
        weight = execution_weight(call)
        return None if weight is None else price_of(INSTRUCTION * self.instructions + weight, self.parts)

    def fee(self, credits: int, call: bytes) -> int | None:
        """Return the fee of a subscription of so many credits, None for a call that is not paid so."""
        credits, base = checked_int(credits, "credits", 0), self.base(call)
        return None if base is None else self.credits.fee(credits) + credits * base
