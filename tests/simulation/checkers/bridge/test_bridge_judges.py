"""The checkers of a bridge, on journals written by hand: an honest one passes, each broken rule is found."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from bridge_journals import (
    GENESIS,
    SLOT,
    asig,
    block,
    bridge_journal,
    changed,
    final,
    instead,
    message,
    pulses,
    said,
    same,
    signature,
)

from drandlab.idn.collator.collator_effects import (
    BlockAuthored,
    BlockTaken,
    FinalityReached,
    PulseQueued,
    VoteSent,
)
from drandlab.records import Record
from drandlab.simulation.bridge.bridge_entries import (
    BridgeMade,
    CollatorClockSet,
    CollatorCrashed,
    CollatorMisbehaviour,
    CollatorRestarted,
    PulsesIngested,
)
from drandlab.simulation.checkers.judges import check_all
from drandlab.simulation.entries import LinksCut, LinksHealed, MessageSent, Unknown
from drandlab.simulation.journal import Entry, Journal
from drandlab.simulation.world.host_names import collator_name

NAMES = {"one bridge", "finality", "authors", "ingested once", "stored pair", "bridge grows", "rounds grow"}
LIVENESS = {"bridge grows", "rounds grow"}


def violated(found: Journal) -> set[str]:
    verdicts = {verdict.name: verdict for verdict in check_all(found)}
    assert verdicts.keys() == NAMES
    return {name for name, verdict in verdicts.items() if not verdict.ok}


@pytest.mark.parametrize("mode", ["accumulate", "range"])
@pytest.mark.parametrize("beacons", [True, False])
def test_an_honest_bridge_is_blamed_for_nothing(mode: str, beacons: bool) -> None:
    verdicts = check_all(bridge_journal(mode, beacons=beacons))
    assert all(verdict.ok and (verdict.checked or verdict.name in LIVENESS) for verdict in verdicts), verdicts


def test_a_journal_without_a_bridge_has_none_of_these_verdicts() -> None:
    assert NAMES.isdisjoint(verdict.name for verdict in check_all(Journal()))


def test_entries_of_unknown_kinds_are_passed_over() -> None:
    found = bridge_journal()
    found.write(GENESIS + 99, collator_name(2), "my own", number=1)
    found.write(GENESIS + 99, 77_777, "another of mine")
    assert violated(found) == set()


LIES = said(0, CollatorMisbehaviour(what="lying"))
FORK = block(3, hash=b"fork")
VOTE = VoteSent(round=5, stage="prevote", number=4, hash=b"block4")
LOST_PULSES = replace(pulses(3, 9, 10), hash=b"nobody's")
BROKEN: dict[str, tuple[tuple[Any, ...], set[str]]] = {
    "two final blocks of one number": (
        (FinalityReached, 3, LIES, said(0, FORK), said(2, final(3, b"fork"))),
        {"one bridge", "finality"},
    ),
    "a final block whose ancestor differs": (
        (
            *(FinalityReached, 4, LIES, said(0, FORK), said(1, block(4, b"fork", hash=b"four"))),
            said(2, final(4, b"four")),
        ),
        {"one bridge", "finality", "authors"},
    ),
    "an older block is final later": (
        (FinalityReached, 3, same, said(2, final(2, b"block2"), 0.1)),
        {"finality"},
    ),
    "a restart forgets what was final": (
        (
            FinalityReached,
            4,
            said(2, CollatorCrashed(disk="kept")),
            said(2, CollatorRestarted(number=3, finalised=2)),
        ),
        {"finality"},
    ),
    "two votes in one stage, a restart between them": (
        (
            *(FinalityReached, 4, same, said(2, VOTE)),
            *(said(2, CollatorCrashed(disk="kept")), said(2, CollatorRestarted(number=3, finalised=4))),
            said(2, replace(VOTE, hash=b"fork")),
        ),
        {"finality"},
    ),
    "a block of another's slot": ((BlockAuthored, 2, changed(author=(SLOT + 3) % 4)), {"authors"}),
    "a block before its slot": (
        (BlockAuthored, 2, lambda entry: Entry(entry.time - 1, entry.node, entry.what)),
        {"authors"},
    ),
    "a number that does not follow": ((BlockAuthored, 3, changed(number=4)), {"authors", "one bridge", "finality"}),
    "a block that nobody made": ((BlockTaken, 3, changed(hash=b"nobody's")), {"authors"}),
    "two blocks in one slot": (
        (BlockAuthored, 2, same, changed(hash=b"second")),
        {"authors"},
    ),
    "a round that is left out": (
        (PulsesIngested, 2, changed(start=4, asig=asig(4, 4))),
        {"ingested once", "stored pair"},
    ),
    "a round that comes again": (
        (PulsesIngested, 2, changed(start=2, asig=asig(2, 4))),
        {"ingested once", "stored pair"},
    ),
    "twice in one block": ((PulsesIngested, 2, same, same), {"ingested once"}),
    "the sum of other rounds": ((PulsesIngested, 2, changed(asig=asig(3, 5))), {"stored pair"}),
    "bytes that are no point": ((PulsesIngested, 2, changed(asig=b"\xff" * 48)), {"stored pair"}),
    "a stored signature that is not the sum": ((PulsesIngested, 2, changed(signature=asig(3, 4))), {"stored pair"}),
    "a stored Q that is not the sum": ((PulsesIngested, 2, changed(message=message(3, 4))), {"stored pair"}),
}


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.parametrize("beacons", [True, False])
def test_each_broken_rule_is_found(name: str, beacons: bool) -> None:
    (kind, number, *new), broken = BROKEN[name]
    assert violated(bridge_journal(beacons=beacons, of=instead(kind, number, *new))) == broken


def test_who_has_lost_its_disk_may_vote_anew_and_a_vote_may_come_again() -> None:
    lost = (said(2, CollatorCrashed(disk="lost")), said(2, CollatorRestarted(number=0, finalised=0)))
    again = (said(2, replace(VOTE, stage="precommit")), said(2, replace(VOTE, round=6)), said(2, VOTE))
    for between in (lost, again):
        second = replace(VOTE, hash=b"fork") if between is lost else VOTE
        found = bridge_journal(of=instead(FinalityReached, 4, same, said(2, VOTE), *between, said(2, second)))
        assert "finality" not in violated(found)


def test_a_block_that_nobody_made_and_its_pulses_are_found() -> None:
    found = bridge_journal(of=instead(BlockTaken, 3, changed(hash=b"nobody's"), said(2, LOST_PULSES)))
    assert violated(found) == {"authors", "ingested once", "stored pair"}


# -- liveness ---------------------------------------------------------------------------------------------------------

END = GENESIS + 30.0
"""After the last block of the journal."""


def lasting(*beside: tuple[float, int | None, Record], detail: str = "full") -> set[str]:
    """The liveness rules that are broken where the four blocks are followed by two minutes without a block."""
    found = bridge_journal(of=instead(BridgeMade, 0, same))
    entries = [*found, *(Entry(END + later, name, what) for later, name, what in beside)]
    entries += [Entry(END + second, None, Unknown(name="tick", details={})) for second in range(120)]
    whole = Journal()
    for entry in sorted(entries, key=lambda entry: entry.time):
        what = replace(entry.what, detail=detail) if isinstance(entry.what, BridgeMade) else entry.what
        whole.write(entry.time, entry.node, what)
    return violated(whole)


def heard(round: int) -> list[tuple[float, int | None, Record]]:
    return [(0.0, collator_name(i), PulseQueued(round=round, signature=signature(round), held=1)) for i in range(4)]


def test_a_chain_that_does_not_grow_is_found() -> None:
    assert lasting() == {"bridge grows"}
    assert lasting(*heard(9)) == {"bridge grows", "rounds grow"}
    # round 9 comes next, and without it 10 is of no use to the running pair
    assert lasting(*heard(10)) == {"bridge grows"}


def test_nothing_is_promised_where_the_core_is_no_quorum() -> None:
    down = [(1.0, collator_name(i), CollatorCrashed(disk="kept")) for i in (0, 1)]
    assert lasting(*down, *heard(9)) == set()
    lies = [(1.0, collator_name(i), CollatorMisbehaviour(what="silent")) for i in (2, 3)]
    assert lasting(*lies, *heard(9)) == set()
    fast = [(1.0, collator_name(i), CollatorClockSet(offset=3.0, drift=0.0)) for i in (0, 3)]
    assert lasting(*fast, *heard(9)) == set()
    cut = LinksCut(pairs=tuple((collator_name(a), collator_name(b)) for a in (0, 1) for b in (2, 3)))
    assert lasting((1.0, None, cut), *heard(9)) == set()
    assert lasting((1.0, None, cut), (2.0, None, LinksHealed()), *heard(9)) == {"bridge grows", "rounds grow"}


def test_messages_that_are_lost_or_slow_begin_another_stretch() -> None:
    def vote(after: float, delays: tuple[int, ...]) -> tuple[float, int, Record]:
        sent = MessageSent(message="vote", to={collator_name(1): delays}, size=100)
        return after, collator_name(0), sent

    for delays in ((), (1_600_000,)):
        assert lasting(*(vote(second, delays) for second in range(0, 120, 30))) == set()
    assert lasting(*(vote(second, (20_000,)) for second in range(0, 120, 30))) == {"bridge grows"}


def test_a_collator_that_stays_behind_is_found() -> None:
    final_here = (final(5, b"block5"), final(6, b"block6"))
    goes_on = [
        (10.0 * place, collator_name(index), what) for place, what in enumerate(final_here) for index in range(3)
    ]
    assert lasting(*goes_on) >= {"bridge grows"}


def test_a_summary_says_too_little_to_judge() -> None:
    assert lasting(*heard(9), detail="summary") == set()
