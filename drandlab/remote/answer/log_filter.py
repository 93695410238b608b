"""A log filter: a message that is repeated within a minute is counted, and logged once.

>>> import logging
>>> lines, log = [], logging.getLogger("doctest-of-log-filter")
>>> log.addHandler(handler := logging.Handler())
>>> handler.emit = lambda record: lines.append(record.getMessage())
>>> clock = iter([0, 1, 2, 61])
>>> log.addFilter(OncePerMinute(now=lambda: next(clock)))
>>> for _ in range(4):
...     log.error("no room")
>>> lines
['no room', 'no room (2 times more since the last such line)']
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from drandlab.typing import Seconds

__all__ = ["OncePerMinute", "once_per_minute"]

MINUTE: Seconds = 60.0

DIFFERENT = 256
"""Number of different messages that are remembered."""


class OncePerMinute(logging.Filter):
    """A filter that passes one record of each kind per minute, with the number of those it held back."""

    def __init__(self, now: Callable[[], Seconds] = time.monotonic) -> None:
        super().__init__()
        self._now = now
        self._said: dict[tuple[str, str], tuple[Seconds, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether ``record`` is logged."""
        # the arguments and the text after the first line differ each time
        key = record.name, str(record.msg).partition("\n")[0][:80]
        now = self._now()
        when, more = self._said.pop(key, (now - MINUTE, 0))
        if now - when < MINUTE:
            self._said[key] = when, more + 1
            return False
        while len(self._said) >= DIFFERENT:
            del self._said[next(iter(self._said))]
        self._said[key] = now, 0
        if more:
            text = record.getMessage().rstrip("\n")
            record.msg, record.args = f"{text} ({more} times more since the last such line)", ()
        return True


@contextmanager
def once_per_minute(*names: str) -> Iterator[None]:
    """Let the loggers of these names log each message once a minute."""
    once = OncePerMinute()
    loggers = [logging.getLogger(name) for name in names]
    for logger in loggers:
        logger.addFilter(once)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeFilter(once)
