"""Slots, authors and what headers say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from drandlab.errors import LocalError, WrongType
from drandlab.idn import aura_digest, author, round_digest, seal_digest, slot
from drandlab.idn.slots import author_by_block


def test_a_slot_has_six_seconds() -> None:
    assert [slot(ms) for ms in (0, 5999, 6000, 1_700_000_004_000)] == [0, 0, 1, 283_333_334]


def test_authors_take_turns_and_an_empty_slot_passes_to_the_next() -> None:
    assert [author(turn, 4) for turn in range(6)] == [0, 1, 2, 3, 0, 1]
    assert [author_by_block(block, 4) for block in range(6)] == [0, 1, 2, 3, 0, 1]


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: slot(-1), "unix_ms: expected whole milliseconds from 0"),
        (lambda: slot(1 << 64), "unix_ms"),
        (lambda: author(1, 0), "authorities: expected a number of authorities of at least 1, got 0"),
        (lambda: author(-1, 1), "slot"),
        (lambda: author_by_block(-1, 1), "block"),
        (lambda: author_by_block(1, -1), "authorities"),
    ],
)
def test_times_and_turns_out_of_bounds_are_refused(call: Callable[[], object], said: str) -> None:
    with pytest.raises(LocalError, match=said):
        call()


def test_digests_are_those_of_the_vectors(vectors: Callable[[str], Any]) -> None:
    facts = vectors("idn")["digests"]
    assert aura_digest(facts["aura"]["slot"]).hex() == facts["aura"]["pre_runtime"]
    seal = seal_digest(bytes(range(64)))
    assert seal.hex() == facts["aura"]["seal_prefix"] + bytes(range(64)).hex()
    assert round_digest(facts["era2_latest_round"]["latest_round"]).hex() == facts["era2_latest_round"]["digest_item"]


def test_parts_of_digests_are_checked() -> None:
    for call in (lambda: aura_digest(1 << 64), lambda: round_digest(-1), lambda: seal_digest(bytes(63))):
        with pytest.raises(LocalError):
            call()
    with pytest.raises(WrongType):
        aura_digest(1.0)  # type: ignore[arg-type]
