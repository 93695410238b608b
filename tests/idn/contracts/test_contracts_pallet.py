"""The pallet Contracts: what a contract may do, what it costs, and that nothing is left of what failed."""

from __future__ import annotations

import random
from typing import Any

import pytest
from contract_chain import ALICE, BOB, GAS, UNIT, ContractChain

from drandlab.errors import FormatError, LocalError
from drandlab.idn.contracts.contracts_pallet import BASE_CALL, contract_address
from drandlab.idn.contracts.hostile_contracts import HOSTILE_CONTRACTS
from drandlab.idn.contracts.running.chain_extension import function_id
from drandlab.idn.contracts.running.contract import Contract, ContractMap, ContractValue, constructor, message
from drandlab.idn.contracts.running.contract_frames import MOST_FRAMES
from drandlab.idn.contracts.running.environment import MOST_KEY, MOST_VALUE, ContractEnv
from drandlab.idn.contracts.running.gas_meter import GAS_COSTS
from drandlab.idn.pallets.balances import EXISTENTIAL_DEPOSIT as ED
from drandlab.idn.pulses import Pulse
from drandlab.idn.runtime.blocks import Block
from drandlab.idn.runtime.calls import NONE, ROOT, Call, Origin, signed
from drandlab.idn.runtime.weights import Weight
from drandlab.wire.scale import U32, U64, U128, Bytes, FixedBytes, Variant

ACCOUNT = FixedBytes(32)
PULSE = Pulse(signature=bytes(48), start=1, end=1)


class Till(Contract):
    """Counts what it is given, and does what it is told."""

    code_name = "till"
    errors = ("Enough",)
    total = ContractValue("total", U128, default=0)
    by = ContractMap("by", ACCOUNT, U64, default=0)

    @constructor("new", payable=True, first=U32)
    def new(self, env: ContractEnv, first: int) -> None:
        if first > 1000:
            raise self.revert("Enough")
        self.total.put(env, first)

    @message("pay", payable=True, returns=U128)
    def pay(self, env: ContractEnv) -> int:
        total = self.total.get(env) + env.value
        self.total.put(env, total)
        self.by.put(env, env.caller, self.by.get(env, env.caller) + 1)
        if total > UNIT:
            raise self.revert("Enough")
        env.emit(b"paid")
        return total

    @message("total", returns=U128)
    def get(self, env: ContractEnv) -> int:
        return self.total.get(env)

    @message("forget", who=ACCOUNT)
    def forget(self, env: ContractEnv, who: bytes) -> None:
        self.by.remove(env, who)

    @message("through", to=ACCOUNT, data=Bytes(), returns=Bytes())
    def through(self, env: ContractEnv, to: bytes, data: bytes) -> bytes:
        self.total.put(env, 7)
        found = env.call(to, data, gas=Weight(2_000_000_000, 500_000))
        return (found.error or "none").encode()

    @message("down", returns=U32)
    def down(self, env: ContractEnv) -> int:
        found = env.call(env.account, self.call_data("down"), allow_reentry=True)
        return 1 if found.error == "MaxCallDepthReached" else 1 + int(self.result("down", found.output))

    @message("put", key=Bytes(), value=Bytes())
    def put(self, env: ContractEnv, key: bytes, value: bytes) -> None:
        env.put(key, value)

    @message("fail", number=U32)
    def fail(self, env: ContractEnv, number: int) -> None:
        raise (AssertionError, KeyError, RuntimeError, RecursionError, StopIteration, MemoryError)[number]

    @message("ask", number=U32)
    def ask(self, env: ContractEnv, number: int) -> None:
        env.extension(number, bytes(32))


CODES = (Till, *HOSTILE_CONTRACTS.values())


@pytest.fixture
def chain() -> ContractChain:
    return ContractChain(CODES)


@pytest.fixture
def till(chain: ContractChain) -> bytes:
    return chain.make(Till, first=5)


def names(outcome: Any) -> list[str]:
    return [event.name for event in outcome.events]


def total(chain: ContractChain, till: bytes) -> int:
    found = chain.ask(till, Till.call_data("total"))
    assert found.error is None
    return int(Till.result("total", found.output))


def test_a_contract_is_made_and_called(chain: ContractChain) -> None:
    before = chain.free(ALICE)
    till = chain.make(Till, first=5, value=UNIT)
    assert chain.free(till) == UNIT + ED and chain.free(ALICE) == before - UNIT - ED
    outcome = chain.call(till, Till.call_data("pay"), signed(BOB), value=7)
    assert outcome.error is None and names(outcome) == ["Transfer", "ContractEmitted", "Called"]
    assert outcome.events[1].fields == {"contract": till, "data": b"paid"}
    assert outcome.events[2].fields == {"caller": Variant("Signed", BOB), "contract": till}
    assert total(chain, till) == 12 and chain.free(till) == UNIT + ED + 7
    assert len(chain.contracts.stored(chain.context.storage, till)) == 2
    assert chain.call(till, Till.call_data("forget", who=BOB)).error is None
    assert len(chain.contracts.stored(chain.context.storage, till)) == 1


def test_what_a_call_weighs_is_what_it_used(chain: ContractChain, till: bytes) -> None:
    outcome = chain.call(till, Till.call_data("total"))
    assert outcome.declared == BASE_CALL + GAS
    assert outcome.weight == BASE_CALL + GAS_COSTS.read + GAS_COSTS.byte * (len(b"total") + 16 + 18)
    failed = chain.call(till, Till.call_data("pay"), value=2 * UNIT)
    assert failed.error is not None and failed.error.name == "ContractReverted"
    assert BASE_CALL.ref_time < failed.weight.ref_time < failed.declared.ref_time


def test_what_fails_is_undone(chain: ContractChain, till: bytes) -> None:
    pay = Till.call_data("pay")
    for data, origin, value, error in (
        (pay, signed(ALICE), 2 * UNIT, "ContractReverted"),
        (pay, signed(ALICE), 10_000 * UNIT, "TransferFailed"),
        (pay, ROOT, 0, "RootNotAllowed"),
        (pay, NONE, 0, "BadOrigin"),
        (pay, Origin("xcm", detail="anything"), 0, "BadOrigin"),
        (pay + b"\0", signed(ALICE), 0, "ContractReverted"),
        (pay[:3], signed(ALICE), 0, "ContractReverted"),
        (b"", signed(ALICE), 0, "ContractReverted"),
        (Till.call_data("new", first=1), signed(ALICE), 0, "ContractReverted"),
        (Till.call_data("total"), signed(ALICE), 1, "ContractTrapped"),
        (Till.call_data("put", key=bytes(MOST_KEY + 1), value=b""), signed(ALICE), 0, "OutOfBounds"),
        (Till.call_data("put", key=b"", value=bytes(MOST_VALUE + 1)), signed(ALICE), 0, "ValueTooLarge"),
        (Till.call_data("ask", number=function_id(42, 1101)), signed(ALICE), 0, "NoChainExtension"),
    ):
        found = chain.call(till, data, origin, value=value).error
        assert found is not None and found.name == error, (data, error)
    assert chain.call(BOB, pay).error.name == "ContractNotFound"  # type: ignore[union-attr]
    assert total(chain, till) == 5
    assert chain.ask(till, b"\0\0\0\0").output == b"\1\1"


def test_calls_between_contracts_are_transactions_of_their_own(chain: ContractChain, till: bytes) -> None:
    other = chain.make(Till, first=1)
    for data, error in (
        (Till.call_data("pay"), b"none"),
        (b"nope", b"ContractReverted"),
        (Till.call_data("put", key=bytes(200), value=b""), b"OutOfBounds"),
    ):
        through = Till.call_data("through", to=other, data=data)
        assert Till.result("through", chain.ask(till, through).output) == error
        assert chain.call(till, through).error is None
    assert total(chain, till) == 7  # what the outer call did stays, whatever became of the inner one
    back = Till.call_data("through", to=till, data=Till.call_data("total"))
    assert Till.result("through", chain.ask(till, back).output) == b"ReentranceDenied"


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("looping", "OutOfGas"),
        ("reverting", "ContractReverted"),
        ("crashing", "ContractTrapped"),
        ("reentering", "ContractReverted"),
        ("recursive", "ContractReverted"),
        ("hoarding", "OutOfGas"),
        ("spending", "ContractReverted"),
        ("withdrawing", "ContractReverted"),
    ],
)
def test_a_hostile_contract_is_stopped_and_paid_for(chain: ContractChain, till: bytes, name: str, error: str) -> None:
    hostile = chain.make(HOSTILE_CONTRACTS[name], victim=till)
    data = HOSTILE_CONTRACTS[name].call_data("IdnConsumer::consume_pulse", pulse=PULSE, sub_id=bytes(32))
    outcome = chain.call(hostile, data)
    assert outcome.error is not None and outcome.error.name == error
    assert outcome.weight.fits(outcome.declared) and outcome.weight.ref_time > BASE_CALL.ref_time
    if error == "OutOfGas":
        left = outcome.declared - outcome.weight
        dearest = GAS_COSTS.write + GAS_COSTS.byte * (MOST_VALUE + 4)
        assert not dearest.fits(left) or not GAS_COSTS.step.fits(left)
    through = Till.call_data("through", to=hostile, data=data)
    assert Till.result("through", chain.ask(till, through).output) == error.encode()


@pytest.mark.parametrize("number", range(6))
def test_whatever_a_contracts_code_raises_ends_it_alone(chain: ContractChain, till: bytes, number: int) -> None:
    fails = Till.call_data("fail", number=number)
    assert chain.call(till, fails).error.name == "ContractTrapped"  # type: ignore[union-attr]
    through = Till.call_data("through", to=chain.make(Till, first=2), data=fails)
    assert Till.result("through", chain.ask(till, through).output) == b"ContractTrapped"


def test_recursion_ends_at_a_depth(chain: ContractChain, till: bytes) -> None:
    deep = chain.ask(till, Till.call_data("down"), gas=Weight(1 << 60, 1 << 60))
    assert Till.result("down", deep.output) == MOST_FRAMES
    recursive = HOSTILE_CONTRACTS["recursive"]
    made = chain.make(recursive, victim=till)
    data = recursive.call_data("IdnConsumer::consume_pulse", pulse=PULSE, sub_id=bytes(32))
    assert chain.ask(made, data, gas=Weight(1 << 60, 1 << 60)).error == "ContractReverted"
    assert chain.ask(made, data, gas=GAS_COSTS.read).error == "OutOfGas"


def test_code_is_uploaded_once_and_only_what_nodes_have() -> None:
    chain = ContractChain(CODES)
    limit: dict[str, Any] = {"storage_deposit_limit": None, "determinism": Variant("Enforced")}
    assert chain.run("upload_code", signed(ALICE), code=Till.code(), **limit).events == ()
    refused = chain.run("upload_code", signed(ALICE), code=b"\0asm", **limit).error
    assert refused is not None and refused.name == "CodeRejected"
    assert chain.run("upload_code", NONE, code=Till.code(), **limit).error.name == "BadOrigin"  # type: ignore[union-attr]
    with pytest.raises(LocalError, match="codes: this chain's nodes do not have Till"):
        ContractChain([], genesis={"Contracts": {"codes": [Till]}})


def test_instantiation_may_bring_the_code() -> None:
    chain = ContractChain(CODES, genesis={"Contracts": {}})
    args: dict[str, Any] = {"value": 0, "gas_limit": GAS, "storage_deposit_limit": 10**9, "salt": b"1"}
    data = Till.call_data("new", first=1)
    unknown = chain.run("instantiate", signed(BOB), code_hash=Till.code_hash(), data=data, **args)
    assert unknown.error is not None and unknown.error.name == "CodeNotFound"
    made = chain.run("instantiate_with_code", signed(BOB), code=Till.code(), data=data, **args)
    assert made.error is None
    assert names(made) == ["CodeStored", "NewAccount", "Endowed", "Transfer", "Instantiated"]
    again = chain.run("instantiate", signed(BOB), code_hash=Till.code_hash(), data=data, **args)
    assert again.error is not None and again.error.name == "DuplicateContract"
    args["salt"] = b"2"
    for given, origin, error in (
        (Till.call_data("new", first=1001), signed(BOB), "ContractReverted"),
        (Till.call_data("pay"), signed(BOB), "ContractReverted"),
        (data, signed(bytes(32)), "FundsUnavailable"),
        (data, ROOT, "RootNotAllowed"),
    ):
        refused = chain.run("instantiate", origin, code_hash=Till.code_hash(), data=given, **args).error
        assert refused is not None and refused.name == error
    assert chain.contracts.code_of(chain.context.storage, contract_address(BOB, Till.code_hash(), data, b"1")) is Till


def test_a_block_executes_the_same_again(chain: ContractChain, till: bytes) -> None:
    chain.next_block()
    pay = Call("Contracts", "call", {
        "dest": Variant("Id", till), "value": 3, "gas_limit": GAS, "storage_deposit_limit": None,
        "data": Till.call_data("pay"),
    })  # fmt: skip
    bad = Call("Contracts", "call", {**pay.args, "data": b"nope"})
    agenda = [(pay, signed(ALICE)), (bad, signed(ALICE)), (pay, signed(BOB))]
    built = chain.runtime.propose(chain.head, None, agenda=agenda)
    executed = chain.runtime.execute(chain.head, Block(header=built.block.header, extrinsics=()), agenda=agenda)
    assert executed.head.state.root == built.state.root
    assert [step.error.name for step in executed.outcomes if step.error] == ["ContractReverted"]
    assert chain.runtime.table.decode_call(chain.runtime.table.encode_call(pay)) == pay
    with pytest.raises(FormatError):
        chain.runtime.table.decode_call(chain.runtime.table.encode_call(pay)[:-1])


def test_any_call_by_any_origin_has_a_named_error_and_leaves_the_money_where_it_is(chain: ContractChain) -> None:
    rng = random.Random(5)
    table = chain.runtime.table
    contracts = [chain.make(Till, first=1), *(chain.make(code, victim=ALICE) for code in HOSTILE_CONTRACTS.values())]
    datas = [Till.call_data("pay"), Till.call_data("total"), b"", Till.call_data("put", key=b"k", value=bytes(9))]
    datas.append(HOSTILE_CONTRACTS["looping"].call_data("IdnConsumer::consume_pulse", pulse=PULSE, sub_id=bytes(32)))
    datas.append(Till.call_data("through", to=contracts[1], data=datas[-1]))
    origins = (ROOT, NONE, signed(ALICE), signed(BOB), signed(contracts[0]), signed(bytes(32)), Origin("sibling"))
    plain = {"BadOrigin", "RootNotAllowed", "FundsUnavailable", "NotExpendable"}
    dispatched = 0
    for _ in range(900):
        args: dict[str, Any] = {
            "dest": Variant("Id", rng.choice(contracts)),
            "value": rng.choice((0, 0, 1, UNIT, 1 << 90)),
            "gas_limit": Weight(rng.choice((0, 10**9, 10**10)), 10**6),
            "storage_deposit_limit": rng.choice((None, 0, 1)),
            "data": rng.choice(datas),
        }
        written = bytearray(table.encode_call(Call("Contracts", "call", args)))
        for _ in range(rng.choice((0, 0, 1, 2))):
            written[rng.randrange(2, len(written))] = rng.randrange(256)
        try:
            call = table.decode_call(bytes(written))
        except FormatError:
            continue
        dispatched += 1
        if call.args["gas_limit"].ref_time > 10**11:
            continue
        error = chain.run(call.name, rng.choice(origins), **call.args).error  # which checks state and money
        assert error is None or error.pallet == 16 or error.name in plain
    assert dispatched > 400
