"""The accumulator widget in a real browser: steps, edits, both designs, keys, names, themes, widths."""

from __future__ import annotations

import re
from itertools import product
from typing import Any

from playwright.sync_api import Locator, Page, expect

import drandlab as dl
from drandlab.analysis.frames import beacons_of
from drandlab.viz.charts.bridge.heard_pulses import check_edits
from drandlab.widgets import AccumulatorWidget
from helpers import TRAITS, Mount, trait

QUICKNET = dl.networks["quicknet"]
OWN = TRAITS["AccumulatorWidget"]


def widget(edits: list[str] | None = None, **more: Any) -> AccumulatorWidget:
    """Rounds 1000 to 1003 of quicknet."""
    beacons = [one for one in beacons_of(dl.load_beacons("quicknet")) if 1000 <= one.round <= 1003]
    return AccumulatorWidget(beacons, QUICKNET, edits, **more)


def button(tab: Page, name: str) -> Locator:
    return tab.get_by_role("button", name=name, exact=True)


def test_the_steps_show_what_python_told(mount: Mount) -> None:
    view = widget(["plus", "minus", "true", "forge"], at=0)
    tab = mount(view, OWN)
    for at, step in enumerate(view.steps):
        assert trait(tab, "at") == at
        expect(tab.locator(".said")).to_have_text(step.said)
        expect(tab.locator(".lamp")).to_have_attribute("data-holds", "yes" if step.holds else "no")
        expect(tab.locator("dd").first).to_have_text(re.compile(str(view.story["steps"][at]["message"][0])))
        stored = len([s for s in view.steps[: at + 1] if s.kind == "block" and s.holds])
        assert tab.locator(".mark.stored").count() == 2 * stored
        button(tab, "One step forward").press("Enter")  # at the end it does nothing
    assert trait(tab, "at") == len(view.steps) - 1
    expect(tab.get_by_role("status")).to_contain_text("VerificationFailed")
    button(tab, "To the beginning").click()
    assert trait(tab, "at") == 0
    button(tab, "Block 2: VerificationFailed").click()
    assert trait(tab, "at") == 5


def test_a_point_is_drawn_where_python_has_it(mount: Mount) -> None:
    view = widget(at=1)
    tab = mount(view, OWN)
    x, y = view.story["steps"][1]["signature"][1]
    drawn = tab.locator(".mark.signature.submitted").get_attribute("transform")
    assert drawn == f"translate({24 + 360 * x:.1f} {24 + 360 * (1 - y):.1f})"


def test_a_change_goes_to_python_and_its_verdict_comes_back(live: Mount) -> None:
    view = widget()
    tab = live(view, OWN)
    expect(tab.locator(".chip.failed")).to_have_count(0)
    tab.get_by_label("What comes of round 1003").select_option("forge")
    expect(button(tab, "Block 2: VerificationFailed")).to_be_visible()
    assert view.edits == ["true", "true", "true", "forge"]
    expect(tab.get_by_role("status")).to_contain_text("1 block fails.")
    button(tab, "errors that cancel").click()
    expect(tab.locator(".chip.failed")).to_have_count(0)
    assert view.edits == ["plus", "minus", "true", "true"]
    expect(tab.locator("tbody tr").first).to_contain_text("does not")
    button(tab, "one missing").click()
    expect(tab.locator(".chip.failed")).to_have_count(1)
    tab.get_by_role("radio", name="range").click()
    expect(tab.locator(".chip.failed")).to_have_count(0)
    assert view.mode == "range"
    assert tab.get_by_role("radio", name="range").get_attribute("aria-checked") == "true"


def test_an_exchange_takes_two_pulses_and_gives_both_back(live: Mount) -> None:
    view = widget()
    tab = live(view, OWN)
    tab.get_by_label("What comes of round 1003").select_option("swap")
    expect(tab.get_by_label("What comes of round 1002")).to_have_value("swap")
    assert view.edits == ["true", "true", "swap", "swap"]
    tab.get_by_label("What comes of round 1002").select_option("forge")
    expect(tab.get_by_label("What comes of round 1003")).to_have_value("true")
    assert view.edits == ["true", "true", "forge", "true"]


def test_whatever_is_chosen_python_accepts(mount: Mount) -> None:
    tab = mount(widget(), OWN)
    states = [list(edits) for edits in product(["true", "drop", "swap"], repeat=4)]
    allowed = [edits for edits in states if acceptable(edits)]
    cases = [(edits, i, edit) for edits in allowed for i in range(4) for edit in ("true", "drop", "swap")]
    for (_, i, edit), got in zip(
        cases, tab.evaluate("cases => cases.map((c) => parts.changed(...c))", cases), strict=True
    ):
        assert check_edits(got, 4)[i] == edit


def acceptable(edits: list[str]) -> bool:
    try:
        return bool(check_edits(edits, 4))
    except dl.errors.LocalError:
        return False


def test_without_python_the_page_says_that_it_waits(mount: Mount) -> None:
    tab = mount(widget(), OWN)
    tab.get_by_label("What comes of round 1000").select_option("drop")
    expect(tab.locator(".said")).to_have_text("Python is asked; without a running kernel nothing will change.")
    expect(tab.locator(".drandlab")).to_have_class(re.compile("waiting"))
    tab.get_by_label("What comes of round 1000").select_option("true")
    button(tab, "To the beginning").click()
    expect(tab.locator(".said")).to_have_text("Round 1000 comes. Alone it verifies.")


def test_it_plays_and_stops_at_the_end(frozen: Mount) -> None:
    view = widget(at=0)
    tab = frozen(view, OWN)
    button(tab, "Play").click()
    tab.clock.run_for(2500)
    assert trait(tab, "at") == 2
    button(tab, "Pause").click()
    tab.clock.run_for(5000)
    assert trait(tab, "at") == 2
    tab.locator(".sheet").press(" ")
    tab.clock.run_for(10_000)
    assert trait(tab, "at") == 5
    expect(button(tab, "Play")).to_be_visible()
    button(tab, "Play").click()  # from the end it begins anew
    tab.clock.run_for(1200)
    assert trait(tab, "at") == 1


def test_the_keys_go_step_by_step(mount: Mount) -> None:
    tab = mount(widget(at=0), OWN)
    tab.get_by_role("slider", name="Step").focus()
    for key, at in (("+", 1), ("=", 2), ("-", 1), ("ArrowRight", 2), ("ArrowLeft", 1)):
        tab.keyboard.press(key)
        assert trait(tab, "at") == at, key
    tab.get_by_role("radio", name="accumulate").press("ArrowRight")
    assert trait(tab, "mode") == "range"


def test_in_the_glass_box_the_right_place_is_marked(mount: Mount) -> None:
    net = dl.Network(4, 3, backend="glass", scheme=QUICKNET.scheme.name).run(rounds=4)
    tab = mount(AccumulatorWidget(net.beacons, net.info, ["true", "true", "true", "forge"], backend="glass"), OWN)
    expect(tab.locator("circle.frame")).to_have_count(1)
    places = [tab.locator(f".mark.{kind}.submitted").get_attribute("transform") for kind in ("signature", "wanted")]
    assert places[0] != places[1]
    button(tab, "To the beginning").click()
    places = [tab.locator(f".mark.{kind}.submitted").get_attribute("transform") for kind in ("signature", "wanted")]
    assert places[0] == places[1]
    expect(tab.locator(".legend")).to_contain_text("where σ must be")


def test_everything_has_a_role_and_a_name(mount: Mount) -> None:
    tab = mount(widget(["true", "drop", "true", "true"]), OWN)
    tree = tab.locator("body").aria_snapshot()
    for line in (
        'group "Accumulator"',
        'radiogroup "Design"',
        'radio "accumulate" [checked]',
        'group "Steps"',
        'slider "Step"',
        'group "Blocks"',
        'group "Examples"',
        'region "Pulses"',
        'combobox "What comes of round 1001"',
        'rowheader "1001"',
        'list "Marks"',
        "status",
    ):
        assert line in tree, line
    assert re.search(r'img "Sums of points, each point at its coordinates .* 1 pair is stored', tree)
    assert re.findall(r"- (button|slider|radio|region|combobox)\s*(?:\[|:|$)", tree, re.MULTILINE) == []


def test_text_is_readable_on_light_and_dark(mount: Mount, theme: Any) -> None:
    view = widget(["true", "drop", "forge", "true"], at=3, dark=theme.argument)
    assert theme.readable(mount(view, OWN, theme.head)) > 30


def test_a_closed_view_listens_no_more(mount: Mount) -> None:
    tab = mount(widget(), OWN)
    tab.evaluate("window.model.set('at', 1)")
    expect(tab.locator(".count")).to_have_text("step 2 of 6")
    tab.evaluate("window.cleanup(); window.model.set('at', 0)")
    expect(tab.locator(".count")).to_have_text("step 2 of 6")
    assert tab.evaluate("Object.values(window.model.listeners).flat().length") == 0


def test_the_view_fits_narrow_and_wide_pages(mount: Mount) -> None:
    tab = mount(widget(), OWN)
    for width in (1200, 700, 360):
        tab.set_viewport_size({"width": width, "height": 900})
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
