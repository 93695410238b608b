"""``range`` carried by inherents: the design between the first and today's, without running pair and with gaps.

Kept for what it got wrong: ``end - start`` counts one round less than there are, so that a single round is refused and
one more than ``max_pulses`` passes; a pulse that two relays bring counts twice, and the whole block's ingest fails.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drandlab.idn.pulses import Pulse
from drandlab.idn.rand_beacon.beacon_parts import ASIG, AcceptedPulse
from drandlab.idn.rand_beacon.genesis_config import INHERENT_ERRORS, GenesisBeacon
from drandlab.idn.rand_beacon.observed_pulses import INHERENT, observed, sum_of_points
from drandlab.idn.rand_beacon.range_mode import PULSE
from drandlab.idn.runtime.calls import Call, Origin, ensure_none
from drandlab.idn.runtime.context import Context
from drandlab.idn.runtime.failures import fail
from drandlab.idn.runtime.pallet import CallType
from drandlab.idn.state import Storage, StorageValue
from drandlab.idn.sums import sum_of_messages
from drandlab.typing import LAST_ROUND, Round
from drandlab.wire.scale import U64, Codec

__all__ = ["InherentRangeBeacon"]


class InherentRangeBeacon(GenesisBeacon):
    """The pallet of the second design.

    ``try_submit_asig`` checks in this order: ``BadOrigin``, ``SignatureAlreadyVerified``, ``BeaconConfigNotSet``,
    ``ZeroHeightProvided`` (``end = start``), ``ExcessiveHeightProvided`` (``end - start`` above ``max_pulses``, or
    ``start`` above ``end``, where the subtraction wraps), ``StartExpired``, ``Overflow`` (``end`` is the last round
    there is, where the real code wraps or panics), ``VerificationFailed``.

    Source: ``pallet-randomness-beacon`` of July 2025.
    """

    mode = "range"
    errors = (*INHERENT_ERRORS, "StartExpired")

    def __init__(self, **parts: Any) -> None:
        super().__init__(**parts)
        self.sparse_accumulation: StorageValue[Pulse, None] = StorageValue(self.name, "SparseAccumulation", PULSE)

    @property
    def calls(self) -> tuple[CallType, ...]:
        arguments: dict[str, Codec[Any]] = {"asig": ASIG, "start": U64, "end": U64}
        weight = self.submission_weight
        return (
            CallType(0, "try_submit_asig", arguments, self.try_submit_asig, weight, inherent=True, pays_fee=False),
            self.configuring,
        )

    def try_submit_asig(self, context: Context, origin: Origin, *, asig: bytes, start: Round, end: Round) -> None:
        """Take the sum of the signatures of the rounds ``start`` to ``end``."""
        ensure_none(origin)
        self.once(context)
        configured, expected = self.beacon_config.get(context.storage), self.latest_round.get(context.storage)
        if configured is None or expected is None:
            raise self.error("BeaconConfigNotSet")
        height = (end - start) % (LAST_ROUND + 1)
        if height == 0:
            raise self.error("ZeroHeightProvided", "one round has the height 0")
        if height > self.max_pulses:
            raise self.error("ExcessiveHeightProvided")
        if start < expected:
            raise self.error("StartExpired", f"round {start} is below the next one, {expected}")
        if end == LAST_ROUND:
            raise fail("Overflow", "there is no round after the last one")
        self.verified(configured.public_key, asig, sum_of_messages(start, end, self.backend))
        pulse = Pulse(signature=asig, start=start, end=end)
        self.latest_round.put(context.storage, end + 1)
        self.sparse_accumulation.put(context.storage, pulse)
        self.accept(context, AcceptedPulse(pulse=pulse))
        self.log_round(context, end)

    def create_inherent(self, context: Context, data: Mapping[bytes, bytes]) -> Call | None:
        """Return the call with the newest ``max_pulses`` of what the node provides from the next round on, if any."""
        heard, expected = observed(data.get(INHERENT)), self.latest_round.get(context.storage)
        if heard is None or expected is None:
            return None
        fresh = sorted((beacon for beacon in heard if beacon.round >= expected), key=lambda beacon: beacon.round)
        newest = fresh[-self.max_pulses :]
        if not newest:
            return None
        asig, _ = sum_of_points(newest, self.backend)
        arguments = {"asig": asig, "start": newest[0].round, "end": newest[-1].round}
        return Call(self.name, "try_submit_asig", arguments)

    def accumulation(self, storage: Storage) -> Pulse | None:
        return self.sparse_accumulation.get(storage)

    def last_submitted(self, storage: Storage) -> bytes | None:
        newest = self.sparse_accumulation.get(storage)
        return None if newest is None else newest.signature
