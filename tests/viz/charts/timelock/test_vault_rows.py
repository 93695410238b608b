"""The vaults of a run as a picture and in words."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from toy_vaults import NAMES, toy_vaults

from drandlab.errors import LocalError
from drandlab.simulation.network import Network
from drandlab.simulation.vaults.vault_tale import VAULT_STATES, VaultTale, vault_tale
from drandlab.simulation.vaults.vaults import Vaults
from drandlab.viz.charts.timelock.vault_rows import LOOKS, vault_rows, vaults_in_words


@pytest.fixture(scope="module")
def tale() -> VaultTale:
    return vault_tale(toy_vaults().net)


def place(tale: VaultTale, kind: str, round: int) -> int:
    return next(i for i, step in enumerate(tale.steps) if (step.kind, step.round) == (kind, round))


def test_the_marks_say_how_every_vault_is(tale: VaultTale) -> None:
    assert set(LOOKS) == set(VAULT_STATES)
    chart = vault_rows(tale, place(tale, "due", 4))
    marks = {trace.name: list(trace.y) for trace in chart.figure.data if trace.mode == "markers+text"}
    assert marks == {"waits for the signature": [0, 1], "shut": [2, 5], "open": [3], "refused": [4]}
    assert chart.table["text"] == ["", "", "", "ff0001", "chunk", ""]
    assert list(chart.table["vault"]) == list(NAMES)
    assert ElementTree.fromstring(chart.to_svg()).attrib["aria-label"] == chart.alt


def test_what_is_shut_shows_no_text(tale: VaultTale) -> None:
    before = vault_rows(tale, place(tale, "signature", 4) - 1)
    after = vault_rows(tale, place(tale, "signature", 4))
    assert "300" not in before.to_svg() + before.to_csv() + before.alt
    assert "300" in after.to_svg() and "300" in after.to_csv() and "Alice's bid opens: 300." in after.alt


def test_a_round_long_after_the_run_stands_at_the_edge(tale: VaultTale) -> None:
    chart = vault_rows(tale)
    [shut] = [trace for trace in chart.figure.data if trace.name == "shut"]
    assert max(shut.x) < 30 and "in 19 min" in "".join(shut.text)


def test_signatures_stand_within_the_picture(tale: VaultTale) -> None:
    for at in range(len(tale.steps)):
        chart = vault_rows(tale, at)
        begin, end = chart.figure.layout.xaxis.range
        assert all(begin <= x <= end for trace in chart.figure.data for x in trace.x if x is not None)
    [signatures] = [trace for trace in chart.figure.data if trace.name == "signature"]
    assert len(signatures.x) == 4  # round 1 was signed long before the first vault


def test_the_words_say_each_kind_of_step(tale: VaultTale) -> None:
    said = [vaults_in_words(tale, i) for i in range(len(tale.steps))]
    assert said[0] == "Round 1 is due. There is no vault."
    assert said[1].startswith("The partial signature of node 0 is in at node 0: 1 of the 3 that are needed.")
    assert "Alice's bid is encrypted to round 4, due in 6.1 s. Shut: Alice's bid (round 4, in 6.1 s)." in said
    third = said[place(tale, "signature", 3)]
    assert third.startswith("The signature of round 3 appears at node")
    assert "a key opens: ff0001. a changed copy is refused: chunk." in third


def test_another_place_is_refused(tale: VaultTale) -> None:
    with pytest.raises(LocalError, match="at: "):
        vault_rows(tale, len(tale.steps))


def test_many_vaults_leave_those_that_are_near() -> None:
    vaults = Vaults(Network(4, 3, backend="glass", seed=1))
    for i in range(1, 31):
        vaults.seal(f"vault {i}", "x", round=i)
    vaults.net.run(rounds=20)
    chart = vault_rows(vault_tale(vaults.net))
    shown = [word for word in chart.figure.layout.yaxis.ticktext if word.startswith("vault")]
    assert shown == [f"vault {i}" for i in range(15, 27)] and len(chart.table["vault"]) == 30
