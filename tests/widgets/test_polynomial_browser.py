"""The polynomial widget in a real browser, without a kernel: mouse, keys, themes, names, arithmetic."""

from __future__ import annotations

import re
from random import Random
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from drandlab.viz.charts.shares import fit_field, fit_reals
from drandlab.widgets import PolynomialWidget
from helpers import ON_SEVEN, TRAITS, Mount, trait


@pytest.fixture
def show(mount: Mount) -> Mount:
    """``show(shares, ...)``: a page with the widget of these arguments."""
    return lambda *args, head="", **more: mount(PolynomialWidget(*args, **more), TRAITS["PolynomialWidget"], head)


def plane(tab: Page, name: str = "Integers modulo 31") -> Any:
    return tab.get_by_role("region", name=name)


def centre(tab: Page, share: int) -> tuple[float, float]:
    box = tab.get_by_role("slider", name=f"Share {share}", exact=True).locator(".body").bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def spot(tab: Page, x: float, y: float) -> tuple[float, float]:
    """Where (x, y) lies on the page, measured from the first two shares."""
    (x1, y1), (x2, y2) = trait(tab, "shares")[:2]
    (left1, top1), (left2, top2) = centre(tab, 1), centre(tab, 2)
    return (
        left1 + (x - x1) * (left2 - left1) / (x2 - x1),
        top1 + (y - y1) * (top2 - top1) / (y2 - y1),
    )


def drag(tab: Page, share: int, x: float, y: float) -> None:
    start, end = centre(tab, share), spot(tab, x, y)
    tab.mouse.move(*start)
    tab.mouse.down()
    tab.mouse.move(*end, steps=6)
    tab.mouse.up()


def test_the_secret_appears_with_the_threshold_th_share_and_leaves_with_it(show: Mount) -> None:
    tab = show(secret=7, seed=3, threshold=4)
    for have in (3, 4, 5):
        known = have >= 4
        expect(plane(tab).locator(".secret")).to_have_text(f"f(0) = {'7' if known else '?'}")
        expect(plane(tab).locator(".verdict")).to_contain_text(f"{have} of 4 shares")
        assert plane(tab).locator(".revealed").count() == known
        assert plane(tab).locator(".possible").count() == (0 if known else 31)
        assert plane(tab).locator(".candidate").count() == (0 if known else 3)
        plane(tab).get_by_role("button", name="Add a share").click()
        if have == 3:
            expect(tab.get_by_role("status")).to_have_text("The secret appears: f(0) = 7.")
    assert trait(tab, "shares") == [list(share) for share in PolynomialWidget(secret=7, seed=3, threshold=4).dealt[:6]]
    for _ in range(3):
        plane(tab).get_by_role("button", name="Remove").click()
    expect(plane(tab).locator(".secret")).to_have_text("f(0) = ?")
    expect(tab.get_by_role("status")).to_contain_text("One more share reveals the secret.")


def test_shares_are_dragged_within_the_rules(show: Mount) -> None:
    tab = show(ON_SEVEN[:2], threshold=2)
    drag(tab, 1, 9, 20)
    assert trait(tab, "shares") == [[9, 20], [2, 2]]
    drag(tab, 1, -4, 40)  # out of the plane, beyond x = 0
    assert trait(tab, "shares") == [[1, 30], [2, 2]]
    drag(tab, 1, 2, 11)  # onto the other share's x
    assert trait(tab, "shares") == [[1, 11], [2, 2]]
    assert plane(tab).get_attribute("data-secret") == str(fit_field(31, [(1, 11), (2, 2)], 2).secret)
    assert tab.evaluate("window.model.saves") > 0


def test_a_pointer_that_was_not_pressed_moves_nothing(show: Mount) -> None:
    tab = show(ON_SEVEN[:2])
    tab.mouse.move(*centre(tab, 1))
    tab.mouse.move(*spot(tab, 9, 9), steps=4)
    assert trait(tab, "shares") == [[1, 15], [2, 2]]


def test_shares_are_moved_by_keys_within_the_rules(show: Mount) -> None:
    tab = show(ON_SEVEN[:3])
    # JupyterLab listens at the document: what a share understands must not reach it.
    tab.evaluate("window.leaked = []; document.addEventListener('keydown', (e) => window.leaked.push(e.key))")
    share = tab.get_by_role("slider", name="Share 1", exact=True)
    share.focus()
    for key, expected in (
        ("ArrowUp", [1, 16]),
        ("Shift+ArrowUp", [1, 21]),
        ("ArrowDown", [1, 20]),
        ("PageDown", [1, 15]),
        ("End", [1, 30]),
        ("ArrowUp", [1, 30]),
        ("Home", [1, 0]),
        ("ArrowLeft", [1, 0]),
        ("ArrowRight", [4, 0]),  # 2 and 3 are taken
        ("Shift+ArrowRight", [9, 0]),
        ("ArrowLeft", [8, 0]),
    ):
        tab.keyboard.press(key)
        assert trait(tab, "shares")[0] == expected, key
    assert share.get_attribute("aria-valuetext") == "x = 8, y = 0"
    assert [key for key in tab.evaluate("window.leaked") if key != "Shift"] == []
    tab.keyboard.press("+")
    assert len(trait(tab, "shares")) == 4
    tab.keyboard.press("Delete")
    assert trait(tab, "shares")[0] == [2, 2]
    expect(share).to_be_focused()  # the next share takes the place and the focus


def test_tab_walks_from_share_to_share(show: Mount) -> None:
    tab = show(ON_SEVEN[:3])
    tab.get_by_role("slider", name="Share 1", exact=True).focus()
    for name in ("Share 2", "Share 3"):
        tab.keyboard.press("Tab")
        expect(tab.get_by_role("slider", name=name, exact=True)).to_be_focused()


def test_a_double_click_adds_a_share_but_never_at_zero(show: Mount) -> None:
    tab = show(ON_SEVEN[:2])
    tab.mouse.dblclick(*spot(tab, 20, 25))
    assert trait(tab, "shares")[2] == [20, 25]
    tab.mouse.dblclick(*spot(tab, 0, 5))
    expect(tab.get_by_role("status")).to_contain_text("x = 0 is the place of the secret")
    tab.mouse.dblclick(*spot(tab, 20, 12))
    expect(tab.get_by_role("status")).to_have_text("There is a share at x = 20 already.")
    assert len(trait(tab, "shares")) == 3


def test_a_wrong_share_is_noticed_once_there_is_one_to_spare(show: Mount) -> None:
    tab = show(ON_SEVEN)
    expect(plane(tab).locator(".secret")).to_contain_text("7")
    tab.get_by_role("slider", name="Share 4", exact=True).press("ArrowUp")
    expect(plane(tab).locator(".verdict")).to_contain_text("one is wrong")
    expect(tab.get_by_role("status")).to_contain_text("No polynomial of degree below 3 goes through all 4 shares")
    assert plane(tab).locator(".revealed, .ring").count() == 0


def test_adding_stops_when_every_place_is_taken(show: Mount) -> None:
    tab = show([(1, 1)], prime=3, threshold=2, mode="field")
    add = plane(tab, "Integers modulo 3").get_by_role("button", name="Add a share")
    add.click()
    assert add.get_attribute("aria-disabled") == "true"
    add.press("Enter")
    expect(tab.get_by_role("status")).to_have_text("Every x from 1 to 2 has a share.")
    for _ in range(3):
        plane(tab, "Integers modulo 3").get_by_role("button", name="Remove").press("Enter")
    assert trait(tab, "shares") == []
    expect(tab.get_by_role("status")).to_have_text("There is no share to remove.")


def test_mode_and_threshold_are_chosen(show: Mount) -> None:
    tab = show(ON_SEVEN[:3])
    field, reals = plane(tab), tab.locator("section[aria-label='Real numbers']")
    expect(reals).to_be_hidden()
    tab.get_by_role("radio", name="mod 31").press("ArrowRight")
    expect(tab.get_by_role("radio", name="reals")).to_be_focused()
    assert trait(tab, "mode") == "reals"
    expect(field).to_be_hidden()
    expect(reals.locator(".secret")).to_have_text("f(0) = 69")
    tab.get_by_role("radio", name="both").click()
    expect(field).to_be_visible()
    expect(reals).to_be_visible()
    tab.get_by_role("button", name="Raise the threshold").click()
    assert trait(tab, "threshold") == 4
    expect(field.locator(".secret")).to_have_text("f(0) = ?")
    expect(reals.locator("path.faint")).to_have_count(5)
    for _ in range(5):
        tab.get_by_role("button", name="Lower the threshold").press("Enter")
    assert trait(tab, "threshold") == 1


def test_a_share_added_on_the_real_plane_lies_on_its_curve(show: Mount) -> None:
    tab = show([(1, 15), (2, 12), (5, 30)], mode="reals")
    plane(tab, "Real numbers").get_by_role("button", name="Add a share").click()
    x, y = trait(tab, "points")[3]
    assert (x, y) == (3, pytest.approx(22.5 - 9.75 * 3 + 2.25 * 9))
    expect(plane(tab, "Real numbers").locator(".secret")).to_have_text("f(0) = 22.5")


def test_the_page_computes_what_python_computes(show: Mount) -> None:
    tab = show()
    rng = Random(20)
    cases = []
    for _ in range(150):
        prime = rng.choice([3, 5, 31, 127, 257])
        count = rng.randint(0, min(prime - 1, 8))
        xs = rng.sample(range(1, prime), count)
        points = [[x, rng.randrange(prime)] for x in xs]
        cases.append((prime, rng.randint(1, min(prime - 1, 8)), points))
    script = "cases => cases.map(([p, t, s]) => [parts.fit(s, t, parts.modulo(p)), parts.fit(s, t, parts.reals)])"
    states = set()
    for (prime, threshold, points), (modular, real) in zip(cases, tab.evaluate(script, cases), strict=True):
        exact = fit_field(prime, points, threshold)
        assert (modular["state"], modular["secret"]) == (exact.state, exact.secret)
        assert tuple(modular["coefficients"]) == exact.coefficients
        exact = fit_reals(points, threshold)
        assert real["state"] == exact.state
        assert real["coefficients"] == pytest.approx(list(exact.coefficients), rel=1e-6, abs=1e-6)
        states.add(modular["state"])
    assert states == {"open", "fixed", "contradiction"}


def test_everything_has_a_role_and_a_name(show: Mount) -> None:
    tab = show(ON_SEVEN[:2], mode="both")
    tree = tab.locator("body").aria_snapshot()
    for line in (
        'group "Shamir secret sharing by hand"',
        'radiogroup "Numbers"',
        'radio "both" [checked]',
        'group "Threshold"',
        'region "Integers modulo 31"',
        'region "Real numbers"',
        'slider "Share 2"',
        "status",
    ):
        assert line in tree, line
    unnamed = re.findall(r"- (button|slider|radio|region)\s*(?:\[|:|$)", tree, re.MULTILINE)
    assert unnamed == []
    slider = tab.get_by_role("slider", name="Share 1", exact=True).first
    assert {n: slider.get_attribute(f"aria-{n}") for n in ("valuenow", "valuemin", "valuemax", "valuetext")} == {
        "valuenow": "15",
        "valuemin": "0",
        "valuemax": "30",
        "valuetext": "x = 1, y = 15",
    }


def test_text_is_readable_on_light_and_dark(show: Mount, theme: Any) -> None:
    tab = show(ON_SEVEN[:3], mode="both", dark=theme.argument, head=theme.head)
    assert theme.readable(tab) > 40


def test_nothing_moves_for_those_who_ask_for_stillness(show: Mount) -> None:
    tab = show(ON_SEVEN[:3])
    animation = "() => getComputedStyle(document.querySelector('.revealed')).animationName"
    assert tab.evaluate(animation) == "drandlab-appear"
    tab.emulate_media(reduced_motion="reduce")
    assert tab.evaluate(animation) == "none"


def test_what_python_sets_is_shown_and_a_closed_view_listens_no_more(show: Mount) -> None:
    tab = show(ON_SEVEN[:2])
    tab.evaluate("window.model.set('shares', [[1, 15], [2, 2], [3, 30]])")
    expect(plane(tab).locator(".secret")).to_have_text("f(0) = 7")
    tab.evaluate("window.cleanup(); window.model.set('shares', [])")
    expect(plane(tab).locator(".secret")).to_have_text("f(0) = 7")
    assert tab.evaluate("Object.values(window.model.listeners).flat().length") == 0


def test_the_view_fits_narrow_and_wide_pages(show: Mount) -> None:
    tab = show(ON_SEVEN[:2], mode="both")
    for width in (1200, 700, 360):
        tab.set_viewport_size({"width": width, "height": 900})
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
