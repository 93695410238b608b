r"""``accumulate``: the first design. The chain keeps the sums of everything since the genesis round, and no gap.

A submission brings the sum $s$ of the signatures of the next $h$ rounds. With the pair $(\sigma, Q)$ that is stored,

$$\sigma' = \sigma + s, \qquad Q' = Q + \sum_{r=next}^{next+h-1} H_1(r), \qquad e(\sigma', g_2) = e(Q', K),$$

and the new pair takes the place of the old one if the *total* verifies. While the stored pair is valid, that is the
same as verifying $s$ alone. A round that never comes stops the chain's ingest for ever: every later sum fails.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drandlab.errors import DecodeError
from drandlab.idn.pulses import Pulse
from drandlab.idn.rand_beacon.beacon_parts import ASIG, KEY, AcceptedPulse, RunningPair
from drandlab.idn.rand_beacon.genesis_config import INHERENT_ERRORS, BeaconConfiguration, GenesisBeacon
from drandlab.idn.rand_beacon.observed_pulses import INHERENT, observed, sum_of_points
from drandlab.idn.runtime.calls import Call, Origin, ensure_none, ensure_root
from drandlab.idn.runtime.context import Context
from drandlab.idn.runtime.pallet import CallType
from drandlab.idn.runtime.weights import Weight, db_weight
from drandlab.idn.state import Storage, StorageValue
from drandlab.idn.sums import sum_of_messages
from drandlab.typing import LAST_ROUND, Round
from drandlab.wire.scale import U64, Codec, Composite

__all__ = ["AccumulateBeacon"]


class AccumulateBeacon(GenesisBeacon):
    """The pallet of the first design.

    ``try_submit_asig`` checks in this order, and the first failure is the answer; nothing is changed then:

    1. the origin is none: ``BadOrigin``;
    2. the block has no pulse yet: ``SignatureAlreadyVerified``;
    3. key and genesis round are set: ``BeaconConfigNotSet``;
    4. ``height`` is above 0, ``ZeroHeightProvided``, and at most ``max_pulses``, ``ExcessiveHeightProvided``;
    5. the total verifies: ``VerificationFailed``.

    The genesis round is set once: by root together with the key, as the code had it, or by the author's first
    submission (asig, height, genesis round), as the text of the design also says. For that, root sets the key alone
    (``set_beacon_key``), and ``try_submit_genesis`` takes the place of ``try_submit_asig`` for the first time. These
    two calls and ``last_asig``, from which a block's randomness comes, are drandlab's own.

    Source: IDN V0 architecture and design; ``pallet-randomness-beacon`` of May 2025.
    """

    mode = "accumulate"
    errors = INHERENT_ERRORS

    def __init__(self, **parts: Any) -> None:
        super().__init__(**parts)
        pair = Composite(RunningPair, signature=ASIG, message=ASIG)
        self.sparse_accumulation: StorageValue[RunningPair, None] = StorageValue(self.name, "SparseAccumulation", pair)
        self.beacon_key: StorageValue[bytes, None] = StorageValue(self.name, "BeaconKey", KEY)
        self.last_asig: StorageValue[bytes, None] = StorageValue(self.name, "LastAsig", ASIG)

    @property
    def calls(self) -> tuple[CallType, ...]:
        asig: dict[str, Codec[Any]] = {"asig": ASIG, "height": U64}
        genesis: dict[str, Codec[Any]] = {**asig, "genesis_round": U64}
        weight, key = self.submission_weight, Weight(12_221_000, 1589) + db_weight(1, 1)
        return (
            CallType(0, "try_submit_asig", asig, self.try_submit_asig, weight, inherent=True, pays_fee=False),
            self.configuring,
            CallType(2, "set_beacon_key", {"pk": KEY}, self.set_beacon_key, key, pays_fee=False),
            CallType(3, "try_submit_genesis", genesis, self.try_submit_genesis, weight, inherent=True, pays_fee=False),
        )

    # -- calls --------------------------------------------------------------------------------------------------------

    def try_submit_asig(self, context: Context, origin: Origin, *, asig: bytes, height: int) -> None:
        """Take the sum of the signatures of the next ``height`` rounds."""
        ensure_none(origin)
        self.once(context)
        configured, begin = self.beacon_config.get(context.storage), self.latest_round.get(context.storage)
        if configured is None or begin is None:
            raise self.error("BeaconConfigNotSet")
        self._ingest(context, configured.public_key, asig, begin, height)

    def set_beacon_key(self, context: Context, origin: Origin, *, pk: bytes) -> None:
        """Set the key alone, by root, once; the author's first submission brings the genesis round."""
        ensure_root(origin)
        if self.is_configured(context.storage):
            raise self.error("BeaconConfigAlreadySet")
        self.beacon_key.put(context.storage, pk)
        context.deposit(self.event("BeaconConfigSet"))

    def try_submit_genesis(
        self, context: Context, origin: Origin, *, asig: bytes, height: int, genesis_round: Round
    ) -> None:
        """Take the first sum and the genesis round with it; ``BeaconConfigAlreadySet`` where there is one."""
        ensure_none(origin)
        self.once(context)
        if self.beacon_config.exists(context.storage):
            raise self.error("BeaconConfigAlreadySet")
        key = self.beacon_key.take(context.storage)
        if key is None:
            raise self.error("BeaconConfigNotSet")
        configured = BeaconConfiguration(public_key=key, genesis_round=genesis_round)
        self.beacon_config.put(context.storage, configured)
        self._ingest(context, key, asig, genesis_round, height)

    def configured(self, storage: Storage) -> tuple[bytes, Round | None]:
        key, begin = super().configured(storage)
        return key or self.beacon_key.get(storage) or b"", begin

    def is_configured(self, storage: Storage) -> bool:
        return super().is_configured(storage) or self.beacon_key.exists(storage)

    def _ingest(self, context: Context, public_key: bytes, asig: bytes, begin: Round, height: int) -> None:
        if height == 0:
            raise self.error("ZeroHeightProvided")
        if height > self.max_pulses:
            raise self.error("ExcessiveHeightProvided", f"{height} rounds, at most {self.max_pulses} pass")
        after = min(begin + height, LAST_ROUND)
        pair = self._extended(self.sparse_accumulation.get(context.storage), public_key, asig, begin, after)
        self.latest_round.put(context.storage, after)
        self.sparse_accumulation.put(context.storage, pair)
        self.last_asig.put(context.storage, asig)
        self.accept(context, AcceptedPulse(pulse=Pulse(signature=asig, start=begin, end=after - 1), total=pair))
        self.log_round(context, after)

    def _extended(
        self, stored: RunningPair | None, public_key: bytes, asig: bytes, begin: Round, after: Round
    ) -> RunningPair:
        """The pair with the rounds from ``begin`` to before ``after``, verified as a whole."""
        group = self.curve.signatures
        try:
            signature = group.decode(asig)
        except DecodeError as error:
            raise self.error("VerificationFailed", str(error)) from None
        message = sum_of_messages(begin, after - 1, self.backend) if after > begin else group.identity
        if stored is not None:
            signature = group.decode(stored.signature) + signature
            message = group.decode(stored.message) + message
        self.verified(public_key, signature, message)
        return RunningPair(signature=bytes(signature), message=bytes(message))

    # -- the inherent -------------------------------------------------------------------------------------------------

    def create_inherent(self, context: Context, data: Mapping[bytes, bytes]) -> Call | None:
        """Return the call with everything that the node provides from the next round on; its order has no meaning.

        Without pulses the call has height 0 and fails. Nothing is cut off: with more than ``max_pulses`` it fails, too.
        """
        heard = observed(data.get(INHERENT))
        begin = self.latest_round.get(context.storage)
        if heard is None or not self.is_configured(context.storage):
            return None
        if begin is None:
            if not heard:
                return None
            begin = min(beacon.round for beacon in heard)
        asig, height = sum_of_points((beacon for beacon in heard if beacon.round >= begin), self.backend)
        arguments: dict[str, Any] = {"asig": asig, "height": height}
        if self.latest_round.exists(context.storage):
            return Call(self.name, "try_submit_asig", arguments)
        return Call(self.name, "try_submit_genesis", {**arguments, "genesis_round": begin})

    # -- what others ask ----------------------------------------------------------------------------------------------

    def accumulation(self, storage: Storage) -> RunningPair | None:
        return self.sparse_accumulation.get(storage)

    def last_submitted(self, storage: Storage) -> bytes | None:
        return self.last_asig.get(storage)
