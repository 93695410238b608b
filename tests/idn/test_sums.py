"""The check of a sum, in one loop and in two pairings, and what each costs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import drandlab as dl
from drandlab.curves.choice import available
from drandlab.errors import DecodeError, LocalError, VerificationError, WrongType
from drandlab.idn.sums import (
    MOST_SUMMED,
    Operations,
    check_range,
    hash_round,
    on_curve,
    one_loop,
    sum_of_messages,
    two_pairings,
    verify_encoded,
)
from drandlab.typing import LAST_ROUND

QUICKNET = dl.networks["quicknet"].public_key
INFINITY = {48: bytes([0xC0]) + bytes(47), 96: bytes([0xC0]) + bytes(95)}


@pytest.fixture(scope="module")
def both(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The sum of rounds 1000 and 1001 of quicknet."""
    vectors: Callable[[str], Any] = request.getfixturevalue("vectors")
    found: dict[str, Any] = vectors("idn")["aggregates"][1]
    return found


@given(key=st.integers(0, 4), message=st.integers(0, 4), signature=st.integers(0, 20))
def test_both_forms_have_one_verdict(key: int, message: int, signature: int) -> None:
    bls = on_curve("glass")
    points = key * bls.keys.generator, message * bls.signatures.generator, signature * bls.signatures.generator
    assert one_loop(*points).holds is two_pairings(*points).holds is (key * message == signature)


@pytest.mark.parametrize("backend", [name for name in available() if name != "py_ecc"])
def test_one_loop_saves_a_final_exponentiation(backend: str) -> None:
    bls = on_curve(backend)
    message = sum_of_messages(5, 7, backend)
    for secret, holds in ((7, True), (8, False)):
        loop = one_loop(bls.public_key(7), message, secret * message)
        pairs = two_pairings(bls.public_key(7), message, secret * message)
        assert loop.holds is pairs.holds is holds
        assert loop.operations == Operations(miller_loops=2, final_exponentiations=1)
        assert pairs.operations == Operations(miller_loops=2, final_exponentiations=2)


def test_operations_add_up() -> None:
    one = Operations(hashes=1, additions=2, miller_loops=3, final_exponentiations=4)
    assert one + one == Operations(hashes=2, additions=4, miller_loops=6, final_exponentiations=8)
    with pytest.raises(TypeError):
        one + 1


def test_a_range_costs_a_hash_a_round_and_one_check(monkeypatch: pytest.MonkeyPatch) -> None:
    bls, hashed = on_curve("glass"), []
    true, plain = 7 * sum_of_messages(1, 6, "glass"), type(bls).hash
    monkeypatch.setattr(type(bls), "hash", lambda self, message: hashed.append(message) or plain(self, message))
    for form, exponentiations in ((one_loop, 1), (two_pairings, 2)):
        checked = check_range(bls.public_key(7), 1, 6, true, form=form)
        cost = Operations(hashes=6, additions=5, miller_loops=2, final_exponentiations=exponentiations)
        assert (checked.holds, checked.operations) == (True, cost)
    assert len(hashed) == 2 * 6
    assert not check_range(bls.public_key(7), 1, 5, true).holds
    with pytest.raises(LocalError, match="at most 3 rounds"):
        check_range(bls.public_key(7), 1, 6, true, most=3)


def test_a_sum_of_rounds_is_the_sum_of_their_points() -> None:
    points = [hash_round(round, "glass") for round in (5, 6, 7)]
    assert sum_of_messages(5, 7, "glass") == points[0] + points[1] + points[2]
    assert sum_of_messages(5, 5, "glass") == points[0]
    assert sum_of_messages(1, 3, "glass", most=3).group.backend == "glass"


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        (2, 1, "end: expected at least the start, 2, got 1"),
        (0, LAST_ROUND, "end: a sum has at most 10000 rounds, got 2\\^64"),
        (1, MOST_SUMMED + 1, "at most 10000 rounds, got 10001"),
        (1, 1 << 64, "end: expected a whole number from 0 to 2\\^64 - 1"),
        (-1, 1, "start: expected a whole number"),
    ],
)
def test_a_range_out_of_bounds_is_refused(start: int, end: int, said: str) -> None:
    with pytest.raises(LocalError, match=said) as caught:
        sum_of_messages(start, end, "glass")
    assert caught.value.code == "range"


def test_points_of_other_groups_are_refused() -> None:
    bls, other = on_curve("glass"), on_curve("py_ecc")
    key, point = bls.public_key(1), hash_round(1, "glass")
    with pytest.raises(LocalError, match="key: expected a point of <G2"):
        one_loop(point, point, point)
    with pytest.raises(LocalError, match="message: expected a point of <G1"):
        one_loop(key, other.signatures.generator, point)
    with pytest.raises(WrongType, match="signature: expected a point"):
        two_pairings(key, point, bytes(48))  # type: ignore[arg-type]
    with pytest.raises(WrongType, match="key: expected a point"):
        two_pairings(bytes(96), point, point)  # type: ignore[arg-type]


# -- encoded, as the verifier of the real bridge has it ---------------------------------------------------------------


def test_an_encoded_signature_verifies(both: dict[str, Any]) -> None:
    signature, message = bytes.fromhex(both["asig"]), bytes.fromhex(both["amsg"])
    assert verify_encoded(QUICKNET, message, signature, backend="blst").miller_loops == 2
    with pytest.raises(VerificationError) as caught:
        verify_encoded(QUICKNET, bytes(hash_round(1, "blst")), signature, backend="blst")
    assert caught.value.code == "signature"


@pytest.mark.parametrize(
    ("cut", "group"),
    [((95, 48, 48), "G2"), ((96, 48, 47), "G1"), ((96, 47, 48), "G1"), ((0, 0, 0), "G2")],
)
def test_bytes_that_are_too_short_are_no_points(both: dict[str, Any], cut: tuple[int, int, int], group: str) -> None:
    whole = QUICKNET, bytes.fromhex(both["amsg"]), bytes.fromhex(both["asig"])
    with pytest.raises(DecodeError, match=f"{group} point") as caught:
        verify_encoded(*(data[:size] for data, size in zip(whole, cut, strict=True)), backend="blst")
    assert caught.value.code == "length"


def test_a_flipped_bit_is_no_point(both: dict[str, Any]) -> None:
    signature = bytearray.fromhex(both["asig"])
    signature[0] ^= 1
    with pytest.raises(DecodeError, match="G1 point"):
        verify_encoded(QUICKNET, bytes.fromhex(both["amsg"]), bytes(signature), backend="blst")


def test_infinity_everywhere_verifies_only_where_it_is_let_in() -> None:
    nothing = INFINITY[96], INFINITY[48], INFINITY[48]
    assert verify_encoded(*nothing, identity=True, backend="blst").final_exponentiations == 1
    with pytest.raises(DecodeError) as caught:
        verify_encoded(*nothing, backend="blst")
    assert caught.value.code == "infinity"
    with pytest.raises(WrongType, match="identity: expected True or False"):
        verify_encoded(*nothing, identity=1, backend="blst")  # type: ignore[arg-type]
