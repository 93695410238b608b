r"""A signer's own clock: it refuses rounds that are not due by it.

On an unchained network the message of a round is the round's number alone, so every future round can be signed today.
A signer that believes whoever asks gives them all away: **who owns the way to it owns the future of the chain**, up to
the partials of one member. A signer that reads a clock of its own gives away what is due, and nothing else.

Round $r$ of a chain with period $p$ and genesis time $g$ is due at $g + (r - 1) p$. At the time $now$ of its clock a
signer with the tolerance $d$ that may sign $N$ rounds ahead signs

$$r \le N + \left\lfloor \frac{now + d - g}{p} \right\rfloor + 1.$$

The clock is trusted with all of that: who can set it, by a false time signal, say, owns the future again.

**The tolerance** is how late the clock may be before rounds are lost, and how early a partial may leave. It is part of
what is given away, so it is small; a clock that drifts further needs to be set.

**Signing ahead** ($N > 0$) widens the window by exactly $N$ rounds: whoever takes the place where these partials are
kept has this member's partials of the next $N$ rounds, before they are due. No more: the round after is refused.

**The times of a chain** are those of the share that signs. They come with the terms of its DKG, from whoever asks for
it. In a resharing they must be those of the share that is dealt. In a first DKG the genesis time is in the session's
name, so that a false one meets no packet of another member; the period is not, and a newcomer to a running chain can
check neither. What cannot be checked is believed, unless it was loaded before the launch (``period``,
``genesis_time``).
"""

from __future__ import annotations

from dataclasses import dataclass

from drandlab.beacon.rounds import Schedule
from drandlab.errors import LocalError
from drandlab.node.setup.setup_packets import StartDKG
from drandlab.node.setup.setup_rules import session_id
from drandlab.typing import LAST_ROUND, Round, Seconds, checked_int, checked_real

__all__ = ["MOST_AHEAD", "TOLERANCE", "OwnClock"]

TOLERANCE: Seconds = 1.0
"""Seconds by which a round may be early, unless told otherwise: about what a free clock loses in a day."""

MOST_AHEAD = 2048
"""Rounds that can be signed ahead at most: 17 hours of a chain of 30 s, and a bound for whoever keeps them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnClock:
    """The rule of a signer that reads a clock: ``ahead`` rounds, and ``tolerance`` seconds, beyond what is due.

    ``period`` and ``genesis_time`` are the chain's, loaded before the launch; without them those of a DKG are believed.

    >>> chain = Schedule(period=30, genesis_time=1000)
    >>> OwnClock().latest(chain, 1060), OwnClock(ahead=5).latest(chain, 1060), OwnClock().latest(chain, 990)
    (3, 8, 0)
    >>> OwnClock().check(4, chain, 1060)
    Traceback (most recent call last):
    drandlab.errors.LocalError: round 4: it is not due: by the signer's clock, 1060 s, the last round to sign is 3
    """

    tolerance: Seconds = TOLERANCE
    ahead: int = 0
    period: int | None = None
    genesis_time: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "tolerance", checked_real(self.tolerance, "tolerance", 0, what="seconds"))
        object.__setattr__(self, "ahead", checked_int(self.ahead, "ahead", 0, MOST_AHEAD, what="rounds"))
        for name, low, what in (("period", 1, "whole seconds"), ("genesis_time", 0, "UNIX seconds")):
            if (value := getattr(self, name)) is not None:
                object.__setattr__(self, name, checked_int(value, name, low, what=what))

    def latest(self, schedule: Schedule, now: Seconds) -> Round:
        """Return the last round that is signed at ``now``; 0 for none."""
        return min(LAST_ROUND, schedule.next_round(now + self.tolerance)[0] - 1 + self.ahead)

    def check(self, round: Round, schedule: Schedule | None, now: Seconds) -> None:
        """Raise `LocalError` unless ``round`` may be signed at ``now`` with a share of these times."""
        if schedule is None:
            raise LocalError(f"round {round}: the times of its chain are not known here", code="no-times")
        if round > (last := self.latest(schedule, now)):
            why = f"it is not due: by the signer's clock, {now:.15g} s, the last round to sign is {last}"
            raise LocalError(f"round {round}: {why}", code="not-due")

    def times_of(self, start: StartDKG, deals: bool, dealt: Schedule | None) -> Schedule:
        """Return the times of the chain that a DKG is for; ``dealt`` are those of the share that this signer ``deals``.

        Raises `LocalError` where they cannot be the chain's.
        """
        times = Schedule(start.group.period, start.group.genesis_time)
        if start.session_id != session_id(start.group):
            raise LocalError("run: the session is not named by the group's time", code="other-times")
        if deals and dealt is None:
            raise LocalError("run: the times of the share that is to be dealt are not known here", code="no-times")
        known = Schedule(self.period or times.period, self.genesis_time or times.genesis_time)
        for expected in (dealt or times, known):
            if times != expected:
                raise LocalError(f"run: expected {expected}, the group has {times}", code="other-times")
        return times
