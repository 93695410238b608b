"""The five signature schemes of production, as data.

Every network of drand names one of them in its chain info. A scheme fixes the curve, the group of the keys and that of
the signatures, the domain tag under which messages are hashed to the curve, and what the message of a round is.

There are two orientations of the same BLS signature: keys on $G_1$ and long signatures on $G_2$ (the first networks),
or keys on $G_2$ and short signatures on $G_1$ (half the bytes on the wire and on a chain).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any

from drandlab.curves.hashing.keccak import keccak256
from drandlab.curves.params import CURVES
from drandlab.errors import LocalError, VerificationError, WrongType
from drandlab.text import discreet
from drandlab.typing import LAST_ROUND, Round, checked_bytes, checked_int

__all__ = ["DEFAULT_SCHEME", "SCHEMES", "Scheme", "round_bytes", "scheme"]

_HASHES = {"sha256": lambda data: hashlib.sha256(data).digest(), "keccak256": keccak256}


def round_bytes(round: Round) -> bytes:
    """Return the round as 8 bytes, big-endian, as it goes into every digest of drand."""
    return checked_int(round, "round", 0, LAST_ROUND).to_bytes(8, "big")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """One signature scheme: names of curve, groups, hash and domain tag, and whether rounds are chained.

    >>> quick = scheme("bls-unchained-g1-rfc9380")
    >>> quick.key_group, quick.key_length, quick.signature_group, quick.signature_length
    ('G2', 96, 'G1', 48)
    """

    name: str
    curve: str
    key_group: str
    signature_group: str
    dst: bytes
    hash: str
    chained: bool

    def digest(self, round: Round, previous_signature: bytes = b"") -> bytes:
        r"""Return the 32-byte message that is signed for ``round``.

        Chained: $H(sig_{r-1} \| r)$, where the signature "of round 0" is the genesis seed. Unchained: $H(r)$. The round
        is 8 bytes, big-endian.

        >>> scheme("bls-unchained-g1-rfc9380").digest(1).hex()[:16]
        'cd2662154e6d76b2'
        """
        previous_signature = checked_bytes(previous_signature, "previous_signature")
        return self.hashed((previous_signature if self.chained else b"") + round_bytes(round))

    def hashed(self, data: bytes) -> bytes:
        """Return the 32-byte digest of ``data`` by the scheme's hash, SHA-256 or Keccak-256.

        >>> scheme("bls-bn254-unchained-on-g1").hashed(b"").hex()[:16]
        'c5d2460186f7233c'
        """
        return _HASHES[self.hash](checked_bytes(data, "data"))

    @property
    def key_length(self) -> int:
        """Length of a public key in bytes."""
        return self._length(self.key_group)

    @property
    def signature_length(self) -> int:
        """Length of a signature in bytes."""
        return self._length(self.signature_group)

    @property
    def partial_length(self) -> int:
        """Length of a partial signature in bytes: the 2-byte index and a signature."""
        return 2 + self.signature_length

    def _length(self, group: str) -> int:
        curve = CURVES[self.curve]
        return curve.g1_length if group == "G1" else curve.g2_length

    def check_signature_form(self, signature: bytes) -> None:
        """Raise `VerificationError` unless ``signature`` has the length of this scheme's signatures."""
        if len(checked_bytes(signature, "signature")) != self.signature_length:
            raise VerificationError(
                f"signature: expected {self.signature_length} bytes for {self.name}, got {len(signature)}",
                code="length",
            )

    def __repr__(self) -> str:
        return f"Scheme({self.name})"

    def __reduce__(self) -> tuple[object, ...]:
        # a pickle of one of the five is loaded as the same object
        if SCHEMES.get(self.name) is self:
            return scheme, (self.name,)
        return _scheme_of, tuple(getattr(self, part.name) for part in fields(self))


def _scheme_of(*values: Any) -> Scheme:
    return Scheme(**dict(zip((part.name for part in fields(Scheme)), values, strict=True)))


_G2_TAG = b"BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_NUL_"
_G1_TAG = b"BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_"
_BN_TAG = b"BLS_SIG_BN254G1_XMD:KECCAK-256_SVDW_RO_NUL_"


def _scheme(name: str, *, keys: str, dst: bytes, chained: bool = False, bn254: bool = False) -> Scheme:
    return Scheme(
        name=name,
        curve="bn254" if bn254 else "bls12-381",
        key_group=keys,
        signature_group="G2" if keys == "G1" else "G1",
        dst=dst,
        hash="keccak256" if bn254 else "sha256",
        chained=chained,
    )


DEFAULT_SCHEME = "pedersen-bls-chained"

SCHEMES: Mapping[str, Scheme] = MappingProxyType(
    {
        s.name: s
        for s in (
            _scheme("pedersen-bls-chained", keys="G1", dst=_G2_TAG, chained=True),
            _scheme("pedersen-bls-unchained", keys="G1", dst=_G2_TAG),
            _scheme("bls-unchained-g1-rfc9380", keys="G2", dst=_G1_TAG),
            # Signatures on G1 hashed under the tag of G2: a mistake of 2023, which verifiers that follow the RFC
            # refuse. The network that used it (fastnet) is retired; the scheme stays so that its beacons verify.
            _scheme("bls-unchained-on-g1", keys="G2", dst=_G2_TAG),
            _scheme("bls-bn254-unchained-on-g1", keys="G2", dst=_BN_TAG, bn254=True),
        )
    }
)
"""The schemes by name, in the order in which production lists them."""


def scheme(name: str = "") -> Scheme:
    """Return the scheme called ``name``; the empty name means the first one, as in production's files.

    >>> scheme("")
    Scheme(pedersen-bls-chained)
    >>> scheme("rsa")
    Traceback (most recent call last):
    drandlab.errors.LocalError: scheme: expected one of pedersen-bls-chained, ... got 'rsa'
    """
    if not isinstance(name, str):
        raise WrongType(f"expected its name as text, got {type(name).__name__}", argument="scheme")
    found = SCHEMES.get(name or DEFAULT_SCHEME)
    if found is None:
        raise LocalError(f"expected one of {', '.join(SCHEMES)}; got {discreet(repr(name)):.60}", argument="scheme")
    return found
