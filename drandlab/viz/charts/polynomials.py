r"""Shamir's idea as pictures: shares on a polynomial, over the reals and over a small prime field.

A polynomial of degree below t is fixed by t of its points and by no fewer. Over the integers modulo p the missing
share leaves all p secrets equally likely; over the reals the curves are ordered, so that shares give hints away.

Source: Shamir, How to share a secret, CACM 22 (1979).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import Any

import plotly.graph_objects as go

from drandlab.algebra.field import PrimeField
from drandlab.algebra.polynomial import Polynomial
from drandlab.viz.axis import number
from drandlab.viz.chart import Chart
from drandlab.viz.charts.shares import (
    Fit,
    Point,
    Share,
    check_points,
    check_prime,
    check_shares,
    evaluate,
    fit_field,
    fit_reals,
    newton,
)
from drandlab.viz.theme import GRID, PALETTE, layout

__all__ = ["formula", "shamir_field", "shamir_reals"]

DOTTED_PRIME = 43
"""Up to here every point of the plane is a dot."""


def shamir_field(prime: int, shares: Iterable[Any], threshold: int, *, title: str | None = None) -> Chart:
    """Draw shares in the plane of the integers modulo ``prime``, with the polynomial they fix or some that still fit.

    Errors as for `check_shares`; ``prime`` must be a prime from 3 to 257.

    >>> shamir_field(31, [(1, 15), (2, 2)], 3).alt
    'Modulo 31 with threshold 3, there are 2 shares: (1, 15), (2, 2). One more is needed; all 31 secrets still fit.'
    """
    pairs = check_shares(check_prime(prime).modulus, shares)
    fit = fit_field(prime, pairs, threshold)
    traces = []
    if prime <= DOTTED_PRIME:
        grid = [(x, y) for x in range(prime) for y in range(prime)]
        traces.append(_dots(grid, None, "circle", 2.5, GRID.replace("0.22", "0.55")))
    if fit.state == "fixed":
        curve = [(x, evaluate(fit.coefficients, x) % prime) for x in range(prime)]
        traces.append(_dots(curve, "polynomial", "circle-open", 8, PALETTE[2]))
    elif fit.state == "open":
        traces.append(_dots([(0, y) for y in range(prime)], "possible secrets", "circle", 5, PALETTE[1]))
        for colour, symbol, f in zip(
            PALETTE[2:], ("square", "triangle-up", "x"), _fitting(prime, pairs, threshold), strict=True
        ):
            curve = [(x, int(f(x))) for x in range(prime)]
            traces.append(_dots(curve, f"fits, secret {int(f(0))}", symbol, 6, colour, opacity=0.75))
    opening = _opening(f"Modulo {prime}", pairs, threshold)
    verdict = _verdict(fit, pairs, threshold, f"all {prime} secrets", f" mod {prime}")
    style = layout(
        title or f"Shares modulo {prime}, threshold {threshold}",
        "x",
        "f(x)",
        height=480,
        xaxis={"range": [-1, prime], "showgrid": False, "zeroline": False},
        yaxis={"range": [-1, prime], "showgrid": False},
        showlegend=True,
    )
    return _finish(traces, style, fit, pairs, f"{opening} {verdict}")


def shamir_reals(points: Iterable[Any], threshold: int, *, title: str | None = None) -> Chart:
    """Draw shares on a real plane, with the one curve of degree below ``threshold`` or some that still fit.

    >>> shamir_reals([(1, 2), (2, 3)], 2).alt.partition(". ")[2]
    'They fix f(x) = 1 + x, so the secret f(0) is 1.'
    """
    pairs = check_points(points)
    fit = fit_reals(pairs, threshold)
    left = min(0.0, *(x for x, _ in pairs)) if pairs else 0.0
    right = max(4.0, *(x for x, _ in pairs)) + 0.5 if pairs else 4.5
    xs = [round(left + (right - left) * i / 120, 4) for i in range(121)]
    ys = [y for _, y in pairs] or [0.0, 10.0]
    low, high = min(ys), max(ys)
    room = high - low or max(abs(high), 4.0)
    curves: list[tuple[str, float, list[float]]] = []
    if fit.state == "fixed":
        curve = [round(evaluate(fit.coefficients, x), 4) for x in xs]
        low, high = min(low, *curve), max(high, *curve)
        room = max((high - low) * 0.08, 0.1)
        curves.append(("polynomial", 1.0, curve))
    elif fit.state == "open":
        beyond = [(right + i, (low + high) / 2) for i in range(threshold - len(pairs) - 1)]
        for i in range(5):
            start = low - 0.75 * room + (high - low + 1.5 * room) * i / 4
            f = newton([(Fraction(x), Fraction(y)) for x, y in [*pairs, (0.0, start), *beyond]])
            curves.append(("fits too", 0.6, [round(float(evaluate(f, Fraction(x))), 4) for x in xs]))
    low, high = low - room, high + room
    opening = _opening("Over the reals", pairs, threshold)
    verdict = _verdict(fit, pairs, threshold, "many secrets", "")
    style = layout(
        title or f"Shares over the reals, threshold {threshold}",
        "x",
        "f(x)",
        xaxis={"range": [left - 0.3, right]},
        yaxis={"range": [low, high]},
        showlegend=True,
    )
    slope = [k * c for k, c in enumerate(fit.coefficients)][1:]
    rising = (lambda x: evaluate(slope, x) > 0) if fit.state == "fixed" and slope else None
    return _finish(_drawn(xs, curves), style, fit, pairs, f"{opening} {verdict}", rising)


def _drawn(xs: list[float], curves: Sequence[tuple[str, float, list[float]]]) -> list[Any]:
    """The curves as traces, of which the first alone is in the legend."""
    return [
        go.Scatter(
            x=xs,
            y=curve,
            mode="lines",
            name=name,
            opacity=opacity,
            showlegend=i == 0,
            line={"color": PALETTE[2], "width": 2},
        )
        for i, (name, opacity, curve) in enumerate(curves)
    ]


def _finish(
    traces: list[Any],
    style: dict[str, Any],
    fit: Fit,
    pairs: Sequence[Point],
    say: str,
    rising: Callable[[float], bool] | None = None,
) -> Chart:
    if pairs:
        labels = [f"({number(x)}, {number(y)})" for x, y in pairs] if len(pairs) <= 8 else None
        shares = _dots(pairs, "shares", "circle", 11, PALETTE[0])
        # above the curve, on the side where it goes down
        sides = ["top left" if rising and rising(x) else "top right" for x, _ in pairs]
        position = sides[0] if len(set(sides)) == 1 else sides
        traces.append(shares.update(mode="markers+text" if labels else "markers", text=labels, textposition=position))
    rows: list[tuple[str, float, float]] = [("share", x, y) for x, y in pairs]
    style["shapes"] = [
        {
            "type": "line",
            "x0": 0,
            "x1": 0,
            "yref": "paper",
            "y0": 0,
            "y1": 1,
            "line": {"color": PALETTE[1], "dash": "dot"},
        }
    ]
    if fit.state == "fixed":
        secret = round(fit.secret, 6)
        rows.append(("secret", 0, secret))
        mark = _dots([(0, secret)], f"secret {number(secret)}", "diamond", 12, PALETTE[1])
        traces.append(mark)
    else:
        style["annotations"] = [
            {"x": 0, "y": 1, "yref": "paper", "text": "secret?", "showarrow": False, "xanchor": "left", "xshift": 6}
        ]
    columns: dict[str, list[Any]] = {"what": [r[0] for r in rows], "x": [r[1] for r in rows], "y": [r[2] for r in rows]}
    return Chart(go.Figure(traces, style), say, columns)


def _dots(points: Sequence[Point], name: str | None, symbol: str, size: float, colour: str, **more: Any) -> Any:
    return go.Scatter(
        x=[x for x, _ in points],
        y=[y for _, y in points],
        mode="markers",
        name=name,
        showlegend=name is not None,
        hoverinfo=None if name else "skip",
        marker={"symbol": symbol, "size": size, "color": colour},
        **more,
    )


def _fitting(prime: int, pairs: Sequence[Share], threshold: int) -> list[Polynomial]:
    """Three polynomials through too few shares, with three different secrets."""
    field = PrimeField(prime)
    taken = {x for x, _ in pairs}
    free = [x for x in range(1, prime) if x not in taken][: threshold - len(pairs) - 1]
    found = []
    for i in range(3):
        secret = prime * (2 * i + 1) // 6
        pinned = [*pairs, (0, secret), *((x, secret * (k + 2) + 5 * k) for k, x in enumerate(free))]
        found.append(Polynomial.interpolate(field, pinned))
    return found


def _opening(where: str, pairs: Sequence[Point], threshold: int) -> str:
    listed = ", ".join(f"({number(x)}, {number(y)})" for x, y in pairs[:12]) + (", ..." if len(pairs) > 12 else "")
    count = {0: "no share yet", 1: f"1 share: {listed}"}.get(len(pairs), f"{len(pairs)} shares: {listed}")
    return f"{where} with threshold {threshold}, there {'is' if len(pairs) < 2 else 'are'} {count}."


def _verdict(fit: Fit, pairs: Sequence[Point], threshold: int, possible: str, modulus: str) -> str:
    missing = threshold - len(pairs)
    if fit.state == "open":
        return (
            f"{'One' if missing == 1 else missing} more {'is' if missing == 1 else 'are'} needed; {possible} still fit."
        )
    if fit.state == "contradiction":
        return f"No polynomial of degree below {threshold} goes through all of them: at least one share is wrong."
    verb = "It fixes" if len(pairs) == 1 else "They fix"
    return f"{verb} {formula(fit.coefficients)}{modulus}, so the secret f(0) is {number(fit.secret)}."


def formula(coefficients: Sequence[float]) -> str:
    """Return a polynomial as a reader writes it.

    >>> formula([7, 0, -5.5])
    'f(x) = 7 − 5.5x²'
    """
    powers = ["", "x"] + [
        "x" + str(k).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")) for k in range(2, len(coefficients))
    ]
    text = ""
    for c, power in zip(coefficients, powers, strict=False):
        if abs(c) < 5e-5:
            continue
        size = "" if power and abs(abs(c) - 1) < 5e-5 else number(abs(c))
        sign = (" − " if c < 0 else " + ") if text else ("−" if c < 0 else "")
        text += f"{sign}{size}{power}"
    return f"f(x) = {text or '0'}"
