"""The short ways of the reference backend, each against the long one that defines it."""

import hashlib
import math
import random

import pytest

from drandlab.curves import suite
from drandlab.curves.params import BLS12_381, BN254, CURVES
from drandlab.curves.roots import sqrt, sqrt2
from drandlab.errors import DecodeError

CURVE_NAMES = tuple(CURVES)


def curve_point(group, rng):
    """A random point of the whole curve, which is hardly ever in the subgroup."""
    p, on_twist = group.curve.p, group.name == "G2"
    while True:
        if on_twist:
            x, b = group.library.FQ2((rng.randrange(p), rng.randrange(p))), group.library.b2
            y = sqrt2(tuple(int(c) for c in (x * x * x + b).coeffs), p)
            if y is not None:
                return group._point(tuple(int(c) for c in x.coeffs), y)
        else:
            x = rng.randrange(p)
            y = sqrt((x**3 + group.curve.b) % p, p)
            if y is not None:
                return group._point((x,), (y,))


def field_element(twist, rng):
    return twist.library.FQ12([rng.randrange(twist.curve.p) for _ in range(12)])


def test_the_families_that_the_curves_are_members_of():
    x = BLS12_381.x
    assert BLS12_381.r == x**4 - x**2 + 1
    assert BLS12_381.p == (x - 1) ** 2 // 3 * BLS12_381.r + x and (x - 1) ** 2 % 3 == 0
    assert BLS12_381.trace == x + 1
    x = BN254.x
    assert BN254.p == 36 * x**4 + 36 * x**3 + 24 * x**2 + 6 * x + 1
    assert BN254.p + 1 - BN254.trace == BN254.r
    for curve in CURVES.values():
        assert (curve.p + 1 - curve.trace) == curve.g1_cofactor * curve.r


def test_the_orders_of_curve_and_twist_share_no_factor_but_r():
    """What the membership test of the twist of BLS12-381 rests on."""
    p, t, r = BLS12_381.p, BLS12_381.trace, BLS12_381.r
    # the six twists over F_p2 have p^2 + 1 minus one of +-t2, (+-t2 +- 3 f) / 2 points, where t2^2 + 3 f^2 = 4 p^2
    t2 = t * t - 2 * p
    f = math.isqrt((4 * p * p - t2 * t2) // 3)
    orders = [p * p + 1 - a for a in ((t2 + 3 * f) // 2, (t2 - 3 * f) // 2)]
    [order] = [order for order in orders if order % r == 0]
    group, rng = suite("bls12-381", "py_ecc").g2, random.Random(0)
    assert group.multiply(curve_point(group, rng), order).is_zero
    assert math.gcd(p + 1 - t, order) == r


@pytest.mark.parametrize("curve", CURVE_NAMES)
def test_frobenius_is_the_power_p(curve):
    twist, rng = suite(curve, "py_ecc").twist, random.Random(1)
    for _ in range(3):
        a, b = field_element(twist, rng), field_element(twist, rng)
        assert twist.frobenius(a) == a**twist.curve.p
        assert twist.frobenius(a, 6) == twist.conjugate(a)
        assert twist.frobenius(a, 12) == a == twist.frobenius(a, 0)
        assert twist.frobenius(a * b) == twist.frobenius(a) * twist.frobenius(b)


@pytest.mark.parametrize("curve", CURVE_NAMES)
def test_elements_of_the_small_field_multiply_alike_in_the_large_one(curve):
    twist, rng = suite(curve, "py_ecc").twist, random.Random(2)
    fq2 = twist.library.FQ2
    a, b = (fq2((rng.randrange(twist.curve.p), rng.randrange(twist.curve.p))) for _ in range(2))
    assert twist.element({0: a}) * twist.element({0: b}) == twist.element({0: a * b})
    assert twist.element({1: a}) * twist.element({2: b}) == twist.element({3: a * b})
    # w^6 = xi
    assert twist.element({3: a}) * twist.element({5: b}) == twist.element({2: a * b * fq2(twist.curve.xi)})


@pytest.mark.parametrize("curve", CURVE_NAMES)
def test_psi_is_an_endomorphism_of_the_twist_with_frobenius_s_polynomial(curve):
    s, rng = suite(curve, "py_ecc"), random.Random(3)
    group, t, p = s.g2, s.curve.trace, s.curve.p
    for _ in range(3):
        a, b = curve_point(group, rng), curve_point(group, rng)
        image = group._psi(a)
        assert s.library.is_on_curve(image.xyz, s.library.b2)
        assert group._psi(a + b) == image + group._psi(b)
        assert (group._psi(image) + -group._times(image, t) + group._times(a, p)).is_zero
    q = group.multiply(group.base, rng.randrange(s.order))
    assert group._psi(q) == group.multiply(q, p % s.order)


@pytest.mark.parametrize(("curve", "name"), [("bls12-381", "G1"), ("bls12-381", "G2"), ("bn254", "G2")])
def test_membership_says_what_r_times_the_point_says(curve, name):
    s, rng = suite(curve, "py_ecc"), random.Random(4)
    group = s.group(name)
    for _ in range(4):
        inside = group.multiply(group.base, rng.randrange(1, s.order))
        anywhere = curve_point(group, rng)
        outside = group.multiply(anywhere, s.order)  # an order that divides the cofactor
        assert not outside.is_zero
        for point in (inside, anywhere, outside, inside + outside, -inside):
            assert group._in_subgroup(point) == group.multiply(point, s.order).is_zero
        assert group._in_subgroup(inside) and not group._in_subgroup(inside + outside)
    assert group._in_subgroup(group.zero)


def small_factors(n):
    return [q for q in range(2, 20_000) if n % q == 0 and all(q % d for d in range(2, math.isqrt(q) + 1))]


@pytest.mark.parametrize("name", ["G1", "G2"])
def test_points_of_every_small_order_are_outside(name):
    """The invisible ones, of order 3, 11, 13, ...: what an attacker would add to a signature."""
    s, rng = suite("bls12-381", "py_ecc"), random.Random(5)
    group, x = s.group(name), s.curve.x
    g2_cofactor = (x**8 - 4 * x**7 + 5 * x**6 - 4 * x**4 + 6 * x**3 - 4 * x**2 - 4 * x + 13) // 9
    cofactor = s.curve.g1_cofactor if name == "G1" else g2_cofactor
    orders = small_factors(cofactor)
    assert orders == ([3, 11, 10177] if name == "G1" else [13, 23, 2713, 11953])
    for q in orders:
        rest = cofactor * s.order
        while rest % q == 0:
            rest //= q
        point = group.zero
        while point.is_zero:
            point = group.multiply(curve_point(group, rng), rest)
        while not (smaller := group.multiply(point, q)).is_zero:
            point = smaller
        assert not group._in_subgroup(point)
        assert not group._in_subgroup(point + group.base)
        with pytest.raises(DecodeError, match="outside the subgroup"):
            group.decode(group.encode(point + group.base))


def test_the_cofactor_is_cleared_as_the_rfc_defines_it():
    group, rng = suite("bls12-381", "py_ecc").g2, random.Random(6)
    x = BLS12_381.x
    effective = (x**8 - 4 * x**7 + 5 * x**6 - 4 * x**4 + 6 * x**3 - 4 * x**2 - 4 * x + 13) // 9 * (3 * x * x - 3)
    for _ in range(3):
        point = curve_point(group, rng)
        cleared = group.clear_cofactor(point)
        assert cleared == group.multiply(point, effective)
        assert group.multiply(cleared, group.order).is_zero
    assert group.clear_cofactor(group.zero).is_zero
    from py_ecc.bls.hash_to_curve import hash_to_G2  # drandlab has imported py_ecc, and kept the recursion limit down

    theirs = hash_to_G2(b"message", b"tag", hashlib.sha256)
    assert group.library.eq(group.hash(b"message", b"tag").raw.xyz, theirs)


@pytest.mark.parametrize("curve", CURVE_NAMES)
def test_the_pairing_is_that_of_py_ecc(curve):
    s, rng = suite(curve, "py_ecc"), random.Random(7)
    for _ in range(3):
        p, q = (rng.randrange(s.order) * group.generator for group in (s.g1, s.g2))
        assert s.pairing(p, q).raw == s.library.pairing(q.raw.xyz, p.raw.xyz)


@pytest.mark.parametrize("curve", CURVE_NAMES)
def test_the_final_exponent_is_exact(curve):
    s, rng = suite(curve, "py_ecc"), random.Random(8)
    f = field_element(s.twist, rng)
    assert s._final_exponentiation(f) == f ** ((s.curve.p**12 - 1) // s.order)


@pytest.mark.parametrize("curve", CURVE_NAMES)
def test_a_product_is_the_product_of_its_values(curve):
    s, rng = suite(curve, "py_ecc"), random.Random(9)
    pairs = [tuple(rng.randrange(s.order) * group.generator for group in (s.g1, s.g2)) for _ in range(3)]
    pairs += [(s.g1.identity, s.g2.generator), (s.g1.generator, s.g2.identity), pairs[0]]
    value = s._final_exponentiation(s._miller([(p.raw, q.raw) for p, q in pairs]))
    product = s.gt_one
    for p, q in pairs:
        product = s.gt_multiply(product, s.pairing(p, q).raw)
    assert value == product
    assert s.gt_multiply(value, s.gt_inverse(value)) == s.gt_one
