"""Moments of UTC as text and as UNIX seconds."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from drandlab.errors import FormatError
from drandlab.printable import repr_of
from drandlab.typing import Seconds, checked_real, checked_text

__all__ = ["EARLIEST", "LATEST", "checked_moment", "utc_seconds", "utc_text"]

EARLIEST = -410_227_200
"""1957-01-01: before it no satellite flew, and an element set cannot have an earlier epoch."""
LATEST = 4_102_444_800
"""2100-01-01."""

_DATE = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(\.\d{1,9})?(?:[Zz]|([+-])([01]\d|2[0-3]):([0-5]\d))", re.ASCII
)
_NUMBER = re.compile(r"-?\d{1,12}(\.\d{1,9})?", re.ASCII)


def utc_seconds(text: str) -> Seconds:
    """Return the UNIX time of a moment that is written as RFC 3339 says, with its offset, or as UNIX seconds.

    Leap seconds have no UNIX time and are refused. Raises `FormatError` for another form, `LocalError` for a moment
    before 1957 or after 2099.

    >>> utc_seconds("2026-01-01T01:00:00+01:00"), utc_seconds("1767225600.5")
    (1767225600, 1767225600.5)
    >>> utc_seconds("2026-01-01")
    Traceback (most recent call last):
    drandlab.errors.FormatError: expected a moment such as 2026-01-01T00:00:00Z, or UNIX seconds, got '2026-01-01'
    """
    text = checked_text(text, "moment").strip()
    if _NUMBER.fullmatch(text):
        return checked_moment(float(text) if "." in text else int(text), "moment")
    found = _DATE.fullmatch(text)
    try:
        if found is None:
            raise ValueError
        date, time, fraction, sign, hours, minutes = found.groups()
        moment = datetime.fromisoformat(f"{date}T{time}+00:00")
    except ValueError:
        rule = f"expected a moment such as 2026-01-01T00:00:00Z, or UNIX seconds, got {repr_of(text)}"
        raise FormatError(rule) from None
    offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0)).total_seconds()
    whole = int(moment.timestamp() - (-offset if sign == "-" else offset))
    return checked_moment(whole + float(fraction) if fraction else whole, "moment")


def checked_moment(value: object, name: str) -> Seconds:
    """Return ``value`` if it is the UNIX time of a moment from 1957 to 2099; raises `LocalError` for anything else.

    >>> checked_moment(0, "start")
    0
    """
    return checked_real(value, name, EARLIEST, LATEST, what="UNIX seconds of the years 1957 to 2099,")


def utc_text(seconds: Seconds) -> str:
    """Return UNIX time in the form of RFC 3339, rounded to a second.

    >>> utc_text(1767225600.4)
    '2026-01-01T00:00:00Z'
    """
    return f"{datetime.fromtimestamp(round(checked_moment(seconds, 'seconds')), UTC):%Y-%m-%dT%H:%M:%SZ}"
