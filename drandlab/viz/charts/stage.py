"""The network at a moment as a picture: nodes in a ring, the links between them, the messages on their way."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

import plotly.graph_objects as go

from drandlab.simulation.reading.moments import GROUPS, WORDS, Message
from drandlab.simulation.reading.timeline import Timeline
from drandlab.simulation.traffic import MESSAGES
from drandlab.simulation.world.links import MICRO
from drandlab.typing import Seconds, checked_real
from drandlab.viz.chart import Chart
from drandlab.viz.theme import GRID, INK, PALETTE, layout

__all__ = ["LOOKS", "MARKS", "network_stage"]

BLUE, BRICK, GREEN, VIOLET, OCHRE = PALETTE

COLOURS = dict(zip(("blue", "brick", "green", "violet", "ochre", "ink"), (*PALETTE, INK), strict=True))
"""The colours of the theme by the names that legends use."""

LOOKS: Mapping[str, tuple[str, str]] = MappingProxyType(
    # what travels: symbol, colour; the symbols differ, so that nothing depends on colour alone
    {legend.name: (legend.symbol, COLOURS[legend.colour]) for legend in MESSAGES.legends}
)

MARKS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        # state of a node: symbol, colour
        "good": ("circle-open", GREEN),
        "none": ("circle-open", INK),
        "behind": ("diamond-open", OCHRE),
        "false": ("triangle-up-open", VIOLET),
        "down": ("x", BRICK),
        "left": ("square-open", INK),
    }
)

NODE, GAP, SIDE = 36, 0.14, 0.025
"""Size of a node in pixels; where its links end, and how far each direction keeps to its side, in radii of the ring."""

MANY = 12
"""With more nodes than this, everything is drawn smaller."""


def network_stage(timeline: Timeline, at: Seconds | None = None, *, title: str | None = None) -> Chart:
    """Draw the network ``at`` seconds after the world began; by default at the newest moment of the journal.

    Raises `LocalError` for any other value.

    >>> from drandlab.simulation.network import Network
    >>> net = Network(4, 3, backend="glass").run(rounds=2)
    >>> network_stage(Timeline(net.journal), 38).alt
    'After 38.0 s: round 2 was due 1.0 s ago; threshold 3. Nodes 0 to 3 are up, at round 2. Nothing is on its way.'
    """
    now = moment(timeline, at)
    words = {name: timeline.word(name, now) for name in timeline.nodes}
    place = ring(timeline.nodes)
    flight = timeline.in_flight(now)
    traces = [
        *_links(timeline, now, place),
        *_messages(flight, now, timeline.reach, place),
        *_nodes(words, place),
        *_names(timeline, now, place),
    ]
    due, head = timeline.round_at(now), timeline.head(now)
    said = f"round {due}" if due else "before round 1"
    style = layout(
        title or f"The network after {now / MICRO:.1f} s, {said}",
        "",
        "",
        height=560,
        showlegend=True,
        xaxis={"visible": False, "range": [-1.35, 1.35], "scaleanchor": "y"},
        yaxis={"visible": False, "range": [-1.35, 1.35]},
    )
    # the middle is free of messages only where there are few nodes
    if len(words) <= MANY:
        style["annotations"] = [
            {"x": 0, "y": 0, "text": line, "showarrow": False, "yshift": shift}
            for line, shift in ((said, 9), (f"newest beacon {head}" if head else "no beacon yet", -9))
        ]
    states = [timeline.node(name, now) for name in timeline.nodes]
    table: dict[str, list[Any]] = {
        "node": list(timeline.nodes),
        "state": [WORDS[word] for word in words.values()],
        "last round": [state.last for state in states],
        "misbehaviour": [state.misbehaviour or "" for state in states],
        "clock off, s": [state.clock for state in states],
        "messages to it": [sum(m.receiver == name for m in flight) for name in timeline.nodes],
    }
    return Chart(go.Figure(traces, style), _sentence(timeline, now, words, flight), table)


def moment(timeline: Timeline, at: Any) -> int:
    """Return ``at`` in microseconds, None as the newest moment; raises `LocalError` for any other value."""
    if at is None:
        return timeline.end
    return round(checked_real(at, "at", 0, 1e12, what="seconds since the world began,") * MICRO)


def ring(names: Iterable[int]) -> dict[int, tuple[float, float]]:
    """Return where each node stands on the unit circle, the first at the top, clockwise."""
    listed = list(names)
    turns = {name: 2 * math.pi * i / len(listed) for i, name in enumerate(listed)}
    return {name: (round(math.sin(turn), 6), round(math.cos(turn), 6)) for name, turn in turns.items()}


def listing(names: Iterable[int]) -> str:
    """Return ``names`` as words: ``0 to 3, 5``.

    >>> listing([0, 1, 2, 3, 5])
    '0 to 3, 5'
    """
    runs: list[list[int]] = []
    for name in sorted(names):
        if runs and runs[-1][-1] == name - 1:
            runs[-1].append(name)
        else:
            runs.append([name])
    parts = [f"{run[0]} to {run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in runs]
    return ", ".join(parts)


Place = Mapping[int, tuple[float, float]]


def _between(place: Place, one: int, other: int, part: float, side: float = 0.0) -> tuple[float, float]:
    """Where on the way between two nodes, from rim to rim, and how far to the side."""
    (x0, y0), (x1, y1) = place[one], place[other]
    length = math.hypot(x1 - x0, y1 - y0) or 1.0
    along = (GAP + part * max(0.0, length - 2 * GAP)) / length
    side /= length
    return (
        round(x0 + (x1 - x0) * along + (y1 - y0) * side, 4),
        round(y0 + (y1 - y0) * along - (x1 - x0) * side, 4),
    )


def _links(timeline: Timeline, now: int, place: Place) -> list[Any]:
    state = timeline.links(now)
    kinds: dict[str, list[tuple[int, int]]] = {"whole": [], "slow": [], "cut": []}
    for i, one in enumerate(timeline.nodes):
        for other in timeline.nodes[i + 1 :]:
            both = [state.get(pair, (False, 1.0)) for pair in ((one, other), (other, one))]
            kind = "cut" if any(cut for cut, _ in both) else "slow" if any(slow != 1 for _, slow in both) else "whole"
            kinds[kind].append((one, other))
    looks = {
        "whole": ({"color": GRID, "width": 1.2}, None),
        "slow": ({"color": OCHRE, "width": 1.6, "dash": "dot"}, "slow link"),
        "cut": ({"color": BRICK, "width": 1.6, "dash": "dash"}, "cut link"),
    }
    traces = []
    for kind, pairs in kinds.items():
        if pairs:
            line, name = looks[kind]
            ends = [end for a, b in pairs for end in (_between(place, a, b, 0), _between(place, a, b, 1), (None, None))]
            xs, ys = zip(*ends, strict=True)
            traces.append(
                go.Scatter(
                    x=xs, y=ys, mode="lines", line=line, name=name, showlegend=name is not None, hoverinfo="skip"
                )
            )
    return traces


def _messages(flight: list[Message], now: int, longest: int, place: Place) -> list[Any]:
    traces = []
    for group, (symbol, colour) in LOOKS.items():
        own = [m for m in flight if GROUPS.get(m.kind) == group]
        if own:
            ends = [m.departs + longest if m.arrives is None else m.arrives for m in own]
            # one that is lost goes half the way
            parts = [
                (now - m.departs) / max(1, end - m.departs) * (0.5 if m.arrives is None else 1)
                for m, end in zip(own, ends, strict=True)
            ]
            spots = [_between(place, m.sender, m.receiver, part, SIDE) for m, part in zip(own, parts, strict=True)]
            xs, ys = zip(*spots, strict=True)
            said = [f"{m.kind} {m.sender} → {m.receiver}" for m in own]
            marker = {"symbol": symbol, "size": 9 if len(place) <= MANY else 5.5, "color": colour}
            traces.append(
                go.Scatter(x=xs, y=ys, mode="markers", name=group, marker=marker, text=said, hoverinfo="text")
            )
    return traces


def _nodes(words: Mapping[int, str], place: Place) -> list[Any]:
    traces = []
    for word, (symbol, colour) in MARKS.items():
        own = [name for name in words if words[name] == word]
        if own:
            marker = {
                "symbol": symbol,
                "size": NODE if len(words) <= MANY else 26,
                "color": colour,
                "line": {"width": 2},
            }
            xs, ys = zip(*(place[name] for name in own), strict=True)
            hover = [f"node {name}: {WORDS[word]}" for name in own]
            traces.append(
                go.Scatter(x=xs, y=ys, mode="markers", name=WORDS[word], marker=marker, text=hover, hoverinfo="text")
            )
    return traces


def _names(timeline: Timeline, now: int, place: Place) -> list[Any]:
    inside = go.Scatter(
        x=[x for x, _ in place.values()],
        y=[y for _, y in place.values()],
        mode="text",
        text=[str(name) for name in place],
        textposition="middle center",
        textfont={"size": 15 if len(place) <= MANY else 12},
        showlegend=False,
        hoverinfo="skip",
    )
    labels = []
    for name in timeline.nodes:
        last = timeline.node(name, now).last
        labels.append(f"round {last}" if last else "no beacon")
    outside = go.Scatter(
        x=[1.3 * x for x, _ in place.values()],
        y=[1.24 * y for _, y in place.values()],
        mode="text",
        text=labels,
        textposition="middle center",
        textfont={"size": 12},
        showlegend=False,
        hoverinfo="skip",
    )
    return [inside, outside]


def _sentence(timeline: Timeline, now: int, words: Mapping[int, str], flight: list[Message]) -> str:
    due, threshold = timeline.round_at(now), timeline.threshold(max(1, timeline.round_at(now)))
    passed = f"After {now / MICRO:.1f} s: "
    if due:
        since = (now - (timeline.due(due) or 0)) / MICRO
        passed += f"round {due} was due {since:.1f} s ago; threshold {threshold}."
    elif (genesis := timeline.due(1)) is not None:
        passed += f"round 1 is due in {(genesis - now) / MICRO:.1f} s; threshold {threshold}."
    else:
        passed += f"there is no chain yet; threshold {threshold}."
    said = [passed]
    groups: dict[tuple[str, int | None], list[int]] = {}
    for name, word in words.items():
        groups.setdefault((word, timeline.node(name, now).last), []).append(name)
    for (word, last), names in groups.items():
        many = len(names) > 1
        head = f"Node{'s' * many} {listing(names)} {'are' if many else 'is'} {WORDS[word]}"
        said.append(f"{head}, {f'at round {last}' if last else 'without a beacon'}.")
    state = timeline.links(now)
    for word, found in (
        ("cut", {p for p, s in state.items() if s[0]}),
        ("slow", {p for p, s in state.items() if s[1] != 1}),
    ):
        links = sorted({(min(p), max(p)) for p in found})
        if links:
            many = len(links) > 1
            named = ", ".join(f"{a}–{b}" for a, b in links[:8]) + (
                f" and {len(links) - 8} more" if len(links) > 8 else ""
            )
            said.append(f"Link{'s' * many} {named} {'are' if many else 'is'} {word}.")
    counts: dict[str, int] = {}
    for m in flight:
        counts[GROUPS.get(m.kind, m.kind)] = counts.get(GROUPS.get(m.kind, m.kind), 0) + 1
    flying = ", ".join(f"{count} of {kind}" for kind, count in counts.items())
    said.append(f"On their way: {flying}." if counts else "Nothing is on its way.")
    return " ".join(said)
