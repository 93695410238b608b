"""The DKGs and resharings that a journal holds, one after the other: who took part, and what each node wrote.

A session has its id, which all of its participants know; a node is in one session at a time, from its `DkgStarted` on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from drandlab.curves.door import suite
from drandlab.curves.group import Group
from drandlab.errors import LocalError
from drandlab.node.reports import (
    DkgDone,
    DkgFailed,
    DkgLeft,
    DkgPacketSent,
    DkgPhase,
    DkgStarted,
    MessageRefused,
    PeerBlamed,
    ShareOpened,
)
from drandlab.printable import repr_of
from drandlab.records import Record
from drandlab.simulation.entries import HostCrashed, HostStarted
from drandlab.simulation.journal import Entry, Journal
from drandlab.simulation.keygen.run import Run
from drandlab.simulation.reading.reader import JournalReader, on
from drandlab.typing import Seconds, whole_number

__all__ = ["Session", "session_of", "sessions"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Session:
    """One DKG or resharing: ``starts`` is what each node knew at its start, ``entries`` what it wrote, by its name.

    ``id`` is the session id in hexadecimal, ``began`` when the first node began. ``addresses`` are those of all hosts
    of the journal.
    """

    id: str
    began: Seconds
    addresses: Mapping[str, int]
    starts: dict[int, DkgStarted] = field(default_factory=dict)
    entries: dict[int, list[Entry]] = field(default_factory=dict)
    lines: dict[int, list[int]] = field(default_factory=dict)
    """The lines of ``entries`` in the journal, from 1."""

    @property
    def nodes(self) -> tuple[int, ...]:
        """The names of the nodes that took part, ascending."""
        return tuple(sorted(self.starts))

    @property
    def terms(self) -> DkgStarted:
        """What all participants agree on, in the words of the first one."""
        return next(iter(self.starts.values()))

    @property
    def resharing(self) -> bool:
        """Whether a key was handed on rather than made."""
        return bool(self.terms.public)

    @property
    def done(self) -> tuple[int, ...]:
        """The nodes that ended with a share."""
        return tuple(n for n, said in self.entries.items() if any(isinstance(one.what, DkgDone) for one in said))

    def group(self, backend: str | None = None) -> Group:
        """Return the group of the session's points, as ``backend`` computes it; the glass box has its own."""
        terms = self.terms
        return suite(terms.curve, "glass" if terms.glass else backend).group(terms.group)

    def check_node(self, node: object) -> int:
        """Return ``node`` where it took part; raises `LocalError` if it did not."""
        number = whole_number(node)
        if number is None or number not in self.starts:
            known = ", ".join(map(str, self.nodes))
            raise LocalError(f"expected one of {known}, got {repr_of(node)}", argument="node")
        return number

    def __repr__(self) -> str:
        what = "resharing" if self.resharing else "DKG"
        return f"<Session {self.id[:8]}…, {what} of {len(self.starts)} nodes at {self.began:.3f} s>"


class _Sessions(JournalReader):
    """Puts each entry of a key generation to its session."""

    def __init__(self) -> None:
        self.found: dict[str, Session] = {}
        self._addresses: dict[str, int] = {}
        self._current: dict[int, Session] = {}
        self._line = 0

    def take(self, entry: Entry, *beside: Any) -> None:
        self._line += 1
        JournalReader.take(self, entry)

    @on(HostStarted)
    def _host(self, entry: Entry, what: HostStarted) -> None:
        if entry.node is not None:
            self._addresses[what.address] = entry.node

    @on(DkgStarted)
    def _start(self, entry: Entry, what: DkgStarted) -> None:
        if entry.node is None:
            return
        name = what.session.hex()
        if name not in self.found:
            addresses = MappingProxyType(self._addresses)
            self.found[name] = Session(id=name, began=entry.time, addresses=addresses)
        session = self._current[entry.node] = self.found[name]
        session.starts[entry.node] = what
        session.entries[entry.node], session.lines[entry.node] = [], []

    @on(DkgDone, DkgFailed, DkgLeft, DkgPacketSent, DkgPhase, PeerBlamed, ShareOpened)
    def _said(self, entry: Entry, what: Record) -> None:
        if entry.node in self._current:
            session = self._current[entry.node]
            session.entries[entry.node].append(entry)
            session.lines[entry.node].append(self._line)

    @on(MessageRefused)
    def _refused(self, entry: Entry, what: MessageRefused) -> None:
        if what.what == "dkg":
            self._said(entry, what)

    @on(HostCrashed)
    def _crash(self, entry: Entry, what: HostCrashed) -> None:
        if entry.node is not None:
            self._current.pop(entry.node, None)


def sessions(source: Journal | Run) -> list[Session]:
    """Return the DKGs and resharings of a journal, in order of their beginning.

    >>> from drandlab.simulation.network import Network
    >>> net = Network(4, 3, backend="glass").run(rounds=2)
    >>> _ = net.reshare(threshold=3, joining=1)
    >>> [(found.resharing, found.nodes) for found in sessions(net.run(rounds=30).journal)]
    [(False, (0, 1, 2, 3)), (True, (0, 1, 2, 3, 4))]
    """
    journal = source.journal if isinstance(source, Run) else source
    if not isinstance(journal, Journal):
        raise LocalError(f"expected a journal or a Run, got a {type(source).__name__}", argument="journal")
    reader = _Sessions()
    reader.take_all(journal.since(0))
    return list(reader.found.values())


def session_of(source: Journal | Run, session: Session | int | str | None = None) -> Session:
    """Return one session of a journal: the newest, or the one with this number (from 0, or -1 for the last) or id.

    Raises `LocalError` where there is none: a journal with the detail ``summary`` leaves out what happens in a DKG.
    """
    if isinstance(session, Session):
        return session
    found = sessions(source)
    if not found:
        raise LocalError("no DKG is in this journal; one with the detail 'summary' leaves it out", argument="journal")
    place = -1 if session is None else whole_number(session)
    if place is not None and -len(found) <= place < len(found):
        return found[place]
    for one in found:
        if one.id == session:
            return one
    raise LocalError(
        f"expected a number from 0 to {len(found) - 1} or a session id, got {repr_of(session)}", argument="session"
    )
