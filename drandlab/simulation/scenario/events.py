"""The events a scenario can schedule: one table of all kinds, by the value of ``do`` in a scenario file.

Each module of events has a tuple ``EVENTS``; a module of a new wing is added to `MODULES`, and nothing else changes.
The fields of a class are the keys of its events in a file, beside those of the time
(`drandlab.simulation.scenario.event_base`). The scenario reader, the fuzz, the network stage and the documentation take
the kinds from here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields
from types import MappingProxyType
from typing import Any

from drandlab.errors import LocalError, WrongType
from drandlab.printable import repr_of
from drandlab.simulation.scenario import bridge_events, group_events, link_events, node_events, orbit_events
from drandlab.simulation.scenario.bridge_events import (
    CrashCollator,
    CutCollators,
    Eclipse,
    EndEclipse,
    HonestCollator,
    IsolateCollator,
    LateCollator,
    LyingCollator,
    MendCollators,
    RejoinCollator,
    RestartCollator,
    SetCollatorClock,
    SilentCollator,
)
from drandlab.simulation.scenario.event_base import AtNodes, Event
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
from drandlab.simulation.scenario.orbit_events import CrashSigner, LoseSatellite, RestartSigner, SetSignerClock
from drandlab.wire.strict_toml import no_such

__all__ = [
    "BY_HAND",
    "EVENTS",
    "MODULES",
    "Behave",
    "ChangeLink",
    "CheckChain",
    "Crash",
    "CrashCollator",
    "CrashSigner",
    "Cut",
    "CutCollators",
    "Damage",
    "Eclipse",
    "EndEclipse",
    "Heal",
    "HonestCollator",
    "Isolate",
    "IsolateCollator",
    "LateCollator",
    "LoseSatellite",
    "LyingCollator",
    "Mend",
    "MendCollators",
    "Misbehave",
    "MisbehaveInDKG",
    "PartitionNodes",
    "Rejoin",
    "RejoinCollator",
    "Reshare",
    "Restart",
    "RestartCollator",
    "RestartSigner",
    "SetClock",
    "SetCollatorClock",
    "SetDisk",
    "SetSignerClock",
    "SilentCollator",
    "event_of",
    "rows",
    "table_of",
]

MODULES: tuple[tuple[type[Event], ...], ...] = (
    node_events.EVENTS,
    link_events.EVENTS,
    group_events.EVENTS,
    orbit_events.EVENTS,
    bridge_events.EVENTS,
)
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


def event_of(do: object, *nodes: int, **keys: Any) -> Event:
    """Return the event of a kind with these keys, those of a scenario file; ``nodes`` stand for the key of its nodes.

    Raises `LocalError` for a kind or a key that does not exist, and for values that make no event.

    >>> event_of("cut", 0, 3) == event_of("cut", between=[0, 3]) == Cut(between=(0, 3))
    True
    """
    if not isinstance(do, str):
        raise WrongType(f"expected one of {', '.join(EVENTS)}, got {type(do).__name__}", argument="do")
    if do not in EVENTS:
        raise LocalError(f"{no_such(do, EVENTS, 'event')}; got {repr_of(do, 40)}", argument="do")
    kind = EVENTS[do]
    if nodes:
        if not kind.names_in:
            raise LocalError(f"takes no list of nodes; give its keys by name, got {nodes}", argument=do)
        single = len(nodes) == 1 and issubclass(kind, AtNodes)
        keys = {**keys, "node": nodes[0]} if single else {**keys, kind.names_in: nodes}
    schema = {f.name: f for f in fields(kind)}
    for key in keys:
        if key not in schema:
            raise LocalError(f"{no_such(key, schema, 'key')}; got {repr_of(key, 40)}", argument=do)
    for key, about in schema.items():
        if about.default is MISSING and key not in keys:
            raise LocalError(f"missing; `{do}` needs it", argument=key)
    return kind(**keys)


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
