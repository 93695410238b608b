"""One string per point: the zkcrypto vectors, and everything a decoder must refuse."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drandlab.curves import BLS12_381, BN254, encoding, suite
from drandlab.curves.roots import sqrt, sqrt2
from drandlab.errors import DecodeError

REAL = ("blst", "py_ecc")
P = BLS12_381.p


def g(name, backend="blst", curve="bls12-381"):
    return suite(curve, backend).group(name)


def refused(group, data, **options):
    with pytest.raises(DecodeError) as error:
        group.decode(data, **options)
    return error.value.code


@pytest.mark.parametrize("backend", REAL)
@pytest.mark.parametrize("name", ["G1", "G2"])
def test_zkcrypto_multiples_of_the_generator(shared, name, backend):
    group = g(name, backend)
    data = (shared / f"vectors/zkcrypto/{name.lower()}_compressed.dat").read_bytes()
    plain = (shared / f"vectors/zkcrypto/{name.lower()}_uncompressed.dat").read_bytes()
    assert len(data) == 1000 * group.length
    point = group.identity
    every = 1 if backend == "blst" or name == "G1" else 5  # a subgroup check on G2 costs the reference 40 ms
    for i in range(1000):
        encoded = data[i * group.length : (i + 1) * group.length]
        assert bytes(point) == encoded
        if i % every == 0:
            assert group.decode(encoded, identity=True) == point
        if i:
            words = plain[2 * i * group.length : 2 * i * group.length + group.length]
            x, _ = encoding.read(encoded, name)
            assert b"".join(word.to_bytes(48, "big") for word in reversed(x)) == words
        point = point + group.generator


@pytest.mark.parametrize("backend", REAL)
@pytest.mark.parametrize("name", ["G1", "G2"])
class TestBls12381Refusals:
    def test_length(self, name, backend):
        group = g(name, backend)
        good = bytes(group.generator)
        for bad in (b"", good[:-1], good + b"\0", good + good):
            assert refused(group, bad) == "length"

    def test_flags(self, name, backend):
        group = g(name, backend)
        good = bytes(group.generator)
        assert refused(group, bytes([good[0] & 0x7F]) + good[1:]) == "flags"
        assert refused(group, bytes(group.length)) == "flags"
        zeros = bytes(group.length - 1)
        for bad in (b"\xe0" + zeros, b"\x40" + zeros, b"\xc1" + zeros, b"\xc0" + zeros[:-1] + b"\x01", b"\xff" * 48):
            assert refused(group, bad.ljust(group.length, b"\xff"), identity=True) == "flags"

    def test_infinity_unless_asked_for(self, name, backend):
        group = g(name, backend)
        infinity = b"\xc0" + bytes(group.length - 1)
        assert refused(group, infinity) == "infinity"
        assert group.decode(infinity, identity=True).is_identity
        assert bytes(group.identity) == infinity

    @pytest.mark.parametrize("x", [P, P + 1, (1 << 381) - 1])
    def test_coordinate_not_below_p(self, name, backend, x):
        group = g(name, backend)
        word = bytearray(x.to_bytes(48, "big"))
        word[0] |= 0x80
        assert refused(group, bytes(word).ljust(group.length, b"\0")) == "range"
        if name == "G2":
            second = bytes([0x80]) + bytes(47) + x.to_bytes(48, "big")
            assert refused(group, second) == "range"

    def test_off_the_curve_and_off_the_subgroup(self, name, backend):
        group = g(name, backend)
        seen = set()
        for x in range(12):
            data = bytearray(group.length)
            data[0], data[-1] = 0x80, x
            seen.add(refused(group, bytes(data)))
        assert seen == {"curve", "subgroup"}  # small x never lie in the subgroup


@pytest.mark.parametrize("backend", REAL)
def test_the_point_of_order_three_is_refused(backend):
    """(0, 2) lies on G1's curve and pairs to 1: without this check one beacon has three valid signatures."""
    assert refused(g("G1", backend), b"\x80" + bytes(47)) == "subgroup"


@given(st.binary(min_size=48, max_size=48), st.sampled_from([0x80, 0xA0, 0xC0, 0xE0, 0x00]))
def test_backends_refuse_the_same_strings_for_the_same_reason(data, flags):
    data = bytes([flags | data[0] & 0x1F]) + data[1:]
    verdicts = []
    for backend in REAL:
        try:
            verdicts.append(bytes(g("G1", backend).decode(data)))
        except DecodeError as error:
            verdicts.append(error.code)
    assert verdicts[0] == verdicts[1]


def test_a_decoded_point_encodes_to_the_same_string():
    rng = random.Random(5)
    for name in ("G1", "G2"):
        fast, slow = g(name), g(name, "py_ecc")
        for _ in range(10):
            data = bytes(rng.randrange(1, BLS12_381.r) * fast.generator)
            assert bytes(fast.decode(data)) == bytes(slow.decode(data)) == data
            flipped = bytes([data[0] ^ 0x20]) + data[1:]
            assert fast.decode(flipped) == -fast.decode(data)


def test_bn254_is_stricter_than_production(vectors):
    """Production's Go decoder takes x + p and trailing bytes; both make a signature malleable."""
    lax = 0
    for case in vectors("kyber")["bn254"]["decode"]:
        group, data = g(case["group"], curve="bn254"), bytes.fromhex(case["bytes"])
        if case["case"] in ("good", "all zero (identity)"):
            assert group.decode(data, identity=True).hex() == case["re_encoded"]
        else:
            assert refused(group, data, identity=True) in ("length", "range", "curve", "subgroup")
            lax += not case["error"]
    assert lax == 6  # trailing byte, x + p, last word + p on G1 and on G2


def test_bn254_refusals():
    group = g("G1", curve="bn254")
    good = bytes(group.generator)
    assert refused(group, bytes(64)) == "infinity"
    assert refused(group, good[:-1] + bytes([good[-1] ^ 1])) == "curve"
    assert refused(group, BN254.p.to_bytes(32, "big") + good[32:]) == "range"


def test_bn254_g2_outside_the_subgroup():
    group = g("G2", curve="bn254")
    p, (b0, b1) = BN254.p, BN254.b2
    for x in range(1, 20):
        y = sqrt2(((x**3 + b0) % p, b1), p)
        if y is not None:
            words = (0, x, y[1], y[0])
            assert refused(group, b"".join(word.to_bytes(32, "big") for word in words)) == "subgroup"
            return
    raise AssertionError("no curve point found")


@given(st.integers(0, P - 1), st.integers(0, P - 1))
def test_square_roots_in_both_fields(a, b):
    square = ((a * a - b * b) % P, 2 * a * b % P)
    root = sqrt2(square, P)
    assert root in ((a, b), (-a % P, -b % P))
    assert sqrt(a * a % P, P) in (a, -a % P)
    if a:
        assert sqrt(-a * a % P, P) is None
    assert sqrt2((-a * a % P, 0), P) in ((0, a), (0, -a % P))


def test_glass_points_are_not_mistaken_for_real_ones():
    for name in ("G1", "G2"):
        for curve in ("bls12-381", "bn254"):
            box = g(name, "glass", curve)
            data = bytes(12345 * box.generator)
            assert len(data) == g(name, curve=curve).length
            assert box.decode(data) == 12345 * box.generator
            for bad in (
                data[:-1],
                data + b"\0",
                b"\0" * len(data[:-32]) + b"\xff" * 32,
                bytes([data[0] ^ 1]) + data[1:],
            ):
                assert refused(box, bad) in ("length", "flags")
            assert refused(box, data[:-32] + bytes(32)) == "range"
            assert refused(box, data[:-32] + box.order.to_bytes(32, "big")) == "range"
            assert refused(box, bytes(box.identity)) == "infinity"
            assert box.decode(bytes(box.identity), identity=True).is_identity
            with pytest.raises(DecodeError):
                g(name, curve=curve).decode(data)


@pytest.mark.parametrize("data", ["aa", None, 5])
def test_only_bytes_are_decoded(data):
    with pytest.raises(TypeError, match="bytes"):
        g("G1").decode(data)
