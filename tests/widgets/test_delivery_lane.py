"""The delivery lane: what Python tells and accepts."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest
import traitlets
from toy_lane import SUBS, toy_lane

from drandlab.errors import LocalError
from drandlab.widgets import DeliveryLaneWidget


@pytest.fixture
def view() -> DeliveryLaneWidget:
    return DeliveryLaneWidget(toy_lane(), block=2)


def test_the_story_is_plain_data_and_has_all_stops(view: DeliveryLaneWidget) -> None:
    story = json.loads(json.dumps(view.story))
    assert [block["number"] for block in story["blocks"]] == [1, 2, 3, 4]
    first, second, third = story["blocks"][1]["rows"]
    assert (first["message"], first["channel"], first["came"]) == ("241 bytes", "2 wait", None)
    assert (second["state"], second["left"], second["of"], second["spent"]) == ("Active", 2, 3, 1)
    assert (third["turn"], third["state"], third["message"], third["channel"]) == ("failed", "Paused", "not sent", None)
    assert ["subscriber", "parachain 4594"] in second["facts"] and ["frequency", "every 2 blocks"] in second["facts"]
    assert ["messages", "sent for 30,012,000,000"] in first["facts"]
    rows = story["blocks"][2]["rows"]
    assert [row["facts"][-1][1] for row in rows] == ["1 executed", "that of block 2: FailedToTransactAsset", "none"]
    assert [(row["came"], row["stopped"]) for row in rows] == [
        ("executed", False),
        ("FailedToTransactAsset", True),
        (None, False),
    ]
    assert story["blocks"][1]["money"] == [
        ["Alice", ["939,976,000,000", "−60,024,000,000"], ["20,300,000", "−5,800,000"], ["31,200", ""]]
    ]
    assert story["blocks"][2]["error"] == "StartExpired" and story["blocks"][1]["pulse"] == "rounds 1000\u20131001"


def test_block_and_chosen_can_be_assigned_and_are_checked(view: DeliveryLaneWidget) -> None:
    view.block, view.chosen = 3, f"0x{SUBS[1].hex()}"
    assert repr(view) == "DeliveryLaneWidget(blocks 1 to 4, block=3, chosen=b2b2b2b2…)"
    for name, value, sentence in (
        ("block", 9, "block: expected the number of a block from 1 to 4, got 9"),
        ("block", True, "block: expected the number of a block"),
        ("block", None, "block: expected the number of a block"),
        ("chosen", "0x00", "chosen: expected the identifier of a subscription of this run"),
        ("chosen", 1, "chosen: expected the identifier"),
    ):
        with pytest.raises(LocalError, match=sentence):
            setattr(view, name, value)
        view.set_state({name: value})
        assert (view.block, view.chosen) == (3, f"0x{SUBS[1].hex()}")
    view.chosen = None
    assert view.chosen is None
    with pytest.raises(traitlets.TraitError, match="read-only"):
        view.story = {}


def test_the_saved_cell_holds_a_sentence_and_a_picture(view: DeliveryLaneWidget) -> None:
    data, again = (view._repr_mimebundle_()[0] for _ in range(2))
    assert "application/vnd.jupyter.widget-view+json" in data
    assert data["text/plain"] == again["text/plain"] and data["image/svg+xml"] == again["image/svg+xml"]
    assert data["text/plain"].startswith("Block 2 by Alice takes rounds 1000 to 1001. Sent a pulse:")
    assert ElementTree.fromstring(data["image/svg+xml"]).attrib["aria-label"] == data["text/plain"]


def test_many_subscriptions_are_cut_and_counted() -> None:
    block = DeliveryLaneWidget(toy_lane(60)).story["blocks"][1]
    assert len(block["rows"]) == 40 and block["more"] == 20
    assert [row["turn"] for row in block["rows"]][:3] == ["sent", "sent", "failed"]


def test_what_is_no_run_is_refused() -> None:
    with pytest.raises(LocalError, match="source: expected a journal, or a run that has one"):
        DeliveryLaneWidget([])
    with pytest.raises(LocalError, match="block: expected the number of a block from 2 to 3, got 1"):
        DeliveryLaneWidget(toy_lane(), first=2, last=3, block=1)
