"""Encrypted files and the rounds that open them, as a picture and in words: one moment of a run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from drandlab.simulation.vaults.vault_tale import VAULT_STATES, Vault, VaultStep, VaultTale
from drandlab.simulation.world.links import MICRO
from drandlab.typing import checked_int
from drandlab.viz.chart import Chart
from drandlab.viz.theme import GRID, INK, PALETTE, layout

__all__ = ["clock_of", "long", "said_text", "step_in_words", "vault_rows", "vaults_in_words"]

BLUE, BRICK, GREEN, VIOLET, OCHRE = PALETTE

MOST_ROWS = 12
"""Vaults that the picture has room for: of more, those that open last before the moment, or next after it."""

LOOKS = {"shut": ("square", VIOLET), "due": ("square-open", OCHRE), "open": ("diamond", GREEN), "refused": ("x", BRICK)}
"""The mark of a vault by its state: a shape beside a colour."""


def long(micros: int) -> str:
    """Return a time span as a reader says it, below a minute rounded up to tenths of a second.

    >>> long(1), long(9_500_000), long(65_000_000), long(7_260_000_000), long(200_000_000_000)
    ('0.1 s', '9.5 s', '1 min 5 s', '2 h 1 min', '2 d 7 h')
    """
    if (tenths := -(-10 * micros // MICRO)) < 600:
        return f"{tenths / 10:g} s"
    seconds = micros // MICRO
    for size, name, small, other in ((86_400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s")):
        if seconds >= size:
            rest = seconds % size // small
            return f"{seconds // size} {name} {rest} {other}" if rest else f"{seconds // size} {name}"
    return f"{seconds} s"


def clock_of(tale: VaultTale, step: VaultStep) -> str:
    """Return the time of a step, in seconds since genesis."""
    return f"{(step.time - tale.genesis) / MICRO:.3f} s"


def said_text(text: bytes | None, most: int = 60) -> str:
    """Return the text of an open vault as a reader sees it, cut where it is long; what is no text in hexadecimal.

    >>> said_text("300 €".encode()), said_text(bytes([255, 0])), said_text(b"a" * 9, 4)
    ('300 €', 'ff00', 'aaaa…')
    """
    try:
        words = (text or b"").decode()
        found = words if words.isprintable() else "".join(c if c.isprintable() else " " for c in words)
    except UnicodeDecodeError:
        found = (text or b"").hex()
    return found if len(found) <= most else f"{found[:most]}…"


def _happens(tale: VaultTale, step: VaultStep) -> str:
    by_name = {one.name: one for one in tale.vaults}
    need = f"{len(step.came)} of the {step.threshold} that are needed"
    match step.kind:
        case "sealed":
            one = by_name[step.vaults[0]]
            wait = one.due - step.time
            when = f"due in {long(wait)}" if wait > 0 else "which is due already"
            return f"{one.name} is encrypted to round {one.round}, {when}."
        case "due":
            return f"Round {step.round} is due."
        case "partial" if step.maker is None:
            return f"Node {step.came[-1]} signs round {step.round}: {need}."
        case "partial":
            return f"The partial signature of node {step.came[-1]} is in at node {step.maker}: {need}."
    return f"The signature of round {step.round} appears at node {step.maker}."


def step_in_words(tale: VaultTale, at: int) -> str:
    """Return what happens in the step in place ``at``, as sentences."""
    parts = [_happens(tale, tale.steps[at])]
    for one in tale.vaults:
        if one.opens == at:
            what = f"opens: {said_text(one.text)}" if one.reason is None else f"is refused: {one.reason}"
            parts.append(f"{one.name} {what}.")
    return " ".join(parts)


def vaults_in_words(tale: VaultTale, at: int) -> str:
    """Return what happens in the step in place ``at``, and how every vault is then, as sentences."""
    parts, there = [step_in_words(tale, at)], tale.there(at)
    for state, words in VAULT_STATES.items():
        own = [one for one in there if tale.state(one, at) == state]
        if own:
            names = ", ".join(f"{one.name} ({_round_of(tale, one, at)})" for one in own)
            parts.append(f"{words[0].upper()}{words[1:]}: {names}.")
    if not there:
        parts.append("There is no vault.")
    return " ".join(parts)


def _round_of(tale: VaultTale, vault: Vault, at: int) -> str:
    left = tale.left(vault, at)
    return f"round {vault.round}, in {long(left)}" if left else f"round {vault.round}"


def vault_rows(tale: VaultTale, at: int = -1, *, title: str | None = None) -> Chart:
    """Draw the vaults of a run at the step in place ``at``: a row each, from its encryption to the round that opens it.

    The line of a vault is solid as far as the time has come. On top stand the rounds that have a signature. Raises
    `LocalError` for another place.
    """
    count = len(tale.steps)
    place = checked_int(at, "at", -count, count - 1) % count
    step, there = tale.steps[place], tale.there(place)
    rows = _shown(tale, there, place)
    begin, end = _span(tale, rows, step)
    traces = [*_lines(tale, rows, place), *_marks(tale, rows, place), *_rounds(tale, place, begin)]
    traces.append(
        go.Scatter(x=[_x(tale, step.time)] * 2, y=[-0.8, len(rows) - 0.4], mode="lines", name="now", hoverinfo="skip")
    )
    traces[-1].update(line={"color": INK, "width": 1.5, "dash": "dot"}, showlegend=False)
    head = f"Round {step.round}, {clock_of(tale, step)} after genesis"
    style = layout(title or head, "seconds after genesis", "", height=190 + 34 * max(1, len(rows)), showlegend=True)
    style["xaxis"] |= {"range": [begin, end]}
    style["yaxis"] |= {
        "range": [len(rows) - 0.4, -1.6],
        "tickvals": [-1, *range(len(rows))],
        "ticktext": ["signatures", *(said_text(one.name.encode(), 18) for one in rows)],
        "showgrid": False,
    }
    table: dict[str, list[Any]] = {
        "vault": [one.name for one in there] or ["none"],
        "round": [one.round for one in there] or [""],
        "state": [VAULT_STATES[tale.state(one, place)] for one in there] or [""],
        "time left": [long(left) if (left := tale.left(one, place)) else "" for one in there] or [""],
        "text": [_inside(tale, one, place) for one in there] or [""],
    }
    return Chart(go.Figure(traces, style), vaults_in_words(tale, place), table)


def _inside(tale: VaultTale, vault: Vault, at: int) -> str:
    state = tale.state(vault, at)
    return said_text(vault.text) if state == "open" else vault.reason or "" if state == "refused" else ""


def _shown(tale: VaultTale, there: Sequence[Vault], at: int) -> list[Vault]:
    """The vaults that have room, in their order: those whose rounds are nearest to the moment."""
    now = tale.steps[at].time
    near = sorted(range(len(there)), key=lambda i: (abs(there[i].due - now), i))[:MOST_ROWS]
    return [there[i] for i in sorted(near)]


def _x(tale: VaultTale, time: int) -> float:
    return (time - tale.genesis) / MICRO


def _end(tale: VaultTale, vault: Vault) -> int:
    """Where the line of a vault ends: when its round is due, or at the edge where that is long after the run."""
    first, last, begin = tale.steps[0].time, tale.steps[-1].time, tale.steps[vault.begins].time
    return max(begin, min(vault.due, last + max(MICRO, (last - first) // 3)))


def _span(tale: VaultTale, rows: Sequence[Vault], step: VaultStep) -> tuple[float, float]:
    times = [step.time, *(_end(tale, one) for one in rows), *(tale.steps[one.begins].time for one in rows)]
    begin, end = _x(tale, min(times)), _x(tale, max(times))
    room = max(1.0, (end - begin) / 5)
    return begin - room / 3, end + room


def _lines(tale: VaultTale, rows: Sequence[Vault], at: int) -> list[Any]:
    now = tale.steps[at].time
    parts: dict[str, tuple[list[Any], list[Any]]] = {"past": ([], []), "to come": ([], [])}
    for y, one in enumerate(rows):
        begin, end = tale.steps[one.begins].time, _end(tale, one)
        middle = min(max(begin, now), end)
        for name, start, stop in (("past", begin, middle), ("to come", middle, end)):
            if stop > start:
                parts[name][0].extend([_x(tale, start), _x(tale, stop), None])
                parts[name][1].extend([y, y, None])
    looks = {"past": {"color": BLUE, "width": 3}, "to come": {"color": GRID, "width": 3}}
    return [
        go.Scatter(x=xs, y=ys, mode="lines", line=looks[name], hoverinfo="skip", showlegend=False)
        for name, (xs, ys) in parts.items()
        if xs
    ]


def _marks(tale: VaultTale, rows: Sequence[Vault], at: int) -> list[Any]:
    traces = []
    for state, (symbol, colour) in LOOKS.items():
        own = [(y, one) for y, one in enumerate(rows) if tale.state(one, at) == state]
        if not own:
            continue
        words = [_inside(tale, one, at) or f"in {long(tale.left(one, at))}" * (state == "shut") for _, one in own]
        drawn = go.Scatter(
            x=[_x(tale, _end(tale, one)) for _, one in own],
            y=[y for y, _ in own],
            mode="markers+text",
            name=VAULT_STATES[state],
            text=[said_text(word.encode(), 24) for word in words],
            textposition="top center",
            hoverinfo="text",
        )
        traces.append(drawn.update(marker={"symbol": symbol, "size": 13, "color": colour}, textfont={"size": 11.5}))
    return traces


def _rounds(tale: VaultTale, at: int, begin: float) -> list[Any]:
    """The marks of the signatures so far; what was before the first vault has no room."""
    signed = [step for step in tale.steps[: at + 1] if step.kind == "signature" and _x(tale, step.time) >= begin]
    if not signed:
        return []
    marker = {"symbol": "circle", "size": 8, "color": GREEN}
    said = [f"round {step.round}" for step in signed]
    xs = [_x(tale, step.time) for step in signed]
    drawn = go.Scatter(x=xs, y=[-1] * len(signed), mode="markers", name="signature", text=said, hoverinfo="text")
    return [drawn.update(marker=marker)]
