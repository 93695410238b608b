"""Aura: authorities take turns."""

from __future__ import annotations

from typing import Any

import pytest
from toy_runtime import AUTHORITIES, toy_genesis, toy_runtime

from drandlab.errors import LocalError
from drandlab.idn.runtime.failures import BlockNotValid


def test_the_author_of_a_slot() -> None:
    one = toy_runtime()
    aura: Any = one.table.pallets["Aura"]
    head = one.propose(toy_genesis(one), 1000).head
    storage = one.storage(head)
    assert aura.authorities.get(storage) == tuple(AUTHORITIES) and aura.current_slot.get(storage) == 1000
    assert [aura.author(storage, slot) for slot in (0, 1, 5, 1003)] == [AUTHORITIES[n] for n in (0, 1, 1, 3)]
    nobody = toy_runtime().genesis()
    assert aura.author(one.storage(nobody), 5) is None


def test_a_block_names_its_slot() -> None:
    one = toy_runtime()
    with pytest.raises(BlockNotValid, match="its digest names no slot") as caught:
        one.propose(toy_genesis(one), None)
    assert caught.value.code == "slot"


def test_bad_authorities_are_refused() -> None:
    with pytest.raises(LocalError, match="authorities: an authority stands twice"):
        toy_runtime().genesis({"Aura": {"authorities": [bytes(32), bytes(32)]}})
    with pytest.raises(LocalError, match="authorities: expected 32 bytes, got 3"):
        toy_runtime().genesis({"Aura": {"authorities": [b"abc"]}})
