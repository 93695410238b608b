"""An axis: from data values to pixels, where its ticks are and what they say."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

__all__ = ["LEAST", "Axis", "Ticks", "linear_ticks", "log_ticks", "number", "time_ticks"]

Ticks = list[tuple[float, str]]
"""Position on the axis and label."""

MINUS = "\N{MINUS SIGN}"

LEAST = 1e-300
"""Values closer together than this count as equal: a scale between them would only show rounding errors."""

STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200)
DAY = 86_400


def number(value: float, digits: int = 4) -> str:
    """Return ``value`` as a reader writes it: thousands grouped, no trailing zeros, at most ``digits`` decimals.

    >>> number(1234567.0), number(0.25), number(12.0), number(1.5e20)
    ('1,234,567', '0.25', '12', '1.5e20')
    """
    if value and abs(value) < 10.0**-digits:
        mantissa, exponent = f"{value:.1e}".split("e")
        return f"{mantissa.removesuffix('.0')}e{int(exponent)}".replace("-", MINUS)
    if abs(value) >= 1e15:
        return f"{value:.3g}".replace("-", MINUS).replace("e+", "e")
    text = f"{value:,.{digits}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text.replace("-", MINUS) if text != "-0" else "0"


def linear_ticks(low: float, high: float, count: int = 6) -> Ticks:
    """Return about ``count`` marks at 1, 2 or 5 times a power of ten within ``[low, high]``.

    >>> linear_ticks(0, 10)
    [(0.0, '0'), (2.0, '2'), (4.0, '4'), (6.0, '6'), (8.0, '8'), (10.0, '10')]
    """
    if high - low < LEAST:
        return [(low, number(low))]
    step = _round_step((high - low) / count)
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [(round(i * step, digits + 2), number(i * step, max(digits, 4))) for i in range(first, last + 1)]


def log_ticks(low: float, high: float) -> Ticks:
    """Return the marks of a logarithmic axis whose ends are ``10**low`` and ``10**high``; positions are exponents.

    >>> log_ticks(0, 2)
    [(0.0, '1'), (1.0, '10'), (2.0, '100')]
    """
    first, last = math.ceil(low - 1e-9), math.floor(high + 1e-9)
    stride = max(1, (last - first) // 6 + 1) if last - first > 7 else 1
    whole = [(float(e), number(10.0**e)) for e in range(first, last + 1, stride)]
    if len(whole) >= 3:
        return whole
    values = [m * 10.0**e for e in range(math.floor(low) - 1, last + 1) for m in (1, 2, 5)]
    return [(math.log10(v), number(v)) for v in values if low - 1e-9 <= math.log10(v) <= high + 1e-9]


def time_ticks(low: float, high: float, count: int = 6) -> Ticks:
    """Return marks at whole seconds, minutes, hours or days of UTC; positions are UNIX seconds.

    >>> [label for _, label in time_ticks(1692803367, 1692803397)]
    ['15:09:30', '15:09:35', '15:09:40', '15:09:45', '15:09:50', '15:09:55']
    """
    rough = (high - low) / count
    if rough > 45 * DAY:
        return _month_ticks(low, high, rough)
    if rough > STEPS[-1]:
        step = DAY * max(1, round(_round_step(rough / DAY)))
        form = "%Y-%m-%d"
    else:
        step = next(s for s in STEPS if s >= rough)
        form = "%H:%M:%S" if step < 60 else "%H:%M" if high - low < DAY else "%m-%d %H:%M"
    first = math.ceil(low / step)
    marks = range(first, math.floor(high / step) + 1)
    return [(float(i * step), datetime.fromtimestamp(i * step, UTC).strftime(form)) for i in marks]


class Axis:
    """One axis: from data values to pixels, and its ticks.

    ``kind`` is ``linear``, ``log``, ``date`` or ``category``; values of a category axis are their labels, of a date
    axis ISO 8601 texts in UTC.
    """

    def __init__(self, spec: dict[str, Any], values: Sequence[Any], pad: float) -> None:
        given = spec.get("type")
        texts = [v for v in values if isinstance(v, str)]
        self.kind: str = given or ("category" if texts else "linear")
        self.categories: list[str] = list(dict.fromkeys(texts)) if self.kind == "category" else []
        self._places = {
            label: place for place, label in enumerate(self.categories)
        }  # looking up a place in a list would take linear time
        numbers = [n for n in map(self.number, values) if n is not None and math.isfinite(n)]
        low, high = (min(numbers), max(numbers)) if numbers else (0.0, 1.0)
        if self.kind == "category":
            low, high = -0.5, len(self.categories) - 0.5
        elif spec.get("range") is not None:
            edges = [self.number(v) if isinstance(v, str) else float(v) for v in spec["range"]]
            low, high = edges[0] or 0.0, edges[1] or 0.0
        else:
            room = (high - low) * pad if high - low >= LEAST else max(abs(high) * 0.1, 0.5)
            low, high = low - room, high + room
            if spec.get("rangemode") == "tozero":
                low, high = (0.0, high) if low + room >= 0 else (low, high)
        if spec.get("autorange") == "reversed":
            low, high = high, low
        self.low, self.high = low, high
        self.spec, self.start, self.end = spec, 0.0, 1.0

    @property
    def shown(self) -> bool:
        """Whether the axis itself is drawn."""
        return self.spec.get("visible") is not False

    def number(self, value: Any) -> float | None:
        """Return where ``value`` stands on the axis, before scaling to pixels."""
        if value is None:
            return None
        if self.kind == "category":
            return float(self._places[value]) if isinstance(value, str) else float(value)
        if self.kind == "date":
            moment = datetime.fromisoformat(value)
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
        if self.kind == "log":
            return math.log10(value) if value > 0 else None
        return float(value)

    def pixel(self, number: float) -> float:
        return self.start + (number - self.low) / (self.high - self.low) * (self.end - self.start)

    def at(self, value: Any) -> float | None:
        number = self.number(value)
        return None if number is None or not math.isfinite(number) else self.pixel(number)

    def ticks(self) -> Ticks:
        low, high = sorted((self.low, self.high))
        if self.spec.get("tickvals") is not None:
            labels = self.spec.get("ticktext") or [str(v) for v in self.spec["tickvals"]]
            placed = [(self.number(v), str(label)) for v, label in zip(self.spec["tickvals"], labels, strict=True)]
            return [(n, label) for n, label in placed if n is not None and low <= n <= high]
        if self.kind == "category":
            return [(float(i), label) for i, label in enumerate(self.categories)]
        if self.kind == "log":
            return log_ticks(low, high)
        return time_ticks(low, high) if self.kind == "date" else linear_ticks(low, high)


def _month_ticks(low: float, high: float, rough: float) -> Ticks:
    """Marks on the first day of a month or of a year."""
    months = rough / (30.4 * DAY)
    step = next((m for m in (1, 2, 3, 6, 12) if m >= months), 12 * max(1, round(_round_step(months / 12))))
    first = datetime.fromtimestamp(low, UTC)
    marks: Ticks = []
    index = (12 * first.year + first.month - 1) // step * step
    while index < 12 * 9999 and (at := datetime(index // 12, index % 12 + 1, 1, tzinfo=UTC)).timestamp() <= high:
        if at.timestamp() >= low:
            marks.append((at.timestamp(), at.strftime("%Y" if step % 12 == 0 else "%Y-%m")))
        index += step
    return marks


def _round_step(rough: float) -> float:
    power = 10.0 ** math.floor(math.log10(rough))
    return float(power * next(m for m in (1, 2, 5, 10) if m * power >= rough * 0.999))
