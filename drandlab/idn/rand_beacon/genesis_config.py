"""The configuration of the first designs: the beacon's key with the round from which on the bridge follows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from drandlab.idn.rand_beacon.beacon_parts import KEY, BeaconPallet
from drandlab.idn.runtime.blocks import OtherDigest
from drandlab.idn.runtime.calls import Call, Origin, TransactionSource, ValidTransaction, ensure_root
from drandlab.idn.runtime.context import Context
from drandlab.idn.runtime.failures import NotValid
from drandlab.idn.runtime.pallet import CallType
from drandlab.idn.runtime.weights import Weight, db_weight
from drandlab.idn.state import Storage, StorageValue
from drandlab.text import hex_bytes
from drandlab.typing import LAST_ROUND, Round, checked_int
from drandlab.wire.scale import U64, Codec, Composite

__all__ = ["BeaconConfiguration", "GenesisBeacon"]

_LATEST_ROUND = b"\0"
"""The first kind of what the pallet writes into the header, and the only one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BeaconConfiguration:
    """The beacon's key, 96 bytes, and the first round that the bridge takes."""

    public_key: bytes
    genesis_round: Round


class GenesisBeacon(BeaconPallet):
    """What both designs with inherents share: key and genesis round, set once, and the latest round in the header.

    ``latest_round`` is the next round expected, whatever its name says. `max_pulses` was 30 in the first design.
    Genesis: ``{"beacon_pubkey_hex": text, "genesis_round": round}``, an empty text for none.
    """

    def __init__(self, **parts: Any) -> None:
        super().__init__(**parts)
        configuration = Composite(BeaconConfiguration, public_key=KEY, genesis_round=U64)
        self.beacon_config: StorageValue[BeaconConfiguration, None] = StorageValue(
            self.name, "BeaconConfig", configuration
        )
        self.latest_round: StorageValue[Round, None] = StorageValue(self.name, "LatestRound", U64)

    def genesis(self, context: Context, config: Mapping[str, Any]) -> None:
        written = config.get("beacon_pubkey_hex", "")
        if written:
            key = hex_bytes(written, length=96, field="beacon_pubkey_hex")
            begin = checked_int(config.get("genesis_round"), "genesis_round", 0, LAST_ROUND)
            self.beacon_config.put(context.storage, BeaconConfiguration(public_key=key, genesis_round=begin))
            self.latest_round.put(context.storage, begin)

    @property
    def configuring(self) -> CallType:
        """The call by which root sets key and genesis round."""
        weight = Weight(12_221_000, 1589) + db_weight(1, 2)
        arguments: dict[str, Codec[Any]] = {"pk": KEY, "genesis_round": U64}
        return CallType(1, "set_beacon_config", arguments, self.set_beacon_config, weight, pays_fee=False)

    def set_beacon_config(self, context: Context, origin: Origin, *, pk: bytes, genesis_round: Round) -> None:
        """Set key and genesis round, by root, once: ``BadOrigin``, ``BeaconConfigAlreadySet``."""
        ensure_root(origin)
        if self.is_configured(context.storage):
            raise self.error("BeaconConfigAlreadySet")
        configured = BeaconConfiguration(public_key=pk, genesis_round=genesis_round)
        self.beacon_config.put(context.storage, configured)
        self.latest_round.put(context.storage, genesis_round)
        self.log_round(context, genesis_round)
        context.deposit(self.event("BeaconConfigSet"))

    def validate_unsigned(self, context: Context, call: Call, source: TransactionSource) -> ValidTransaction:
        """Let nothing in: a submission is an inherent, which the author of a block makes."""
        raise NotValid("Call", f"{call.name} is no transaction of the pool")

    def is_configured(self, storage: Storage) -> bool:
        """Whether root has set a key."""
        return self.beacon_config.exists(storage)

    def log_round(self, context: Context, round: Round) -> None:
        """Write a round into the header of the block (`drandlab.idn.round_digest`)."""
        context.log(OtherDigest(_LATEST_ROUND + U64.encode(round)))

    def configured(self, storage: Storage) -> tuple[bytes, Round | None]:
        found = self.beacon_config.get(storage)
        return (b"", None) if found is None else (found.public_key, found.genesis_round)

    def next_round(self, storage: Storage) -> Round | None:
        return self.latest_round.get(storage)

    def ingest_weight(self, rounds: int) -> Weight:
        return Weight(13_780_563_246, 4225) + Weight(2_004_607_920) * rounds + db_weight(4, 3)


INHERENT_ERRORS = (
    "BeaconConfigAlreadySet",
    "BeaconConfigNotSet",
    "VerificationFailed",
    "ZeroHeightProvided",
    "ExcessiveHeightProvided",
    "SignatureAlreadyVerified",
    "SerializationFailed",
)
"""The errors of the first design in order; the second has one more behind them."""
