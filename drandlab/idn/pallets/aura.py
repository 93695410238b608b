"""The pallet Aura: who may make the block of a slot, and that slots do not go back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drandlab.errors import LocalError
from drandlab.idn.runtime.context import Context
from drandlab.idn.runtime.failures import BlockNotValid
from drandlab.idn.runtime.pallet import Pallet
from drandlab.idn.runtime.weights import Weight, db_weight
from drandlab.idn.state import Storage, StorageValue
from drandlab.typing import checked_bytes
from drandlab.wire.scale import U64, FixedBytes, Vec

__all__ = ["SLOT_DURATION", "Aura"]

SLOT_DURATION = 6000
"""Milliseconds of a slot."""


class Aura(Pallet):
    """Aura, index 23: ``authorities`` (sr25519 keys) take turns, slot modulo their number; several blocks a slot pass.

    Genesis: ``{"authorities": [key, ...]}``.

    Source: ``pallet_aura`` of the Polkadot SDK.
    """

    name, index = "Aura", 23

    def __init__(self) -> None:
        self.authorities = StorageValue(self.name, "Authorities", Vec(FixedBytes(32), 100_000), default=())
        self.current_slot = StorageValue(self.name, "CurrentSlot", U64, default=0)

    def genesis(self, context: Context, config: Mapping[str, Any]) -> None:
        keys = tuple(checked_bytes(key, "authorities", 32) for key in config.get("authorities", ()))
        if len(set(keys)) != len(keys):
            raise LocalError("an authority stands twice", argument="authorities")
        self.authorities.put(context.storage, keys)

    def on_initialize(self, context: Context) -> Weight:
        slot, before = context.slot, self.current_slot.get(context.storage)
        if slot is None:
            raise BlockNotValid("its digest names no slot", code="slot")
        if slot < before:
            raise BlockNotValid(f"its slot is {slot}, that of its parent {before}", code="slot")
        self.current_slot.put(context.storage, slot)
        return db_weight(2, 1)

    def author(self, storage: Storage, slot: int | None) -> bytes | None:
        """Return the key of a slot's author, None where there are no authorities or there is no slot."""
        keys = self.authorities.get(storage)
        return keys[slot % len(keys)] if keys and slot is not None else None
