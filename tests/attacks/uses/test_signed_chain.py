"""A chain of one key: true beacons, and none before its time."""

from __future__ import annotations

import random

import pytest

from drandlab.attacks.uses.signed_chain import GENESIS, PERIOD, SignedChain, number_of
from drandlab.errors import VerificationError


def test_a_round_is_there_from_its_time_on() -> None:
    chain = SignedChain(random.Random(1))
    due = GENESIS + 6 * PERIOD
    assert chain.beacon(7, due - 0.001) is None and chain.randomness(7, due - 0.001) is None
    beacon = chain.beacon(7, due)
    assert beacon is not None and chain.verifier.verify(beacon) == chain.randomness(7, due + 100)


def test_two_chains_have_nothing_in_common() -> None:
    one, other = (SignedChain(random.Random(seed)) for seed in (1, 2))
    beacon = one.beacon(1, GENESIS)
    assert beacon is not None and one.randomness(1, GENESIS) != other.randomness(1, GENESIS)
    with pytest.raises(VerificationError):
        other.verifier.verify(beacon)


def test_a_number_depends_on_its_label() -> None:
    found = [number_of(bytes(32), label, 1 << 64) for label in ("a", "b", "a")]
    assert found[0] == found[2] != found[1] and max(found) < 1 << 64
