"""The development accounts have the keys that every tool of the Substrate world knows."""

from __future__ import annotations

import pytest

from drandlab.crypto.sr25519 import WELL_KNOWN, development, development_ed25519, names
from drandlab.errors import LocalError, WrongType

KEYS = {
    "Alice": "d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d",
    "Bob": "8eaf04151687736326c9fea17e25fc5287613693c912909cb226aa4794f26a48",
    "Charlie": "90b5ab205c6974c9ea841be688864633dc9ca8a357843eeacf2314649965fe22",
    "Dave": "306721211d5404bd9da88e0204360a1a9ab8b87c66c1bc2fcdd37f3c2222cc20",
    "Eve": "e659a7a1628cdd93febc04a4e0646ea20e9f5f0ce097d9a05290d4a9e054df4e",
    "Ferdie": "1cbd2d43530a44705ad088af313e18f80b53ef16b36177cd4b77b846f2a5f07c",
}


def test_the_well_known_keys() -> None:
    assert {name: development(name).public.hex() for name in WELL_KNOWN} == KEYS
    assert development("Alice").hard("stash").public.hex() == (
        "be5ddb1579b72e84524fc29e78609e3caf42e85aa118ebfe0b0ad404b5bdd25f"
    )


def test_the_well_known_key_for_votes() -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.from_private_bytes(development_ed25519("Alice"))
    assert key.public_key().public_bytes_raw().hex() == (
        "88dc3417d5058ec4b4503e0c12ea1a0a89be200fe98922423d4334014fa6b0ee"
    )


def test_more_than_six() -> None:
    assert names(2) == ("Alice", "Bob")
    assert names(9)[6:] == ("Collator7", "Collator8", "Collator9")
    assert len({development(name).public for name in names(12)}) == 12


@pytest.mark.parametrize("name", ["", "a/b", "/", "x" * 101, "\ud800"])
def test_what_is_no_name(name: str) -> None:
    with pytest.raises(LocalError) as caught:
        development(name)
    assert caught.value.argument == "name"


def test_arguments() -> None:
    for count in (0, -1, 10_001):
        with pytest.raises(LocalError):
            names(count)
    with pytest.raises(WrongType):
        development(b"Alice")  # type: ignore[arg-type]
