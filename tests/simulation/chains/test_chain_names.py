"""Names of accounts and origins in a chain file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from drandlab.crypto.sr25519 import development
from drandlab.errors import LocalError
from drandlab.idn.runtime.calls import NONE, ROOT, Origin, signed
from drandlab.idn.subscriptions.manager_limits import TREASURY_ACCOUNT
from drandlab.idn.xcm.locations import AccountId32, Location, Parachain
from drandlab.simulation.chains.chain_names import account_named, check_development, origin_named, para_named


def test_accounts_are_those_of_the_vectors(vectors: Callable[[str], Any]) -> None:
    facts = vectors("idn")["accounts"]
    assert account_named("Alice", "x").hex() == facts["alice"]
    for para in (3414, 4502, 4594):
        assert account_named(str(para), "x").hex() == facts["sovereign"][f"sibl_{para}"]
    assert TREASURY_ACCOUNT.hex() == facts["treasury"]


def test_numbers_name_parachains() -> None:
    assert [para_named(text) for text in ("0", "4594", "4294967295")] == [0, 4594, 4294967295]
    assert [para_named(text) for text in ("4294967296", "007", "-1", "1.0", "Alice", "")] == [None] * 6


def test_origins() -> None:
    alice = development("Alice").public
    assert (origin_named("root"), origin_named("none"), origin_named("Alice")) == (ROOT, NONE, signed(alice))
    assert origin_named("4594") == Origin("xcm", None, Location(1, (Parachain(4594),)))
    there = Location(1, (Parachain(4594), AccountId32(None, alice)))
    assert origin_named("4594/Alice") == Origin("xcm", None, there)


@pytest.mark.parametrize(
    "text", ["", "Root", "alice", "Collator0", "Collator12345", "4594/", "4594/alice", "/Alice", "-1"]
)
def test_what_names_nobody_is_refused(text: str) -> None:
    with pytest.raises(LocalError, match="origin: expected"):
        origin_named(text)


def test_collators_beyond_the_well_known_have_numbers() -> None:
    assert check_development("Collator7", "x") == "Collator7"
    assert account_named("Collator7", "x") == development("Collator7").public
