"""``range``: what runs today. A node submits the sum of a range in a transaction that the block's author has signed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drandlab.idn.pulses import SIGNATURE_LENGTH, Pulse
from drandlab.idn.rand_beacon.beacon_parts import ASIG, KEY, AcceptedPulse, BeaconPallet
from drandlab.idn.runtime.calls import Call, Origin, TransactionSource, ValidTransaction, ensure_none, ensure_root
from drandlab.idn.runtime.context import Context
from drandlab.idn.runtime.extrinsics import bare
from drandlab.idn.runtime.failures import NotValid, fail
from drandlab.idn.runtime.multi_signatures import MULTI_SIGNATURE, signature_holds
from drandlab.idn.runtime.pallet import CallType
from drandlab.idn.runtime.weights import DispatchClass, Weight, db_weight
from drandlab.idn.state import Storage, StorageValue
from drandlab.idn.sums import sum_of_messages
from drandlab.text import hex_bytes
from drandlab.typing import LAST_ROUND, Round, checked_bytes
from drandlab.wire.scale import U64, Codec, Composite, Variant, compact

__all__ = ["PULSE", "RangeBeacon"]

PULSE = Composite(Pulse, signature=ASIG, start=U64, end=U64)
"""A pulse in SCALE, which is how the newest one is stored."""

LONGEVITY = 5
"""Blocks for which a submission stays in the pool."""


class RangeBeacon(BeaconPallet):
    """The pallet as it runs today.

    ``try_submit_asig`` checks in this order, and the first failure is the answer; nothing is changed then:

    1. the origin is none: ``BadOrigin``;
    2. the block's author has signed `Pulse.payload`: ``Other`` where there is no author, ``InvalidSignature``;
    3. the block has no pulse yet: ``SignatureAlreadyVerified``;
    4. there is a key: ``BeaconConfigNotSet``;
    5. the range does not end before it starts: ``ZeroHeightProvided``;
    6. ``end - start`` is at most ``max_pulses``, so that one round more passes: ``ExcessiveHeightProvided``;
    7. ``start`` is not below the next round, if there is one: ``StartExpired``; a gap is accepted;
    8. the signature is the sum of the signatures of all its rounds: ``VerificationFailed``.

    The body's signature names neither block nor chain, so it holds on a fork too. Genesis:
    ``{"beacon_pubkey_hex": text}``, empty for no key.

    Source: ``pallet-randomness-beacon`` of the Ideal Network's SDK, December 2025.
    """

    mode = "range"
    errors = (
        "BeaconConfigNotSet",
        "ExcessiveHeightProvided",
        "InvalidSignature",
        "SignatureAlreadyVerified",
        "SerializationFailed",
        "StartExpired",
        "VerificationFailed",
        "ZeroHeightProvided",
    )

    def __init__(self, **parts: Any) -> None:
        super().__init__(**parts)
        self.beacon_config: StorageValue[bytes, None] = StorageValue(self.name, "BeaconConfig", KEY)
        self.next = StorageValue(self.name, "NextRound", U64, default=0)
        self.sparse_accumulation: StorageValue[Pulse, None] = StorageValue(self.name, "SparseAccumulation", PULSE)

    @property
    def calls(self) -> tuple[CallType, ...]:
        arguments: dict[str, Codec[Any]] = {"asig": ASIG, "start": U64, "end": U64, "signature": MULTI_SIGNATURE}
        weight = Weight(10_592_000) + db_weight(0, 1)
        return (
            CallType(
                0,
                "try_submit_asig",
                arguments,
                self.try_submit_asig,
                self.submission_weight,
                DispatchClass.OPERATIONAL,
            ),
            CallType(1, "set_beacon_config", {"pk": KEY}, self.set_beacon_config, weight, pays_fee=False),
        )

    def genesis(self, context: Context, config: Mapping[str, Any]) -> None:
        written = config.get("beacon_pubkey_hex", "")
        if written:
            self.beacon_config.put(context.storage, hex_bytes(written, length=96, field="beacon_pubkey_hex"))

    # -- calls --------------------------------------------------------------------------------------------------------

    def try_submit_asig(
        self, context: Context, origin: Origin, *, asig: bytes, start: Round, end: Round, signature: Variant
    ) -> None:
        """Take the sum of the signatures of the rounds ``start`` to ``end``; ``signature`` is the author's."""
        ensure_none(origin)
        pulse = Pulse(signature=asig, start=start, end=end)
        self._signed_by_author(context, pulse, signature)
        self.once(context)
        storage = context.storage
        key = self.beacon_config.get(storage)
        if key is None:
            raise self.error("BeaconConfigNotSet")
        if start > end:
            raise self.error("ZeroHeightProvided", f"the range ends at {end}, before its start {start}")
        if end - start > self.max_pulses:
            raise self.error("ExcessiveHeightProvided", f"{end - start + 1} rounds, at most {self.max_pulses + 1} pass")
        if start < self.next.get(storage):
            raise self.error("StartExpired", f"round {start} is below the next one, {self.next.get(storage)}")
        self.verified(key, asig, sum_of_messages(start, end, self.backend))
        self.next.put(storage, min(end + 1, LAST_ROUND))
        self.sparse_accumulation.put(storage, pulse)
        self.accept(context, AcceptedPulse(pulse=pulse))

    def _signed_by_author(self, context: Context, pulse: Pulse, signature: Variant) -> None:
        author = self.find_author(context)
        if author is None:
            raise fail("Other", "No block author found")
        if not signature_holds(signature, pulse.payload, author):
            raise self.error("InvalidSignature", "it is not that of the block's author")

    def set_beacon_config(self, context: Context, origin: Origin, *, pk: bytes) -> None:
        """Set the key of the beacon, by root; another key takes its place at any time."""
        ensure_root(origin)
        self.beacon_config.put(context.storage, pk)
        context.deposit(self.event("BeaconConfigSet"))

    # -- the pool -----------------------------------------------------------------------------------------------------

    def validate_unsigned(self, context: Context, call: Call, source: TransactionSource) -> ValidTransaction:
        """Let in submissions of the node's own whose rounds are not past; the author's signature is not looked at."""
        if source not in (TransactionSource.LOCAL, TransactionSource.IN_BLOCK):
            raise NotValid("Call", "a submission comes from the node itself")
        if call.name != "try_submit_asig":
            raise NotValid("Call", f"{call.name} needs an origin")
        start, expected = call.args["start"], self.next.get(context.storage)
        if start < expected:
            raise NotValid("Call", f"round {start} is below the next one, {expected}")
        tag = submission_tag(Pulse(signature=call.args["asig"], start=start, end=call.args["end"]))
        return ValidTransaction(priority=LAST_ROUND, requires=(), provides=(tag,), longevity=LONGEVITY, propagate=False)

    # -- what a node and others ask -----------------------------------------------------------------------------------

    def configured(self, storage: Storage) -> tuple[bytes, Round | None]:
        return self.beacon_config.get(storage) or b"", None

    def next_round(self, storage: Storage) -> Round | None:
        return self.next.get(storage) or None

    def accumulation(self, storage: Storage) -> Pulse | None:
        return self.sparse_accumulation.get(storage)

    def last_submitted(self, storage: Storage) -> bytes | None:
        newest = self.sparse_accumulation.get(storage)
        return None if newest is None else newest.signature

    def build_extrinsic(self, asig: bytes, start: Round, end: Round, signature: bytes) -> bytes:
        """Return the bare extrinsic that submits a pulse; ``signature`` is the author's of sr25519, 64 bytes.

        An ``asig`` of another size than 48 bytes becomes 48 zeros without a word, as in the real runtime; it fails when
        it is executed. A ``signature`` of another size is refused, where the real one panics.
        """
        asig, signature = checked_bytes(asig, "asig"), checked_bytes(signature, "signature", 64)
        asig = asig if len(asig) == SIGNATURE_LENGTH else bytes(SIGNATURE_LENGTH)
        pulse = Pulse(signature=asig, start=start, end=end)
        return bare(
            bytes((self.index, 0)) + PULSE.encode(pulse) + MULTI_SIGNATURE.encode(Variant("Sr25519", signature))
        )

    def ingest_weight(self, rounds: int) -> Weight:
        return Weight(14_446_358_391, 3_201_489) + Weight(1_954_836_013) * rounds + db_weight(6, 3)


_PREFIX, _BEACON_PULSE = b"RandomnessBeacon", b"beacon_pulse"


def submission_tag(pulse: Pulse) -> bytes:
    """Return the tag that a submission provides in the pool: two that provide the same one exclude each other.

    It is the SCALE of the pallet's name and one list of bytes: ``beacon_pulse`` and the pulse.
    """
    inner = _BEACON_PULSE + pulse.to_scale()
    return compact(len(_PREFIX)) + _PREFIX + compact(1) + compact(len(inner)) + inner
