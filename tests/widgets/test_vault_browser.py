"""The vaults in a real browser: steps, doors, keys, names, themes, widths."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from toy_vaults import NAMES, toy_vaults

from drandlab.widgets import VaultWidget
from helpers import TRAITS, Mount, trait

OWN = TRAITS["VaultWidget"]

LAST = 30


@pytest.fixture
def view() -> VaultWidget:
    return VaultWidget(toy_vaults().net)


def door(tab: Page, name: str) -> Locator:
    return tab.get_by_role("option", name=name)


def place(view: VaultWidget, kind: str, round: int) -> int:
    return next(i for i, step in enumerate(view.tale.steps) if (step.kind, step.round) == (kind, round))


def test_the_steps_go_through_the_run(mount: Mount, view: VaultWidget) -> None:
    tab = mount(view, OWN)
    expect(tab.locator(".card")).to_contain_text("Round 1")
    for name, at in (
        ("One step forward", 1),
        ("To the end", LAST),
        ("One step back", LAST - 1),
        ("To the beginning", 0),
    ):
        tab.get_by_role("button", name=name).click()
        assert trait(tab, "at") == at
        expect(tab.locator(".said")).to_have_text(view.story["steps"][at]["said"])
    expect(tab.get_by_role("status")).to_contain_text("Round 1 is due.")
    tab.get_by_role("slider", name="Step").fill("9")
    assert trait(tab, "at") == 9


def test_partial_signatures_come_in_until_the_signature_appears(mount: Mount, view: VaultWidget) -> None:
    tab = mount(view, OWN)
    due = place(view, "due", 4)
    for at, inside, text in (
        (due, 0, "no signature yet"),
        (due + 2, 2, "no signature yet"),
        (due + 4, 3, "signature at"),
    ):
        tab.evaluate("at => window.model.set('at', at)", at)
        expect(tab.locator(".marks .in")).to_have_count(inside)
        expect(tab.locator(".card")).to_contain_text(text)
    expect(tab.locator(".card code")).to_have_text(view.story["steps"][due + 4]["signature"])
    expect(tab.locator(".card")).to_contain_text("3 of 3 needed")


def test_the_vaults_of_the_round_open_and_the_others_stay_shut(mount: Mount, view: VaultWidget) -> None:
    view.at = place(view, "signature", 4) - 1
    tab = mount(view, OWN)
    for name, state, text in ((NAMES[0], "due", "waits for the signature"), (NAMES[2], "shut", "opens in 3 s")):
        expect(door(tab, name)).to_have_attribute("data-state", state)
        expect(door(tab, name)).to_contain_text(text)
    assert "300" not in tab.locator("main").inner_text()
    tab.get_by_role("button", name="One step forward").click()
    for name, state, text in (
        (NAMES[0], "open", "300"),
        (NAMES[1], "open", "250"),
        (NAMES[2], "shut", "opens in"),
        (NAMES[3], "open", "ff0001"),
        (NAMES[4], "refused", "chunk"),
        (NAMES[5], "shut", "opens in 19 min"),
    ):
        expect(door(tab, name)).to_have_attribute("data-state", state)
        expect(door(tab, name)).to_contain_text(text)
    expect(tab.locator(".fresh")).to_have_count(2)


def test_a_chosen_vault_shows_its_details_in_each_step(mount: Mount, view: VaultWidget) -> None:
    view.at = place(view, "due", 5)
    tab = mount(view, OWN)
    expect(tab.locator(".details")).to_be_hidden()
    door(tab, NAMES[2]).click()
    assert trait(tab, "chosen") == NAMES[2]
    expect(tab.locator(".details")).to_contain_text("waits for the signature")
    tab.get_by_role("button", name="To the end").click()
    expect(tab.locator(".details")).to_contain_text("See you in round 5. See you")
    expect(door(tab, NAMES[2])).to_have_attribute("aria-selected", "true")
    tab.get_by_role("button", name="To the beginning").click()
    expect(tab.locator(".details")).to_be_hidden()
    expect(tab.locator(".doors")).to_contain_text("no vault yet")


def test_the_keys_move_along_the_vaults_and_the_steps_and_do_not_leak(mount: Mount, view: VaultWidget) -> None:
    view.at = LAST
    tab = mount(view, OWN)
    tab.evaluate("window.leaked = []; document.addEventListener('keydown', (e) => window.leaked.push(e.key))")
    door(tab, NAMES[0]).focus()
    for key, i in (("ArrowRight", 1), ("End", 5), ("ArrowRight", 5), ("Home", 0), ("ArrowLeft", 0), ("Enter", 0)):
        tab.keyboard.press(key)
        assert trait(tab, "chosen") == NAMES[i], key
        expect(door(tab, NAMES[i])).to_be_focused()
        assert tab.locator("[role=option][tabindex='0']").count() == 1
    row = tab.evaluate(
        "() => { const all = [...document.querySelectorAll('.door')];"
        " return all.filter((one) => one.offsetTop === all[0].offsetTop).length; }"
    )
    tab.keyboard.press("ArrowDown")
    assert trait(tab, "chosen") == NAMES[min(row, 5)]
    tab.keyboard.press("ArrowUp")
    assert trait(tab, "chosen") == NAMES[max(0, min(row, 5) - row)]
    for key, at in (("-", LAST - 1), ("+", LAST), ("+", LAST)):
        tab.keyboard.press(key)
        assert trait(tab, "at") == at
        expect(door(tab, NAMES[0])).to_be_focused()
    assert tab.evaluate("window.leaked") == []


def test_it_plays_to_the_end_and_stops(frozen: Mount, view: VaultWidget) -> None:
    view.at = LAST - 2
    tab = frozen(view, OWN)
    tab.get_by_role("button", name="Play").click()
    tab.clock.run_for(800)
    assert trait(tab, "at") == LAST - 1
    tab.clock.run_for(2000)
    assert trait(tab, "at") == LAST
    expect(tab.get_by_role("button", name="Play")).to_be_visible()
    tab.get_by_role("button", name="Play").click()
    assert trait(tab, "at") == 0
    tab.get_by_role("button", name="Pause").click()
    tab.clock.run_for(5000)
    assert trait(tab, "at") == 0


def test_everything_has_a_role_and_a_name(mount: Mount, view: VaultWidget) -> None:
    view.at, view.chosen = place(view, "signature", 4), NAMES[0]
    tree = mount(view, OWN).locator("body").aria_snapshot()
    for line in (
        'group "Vaults"',
        'group "Steps"',
        'slider "Step"',
        'listbox "Vaults"',
        "[selected]",
        'region "Round"',
        'list "Partial signatures"',
        'region "Chosen vault"',
        "status",
        'option "a key, round 3, open: ff0001"',
        'option "a letter, round 5, shut: opens in',
        'option "a changed copy, round 3, refused: chunk"',
    ):
        assert line in tree, line
    assert re.findall(r"- (button|option|slider|listbox)\s*(?:\[|:|$)", tree, re.MULTILINE) == []


@pytest.mark.parametrize("at", [22, LAST])
def test_text_is_readable_on_light_and_dark(mount: Mount, theme: Any, at: int) -> None:
    view = VaultWidget(toy_vaults().net, at=at, chosen=NAMES[3], dark=theme.argument)
    assert theme.readable(mount(view, OWN, theme.head)) > 30


def test_a_closed_view_listens_no_more(mount: Mount, view: VaultWidget) -> None:
    tab = mount(view, OWN)
    tab.evaluate("window.cleanup(); window.model.set('at', 12)")
    expect(tab.locator(".card")).to_contain_text("Round 1")
    assert tab.evaluate("Object.values(window.model.listeners).flat().length") == 0


def test_the_view_fits_narrow_and_wide_pages(mount: Mount, view: VaultWidget) -> None:
    view.chosen = NAMES[2]
    tab = mount(view, OWN)
    for at in (0, 12, LAST):
        tab.evaluate("at => window.model.set('at', at)", at)
        for width in (1200, 700, 360):
            tab.set_viewport_size({"width": width, "height": 900})
            assert tab.evaluate("document.documentElement.scrollWidth") <= width, (width, at)
