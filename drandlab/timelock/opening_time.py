"""When a file opens: the round that a duration, a moment or a number asks for.

======================= ===============================================================================================
asked for               the round
======================= ===============================================================================================
a round                 that one
a duration, ``1d2h``    the round that is current when the duration has passed, as the ``tle`` tool chooses it; its
                        signature is up to a period minus one second old then
a moment                the first round that is due at that moment or after it: the file does not open before
======================= ===============================================================================================

**Durations.** Whole numbers with a unit: ``s``, ``m`` (minutes), ``h``, ``d``, ``w``, ``M`` (months), ``y``; each unit
at most once, in any order. Every part is counted from now, and the parts are added: ``1M1d`` is the length of a month
from now, and a day. A month or a year that ends on a day that is not there ends as many days later, as Go's
``AddDate`` has it: a month from 31 January is 3 March (2 March in a leap year). At most 292 years, which is the longest
duration of Go. Two things differ from ``tle``: days, weeks, months and years are those of UTC, where ``tle`` takes the
machine's time zone, in which a day may have 23 or 25 hours; and what is longer than 292 years is refused, where ``tle``
shortens it.

**Moments.** RFC 3339 with its zone (``2027-01-01T00:00:00Z``, ``2027-01-01T01:00:00+01:00``), or a date, which begins
at midnight UTC. A time of day without a zone is refused: it names another moment on another machine.

Source: drand/tlock ``cmd/tle/commands``; Go ``time.AddDate``; RFC 3339.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, date, datetime

from drandlab.beacon.chain_info import ChainInfo
from drandlab.beacon.rounds import Schedule
from drandlab.errors import LocalError
from drandlab.printable import repr_of
from drandlab.timelock.reasons import TimelockError
from drandlab.typing import LAST_ROUND, Round, Seconds, checked_flag, checked_int, checked_real, checked_text

__all__ = [
    "LONGEST",
    "check_request",
    "duration_seconds",
    "moment_seconds",
    "moment_text",
    "opening_round",
    "opens_text",
    "round_not_before",
    "too_early",
]

LONGEST = ((1 << 63) - 1) // 10**9
"""Seconds of the longest duration: Go counts the nanoseconds in 63 bits."""

_FIXED = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 7 * 86_400}
_MONTHS = {"M": 1, "y": 12}
_UNITS = "smhdwMy"

_DURATION = re.compile(f"(?:[0-9]+[{_UNITS}])+")
_PART = re.compile(f"([0-9]+)([{_UNITS}])")

_MOMENT = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d:\d\d:\d\d)(?:\.(\d{1,18}))?(?:([Zz])|([+-])([01]\d|2[0-3]):([0-5]\d))?)?", re.ASCII
)

_FIRST_YEAR, _LAST_YEAR = -62_135_596_800, 253_402_300_799
"""UNIX seconds of the years 1 to 9999, which the calendar of Python has."""


def opening_round(
    info: ChainInfo,
    *,
    now: Seconds,
    round: int | None = None,
    duration: str | None = None,
    at: str | None = None,
    force: bool = False,
) -> Round:
    """Return the round to encrypt to, from exactly one of ``round``, ``duration`` and ``at``.

    ``now`` is in UNIX seconds. A round before the one that is current at ``now``, and a moment before ``now``, are
    refused unless ``force`` is true: such a file opens at once. The current round is not past, as in ``tle``, though
    its signature is there as well. Raises `LocalError` that names the argument.

    >>> import drandlab as dl
    >>> quicknet = dl.networks["quicknet"]
    >>> opening_round(quicknet, now=1692803367, duration="1h")
    1201
    >>> opening_round(quicknet, now=1692803367, at="2023-08-23T15:09:28Z")
    2
    """
    force = checked_flag(force, "force")
    check_request(now=now, round=round, duration=duration, at=at)
    if duration is not None:
        return info.round_at(int(now // 1) + duration_seconds(duration, now))
    if at is not None:
        moment = moment_seconds(at)
        if moment < now and not force:
            raise LocalError(f"{repr_of(at)} is past, so the file would open at once", argument="at", code="past")
        return round_not_before(info.schedule, moment)
    wanted = checked_int(round, "round", 1, LAST_ROUND)
    if wanted < (current := info.round_at(now)) and not force:
        rule = f"{wanted} is past, the current one is {current}, so the file would open at once"
        raise LocalError(rule, argument="round", code="past")
    return wanted


def check_request(
    *, now: Seconds, round: int | None = None, duration: str | None = None, at: str | None = None
) -> None:
    """Raise the `LocalError` of `opening_round` for a request that is none on any chain, before one is known."""
    now = checked_real(now, "now", what="UNIX seconds")
    given = [name for name, value in (("round", round), ("duration", duration), ("at", at)) if value is not None]
    if len(given) != 1:
        raise LocalError(f"expected one of round, duration and at, got {' and '.join(given) or 'none'}")
    if round is not None:
        checked_int(round, "round", 1, LAST_ROUND)
    if duration is not None:
        duration_seconds(duration, now)
    if at is not None:
        moment_seconds(at)


def round_not_before(schedule: Schedule, moment: int) -> Round:
    """Return the first round that is due at ``moment`` (UNIX seconds) or after it; 1 before genesis.

    >>> beat = Schedule(period=3, genesis_time=100)
    >>> [round_not_before(beat, moment) for moment in (7, 100, 101, 103, 104)]
    [1, 1, 2, 2, 3]
    """
    moment = checked_int(moment, "moment", what="UNIX seconds")
    return max(1, -((schedule.genesis_time - moment) // schedule.period) + 1)


def duration_seconds(text: str, now: Seconds) -> int:
    """Return how many seconds the duration ``text`` lasts from ``now`` (UNIX seconds) on.

    Raises `LocalError` for a text of another form, a unit that comes twice, nothing above 0, and more than 292 years.

    >>> duration_seconds("1d2h", 0), duration_seconds("1M", 0), duration_seconds("1y1M", 0)
    (93600, 2678400, 34214400)
    >>> duration_seconds("1d1d", 0)
    Traceback (most recent call last):
    drandlab.errors.LocalError: duration: the unit d comes twice in '1d1d'; give each unit once
    """
    text = checked_text(text, "duration")
    if not _DURATION.fullmatch(text):
        rule = f"expected whole numbers with units, each one of {', '.join(_UNITS)}, such as 1d2h; got {repr_of(text)}"
        raise LocalError(rule, argument="duration")
    parts = [(unit, int(digits.lstrip("0")[:20] or "0")) for digits, unit in _PART.findall(text)]
    units = [unit for unit, _ in parts]
    if twice := next((unit for unit in units if units.count(unit) > 1), None):
        raise LocalError(f"the unit {twice} comes twice in {repr_of(text)}; give each unit once", argument="duration")
    begin = checked_int(int(now // 1), "now", _FIRST_YEAR, _LAST_YEAR - LONGEST, what="UNIX seconds")
    total = sum(_lasts(begin, unit, count) for unit, count in parts)
    if total > LONGEST:
        raise LocalError(f"longer than 292 years: {repr_of(text)}", argument="duration", code="range")
    if total == 0:
        raise LocalError(f"expected a duration above 0, got {repr_of(text)}", argument="duration", code="range")
    return total


def _lasts(begin: int, unit: str, count: int) -> int:
    if unit in _FIXED:
        return count * _FIXED[unit]
    months = count * _MONTHS[unit]
    if months > 12 * 300:  # no calendar needed to see that this is too long
        return LONGEST + 1
    day = datetime.fromtimestamp(begin, UTC).date()
    year, month = divmod(12 * day.year + day.month - 1 + months, 12)
    return (date(year, month + 1, 1).toordinal() + day.day - 1 - day.toordinal()) * 86_400


def moment_seconds(text: str) -> int:
    """Return the UNIX second of a moment as RFC 3339 writes it, with its zone, or of a date's midnight in UTC.

    A part of a second counts as a whole one: nothing opens before the moment. Raises `LocalError` for another form.

    >>> moment_seconds("2027-01-01"), moment_seconds("2027-01-01T01:00:00.5+01:00")
    (1798761600, 1798761601)
    >>> moment_seconds("2027-01-01T00:00:00")
    Traceback (most recent call last):
    drandlab.errors.LocalError: at: '2027-01-01T00:00:00' names no zone; end it with Z for UTC, or with +01:00, say
    """
    text = checked_text(text, "at")
    found = _MOMENT.fullmatch(text)
    try:
        if found is None:
            raise ValueError
        day, time, fraction, zulu, sign, hours, minutes = found.groups()
        moment = datetime.fromisoformat(f"{day}T{time or '00:00:00'}+00:00")
    except ValueError:
        rule = f"expected a moment such as 2027-01-01T00:00:00Z, or a date such as 2027-01-01, got {repr_of(text)}"
        raise LocalError(rule, argument="at") from None
    if time and not zulu and not sign:
        rule = f"{repr_of(text)} names no zone; end it with Z for UTC, or with +01:00, say"
        raise LocalError(rule, argument="at")
    offset = 3600 * int(hours or 0) + 60 * int(minutes or 0)
    whole = round(moment.timestamp()) - (-offset if sign == "-" else offset)
    return whole + (1 if fraction and int(fraction) else 0)


def moment_text(seconds: int) -> str | None:
    """Return UNIX seconds in the form of RFC 3339, in UTC; None beyond the year 9999, for which it has no form.

    >>> moment_text(1692803367), moment_text(1 << 60)
    ('2023-08-23T15:09:27Z', None)
    """
    seconds = checked_int(seconds, "seconds", what="UNIX seconds")
    if not _FIRST_YEAR <= seconds <= _LAST_YEAR:
        return None
    return f"{datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None).isoformat()}Z"


def opens_text(info: ChainInfo, round: Round) -> str | None:
    """Return when ``round`` is due, in the form of RFC 3339; None for one so late that this has no form.

    >>> import drandlab as dl
    >>> opens_text(dl.networks["quicknet"], 1000), opens_text(dl.networks["quicknet"], LAST_ROUND)
    ('2023-08-23T15:59:24Z', None)
    """
    try:
        return moment_text(info.round_time(round))
    except LocalError:
        return None


def too_early(info: ChainInfo, round: Round, now: Seconds, *, latest: Round | None = None) -> TimelockError:
    """Return the error for a file of ``round`` that somebody wants to open at ``now``: it says when it opens.

    For a round that is due already, ``latest`` is the one up to which its relays have come.

    >>> import drandlab as dl
    >>> print(too_early(dl.networks["quicknet"], 1000, 1692803367))
    too early: the file opens with round 1000 at 2023-08-23T15:59:24Z, in 49 min 57 s
    """
    now = checked_real(now, "now", what="UNIX seconds")
    text = opens_text(info, round)
    when = "later than any date" if text is None else f"at {text}"
    if text is not None and (left := info.round_time(round) - now) > 0:
        when += f", in {_span(math.ceil(left))}"
    elif text is not None and latest is not None:
        when = f", which was due {when}, but the latest that the relays have is round {latest}"
        return TimelockError(f"too early: the file opens with round {round}{when}", code="too-early")
    return TimelockError(f"too early: the file opens with round {round} {when}", code="too-early")


def _span(seconds: int) -> str:
    parts = ((seconds // 86_400, "d"), (seconds // 3600 % 24, "h"), (seconds // 60 % 60, "min"), (seconds % 60, "s"))
    return " ".join([f"{count} {unit}" for count, unit in parts if count][:2])
