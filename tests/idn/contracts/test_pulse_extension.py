"""The chain extension: a contract reads the pulses of its chain's pallet for the gas of a read."""

from __future__ import annotations

from typing import Any

from beacon_chain import public_key, pulse_of
from consumer_chain import BRIDGE, WritingSender, by_xcm
from contract_chain import ALICE, ContractChain

from drandlab.idn.consumers.consumer_hooks import CheckingHooks
from drandlab.idn.consumers.idn_consumer import IdnConsumer
from drandlab.idn.contracts.pulse_extension import PulseExtension
from drandlab.idn.contracts.running.chain_extension import RandomnessExtension, function_id
from drandlab.idn.contracts.running.contract import Contract, constructor, message
from drandlab.idn.contracts.running.environment import ContractEnv
from drandlab.idn.contracts.running.gas_meter import GAS_COSTS
from drandlab.idn.runtime.calls import Call
from drandlab.wire.scale import U8, U32, Bytes, Tuple

ID = b"\x51" * 32
ANSWER = Tuple(U8, Bytes())


class Reader(Contract):
    """Asks a function of the chain."""

    code_name = "reader"

    @constructor("new")
    def new(self, env: ContractEnv) -> None:
        """Be made."""

    @message("ask", number=U32, data=Bytes(), returns=ANSWER)
    def ask(self, env: ContractEnv, number: int, data: bytes) -> tuple[int, bytes]:
        return env.extension(number, data)


def answer(chain: ContractChain, at: bytes, extension: int, function: int, data: bytes) -> Any:
    found = chain.ask(at, Reader.call_data("ask", number=function_id(extension, function), data=data))
    assert found.error is None
    return Reader.result("ask", found.output)


def test_a_contract_reads_the_newest_true_pulse() -> None:
    hooks = CheckingHooks(public_key(), backend="glass")
    chain = ContractChain((Reader,), more=(IdnConsumer(WritingSender(), hooks),), extensions=(PulseExtension(hooks),))
    at = chain.make(Reader)
    assert answer(chain, at, 43, PulseExtension.PULSE, ID) == (1, b"")
    for pulse, error in (
        (pulse_of(5, 6), None),
        (pulse_of(5, 6), "ConsumePulseError"),
        (pulse_of(7, 7, secret=3), "ConsumePulseError"),
    ):
        found = chain.builder.run(Call("IdnConsumer", "consume_pulse", {"pulse": pulse, "sub_id": ID}), by_xcm(BRIDGE))
        assert (None if found.error is None else found.error.name) == error
    true = pulse_of(5, 6)
    assert answer(chain, at, 43, PulseExtension.PULSE, ID) == (0, true.to_scale())
    assert answer(chain, at, 43, PulseExtension.RANDOMNESS, ID) == (0, true.randomness)
    assert answer(chain, at, 43, PulseExtension.PULSE, bytes(32)) == (1, b"")
    for function, data in ((3, ID), (1, ID[1:]), (0, b"")):
        assert answer(chain, at, 43, function, data) == (2, b"")
    data = Reader.call_data("ask", number=function_id(43, 1), data=ID)
    used = chain.ask(at, data).gas
    assert used == GAS_COSTS.extension + GAS_COSTS.byte * (32 + 2 + 1 + 2 + 64)


def test_the_bridge_has_an_extension_for_the_randomness_of_a_block() -> None:
    class Beacon:
        """Stands for the beacon pallet."""

        @staticmethod
        def random(context: Any, subject: bytes) -> tuple[bytes, int]:
            return subject[:4] + subject[32:36] + subject[64:68], 1

    chain = ContractChain((Reader,), extensions=(RandomnessExtension(),))
    at = chain.make(Reader)
    chain.context.pallets = {**chain.context.pallets, "RandBeacon": Beacon}
    assert answer(chain, at, 42, 1101, ID) == (0, ALICE[:4] + at[:4] + ID[:4])
    assert answer(chain, at, 42, 1102, ID) == (1, b"")
    assert answer(chain, at, 42, 1101, ID[1:]) == (1, b"")
