"""The table of a runtime's pallets: calls, events, errors and storage items by their numbers and names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from drandlab.errors import LocalError
from drandlab.idn.runtime.calls import Call, RuntimeEvent
from drandlab.idn.runtime.context import Context
from drandlab.idn.runtime.failures import DispatchError
from drandlab.idn.runtime.outcomes import StorageChange
from drandlab.idn.runtime.pallet import CallType, EventType, Pallet
from drandlab.idn.runtime.weights import Weight
from drandlab.idn.state import StorageMap, StorageValue
from drandlab.typing import checked_bytes
from drandlab.wire.scale import U32, Codec, compact, no_variant, read_compact, trailing

__all__ = ["RuntimeTable"]


def _listed(names: Iterable[object]) -> str:
    return ", ".join(map(str, names)) or "nothing"


class _CallCodec(Codec[Call]):
    """A call: the numbers of its pallet and of the call, then the arguments."""

    __slots__ = ("_table",)

    def __init__(self, table: RuntimeTable) -> None:
        self.name, self.size, self._table = "RuntimeCall", None, table

    def encode(self, value: Call) -> bytes:
        pallet, kind = self._table.call_type(value)
        if set(value.args) != set(kind.arguments):
            raise LocalError(
                f"{value} takes {_listed(kind.arguments)}, got {_listed(value.args)}",
                argument="args",
            )
        parts = [codec.encode(value.args[name]) for name, codec in kind.arguments.items()]
        return bytes((pallet.index, kind.index)) + b"".join(parts)

    def read(self, data: bytes, at: int) -> tuple[Call, int]:
        found = self._table.by_numbers.get(data[at : at + 2])
        if found is None:
            no_variant("RuntimeCall", data[at : at + 2].hex() or "(none)")
        pallet, kind = found
        at, args = at + 2, {}
        for name, codec in kind.arguments.items():
            args[name], at = codec.read(data, at)
        return Call(pallet.name, kind.name, args), at


def _phase(phase: int | str) -> bytes:
    return b"\0" + U32.encode(phase) if isinstance(phase, int) else b"\2" if phase == "initialize" else b"\1"


class RuntimeTable:
    """The pallets of a runtime in the order of their hooks, and what they hold by number and by name.

    Raises `LocalError` for two pallets of one name or number, two calls of one number, or no pallet "System" in front.
    """

    def __init__(self, pallets: Iterable[Pallet]) -> None:
        self.order = tuple(pallets)
        if not self.order or self.order[0].name != "System":
            raise LocalError("the first pallet is System", argument="pallets")
        self.pallets: Mapping[str, Pallet] = MappingProxyType({one.name: one for one in self.order})
        if len(self.pallets) != len(self.order) or len({one.index for one in self.order}) != len(self.order):
            raise LocalError("two pallets have one name or one index", argument="pallets")
        self.by_numbers: dict[bytes, tuple[Pallet, CallType]] = {}
        self._by_names: dict[tuple[str, str], tuple[Pallet, CallType]] = {}
        self._events: dict[tuple[str, str], tuple[bytes, EventType]] = {}
        self._event_types: dict[bytes, tuple[str, EventType]] = {}
        self._items: dict[bytes, StorageValue[Any, Any] | StorageMap[Any, Any, Any]] = {}
        self.errors = {
            (pallet.index, number): name for pallet in self.order for number, name in enumerate(pallet.errors)
        }
        for pallet in self.order:
            pallet.joined(self.errors)
            self._add(pallet)
        self.call_codec: Codec[Call] = _CallCodec(self)

    def _add(self, pallet: Pallet) -> None:
        for kind in pallet.calls:
            numbers = bytes((pallet.index, kind.index))
            if numbers in self.by_numbers or (pallet.name, kind.name) in self._by_names:
                raise LocalError(f"{pallet.name} has two calls {kind.index} or {kind.name}", argument="pallets")
            self.by_numbers[numbers] = self._by_names[pallet.name, kind.name] = pallet, kind
        for number, event in enumerate(pallet.events):
            numbers = bytes((pallet.index, number))
            self._events[pallet.name, event.name] = numbers, event
            self._event_types[numbers] = pallet.name, event
        for item in pallet.storage_items():
            self._items[item.key if isinstance(item, StorageValue) else item.prefix] = item

    # -- calls --------------------------------------------------------------------------------------------------------

    def call_type(self, call: Call) -> tuple[Pallet, CallType]:
        """Return the pallet of a call and its entry there; raises `LocalError` for a call that the runtime lacks."""
        found = self._by_names.get((call.pallet, call.name))
        if found is None:
            raise LocalError(f"the runtime has no call {call}", argument="call")
        return found

    def encode_call(self, call: Call) -> bytes:
        """Return the bytes of a call, as they stand in an extrinsic."""
        return self.call_codec.encode(call)

    def decode_call(self, data: bytes) -> Call:
        """Return the call of ``data``; raises `FormatError`."""
        return self.call_codec.decode(data)

    def weight_of(self, context: Context, call: Call) -> Weight:
        """Return what a call is said to weigh."""
        weight = self.call_type(call)[1].weight
        return weight(context, **call.args) if callable(weight) else weight

    # -- events -------------------------------------------------------------------------------------------------------

    def encode_event(self, event: RuntimeEvent) -> bytes:
        """Return the bytes of an event: the numbers of its pallet and of the event, then the fields."""
        known = self._events.get((event.pallet, event.name))
        if known is None:
            raise LocalError(f"the runtime has no event {event}", argument="event")
        numbers, kind = known
        fields = event.fields
        return numbers + b"".join([codec.encode(fields[name]) for name, codec in kind.fields.items()])

    def encode_events(self, records: Iterable[tuple[int | str, RuntimeEvent]]) -> bytes:
        """Return what is stored under System.Events: for each event its phase, itself, and no topics."""
        parts: list[bytes] = []
        last, where, encode = None, b"", self.encode_event
        for phase, event in records:
            if phase is not last:
                where = _phase(phase)
                last = phase
            parts += (where, encode(event), b"\0")
        return compact(len(parts) // 3) + b"".join(parts)

    def decode_events(self, data: bytes) -> tuple[tuple[int | str, RuntimeEvent], ...]:
        """Return what `encode_events` wrote; raises `FormatError`."""
        count, at = read_compact(checked_bytes(data, "data"), 0)
        found: list[tuple[int | str, RuntimeEvent]] = []
        for _ in range(min(count, len(data))):
            kind = data[at : at + 1]
            phase: int | str
            if kind == b"\0":
                phase, at = U32.read(data, at + 1)
            elif kind in (b"\1", b"\2"):
                phase, at = ("finalize" if kind == b"\1" else "initialize"), at + 1
            else:
                no_variant("Phase", kind.hex() or "(none)")
            event, at = self._read_event(data, at)
            if data[at : at + 1] != b"\0":
                no_variant("Topics", data[at : at + 1].hex() or "(none)")
            found.append((phase, event))
            at += 1
        if at != len(data) or len(found) != count:
            trailing("Vec<EventRecord>", len(data) - at)
        return tuple(found)

    def _read_event(self, data: bytes, at: int) -> tuple[RuntimeEvent, int]:
        known = self._event_types.get(data[at : at + 2])
        if known is None:
            no_variant("RuntimeEvent", data[at : at + 2].hex() or "(none)")
        pallet, kind = known
        at, fields = at + 2, {}
        for name, codec in kind.fields.items():
            fields[name], at = codec.read(data, at)
        return RuntimeEvent(pallet, kind.name, fields), at

    # -- errors and storage -------------------------------------------------------------------------------------------

    def decode_error(self, data: bytes) -> DispatchError:
        """Return the error of ``data``; raises `FormatError`."""
        error, end = DispatchError.read(checked_bytes(data, "data"), 0, self.errors)
        if end != len(data):
            trailing("DispatchError", len(data) - end)
        return error

    def describe(self, key: bytes, before: bytes | None, after: bytes | None) -> StorageChange:
        """Return a change of a storage key with what it means: pallet, item, entry, values."""
        item = self._items.get(key[:32])
        if item is None or (isinstance(item, StorageValue) and key != item.key):
            return StorageChange(key=key, before=before, after=after)
        return StorageChange(
            key=key,
            before=before,
            after=after,
            pallet=item.pallet,
            item=item.item,
            entry=item.key_from(key) if isinstance(item, StorageMap) else None,
            old=None if before is None else item.codec.decode(before),
            new=None if after is None else item.codec.decode(after),
        )
