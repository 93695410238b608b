"""The chain as a strip: the rounds in a row, what links them, and below each the partials that it came from."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from drandlab.errors import LocalError
from drandlab.simulation.reading.moments import RoundStory
from drandlab.simulation.reading.timeline import Timeline
from drandlab.typing import Round, checked_int
from drandlab.viz.chart import Chart
from drandlab.viz.charts.stage import listing
from drandlab.viz.theme import INK, PALETTE, layout

__all__ = ["HOWS", "blocks", "chain_strip", "how"]

BLUE, BRICK, GREEN, VIOLET, OCHRE = PALETTE

SHOWN, MOST = 16, 200
"""Rounds of a strip by default, and the most that it has room for."""

HOWS = {
    # what a node did for a round, and how it has it: symbol, colour
    "signed and stored": ("circle", BLUE),
    "signed only": ("circle-open", BLUE),
    "stored without signing": ("square", GREEN),
    "stored by sync": ("triangle-up", OCHRE),
    "nothing": ("x", BRICK),
}


def blocks(timeline: Timeline, first: Round | None = None, last: Round | None = None) -> list[RoundStory]:
    """Return the stories of the rounds from ``first`` to ``last``, the newest 16 by default.

    A round that was due and of which the journal says nothing comes as an empty story. Raises `LocalError` for an empty
    range, and for more than 200 rounds.
    """
    newest = max([timeline.newest, timeline.round_at(timeline.end), *timeline.rounds[-1:]])
    if newest < 1:
        raise LocalError("there is no round yet; let the network run on", argument="journal")
    last = newest if last is None else checked_int(last, "last", 1, newest, what="a round")
    first = None if first is None else checked_int(first, "first", 1, newest, what="a round")
    first = max(1, last - SHOWN + 1) if first is None else first
    if not first <= last < first + MOST:
        raise LocalError(f"expected a round from {max(1, last - MOST + 1)} to {last}, got {first}", argument="first")
    known = set(timeline.rounds)
    return [timeline.round(r) if r in known else RoundStory(r) for r in range(first, last + 1)]


def how(story: RoundStory, node: int) -> str:
    """Return one of `HOWS`: what a node did for a round, and how it came to have it."""
    signed = any(name == node for _, name, _ in story.signed)
    by = next((by for _, name, by in story.stored if name == node), None)
    if by in ("sync", "repair"):
        return "stored by sync"
    if by is not None:
        return "signed and stored" if signed else "stored without signing"
    return "signed only" if signed else "nothing"


def chain_strip(
    timeline: Timeline, first: Round | None = None, last: Round | None = None, *, title: str | None = None
) -> Chart:
    """Draw the rounds from ``first`` to ``last`` (the newest 16 by default) and each node's part in them.

    A solid link means that a round's beacon signs the signature before it, a dotted one that it does not. Raises
    `LocalError` for rounds that are not there.

    >>> from drandlab.simulation.network import Network
    >>> net = Network(4, 3, backend="glass").run(rounds=3)
    >>> chain_strip(Timeline(net.journal)).alt
    'Rounds 1 to 3, unchained: 3 have a beacon. Each was signed by 4 nodes.'
    """
    shown = blocks(timeline, first, last)
    made = [story for story in shown if story.randomness is not None]
    chained = any(story.previous for story in made)
    names = timeline.nodes
    row = {name: -1 - i for i, name in enumerate(names)}
    size = 22.0 if len(shown) <= 24 else 10.0 if len(shown) <= 60 else 5.0
    traces = [*_links(made, chained), *_beacons(shown, size), *_parts(shown, row, size)]
    style = layout(
        title or f"The chain, rounds {shown[0].round} to {shown[-1].round}",
        "round",
        "",
        height=210 + max(110, 26 * len(names)),
        showlegend=True,
        xaxis={"range": [shown[0].round - 0.7, shown[-1].round + 0.7], "showgrid": False},
        yaxis={
            "range": [-len(names) - 0.7, 0.8],
            "tickvals": [0, *row.values()],
            "ticktext": ["beacon", *(f"node {name}" for name in row)],
            "showgrid": False,
        },
    )
    if len(shown) <= 24:
        style["xaxis"] |= {"tickvals": [story.round for story in shown]}
    table: dict[str, list[Any]] = {
        "round": [story.round for story in shown],
        "randomness": [f"{story.randomness}…" if story.randomness else "" for story in shown],
        "signed by": [listing(name for _, name, _ in story.signed) for story in shown],
        "first at, ms": [None if story.first is None else late(timeline, story) for story in shown],
        "stored by": [listing({name for _, name, _ in story.stored}) for story in shown],
    }
    return Chart(go.Figure(traces, style), _sentence(timeline, shown, chained), table)


def _links(made: list[RoundStory], chained: bool) -> list[Any]:
    """One line from each beacon to the one before it, where both are there."""
    line = {"color": INK, "width": 3 if chained else 1.4, "dash": "solid" if chained else "dot"}
    have = {story.round for story in made}
    xs: list[int | None] = []
    for story in made:
        xs += [story.round - 1, story.round, None] if story.round - 1 in have else []
    if not xs:
        return []
    ys = [None if x is None else 0 for x in xs]
    link = "link to the signature before" if chained else "no link: unchained"
    return [go.Scatter(x=xs, y=ys, mode="lines", name=link, line=line, hoverinfo="skip")]


def _beacons(shown: list[RoundStory], size: float) -> list[Any]:
    """A mark for each round: whether it has a beacon."""
    made, missing = ([story for story in shown if (story.randomness is None) is none] for none in (False, True))
    traces = []
    for label, symbol, colour, own in (
        ("beacon", "square", GREEN, made),
        ("no beacon", "square-open", BRICK, missing),
    ):
        if own:
            marker = {"symbol": symbol, "size": size, "color": colour}
            hover = [f"round {story.round}: {story.randomness or 'no beacon'}" for story in own]
            rounds = [story.round for story in own]
            traces.append(
                go.Scatter(
                    x=rounds, y=[0] * len(own), mode="markers", name=label, marker=marker, text=hover, hoverinfo="text"
                )
            )
    return traces


def _parts(shown: list[RoundStory], row: dict[int, int], size: float) -> list[Any]:
    """A mark for each node and round: what the node did for it."""
    found = [(story.round, name, how(story, name)) for story in shown for name in row]
    traces = []
    for kind, (symbol, colour) in HOWS.items():
        cells = [(r, name) for r, name, what in found if what == kind]
        if cells:
            marker = {"symbol": symbol, "size": max(5.0, size * 0.45), "color": colour}
            hover = [f"round {r}, node {name}: {kind}" for r, name in cells]
            traces.append(
                go.Scatter(
                    x=[r for r, _ in cells],
                    y=[row[name] for _, name in cells],
                    mode="markers",
                    name=kind,
                    marker=marker,
                    text=hover,
                    hoverinfo="text",
                )
            )
    return traces


def late(timeline: Timeline, story: RoundStory) -> float:
    """Return how many milliseconds after it was due a round had its first beacon."""
    assert story.first is not None
    return (story.first[0] - (timeline.due(story.round) or 0)) / 1000


def _sentence(timeline: Timeline, shown: list[RoundStory], chained: bool) -> str:
    made = sum(story.randomness is not None for story in shown)
    many = len(shown) > 1
    head = f"Rounds {shown[0].round} to {shown[-1].round}" if many else f"Round {shown[0].round}"
    text = f"{head}, {'chained' if chained else 'unchained'}: {made} {'has' if made == 1 else 'have'} a beacon."
    if missing := [story.round for story in shown if story.randomness is None]:
        text += f" None yet: {listing(missing)}."
    if timeline.terms.detail != "full":
        return f"{text} The journal is a summary: it does not say who signed."
    counts = [len({name for _, name, _ in story.signed}) for story in shown]
    few, most = min(counts), max(counts)
    nodes = f"{few} node{'s' * (few != 1)}" if few == most else f"{few} to {most} nodes"
    return f"{text} Each was signed by {nodes}."
