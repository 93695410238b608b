"""The pallet System: accounts and their nonces, the block under work, hashes of past blocks, and the events.

Left out beside Substrate's: fees, runtime upgrades, topics of events, and the data of each extrinsic.

Source: ``frame_system`` of the Polkadot SDK.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from drandlab.idn.runtime.blocks import DIGEST_ITEM, HASH
from drandlab.idn.runtime.calls import Origin, RuntimeEvent, ensure_root, ensure_signed
from drandlab.idn.runtime.context import Context
from drandlab.idn.runtime.failures import DispatchError
from drandlab.idn.runtime.pallet import CallType, EventType, Pallet
from drandlab.idn.runtime.weights import WEIGHT, DispatchClass, Weight, db_weight
from drandlab.idn.state import TWOX64_CONCAT, WELL_KNOWN, Storage, StorageMap, StorageValue, blake2_256
from drandlab.wire.scale import U32, U128, Array, Bytes, Codec, Composite, Enum, FixedBytes, Tuple, Variant, Vec

__all__ = ["ACCOUNT_ID", "ACCOUNT_INFO", "AccountBalance", "AccountInfo", "System"]

ACCOUNT_ID = FixedBytes(32)

_NEW_LOGIC = 1 << 127
"""The flag of accounts that follow the present rules of holds and freezes: all do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountBalance:
    """What an account owns: ``free``, ``reserved`` (held for some purpose), ``frozen`` (may not fall below)."""

    free: int = 0
    reserved: int = 0
    frozen: int = 0
    flags: int = _NEW_LOGIC


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountInfo:
    """An account: the next nonce, who needs it to exist, and its balance. 80 bytes."""

    nonce: int = 0
    consumers: int = 0
    providers: int = 0
    sufficients: int = 0
    data: AccountBalance = AccountBalance()


class _AccountCodec(Composite[AccountInfo]):
    """Accounts are what a block reads and writes most: the 80 bytes are taken apart at once."""

    __slots__ = ()

    _COUNTS, _ALL = struct.Struct("<4I"), struct.Struct("<4I8Q")

    def encode(self, value: AccountInfo) -> bytes:
        data = value.data
        try:
            counts = self._COUNTS.pack(value.nonce, value.consumers, value.providers, value.sufficients)
            amounts = (data.free, data.reserved, data.frozen, data.flags)
            return counts + b"".join([amount.to_bytes(16, "little") for amount in amounts])
        except (struct.error, OverflowError):
            return super().encode(value)  # which names what is out of range

    def read(self, data: bytes, at: int) -> tuple[AccountInfo, int]:
        end = at + 80
        if end > len(data):
            return super().read(data, at)
        nonce, consumers, providers, sufficients, a, b, c, d, e, f, g, h = self._ALL.unpack_from(data, at)
        held = AccountBalance(free=a | b << 64, reserved=c | d << 64, frozen=e | f << 64, flags=g | h << 64)
        info = AccountInfo(nonce=nonce, consumers=consumers, providers=providers, sufficients=sufficients, data=held)
        return info, end


ACCOUNT_INFO = _AccountCodec(
    AccountInfo,
    nonce=U32,
    consumers=U32,
    providers=U32,
    sufficients=U32,
    data=Composite(AccountBalance, free=U128, reserved=U128, frozen=U128, flags=U128),
)


class _ErrorCodec(Codec[DispatchError]):
    """The error of a call, in events; read by the runtime's table, which knows the names."""

    __slots__ = ("_names",)

    def __init__(self, names: Mapping[tuple[int, int], str]) -> None:
        self.name, self.size, self._names = "DispatchError", None, names

    def encode(self, value: DispatchError) -> bytes:
        return value.encode()

    def read(self, data: bytes, at: int) -> tuple[DispatchError, int]:
        return DispatchError.read(data, at, self._names)


DISPATCH_CLASS = Enum("DispatchClass", {0: "Normal", 1: "Operational", 2: "Mandatory"})
PAYS = Enum("Pays", {0: "Yes", 1: "No"})
DISPATCH_INFO = Tuple(WEIGHT, DISPATCH_CLASS, PAYS)

_CLASS = {kind: Variant(kind.name.capitalize()) for kind in DispatchClass}
_YES, _NO = Variant("Yes"), Variant("No")

_INDEX, _ENTROPY = WELL_KNOWN["extrinsic_index"], WELL_KNOWN["intrablock_entropy"]
_FIRST = U32.encode(0)


class System(Pallet):
    """System, index 0, the first in every runtime. Genesis: ``{"code": bytes}``."""

    name, index = "System", 0
    errors = (
        "InvalidSpecName", "SpecVersionNeedsToIncrease", "FailedToExtractRuntimeVersion", "NonDefaultComposite",
        "NonZeroRefCount", "CallFiltered", "MultiBlockMigrationsOngoing", "NothingAuthorized", "Unauthorized",
    )  # fmt: skip

    def __init__(self) -> None:
        self._names: Mapping[tuple[int, int], str] = {}
        name = self.name
        self.account = StorageMap(name, "Account", ACCOUNT_ID, ACCOUNT_INFO, default=AccountInfo())
        self.extrinsic_count: StorageValue[int, None] = StorageValue(name, "ExtrinsicCount", U32)
        self.block_weight = StorageValue(name, "BlockWeight", Array(WEIGHT, 3), default=(Weight(), Weight(), Weight()))
        self.block_hash: StorageMap[int, bytes, None] = StorageMap(name, "BlockHash", U32, HASH, hasher=TWOX64_CONCAT)
        self.number = StorageValue(name, "Number", U32, default=0)
        self.parent_hash = StorageValue(name, "ParentHash", HASH, default=bytes(32))
        self.digest = StorageValue(name, "Digest", Vec(DIGEST_ITEM), default=())
        self.event_count = StorageValue(name, "EventCount", U32, default=0)
        self.event_records: StorageValue[bytes, None] = StorageValue(name, "Events", _Whole())

    @property
    def events(self) -> tuple[EventType, ...]:
        return (
            EventType("ExtrinsicSuccess", {"dispatch_info": DISPATCH_INFO}),
            EventType("ExtrinsicFailed", {"dispatch_error": _ErrorCodec(self._names), "dispatch_info": DISPATCH_INFO}),
            EventType("CodeUpdated"),
            EventType("NewAccount", {"account": ACCOUNT_ID}),
            EventType("KilledAccount", {"account": ACCOUNT_ID}),
            EventType("Remarked", {"sender": ACCOUNT_ID, "hash": HASH}),
        )

    @property
    def calls(self) -> tuple[CallType, ...]:
        remark = Weight(2_000_000)
        return (
            CallType(0, "remark", {"remark": Bytes()}, _remark, remark),
            CallType(4, "set_storage", {"items": Vec(Tuple(Bytes(), Bytes()))}, _set_storage, db_weight(0, 1),
                     DispatchClass.OPERATIONAL),
            CallType(5, "kill_storage", {"keys": Vec(Bytes())}, _kill_storage, db_weight(0, 1),
                     DispatchClass.OPERATIONAL),
            CallType(7, "remark_with_event", {"remark": Bytes()}, self._remark_with_event, remark),
        )  # fmt: skip

    def genesis(self, context: Context, config: Mapping[str, Any]) -> None:
        context.storage.put(WELL_KNOWN["code"], config.get("code", b"drandlab"))

    def joined(self, errors: Mapping[tuple[int, int], str]) -> None:
        self._names = errors

    # -- the block under work -----------------------------------------------------------------------------------------

    def start(self, context: Context) -> None:
        """Write down which block begins."""
        storage, number, parent = context.storage, context.number, context.parent_hash
        storage.put(_INDEX, _FIRST)
        storage.put(_ENTROPY, blake2_256(b"frame_system::initialize" + parent))
        self.number.put(storage, number)
        self.digest.put(storage, tuple(context.digest))
        self.parent_hash.put(storage, parent)
        self.block_hash.put(storage, number - 1, parent)
        self.event_records.kill(storage)
        self.event_count.kill(storage)

    def applied(self, error: DispatchError | None, weight: Weight, kind: CallType) -> RuntimeEvent:
        """Return the event that says how an extrinsic ended."""
        info = (weight, _CLASS[kind.kind], _YES if kind.pays_fee else _NO)
        if error is None:
            return RuntimeEvent("System", "ExtrinsicSuccess", {"dispatch_info": info})
        return RuntimeEvent("System", "ExtrinsicFailed", {"dispatch_error": error, "dispatch_info": info})

    def finish(self, context: Context, events: bytes, used: Mapping[DispatchClass, Weight], extrinsics: int) -> None:
        """Write down how the block ended, and take out what only the block under work needs."""
        storage, number = context.storage, context.number
        storage.put(_INDEX, None)
        storage.put(_ENTROPY, None)
        old = number - context.constants.get("block_hash_count", 256) - 1
        if old > 0:  # the genesis hash stays
            self.block_hash.remove(storage, old)
        self.digest.put(storage, tuple(context.digest))
        self.block_weight.put(storage, tuple(used[kind] for kind in DispatchClass))
        self.extrinsic_count.put(storage, extrinsics)
        if context.events:
            self.event_count.put(storage, len(context.events))
            storage.put(self.event_records.key, events)

    # -- accounts -----------------------------------------------------------------------------------------------------

    def nonce(self, storage: Storage, account: bytes) -> int | None:
        """Return the next nonce of an account, None if there is no such account."""
        info = self.account.get(storage, account)
        return info.nonce if info.providers or info.sufficients else None

    def use_nonce(self, storage: Storage, account: bytes) -> None:
        """Note that the next nonce of an account is used; it stays so when the call fails."""
        info = self.account.get(storage, account)
        self.account.put(storage, account, replace(info, nonce=info.nonce + 1))

    # -- calls --------------------------------------------------------------------------------------------------------

    def _remark_with_event(self, context: Context, origin: Origin, remark: bytes) -> None:
        context.deposit(self.event("Remarked", sender=ensure_signed(origin), hash=blake2_256(remark)))


class _Whole(Codec[bytes]):
    """Bytes that the runtime's table reads."""

    __slots__ = ()

    def __init__(self) -> None:
        self.name, self.size = "Vec<EventRecord>", None

    def encode(self, value: bytes) -> bytes:
        return value

    def read(self, data: bytes, at: int) -> tuple[bytes, int]:
        return data[at:], len(data)


def _remark(context: Context, origin: Origin, remark: bytes) -> None:
    """Do nothing: the remark stands in the block."""


def _set_storage(context: Context, origin: Origin, items: tuple[tuple[bytes, bytes], ...]) -> None:
    ensure_root(origin)
    for key, value in items:
        context.storage.put(key, value)


def _kill_storage(context: Context, origin: Origin, keys: tuple[bytes, ...]) -> None:
    ensure_root(origin)
    for key in keys:
        context.storage.put(key, None)
