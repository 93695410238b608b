"""What happened in a block, step by step, as plain frozen values for whoever wants to show it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from drandlab.idn.runtime.blocks import Block, Header
from drandlab.idn.runtime.calls import Call, Origin, RuntimeEvent
from drandlab.idn.runtime.failures import DispatchError
from drandlab.idn.runtime.weights import DispatchClass, Weight
from drandlab.idn.state import StorageUse, Trie

__all__ = ["Built", "Executed", "Head", "StepOutcome", "StorageChange"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageChange:
    """One key that a step changed: the bytes before and after, and what they mean.

    ``pallet`` and ``item`` are None for a key of no pallet, ``entry`` is the key within a map. ``old`` and ``new`` are
    the decoded values, None where nothing is stored.
    """

    key: bytes
    before: bytes | None
    after: bytes | None
    pallet: str | None = None
    item: str | None = None
    entry: Any = None
    old: Any = None
    new: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepOutcome:
    """What one step of a block did: the hooks before, an extrinsic, a call beside the extrinsics, the hooks after.

    ``phase`` is the index of an extrinsic, ``"initialize"`` or ``"finalize"``; ``call`` and ``origin`` are None for
    hooks. ``weight`` is what the step weighs in the block, without the base weight of an extrinsic; ``declared`` what
    the call was said to weigh. ``use`` is what it read and wrote, ``changes`` what it changed, None unless the block
    was watched. ``notes`` is what pallets tell observers beside the events: messages sent and executed.
    """

    phase: int | str
    call: Call | None
    origin: Origin | None
    error: DispatchError | None
    events: tuple[RuntimeEvent, ...]
    weight: Weight
    declared: Weight
    kind: DispatchClass
    length: int
    use: StorageUse
    changes: tuple[StorageChange, ...] | None = None
    notes: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A block's header and the state after it: all that is needed to build on the block."""

    header: Header
    state: Trie

    @property
    def hash(self) -> bytes:
        """The hash of the header."""
        return self.header.hash

    @property
    def number(self) -> int:
        """The number of the block."""
        return self.header.number


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """A block that was made, still without its seal, and the state after it.

    ``left_out`` has the transactions of the pool that did not enter, each with the reason. ``touched`` is as in
    `Executed`.
    """

    block: Block
    state: Trie
    outcomes: tuple[StepOutcome, ...]
    weight: Weight
    left_out: tuple[tuple[bytes, str], ...] = ()
    touched: tuple[bytes, ...] = ()

    def sealed(self, signature: bytes) -> tuple[Block, Head]:
        """Return the block with its seal, and its head."""
        header = self.block.header.sealed(signature)
        return Block(header=header, extrinsics=self.block.extrinsics), Head(header=header, state=self.state)

    @property
    def head(self) -> Head:
        """The head of the block without a seal: for chains that use none."""
        return Head(header=self.block.header, state=self.state)


@dataclass(frozen=True, slots=True, kw_only=True)
class Executed:
    """A block that was executed and found to be what its header says.

    ``touched`` are the keys that it read or wrote: ``prove(parent.state, touched)`` is the proof by which somebody
    could execute it who does not have the state.
    """

    head: Head
    outcomes: tuple[StepOutcome, ...]
    weight: Weight
    touched: tuple[bytes, ...]

    @property
    def state(self) -> Trie:
        """The state after the block."""
        return self.head.state

    @property
    def events(self) -> tuple[RuntimeEvent, ...]:
        """All events in the order in which they were deposited."""
        return tuple(event for outcome in self.outcomes for event in outcome.events)
