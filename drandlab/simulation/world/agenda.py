"""Virtual time: what is scheduled in a world happens in order of time.

Time is whole microseconds. Of what is due at the same moment, messages come before all else, and each in the order in
which it was scheduled: what has arrived is known before a timer rings.

A heap of plain tuples: a simulated round schedules hundreds of messages, and nothing here costs more than that heap.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from typing import Any, TypeAlias

__all__ = ["Agenda", "Scheduled"]

_Due: TypeAlias = tuple[int, int, Callable[..., None], tuple[Any, ...]]
"""When, the number that decides between what is due at one moment, what to call, and with what."""

_AFTER_MESSAGES = 1 << 62
"""Added to the number of what is no message: it sorts behind every message of the same moment."""


class Scheduled:
    """Something that will happen, unless it is cancelled."""

    __slots__ = ("_act", "_arguments")

    def __init__(self, act: Callable[..., None], *arguments: Any) -> None:
        self._act: Callable[..., None] | None = act
        self._arguments = arguments

    @property
    def is_cancelled(self) -> bool:
        """Whether it will not happen."""
        return self._act is None

    def cancel(self) -> None:
        """Let it not happen; what has happened already stays."""
        self._act, self._arguments = None, ()

    def __call__(self) -> None:
        if self._act is not None:
            self._act(*self._arguments)


class Agenda:
    """The time ``now``, in microseconds, and what is scheduled from then on.

    >>> agenda, seen = Agenda(0), []
    >>> late = agenda.at(9, lambda: seen.append("timer at 9"))
    >>> agenda.post(9, seen.append, ("message at 9",))
    >>> agenda.at(3, lambda: seen.append("never")).cancel()
    >>> agenda.due(), agenda.run_until(10), seen, agenda.now
    (9, None, ['message at 9', 'timer at 9'], 10)
    """

    __slots__ = ("_heap", "_number", "now")

    def __init__(self, start: int) -> None:
        self.now = start
        self._heap: list[_Due] = []
        self._number = 0

    def post(self, when: int, act: Callable[..., None], arguments: tuple[Any, ...] = ()) -> None:
        """Schedule a message, not before now: ``act(*arguments)`` delivers it."""
        self._number += 1
        heappush(self._heap, (when, self._number, act, arguments))

    def at(self, when: int, act: Callable[[], None]) -> Scheduled:
        """Schedule ``act``, as soon as time goes on where ``when`` is past."""
        self._number += 1
        scheduled = Scheduled(act)
        due: _Due = (max(when, self.now), _AFTER_MESSAGES + self._number, scheduled, ())
        heappush(self._heap, due)
        return scheduled

    def run_until(self, when: int) -> None:
        """Let everything happen that is due before ``when``, then it is ``when``; a time that is past changes nothing.

        Where something raises, time stands still at that moment, and what is left can go on.
        """
        heap = self._heap
        while heap and heap[0][0] < when:
            self.now, _, act, arguments = heappop(heap)
            act(*arguments)
        self.now = max(self.now, when)

    def due(self) -> int | None:
        """Return when something is due next, or None if nothing is scheduled."""
        heap = self._heap
        while heap and isinstance(heap[0][2], Scheduled) and heap[0][2].is_cancelled:
            heappop(heap)
        return heap[0][0] if heap else None
