r"""Identity-based encryption: what is encrypted to a message can be read with the signature of that message.

Timelock files are made of it. Anybody can encrypt to an identity (the digest of a round) under a group's public key
$K = xg$; whoever has the group's signature of that identity, $S = xQ$ with $Q = H(id)$, can decrypt. With a random
string $\sigma$ as long as the message,

    k = H3(sigma, m)      U = k g      V = sigma xor H2(e(Q, K)^k)      W = m xor H4(sigma)

Decryption: $\sigma = V \oplus H_2(e(S, U))$, $m = W \oplus H_4(\sigma)$, and $U = H_3(\sigma, m) g$ must hold, so that
no bit of the ciphertext can be changed (the transform of Fujisaki and Okamoto). It works since $e(S, U) = e(Q,
g)^{xk} = e(Q, K)^k$.

The hashes are SHA-256 with a prefix; H3 repeats it until the number is below the group order, without reduction.

Source: Boneh, Franklin, "Identity-based encryption from the Weil pairing", CRYPTO 2001; Gailly, Melissaris, Romailler,
"tlock: practical timelock encryption from threshold BLS", ePrint 2023/189; kyber ``encrypt/ibe``.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from drandlab.algebra.field import FieldElement, PrimeField
from drandlab.crypto.bls import BLS
from drandlab.curves.group import Point, checked_key, checked_point
from drandlab.curves.pairing import GTElement
from drandlab.errors import LocalError, VerificationError
from drandlab.typing import Rng, checked_bytes

__all__ = ["LONGEST", "Ciphertext", "decrypt", "encrypt"]

LONGEST = 32
"""Bytes of the longest message: the length of one hash."""

_TRIES = 65534


@dataclass(frozen=True, slots=True, kw_only=True)
class Ciphertext:
    """U, a point of the key group, and V and W, each as long as the message."""

    u: Point
    v: bytes
    w: bytes

    def __post_init__(self) -> None:
        checked_key(self.u, "u")
        for name in ("v", "w"):
            object.__setattr__(self, name, checked_bytes(getattr(self, name), name))


def _hash(tag: bytes, *parts: bytes) -> bytes:
    return hashlib.sha256(tag + b"".join(parts)).digest()


def _xor(a: bytes, b: bytes) -> bytes:
    return bytes(x ^ y for x, y in zip(a, b, strict=True))


def _scalar(field: PrimeField, sigma: bytes, message: bytes) -> FieldElement:
    seed = _hash(b"IBE-H3", sigma, message)
    for i in range(1, _TRIES + 1):
        digest = hashlib.sha256(i.to_bytes(2, "little") + seed).digest()
        value = int.from_bytes(bytes([digest[0] >> 1]) + digest[1:], "big")
        if value < field.modulus:
            return field(value)
    why = f"ibe: no scalar below the group order in {_TRIES} tries, which does not happen by chance"
    raise VerificationError(why, code="no-scalar")


def _mask(value: GTElement, length: int) -> bytes:
    return _hash(b"IBE-H2", bytes(value))[:length]


def _pair(bls: BLS, signature_side: Point, key_side: Point) -> GTElement:
    if bls.scheme.signature_group == "G1":
        return bls.suite.pairing(signature_side, key_side)
    return bls.suite.pairing(key_side, signature_side)


def encrypt(bls: BLS, key: Point, identity: bytes, message: bytes, rng: Rng) -> Ciphertext:
    """Return ``message`` (at most 32 bytes) encrypted to the signature of ``identity`` under ``key``.

    >>> import random
    >>> from drandlab.crypto.schemes import scheme
    >>> signer = BLS.of(scheme("bls-unchained-g1-rfc9380"), "glass")
    >>> round_1000 = signer.scheme.digest(1000)
    >>> sealed = encrypt(signer, signer.public_key(42), round_1000, b"a file key", random.Random(1))
    >>> decrypt(signer, signer.decode_signature(signer.sign(42, round_1000)), sealed)
    b'a file key'
    """
    key, message = checked_point(key, bls.keys, "key"), checked_bytes(message, "message")
    if len(message) > LONGEST:
        raise LocalError(f"expected at most {LONGEST} bytes, got {len(message)}", argument="message")
    sigma = rng.randbytes(len(message))
    k = _scalar(bls.field, sigma, message)
    # e(Q, K)^k as e(kQ, K): a multiplication on the curve costs less than a power in the target group
    value = _pair(bls, k * bls.hash(checked_bytes(identity, "identity")), key)
    return Ciphertext(
        u=k * bls.keys.generator,
        v=_xor(sigma, _mask(value, len(sigma))),
        w=_xor(message, _hash(b"IBE-H4", sigma)[: len(message)]),
    )


def decrypt(bls: BLS, signature: Point, sealed: Ciphertext) -> bytes:
    """Return the message of ``sealed``, with the ``signature`` of its identity.

    Raises `VerificationError` when the signature is that of another identity, or the ciphertext was changed.
    """
    signature = checked_point(signature, bls.signatures, "signature")
    checked_point(sealed.u, bls.keys, "u")
    if len(sealed.v) != len(sealed.w):
        why = f"ibe: V and W have the same length, got {len(sealed.v)} and {len(sealed.w)} bytes"
        raise VerificationError(why, code="length")
    if len(sealed.w) > LONGEST:
        raise VerificationError(f"ibe: expected at most {LONGEST} bytes, got {len(sealed.w)}", code="length")
    sigma = _xor(sealed.v, _mask(_pair(bls, signature, sealed.u), len(sealed.v)))
    message = _xor(sealed.w, _hash(b"IBE-H4", sigma)[: len(sealed.w)])
    if _scalar(bls.field, sigma, message) * bls.keys.generator != sealed.u:
        why = "ibe: not the signature of the identity, or a changed ciphertext"
        raise VerificationError(why, code="ciphertext")
    return message
