"""Batch verification says exactly what single verification says, and attacks on the batch fail."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drandlab.crypto import BLS, SCHEMES, scheme
from drandlab.crypto.batch import SignedMessage, failing
from drandlab.errors import VerificationError


def claims_of(bls, count, secret=77):
    return [SignedMessage(m, bls.sign(secret, m)) for m in (i.to_bytes(8, "big") for i in range(count))]


@settings(max_examples=80)
@given(data=st.data(), count=st.integers(0, 40), name=st.sampled_from(sorted(SCHEMES)))
def test_names_exactly_the_bad_ones(data, count, name):
    bls = BLS.of(scheme(name), "glass")
    claims = claims_of(bls, count)
    bad = data.draw(st.sets(st.integers(0, count - 1))) if count else set()
    for i in bad:
        other = data.draw(st.sampled_from(["other message", "other key", "flags", "length", "infinity"]))
        good = claims[i].signature
        claims[i] = SignedMessage(
            claims[i].message,
            {
                "other message": bls.sign(77, b"other"),
                "other key": bls.sign(78, claims[i].message),
                "flags": bytes([good[0] ^ 0x80]) + good[1:],
                "length": good[:-1],
                "infinity": bytes(bls.signatures.identity),
            }[other],
        )
    reasons = failing(bls, bls.public_key(77), claims, random.Random(data.draw(st.integers())))
    assert set(reasons) == bad
    assert list(reasons) == sorted(bad)
    for i in bad:  # the reason is the one that a single check gives
        with pytest.raises(VerificationError) as error:
            bls.verify(bls.public_key(77), claims[i].message, claims[i].signature)
        assert reasons[i] == error.value.reason


@pytest.mark.parametrize("backend", ["blst", "py_ecc"])
@pytest.mark.parametrize("name", ["pedersen-bls-unchained", "bls-unchained-g1-rfc9380", "bls-unchained-on-g1"])
def test_on_the_real_curve(name, backend):
    bls = BLS.of(scheme(name), backend)
    claims = claims_of(bls, 9)
    key = bls.public_key(77)
    assert failing(bls, key, claims, random.Random(1)) == {}
    claims[3] = SignedMessage(claims[3].message, claims[4].signature)
    claims[8] = SignedMessage(claims[8].message, claims[8].signature[::-1])
    assert list(failing(bls, key, claims, random.Random(1))) == [3, 8]


def test_errors_that_cancel_in_a_plain_sum_are_caught():
    """sig_1 + D and sig_2 - D, and two signatures swapped: the sum over all is right, each one is wrong."""
    bls = BLS.of(scheme("bls-unchained-g1-rfc9380"), "blst")
    claims, key = claims_of(bls, 6), bls.public_key(77)
    points = [bls.decode_signature(c.signature) for c in claims]
    d = 12345 * bls.signatures.generator
    for altered in (
        [points[0] + d, points[1] - d, *points[2:]],
        [points[1], points[0], *points[2:]],
    ):
        assert bls.signatures.sum(altered) == bls.signatures.sum(points)
        forged = [SignedMessage(c.message, bytes(p)) for c, p in zip(claims, altered, strict=True)]
        assert list(failing(bls, key, forged, random.Random(2))) == [0, 1]


def test_a_signature_plus_a_point_of_small_order_is_caught_every_time():
    """T = (0, 2) has order 3 and pairs to 1; a batch without strict decoding would pass it one time in three."""
    from py_ecc.optimized_bls12_381 import FQ, add, normalize

    from drandlab.curves import encoding, suite

    slow = suite("bls12-381", "py_ecc").g1
    bls = BLS.of(scheme("bls-unchained-g1-rfc9380"), "blst")
    claims = claims_of(bls, 4)
    x, y = normalize(add(slow.decode(claims[2].signature).raw.xyz, (FQ(0), FQ(2), FQ(1))))
    forged = encoding.write((x.n,), encoding.is_larger((y.n,)))
    claims[2] = SignedMessage(claims[2].message, forged)
    for seed in range(20):
        reasons = failing(bls, bls.public_key(77), claims, random.Random(seed))
        assert list(reasons) == [2]
        assert "subgroup" in reasons[2]


def test_coefficients_are_fresh_and_of_128_bits():
    drawn = []

    class Recorder(random.Random):
        def randbytes(self, n):
            drawn.append(n)
            return super().randbytes(n)

    bls = BLS.of(scheme("bls-unchained-g1-rfc9380"), "glass")
    claims = claims_of(bls, 8)
    claims[5] = SignedMessage(claims[5].message, claims[0].signature)
    assert list(failing(bls, bls.public_key(77), claims, Recorder(1))) == [5]
    assert drawn[0] == 16 * 8
    # bisection draws anew: 0-3 holds; of 4-7, known bad, 4-5 fails, then 4 and 5 alone need none; 6-7 is checked
    assert drawn[1:] == [16 * 4, 16 * 2, 16 * 2]


def test_bisection_needs_few_checks():
    checks = 0

    class Counting(random.Random):
        def randbytes(self, n):
            nonlocal checks
            checks += 1
            return super().randbytes(n)

    bls = BLS.of(scheme("bls-unchained-g1-rfc9380"), "glass")
    claims = claims_of(bls, 1024)
    claims[700] = SignedMessage(claims[700].message, claims[0].signature)
    assert list(failing(bls, bls.public_key(77), claims, Counting(1))) == [700]
    assert checks <= 2 * 10 + 1


def test_hash_can_be_replaced():
    bls = BLS.of(scheme("bls-unchained-g1-rfc9380"), "glass")
    claims, seen = claims_of(bls, 5), []

    def remembered(message):
        seen.append(message)
        return bls.hash(message)

    assert failing(bls, bls.public_key(77), claims, random.Random(1), remembered) == {}
    assert seen == [c.message for c in claims]
