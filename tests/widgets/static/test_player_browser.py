"""The player that the views share, in a real browser: toy views of places and of flowing time."""

from __future__ import annotations

from importlib.resources import files
from types import SimpleNamespace

import pytest
from playwright.sync_api import Page, expect

from helpers import Mount, trait

STATIC = files("drandlab.widgets") / "static"

TOY = """
function render({ model, el }) {
  const root = element(el, "div", { class: "drandlab", role: "group", "aria-label": "Toy" });
  const bar = element(root, "div", { class: "bar" });
  const names = { first: "To the first", back: "One back", forward: "One on", last: "To the last" };
  const set = setter(model);
  const flows = model.get("flows");
  const places = { at: () => model.get("at"), last: () => 4, go: (at) => set("at", at), pace: 1000 };
  const go = (at) => set("at", Math.min(4, at));
  const time = flows
    ? player(root, {
        label: "Time", moment: "Moment", names, model, grain: 0.01,
        first: () => go(0), back: () => go(0), forward: () => go(4), last: () => go(4), scrub: go,
        step: (way) => go(model.get("at") + way), turn: (way) => go(model.get("at") + 2 * way),
        frame: (passed) => (go(model.get("at") + passed * model.get("speed")), model.get("at") === 4),
        jump: () => (go(model.get("at") + 1), model.get("at") === 4), rest: () => 500,
        paused: () => set("paused", true),
      })
    : steps(root, { label: "Places", moment: "Place", names, ...places });
  const field = element(time.box, "input", { type: "number", "aria-label": "field", value: 1 });
  const own = element(root, "div", { tabindex: 0, class: "own" });
  own.addEventListener("keydown", (event) => event.key === "+" && event.preventDefault());
  const draw = () => {
    const at = model.get("at");
    if (flows) {
      time.show({ max: 4, value: at, text: `${at} s`, ends: [at === 0, at === 4] });
      time.speeds(model.get("speeds"));
    } else time.show(`place ${at} of 4`, `place ${at}`);
  };
  const deafen = listen(model, { "change:at": draw, "change:speeds": draw });
  draw();
  const leave = settle(root, bar, { model, el });
  return () => {
    time.end();
    leave();
    deafen();
  };
}
export { place };
export default { render };
"""


def toy(*, flows: bool = False, at: float = 0) -> SimpleNamespace:
    """A view with five places, or of four seconds."""
    sources = [(STATIC / name).read_text(encoding="utf-8") for name in ("base.js", "player.js")]
    source = "\n".join([*sources, TOY])
    style = (STATIC / "base.css").read_text(encoding="utf-8")
    return SimpleNamespace(_esm=source, _css=style, at=at, flows=flows, speed=1, speeds=[1, 2], dark=None, paused=False)


OWN = ("at", "flows", "speed", "speeds", "dark", "paused")


def press(tab: Page, *keys: str) -> list[float]:
    """Where the view is after each key."""
    found = []
    for key in keys:
        tab.keyboard.press(key)
        found.append(trait(tab, "at"))
    return found


def test_buttons_slider_and_keys_go_through_the_places(mount: Mount) -> None:
    tab = mount(toy(), OWN)
    names = "() => [...document.querySelectorAll('.transport button')].map((b) => b.getAttribute('aria-label'))"
    assert tab.evaluate(names) == ["To the first", "One back", "Play", "One on", "To the last"]
    found = []
    for name in ("One back", "One on", "One on", "To the last", "One on", "One back", "To the first"):
        tab.get_by_role("button", name=name).press("Enter")
        found.append(trait(tab, "at"))
    assert found == [0, 1, 2, 4, 4, 3, 0]
    slider = tab.get_by_role("slider", name="Place")
    slider.focus()
    assert press(tab, "+", "=", "-", "-", "-", "ArrowRight", "End", "+", "PageDown", "Home") == [
        *(1, 2, 1, 0, 0, 1, 4, 4, 3, 0)
    ]
    expect(slider).to_have_attribute("aria-valuetext", "place 0")
    expect(tab.locator(".count")).to_have_text("place 0 of 4")
    for name, off in (("To the first", "true"), ("One back", "true"), ("One on", "false"), ("To the last", "false")):
        expect(tab.get_by_role("button", name=name)).to_have_attribute("aria-disabled", off)


def test_what_is_typed_elsewhere_is_no_key_of_the_player(mount: Mount) -> None:
    tab = mount(toy(at=2), OWN)
    tab.get_by_label("field").focus()
    assert press(tab, "+", "-", " ", "=") == [2, 2, 2, 2]
    expect(tab.get_by_role("button", name="Play")).to_be_visible()
    tab.locator(".own").focus()
    assert press(tab, "+", "Alt+-", "-") == [2, 2, 1]


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_it_plays_place_by_place_and_begins_anew_at_the_end(frozen: Mount, motion: str) -> None:
    tab = frozen(toy(at=2), OWN)
    tab.emulate_media(reduced_motion=motion)
    tab.get_by_role("button", name="Play").click()
    tab.clock.run_for(999)
    assert trait(tab, "at") == 2
    tab.clock.run_for(1001)
    assert trait(tab, "at") == 4
    tab.get_by_role("button", name="Play").press(" ")
    assert trait(tab, "at") == 0
    tab.clock.run_for(1000)
    tab.locator(".own").press(" ")
    tab.clock.run_for(9000)
    assert trait(tab, "at") == 1


def test_any_move_of_the_reader_ends_the_playing(frozen: Mount) -> None:
    tab = frozen(toy(), OWN)
    for move in (
        lambda: tab.get_by_role("button", name="One on").click(),
        lambda: tab.get_by_role("slider").fill("3"),
        lambda: tab.locator(".own").press("-"),
    ):
        tab.get_by_role("button", name="Play").click()
        move()
        at = trait(tab, "at")
        expect(tab.get_by_role("button", name="Play")).to_be_visible()
        tab.clock.run_for(5000)
        assert trait(tab, "at") == at


@pytest.mark.parametrize("flows", [False, True])
def test_a_view_that_left_the_page_pauses(frozen: Mount, flows: bool) -> None:
    tab = frozen(toy(flows=flows), OWN)
    tab.get_by_role("button", name="Play").click()
    tab.clock.run_for(1100)
    before = trait(tab, "at")
    assert 0.9 < before < 1.2
    tab.evaluate("() => { window.view = document.querySelector('.drandlab'); window.view.remove(); }")
    tab.clock.run_for(5000)
    assert trait(tab, "at") == before
    tab.evaluate("() => document.querySelector('main').append(window.view)")
    tab.clock.run_for(5000)
    assert trait(tab, "at") == before
    expect(tab.get_by_role("button", name="Play")).to_be_visible()


def test_a_closed_view_does_not_go_on(frozen: Mount) -> None:
    for flows in (False, True):
        tab = frozen(toy(flows=flows), OWN)
        tab.get_by_role("button", name="Play").click()
        tab.evaluate("window.cleanup()")
        tab.clock.run_for(5000)
        assert trait(tab, "at") == 0
        assert tab.evaluate("Object.values(window.model.listeners).flat().length") == 0


def test_time_flows_at_its_speed_and_jumps_for_those_who_want_no_motion(frozen: Mount) -> None:
    tab = frozen(toy(flows=True), OWN)
    tab.get_by_label("speed").select_option("2")
    tab.get_by_role("button", name="Play").click()
    tab.clock.run_for(1000)
    assert 1.8 < trait(tab, "at") <= 2
    assert trait(tab, "paused") is False
    tab.get_by_role("button", name="Pause").click()
    assert trait(tab, "paused") is True
    tab.emulate_media(reduced_motion="reduce")
    tab.evaluate("window.model.set('at', 0)")
    tab.get_by_role("button", name="Play").click()
    tab.clock.run_for(1010)
    assert trait(tab, "at") == 2
    tab.clock.run_for(1000)
    expect(tab.get_by_role("button", name="Play")).to_be_visible()


def test_the_keys_of_flowing_time(mount: Mount) -> None:
    tab = mount(toy(flows=True, at=2), OWN)
    tab.get_by_role("slider", name="Moment").focus()
    assert press(tab, "+", "-", "PageUp", "PageDown", "ArrowRight", "ArrowDown") == [3, 2, 0, 2, 3, 2]
    tab.get_by_label("speed").focus()
    assert press(tab, "+", "PageDown") == [2, 2]


def test_the_list_of_speeds_is_made_anew_only_when_it_differs(mount: Mount) -> None:
    tab = mount(toy(flows=True), OWN)
    tab.evaluate("() => { window.option = document.querySelector('option'); window.model.set('at', 1); }")
    assert tab.evaluate("window.option.isConnected") is True
    tab.evaluate("() => window.model.set('speeds', [1, 5])")
    assert tab.evaluate("[...document.querySelectorAll('option')].map((o) => o.textContent)") == ["×1", "×5"]


def test_the_place_in_a_sorted_list(mount: Mount) -> None:
    tab = mount(toy(), OWN)
    assert tab.evaluate("[-1, 0, 1, 2, 9].map((at) => parts.place([[0], [1], [1], [3]], at))") == [-1, 0, 2, 2, 3]
    assert tab.evaluate("parts.place([], 1)") == -1


def test_no_view_has_a_clock_of_its_own() -> None:
    for path in STATIC.iterdir():
        if path.name.endswith(".js") and path.name != "player.js":
            source = path.read_text(encoding="utf-8")
            assert [word for word in ("setInterval", "requestAnimationFrame") if word in source] == [], path.name
