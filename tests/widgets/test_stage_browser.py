"""The network stage in a real browser, Python behind it: time, faults by mouse and keyboard, themes, names, widths."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from drandlab.simulation.reading.moments import GROUPS, WORDS
from drandlab.widgets import NetworkStageWidget
from helpers import TRAITS, Mount, five_nodes, trait


@pytest.fixture
def stage() -> NetworkStageWidget:
    return NetworkStageWidget(five_nodes)


def put(tab: Page, name: str, value: Any) -> None:
    tab.evaluate("([name, value]) => window.model.set(name, value)", [name, value])


def node(tab: Page, name: int) -> Locator:
    return tab.locator(".node").nth(name)


def button(tab: Page, name: str) -> Locator:
    return tab.get_by_role("button", name=name, exact=True)


def due(stage: NetworkStageWidget, round: int) -> float:
    moment = stage.timeline.due(round)
    assert moment is not None
    return moment / 1e6


def shown(tab: Page) -> list[str]:
    return tab.evaluate("() => [...document.querySelectorAll('.node')].map(n => n.dataset.state)")


def glyphs(tab: Page) -> list[str]:
    script = "() => [...document.querySelectorAll('.flight > g')].filter(g => g.getAttribute('display') !== 'none')"
    return tab.evaluate(f"{script[:-1]}).map(g => g.dataset.group)")


def test_a_click_crashes_a_node_of_the_network_and_another_starts_it_again(
    live: Mount, stage: NetworkStageWidget
) -> None:
    stage.at = due(stage, 2) + 0.5
    tab = live(stage, TRAITS["NetworkStageWidget"])
    node(tab, 2).click()
    expect(node(tab, 2)).to_have_attribute("aria-pressed", "true")
    button(tab, "Crash").click()
    expect(node(tab, 2)).to_have_attribute("data-state", "down")
    assert not stage.net.host(2).up
    assert stage.net.journal.entries("crash")[0].time == pytest.approx(stage.timeline.start + due(stage, 2) + 0.5)
    expect(tab.locator(".log li").first).to_contain_text("Node 2 crashes.")
    expect(tab.get_by_role("status")).to_have_text("Node 2 crashes.")
    button(tab, "Restart").click()
    expect(node(tab, 2)).not_to_have_attribute("data-state", "down")
    assert stage.net.host(2).up
    assert [event.do for _, event in stage.history] == ["crash", "restart"]


def test_every_deed_of_the_panel_reaches_the_network(live: Mount, stage: NetworkStageWidget) -> None:
    stage.at = due(stage, 2) + 0.5
    tab = live(stage, TRAITS["NetworkStageWidget"])
    node(tab, 3).click()
    world = lambda: stage.net.world  # noqa: E731
    button(tab, "Cut off").click()
    expect(button(tab, "Reconnect")).to_be_visible()
    assert all(world().is_cut(3, other) and world().is_cut(other, 3) for other in (0, 1, 2, 4))
    assert tab.locator(".link.cut").count() == 4
    button(tab, "Reconnect").click()
    expect(button(tab, "Cut off")).to_be_visible()
    assert not any(world().is_cut(3, other) for other in (0, 1, 2, 4))
    button(tab, "Delays ×25").click()
    expect(button(tab, "Normal delays")).to_be_visible()
    assert world().link(3, 0).slow == world().link(0, 3).slow == 25
    assert tab.locator(".link.slow").count() == 4
    button(tab, "Normal delays").click()
    expect(button(tab, "Delays ×25")).to_be_visible()
    tab.get_by_label("operator").select_option("garbage-partial")
    expect(node(tab, 3)).to_have_attribute("data-state", "false")
    assert [str(one) for one in stage.net.host(3).misbehaviours] == ["garbage-partial:3"]
    expect(tab.locator(".about")).to_have_text("signs with random bytes of the right length")
    tab.get_by_label("operator").select_option("")
    expect(node(tab, 3)).not_to_have_attribute("data-state", "false")
    assert stage.net.host(3).misbehaviours == []
    button(tab, "Link to node 1: whole").click()
    expect(button(tab, "Link to node 1: cut")).to_be_visible()
    assert world().is_cut(1, 3)
    assert len(stage.history) == 7


def test_a_link_is_cut_by_a_click_and_by_the_keyboard(live: Mount, stage: NetworkStageWidget) -> None:
    stage.at = due(stage, 2) + 0.5
    tab = live(stage, TRAITS["NetworkStageWidget"])
    tab.locator("[data-pair='2-4'] .grip").dispatch_event("click")
    expect(tab.locator("[data-pair='2-4']")).to_have_class(re.compile("cut"))
    assert stage.net.world.is_cut(2, 4) and stage.net.world.is_cut(4, 2)

    node(tab, 0).focus()
    node(tab, 0).press("ArrowRight")
    node(tab, 1).press("Enter")
    link = button(tab, "Link to node 0: whole")
    link.press("Enter")
    expect(button(tab, "Link to node 0: cut")).to_be_focused()
    assert stage.net.world.is_cut(0, 1)
    button(tab, "Link to node 0: cut").press(" ")
    expect(button(tab, "Link to node 0: whole")).to_be_visible()
    assert not stage.net.world.is_cut(0, 1)


def test_play_goes_on_into_time_that_python_makes(live: Mount, stage: NetworkStageWidget) -> None:
    stage.at = stage.until - 0.5
    tab = live(stage, TRAITS["NetworkStageWidget"])
    before = stage.until
    button(tab, "Play").click()
    tab.wait_for_function("before => window.model.get('story').until > before * 1e6", arg=before)
    assert stage.until > before
    button(tab, "Pause").click()
    assert trait(tab, "at") >= before - 0.5
    expect(button(tab, "Play")).to_be_visible()


def test_play_is_slow_while_messages_fly_and_speed_is_a_factor(frozen: Mount, stage: NetworkStageWidget) -> None:
    stage.at = due(stage, 2)
    passed = {}
    for speed in ("1", "4"):
        tab = frozen(stage, TRAITS["NetworkStageWidget"])
        tab.get_by_label("speed").select_option(speed)
        assert trait(tab, "speed") == float(speed)
        button(tab, "Play").click()
        tab.clock.run_for(200)
        button(tab, "Pause").click()
        passed[speed] = trait(tab, "at") - due(stage, 2)
    # messages of some 20 ms take most of a second, so a fifth of a second shows a few milliseconds
    assert 0.002 < passed["1"] < 0.01
    assert passed["4"] == pytest.approx(4 * passed["1"], rel=0.2)


def test_steps_go_from_event_to_event_and_back(mount: Mount, stage: NetworkStageWidget) -> None:
    stage.at = due(stage, 2)
    tab = mount(stage, TRAITS["NetworkStageWidget"])
    moments = sorted(
        {event.time for event in stage.timeline.events}
        | {sent.time for sent in stage.timeline.sent}
        | {copy.arrives for sent in stage.timeline.sent for copy in stage.timeline.copies(sent) if copy.arrives}
    )
    start = moments.index(stage.timeline.due(2))
    for moment in moments[start + 1 : start + 8]:
        button(tab, "Step forward").click()
        assert round(trait(tab, "at") * 1e6) == moment
        assert shown(tab) == [stage.timeline.word(name, moment) for name in range(5)]
        wanted = [GROUPS[m.kind] for m in stage.timeline.in_flight(moment)]
        assert sorted(glyphs(tab)) == sorted(wanted)
    for moment in reversed(moments[start : start + 7]):
        button(tab, "Step back").click()
        assert round(trait(tab, "at") * 1e6) == moment
    said = [event.said for event in stage.timeline.said(moments[start], moments[start] + 1)]
    expect(tab.locator(".log li").first).to_contain_text(said[-1])
    for sentence in said[-3:]:
        expect(tab.get_by_role("status")).to_contain_text(sentence)
    button(tab, "To the beginning").click()
    assert trait(tab, "at") == 0
    assert shown(tab) == ["none"] * 5
    button(tab, "To the newest moment").click()
    assert trait(tab, "at") == pytest.approx(stage.until)


def test_the_slider_scrubs_and_says_where_it_stands(mount: Mount, stage: NetworkStageWidget) -> None:
    tab = mount(stage, TRAITS["NetworkStageWidget"])
    slider = tab.get_by_role("slider", name="Moment")
    top = float(slider.get_attribute("max") or 0)
    places = []
    for part in (0.9, 0.2, 0.6):
        slider.fill(str(round(top * part, 2)))
        at = trait(tab, "at")
        places.append(at)
        assert shown(tab) == [stage.timeline.word(name, round(at * 1e6)) for name in range(5)]
        assert (slider.get_attribute("aria-valuetext") or "").startswith(f"{at:.3f} s, ")
    assert places[1] < places[2] < places[0]
    slider.press("ArrowRight")
    assert trait(tab, "at") > places[2]
    slider.press("PageUp")
    assert trait(tab, "at") in [0, *(due(stage, round) for round in (1, 2, 3))]


def test_a_round_is_collected_partial_by_partial(mount: Mount, stage: NetworkStageWidget) -> None:
    timeline = stage.timeline
    time, name, _ = timeline.round(2).stored[0]
    tab = mount(stage, TRAITS["NetworkStageWidget"])
    label, share = node(tab, name).locator(".label"), node(tab, name).locator(".share")
    put(tab, "at", (time - 1) / 1e6)
    expect(label).to_have_text("2/3 partials")
    expect(share).to_have_attribute("stroke-dasharray", re.compile("^0.66"))
    put(tab, "at", time / 1e6)
    expect(label).to_have_text("round 2")
    expect(node(tab, name)).to_have_class(re.compile("glow"))
    expect(node(tab, name)).to_have_attribute("aria-label", f"Node {name}: up, round 2")


def test_a_halted_chain_is_said(live: Mount, stage: NetworkStageWidget) -> None:
    stage.at = due(stage, 3) + 0.5
    for name in (0, 1, 2):
        stage.act("crash", name)
    stage.run(12)
    stage.at = stage.until
    tab = live(stage, TRAITS["NetworkStageWidget"])
    expect(tab.locator(".clock .below")).to_have_text("halted at 3")
    assert shown(tab) == ["down", "down", "down", "good", "good"]


def test_going_back_and_doing_something_else_changes_what_follows(live: Mount, stage: NetworkStageWidget) -> None:
    stage.at = due(stage, 2) + 0.5
    tab = live(stage, TRAITS["NetworkStageWidget"])
    node(tab, 4).press("c")
    expect(node(tab, 4)).to_have_attribute("data-state", "down")
    button(tab, "To the beginning").click()
    node(tab, 1).press("c")
    expect(node(tab, 1)).to_have_attribute("data-state", "down")
    expect(node(tab, 4)).not_to_have_attribute("data-state", "down")
    assert [(at, event.about) for at, event in stage.history] == [(0, (1,))]
    button(tab, "To the newest moment").click()
    assert shown(tab)[1] == "down" and shown(tab)[4] != "down"


def test_what_python_refuses_is_said_and_nothing_changes(live: Mount) -> None:
    stage = NetworkStageWidget(five_nodes().run(rounds=2), at=35)
    tab = live(stage, TRAITS["NetworkStageWidget"])
    node(tab, 1).press("c")
    expect(tab.locator(".note")).to_contain_text("this network cannot go back")
    expect(tab.get_by_role("status")).to_contain_text("this network cannot go back")
    expect(node(tab, 1)).to_have_attribute("data-state", "good")
    assert stage.net.host(1).up


def test_without_an_answer_the_page_still_scrubs(frozen: Mount, stage: NetworkStageWidget) -> None:
    tab = frozen(stage, TRAITS["NetworkStageWidget"])
    node(tab, 1).press("c")
    assert tab.evaluate("window.sent.at(-1).do") == "crash"
    tab.clock.run_for(16_000)
    expect(tab.locator(".note")).to_contain_text("Python does not answer")
    button(tab, "Step forward").click()
    assert trait(tab, "at") > stage.at
    expect(node(tab, 1)).to_have_attribute("data-state", "good")


def test_the_keys_alone_do_everything(live: Mount, stage: NetworkStageWidget) -> None:
    stage.at = due(stage, 2) + 0.5
    tab = live(stage, TRAITS["NetworkStageWidget"])
    assert tab.locator(".node[tabindex='0']").count() == 1
    node(tab, 0).focus()
    for key, name in (("ArrowRight", 1), ("ArrowDown", 2), ("ArrowLeft", 1), ("Home", 0), ("ArrowUp", 4), ("End", 4)):
        tab.locator(".node:focus").press(key)
        expect(node(tab, name)).to_be_focused()
        assert tab.locator(".node[tabindex='0']").count() == 1
    node(tab, 4).press("Enter")
    assert trait(tab, "chosen") == 4
    expect(tab.locator(".panel h4")).to_have_text("Node 4")
    node(tab, 4).press("PageDown")
    assert trait(tab, "at") == pytest.approx(due(stage, 3))
    node(tab, 4).press("-")
    assert due(stage, 2) < trait(tab, "at") < due(stage, 3)
    node(tab, 4).press("+")
    assert trait(tab, "at") == pytest.approx(due(stage, 3))
    node(tab, 4).press("PageUp")
    assert trait(tab, "at") == pytest.approx(due(stage, 2))
    node(tab, 4).press(" ")
    expect(button(tab, "Pause")).to_be_visible()
    node(tab, 4).press(" ")
    expect(button(tab, "Play")).to_be_visible()
    node(tab, 4).press("c")
    expect(node(tab, 4)).to_have_attribute("data-state", "down")
    expect(node(tab, 4)).to_be_focused()
    assert not stage.net.host(4).up


def test_no_key_of_the_view_reaches_the_notebook(mount: Mount, stage: NetworkStageWidget) -> None:
    tab = mount(stage, TRAITS["NetworkStageWidget"])
    tab.evaluate("window.leaked = []; document.addEventListener('keydown', (e) => window.leaked.push(e.key))")
    for key in ("ArrowUp", "Home", "Enter", "c", "+", "-", "PageDown", " ", " "):
        tab.locator(".node[tabindex='0']").press(key)
    tab.get_by_role("slider").press("ArrowRight")
    tab.get_by_role("slider").press("PageUp")
    tab.get_by_label("speed").press("ArrowDown")
    tab.get_by_label("operator").press("g")
    button(tab, "Step back").press("Enter")
    button(tab, "Cut off").press(" ")
    assert tab.evaluate("window.leaked") == []
    button(tab, "Step back").press("Escape")
    assert tab.evaluate("window.leaked") == ["Escape"]


def test_everything_has_a_role_and_a_name(mount: Mount, stage: NetworkStageWidget) -> None:
    stage.chosen = 2
    tab = mount(stage, TRAITS["NetworkStageWidget"])
    tree = tab.locator("body").aria_snapshot()
    for line in (
        'group "Network stage"',
        'group "Nodes in a ring"',
        'button "Node 0: up, no beacon"',
        'button "Node 2: up, no beacon" [pressed]',
        'region "The chosen node"',
        'group "Events for node 2"',
        'button "Crash"',
        'combobox "operator',
        'button "Link to node 1: whole"',
        'group "Time"',
        'button "Play"',
        'slider "Moment"',
        'combobox "speed',
        'list "What happened last"',
        'list "Messages and states"',
        "status",
    ):
        assert line in tree, line
    assert re.findall(r"- (button|slider|region|combobox|list)\s*(?:\[|:|$)", tree, re.MULTILINE) == []


def test_no_two_marks_are_told_apart_by_colour_alone(mount: Mount, stage: NetworkStageWidget) -> None:
    stage.at = due(stage, 1)
    stage.act("crash", 1)
    stage.run()
    stage.at = due(stage, 4)
    stage.act("restart", 1)
    tab = mount(stage, TRAITS["NetworkStageWidget"])
    look = "li => [li.innerText, li.querySelector('path')?.getAttribute('d')]"
    looks = tab.evaluate(f"() => [...document.querySelectorAll('.legend li')].map({look})")
    assert len(looks) == len({path for _, path in looks}) == len({text for text, _ in looks}) >= 9
    assert {"partial", "sync", "beacon", "DKG packet"} <= {text for text, _ in looks}
    assert {WORDS["down"], WORDS["behind"], WORDS["false"]} <= {text for text, _ in looks}


def test_text_is_readable_on_light_and_dark(mount: Mount, stage: NetworkStageWidget, theme: Any) -> None:
    stage.dark = theme.argument
    stage.at = due(stage, 1)
    stage.act("crash", 1)
    stage.act("cut", 0, 2)
    stage.run()
    stage.at, stage.chosen = stage.until, 2
    assert theme.readable(mount(stage, TRAITS["NetworkStageWidget"], theme.head)) > 40


def test_those_who_ask_for_stillness_see_steps_instead_of_motion(frozen: Mount, stage: NetworkStageWidget) -> None:
    stage.at = due(stage, 2)
    tab = frozen(stage, TRAITS["NetworkStageWidget"])
    tab.emulate_media(reduced_motion="reduce")
    button(tab, "Play").click()
    tab.clock.run_for(750)
    button(tab, "Pause").click()
    arrivals = [c.arrives for s in stage.timeline.sent if s.round == 2 for c in stage.timeline.copies(s) if c.arrives]
    assert round(trait(tab, "at") * 1e6) == min(arrivals)


def test_what_python_sets_is_shown_and_a_closed_view_listens_no_more(mount: Mount, stage: NetworkStageWidget) -> None:
    tab = mount(stage, TRAITS["NetworkStageWidget"])
    put(tab, "at", 0)
    assert shown(tab) == ["none"] * 5
    put(tab, "chosen", 3)
    expect(tab.locator(".panel h4")).to_have_text("Node 3")
    put(tab, "chosen", None)
    expect(tab.locator(".panel")).to_be_hidden()
    put(tab, "speed", 4)
    expect(tab.get_by_label("speed")).to_have_value("4")
    button(tab, "Play").click()
    tab.evaluate("window.cleanup(); window.model.set('at', 40)")
    assert shown(tab) == ["none"] * 5
    assert tab.evaluate("Object.values(window.model.listeners).flat().length") == 0


@pytest.mark.parametrize("nodes", [5, 23])
def test_the_view_fits_narrow_and_wide_pages(mount: Mount, nodes: int) -> None:
    stage = NetworkStageWidget(nodes=nodes, backend="glass")
    stage.chosen = 1
    tab = mount(stage, TRAITS["NetworkStageWidget"])
    for width in (1200, 700, 360):
        tab.set_viewport_size({"width": width, "height": 900})
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
        assert tab.locator(".node").count() == nodes


def test_the_pace_gives_silence_little_time_and_messages_much(mount: Mount, stage: NetworkStageWidget) -> None:
    tab = mount(stage, TRAITS["NetworkStageWidget"])
    script = """() => {
      const paces = parts.pacing({ begin: 0, until: 30e6, sent: [[10e6, 0, "partial", 1, [[1, 20000], [2, -1]]]] });
      const times = [0, 5e6, 10e6, 10.01e6, 10.02e6, 30e6];
      return [paces.usual, paces.total, times.map(paces.shown), times.map((t) => paces.time(paces.shown(t)))];
    }"""
    usual, total, shows, back = tab.evaluate(script)
    assert usual == 20_000
    assert total == pytest.approx(0.9 + 0.9 + 0.9)
    assert shows == pytest.approx([0, 0.45, 0.9, 1.35, 1.8, 2.7])
    assert back == pytest.approx([0, 5e6, 10e6, 10.01e6, 10.02e6, 30e6])


def test_a_deed_shows_at_once_that_it_is_under_way(frozen: Mount, stage: NetworkStageWidget) -> None:
    tab = frozen(stage, TRAITS["NetworkStageWidget"])
    root = tab.locator(".drandlab-stage")
    node(tab, 1).press("c")
    assert root.get_attribute("aria-busy") == "true"
    expect(tab.locator(".note")).to_have_text("The network is run again from here …")
    expect(tab.get_by_role("status")).to_have_text("The network is run again from here …")
    tab.evaluate("window.model.set('answer', { number: window.sent.at(-1).number, refused: 'not now' })")
    assert root.get_attribute("aria-busy") == "false"
    expect(tab.locator(".note")).to_have_text("not now")
    node(tab, 1).press("c")
    tab.clock.run_for(16_000)
    assert root.get_attribute("aria-busy") == "false"
    button(tab, "Step forward").click()
    tab.evaluate("window.sent.length = 0")
    button(tab, "To the newest moment").click()
    button(tab, "Play").click()
    tab.clock.run_for(100)
    assert tab.evaluate("window.sent.at(-1).do") == "run"
    assert root.get_attribute("aria-busy") == "false"  # nothing to wait for: what is there plays on
