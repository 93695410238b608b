r"""Threshold BLS: any $t$ of $n$ share holders sign together, and the signature does not show which $t$ it was.

Share holder $i$ (0-based) has $s_i = f(i+1)$ and publishes the partial signature $\sigma_i = s_i H(m)$. With the
Lagrange coefficients at 0, any $t$ of these give the signature under the group key $f(0)g$:

$$S = \sum_{i \in Q} \lambda_i \sigma_i = f(0)\, H(m), \qquad \lambda_i = \prod_{j \ne i} \frac{x_j}{x_j - x_i}.$$

On the wire a partial is its holder's index, 2 bytes big-endian, then the signature.

Source: Boldyreva, "Threshold signatures, multisignatures and blind signatures based on the gap-Diffie-Hellman-group
signature scheme", PKC 2003; drand specification, "Partial beacon signature".
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from drandlab.algebra.lagrange import whole_coefficients
from drandlab.algebra.shamir import Share, evaluation_point
from drandlab.crypto.bls import BLS
from drandlab.crypto.feldman import PublicPolynomial
from drandlab.curves.group import Point, checked_point
from drandlab.errors import LocalError, NotEnoughShares, VerificationError, WrongType
from drandlab.typing import ShareIndex, checked_bytes

__all__ = ["ThresholdBLS", "combine", "partial_index", "sign_partial"]

INDEX_LENGTH = 2
MAX_INDEX = 0xFFFF


def sign_partial(bls: BLS, share: Share, message: bytes) -> bytes:
    """Return the partial signature of ``message`` by the holder of ``share``."""
    if not isinstance(share, Share):
        raise WrongType(f"expected a Share, got {'None' if share is None else type(share).__name__}", argument="share")
    if not 0 <= share.index <= MAX_INDEX:
        raise LocalError(f"must have an index of 2 bytes, 0 to {MAX_INDEX}, got {share.index}", argument="share")
    return share.index.to_bytes(INDEX_LENGTH, "big") + bls.sign(share.value, message)


def partial_index(bls: BLS, partial: bytes) -> ShareIndex:
    """Return the 0-based index that ``partial`` claims; raises `VerificationError` for another length."""
    partial = checked_bytes(partial, "partial")
    if len(partial) != bls.scheme.partial_length:
        raise VerificationError(
            f"partial: expected {bls.scheme.partial_length} bytes for {bls.scheme.name}, got {len(partial)}",
            code="length",
        )
    return int.from_bytes(partial[:INDEX_LENGTH], "big")


def combine(bls: BLS, points: Mapping[ShareIndex, Point]) -> Point:
    r"""Return $\sum_i \lambda_i \sigma_i$ for signature points keyed by 0-based index, unchecked.

    To combine partials that were verified on receipt and to verify the one result costs much less than to verify them
    all again.
    """
    if not points:
        raise LocalError("expected the signature point of at least one holder, got none", argument="points")
    for point in points.values():
        checked_point(point, bls.signatures, "points")
    indices = sorted(points)
    tops, bottom = whole_coefficients([evaluation_point(i) for i in indices])
    group, order = bls.signatures, bls.field.modulus
    # as fractions the coefficients are short, modulo the order they are long: short multiplications, then one division
    signed = [points[i] if top >= 0 else -points[i] for i, top in zip(indices, tops, strict=True)]
    return pow(bottom, -1, order) * group.msm(signed, [abs(top) for top in tops])


class ThresholdBLS:
    """The public side of a group: its public polynomial, under which partials and signatures are verified.

    >>> import random
    >>> from drandlab.algebra.polynomial import Polynomial
    >>> from drandlab.algebra.shamir import shares_of
    >>> from drandlab.crypto.bls import BLS
    >>> from drandlab.crypto.schemes import scheme
    >>> signer = BLS.of(scheme("bls-unchained-g1-rfc9380"), "glass")
    >>> f = Polynomial.random(signer.field, 2, random.Random(1))
    >>> group = ThresholdBLS(signer, PublicPolynomial.commit(f, signer.keys))
    >>> partials = [sign_partial(signer, s, b"round 1") for s in shares_of(f, 5)]
    >>> group.recover(b"round 1", partials[2:]) == group.recover(b"round 1", partials[:3])
    True
    """

    def __init__(self, bls: BLS, public: PublicPolynomial) -> None:
        if not isinstance(public, PublicPolynomial):
            raise WrongType(f"expected a PublicPolynomial, got {type(public).__name__}", argument="public")
        if public.group is not bls.keys:
            raise LocalError(f"expected commitments in {bls.keys!r}, got {public.group!r}", argument="public")
        self.bls, self.public = bls, public
        self._share_keys: dict[ShareIndex, Point] = {}

    def __repr__(self) -> str:
        return f"<ThresholdBLS {self.bls.scheme.name}, t = {self.public.threshold}>"

    def share_key(self, index: ShareIndex) -> Point:
        """Return the public key of the share with this index, computed once."""
        if index not in self._share_keys:
            self._share_keys[index] = self.public.share(index)
        return self._share_keys[index]

    def verify_partial(self, message: bytes, partial: bytes) -> ShareIndex:
        """Verify ``partial`` under the key of the share whose index it claims, and return that index."""
        return self.check(self.bls.hash(message), partial)[0]

    def verify(self, message: bytes, signature: bytes) -> None:
        """Raise `VerificationError` unless ``signature`` is the group's signature of ``message``."""
        self.bls.verify(self.public.public_key, message, signature)

    def recover(self, message: bytes, partials: Iterable[bytes]) -> bytes:
        """Return the group's signature, from the first $t$ valid partials of distinct holders.

        Partials that are malformed or do not verify are skipped, and a repeated one counts once. Any $t$ give the same
        bytes. Raises `NotEnoughShares` when fewer than $t$ distinct ones are valid.

        Production's ``Recover`` counts a repeated partial twice, and then fails although enough others follow. In both,
        an index may be $n$ or more: every point of the polynomial counts.
        """
        hashed, threshold = self.bls.hash(message), self.public.threshold
        points: dict[ShareIndex, Point] = {}
        for partial in partials:
            try:
                if (index := partial_index(self.bls, partial)) in points:
                    continue
                points[index] = self.check(hashed, partial)[1]
            except VerificationError:
                continue
            if len(points) == threshold:
                return bytes(combine(self.bls, points))
        raise NotEnoughShares(have=len(points), need=threshold)

    def check(self, hashed: Point, partial: bytes) -> tuple[ShareIndex, Point]:
        """Return index and point of a valid ``partial`` on an already hashed message, or raise `VerificationError`."""
        hashed = checked_point(hashed, self.bls.signatures, "hashed")
        index, point = self.open(partial)
        if not self.bls.matches(self.share_key(index), hashed, point):
            why = f"partial: not the signature of the share with index {index}"
            raise VerificationError(why, code="signature")
        return index, point

    def open(self, partial: bytes) -> tuple[ShareIndex, Point]:
        """Return index and point of ``partial``, strictly decoded and not verified."""
        partial = checked_bytes(partial, "partial")
        return partial_index(self.bls, partial), self.bls.decode_signature(partial[INDEX_LENGTH:])

    def all_valid(self, hashed: Point, points: Mapping[ShareIndex, Point]) -> bool:
        r"""Return whether every point is its holder's partial signature of one message, by a single pairing check.

        With $K_i$ the share keys: $e(H, \sum_i c_i K_i) = e(\sum_i c_i \sigma_i, g)$. The coefficients are 128 bits of
        SHA-256 over everything that is checked, so nobody can choose a partial after them; for each try, a false one
        passes with probability $2^{-128}$.
        """
        if not points:
            raise LocalError("expected the signature point of at least one holder, got none", argument="points")
        indices = sorted(points)
        seed = hashlib.sha256(bytes(hashed))
        for index in indices:
            seed.update(index.to_bytes(INDEX_LENGTH, "big") + bytes(points[index]) + bytes(self.share_key(index)))
        drawn = seed.digest()
        coefficients = [
            int.from_bytes(hashlib.sha256(drawn + index.to_bytes(INDEX_LENGTH, "big")).digest()[:16], "big")
            for index in indices
        ]
        key = self.bls.keys.msm([self.share_key(index) for index in indices], coefficients)
        signature = self.bls.signatures.msm([points[index] for index in indices], coefficients)
        return self.bls.matches(key, hashed, signature)
