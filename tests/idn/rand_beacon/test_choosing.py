"""The switch between the designs."""

from __future__ import annotations

from typing import Any

import pytest

from drandlab.errors import LocalError, WrongType
from drandlab.idn.rand_beacon import (
    MODES,
    AccumulateBeacon,
    InherentRangeBeacon,
    RangeBeacon,
    RunningPair,
    rand_beacon,
)


def test_each_mode_has_its_pallet() -> None:
    assert type(rand_beacon()) is type(rand_beacon("range", carrier="extrinsic")) is RangeBeacon
    assert type(rand_beacon("range", carrier="inherent")) is InherentRangeBeacon
    assert type(rand_beacon("accumulate")) is type(rand_beacon("accumulate", carrier="inherent")) is AccumulateBeacon
    assert {rand_beacon(mode).mode for mode in MODES} == set(MODES)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"mode": "sum"}, "mode: expected one of accumulate, range, got 'sum'"),
        ({"carrier": "gossip"}, "carrier: expected one of extrinsic, inherent, got 'gossip'"),
        ({"mode": "accumulate", "carrier": "extrinsic"}, "carrier: accumulate comes by inherents only"),
        ({"max_pulses": 0}, "max_pulses: expected a whole number from 1 to 255, got 0"),
        ({"max_pulses": 256}, "max_pulses"),
        ({"backend": "gmp"}, "backend: expected one of"),
    ],
)
def test_other_choices_are_refused(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(LocalError, match=said):
        rand_beacon(**wrong)


def test_a_running_pair_has_two_points() -> None:
    with pytest.raises(LocalError, match="message: expected 48 bytes, got 96"):
        RunningPair(signature=bytes(48), message=bytes(96))
    with pytest.raises(WrongType, match="signature"):
        RunningPair(signature="", message=bytes(48))  # type: ignore[arg-type]
