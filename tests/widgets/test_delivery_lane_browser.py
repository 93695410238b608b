"""The delivery lane in a real browser: blocks, rows, keys, names, themes, widths."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from toy_lane import SUBS, toy_lane

from drandlab.widgets import DeliveryLaneWidget
from helpers import TRAITS, Mount, trait

OWN = TRAITS["DeliveryLaneWidget"]


@pytest.fixture
def view() -> DeliveryLaneWidget:
    return DeliveryLaneWidget(toy_lane(), block=2)


def row(tab: Page, i: int) -> Locator:
    return tab.get_by_role("option").nth(i)


def test_the_steps_go_through_the_blocks(mount: Mount, view: DeliveryLaneWidget) -> None:
    tab = mount(view, OWN)
    card = tab.locator(".card")
    expect(card).to_contain_text("rounds 1000\u20131001")
    for name, number, text in (
        ("One block forward", 3, "StartExpired"),
        ("To the first block", 1, "no pulse"),
        ("One block forward", 2, "rounds 1000\u20131001"),
        ("To the last block", 4, "rounds 1002\u20131003"),
    ):
        tab.get_by_role("button", name=name).click()
        assert trait(tab, "block") == number
        expect(card).to_contain_text(text)
        expect(tab.locator(".said")).to_have_text(view.story["blocks"][number - 1]["said"])
    expect(tab.get_by_role("button", name="One block forward")).to_have_attribute("aria-disabled", "true")
    expect(tab.get_by_role("status")).to_contain_text("Block 4 by Alice takes rounds 1002 to 1003.")
    tab.get_by_role("slider", name="Block").fill("1")
    assert trait(tab, "block") == 2


def test_a_failing_target_turns_the_subscription_to_paused(mount: Mount, view: DeliveryLaneWidget) -> None:
    view.block = 1
    tab = mount(view, OWN)
    expect(row(tab, 2).locator(".state")).to_have_text("Active")
    tab.evaluate("window.model.set('block', 2)")
    expect(row(tab, 2).locator(".state")).to_have_text("Paused")
    expect(row(tab, 2).locator(".message.bad")).to_have_text("not sent")
    expect(row(tab, 2).locator(".channel.on")).to_have_count(0)
    assert tab.locator(".channel.on").count() == 2
    tab.evaluate("window.model.set('block', 3)")
    assert tab.locator(".target.on").all_inner_texts() == [
        "parachain 4594: executed",
        "parachain 4594: FailedToTransactAsset",
    ]
    expect(tab.locator(".target.bad")).to_have_count(1)


def test_balances_and_credits_move(mount: Mount, view: DeliveryLaneWidget) -> None:
    tab = mount(view, OWN)
    expect(row(tab, 0).locator(".left-of")).to_have_text("1/2")
    expect(row(tab, 0).locator(".spent")).to_have_text("\u22121")
    cells = tab.locator("table tbody td")
    assert [text.split() for text in cells.all_inner_texts()] == [
        ["939,976,000,000", "\u221260,024,000,000"],
        ["20,300,000", "\u22125,800,000"],
        ["31,200"],
    ]
    width = row(tab, 1).locator("i").evaluate("bar => bar.style.width")
    assert width.startswith("66.6")


def test_a_chosen_subscription_shows_its_details_in_each_block(mount: Mount, view: DeliveryLaneWidget) -> None:
    tab = mount(view, OWN)
    expect(tab.locator(".details")).to_be_hidden()
    row(tab, 1).click()
    assert trait(tab, "chosen") == f"0x{SUBS[1].hex()}"
    expect(tab.locator(".details")).to_contain_text("2 of 3 left")
    tab.get_by_role("button", name="One block forward").click()
    expect(tab.locator(".details")).to_contain_text("2 of 5 left")
    expect(row(tab, 1)).to_have_attribute("aria-selected", "true")


def test_the_keys_move_along_the_rows_and_the_blocks_and_do_not_leak(mount: Mount, view: DeliveryLaneWidget) -> None:
    tab = mount(view, OWN)
    tab.evaluate("window.leaked = []; document.addEventListener('keydown', (e) => window.leaked.push(e.key))")
    row(tab, 0).focus()
    for key, i in (("ArrowDown", 1), ("End", 2), ("ArrowDown", 2), ("Home", 0), ("PageDown", 2), ("ArrowUp", 1)):
        tab.keyboard.press(key)
        assert trait(tab, "chosen") == f"0x{SUBS[i].hex()}", key
        expect(row(tab, i)).to_be_focused()
        assert tab.locator("[role=option][tabindex='0']").count() == 1
    for key, number in (("+", 3), ("-", 2), ("-", 1), ("-", 1)):
        tab.keyboard.press(key)
        assert trait(tab, "block") == number
        expect(row(tab, 1)).to_be_focused()
    assert tab.evaluate("window.leaked") == []


def test_a_long_list_scrolls_to_the_chosen_subscription(mount: Mount) -> None:
    tab = mount(DeliveryLaneWidget(toy_lane(40), block=2), OWN)
    row(tab, 0).focus()
    seen = "list => { const [a, b] = [list.getBoundingClientRect(), document.activeElement.getBoundingClientRect()];"
    seen += " return a.top <= b.top && b.bottom <= a.bottom && scrollY === 0; }"
    for key in ("End", "PageUp", "Home"):
        tab.keyboard.press(key)
        assert tab.locator(".rows").evaluate(seen), key
    tab.evaluate(
        "id => window.model.set('chosen', id)", tab.evaluate("() => window.model.get('story').blocks[1].rows.at(-1).id")
    )
    assert tab.locator(".rows").evaluate("list => list.scrollTop > 0")


def test_it_plays_to_the_end_and_stops(frozen: Mount, view: DeliveryLaneWidget) -> None:
    tab = frozen(view, OWN)
    tab.get_by_role("button", name="Play").click()
    tab.clock.run_for(1500)
    assert trait(tab, "block") == 3
    tab.clock.run_for(3000)
    assert trait(tab, "block") == 4
    expect(tab.get_by_role("button", name="Play")).to_be_visible()
    tab.get_by_role("button", name="Play").click()
    assert trait(tab, "block") == 1
    tab.get_by_role("button", name="Pause").click()
    tab.clock.run_for(5000)
    assert trait(tab, "block") == 1


def test_everything_has_a_role_and_a_name(mount: Mount, view: DeliveryLaneWidget) -> None:
    view.chosen = f"0x{SUBS[0].hex()}"
    tree = mount(view, OWN).locator("body").aria_snapshot()
    for line in (
        'group "Delivery lane"',
        'group "Blocks"',
        'slider "Block"',
        'listbox "Subscriptions"',
        "[selected]",
        'table "Money"',
        'region "Money and details"',
        'region "Chosen subscription"',
        "status",
    ):
        assert line in tree, line
    assert re.search(r'option "c3c3c3c3…, Paused, 2 of 3 credits left; not delivered', tree)
    assert re.findall(r"- (button|option|slider|listbox)\s*(?:\[|:|$)", tree, re.MULTILINE) == []


@pytest.mark.parametrize("block", [2, 3])
def test_text_is_readable_on_light_and_dark(mount: Mount, theme: Any, block: int) -> None:
    view = DeliveryLaneWidget(toy_lane(), block=block, chosen=f"0x{SUBS[2].hex()}", dark=theme.argument)
    assert theme.readable(mount(view, OWN, theme.head)) > 40


def test_a_closed_view_listens_no_more(mount: Mount, view: DeliveryLaneWidget) -> None:
    tab = mount(view, OWN)
    tab.evaluate("window.cleanup(); window.model.set('block', 4)")
    expect(tab.locator(".card")).to_contain_text("Block 2")
    assert tab.evaluate("Object.values(window.model.listeners).flat().length") == 0


def test_the_view_fits_narrow_and_wide_pages(mount: Mount, view: DeliveryLaneWidget) -> None:
    view.chosen = f"0x{SUBS[1].hex()}"
    tab = mount(view, OWN)
    for number in (1, 2, 3, 4):
        tab.evaluate("number => window.model.set('block', number)", number)
        for width in (1200, 700, 360):
            tab.set_viewport_size({"width": width, "height": 900})
            assert tab.evaluate("document.documentElement.scrollWidth") <= width, (width, number)
