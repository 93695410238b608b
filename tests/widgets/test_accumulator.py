"""The accumulator widget: what Python tells and accepts."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree

import pytest
import traitlets

import drandlab as dl
from drandlab.analysis.frames import beacons_of
from drandlab.beacon import Beacon
from drandlab.errors import LocalError
from drandlab.viz.charts.bridge.heard_pulses import EDITS, heard_pulses
from drandlab.viz.charts.bridge.point_places import place_of
from drandlab.widgets import AccumulatorWidget

QUICKNET = dl.networks["quicknet"]


@pytest.fixture(scope="module")
def beacons() -> list[Beacon]:
    """Rounds 1000 to 1003 of quicknet."""
    return [one for one in beacons_of(dl.load_beacons("quicknet")) if 1000 <= one.round <= 1003]


@pytest.fixture
def view(beacons: list[Beacon]) -> AccumulatorWidget:
    return AccumulatorWidget(beacons, QUICKNET)


def test_the_story_is_plain_data_and_agrees_with_the_computation(beacons: list[Beacon]) -> None:
    view = AccumulatorWidget(beacons, QUICKNET, ["true", "drop", "late", "true"], mode="range")
    pulses, steps = heard_pulses(beacons, QUICKNET, ["true", "drop", "late", "true"], mode="range")
    story = json.loads(json.dumps(view.story))
    assert (story["mode"], story["plane"]) == ("range", "square")
    assert [told[:2] + told[3:4] for told in story["pulses"]] == [[p.round, p.edit, p.alone] for p in pulses]
    assert [told["said"] for told in story["steps"]] == [step.said for step in steps]
    assert [told["holds"] for told in story["steps"]] == [step.holds for step in steps]
    for told, step in zip(story["steps"], steps, strict=True):
        place = None if step.signature is None else place_of(step.signature)
        shown = None if told["signature"] is None else told["signature"][1]
        assert shown == (None if place is None else pytest.approx(list(place), abs=1e-4))
        assert told["wanted"] is None
    # a late pulse comes at its own step, not where it was missed
    assert story["steps"][story["pulses"][2][4]]["said"].startswith("Round 1002 comes, one block late.")


def test_every_example_can_be_chosen(view: AccumulatorWidget) -> None:
    names = [name for name, _ in view.story["examples"]]
    assert names == ["all true", "one missing", "one late", "one forged", "two exchanged", "errors that cancel"]
    failed = {}
    for name, edits in view.story["examples"]:
        view.edits = edits
        failed[name] = [step.error for step in view.steps if step.error]
        assert [told[1] for told in view.story["pulses"]] == edits
    failure = "VerificationFailed"
    assert failed == {
        "all true": [],
        "one missing": [failure],
        "one late": [failure],
        "one forged": [failure],
        "two exchanged": [],
        "errors that cancel": [],
    }


def test_one_pulse_is_enough_and_sixteen_are_the_most(beacons: list[Beacon]) -> None:
    one = AccumulatorWidget(beacons[:1], QUICKNET)
    assert [name for name, _ in one.story["examples"]] == ["all true", "one missing", "one late", "one forged"]
    many = [b for b in beacons_of(dl.load_beacons("quicknet")) if 72750 <= b.round <= 72766]
    assert repr(AccumulatorWidget(many[:16], QUICKNET)).startswith("AccumulatorWidget(rounds 72750 to 72765")
    with pytest.raises(LocalError, match="beacons: expected a number of beacons from 1 to 16, got 17"):
        AccumulatorWidget(many, QUICKNET)


def test_all_dropped_is_a_story_too(beacons: list[Beacon]) -> None:
    view = AccumulatorWidget(beacons, QUICKNET, ["drop"] * 4)
    assert view.story["pairs"] == []
    assert view.describe().endswith("ZeroHeightProvided. The next round stays 1000.")


def test_other_edits_keep_the_step_in_view_where_there_is_one(view: AccumulatorWidget) -> None:
    view.at = 2
    view.edits = ["true", "true", "true", "drop"]
    assert view.at == 2
    view.edits = ["true", "true", "true", "late"]
    view.at = len(view.steps) - 1
    assert view.at == 7
    view.edits = ["true"] * 4
    assert view.at == 5


def test_the_mode_changes_what_the_chain_does(view: AccumulatorWidget) -> None:
    view.edits = ["true", "drop", "true", "true"]
    assert [step.error for step in view.steps if step.kind == "block"] == [None, "VerificationFailed"]
    view.mode = "range"
    assert [step.error for step in view.steps if step.kind == "block"] == [None, None]
    assert view.story["mode"] == "range"


@pytest.mark.parametrize(
    ("trait", "value", "sentence"),
    [
        ("edits", ["true"], "edits: expected one for each of 4 pulses"),
        ("edits", ["swap", "true", "true", "true"], "edits: 'swap' exchanges two pulses"),
        ("edits", None, "edits: expected one for each of 4 pulses"),
        ("mode", "seed", "mode: expected one of accumulate, range"),
        ("mode", None, "mode: "),
        ("at", 6, "at: expected a whole number from 0 to 5, got 6"),
        ("at", True, "at: "),
        ("at", None, "at: "),
    ],
)
def test_a_refused_assignment_changes_nothing(view: AccumulatorWidget, trait: str, value: Any, sentence: str) -> None:
    before = (view.edits, view.mode, view.at, view.story)
    with pytest.raises(LocalError, match=sentence):
        setattr(view, trait, value)
    view.set_state({trait: value})
    assert (view.edits, view.mode, view.at, view.story) == before
    with pytest.raises(traitlets.TraitError, match="read-only"):
        view.story = {}


def test_the_saved_cell_holds_a_sentence_and_a_picture(view: AccumulatorWidget) -> None:
    view.edits = ["plus", "minus", "true", "forge"]
    data, again = (view._repr_mimebundle_()[0] for _ in range(2))
    assert "application/vnd.jupyter.widget-view+json" in data
    assert data["text/plain"] == again["text/plain"] and data["image/svg+xml"] == again["image/svg+xml"]
    assert "Block 2: the sum of 2 signatures is taken for rounds 1002 to 1003." in data["text/plain"]
    assert "Rounds 1000 to 1003, accumulate: step 6 of 6" in data["image/svg+xml"]
    assert ElementTree.fromstring(data["image/svg+xml"]).attrib["aria-label"] == data["text/plain"]
    assert len(data["image/svg+xml"]) < 6000


def test_the_words_of_the_edits_are_those_of_the_page(view: AccumulatorWidget) -> None:
    assert view.story["words"] == EDITS
