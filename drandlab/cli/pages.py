"""Executed notebooks as HTML pages that load nothing from other sites."""

from __future__ import annotations

import re
from base64 import b64encode
from collections import Counter
from collections.abc import Collection, Sequence
from hashlib import sha256
from html import escape, unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

import nbformat
from nbconvert.exporters import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from drandlab.files import written

if TYPE_CHECKING:
    from nbformat import NotebookNode

__all__ = ["formula", "lesson_of", "markdown", "write_site"]

TEMPLATES = Path(__file__).parent
"""The folder that holds the folder ``site`` of templates and the style sheet."""

SHOWN = ["image/svg+xml", "text/html", "text/markdown", "text/latex", "image/png", "image/jpeg", "text/plain"]
"""The forms of an output that a page shows, best first: pictures and text, nothing that needs a script."""


def write_site(notebooks: Sequence[Path], folder: Path, failed: Collection[str] = ()) -> list[Path]:
    """Write one page for each executed notebook, an index and the style sheet; return the pages.

    ``notebooks`` are in ``folder / "notebooks"``. The index marks those in ``failed`` (their names); a missing one has
    no page.
    """
    exporter = _exporter()
    script = (TEMPLATES / "site" / "page.js").read_text(encoding="utf-8")
    # A page allows its one script by digest: nothing else may run.
    digest = b64encode(sha256(script.encode()).digest()).decode()
    exporter.environment.globals.update(script=script, script_digest=digest)
    read = [(path, nbformat.read(path, as_version=4)) for path in notebooks if path.is_file()]
    lessons = [lesson_of(path.stem, notebook) | {"failed": path.stem in failed} for path, notebook in read]
    pages = []
    for number, (path, notebook) in enumerate(read):
        resources = {
            "lesson": lessons[number],
            "place": f"lesson {number + 1} of {len(read)}",
            "before": lessons[number - 1] if number else None,
            "after": lessons[number + 1] if number + 1 < len(lessons) else None,
        }
        html, _ = exporter.from_notebook_node(notebook, resources={**resources, "metadata": {"name": path.stem}})
        pages.append(folder / f"{path.stem}.html")
        _write(pages[-1], _with_contents(_linked(html, {other.stem for other, _ in read})))
    index = exporter.environment.get_template("contents.html.j2").render(lessons=lessons)
    _write(folder / "index.html", _linked(index, {path.stem for path, _ in read}))
    _write(folder / "style.css", (TEMPLATES / "site" / "style.css").read_text(encoding="utf-8"))
    return pages


def _write(path: Path, text: str) -> None:
    with written(path) as file:
        file.write(text.encode())


def lesson_of(name: str, notebook: NotebookNode) -> dict[str, Any]:
    """Return the lesson's ``name``, its ``number``, ``title`` as text, ``heading`` and ``summary`` as HTML.

    The number is the beginning of the name; the summary is the rest of the first cell.

    >>> lesson = lesson_of("01", nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# Up to *two*")]))
    >>> lesson["title"], lesson["heading"]
    ('Up to two', 'Up to <em>two</em>')
    """
    first = notebook.cells[0].source if notebook.cells and notebook.cells[0].cell_type == "markdown" else ""
    line, _, rest = first.strip().partition("\n")
    titled = line.startswith("# ")
    heading = markdown(line.removeprefix("# ")).strip().removeprefix("<p>").removesuffix("</p>") if titled else name
    digits = re.match(r"\d+", name)
    return {
        "name": name,
        "number": digits[0] if digits else "",
        "title": unescape(re.sub(r"<[^>]*>", "", heading)),
        "heading": heading,
        "summary": markdown(rest if titled else first),
    }


def formula(tex: str, display: Literal["inline", "block"]) -> str:
    """Return the formula as MathML, which browsers draw themselves, or as readable TeX if that fails.

    >>> "<msub><mi>a</mi><mn>0</mn></msub>" in formula("a_0", "inline")
    True
    """
    try:
        from latex2mathml.converter import convert

        # The converter knows this environment only as align*, and a page numbers no equations.
        tex = re.sub(r"\{align(ed)?\}", "{align*}", tex)
        return str(convert(tex.replace(r"\displaystyle", ""), display=display))
    # The converter raises many errors for TeX that it does not know; then the author's text is shown.
    except Exception:
        return f'<code class="tex {display}">{escape(tex.strip())}</code>'


class _Renderer(IPythonRenderer):
    """nbconvert's markdown, with formulas drawn here instead of by a script, and headings that can be linked to."""

    def heading(self, text: str, level: int, **attrs: Any) -> str:
        # The same name as in JupyterLab, so that one link works in both.
        name = unescape(re.sub(r"<[^>]*>", "", text)).strip().replace(" ", "-")
        return f'<h{level} id="{escape(name)}">{text}</h{level}>\n'

    def block_math(self, body: str) -> str:
        return formula(body, "block")

    def inline_math(self, body: str) -> str:
        return formula(body, "inline")

    def latex_environment(self, name: str, body: str) -> str:
        return formula(rf"\begin{{{name}}}{body}\end{{{name}}}", "block")


def markdown(source: str) -> str:
    """Return markdown as HTML, formulas included.

    >>> markdown("**bold**")
    '<p><strong>bold</strong></p>\\n'
    """
    return str(MarkdownWithMath(renderer=_Renderer(escape=False, anchor_link_text="")).render(source))


def _exporter() -> HTMLExporter:
    exporter: HTMLExporter = HTMLExporter(
        template_name="site",
        extra_template_basedirs=[str(TEMPLATES)],
        filters={"markdown": markdown},
    )
    exporter.config.NbConvertBase.display_data_priority = SHOWN
    return exporter


def _with_contents(html: str) -> str:
    """Give every heading a unique name and a link to itself, and put the contents after the first cell."""
    seen: Counter[str] = Counter()
    entries: list[str] = []

    def marked(heading: re.Match[str]) -> str:
        level, name, text = heading[1], unescape(heading[3]), heading[4]
        seen[name] += 1
        if seen[name] > 1:
            name = f"{name}-{seen[name]}"
        address = escape(f"#{quote(name)}")
        if level == "2":
            entries.append(f'<li><a href="{address}">{re.sub(r"</?a[^>]*>", "", text)}</a></li>')
        words = escape(unescape(re.sub(r"<[^>]*>", "", text)))
        link = f'<a class="anchor" href="{address}" aria-label="Link to: {words}">#</a>'
        return f'<h{level} id="{escape(name)}">{text} {link}</h{level}>'

    # nbconvert writes a name with quotation marks between apostrophes
    html = re.sub(r"""<h([2-4]) id=(["'])(.*?)\2>(.*?)</h\1>""", marked, html, flags=re.DOTALL)
    if len(entries) < 2:
        return html
    first, end, rest = html.partition("</section>")
    lines = "\n".join(entries)
    contents = f'\n<nav class="contents" aria-label="Contents"><ol>\n{lines}\n</ol></nav>'
    return f"{first}{end}{contents}{rest}"


def _linked(html: str, names: Collection[str]) -> str:
    """Point links between notebooks to their pages."""
    return re.sub(
        r'href="(?:\./)?([^"/#]+)\.ipynb(#[^"]*)?"',
        lambda link: f'href="{link[1]}.html{link[2] or ""}"' if link[1] in names else link[0],
        html,
    )
