"""What a checker says of a run, and what all checkers share."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from drandlab.errors import DrandlabError, FormatError, WrongType
from drandlab.records import Record
from drandlab.simulation.journal import Entry
from drandlab.simulation.reading.reader import MISFITS, JournalReader, misfit
from drandlab.typing import Seconds

__all__ = ["Base", "Bench", "JournalChecker", "Verdict", "Violation", "judge", "see_all"]

F = TypeVar("F", bound=JournalReader)
Contra = TypeVar("Contra", bound=JournalReader, contravariant=True)

MOST = 20
"""Violations that a verdict names; a broken run breaks the same rule a thousand times."""


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that was broken: when, at which node (None: the whole network), and what happened."""

    time: Seconds
    node: int | None
    what: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a checker has found: it looked at ``checked`` things; ``skipped`` says why it could not judge."""

    name: str
    checked: int
    violations: tuple[Violation, ...] = ()
    skipped: str = ""

    @property
    def ok(self) -> bool:
        """Whether no rule was broken."""
        return not self.violations

    def __str__(self) -> str:
        if self.skipped:
            return f"{self.name}: skipped, {self.skipped}"
        first = f": {self.violations[0].what}" if self.violations else ""
        return f"{self.name}: {'ok' if self.ok else 'VIOLATED'}, {self.checked} checked{first}"


class JournalChecker(Protocol[Contra]):
    """What `judge` feeds: a checker of one protocol, with the facts of that protocol beside each entry."""

    def see(self, entry: Entry, facts: Contra) -> None:
        """Take an entry; ``facts`` do not know it yet."""
        ...

    def end(self, facts: Contra) -> Verdict:
        """Give the verdict."""
        ...


@dataclass
class Base(JournalReader, Generic[F]):
    """What all checkers have: a name, a count, what they found; ``F`` are the facts that they need.

    Methods marked with `on` get the entry, its record and the facts: ``method(entry, what, facts)``.
    """

    name: str = ""
    checked: int = 0
    found: list[Violation] = field(default_factory=list)

    def blame(self, time: Seconds, node: int | None, what: str) -> None:
        """Write a violation down."""
        if len(self.found) < MOST:
            self.found.append(Violation(time, node, what))

    def see(self, entry: Entry, facts: F) -> None:
        """Take an entry."""
        self.take(entry, facts)

    def end(self, facts: F) -> Verdict:
        """Give the verdict."""
        return Verdict(self.name, self.checked, tuple(self.found))

    def skip(self, why: str) -> Verdict:
        """Give no verdict."""
        return Verdict(self.name, 0, skipped=why)


class Bench(Generic[F]):
    """The ``checkers`` of one protocol, with its ``facts``: they see a journal entry by entry, then give verdicts.

    ``facts`` read the journal for the checkers, and are handed to each of them; an entry reaches the checkers before it
    reaches the facts.
    """

    def __init__(self, facts: F, checkers: Iterable[JournalChecker[F]]) -> None:
        self.facts, self._checkers = facts, list(checkers)
        # most checkers look at a few kinds only: they are not asked about the others
        self._others = [one for one in self._checkers if isinstance(one, Base) and type(one).see is Base.see]
        self._always = [one for one in self._checkers if all(one is not other for other in self._others)]
        self._methods: dict[type[Record], list[Callable[..., None]]] = {}

    def see(self, entry: Entry) -> None:
        """Take the next entry."""
        for checker in self._always:
            checker.see(entry, self.facts)
        kind = type(entry.what)
        if (methods := self._methods.get(kind)) is None:
            found = [method for other in self._others if (method := other.method_for(kind)) is not None]
            methods = self._methods[kind] = found
        for method in methods:
            method(entry, entry.what, self.facts)
        self.facts.take(entry)

    def verdicts(self) -> list[Verdict]:
        """Return the verdict of each checker; raises `FormatError` where the journal contradicts itself."""
        try:
            return [checker.end(self.facts) for checker in self._checkers]
        except MISFITS as error:
            why = f" ({error})" if isinstance(error, DrandlabError) else ""
            raise FormatError(f"it contradicts itself, no verdict can be given{why}", source="journal") from error


def judge(entries: Iterable[Entry], facts: F, checkers: Iterable[JournalChecker[F]]) -> list[Verdict]:
    """Return the verdict of each checker, in one pass over the entries of a run.

    Raises `FormatError` with the line of an entry that contradicts those before, `WrongType` for what is no journal and
    holds no entries.
    """
    bench = Bench(facts, checkers)
    see_all(entries, bench)
    return bench.verdicts()


def see_all(entries: Iterable[Entry], *benches: Bench[Any]) -> None:
    """Let several protocols' checkers see the entries of a run, in one pass; raises what `judge` raises."""
    if not isinstance(entries, Iterable):
        raise WrongType(f"expected a Journal, got {type(entries).__name__}", argument="journal")
    sees = [bench.see for bench in benches]
    for line, entry in enumerate(entries, 1):
        if not isinstance(entry, Entry):
            raise WrongType(f"expected entries, got {type(entry).__name__}", argument="journal")
        try:
            for see in sees:
                see(entry)
        except MISFITS as error:
            raise misfit(entry, error, line) from error
