"""The vaults: what Python tells and accepts."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest
import traitlets
from toy_vaults import NAMES, toy_vaults

from drandlab.errors import LocalError
from drandlab.simulation.network import Network
from drandlab.simulation.vaults.vault_tale import VAULT_STATES
from drandlab.simulation.vaults.vaults import Vaults
from drandlab.widgets import VaultWidget


@pytest.fixture
def view() -> VaultWidget:
    return VaultWidget(toy_vaults().net)


def test_the_story_is_plain_data_and_has_every_step(view: VaultWidget) -> None:
    story = json.loads(json.dumps(view.story))
    assert len(story["steps"]) == len(view.tale.steps) == 31
    assert story["words"] == dict(VAULT_STATES) and story["nodes"] == [0, 1, 2, 3, 4]
    assert [vault["name"] for vault in story["vaults"]] == list(NAMES)
    first, last = story["vaults"][0], story["steps"][-1]
    assert (first["inside"], first["round"]) == ("300", 4)
    assert first["facts"][2] == ["due", "2023-11-14 22:14:03 UTC"] and first["facts"][3] == ["file", "355 bytes"]
    assert story["vaults"][4]["text"] == "refused: chunk"
    assert len(story["vaults"][2]["inside"]) == 81 and len(story["vaults"][2]["text"]) == 600
    assert [state for _, state, *_ in last["vaults"]] == ["open", "open", "open", "open", "refused", "shut"]
    assert (last["kind"], last["need"], len(last["came"])) == ("signature", 3, 3)
    assert last["vaults"][2] == [2, "open", None, True] and last["vaults"][0] == [0, "open", None, False]
    assert story["steps"][0]["signature"] is None and story["steps"][0]["vaults"] == []


def test_at_and_chosen_can_be_assigned_and_are_checked(view: VaultWidget) -> None:
    view.at, view.chosen = 7, "a letter"
    assert repr(view) == "VaultWidget(step 7 of 30, 6 vaults, chosen='a letter')"
    for name, value, sentence in (
        ("at", 31, "at: "),
        ("at", True, "at: "),
        ("at", None, "at: "),
        ("chosen", "nobody", "chosen: expected one of Alice's bid, Bob's bid"),
        ("chosen", 1, "chosen: expected one of"),
    ):
        with pytest.raises(LocalError, match=sentence):
            setattr(view, name, value)
        view.set_state({name: value})
        assert (view.at, view.chosen) == (7, "a letter")
    view.chosen = None
    assert view.chosen is None
    with pytest.raises(traitlets.TraitError, match="read-only"):
        view.story = {}


def test_the_saved_cell_holds_a_sentence_and_a_picture(view: VaultWidget) -> None:
    view.at = 25
    data, again = (view._repr_mimebundle_()[0] for _ in range(2))
    assert "application/vnd.jupyter.widget-view+json" in data
    assert data["text/plain"] == again["text/plain"] and data["image/svg+xml"] == again["image/svg+xml"]
    assert data["text/plain"].startswith("The signature of round 4 appears at node 1. Alice's bid opens: 300.")
    assert ElementTree.fromstring(data["image/svg+xml"]).attrib["aria-label"] == data["text/plain"]


def test_a_long_run_is_told_from_its_newest_steps() -> None:
    net = Network(4, 3, backend="glass", seed=1).run(rounds=130)
    view = VaultWidget(net)
    assert len(view.story["steps"]) == 600 and len(view.tale.steps) == 650
    assert view.story["steps"][-1]["round"] == 130 and view.describe().startswith(view.story["steps"][0]["said"])
    with pytest.raises(LocalError, match="chosen: expected None, as there are no vaults"):
        view.chosen = "a"


def test_many_vaults_are_cut_to_the_newest() -> None:
    vaults = Vaults(Network(3, 2, backend="glass", seed=1))
    for i in range(43):
        vaults.seal(f"vault {i}", "x", round=1)
    vaults.net.run(rounds=1)
    story = VaultWidget(vaults.net).story
    assert [vault["name"] for vault in story["vaults"]] == [f"vault {i}" for i in range(3, 43)]
    assert len(story["steps"][-1]["vaults"]) == 40


def test_what_is_no_run_is_refused() -> None:
    with pytest.raises(LocalError, match="source: expected a journal, or a network that has one"):
        VaultWidget([])
    with pytest.raises(LocalError, match="at: "):
        VaultWidget(toy_vaults().net, at=99)
