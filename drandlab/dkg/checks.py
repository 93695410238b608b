r"""The check of shares against commitments, many at once.

A share $s$ of the polynomial with commitments $A_k$ fits at $x$ when $s g = F(x) = \sum_k x^k A_k$. One node checks its
shares from all dealers together: with fresh 128-bit coefficients $c_i$

$$\Big(\sum_i c_i s_i\Big) g = \sum_i c_i F_i(x_i).$$

Each $F_i(x_i)$ costs $t - 1$ multiplications by the small number $x_i$ (Horner); the batch replaces one full
multiplication a dealer by a short one. It is sound because the group has prime order and every commitment was decoded
strictly: if some share is wrong, the differences $s_i g - F_i(x_i)$ are not all 0, and at most one choice of the
coefficients in $2^{128}$ hides that. When the equation fails, each share is checked alone, which names the guilty
dealers and no others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from drandlab.algebra.field import FieldElement
from drandlab.algebra.shamir import evaluation_point
from drandlab.crypto.feldman import PublicPolynomial
from drandlab.typing import Rng, ShareIndex

__all__ = ["ShareClaim", "false_shares"]

COEFFICIENT_LENGTH = 16


@dataclass(frozen=True, slots=True)
class ShareClaim:
    """What is said to be the share with ``index`` of a committed polynomial."""

    public: PublicPolynomial
    index: ShareIndex
    share: FieldElement


def false_shares(claims: Sequence[ShareClaim], rng: Rng) -> set[int]:
    """Return the positions of the ``claims`` that do not fit their commitments.

    >>> import random
    >>> from drandlab.algebra.polynomial import Polynomial
    >>> from drandlab.curves import suite
    >>> g1 = suite("bls12-381", "glass").g1
    >>> f = Polynomial(g1.field, [5, 3])
    >>> public = PublicPolynomial.commit(f, g1)
    >>> false_shares([ShareClaim(public, 0, f(1)), ShareClaim(public, 1, f(1))], random.Random(1))
    {1}
    """
    if not claims:
        return set()
    group = claims[0].public.group
    expected = [claim.public.at(evaluation_point(claim.index)) for claim in claims]
    if len(claims) > 1:
        total, coefficients = group.field.zero, []
        for claim in claims:
            coefficients.append(int.from_bytes(rng.randbytes(COEFFICIENT_LENGTH), "big"))
            total += coefficients[-1] * claim.share
        if group.msm(expected, coefficients) == total * group.generator:
            return set()
    return {
        i
        for i, (claim, point) in enumerate(zip(claims, expected, strict=True))
        if claim.share * group.generator != point
    }
