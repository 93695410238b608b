"""A real browser on this machine: what the widget tests click and drag in."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Request, ViewportSize, expect, sync_playwright

from drandlab.viz.theme import DARK, LIGHT

SIZE: ViewportSize = {"width": 1200, "height": 900}

HERE = ("127.0.0.1", "localhost")

SWITCHES = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--host-resolver-rules=MAP * ~NOTFOUND, {', '.join(f'EXCLUDE {name}' for name in HERE)}",
)

# What JupyterLab and anywidget do for a view, on the part of a Jupyter model that a view uses.
MOUNT = """
async ([source, state]) => {
  class Model {
    constructor(state) { this.state = state; this.listeners = {}; this.saves = 0; }
    get(name) { return this.state[name]; }
    set(name, value) {
      if (JSON.stringify(this.state[name]) === JSON.stringify(value)) return;
      this.state[name] = value;
      for (const listener of this.listeners["change:" + name] ?? []) listener();
    }
    save_changes() { this.saves += 1; window.saved?.(this.state); }
    send(message) { (window.sent ??= []).push(message); return window.heard?.(message); }
    on(event, listener) { (this.listeners[event] ??= []).push(listener); }
    off(event, listener) { this.listeners[event] = (this.listeners[event] ?? []).filter((l) => l !== listener); }
  }
  window.parts = await import(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
  window.model = new Model(JSON.parse(state));
  window.cleanup = window.parts.default.render({ model: window.model, el: document.querySelector("main") });
}
"""


# The least contrast of all visible text against what lies behind it, and the text that has it.
LEAST_CONTRAST = """
() => {
  const parse = (colour) => {
    const [r, g, b, a = 1] = colour.match(/[\\d.]+/g).map(Number);
    return [r, g, b, a];
  };
  const over = (front, back) => front.slice(0, 3).map((c, i) => c * front[3] + back[i] * (1 - front[3]));
  const light = (rgb) => {
    const [r, g, b] = rgb.map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const paper = (node) => {
    const layers = [];
    for (let n = node; n instanceof Element; n = n.parentElement) {
      layers.push(parse(getComputedStyle(n).backgroundColor));
    }
    return layers.reverse().reduce((back, front) => over(front, back), [255, 255, 255]);
  };
  const found = [];
  for (const node of document.querySelectorAll(".drandlab *")) {
    const own = [...node.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (!own || !node.checkVisibility() || node.closest(".drandlab-live")) continue;
    const style = getComputedStyle(node);
    const back = paper(node);
    const ink = over(parse(node.namespaceURI.endsWith("svg") ? style.fill : style.color), back);
    const [low, high] = [light(ink), light(back)].sort((a, b) => a - b);
    found.push([(high + 0.05) / (low + 0.05), node.textContent]);
  }
  return found.sort((a, b) => a[0] - b[0])[0].concat(found.length);
}
"""


class Room:
    """A browser context that reaches this machine only.

    `leave` makes its pages clean for the next test, or closes them; `check` fails if anything went wrong in them.
    """

    def __init__(self, browser: Browser) -> None:
        self.context = browser.new_context(viewport=SIZE)
        self.context.set_default_timeout(10_000)
        self.trouble: list[str] = []
        self.context.on("request", self._request)
        self.context.on("console", lambda said: self.trouble.append(said.text) if said.type == "error" else None)
        self.context.on("weberror", lambda error: self.trouble.append(str(error.error)))
        self.clean: list[Page] = []
        self.used: list[Page] = []

    def _request(self, request: Request) -> None:
        place = urlsplit(request.url)
        if place.scheme in ("http", "https") and place.hostname not in HERE:
            self.trouble.append(f"outside request: {request.url}")

    def page(self) -> Page:
        self.used.append(self.clean.pop() if self.clean else self.context.new_page())
        return self.used[-1]

    def leave(self) -> None:
        while self.used:
            tab = self.used.pop()
            tab.mouse.move(0, 0)
            tab.goto("about:blank")
            tab.set_viewport_size(SIZE)
            tab.emulate_media(color_scheme="light", reduced_motion="no-preference")
            self.clean.append(tab)
        for tab in self.context.pages:
            if tab not in self.clean:
                tab.close()
        self.check()

    def check(self) -> None:
        trouble, self.trouble = self.trouble, []
        assert trouble == []


def put(tab: Page, widget: Any, traits: tuple[str, ...], head: str = "") -> Page:
    """Show the widget's ES module in the page on a stub model, without a kernel."""
    tab.set_content(f"""<!doctype html>
        <html lang="en">
        <head><meta charset="utf-8"><title>view</title><style>{widget._css}</style>{head}</head>
        <body><main></main></body></html>""")
    tab.evaluate(MOUNT, [widget._esm, json.dumps({name: getattr(widget, name) for name in traits})])
    return tab


@pytest.fixture(scope="module")
def browser(peer: Callable[[str], Path]) -> Iterator[Browser]:
    """Headless Chromium, closed at the end."""
    executable = str(peer("chromium"))
    # for no longer than a module: playwright keeps an event loop in this thread, where others then cannot run one
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=list(SWITCHES))
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def room(browser: Browser) -> Room:
    """One context for a module: to make one takes longer than most tests."""
    return Room(browser)


@pytest.fixture
def new_page(room: Room) -> Iterator[Callable[[], Page]]:
    """``new_page()``: an empty page; a console error or a request to the outside fails the test."""
    yield room.context.new_page
    room.leave()


@pytest.fixture
def mount(room: Room) -> Iterator[Callable[..., Page]]:
    """``mount(widget, traits)``: a page with the widget on a stub model, without a kernel."""
    yield lambda widget, traits, head="": put(room.page(), widget, traits, head)
    room.leave()


@pytest.fixture
def frozen(browser: Browser) -> Iterator[Callable[..., Page]]:
    """``frozen(widget, traits)``: a page as of ``mount``, where time passes only when it is told to."""
    rooms: list[Room] = []

    def show(widget: Any, traits: tuple[str, ...], head: str = "") -> Page:
        rooms.append(Room(browser))  # of its own: a clock, once installed, stays in all pages of a context
        tab = put(rooms[-1].context.new_page(), widget, traits, head)
        tab.clock.install(time=0)
        tab.clock.pause_at(1000)
        return tab

    yield show
    for room in rooms:
        room.leave()
        room.context.close()


@pytest.fixture
def live(new_page: Callable[[], Page]) -> Callable[..., Page]:
    """``live(widget)``: the page of ``mount``, with Python behind it: what it sends and saves arrives, and back."""

    def show(widget: Any, traits: tuple[str, ...], head: str = "") -> Page:
        tab = put(new_page(), widget, traits, head)
        known: dict[str, Any] = {name: getattr(widget, name) for name in traits}

        def tell() -> None:
            for name in traits:
                if getattr(widget, name) != known[name]:
                    known[name] = getattr(widget, name)
                    tab.evaluate("([name, value]) => window.model.set(name, value)", [name, known[name]])

        def heard(message: Any) -> None:
            widget._handle_custom_msg(message, [])
            tell()

        def saved(state: dict[str, Any]) -> None:
            widget.set_state({name: state[name] for name in traits if state[name] != known[name]})
            known.update({name: state[name] for name in traits})
            tell()

        tab.expose_function("heard", heard)
        tab.expose_function("saved", saved)
        return tab

    return show


class Theme:
    """What makes a view light or dark: the colours of JupyterLab, the wish of the system, or its own argument."""

    def __init__(self, source: str, dark: bool) -> None:
        self.source, self.dark = source, dark
        self.argument = dark if source == "argument" else None
        paper = DARK if dark == (source != "argument") else LIGHT  # an argument stands against what is around it
        ink = "rgb(255 255 255)" if dark else "rgb(0 0 0 / 0.87)"
        lab = f"--jp-content-font-color1: {ink}; --jp-layout-color0: {paper};" if source == "jupyterlab" else ""
        self.head = f"<style>body {{ background: {paper}; {lab} }}</style>"

    def readable(self, tab: Page) -> int:
        """Bring the theme about, and return how many texts are readable in it: all of them."""
        # Where the page has a theme of its own, the system's must not matter.
        tab.emulate_media(color_scheme="dark" if self.dark == (self.source == "system") else "light")
        if self.source == "jupyterlab":
            tab.evaluate("dark => document.body.dataset.jpThemeLight = String(!dark)", self.dark)
        expect(tab.locator(".drandlab")).to_have_attribute("data-theme", "dark" if self.dark else "light")
        ratio, text, count = tab.evaluate(LEAST_CONTRAST)
        assert ratio >= 4.5, text
        return int(count)


@pytest.fixture(
    params=["jupyterlab-light", "jupyterlab-dark", "system-light", "system-dark", "argument-light", "argument-dark"]
)
def theme(request: pytest.FixtureRequest) -> Theme:
    """Light and dark, from each of the three sources; a view gets its ``argument`` and ``head`` at the start."""
    source, _, tone = request.param.partition("-")
    return Theme(source, tone == "dark")
