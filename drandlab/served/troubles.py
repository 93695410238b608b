"""What is wrong with a served network: reported once, and in ``/health`` as long as it lasts."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from drandlab.beacon.store import StoreError
from drandlab.errors import DrandlabError, FormatError
from drandlab.typing import Seconds

__all__ = ["Troubles", "sentence_of"]

PAUSE: Seconds = 60
"""Seconds in which the same trouble is not reported again, however often it comes and goes."""

SHOWN = 3


def sentence_of(error: DrandlabError | OSError, folder: Path) -> str:
    """Return the sentence of an error, with the path of its file relative to ``folder``.

    >>> sentence_of(StoreError("is not here", source="net/node1/groups/share"), Path("net/node1"))
    'groups/share: is not here'
    """
    if isinstance(error, OSError):
        return f"{_told(error.filename, folder)}: {error.strerror}" if error.filename else str(error)
    if isinstance(error, StoreError):
        return str(StoreError(error.rule, source=_told(error.source, folder)))
    if isinstance(error, FormatError):
        return str(FormatError(error.rule, source=_told(error.source, folder), line=error.line, field=error.field))
    return str(error)


def _told(source: str | None, folder: Path) -> str | None:
    path = Path(source or "")
    return str(path.relative_to(folder)) if source and path.is_relative_to(folder) else source


class Troubles:
    """The present troubles, each at a place and of a kind.

    ``sentences`` holds them as text, those with the same reason together; it stays the same list. ``say`` is called
    with new troubles and with those that are over, when `tell` is called.

    >>> troubles = Troubles(say=print, now=lambda: 0)
    >>> for place in ("node0", "node1"):
    ...     troubles.put(place, "disk", "cannot be written (disk full)")
    >>> troubles.tell()
    trouble: node0, node1: cannot be written (disk full)
    >>> troubles.put("node0", "disk", None)
    >>> troubles.sentences
    ['node1: cannot be written (disk full)']
    >>> troubles
    <Troubles: node1: cannot be written (disk full)>
    >>> troubles.put("node1", "disk", None)
    >>> troubles.tell()
    over: node0, node1: cannot be written (disk full)
    """

    def __init__(self, say: Callable[[str], None], now: Callable[[], Seconds] = time.monotonic) -> None:
        self._say, self._now = say, now
        self._why: dict[tuple[str, str], str] = {}
        self._told: dict[str, str] = {}
        self._when: dict[str, Seconds] = {}
        self._seen: set[str] = set()
        self.sentences: list[str] = []

    def __repr__(self) -> str:
        return f"<Troubles: {'; '.join(self.sentences) or 'none'}>"

    def put(self, place: str, kind: str, why: str | None) -> None:
        """Record a trouble of a kind at a place; None means that it is over."""
        if self._why.get((place, kind)) == why:
            return
        if why is None:
            del self._why[place, kind]
        else:
            self._why[place, kind] = why
        self.sentences[:] = self._by_reason().values()

    def _by_reason(self) -> dict[str, str]:
        places: dict[str, list[str]] = {}
        for (place, _), why in self._why.items():
            places.setdefault(why, []).append(place)
        return {why: f"{_listed(sorted(where))}: {why}" for why, where in places.items()}

    def tell(self, *, patient: bool = False) -> None:
        """Report what is new and what is over; a reason that comes and goes is reported once a minute.

        With ``patient`` a reason is reported at its second call: a full disk has shown itself at all places by then.
        """
        here, now = self._by_reason(), self._now()
        ready, self._seen = self._seen if patient else here.keys(), set(here)
        for why, sentence in here.items():
            if why in ready and why not in self._told and now - self._when.get(why, -PAUSE) >= PAUSE:
                self._told[why], self._when[why] = sentence, now
                self._print(f"trouble: {sentence}")
        for why in [why for why in self._told if why not in here]:
            self._print(f"over: {self._told.pop(why)}")
        self._when = {why: when for why, when in self._when.items() if why in here or now - when < PAUSE}

    def _print(self, sentence: str) -> None:
        with suppress(OSError):  # nobody reads stderr any more; the network continues
            self._say(sentence)


def _listed(places: list[str]) -> str:
    more = len(places) - SHOWN
    return ", ".join(places[:SHOWN]) + (f" and {more} more" if more > 0 else "")
