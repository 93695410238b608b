"""Shamir's idea by hand: shares dragged over a small prime field and over the reals, and the secret that appears."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from random import Random
from typing import Any

import traitlets

from drandlab.algebra.polynomial import Polynomial
from drandlab.errors import LocalError
from drandlab.typing import checked_int
from drandlab.viz.chart import Chart
from drandlab.viz.charts.polynomials import shamir_field, shamir_reals
from drandlab.viz.charts.shares import check_points, check_prime, check_shares, check_threshold, fit_field, fit_reals
from drandlab.widgets.base import LabWidget, refusing, static

__all__ = ["PolynomialWidget"]

MODES = ("field", "reals", "both")

MOST_SHARES = 8
"""Places for shares on the real plane, and the greatest threshold."""


class PolynomialWidget(LabWidget):
    r"""Shares of a secret as points to drag, over the integers modulo ``prime``, over the reals, or both side by side.

    ``shares`` are points (x, y) with distinct x from 1 to p - 1. As long as there are fewer than ``threshold`` of them
    the secret is unknown (``secret`` is ``None``) and a few of the many polynomials that still fit are drawn; from then
    on ``secret`` is $f(0) = \sum_i \lambda_i y_i$, unless the shares contradict each other.

    Without ``shares`` a dealer splits ``secret`` (drawn from ``seed`` if not given) with a random polynomial of degree
    ``threshold - 1``, and shows one share too few: the button "Add a share" shows the next. ``points`` are the shares
    on the real plane, with x an integer from 1 to 8; by default they start as the first of ``shares``. ``mode`` is
    ``field``, ``reals`` or ``both``. All of them can be assigned later, ``prime`` excepted, and hold what was dragged.

    Raises `LocalError` for a composite or too large prime, x = 0, a doubled x, values outside the plane.

    >>> view = PolynomialWidget([(1, 15), (2, 2)], prime=31, threshold=3)
    >>> view.secret is None
    True
    >>> view.shares = [*view.shares, (3, 30)]
    >>> view.secret
    7
    >>> view
    PolynomialWidget(prime=31, threshold=3, shares=3, secret=7)

    Source: Shamir, How to share a secret, CACM 22 (1979).
    """

    _esm = static("polynomial", "js")
    _css = static("polynomial", "css")

    prime = traitlets.Int(31, read_only=True).tag(sync=True)
    threshold = traitlets.Any(3).tag(sync=True)
    shares = traitlets.Any(()).tag(sync=True)
    points = traitlets.Any(()).tag(sync=True)
    mode = traitlets.Any("field").tag(sync=True)
    dealt = traitlets.Any((), read_only=True).tag(sync=True)
    secret = traitlets.Int(None, allow_none=True, read_only=True).tag(sync=True)
    real_secret = traitlets.Float(None, allow_none=True, read_only=True).tag(sync=True)

    def __init__(
        self,
        shares: Iterable[Any] | None = None,
        *,
        prime: int = 31,
        threshold: int = 3,
        secret: int | None = None,
        seed: int = 1,
        points: Iterable[Any] | None = None,
        mode: str = "field",
        dark: bool | None = None,
    ) -> None:
        with refusing():
            field = check_prime(prime)
            prime = field.modulus
            threshold = check_threshold(threshold, min(prime - 1, MOST_SHARES))
            if shares is not None and secret is not None:
                raise LocalError("give the shares, or the secret that a dealer splits, not both", argument="shares")
            dealt: list[tuple[int, int]] = []
            if shares is None:
                secret = None if secret is None else checked_int(secret, "secret", 0, prime - 1)
                rng = Random(checked_int(seed, "seed"))
                f = Polynomial.random(field, threshold - 1, rng, constant=secret)
                dealt = [(x, int(f(x))) for x in range(1, min(prime, 2 * MOST_SHARES))]
                shares = dealt[: threshold - 1]
            pairs = check_shares(prime, shares)
            if points is None:
                first = pairs[:threshold]
                fits = all(x <= MOST_SHARES for x, _ in first)
                points = first if fits else [(i, y) for i, (_, y) in enumerate(first, 1)]
        super().__init__()
        self.set_trait("prime", prime)
        self.set_trait("dealt", tuple(dealt))
        self.threshold, self.shares, self.points, self.mode, self.dark = threshold, pairs, points, mode, dark

    @property
    def window(self) -> tuple[int, int]:
        """Least and greatest y of the real plane."""
        return -(self.prime // 2), self.prime + self.prime // 2

    def describe(self) -> str:
        """Return what the planes in view show, in sentences."""
        return " ".join(chart.alt for chart in self._charts())

    def picture(self) -> str:
        """Return the planes in view as one SVG text."""
        charts = self._charts()
        if len(charts) == 1:
            return charts[0].to_svg()
        top = 0
        parts = []
        for chart in charts:
            parts.append(f'<g transform="translate(0 {top})">{chart.to_svg().strip()}</g>')
            top += chart.figure.layout.height
        box = f'viewBox="0 0 720 {top}" width="720" height="{top}" style="max-width:100%;height:auto"'
        label = f'role="img" aria-label="{escape(self.describe())}"'
        return f'<svg xmlns="http://www.w3.org/2000/svg" {box} {label}>{"".join(parts)}</svg>\n'

    def _charts(self) -> list[Chart]:
        charts = []
        if self.mode != "reals":
            charts.append(shamir_field(self.prime, self.shares, self.threshold))
        if self.mode != "field":
            charts.append(shamir_reals(self.points, self.threshold))
        return charts

    @traitlets.validate("threshold")
    def _check_threshold(self, proposal: Any) -> int:
        with refusing():
            return check_threshold(proposal["value"], min(self.prime - 1, MOST_SHARES))

    @traitlets.validate("shares")
    def _check_shares(self, proposal: Any) -> tuple[tuple[int, int], ...]:
        with refusing():
            return tuple(check_shares(self.prime, proposal["value"]))

    @traitlets.validate("points")
    def _check_points(self, proposal: Any) -> tuple[tuple[int, float], ...]:
        low, high = self.window
        with refusing():
            pairs = check_points(proposal["value"])
            for x, y in pairs:
                if x not in range(1, MOST_SHARES + 1):
                    raise LocalError(f"x must be an integer from 1 to {MOST_SHARES}, got x = {x}", argument="points")
                if not low <= y <= high:
                    raise LocalError(f"y must be from {low} to {high}, got y = {y}", argument="points")
        return tuple((int(x), y) for x, y in pairs)

    @traitlets.validate("mode")
    def _check_mode(self, proposal: Any) -> str:
        with refusing():
            if proposal["value"] not in MODES:
                raise LocalError(f"expected one of {', '.join(MODES)}, got {proposal['value']!r}", argument="mode")
        return str(proposal["value"])

    @traitlets.observe("shares", "points", "threshold")
    def _read_secret(self, change: Any) -> None:
        self.set_trait("secret", fit_field(self.prime, self.shares, self.threshold).secret)
        self.set_trait("real_secret", fit_reals(self.points, self.threshold).secret)

    def __repr__(self) -> str:
        secret = "unknown" if self.secret is None else self.secret
        return (
            f"PolynomialWidget(prime={self.prime}, threshold={self.threshold}, shares={len(self.shares)}, "
            f"secret={secret})"
        )
