"""What the sums prove of a single pulse: all four steps are needed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

import drandlab as dl
from drandlab.beacon.beacon import Beacon
from drandlab.errors import LocalError, WrongType
from drandlab.idn.proofs.sum_membership import SumMembership
from drandlab.idn.sums import on_curve, sum_of_messages
from drandlab.remote.tables.shipped_beacons import beacons

KEY = dl.networks["quicknet"].public_key
REAL = {beacon.round: beacon for beacon in beacons("quicknet") if 1000 <= beacon.round <= 1003}


def claim(round: int = 1001, start: int = 1000, end: int = 1003) -> SumMembership:
    bls = on_curve()
    points = [bls.decode_signature(REAL[r].signature) for r in range(start, end + 1)]
    return SumMembership(
        beacon=REAL[round],
        start=start,
        end=end,
        message=bytes(sum_of_messages(start, end)),
        signature=bytes(bls.signatures.sum(points)),
    )


def test_a_real_pulse_is_among_the_real_rounds() -> None:
    steps = claim().check(KEY)
    assert steps.holds and steps.operations.hashes == 5


def test_the_pair_is_the_one_that_the_first_design_stored(vectors: Callable[[str], Any]) -> None:
    stored = vectors("idn")["era1_accumulator_steps"]["steps"][1]
    assert claim().signature.hex() == stored["stored_signature"]
    assert claim().message.hex() == stored["stored_message_hash"]


def test_each_step_is_needed() -> None:
    good, bls = claim(), on_curve()
    other_round = replace(good, beacon=Beacon(round=1001, signature=REAL[1002].signature))
    outside = replace(claim(1003, 1000, 1003), end=1002, message=claim(1000, 1000, 1002).message)
    doubled = replace(
        good,
        message=bytes(2 * bls.signatures.decode(good.message)),
        signature=bytes(2 * bls.signatures.decode(good.signature)),
    )
    wrong_sum = replace(good, signature=claim(1000, 1000, 1002).signature)
    seen = {
        name: {step for step in ("in_range", "pulse", "message", "pair") if not getattr(one.check(KEY), step)}
        for name, one in {"other": other_round, "outside": outside, "doubled": doubled, "sum": wrong_sum}.items()
    }
    assert seen == {"other": {"pulse"}, "outside": {"in_range", "pair"}, "doubled": {"message"}, "sum": {"pair"}}


def test_points_that_are_none_are_no_pair() -> None:
    for wrong in (b"\xff" * 48, b"\xc0" + bytes(47)):
        assert not replace(claim(), signature=wrong).check(KEY).pair


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(LocalError, match="end"):
        replace(claim(), start=1004)
    with pytest.raises(LocalError, match="at most 3 rounds"):
        claim().check(KEY, most=3)
    with pytest.raises(WrongType):
        replace(claim(), message="x" * 48)
    with pytest.raises(LocalError, match="48 bytes"):
        replace(claim(), signature=b"x")
