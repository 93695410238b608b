r"""What a bridge did, from its journal alone: blocks and authors, rounds ingested and skipped, and latencies.

The chain is that of the highest block that an honest collator holds for final, with all blocks before it; blocks that
nobody finalised, and those of forks, count as made and no more. A latency is measured from the time $t_r$ at which a
round is due: to the block that ingests it (``to_block``), and to the moment at which the first honest collator holds
that block, or one after it, for final (``to_final``).

What an observer needs is what it must keep to check that a pulse is in the observed range: the storage of the beacon
pallet, whose size does not grow, beside 48 bytes for each round that it would keep otherwise.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from drandlab.errors import LocalError, WrongType
from drandlab.idn.collator.collator_effects import BlockAuthored, FinalityReached
from drandlab.simulation.bridge.bridge_entries import CollatorCrashed, CollatorRestarted, SubmissionFailed
from drandlab.simulation.journal import Entry, Journal
from drandlab.simulation.reading.bridge.bridge_facts import BlockFacts, BridgeFacts
from drandlab.typing import Round, Seconds

__all__ = ["BridgeStory", "CollatorStory", "Quantiles", "bridge_of"]

SIGNATURE = 48
"""Bytes of one round's signature."""

MARKS = (5, 25, 50, 75, 95, 100)
"""The percentiles of a latency."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantiles:
    """Percentiles of ``count`` latencies in seconds: values that occurred (nearest rank); none where there are none.

    >>> Quantiles.of([3.0, 1.0, 2.0, 4.0]).marks
    {5: 1.0, 25: 1.0, 50: 2.0, 75: 3.0, 95: 4.0, 100: 4.0}
    """

    count: int
    marks: dict[int, Seconds]

    @classmethod
    def of(cls, latencies: Iterable[Seconds]) -> Quantiles:
        """Return the percentiles of some latencies."""
        ordered = sorted(latencies)
        if not ordered:
            return cls(count=0, marks={})
        # -(-a // b) is a / b rounded up, in whole numbers
        marks = {part: round(ordered[max(1, -(-len(ordered) * part // 100)) - 1], 6) for part in MARKS}
        return cls(count=len(ordered), marks=marks)

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers by name: ``p5`` to ``p95``, and ``max``."""
        named = {"max" if part == 100 else f"p{part}": self.marks.get(part) for part in MARKS}
        return {"count": self.count, **named}


@dataclass(slots=True, kw_only=True)
class CollatorStory:
    """What one collator did.

    ``authored`` counts its blocks in the chain, ``missed`` its slots without a block there. ``finalised`` is the last
    block that it holds for final; ``misbehaved`` says whether it ever did; ``down`` is in seconds.
    """

    collator: int
    authored: int = 0
    missed: int = 0
    finalised: int = 0
    crashes: int = 0
    down: Seconds = 0.0
    misbehaved: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "collator": self.collator,
            "authored": self.authored,
            "missed": self.missed,
            "finalised": self.finalised,
            "crashes": self.crashes,
            "down": self.down,
            "misbehaved": self.misbehaved,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeStory:
    """What a bridge did.

    ``made`` counts the blocks that anybody made, ``blocks`` those of the chain, ``slots`` the slots from that of block
    1 until the end, and ``missed`` those without a block of the chain. ``ingested`` counts the rounds in the chain from
    ``first`` to ``last``, ``skipped`` those between that are not. ``failed`` counts submissions by their error.
    ``observer_bytes`` is what an observer keeps, ``beacon_bytes`` what the signatures of all these rounds would take.
    """

    mode: str
    made: int
    blocks: int
    slots: int
    missed: int
    first: Round | None
    last: Round | None
    ingested: int
    skipped: int
    failed: dict[str, int]
    to_block: Quantiles
    to_final: Quantiles
    observer_bytes: int
    collators: tuple[CollatorStory, ...]

    @property
    def beacon_bytes(self) -> int:
        """Bytes of the signatures of all rounds from the first to the last."""
        return SIGNATURE * (self.ingested + self.skipped)

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "mode": self.mode,
            "blocks": {"made": self.made, "final": self.blocks},
            "slots": {"all": self.slots, "missed": self.missed},
            "rounds": {
                "first": self.first,
                "last": self.last,
                "ingested": self.ingested,
                "skipped": self.skipped,
                "failed": dict(sorted(self.failed.items())),
            },
            "latency": {"to_block": self.to_block.to_dict(), "to_final": self.to_final.to_dict()},
            "observer_bytes": self.observer_bytes,
            "beacon_bytes": self.beacon_bytes,
            "collators": [one.to_dict() for one in self.collators],
        }


class _Reader(BridgeFacts):
    """Goes through the entries once, in order, with the facts that the checkers have."""

    def __init__(self) -> None:
        super().__init__()
        self.story: dict[int, CollatorStory] = {}
        self.down_since: dict[int, Seconds] = {}
        self.final_at: list[tuple[int, Seconds]] = []
        """Heights of the final chain, as the first honest collator comes to each, with the time."""
        self.head = b""
        self.fails: dict[bytes, list[str]] = {}

    def take(self, entry: Entry, *beside: Any) -> None:
        BridgeFacts.take(self, entry)
        self.told(entry)

    def told(self, entry: Entry) -> None:
        """Take note of what the facts have no place for."""
        match entry.what:
            case FinalityReached(number=number, hash=hash) if not self.collator(entry.node).misbehaved:
                if not self.final_at or number > self.final_at[-1][0]:
                    self.final_at.append((number, entry.time))
                    self.head = hash
            case SubmissionFailed(hash=hash, error=error):
                self.fails.setdefault(hash, []).append(error)
            case CollatorCrashed():
                index = self.collator(entry.node).index
                self.of(index).crashes += 1
                self.down_since[index] = entry.time
            case CollatorRestarted():
                index = self.collator(entry.node).index
                self.of(index).down += entry.time - self.down_since.pop(index, entry.time)
            case _:
                pass

    def of(self, index: int) -> CollatorStory:
        """What is said of one collator."""
        return self.story.setdefault(index, CollatorStory(collator=index))


def bridge_of(journal: Journal, until: Seconds | None = None) -> BridgeStory:
    """Return what the bridge of a run did; the run ended at ``until``, or with its last event.

    Raises `LocalError` for a journal without a bridge.
    """
    if not isinstance(journal, Journal):
        raise WrongType(f"expected a journal, got a {type(journal).__name__}", argument="journal")
    reader = _Reader()
    reader.take_all(journal)
    header = reader.header
    if header is None:
        raise LocalError("expected that of a bridge, which has an entry of the kind 'bridge'", argument="journal")
    end = reader.time if until is None else max(until, reader.time)
    chain = list(reader.ancestors(reader.head))[::-1]
    for index in range(header.collators):
        one, known = reader.of(index), reader.at(index)
        one.down = round(one.down + end - reader.down_since.get(index, end), 6)
        one.finalised, one.misbehaved = known.finalised, known.misbehaved
    slots, missed = _slots(reader, chain, end)
    rounds = [round for block in chain if block.ingested is not None for round in _rounds(block)]
    failed = Counter(error for block in chain for error in reader.fails.get(block.made.hash, ()))
    last = next((block.ingested for block in reversed(chain) if block.ingested is not None), None)
    return BridgeStory(
        mode=header.mode,
        made=len(reader.blocks),
        blocks=len(chain),
        slots=slots,
        missed=missed,
        first=rounds[0] if rounds else None,
        last=rounds[-1] if rounds else None,
        ingested=len(rounds),
        skipped=rounds[-1] - rounds[0] + 1 - len(rounds) if rounds else 0,
        failed=dict(failed),
        to_block=Quantiles.of(_to_block(reader, chain)),
        to_final=Quantiles.of(_to_final(reader, chain)),
        observer_bytes=last.stored if last is not None else 0,
        collators=tuple(reader.story[index] for index in range(header.collators)),
    )


def _rounds(block: BlockFacts) -> range:
    assert block.ingested is not None
    return range(block.ingested.start, block.ingested.end + 1)


def _slots(reader: _Reader, chain: list[BlockFacts], end: Seconds) -> tuple[int, int]:
    """Count the slots and those without a block, and tell each collator its own."""
    header = reader.header
    first = min((block.made.slot for block in chain), default=None)
    if header is None or first is None:
        return 0, 0
    made: dict[int, BlockAuthored] = {block.made.slot: block.made for block in chain}
    last = max(max(made), int(end * 1000) // header.slot_ms)
    for slot in range(first, last + 1):
        if (block := made.get(slot)) is not None:
            reader.of(block.author).authored += 1
        elif header.turn == "slot":
            reader.of(slot % header.collators).missed += 1
    return last - first + 1, last - first + 1 - len(made)


def _to_block(reader: _Reader, chain: list[BlockFacts]) -> Iterable[Seconds]:
    assert reader.info is not None
    for block in chain:
        for round in _rounds(block) if block.ingested is not None else ():
            yield block.time - reader.info.round_time(round)


def _to_final(reader: _Reader, chain: list[BlockFacts]) -> Iterable[Seconds]:
    assert reader.info is not None
    heights = iter(reader.final_at)
    number, time = next(heights, (0, 0.0))
    for block in chain:
        while number < block.made.number:
            number, time = next(heights, (block.made.number, reader.time))
        for round in _rounds(block) if block.ingested is not None else ():
            yield time - reader.info.round_time(round)
