"""How full blocks are: time of execution and size of the proof of each, in hundredths of what a block may take."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from drandlab.errors import LocalError
from drandlab.viz.axis import number
from drandlab.viz.chart import Chart
from drandlab.viz.charts.bridge.told_blocks import ToldBlock
from drandlab.viz.theme import INK, PALETTE, layout

__all__ = ["block_loads", "told_in_words"]

BLUE, BRICK, GREEN, VIOLET, OCHRE = PALETTE

PARTS = ("time of execution", "size of the proof")


def block_loads(blocks: Sequence[ToldBlock], chosen: int | None = None, *, title: str | None = None) -> Chart:
    """Draw for each block how much of a block's limits it took, and mark those in which a call failed.

    ``blocks`` come from `told_blocks`; those of an answer of ``drandlab idn`` say no weights, and are drawn by the
    number of their calls. ``chosen`` is the number of a block that is told in words. Raises `LocalError` for no blocks.

    >>> from drandlab.viz.charts.bridge.told_blocks import told_blocks
    >>> call = {"call": "RandBeacon.try_submit_asig", "error": "StartExpired", "events": []}
    >>> block_loads(told_blocks({"blocks": [{"number": 1, "calls": [call], "events": []}]})).alt
    '1 block, number 1: 1 call, 1 failed (StartExpired in 1).'
    """
    if not blocks:
        raise LocalError("expected blocks, got none", argument="blocks")
    weighed = all(block.weight is not None and block.limit is not None for block in blocks)
    numbers = [block.number for block in blocks]
    table: dict[str, list[Any]] = {
        "block": numbers,
        "author": [block.author or "" for block in blocks],
        "calls": [len(block.calls) for block in blocks],
        "failed": [", ".join(str(step.error) for step in block.failed) for block in blocks],
    }
    traces: list[Any] = []
    if weighed:
        for part, (name, colour) in enumerate(zip(PARTS, (BLUE, GREEN), strict=True)):
            shares = [_share(block, part) for block in blocks]
            table[f"{name}, %"] = [round(share, 4) for share in shares]
            xs = [value - 0.2 + 0.4 * part for value in numbers]
            traces.append(go.Bar(x=xs, y=shares, width=0.36, name=name, marker_color=colour))
        tops = [max(_share(block, 0), _share(block, 1)) for block in blocks]
    else:
        tops = [float(len(block.calls)) for block in blocks]
        traces.append(go.Bar(x=numbers, y=tops, width=0.6, name="calls", marker_color=BLUE))
    room = max([*tops, 1e-9]) * 0.09
    bad = [(block.number, top + room) for block, top in zip(blocks, tops, strict=True) if block.failed]
    if bad:
        marker = {"symbol": "x", "size": 9, "color": BRICK}
        traces.append(
            go.Scatter(
                x=[n for n, _ in bad], y=[y for _, y in bad], mode="markers", name="a call failed", marker=marker
            )
        )
    style = layout(
        title or "How full the blocks are",
        "block",
        "% of a block" if weighed else "calls",
        showlegend=True,
        barmode="overlay",
        height=330,
        xaxis={"range": [numbers[0] - 0.8, numbers[-1] + 0.8], "showgrid": False},
    )
    style["yaxis"]["range"] = [0, max([*tops, 1e-9]) * 1.2]
    if len(blocks) <= 24:
        style["xaxis"] |= {"tickvals": numbers, "ticktext": [str(value) for value in numbers]}
    if chosen is not None and chosen in numbers:
        style["shapes"] = [
            {"type": "line", "layer": "below", "yref": "paper", "x0": chosen, "x1": chosen, "y0": 0, "y1": 1}
            | {"line": {"color": INK, "dash": "dot"}}
        ]
    return Chart(go.Figure(traces, style), _sentence(blocks, chosen, weighed), table)


def _share(block: ToldBlock, part: int) -> float:
    assert block.weight is not None and block.limit is not None
    return 100 * block.weight[part] / block.limit[part]


def _sentence(blocks: Sequence[ToldBlock], chosen: int | None, weighed: bool) -> str:
    calls = sum(len(block.calls) for block in blocks)
    errors: dict[str, int] = {}
    for block in blocks:
        for step in block.failed:
            errors[str(step.error)] = errors.get(str(step.error), 0) + 1
    failed = sum(errors.values())
    many = len(blocks) > 1
    text = f"{len(blocks)} blocks, numbers {blocks[0].number} to {blocks[-1].number}" if many else "1 block, number "
    text += "" if many else str(blocks[0].number)
    text += f": {calls} call{'s' * (calls != 1)}, {failed or 'none'} failed"
    text += f" ({', '.join(f'{name} in {count}' for name, count in errors.items())})." if failed else "."
    if weighed:
        most = [max(_share(block, part) for block in blocks) for part in (0, 1)]
        text += f" At most {number(most[0], 2)} % of the time and {number(most[1], 2)} % of the proof that a block has."
    found = next((block for block in blocks if block.number == chosen), None)
    return text if found is None else f"{text} {told_in_words(found)}"


def told_in_words(block: ToldBlock) -> str:
    """Return a block as sentences: what it holds, what was called, what came of it, what changed."""
    by = f" by {block.author}" if block.author else ""
    slot = f", slot {block.slot}" if block.slot is not None else ""
    parts = [f"Block {block.number}{by}{slot}:"]
    for step in block.calls:
        result = f"fails with {step.error}" if step.error else "succeeds"
        parts.append(f"{step.name} {result}.")
    if not block.calls:
        parts.append("no calls.")
    names = [event.name for step in block.steps for event in step.events if not event.name.startswith("System.")]
    if names:
        parts.append(f"Events: {', '.join(names)}.")
    if block.changes:
        count = len(block.changes)
        parts.append(f"{count} storage item{'s' * (count != 1)} changed.")
    return " ".join(parts)
