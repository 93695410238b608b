"""What a checker says of a run, and what all checkers share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from drandlab.simulation.journal import Entry
from drandlab.simulation.reading.facts import Facts
from drandlab.simulation.reading.reader import JournalReader
from drandlab.typing import Seconds

__all__ = ["Base", "Checker", "Verdict", "Violation"]

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


class Checker(Protocol):
    """What `check_all` feeds."""

    def see(self, entry: Entry, facts: Facts) -> None:
        """Take an entry; ``facts`` do not know it yet."""
        ...

    def end(self, facts: Facts) -> Verdict:
        """Give the verdict."""
        ...


@dataclass
class Base(JournalReader):
    """What all checkers have: a name, a count, what they found.

    Methods marked with `on` get the entry, its record and the facts: ``method(entry, what, facts)``.
    """

    name: str = ""
    checked: int = 0
    found: list[Violation] = field(default_factory=list)

    def blame(self, time: Seconds, node: int | None, what: str) -> None:
        """Write a violation down."""
        if len(self.found) < MOST:
            self.found.append(Violation(time, node, what))

    def see(self, entry: Entry, facts: Facts) -> None:
        """Take an entry."""
        self.take(entry, facts)

    def end(self, facts: Facts) -> Verdict:
        """Give the verdict."""
        return Verdict(self.name, self.checked, tuple(self.found))

    def skip(self, why: str) -> Verdict:
        """Give no verdict."""
        return Verdict(self.name, 0, skipped=why)
