"""The states of a subscription and what leads from one to the next: the one table of the manager."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeAlias

__all__ = ["CAUSES", "DEPLOYED_TRANSITIONS", "SEED_TRANSITIONS", "State", "Transitions", "allowed"]


class State(enum.Enum):
    """The state of a subscription; a value is its number in SCALE."""

    ACTIVE = 0
    PAUSED = 1
    FINALIZED = 2


CAUSES: Mapping[str, str] = MappingProxyType(
    {
        "create": "a subscriber creates it",
        "pause": "its subscriber pauses it",
        "reactivate": "its subscriber lets it go on",
        "update": "its subscriber changes it",
        "kill": "its subscriber ends it",
        "fail": "a delivery could not be paid or sent",
        "use up": "its last credit is used",
        "clear": "the end of a block takes it out",
    }
)
"""What can happen to a subscription."""

Transitions: TypeAlias = Mapping[tuple[State | None, str], State | None]
"""The state after, for a state before and a cause of `CAUSES`; None: no such subscription, before or any more."""

_SHARED: Transitions = {
    (None, "create"): State.ACTIVE,
    (State.ACTIVE, "pause"): State.PAUSED,
    (State.ACTIVE, "fail"): State.PAUSED,
    (State.PAUSED, "reactivate"): State.ACTIVE,
    (State.ACTIVE, "update"): State.ACTIVE,
    (State.PAUSED, "update"): State.PAUSED,
    (State.ACTIVE, "kill"): None,
    (State.PAUSED, "kill"): None,
}

SEED_TRANSITIONS: Transitions = MappingProxyType({**_SHARED, (State.ACTIVE, "use up"): None})
"""The first design: a subscription is Active or Paused, and ends with its last credit, in the same block."""

DEPLOYED_TRANSITIONS: Transitions = MappingProxyType(
    {
        **_SHARED,
        (State.ACTIVE, "use up"): State.FINALIZED,
        (State.PAUSED, "use up"): State.FINALIZED,
        (State.FINALIZED, "clear"): None,
        (State.FINALIZED, "kill"): None,
    }
)
"""What runs today: a subscription without credits is Finalized, and the end of a block takes so many of them out."""


def allowed(transitions: Transitions, before: State | None, cause: str) -> bool:
    """Return whether this can happen to a subscription in this state.

    >>> allowed(SEED_TRANSITIONS, State.PAUSED, "pause"), allowed(DEPLOYED_TRANSITIONS, State.PAUSED, "use up")
    (False, True)
    """
    return (before, cause) in transitions
