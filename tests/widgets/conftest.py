"""A real browser on a page of this machine: what the widget tests click and drag in."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

SWITCHES = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

# The part of a Jupyter model that a view uses, with a record of what was saved.
STUB = """
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


@pytest.fixture(scope="module")
def browser(peer: Callable[[str], Path]) -> Iterator[Browser]:
    """Headless Chromium, closed at the end."""
    executable = str(peer("chromium"))
    # for no longer than a module: playwright keeps an event loop in this thread, where others then cannot run one
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=list(SWITCHES))
        yield chromium
        chromium.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A fresh browser context that reaches this machine only; a console error or an outside request fails the test."""
    fresh = browser.new_context(viewport={"width": 1200, "height": 900})
    fresh.set_default_timeout(10_000)
    trouble: list[str] = []

    def route(way: Any) -> None:
        if urlsplit(way.request.url).hostname in ("127.0.0.1", "localhost"):
            way.continue_()
        else:
            trouble.append(f"outside request: {way.request.url}")
            way.abort()

    fresh.route(lambda url: url.startswith(("http:", "https:")), route)
    fresh.on("console", lambda message: trouble.append(message.text) if message.type == "error" else None)
    fresh.on("weberror", lambda error: trouble.append(str(error.error)))
    yield fresh
    fresh.close()
    assert trouble == []


@pytest.fixture
def mount(context: BrowserContext) -> Iterator[Callable[..., Page]]:
    """``mount(widget)``: a page that shows the widget's ES module on a stub model, without a kernel."""
    servers = []

    def show(widget: Any, traits: tuple[str, ...], head: str = "") -> Page:
        state = {name: getattr(widget, name) for name in traits}
        page = f"""<!doctype html>
            <html lang="en">
            <head><meta charset="utf-8"><title>view</title><link rel="icon" href="data:,">
            <link rel="stylesheet" href="view.css">{head}</head>
            <body><main id="here"></main>
            <script type="module">
            {STUB}
            import view, * as parts from "./view.js";
            window.parts = parts;
            window.model = new Model({json.dumps(state)});
            window.cleanup = view.render({{ model, el: document.getElementById("here") }});
            window.ready = true;
            </script></body></html>"""
        files = {
            "/": ("text/html", page),
            "/view.js": ("text/javascript", widget._esm),
            "/view.css": ("text/css", widget._css),
        }
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Files, files))
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        servers.append((server, thread))
        tab = context.new_page()
        tab.goto(f"http://127.0.0.1:{server.server_address[1]}/")
        tab.wait_for_function("window.ready")
        return tab

    yield show
    for server, thread in servers:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def live(mount: Callable[..., Page]) -> Callable[..., Page]:
    """``live(widget)``: the page of ``mount``, with Python behind it: what it sends and saves arrives, and back."""

    def show(widget: Any, traits: tuple[str, ...], head: str = "") -> Page:
        tab = mount(widget, traits, head)
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


@pytest.fixture
def least_contrast() -> Callable[[Page], tuple[float, str, int]]:
    """``least_contrast(tab)``: the least contrast of all visible text, the text that has it, the number of texts."""
    return lambda tab: tuple(tab.evaluate(LEAST_CONTRAST))


class Files(BaseHTTPRequestHandler):
    """Serves a few texts from memory."""

    def __init__(self, files: dict[str, tuple[str, str]], *args: Any) -> None:
        self.files = files
        super().__init__(*args)

    def do_GET(self) -> None:
        if self.path not in self.files:
            self.send_error(404)
            return
        kind, text = self.files[self.path]
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        pass
