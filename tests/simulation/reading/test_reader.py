"""The dispatch of readers: each kind goes to the method that is marked with it, in the order of the journal."""

from __future__ import annotations

from drandlab.records import Record
from drandlab.simulation.entries import HostCrashed, LinksHealed
from drandlab.simulation.journal import Entry, Journal
from drandlab.simulation.reading.reader import JournalReader, on


class Seen(JournalReader):
    def __init__(self) -> None:
        self.seen: list[tuple[str, object]] = []

    @on(HostCrashed, LinksHealed)
    def either(self, entry: Entry, what: Record) -> None:
        self.seen.append(("either", entry.time))


class More(Seen):
    @on(HostCrashed)
    def crash(self, entry: Entry, what: HostCrashed, *beside: object) -> None:
        self.seen.append((what.disk, beside[0] if beside else entry.time))


def journal() -> Journal:
    made = Journal()
    made.write(1, 0, HostCrashed(disk="lost"))
    made.write(2, None, "of another version", what="?")
    made.write(3, None, LinksHealed())
    return made


def test_each_kind_goes_to_its_method_and_others_are_passed_over() -> None:
    reader = Seen()
    reader.take_all(journal())
    assert reader.seen == [("either", 1), ("either", 3)]


def test_a_reader_adds_to_the_kinds_of_its_base_and_leaves_the_base_alone() -> None:
    more, base = More(), Seen()
    more.take_all(journal())
    base.take_all(journal())
    assert more.seen == [("lost", 1), ("either", 3)] and base.seen == [("either", 1), ("either", 3)]


def test_what_stands_beside_an_entry_is_handed_on() -> None:
    reader = More()
    reader.take(journal().entries("crash")[0], "beside")
    assert reader.seen == [("lost", "beside")]


def test_a_saved_journal_is_read_alike() -> None:
    reader = More()
    reader.take_all(Journal.from_jsonl(journal().to_jsonl()))
    assert reader.seen == [("lost", 1), ("either", 3)]
