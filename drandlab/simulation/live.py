"""The same simulation paced by the wall clock: virtual time follows real time.

What is due is done at once when the clock has come to it; in between, the driver sleeps. A simulation that has fallen
behind (a machine that slept) catches up by itself, as all of its events keep their virtual time.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

import anyio

from drandlab.simulation.network import Network
from drandlab.typing import Seconds

__all__ = ["pace"]

SHORTEST_SLEEP: Seconds = 0.001

LONGEST_SLEEP: Seconds = 0.5
"""Seconds after which the driver looks at the clock again, whatever is due: somebody may have set it."""

LONGEST_STRETCH: Seconds = 1.0
"""Virtual seconds that are simulated at a time, so that others on the event loop get their turn."""


async def pace(
    net: Network,
    *,
    now: Callable[[], Seconds] = time.time,
    sleep: Callable[[Seconds], Awaitable[None]] = anyio.sleep,
    until: Seconds | None = None,
) -> None:
    """Let ``net`` run along the clock ``now``, for ever or until a time on it (UNIX seconds).

    ``sleep`` waits; a test gives both its own.
    """
    if until is not None:
        until = round(until, 6)  # the world's time is in whole microseconds, and would stay below another one for ever
    while until is None or net.now < until:
        clock = now() if until is None else min(now(), until)
        net.run(until=min(clock, net.now + LONGEST_STRETCH))
        due = net.world.due() - now()
        is_behind = clock - net.now > SHORTEST_SLEEP
        await sleep(0 if is_behind else min(max(due, SHORTEST_SLEEP), LONGEST_SLEEP))
