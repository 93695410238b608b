"""The block viewer in a real browser: blocks, tabs, keys, names, themes, widths."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from toy_chain import AUTHORS, toy_blocks

from drandlab.widgets import BlockViewerWidget
from helpers import TRAITS, Mount, trait

OWN = TRAITS["BlockViewerWidget"]


@pytest.fixture
def viewer() -> BlockViewerWidget:
    return BlockViewerWidget(toy_blocks(6), authors=AUTHORS, block=2)


def block(tab: Page, number: int) -> Locator:
    return tab.get_by_role("option").nth(number - 1)


def test_a_click_opens_a_block(mount: Mount, viewer: BlockViewerWidget) -> None:
    tab = mount(viewer, OWN)
    assert tab.get_by_role("option").count() == 6
    for number in (1, 4, 6):
        block(tab, number).click()
        assert trait(tab, "block") == number
        expect(block(tab, number)).to_have_attribute("aria-selected", "true")
        assert tab.locator("[role=option][aria-selected=true]").count() == 1
        told = viewer.story["blocks"][number - 1]
        expect(tab.locator("h4")).to_have_text(f"Block {number}, slot {told['slot']}, by {told['author']}")
        calls = [step["name"] for step in told["steps"]]
        assert tab.locator("article .call").all_inner_texts() == calls
        assert tab.locator("article.failed").count() == told["failed"]
    expect(tab.locator("article.failed .error")).to_have_text("TooMuch")
    expect(tab.get_by_role("status")).to_contain_text("Jar.put fails with TooMuch.")
    time = tab.get_by_role("meter", name="Time of execution")
    assert time.get_attribute("aria-valuenow") == str(viewer.story["blocks"][5]["loads"][0][1])


def test_the_storage_is_shown_before_and_after_with_its_keys(mount: Mount, viewer: BlockViewerWidget) -> None:
    tab = mount(viewer, OWN)
    tab.get_by_role("tab", name="Storage").click()
    assert trait(tab, "view") == "storage"
    rows = viewer.story["blocks"][1]["changes"]
    assert tab.locator("tbody tr").count() == len(rows)
    line = tab.locator("tbody tr", has_text="Jar.Total")
    assert line.locator("td").all_inner_texts() == ["30", "60"]
    key = next(parts for name, parts, _, _ in rows if name == "Jar.Total")
    expect(line.locator(".key")).to_have_text("".join(key))
    assert line.locator(".key span").first.get_attribute("title") == "twox128 of the pallet's name"
    tab.get_by_role("tab", name="Header").click()
    expect(tab.locator(".panel")).to_contain_text("state root")
    expect(tab.locator(".panel")).to_contain_text("PreRuntime aura")


def test_the_keys_move_along_the_chain_and_the_tabs_and_do_not_leak(mount: Mount, viewer: BlockViewerWidget) -> None:
    tab = mount(viewer, OWN)
    tab.evaluate("window.leaked = []; document.addEventListener('keydown', (e) => window.leaked.push(e.key))")
    block(tab, 2).focus()
    for key, number in (("ArrowRight", 3), ("ArrowLeft", 2), ("Home", 1), ("ArrowLeft", 1), ("End", 6), ("PageUp", 1)):
        tab.keyboard.press(key)
        assert trait(tab, "block") == number, key
        expect(block(tab, number)).to_be_focused()
        assert tab.locator("[role=option][tabindex='0']").count() == 1
    tab.get_by_role("tab", name="Calls").focus()
    for key, view in (("ArrowRight", "storage"), ("End", "header"), ("ArrowRight", "calls"), ("ArrowLeft", "header")):
        tab.keyboard.press(key)
        assert trait(tab, "view") == view
        expect(tab.locator("[role=tab][aria-selected=true]")).to_be_focused()
    assert tab.evaluate("window.leaked") == []


def test_the_next_failed_call_is_found_round_the_end(mount: Mount, viewer: BlockViewerWidget) -> None:
    viewer.view = "header"
    tab = mount(viewer, OWN)
    button = tab.get_by_role("button", name="Next failed call")
    for number in (4, 5, 6, 4):
        button.click()
        assert trait(tab, "block") == number
    assert trait(tab, "view") == "calls"
    fine = mount(BlockViewerWidget(toy_blocks(2)), OWN)
    expect(fine.get_by_role("button", name="Next failed call")).to_be_hidden()


def test_an_answer_of_the_command_is_shown_too(mount: Mount) -> None:
    call = {"call": "RandBeacon.try_submit_asig", "error": "StartExpired", "events": []}
    rows = [{"number": 1, "calls": [call], "events": [{"event": "IdnManager.Done", "id": "0x01"}]}]
    tab = mount(BlockViewerWidget({"blocks": rows}), OWN)
    expect(tab.locator(".error")).to_have_text("StartExpired")
    expect(tab.locator(".events")).to_have_text("IdnManager.Doneid 0x01")
    assert tab.get_by_role("meter").count() == 0
    tab.get_by_role("tab", name="Storage").click()
    expect(tab.locator(".panel")).to_have_text("Nothing is told of the storage, or nothing changed.")
    tab.get_by_role("tab", name="Header").click()
    expect(tab.locator(".panel")).to_contain_text("No items.")


def test_everything_has_a_role_and_a_name(mount: Mount, viewer: BlockViewerWidget) -> None:
    tab = mount(viewer, OWN)
    tree = tab.locator("body").aria_snapshot()
    for line in (
        'group "Blocks"',
        'listbox "Chain"',
        "[selected]",
        'meter "Size of the proof"',
        'tablist "What is shown of the block"',
        'tab "Calls and events" [selected]',
        'tabpanel "Calls and events"',
        'article "Jar.put"',
        'list "Events"',
        "status",
    ):
        assert line in tree, line
    assert re.search(r'option "Block 2 by Charlie, slot 101: Timestamp.set succeeds. Jar.put succeeds.', tree)
    assert re.findall(r"- (button|option|tab|tabpanel|meter)\s*(?:\[|:|$)", tree, re.MULTILINE) == []


@pytest.mark.parametrize("view", ["calls", "storage", "header"])
def test_text_is_readable_on_light_and_dark(mount: Mount, theme: Any, view: str) -> None:
    viewer = BlockViewerWidget(toy_blocks(5), authors=AUTHORS, block=4, view=view, dark=theme.argument)
    assert theme.readable(mount(viewer, OWN, theme.head)) > 25


def test_what_python_sets_is_shown_and_a_closed_view_listens_no_more(mount: Mount, viewer: BlockViewerWidget) -> None:
    tab = mount(viewer, OWN)
    tab.evaluate("window.model.set('block', 3)")
    expect(tab.locator("h4")).to_contain_text("Block 3")
    tab.evaluate("window.cleanup(); window.model.set('block', 4)")
    expect(tab.locator("h4")).to_contain_text("Block 3")
    assert tab.evaluate("Object.values(window.model.listeners).flat().length") == 0


def test_the_view_fits_narrow_and_wide_pages(mount: Mount, viewer: BlockViewerWidget) -> None:
    tab = mount(viewer, OWN)
    for width in (1200, 700, 360):
        tab.set_viewport_size({"width": width, "height": 900})
        for name in ("Calls", "Storage", "Header"):
            tab.get_by_role("tab", name=name).click()
            assert tab.evaluate("document.documentElement.scrollWidth") <= width, (width, name)
