"""Verification of many composed beacons."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from drandlab.analysis.bulk import verify, verify_batch
from drandlab.beacon import Beacon, ComposedBeacon, ComposedInfo, HashCache
from drandlab.crypto.bls import BLS
from drandlab.crypto.schemes import scheme
from drandlab.curves.group import Point
from drandlab.errors import FormatError, LocalError, VerificationError
from drandlab.testing import KnownGroup

QUICK = scheme("bls-unchained-g1-rfc9380")


def composed(ground: str, rounds: int) -> tuple[ComposedInfo, list[ComposedBeacon]]:
    group, bls = KnownGroup(scheme=ground), BLS.of(QUICK, "glass")
    info = ComposedInfo.of(group.info, bytes(bls.public_key(7)), QUICK)
    halves = group.beacons(1, rounds)
    return info, [ComposedBeacon(ground=g, satellite_signature=bls.sign(7, QUICK.digest(g.round))) for g in halves]


def frame(beacons: list[ComposedBeacon]) -> pl.DataFrame:
    return pl.DataFrame([beacon.to_dict() for beacon in beacons])


@pytest.mark.parametrize("ground", ["bls-unchained-g1-rfc9380", "pedersen-bls-chained"])
def test_lists_frames_and_processes_give_the_same(ground: str) -> None:
    info, beacons = composed(ground, 30)
    beacons[4] = replace(beacons[4], satellite_signature=beacons[5].satellite_signature)
    beacons[9] = replace(beacons[9], ground=replace(beacons[9].ground, signature=beacons[8].ground.signature))
    wanted = verify_batch(beacons, info, backend="glass", chunk=7)
    assert [(round, reason.partition(":")[0]) for round, reason in wanted.invalid] == [(5, "satellite"), (10, "ground")]
    true = [replace(beacon, claimed_randomness=beacon.randomness) for beacon in beacons]
    for given in (iter(beacons), true, frame(beacons)):
        assert verify_batch(given, info, backend="glass") == wanted
    assert verify_batch(beacons, info, jobs=2, backend="glass") == wanted


def test_one_composed_beacon_gives_its_randomness() -> None:
    info, [beacon, other] = composed("bls-unchained-g1-rfc9380", 2)
    assert verify(beacon, info, "glass") == beacon.randomness
    with pytest.raises(VerificationError, match=r"^round 1: satellite: signature: "):
        verify(replace(beacon, satellite_signature=other.satellite_signature), info, "glass")
    with pytest.raises(LocalError, match=r"^beacon: expected a ComposedBeacon, got Beacon; ComposedBeacon.from_json"):
        verify(beacon.ground, info, "glass")
    with pytest.raises(LocalError, match=r"^beacon: expected a Beacon, got ComposedBeacon; Beacon.from_json"):
        verify(beacon, info.ground, "glass")


def test_links_of_the_ground_half_are_checked() -> None:
    info, beacons = composed("pedersen-bls-chained", 6)
    bare = [replace(one, ground=replace(one.ground, previous_signature=b"")) for one in beacons]
    assert verify_batch(bare[::-1], info, backend="glass").ok
    with pytest.raises(FormatError, match="the signature of round 2, before 3, is not there either"):
        verify_batch(bare[2:], info, backend="glass")


def test_a_row_that_comes_again_is_counted_or_named() -> None:
    info, beacons = composed("bls-unchained-g1-rfc9380", 3)
    report = verify_batch([*beacons, beacons[0]], info, backend="glass")
    assert (report.ok, report.checked, report.repeated) == (True, 4, 1)
    wrong = replace(beacons[0], satellite_signature=beacons[1].satellite_signature)
    report = verify_batch([*beacons, wrong], info, backend="glass")
    assert [round for round, _ in report.invalid] == [1]


def test_round_0_is_no_beacon_of_a_composed_chain() -> None:
    info, beacons = composed("bls-unchained-g1-rfc9380", 2)
    genesis = ComposedBeacon(ground=Beacon(round=0, signature=info.ground.genesis_seed), satellite_signature=b"")
    assert [round for round, _ in verify_batch([genesis, *beacons], info, backend="glass").invalid] == [0]


def test_beacons_of_the_other_kind_are_the_callers_mistake() -> None:
    info, beacons = composed("bls-unchained-g1-rfc9380", 2)
    with pytest.raises(LocalError, match=r"^beacons: expected ComposedBeacon objects, got Beacon in place 2$"):
        verify_batch([beacons[0], beacons[1].ground], info, backend="glass")
    with pytest.raises(LocalError, match=r"^beacons: expected Beacon objects, got ComposedBeacon in place 1$"):
        verify_batch(beacons, info.ground, backend="glass")
    with pytest.raises(FormatError, match=r'^frame, line 1, field "satellite_signature": this is a beacon of a comp'):
        verify_batch(frame(beacons), info.ground, backend="glass")


class Counting(HashCache):
    """A cache that counts what is asked of it."""

    asked = 0

    def over(self, bls: BLS) -> Callable[[bytes], Point]:
        hashed = super().over(bls)

        def counted(message: bytes) -> Point:
            self.asked += 1
            return hashed(message)

        return counted


def test_halves_of_one_scheme_share_their_hashed_rounds(monkeypatch: Any) -> None:
    info, beacons = composed("bls-unchained-g1-rfc9380", 5)
    cache = Counting()
    assert verify_batch(beacons, info, backend="glass", cache=cache, rng=random.Random(1)).ok
    assert (cache.asked, len(cache)) == (10, 5)
    bls = BLS.of(QUICK, "glass")
    hashed: list[bytes] = []
    monkeypatch.setattr(bls, "hash", lambda message: hashed.append(message) or BLS.hash(bls, message))
    assert verify_batch(beacons, info, backend="glass").ok
    assert len(hashed) == 5
