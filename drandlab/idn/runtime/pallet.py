"""What a pallet is: storage, calls, events, errors and hooks, which the runtime puts in a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from drandlab.errors import LocalError
from drandlab.idn.runtime.calls import Call, RuntimeEvent, TransactionSource, ValidTransaction
from drandlab.idn.runtime.context import Context
from drandlab.idn.runtime.failures import DispatchError, DispatchFailed, NotValid
from drandlab.idn.runtime.weights import ZERO, DispatchClass, Weight
from drandlab.idn.state import StorageMap, StorageValue
from drandlab.wire.scale import Codec, Tuple

__all__ = ["CallType", "EventType", "Pallet"]


@dataclass(frozen=True, slots=True)
class EventType:
    """A kind of events of a pallet: its name and its fields with their codecs, in order."""

    name: str
    fields: Mapping[str, Codec[Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CallType:
    """A call of a pallet.

    ``run(context, origin, **arguments)`` does it, and returns the weight that it really had, or None for the one it was
    said to have. ``weight`` is that, or a function of the context and the arguments that gives it. An ``inherent`` is
    put into the block by its author, never by the pool.
    """

    index: int
    name: str
    arguments: Mapping[str, Codec[Any]]
    run: Callable[..., Weight | None]
    weight: Weight | Callable[..., Weight] = ZERO
    kind: DispatchClass = DispatchClass.NORMAL
    inherent: bool = False
    pays_fee: bool = True

    def codec(self) -> Tuple:
        """Return the codec of the arguments, one after the other."""
        return Tuple(*self.arguments.values())


class Pallet:
    """A part of the runtime: ``name`` and ``index`` are its place in the table.

    A subclass says its ``errors`` and ``events`` in order (their numbers), gives its ``calls``, keeps its storage items
    as attributes, and overrides the hooks that it needs. It has no state of its own: all that changes is in the storage
    that comes with the `Context`.

    >>> class Toy(Pallet):
    ...     name, index = "Toy", 9
    ...     errors = ("TooBig",)
    >>> str(Toy().error("TooBig")), Toy().error("TooBig").error
    ('TooBig', DispatchError(name='TooBig', pallet=9, error=0))
    """

    name: str
    index: int
    errors: ClassVar[tuple[str, ...]] = ()

    @property
    def events(self) -> tuple[EventType, ...]:
        """The events; a subclass may say them as a plain attribute of the class."""
        return ()

    @property
    def calls(self) -> tuple[CallType, ...]:
        """The calls; asked for once, when the runtime is made."""
        return ()

    def storage_items(self) -> tuple[StorageValue[Any, Any] | StorageMap[Any, Any, Any], ...]:
        """Return the storage items, in the order in which they were made."""
        return tuple(item for item in vars(self).values() if isinstance(item, StorageValue | StorageMap))

    def error(self, name: str, why: str | None = None) -> DispatchFailed:
        """Return the failure that is this pallet's error of this name, to be raised."""
        if name not in self.errors:
            raise LocalError(f"{self.name} has no error {name!r}", argument="name")
        return DispatchFailed(DispatchError(name, self.index, self.errors.index(name)), why)

    def event(self, name: str, **fields: Any) -> RuntimeEvent:
        """Return an event of this pallet."""
        return RuntimeEvent(self.name, name, fields)

    def joined(self, errors: Mapping[tuple[int, int], str]) -> None:
        """Be told the names of all pallets' errors by their numbers, when a runtime is made of them."""

    # -- hooks --------------------------------------------------------------------------------------------------------

    def genesis(self, context: Context, config: Mapping[str, Any]) -> None:
        """Write the genesis state; ``config`` is this pallet's part of the genesis."""

    def on_initialize(self, context: Context) -> Weight:
        """Run before the extrinsics of a block; return the weight, that of `on_finalize` included."""
        return Weight()

    def on_finalize(self, context: Context) -> None:
        """Run after the extrinsics of a block."""

    def create_inherent(self, context: Context, data: Mapping[bytes, bytes]) -> Call | None:
        """Return the call that the author adds, from what its node provides by identifier; None for no call."""
        return None

    def check_inherent(self, context: Context, call: Call, data: Mapping[bytes, bytes]) -> str | None:
        """Return why the call does not go with what this node provides, None if it does."""
        return None

    def inherent_required(self, context: Context) -> bool:
        """Whether a block without this pallet's inherent is refused."""
        return False

    def validate_unsigned(self, context: Context, call: Call, source: TransactionSource) -> ValidTransaction:
        """Return what the pool needs to know; raise `NotValid` for a call that may not come without a signature.

        In a block it is asked once more, with the source ``IN_BLOCK``.
        """
        raise NotValid("NoUnsignedValidator", unknown=True)
