"""The contract that only listens: it lets in its deliverer alone, and remembers the newest pulse."""

from __future__ import annotations

from typing import Any

import pytest
from contract_chain import ALICE, BOB, CHARLIE, UNIT, ContractChain

from drandlab.idn.contracts.listener_contract import ListenerContract
from drandlab.idn.pulses import Pulse
from drandlab.idn.runtime.calls import signed

SUB = bytes([0x11]) * 32


def pulse_data(number: int) -> bytes:
    pulse = Pulse(signature=bytes([0xC0, number]) + bytes(46), start=number, end=number)
    return ListenerContract.call_data("IdnConsumer::consume_pulse", pulse=pulse, sub_id=SUB)


def randomness(number: int) -> bytes:
    return Pulse(signature=bytes([0xC0, number]) + bytes(46), start=number, end=number).randomness


@pytest.fixture
def chain() -> ContractChain:
    return ContractChain([ListenerContract])


def asked(chain: ContractChain, at: bytes, name: str) -> Any:
    return ListenerContract.result(name, chain.ask(at, ListenerContract.call_data(name)).output)


def emitted(chain: ContractChain) -> list[bytes]:
    return [event.fields["data"] for _, event in chain.context.events if event.name == "ContractEmitted"]


def test_a_new_one_has_heard_nothing(chain: ContractChain) -> None:
    made = chain.make(ListenerContract, deliverer=BOB, value=UNIT)
    assert (asked(chain, made, "newest_randomness"), asked(chain, made, "pulses")) == (None, 0)
    assert chain.free(made) > UNIT


def test_pulses_of_the_deliverer_are_counted_and_emitted(chain: ContractChain) -> None:
    made = chain.make(ListenerContract, deliverer=BOB)
    for number in (1, 2, 2):
        assert chain.call(made, pulse_data(number), signed(BOB)).error is None
    assert (asked(chain, made, "newest_randomness"), asked(chain, made, "pulses")) == (randomness(2), 3)
    assert emitted(chain) == [randomness(number) for number in (1, 2, 2)]


@pytest.mark.parametrize("caller", [ALICE, CHARLIE])
def test_anybody_else_is_refused_and_nothing_stays(chain: ContractChain, caller: bytes) -> None:
    made = chain.make(ListenerContract, deliverer=BOB)
    outcome = chain.call(made, pulse_data(1), signed(caller))
    assert outcome.error is not None and outcome.error.name == "ContractReverted"
    assert (asked(chain, made, "newest_randomness"), asked(chain, made, "pulses"), emitted(chain)) == (None, 0, [])


def test_two_listeners_do_not_hear_for_each_other(chain: ContractChain) -> None:
    one, two = (chain.make(ListenerContract, deliverer=BOB, salt=salt) for salt in (b"1", b"2"))
    chain.call(one, pulse_data(1), signed(BOB))
    assert [asked(chain, made, "pulses") for made in (one, two)] == [1, 0]
    revert = chain.ask(one, pulse_data(2), caller=two)
    assert revert.error == "ContractReverted"
