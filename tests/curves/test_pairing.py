"""The pairing: bilinear, the same bytes on both real backends, and checks of products."""

import hashlib
import json
import pickle
import random
import subprocess
import sys
from pathlib import Path

import pytest

from drandlab.curves import suite
from drandlab.errors import DecodeError, LocalError

DATA = Path(__file__).parents[1] / "data"
ALL = [("bls12-381", "blst"), ("bls12-381", "py_ecc"), ("bls12-381", "glass"), ("bn254", "py_ecc"), ("bn254", "glass")]


@pytest.mark.parametrize(("curve", "backend"), ALL)
def test_bilinearity(curve, backend):
    s, rng = suite(curve, backend), random.Random(1)
    p, q = s.g1.generator, s.g2.generator
    a, b = rng.randrange(s.order), rng.randrange(s.order)
    base = s.pairing(p, q)
    assert not base.is_one
    assert s.pairing(a * p, b * q) == base ** (a * b)
    assert s.pairing(a * p, q) == s.pairing(p, a * q)
    assert s.pairing(p, q) * s.pairing(-p, q) == base**0 == base / base
    assert (base * base.inverse()).is_one
    assert base**s.order == base**0
    assert s.pairing(s.g1.identity, q).is_one
    assert s.pairing(p, s.g2.identity).is_one


@pytest.mark.parametrize(("curve", "backend"), ALL)
def test_products_of_pairings(curve, backend):
    s = suite(curve, backend)
    p, q = s.g1.generator, s.g2.generator
    assert s.pairing_check([])
    assert s.pairing_check([(p, q), (-p, q)])
    assert s.pairing_check([(6 * p, q), (-2 * p, 2 * q), (p, -2 * q)])
    assert not s.pairing_check([(p, q)])
    assert not s.pairing_check([(6 * p, q), (-2 * p, 2 * q)])
    assert s.pairing_check([(s.g1.identity, q)])


def test_bytes_of_the_value_are_those_of_production():
    """SHA-256("IBE-H2" || e(G1, G2)) starts with the figure in tlock-js's own tests."""
    for backend in ("blst", "py_ecc"):
        s = suite("bls12-381", backend)
        value = s.pairing(s.g1.generator, s.g2.generator)
        assert len(bytes(value)) == 576
        assert hashlib.sha256(b"IBE-H2" + bytes(value)).hexdigest()[:32] == "cb87319f24560b5231579a09ad79f12e"


def test_backends_agree_on_values():
    rng, (fast, slow) = random.Random(9), (suite("bls12-381", b) for b in ("blst", "py_ecc"))
    for _ in range(3):
        a, b = rng.randrange(fast.order), rng.randrange(fast.order)
        values = [s.pairing(a * s.g1.generator, b * s.g2.generator) for s in (fast, slow)]
        assert bytes(values[0]) == bytes(values[1])
        assert bytes(values[0].inverse()) == bytes(values[1].inverse())
        assert bytes(values[0] ** 7) == bytes(values[1] ** 7)
    assert bytes(fast.pairing(fast.g1.identity, fast.g2.generator)) == bytes(
        slow.pairing(slow.g1.identity, slow.g2.generator)
    )


def test_arguments_in_the_wrong_order_or_of_another_backend():
    s, other = suite("bls12-381", "glass"), suite("bls12-381", "blst")
    with pytest.raises(LocalError, match="expected \\(G1, G2\\)"):
        s.pairing(s.g2.generator, s.g1.generator)
    with pytest.raises(LocalError, match="expected \\(G1, G2\\)"):
        s.pairing_check([(other.g1.generator, s.g2.generator)])
    with pytest.raises(LocalError, match="different suites"):
        s.pairing(s.g1.generator, s.g2.generator) * other.pairing(other.g1.generator, other.g2.generator)


def test_bytes_of_bn254_are_those_of_production():
    """Kyber computes the plain optimal ate pairing there: no power of it, as on BLS12-381."""
    s = suite("bn254", "py_ecc")
    known = bytes.fromhex(json.loads((DATA / "kyber-ibe-bn254.json").read_text(encoding="utf-8"))["base_gt"])
    assert bytes(s.pairing(s.g1.generator, s.g2.generator)) == known and len(known) == 384


@pytest.mark.parametrize(("curve", "backend"), ALL)
def test_a_point_prepared_for_many_pairings(curve, backend):
    s = suite(curve, backend)
    p, q = 5 * s.g1.generator, 7 * s.g2.generator
    assert s.paired_with(p)(bytes(q)) == s.pairing(p, q) == s.paired_with(q)(bytes(p))
    assert s.paired_with(p)(bytes(s.g2.identity)).is_one
    for data in (bytes(q)[:-1], b"", b"\xff" * s.g2.length):
        with pytest.raises(DecodeError):
            s.paired_with(p)(data)
    with pytest.raises(LocalError, match="point: expected a point of"):
        s.paired_with(suite("bls12-381" if curve == "bn254" else "bn254", "glass").g1.generator)


def test_printing():
    s = suite("bls12-381", "glass")
    value = s.pairing(s.g1.generator, s.g2.generator)
    assert repr(value).startswith("GT(")
    assert repr(value**0) == "GT(1)"
    other = suite("bn254")
    assert repr(other.pairing(other.g1.generator, other.g2.generator)) == "GT(108c19d1…)"
    assert hash(value) == hash(s.pairing(s.g1.generator, s.g2.generator))
    assert repr(s) == "<Suite bls12-381, backend glass>"
    assert pickle.loads(pickle.dumps(s.g1.generator)).group is s.g1


@pytest.mark.parametrize("wrong", ["g1", "G3", ""])
def test_unknown_group(wrong):
    with pytest.raises(LocalError, match="G1"):
        suite("bls12-381", "glass").group(wrong)


def test_unknown_curve():
    with pytest.raises(LocalError, match=r"bls12-381, bn254.*secp256k1"):
        suite("secp256k1")


@pytest.mark.parametrize(
    "first",
    [
        "from drandlab.curves import suite; suite('bls12-381', 'py_ecc').g2.generator; suite('bn254')",
        "import drandlab.curves.backends.bls12_381",
        "import drandlab.curves.backends.bn254",
    ],
)
def test_py_ecc_leaves_the_recursion_limit_alone(first):
    """It sets it to 100,000 when imported; nested JSON would then end the interpreter instead of raising."""
    code = f"import sys; before = sys.getrecursionlimit(); {first}; print(sys.getrecursionlimit() == before)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert run.stdout == "True\n", run.stderr
