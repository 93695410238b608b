"""The terms of a set-up that waits long, and of a resharing: its arguments are checked here, before it begins."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from drandlab.beacon.group import Group
from drandlab.errors import LocalError
from drandlab.node.setup.setup_rules import Terms, paced
from drandlab.simulation.world.world import checked_names
from drandlab.typing import Seconds, checked_int, checked_positive, checked_real

__all__ = ["PUSH_WAIT", "RESHARE_WAIT", "first_waits", "plan_resharing"]

PUSH_WAIT, RESHARE_WAIT = 5, 60
"""Seconds that a resharing's coordinator waits for the group to be taken, and for the members to signal."""

FIRST_OFFSET, FIRST_PUSH_WAIT = 1, 60
"""Seconds of a first set-up, as `Terms` has them: behind the DKG's last time-out, and for the group to be taken."""

LONGEST_PUSH: Seconds = 1 << 31
"""The most seconds for the group to be taken: the first round is put off by them, which takes at most 32 bits."""


def first_waits(wait: Seconds | None, push_wait: Seconds | None) -> dict[str, Any]:
    """Return the terms of a first set-up that say how long it waits; production's where None is given.

    The first round is put off by as much as ``push_wait`` is longer than production's, so that a group that is taken
    late still has its DKG before it.

    >>> first_waits(None, None), first_waits(7200, 5400)
    ({}, {'wait': 7200, 'push_wait': 5400, 'offset': 5341})
    """
    given: dict[str, Any] = {} if wait is None else {"wait": checked_positive(wait, "wait", what="seconds")}
    if push_wait is not None:
        given["push_wait"] = _checked_push_wait(push_wait)
        given["offset"] = FIRST_OFFSET + max(0, math.ceil(push_wait - FIRST_PUSH_WAIT))
    return given


def _checked_push_wait(push_wait: Seconds) -> Seconds:
    checked_positive(push_wait, "push_wait", what="seconds")
    return checked_real(push_wait, "push_wait", high=LONGEST_PUSH, what="seconds")


def plan_resharing(
    old: Group,
    members: Sequence[int],
    *,
    threshold: int,
    remaining: Iterable[int] | None,
    joining: int,
    catchup_period: int | None,
    phase_timeout: int,
    beacon_id: str,
    wait: Seconds | None = None,
    push_wait: Seconds | None = None,
) -> tuple[list[int], Terms]:
    """Return who of the ``members`` of the ``old`` group remains, and the coordinator's terms.

    ``wait`` and ``push_wait`` are `RESHARE_WAIT` and `PUSH_WAIT` unless given; the new group takes over after them.
    Raises `LocalError` about the argument for members, numbers or a period that no group can have.
    """
    joining = checked_int(joining, "joining", 0, 1000)
    stay = list(members) if remaining is None else checked_names("remaining", remaining)
    for name in stay:
        if name not in members:
            raise LocalError(f"node {name} is not in the group; its nodes are {list(members)}", argument="remaining")
    if not stay:
        raise LocalError(
            "at least one current member must remain; leave it out if all are to stay", argument="remaining"
        )
    if len(stay) + joining < 2:
        raise LocalError(f"a group needs at least 2 nodes, this would be node {stay[0]} alone", argument="remaining")
    push_wait = PUSH_WAIT if push_wait is None else _checked_push_wait(push_wait)
    terms = Terms(
        expected=len(stay) + joining,
        threshold=threshold,
        period=old.period,
        catchup_period=paced(old).catchup_period if catchup_period is None else catchup_period,
        phase_timeout=phase_timeout,
        offset=1 + math.ceil(push_wait),
        beacon_id=beacon_id,
        old_group=old,
        wait=RESHARE_WAIT if wait is None else wait,
        push_wait=push_wait,
    )
    return stay, terms
