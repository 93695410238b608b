"""The meshes of a gossip network as a ring of peers, at one moment or at several beside each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import cos, pi, sin
from typing import Any

import plotly.graph_objects as go

from drandlab.errors import LocalError
from drandlab.viz.chart import Chart
from drandlab.viz.charts.gossip.walks import walks
from drandlab.viz.theme import INK, PALETTE, layout

__all__ = ["mesh_rings"]

LOOKS = {"relay": ("x", PALETTE[4], 10), "subscriber": ("circle", PALETTE[0], 6), "sybil": ("diamond", PALETTE[1], 7)}
"""The shape, colour and size of a peer, by what it is."""

MOST = 5
"""More rings than this are too small to be read."""


def mesh_rings(
    moments: Mapping[str, Iterable[tuple[int, int]]], roles: Mapping[int, str], *, title: str = "How a mesh forms"
) -> Chart:
    """Draw a ring of peers for each of the ``moments``, with a line for each pair that are in each other's mesh.

    ``moments`` are the pairs by the words that stand below the ring, ``roles`` what each peer is: relay, subscriber or
    sybil. Raises `LocalError` for no or more than five moments, and for a pair with a peer that has no role.

    >>> chart = mesh_rings({"at first": [], "after 1 s": [(1, 2)]}, {0: "relay", 1: "subscriber", 2: "subscriber"})
    >>> chart.table["pairs"], chart.table["mean size of a mesh"]
    ([0, 1], [0.0, 1.0])
    """
    shown = {words: sorted({(min(p), max(p)) for p in pairs}) for words, pairs in moments.items()}
    if not 1 <= len(shown) <= MOST:
        raise LocalError(f"expected 1 to {MOST} moments, got {len(shown)}", argument="moments")
    if unknown := {name for pairs in shown.values() for pair in pairs for name in pair} - roles.keys():
        raise LocalError(f"peer {min(unknown)} has no role", argument="roles")
    if wrong := set(roles.values()) - LOOKS.keys():
        raise LocalError(f"expected {', '.join(LOOKS)}, got {min(wrong)}", argument="roles")
    names = sorted(roles)
    traces: list[Any] = []
    for place, pairs in enumerate(shown.values()):
        where = {name: _spot(i, len(names), 2500 * place) for i, name in enumerate(names)}
        traces += _lines(pairs, where)
        traces += _dots(names, roles, where, legend=place == 0)
    style = layout(title, "", "", showlegend=True)
    bare = {"showgrid": False, "showticklabels": False, "zeroline": False}
    style["xaxis"] |= bare | {"range": [-1300, 2500 * len(shown) - 1200]}
    style["yaxis"] |= bare | {"range": [-1500, 1200], "scaleanchor": "x"}
    style["annotations"] = [
        {"x": 2500 * i, "y": -1350, "text": words, "showarrow": False, "font": {"size": 12, "color": INK}}
        for i, words in enumerate(shown)
    ]
    sizes = [_mean_size(pairs, names, roles) for pairs in shown.values()]
    table: dict[str, Sequence[Any]] = {
        "moment": list(shown),
        "pairs": [len(pairs) for pairs in shown.values()],
        "mean size of a mesh": sizes,
    }
    said = "; ".join(f"{words}: {size:.1f}" for words, size in zip(shown, sizes, strict=True))
    alt = f"{len(names)} peers on a ring, and lines between those in each other's mesh. Mean size of a mesh: {said}."
    return Chart(go.Figure(traces, style), alt, table)


def _spot(i: int, count: int, right: int) -> tuple[int, int]:
    angle = 2 * pi * i / count
    return right + round(1000 * sin(angle)), round(1000 * cos(angle))


def _lines(pairs: Iterable[tuple[int, int]], where: Mapping[int, tuple[int, int]]) -> list[Any]:
    line = {"color": "rgba(128,132,140,0.45)", "width": 0.8}
    return [
        go.Scatter(
            x=[where[name][0] for name in walk],
            y=[where[name][1] for name in walk],
            mode="lines",
            line=line,
            hoverinfo="skip",
            showlegend=False,
        )
        for walk in walks(pairs)
    ]


def _dots(
    names: list[int], roles: Mapping[int, str], where: Mapping[int, tuple[int, int]], *, legend: bool
) -> list[Any]:
    words = {"relay": "gossip relay", "subscriber": "subscriber", "sybil": "Sybil"}
    found = []
    for role, (symbol, colour, size) in LOOKS.items():
        some = [name for name in names if roles[name] == role]
        if some:
            found.append(
                go.Scatter(
                    x=[where[name][0] for name in some],
                    y=[where[name][1] for name in some],
                    mode="markers",
                    name=words[role],
                    showlegend=legend,
                    marker={"symbol": symbol, "color": colour, "size": size},
                    hoverinfo="skip",
                )
            )
    return found


def _mean_size(pairs: list[tuple[int, int]], names: list[int], roles: Mapping[int, str]) -> float:
    """The mean number of mesh peers of those that join meshes: gossip relays only publish."""
    joined = [name for name in names if roles[name] != "relay"]
    return round(2 * len(pairs) / len(joined), 2) if joined else 0.0
