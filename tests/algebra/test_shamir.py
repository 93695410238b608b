from __future__ import annotations

from collections import Counter
from itertools import combinations, product
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drandlab.algebra import (
    BLS12_381_FR,
    BN254_FR,
    Polynomial,
    PrimeField,
    Share,
    evaluation_point,
    recover,
    shares_of,
    split,
)
from drandlab.errors import LocalError, NotEnoughShares, VerificationError

F17 = PrimeField(17)
SLIP = 0x2B1D3F5A7C9E0B2D4F6A8C0E1B3D5F7A
SHARES = shares_of(Polynomial(F17, [13, 10, 2]), 5)


@given(
    st.sampled_from([PrimeField(257), BN254_FR, BLS12_381_FR]),
    st.integers(0, 2**260),
    st.integers(1, 8),
    st.integers(0, 4),
    st.data(),
)
def test_any_threshold_of_shares_give_the_secret_back(
    field: PrimeField, number: int, threshold: int, spare: int, data: st.DataObject
) -> None:
    secret, n = field(number), threshold + spare
    shares = split(secret, threshold=threshold, n=n, rng=Random(data.draw(st.integers(0, 2**32))))
    assert [share.index for share in shares] == list(range(n))
    chosen = data.draw(st.permutations(shares))[: data.draw(st.integers(threshold, n))]
    assert recover(chosen, threshold) == recover([*chosen, chosen[0]], threshold, check=False) == secret
    with pytest.raises(NotEnoughShares) as caught:
        recover(chosen[: threshold - 1] * 2, threshold)
    assert (caught.value.have, caught.value.need) == (threshold - 1, threshold)


def test_fewer_shares_fit_every_secret_equally_often() -> None:
    # All polynomials of degree at most 2 over F_5: whatever two shares say, each secret is left by the same number.
    field = PrimeField(5)
    for x1, x2 in combinations(range(1, 5), 2):
        views = Counter((f(x1), f(x2), f(0)) for f in (Polynomial(field, abc) for abc in product(range(5), repeat=3)))
        assert len(views) == 125 and set(views.values()) == {1}


@given(st.integers(0, 16))
def test_two_shares_of_three_can_be_completed_to_any_secret(secret: int) -> None:
    f = Polynomial.interpolate(F17, [(0, secret), *((share.x, share.value) for share in SHARES[:2])])
    assert f.degree <= 2 and recover([*SHARES[:2], shares_of(f, 5)[4]], 3) == secret


def test_shares_equal_the_vectors_of_drand(vectors) -> None:
    cases = vectors("drand")["tbls_synthetic"]
    assert len(cases) == 4
    for case in cases:
        f = Polynomial(BLS12_381_FR, [BLS12_381_FR.from_bytes(bytes.fromhex(a)) for a in case["secret_poly_coeffs"]])
        shares = shares_of(f, case["n"])
        assert [share.value.to_bytes().hex() for share in shares] == case["shares"]
        assert [share.index for share in shares] == case["share_indices"]
        for chosen in combinations(shares, case["threshold"]):
            assert recover(chosen, case["threshold"]) == f(0)


def test_split_draws_the_polynomial_that_it_says() -> None:
    secret = BLS12_381_FR(42)
    f = Polynomial.random(BLS12_381_FR, 2, Random(1), constant=secret)
    assert split(secret, threshold=3, n=5, rng=Random(1)) == shares_of(f, 5)


def test_share_index_counts_from_zero_and_lies_at_index_plus_one() -> None:
    assert evaluation_point(0) == 1 and [share.x for share in SHARES] == [1, 2, 3, 4, 5]
    assert Share(index=65535, value=BLS12_381_FR(1)).x == 65536
    with pytest.raises(LocalError, match="index: expected a whole number of at least 0, got -1"):
        Share(index=-1, value=F17(1))


@pytest.mark.parametrize("index", [16, 33])
def test_the_point_of_the_secret_is_refused(index: int) -> None:
    with pytest.raises(
        LocalError, match=rf"share {index} would lie at x = {index + 1}, which is 0 in PrimeField\(17\)"
    ):
        Share(index=index, value=F17(1))


def test_the_point_of_the_secret_is_refused_in_the_field_of_drand() -> None:
    with pytest.raises(LocalError, match="the place of the secret"):
        Share(index=BLS12_381_FR.modulus - 1, value=BLS12_381_FR(1))


def test_a_share_is_checked_and_frozen() -> None:
    with pytest.raises(TypeError, match="value: expected a FieldElement, got int"):
        Share(index=0, value=3)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"index: expected a whole number.*, got bool"):
        Share(index=True, value=F17(3))
    with pytest.raises(AttributeError):
        SHARES[0].index = 1  # type: ignore[misc]
    assert repr(SHARES[0]) == "Share(index=0, value=8 (mod 17))"


def test_recover_uses_the_lowest_indices_and_check_looks_at_the_rest() -> None:
    false = [*SHARES[:4], Share(index=4, value=SHARES[4].value + 1)]
    for shares in (false, false[::-1]):
        with pytest.raises(VerificationError, match=r"index 4 do not lie on the polynomial through shares 0, 1, 2"):
            recover(shares, 3)
    # as production: the surplus is not asked, so that a false share in front goes unseen
    assert recover(false, 3, check=False) == 13
    ahead = [Share(index=0, value=SHARES[0].value + 1), *SHARES[1:]]
    assert recover(ahead, 3, check=False) != 13
    with pytest.raises(VerificationError, match=r"index 3, 4 do not lie on the polynomial through shares 0, 1, 2"):
        recover(ahead, 3)
    assert recover(ahead[:3], 3) != 13  # without surplus nobody can tell


def test_recover_refuses_an_index_with_two_values() -> None:
    for shares in ([*SHARES, Share(index=3, value=F17(9))], [Share(index=3, value=F17(9)), SHARES[3]]):
        with pytest.raises(LocalError, match="index 3 comes with two different values"):
            recover(shares, 3)


def test_recover_refuses_indices_congruent_modulo_p() -> None:
    twin = Share(index=17, value=SHARES[0].value)
    with pytest.raises(LocalError, match="index 0 and 17 are the same point"):
        recover([*SHARES, twin], 3)
    far = Share(index=BLS12_381_FR.modulus, value=BLS12_381_FR(1))
    with pytest.raises(LocalError, match="are the same point of Fr"):
        recover([Share(index=0, value=BLS12_381_FR(1)), far], 2)


def test_recover_refuses_a_foreign_share() -> None:
    with pytest.raises(
        LocalError,
        match=r"shares\[1\]: expected a share over PrimeField\(17\).*got one over PrimeField\(19\)",
    ):
        recover([SHARES[0], Share(index=1, value=PrimeField(19)(7))], 2)
    with pytest.raises(TypeError, match=r"shares\[0\]: expected a Share, got tuple"):
        recover([(1, 8)], 1)  # type: ignore[list-item]


@pytest.mark.parametrize("threshold", [0, -1])
def test_a_threshold_below_one_is_refused(threshold: int) -> None:
    with pytest.raises(LocalError, match=f"threshold: expected a whole number of at least 1, got {threshold}"):
        recover(SHARES, threshold)
    with pytest.raises(LocalError, match=f"threshold: expected a whole number of at least 1, got {threshold}"):
        split(F17(1), threshold=threshold, n=5, rng=Random(1))


def test_recover_from_nothing_says_what_is_missing() -> None:
    with pytest.raises(NotEnoughShares, match="have 0 distinct shares, need 3: collect 3 more"):
        recover([], 3)


def test_split_refuses_what_cannot_be() -> None:
    with pytest.raises(LocalError, match="threshold: must be at most n = 5, got 6"):
        split(F17(1), threshold=6, n=5, rng=Random(1))
    with pytest.raises(LocalError, match="n: expected a whole number of at least 1, got 0"):
        split(F17(1), threshold=1, n=0, rng=Random(1))
    with pytest.raises(LocalError, match=r"n: must be below the modulus, got 17; PrimeField\(17\) has 16 points"):
        split(F17(1), threshold=3, n=17, rng=Random(1))
    with pytest.raises(TypeError, match=r"secret: expected a field element, such as F\(42\), got int"):
        split(42, threshold=3, n=5, rng=Random(1))  # type: ignore[arg-type]
    assert len(split(F17(1), threshold=3, n=16, rng=Random(1))) == 16


@pytest.mark.parametrize("slip", [f"{SLIP:x}", SLIP.to_bytes(16, "big"), -SLIP, float(SLIP), [SLIP]])
def test_a_value_in_the_place_of_the_index_is_not_repeated(slip):
    with pytest.raises(LocalError, match="index: expected a whole number") as refused:
        Share(index=slip, value=PrimeField(17)(5))
    assert not any(digits in str(refused.value) for digits in (f"{SLIP:x}"[:6], str(SLIP)[:6]))


def test_a_number_too_long_for_an_index_is_not_repeated():
    """It may be the value of a share, given in the wrong place."""
    with pytest.raises(LocalError) as refused:
        evaluation_point(-(2**32))
    assert str(2**32) not in str(refused.value)
    with pytest.raises(LocalError, match=str(2**32 - 1)):
        evaluation_point(-(2**32 - 1))
