r"""What kind of number an outcome of an attack is, and thus how far from the prediction a run may lie.

A share or a mean over $n$ independent trials, each with the standard deviation $d$, has the standard deviation
$d / \sqrt{n}$; a share of the chance $p$ has $d = \sqrt{p (1 - p)}$. A run may lie `DEVIATIONS` of them away. A
time may be off by an allowance in seconds. All else is exact, and so is a share that is predicted to be 0 or 1.

>>> share = SampledShare("runs")
>>> share.allowance(0.5, {"runs": 900}), share.allowance(1.0, {"runs": 900})
(0.075, 0.0)
>>> MeasuredTime("period").allowance(2700.0, {"period": 30})
30.0
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Any, TypeAlias

__all__ = ["DEVIATIONS", "MeasuredTime", "OutcomeKind", "SampledMean", "SampledShare"]

DEVIATIONS = 4.5
"""How many standard deviations a share or a mean may lie away from its prediction."""

Trials: TypeAlias = str | int | Callable[[Mapping[str, Any]], int]
"""A number of trials: the name of a parameter, a number, or a function of all parameters."""


def _number(trials: Trials, parameters: Mapping[str, Any]) -> int:
    if isinstance(trials, str):
        return int(parameters[trials])
    return trials if isinstance(trials, int) else trials(parameters)


@dataclass(frozen=True, slots=True)
class SampledShare:
    """A share of so many independent trials, all of the same chance."""

    trials: Trials = "runs"

    def allowance(self, predicted: float, parameters: Mapping[str, Any]) -> float:
        """Return how far from the prediction a run may lie."""
        return DEVIATIONS * sqrt(predicted * (1 - predicted) / _number(self.trials, parameters))


@dataclass(frozen=True, slots=True)
class SampledMean:
    """The mean of so many independent trials; ``deviation`` gives the standard deviation of one."""

    deviation: Callable[[Mapping[str, Any]], float]
    trials: Trials = "runs"

    def allowance(self, predicted: float, parameters: Mapping[str, Any]) -> float:
        """Return how far from the prediction a run may lie."""
        return DEVIATIONS * self.deviation(parameters) / sqrt(_number(self.trials, parameters))


@dataclass(frozen=True, slots=True)
class MeasuredTime:
    """A time in seconds, right to within so many: a number, or the parameter that says it (such as ``period``)."""

    within: str | float = 0.5

    def allowance(self, predicted: float, parameters: Mapping[str, Any]) -> float:
        """Return how far from the prediction a run may lie."""
        return float(parameters[self.within] if isinstance(self.within, str) else self.within)


OutcomeKind: TypeAlias = SampledShare | SampledMean | MeasuredTime
"""A kind of outcome that need not be met exactly."""
