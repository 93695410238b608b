"""The switch between the designs."""

from __future__ import annotations

from typing import Any

import pytest
from beacon_chain import BeaconChain, public_key

from drandlab.errors import LocalError, WrongType
from drandlab.idn.rand_beacon import (
    MODES,
    AccumulateBeacon,
    InherentRangeBeacon,
    RangeBeacon,
    RunningPair,
    rand_beacon,
)
from drandlab.idn.runtime.calls import ROOT


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


@pytest.mark.parametrize("parts", [{"mode": "accumulate"}, {"carrier": "inherent"}])
def test_genesis_may_bring_key_and_genesis_round(parts: dict[str, Any]) -> None:
    chain = BeaconChain(**parts)
    config = {"beacon_pubkey_hex": public_key().hex(), "genesis_round": 1000}
    storage = chain.runtime.storage(chain.runtime.genesis({"RandBeacon": config}))
    assert chain.pallet.configured(storage) == (public_key(), 1000)
    assert chain.pallet.next_round(storage) == 1000
    blank = chain.runtime.storage(chain.runtime.genesis({"RandBeacon": {"beacon_pubkey_hex": ""}}))
    assert chain.pallet.configured(blank) == (b"", None)
    for wrong in ({"genesis_round": -1}, {"genesis_round": None}):
        with pytest.raises(LocalError, match="genesis_round: expected a whole number"):
            chain.runtime.genesis({"RandBeacon": config | wrong})


def test_what_is_configured_can_be_asked_for() -> None:
    chain = BeaconChain("accumulate")
    assert chain.error("set_beacon_key", ROOT, pk=public_key()) is None
    assert chain.pallet.configured(chain.storage) == (public_key(), None)
    today = BeaconChain()
    assert today.pallet.configured(today.storage) == (b"", None)
    assert today.configure() is None
    assert today.pallet.configured(today.storage) == (public_key(), None)
