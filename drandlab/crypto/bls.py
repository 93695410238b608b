"""BLS signatures in both orientations.

With $g$ the generator of the key group, $x$ the secret, $K = xg$ the public key and $H$ the hash to the signature
group:

    sign      S = x H(m)
    verify    e(H(m), K) = e(S, g)        signatures on G1
              e(K, H(m)) = e(g, S)        signatures on G2

For one secret and one message there is exactly one valid signature, so nobody, not even the signer, can choose between
several. This uniqueness makes the signature of a round a source of randomness.

Source: Boneh, Lynn, Shacham, "Short signatures from the Weil pairing", ASIACRYPT 2001.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from drandlab.algebra.field import FieldElement
from drandlab.crypto.schemes import Scheme
from drandlab.curves.choice import resolve
from drandlab.curves.door import suite
from drandlab.curves.group import Point, checked_point, scalar_value
from drandlab.errors import DecodeError, LocalError, VerificationError
from drandlab.typing import checked_bytes

__all__ = ["BLS", "NOT_THE_SIGNATURE"]

NOT_THE_SIGNATURE = "signature: valid point, but not the key's signature of this message"


class BLS:
    """A `Scheme` on a backend: hash, sign and verify.

    >>> from drandlab.crypto.schemes import scheme
    >>> signer = BLS.of(scheme("bls-unchained-g1-rfc9380"))
    >>> key, message = signer.public_key(42), b"a 32-byte digest in real life"
    >>> signer.verify(key, message, signer.sign(42, message))
    >>> signer.verify(key, b"another message", signer.sign(42, message))
    Traceback (most recent call last):
    drandlab.errors.VerificationError: signature: valid point, but not the key's signature of this message
    """

    def __init__(self, scheme: Scheme, backend: str) -> None:
        self.scheme = scheme
        self.suite = suite(scheme.curve, backend)
        self.keys = self.suite.group(scheme.key_group)
        self.signatures = self.suite.group(scheme.signature_group)
        self.field = self.suite.field

    def _scalar(self, secret: int | FieldElement) -> int:
        return scalar_value(secret, self.field.modulus, "secret")

    @staticmethod
    def of(scheme: Scheme, backend: str | None = None) -> BLS:
        """Return the BLS operations of ``scheme`` on ``backend`` (None: the one in force)."""
        return _bls(scheme, resolve(backend))

    def __repr__(self) -> str:
        return f"<BLS {self.scheme.name}, backend {self.suite.backend}>"

    def __reduce__(self) -> tuple[object, ...]:
        return BLS.of, (self.scheme, self.suite.backend)

    def public_key(self, secret: int | FieldElement) -> Point:
        """Return $K = xg$."""
        return self._scalar(secret) * self.keys.generator

    def decode_key(self, data: bytes) -> Point:
        """Return the public key whose encoding is ``data``; the point at infinity is refused."""
        return self.keys.decode(data)

    def decode_signature(self, data: bytes) -> Point:
        """Return the signature point; raises `VerificationError` that names the rule that the bytes break."""
        self.scheme.check_signature_form(data)
        try:
            return self.signatures.decode(data)
        except DecodeError as error:
            raise VerificationError(f"signature: {error}", code=error.code) from error

    def hash(self, message: bytes) -> Point:
        """Return $H(m)$ in the signature group, under the scheme's domain tag."""
        return self.signatures.hash(message, self.scheme.dst)

    def sign(self, secret: int | FieldElement, message: bytes) -> bytes:
        """Return the signature $xH(m)$, encoded."""
        return bytes(self._scalar(secret) * self.hash(message))

    def verify(self, key: Point, message: bytes, signature: bytes) -> None:
        """Raise `VerificationError` unless ``signature`` is the one signature of ``message`` under ``key``."""
        key = checked_point(key, self.keys, "key")
        if not self.matches(key, self.hash(message), self.decode_signature(signature)):
            raise VerificationError(NOT_THE_SIGNATURE, code="signature")

    def aggregate(self, signatures: Iterable[bytes]) -> bytes:
        r"""Return $\sum_i S_i$, encoded: one signature in place of many.

        Raises `VerificationError` for bytes that are no signature, `LocalError` when there is none.
        """
        points = [self.decode_signature(signature) for signature in signatures]
        if not points:
            raise LocalError("expected at least one, got none", argument="signatures")
        return bytes(self.signatures.sum(points))

    def verify_aggregate(self, keys: Sequence[Point], messages: Sequence[bytes], signature: bytes) -> None:
        r"""Raise `VerificationError` unless ``signature`` is the sum of one signature of each message under its key.

        With $K_i$ the keys and $m_i$ the messages, for signatures on $G_1$:

        $$\prod_i e(H(m_i), K_i) = e(S, g).$$

        The messages must differ. On one message, a single signer who gives $x g - K_1$ as its key could make $S$ alone.
        Where each key has a proof of possession, add the keys and use `verify`.

        >>> from drandlab.crypto.schemes import scheme
        >>> signer = BLS.of(scheme("bls-unchained-g1-rfc9380"), "glass")
        >>> both = signer.aggregate([signer.sign(1, b"one"), signer.sign(2, b"two")])
        >>> signer.verify_aggregate([signer.public_key(1), signer.public_key(2)], [b"one", b"two"], both)

        Source: draft-irtf-cfrg-bls-signature, sections 2.9 and 3.1.1.
        """
        points = [checked_point(key, self.keys, f"keys[{i}]") for i, key in enumerate(keys)]
        texts = [checked_bytes(message, f"messages[{i}]") for i, message in enumerate(messages)]
        if not points or len(points) != len(texts):
            raise VerificationError(
                f"aggregate: expected as many keys as messages, at least one; got {len(points)} and {len(texts)}",
                code="count",
            )
        if any(point.is_identity for point in points):
            raise VerificationError("aggregate: a key must not be the point at infinity", code="infinity")
        if len(set(texts)) < len(texts):
            why = "aggregate: a message comes twice; messages must differ, since a key made of others' could sign both"
            raise VerificationError(why, code="repeated-message")
        sides = [*zip(map(self.hash, texts), points, strict=True)]
        sides.append((-self.decode_signature(signature), self.keys.generator))
        on_g1 = self.scheme.signature_group == "G1"
        if not self.suite.pairing_check(sides if on_g1 else [(key, hashed) for hashed, key in sides]):
            why = "aggregate: valid point, but not the sum of the keys' signatures of these messages"
            raise VerificationError(why, code="signature")

    def matches(self, key: Point, hashed: Point, signature: Point) -> bool:
        """Return whether $e(H, K) = e(S, g)$ for points already decoded."""
        if self.scheme.signature_group == "G1":
            return self.suite.pairing_check([(hashed, key), (-signature, self.keys.generator)])
        return self.suite.pairing_check([(key, hashed), (-self.keys.generator, signature)])


@lru_cache(maxsize=64)
def _bls(scheme: Scheme, backend: str) -> BLS:
    return BLS(scheme, backend)
