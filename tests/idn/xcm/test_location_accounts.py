"""Sovereign accounts and the converters of the bridge against the published accounts."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from drandlab.errors import FormatError, LocalError
from drandlab.idn import account_of, sibling_account
from drandlab.idn.xcm.location_accounts import PARENT_ACCOUNT, parachain_account

ALICE = bytes.fromhex("d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d")


@pytest.fixture(scope="module")
def facts(request: pytest.FixtureRequest) -> Any:
    vectors: Callable[[str], Any] = request.getfixturevalue("vectors")
    return vectors("idn")["accounts"]


def place(parents: int, *path: Any) -> dict[str, Any]:
    return {"parents": parents, "interior": {f"X{len(path)}": list(path)} if path else "Here"}


def person(network: Any = None, id: bytes = ALICE) -> dict[str, Any]:
    return {"AccountId32": {"network": network, "id": f"0x{id.hex()}"}}


def hashed(description: bytes) -> bytes:
    return hashlib.blake2b(description, digest_size=32).digest()


def test_sovereign_accounts_are_those_published(facts: Any) -> None:
    sovereign = facts["sovereign"]
    for para_id in (3414, 4502, 4594):
        assert sibling_account(para_id).hex() == sovereign[f"sibl_{para_id}"]
        assert account_of(place(1, {"Parachain": para_id})) == sibling_account(para_id)
    assert parachain_account(4502).hex() == sovereign["para_4502"]
    assert PARENT_ACCOUNT.hex() == sovereign["parent"]
    assert account_of(place(1)) == PARENT_ACCOUNT
    funded = facts["e2e_funded_sibling"]
    assert sibling_account(funded["para_id"]).hex() == funded["account"]


@pytest.mark.parametrize("network", [None, "Polkadot"])
@pytest.mark.parametrize("para_id", [0, 2000, 4594, (1 << 32) - 1])
def test_an_account_of_any_sibling_is_the_account_of_the_same_bytes(para_id: int, network: Any) -> None:
    assert account_of(place(1, {"Parachain": para_id}, person(network))) == ALICE
    assert account_of(place(0, person(network))) == ALICE


def test_an_account_of_another_network_is_the_hash_of_its_description(facts: Any) -> None:
    described = facts["hashed_description"]
    assert hashed(bytes.fromhex(described["preimage"])).hex() == described["account"]
    found = account_of(place(1, {"Parachain": 4594}, person("Kusama")))
    assert found is not None and found.hex() == described["account"]
    assert account_of(place(0, person("Kusama"))) is None, "nothing describes an account of this chain"


def test_what_else_can_be_described_is_hashed() -> None:
    key = {"AccountKey20": {"network": None, "key": "0x" + "ab" * 20}}
    body = {"Plurality": {"id": {"Index": 5}, "part": "Voice"}}
    inner = {
        b"Pallet\x54": {"PalletInstance": 21},
        b"AccountKey20" + b"\xab" * 20: key,
        b"Body\x02\x14\x00": body,
    }
    for written, step in inner.items():
        written = bytes([len(written) << 2]) + written
        assert account_of(place(1, step)) == hashed(b"ParentChain" + written)
        assert account_of(place(1, {"Parachain": 4594}, step)) == hashed(b"SiblingChain\xc9\x47" + written)
        assert account_of(place(0, {"Parachain": 1}, step)) == hashed(b"ChildChain\x04" + written)
    assert account_of(place(0, {"Parachain": 1})) == hashed(b"ChildChain\x04\x00")
    assert account_of(place(0)) == hashed(b"")
    assert account_of(place(1, person())) == hashed(b"ParentChain\xacAccountId32" + ALICE)


@pytest.mark.parametrize(
    "location",
    [
        place(2),
        place(2, {"Parachain": 1}),
        place(1, {"Parachain": 1}, {"Parachain": 2}),
        place(1, {"GeneralIndex": 1}),
        place(0, {"PalletInstance": 1}),
        place(1, "OnlyChild"),
        place(1, {"GlobalConsensus": "Polkadot"}, {"Parachain": 1}),
        place(1, {"Parachain": 1}, {"PalletInstance": 1}, {"GeneralIndex": 1}),
    ],
)
def test_other_places_have_no_account(location: dict[str, Any]) -> None:
    assert account_of(location) is None


@pytest.mark.parametrize("para_id", [-1, 1 << 32, True, 1.0, "4594", None, 1 << 5000])
def test_a_number_that_no_parachain_has_is_refused(para_id: Any) -> None:
    with pytest.raises(LocalError):
        sibling_account(para_id)
    with pytest.raises(FormatError):
        account_of(place(1, {"Parachain": para_id}))


@pytest.mark.parametrize(
    "value", [None, 7, [], {}, "Here", place(256), place(True), {"parents": 1, "interior": {"X0": []}}]
)
def test_what_is_no_location_is_refused(value: Any) -> None:
    with pytest.raises(FormatError):
        account_of(value)
