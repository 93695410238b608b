"""Pulses and their sums against the published figures, on every backend, and what is refused."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import drandlab as dl
from drandlab.beacon.beacon import Beacon
from drandlab.crypto.bls import BLS
from drandlab.crypto.schemes import SCHEMES, scheme
from drandlab.errors import DecodeError, FormatError, LocalError, VerificationError, WrongType
from drandlab.idn import Pulse, aggregate
from drandlab.idn.sums import on_curve
from drandlab.typing import LAST_ROUND

QUICKNET = dl.networks["quicknet"].public_key
SECRET = 0xBEAC04
FEW = (0, 1, 5)
"""The aggregates that the slow backend repeats."""


@pytest.fixture(scope="module")
def facts(request: pytest.FixtureRequest) -> Any:
    vectors: Callable[[str], Any] = request.getfixturevalue("vectors")
    return vectors("idn")


@pytest.fixture(scope="module")
def genuine(facts: Any) -> dict[int, Beacon]:
    """The real beacons of the vectors."""
    return {
        one["round"]: Beacon(round=one["round"], signature=bytes.fromhex(one["signature"]))
        for one in facts["pulses"]
        if one["verified_locally"]
    }


def pulse_of(one: dict[str, Any], signature: str = "asig") -> Pulse:
    return Pulse(signature=bytes.fromhex(one[signature]), start=one["start"], end=one["end"])


def ours(*rounds: int, secret: int = SECRET, backend: str = "glass") -> list[Beacon]:
    bls = on_curve(backend)
    return [Beacon(round=r, signature=bls.sign(secret, bls.scheme.digest(r))) for r in rounds]


def key(secret: int = SECRET, backend: str = "glass") -> bytes:
    return bytes(on_curve(backend).public_key(secret))


# -- the published figures --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("backend", ["blst", "py_ecc"])
def test_aggregates_are_those_of_the_vectors(facts: Any, genuine: dict[int, Beacon], backend: str) -> None:
    with dl.use_backend(backend):
        for position, one in enumerate(facts["aggregates"]):
            if backend == "py_ecc" and position not in FEW:
                continue
            pulse = aggregate(genuine[round] for round in one["rounds"])
            assert pulse == pulse_of(one)
            assert pulse.message.hex() == one["amsg"]


def test_bytes_of_a_pulse_are_those_of_the_vectors(facts: Any) -> None:
    for one in facts["aggregates"]:
        pulse = pulse_of(one)
        assert pulse.to_scale().hex() == one["scale_runtime_pulse"]
        assert pulse.payload.hex() == one["signed_payload"]
        assert pulse.randomness.hex() == one["pulse_rand_sha256"]
        assert Pulse.from_scale(pulse.to_scale()) == pulse
    assert len(pulse.payload) == facts["submit_asig"]["payload_len"]


def test_aggregates_authenticate_under_the_real_key(facts: Any) -> None:
    for one in facts["aggregates"]:
        assert pulse_of(one).authenticate(QUICKNET)
    assert not Pulse(signature=pulse_of(facts["aggregates"][1]).signature, start=1000, end=1004).authenticate(QUICKNET)


def test_the_reference_backend_says_the_same(facts: Any) -> None:
    with dl.use_backend("py_ecc"):
        assert pulse_of(facts["aggregates"][1]).authenticate(QUICKNET)
        assert not Pulse(signature=bytes.fromhex(facts["aggregates"][1]["asig"]), start=1, end=2).authenticate(QUICKNET)


def test_single_pulses_verify_as_the_vectors_say(facts: Any) -> None:
    for one in facts["pulses"]:
        pulse = Pulse(signature=bytes.fromhex(one["signature"]), start=one["round"], end=one["round"])
        assert pulse.authenticate(QUICKNET) is one["verified_locally"]
        assert pulse.message.hex() == one["h1_round"]
        assert pulse.randomness.hex() == one["randomness"]


def test_attacks_pass_and_fail_as_the_vectors_say(facts: Any, genuine: dict[int, Beacon]) -> None:
    attacks = {one["name"]: one for one in facts["negative_and_attack"]}

    def says(signature: str, start: int, end: int) -> bool:
        return Pulse(signature=bytes.fromhex(signature), start=start, end=end).authenticate(QUICKNET)

    forged = attacks["cancelling_forgery"]
    pair = [Beacon(round=1000 + i, signature=bytes.fromhex(forged[name])) for i, name in enumerate(("sig_a", "sig_b"))]
    assert [says(one.signature.hex(), one.round, one.round) for one in pair] == forged["each_verifies"]
    assert aggregate(pair).signature.hex() == forged["sum"]
    assert aggregate(pair).authenticate(QUICKNET) is forged["sum_verifies"] is True
    swapped = [Beacon(round=2001 - one, signature=genuine[one].signature) for one in (1000, 1001)]
    assert aggregate(swapped) == Pulse(signature=bytes.fromhex(attacks["swap"]["sum"]), start=1000, end=1001)
    assert says(attacks["swap"]["sum"], 1000, 1001) is attacks["swap"]["sum_verifies"]
    assert says(attacks["duplicate_pulse"]["asig"], 1000, 1001) is attacks["duplicate_pulse"]["verifies"]
    assert says(attacks["gap"]["asig"], 1000, 1003) is attacks["gap"]["verifies"]
    assert says(attacks["sign_bit_flip"]["sig"], 1000, 1000) is attacks["sign_bit_flip"]["verifies"]
    assert not says(attacks["byte0_xor_01"]["sig"], 1000, 1000)
    assert not says(attacks["small_subgroup_malleability"]["sig_plus_torsion"], 1000, 1000)
    assert not says(attacks["identity_empty_range"]["asig"], 1001, 1000), "it is the sum of no rounds, and verifies"
    assert not says(attacks["identity_empty_range"]["asig"], 1000, 1000)


def test_a_part_can_be_taken_off_a_sum(facts: Any, genuine: dict[int, Beacon]) -> None:
    [one] = [one for one in facts["negative_and_attack"] if one["name"] == "subtractive_extraction"]
    group = on_curve("blst").signatures
    both = group.decode(pulse_of(facts["aggregates"][1]).signature)
    assert (both - group.decode(genuine[1000].signature)).hex() == one["result"] == genuine[1001].signature.hex()


# -- laws -------------------------------------------------------------------------------------------------------------


@given(start=st.integers(1, LAST_ROUND - 40), count=st.integers(1, 40), shuffle=st.randoms(use_true_random=False))
def test_a_sum_authenticates_for_its_range_and_no_other(start: int, count: int, shuffle: random.Random) -> None:
    beacons = ours(*range(start, start + count))
    shuffle.shuffle(beacons)
    with dl.use_backend("glass"):
        pulse = aggregate(beacons)
        assert (pulse.start, pulse.end, pulse.rounds) == (start, start + count - 1, count)
        assert pulse.authenticate(key())
        assert not pulse.authenticate(key(SECRET + 1))
        assert not Pulse(signature=pulse.signature, start=start, end=start + count).authenticate(key())
        assert not Pulse(signature=pulse.signature, start=start + 1, end=start + count).authenticate(key())


def test_the_last_round_there_is_can_be_summed() -> None:
    with dl.use_backend("glass"):
        assert aggregate(ours(LAST_ROUND - 1, LAST_ROUND)).authenticate(key())


# -- what is refused --------------------------------------------------------------------------------------------------


def test_rounds_that_are_not_contiguous_are_refused() -> None:
    with dl.use_backend("glass"):
        for rounds, said in (((), "at least one"), ((5, 7), "followed by round 7"), ((5, 5), "comes twice")):
            with pytest.raises(LocalError, match=said):
                aggregate(ours(*rounds))
        with pytest.raises(WrongType, match="expected beacons, got bytes"):
            aggregate([bytes(48)])  # type: ignore[list-item]


@pytest.mark.parametrize("name", [name for name, one in SCHEMES.items() if name != "bls-unchained-g1-rfc9380"])
def test_beacons_of_other_schemes_are_refused_or_do_not_authenticate(name: str) -> None:
    bls = BLS.of(scheme(name), "glass")
    before = bytes(bls.scheme.signature_length) if bls.scheme.chained else b""
    signature = bls.sign(SECRET, bls.scheme.digest(5, before))
    with dl.use_backend("glass"):
        if bls.scheme.signature_length == 48:  # the same groups, another domain tag
            assert not aggregate([Beacon(round=5, signature=signature)]).authenticate(bytes(bls.public_key(SECRET)))
            return
        with pytest.raises(LocalError, match=r"chained network|on G1 as quicknet's are"):
            aggregate([Beacon(round=5, signature=signature, previous_signature=before)])
        with pytest.raises(LocalError, match="a point of G1 as quicknet's signatures are, got"):
            Pulse(signature=signature, start=5, end=5)


def test_no_point_of_the_subgroup_is_summed(facts: Any) -> None:
    attacks = {one["name"]: one for one in facts["negative_and_attack"]}
    for signature, code in (
        (attacks["byte0_xor_01"]["sig"], "curve"),
        (attacks["small_subgroup_malleability"]["sig_plus_torsion"], "subgroup"),
        (attacks["identity_empty_range"]["asig"], "infinity"),
        ("00" * 48, "flags"),
    ):
        with dl.use_backend("blst"), pytest.raises(VerificationError, match="round 1000: ") as caught:
            aggregate([Beacon(round=1000, signature=bytes.fromhex(signature))])
        assert caught.value.code == code
        assert caught.value.round == 1000


@pytest.mark.parametrize("size", [0, 63, 65, 128])
def test_bytes_of_another_length_are_no_pulse(size: int) -> None:
    with pytest.raises(FormatError, match=f"a pulse has 64 bytes, got {size}"):
        Pulse.from_scale(bytes(size))


def test_parts_of_a_pulse_are_checked() -> None:
    with pytest.raises(LocalError, match="signature: expected 48 bytes"):
        Pulse(signature=bytes(96), start=1, end=1)
    with pytest.raises(LocalError, match="end: expected a whole number from 0 to 2\\^64 - 1"):
        Pulse(signature=bytes(48), start=1, end=1 << 64)
    with pytest.raises(WrongType, match="start"):
        Pulse(signature=bytes(48), start=True, end=1)


def test_a_range_is_bounded_before_anything_is_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    def dear(*_: object) -> None:
        raise AssertionError("a round was hashed")

    with dl.use_backend("glass"):
        signature = aggregate(ours(1)).signature
        monkeypatch.setattr(type(on_curve()), "hash", dear)
        for start, end in ((0, LAST_ROUND), (1, 10_001), (2, 1), (LAST_ROUND, 0)):
            pulse = Pulse(signature=signature, start=start, end=end)
            assert pulse.authenticate(key()) is False
            with pytest.raises(LocalError) as caught:
                _ = pulse.message
            assert caught.value.code == "range"


def test_a_key_that_is_none_is_the_callers_mistake() -> None:
    with dl.use_backend("blst"):
        pulse = Pulse(signature=bytes(48), start=1, end=1)
        with pytest.raises(LocalError, match="public_key: expected 96 bytes, got 48"):
            pulse.authenticate(bytes(48))
        with pytest.raises(DecodeError, match="G2 point"):
            pulse.authenticate(bytes(96))
