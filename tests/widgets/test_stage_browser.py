"""The network stage in a real browser, Python behind it: time, faults by mouse and keyboard, themes, names, widths."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from drandlab.network.network import Network
from drandlab.widgets import NetworkStageWidget

TRAITS = ("at", "speed", "chosen", "story", "answer", "dark")

Show = Callable[..., Page]


def network() -> Network:
    return Network(5, 3, seed=1, backend="glass")


@pytest.fixture
def stage() -> NetworkStageWidget:
    return NetworkStageWidget(network)


def trait(tab: Page, name: str) -> Any:
    return tab.evaluate("name => window.model.get(name)", name)


def node(tab: Page, name: int) -> Locator:
    return tab.locator(".node").nth(name)


def due(stage: NetworkStageWidget, round: int) -> float:
    moment = stage.timeline.due(round)
    assert moment is not None
    return moment / 1e6


def test_a_click_crashes_a_node_of_the_network_and_another_starts_it_again(
    live: Show, stage: NetworkStageWidget
) -> None:
    stage.at = due(stage, 2) + 0.5
    tab = live(stage, TRAITS)
    node(tab, 2).click()
    expect(node(tab, 2)).to_have_attribute("aria-pressed", "true")
    tab.get_by_role("button", name="Crash").click()
    expect(node(tab, 2)).to_have_attribute("data-state", "down")
    assert not stage.net.host(2).up
    assert stage.net.journal.entries("crash")[0].time == pytest.approx(stage.timeline.start + due(stage, 2) + 0.5)
    expect(tab.locator(".log li").first).to_contain_text("Node 2 crashes.")
    expect(tab.get_by_role("status")).to_have_text("Node 2 crashes.")
    tab.get_by_role("button", name="Restart").click()
    expect(node(tab, 2)).not_to_have_attribute("data-state", "down")
    assert stage.net.host(2).up
    assert [action.kind for _, action in stage.history] == ["crash", "restart"]


def test_play_goes_on_into_time_that_python_makes(live: Show, stage: NetworkStageWidget) -> None:
    stage.at = stage.until - 0.5
    tab = live(stage, TRAITS)
    before = stage.until
    tab.get_by_role("button", name="Play").click()
    tab.wait_for_function("before => window.model.get('story').until > before * 1e6", arg=before)
    assert stage.until > before
    tab.get_by_role("button", name="Pause").click()
    assert trait(tab, "at") >= before - 0.5
    expect(tab.get_by_role("button", name="Play")).to_be_visible()
