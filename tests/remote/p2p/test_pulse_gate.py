"""What passes the gate: real pulses of the chain, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drandlab.beacon.beacon import Beacon
from drandlab.errors import LocalError
from drandlab.gossip import GossipMessage, Validation, encode_pulse, topic
from drandlab.remote.networks import networks
from drandlab.remote.p2p.pulse_gate import PulseGate, check_has_pulses
from drandlab.remote.tables.shipped_beacons import beacons

QUICKNET = networks["quicknet"]
TOPIC = topic(QUICKNET.chain_hash)
REAL = {beacon.round: beacon for beacon in beacons("quicknet")}
NOW = QUICKNET.round_time(1003)


def judged(data: bytes, *, now: float = NOW, on: str = TOPIC, **options: float) -> Validation:
    gate = PulseGate([QUICKNET], clock=lambda: now, **options)
    return gate(on, GossipMessage(topic=on, data=data), "peer", 0.0)


def test_real_pulses_pass_with_and_without_their_randomness() -> None:
    for round in (1000, 1003):
        for randomness in (False, True):
            assert judged(encode_pulse(REAL[round], randomness=randomness)) is Validation.ACCEPT


def test_a_round_passes_from_the_second_on_in_which_it_is_due() -> None:
    data = encode_pulse(REAL[1003])
    assert judged(data, now=NOW - 0.001) is Validation.REJECT
    assert judged(data, now=NOW - 0.001, early=0.5) is Validation.ACCEPT
    assert judged(data, now=0) is Validation.REJECT


def test_what_is_no_pulse_of_the_chain_is_rejected() -> None:
    real = REAL[1000]
    infinity = b"\xc0" + bytes(47)
    bad = [
        b"",
        b"junk",
        encode_pulse(real)[:-1],
        encode_pulse(real) + b"\x00",
        encode_pulse(replace(real, round=1001)),
        encode_pulse(Beacon(round=1000, signature=REAL[1001].signature)),
        encode_pulse(Beacon(round=1000, signature=bytes([real.signature[0] ^ 0x20]) + real.signature[1:])),
        encode_pulse(Beacon(round=1000, signature=infinity)),
        encode_pulse(Beacon(round=1000, signature=bytes(48))),
        encode_pulse(Beacon(round=2**64 - 1, signature=real.signature)),
        # the signature is right, and the randomness that is told is not its hash
        encode_pulse(real, randomness=True)[:-1] + b"\x00",
    ]
    assert [judged(data) for data in bad] == [Validation.REJECT] * len(bad)


def test_another_topic_is_nobody_s_fault() -> None:
    assert judged(encode_pulse(REAL[1000]), on=topic(bytes(32))) is Validation.IGNORE


def test_each_chain_has_its_topic() -> None:
    fastnet = networks["fastnet"]
    gate = PulseGate([QUICKNET, fastnet], clock=lambda: NOW)
    assert gate.topics == (TOPIC, topic(fastnet.chain_hash))
    assert gate.read(TOPIC, encode_pulse(REAL[1000])).signature == REAL[1000].signature
    # the same bytes on the other chain's topic verify no more
    assert gate.read(gate.topics[1], encode_pulse(REAL[1000])) is None


@pytest.mark.parametrize("name", ["default", "quicknet", "fastnet"])
def test_only_unchained_networks_with_short_signatures_have_pulses(name: str) -> None:
    if name == "default":
        with pytest.raises(LocalError, match=r"default has no pulses: .* and this one is of pedersen-bls-chained"):
            check_has_pulses(networks[name], name)
    else:
        check_has_pulses(networks[name], name)
