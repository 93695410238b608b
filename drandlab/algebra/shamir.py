r"""Shamir's secret sharing: a secret in $n$ shares, any $t$ of which give it back, while $t - 1$ reveal nothing.

The secret is $f(0)$ of a random polynomial of degree at most $t - 1$; a share is a point of its graph. Through $t$
points goes one such polynomial, through $t - 1$ points one for *every* value of the secret.

Share indices count from 0, and share $i$ is the value at $x = i + 1$: the value at $x = 0$ would be the secret itself.

Source: Shamir, How to share a secret, CACM 22 (1979); kyber ``share/poly.go`` for the index.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from drandlab.algebra.field import FieldElement, PrimeField
from drandlab.algebra.lagrange import interpolate
from drandlab.algebra.polynomial import Polynomial
from drandlab.errors import LocalError, NotEnoughShares, VerificationError, WrongType
from drandlab.typing import Rng, ShareIndex, checked_int, digits_of, whole_number

__all__ = ["Share", "evaluation_point", "recover", "shares_of", "split"]


def evaluation_point(index: ShareIndex) -> int:
    """Return the x of the share with this 0-based `index`: x = index + 1, never 0.

    >>> evaluation_point(0)
    1
    """
    whole = whole_number(index)
    # A long number may be the value of a share, given in the wrong place: the error must not show it.
    return checked_int(index, "index", 0, secret=whole is None or abs(whole) >= 1 << 32) + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    r"""One share: the point $(x, f(x))$ with $x$ = `index` + 1 and $f(x)$ = `value`.

    Raises `LocalError` for a negative index and for an x that is 0 modulo p, where the value is the secret.

    >>> F = PrimeField(17)
    >>> Share(index=2, value=F(10)), Share(index=2, value=F(10)).x
    (Share(index=2, value=10 (mod 17)), 3)
    >>> Share(index=16, value=F(10))
    Traceback (most recent call last):
    drandlab.errors.LocalError: index: share 16 would lie at x = 17, which is 0 in PrimeField(17), the place of ...
    """

    index: ShareIndex
    value: FieldElement

    def __post_init__(self) -> None:
        x = evaluation_point(self.index)
        object.__setattr__(self, "index", x - 1)
        if not isinstance(self.value, FieldElement):
            raise WrongType(f"expected a FieldElement, got {type(self.value).__name__}", argument="value")
        field = self.value.field
        if x % field.modulus == 0:
            raise LocalError(
                f"share {digits_of(self.index)} would lie at x = {digits_of(x)}, which is 0 in {field!r}, "
                "the place of the secret",
                argument="index",
            )

    @property
    def x(self) -> int:
        """The point at which the polynomial has the share's value."""
        return evaluation_point(self.index)


def shares_of(polynomial: Polynomial, n: int) -> list[Share]:
    r"""Return the $n$ shares $f(1), \dots, f(n)$ of a polynomial.

    Raises `LocalError` unless $1 \le n < p$: more points would not be distinct modulo p.

    >>> f = Polynomial(PrimeField(17), [13, 10, 2])
    >>> [share.value.value for share in shares_of(f, 5)]
    [8, 7, 10, 0, 11]
    """
    n = checked_int(n, "n", 1)
    if n >= polynomial.field.modulus:
        raise LocalError(
            f"must be below the modulus, got {digits_of(n)}; {polynomial.field!r} has "
            f"{polynomial.field.modulus - 1} points other than 0",
            argument="n",
        )
    return [Share(index=index, value=polynomial(evaluation_point(index))) for index in range(n)]


def split(secret: FieldElement, *, threshold: int, n: int, rng: Rng) -> list[Share]:
    r"""Split `secret` into `n` shares, any `threshold` of which give it back.

    With $s$ the secret, $t$ the threshold and $a_1, \dots, a_{t-1}$ uniform from `rng`:
    $f(x) = s + a_1 x + \dots + a_{t-1} x^{t-1}$, and share $i$ is $f(i + 1)$. To keep the polynomial too, draw it with
    `Polynomial.random` (``degree=threshold - 1, constant=secret``) and call `shares_of`.

    Raises `LocalError` unless $1 \le t \le n < p$.

    >>> from random import Random
    >>> F = PrimeField(257)
    >>> shares = split(F(42), threshold=3, n=5, rng=Random(1))
    >>> recover(shares[2:], threshold=3)
    42 (mod 257)
    """
    if not isinstance(secret, FieldElement):
        raise WrongType(f"expected a field element, such as F(42), got {type(secret).__name__}", argument="secret")
    n = checked_int(n, "n", 1)
    threshold = checked_int(threshold, "threshold", 1)
    if threshold > n:
        raise LocalError(
            f"must be at most n = {n}, got {threshold}; else nobody could recover the secret", argument="threshold"
        )
    return shares_of(Polynomial.random(secret.field, threshold - 1, rng, constant=secret), n)


def recover(shares: Iterable[Share], threshold: int, *, check: bool = True) -> FieldElement:
    r"""Return the secret $f(0) = \sum_i \lambda_i f(x_i)$ from any `threshold` distinct shares.

    A share given twice counts once. Of more than `threshold` shares, those with the lowest indices are used, and the
    others must lie on the polynomial through them. A false share gives another secret, and nothing in the result shows
    it; only surplus shares do. Production's ``RecoverSecret`` does not check them, nor does ``check=False``.

    Raises `NotEnoughShares`; `LocalError` when one index has two values, or two indices are one point modulo p;
    `VerificationError` that names the shares that do not fit (each of the shares may be the false one).

    >>> F = PrimeField(17)
    >>> shares = shares_of(Polynomial(F, [13, 10, 2]), 5)
    >>> recover([shares[4], shares[0], shares[2]], threshold=3)
    13 (mod 17)
    >>> recover([*shares[:3], Share(index=3, value=F(5))], threshold=3)
    Traceback (most recent call last):
    drandlab.errors.VerificationError: shares with index 3 do not lie on the polynomial through shares 0, 1, 2: ...
    >>> recover([shares[4], shares[4], shares[2]], threshold=3)
    Traceback (most recent call last):
    drandlab.errors.NotEnoughShares: have 2 distinct shares, need 3: collect 1 more
    """
    threshold = checked_int(threshold, "threshold", 1)
    distinct = sorted(_distinct(shares), key=lambda share: share.index)
    if len(distinct) < threshold:
        raise NotEnoughShares(len(distinct), threshold)
    field, used, surplus = distinct[0].value.field, distinct[:threshold], distinct[threshold:]
    points = [(share.x, share.value) for share in used]
    if check and surplus:
        polynomial = Polynomial.interpolate(field, points)
        misfits = [str(share.index) for share in surplus if polynomial(share.x) != share.value]
        if misfits:
            raise VerificationError(
                f"shares with index {', '.join(misfits)} do not lie on the polynomial through shares "
                f"{', '.join(str(share.index) for share in used)}: at least one of these shares is false",
                code="polynomial",
            )
    return interpolate(field, points)


def _distinct(shares: Iterable[Share]) -> list[Share]:
    """The shares without repetitions, checked to be points of one graph over one field."""
    by_point: dict[int, Share] = {}
    field: PrimeField | None = None
    for position, share in enumerate(shares):
        if not isinstance(share, Share):
            raise WrongType(f"expected a Share, got {type(share).__name__}", argument=f"shares[{position}]")
        field = field or share.value.field
        if share.value.field != field:
            raise LocalError(
                f"expected a share over {field!r}, as the first one is; got one over {share.value.field!r}",
                argument=f"shares[{position}]",
            )
        first = by_point.setdefault(share.x % field.modulus, share)
        if first.index != share.index:
            raise LocalError(
                f"those with index {first.index} and {share.index} are the same point of {field!r}: "
                f"x = {first.x} and {share.x} are congruent",
                argument="shares",
            )
        if first.value != share.value:
            raise LocalError(
                f"index {share.index} comes with two different values, so one of the two shares is false: leave it out",
                argument="shares",
            )
    return list(by_point.values())
