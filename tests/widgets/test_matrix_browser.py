"""The status matrix in a real browser, without a kernel: steps, cells, numbers, keys, themes, names."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from drandlab.simulation.keygen.evidence import Evidence, short
from drandlab.simulation.keygen.replay import replay
from drandlab.simulation.keygen.run import Run, generate_key, reshare
from drandlab.simulation.misbehaviour.keygen import parse
from drandlab.widgets import StatusMatrixWidget
from helpers import TRAITS, Mount, trait


def faulty(**more: Any) -> Run:
    faults = ["wrong-share:1:holder=3", "false-justification:1", "silent:4"]
    return generate_key(5, 3, seed=4, faults=map(parse, faults), **more)


@pytest.fixture(scope="module")
def run() -> Run:
    """On the real curve: what the page shows are real points."""
    return faulty(backend="blst")


@pytest.fixture
def show(mount: Mount) -> Mount:
    """``show(run, step)``: a page with the widget at a step."""

    def mounted(run: Run, step: int | None = None, *, head: str = "", **more: Any) -> Page:
        view = StatusMatrixWidget(run, **more)
        view.step = view.step if step is None else step
        return mount(view, TRAITS["StatusMatrixWidget"], head)

    return mounted


def cell(tab: Page, dealer: int, holder: int) -> Locator:
    return tab.locator("tbody tr").nth(dealer).locator("td").nth(holder)


def shown(tab: Page) -> tuple[str, ...]:
    script = (
        "() => [...document.querySelectorAll('tbody tr')].map(r => [...r.cells].map(c => c.dataset.state).join(''))"
    )
    return tuple(row.removeprefix("undefined") for row in tab.evaluate(script))


def test_every_step_forward_and_back_shows_what_python_says(show: Mount, run: Run) -> None:
    tab, belief = show(run, 0), replay(run, 0)
    last = len(belief.steps) - 1
    rows = "() => [...document.querySelectorAll('tbody tr')].map(r => r.classList.contains('struck'))"

    def check(step: int) -> None:
        assert trait(tab, "step") == step
        assert shown(tab) == belief.steps[step].states
        expect(tab.locator(".said")).to_have_text(belief.steps[step].said)
        assert tab.evaluate(rows) == [dealer in belief.struck(step) for dealer in range(5)]
        assert tab.locator(".tag.in").count() == (3 if step == last else 0)
        assert tab.locator(".outcome .key").count() == (step == last)

    for step in range(last):
        check(step)
        tab.get_by_role("button", name="Step forward").click()
    check(last)
    expect(tab.locator(".outcome .key")).to_have_text(bytes(run.agreed.key).hex())
    expect(tab.locator(".outcome .qual")).to_have_text("0, 2, 3")
    expect(tab.get_by_role("button", name="Step forward")).to_have_attribute("aria-disabled", "true")
    for step in reversed(range(last)):
        tab.get_by_role("button", name="Step back").click()
        check(step)


def test_the_slider_goes_to_any_step(show: Mount, run: Run) -> None:
    tab, belief = show(run, 0), replay(run, 0)
    slider = tab.get_by_role("slider", name="Step")
    slider.fill("6")
    assert trait(tab, "step") == 6
    assert shown(tab) == belief.steps[6].states
    assert slider.get_attribute("aria-valuetext") == f"step 7 of {len(belief.steps)}"
    expect(tab.get_by_role("status")).to_have_text(f"Step 7 of {len(belief.steps)}. {belief.steps[6].said}")
    slider.press("ArrowRight")
    assert trait(tab, "step") == 7
    tab.get_by_role("button", name="First step").click()
    assert trait(tab, "step") == 0
    tab.get_by_role("button", name="Last step").click()
    assert trait(tab, "step") == len(belief.steps) - 1


def test_a_click_shows_the_check_with_python_s_numbers(show: Mount, run: Run) -> None:
    tab = show(run)
    evidence = Evidence(run)
    for dealer, holder in ((1, 3), (2, 3), (0, 1)):
        check = evidence.check(dealer, holder)
        assert check is not None and check.share is None and check.left is not None
        cell(tab, dealer, holder).click()
        assert trait(tab, "cell") == [dealer, holder]
        panel = tab.get_by_role("region", name="The check behind the cell")
        expect(panel.locator("h4")).to_have_text(f"Dealer {dealer} → holder {holder}")
        first = panel.locator("dl").first
        for kind, value in (
            ("x", str(holder + 1)),
            ("left", short(bytes(check.left))),
            ("right", short(bytes(check.right))),
        ):
            expect(first.locator(f"[data-number={kind}]")).to_have_text(value)
        expect(first.locator("[data-number=s]")).to_have_count(0)  # its holder alone has seen it
        fits = (dealer, holder) != (1, 3)
        assert check.passes == fits
        expect(panel.locator(".verdict").first).to_have_text(
            f"s·g = F({holder + 1}): the share is in order" if fits else "s·g is not F(4)"
        )
        expect(cell(tab, dealer, holder)).to_have_attribute("aria-selected", "true")
        assert tab.locator("td[aria-selected=true]").count() == 1


def test_the_right_hand_side_is_written_as_a_formula(show: Mount, run: Run) -> None:
    tab = show(run)
    expect(tab.locator(".panel dl").first.locator("dt").nth(2)).to_have_text("A₀ + 4·A₁ + 4²·A₂")
    cases = tab.evaluate("[[1, 3], [2, 1], [7, 4], [10, 12]].map(([x, terms]) => parts.powers(x, terms))")
    assert cases == ["A₀ + A₁ + A₂", "A₀", "A₀ + 7·A₁ + 7²·A₂ + 7³·A₃", "Σ 10ᵏ·Aₖ"]


def test_the_panel_tells_only_what_has_happened_and_jumps_to_where_it_did(show: Mount, run: Run) -> None:
    tab, belief = show(run), replay(run, 0)
    items = tab.locator(".panel li")
    story = belief.story(1, 3)
    assert items.locator("> div > div:first-child").all_inner_texts() == [event.said for event in story]
    complaint = next(event for event in story if "complains" in event.said)
    tab.get_by_role("button", name=f"Go to step {complaint.step + 1}", exact=True).press("Enter")
    assert trait(tab, "step") == complaint.step
    expect(items).to_have_count(len(belief.story(1, 3, complaint.step)))
    expect(tab.get_by_role("button", name=f"Go to step {complaint.step + 1}", exact=True)).to_be_focused()
    tab.get_by_role("button", name="First step").click()
    expect(tab.locator(".panel")).to_contain_text("Nothing has been said about this share yet.")


def test_the_keys_alone_do_everything(show: Mount, run: Run) -> None:
    tab = show(run, 4)
    grid = tab.get_by_role("grid")
    assert tab.locator("td[tabindex='0']").count() == 1
    cell(tab, 1, 3).focus()
    for key, place in (
        ("ArrowUp", (0, 3)),
        ("ArrowUp", (0, 3)),
        ("ArrowLeft", (0, 2)),
        ("Home", (0, 0)),
        ("ArrowLeft", (0, 0)),
        ("ArrowDown", (1, 0)),
        ("End", (1, 4)),
        ("ArrowRight", (1, 4)),
        ("Control+End", (4, 4)),
        ("ArrowDown", (4, 4)),
        ("Control+Home", (0, 0)),
        ("ArrowRight", (0, 1)),
    ):
        grid.locator("td:focus").press(key)
        expect(cell(tab, *place)).to_be_focused()
        assert tab.locator("td[tabindex='0']").count() == 1
    assert trait(tab, "cell") == [1, 3]
    cell(tab, 0, 1).press("Enter")
    assert trait(tab, "cell") == [0, 1]
    expect(tab.locator(".panel h4")).to_have_text("Dealer 0 → holder 1")
    for key, step in (("+", 5), ("+", 6), ("-", 5), ("=", 6)):
        cell(tab, 0, 1).press(key)
        assert trait(tab, "step") == step
    cell(tab, 0, 1).press(" ")
    expect(tab.get_by_role("button", name="Pause")).to_be_visible()
    cell(tab, 0, 1).press(" ")
    expect(tab.get_by_role("button", name="Play")).to_be_visible()
    tab.get_by_role("button", name="Step forward").press(" ")
    assert trait(tab, "step") in (7, 8)


def test_no_key_of_the_view_reaches_the_notebook(show: Mount, run: Run) -> None:
    tab = show(run, 4)
    tab.evaluate("window.leaked = []; document.addEventListener('keydown', (e) => window.leaked.push(e.key))")
    for key in ("ArrowUp", "Home", "Enter", "+", "-", " ", " "):
        tab.locator("td[tabindex='0']").press(key)
    tab.get_by_role("slider").press("ArrowRight")
    tab.get_by_role("button", name="Step back").press("Enter")
    assert tab.evaluate("window.leaked") == []
    tab.get_by_role("button", name="Step back").press("Escape")
    assert tab.evaluate("window.leaked") == ["Escape"]


def test_play_runs_to_the_end_and_starts_over_from_there(frozen: Mount, run: Run) -> None:
    tab, last = frozen(StatusMatrixWidget(run), TRAITS["StatusMatrixWidget"]), len(replay(run, 0).steps) - 1
    play = tab.get_by_role("button", name="Play")
    play.click()
    assert trait(tab, "step") == 0
    tab.clock.run_for(2_000)
    assert trait(tab, "step") == 2
    tab.get_by_role("button", name="Pause").click()
    tab.clock.run_for(5_000)
    assert trait(tab, "step") == 2
    play.click()
    tab.clock.run_for(100_000)
    assert trait(tab, "step") == last
    expect(play).to_be_visible()


def test_the_page_asks_for_another_node_and_waits_for_python(show: Mount, run: Run) -> None:
    tab = show(run)
    chooser = tab.get_by_label("as seen by")
    chooser.select_option("3")
    assert trait(tab, "node") == 3
    expect(chooser).to_have_value("0")
    other = StatusMatrixWidget(run, 3)
    tab.evaluate("story => window.model.set('story', story)", other.story)
    expect(chooser).to_have_value("3")
    last = min(other.step, trait(tab, "step"))
    assert shown(tab) == other.belief.steps[last].states
    expect(tab.locator("th.own").first).to_have_text("3")


def test_everything_has_a_role_and_a_name(show: Mount, run: Run) -> None:
    tab = show(run)
    tree = tab.locator("body").aria_snapshot()
    for line in (
        'group "Status matrix of a key generation"',
        'combobox "as seen by',
        'group "Steps"',
        'button "Play"',
        'slider "Step"',
        'grid "Dealers in rows, holders in columns"',
        'rowheader "QUAL 0"',
        'gridcell "Dealer 1, holder 3: complaint" [selected]',
        'gridcell "Dealer 2, holder 2: in order"',
        'region "The check behind the cell"',
        "status",
    ):
        assert line in tree, line
    assert re.findall(r"- (button|slider|region|gridcell|combobox)\s*(?:\[|:|$)", tree, re.MULTILINE) == []


def test_no_two_states_are_told_apart_by_colour_alone(show: Mount) -> None:
    tab = show(faulty(backend="glass", fast_sync=False))
    look = "i => [i.innerText, i.querySelector('path').getAttribute('d')]"
    looks = tab.evaluate(f"() => [...document.querySelectorAll('.legend li')].map({look})")
    assert len(looks) == len({path for _, path in looks}) == len({text for text, _ in looks}) >= 4


def test_text_is_readable_on_light_and_dark(show: Mount, run: Run, theme: Any) -> None:
    tab = show(run, dark=theme.argument, head=theme.head)
    assert theme.readable(tab) > 40


def test_nothing_moves_for_those_who_ask_for_stillness(show: Mount, run: Run) -> None:
    tab = show(run)
    animation = "() => getComputedStyle(document.querySelector('.outcome .key')).animationName"
    assert tab.evaluate(animation) == "drandlab-key"
    tab.emulate_media(reduced_motion="reduce")
    assert tab.evaluate(animation) == "none"


def test_what_python_sets_is_shown_and_a_closed_view_listens_no_more(show: Mount, run: Run) -> None:
    tab, belief = show(run), replay(run, 0)
    tab.evaluate("window.model.set('step', 3); window.model.set('cell', [2, 3])")
    assert shown(tab) == belief.steps[3].states
    expect(tab.locator(".panel h4")).to_have_text("Dealer 2 → holder 3")
    tab.evaluate("window.cleanup(); window.model.set('step', 0)")
    assert shown(tab) == belief.steps[3].states
    assert tab.evaluate("Object.values(window.model.listeners).flat().length") == 0


def test_a_resharing_and_a_run_without_a_key_are_shown_too(show: Mount) -> None:
    first = generate_key(4, 3, seed=3, backend="glass")
    handed = reshare(first, threshold=3, remaining=[0, 1, 2, 3], joining=1, faults=[parse("other-secret:1")])
    tab = show(handed)
    expect(tab.locator("h3")).to_have_text("Resharing: the status matrix")
    expect(tab.locator("thead .tag.in")).to_have_count(4)
    old = first.agreed.public.share(1)
    expect(tab.locator("[data-number=owed]").first).to_have_text(short(bytes(old)))
    expect(tab.locator(".panel")).to_contain_text("F(0) is not the dealer's share of the old key")
    failed = generate_key(3, 2, seed=1, backend="glass", faults=[parse("absent-dealer:0"), parse("absent-dealer:1")])
    tab = show(failed, node=2)
    expect(tab.locator(".outcome")).to_have_text("This node ends without a key.")


@pytest.mark.parametrize("nodes", [5, 23])
def test_the_view_fits_narrow_and_wide_pages(show: Mount, nodes: int) -> None:
    tab = show(generate_key(nodes, seed=1, backend="glass"))
    for width in (1200, 700, 360):
        tab.set_viewport_size({"width": width, "height": 900})
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
