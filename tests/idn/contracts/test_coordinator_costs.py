"""The figures of the ways to reach many contracts, beside what a chain really uses."""

from __future__ import annotations

from typing import Any

import pytest
from contract_chain import ALICE, BOB, UNIT, ContractChain

from drandlab.errors import LocalError
from drandlab.idn.contracts.base_fees import INSTRUCTION, BaseFees
from drandlab.idn.contracts.callback_data import ContractCallParams, callback_prefix
from drandlab.idn.contracts.coordinator_contract import CoordinatorContract
from drandlab.idn.contracts.coordinator_costs import coordinator_costs, shared_break_even
from drandlab.idn.contracts.coordinator_terms import GIVEN_ON, CoordinatorTerms, price_of
from drandlab.idn.contracts.hostile_contracts import HOSTILE_CONTRACTS
from drandlab.idn.contracts.running.selectors import CONSUMER_SELECTORS
from drandlab.idn.pulses import Pulse
from drandlab.idn.runtime.calls import signed
from drandlab.idn.runtime.weights import Weight

PAYER, ID = b"\x99" * 32, b"\x51" * 32


@pytest.mark.parametrize("contracts", [1, 2, 8, 33, 64])
@pytest.mark.parametrize("users", [1, 2, 7])
def test_the_bridge_never_loses_where_users_own_their_coordinators(contracts: int, users: int) -> None:
    if users > contracts:
        with pytest.raises(LocalError, match="users"):
            coordinator_costs(contracts=contracts, users=users)
        return
    for terms in (CoordinatorTerms(), CoordinatorTerms(base_fee=0), CoordinatorTerms(owner_fee=10**9)):
        costs = coordinator_costs(contracts=contracts, users=users, terms=terms)
        assert costs["own"].bridge >= users * 2_900_000
        for one in costs.values():
            # what is paid is what it costs and what somebody has of it: nothing comes from nowhere
            spent = one.delivery + one.execution
            assert one.users + one.registrants == spent + one.bridge + one.owners
        assert costs["own"].messages == users and costs["direct"].messages == contracts


def test_the_shared_one_breaks_even_where_the_base_fee_carries_the_message() -> None:
    for contracts in (1, 5, 64):
        least = shared_break_even(contracts)
        for base_fee, holds in ((least, True), (least - 1, False)):
            shared = coordinator_costs(contracts=contracts, terms=CoordinatorTerms(base_fee=base_fee))["shared"]
            assert (shared.bridge >= 0) is holds


def test_what_is_not_possible_is_refused() -> None:
    with pytest.raises(LocalError, match="work: a re-dispatch cannot do more than its limit allows"):
        coordinator_costs(contracts=1, work=Weight(1 << 40))
    with pytest.raises(LocalError, match="contracts"):
        coordinator_costs(contracts=0)
    with pytest.raises(LocalError, match="capacity"):
        coordinator_costs(contracts=65)


@pytest.mark.parametrize("kinds", [("looping",) * 3, ("reverting",) * 3, ("looping", "crashing", "hoarding"), ()])
def test_the_model_bounds_what_a_chain_uses(kinds: tuple[str, ...]) -> None:
    """With the base fee the payer never loses, whoever is registered, and the model's figure is the bound."""
    terms = CoordinatorTerms(capacity=max(len(kinds), 1), base_fee=1000)
    chain = ContractChain((CoordinatorContract, *HOSTILE_CONTRACTS.values()), rich=(ALICE, BOB, PAYER))
    at = chain.make(CoordinatorContract, ALICE, payer=PAYER, sub_id=ID, terms=terms)
    for number, kind in enumerate(kinds):
        made = chain.make(HOSTILE_CONTRACTS[kind], BOB, salt=bytes([number]), victim=at)
        register = CoordinatorContract.call_data("register", contract=made)
        assert chain.call(at, register, signed(BOB), value=UNIT).error is None
    limit = terms.gas_needed()
    params = ContractCallParams(gas_limit=limit, storage_deposit_limit=0)
    base = BaseFees().base(callback_prefix(at, CONSUMER_SELECTORS["consume_pulse"], 96, params))
    args: dict[str, Any] = {"pulse": Pulse(signature=b"\1" * 48, start=1, end=1), "sub_id": ID}
    outcome = chain.call(
        at, CoordinatorContract.call_data("IdnConsumer::consume_pulse", **args), signed(PAYER), gas=limit
    )
    mine = [one for one in outcome.events if one.fields.get("contract") == at and one.name == "ContractEmitted"]
    given = GIVEN_ON.decode(mine[-1].fields["data"])
    spent = price_of(INSTRUCTION * 6 + outcome.weight)
    assert base is not None and spent <= base
    assert base + given.to_payer - spent >= len(kinds) * terms.base_fee
    work = terms.call_limit if "looping" in kinds else Weight()
    if kinds in ((), ("looping",) * 3):
        modelled = coordinator_costs(contracts=max(len(kinds), 1), terms=terms, work=work or None)["own"]
        assert spent <= modelled.execution
