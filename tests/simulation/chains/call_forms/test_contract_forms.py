"""Contracts in a chain file: from a DKG to a callback, by names; what no contract takes is refused."""

from __future__ import annotations

import hashlib

import pytest

from drandlab.errors import FormatError
from drandlab.idn.contracts.contracts_pallet import Contracts
from drandlab.idn.contracts.coordinator_terms import GIVEN_ON
from drandlab.idn.contracts.listener_contract import ListenerContract
from drandlab.idn.runtime.weights import Weight
from drandlab.simulation.chains.call_forms.contract_forms import CONTRACT_CODES
from drandlab.simulation.chains.chain_checks import check_chains
from drandlab.simulation.chains.chain_report import report_of
from drandlab.simulation.chains.chain_run import ChainRun
from drandlab.simulation.chains.chain_scenario import ChainScenario, load_chain

HEAD = 'name = "x"\nabout = "y"\nblocks = 3\n[[consumer]]\npara_id = 7\nbalances = { Alice = 900_000_000_000 }\n'


def call(name: str, args: str, origin: str = "Alice") -> str:
    return f'[[call]]\nblock = 1\nchain = 7\norigin = "{origin}"\ncall = "Contracts.{name}"\nargs = {{ {args} }}\n'


LISTENER = 'name = "one", code = "listener", with = { deliverer = "Alice" }'


@pytest.fixture(scope="module")
def run() -> ChainRun:
    return ChainRun(load_chain("two-consumers"), backend="glass").run()


def test_a_pulse_of_the_dkg_reaches_the_callback_of_a_contract(run: ChainRun) -> None:
    assert [verdict for verdict in check_chains(run.journal) if not verdict.ok] == []
    _, chain = run.consumers
    pallet = chain.runtime.table.pallets["Contracts"]
    assert isinstance(pallet, Contracts)
    listener, coordinator = (run.scenario.contracts.made[name].account for name in ("listener", "coordinator"))
    heard = [
        event["data"]
        for entry in run.journal.entries("chain block")
        for event in entry.what.events
        if event["event"] == "Contracts.ContractEmitted" and event["contract"] == f"0x{listener.hex()}"
    ]
    assert len(heard) == 6
    sums = {entry.what.asig for entry in run.journal.entries("chain block") if entry.what.asig}
    assert {bytes.fromhex(one[2:]) for one in heard} <= {hashlib.sha256(one).digest() for one in sums}
    builder = chain.runtime.open(chain.head, None)
    data = ListenerContract.call_data("pulses")
    answer = pallet.bare_call(builder.context, bytes(32), listener, data, gas=Weight(10**12, 10**7))
    assert ListenerContract.result("pulses", answer.output) == 6
    assert coordinator != listener


def test_a_registrant_that_never_ends_is_bounded_and_pays(run: ChainRun) -> None:
    coordinator = f"0x{run.scenario.contracts.made['coordinator'].account.hex()}"
    given = [
        GIVEN_ON.decode(bytes.fromhex(event["data"][2:]))
        for entry in run.journal.entries("chain block")
        for event in entry.what.events
        if event["event"] == "Contracts.ContractEmitted" and event["contract"] == coordinator
    ]
    assert {(one.served, one.failed) for one in given} == {(2, 1)}


def test_the_same_file_tells_the_same_of_contracts(run: ChainRun) -> None:
    found = report_of(run.journal).to_dict()["consumers"][1]["blocks"]
    assert [one["error"] for block in found for one in block["calls"]] == [None] * 6
    assert load_chain("two-consumers").contracts.accounts(2000) == run.consumers[1].contracts.accounts(2000)


def test_ordinary_and_hostile_contracts_are_known() -> None:
    assert {"coordinator", "example_consumer", "listener", "looping", "reverting"} <= set(CONTRACT_CODES)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (call("instantiate", 'name = "one", code = "lisener"'), 'field "call.args.code": expected one of coordinator'),
        (call("instantiate", 'name = "one", code = "listener"'), 'field "call.args.with.deliverer": missing'),
        (call("instantiate", LISTENER.replace("Alice", "Alcie")), 'field "call.args.with.deliverer": expected one of'),
        (call("instantiate", LISTENER.replace("deliverer", "x")), 'field "call.args.with.x": no such argument'),
        (call("instantiate", LISTENER) * 2, 'field "call.args.name": each contract has a name of its own'),
        (call("call", 'contract = "one", message = "pulses"'), 'field "call.args.contract": no contract stands before'),
        (
            call("instantiate", LISTENER) + call("call", 'contract = "one", message = "pulse"'),
            'field "call.args.message": no such message; did you mean "pulses"?',
        ),
        (
            call("instantiate", LISTENER) + call("call", 'contract = "two", message = "pulses"'),
            'field "call.args.contract": no such contract before it; there are one',
        ),
        (
            call(
                "instantiate", 'name = "c", code = "coordinator", with = { payer = "Alice", sub_id = "0x", terms = 3 }'
            ),
            'field "call.args.with',
        ),
        (call("instantiate", LISTENER).replace("chain = 7\n", ""), "is a call of a consumer chain: say which"),
    ],
)
def test_what_is_no_contract_is_refused_with_its_place(text: str, said: str) -> None:
    with pytest.raises(FormatError) as caught:
        ChainScenario.from_toml(HEAD + text, "x.toml")
    assert str(caught.value).startswith("x.toml, line ")
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("origin", "error"),
    [("root", "RootNotAllowed"), ("none", "BadOrigin"), ("4502", "BadOrigin"), ("Alice", None)],
)
def test_whoever_signs_makes_contracts(origin: str, error: str | None) -> None:
    run = ChainRun(ChainScenario.from_toml(HEAD + call("instantiate", LISTENER, origin)), backend="glass").run()
    [made] = report_of(run.journal).to_dict()["consumers"][0]["blocks"][0]["calls"]
    assert made["error"] == error
