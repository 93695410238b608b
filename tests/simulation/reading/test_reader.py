"""The dispatch of readers: each kind goes to the method that is marked with it, in the order of the journal."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from drandlab.errors import FormatError
from drandlab.records import Record
from drandlab.simulation.checkers.judges import check_all
from drandlab.simulation.entries import HostCrashed, LinksHealed
from drandlab.simulation.journal import Entry, Journal
from drandlab.simulation.keygen.replay import replay
from drandlab.simulation.network import Network
from drandlab.simulation.reading.reader import JournalReader, on
from drandlab.simulation.reading.summary import summarize
from drandlab.simulation.reading.timeline import Timeline


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


@pytest.mark.parametrize(
    ("read", "kind"),
    [(Timeline, "crash"), (summarize, "crash"), (check_all, "crash"), (summarize, "stored"), (check_all, "phase")],
)
def test_an_entry_that_lacks_its_node_is_named_by_every_reader(read: Callable[[Journal], object], kind: str) -> None:
    net = Network(4, 3, backend="glass", seed=1).run(rounds=2)
    net.crash(2)
    lines = net.journal.to_jsonl().splitlines()
    place = max(n for n, line in enumerate(lines) if json.loads(line)["kind"] == kind)
    lines[place] = json.dumps({**json.loads(lines[place]), "node": None})
    rule = f"journal, line {place + 1}: no '{kind}' entry of a network: it contradicts the rest of the journal$"
    with pytest.raises(FormatError, match=rule):
        read(Journal.from_jsonl("\n".join(lines)))


def test_a_phase_that_contradicts_its_dkg_is_named_with_its_line() -> None:
    lines = Network(4, 3, backend="glass", seed=1).run(rounds=1).journal.to_jsonl().splitlines()
    phases = [n for n, line in enumerate(lines) if json.loads(line)["kind"] == "phase"]
    place = next(n for n in phases if json.loads(lines[n])["phase"] == "response")
    entry = json.loads(lines[place])
    lines[place] = json.dumps({**entry, "status": entry["status"][:1]})
    with pytest.raises(FormatError, match=f"journal, line {place + 1}: no 'phase' entry of this DKG"):
        replay(Journal.from_jsonl("\n".join(lines)), entry["node"])


def test_with_more_than_ten_nodes_a_saved_journal_is_read_alike() -> None:
    live = Network(12, backend="glass", seed=1).run(rounds=1).journal
    saved = Journal.from_jsonl(live.to_jsonl())
    assert replay(saved, 0).steps == replay(live, 0).steps
    one, other = Timeline(live), Timeline(saved)
    assert one.sent == other.sent and one.events == other.events


def test_a_journal_without_its_first_line_is_refused_by_the_checkers() -> None:
    lines = Network(4, 3, backend="glass", seed=1).run(rounds=1).journal.to_jsonl().splitlines()
    with pytest.raises(FormatError, match=r"^journal: it contradicts itself, no verdict can be given \(public key"):
        check_all(Journal.from_jsonl("\n".join(lines[1:])))
