"""drand's own command ``tle`` for timelock files, unmodified and over plain HTTP: each opens the other's files."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest
from timelock_damage import damaged
from timelock_peers import ROUNDS, SIZES, Refused, Tle, known, plaintext

import drandlab as dl
from drandlab.beacon.beacon import Beacon
from drandlab.beacon.chain_info import ChainInfo
from drandlab.timelock import TimelockError, opening_round

FORMS = {"binary": (), "armored": ("--armor",)}
PAST = 10


def both_ways(tle: Tle, info: ChainInfo, beacon: Beacon, sizes: tuple[int, ...]) -> None:
    """Files of every size and form, made by one and opened by the other."""
    chain, rng = info.chain_hash.hex(), random.Random(1)
    for size in sizes:
        text = plaintext(size)
        for form, options in FORMS.items():
            armor = form == "armored"
            theirs = tle.encrypt(text, chain, beacon.round, *options)
            ours = dl.timelock.encrypt(text, info, round=beacon.round, rng=rng, armor=armor)
            assert dl.timelock.decrypt(theirs, info, signature=beacon) == text
            assert tle.decrypt(ours, chain) == text
            assert len(ours) == len(theirs) and ours.startswith(b"-----BEGIN") == armor
            assert dl.timelock.inspect(theirs).plaintext == size


@pytest.mark.parametrize("name", ROUNDS)
def test_real_networks_both_ways(tle: Tle, name: str) -> None:
    both_ways(tle, *known(name), SIZES)


@pytest.mark.parametrize("scheme", ["bls-unchained-g1-rfc9380", "bls-unchained-on-g1", "pedersen-bls-unchained"])
def test_a_network_that_drandlab_serves_both_ways(tle: Tle, start_serving: Callable[..., Any], scheme: str) -> None:
    served = start_serving(
        "--nodes", "3", "--period", "1", "--past", str(PAST), "--beacon-id", "own", "--scheme", scheme
    ).ready()
    chain = served.found["chain_hash"]
    info = ChainInfo.from_json(served.get(f"/{chain}/info").content)
    beacon = Beacon.from_json(served.get(f"/{chain}/public/{PAST}").content)
    own = Tle(tle.program, served.found["http"])
    both_ways(own, info, beacon, (0, 20, 65537))


def drandlab(*arguments: str, given: bytes) -> bytes:
    """What ``drandlab tlock`` writes to its standard output."""
    command = [sys.executable, "-m", "drandlab", "tlock", *arguments]
    return subprocess.run(command, input=given, capture_output=True, check=True, timeout=120).stdout


def test_both_commands_encrypt_to_a_moment_and_decrypt_over_one_relay(
    tle: Tle, start_serving: Callable[..., Any]
) -> None:
    served = start_serving("--nodes", "3", "--period", "1", "--past", "1").ready()
    chain, relay = served.found["chain_hash"], served.found["http"]
    own, text = Tle(tle.program, relay), b"a message to the next second"
    theirs = own.run("-e", "-c", chain, "-D", "1s", given=text)
    ours = drandlab("encrypt", "-n", relay, "-c", chain, "-D", "1s", "-a", given=text)
    last = max(stanza.round for file in (theirs, ours) if (stanza := dl.timelock.inspect(file).stanza))
    # the relay keeps a question for the next round until it is there
    found = 0
    while found < last:
        found = served.get(f"/v2/chains/{chain}/rounds/next").json()["round"]
    for file in (theirs, ours):
        assert own.decrypt(file, chain) == text
        assert drandlab("decrypt", "-n", relay, given=file) == text


@pytest.mark.parametrize("duration", ["1s", "90m", "1d", "1w", "1M", "1y", "2y3M1w4d5h6m7s", "7s6m1M", "0y1h", "291y"])
def test_a_duration_means_the_same_round(tle: Tle, duration: str) -> None:
    info = dl.networks["quicknet"]
    before = opening_round(info, now=time.time(), duration=duration)
    stanza = dl.timelock.inspect(tle.run("-e", "-c", info.chain_hash.hex(), "-D", duration, given=b"")).stanza
    assert stanza is not None
    assert before <= stanza.round <= opening_round(info, now=time.time(), duration=duration)


def test_a_round_to_come_is_too_early(tle: Tle) -> None:
    info = dl.networks["quicknet"]
    file = dl.timelock.encrypt(b"a message", info, round=10**9, rng=random.Random(1))
    with pytest.raises(Refused, match=f"too early to decrypt: expected round {10**9} > "):
        tle.decrypt(file, info.chain_hash.hex())


def test_the_chain_of_a_file_is_what_counts_for_it(tle: Tle) -> None:
    info, beacon = known("fastnet")
    other = dl.networks["quicknet"]
    file = tle.encrypt(b"a message", info.chain_hash.hex(), beacon.round)
    # it warns, and takes the file's chain instead; drandlab does not
    assert tle.decrypt(file, other.chain_hash.hex()) == b"a message"
    with pytest.raises(TimelockError) as caught:
        dl.timelock.decrypt(file, other, signature=beacon)
    assert caught.value.reason == "chain"
    # a chain that the relay does not have
    unknown = dl.networks["quicknet-t"]
    file = dl.timelock.encrypt(b"a message", unknown, round=1, rng=random.Random(1))
    with pytest.raises(Refused, match="invalid chainhash"):
        tle.decrypt(file, other.chain_hash.hex())


@pytest.mark.parametrize("name", ROUNDS)
def test_a_damaged_file_is_refused_by_both(tle: Tle, name: str) -> None:
    info, beacon = known(name)
    for file in (
        tle.encrypt(b"a message", info.chain_hash.hex(), beacon.round),
        dl.timelock.encrypt(b"a message", info, round=beacon.round, rng=random.Random(1)),
    ):
        for what, changed, reasons in damaged(file):
            with pytest.raises(Refused) as refused:
                tle.decrypt(changed, info.chain_hash.hex())
            assert refused.value.written == b"", what
            with pytest.raises(TimelockError) as caught:
                dl.timelock.decrypt(changed, info, signature=beacon)
            assert caught.value.reason in reasons, what
