"""The stanza of a timelock file, and the key that a verified signature is."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

import drandlab as dl
from drandlab.beacon.beacon import Beacon
from drandlab.errors import LocalError
from drandlab.timelock.header import Stanza
from drandlab.timelock.reasons import TimelockError
from drandlab.timelock.tlock_stanza import RoundKey, TlockStanza, check_chain, check_unchained, seal_file_key

QUICKNET = dl.networks["quicknet"]
SIGNATURE = bytes.fromhex(
    "b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39"
)
FILE_KEY = bytes(range(16))
BODIES = {"quicknet": 128, "fastnet": 128, "testnet-unchained-3s": 80, "evmnet": 160}


@pytest.mark.parametrize("name", BODIES)
def test_the_stanza_of_each_scheme(name: str) -> None:
    info = dl.networks[name]
    made = seal_file_key(info, 77, FILE_KEY, random.Random(1))
    assert len(made.body) == BODIES[name]
    check_chain(made, info)
    stanza = made.to_stanza()
    assert stanza.args == ("tlock", "77", info.chain_hash.hex())
    assert TlockStanza.read(stanza) == made
    lines = stanza.to_bytes().split(b"\n")
    assert all(len(line) == 64 for line in lines[1:-2]) and len(lines[-2]) < 64


@pytest.mark.parametrize("name", [name for name, info in dl.networks.items() if info.scheme.chained])
def test_a_chained_network_is_refused_in_a_sentence(name: str) -> None:
    with pytest.raises(LocalError, match="is chained: what a round signs contains the signature before it"):
        seal_file_key(dl.networks[name], 1, FILE_KEY, random.Random(1))
    with pytest.raises(LocalError, match="is chained"):
        check_unchained(dl.networks[name])


def test_a_stanza_of_another_type_is_none_of_these() -> None:
    for kind in ("X25519", "TLOCK", "tlock2", "-tlock"):
        assert TlockStanza.read(Stanza(args=(kind, "1", "ab"), body=b"")) is None


@pytest.mark.parametrize("round", ["1", "9", "10", str((1 << 64) - 1)])
def test_rounds_that_are_written_as_they_must_be(round: str) -> None:
    stanza = Stanza(args=("tlock", round, "ab" * 32), body=b"")
    read = TlockStanza.read(stanza)
    assert read is not None and read.round == int(round) and read.to_stanza() == stanza


@pytest.mark.parametrize("round", ["0", "00", "01", "-1", "1.0", "1_000", str(1 << 64), "1" * 21])
def test_rounds_that_are_not(round: str) -> None:
    with pytest.raises(TimelockError, match="expected a round from 1 to") as caught:
        TlockStanza.read(Stanza(args=("tlock", round, "ab" * 32), body=b""))
    assert caught.value.reason == "stanza"


def test_a_key_opens_the_stanzas_of_its_round_and_no_others() -> None:
    key = RoundKey(QUICKNET, 1000, SIGNATURE)
    for seed in range(5):
        assert key.file_key(seal_file_key(QUICKNET, 1000, FILE_KEY, random.Random(seed))) == FILE_KEY
    for stanza, reason in (
        (seal_file_key(QUICKNET, 1001, FILE_KEY, random.Random(1)), "signature"),
        (seal_file_key(dl.networks["fastnet"], 1000, FILE_KEY, random.Random(1)), "chain"),
        (TlockStanza(round=1000, chain_hash=QUICKNET.chain_hash, body=bytes(128)), "point"),
        (TlockStanza(round=1000, chain_hash=QUICKNET.chain_hash, body=bytes(127)), "stanza"),
    ):
        with pytest.raises(TimelockError) as caught:
            key.file_key(stanza)
        assert caught.value.reason == reason


def test_a_key_is_made_of_the_right_signature_alone() -> None:
    RoundKey(QUICKNET, 1000, Beacon(round=1000, signature=SIGNATURE))
    for round, signature in ((1001, SIGNATURE), (1000, SIGNATURE[:-1]), (1000, bytes(48)), (1000, b"")):
        with pytest.raises(TimelockError) as caught:
            RoundKey(QUICKNET, round, signature)
        assert caught.value.reason == "signature"
    with pytest.raises(LocalError, match="round"):
        RoundKey(QUICKNET, 0, SIGNATURE)


def test_no_secret_is_shown() -> None:
    key = RoundKey(QUICKNET, 1000, SIGNATURE)
    assert SIGNATURE.hex()[:8] not in repr(key) and repr(key) == "<RoundKey round 1000 of quicknet>"


def test_a_public_key_that_is_no_point_is_found() -> None:
    with pytest.raises(LocalError, match="info: public key"):
        seal_file_key(replace(QUICKNET, public_key=bytes(96)), 1, FILE_KEY, random.Random(1))
