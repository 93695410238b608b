from __future__ import annotations

import csv
import io
import json
import sys
from array import array
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import nbformat
import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbclient import NotebookClient

from drandlab.errors import BackendUnavailable, LocalError
from drandlab.viz import Chart, bars, line
from helpers import SVG

TABLE = {"x": [1, 2], "y": [3, 4]}


def chart(**changes: Any) -> Chart:
    parts = {"figure": go.Figure(go.Scatter(x=[1, 2], y=[3, 4], mode="lines")), "alt": "A line.", "table": TABLE}
    return Chart(**{**parts, **changes})


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"alt": ""}, "alt: expected a sentence"),
        ({"alt": "  \n"}, "alt: expected a sentence"),
        ({"alt": None}, "alt: expected a sentence"),
        ({"table": {}}, "table: expected the data of the chart"),
        ({"table": {"x": [1], "y": [1, 2]}}, r"equally long, got \{'x': 1, 'y': 2\}"),
        ({"figure": {"data": []}}, "and no subclass, got dict"),
        ({"figure": go.Figure(go.Pie(values=[1]))}, "got 'pie'"),
    ],
)
def test_a_chart_without_its_parts_is_refused(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(LocalError, match=sentence):
        chart(**changes)


def test_the_saved_cell_has_an_interactive_and_a_static_form() -> None:
    data = chart()._repr_mimebundle_()
    assert set(data) == {"application/vnd.plotly.v1+json", "image/svg+xml", "text/plain"}
    assert data["text/plain"] == "A line."
    json.dumps(data)
    picture = ElementTree.fromstring(data["image/svg+xml"])
    assert picture.get("role") == "img"
    assert picture.get("aria-label") == "A line."
    assert picture.findtext(f"{SVG}desc") == "A line."


def test_a_notebook_shows_the_picture_then_its_description() -> None:
    source = "from drandlab.viz import bars\nbars(['a<b', 'c'], [1, 2], alt='Two & more.')"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    NotebookClient(notebook, kernel_name="python3").execute()
    picture, description = notebook.cells[0].outputs
    assert "application/vnd.plotly.v1+json" in picture.data
    assert "<desc>Two &amp; more.</desc>" in picture.data["image/svg+xml"]
    assert "<summary>Description and data</summary><p>Two &amp; more.</p>" in description.data["text/html"]
    assert "<td>a&lt;b</td><td>1</td>" in description.data["text/html"]


def test_long_tables_are_cut_in_the_notebook_and_whole_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    long = line(list(range(1000)), list(range(1000)), alt="A diagonal.")
    published: list[dict[str, str]] = []
    monkeypatch.setattr("IPython.display.publish_display_data", published.append)
    long._ipython_display_()
    details = published[1]["text/html"]
    assert details.count("<tr>") == 25
    assert "976 more rows" in details
    assert long.to_html().count("<tr>") == 1001
    assert len(long.to_csv().splitlines()) == 1001


@given(
    st.lists(
        st.tuples(st.text(st.characters(exclude_characters="\r"), max_size=8), st.integers()), min_size=1, max_size=5
    )
)
def test_the_csv_reads_back(rows: list[tuple[str, int]]) -> None:
    names, values = [name for name, _ in rows], [value for _, value in rows]
    text = chart(table={"name": names, "value": values}).to_csv()
    read = list(csv.reader(io.StringIO(text, newline="")))
    assert read == [["name", "value"], *([name, str(value)] for name, value in rows)]


def test_a_chart_is_saved_by_its_suffix(tmp_path: Path) -> None:
    for suffix in ("svg", "html", "csv", "json", "SVG"):
        path = chart().save(tmp_path / f"chart.{suffix}")
        assert path.read_text(encoding="utf-8")
    assert ElementTree.parse(tmp_path / "chart.svg").getroot().tag == f"{SVG}svg"
    assert json.loads((tmp_path / "chart.json").read_text())["data"][0]["y"] == [3, 4]
    assert (tmp_path / "chart.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_a_chart_is_saved_through_a_link_or_not_at_all(tmp_path: Path) -> None:
    (tmp_path / "link.svg").symlink_to("target.svg")
    chart().save(tmp_path / "link.svg")
    assert (tmp_path / "link.svg").is_symlink() and (tmp_path / "target.svg").read_text().startswith("<svg")
    (tmp_path / "folder.svg").mkdir()
    for name, why in (("folder.svg", "is a folder"), ("nowhere/chart.svg", "nowhere does not exist")):
        with pytest.raises(LocalError, match=rf"{name}: cannot be written \(.*{why}"):
            chart().save(tmp_path / name)


@pytest.mark.parametrize("name", ["chart.jpeg", "chart"])
def test_an_unknown_suffix_is_refused_and_names_the_known(tmp_path: Path, name: str) -> None:
    with pytest.raises(LocalError, match=r"saved as \.svg, \.html, \.csv, \.json or \.png"):
        chart().save(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_png_without_its_tools_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: Any, **more: Any) -> bytes:
        raise ValueError("kaleido is missing")

    monkeypatch.setattr(go.Figure, "to_image", fail)
    with pytest.raises(BackendUnavailable, match=r"needs the package kaleido .* save as \.svg instead"):
        chart().save(tmp_path / "chart.png")
    assert list(tmp_path.iterdir()) == []


def test_png_with_its_tools_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(go.Figure, "to_image", lambda self, format, scale: b"\x89PNG")
    assert chart().save(tmp_path / "chart.png").read_bytes() == b"\x89PNG"


def test_a_chart_prints_as_its_sentence() -> None:
    assert repr(bars(["a"], [1], alt="One bar.")) == "Chart: One bar."


@given(
    st.lists(st.integers(-(2**63), 2**63), min_size=16, max_size=40)
    | st.lists(st.integers(-200, 200), min_size=16, max_size=40)
    | st.lists(st.integers(-(2**15), 2**15), min_size=16, max_size=40)
    | st.lists(st.floats(-1e300, 1e300), min_size=16, max_size=40)
)
def test_long_columns_are_packed_without_loss(values: list[float]) -> None:
    figure = go.Figure(go.Scatter(x=values, y=values, mode="lines"))
    packed = chart(figure=figure)._repr_mimebundle_()["application/vnd.plotly.v1+json"]["data"][0]["x"]
    read = array({"i1": "b", "i2": "h", "i4": "i", "f8": "d"}[packed["dtype"]], b64decode(packed["bdata"]))
    if sys.byteorder == "big":
        read.byteswap()
    assert list(read) == [float(value) for value in values]


def test_short_columns_texts_and_gaps_stay_as_they_are() -> None:
    for values in ([1, 2], [1, None] * 10, ["a"] * 20):
        figure = go.Figure(go.Scatter(x=values, y=values, mode="markers"))
        data = chart(figure=figure)._repr_mimebundle_()["application/vnd.plotly.v1+json"]["data"][0]
        assert data["x"] == values


def test_a_png_is_drawn_by_chromium(
    tmp_path: Path, peer: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BROWSER_PATH", str(peer("chromium")))
    path = chart().save(tmp_path / "chart.png")
    assert path.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
