"""The delivery lane as a picture and in words: from a block to its subscriptions, messages, channels and targets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import plotly.graph_objects as go

from drandlab.crypto.sr25519 import WELL_KNOWN, development
from drandlab.printable import counted
from drandlab.typing import checked_int
from drandlab.viz.chart import Chart
from drandlab.viz.charts.delivery.told_lane import ENDED, TURNS, Lane, LaneBlock, LaneSubscription
from drandlab.viz.theme import GRID, INK, PALETTE, layout

__all__ = ["account_name", "delivery_lane", "lane_in_words", "money_moved", "short", "shown_rows", "signed_amount"]

BLUE, BRICK, GREEN, VIOLET, OCHRE = PALETTE

MOST_ROWS = 8
"""Subscriptions that the picture has room for; those to which something happened come first."""

LOOKS: Mapping[str, tuple[str, str]] = {
    "sent": ("circle", GREEN),
    "failed": ("x", BRICK),
    "charged": ("diamond", OCHRE),
    "paused": ("square", VIOLET),
    "new": ("triangle-up", BLUE),
    "resumed": ("triangle-up", GREEN),
    "changed": ("diamond", BLUE),
    "ended": ("cross", INK),
    "waits": ("circle-open", INK),
}
"""The mark of a subscription by its turn: a shape beside a colour."""

STOPS = ("block", "subscription", "message", "channel", "target")


@cache
def _known() -> dict[str, str]:
    return {f"0x{development(name).public.hex()}": name for name in WELL_KNOWN}


def account_name(account: str) -> str:
    """Return how a reader calls an account, given in hexadecimal: a development account, a parachain, or its ends.

    >>> account_name("0x7369626cf2110000000000000000000000000000000000000000000000000000")
    'parachain 4594'
    >>> account_name("0x" + "2a" * 32)
    '2a2a2a2a…'
    """
    if account in _known():
        return _known()[account]
    raw = bytes.fromhex(account.removeprefix("0x"))
    if raw[:4] == b"sibl" and not any(raw[8:]):
        return f"parachain {int.from_bytes(raw[4:8], 'little')}"
    return short(account)


def short(identifier: str) -> str:
    """Return the first four bytes of an identifier in hexadecimal."""
    return f"{identifier.removeprefix('0x')[:8]}…"


def signed_amount(amount: int) -> str:
    """Return by how much an amount of money has changed, with its sign."""
    return f"{'+' if amount > 0 else chr(0x2212)}{abs(amount):,}"


def shown_rows(block: LaneBlock, most: int) -> tuple[tuple[LaneSubscription, ...], int]:
    """Return at most so many subscriptions of a block in their order, and how many more there are.

    Those to which nothing happened are left out first.
    """
    rows = block.subscriptions
    if len(rows) <= most:
        return rows, 0
    order = sorted(range(len(rows)), key=lambda i: (rows[i].turn == "waits", i))[:most]
    return tuple(rows[i] for i in sorted(order)), len(rows) - most


def money_moved(lane: Lane, at: int) -> dict[str, dict[str, tuple[int, int]]]:
    """Return for each named account what it has after the block in place ``at``, and by how much that changed."""
    now = lane.blocks[at].money
    before = lane.blocks[at - 1].money if at else now
    return {
        name: {kind: (amount, amount - before.get(name, {}).get(kind, 0)) for kind, amount in row.items()}
        for name, row in now.items()
    }


def lane_in_words(lane: Lane, at: int) -> str:
    """Return what happens in the block in place ``at``, as sentences."""
    block = lane.blocks[at]
    parts = [f"Block {block.number}{f' by {block.author}' if block.author else ''} {_pulse(block)}."]
    by_turn: dict[str, list[LaneSubscription]] = {}
    for row in block.subscriptions:
        by_turn.setdefault(row.turn, []).append(row)
    parts += [_turn(turn, rows) for turn in TURNS if turn != "waits" and (rows := by_turn.get(turn))]
    if waits := by_turn.get("waits"):
        parts.append(f"Nothing happens to {counted(len(waits), 'other' if len(by_turn) > 1 else 'subscription')}.")
    if not block.subscriptions:
        parts.append("There is no subscription.")
    ended = [short(row.id) for row in block.subscriptions if row.state == ENDED and row.turn != "ended"]
    if ended:
        parts.append(f"It was the last credit of {', '.join(ended)}.")
    parts += _arrivals(block)
    if block.waiting:
        parts.append(f"{counted(len(block.waiting), 'earlier message')} still on the way.")
    for name, amounts in money_moved(lane, at).items():
        moves = [f"{_kind(kind)} {signed_amount(by)}" for kind, (_, by) in amounts.items() if by]
        if moves:
            parts.append(f"{name}: {', '.join(moves)}.")
    return " ".join(parts)


def _arrivals(block: LaneBlock) -> list[str]:
    """What became of the messages that have arrived; those with the same end in one sentence."""
    ends: dict[tuple[int, str | None], list[int]] = {}
    for one in block.arrived:
        ends.setdefault((one.to, one.error), []).append(one.sent)
    found = []
    for (to, error), sent in ends.items():
        if len(sent) == 1:
            what = "is executed" if error is None else f"stops with {error}"
            found.append(f"A message of block {sent[0]} {what} on parachain {to}.")
            continue
        what = "are executed" if error is None else f"stop with {error}"
        first, last = min(sent), max(sent)
        blocks = f"of block {first}" if first == last else f"of blocks {first} to {last}"
        found.append(f"{len(sent)} messages {blocks} {what} on parachain {to}.")
    return found


def _pulse(block: LaneBlock) -> str:
    if block.pulse is None:
        return f"takes no pulse: {block.error}" if block.error else "takes no pulse"
    first, last = block.pulse
    return f"takes round {first}" if first == last else f"takes rounds {first} to {last}"


def _turn(turn: str, rows: Sequence[LaneSubscription]) -> str:
    if len(rows) > 3:
        return f"{len(rows)} subscriptions {TURNS[turn]}."
    named = ", ".join(f"{short(row.id)} ({row.left} of {row.credits} credits left)" for row in rows)
    words = TURNS[turn]
    return f"{words[0].upper()}{words[1:]}: {named}."


def _kind(kind: str) -> str:
    return {"fees": "held fees", "deposit": "held deposit"}.get(kind, kind)


def delivery_lane(lane: Lane, at: int = -1, *, title: str | None = None) -> Chart:
    """Draw one block of a lane: what it did to each subscription, and where its messages are.

    A row is a subscription; its stops are the block, the subscription, the message, the channel and the target. A line
    goes as far as the pulse has come in this block; what an earlier block sent and this one brings to the target is
    marked there. ``at`` is the place of the block in ``lane.blocks``. Raises `LocalError` for another place.
    """
    places = len(lane.blocks)
    place = checked_int(at, "at", -places, places - 1) % places
    block = lane.blocks[place]
    rows, more = shown_rows(block, MOST_ROWS)
    traces = [*_links(block, rows), *_marks(block, rows), _words(block, rows)]
    style = layout(
        title or f"Block {block.number} {_pulse(block)}", "", "", showlegend=True, height=190 + 50 * max(1, len(rows))
    )
    style["xaxis"] |= {"tickvals": list(range(5)), "ticktext": list(STOPS), "range": [-0.35, 4.6], "showgrid": False}
    style["yaxis"] |= {"visible": False, "range": [max(1, len(rows)) - 0.4, -0.75], "showgrid": False}
    if more:
        note = {"xref": "paper", "x": 1, "xanchor": "right", "y": max(1, len(rows)) - 0.45, "showarrow": False}
        style["annotations"] = [note | {"text": f"and {more} more"}]
    table: dict[str, list[Any]] = {
        "subscription": [short(row.id) for row in block.subscriptions] or ["none"],
        "subscriber": [account_name(row.subscriber) for row in block.subscriptions] or [""],
        "target": [row.target or "" for row in block.subscriptions] or [""],
        "state": [row.state for row in block.subscriptions] or [""],
        "in this block": [TURNS[row.turn] for row in block.subscriptions] or [""],
        "credits left": [row.left for row in block.subscriptions] or [""],
        "of": [row.credits for row in block.subscriptions] or [""],
    }
    return Chart(go.Figure(traces, style), lane_in_words(lane, place), table)


def _reach(block: LaneBlock, row: LaneSubscription) -> float:
    """How far the pulse of this block has come towards a target."""
    if row.turn != "sent":
        return 1 if row.turn == "failed" else 0
    own = [one for one in block.sent if one.sub_id == row.id]
    return 4 if any(one.arrived == block.number for one in own) else 3


def _links(block: LaneBlock, rows: Sequence[LaneSubscription]) -> list[Any]:
    middle = (len(rows) - 1) / 2
    faint: tuple[list[Any], list[Any]] = ([], [])
    bright: tuple[list[Any], list[Any]] = ([], [])
    for y, row in enumerate(rows):
        end = _reach(block, row)
        faint[0].extend([0, 1, 4, None])
        faint[1].extend([middle, y, y, None])
        if end:
            bright[0].extend([0, 1, end, None])
            bright[1].extend([middle, y, y, None])
    lines = [(faint, GRID, 1.5), (bright, GREEN, 3)]
    return [
        go.Scatter(x=xs, y=ys, mode="lines", line={"color": colour, "width": width}, hoverinfo="skip", showlegend=False)
        for (xs, ys), colour, width in lines
        if xs
    ]


def _marks(block: LaneBlock, rows: Sequence[LaneSubscription]) -> list[Any]:
    middle = (len(rows) - 1) / 2 if rows else 0
    found: list[tuple[str, str, str, list[tuple[float, float]]]] = [
        ("block", "square", BLUE if block.pulse else INK, [(0, middle)])
    ]
    for turn, (symbol, colour) in LOOKS.items():
        stops = (1.0, 2.0) if turn == "failed" else (1.0,)  # its message does not leave
        at = [(x, float(y)) for y, row in enumerate(rows) if row.turn == turn for x in stops]
        found.append((TURNS[turn], symbol, colour, at))
    here = {row.id: float(y) for y, row in enumerate(rows)}
    arrived = [one for one in block.arrived if one.sub_id in here]
    on_the_way = [one for one in (*block.sent, *block.waiting) if one.sub_id in here and one not in arrived]
    found += [
        ("message", "square", VIOLET, [(2.0, here[one.sub_id]) for one in block.sent if one.sub_id in here]),
        ("on the way", "circle-open", VIOLET, list(dict.fromkeys((3.0, here[one.sub_id]) for one in on_the_way))),
        ("executed", "diamond", GREEN, [(4.0, here[one.sub_id]) for one in arrived if one.error is None]),
        ("stopped at the target", "x", BRICK, [(4.0, here[one.sub_id]) for one in arrived if one.error is not None]),
    ]
    return [
        go.Scatter(
            x=[x for x, _ in at],
            y=[y for _, y in at],
            mode="markers",
            name=name,
            marker={"symbol": symbol, "size": 12, "color": colour},
        )
        for name, symbol, colour, at in found
        if at
    ]


def _words(block: LaneBlock, rows: Sequence[LaneSubscription]) -> Any:
    """What stands beside the marks."""
    words: list[tuple[float, float, str, str]] = []
    sizes = {one.sub_id: one.size for one in block.sent}
    for y, row in enumerate(rows):
        over = y - 0.14
        low = y > (len(rows) - 1) / 2  # the line from the block comes from above
        words.append((1, y + 0.14 if low else over, f"{short(row.id)} {row.left}/{row.credits}", _place(low)))
        if row.id in sizes:
            words.append((2, over, f"{sizes[row.id]} bytes", _place()))
        if row.turn == "failed":
            words.append((2, over, "not sent", _place()))
        if row.target is not None:
            words.append((4, over, str(row.target), _place()))
        waits = block.channels.get(row.target) if row.target is not None else None
        if waits and waits[0] and row.turn == "sent":
            words.append((3, over, f"{waits[0]} in it", _place()))
    found = go.Scatter(
        x=[x for x, _, _, _ in words],
        y=[y for _, y, _, _ in words],
        mode="text",
        text=[text for _, _, text, _ in words],
        textposition=[place for _, _, _, place in words],
    )
    return found.update(showlegend=False, hoverinfo="skip", textfont={"size": 11.5})


def _place(below: bool = False) -> str:
    return "bottom center" if below else "top center"
