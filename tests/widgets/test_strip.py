"""The chain strip: what Python tells and accepts, and the page in a real browser."""

from __future__ import annotations

import json
import re
from typing import Any
from xml.etree import ElementTree

import pytest
import traitlets
from playwright.sync_api import Locator, Page, expect

from drandlab.errors import LocalError
from drandlab.simulation.network import Network
from drandlab.simulation.reading.timeline import Timeline
from drandlab.viz.charts.strip import HOWS, how
from drandlab.widgets import ChainStripWidget
from helpers import TRAITS, Mount, trait


@pytest.fixture(scope="module")
def net() -> Network:
    """Node 4 misses rounds 4 to 6 and syncs them; rounds 9 and 10 never come."""
    net = Network(5, 3, seed=1, backend="glass", scheme="pedersen-bls-chained").run(rounds=3)
    net.crash(4)
    net.run(rounds=3)
    net.restart(4)
    net.run(rounds=2)
    for name in (0, 1, 2):
        net.crash(name)
    return net.run(rounds=2)


@pytest.fixture
def strip(net: Network) -> ChainStripWidget:
    return ChainStripWidget(net, round=6)


def block(tab: Page, round: int) -> Locator:
    return tab.get_by_role("option").nth(round - 1)


def test_the_story_is_plain_data_and_agrees_with_the_journal(net: Network, strip: ChainStripWidget) -> None:
    story, timeline = json.loads(json.dumps(strip.story)), Timeline(net.journal)
    assert [told["round"] for told in story["rounds"]] == list(range(1, 11))
    assert story["chained"]
    for told, beacon in zip(story["rounds"], net.beacons, strict=False):
        assert told["signature"] == beacon.signature.hex()
        assert told["previous"] == beacon.previous_signature.hex()
        assert told["randomness"] == beacon.randomness[:8].hex()
        assert [list(HOWS)[number] for number in told["how"]] == [
            how(timeline.round(told["round"]), name) for name in range(5)
        ]
        assert told["first"][1] == min(ms for _, ms, _ in told["stored"]) > 0
    assert story["rounds"][-1]["randomness"] is None


def test_every_source_tells_the_same_and_a_part_can_be_asked_for(net: Network) -> None:
    assert ChainStripWidget(net).story == ChainStripWidget(net.journal).story
    assert ChainStripWidget(net).story == ChainStripWidget(Timeline(net.journal)).story
    part = ChainStripWidget(net, 3, 7)
    assert repr(part) == "ChainStripWidget(rounds 3 to 7, round=7)"
    assert [told["round"] for told in part.story["rounds"]] == [3, 4, 5, 6, 7]
    assert part.describe().startswith("Rounds 3 to 7, chained: 5 have a beacon.")


def test_what_is_new_is_shown_when_asked_for() -> None:
    net = Network(4, 3, backend="glass").run(rounds=15)
    strip = ChainStripWidget(net, round=1)
    net.run(rounds=4)
    assert repr(strip) == "ChainStripWidget(rounds 1 to 15, round=1)"
    strip.update()
    assert repr(strip) == "ChainStripWidget(rounds 4 to 19, round=4)"


@pytest.mark.parametrize("value", [0, 11, True, "3", None, 2.0])
def test_a_refused_assignment_changes_nothing(strip: ChainStripWidget, value: Any) -> None:
    with pytest.raises(LocalError, match="round: expected a round from 1 to 10, got"):
        strip.round = value
    strip.set_state({"round": value})
    assert strip.round == 6
    with pytest.raises(traitlets.TraitError, match="read-only"):
        strip.story = {}


def test_what_cannot_be_shown_is_refused_in_one_sentence(net: Network) -> None:
    with pytest.raises(LocalError, match="source: expected a Network, its journal or a Timeline, got a list"):
        ChainStripWidget(net.beacons)  # type: ignore[arg-type]
    with pytest.raises(LocalError, match="first: expected a round from 1 to 10, got 0"):
        ChainStripWidget(net, 0)
    with pytest.raises(LocalError, match="round: expected a round from 2 to 5, got 7"):
        ChainStripWidget(net, 2, 5, round=7)
    with pytest.raises(LocalError, match="room for 32 nodes, this network has 33"):
        ChainStripWidget(Network(33, 17, backend="glass"))
    with pytest.raises(LocalError, match="there is no round yet"):
        ChainStripWidget(Network(3, 2, backend="glass"))


def test_the_saved_cell_holds_a_sentence_and_a_picture(net: Network) -> None:
    data, again = (ChainStripWidget(net)._repr_mimebundle_()[0] for _ in range(2))
    assert "application/vnd.jupyter.widget-view+json" in data
    for kind in ("image/svg+xml", "text/plain"):
        assert data[kind] == again[kind]
    assert "None yet: 9, 10." in data["text/plain"]
    assert ElementTree.fromstring(data["image/svg+xml"]).attrib["aria-label"] == data["text/plain"]


def test_a_click_opens_a_round_with_everybody_s_part(mount: Mount, strip: ChainStripWidget) -> None:
    tab = mount(strip, TRAITS["ChainStripWidget"])
    assert tab.get_by_role("option").count() == 10
    for round in (2, 5, 10):
        block(tab, round).click()
        assert trait(tab, "round") == round
        expect(block(tab, round)).to_have_attribute("aria-selected", "true")
        assert tab.locator("[aria-selected=true]").count() == 1
        told = strip.story["rounds"][round - 1]
        expect(tab.locator(".panel h4")).to_have_text(f"Round {round}")
        expect(tab.locator("tbody tr")).to_have_count(5)
        stored = {name: by for name, _, by in told["stored"]}
        assert tab.locator("tbody td:last-child").all_inner_texts() == [stored.get(name, "–") for name in range(5)]
    expect(block(tab, 10)).to_have_class(re.compile("missing"))
    expect(tab.get_by_role("status")).to_have_text("Round 10: no beacon yet.")
    block(tab, 5).click()
    expect(tab.locator(".panel")).to_contain_text("signs the one before")
    expect(tab.get_by_role("status")).to_contain_text("signed by 4 of 5 nodes, first at node")
    assert block(tab, 5).locator("svg.sync").count() == 1


def test_the_keys_move_along_the_strip_and_do_not_leak(mount: Mount, strip: ChainStripWidget) -> None:
    tab = mount(strip, TRAITS["ChainStripWidget"])
    tab.evaluate("window.leaked = []; document.addEventListener('keydown', (e) => window.leaked.push(e.key))")
    block(tab, 6).focus()
    for key, round in (("ArrowRight", 7), ("ArrowLeft", 6), ("Home", 1), ("ArrowLeft", 1), ("End", 10), ("PageUp", 1)):
        tab.locator("[role=option]:focus").press(key)
        assert trait(tab, "round") == round
        expect(block(tab, round)).to_be_focused()
        assert tab.locator("[role=option][tabindex='0']").count() == 1
    block(tab, 1).press("Enter")
    assert tab.evaluate("window.leaked") == []
    block(tab, 1).press("Escape")
    assert tab.evaluate("window.leaked") == ["Escape"]


def test_everything_has_a_role_and_a_name_and_a_shape(mount: Mount, strip: ChainStripWidget) -> None:
    tab = mount(strip, TRAITS["ChainStripWidget"])
    tree = tab.locator("body").aria_snapshot()
    for line in (
        'group "Chain strip"',
        'listbox "Rounds"',
        "[selected]",
        'list "What a node did for a round"',
        'region "The chosen round"',
        'rowheader "4"',
        'columnheader "signed"',
        "status",
    ):
        assert line in tree, line
    assert re.search(r'option "Round 6: beacon [0-9a-f]{8}…, signed by 4 of 5 nodes', tree)
    look = "li => [li.innerText, li.querySelector('path').getAttribute('d')]"
    looks = tab.evaluate(f"() => [...document.querySelectorAll('.legend li')].map({look})")
    assert len(looks) == len({path for _, path in looks}) == len({text for text, _ in looks}) == 4


def test_text_is_readable_on_light_and_dark(mount: Mount, net: Network, theme: Any) -> None:
    tab = mount(ChainStripWidget(net, dark=theme.argument), TRAITS["ChainStripWidget"], theme.head)
    assert theme.readable(tab) > 40


def test_what_python_sets_is_shown_and_a_closed_view_listens_no_more(mount: Mount, strip: ChainStripWidget) -> None:
    tab = mount(strip, TRAITS["ChainStripWidget"])
    tab.evaluate("window.model.set('round', 3)")
    expect(tab.locator(".panel h4")).to_have_text("Round 3")
    tab.evaluate("window.cleanup(); window.model.set('round', 4)")
    expect(tab.locator(".panel h4")).to_have_text("Round 3")
    assert tab.evaluate("Object.values(window.model.listeners).flat().length") == 0


def test_the_view_fits_narrow_and_wide_pages(mount: Mount) -> None:
    tab = mount(ChainStripWidget(Network(23, 12, backend="glass").run(rounds=8)), TRAITS["ChainStripWidget"])
    edge = "() => { const row = document.querySelector('.row'); return row.scrollLeft + row.clientWidth }"
    for width in (1200, 360):
        tab.set_viewport_size({"width": width, "height": 900})
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
        block(tab, 8).focus()
        block(tab, 8).press("Home")
        assert tab.evaluate("document.querySelector('.row').scrollLeft") == 0
        block(tab, 1).press("End")
        assert tab.evaluate(edge) >= tab.evaluate("document.querySelector('.row').lastChild.offsetLeft")


@pytest.mark.parametrize("round", [1, 30, 60])
def test_the_chosen_round_is_in_view_once_the_page_is_laid_out(mount: Mount, round: int) -> None:
    strip = ChainStripWidget(Network(4, 3, backend="glass").run(rounds=60), 1, 60, round=round)
    # a notebook makes a view before it gives it room
    tab = mount(strip, TRAITS["ChainStripWidget"], "<style>main { display: none }</style>")
    seen = """() => {
      const [row, own] = [".row", "[aria-selected=true]"].map((s) => document.querySelector(s).getBoundingClientRect());
      return own.width > 0 && row.left <= own.left && own.right <= row.right;
    }"""
    assert not tab.evaluate(seen)
    tab.evaluate("document.querySelector('main').style.display = 'block'")
    tab.wait_for_function(seen)
    tab.set_viewport_size({"width": 400, "height": 700})
    tab.wait_for_function(seen)
