"""The rules by which pulses are taken, on real pulses of quicknet."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from gossip_loop import Probe

from drandlab import Beacon, networks
from drandlab.errors import FormatError, VerificationError
from drandlab.gossip import (
    DRAND_RELAY,
    GossipMessage,
    NewestPulses,
    PulseValidator,
    Rpc,
    TrustedSources,
    Validation,
    encode_pulse,
    topic,
)

QUICKNET = networks["quicknet"]
TOPIC = topic(QUICKNET.chain_hash)
NOW = 1.9e9


@pytest.fixture(scope="module")
def beacons(shared: Path) -> list[Beacon]:
    vectors = json.loads((shared / "facts/idn-vectors.json").read_text(encoding="utf-8"))
    return [Beacon(round=p["round"], signature=bytes.fromhex(p["signature"])) for p in vectors["pulses"][:4]]


def judged(validate: PulseValidator, data: bytes, now: float = NOW) -> tuple[Validation, str]:
    said = validate(TOPIC, GossipMessage(topic=TOPIC, data=data), "peer", now)
    assert bool(said.why) == bool(said.code)
    return said.verdict, said.code


def test_true_pulses_are_taken_once(beacons: list[Beacon]) -> None:
    validate = PulseValidator(QUICKNET)
    for beacon in beacons:
        assert judged(validate, encode_pulse(beacon)) == (Validation.ACCEPT, "")
        assert judged(validate, encode_pulse(beacon)) == (Validation.IGNORE, "repeated")
        assert judged(validate, encode_pulse(beacon, randomness=True)) == (Validation.IGNORE, "repeated")


def test_pulses_that_are_not_true_are_rejected(beacons: list[Beacon]) -> None:
    validate = PulseValidator(QUICKNET)
    one, two = beacons[:2]
    wrong = encode_pulse(Beacon(round=one.round, signature=two.signature))
    assert judged(validate, wrong) == (Validation.REJECT, "signature")
    assert judged(validate, encode_pulse(one)) == (Validation.ACCEPT, "")
    assert judged(validate, wrong) == (Validation.REJECT, "fork")
    assert judged(validate, encode_pulse(Beacon(round=7, signature=bytes(48)))) == (Validation.REJECT, "flags")
    infinity = encode_pulse(Beacon(round=7, signature=b"\xc0" + bytes(47)))
    assert judged(validate, infinity) == (Validation.REJECT, "infinity")
    assert judged(validate, b"junk") == (Validation.REJECT, "no-message")
    assert judged(validate, encode_pulse(one)[:-1] + b"") == (Validation.REJECT, "no-message")
    lie = encode_pulse(two) + b"\x22\x20" + bytes(32)
    assert judged(validate, lie) == (Validation.REJECT, "randomness")


def test_a_pulse_is_taken_from_the_time_of_its_round_on(beacons: list[Beacon]) -> None:
    validate, one = PulseValidator(QUICKNET), beacons[0]
    due = QUICKNET.round_time(one.round)
    assert judged(validate, encode_pulse(one), due - 0.001) == (Validation.REJECT, "early")
    assert judged(validate, encode_pulse(one), float(due)) == (Validation.ACCEPT, "")
    last = encode_pulse(Beacon(round=(1 << 64) - 1, signature=one.signature))
    assert judged(validate, last) == (Validation.REJECT, "early")


def test_only_the_last_rounds_are_remembered() -> None:
    validate = PulseValidator(QUICKNET, verify=lambda beacon: None, remembered=3)
    data = [encode_pulse(Beacon(round=r, signature=bytes(48))) for r in range(1, 6)]
    assert all(judged(validate, one)[0] is Validation.ACCEPT for one in data)
    assert [judged(validate, one)[1] for one in data[2:]] == ["repeated"] * 3
    assert judged(validate, data[0])[0] is Validation.ACCEPT


def test_a_router_with_the_rule_of_drands_clients_sends_only_true_pulses_on(beacons: list[Beacon]) -> None:
    probe = Probe(DRAND_RELAY, peers=0, topic=TOPIC, validate=PulseValidator(QUICKNET))
    for name in ("p0", "p1"):
        probe.join(name, topic=TOPIC)
    probe.now = NOW
    probe.beat()
    for data, codes in (
        (encode_pulse(beacons[0]), []),
        (encode_pulse(beacons[0], randomness=True), ["repeated"]),
        (encode_pulse(Beacon(round=3, signature=beacons[0].signature)), ["signature"]),
        (b"junk", ["no-message"]),
    ):
        probe.do("p0", Rpc(messages=(GossipMessage(topic=TOPIC, data=data),)))
        assert probe.codes() == codes and bool(probe.sent("messages", "p1")) == (not codes)


def test_a_stream_never_goes_back(beacons: list[Beacon]) -> None:
    newest = NewestPulses()
    order = [beacons[i] for i in (1, 0, 1, 3, 2)]
    assert [newest.take(encode_pulse(b)) for b in order] == [beacons[1], None, None, beacons[3], None]
    assert newest.latest == beacons[3].round
    with pytest.raises(FormatError):
        newest.take(b"junk")


def test_the_ideal_network_takes_whatever_a_trusted_peer_hands_on(beacons: list[Beacon]) -> None:
    trusted = TrustedSources(["relay 1", "relay 2"])
    junk = Beacon(round=9, signature=bytes(48))
    for beacon in (*beacons, junk, junk):
        assert trusted.take(encode_pulse(beacon), peer="relay 2") == beacon
    with pytest.raises(VerificationError, match="stranger is not among the trusted peers") as caught:
        trusted.take(encode_pulse(beacons[0]), peer="stranger")
    assert caught.value.code == "untrusted"
    with pytest.raises(FormatError):
        trusted.take(b"junk", peer="relay 1")
