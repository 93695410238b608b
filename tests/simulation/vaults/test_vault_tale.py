"""The steps of a run with encrypted files, as the journal tells them."""

from __future__ import annotations

import pytest
from toy_vaults import NAMES, toy_vaults

from drandlab.errors import LocalError
from drandlab.simulation.journal import Journal
from drandlab.simulation.network import Network
from drandlab.simulation.vaults.vault_tale import KINDS_OF_STEPS, VAULT_STATES, VaultTale, vault_tale
from drandlab.simulation.vaults.vaults import Vaults


@pytest.fixture(scope="module")
def tale() -> VaultTale:
    return vault_tale(toy_vaults().net)


def test_each_round_is_due_gets_partials_and_then_a_signature(tale: VaultTale) -> None:
    for round in range(1, 6):
        kinds = [step.kind for step in tale.steps if step.round == round and step.kind != "sealed"]
        assert kinds == ["due", "partial", "partial", "partial", "signature"]
    assert {step.kind for step in tale.steps} == set(KINDS_OF_STEPS)
    assert [step.time for step in tale.steps] == sorted(step.time for step in tale.steps)


def test_the_signature_appears_at_the_threshold_where_the_partials_are(tale: VaultTale) -> None:
    made = {entry.what.round: entry for entry in toy_vaults().net.journal.entries("beacon")}
    for step in tale.steps:
        if step.kind == "signature":
            assert step.signature == made[step.round].what.signature and step.maker == made[step.round].node
            assert len(step.came) == step.threshold == 3 and step.maker in step.came
        else:
            assert step.signature is None
        if step.kind == "partial":
            assert step.came and step.maker == made[step.round].node


def test_vaults_open_with_their_round_and_not_before(tale: VaultTale) -> None:
    names = {one.name: one for one in tale.vaults}
    assert tuple(names) == NAMES
    for one in tale.vaults:
        states = [tale.state(one, at) for at in range(len(tale.steps))]
        assert list(dict.fromkeys(states[one.begins :])) in (
            ["shut", "due", "open"],
            ["shut", "due", "refused"],
            ["shut"],
        )
        if one.opens is not None:
            assert tale.steps[one.opens].kind == "signature" and tale.steps[one.opens].round == one.round
            assert one.name in tale.steps[one.opens].vaults
    assert (names["a changed copy"].reason, names["a changed copy"].text) == ("chunk", None)
    assert names["a will"].opens is None and tale.left(names["a will"], 0) > 10**9
    assert set(VAULT_STATES) == {tale.state(one, at) for one in tale.vaults for at in range(len(tale.steps))}


def test_a_vault_is_there_from_its_own_step_on(tale: VaultTale) -> None:
    begins = [one.begins for one in tale.vaults]
    assert begins == sorted(set(begins))
    for i, place in enumerate(begins):
        assert [one.name for one in tale.there(place)] == list(NAMES[: i + 1])
        assert len(tale.there(place - 1)) == i


def test_a_file_for_a_round_that_is_past_opens_at_once() -> None:
    vaults = Vaults(Network(4, 3, backend="glass", seed=1))
    vaults.net.run(rounds=2)
    vaults.seal("late", "x", round=1)
    [one] = vault_tale(vaults.net).vaults
    assert one.begins == one.opens and one.text == b"x"


def test_without_enough_nodes_the_vault_waits() -> None:
    vaults = Vaults(Network(4, 3, backend="glass", seed=1))
    vaults.net.run(rounds=1)
    for node in (0, 1):
        vaults.net.crash(node)
    vaults.seal("waits", "x", round=2)
    vaults.net.run(rounds=2)
    tale = vault_tale(vaults.net)
    [one] = tale.vaults
    assert one.opens is None and tale.state(one, len(tale.steps) - 1) == "due"
    signed = [step for step in tale.steps if step.round == 2 and step.kind == "partial"]
    assert [step.maker for step in signed] == [None] * len(signed) and {*signed[-1].came} == {2, 3}


def test_what_has_no_chain_is_refused() -> None:
    with pytest.raises(LocalError, match="source: expected a journal, or a network that has one"):
        vault_tale([])
    with pytest.raises(LocalError, match="source: this journal has no chain yet"):
        vault_tale(Network(4, 3, backend="glass"))
    with pytest.raises(LocalError, match="expected the journal of a network"):
        vault_tale(Journal())
