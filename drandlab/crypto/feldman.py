r"""Public polynomials: commitments to the coefficients of a secret polynomial.

For $f(x) = a_0 + a_1 x + \ldots + a_{t-1} x^{t-1}$ the commitments are $A_k = a_k g$. From them anybody can compute
$f(x) g$ for any $x$ without knowing $f$:

$$F(x) = A_0 + x (A_1 + x (A_2 + \ldots)) = f(x)\, g.$$

Source: Feldman, "A practical scheme for non-interactive verifiable secret sharing", FOCS 1987.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from drandlab.algebra.polynomial import Polynomial
from drandlab.algebra.shamir import evaluation_point
from drandlab.curves.group import Group, Point, checked_point
from drandlab.errors import LocalError
from drandlab.typing import ShareIndex, checked_int

__all__ = ["PublicPolynomial", "minimum_threshold"]


def minimum_threshold(n: int) -> int:
    r"""Return $\lfloor n/2 \rfloor + 1$, the lowest threshold that production accepts for ``n`` nodes.

    >>> [minimum_threshold(n) for n in (1, 2, 3, 10, 23)]
    [1, 2, 2, 6, 12]
    """
    return n // 2 + 1


class PublicPolynomial:
    r"""The commitments $A_0, \ldots, A_{t-1}$ of one polynomial; $A_0$ is the public key.

    >>> from drandlab.algebra.field import BLS12_381_FR as Fr
    >>> from drandlab.curves import suite
    >>> g1 = suite("bls12-381", "glass").g1
    >>> public = PublicPolynomial.commit(Polynomial(Fr, [7, 2, 1]), g1)
    >>> public.threshold, public.share(0) == (7 + 2 + 1) * g1.generator
    (3, True)
    """

    __slots__ = ("commits", "group")

    def __init__(self, group: Group, commits: Iterable[Point]) -> None:
        self.group, self.commits = group, tuple(commits)
        if not self.commits:
            raise LocalError("expected at least the commitment to the constant term, got none", argument="commits")
        for point in self.commits:
            checked_point(point, group, "commits")

    @classmethod
    def commit(cls, polynomial: Polynomial, group: Group, threshold: int | None = None) -> PublicPolynomial:
        """Return the commitments to ``polynomial``, padded with zero coefficients to ``threshold`` of them."""
        least = max(1, len(polynomial.coefficients))
        coefficients = polynomial.padded(least if threshold is None else checked_int(threshold, "threshold", 1))
        return cls(group, [a * group.generator for a in coefficients])

    @classmethod
    def decode(cls, group: Group, commits: Sequence[bytes]) -> PublicPolynomial:
        """Return the public polynomial of encoded commitments; points at infinity are refused."""
        return cls(group, [group.decode(data) for data in commits])

    @property
    def threshold(self) -> int:
        """How many shares recover the secret: one more than the degree."""
        return len(self.commits)

    @property
    def public_key(self) -> Point:
        """$A_0 = f(0) g$."""
        return self.commits[0]

    def at(self, x: int) -> Point:
        """Return $F(x)$ by Horner's rule, which is fast for small $x$."""
        return self.group.horner(self.commits, x)

    def share(self, index: ShareIndex) -> Point:
        """Return the public key of the share with 0-based ``index``, $F(index + 1)$."""
        return self.at(evaluation_point(index))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PublicPolynomial) and other.commits == self.commits

    def __hash__(self) -> int:
        return hash(self.commits)

    def __repr__(self) -> str:
        return f"<PublicPolynomial of {self.threshold} commitments, key {self.public_key!r}>"
