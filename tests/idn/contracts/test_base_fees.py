"""The base fee for execution: it covers the weight, and nothing is signed for a subscriber that gives money away."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from beacon_chain import public_key

from drandlab.errors import LocalError
from drandlab.idn.consumers.consumer_hooks import CheckingHooks, checking_weight
from drandlab.idn.consumers.idn_consumer import CONSUME_PULSE_WEIGHT
from drandlab.idn.contracts.base_fees import CONSUME_PULSE, INSTRUCTION, BaseFees, execution_weight
from drandlab.idn.contracts.callback_data import ContractCallParams, callback_prefix
from drandlab.idn.contracts.contracts_pallet import BASE_CALL
from drandlab.idn.contracts.coordinator_terms import price_of
from drandlab.idn.contracts.running.selectors import CONSUMER_SELECTORS, selector
from drandlab.idn.pulses import Pulse
from drandlab.idn.runtime.weights import Weight
from drandlab.idn.subscriptions.policies import policies
from drandlab.idn.xcm_execution.prices import DeliveryPrice

PULSE = CONSUMER_SELECTORS["consume_pulse"]
GOOD = callback_prefix(b"\x2a" * 32, PULSE, 96, ContractCallParams(storage_deposit_limit=0))


def test_the_base_fee_is_the_price_of_the_most_that_a_delivery_may_weigh() -> None:
    fees = BaseFees()
    limit = ContractCallParams().gas_limit
    assert execution_weight(GOOD) == BASE_CALL + limit
    assert fees.base(GOOD) == price_of(INSTRUCTION * 6 + BASE_CALL + limit)
    policy = policies["seed"].with_base_fees(fees)
    assert policy.fee(100, policy.base(GOOD) or 0) == 290_000_000 + 100 * (fees.base(GOOD) or 0)
    assert policy.base(b"\x0a\x00") is None
    # today an account pays, whose message has one instruction more
    assert (
        BaseFees(instructions=7).base(CONSUME_PULSE) == price_of(INSTRUCTION * 7 + CONSUME_PULSE_WEIGHT) == 116_360_632
    )
    for name, wrong in (("instructions", -1), ("parts", 10**9 + 1)):
        with pytest.raises(LocalError, match=f"{name}: expected a whole number"):
            BaseFees(**{name: wrong})


def test_sending_is_a_part_of_it_by_the_bytes_that_are_sent(vectors: Callable[[str], Any]) -> None:
    fees = BaseFees(instructions=7, delivery=DeliveryPrice(base=30_000_000_000, byte=50_000))
    fee = fees.of(CONSUME_PULSE)
    # the public message without its version and without the descent into its sender's account; the amount that it
    # brings stands there twice, in 4 bytes here, and in 6 today
    facts = vectors("idn")["xcm_delivery"]
    descent = facts["instructions"]["DescendOrigin"]
    length = len(bytes.fromhex(facts["wire_versioned_xcm_with_placeholder_topic"])) - 1 - len(bytes.fromhex(descent))
    assert fee is not None and fee.sending == 30_000_000_000 + 50_000 * (length - 4)
    assert fee.base == fee.execution + fee.sending == 116_360_632 + fee.sending


def test_a_chain_that_checks_pulses_asks_for_more() -> None:
    weight = CONSUME_PULSE_WEIGHT + checking_weight()
    assert execution_weight(CONSUME_PULSE, weight) == weight and execution_weight(GOOD, weight) == execution_weight(
        GOOD
    )
    assert BaseFees(pallet=weight).base(CONSUME_PULSE) == price_of(INSTRUCTION * 6 + weight)
    pulse = Pulse(signature=bytes(48), start=1, end=7)
    assert CheckingHooks(public_key(), backend="glass").pulse_weight(pulse) == checking_weight()


@pytest.mark.parametrize(
    "call",
    [
        b"",
        b"\x10",
        bytes.fromhex("0a0000") + bytes(32) + b"\x04",  # Balances.transfer_allow_death: all that the account has
        bytes.fromhex("2808") + bytes(32),
        CONSUME_PULSE + b"\0",
        GOOD + b"\0",
        GOOD[:-1],
        bytes((16, 8)) + GOOD[2:],
        callback_prefix(bytes(32), PULSE, 96),  # no limit for deposits
        callback_prefix(bytes(32), PULSE, 96, ContractCallParams(value=1, storage_deposit_limit=0)),
        callback_prefix(bytes(32), PULSE, 96, ContractCallParams(storage_deposit_limit=1)),
        callback_prefix(bytes(32), PULSE, 97, ContractCallParams(storage_deposit_limit=0)),
        callback_prefix(bytes(32), PULSE, 0, ContractCallParams(storage_deposit_limit=0)),
        callback_prefix(bytes(32), selector("withdraw"), 96, ContractCallParams(storage_deposit_limit=0)),
    ],
)
def test_a_call_that_could_harm_the_payer_is_not_paid_for(call: bytes) -> None:
    assert execution_weight(call) is None and BaseFees().base(call) is None


def test_any_bytes_get_an_answer() -> None:
    rng = random.Random(7)
    for _ in range(3000):
        call = bytearray(GOOD)
        for _ in range(rng.randint(1, 3)):
            call[rng.randrange(len(call))] = rng.randrange(256)
        weight = execution_weight(bytes(call[: rng.randint(0, len(call))] if rng.random() < 0.3 else call))
        assert weight is None or BASE_CALL.fits(weight) or weight == CONSUME_PULSE_WEIGHT
    assert execution_weight(rng.randbytes(40)) is None
    assert Weight().fits(execution_weight(GOOD) or Weight())
