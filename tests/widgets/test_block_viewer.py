"""The block viewer: what Python tells and accepts."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree

import pytest
import traitlets
from toy_chain import AUTHORS, toy_blocks

from drandlab.errors import LocalError
from drandlab.widgets import BlockViewerWidget


@pytest.fixture(scope="module")
def viewer() -> BlockViewerWidget:
    return BlockViewerWidget(toy_blocks(5), authors=AUTHORS)


def test_the_story_is_plain_data_and_has_all_of_a_block(viewer: BlockViewerWidget) -> None:
    story = json.loads(json.dumps(viewer.story))
    assert [block["number"] for block in story["blocks"]] == [1, 2, 3, 4, 5]
    assert [block["failed"] for block in story["blocks"]] == [0, 0, 0, 1, 1]
    second = story["blocks"][1]
    assert second["author"] == "Charlie" and second["slot"] == 101
    [put] = [step for step in second["steps"] if step["name"] == "Jar.put"]
    assert put["args"] == [["coins", "30"]] and put["origin"] == "none"
    assert ["Jar.Put", [["coins", "30"], ["total", "60"]]] in put["events"]
    assert "Jar.Total" in put["changed"]
    [[_, key, before, after]] = [change for change in second["changes"] if change[0] == "Jar.Total"]
    assert (len(key), len(key[0]), len(key[1]), before, after) == (2, 34, 32, "30", "60")
    [[_, key, _, _]] = [change for change in second["changes"] if change[0] == "Jar.ByBlock [2]"]
    assert len(key) == 3 and key[0] + key[1] + key[2] == "".join(key)
    name, share, text = second["loads"][1]
    assert name == "proof" and text.endswith("of 10,485,760 bytes") and 0 < share < 100


def test_block_and_view_can_be_assigned_and_are_checked(viewer: BlockViewerWidget) -> None:
    viewer.block, viewer.view = 3, "storage"
    assert repr(viewer) == "BlockViewerWidget(blocks 1 to 5, block=3, view='storage')"
    for trait, value, sentence in (
        ("block", 6, "block: expected the number of a block from 1 to 5, got 6"),
        ("block", True, "block: expected the number of a block"),
        ("block", None, "block: expected the number of a block"),
        ("view", "all", "view: expected one of calls, storage, header"),
        ("view", None, "view: "),
    ):
        with pytest.raises(LocalError, match=sentence):
            setattr(viewer, trait, value)
        viewer.set_state({trait: value})
        assert (viewer.block, viewer.view) == (3, "storage")
    with pytest.raises(traitlets.TraitError, match="read-only"):
        viewer.story = {}


def test_the_saved_cell_holds_a_sentence_and_a_picture(viewer: BlockViewerWidget) -> None:
    viewer.block = 4
    data, again = (viewer._repr_mimebundle_()[0] for _ in range(2))
    assert "application/vnd.jupyter.widget-view+json" in data
    assert data["text/plain"] == again["text/plain"] and data["image/svg+xml"] == again["image/svg+xml"]
    assert "Block 4 by Bob, slot 103: Timestamp.set succeeds. Jar.put fails with TooMuch." in data["text/plain"]
    assert ElementTree.fromstring(data["image/svg+xml"]).attrib["aria-label"] == data["text/plain"]


def test_a_long_chain_is_small_in_a_notebook() -> None:
    rows = [{"number": number, "calls": [], "events": []} for number in range(1, 10_001)]
    viewer = BlockViewerWidget(rows)
    assert repr(viewer) == "BlockViewerWidget(blocks 9801 to 10000, block=10000, view='calls')"
    data: dict[str, Any] = viewer._repr_mimebundle_()[0]
    assert len(data["image/svg+xml"]) < 40_000


def test_what_are_no_blocks_is_refused() -> None:
    with pytest.raises(LocalError, match="source: expected blocks, or the answer of drandlab idn"):
        BlockViewerWidget(7)
    with pytest.raises(LocalError, match="block: expected the number of a block from 1 to 2, got 9"):
        BlockViewerWidget(toy_blocks(2), block=9)
