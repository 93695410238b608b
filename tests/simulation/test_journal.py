"""The journal: what goes in comes out, in blocks or not; equal journals have equal digests, others have others."""

from __future__ import annotations

import hashlib
import json
import math
import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drandlab.errors import FormatError, LocalError, WrongType
from drandlab.simulation import journal as module
from drandlab.simulation.entries import HostCrashed
from drandlab.simulation.journal import Journal

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)
names = st.sampled_from(["round", "what", "why", "é", "to"])
entries = st.tuples(
    st.integers(0, 2**33) | st.floats(0, 1e10),
    st.none() | st.integers(0, 9),
    st.sampled_from(["this", "that", "the other"]),
    st.dictionaries(names, values, max_size=3),
)


def filled(written):
    journal = Journal()
    for time, node, kind, details in written:
        journal.write(time, node, kind, **details)
    return journal


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr(module, "BLOCK", 4)


@given(st.lists(entries, max_size=30), st.integers(0, 35))
@settings(max_examples=80)
def test_what_goes_in_comes_out(written, start):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "BLOCK", 4)
        journal = filled(written)
        assert len(journal) == len(written)
        assert [(e.time, e.node, e.kind, dict(e.details)) for e in journal] == written
        for kind in (None, "this", "never"):
            for node in (None, 3):
                wanted = [w for w in written[start:] if kind in (None, w[2]) and node in (None, w[1])]
                found = [(e.time, e.node, e.kind, dict(e.details)) for e in journal.since(start, kind, node)]
                assert found == wanted
        assert journal.entries("this", 3) == list(journal.since(0, "this", 3))
        again = Journal.from_jsonl(journal.to_jsonl())
        assert again.digest() == journal.digest() and list(again) == list(journal)
    # how entries are packed is nobody's business
    assert filled(written).digest() == journal.digest() and filled(written).to_jsonl() == journal.to_jsonl()


@given(st.lists(entries, max_size=6), st.lists(entries, max_size=6))
def test_equal_digests_are_equal_journals(one, other):
    first, second = filled(one), filled(other)
    assert (first.digest() == second.digest()) == (first.to_jsonl() == second.to_jsonl())
    assert first.digest() == hashlib.sha256(first.to_jsonl().encode()).hexdigest()


def test_a_digest_is_of_all_so_far(small_blocks):
    journal, seen = Journal(), set()
    for n in range(20):
        journal.write(n, None, "beat")
        seen.add(journal.digest())
    assert len(seen) == 20


def test_an_entry_is_one_line_of_canonical_json():
    journal = Journal()
    journal.write(1.5, 3, "deal", z=b"\x01\xff", a=(1, 2), m={7: {"x"}}, say="line\nbreak é\u2028")
    text = journal.to_jsonl()
    assert text == (
        '{"a":[1,2],"kind":"deal","m":{"7":["x"]},"node":3,"say":"line\\nbreak \\u00e9\\u2028","time":1.5,"z":"01ff"}\n'
    )
    assert json.loads(text)["say"] == "line\nbreak é\u2028"
    [entry] = journal
    assert entry.to_json() + "\n" == text and repr(entry).startswith("<1.5 s, node 3: deal a=[1, 2]")


def test_sets_are_sorted():
    journal = Journal()
    journal.write(0, None, "x", found={5, 3, 9}, frozen=frozenset([b"b", b"a"]))
    assert dict(journal.entries()[0].details) == {"found": [3, 5, 9], "frozen": ["61", "62"]}


def test_writing_while_reading(small_blocks):
    journal = filled([(n, None, "x", {}) for n in range(6)])
    seen = []
    for entry in journal:
        seen.append(entry.time)
        if len(journal) < 30:
            journal.write(100 + len(journal), None, "x")
    assert seen == list(range(6)), "an iteration shows what was there when it began"


@pytest.mark.parametrize("value", [object(), 1j, bytearray(b"x"), [object()], {"a": object()}, math])
def test_only_plain_data_goes_in(value):
    journal = Journal()
    with pytest.raises(LocalError, match="an entry holds plain data, got a"):
        journal.write(0, None, "x", value=value)
    assert len(journal) == 0 and journal.digest() == Journal().digest()


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_a_number_that_json_has_not_is_refused(value):
    journal = Journal()
    with pytest.raises(LocalError, match="JSON"):
        journal.write(0, None, "x", value=value)
    assert len(journal) == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("now", None, "x"), "time: expected a number, got 'now'"),
        ((True, None, "x"), "time: expected a number, got"),
        ((math.nan, None, "x"), "time: expected a number, got nan"),
        ((0, "3", "x"), "node: expected a whole number, got '3'"),
        ((0, True, "x"), "node: expected a whole number, got"),
        ((0, None, 7), "what: expected a record, or the name of a kind"),
        ((0, None, HostCrashed), "what: expected a record, or the name of a kind"),
    ],
)
def test_what_no_saved_journal_could_hold_is_not_written(arguments, sentence):
    journal = Journal()
    with pytest.raises(LocalError, match=sentence):
        journal.write(*arguments)
    assert len(journal) == 0 and journal.digest() == Journal().digest()


@pytest.mark.parametrize(
    "line",
    [
        "", "x", "[]", "7", "null", '"text"', "{}", '{"time":1,"node":null}', '{"time":1,"kind":"x"}',
        '{"node":null,"kind":"x"}', '{"time":"now","node":null,"kind":"x"}', '{"time":true,"node":null,"kind":"x"}',
        '{"time":1,"node":"3","kind":"x"}', '{"time":1,"node":1.5,"kind":"x"}', '{"time":1,"node":false,"kind":"x"}',
        '{"time":1,"node":null,"kind":7}', '{"time":1,"node":null,"kind":"x","value":NaN}',
        "[" * 100_000, '{"time":1,"node":3,"kind":"stored","round":7}',
        '{"time":1,"node":3,"kind":"stored","round":true}',
        '{"time":1,"node":3,"kind":"stored","round":7,"beacon":"0x","by":"sync"}',
        '{"time":1,"node":3,"kind":"sent","message":"x","size":1,"to":{"1":[1.5]}}',
        '{"time":1,"node":3,"kind":"heal","why":"more than it has"}',
    ],
)  # fmt: skip
def test_a_line_that_is_no_entry_is_named(line):
    good = '{"kind":"x","node":null,"time":1}\n'
    with pytest.raises(FormatError, match="no entry of a journal") as caught:
        Journal.from_jsonl(good + line + "\n" + good, source="run.jsonl")
    assert "run.jsonl" in str(caught.value) and "2" in str(caught.value)


def test_an_empty_journal():
    assert len(Journal.from_jsonl("")) == 0 and Journal().to_jsonl() == "" and list(Journal()) == []
    assert Journal().digest() == hashlib.sha256(b"").hexdigest()
    assert repr(Journal()) == "<Journal of 0 entries, digest e3b0c442…>"


def test_a_long_journal_stays_small():
    """Entries are packed: what is held is far less than what was written."""
    journal = Journal()
    for n in range(3 * module.BLOCK):
        journal.write(n, n % 23, "stored", round=n // 23, beacon="00" * 8, by="partials")
    held = len(pickle.dumps(journal))
    assert held * 5 < len(journal.to_jsonl())


def test_a_journal_without_end_keeps_the_newest_entries_and_every_number(monkeypatch) -> None:
    monkeypatch.setattr(module, "BLOCK", 16)
    whole, kept = Journal(), Journal(keep=40)
    for number in range(500):
        for journal in (whole, kept):
            journal.write(number, number % 3, "odd" if number % 2 else "even", number=number)
        assert len(kept) == len(whole) and kept.digest() == whole.digest()
        assert len(list(kept.since(0))) <= 40 + 2 * 16
    assert 40 <= 500 - kept.first <= 72
    for start in (0, kept.first, 480, 499, 500):
        found = [entry.details["number"] for entry in kept.since(start)]
        assert found == list(range(max(start, kept.first), 500))
    assert [entry.details["number"] for entry in kept.entries("odd", node=1)] == [
        number for number in range(kept.first, 500) if number % 2 and number % 3 == 1
    ]
    # who is reading meanwhile has the block at hand to its end, and what is gone is left out
    reader = kept.since(kept.first)
    found = [next(reader)]
    for number in range(500, 900):
        kept.write(number, 0, "late", number=number)
    found += reader
    begun = found[0].details["number"]
    assert [entry.details["number"] for entry in found] == list(range(begun, begun + 16))
    for whole_of_it in (kept.to_jsonl, lambda: list(kept), lambda: pickle.dumps(kept)):
        with pytest.raises(LocalError, match=r"journal: its first \d+ entries are gone, as it keeps the newest 40"):
            whole_of_it()


def test_a_short_journal_that_keeps_some_is_as_any_other() -> None:
    journal = Journal(keep=40)
    journal.write(1, None, "start")
    assert len(list(journal)) == 1 and Journal.from_jsonl(journal.to_jsonl()).digest() == journal.digest()
    assert pickle.loads(pickle.dumps(journal)).keep == 40


def test_a_network_that_runs_for_months_does_not_grow(monkeypatch) -> None:
    from drandlab.simulation.network import Network

    monkeypatch.setattr(module, "BLOCK", 16)
    kept = Network(3, 2, backend="glass", detail="summary", keep=64).run(rounds=100)
    whole = Network(3, 2, backend="glass", detail="summary").run(rounds=100)
    assert kept.journal.digest() == whole.journal.digest() and len(kept.journal) == len(whole.journal)
    assert len(kept.journal) - kept.journal.first < 100
    assert kept.beacons == whole.beacons
    assert len(kept._beacons) <= 64 < len(whole._beacons)


@pytest.mark.parametrize("name", ["time", "node", "kind"])
def test_a_detail_does_not_take_the_place_of_what_every_entry_has(name):
    journal = Journal()
    with pytest.raises(LocalError, match=f"{name}: is no name for a detail of 'x': every entry has one"):
        journal.write(0, None, "x", **{name: 3})
    assert len(journal) == 0


def test_a_set_that_cannot_be_sorted_is_refused():
    with pytest.raises(LocalError, match="a set in an entry holds values that can be sorted"):
        Journal().write(0, None, "x", found={1, "a"})


@pytest.mark.parametrize("keep", ["a", 1.5, True, [3]])
def test_how_many_to_keep_is_a_whole_number(keep):
    with pytest.raises(WrongType, match="keep: expected a number of entries of at least 0, got "):
        Journal(keep=keep)
    with pytest.raises(LocalError, match="keep: expected a number of entries of at least 0, got -1"):
        Journal(keep=-1)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("a",), "start: expected a whole number, got 'a'"),
        ((None,), "start: expected a whole number, got None"),
        ((0, 3), "kind: expected text, got int"),
        ((0, "crash", "a"), "node: expected a whole number, got 'a'"),
    ],
)
def test_what_is_asked_for_is_checked_when_it_is_asked_for(arguments, sentence):
    with pytest.raises(WrongType, match=sentence):
        Journal().since(*arguments)


def test_one_kind_is_asked_for_by_its_name():
    with pytest.raises(WrongType, match="kind: expected text, got type"):
        Journal().entries(HostCrashed)
