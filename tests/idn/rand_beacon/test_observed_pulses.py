"""What a node hands to the author of a block."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from beacon_chain import beacons, pulse_of

from drandlab.beacon.beacon import Beacon
from drandlab.errors import FormatError, LocalError
from drandlab.idn.rand_beacon import decode_observed, encode_observed
from drandlab.idn.rand_beacon.observed_pulses import canonical_pulse, sum_of_points
from drandlab.wire.scale import Bytes, Vec

INFINITY = bytes([0xC0]) + bytes(47)


def test_canonical_pulses_are_those_of_the_vectors(vectors: Callable[[str], Any]) -> None:
    facts = vectors("idn")
    signatures = {one["round"]: bytes.fromhex(one["signature"]) for one in facts["pulses"]}
    for one in facts["canonical_pulse"]:
        beacon = Beacon(round=one["round"], signature=signatures[one["round"]])
        assert canonical_pulse(beacon).hex() == one["scale"]
        assert decode_observed(encode_observed([beacon])) == (beacon,)


def test_what_is_no_canonical_pulse_is_passed_over() -> None:
    good = canonical_pulse(beacons(7)[0])
    data = Vec(Bytes()).encode((b"", good[:-1], good, good + b"\0"))
    assert decode_observed(data) == tuple(beacons(7))


@pytest.mark.parametrize("data", [b"", b"\4", b"\4\4", b"\0\0", b"\xff\xff\xff\xff"])
def test_what_is_no_list_is_refused(data: bytes) -> None:
    with pytest.raises(FormatError):
        decode_observed(data)


def test_only_signatures_on_g1_are_carried() -> None:
    with pytest.raises(LocalError, match="signature: expected 48 bytes"):
        canonical_pulse(Beacon(round=1, signature=bytes(96)))


def test_points_are_summed_and_the_rest_is_left_out() -> None:
    bad, nothing = Beacon(round=3, signature=bytes(48)), Beacon(round=4, signature=INFINITY)
    total = pulse_of(1, 2).signature
    assert sum_of_points([*beacons(1, 2), bad], "glass") == (total, 2)
    assert sum_of_points([*beacons(1, 2), nothing], "glass") == (total, 3)
    assert sum_of_points([], "glass") == (INFINITY, 0)
