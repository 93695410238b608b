"""A journal of a bridge, written by hand: four collators, a block in each slot, two rounds of a chain in each block."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from drandlab.beacon.chain_info import ChainInfo
from drandlab.crypto.bls import BLS
from drandlab.crypto.schemes import scheme
from drandlab.idn.collator.collator_effects import BlockAuthored, BlockTaken, FinalityReached, StepReached
from drandlab.records import Record
from drandlab.simulation.bridge.bridge_entries import BridgeMade, CollatorStarted, PulsesIngested
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


def signature(round: int) -> bytes:
    return SIGNER.sign(SECRET, SCHEME.digest(round))


def asig(start: int, end: int) -> bytes:
    return SIGNER.aggregate(signature(round) for round in range(start, end + 1))


def message(start: int, end: int) -> bytes:
    points = [SIGNER.hash(SCHEME.digest(round)) for round in range(start, end + 1)]
    return bytes(SIGNER.signatures.sum(points))


def block(number: int, parent: bytes | None = None, **more: object) -> BlockAuthored:
    slot = SLOT + number
    made = BlockAuthored(
        number=number,
        slot=slot,
        hash=b"block%d" % number,
        parent=b"block%d" % (number - 1) if parent is None else parent,
        author=slot % 4,
        state_root=bytes(32),
    )
    return replace(made, **more)  # type: ignore[arg-type]


def taken(made: BlockAuthored) -> BlockTaken:
    return BlockTaken(
        number=made.number, slot=made.slot, hash=made.hash, parent=made.parent, author=made.author, best=True
    )


def final(number: int, hash: bytes) -> FinalityReached:
    return FinalityReached(number=number, hash=hash, round=number)


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


def bridge_journal(
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
        say(GENESIS, index, StepReached(step="taking part"))
    for number in range(1, 5):
        made, rounds = block(number), (2 * number - 1, 2 * number)
        at = made.slot * 6.0
        for round in rounds if beacons else ():
            say(at - 1, 0, BeaconMade(round=round, signature=signature(round), previous_signature=b""))
        say(at, made.author, made)
        say(at, made.author, pulses(number, *rounds, mode))
        for index in range(4):
            if index != made.author:
                say(at + 0.1, index, taken(made))
            say(at + 0.2, index, final(number, made.hash))
    found = Journal()
    for entry in entries:
        for one in [entry] if of is None else of(entry):
            found.write(one.time, one.node, one.what)
    return found


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
