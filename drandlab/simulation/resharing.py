"""The terms of a resharing: its arguments are checked here, before anything happens."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from drandlab.beacon.group import Group
from drandlab.errors import LocalError
from drandlab.node.setup.setup_rules import Terms, paced
from drandlab.simulation.world.world import checked_names
from drandlab.typing import checked_int

__all__ = ["PUSH_WAIT", "RESHARE_WAIT", "plan_resharing"]

PUSH_WAIT, RESHARE_WAIT = 5, 60
"""Seconds that a resharing's coordinator waits for the group to be taken, and for the members to signal."""


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
) -> tuple[list[int], Terms]:
    """Return who of the ``members`` of the ``old`` group remains, and the coordinator's terms.

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
    terms = Terms(
        expected=len(stay) + joining,
        threshold=threshold,
        period=old.period,
        catchup_period=paced(old).catchup_period if catchup_period is None else catchup_period,
        phase_timeout=phase_timeout,
        offset=1 + PUSH_WAIT,
        beacon_id=beacon_id,
        old_group=old,
        wait=RESHARE_WAIT,
        push_wait=PUSH_WAIT,
    )
    return stay, terms
