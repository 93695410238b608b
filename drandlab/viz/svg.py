"""A small, deterministic SVG renderer for the plotly figures of this package.

It draws scatter traces (lines, areas that a line encloses, markers, text, error bars) and bar traces on one pair of
axes, with shapes, annotations and a legend, in fixed decimals: the same figure gives the same bytes on every machine,
without a browser. That picture is what a saved notebook shows where plotly cannot run.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from drandlab.errors import LocalError
from drandlab.viz.axis import Axis, Ticks
from drandlab.viz.theme import FONT, GRID, INK, PALETTE

__all__ = ["DRAWABLE", "coordinate", "render", "render_all", "text_width"]

DRAWABLE = ("scatter", "bar")
"""The trace types that this renderer draws."""

WIDTH = 720

# The notebook's page (nbconvert, JupyterLab) gives the colour that fits its background; elsewhere the mid-tone is used.
LIVE_INK = f"var(--jp-content-font-color1,{INK})"

# Control characters that XML does not allow.
CONTROLS = dict.fromkeys([*range(9), 11, 12, *range(14, 32)])

Points = Sequence[tuple[float | None, float | None]]

MARKERS = {
    "circle": lambda r: (
        f"m-{coordinate(r)} 0a{coordinate(r)} {coordinate(r)} 0 1 0 {coordinate(2 * r)} 0"
        f"a{coordinate(r)} {coordinate(r)} 0 1 0 -{coordinate(2 * r)} 0z"
    ),
    "square": lambda r: "m-{0} -{0}h{1}v{1}h-{1}z".format(coordinate(0.9 * r), coordinate(1.8 * r)),
    "diamond": lambda r: "m0 -{0}l{0} {0}l-{0} {0}l-{0} -{0}z".format(coordinate(1.25 * r)),
    "triangle-up": lambda r: (
        f"m0 -{coordinate(1.2 * r)}l{coordinate(1.1 * r)} {coordinate(2 * r)}h-{coordinate(2.2 * r)}z"
    ),
    "x": lambda r: "m-{0} -{0}l{1} {1}m0 -{1}l-{1} {1}".format(coordinate(0.85 * r), coordinate(1.7 * r)),
    "cross": lambda r: "m-{0} 0h{1}m-{0} -{0}v{1}".format(coordinate(r), coordinate(2 * r)),
}


def coordinate(value: float) -> str:
    """Return a coordinate with at most two decimals, so that rounding errors never reach the file.

    >>> coordinate(3.14159), coordinate(2.0), coordinate(-0.001)
    ('3.14', '2', '0')
    """
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def text_width(text: str, size: float) -> float:
    """Return about the width in pixels that ``text`` takes, rather more than less, to keep labels apart."""
    return size * sum(0.34 if c in "iljtf.,:;|'()[] " else 0.9 if c in "mwMW%@" else 0.62 for c in text)


def render(figure: Any, alt: str, *, width: int = WIDTH) -> str:
    """Return ``figure`` as one SVG text whose accessible name is its title and whose description is ``alt``.

    ``figure`` is a plotly ``Figure`` of `DRAWABLE` traces; another trace type raises `LocalError`.
    """
    return render_all([figure], alt, width=width)


def render_all(figures: Sequence[Any], alt: str, *, width: int = WIDTH) -> str:
    """Return figures one below the other as one SVG text, as `render` does for one."""
    parts: list[str] = []
    top = 0
    for figure in figures:
        drawn = "".join(_drawn(figure, width))
        parts.append(f'<g transform="translate(0 {top})">{drawn}</g>' if top else drawn)
        top += figure.layout.height or 400
    name = " ".join(_title_rows(figures[0], width)) if figures else ""
    text = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {top}" width="{width}" height="{top}" '
        f'role="img" aria-label="{escape(alt)}" font-family="{FONT}" font-size="12" fill="{INK}" '
        f'style="max-width:100%;height:auto;fill:{LIVE_INK}">'
        f"<title>{escape(name) or 'Figure'}</title><desc>{escape(alt)}</desc>{''.join(parts)}</svg>\n"
    )
    return text.translate(CONTROLS)


def _title_rows(figure: Any, width: int) -> list[str]:
    return _wrap(str(figure.layout.title.text or ""), width - 32, 19)


def _drawn(figure: Any, width: int) -> list[str]:
    """All that a figure draws, from its title on."""
    spec = figure.layout.to_plotly_json()
    for trace in figure.data:
        if trace.type not in DRAWABLE:
            raise LocalError(f"expected {' and '.join(DRAWABLE)} traces, got {trace.type!r}", argument="figure")
    height, margin = spec.get("height", 400), spec.get("margin", {})
    title = _title_rows(figure, width)
    named = [t for t in figure.data if t.name and t.showlegend is not False]
    legend = _legend(named, width) if spec.get("showlegend") else []
    x, y = _axes(figure, spec)
    longest = max((text_width(label, 12) for _, label in y.ticks()), default=0.0)
    left = max(margin.get("l", 70) * 0.6, longest + 18) + (22 if _title(y) else 0) if y.shown else 16
    top = 18 + 22 * len(title) + (22 * (legend[-1][1] + 1) if legend else 0)
    right = margin.get("r", 24)
    x.start, x.end = left, width - right
    y.start, y.end = height - (12 if not x.shown else 52 if _title(x) else 32), top
    if x.spec.get("scaleanchor") == "y":
        _equal_scales(x, y)
    return [
        *_head(title, legend, {id(t): _colour(t, i) for i, t in enumerate(figure.data)}),
        *_frame(x, y),
        *(_shape(s, x, y) for s in spec.get("shapes", ()) if s.get("layer") == "below"),
        *(part for i, trace in enumerate(figure.data) for part in _trace(trace, i, x, y)),
        *(_shape(s, x, y) for s in spec.get("shapes", ()) if s.get("layer") != "below"),
        *(_annotation(a, x, y) for a in spec.get("annotations", ())),
    ]


def _equal_scales(x: Axis, y: Axis) -> None:
    """One unit is as long along both axes: the horizontal one shows more, or less, around its middle.

    With ``constrain`` "domain", as plotly has it, the ranges stay as they are, and one of the axes becomes shorter.
    """
    wide, high = x.end - x.start, y.start - y.end
    half, wanted = (y.high - y.low) * wide / high / 2, (x.high - x.low) / 2
    if x.spec.get("constrain") != "domain":
        middle = (x.low + x.high) / 2
        x.low, x.high = middle - half, middle + half
    elif half < wanted:
        spare = high * (1 - half / wanted) / 2
        y.start, y.end = y.start - spare, y.end + spare
    else:
        spare = wide * (1 - wanted / half) / 2
        x.start, x.end = x.start + spare, x.end - spare


def _head(title: Sequence[str], legend: Iterable[tuple[float, int, Any]], colours: dict[int, str]) -> list[str]:
    """The title, row by row, and below it the legend; ``colours`` are those of the traces by their ``id``."""
    head = [
        f'<text x="16" y="{26 + 22 * i}" font-size="17" font-weight="600">{escape(row)}</text>'
        for i, row in enumerate(title)
    ]
    for offset, row, trace in legend:
        at = f"translate({coordinate(offset)} {coordinate(22 * len(title) + 24 + 22 * row)})"
        head.append(
            f'<g transform="{at}">{_key(trace, colours[id(trace)])}<text x="24" y="4">{escape(trace.name)}</text></g>'
        )
    return head


def _axes(figure: Any, spec: dict[str, Any]) -> tuple[Axis, Axis]:
    xs: list[Any] = []
    ys: list[Any] = []
    for trace in figure.data:
        tx, ty = list(trace.x), list(trace.y)
        if trace.type == "bar":
            (tx if trace.orientation == "h" else ty).append(0)
        for axis, error in ((tx, trace.error_x), (ty, trace.error_y)):
            if error is not None and error.array is not None:
                lower = error.arrayminus if error.arrayminus is not None else error.array
                axis += [v + e for v, e in zip(axis, error.array, strict=False)]
                axis += [v - e for v, e in zip(axis, lower, strict=False)]
        xs += tx
        ys += ty
    return Axis(spec.get("xaxis", {}), xs, 0.03), Axis(spec.get("yaxis", {}), ys, 0.06)


def _title(axis: Axis) -> str:
    return str(axis.spec.get("title", {}).get("text") or "")


def _frame(x: Axis, y: Axis) -> Iterable[str]:
    for number, label in _spaced(x, x.ticks()) if x.shown else ():
        at = coordinate(x.pixel(number))
        if x.spec.get("showgrid", x.kind != "category"):
            yield _line(x.pixel(number), y.start, x.pixel(number), y.end, GRID)
        yield f'<text x="{at}" y="{coordinate(y.start + 20)}" text-anchor="middle">{escape(label)}</text>'
    for number, label in y.ticks() if y.shown else ():
        height = y.pixel(number)
        if y.spec.get("showgrid", y.kind != "category"):
            yield _line(x.start, height, x.end, height, GRID)
        yield (
            f'<text x="{coordinate(x.start - 9)}" y="{coordinate(height + 4)}" text-anchor="end">{escape(label)}</text>'
        )
    if x.shown:
        yield _line(x.start, y.start, x.end, y.start, INK)
    if _title(x):
        at, below = coordinate((x.start + x.end) / 2), coordinate(y.start + 43)
        yield f'<text x="{at}" y="{below}" text-anchor="middle" font-size="13">{escape(_title(x))}</text>'
    if _title(y):
        at = coordinate((y.start + y.end) / 2)
        yield (
            f'<text transform="translate(18 {at}) rotate(-90)" text-anchor="middle" font-size="13">'
            f"{escape(_title(y))}</text>"
        )


def _spaced(axis: Axis, ticks: Ticks) -> Ticks:
    """Every second, third, ... label, so that none touches its neighbour."""
    room = max((text_width(label, 12) for _, label in ticks), default=0) + 10
    gap = abs(axis.end - axis.start) / max(1, len(ticks))
    return ticks[:: max(1, math.ceil(room / gap))]


def _trace(trace: Any, index: int, x: Axis, y: Axis) -> Iterable[str]:
    points = [(x.at(a), y.at(b)) for a, b in zip(trace.x, trace.y, strict=True)]
    colour = _colour(trace, index)
    opacity = f' opacity="{coordinate(trace.opacity)}"' if trace.opacity is not None else ""
    parts: list[str] = []
    if trace.type == "bar":
        parts += _bars(trace, points, x, y, colour)
    elif trace.mode and "lines" in trace.mode:
        parts.append(_path(trace, points, colour, x, y))
    parts += _errors(trace, points, x, y)
    if trace.type == "scatter" and trace.mode and "markers" in trace.mode:
        parts += _marks(trace, points, colour)
    if trace.type == "scatter" and trace.text is not None and "text" in (trace.mode or ""):
        parts += _labels(trace, points)
    yield f"<g{opacity}>{''.join(parts)}</g>"


def _colour(trace: Any, index: int) -> str:
    line = trace.line.color if trace.type == "scatter" else None
    marker = trace.marker.color
    return str(line or (marker if isinstance(marker, str) else None) or PALETTE[index % len(PALETTE)])


def _path(trace: Any, points: Points, colour: str, x: Axis, y: Axis) -> str:
    path, pen, outside = "", "M", False
    for px, py in points:
        if px is None or py is None:
            pen = "M"
            continue
        outside = outside or not (x.start - 1 <= px <= x.end + 1 and y.end - 1 <= py <= y.start + 1)
        path += f"{pen}{coordinate(px)} {coordinate(max(-9999.0, min(9999.0, py)))}"
        pen = "L"
    dash = {"dash": "6 4", "dot": "1.5 4", "dashdot": "6 4 1.5 4"}.get(str(trace.line.dash))
    style = f' stroke-dasharray="{dash}"' if dash else ""
    width = coordinate(2 if trace.line.width is None else trace.line.width)
    fill = trace.fillcolor or colour if trace.fill == "toself" else "none"
    line = f'<path d="{path}" fill="{fill}" stroke="{colour}" stroke-width="{width}" stroke-linejoin="round"{style}/>'
    if not outside:
        return line
    # A nested svg clips without an id, which would clash with the next figure of the same page.
    left, top, wide, high = map(coordinate, (x.start, y.end, x.end - x.start, y.start - y.end))
    box = f'x="{left}" y="{top}" width="{wide}" height="{high}" viewBox="{left} {top} {wide} {high}"'
    return f"<svg {box}>{line}</svg>"


def _errors(trace: Any, points: Points, x: Axis, y: Axis) -> Iterable[str]:
    for axis, error, values in ((x, trace.error_x, trace.x), (y, trace.error_y, trace.y)):
        if error is None or error.array is None:
            continue
        minus = error.arrayminus if error.arrayminus is not None else error.array
        for (px, py), value, up, down in zip(points, values, error.array, minus, strict=True):
            low, high = axis.at(value - down), axis.at(value + up)
            if px is None or py is None or low is None or high is None:
                continue
            if axis is y:
                yield _line(px, low, px, high, LIVE_INK) + "".join(
                    _line(px - 4, e, px + 4, e, INK) for e in (low, high)
                )
            else:
                yield _line(low, py, high, py, INK) + "".join(_line(e, py - 4, e, py + 4, INK) for e in (low, high))


def _marks(trace: Any, points: Points, colour: str) -> Iterable[str]:
    sizes, colours, symbols = (
        _each(value, len(points), default)
        for value, default in (
            (trace.marker.size, 8),
            (trace.marker.color, colour),
            (trace.marker.symbol, "circle"),
        )
    )
    # Equal marks share one path: a thousand dots then take a dozen bytes each.
    looks: dict[tuple[str, float, str], str] = {}
    for (px, py), size, fill, symbol in zip(points, sizes, colours, symbols, strict=True):
        if px is not None and py is not None:
            look = (str(symbol), size, str(fill))
            looks[look] = looks.get(look, "") + f"M{coordinate(px)} {coordinate(py)}{_outline(*look[:2])}"
    for (symbol, size, fill), path in looks.items():
        if size <= 5 and symbol == "circle":
            yield f'<path d="{path}" stroke="{fill}" stroke-width="{coordinate(size)}" stroke-linecap="round"/>'
        else:
            yield f'<path d="{path}" {_paint(symbol, fill)}/>'


def _outline(symbol: str, size: float) -> str:
    if size <= 5 and symbol == "circle":
        return "h0"
    return MARKERS.get(symbol.removesuffix("-open"), MARKERS["circle"])(size / 2)


def _paint(symbol: str, colour: str) -> str:
    hollow = symbol.endswith("-open") or symbol in ("x", "cross")
    return f'fill="none" stroke="{colour}" stroke-width="2"' if hollow else f'fill="{colour}"'


def _bars(trace: Any, points: Points, x: Axis, y: Axis, colour: str) -> Iterable[str]:
    flat = trace.orientation == "h"
    across, along = (y, x) if flat else (x, y)
    places = [p for p in (across.number(v) for v in (trace.y if flat else trace.x)) if p is not None]
    spread = min((b - a for a, b in zip(sorted(places), sorted(places)[1:], strict=False)), default=1.0)
    widths = _each(trace.width, len(points), spread * 0.8)
    zero = along.at(0)
    foot = along.start if zero is None else zero
    for (px, py), width, fill in zip(points, widths, _each(trace.marker.color, len(points), colour), strict=True):
        if px is None or py is None:
            continue
        thick = abs(across.pixel(width) - across.pixel(0.0))
        left, top, wide, high = (
            (min(foot, px), py - thick / 2, abs(px - foot), thick)
            if flat
            else (px - thick / 2, min(foot, py), thick, abs(py - foot))
        )
        box = f'x="{coordinate(left)}" y="{coordinate(top)}" width="{coordinate(wide)}" height="{coordinate(high)}"'
        yield f'<rect {box} fill="{fill}"/>'


def _labels(trace: Any, points: Points) -> Iterable[str]:
    positions = _each(trace.textposition, len(points), "top center")
    size = trace.textfont.size or 12
    for (px, py), text, position in zip(points, _each(trace.text, len(points), ""), positions, strict=True):
        if px is None or py is None or not text:
            continue
        anchor, dx = next(
            ((a, d) for word, a, d in (("left", "end", -9), ("right", "start", 9)) if word in position), ("middle", 0)
        )
        dy = -10 if "top" in position else 20 if "bottom" in position else 4
        at = f'x="{coordinate(px + dx)}" y="{coordinate(py + dy)}" text-anchor="{anchor}" font-size="{size}"'
        yield f"<text {at}>{escape(str(text))}</text>"


def _each(value: Any, count: int, default: Any) -> list[Any]:
    """One value for each point, whether the figure gives one for all or one for each."""
    if value is None or isinstance(value, str) or not hasattr(value, "__len__"):
        return [default if value is None else value] * count
    return list(value)


def _shape(shape: dict[str, Any], x: Axis, y: Axis) -> str:
    x0, x1 = (_place(shape[k], shape.get("xref"), x) for k in ("x0", "x1"))
    y0, y1 = (_place(shape[k], shape.get("yref"), y) for k in ("y0", "y1"))
    if shape["type"] == "rect":
        box = f'x="{coordinate(min(x0, x1))}" y="{coordinate(min(y0, y1))}" '
        box += f'width="{coordinate(abs(x1 - x0))}" height="{coordinate(abs(y1 - y0))}"'
        return f'<rect {box} fill="{shape.get("fillcolor", GRID)}" opacity="{shape.get("opacity", 1)}"/>'
    line = shape.get("line", {})
    dash = ' stroke-dasharray="5 4"' if line.get("dash") else ""
    return _line(x0, y0, x1, y1, line.get("color", INK), dash)


def _place(value: Any, ref: str | None, axis: Axis) -> float:
    if ref == "paper":
        return axis.start + float(value) * (axis.end - axis.start)
    at = axis.at(value)
    return axis.start if at is None else max(min(at, max(axis.start, axis.end)), min(axis.start, axis.end))


def _annotation(note: dict[str, Any], x: Axis, y: Axis) -> str:
    px, py = _place(note["x"], note.get("xref"), x), _place(note["y"], note.get("yref"), y)
    anchor = {"left": "start", "right": "end"}.get(note.get("xanchor", ""), "middle")
    px, py = px + note.get("xshift", 0), py - note.get("yshift", 0) + 4
    return f'<text x="{coordinate(px)}" y="{coordinate(py)}" text-anchor="{anchor}">{escape(note["text"])}</text>'


def _line(x0: float, y0: float, x1: float, y1: float, colour: str, style: str = "") -> str:
    a, b, c, d = map(coordinate, (x0, y0, x1, y1))
    return f'<line x1="{a}" y1="{b}" x2="{c}" y2="{d}" stroke="{colour}"{style}/>'


def _wrap(text: str, width: float, size: float) -> list[str]:
    rows: list[str] = []
    for word in text.split():
        if rows and text_width(f"{rows[-1]} {word}", size) <= width:
            rows[-1] += f" {word}"
        else:
            rows.append(word)
    return rows


def _legend(traces: Sequence[Any], width: float) -> list[tuple[float, int, Any]]:
    """Offset, row and trace of each entry, wrapped at the right edge."""
    placed: list[tuple[float, int, Any]] = []
    offset, row = 16.0, 0
    for trace in traces:
        need = 24 + text_width(trace.name, 12) + 20
        if placed and offset + need > width:
            offset, row = 16.0, row + 1
        placed.append((offset, row, trace))
        offset += need
    return placed


def _key(trace: Any, colour: str) -> str:
    if trace.type == "bar":
        return f'<rect x="2" y="-6" width="14" height="12" fill="{colour}"/>'
    parts = ""
    if "lines" in (trace.mode or ""):
        dash = ' stroke-dasharray="5 3"' if trace.line.dash not in (None, "solid") else ""
        parts += _line(0, 0, 18, 0, colour, f' stroke-width="2"{dash}')
    if "markers" in (trace.mode or ""):
        symbol = trace.marker.symbol if isinstance(trace.marker.symbol, str) else "circle"
        parts += f'<path d="M9 0{_outline(symbol, 9)}" {_paint(symbol, colour)}/>'
    return parts
