"""How one message spreads through a gossip network: who has it from whom, and when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from drandlab.errors import LocalError, WrongType
from drandlab.simulation.reading.spreading import MessageSpread
from drandlab.viz.chart import Chart
from drandlab.viz.charts.gossip.walks import walks
from drandlab.viz.theme import GRID, PALETTE, SYMBOLS, layout

__all__ = ["spread_tree"]

MOST_HOPS = len(PALETTE)
"""Peers that are farther away share the last colour and shape."""


def spread_tree(message: MessageSpread, *, title: str | None = None) -> Chart:
    """Draw each peer at the time at which it had the message, with a line from the peer that has brought it.

    Time runs to the right, in milliseconds since the message was made. Peers stand below each other so that those who
    have it from one peer stand together. Colour and shape are the number of hops. Raises `LocalError` for a message
    that has reached nobody.

    >>> from drandlab.simulation.pubsub.gossip_network import GossipNetwork
    >>> from drandlab.simulation.reading.spreading import spread_of
    >>> spread_tree(spread_of(GossipNetwork(12, rounds=1, seed=1).run().journal).true[0]).table["hops"][:2]
    [1, 1]
    """
    if not isinstance(message, MessageSpread):
        raise WrongType(f"expected a MessageSpread, got {type(message).__name__}", argument="message")
    if not message.delays:
        raise LocalError("it has reached nobody, so there is nothing to draw", argument="message")
    rows = _rows(message)
    at = {name: round(1000 * delay, 1) for name, delay in message.delays.items()}
    for name in message.publishers:
        at.setdefault(name, 0.0)
    at |= {by: 0.0 for by in message.senders.values() if by not in at}
    line = {"color": GRID, "width": 1}
    traces: list[Any] = [
        go.Scatter(
            x=[at[name] for name in walk],
            y=[rows[name] for name in walk],
            mode="lines",
            line=line,
            hoverinfo="skip",
            showlegend=False,
        )
        for walk in walks((by, name) for name, by in message.senders.items())
    ]
    by_hops: dict[int, list[int]] = {}
    for name, hops in message.hops.items():
        by_hops.setdefault(min(hops, MOST_HOPS), []).append(name)
    for hops, names in sorted(by_hops.items()):
        more = " or more" if hops == MOST_HOPS else ""
        traces.append(
            go.Scatter(
                x=[at[name] for name in names],
                y=[rows[name] for name in names],
                mode="markers",
                name=f"{hops}{more} hop{'s' if hops > 1 else ''}",
                marker={"color": PALETTE[hops - 1], "symbol": SYMBOLS[hops - 1], "size": 7},
            )
        )
    first = go.Scatter(
        x=[at[name] for name in sorted(message.publishers)],
        y=[rows[name] for name in sorted(message.publishers)],
        mode="markers",
        name="gossip relays",
        marker={"color": PALETTE[4], "symbol": "x", "size": 11},
    )
    style = layout(title or "How a message spreads", "ms since it was made", "", showlegend=True)
    style["yaxis"] |= {"showticklabels": False, "showgrid": False, "zeroline": False}
    names = sorted(message.delays, key=lambda name: message.delays[name])
    table: dict[str, Sequence[Any]] = {
        "peer": names,
        "from": [message.senders[name] for name in names],
        "hops": [message.hops[name] for name in names],
        "ms": [at[name] for name in names],
    }
    return Chart(go.Figure([*traces, first], style), _sentence(message), table)


def _rows(message: MessageSpread) -> Mapping[int, float]:
    """Give each peer a row: children of one peer next to each other, their parent in the middle of them."""
    children: dict[int, list[int]] = {}
    for name, by in message.senders.items():
        children.setdefault(by, []).append(name)
    rows: dict[int, float] = {}
    free = 0.0
    roots = [name for name in sorted(message.publishers) if name not in message.senders]
    roots += [by for by in children if by not in message.senders and by not in roots]
    for root in roots:
        # depth first without recursion: a chain of peers may be long
        order, todo = [], [root]
        while todo:
            name = todo.pop()
            order.append(name)
            todo += reversed(children.get(name, []))
        for name in order:
            if name not in children:
                rows[name] = free
                free += 1
        for name in reversed(order):
            if name in children:
                below = [rows[child] for child in children[name]]
                rows[name] = round(sum(below) / len(below), 2)
        free += 1
    return rows


def _sentence(message: MessageSpread) -> str:
    count = Counter(message.hops.values())
    hops = ", ".join(f"{count[hop]} after {hop}" for hop in sorted(count))
    delays = sorted(message.delays.values())
    what = f"The pulse of round {message.round}" if message.round is not None else "The message"
    return (
        f"{what} reaches {len(delays)} peers: half of them within {1000 * delays[(len(delays) - 1) // 2]:.0f} ms, all"
        f" within {1000 * delays[-1]:.0f} ms. By hops: {hops}."
    )
