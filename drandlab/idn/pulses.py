r"""Pulses: beacons as the bridge carries them, one round alone or a range of rounds as one signature.

The signatures $\sigma_a \ldots \sigma_b$ of contiguous rounds are added up, and what goes on chain is their sum with
the two ends of the range: 64 bytes, however many rounds they are.

A sum cannot be taken apart by whoever has not seen its parts, and it opens no timelock ciphertext of a single round.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from drandlab.beacon.beacon import Beacon
from drandlab.errors import FormatError, LocalError, VerificationError, WrongType
from drandlab.idn.sums import MOST_SUMMED, check_range, on_curve, sum_of_messages
from drandlab.typing import LAST_ROUND, Round, checked_bytes, checked_int

__all__ = ["PAYLOAD_LENGTH", "PULSE_LENGTH", "SIGNATURE_LENGTH", "Pulse", "aggregate"]

SIGNATURE_LENGTH = 48
"""Bytes of a signature, and of a sum of them: a point of G1."""

PULSE_LENGTH = SIGNATURE_LENGTH + 16
"""Bytes of a pulse in SCALE."""

PAYLOAD_LENGTH = 1 + PULSE_LENGTH
"""Bytes that an author signs: the signature is written there as a list of bytes, with its length in front."""

_COUNTED = bytes([SIGNATURE_LENGTH << 2])
"""The length of a signature, compact."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """The sum of the signatures of the rounds ``start`` to ``end``, both included; well formed but not yet verified.

    Anybody may send one, so it may also name no round at all (``start > end``) or too many: such a pulse has no
    `message`, and `authenticate` refuses it before anything is computed.

    >>> pulse = Pulse(signature=bytes(48), start=1000, end=1001)
    >>> Pulse.from_scale(pulse.to_scale()) == pulse, pulse.rounds
    (True, 2)
    """

    signature: bytes
    start: Round
    end: Round

    def __post_init__(self) -> None:
        object.__setattr__(self, "signature", checked_signature(self.signature, "signature"))
        object.__setattr__(self, "start", checked_int(self.start, "start", 0, LAST_ROUND))
        object.__setattr__(self, "end", checked_int(self.end, "end", 0, LAST_ROUND))

    @property
    def rounds(self) -> int:
        """How many rounds the pulse has: none where it ends before it starts."""
        return max(0, self.end - self.start + 1)

    @property
    def message(self) -> bytes:
        r"""$\sum_{r=start}^{end} H_1(r)$, 48 bytes, on the backend in force.

        Raises `LocalError` for a range without rounds and for one of more than `MOST_SUMMED`.
        """
        return bytes(sum_of_messages(self.start, self.end))

    @property
    def randomness(self) -> bytes:
        r"""$SHA\text{-}256(signature)$, 32 bytes: what is delivered to a subscriber."""
        return hashlib.sha256(self.signature).digest()

    @property
    def payload(self) -> bytes:
        """The 65 bytes that an author signs when it submits the pulse: the signature as a list, start, end."""
        return _COUNTED + self.to_scale()

    def to_scale(self) -> bytes:
        """Return the 64 bytes of the pulse in SCALE: signature, start and end, each 8 bytes, little-endian."""
        return self.signature + self.start.to_bytes(8, "little") + self.end.to_bytes(8, "little")

    @classmethod
    def from_scale(cls, data: bytes) -> Pulse:
        """Return the pulse that ``data`` is in SCALE; raises `FormatError` for another number of bytes."""
        data = checked_bytes(data, "data")
        if len(data) != PULSE_LENGTH:
            raise FormatError(f"a pulse has {PULSE_LENGTH} bytes, got {len(data)}", code="length")
        start, end = data[SIGNATURE_LENGTH:-8], data[-8:]
        return cls(
            signature=data[:SIGNATURE_LENGTH],
            start=int.from_bytes(start, "little"),
            end=int.from_bytes(end, "little"),
        )

    def authenticate(self, public_key: bytes) -> bool:
        r"""Return whether the beacon of ``public_key`` (96 bytes) has signed the pulse, on the backend in force.

        $$e(\sigma, g_2) = e\Big(\sum_{r=start}^{end} H_1(r),\; K\Big).$$

        False for a signature that is no point of the subgroup, or infinity; for a range without rounds, and for one of
        more than `MOST_SUMMED` rounds, of which nothing is computed. Raises `LocalError` or `DecodeError` for a key
        that is none.

        >>> import drandlab as dl
        >>> genuine = bytes.fromhex("b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125"
        ...                         "e342b73a8dd2bacbe47e4b6b63ed5e39")
        >>> Pulse(signature=genuine, start=1000, end=1000).authenticate(dl.networks["quicknet"].public_key)
        True
        >>> Pulse(signature=genuine, start=0, end=2**64 - 1).authenticate(dl.networks["quicknet"].public_key)
        False
        """
        bls = on_curve()
        key = bls.decode_key(checked_bytes(public_key, "public_key", bls.keys.length))
        if not 0 < self.rounds <= MOST_SUMMED:
            return False
        try:
            signature = bls.decode_signature(self.signature)
        except VerificationError:
            return False
        return check_range(key, self.start, self.end, signature).holds

    def __repr__(self) -> str:
        return f"Pulse({self.start} to {self.end}, signature={self.signature.hex()[:8]}…)"


def checked_signature(value: object, name: str) -> bytes:
    """Return ``value`` if it is 48 bytes, a signature on G1; the error says which schemes have such signatures."""
    value = checked_bytes(value, name)
    if len(value) != SIGNATURE_LENGTH:
        rule = f"expected {SIGNATURE_LENGTH} bytes, a point of G1 as quicknet's signatures are, got {len(value)}"
        raise LocalError(rule, argument=name, code="length")
    return value


def aggregate(beacons: Iterable[Beacon]) -> Pulse:
    r"""Return one pulse for many beacons: $\sigma = \sum_r \sigma_r$, on the backend in force.

    The rounds must be contiguous, each of them once; in which order they come has no meaning. Raises `LocalError` where
    they are not, for no beacons at all, and for beacons whose signatures are not on G1; `VerificationError` with the
    round for a signature that is no point of the subgroup, or infinity. Whether it signs its round is not checked here.

    >>> bls = on_curve("glass")
    >>> signed = [Beacon(round=r, signature=bls.sign(7, bls.scheme.digest(r))) for r in (5, 6, 7)]
    >>> from drandlab.curves.choice import use_backend
    >>> with use_backend("glass"):
    ...     pulse = aggregate(signed)
    ...     pulse.start, pulse.end, pulse.authenticate(bytes(bls.public_key(7)))
    (5, 7, True)
    """
    if not isinstance(beacons, Iterable):
        raise WrongType(f"expected beacons, got {type(beacons).__name__}", argument="beacons")
    given = list(beacons)
    for beacon in given:
        if not isinstance(beacon, Beacon):
            raise WrongType(f"expected beacons, got {type(beacon).__name__}", argument="beacons")
    if not given:
        raise LocalError("expected at least one, got none", argument="beacons")
    given.sort(key=lambda beacon: beacon.round)
    for before, after in pairwise(given):
        if after.round != before.round + 1:
            missed = "comes twice" if after.round == before.round else f"is followed by round {after.round}"
            raise LocalError(f"expected contiguous rounds, but round {before.round} {missed}", argument="beacons")
    bls = on_curve()
    points = []
    for beacon in given:
        if len(beacon.signature) != SIGNATURE_LENGTH or beacon.previous_signature:
            raise LocalError(_other_kind(beacon), argument="beacons")
        try:
            points.append(bls.decode_signature(beacon.signature))
        except VerificationError as error:
            raise VerificationError(error.reason, code=error.code, round=beacon.round) from error.__cause__
    return Pulse(signature=bytes(bls.signatures.sum(points)), start=given[0].round, end=given[-1].round)


def _other_kind(beacon: Beacon) -> str:
    if beacon.previous_signature:
        return f"round {beacon.round} is of a chained network, whose messages are not known from the round alone"
    return (
        f"expected signatures of {SIGNATURE_LENGTH} bytes, on G1 as quicknet's are, "
        f"but round {beacon.round} has one of {len(beacon.signature)}"
    )
