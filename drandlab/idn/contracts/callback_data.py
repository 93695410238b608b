"""The callback of a contract: the call by which a pulse reaches it, without its arguments, as a subscription stores it.

The bridge puts pulse and subscription behind the stored bytes, and so makes a whole call of the pallet Contracts. The
length of the data in it must count what will follow; one that does not fit makes a call that cannot be read.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from drandlab.errors import LocalError
from drandlab.idn.contracts.contracts_pallet import CONTRACT_CALL_INDEX, CONTRACTS_INDEX
from drandlab.idn.contracts.running.selectors import SELECTOR_LENGTH
from drandlab.idn.pallets.balances import ADDRESS
from drandlab.idn.runtime.weights import WEIGHT, Weight
from drandlab.typing import checked_bytes, checked_int
from drandlab.wire.scale import COMPACT_U128, Option, Variant, compact

__all__ = ["MOST_CALL_DATA", "ContractCallParams", "callback_prefix"]

MOST_CALL_DATA = 256
"""Bytes of a call that a subscription may store."""

_LIMIT = Option(COMPACT_U128)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractCallParams:
    """How a contract is called: with money, a limit of weight, and one for deposits (None: no limit)."""

    value: int = 0
    gas_limit: Weight = field(default_factory=lambda: Weight(4_000_000_000, 200_000))
    storage_deposit_limit: int | None = None


def callback_prefix(
    contract: bytes,
    selector: bytes,
    length: int,
    params: ContractCallParams | None = None,
    *,
    pallet_index: int = CONTRACTS_INDEX,
    call_index: int = CONTRACT_CALL_INDEX,
) -> bytes:
    """Return the call of a contract's message as far as the arguments, which will have ``length`` bytes.

    Raises `LocalError` with the code ``call-data`` for more than `MOST_CALL_DATA` bytes.

    >>> from drandlab.idn.contracts.running.selectors import CONSUMER_SELECTORS
    >>> callback_prefix(b"*" * 32, CONSUMER_SELECTORS["consume_pulse"], 96).hex()[-40:]
    '2a2a2a000300286bee02350c000091015277fe11'
    """
    params = params or ContractCallParams()
    selector = checked_bytes(selector, "selector", SELECTOR_LENGTH)
    prefix = (
        bytes((checked_int(pallet_index, "pallet_index", 0, 255), checked_int(call_index, "call_index", 0, 255)))
        + ADDRESS.encode(Variant("Id", checked_bytes(contract, "contract", 32)))
        + COMPACT_U128.encode(params.value)
        + WEIGHT.encode(params.gas_limit)
        + _LIMIT.encode(params.storage_deposit_limit)
        + compact(SELECTOR_LENGTH + checked_int(length, "length", 0))
        + selector
    )
    if len(prefix) > MOST_CALL_DATA:
        rule = f"a call of at most {MOST_CALL_DATA} bytes can be stored, this one has {len(prefix)}"
        raise LocalError(rule, argument="params", code="call-data")
    return prefix
