"""Storage keys: those of real chains."""

from __future__ import annotations

import pytest

from drandlab.errors import WrongType
from drandlab.idn.state import BLAKE2_128_CONCAT, HASHERS, IDENTITY, TWOX64_CONCAT, WELL_KNOWN, item_prefix, twox128

ALICE = bytes.fromhex("d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d")


@pytest.mark.parametrize(
    ("pallet", "item", "key"),
    [
        ("System", "Number", "26aa394eea5630e07c48ae0c9558cef702a5c1b19ab7a04f536c519aca4983ac"),
        ("System", "Events", "26aa394eea5630e07c48ae0c9558cef780d41e5e16056765bc8461851072c9d7"),
        ("System", "Account", "26aa394eea5630e07c48ae0c9558cef7b99d880ec681799c0cf30e8886371da9"),
        ("System", "ParentHash", "26aa394eea5630e07c48ae0c9558cef78a42f33323cb5ced3b44dd825fda9fcc"),
        ("System", "BlockHash", "26aa394eea5630e07c48ae0c9558cef7a44704b568d21667356a5a050c118746"),
        ("Timestamp", "Now", "f0c365c3cf59d671eb72da0e7a4113c49f1f0515f462cdcf84e0f1d6045dfcbb"),
        ("Balances", "TotalIssuance", "c2261276cc9d1f8598ea4b6a74b15c2f57c875e4cff74148e4628f264b974c80"),
        ("Staking", "ErasStakers", "5f3e4907f716ac89b6347d15ececedca8bde0a0ea8864605e3b68ed9cb2da01b"),
    ],
)
def test_the_keys_of_items_are_those_of_real_chains(pallet: str, item: str, key: str) -> None:
    assert item_prefix(pallet, item).hex() == key


def test_the_hashers_are_those_of_real_chains() -> None:
    assert BLAKE2_128_CONCAT(ALICE).hex() == "de1e86a9a8c739864cf3cc5ec2bea59f" + ALICE.hex()
    assert TWOX64_CONCAT(bytes(4)).hex() == "b4def25cfda6ef3a" + "00000000"
    assert IDENTITY(b"key") == b"key" and twox128(b"").hex() == "99e9d85137db46ef4bbea33613baafd5"
    for hasher in HASHERS.values():
        assert hasher(b"key")[hasher.head :] == b"key" and HASHERS[hasher.name] is hasher
    assert WELL_KNOWN["code"] == b":code" and WELL_KNOWN["extrinsic_index"] == b":extrinsic_index"


def test_names_are_text() -> None:
    with pytest.raises(WrongType, match="pallet: expected text, got bytes"):
        item_prefix(b"System", "Number")  # type: ignore[arg-type]
