r"""A sign in the Lagrange coefficients: recovery that is right for an odd number of shares only.

Some texts print $\lambda_i = \prod_{j \ne i} \frac{-x_j}{x_j - x_i}$, with the two terms of the denominator in the
wrong order. Each of the $k - 1$ factors changes its sign, so what is recovered is $(-1)^{k-1}$ times the secret. For an
even $k$ that is $-\sigma$ in place of the signature $\sigma$: the same $x$ coordinate, and one flag bit of the encoding
differs.
"""

from __future__ import annotations

import random

from drandlab.algebra.polynomial import Polynomial
from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter
from drandlab.crypto.bls import BLS
from drandlab.crypto.schemes import scheme

__all__ = ["ATTACK"]

SIGN_BIT = 0x20
"""The flag of a compressed point that says which of the two y coordinates is meant."""


def _theory(shares: int) -> AttackOutcome:
    return {"verifies": shares % 2 == 1, "only_the_sign": shares % 2 == 0}


def _measure(seed: int, *, shares: int) -> AttackOutcome:
    bls = BLS.of(scheme("bls-unchained-g1-rfc9380"))
    rng = random.Random(f"{seed}/lagrange sign")
    field = bls.field
    secret = Polynomial(field, [field(rng.randrange(1, field.modulus)) for _ in range(shares)])
    hashed = bls.hash(scheme("bls-unchained-g1-rfc9380").digest(1 + rng.randrange(1 << 20)))
    places = [field(x) for x in rng.sample(range(1, 1000), shares)]
    recovered = bls.signatures.identity
    for x in places:
        coefficient = field(1)
        for other in places:
            if other != x:
                coefficient = coefficient * -other / (other - x)
        recovered = recovered + coefficient * (secret(x) * hashed)
    true = secret(field(0)) * hashed
    flipped = bytes([bytes(recovered)[0] ^ SIGN_BIT]) + bytes(recovered)[1:]
    key = bls.public_key(secret(field(0)))
    return {"verifies": bls.matches(key, hashed, recovered), "only_the_sign": flipped == bytes(true)}


ATTACK = Attack(
    name="lagrange_sign",
    about="Recovery with the denominator of the Lagrange coefficients turned round.",
    parameters={"shares": AttackParameter(2, "shares that are put together", low=1, high=64)},
    sources=("IDN V0 Architecture & Design, Signing phase", "Shamir: How to share a secret, CACM 1979"),
    remedy="The denominator at share i is x_i - x_j; at 0 the coefficient is the product of x_j / (x_j - x_i).",
    theory=_theory,
    measure=_measure,
)
