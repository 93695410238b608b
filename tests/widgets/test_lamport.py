"""The Lamport view: what Python tells and accepts, and the page in a real browser."""

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
from drandlab.simulation.reading.lamport import SpaceTime
from drandlab.simulation.reading.timeline import Timeline
from drandlab.simulation.world.links import Link
from drandlab.widgets import LamportWidget
from helpers import TRAITS, Mount, trait


@pytest.fixture(scope="module")
def net() -> Network:
    """Node 4 misses rounds 4 and 5 and syncs them; nodes 0 and 1 never hear each other."""
    net = Network(5, 3, seed=1, backend="glass").run(rounds=3)
    net.crash(4)
    net.set_link(0, 1, Link(loss=1.0))
    net.run(rounds=2)
    net.restart(4)
    return net.run(rounds=2)


def figure(tab: Page, number: int) -> Locator:
    return tab.locator(".sheet .event").nth(number)


def parts(tab: Page) -> dict[str, set[int]]:
    found = tab.evaluate("() => [...document.querySelectorAll('.sheet .event')].map(e => e.dataset.part)")
    return {part: {i for i, own in enumerate(found) if own == part} for part in ("chosen", "before", "behind", "apart")}


def test_the_story_is_plain_data_and_agrees_with_the_events(net: Network) -> None:
    widget, view = LamportWidget(net, 4), SpaceTime(Timeline(net.journal), 4)
    story = json.loads(json.dumps(widget.story))
    assert [told[1:] for told in story["events"]] == [
        [e.node, e.kind, e.clock, e.said, list(e.causes)] for e in view.events
    ]
    assert [told[:2] for told in story["arrows"]] == [[arrow.source, arrow.target] for arrow in view.arrows]
    assert (story["earlier"], story["later"]) == (3, 5)
    assert LamportWidget(net, 1).story["earlier"] is None
    assert LamportWidget(net).story["later"] is None


def test_it_begins_with_the_newest_round_and_a_fitting_axis(net: Network) -> None:
    assert repr(LamportWidget(net.journal)).startswith("LamportWidget(round=7, by='time', ")
    assert LamportWidget(net, 4).by == "order"  # somebody had it seconds later
    assert LamportWidget(net, 4, by="time").by == "time"


def test_another_round_ends_the_choice_and_tells_another_story(net: Network) -> None:
    view = LamportWidget(net, 2)
    view.event = 5
    view.round = 3
    assert view.event is None
    assert view.story == LamportWidget(net, 3).story
    assert view.describe().startswith("Round 3: nodes 0 to 4 sign")
    net_ = Network(3, 2, backend="glass").run(rounds=1)
    grown = LamportWidget(net_)
    net_.run(rounds=1)
    grown.update()
    assert grown.story["later"] == 2


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("round", 0, "round: the journal has no round 0; there are 1 to 7"),
        ("round", "2", "round: the journal has no round '2'"),
        ("round", None, "round: the journal has no round None"),
        ("event", -1, "event: expected a whole number from 0 to"),
        ("event", 999, "event: expected a whole number from 0 to 29, got 999"),
        ("event", True, "got True"),
        ("by", "size", "by: expected one of time, order, got 'size'"),
        ("by", None, "by: expected one of time, order, got None"),
    ],
)
def test_a_refused_assignment_changes_nothing(net: Network, name: str, value: Any, sentence: str) -> None:
    view = LamportWidget(net, 2)
    view.event = 3
    before, story = repr(view), view.story
    with pytest.raises(LocalError, match=sentence):
        setattr(view, name, value)
    view.set_state({name: value})
    assert repr(view) == before and view.story == story
    assert view.view.round == 2
    with pytest.raises(traitlets.TraitError, match="read-only"):
        view.story = {}


def test_what_cannot_be_shown_is_refused_in_one_sentence(net: Network) -> None:
    with pytest.raises(LocalError, match="source: expected a Network, its journal or a Timeline, got a int"):
        LamportWidget(7)  # type: ignore[arg-type]
    with pytest.raises(LocalError, match="round: the journal has no round 8"):
        LamportWidget(net, 8)
    with pytest.raises(LocalError, match="a summary has no messages; make the network with detail='full'"):
        LamportWidget(Network(3, 2, backend="glass", detail="summary").run(rounds=1))
    with pytest.raises(LocalError, match="there is none yet"):
        LamportWidget(Network(3, 2, backend="glass"))


def test_the_saved_cell_holds_a_sentence_and_a_picture(net: Network) -> None:
    data, again = (LamportWidget(net, 2)._repr_mimebundle_()[0] for _ in range(2))
    assert "application/vnd.jupyter.widget-view+json" in data
    for kind in ("image/svg+xml", "text/plain"):
        assert data[kind] == again[kind]
    assert "20 of 20 messages are received" in data["text/plain"]
    assert ElementTree.fromstring(data["image/svg+xml"]).attrib["aria-label"] == data["text/plain"]


@pytest.mark.parametrize("round", [2, 4])
def test_a_chosen_event_shows_what_python_says_came_before_and_after(mount: Mount, net: Network, round: int) -> None:
    widget = LamportWidget(net, round)
    tab, view = mount(widget, TRAITS["LamportWidget"]), widget.view
    last = len(view.events) - 1
    for number in (0, last // 2, last):
        figure(tab, number).dispatch_event("click")
        assert trait(tab, "event") == number
        before, behind = view.past(number), view.future(number)
        apart = set(range(last + 1)) - before - behind - {number}
        assert parts(tab) == {"chosen": {number}, "before": before, "behind": behind, "apart": apart}
        said = f"Before it: {len(before)} events. After it: {len(behind)}. Neither: {len(apart)},"
        expect(tab.get_by_role("status")).to_contain_text(said)
        expect(tab.locator(".verdict")).to_contain_text(f"Lamport clock {view.events[number].clock}.")
    figure(tab, last).dispatch_event("click")
    assert trait(tab, "event") is None
    assert tab.locator(".arrow").count() == len(view.arrows)
    assert tab.locator(".gone").count() == sum(arrow.target is None for arrow in view.arrows)


@pytest.mark.parametrize("round", [2, 3, 4, 6])
def test_a_click_means_the_event_that_is_drawn_there(mount: Mount, net: Network, round: int) -> None:
    widget = LamportWidget(net, round)
    tab = mount(widget, TRAITS["LamportWidget"])
    for number in range(len(widget.view.events)):
        box = figure(tab, number).locator("path").bounding_box()
        assert box is not None
        tab.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        assert trait(tab, "event") == number


def test_near_an_event_is_enough_and_far_from_all_is_nothing(mount: Mount, net: Network) -> None:
    widget = LamportWidget(net, 2)
    tab = mount(widget, TRAITS["LamportWidget"])
    box = figure(tab, 0).locator("path").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    tab.mouse.move(x - 14, y + 8)
    expect(figure(tab, 0)).to_have_class(re.compile("near"))
    tab.mouse.click(x - 14, y + 8)
    assert trait(tab, "event") == 0
    tab.mouse.move(x, 5)
    expect(tab.locator(".event.near")).to_have_count(0)


def test_in_one_place_a_click_takes_the_most_telling_first_and_then_the_others(mount: Mount, net: Network) -> None:
    widget = LamportWidget(net, 2)
    story = json.loads(json.dumps(widget.story))
    stored = next(i for i, event in enumerate(story["events"]) if event[2] == "stored")
    node, time = story["events"][stored][1], story["events"][stored][0]
    together = [i for i, event in enumerate(story["events"]) if event[:2] == [time, node]]
    assert len(together) > 1
    story["nodes"] = [*story["nodes"], *range(5, 23)]  # no room to stand apart

    class Crowded:
        story: Any
        _css, _esm, round, event, by, dark = widget._css, widget._esm, 2, None, "time", None

    Crowded.story = story
    tab = mount(Crowded, TRAITS["LamportWidget"])
    box = figure(tab, stored).locator("path").bounding_box()
    assert box is not None
    taken = []
    for _ in range(len(together) + 1):
        tab.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        taken.append(trait(tab, "event"))
    assert taken[0] == stored and set(taken[:-1]) == set(together) and taken[-1] is None


def test_of_many_nodes_only_the_messages_that_matter_are_drawn(mount: Mount) -> None:
    widget = LamportWidget(Network(23, 12, backend="glass").run(rounds=1))
    tab = mount(widget, TRAITS["LamportWidget"])
    seen = "() => [...document.querySelectorAll('.arrow')].filter((a) => a.checkVisibility()).length"
    assert tab.evaluate(seen) == 0
    expect(tab.locator(".verdict")).to_contain_text("506 messages; messages are drawn for the event that is chosen")
    number = next(i for i, event in enumerate(widget.view.events) if event.kind == "stored")
    figure(tab, number).dispatch_event("click")
    assert trait(tab, "event") == number
    before = widget.view.past(number)
    inside = [a for a in widget.view.arrows if a.source in before and (a.target in before or a.target == number)]
    assert tab.evaluate(seen) == len(inside) < 30


def test_rounds_and_axis_are_chosen_in_the_page(live: Mount, net: Network) -> None:
    view = LamportWidget(net, 2)
    tab = live(view, TRAITS["LamportWidget"])
    tab.get_by_role("button", name="Later round").click()
    expect(tab.locator("h3")).to_have_text("Round 3 in space and time")
    assert view.round == 3
    tab.get_by_role("button", name="Earlier round").click()
    expect(tab.locator("h3")).to_have_text("Round 2 in space and time")
    tab.get_by_role("radio", name="order").click()
    expect(tab.get_by_role("radio", name="order")).to_be_checked()
    expect(tab.locator("text.axis")).to_have_text("events in order")
    assert view.by == "order"
    tab.get_by_role("radio", name="order").press("ArrowLeft")
    expect(tab.get_by_role("radio", name="time")).to_be_focused()
    assert view.by == "time"
    tab.evaluate("window.model.set('round', 1)")
    view.round = 1
    tab.evaluate("story => window.model.set('story', story)", view.story)
    expect(tab.get_by_role("button", name="Earlier round")).to_have_attribute("aria-disabled", "true")
    tab.get_by_role("button", name="Earlier round").dispatch_event("click")
    assert trait(tab, "round") == 1


def test_without_python_another_round_does_not_come(mount: Mount, net: Network) -> None:
    tab = mount(LamportWidget(net, 2), TRAITS["LamportWidget"])
    tab.get_by_role("button", name="Later round").click()
    assert trait(tab, "round") == 3
    expect(tab.locator("h3")).to_have_text("Round 2 in space and time")


def test_the_keys_alone_do_everything_and_do_not_leak(mount: Mount, net: Network) -> None:
    widget = LamportWidget(net, 2)
    tab, events = mount(widget, TRAITS["LamportWidget"]), widget.view.events
    tab.evaluate("window.leaked = []; document.addEventListener('keydown', (e) => window.leaked.push(e.key))")
    assert tab.locator(".sheet .event[tabindex='0']").count() == 1
    figure(tab, 0).focus()
    focused = ".sheet .event:focus"
    for key, number in (("ArrowRight", 1), ("ArrowRight", 2), ("ArrowLeft", 1), ("End", len(events) - 1), ("Home", 0)):
        tab.locator(focused).press(key)
        expect(figure(tab, number)).to_be_focused()
    order = "() => [...document.querySelectorAll('.sheet .event')].indexOf(document.activeElement)"
    start = next(i for i, event in enumerate(events) if event.node == 1)
    figure(tab, start).focus()
    figure(tab, start).press("ArrowDown")
    assert events[tab.evaluate(order)].node == 2
    tab.locator(focused).press("ArrowUp")
    assert events[tab.evaluate(order)].node == 1
    number = tab.evaluate(order)
    tab.locator(focused).press("Enter")
    assert trait(tab, "event") == number
    tab.locator(focused).press("Escape")
    assert trait(tab, "event") is None
    tab.locator(focused).press(" ")
    assert trait(tab, "event") == number
    assert tab.locator(".sheet .event[tabindex='0']").count() == 1
    tab.get_by_role("radio", name="time").press("ArrowRight")
    tab.get_by_role("button", name="Later round").press("Enter")
    assert tab.evaluate("window.leaked") == []


def test_everything_has_a_role_and_a_name_and_a_shape(mount: Mount, net: Network) -> None:
    view = LamportWidget(net, 4)
    view.event = 0
    tab = mount(view, TRAITS["LamportWidget"])
    tree = tab.locator("body").aria_snapshot()
    for line in (
        'group "Lamport view of a round"',
        'button "Earlier round"',
        'radiogroup "Horizontal axis"',
        'radio "order" [checked]',
        'group "Events of round 4"',
        'list "Events"',
        "status",
    ):
        assert line in tree, line
    assert re.search(r'button "Node \d signs and sends its partial, 0 ms after it was due, clock 1" \[pressed\]', tree)
    assert re.search(r'button "Node 4 stores round 4, by sync, [\d,.]+ ms after it was due, clock \d+"', tree)
    look = "li => [li.innerText, li.querySelector('path').getAttribute('d')]"
    looks = tab.evaluate(f"() => [...document.querySelectorAll('.legend li')].map({look})")
    assert len(looks) == len({path for _, path in looks}) == len({text for text, _ in looks}) >= 4


def test_text_is_readable_on_light_and_dark(mount: Mount, net: Network, theme: Any) -> None:
    tab = mount(LamportWidget(net, 2, dark=theme.argument), TRAITS["LamportWidget"], theme.head)
    assert theme.readable(tab) > 25


def test_a_closed_view_listens_no_more(mount: Mount, net: Network) -> None:
    tab = mount(LamportWidget(net, 2), TRAITS["LamportWidget"])
    tab.evaluate("window.model.set('event', 1)")
    assert parts(tab)["chosen"] == {1}
    tab.evaluate("window.cleanup(); window.model.set('event', 2)")
    assert parts(tab)["chosen"] == {1}
    assert tab.evaluate("Object.values(window.model.listeners).flat().length") == 0


def test_the_view_fits_narrow_and_wide_pages(mount: Mount) -> None:
    tab = mount(LamportWidget(Network(23, 12, backend="glass").run(rounds=1)), TRAITS["LamportWidget"])
    for width in (1200, 360):
        tab.set_viewport_size({"width": width, "height": 900})
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
