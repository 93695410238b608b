"""What a node has heard, as it hands it to the author of a block: the data of the inherent ``rngpulse``.

The data are a list of byte strings, each a canonical pulse: the round as 8 bytes, little-endian, and the signature.
Nothing in them is checked on the way. What is no canonical pulse is passed over, and so is a signature that is no
point; a pulse that comes twice counts twice.
"""

from __future__ import annotations

from collections.abc import Iterable

from drandlab.beacon.beacon import Beacon
from drandlab.errors import DecodeError, FormatError
from drandlab.idn.pulses import SIGNATURE_LENGTH, checked_signature
from drandlab.idn.sums import on_curve
from drandlab.wire.scale import U64, Bytes, Vec

__all__ = ["INHERENT", "canonical_pulse", "decode_observed", "encode_observed", "sum_of_points"]

INHERENT = b"rngpulse"
"""The name under which a node provides what it has heard."""

_LIST = Vec(Bytes())
_CANONICAL = 8 + SIGNATURE_LENGTH


def canonical_pulse(beacon: Beacon) -> bytes:
    """Return the 56 bytes of a beacon as a canonical pulse; raises `LocalError` for a signature that is not on G1.

    >>> canonical_pulse(Beacon(round=1000, signature=bytes(48)))[:8].hex()
    'e803000000000000'
    """
    return U64.encode(beacon.round) + checked_signature(beacon.signature, "signature")


def encode_observed(beacons: Iterable[Beacon]) -> bytes:
    """Return the data of the inherent for these beacons, in this order.

    >>> decode_observed(encode_observed([Beacon(round=7, signature=bytes(48))]))
    (Beacon(round=7, signature=00000000…),)
    """
    return _LIST.encode(tuple(canonical_pulse(beacon) for beacon in beacons))


def decode_observed(data: bytes) -> tuple[Beacon, ...]:
    """Return the beacons in the data of the inherent, those that are no canonical pulses left out.

    Raises `FormatError` where the data are no list of byte strings.
    """
    found = (one for one in _LIST.decode(data) if len(one) == _CANONICAL)
    return tuple(Beacon(round=int.from_bytes(one[:8], "little"), signature=one[8:]) for one in found)


def observed(data: bytes | None) -> tuple[Beacon, ...] | None:
    """Return the beacons that a node provides, None where it provides nothing that can be read."""
    if data is None:
        return None
    try:
        return decode_observed(data)
    except FormatError:
        return None


def sum_of_points(beacons: Iterable[Beacon], backend: str) -> tuple[bytes, int]:
    """Return the sum of the signatures that are points of the subgroup, encoded, and how many they are.

    Infinity is one of them here, as in the real node; without any, the sum is infinity.
    """
    group, points = on_curve(backend).signatures, []
    for beacon in beacons:
        try:
            points.append(group.decode(beacon.signature, identity=True))
        except DecodeError:
            continue
    return bytes(group.sum(points)), len(points)
