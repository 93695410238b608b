"""The composed chain: two signatures on one round, each under a key of its own."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drandlab.beacon.beacon import Beacon
from drandlab.beacon.chain_info import ChainInfo
from drandlab.beacon.composed import ComposedBeacon, ComposedInfo, ComposedVerifier, verify_composed
from drandlab.beacon.verify import Verifier
from drandlab.crypto.bls import BLS
from drandlab.crypto.schemes import SCHEMES, scheme
from drandlab.errors import FormatError, LocalError, VerificationError, WrongType

QUICK = "bls-unchained-g1-rfc9380"
LONG = "pedersen-bls-chained"
UNCHAINED = [name for name, one in SCHEMES.items() if not one.chained]


class Composed:
    """A composed chain whose two secrets are known."""

    def __init__(self, ground: str = QUICK, satellite: str = QUICK, backend: str = "glass") -> None:
        self.backend = backend
        self.ground, self.satellite = BLS.of(scheme(ground), backend), BLS.of(scheme(satellite), backend)
        plain = ChainInfo(
            public_key=bytes(self.ground.public_key(0x1234567)),
            scheme=scheme(ground),
            period=3,
            genesis_time=1_700_000_000,
            genesis_seed=bytes(range(32)),
            beacon_id="ours",
        )
        self.info = ComposedInfo.of(plain, bytes(self.satellite.public_key(0x7654321)), scheme(satellite))
        self._chain = [Beacon(round=0, signature=plain.genesis_seed)]

    def plain(self, round: int) -> Beacon:
        one = self.ground.scheme
        while len(self._chain) <= round:
            following, before = len(self._chain), self._chain[-1].signature if one.chained else b""
            signature = self.ground.sign(0x1234567, one.digest(following, before))
            self._chain.append(Beacon(round=following, signature=signature, previous_signature=before))
        return self._chain[round]

    def beacon(self, round: int) -> ComposedBeacon:
        signature = self.satellite.sign(0x7654321, self.satellite.scheme.digest(round))
        return ComposedBeacon(ground=self.plain(round), satellite_signature=signature)

    def refused(self, beacon: ComposedBeacon) -> str | None:
        """The code for which one beacon is refused, which the batch must refuse too, or None."""
        batch = ComposedVerifier.of(self.info, self.backend).invalid([beacon], random.Random(1))
        try:
            assert verify_composed(beacon, self.info, self.backend) == beacon.randomness
        except VerificationError as error:
            assert batch
            return error.code
        assert batch == {}
        return None


GLASS = Composed()


# ---------------------------------------------------------------- the form, pinned

# A vector of our own: secrets 0x1234567 on the ground (pedersen-bls-chained) and 0x7654321 in orbit, round 2.
PINNED = {
    "composed_hash": "c0a336be08007d8724ee52b998934931a554aa7e902485dbef079a7c083776f1",
    "info": (
        '{"ground":{"public_key":"820ad0f24a42c82129fef2a137f7b7c230c2aaffb78ffd82f6cbdcd2bfbf3560435a35c62d3'
        'ff66ad696b78f8c6c6c68","period":3,"genesis_time":1700000000,"genesis_seed":"000102030405060708090a0b'
        '0c0d0e0f101112131415161718191a1b1c1d1e1f","chain_hash":"8f58a8a3082ed18b06cfadf22f3fae3e725a37febf59'
        '9c415921adda11801aad","scheme":"pedersen-bls-chained","beacon_id":"ours"},"satellite":{"public_key":'
        '"82a44120aa7b2e79614e520e7f57db71403afde41ce3b970db69d5d50ca87dfb1b2994b3d568cb9b64a2c7678ef27d36042'
        '86e2cf7368ccb9f096ab9652c3243b10998409b037b282140b361de96a0904528cffb9243ab4f0a3a3bc4b1d68416","peri'
        'od":3,"genesis_time":1700000000,"genesis_seed":"8f58a8a3082ed18b06cfadf22f3fae3e725a37febf599c415921'
        'adda11801aad","chain_hash":"26df1080c25205a95970f9276e12f45d8b7402c1bf50c8b8fac6c98a6f98c7c7","schem'
        'e":"bls-unchained-g1-rfc9380","beacon_id":"satellite"},"composed_hash":"c0a336be08007d8724ee52b99893'
        '4931a554aa7e902485dbef079a7c083776f1"}'
    ),
    "beacon": (
        '{"round":2,"randomness":"6ee268e8e04fd97fa92ebd31faef787734a72821ea60db639c30c069a735440c","signatur'
        'e":"95273ea6073b82e82175b9d5e97964b960fd3e8456ce7b8e69fe93a4919853a9e475ce61ec5dc8ccf345e5e1409468cb'
        '14f22f22a4616f455a8eeee5ec75102fd3480405ee731f5556fbce73646bef96089d7a91772ad59a058d5a833bb7ced3","p'
        'revious_signature":"b6084e1a8e21780da9a1d4fd00f01e7b9c740d2da840154a833f1653b9c17e470314c14c90c7224b'
        "64650df3863c5e6c023b4b8f44555f59ad28f398671708f41223742a77efff55bc7d12a4e0b659d77960ec86d1c815a6e822"
        '6d41e2d206d9","satellite_signature":"92b416a36bbdb5979667148b35e67abc6402ab819407384d7fbaa5dacd6b6ee'
        '0a1f8f7b40b81e5934f2af0e07b5a1d10"}'
    ),
    "randomness": "6ee268e8e04fd97fa92ebd31faef787734a72821ea60db639c30c069a735440c",
}


def test_the_form_is_pinned() -> None:
    ours = Composed(LONG, QUICK, "blst")
    beacon = ours.beacon(2)
    assert ours.info.composed_hash.hex() == PINNED["composed_hash"]
    assert ours.info.to_json() == PINNED["info"]
    assert beacon.to_json() == PINNED["beacon"]
    assert beacon.randomness.hex() == PINNED["randomness"]
    assert verify_composed(ComposedBeacon.from_json(PINNED["beacon"]), ComposedInfo.from_json(PINNED["info"]), "blst")


def test_each_half_is_a_chain_that_any_verifier_takes() -> None:
    for ground in SCHEMES:
        for satellite in UNCHAINED:
            ours = Composed(ground, satellite)
            beacon = ours.beacon(3)
            Verifier.of(ours.info.ground, "glass").verify(beacon.ground)
            Verifier.of(ours.info.satellite, "glass").verify(Beacon(round=3, signature=beacon.satellite_signature))
            assert ours.refused(beacon) is None


def test_what_is_read_is_what_was_written() -> None:
    for ours in (GLASS, Composed(LONG)):
        assert ComposedInfo.from_json(ours.info.to_json()) == ours.info
        beacon = ours.beacon(2)
        again = ComposedBeacon.from_json(beacon.to_json())
        assert again == replace(beacon, claimed_randomness=beacon.randomness)
        waiting = ComposedBeacon(ground=beacon.ground, satellite_signature=b"")
        assert ComposedBeacon.from_json(waiting.to_json()).satellite_signature == b""
        assert "satellite_signature" not in waiting.to_dict()


def test_the_satellites_own_chain_hash_says_to_which_chain_it_belongs() -> None:
    assert GLASS.info.satellite.genesis_seed == GLASS.info.ground.chain_hash
    assert GLASS.info.schedule == GLASS.info.ground.schedule


# ---------------------------------------------------------------- the hash binds both halves


def test_the_hash_changes_with_every_part_of_either_half() -> None:
    info = GLASS.info
    seen = {info.composed_hash, info.ground.chain_hash, info.satellite.chain_hash}
    others = [
        replace(info, ground=replace(info.ground, genesis_seed=bytes(32))),
        replace(info, ground=replace(info.ground, beacon_id="other")),
        replace(info, satellite=replace(info.satellite, genesis_seed=bytes(32))),
        replace(info, satellite=replace(info.satellite, beacon_id="other")),
        # the scheme, which no chain hash binds: the same key under the tag of another
        replace(info, ground=replace(info.ground, scheme=scheme("bls-unchained-on-g1"))),
        replace(info, satellite=replace(info.satellite, scheme=scheme("bls-unchained-on-g1"))),
        ComposedInfo(ground=info.satellite, satellite=info.ground),
    ]
    hashes = {other.composed_hash for other in others}
    assert len(hashes) == len(others)
    assert not hashes & seen
    assert others[4].ground.chain_hash == info.ground.chain_hash


def test_two_chains_that_do_not_fit_are_refused() -> None:
    ground, satellite = GLASS.info.ground, GLASS.info.satellite
    for other, message in (
        (replace(satellite, period=4), "satellite: has a period of 4 s, the ground chain one of 3 s; both halves sign"),
        (replace(satellite, genesis_time=7), "satellite: has a genesis time of 7 s, the ground chain one of 17000000"),
        (replace(ground, beacon_id="other"), "satellite: has the key of the ground chain: then one half proves both"),
        (Composed(LONG).info.ground, "satellite: has the chained scheme pedersen-bls-chained; a satellite signs the"),
    ):
        with pytest.raises(LocalError) as caught:
            ComposedInfo(ground=ground, satellite=other)
        assert str(caught.value).startswith(message)
    with pytest.raises(WrongType, match=r"^ground: expected a ChainInfo, got str$"):
        ComposedInfo(ground="quicknet", satellite=satellite)  # type: ignore[arg-type]
    with pytest.raises(WrongType, match=r"^ground: expected a ChainInfo, got str$"):
        ComposedInfo.of("quicknet", b"", scheme(QUICK))  # type: ignore[arg-type]


FIELDS: dict[str, Any] = GLASS.info.to_dict()
HALF: dict[str, Any] = FIELDS["satellite"]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ([], "expected the info of a composed chain as a JSON object, got a list"),
        ({}, 'field "ground": the field is missing'),
        (GLASS.info.ground.to_dict(2), 'field "beacon_id": no such field in this form'),
        ({k: v for k, v in FIELDS.items() if k != "satellite"}, 'field "satellite": the field is missing'),
        ({k: v for k, v in FIELDS.items() if k != "composed_hash"}, 'field "composed_hash": the field is missing'),
        (FIELDS | {"third": HALF}, 'field "third": no such field in this form'),
        (FIELDS | {"satellite": "x"}, 'field "satellite": expected a chain info as an object'),
        (FIELDS | {"satellite": GLASS.info.satellite.to_dict(1)}, 'field "satellite.groupHash": no such field in this'),
        (
            FIELDS | {"satellite": {k: v for k, v in HALF.items() if k != "scheme"}},
            'field "satellite.scheme": the field is missing',
        ),
        (FIELDS | {"satellite": HALF | {"chain_hash": "00" * 32}}, 'field "satellite.chain_hash": the body says 0000'),
        (FIELDS | {"satellite": HALF | {"period": "3s"}}, 'field "satellite.period": expected whole seconds as a num'),
        (FIELDS | {"satellite": FIELDS["ground"]}, 'field "satellite": has the key of the ground chain'),
        (FIELDS | {"composed_hash": "00" * 31}, 'field "composed_hash": expected 32 bytes in hexadecimal, got 31'),
        (
            FIELDS | {"ground": HALF, "satellite": FIELDS["ground"]},
            f'field "composed_hash": the body says {GLASS.info.composed_hash.hex()}, its own fields give ',
        ),
    ],
)
def test_an_info_of_another_form_is_refused(fields: Any, message: str) -> None:
    with pytest.raises(FormatError) as caught:
        ComposedInfo.from_json(json.dumps(fields))
    assert str(caught.value).startswith(message)


def test_names_that_are_no_texts_are_unknown_fields() -> None:
    with pytest.raises(FormatError, match=r'^field "1": no such field in this form$'):
        ComposedInfo.from_json({**FIELDS, 1: 2, "third": 3})  # type: ignore[dict-item]


def test_a_half_that_was_exchanged_is_found() -> None:
    other = Composed(QUICK, "bls-unchained-on-g1").info
    fields = FIELDS | {"satellite": other.satellite.to_dict(2)}
    with pytest.raises(FormatError, match="was a half exchanged"):
        ComposedInfo.from_json(fields)


# ---------------------------------------------------------------- beacons


@pytest.mark.parametrize("ours", [GLASS, Composed(LONG), Composed(QUICK, "pedersen-bls-unchained")])
@given(round=st.integers(1, 30), data=st.data())
def test_any_flipped_bit_in_either_half_fails(ours: Composed, round: int, data: st.DataObject) -> None:
    beacon = ours.beacon(round)

    def flipped(value: bytes) -> bytes:
        bit = data.draw(st.integers(0, 8 * len(value) - 1))
        return bytes(byte ^ (1 << bit % 8 if i == bit // 8 else 0) for i, byte in enumerate(value))

    ground = replace(beacon.ground, signature=flipped(beacon.ground.signature))
    assert ours.refused(replace(beacon, ground=ground)) == "ground-half"
    wrong = replace(beacon, satellite_signature=flipped(beacon.satellite_signature))
    assert ours.refused(wrong) == "satellite-half"
    assert ours.refused(replace(beacon, claimed_randomness=flipped(beacon.randomness))) == "randomness"
    assert ours.refused(beacon) is None


@given(ours=st.sampled_from([GLASS, Composed(LONG)]), rounds=st.tuples(st.integers(1, 20), st.integers(1, 20)))
def test_a_composed_beacon_verifies_exactly_if_both_halves_do(ours: Composed, rounds: tuple[int, int]) -> None:
    one, other = (ours.beacon(round) for round in rounds)
    mixed = ComposedBeacon(ground=one.ground, satellite_signature=other.satellite_signature)
    assert (ours.refused(mixed) is None) == (one.round == other.round)
    late = replace(one.ground, round=other.round)
    late_mixed = ComposedBeacon(ground=late, satellite_signature=other.satellite_signature)
    assert (ours.refused(late_mixed) is None) == (one.round == other.round)


def test_exchanged_halves_fail() -> None:
    beacon = GLASS.beacon(5)
    exchanged = ComposedBeacon(
        ground=Beacon(round=5, signature=beacon.satellite_signature), satellite_signature=beacon.ground.signature
    )
    assert GLASS.refused(exchanged) == "ground-half"
    other = ComposedInfo(ground=GLASS.info.satellite, satellite=GLASS.info.ground)
    with pytest.raises(VerificationError, match=r"^round 5: ground: signature: valid point, but not"):
        verify_composed(beacon, other, "glass")
    assert verify_composed(exchanged, other, "glass") != beacon.randomness


def test_a_missing_half_fails() -> None:
    beacon = GLASS.beacon(5)
    with pytest.raises(VerificationError, match=r"^round 5: satellite: the signature is missing$"):
        verify_composed(replace(beacon, satellite_signature=b""), GLASS.info, "glass")
    with pytest.raises(VerificationError, match=r"^round 5: ground: signature: expected 48 bytes"):
        verify_composed(replace(beacon, ground=Beacon(round=5, signature=b"")), GLASS.info, "glass")


def test_the_error_says_which_half_and_why() -> None:
    beacon = GLASS.beacon(5)
    with pytest.raises(VerificationError) as caught:
        verify_composed(replace(beacon, satellite_signature=b"short"), GLASS.info, "glass")
    assert (caught.value.code, caught.value.round) == ("satellite-half", 5)
    cause = caught.value.__cause__
    assert isinstance(cause, VerificationError)
    assert cause.code == "length"


def test_the_batch_names_every_half_that_fails() -> None:
    verifier = ComposedVerifier.of(GLASS.info, "glass")
    beacons = [GLASS.beacon(round) for round in range(1, 9)]
    beacons[1] = replace(beacons[1], satellite_signature=beacons[0].satellite_signature)
    beacons[3] = replace(beacons[3], ground=replace(beacons[3].ground, signature=beacons[0].ground.signature))
    beacons[5] = ComposedBeacon(ground=replace(beacons[3].ground, round=6), satellite_signature=b"")
    beacons[6] = replace(beacons[6], claimed_randomness=bytes(32))
    why = "signature: valid point, but not the key's signature of this message"
    assert verifier.invalid(beacons, random.Random(1)) == {
        1: f"satellite: {why}",
        3: f"ground: {why}",
        5: f"ground: {why}; satellite: the signature is missing",
        6: f"randomness: claimed 00000000…, but SHA-256 of both signatures is {beacons[6].randomness.hex()[:8]}…",
    }
    assert verifier.invalid([], random.Random(1)) == {}


def test_what_is_no_composed_beacon_is_the_callers_mistake() -> None:
    beacon = GLASS.beacon(1)
    with pytest.raises(WrongType, match=r"^beacon: expected a ComposedBeacon, got Beacon$"):
        verify_composed(beacon.ground, GLASS.info)  # type: ignore[arg-type]
    with pytest.raises(WrongType, match=r"^info: expected a ComposedInfo, got ChainInfo$"):
        verify_composed(beacon, GLASS.info.ground)  # type: ignore[arg-type]
    with pytest.raises(WrongType, match=r"^ground: expected a Beacon, got bytes$"):
        ComposedBeacon(ground=b"", satellite_signature=b"")  # type: ignore[arg-type]
    with pytest.raises(LocalError, match=r"^ground: claims a randomness of its own"):
        ComposedBeacon(ground=replace(beacon.ground, claimed_randomness=bytes(32)), satellite_signature=b"")
    for name in ("satellite_signature", "claimed_randomness"):
        with pytest.raises(WrongType, match=f"^{name}: "):
            replace(beacon, **{name: "00"})
