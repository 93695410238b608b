"""What a call and a hook see of the chain while a block runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

from drandlab.errors import LocalError
from drandlab.idn.runtime.blocks import DigestItem
from drandlab.idn.runtime.calls import Call, Origin, RuntimeEvent
from drandlab.idn.runtime.failures import DispatchError
from drandlab.idn.runtime.weights import Weight
from drandlab.idn.state import Storage

__all__ = ["Context", "RuntimeCalls"]


class RuntimeCalls(Protocol):
    """What a block knows of the calls of its runtime: their bytes, and what they are said to weigh."""

    def encode_call(self, call: Call) -> bytes:
        """Return the bytes of a call."""
        ...

    def decode_call(self, data: bytes) -> Call:
        """Return the call of ``data``; raises `FormatError`."""
        ...

    def weight_of(self, context: Context, call: Call) -> Weight:
        """Return what a call is said to weigh."""
        ...


class Context:
    """The block under work: its ``number``, ``parent_hash`` and ``slot``, the ``storage``, and the events so far.

    ``digest`` is the header's digest as far as it is known; `log` adds to it. ``constants`` are those of the runtime,
    ``table`` knows its calls as bytes. ``notes`` are
    what pallets tell observers beside the events; no part of the state.
    ``phase`` is the index of the extrinsic at work, ``"initialize"`` or ``"finalize"``.
    """

    __slots__ = (
        "_dispatch",
        "constants",
        "digest",
        "events",
        "notes",
        "number",
        "pallets",
        "parent_hash",
        "phase",
        "slot",
        "storage",
        "table",
    )

    def __init__(
        self,
        storage: Storage,
        *,
        number: int,
        parent_hash: bytes,
        digest: tuple[DigestItem, ...],
        slot: int | None,
        constants: Mapping[str, Any],
        pallets: Mapping[str, Any],
        table: RuntimeCalls,
        dispatch: Callable[[Context, Call, Origin], tuple[DispatchError | None, Weight]],
    ) -> None:
        self.storage, self.number, self.parent_hash, self.slot = storage, number, parent_hash, slot
        self.digest, self.constants, self.pallets, self.table = list(digest), constants, pallets, table
        self._dispatch = dispatch
        self.events: list[tuple[int | str, RuntimeEvent]] = []
        self.notes: list[Any] = []
        self.phase: int | str = "initialize"

    def deposit(self, event: RuntimeEvent) -> None:
        """Add an event; it goes when the transaction around it is undone."""
        self.events.append((self.phase, event))

    def note(self, note: Any) -> None:
        """Tell observers something, as a frozen value; it goes when the transaction around it is undone."""
        self.notes.append(note)

    def log(self, item: DigestItem) -> None:
        """Add an item to the digest of the header."""
        self.digest.append(item)

    def pallet(self, name: str) -> Any:
        """Return another pallet of the runtime by its name."""
        if name not in self.pallets:
            raise LocalError(f"the runtime has no pallet {name!r}", argument="name")
        return self.pallets[name]

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Keep what happens inside if it ends well; undo storage, events, notes and digest if it raises."""
        events, items, notes = len(self.events), len(self.digest), len(self.notes)
        self.storage.begin()
        try:
            yield
        except BaseException:
            self.storage.undo()
            del self.events[events:], self.digest[items:], self.notes[notes:]
            raise
        self.storage.keep()

    def dispatch(self, call: Call, origin: Origin) -> tuple[DispatchError | None, Weight]:
        """Dispatch a call in a transaction of its own; return its error, or None, and the weight that it had."""
        return self._dispatch(self, call, origin)
