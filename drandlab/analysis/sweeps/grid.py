"""A grid: the scenarios that come of one scenario when some of its keys take several values each.

A key is written as in the errors about a scenario file: ``network.threshold``, ``links.latency.mean``, ``rounds``; what
stands in a list has a number, from 1: ``event.2.at``. A key that the scenario leaves out is put in.
"""

from __future__ import annotations

import copy
import itertools
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from numbers import Integral, Real
from typing import Any, TypeAlias

from drandlab.errors import FormatError, LocalError, WrongType
from drandlab.printable import repr_of
from drandlab.simulation.scenario.event_base import Event
from drandlab.simulation.scenario.events import EVENTS
from drandlab.simulation.scenario.scenario import Scenario
from drandlab.wire.strict_toml import Document

__all__ = ["GridPoint", "GridValues", "points_of"]

GridValues: TypeAlias = Mapping[Any, Iterable[Any]]
"""What a grid is given as: for a key, or for a tuple of keys that go together, a list or a mapping of its values."""

_NOT_SWEPT = {
    "name": "it changes nothing in a run; leave it out",
    "about": "it changes nothing in a run; leave it out",
    "network.seed": "every run has its own seed: name them in `seeds`",
}
"""Keys of a scenario that a grid may not have, and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GridPoint:
    """One point of a grid: what each of its ``columns`` shows, and the ``scenario`` that comes of it."""

    columns: Mapping[str, Any]
    scenario: Scenario

    def __str__(self) -> str:
        return ", ".join(f"{key} = {_short(value)}" for key, value in self.columns.items()) or self.scenario.name


@dataclass(frozen=True, slots=True)
class _Axis:
    """The keys that change together; for each step what their columns show, and their values."""

    keys: tuple[str, ...]
    steps: list[tuple[tuple[Any, ...], tuple[Any, ...]]]


def points_of(scenario: Scenario, grid: GridValues) -> list[GridPoint]:
    """Return the points of a grid over a scenario, the last key of the grid changing fastest.

    The values of a key are a list, or a mapping: its keys are then what the column shows for the values, for which a
    list or a table would be too long. A key may be a tuple of keys that go together, and each of its values a tuple.
    A column shows a list or a table as JSON. The value None leaves a key out.

    Raises `LocalError` with the key for a grid that is none, and for a point that makes no scenario.

    >>> from drandlab.simulation.scenario.scenario import load
    >>> grid = {"network.threshold": [3, 4], "links.loss": [0, 0.1]}
    >>> [str(point) for point in points_of(load("quiet-five"), grid)][:2]
    ['network.threshold = 3, links.loss = 0', 'network.threshold = 3, links.loss = 0.1']
    >>> points_of(load("quiet-five"), {"network.treshold": [3]})
    Traceback (most recent call last):
    drandlab.errors.LocalError: grid network.treshold = 3: no such key; did you mean "threshold"? There are nodes, ...
    """
    axes = _axes(grid)
    # the seed is that of each run; that of the scenario may be one that no file holds
    text = replace(scenario, network=replace(scenario.network, seed=1)).to_toml()
    points = []
    for steps in itertools.product(*(axis.steps for axis in axes)):
        table = Document(text).table
        columns: dict[str, Any] = {}
        for axis, (shown, values) in zip(axes, steps, strict=True):
            columns |= zip(axis.keys, shown, strict=True)
            for key, value in zip(axis.keys, values, strict=True):
                _put(table, key, value)
        points.append(GridPoint(columns=columns, scenario=_read(table, columns)))
    return points


def _axes(grid: GridValues) -> list[_Axis]:
    if not isinstance(grid, Mapping):
        raise WrongType(f"expected a mapping of keys to lists of values, got {type(grid).__name__}", argument="grid")
    axes = [_axis(key, values) for key, values in grid.items()]
    seen: set[str] = set()
    for key in (key for axis in axes for key in axis.keys):
        if key in seen:
            raise LocalError("comes twice", argument=key, within=("grid",))
        seen.add(key)
        if key in _NOT_SWEPT:
            raise LocalError(_NOT_SWEPT[key], argument=key, within=("grid",))
    return axes


def _axis(key: object, values: object) -> _Axis:
    keys = key if isinstance(key, tuple) else (key,)
    if not keys or not all(isinstance(one, str) and one.strip() for one in keys):
        raise WrongType(f"expected keys of a scenario such as 'network.threshold', got {repr_of(key)}", argument="grid")
    names = tuple(map(str, keys))
    place = ", ".join(names)
    if isinstance(values, (str, bytes)) or not isinstance(values, Iterable):
        raise WrongType(f"expected a list of values, got {repr_of(values)}", argument=place, within=("grid",))
    labelled = values.items() if isinstance(values, Mapping) else ((None, value) for value in values)
    steps = []
    for label, value in labelled:
        several = _several(value, len(names), place) if isinstance(key, tuple) else (_plain(value),)
        shown = tuple(map(_cell, several)) if label is None else (_cell(_plain(label)),) * len(names)
        steps.append((shown, several))
    if not steps:
        raise LocalError("has no values, so there is nothing to run", argument=place, within=("grid",))
    seen = [json.dumps(shown, default=repr) for shown, _ in steps]
    if twice := [shown for number, shown in enumerate(seen) if shown in seen[:number]]:
        raise LocalError(f"the value {repr_of(json.loads(twice[0]))} comes twice", argument=place, within=("grid",))
    return _Axis(names, steps)


def _several(value: object, count: int, place: str) -> tuple[Any, ...]:
    if isinstance(value, str) or not isinstance(value, Sequence) or len(value) != count:
        raise LocalError(f"expected {count} values at a time, got {repr_of(value)}", argument=place, within=("grid",))
    return tuple(map(_plain, value))


def _plain(value: Any) -> Any:
    """Return a value as TOML would give it; what TOML does not know is left for the reader to refuse."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, (int, str)) or not isinstance(value, Real):
        return value
    return int(value) if isinstance(value, Integral) else float(value)


def _cell(value: Any) -> Any:
    return json.dumps(value, default=repr) if isinstance(value, (list, dict)) else value


def _short(value: Any) -> str:
    return value if isinstance(value, str) and len(value) <= 40 else repr_of(value, 40)


def _put(table: dict[str, Any], key: str, value: Any) -> None:
    place: Any = table
    parts = key.split(".")
    for number, part in enumerate(parts):
        at: Any = part
        if isinstance(place, list):
            known = f"1 to {len(place)}" if place else "none"
            if not (part.isascii() and part.isdigit() and 1 <= int(part) <= len(place)):
                rule = f"{'.'.join(parts[:number])} is a list, counted from 1: there are {known}, got {repr_of(part)}"
                raise LocalError(rule, argument=key, within=("grid",))
            at = int(part) - 1
        elif not isinstance(place, dict):
            raise LocalError(f"{'.'.join(parts[:number])} has no parts", argument=key, within=("grid",))
        if number == len(parts) - 1:
            if value is not None:
                place[at] = copy.deepcopy(value)
            elif isinstance(place, dict):
                place.pop(at, None)
            else:
                del place[at]
        else:
            place = place[at] if isinstance(place, list) else place.setdefault(at, {})


def _read(table: dict[str, Any], columns: Mapping[str, Any]) -> Scenario:
    document = Document("", None, {Event: EVENTS})
    try:
        return document.read(Scenario, table)
    except FormatError as error:
        about = [f"{key} = {_short(value)}" for key, value in columns.items() if key == error.field]
        everything = ", ".join(f"{key} = {_short(value)}" for key, value in columns.items())
        rule = error.rule if about else f"{error}"
        raise LocalError(rule, argument=about[0] if about else everything, within=("grid",)) from None
