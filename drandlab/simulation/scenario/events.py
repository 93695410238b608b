"""The events a scenario can schedule: one table of all kinds, by the value of ``do`` in a scenario file.

Each module of events has a tuple ``EVENTS``; a module of a new wing is added to `MODULES`, and nothing else changes.
The fields of a class are the keys of its events in a file, beside those of the time
(`drandlab.simulation.scenario.event_base`). The scenario reader, the fuzz, the network stage and the documentation take
the kinds from here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from types import MappingProxyType

from drandlab.simulation.scenario import group_events, link_events, node_events
from drandlab.simulation.scenario.event_base import Event
from drandlab.simulation.scenario.group_events import Reshare
from drandlab.simulation.scenario.link_events import ChangeLink, Cut, Heal, Isolate, Mend, PartitionNodes, Rejoin
from drandlab.simulation.scenario.node_events import (
    Behave,
    CheckChain,
    Crash,
    Damage,
    Misbehave,
    MisbehaveInDKG,
    Restart,
    SetClock,
    SetDisk,
)

__all__ = [
    "BY_HAND",
    "EVENTS",
    "MODULES",
    "Behave",
    "ChangeLink",
    "CheckChain",
    "Crash",
    "Cut",
    "Damage",
    "Heal",
    "Isolate",
    "Mend",
    "Misbehave",
    "MisbehaveInDKG",
    "PartitionNodes",
    "Rejoin",
    "Reshare",
    "Restart",
    "SetClock",
    "SetDisk",
    "rows",
    "table_of",
]

MODULES: tuple[tuple[type[Event], ...], ...] = (node_events.EVENTS, link_events.EVENTS, group_events.EVENTS)
"""The events of each module, in the order of the documentation."""


def table_of(modules: Iterable[Iterable[type[Event]]]) -> Mapping[str, type[Event]]:
    """Return every kind of event by its value of ``do``; two kinds must not share one."""
    kinds: dict[str, type[Event]] = {}
    for kind in (kind for module in modules for kind in module):
        other = kinds.setdefault(kind.do, kind)
        assert other is kind, f"{kind.__name__} and {other.__name__} are both {kind.do!r}"
    return MappingProxyType(kinds)


EVENTS: Mapping[str, type[Event]] = table_of(MODULES)
"""Every kind of event by its value of ``do``."""

BY_HAND: Mapping[str, str] = MappingProxyType({do: kind.label for do, kind in EVENTS.items() if kind.label})
"""The kinds that the network stage offers, and what it calls them."""


def rows() -> list[tuple[str, str, str]]:
    """Return a row of the documentation for each kind: its ``do``, its keys beside those of the time, a sentence.

    >>> rows()[0][:2]
    ('crash', 'node, nodes, lose_disk')
    """
    moment = {f.name for f in fields(Event)}
    found = []
    for do, kind in EVENTS.items():
        keys = ", ".join(f.name for f in fields(kind) if f.name not in moment)
        found.append((do, keys, (kind.__doc__ or "").partition("\n\n")[0].replace("\n", " ").strip()))
    return found
