"""Blocks of a bridge as a reader sees them: header, calls with their events, storage before and after, weight.

They come from a runtime that made or executed them, or from the JSON answer of ``drandlab idn``, which says less.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from drandlab.errors import LocalError
from drandlab.idn.runtime.blocks import DIGEST_ITEM, Header, SealDigest
from drandlab.idn.runtime.calls import Call, Origin, RuntimeEvent
from drandlab.idn.runtime.outcomes import Built, Executed, StepOutcome, StorageChange
from drandlab.idn.runtime.weights import BlockLimits
from drandlab.printable import repr_of, shown
from drandlab.typing import checked_int
from drandlab.wire.scale import Variant

__all__ = ["HOOKS", "MOST_BLOCKS", "ToldBlock", "ToldChange", "ToldEvent", "ToldStep", "text_of", "told_blocks"]

MOST_BLOCKS = 200
"""Blocks that a view has room for."""

LONGEST = 160
"""Characters of a value that are shown."""

HOOKS = ("initialize", "finalize", "hooks")
"""The phases of a block in which nobody calls."""

Pair = tuple[str, str]
"""A name and what stands under it."""


@dataclass(frozen=True, slots=True)
class ToldEvent:
    """An event: its name with that of the pallet, and its fields as text."""

    name: str
    fields: tuple[Pair, ...]


@dataclass(frozen=True, slots=True)
class ToldChange:
    """A storage item that changed: its name, its key in hexadecimal ("" where it is not told), before and after."""

    name: str
    key: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldStep:
    """An extrinsic, a call, or the hooks around them; ``weight`` is (ref_time, proof_size), None if it is not told."""

    name: str
    phase: str
    origin: str | None = None
    args: tuple[Pair, ...] = ()
    error: str | None = None
    events: tuple[ToldEvent, ...] = ()
    weight: tuple[int, int] | None = None
    changes: tuple[ToldChange, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldBlock:
    """One block. ``weight`` and ``limit`` are (ref_time, proof_size): what it took, and what may be taken at most."""

    number: int
    slot: int | None = None
    author: str | None = None
    header: tuple[Pair, ...] = ()
    digest: tuple[Pair, ...] = ()
    steps: tuple[ToldStep, ...] = ()
    changes: tuple[ToldChange, ...] = ()
    weight: tuple[int, int] | None = None
    limit: tuple[int, int] | None = None

    @property
    def calls(self) -> tuple[ToldStep, ...]:
        """The steps that are calls."""
        return tuple(step for step in self.steps if step.phase not in HOOKS)

    @property
    def failed(self) -> tuple[ToldStep, ...]:
        """The calls that ended with an error."""
        return tuple(step for step in self.steps if step.error is not None)


def told_blocks(
    source: Any,
    *,
    limits: BlockLimits | None = None,
    authors: Sequence[str] = (),
    first: int | None = None,
    last: int | None = None,
) -> tuple[ToldBlock, ...]:
    """Return blocks as a reader sees them, those with numbers from ``first`` to ``last``; the newest 200 by default.

    ``source`` is the answer of ``drandlab idn`` (a mapping with ``blocks``), or a list of blocks: `Built` and
    `Executed` ones (made with ``watch`` they say what changed in the storage), or mappings as in that answer.
    ``limits`` are those of the runtime (its own defaults if not given), ``authors`` names of the authorities in order.
    Raises `LocalError` for anything else, and for a range without blocks.

    >>> [block] = told_blocks({"blocks": [{"number": 1, "slot": 9, "author": "Bob", "calls": [], "events": []}]})
    >>> block.number, block.author, block.calls
    (1, 'Bob', ())
    """
    rows = source.get("blocks") if isinstance(source, Mapping) else source
    if isinstance(rows, (str, bytes)) or not isinstance(rows, Iterable):
        raise LocalError("expected blocks, or the answer of drandlab idn", argument="source")
    bounds = limits or BlockLimits()
    found: list[ToldBlock] = []
    state: Any = None
    for place, row in enumerate(rows):
        if isinstance(row, (Built, Executed)):
            found.append(_of_runtime(row, bounds, authors))
        elif isinstance(row, Mapping):
            told, state = _of_answer(row, place, state)
            found.append(told)
        else:
            raise LocalError(f"expected a block, got {repr_of(row)}", argument=f"source[{place}]")
    low = None if first is None else checked_int(first, "first", 0)
    high = None if last is None else checked_int(last, "last", 0)
    kept = [b for b in found if (low is None or b.number >= low) and (high is None or b.number <= high)]
    if not kept:
        raise LocalError("there are no blocks to show", argument="source")
    if len(kept) > MOST_BLOCKS and low is not None:
        raise LocalError(f"there is room for {MOST_BLOCKS} blocks, got {len(kept)}", argument="first")
    return tuple(kept[-MOST_BLOCKS:])


# -- a block of a runtime ---------------------------------------------------------------------------------------------


def _of_runtime(made: Built | Executed, limits: BlockLimits, authors: Sequence[str]) -> ToldBlock:
    header: Header = made.block.header if isinstance(made, Built) else made.head.header
    slot = header.slot
    return ToldBlock(
        number=header.number,
        slot=slot,
        author=authors[slot % len(authors)] if authors and slot is not None else None,
        header=(
            ("hash", f"0x{header.hash.hex()}"),
            ("parent", f"0x{header.parent_hash.hex()}"),
            ("state root", f"0x{header.state_root.hex()}"),
            ("extrinsics root", f"0x{header.extrinsics_root.hex()}"),
        ),
        digest=tuple((_digest_name(item), f"0x{DIGEST_ITEM.encode(item).hex()}") for item in header.digest),
        steps=tuple(_step(outcome) for outcome in made.outcomes),
        changes=_net(change for outcome in made.outcomes for change in outcome.changes or ()),
        weight=(made.weight.ref_time, made.weight.proof_size),
        limit=(limits.block.ref_time, limits.block.proof_size),
    )


def _digest_name(item: Any) -> str:
    name = type(item).__name__.removesuffix("Digest")
    engine = getattr(item, "engine", b"")
    signed = " (the author's seal)" if isinstance(item, SealDigest) else ""
    return f"{name} {engine.decode('ascii', 'replace')}".strip() + signed


def _step(outcome: StepOutcome) -> ToldStep:
    call: Call | None = outcome.call
    phase = outcome.phase if isinstance(outcome.phase, str) else f"extrinsic {outcome.phase}"
    if call is not None and phase in HOOKS:
        phase = f"call, {phase}"  # one that is dispatched beside the extrinsics
    return ToldStep(
        name=f"hooks, {phase}" if call is None else str(call),
        phase=phase,
        origin=None if outcome.origin is None else _origin(outcome.origin),
        args=() if call is None else _pairs(call.args),
        error=None if outcome.error is None else outcome.error.name,
        events=tuple(_event(event) for event in outcome.events),
        weight=(outcome.weight.ref_time, outcome.weight.proof_size),
        changes=tuple(_change(change) for change in outcome.changes or ()),
    )


def _origin(origin: Origin) -> str:
    return origin.kind if origin.account is None else f"{origin.kind} {text_of(origin.account)}"


def _event(event: RuntimeEvent) -> ToldEvent:
    return ToldEvent(str(event), _pairs(event.fields))


def _change(change: StorageChange) -> ToldChange:
    name = f"{change.pallet}.{change.item}" if change.pallet else _well_known(change.key)
    if change.entry is not None:
        name += f" [{text_of(change.entry, 40)}]"
    before = change.before if change.old is None else change.old
    after = change.after if change.new is None else change.new
    return ToldChange(name, f"0x{change.key.hex()}", _stored(before), _stored(after))


def _well_known(key: bytes) -> str:
    """The name of a key that belongs to no pallet: Substrate's own are text, such as ``:extrinsic_index``."""
    return key.decode() if key.isascii() and key.decode().isprintable() else "a key of no pallet"


def _stored(value: Any) -> str:
    return "nothing" if value is None else text_of(value)


def _net(changes: Iterable[StorageChange]) -> tuple[ToldChange, ...]:
    """What a block changed: of each key the first value and the last one, where they differ."""
    seen: dict[bytes, tuple[StorageChange, StorageChange]] = {}
    for change in changes:
        seen[change.key] = (seen[change.key][0] if change.key in seen else change, change)
    net = (
        dataclasses.replace(late, before=early.before, old=early.old)
        for early, late in seen.values()
        if early.before != late.after
    )
    return tuple(sorted((_change(change) for change in net), key=lambda told: told.name))


# -- a block of the answer of `drandlab idn` --------------------------------------------------------------------------


def _of_answer(row: Mapping[str, Any], place: int, before: Any) -> tuple[ToldBlock, Any]:
    """A block of the answer, and what it says of the storage; ``before`` is what the block before said."""
    try:
        number = checked_int(row["number"], "number", 0)
        calls = [
            ToldStep(
                name=str(call["call"]),
                phase=f"call {i}",
                error=None if call.get("error") is None else str(call["error"]),
                events=tuple(_told_event(event) for event in call.get("events", ())),
            )
            for i, call in enumerate(row.get("calls", ()))
        ]
        events = tuple(_told_event(event) for event in row.get("events", ()))
    except (KeyError, TypeError, AttributeError, LocalError) as error:
        raise LocalError(f"is no block of drandlab idn: {error!r}", argument=f"source[{place}]") from error
    hooks = [ToldStep(name="hooks and messages", phase="hooks", events=events)] if events else []
    state = {**(row.get("beacon") or {}), **{f"balance of {k}": v for k, v in (row.get("balances") or {}).items()}}
    old = before or {}
    names = {"next_round": "RandBeacon.NextRound", "accumulation": "RandBeacon.SparseAccumulation"}
    changes = tuple(
        ToldChange(names.get(name, name), "", _stored(old.get(name)), _stored(value))
        for name, value in state.items()
        if before is not None and old.get(name) != value
    )
    return (
        ToldBlock(
            number=number,
            slot=row.get("slot"),
            author=row.get("author"),
            digest=tuple((f"item {i}", str(item)) for i, item in enumerate(row.get("digest") or ())),
            steps=(*calls, *hooks),
            changes=changes,
        ),
        state,
    )


def _told_event(event: Mapping[str, Any]) -> ToldEvent:
    return ToldEvent(str(event["event"]), _pairs({k: v for k, v in event.items() if k != "event"}))


# -- values as text ---------------------------------------------------------------------------------------------------


def _pairs(values: Mapping[str, Any]) -> tuple[Pair, ...]:
    return tuple((str(name), text_of(value)) for name, value in values.items())


def text_of(value: Any, most: int = LONGEST) -> str:
    """Return a value of the chain as one line: bytes in hexadecimal, records by their fields.

    >>> text_of(b"\\x01\\xff"), text_of((1, None, {"end": 5}))
    ('0x01ff', '[1, none, {end: 5}]')
    """
    return shown(_text(value), most)


def _text(value: Any) -> str:
    if isinstance(value, (bytes, bytearray, memoryview)):
        data = bytes(value)
        return f"0x{data.hex()}" if len(data) <= 64 else f"0x{data[:16].hex()}… ({len(data)} bytes)"
    if value is None:
        return "none"
    if value is True or value is False:
        return "yes" if value else "no"
    if isinstance(value, Variant):
        return value.name if value.value is None else f"{value.name} {_text(value.value)}"
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {one.name: getattr(value, one.name) for one in dataclasses.fields(value) if one.repr}
        return f"{type(value).__name__} {_text(fields)}"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {_text(one)}" for name, one in value.items()) + "}"
    if isinstance(value, (list, tuple, set, frozenset)):
        return "[" + ", ".join(_text(one) for one in value) + "]"
    return repr_of(value, LONGEST) if not isinstance(value, (int, str)) else str(value)
