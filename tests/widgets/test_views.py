"""What every live view keeps: its height, its keys, a full screen, its text as text, and absent values as absent."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from toy_chain import AUTHORS, toy_blocks
from toy_lane import toy_lane
from toy_vaults import toy_vaults

from drandlab.orbit.satellites import ISS
from drandlab.orbit.stations import Station
from drandlab.simulation.keygen.run import generate_key
from drandlab.simulation.misbehaviour.keygen import parse
from drandlab.simulation.network import Network
from drandlab.widgets import (
    AccumulatorWidget,
    BlockViewerWidget,
    ChainStripWidget,
    DeliveryLaneWidget,
    LamportWidget,
    NetworkStageWidget,
    OrbitWidget,
    PolynomialWidget,
    StatusMatrixWidget,
    VaultWidget,
)
from helpers import TRAITS, Mount

VIEWS = list(TRAITS)

NARROW = "<style>body { margin: 0 } main { width: 900px }</style>"
"""The room that JupyterLab leaves a cell's output on a screen of 1366 x 768, its file browser open."""

COMMANDS = ("x", "d", "d", "a", "b", "c", "v", "z", "m", "y", "r", "j", "k", "0", "Shift+M", "Shift+ArrowDown")
"""What JupyterLab does something to cells for."""


def view(name: str, nodes: int = 5) -> Any:
    """The named view of a network or a key generation, with something chosen in it."""
    net = Network(nodes, nodes // 2 + 1, seed=1, backend="glass")
    match name:
        case "NetworkStageWidget":
            stage = NetworkStageWidget(net)
            stage.chosen = 1
            return stage
        case "ChainStripWidget":
            return ChainStripWidget(net.run(rounds=3))
        case "LamportWidget":
            space = LamportWidget(net.run(rounds=3), 2)
            space.event = len(space.view.events) // 2
            return space
        case "StatusMatrixWidget":
            fault = parse("wrong-share:1:holder=3")
            return StatusMatrixWidget(generate_key(nodes, nodes // 2 + 1, backend="glass", faults=[fault]))
        case "OrbitWidget":
            sky = OrbitWidget(
                ISS["2021-01-27"], [Station(f"station {i}", 60 - 3.5 * i, 11 * i - 180) for i in range(nodes)]
            )
            sky.chosen = 0
            return sky
        case "BlockViewerWidget":
            return BlockViewerWidget(toy_blocks(nodes), authors=AUTHORS, block=4)
        case "DeliveryLaneWidget":
            return DeliveryLaneWidget(toy_lane(nodes), block=2)
        case "VaultWidget":
            return VaultWidget(toy_vaults(nodes).net, at=24, chosen="a letter")
        case "AccumulatorWidget":
            rounds = Network(4, 3, backend="glass", scheme="bls-unchained-g1-rfc9380").run(rounds=min(nodes, 16))
            return AccumulatorWidget(rounds.beacons, rounds.info, backend="glass")
    return PolynomialWidget(secret=7, seed=3)


@pytest.fixture
def show(mount: Mount) -> Mount:
    """``show(widget)``: the view in a room of 900 x 650."""

    def put(widget: Any) -> Page:
        tab = mount(widget, TRAITS[type(widget).__name__], NARROW)
        tab.set_viewport_size({"width": 1366, "height": 768})
        return tab

    return put


def height(tab: Page) -> float:
    box = tab.locator(".drandlab").bounding_box()
    assert box is not None
    return box["height"]


@pytest.mark.parametrize("nodes", [5, 23, 32])
@pytest.mark.parametrize("name", [name for name in VIEWS if name != "PolynomialWidget"])
def test_a_view_fits_on_a_small_screen(show: Mount, name: str, nodes: int) -> None:
    tab = show(view(name, nodes))
    assert height(tab) <= 650
    assert tab.evaluate("document.documentElement.scrollWidth") <= 1366


@pytest.mark.parametrize("mode", ["field", "reals", "both"])
def test_the_polynomial_fits_on_a_small_screen(show: Mount, mode: str) -> None:
    assert height(show(PolynomialWidget(secret=7, seed=3, mode=mode))) <= 650


@pytest.mark.parametrize(
    "name",
    [
        "AccumulatorWidget",
        "DeliveryLaneWidget",
        "NetworkStageWidget",
        "OrbitWidget",
        "StatusMatrixWidget",
        "VaultWidget",
    ],
)
def test_what_plays_is_below_the_button_that_plays_it(show: Mount, name: str) -> None:
    tab = show(view(name))
    button, picture = tab.get_by_role("button", name="Play").bounding_box(), tab.locator(".left").bounding_box()
    assert button and picture
    assert button["y"] + button["height"] <= picture["y"]
    assert picture["y"] + picture["height"] <= 650


@pytest.mark.parametrize("name", VIEWS)
def test_no_key_reaches_the_notebook_wherever_the_focus_is(show: Mount, name: str) -> None:
    tab = show(view(name))
    tab.evaluate("window.leaked = []; document.addEventListener('keydown', (e) => window.leaked.push(e.key))")
    places = tab.locator(".drandlab :is(button, select, input, [tabindex])")
    count = places.count()
    assert count >= 3
    for i in range(min(count, 25)):
        if not places.nth(i).is_visible():
            continue
        for key in ("x", "d", "ArrowDown", "Shift+M"):
            places.nth(i).focus()
            tab.keyboard.press(key)
    first = places.first
    for key in (*COMMANDS, "Alt+Enter", "Control+a", "Control+Backspace", "Control+Shift+ArrowDown"):
        first.focus()
        tab.keyboard.press(key)
    assert [key for key in tab.evaluate("window.leaked") if key not in ("Shift", "Alt", "Control")] == []
    first.focus()
    tab.keyboard.press("Control+k")  # not of ours: the page may have it
    tab.keyboard.press("Escape")
    assert tab.evaluate("window.leaked.filter((key) => key.length > 1 || key === 'k')")[-2:] == ["k", "Escape"]
    assert not tab.evaluate("document.querySelector('.drandlab').contains(document.activeElement)")


@pytest.mark.parametrize("refused", [False, True])
@pytest.mark.parametrize("name", VIEWS)
def test_a_view_takes_the_whole_screen_and_gives_it_back(show: Mount, name: str, refused: bool) -> None:
    tab = show(view(name))
    if refused:
        tab.evaluate("() => { Element.prototype.requestFullscreen = () => Promise.reject(new TypeError('no')); }")
    root, before = tab.locator(".drandlab"), height(tab)
    tab.get_by_role("button", name="Full screen").click()
    expect(root).to_have_class(re.compile("whole"))
    expect(tab.get_by_role("button", name="Leave full screen")).to_be_visible()
    box = root.bounding_box()
    assert box is not None
    assert (box["x"], box["y"]) == (0, 0) and box["width"] >= 1360 and box["height"] >= 760
    tab.keyboard.press("Escape")
    expect(root).not_to_have_class(re.compile("whole"))
    expect(tab.get_by_role("button", name="Full screen")).to_be_visible()
    assert height(tab) == before
    tab.get_by_role("button", name="Full screen").click()
    tab.get_by_role("button", name="Leave full screen").click()
    expect(root).not_to_have_class(re.compile("whole"))


# JupyterLab's own rules for the lists in an output.
LISTS = """<style>
  main dl, main dt, main dd { display: block; }
  main dl { width: 100%; overflow: hidden; }
  main dt { font-weight: bold; float: left; width: 20%; }
  main dd { float: left; width: 80%; }
</style>"""


@pytest.mark.parametrize("name", ["ChainStripWidget", "StatusMatrixWidget"])
def test_a_name_in_the_details_stays_on_one_line(mount: Mount, name: str) -> None:
    widget = view(name)
    tab = mount(widget, TRAITS[type(widget).__name__], NARROW + LISTS.replace("main ", ".jp-OutputArea-output "))
    # after the view's own rules, as JupyterLab may load them in any order
    tab.evaluate("document.querySelector('main').className = 'jp-OutputArea-output'")
    boxes = tab.evaluate(
        "() => [...document.querySelectorAll('.drandlab dt')].map(t => [t.getBoundingClientRect().height, "
        "getComputedStyle(t).float, getComputedStyle(t.nextElementSibling).float])"
    )
    assert len(boxes) >= 3
    for tall, *floats in boxes:
        assert tall < 24 and floats == ["none", "none"]


def absent(value: Any) -> Any:
    """What a browser's Python sends for None: nothing, inside of lists excepted."""
    if isinstance(value, dict):
        return {key: absent(one) for key, one in value.items() if one is not None}
    return [absent(one) for one in value] if isinstance(value, (list, tuple)) else value


@pytest.mark.parametrize("name", VIEWS)
def test_an_absent_value_is_as_none(mount: Mount, name: str) -> None:
    widget = view(name)
    if name == "LamportWidget":
        widget.event = None
    if name == "OrbitWidget":
        widget.chosen = None
    if name == "NetworkStageWidget":
        widget = NetworkStageWidget(Network(4, 3, backend="glass"), at=0)  # no chain yet, nothing chosen
    traits = TRAITS[type(widget).__name__]
    tab = mount(widget, traits)
    text = tab.locator("main").inner_text()

    class Absent:
        _css, _esm = widget._css, widget._esm

    for trait in traits:
        value = absent(json.loads(json.dumps(getattr(widget, trait))))
        if value is not None:
            setattr(Absent, trait, value)
    there = tuple(trait for trait in traits if hasattr(Absent, trait))
    assert there != traits  # something is absent
    assert mount(Absent, there).locator("main").inner_text() == text


def test_a_text_from_elsewhere_is_a_text(mount: Mount) -> None:
    evil = '<img src=x onerror="window.evil = 1">'

    def spoilt(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: spoilt(one) for key, one in value.items()}
        if isinstance(value, list):
            return [spoilt(one) for one in value]
        return value + evil if isinstance(value, str) and " " in value else value

    for name in VIEWS:
        widget = view(name)
        traits = TRAITS[type(widget).__name__]

        class Spoilt:
            _css, _esm = widget._css, widget._esm

        for trait in traits:
            setattr(Spoilt, trait, spoilt(json.loads(json.dumps(getattr(widget, trait)))))
        tab = mount(Spoilt, traits)
        assert tab.locator("img").count() == 0
        assert tab.evaluate("window.evil") is None


def test_no_source_asks_for_null_alone() -> None:
    for name in VIEWS:
        assert not re.search(r"[!=]== (null|undefined)\b", view(name)._esm)


@pytest.mark.parametrize("name", VIEWS)
def test_the_module_is_small_and_fetches_nothing(name: str) -> None:
    shown = view(name)
    assert len(shown._esm.encode()) < (41_000 if name in ("NetworkStageWidget", "OrbitWidget") else 30_000)
    for source in (shown._esm, shown._css):
        assert "import " not in source
        assert "url(" not in source
        assert "//www" not in source.replace("http://www.w3.org/2000/svg", "")
        assert "https://" not in source
