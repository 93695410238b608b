"""How an identity-based ciphertext is made and opened: each value, and what it is computed from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import plotly.graph_objects as go

from drandlab.crypto.bls import BLS
from drandlab.crypto.ibe import EncryptionSteps, h2, h3, h4
from drandlab.curves.group import Point
from drandlab.viz.chart import Chart
from drandlab.viz.theme import GRID, INK, PALETTE, layout

__all__ = ["ibe_flow"]

BLUE, BRICK, GREEN, VIOLET, OCHRE = PALETTE

BOXES: Mapping[str, tuple[float, float, str, str]] = {
    # name: column, row, formula, whose value it is
    "m": (0, 0, "the message", "chosen by the sender"),
    "\u03c3": (0, 1, "random bytes", "chosen by the sender"),
    "K": (0, 2, "the group's key", "public"),
    "Q": (0, 3, "H(identity)", "public"),
    "k": (1, 0.5, "H3(\u03c3, m)", "computed by the sender"),
    "e(Q, K)^k": (1, 2.5, "pairing", "computed by the sender"),
    "W": (2, 0, "m xor H4(\u03c3)", "ciphertext"),
    "V": (2, 1, "\u03c3 xor H2(e(Q, K)^k)", "ciphertext"),
    "U": (2, 2, "k times the generator", "ciphertext"),
    "S": (2, 3, "the group's signature", "public once the round is there"),
    "e(S, U)": (3, 2.5, "pairing", "computed by the reader"),
    "\u03c3 again": (3, 1, "V xor H2(e(S, U))", "computed by the reader"),
    "m again": (4, 0, "W xor H4(\u03c3)", "computed by the reader"),
    "U again": (4, 1.5, "H3(\u03c3, m) times the generator", "computed by the reader"),
}
"""Every value, where it stands, and what it is."""

ARROWS = (
    *(("m", "k"), ("\u03c3", "k"), ("k", "U"), ("k", "e(Q, K)^k"), ("K", "e(Q, K)^k"), ("Q", "e(Q, K)^k")),
    *(("m", "W"), ("\u03c3", "W"), ("\u03c3", "V"), ("e(Q, K)^k", "V")),
    *(("U", "e(S, U)"), ("S", "e(S, U)"), ("V", "\u03c3 again"), ("e(S, U)", "\u03c3 again")),
    *(("W", "m again"), ("\u03c3 again", "m again"), ("\u03c3 again", "U again"), ("m again", "U again")),
)

LOOKS = {
    "chosen by the sender": ("circle", VIOLET),
    "public": ("square", INK),
    "computed by the sender": ("circle-open", VIOLET),
    "ciphertext": ("diamond", BLUE),
    "public once the round is there": ("square", GREEN),
    "computed by the reader": ("circle-open", GREEN),
}


def ibe_flow(
    bls: BLS, made: EncryptionSteps, *, key: Point, message: bytes, signature: Point, title: str | None = None
) -> Chart:
    """Draw how a ciphertext comes about and is opened, with the last bytes of every value.

    ``made`` are the values of an encryption (`drandlab.crypto.ibe.steps`) of ``message`` under ``key``, ``signature``
    is what opens it. With another signature the values on the reader's side differ, and the alt sentence says so.
    """
    values = _values(bls, made, key, message, signature)
    opens = values["U again"] == values["U"]
    traces = [_arrows(), *_boxes(values)]
    style = layout(title or "An encryption to an identity, and back", "", "", showlegend=True, height=500)
    style["xaxis"] |= {"visible": False, "range": [-0.45, 4.5], "showgrid": False}
    style["yaxis"] |= {"visible": False, "range": [3.7, -0.7], "showgrid": False}
    table: dict[str, list[Any]] = {
        "value": list(BOXES),
        "is": [formula for _, _, formula, _ in BOXES.values()],
        "whose": [whose for *_, whose in BOXES.values()],
        "last bytes": [_short(values[name]) for name in BOXES],
    }
    said = (
        "The sender chooses m and \u03c3, computes k, U and e(Q, K)^k, and sends U, V and W. With the signature S the "
        "reader computes e(S, U), "
    )
    if opens:
        end = "which is the same value, and so \u03c3 and m. U again is U: nothing was changed."
    else:
        end = "which is another value here, and so another \u03c3. U again is not U: it does not open."
    return Chart(go.Figure(traces, style), said + end, table)


def _values(bls: BLS, made: EncryptionSteps, key: Point, message: bytes, signature: Point) -> dict[str, bytes]:
    sealed = made.ciphertext
    on_g1 = bls.scheme.signature_group == "G1"
    found = bls.suite.pairing(*((signature, sealed.u) if on_g1 else (sealed.u, signature)))
    length = len(message)
    sigma = _xor(sealed.v, h2(bls, found, length))
    again = _xor(sealed.w, h4(bls, sigma, length))
    return {
        "m": message,
        "\u03c3": made.sigma,
        "K": bytes(key),
        "Q": bytes(made.hashed),
        "k": made.k.value.to_bytes(32, "big"),
        "e(Q, K)^k": bytes(made.value),
        "W": sealed.w,
        "V": sealed.v,
        "U": bytes(sealed.u),
        "S": bytes(signature),
        "e(S, U)": bytes(found),
        "\u03c3 again": sigma,
        "m again": again,
        "U again": bytes(h3(bls, sigma, again) * bls.keys.generator),
    }


def _xor(a: bytes, b: bytes) -> bytes:
    return bytes(x ^ y for x, y in zip(a, b, strict=True))


def _short(value: bytes) -> str:
    return f"\N{HORIZONTAL ELLIPSIS}{value[-4:].hex()}"


def _arrows() -> Any:
    xs: list[float | None] = []
    ys: list[float | None] = []
    for start, end in ARROWS:
        (x0, y0), (x1, y1) = BOXES[start][:2], BOXES[end][:2]
        xs += [x0, x1, None]
        ys += [y0, y1, None]
    return go.Scatter(x=xs, y=ys, mode="lines", line={"color": GRID, "width": 2}, hoverinfo="skip", showlegend=False)


def _boxes(values: Mapping[str, bytes]) -> list[Any]:
    traces = []
    for whose, (symbol, colour) in LOOKS.items():
        own = [(name, x, y, formula) for name, (x, y, formula, who) in BOXES.items() if who == whose]
        drawn = go.Scatter(
            x=[x for _, x, _, _ in own],
            y=[y for _, _, y, _ in own],
            mode="markers",
            name=whose,
            text=[f"{name} = {formula}: {_short(values[name])}" for name, _, _, formula in own],
            hoverinfo="text",
        )
        traces.append(drawn.update(marker={"symbol": symbol, "size": 13, "color": colour}))
    for shift, words, size in (
        (-0.17, [f"{name} {_short(values[name])}" for name in BOXES], 12),
        (0.36, [formula for _, _, formula, _ in BOXES.values()], 10.5),
    ):
        drawn = go.Scatter(
            x=[x for x, *_ in BOXES.values()],
            y=[y + shift for _, y, *_ in BOXES.values()],
            mode="text",
            text=words,
            textposition="top center",
            hoverinfo="skip",
            showlegend=False,
        )
        traces.append(drawn.update(textfont={"size": size}))
    return traces
