"""The whole way in JupyterLab: a notebook is run, a share is dragged in the page, the kernel knows."""

from __future__ import annotations

import json
import os
import re
import secrets
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import Page, expect

CELLS = (
    "from drandlab.viz import shamir_field\n"
    "from drandlab.widgets import PolynomialWidget\n"
    "view = PolynomialWidget(secret=7, seed=3)\n"
    "view",
    "shamir_field(31, [(1, 15), (2, 2)], 3)",
    "from drandlab.simulation.keygen.run import generate_key\n"
    "from drandlab.simulation.misbehaviour.keygen import parse\n"
    "from drandlab.widgets import StatusMatrixWidget\n"
    "matrix = StatusMatrixWidget(generate_key(4, 3, faults=[parse('wrong-share:1:holder=3')]))\n"
    "matrix",
    "from drandlab.widgets import ChainStripWidget, LamportWidget, NetworkStageWidget\n"
    "stage = NetworkStageWidget(nodes=5, threshold=3, seed=1)\n"
    "stage",
    "strip = ChainStripWidget(stage.net)\nstrip",
    "space = LamportWidget(stage.net, 1)\nspace",
    "from drandlab.orbit.satellites import ISS\n"
    "from drandlab.orbit.stations import Station\n"
    "from drandlab.widgets import OrbitWidget\n"
    "stations = [Station(f'station {i}', 60 - 3.5 * i, 40 * i - 180) for i in range(8)]\n"
    "sky = OrbitWidget(ISS['2021-01-27'], stations)\n"
    "sky",
    "import drandlab as dl\n"
    "from drandlab.widgets import AccumulatorWidget, BlockViewerWidget\n"
    "four = [beacon for beacon in dl.beacons('quicknet') if 1000 <= beacon.round < 1004]\n"
    "sums = AccumulatorWidget(four, dl.networks['quicknet'])\n"
    "sums",
    "call = {'call': 'RandBeacon.try_submit_asig', 'error': 'StartExpired', 'events': []}\n"
    "rows = [{'number': n, 'calls': [call] * (n == 3), 'events': []} for n in range(1, 6)]\n"
    "blocks = BlockViewerWidget({'blocks': rows})\n"
    "blocks",
)

RUN = "async () => { await window.jupyterapp.commands.execute('notebook:run-all-cells'); }"

ASK = """
async (expression) => {
  const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
  const reply = await kernel.requestExecute({ code: "", user_expressions: { answer: expression } }).done;
  return reply.content.user_expressions.answer.data["text/plain"];
}
"""


@pytest.fixture(scope="module")
def lab(peer: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address, token included, of a JupyterLab on loopback that knows nothing of this machine's settings."""
    peer("chromium")  # no server for a test that is going to be skipped
    folder = tmp_path_factory.mktemp("lab")
    notebook = new_notebook(cells=[new_code_cell(source) for source in CELLS])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, folder / "lesson.ipynb")
    settings = folder / "settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    (settings / "notification.jupyterlab-settings").write_text(
        json.dumps({"fetchNews": "false", "checkForUpdates": False})
    )
    own = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "IPYTHONDIR": "ipython",
    }
    token = secrets.token_hex(16)
    options = {
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.port": "0",
        "ServerApp.root_dir": str(folder),
        "ServerApp.open_browser": "False",
        "ServerApp.allow_root": "True",
        "IdentityProvider.token": token,
        "LabApp.expose_app_in_browser": "True",
    }
    server = subprocess.Popen(
        [sys.executable, "-m", "jupyter", "lab", *(f"--{name}={value}" for name, value in options.items())],
        env={**os.environ, **{name: str(folder / place) for name, place in own.items()}},
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    assert server.stderr is not None
    said = []
    drain = threading.Thread(target=lambda: list(server.stderr or ()), daemon=True)
    try:
        for line in server.stderr:
            said.append(line)
            if found := re.search(r"(http://127\.0\.0\.1:\d+)/lab", line):
                drain.start()
                yield f"{found[1]}/lab/tree/lesson.ipynb?token={token}&reset"
                break
        else:
            pytest.fail("JupyterLab did not start:\n" + "".join(said[-20:]))
    finally:
        server.terminate()
        server.wait(30)
        if drain.is_alive():
            drain.join()
        server.stderr.close()


def ask(tab: Page, expression: str) -> Any:
    return json.loads(tab.evaluate(ASK, f"__import__('json').dumps({expression})").strip("'"))


@pytest.fixture(scope="module")
def lesson(lab: str, room: Any) -> Page:
    """The page with the notebook in it, opened once: JupyterLab takes its time."""
    tab = room.context.new_page()
    tab.set_default_timeout(60_000)
    tab.goto(lab)
    tab.wait_for_function("window.jupyterapp?.shell?.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'")
    return tab


@pytest.fixture
def tab(lesson: Page, room: Any) -> Iterator[Page]:
    """The page of the lesson; each test runs all cells anew. A console error or an outside request fails the test."""
    yield lesson
    room.check()


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_a_share_dragged_in_the_page_reaches_the_kernel(tab: Page, theme: str) -> None:
    tab.evaluate("theme => window.jupyterapp.commands.execute('apputils:change-theme', { theme })", theme)
    tab.evaluate(RUN)
    share = tab.get_by_role("slider", name="Share 1", exact=True)
    expect(share).to_be_visible()
    expect(tab.locator(".drandlab-polynomial")).to_have_attribute(
        "data-theme", "dark" if theme.endswith("Dark") else "light"
    )
    before = ask(tab, "view.shares")
    assert ask(tab, "view.secret") is None

    share.scroll_into_view_if_needed()
    box = share.locator(".body").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    tab.mouse.move(x, y)
    tab.mouse.down()
    tab.mouse.move(x + 150, y + 10, steps=5)
    tab.mouse.up()
    tab.get_by_role("button", name="Add a share").click()
    expect(tab.locator(".plane:visible .secret")).not_to_contain_text("?")

    shown = int(tab.locator(".plane:visible").get_attribute("data-secret") or "-1")
    dragged = ask(tab, "view.shares")
    assert len(dragged) == 3
    assert dragged[0][0] > before[0][0]
    assert ask(tab, "view.secret") == shown

    # The chart of the second cell: plotly draws it here, and the file keeps the static picture beside it.
    expect(tab.locator(".js-plotly-plot .main-svg").first).to_be_visible()
    assert tab.locator(".js-plotly-plot .points path").count() > 31 * 31  # one for each dot of the plane
    expect(tab.get_by_text("Description and data")).to_be_visible()
    saved = tab.evaluate("window.jupyterapp.shell.currentWidget.context.model.toJSON().cells.map(c => c.outputs)")
    assert "image/svg+xml" in saved[0][0]["data"]
    assert "2 shares" in saved[0][0]["data"]["text/plain"]
    assert "image/svg+xml" in saved[1][0]["data"]


def test_the_status_matrix_asks_the_kernel_for_another_node(tab: Page) -> None:
    tab.evaluate(RUN)
    view = tab.locator(".drandlab-matrix")
    view.scroll_into_view_if_needed()
    expect(view.locator(".outcome .key")).to_have_text(ask(tab, "matrix.belief.key"))

    view.get_by_role("button", name="Step back").click()
    view.get_by_role("gridcell", name="Dealer 2, holder 3").press("Enter")
    expect(view.locator(".panel h4")).to_have_text("Dealer 2 → holder 3")
    view.get_by_label("as seen by").select_option("3")
    expect(view.get_by_label("as seen by")).to_have_value("3")
    expect(view.locator("th.own").first).to_have_text("3")
    assert ask(tab, "[matrix.node, matrix.cell, matrix.step]") == [
        3,
        [2, 3],
        ask(tab, "matrix.belief.steps.__len__()") - 2,
    ]
    expect(view.locator(".said")).to_have_text(ask(tab, "matrix.belief.steps[matrix.step].said"))
    saved = tab.evaluate("window.jupyterapp.shell.currentWidget.context.model.toJSON().cells.map(c => c.outputs)")
    assert "QUAL: 0, 1, 2, 3." in saved[2][0]["data"]["text/plain"]
    assert "image/svg+xml" in saved[2][0]["data"]


def test_a_node_crashed_in_the_page_is_down_in_the_kernel_s_network(tab: Page) -> None:
    tab.evaluate(RUN)
    view = tab.locator(".drandlab-stage")
    view.scroll_into_view_if_needed()
    expect(view.locator(".node")).to_have_count(5)
    view.get_by_role("button", name="Node 2: up").click()
    view.get_by_role("button", name="Crash").click()
    expect(view.locator(".node").nth(2)).to_have_attribute("data-state", "down")
    assert ask(tab, "[host.up for host in stage.net.hosts]") == [True, True, False, True, True]
    assert ask(tab, "[[at, event.do, event.about] for at, event in stage.history]") == [[34, "crash", [2]]]

    # to the end of what there is, and on: the kernel makes more time
    until = ask(tab, "stage.until")
    view.get_by_role("button", name="To the newest moment").click()
    view.get_by_role("button", name="Play").click()
    expect(view.locator(".clock .big")).to_have_text(re.compile("[3-9]"))
    view.get_by_role("button", name="Pause").click()
    assert ask(tab, "stage.until") > until
    assert ask(tab, "stage.at") >= until
    assert ask(tab, "stage.net.host(2).node.last.round") == 0

    tab.locator(".drandlab-strip").scroll_into_view_if_needed()
    first = tab.locator(".drandlab-strip [role=option]").first
    first.click()
    assert ask(tab, "strip.round") == 1
    space = tab.locator(".drandlab-lamport")
    space.get_by_role("button", name="Later round").click()
    expect(space.locator("h3")).to_have_text("Round 2 in space and time")
    assert ask(tab, "[space.round, space.event]") == [2, None]
    sky = tab.locator(".drandlab-orbit")
    sky.get_by_role("button", name="Next pass").click()
    expect(sky.get_by_role("heading", name="ISS over station")).to_be_visible()
    assert ask(tab, "sky.at == sky.windows[sky.chosen].culmination > sky.start")
    saved = tab.evaluate("window.jupyterapp.shell.currentWidget.context.model.toJSON().cells.map(c => c.outputs)")
    for outputs in saved[3:]:
        assert "image/svg+xml" in outputs[0]["data"]
    assert "Nodes 0 to 4 are up" in saved[3][0]["data"]["text/plain"]


# What JupyterLab takes for orders to the cell that has the focus, and how one of its cells looks from outside.
ORDERS = ("x", "d", "d", "a", "b", "ArrowDown", "z", "m", "Shift+M", "c", "v", "Alt+Enter")
CELLS_NOW = """() => {
  const { content } = window.jupyterapp.shell.currentWidget;
  const cells = content.widgets.map(({ model }) => [model.type, model.sharedModel.getSource()]);
  return [content.activeCellIndex, cells];
}"""


def test_no_key_pressed_in_a_view_is_an_order_to_the_notebook(tab: Page) -> None:
    tab.evaluate(RUN)
    expect(tab.locator(".drandlab-lamport .event").first).to_be_visible()
    for name in ("polynomial", "matrix", "stage", "strip", "lamport", "orbit"):
        view = tab.locator(f".drandlab-{name}")
        view.scroll_into_view_if_needed()
        places = view.locator(":is(button, select, input, [tabindex='0'])")
        for i in {0, 1, places.count() // 2, places.count() - 1}:
            places.nth(i).focus()
            before = tab.evaluate(CELLS_NOW)
            for key in ORDERS:
                places.nth(i).focus()
                tab.keyboard.press(key)
            assert tab.evaluate(CELLS_NOW) == before, (name, i)
    # the one that was met first: the share that is dragged, and the button beside it
    for place in (
        tab.get_by_role("slider", name="Share 1", exact=True),
        tab.get_by_role("button", name="Add a share"),
    ):
        place.first.focus()
        before = tab.evaluate(CELLS_NOW)
        for key in ("x", "d", "d", "ArrowDown", "Enter"):
            tab.keyboard.press(key)
        assert tab.evaluate(CELLS_NOW) == before
    # Escape leaves the view: from then on the keys are the notebook's again
    tab.keyboard.press("Escape")
    assert not tab.evaluate("Boolean(document.activeElement.closest('.drandlab'))")
    tab.keyboard.press("b")
    tab.wait_for_function(f"count => ({CELLS_NOW})()[1].length === count + 1", arg=len(before[1]))
    tab.keyboard.press("z")
    tab.wait_for_function(f"count => ({CELLS_NOW})()[1].length === count", arg=len(before[1]))


def test_the_views_fit_on_a_small_screen_and_their_lists_stand_in_columns(tab: Page) -> None:
    tab.set_viewport_size({"width": 1366, "height": 768})
    tab.evaluate(RUN)
    expect(tab.locator(".drandlab-lamport .event").first).to_be_visible()
    room = tab.locator(".jp-WindowedPanel-outer:visible").first.bounding_box()
    assert room is not None
    for name in ("polynomial", "matrix", "stage", "strip", "lamport", "orbit"):
        view = tab.locator(f".drandlab-{name}")
        view.scroll_into_view_if_needed()
        box = view.bounding_box()
        assert box is not None
        assert box["height"] <= 650 and box["height"] <= room["height"], (name, box)
        for tall, float, weight in view.evaluate(
            "view => [...view.querySelectorAll('dt')].map((t) => [t.getBoundingClientRect().height, "
            "getComputedStyle(t).float, getComputedStyle(t).fontWeight])"
        ):
            assert (float, weight) == ("none", "400") and tall < 24
    view = tab.locator(".drandlab-stage")
    view.scroll_into_view_if_needed()
    view.get_by_role("button", name="Full screen").click()
    expect(view).to_have_class(re.compile("whole"))
    box = view.bounding_box()
    assert box is not None and box["width"] >= 1360
    tab.keyboard.press("Escape")
    expect(view).not_to_have_class(re.compile("whole"))


def test_a_pulse_forged_in_the_page_is_judged_by_the_kernel(tab: Page) -> None:
    tab.evaluate(RUN)
    view = tab.locator(".drandlab-accumulator")
    view.scroll_into_view_if_needed()
    view.get_by_label("What comes of round 1001").select_option("forge")
    expect(view.get_by_role("button", name="Block 1: VerificationFailed")).to_be_visible()
    assert ask(tab, "sums.edits") == ["true", "forge", "true", "true"]
    view.get_by_role("radio", name="range").click()
    expect(view.get_by_role("button", name="Block 2: stored")).to_be_visible()
    assert ask(tab, "sums.mode") == "range"


def test_a_block_chosen_in_the_page_is_known_to_the_kernel(tab: Page) -> None:
    tab.evaluate(RUN)
    view = tab.locator(".drandlab-blocks")
    view.scroll_into_view_if_needed()
    view.get_by_role("button", name="Next failed call").click()
    expect(view.locator("article .error")).to_have_text("StartExpired")
    assert ask(tab, "blocks.block") == 3
