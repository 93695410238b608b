"""The design between: ranges by inherents, with the off-by-one and the duplicates that it got wrong."""

from __future__ import annotations

import pytest
from beacon_chain import BeaconChain, beacons, pulse_of

from drandlab.idn import Pulse, block_randomness, round_digest
from drandlab.idn.runtime.blocks import DIGEST_ITEM
from drandlab.idn.runtime.calls import ROOT, Call
from drandlab.typing import LAST_ROUND

INFINITY = bytes([0xC0]) + bytes(47)


@pytest.fixture
def chain() -> BeaconChain:
    one = BeaconChain(carrier="inherent")
    assert one.configure(genesis=1000) is None
    one.next_block()
    return one


def submit(chain: BeaconChain, pulse: Pulse) -> str | None:
    return chain.error("try_submit_asig", asig=pulse.signature, start=pulse.start, end=pulse.end)


def test_the_config_is_set_once(chain: BeaconChain) -> None:
    assert chain.configure(genesis=1000) == "BeaconConfigAlreadySet"


def test_a_range_is_accepted_and_the_header_names_its_end(chain: BeaconChain) -> None:
    pulse = pulse_of(1000, 1001)
    assert submit(chain, pulse) is None
    assert chain.pallet.accumulation(chain.storage) == pulse
    assert chain.pallet.next_round(chain.storage) == 1002
    assert [DIGEST_ITEM.encode(item) for item in chain.builder.context.digest[1:]] == [round_digest(1001)]
    assert chain.pallet.random(chain.builder.context)[0] == block_randomness(pulse.signature)


def test_errors_come_in_their_order(chain: BeaconChain) -> None:
    blank = BeaconChain(carrier="inherent")
    assert submit(blank, pulse_of(1000, 1001)) == "BeaconConfigNotSet"
    args = {"asig": INFINITY, "start": 5, "end": 5}
    assert chain.error("try_submit_asig", ROOT, **args) == "BadOrigin"
    assert submit(chain, Pulse(signature=INFINITY, start=1, end=1)) == "ZeroHeightProvided"
    for start, end in ((2, 1), (1000, 1004), (0, LAST_ROUND)):
        assert submit(chain, Pulse(signature=INFINITY, start=start, end=end)) == "ExcessiveHeightProvided"
    assert submit(chain, pulse_of(999, 1000)) == "StartExpired"
    assert submit(chain, Pulse(signature=INFINITY, start=LAST_ROUND - 1, end=LAST_ROUND)) == "Overflow"
    assert submit(chain, Pulse(signature=INFINITY, start=1000, end=1001)) == "VerificationFailed"
    assert submit(chain, pulse_of(1000, 1001)) is None
    assert submit(chain, pulse_of(1002, 1003)) == "SignatureAlreadyVerified"


def test_one_round_alone_is_refused_and_one_more_than_the_cap_passes(chain: BeaconChain) -> None:
    assert submit(chain, pulse_of(1000, 1000)) == "ZeroHeightProvided"
    assert submit(chain, pulse_of(1000, 1003)) is None


def test_a_gap_is_accepted(chain: BeaconChain) -> None:
    assert submit(chain, pulse_of(2000, 2001)) is None
    assert chain.pallet.next_round(chain.storage) == 2002


def test_the_inherent_drops_what_is_past(chain: BeaconChain) -> None:
    call = chain.inherent(beacons(998, 1001, 999, 1000))
    expected = pulse_of(1000, 1001)
    assert call == Call("RandBeacon", "try_submit_asig", {"asig": expected.signature, "start": 1000, "end": 1001})
    assert chain.builder.apply(chain.runtime.decode(chain.runtime.bare(call))).error is None


def test_the_inherent_keeps_the_newest(chain: BeaconChain) -> None:
    call = chain.inherent(beacons(1000, 1001, 1002, 1003))
    assert call is not None
    assert (call.args["start"], call.args["end"]) == (1001, 1003)
    assert chain.error("try_submit_asig", **call.args) is None


def test_there_is_no_inherent_without_key_or_data(chain: BeaconChain) -> None:
    assert BeaconChain(carrier="inherent").inherent(beacons(1000)) is None
    for heard in (None, [], beacons(1, 2)):
        assert chain.inherent(heard) is None
    assert chain.pallet.create_inherent(chain.builder.context, {b"rngpulse": b"\xff"}) is None


def test_importers_compare_nothing(chain: BeaconChain) -> None:
    call = chain.inherent(beacons(1000, 1001))
    assert call is not None
    assert chain.pallet.check_inherent(chain.builder.context, call, {}) is None
    assert not chain.pallet.inherent_required(chain.builder.context)


def test_a_pulse_that_comes_twice_costs_the_whole_block(chain: BeaconChain) -> None:
    call = chain.inherent([*beacons(1000, 1001), *beacons(1001)])
    assert call is not None
    assert chain.error("try_submit_asig", **call.args) == "VerificationFailed"
