r"""Rounds and times: which round is due at a moment, and when a round is due.

Round $r \ge 1$ is due at $genesis + (r - 1) \cdot period$. Three edges are production's and are kept:

* before genesis the *current* round is 1, not 0, since the next round is returned as it is;
* round 0, the genesis beacon, and round 1 share the genesis time;
* rounds too far away have no time: the Go code returns an error value, and here `LocalError` is raised.

All times are UNIX seconds. Source: drand ``common/time.go``; drand specification, "Beacon chain" (whose pseudo-code
differs).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from drandlab.errors import LocalError
from drandlab.typing import LAST_ROUND, Round, Seconds, checked_int, checked_real

__all__ = ["LAST_TIME", "Schedule"]

LAST_TIME = (1 << 63) - 1 - (1 << 36)
"""No round is due at or after this second; production uses the number as its error value."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """The times of a chain's rounds: one every ``period`` seconds from ``genesis_time`` on.

    >>> beat = Schedule(period=30, genesis_time=1595431050)
    >>> beat.round_at(1595431110), beat.next_round(1595431110), beat.round_time(3)
    (3, (4, 1595431140), 1595431110)
    """

    period: int
    genesis_time: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "period", checked_int(self.period, "period", 1, what="whole seconds"))
        object.__setattr__(self, "genesis_time", checked_int(self.genesis_time, "genesis_time", what="UNIX seconds"))

    def round_at(self, now: Seconds) -> Round:
        """Return the round that is current at ``now``: the last one due, and 1 before genesis."""
        now = checked_real(now, "now", what="UNIX seconds")
        upcoming, _ = self.next_round(now)
        return upcoming if now < self.genesis_time else upcoming - 1

    def next_round(self, now: Seconds) -> tuple[Round, int]:
        r"""Return the first round due after ``now`` and its time; $(1, genesis)$ before genesis.

        $$k = \lfloor (now - genesis) / period \rfloor + 1, \qquad (k + 1,\; genesis + k \cdot period).$$
        """
        now = checked_real(now, "now", what="UNIX seconds")
        if now < self.genesis_time:
            return 1, self.genesis_time
        passed = (math.floor(now) - self.genesis_time) // self.period + 1
        return passed + 1, self.genesis_time + passed * self.period

    def round_time(self, round: Round) -> int:
        """Return the second at which ``round`` is due.

        Raises `LocalError` for rounds so late that production has no time for them.
        """
        round = checked_int(round, "round", 0, LAST_ROUND)
        if round == 0:
            return self.genesis_time
        # production's guard against overflow of 64 bits, kept so that both refuse the same rounds
        limit = ((1 << 64) - 1) >> ((self.period + 1).bit_length() - 1 + 2)
        time = self.genesis_time + (round - 1) * self.period
        if round >= limit or time > LAST_TIME:
            raise LocalError(
                f"round {round}: too far in the future, no time is defined for it at {self.period} s a round"
            )
        return time
