r"""Batch verification: many signatures under one key with two pairings.

For messages hashed to $H_i$, signatures $S_i$ and the key $K$, draw fresh random coefficients $c_i$ of 128 bits and
check (for signatures on $G_1$; the other orientation is the same with the sides exchanged)

$$e\Big(\sum_i c_i H_i,\; K\Big) = e\Big(\sum_i c_i S_i,\; g\Big).$$

If every $S_i = x H_i$ this holds. If any is wrong, the errors $E_i = S_i - x H_i \in \mathbb{G}$ are not all zero,
and for fixed errors at most one in $2^{128}$ choices of the coefficients gives $\sum c_i E_i = 0$: $\mathbb{G}$ has
prime order, so the coefficient of a non-zero error is determined by the others. Three conditions make this sound, and
all are needed:

* the coefficients are drawn *after* the signatures are fixed, from a source that whoever made them cannot predict;
* every $S_i$ is decoded strictly and lies in the subgroup of prime order (else an error of order 3 survives with
  probability 1/3, and a forger can choose the beacon's randomness, which is a hash of the bytes);
* the coefficients are not all equal (in a plain sum two errors can cancel).

A batch that fails is divided in halves, each with a check of its own, until every bad signature is found: about
$2 \log_2 n$ checks for each, on points that are already decoded and hashed.

Source: Bellare, Garay, Rabin, "Fast batch verification for modular exponentiation and digital signatures", EUROCRYPT
1998; Law, Matt, "Finding invalid signatures in pairing-based batches", 2007.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from drandlab.crypto.bls import BLS, NOT_THE_SIGNATURE
from drandlab.curves.group import Point, checked_point
from drandlab.errors import VerificationError
from drandlab.typing import Rng, checked_bytes

__all__ = ["COEFFICIENT_BITS", "SignedMessage", "failing"]

COEFFICIENT_BITS = 128


@dataclass(frozen=True, slots=True)
class SignedMessage:
    """A message and its claimed signature, not yet verified."""

    message: bytes
    signature: bytes

    def __post_init__(self) -> None:
        if type(self.message) is not bytes or type(self.signature) is not bytes:
            for name in ("message", "signature"):
                object.__setattr__(self, name, checked_bytes(getattr(self, name), name))


def failing(
    bls: BLS,
    key: Point,
    claims: Sequence[SignedMessage],
    rng: Rng,
    hash: Callable[[bytes], Point] | None = None,
) -> dict[int, str]:
    """Return the positions of the ``claims`` that are not signatures under ``key``, each with its reason.

    ``rng`` must be unpredictable to whoever made the signatures: use ``secrets.SystemRandom()`` outside of lessons.
    ``hash`` replaces ``bls.hash``, for callers that cache hashed points.

    >>> import random
    >>> from drandlab.crypto.bls import BLS
    >>> from drandlab.crypto.schemes import scheme
    >>> signer = BLS.of(scheme("bls-unchained-g1-rfc9380"), "glass")
    >>> good = [SignedMessage(m, signer.sign(9, m)) for m in (b"a", b"b", b"c")]
    >>> swapped = [good[0], SignedMessage(b"b", good[2].signature), good[2]]
    >>> sorted(failing(signer, signer.public_key(9), swapped, random.Random(1)))
    [1]
    """
    key, hash = checked_point(key, bls.keys, "key"), hash or bls.hash
    bad: dict[int, str] = {}
    positions: list[int] = []
    hashed: list[Point] = []
    signatures: list[Point] = []
    for i, claim in enumerate(claims):
        try:
            signatures.append(bls.decode_signature(claim.signature))
        except VerificationError as error:
            bad[i] = error.reason
            continue
        hashed.append(hash(claim.message))
        positions.append(i)

    def holds(low: int, high: int) -> bool:
        return _holds(bls, key, hashed[low:high], signatures[low:high], rng)

    for i in _search(holds, 0, len(positions)):
        bad[positions[i]] = NOT_THE_SIGNATURE
    return dict(sorted(bad.items()))


def _search(holds: Callable[[int, int], bool], low: int, high: int, known_bad: bool = False) -> list[int]:
    """Return the positions in ``low:high`` whose own check fails, by bisection."""
    if not known_bad and holds(low, high):
        return []
    if high - low == 1:
        return [low]
    middle = (low + high) // 2
    left = _search(holds, low, middle)
    # the whole range fails: if the left half holds, the right half must fail
    return left + _search(holds, middle, high, known_bad=not left)


def _holds(bls: BLS, key: Point, hashed: Sequence[Point], signatures: Sequence[Point], rng: Rng) -> bool:
    if len(hashed) == 1:
        return bls.matches(key, hashed[0], signatures[0])
    length = COEFFICIENT_BITS // 8
    stream = rng.randbytes(length * len(hashed))
    coefficients = [int.from_bytes(stream[i : i + length], "big") for i in range(0, len(stream), length)]
    group = bls.signatures
    return bls.matches(key, group.msm(hashed, coefficients), group.msm(signatures, coefficients))
