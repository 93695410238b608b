"""The groups as groups: laws, and thousands of random operations on which the backends must agree."""

import pickle
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drandlab.algebra.field import BLS12_381_FR, BN254_FR
from drandlab.curves import suite
from drandlab.curves.backends.glass import discrete_log
from drandlab.errors import LocalError

R = BLS12_381_FR.modulus
ALL = [(curve, backend) for curve in ("bls12-381", "bn254") for backend in ("blst", "py_ecc", "glass")]
scalars = st.integers(-R, 2 * R) | st.integers(0, 1 << 50)


@pytest.mark.parametrize(("curve", "backend"), ALL)
@pytest.mark.parametrize("name", ["G1", "G2"])
def test_group_laws(curve, backend, name):
    group, rng = suite(curve, backend).group(name), random.Random(7)
    a, b, c = (rng.randrange(group.order) * group.generator for _ in range(3))
    zero = group.identity
    assert (a + b) + c == a + (b + c)
    assert a + b == b + a
    assert a + zero == a == zero + a
    assert a - a == zero == a + -a
    assert zero + zero == zero == -zero
    assert a + a == 2 * a == a * 2
    assert 0 * a == zero == group.order * a
    assert -1 * a == -a
    assert group.sum([a, b, c]) == a + b + c
    assert group.sum([]) == zero
    assert a != b
    assert hash(a + b) == hash(b + a)


@pytest.mark.parametrize("name", ["G1", "G2"])
@settings(max_examples=30)
@given(a=scalars, b=scalars)
def test_multiplication_is_a_homomorphism(name, a, b):
    group = suite("bls12-381", "blst").group(name)
    assert a * group.generator + b * group.generator == (a + b) * group.generator
    assert a * (b * group.generator) == (a * b) * group.generator


@pytest.mark.parametrize("name", ["G1", "G2"])
def test_backends_agree_on_thousands_of_operations(name):
    """A random walk: each step adds, negates, doubles, multiplies or combines, on blst, py_ecc and glass at once."""
    rng = random.Random(2026)
    boxes = [suite("bls12-381", backend).group(name) for backend in ("blst", "py_ecc", "glass")]
    pools = [[group.generator, group.identity] for group in boxes]
    steps = 3000 if name == "G1" else 1500
    for step in range(steps):
        choice, i, j = rng.random(), rng.randrange(len(pools[0])), rng.randrange(len(pools[0]))
        k = rng.getrandbits(rng.choice((3, 20, 60)))
        for group, pool in zip(boxes, pools, strict=True):
            if choice < 0.5:
                point = pool[i] + pool[j]
            elif choice < 0.7:
                point = pool[i] - pool[j]
            elif choice < 0.8:
                point = -pool[i]
            elif choice < 0.95:
                point = k * pool[i]
            else:
                point = group.msm([pool[i], pool[j]], [k, k + 1])
            pool.append(point)
            if len(pool) > 40:
                del pool[rng_index(step, len(pool))]
        fast, slow, glass = (pool[-1] for pool in pools)
        assert fast.is_identity == slow.is_identity == glass.is_identity
        if step % 50 == 0:
            assert bytes(fast) == bytes(slow)
            assert discrete_log(glass) * boxes[0].generator == fast
    assert [bytes(p) for p in pools[0]] == [bytes(p) for p in pools[1]]
    assert [discrete_log(p) * boxes[0].generator for p in pools[2]] == pools[0]


def rng_index(step, size):
    return step * 7919 % (size - 1)


@pytest.mark.parametrize(("curve", "backend"), ALL)
def test_multi_scalar_multiplication_of_every_size(curve, backend):
    group, rng = suite(curve, backend).g1, random.Random(3)
    sizes = (0, 1, 2, 3, 17, 60) if backend != "py_ecc" and curve == "bls12-381" else (0, 1, 2, 9)
    for size in sizes:
        points = [rng.randrange(group.order) * group.generator for _ in range(size)]
        for bits in (0, 1, 8, 128, 255):
            numbers = [rng.getrandbits(bits) if bits else 0 for _ in points]
            assert group.msm(points, numbers) == group.sum([k * p for k, p in zip(numbers, points, strict=True)])


def test_multi_scalar_multiplication_of_edge_scalars():
    group = suite("bls12-381", "blst").g1
    points = [k * group.generator for k in (1, 2, 3, 4)] + [group.identity]
    assert group.msm(points, [0, R, -1, BLS12_381_FR(5), 9]) == (-3 + 20) * group.generator
    with pytest.raises(LocalError, match="scalars: expected one for each of 5 points, got 1"):
        group.msm(points, [1])


def test_scalars_of_the_wrong_kind():
    generator = suite("bls12-381", "blst").g1.generator
    with pytest.raises(LocalError, match=r"expected an element of Fr \(255 bits\), got one of BN254 Fr"):
        BN254_FR(3) * generator
    for wrong in (1.5, "2", None):
        with pytest.raises(TypeError):
            wrong * generator
    with pytest.raises(TypeError, match="bool"):
        True * generator


def test_points_of_different_groups_never_mix():
    fast, slow = suite("bls12-381", "blst"), suite("bls12-381", "py_ecc")
    with pytest.raises(LocalError, match="different groups"):
        fast.g1.generator + fast.g2.generator
    with pytest.raises(LocalError, match="different groups"):
        fast.g1.generator + slow.g1.generator
    assert fast.g1.generator != slow.g1.generator
    with pytest.raises(TypeError):
        fast.g1.generator + 1


def test_points_are_values():
    point = 5 * suite("bls12-381", "blst").g1.generator
    with pytest.raises(AttributeError, match="immutable"):
        point.raw = None
    for backend in ("blst", "py_ecc", "glass"):
        for original in (5 * suite("bls12-381", backend).g2.generator, suite("bls12-381", backend).g1.identity):
            assert pickle.loads(pickle.dumps(original)) == original
    assert repr(point).startswith("G1(")
    assert repr(suite("bls12-381", "blst").g1.identity) == "G1(infinity)"
    assert "mathbb" in point._repr_latex_()
