"""The checkers of a bridge, on journals written by hand: an honest one passes, each broken rule is found."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import pytest

from drandlab.beacon.chain_info import ChainInfo
from drandlab.crypto.bls import BLS
from drandlab.crypto.schemes import scheme
from drandlab.records import Record
from drandlab.simulation.bridge.bridge_entries import (
    BlockFinalised,
    BlockImported,
    BlockMade,
    BridgeMade,
    CollatorCrashed,
    CollatorMisbehaviour,
    CollatorRestarted,
    CollatorStarted,
    PulsesIngested,
)
from drandlab.simulation.checkers.judges import check_all
from drandlab.simulation.entries import BeaconMade
from drandlab.simulation.journal import Entry, Journal
from drandlab.simulation.world.host_names import collator_name

SCHEME = scheme("bls-unchained-g1-rfc9380")
SIGNER = BLS.of(SCHEME, "glass")
SECRET, GENESIS = 42, 1_700_000_000
INFO = ChainInfo(
    public_key=bytes(SIGNER.public_key(SECRET)),
    scheme=SCHEME,
    period=3,
    genesis_time=GENESIS,
    genesis_seed=bytes(range(32)),
)
SLOT = GENESIS // 6
BRIDGE = BridgeMade(
    collators=4,
    mode="accumulate",
    slot_ms=6000,
    max_pulses=6,
    seed="1",
    detail="full",
    hash=INFO.chain_hash,
    info=INFO.to_dict(2),
    backend="glass",
    genesis_round=1,
)
NAMES = {"one bridge", "finality", "authors", "ingested once", "stored pair"}


def signature(round: int) -> bytes:
    return SIGNER.sign(SECRET, SCHEME.digest(round))


def asig(start: int, end: int) -> bytes:
    return SIGNER.aggregate(signature(round) for round in range(start, end + 1))


def message(start: int, end: int) -> bytes:
    points = [SIGNER.hash(SCHEME.digest(round)) for round in range(start, end + 1)]
    return bytes(SIGNER.signatures.sum(points))


def block(number: int, parent: bytes | None = None, **more: object) -> BlockMade:
    slot = SLOT + number
    made = BlockMade(
        number=number,
        slot=slot,
        hash=b"block%d" % number,
        parent=b"block%d" % (number - 1) if parent is None else parent,
        author=slot % 4,
    )
    return replace(made, **more)  # type: ignore[arg-type]


def pulses(number: int, start: int, end: int, mode: str = "accumulate", **more: object) -> PulsesIngested:
    whole = mode == "accumulate"
    one = PulsesIngested(
        hash=b"block%d" % number,
        number=number,
        start=start,
        end=end,
        asig=asig(start, end),
        signature=asig(1, end) if whole else asig(start, end),
        message=message(1, end) if whole else b"",
    )
    return replace(one, **more)  # type: ignore[arg-type]


def journal(
    blocks: int = 4,
    *,
    mode: str = "accumulate",
    beacons: bool = True,
    of: Callable[[Entry], Iterable[Entry]] | None = None,
) -> Journal:
    """A bridge of four that makes a block in each slot, ingests two rounds in each, and finalises it at once."""
    entries = [Entry(float(GENESIS), None, replace(BRIDGE, mode=mode))]

    def say(time: float, index: int | None, what: Record) -> None:
        entries.append(
            Entry(
                time,
                None
                if index is None
                else index
                if isinstance(what, BeaconMade) or index is None
                else collator_name(index),
                what,
            )
        )

    for index in range(4):
        say(GENESIS, index, CollatorStarted(index=index, address=f"c{index}", aura=b"", votes=b""))
    for number in range(1, 5):
        made, rounds = block(number), (2 * number - 1, 2 * number)
        at = made.slot * 6.0
        for round in rounds if beacons else ():
            say(at - 1, 0, BeaconMade(round=round, signature=signature(round), previous_signature=b""))
        say(at, made.author, made)
        say(at, made.author, pulses(number, *rounds, mode))
        for index in range(4):
            if index != made.author:
                say(at + 0.1, index, BlockImported(number=number, hash=made.hash))
            say(at + 0.2, index, BlockFinalised(number=number, hash=made.hash))
    found = Journal()
    for entry in entries:
        for one in [entry] if of is None else of(entry):
            found.write(one.time, one.node, one.what)
    return found


def violated(found: Journal) -> set[str]:
    verdicts = {verdict.name: verdict for verdict in check_all(found)}
    assert verdicts.keys() == NAMES
    return {name for name, verdict in verdicts.items() if not verdict.ok}


def instead(kind: type[Record], number: int, *new: Callable[[Entry], Entry]) -> Callable[[Entry], Iterable[Entry]]:
    """Writes other entries where one of this kind and block would be, the first time that it comes."""
    done: list[Entry] = []

    def of(entry: Entry) -> Iterable[Entry]:
        if not done and isinstance(entry.what, kind) and getattr(entry.what, "number", None) == number:
            done.append(entry)
            return [one(entry) for one in new]
        return [entry]

    return of


def changed(**changes: object) -> Callable[[Entry], Entry]:
    return lambda entry: Entry(entry.time, entry.node, replace(entry.what, **changes))  # type: ignore[type-var]


def same(entry: Entry) -> Entry:
    return entry


def said(index: int, what: Record, later: float = 0.0) -> Callable[[Entry], Entry]:
    return lambda entry: Entry(entry.time + later, collator_name(index), what)


@pytest.mark.parametrize("mode", ["accumulate", "range"])
@pytest.mark.parametrize("beacons", [True, False])
def test_an_honest_bridge_is_blamed_for_nothing(mode: str, beacons: bool) -> None:
    verdicts = check_all(journal(mode, beacons=beacons))
    assert all(verdict.ok and verdict.checked for verdict in verdicts), verdicts


def test_a_journal_without_a_bridge_has_none_of_these_verdicts() -> None:
    assert NAMES.isdisjoint(verdict.name for verdict in check_all(Journal()))


def test_entries_of_unknown_kinds_are_passed_over() -> None:
    found = journal()
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
    assert violated(journal(beacons=beacons, of=instead(kind, number, *new))) == broken
