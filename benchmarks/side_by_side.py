"""Ratios measured in one run: the sides take turns, and the medians are compared."""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import perf_counter, process_time
from typing import Any

__all__ = ["Comparison", "cpu_medians", "report", "wall_medians"]


@dataclass(frozen=True)
class Comparison:
    """One line of the result: ``ratio`` is how many times as fast we are as ``against``, or what ``name`` says."""

    name: str
    ratio: float
    goal: float
    at_least: bool = True
    note: str = ""

    @property
    def met(self) -> bool:
        return self.ratio >= self.goal if self.at_least else self.ratio <= self.goal


def _medians(sides: Mapping[str, Callable[[], object]], turns: int, clock: Callable[[], float]) -> dict[str, float]:
    for side in sides.values():  # once unmeasured: imports, caches, lazily decoded keys
        side()
    times: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(turns):
        for name, side in sides.items():
            started = clock()
            side()
            times[name].append(clock() - started)
    return {name: statistics.median(values) for name, values in times.items()}


def cpu_medians(sides: Mapping[str, Callable[[], object]], turns: int = 7) -> dict[str, float]:
    """Return the median CPU seconds of this process for each side."""
    return _medians(sides, turns, process_time)


def wall_medians(sides: Mapping[str, Callable[[], object]], turns: int = 5) -> dict[str, float]:
    """Return the median wall seconds of each side, for work that other processes do."""
    return _medians(sides, turns, perf_counter)


def report(rows: list[Comparison], microseconds: Mapping[str, float], absent: list[str], as_json: bool) -> None:
    """Print the comparisons and, for orientation, the microseconds behind them."""
    if as_json:
        out: dict[str, Any] = {
            "comparisons": [
                {"name": r.name, "ratio": round(r.ratio, 3), "goal": r.goal, "at_least": r.at_least, "met": r.met}
                for r in rows
            ],
            "microseconds": {name: round(value, 1) for name, value in microseconds.items()},
            "absent_peers": absent,
        }
        print(json.dumps(out, indent=1))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(title="Ratios, measured in one run")
    for column in ("comparison", "ratio", "goal", ""):
        table.add_column(column, justify="left" if column == "comparison" else "right")
    for r in rows:
        sign = "≥" if r.at_least else "≤"
        table.add_row(r.name, f"{r.ratio:.2f}", f"{sign} {r.goal:g}", "met" if r.met else "missed")
    times = Table(title="Median microseconds behind them (this machine, this run)")
    times.add_column("what")
    times.add_column("us", justify="right")
    for name, value in microseconds.items():
        times.add_row(name, f"{value:,.1f}")
    console = Console()
    console.print(table, times)
    for name in absent:
        console.print(f"not compared: {name}")
