r"""Schnorr signatures over the key group: how DKG packets are signed.

With $x$ the long-term secret, $X = xg$ and a fresh nonce $k$:

    R = k g        c = SHA-512(R || X || m) mod r        s = k + c x        signature = R || s
    valid when     s g = R + c X

The digest is read big-endian; R is the encoded point and s 32 bytes. (The specification signs packets with BLS, as
drand 1.0 did; production has used Schnorr since then.)

Source: Schnorr, "Efficient signature generation by smart cards", 1991; kyber ``sign/schnorr``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from drandlab.algebra.field import FieldElement, PrimeField
from drandlab.curves.group import Group, Point, checked_key, scalar_value
from drandlab.errors import DecodeError, VerificationError
from drandlab.typing import Rng, checked_bytes

__all__ = ["Signed", "failing", "sign", "signature_length", "verify"]

NOT_THE_SIGNATURE = "schnorr: not the signature of this message under this key"
SCALAR_LENGTH = 32
COEFFICIENT_BITS = 128
BATCH_FROM = 32
"""From this many claims on, one equation for all costs less than one for each (measured on ``blst``)."""


def signature_length(group: Group) -> int:
    """Return the length of a signature in bytes: a point and a scalar."""
    return group.length + SCALAR_LENGTH


def _challenge(field: PrimeField, nonce: bytes, key: bytes, message: bytes) -> FieldElement:
    return field(int.from_bytes(hashlib.sha512(nonce + key + message).digest(), "big"))


def sign(secret: int | FieldElement, key: Point, message: bytes, rng: Rng) -> bytes:
    """Return the signature of ``message``; ``key`` is the public key of ``secret``.

    >>> import random
    >>> from drandlab.curves import suite
    >>> s = suite("bls12-381", "glass")
    >>> x = s.field(42)
    >>> signature = sign(x, x * s.g1.generator, b"a deal", random.Random(1))
    >>> verify(x * s.g1.generator, b"a deal", signature)
    """
    key = checked_key(key)
    field, message = key.group.field, checked_bytes(message, "message")
    x = scalar_value(secret, field.modulus, "secret")
    nonce = field.random(rng, nonzero=True)
    point = bytes(nonce * key.group.generator)
    return point + (nonce + _challenge(field, point, bytes(key), message) * x).to_bytes()


def verify(key: Point, message: bytes, signature: bytes) -> None:
    """Raise `VerificationError` unless ``signature`` is one of ``message`` under ``key``.

    Strict: exact length, canonical point and scalar. A nonce at infinity is accepted, as in production. A *key* at
    infinity must be refused where keys are accepted, since anybody can sign for it.
    """
    if not _parse(key, message, signature).hold_under(key):
        raise VerificationError(NOT_THE_SIGNATURE, code="signature")


@dataclass(frozen=True, slots=True)
class _Parts:
    nonce: Point
    s: FieldElement
    challenge: FieldElement

    def hold_under(self, key: Point) -> bool:
        return self.s * key.group.generator == self.nonce + self.challenge * key


def _parse(key: Point, message: bytes, signature: bytes) -> _Parts:
    group = checked_key(key).group
    message, signature = checked_bytes(message, "message"), checked_bytes(signature, "signature")
    if len(signature) != signature_length(group):
        why = f"schnorr: expected {signature_length(group)} bytes, got {len(signature)}"
        raise VerificationError(why, code="length")
    encoded, tail = signature[: group.length], signature[group.length :]
    try:
        nonce, s = group.decode(encoded, identity=True), group.field.from_bytes(tail)
    except DecodeError as error:
        raise VerificationError(f"schnorr: {error}", code=error.code) from error
    return _Parts(nonce, s, _challenge(group.field, encoded, bytes(key), message))


@dataclass(frozen=True, slots=True)
class Signed:
    """A message, the key of the claimed signer, and the signature, not yet verified."""

    key: Point
    message: bytes
    signature: bytes


def failing(claims: Sequence[Signed], rng: Rng) -> dict[int, str]:
    r"""Return the positions of the ``claims`` that are not valid, each with its reason; one group for all keys.

    With fresh 128-bit coefficients $c_i$ all equations are checked as one multi-scalar multiplication:

    $$\Big(\sum_i c_i s_i\Big) g - \sum_i c_i R_i - \sum_i c_i c^*_i X_i = 0, \qquad c^*_i \text{ the challenges}.$$

    Sound as in `drandlab.crypto.batch`: all points lie in a group of prime order (they were decoded strictly), and the
    coefficients are drawn after the signatures are fixed, so a false one passes with probability $2^{-128}$. If the
    sum is not 0, each claim is checked alone, to find the false ones. Fewer than `BATCH_FROM` claims are checked one by
    one, which is faster: the coefficients of the $X_i$ are long.
    """
    bad: dict[int, str] = {}
    parsed: dict[int, _Parts] = {}
    for i, claim in enumerate(claims):
        try:
            parsed[i] = _parse(claim.key, claim.message, claim.signature)
        except VerificationError as error:
            bad[i] = error.reason
    if len(parsed) < BATCH_FROM or not _all_hold(claims, parsed, rng):
        for i, parts in parsed.items():
            if not parts.hold_under(claims[i].key):
                bad[i] = NOT_THE_SIGNATURE
    return dict(sorted(bad.items()))


def _all_hold(claims: Sequence[Signed], parsed: dict[int, _Parts], rng: Rng) -> bool:
    if not parsed:
        return True
    group = claims[next(iter(parsed))].key.group
    points, scalars, base = [], [], group.field.zero
    for i, parts in parsed.items():
        coefficient = group.field(int.from_bytes(rng.randbytes(COEFFICIENT_BITS // 8), "big"))
        base += coefficient * parts.s
        points += [parts.nonce, claims[i].key]
        scalars += [coefficient, coefficient * parts.challenge]
    return group.msm(points, scalars) == base * group.generator
