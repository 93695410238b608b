"""One run of a sweep: a scenario under a seed, and what its journal says, as plain data that any process can send on.

What a run comes to is a dictionary of JSON values, so that it is the same whether it was computed here, in another
process or on another machine, or was kept in a file in between:

================  ============================================================================================
key               what
================  ============================================================================================
``failed``        why the run came to nothing (no key came about), else None
``summary``       `drandlab.simulation.reading.summary.Summary.to_dict`
``satellites``    for each satellite the figures of `drandlab.simulation.reading.orbit.SatelliteStory`
``checks``        for each checker its name, how much it checked, its violations and why it was skipped
``measured``      what the caller's own function returned
================  ============================================================================================
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from drandlab.errors import LocalError, ProtocolAborted, WrongType
from drandlab.printable import repr_of
from drandlab.simulation.checkers.judges import check_all
from drandlab.simulation.network import Network
from drandlab.simulation.reading.orbit import SatelliteStory, satellites_of
from drandlab.simulation.reading.summary import Latencies, summarize
from drandlab.simulation.scenario.scenario import Scenario

__all__ = ["Measure", "RunData", "Task", "judged"]

Measure: TypeAlias = Callable[[Network], Mapping[str, Any]]
"""A function of the network as its run has left it, which returns more columns: names with plain values."""

RunData: TypeAlias = dict[str, Any]
"""What a run comes to, as JSON values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A run that is to be made: its ``place`` in the sweep, its scenario, seed and backend, and its name in errors."""

    place: int
    scenario: Scenario
    seed: int
    backend: str
    name: str


def judged(measure: Measure | None, task: Task) -> RunData:
    """Make a run and return what it came to; ``measure`` is not asked about one that failed.

    An exception that nobody expects gets a note that names the run; an error of drandlab names it itself.

    >>> from drandlab.simulation.scenario.scenario import load
    >>> found = judged(None, Task(place=0, scenario=load("quiet-five"), seed=1, backend="glass", name="seed 1"))
    >>> found["failed"], found["summary"]["rounds"]["made"], len(found["checks"])
    (None, 20, 21)
    """
    try:
        return _judged(measure, task)
    except LocalError as error:
        raise error.inside(f"the run with {task.name}:") from error
    except Exception as error:
        error.add_note(f"in the run with {task.name}")
        raise


def _judged(measure: Measure | None, task: Task) -> RunData:
    net, failed = task.scenario.build(seed=task.seed, backend=task.backend), None
    try:
        net.run(rounds=0)
        task.scenario.arrange(net)
        net.run(rounds=task.scenario.rounds)
    except ProtocolAborted as error:
        failed = str(error)
    return {
        "failed": failed,
        "summary": summarize(net.journal, net.now).to_dict(),
        "satellites": [_satellite(story) for story in satellites_of(net.journal, net.now)],
        "checks": [
            {
                "checker": verdict.name,
                "checked": verdict.checked,
                "violations": len(verdict.violations),
                "skipped": verdict.skipped or None,
                "what": verdict.violations[0].what if verdict.violations else None,
            }
            for verdict in check_all(net.journal)
        ],
        "measured": _measured(measure, net) if measure is not None and failed is None else {},
    }


def _satellite(story: SatelliteStory) -> dict[str, Any]:
    rounds = Latencies.of(contact.after for contact in story.contacts if contact.after is not None)
    return {
        **story.to_dict(),
        "longest_absence": story.longest_absence,
        "latency": story.latency.to_dict(),
        "rejoin": {name: value for name, value in rounds.to_dict().items() if name != "p95"},
    }


def _measured(measure: Measure, net: Network) -> dict[str, Any]:
    found: object = measure(net)
    if not isinstance(found, Mapping):
        rule = f"expected a function that returns columns by name, it returned a {type(found).__name__}"
        raise WrongType(rule, argument="measure")
    columns = {}
    for name, value in found.items():
        if not isinstance(name, str):
            raise WrongType(f"expected names of columns, got {repr_of(name)}", argument="measure")
        columns[name] = _plain(name, value)
    return columns


def _plain(name: str, value: Any) -> Any:
    value = value.item() if type(value).__module__ == "numpy" and hasattr(value, "item") else value
    if value is not None and not isinstance(value, (int, float, str)):
        rule = f"expected a number, a text, True, False or None in column {repr_of(name)}, got {repr_of(value)}"
        raise WrongType(rule, argument="measure")
    if isinstance(value, int) and not -(1 << 63) <= value < 1 << 63:
        raise LocalError(f"column {repr_of(name)} holds a number of more than 64 bits", argument="measure")
    if isinstance(value, str) and not _is_unicode(value):
        raise LocalError(f"column {repr_of(name)} holds a text that is not Unicode", argument="measure")
    if isinstance(value, float) and not math.isfinite(value):
        raise LocalError(f"column {repr_of(name)} holds {value}; use None for what has no number", argument="measure")
    return value


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
