"""Floor 0: prime fields, polynomials, Lagrange coefficients, Shamir sharing, and sympy views of the same objects.

The sympy views are in `drandlab.algebra.symbolic`, which must be imported by its own name: sympy is slow to load.
"""

from drandlab.algebra.field import BLS12_381_FR, BN254_FR, FieldElement, PrimeField, batch_inverse
from drandlab.algebra.lagrange import interpolate, lagrange_coefficients
from drandlab.algebra.polynomial import Polynomial
from drandlab.algebra.shamir import Share, evaluation_point, recover, shares_of, split

__all__ = [
    "BLS12_381_FR",
    "BN254_FR",
    "FieldElement",
    "Polynomial",
    "PrimeField",
    "Share",
    "batch_inverse",
    "evaluation_point",
    "interpolate",
    "lagrange_coefficients",
    "recover",
    "shares_of",
    "split",
]
