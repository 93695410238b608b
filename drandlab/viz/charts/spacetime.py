"""One round as a picture of space and time: a line for each node, time to the right, messages from line to line.

Source: Lamport, Time, clocks, and the ordering of events in a distributed system, CACM 21 (1978).
"""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from drandlab.errors import LocalError
from drandlab.printable import repr_of
from drandlab.simulation.reading.lamport import HAPPENINGS, SpaceTime
from drandlab.simulation.reading.timeline import Timeline
from drandlab.typing import Round
from drandlab.viz.chart import Chart
from drandlab.viz.charts.stage import listing
from drandlab.viz.theme import GRID, INK, PALETTE, layout

__all__ = ["BYS", "EVENT_MARKS", "check_by", "lamport"]

BLUE, BRICK, GREEN, VIOLET, OCHRE = PALETTE

EVENT_MARKS = {
    # kind of event: symbol, size, colour; the symbols differ, so that nothing depends on colour alone
    "signed": ("circle", 11, BLUE),
    "served": ("triangle-up", 10, OCHRE),
    "arrived": ("diamond-open", 7, INK),
    "refused": ("x", 9, BRICK),
    "stored": ("square", 11, GREEN),
}


BYS = ("time", "order")

MANY = 12
"""With more nodes than this, messages are drawn faintly and events small."""

LONG = 20
"""A round that takes this many times longer than its slowest message is drawn by order by default."""


def lamport(timeline: Timeline, round: Round, *, by: str | None = None, title: str | None = None) -> Chart:
    """Draw the events of one round, the messages between them, and the logical clock of each event.

    ``by`` is ``time``, in milliseconds after the round was due, or ``order``: one step for each event, whatever its
    time. Raises `LocalError` for a round that is not there, and for a journal without messages.

    >>> from drandlab.simulation.network import Network
    >>> net = Network(4, 3, backend="glass").run(rounds=2)
    >>> lamport(Timeline(net.journal), 2).alt.partition(";")[0]
    'Round 2: nodes 0 to 3 sign, from 0.0 ms after it was due on'
    """
    view = SpaceTime(timeline, round)
    by = check_by(by, view, timeline)
    row = {name: -i for i, name in enumerate(view.nodes)}
    when = [(event.time - view.due) / 1000 for event in view.events]
    at = when if by == "time" else [float(i) for i in range(1, len(when) + 1)]
    traces = [*_arrows(view, at, row, by, timeline.reach), *_events(view, at, row)]
    style = layout(
        title or f"Round {round} in space and time",
        "milliseconds after the round was due" if by == "time" else "events in order",
        "",
        height=190 + max(150, 44 * len(view.nodes)),
        showlegend=True,
        yaxis={
            "range": [-len(view.nodes) + 0.4, 0.7],
            "tickvals": list(row.values()),
            "ticktext": [f"node {name}" for name in row],
            "gridcolor": GRID,
        },
    )
    table: dict[str, list[Any]] = {
        "ms": when,
        "node": [event.node for event in view.events],
        "event": [event.said for event in view.events],
        "clock": [event.clock for event in view.events],
    }
    return Chart(go.Figure(traces, style), _sentence(view), table)


def _arrows(view: SpaceTime, at: list[float], row: dict[int, int], by: str, longest: int) -> list[Any]:
    """The messages: a line from where each was sent to where it was received, or half the way."""
    ends: dict[str, list[tuple[float | None, float | None]]] = {"partial": [], "beacon": [], "lost": []}
    for arrow in view.arrows:
        m, start = arrow.message, (at[arrow.source], row[arrow.message.sender])
        if arrow.target is not None:
            ends[m.kind] += [start, (at[arrow.target], row[m.receiver]), (None, None)]
        else:
            # one that nobody receives stops half way
            reach = (m.arrives if m.arrives is not None else m.departs + longest) - m.departs
            ahead = reach / 2000 if by == "time" else 1.5
            half = start[0] + ahead, (start[1] + row[m.receiver]) / 2
            ends["lost"] += [start, half, (None, None)]
    many = len(view.nodes) > MANY
    looks = {"partial": (BLUE, "solid"), "beacon": (OCHRE, "solid"), "lost": (BRICK, "dash")}
    traces = []
    for kind, points in ends.items():
        if points:
            colour, dash = looks[kind]
            xs, ys = zip(*points, strict=True)
            name = "not received" if kind == "lost" else f"{kind} on its way"
            line = {"color": colour, "width": 0.5 if many else 1.1, "dash": dash}
            faint = 0.22 if many and kind != "lost" else 0.7
            traces.append(go.Scatter(x=xs, y=ys, mode="lines", name=name, line=line, opacity=faint, hoverinfo="skip"))
    return traces


def _events(view: SpaceTime, at: list[float], row: dict[int, int]) -> list[Any]:
    """A mark for each event, with its logical clock."""
    many = len(view.nodes) > MANY
    traces = []
    for kind, (symbol, size, colour) in EVENT_MARKS.items():
        own = [i for i, event in enumerate(view.events) if event.kind == kind]
        if own:
            marker = {"symbol": symbol, "size": size * 0.6 if many else size, "color": colour}
            events = [view.events[i] for i in own]
            labelled = kind != "arrived"
            traces.append(
                go.Scatter(
                    x=[at[i] for i in own],
                    y=[row[event.node] for event in events],
                    mode="markers+text" if labelled else "markers",
                    name=HAPPENINGS[kind],
                    marker=marker,
                    text=[str(event.clock) if labelled else f"{event.said}, clock {event.clock}" for event in events],
                    hovertext=[f"{event.said}, clock {event.clock}" for event in events],
                    hoverinfo="text",
                )
            )
    return traces


def check_by(by: str | None, view: SpaceTime, timeline: Timeline) -> str:
    """Return how a round is drawn; raises `LocalError` for a name that is not in `BYS`."""
    if by is None:
        return "order" if view.events[-1].time - view.events[0].time > LONG * max(1, timeline.reach) else "time"
    if by not in BYS:
        raise LocalError(f"expected one of {', '.join(BYS)}, got {repr_of(by, 40)}", argument="by")
    return by


def _sentence(view: SpaceTime) -> str:
    parts = []
    for kind, verb in (("signed", "sign"), ("stored", "store the beacon")):
        own = [event for event in view.events if event.kind == kind]
        names = {event.node for event in own}
        if own:
            first = (own[0].time - view.due) / 1000
            subject = f"node{'s' * (len(names) > 1)} {listing(names)} {verb if len(names) > 1 else _singular(verb)}"
            parts.append(f"{subject}, from {first:.1f} ms after it was due on")
    if not any(event.kind == "stored" for event in view.events):
        parts.append("nobody stores a beacon")
    received = sum(arrow.target is not None for arrow in view.arrows)
    parts.append(f"{received} of {len(view.arrows)} messages are received")
    return f"Round {view.round}: {'; '.join(parts)}."


def _singular(verb: str) -> str:
    head, *rest = verb.split(" ", 1)
    return " ".join([f"{head}s", *rest])
