"""The checkers of a bridge, on journals written by hand: an honest one passes, each broken rule is found."""

from __future__ import annotations

from typing import Any

import pytest
from bridge_journals import GENESIS, SLOT, asig, block, bridge_journal, changed, instead, message, said, same

from drandlab.simulation.bridge.bridge_entries import (
    BlockFinalised,
    BlockImported,
    BlockMade,
    CollatorCrashed,
    CollatorMisbehaviour,
    CollatorRestarted,
    PulsesIngested,
)
from drandlab.simulation.checkers.judges import check_all
from drandlab.simulation.journal import Entry, Journal
from drandlab.simulation.world.host_names import collator_name

NAMES = {"one bridge", "finality", "authors", "ingested once", "stored pair"}


def violated(found: Journal) -> set[str]:
    verdicts = {verdict.name: verdict for verdict in check_all(found)}
    assert verdicts.keys() == NAMES
    return {name for name, verdict in verdicts.items() if not verdict.ok}


@pytest.mark.parametrize("mode", ["accumulate", "range"])
@pytest.mark.parametrize("beacons", [True, False])
def test_an_honest_bridge_is_blamed_for_nothing(mode: str, beacons: bool) -> None:
    verdicts = check_all(bridge_journal(mode, beacons=beacons))
    assert all(verdict.ok and verdict.checked for verdict in verdicts), verdicts


def test_a_journal_without_a_bridge_has_none_of_these_verdicts() -> None:
    assert NAMES.isdisjoint(verdict.name for verdict in check_all(Journal()))


def test_entries_of_unknown_kinds_are_passed_over() -> None:
    found = bridge_journal()
    found.write(GENESIS + 99, collator_name(2), "my own", number=1)
    found.write(GENESIS + 99, 77_777, "another of mine")
    assert violated(found) == set()


LIES = said(0, CollatorMisbehaviour(what="lying"))
FORK = block(3, hash=b"fork")
BROKEN: dict[str, tuple[tuple[Any, ...], set[str]]] = {
    "two final blocks of one number": (
        (BlockFinalised, 3, LIES, said(0, FORK), said(2, BlockFinalised(number=3, hash=b"fork"))),
        {"one bridge", "finality"},
    ),
    "a final block whose ancestor differs": (
        (
            *(BlockFinalised, 4, LIES, said(0, FORK), said(1, block(4, b"fork", hash=b"four"))),
            said(2, BlockFinalised(number=4, hash=b"four")),
        ),
        {"one bridge", "finality", "authors"},
    ),
    "an older block is final later": (
        (BlockFinalised, 3, same, said(2, BlockFinalised(number=2, hash=b"block2"), 0.1)),
        {"finality"},
    ),
    "a restart forgets what was final": (
        (
            BlockFinalised,
            4,
            said(2, CollatorCrashed(disk="kept")),
            said(2, CollatorRestarted(number=3, finalised=2)),
        ),
        {"finality"},
    ),
    "a block of another's slot": ((BlockMade, 2, changed(author=(SLOT + 3) % 4)), {"authors"}),
    "a block before its slot": (
        (BlockMade, 2, lambda entry: Entry(entry.time - 1, entry.node, entry.what)),
        {"authors"},
    ),
    "a number that does not follow": ((BlockMade, 3, changed(number=4)), {"authors", "one bridge", "finality"}),
    "a block that nobody made": ((BlockImported, 3, changed(hash=b"nobody's")), {"authors"}),
    "two blocks in one slot": (
        (BlockMade, 2, same, changed(hash=b"second")),
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
