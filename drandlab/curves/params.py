r"""The numbers that define the two pairing curves of drand.

Both are short Weierstrass curves $y^2 = x^3 + b$ over $\mathbb{F}_p$ with a twist over $\mathbb{F}_{p^2} =
\mathbb{F}_p[u]/(u^2+1)$, and groups $G_1, G_2$ of the same prime order $r$.

Sources: BLS12-381, draft-irtf-cfrg-pairing-friendly-curves section 4.2.1; BN254 (alt_bn128), EIP-197.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["BLS12_381", "BN254", "CURVES", "CurveParameters"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveParameters:
    """One curve as data: field, order, coefficients and the length of each encoding in bytes."""

    name: str
    p: int
    """Modulus of the base field."""
    r: int
    """Order of G1, G2 and GT."""
    b: int
    """G1: y^2 = x^3 + b."""
    b2: tuple[int, int]
    """G2: y^2 = x^3 + b2, with b2 = b2[0] + b2[1] u."""
    xi: tuple[int, int]
    r"""F_p12 = F_p2[w] / (w^6 - xi), with xi = xi[0] + xi[1] u."""
    x: int
    """The parameter of the family of curves: p, r and the trace t are polynomials in it."""
    trace: int
    """The trace t of Frobenius: the curve has p + 1 - t points over F_p."""
    g1_cofactor: int
    g1_length: int
    g2_length: int
    compressed: bool
    """True: x with three flag bits (the ZCash form); False: x and y as plain words."""


_BLS_X = -0xD201000000010000

BLS12_381 = CurveParameters(
    name="bls12-381",
    p=0x1A0111EA397FE69A4B1BA7B6434BACD764774B84F38512BF6730D2A0F6B0F6241EABFFFEB153FFFFB9FEFFFFFFFFAAAB,
    r=0x73EDA753299D7D483339D80809A1D80553BDA402FFFE5BFEFFFFFFFF00000001,
    b=4,
    b2=(4, 4),
    xi=(1, 1),
    x=_BLS_X,
    trace=_BLS_X + 1,
    g1_cofactor=0x396C8C005555E1568C00AAAB0000AAAB,
    g1_length=48,
    g2_length=96,
    compressed=True,
)

_BN_X = 4965661367192848881
_BN_P = 21888242871839275222246405745257275088696311157297823662689037894645226208583
_BN_B2 = (  # 3 / (9 + u)
    19485874751759354771024239261021720505790618469301721065564631296452457478373,
    266929791119991161246907387137283842545076965332900288569378510910307636690,
)

BN254 = CurveParameters(
    name="bn254",
    p=_BN_P,
    r=21888242871839275222246405745257275088548364400416034343698204186575808495617,
    b=3,
    b2=_BN_B2,
    xi=(9, 1),
    x=_BN_X,
    trace=6 * _BN_X**2 + 1,
    g1_cofactor=1,
    g1_length=64,
    g2_length=128,
    compressed=False,
)

CURVES = {curve.name: curve for curve in (BLS12_381, BN254)}
