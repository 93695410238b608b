"""What is held for a record: its fields as boxes, byte by byte, and beside it the deposit that was taken."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import plotly.graph_objects as go

from drandlab.errors import LocalError
from drandlab.typing import checked_int
from drandlab.viz.chart import Chart
from drandlab.viz.charts.delivery.box_rows import boxes, row_axis
from drandlab.viz.theme import INK, PALETTE, layout

__all__ = ["record_deposits"]

MOST_RECORDS = 12


def record_deposits(
    records: Mapping[str, Mapping[str, int]],
    per_byte: int,
    *,
    held: Mapping[str, int] | None = None,
    title: str = "What is held for the bytes of a record",
) -> Chart:
    """Draw the bytes of 1 to 12 records, field by field, and what they cost at ``per_byte`` each.

    ``records`` maps the name of a record to the bytes of its fields, at most five different ones over all. ``held``
    gives for some records what is held in fact; where that is not the deposit of their bytes, a mark shows how many
    bytes it pays for. Raises `LocalError` for no records or too many fields.

    >>> record_deposits({"new": {"id": 32, "rest": 72}, "used": {"id": 32, "rest": 76}}, 100, held={"used": 10400}).alt
    'new: 104 bytes, 10,400. used: 108 bytes, 10,800, held are 10,400, for 104 bytes.'
    """
    each = checked_int(per_byte, "per_byte", 1)
    fields = list(dict.fromkeys(field for record in records.values() for field in record))
    if not 1 <= len(records) <= MOST_RECORDS or not 1 <= len(fields) <= len(PALETTE):
        raise LocalError(
            f"expected 1 to {MOST_RECORDS} records of 1 to {len(PALETTE)} fields, got {len(records)} of {len(fields)}",
            argument="records",
        )
    places: dict[str, list[tuple[float, float, float, float]]] = {field: [] for field in fields}
    words: dict[str, list[str]] = {field: [] for field in fields}
    for y, (name, record) in enumerate(records.items()):
        at = 0
        for field in fields:
            size = checked_int(record.get(field, 0), f"{name}, {field}", 0)
            if size:
                places[field].append((at, at + size, y - 0.32, y + 0.32))
                words[field].append(f"{name}: {field}, {size} bytes, {size * each:,}")
            at += size
    traces: list[Any] = [
        trace
        for i, field in enumerate(fields)
        for trace in boxes(places[field], name=field, colour=PALETTE[i], says=words[field])
    ]
    lengths = {name: sum(record.values()) for name, record in records.items()}
    paid = {name: held[name] for name in records if held is not None and name in held}
    other = {name: amount for name, amount in paid.items() if amount != lengths[name] * each}
    if other:
        rows = list(records)
        traces.append(
            go.Scatter(
                x=[amount / each for amount in other.values()],
                y=[rows.index(name) + 0.43 for name in other],
                mode="markers",
                name="what is held pays for",
                marker={"symbol": "triangle-up", "size": 9, "color": INK},
            )
        )
    style = layout(title, "bytes", "", showlegend=True, height=150 + 46 * len(records))
    style["yaxis"] |= row_axis(list(records))
    top = max([*lengths.values(), *(amount / each for amount in other.values())])
    style["xaxis"] |= {"range": [0, top * 1.25]}
    style["annotations"] = [
        {"x": max(length, other.get(name, 0) / each), "y": y, "text": f"{length * each:,}", "xanchor": "left"}
        | {"xshift": 10, "showarrow": False}
        for y, (name, length) in enumerate(lengths.items())
    ]
    said = " ".join(
        f"{name}: {length} bytes, {length * each:,}{_other(other.get(name), each)}." for name, length in lengths.items()
    )
    table: dict[str, list[Any]] = {
        "record": list(records),
        **{field: [record.get(field, 0) for record in records.values()] for field in fields},
        "bytes": list(lengths.values()),
        "deposit": [length * each for length in lengths.values()],
        "held": [paid.get(name, "") for name in records],
    }
    return Chart(go.Figure(traces, style), said, table)


def _other(amount: int | None, each: int) -> str:
    if amount is None:
        return ""
    return f", held are {amount:,}, for {amount // each} bytes"
