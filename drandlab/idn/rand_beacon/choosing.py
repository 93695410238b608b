"""The one switch between the designs of the beacon pallet."""

from __future__ import annotations

from drandlab.errors import LocalError
from drandlab.idn.rand_beacon.accumulate_mode import AccumulateBeacon
from drandlab.idn.rand_beacon.beacon_parts import (
    MODES,
    BeaconPallet,
    Dispatcher,
    FindAuthor,
    author_of_slot,
)
from drandlab.idn.rand_beacon.inherent_mode import InherentRangeBeacon
from drandlab.idn.rand_beacon.range_mode import RangeBeacon
from drandlab.typing import checked_choice

__all__ = ["CARRIERS", "rand_beacon"]

CARRIERS = ("extrinsic", "inherent")
"""How a pulse comes on chain: in a transaction of a node's pool, or put into the block by its author."""

_KINDS: dict[tuple[str, str], type[BeaconPallet]] = {
    ("accumulate", "inherent"): AccumulateBeacon,
    ("range", "inherent"): InherentRangeBeacon,
    ("range", "extrinsic"): RangeBeacon,
}


def rand_beacon(
    mode: str = "range",
    *,
    carrier: str | None = None,
    max_pulses: int = 6,
    backend: str | None = None,
    dispatcher: Dispatcher | None = None,
    find_author: FindAuthor = author_of_slot,
) -> BeaconPallet:
    """Return the beacon pallet of a mode: ``accumulate`` or ``range``.

    ``carrier`` is ``extrinsic`` or ``inherent``; left out, it is that of the design: ``accumulate`` has inherents only,
    ``range`` extrinsics today. ``max_pulses`` is the cap of one block, 1 to 255; ``dispatcher`` gives accepted pulses
    on; ``find_author`` says whose the block is.

    >>> rand_beacon("accumulate", max_pulses=30).errors[0], rand_beacon().errors[0]
    ('BeaconConfigAlreadySet', 'BeaconConfigNotSet')
    """
    mode = checked_choice(mode, "mode", MODES)
    if carrier is None:
        carrier = "inherent" if mode == "accumulate" else "extrinsic"
    kind = _KINDS.get((mode, checked_choice(carrier, "carrier", CARRIERS)))
    if kind is None:
        raise LocalError(f"{mode} comes by inherents only, got {carrier!r}", argument="carrier")
    return kind(max_pulses=max_pulses, backend=backend, dispatcher=dispatcher, find_author=find_author)
