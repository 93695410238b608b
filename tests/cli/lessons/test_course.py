from __future__ import annotations

import contextlib
import json
import re
import signal
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

# What a page would load by itself; a link that a reader may follow is none of it.
LOADS = re.compile(r"""<script\s|<iframe|<link[^>]*href="(?!style\.css")|src="(?!data:)|@import|url\((?!data:)""")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two small lessons with all that a lesson may show, made once."""
    import nbformat
    from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

    folder = tmp_path_factory.mktemp("course")
    first = [
        new_markdown_cell(
            "# Shares & *lines*\n\nYou will be able to **split** a secret. Time: 5 minutes.\n\n"
            "Then [the next](02-b.ipynb#End). See [drand](https://drand.love)."
        ),
        new_code_cell("n: int = 2  # how many", metadata={"tags": ["parameters"]}),
        new_markdown_cell(
            r"Let $f(x) = a_0 < b$ and $$\lambda_i = \prod_{j \ne i} \frac{x_j}{x_j - x_i}$$ and $\left( x$"
            "\n\n"
            r"\begin{aligned} a &= b \end{aligned}"
            f'\n\n## The "first" half\n\n## End\n\n## End\n\n`{"wide" * 40}`'
            "\n\n```python\nx = 1\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |"
        ),
        new_code_cell(f"print('said', n)  # {'long ' * 60}"),
        new_code_cell(
            "import plotly.graph_objects as go\nfrom drandlab.viz.chart import Chart\n"
            "Chart(go.Figure(go.Bar(x=['a', 'b'], y=[1, n])), 'b is twice a.', {'name': ['a', 'b'], 'value': [1, n]})"
        ),
        new_code_cell("from sympy import Symbol\nSymbol('x') ** 2"),
        new_code_cell(
            "from IPython.display import HTML, Javascript, display\n"
            "display(HTML('<b>bold</b>'), Javascript('alert(1)'))"
        ),
    ]
    second = [new_markdown_cell("# The end\n\nTime: 1 minute."), new_code_cell("1 + 1")]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    for name, cells in (("01-a", first), ("02-b", second)):
        nbformat.write(new_notebook(cells=cells, metadata={"kernelspec": kernel}), folder / f"{name}.ipynb")
    only = [f"--only={folder / name}.ipynb" for name in ("01-a", "02-b")]
    done = subprocess.run(
        [sys.executable, "-m", "drandlab", "course", "-o", folder / "site", *only, "--json"],
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["failed"] == []
    return folder / "site"


def pages(site: Path) -> Iterator[str]:
    for name in ("index", "01-a", "02-b"):
        yield (site / f"{name}.html").read_text(encoding="utf-8")


def test_the_index_has_titles_goals_and_times(site: Path) -> None:
    index, *_ = pages(site)
    assert '<span class="number">01</span> <a href="01-a.html">Shares &amp; <em>lines</em></a>' in index
    assert "You will be able to <strong>split</strong> a secret. Time: 5 minutes." in index
    assert '<a href="02-b.html">The end</a>' in index


def test_a_page_shows_what_the_notebook_showed(site: Path) -> None:
    _, first, second = pages(site)
    assert "<title>Shares &amp; lines</title>" in first
    assert re.search(r"<pre[^>]*>said 2\s*</pre>", first)
    assert 'aria-label="b is twice a."' in first
    assert "<b>bold</b>" in first
    assert re.search(r"<pre>2\s*</pre>", second)


def test_pages_link_to_each_other_and_to_their_notebooks(site: Path) -> None:
    _, first, second = pages(site)
    assert 'href="02-b.html#End"' in first
    assert 'href="notebooks/01-a.ipynb"' in first
    assert re.search(r'<a href="02-b.html" rel="next">The end →</a>', first)
    assert re.search(r'<a href="01-a.html" rel="prev">← Shares &amp; <em>lines</em></a>', second)
    assert (site / "notebooks" / "01-a.ipynb").is_file()


def test_a_page_has_its_place_its_contents_and_headings_to_link_to(site: Path) -> None:
    _, first, second = pages(site)
    assert "<span>lesson 1 of 2</span>" in first
    [contents] = re.findall(r'<nav class="contents".*?</nav>', first, flags=re.DOTALL)
    links = re.findall(r'<a href="#([^"]*)">(.*?)</a>', contents)
    assert [unescape(text) for _, text in links] == ['The "first" half', "End", "End"]
    named = [unescape(name) for name in re.findall(r'<h2 id="([^"]*)"', first)]
    assert [unquote(unescape(address)) for address, _ in links] == named == ['The-"first"-half', "End", "End-2"]
    assert 'class="contents"' not in second


def test_one_script_runs_and_it_is_named_by_its_digest(site: Path) -> None:
    for page in pages(site):
        scripts = re.findall(r"<script>(.*?)</script>", page, flags=re.DOTALL)
        allowed = re.findall(r"script-src 'sha256-([^']*)'", page)
        digests = [b64encode(sha256(script.encode()).digest()).decode() for script in scripts]
        assert len(allowed) == 1
        assert digests in ([], allowed)
    assert "<script>" in page


def test_formulas_are_drawn_without_a_script(site: Path) -> None:
    pytest.importorskip("latex2mathml")
    _, first, _ = pages(site)
    assert first.count("<math ") == 4
    assert "$" not in re.sub(r"<(pre|script)>.*?</\1>", "", first, flags=re.DOTALL)
    assert r'<code class="tex inline">\left( x</code>' in first  # TeX that is no formula stays as written


def test_without_the_converter_formulas_stay_readable(monkeypatch: pytest.MonkeyPatch) -> None:
    from drandlab.cli.pages import formula

    monkeypatch.setitem(sys.modules, "latex2mathml.converter", None)
    assert formula(r"a_0 < b", "block") == '<code class="tex block">a_0 &lt; b</code>'


def test_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    assert [match for page in pages(site) for match in LOADS.findall(page)] == []
    assert not LOADS.search((site / "style.css").read_text(encoding="utf-8"))


def assert_usable(page: Any) -> None:
    """Code can be copied, what scrolls is reached by keyboard, and neither a phone nor paper cuts anything off."""
    long = page.locator(".copyable", has_text="said").first
    long.hover()
    long.get_by_role("button", name="Copy this code").click()
    long.get_by_text("CopyReport").wait_for()
    assert long.locator("pre").get_attribute("tabindex") == "0"
    page.set_viewport_size({"width": 400, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    page.set_viewport_size({"width": 700, "height": 900})
    page.emulate_media(media="print")
    cut = "[...document.querySelectorAll('pre')].filter(block => block.scrollWidth > block.clientWidth + 1).length"
    assert page.evaluate(cut) == 0
    assert not page.locator("button.copy").first.is_visible()
    page.emulate_media(media="screen")


def test_a_browser_draws_the_pages_from_the_disk(site: Path, peer: Callable[[str], Path]) -> None:
    complaints: list[str] = []
    asked: list[str] = []

    def look(chromium: Path) -> None:
        from playwright.sync_api import sync_playwright

        arguments = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
        with sync_playwright() as play:
            browser = play.chromium.launch(executable_path=chromium, args=arguments)
            for scheme, paper in (("light", "rgb(253, 253, 251)"), ("dark", "rgb(20, 23, 26)")):
                page = browser.new_page(color_scheme=scheme, viewport={"width": 700, "height": 900})
                page.on("console", lambda message: complaints.append(message.text))
                page.on("request", lambda request: asked.append(request.url))
                page.goto((site / "01-a.html").as_uri())
                assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == paper
                assert page.evaluate("document.querySelector('.picture svg').getBoundingClientRect().height") > 100
                assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
                assert page.get_by_role("img", name="b is twice a.").is_visible()
                assert_usable(page)
                page.get_by_role("link", name="The end").click()
                assert page.title() == "The end"
            browser.close()

    # In a thread of its own: the browser of the widget tests may still hold the event loop of this one.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(look, peer("chromium")).result(timeout=60)
    assert complaints == []
    assert asked
    assert all(address.startswith("file://") for address in asked)


def test_a_failing_notebook_is_named_and_the_others_are_written(
    process: Callable, notebook: Callable, tmp_path: Path
) -> None:
    bad, good = notebook("01-bad", "print('so far')", "1 / 0", title="# Bad"), notebook("02-good", "2", title="# Good")
    answer = process("course", "--only", bad, "--only", good, "-o", "site", "--json")
    assert answer.code == 1
    assert json.loads(answer.out)["failed"] == ["01-bad"]
    assert answer.err.startswith(
        "drandlab: 01-bad.ipynb: cell [2] `1 / 0` failed with ZeroDivisionError: division by zero"
    )
    assert "Traceback" not in answer.err
    index = (tmp_path / "site" / "index.html").read_text(encoding="utf-8")
    assert index.count("This notebook failed") == 1
    assert "so far" in (tmp_path / "site" / "01-bad.html").read_text(encoding="utf-8")
    assert (tmp_path / "site" / "02-good.html").is_file()


def test_ctrl_c_ends_the_notebooks_that_run(notebook: Callable, tmp_path: Path) -> None:
    source = notebook(
        "01-long",
        "import pathlib, os, time\npathlib.Path('pid').write_text(str(os.getpid()))\nwhile True: time.sleep(1)",
    )
    with subprocess.Popen(
        [sys.executable, "-m", "drandlab", "course", "--only", source, "-o", "site"],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        while not (tmp_path / "pid").exists() and running.poll() is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                running.wait(0.1)
        running.send_signal(signal.SIGINT)
        _, said = running.communicate()
    assert (running.returncode, said) == (130, "drandlab: interrupted\n")
    # The kernel has ended and nobody waits for it any more, or its number would still be known.
    kernel = Path("/proc") / (tmp_path / "pid").read_text()
    assert not kernel.exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--only", "77-absent"], "notebook '77-absent' is not known; the course has "),
        (["--only", "absent.ipynb"], "notebook absent.ipynb does not exist"),
        (["--only", "01-a.ipynb", "--only", "sub/01-a.ipynb"], "two notebooks have the same name"),
        (["--only", "01-a.ipynb", "-o", "file"], "file"),
    ],
)
def test_unusable_input_is_one_sentence(
    drandlab: Callable,
    notebook: Callable,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    arguments: list[str],
    sentence: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    source = notebook("01-a")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "01-a.ipynb").write_bytes(source.read_bytes())
    (tmp_path / "file").write_text("", encoding="utf-8")
    answer = drandlab("course", *arguments)
    assert (answer.code, answer.out) == (2, "")
    assert sentence in answer.err
    assert answer.err.count("\n") == 1


def test_the_notebooks_themselves_are_never_the_output(drandlab: Callable, notebook: Callable, tmp_path: Path) -> None:
    source = notebook("01-a", "1 + 1")
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "notebooks").symlink_to(source.parent)
    before = source.read_bytes()
    answer = drandlab("course", f"--only={source}", "-o", tmp_path / "site")
    assert answer.code == 2 and "holds the notebooks themselves; choose another folder" in answer.err
    assert source.read_bytes() == before


def test_what_stands_in_the_way_of_the_site_is_said_before_anything_runs(
    drandlab: Callable, notebook: Callable, tmp_path: Path
) -> None:
    source = notebook("01-a", "1 + 1")
    (tmp_path / "site" / "notebooks").mkdir(parents=True)
    (tmp_path / "site" / "notebooks" / source.name).symlink_to(tmp_path / "nowhere" / "x.ipynb")
    answer = drandlab("course", f"--only={source}", "-o", tmp_path / "site")
    assert answer.code == 2 and "nowhere does not exist" in answer.err
    assert (tmp_path / "site" / "notebooks" / source.name).is_symlink()
