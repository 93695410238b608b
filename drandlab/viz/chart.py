"""A figure that everyone can read: interactive in the lab, a static picture in the saved file, a sentence, a table."""

from __future__ import annotations

import csv
import io
import sys
from array import array
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import plotly.graph_objects as go

from drandlab.errors import BackendUnavailable, LocalError
from drandlab.files import written
from drandlab.paths import name_of
from drandlab.viz.plotly_layout import laid_out
from drandlab.viz.svg import DRAWABLE, render

__all__ = ["Chart"]

PACKED_FROM = 16
"""Numbers that are worth a typed array."""

INTEGERS = (("b", "i1", 2**7), ("h", "i2", 2**15), ("i", "i4", 2**31), ("d", "f8", 0))
"""Typecode, plotly's name for it, and the bound of the numbers it holds; larger ones become floats."""

ROWS_SHOWN = 24
"""Rows of the data table that a saved notebook carries; `Chart.to_csv` has them all."""


@dataclass(frozen=True, slots=True)
class Chart:
    """A plotly figure, the sentence that says what it shows, and the data it was drawn from.

    ``figure`` is a ``plotly.graph_objects.Figure`` of scatter and bar traces, ``alt`` one or more sentences, ``table``
    maps column names to columns of equal length. `LocalError` when one of them is missing or unfit.

    In a notebook a chart is shown twice at once: as plotly JSON, which JupyterLab draws, and as SVG, which is what
    GitHub, nbconvert and every other reader without plotly draws from the same saved cell.

    >>> import plotly.graph_objects as go
    >>> chart = Chart(go.Figure(go.Bar(x=["a", "b"], y=[1, 2])), "b is twice a.", {"name": ["a", "b"], "value": [1, 2]})
    >>> chart
    Chart: b is twice a.
    >>> print(chart.to_csv())
    name,value
    a,1
    b,2
    <BLANKLINE>
    """

    figure: Any
    alt: str
    table: Mapping[str, Sequence[Any]]

    def __post_init__(self) -> None:
        if type(self.figure) is not go.Figure:
            came = type(self.figure).__name__
            raise LocalError(f"expected a plotly.graph_objects.Figure, and no subclass, got {came}", argument="figure")
        for trace in self.figure.data:
            if trace.type not in DRAWABLE:
                raise LocalError(f"expected {' and '.join(DRAWABLE)} traces, got {trace.type!r}", argument="figure")
        if not isinstance(self.alt, str) or not self.alt.strip():
            raise LocalError("expected a sentence that says what the chart shows, got none", argument="alt")
        if not self.table:
            raise LocalError("expected the data of the chart (column name -> values), got none", argument="table")
        lengths = {name: len(column) for name, column in self.table.items()}
        if len(set(lengths.values())) > 1:
            raise LocalError(f"the columns must be equally long, got {lengths}", argument="table")

    def __repr__(self) -> str:
        return f"Chart: {self.alt}"

    def to_svg(self) -> str:
        """Return the picture as SVG text: no browser, the same bytes on every machine."""
        return render(self.figure, self.alt)

    def to_csv(self) -> str:
        """Return the whole data table as CSV with a header line."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(self.table)
        writer.writerows(zip(*self.table.values(), strict=True))
        return text.getvalue()

    def to_html(self) -> str:
        """Return a ``<figure>`` with the static picture, the sentence and the whole table; nothing is fetched."""
        return f'<figure style="margin:0">\n{self.to_svg()}{self._details(None)}\n</figure>\n'

    def save(self, path: str | Path) -> Path:
        """Write the chart in the format of the suffix and return the path.

        ``.svg``, ``.html``, ``.csv`` and ``.json`` (plotly) need nothing; ``.png`` needs kaleido and Chromium, and
        raises `BackendUnavailable` without them. Another suffix raises `LocalError`, and so does a place that cannot be
        written; a symbolic link there is followed (`drandlab.files`).
        """
        path = Path(name_of(path))
        writers = {".svg": self.to_svg, ".html": self._page, ".csv": self.to_csv, ".json": self.figure.to_json}
        suffix = path.suffix.lower()
        if suffix == ".png":
            content = self._png()
        elif suffix in writers:
            content = writers[suffix]().encode()
        else:
            raise LocalError(f"a chart is saved as {', '.join(writers)} or .png, got {str(path)!r}", argument="path")
        with written(path) as file:
            file.write(content)
        return path

    def _page(self) -> str:
        title = escape(self.figure.layout.title.text or "Chart")
        head = f'<meta charset="utf-8"><meta name="color-scheme" content="light dark"><title>{title}</title>'
        return f'<!doctype html>\n<html lang="en"><head>{head}</head>\n<body>\n{self.to_html()}</body></html>\n'

    def _png(self) -> bytes:
        try:
            return bytes(self.figure.to_image(format="png", scale=2))
        except (ImportError, RuntimeError, ValueError, OSError) as error:
            raise BackendUnavailable(
                "a .png needs the package kaleido (the extra drandlab[png]) and a Chromium or Chrome, and one of them "
                f"is missing or failed ({type(error).__name__}); save as .svg instead, or install both"
            ) from error

    def _details(self, limit: int | None) -> str:
        rows = list(zip(*self.table.values(), strict=True))
        shown = rows[:limit]
        head = "".join(f'<th scope="col">{escape(str(name))}</th>' for name in self.table)
        body = "".join(f"<tr>{''.join(f'<td>{escape(str(cell))}</td>' for cell in row)}</tr>" for row in shown)
        rest = f"<p>{len(rows) - len(shown)} more rows: <code>to_csv()</code>.</p>" if len(shown) < len(rows) else ""
        return (
            f"<details><summary>Description and data</summary><p>{escape(self.alt)}</p>"
            f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{rest}</details>"
        )

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return {
            "application/vnd.plotly.v1+json": _packed(
                {**laid_out(self.figure.to_plotly_json()), "config": {"displaylogo": False}}
            ),
            "image/svg+xml": self.to_svg(),
            "text/plain": self.alt,
        }

    def _ipython_display_(self) -> None:
        # Two outputs, since a reader takes one form of each: the picture, then its sentence and table to unfold.
        from IPython.display import publish_display_data

        publish_display_data(self._repr_mimebundle_())
        publish_display_data({"text/html": self._details(ROWS_SHOWN), "text/plain": "Description and data"})


def _packed(node: Any) -> Any:
    """Long columns of numbers as plotly's typed arrays: a notebook would write every number on a line of its own."""
    if isinstance(node, dict):
        return {key: _packed(value) for key, value in node.items()}
    if not isinstance(node, list | tuple):
        return node
    kinds = {type(value) for value in node}
    if len(node) < PACKED_FROM or not kinds <= {int, float}:
        return [_packed(value) for value in node]
    code, dtype = "d", "f8"
    if kinds == {int}:
        reach = max(max(node), -1 - min(node))
        code, dtype = next((c, d) for c, d, top in INTEGERS if reach < top or c == "d")
    numbers = array(code, node)
    if sys.byteorder == "big":
        numbers.byteswap()
    return {"dtype": dtype, "bdata": b64encode(numbers.tobytes()).decode()}
