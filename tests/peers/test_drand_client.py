"""drand's own JavaScript client, unmodified and verifying, against our relay: chains that go on in real time."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import pytest
from anyio.from_thread import start_blocking_portal

from drandlab.beacon.beacon import Beacon
from drandlab.beacon.chain_info import ChainInfo
from drandlab.beacon.store import MemoryStore
from drandlab.beacon.verify import Verifier
from drandlab.crypto.bls import BLS
from drandlab.crypto.schemes import scheme
from drandlab.remote.answer.http_relay import relay_app
from drandlab.remote.answer.live_chain import LiveChain
from drandlab.remote.answer.web_server import serve

SCHEMES = {
    "default": "pedersen-bls-chained",
    "unchained": "pedersen-bls-unchained",
    "quicknet": "bls-unchained-g1-rfc9380",
}
PAST = 12
"""Rounds that are made before the relay opens."""

LAG = 0.1
"""Seconds from the moment a round is due until it is made: the network's own work."""


class RealTimeChain:
    """A chain of one-second rounds whose key the test knows; it began a moment ago and goes on by the wall clock."""

    def __init__(self, beacon_id: str) -> None:
        self.secret, self.bls = 0xB0B, BLS.of(scheme(SCHEMES[beacon_id]), "blst")
        self.info = ChainInfo(
            public_key=bytes(self.bls.public_key(self.secret)),
            scheme=self.bls.scheme,
            period=1,
            genesis_time=int(time.time()) - PAST + 1,
            genesis_seed=bytes(range(32)),
            beacon_id=beacon_id,
        )
        self.live = LiveChain(MemoryStore(self.info))
        while self.live.last().round < PAST:
            self.live.store.append(self.upcoming())

    def sign(self, round: int, previous: bytes, secret: int | None = None) -> Beacon:
        digest = self.info.scheme.digest(round, previous)
        return Beacon(
            round=round,
            signature=self.bls.sign(secret or self.secret, digest),
            previous_signature=previous if self.info.scheme.chained else b"",
        )

    def upcoming(self) -> Beacon:
        last = self.live.last()
        return self.sign(last.round + 1, last.signature if self.info.scheme.chained else b"")

    async def go_on(self) -> None:
        while True:
            beacon = self.upcoming()
            await anyio.sleep(self.info.round_time(beacon.round) + LAG - time.time())
            self.live.store.append(beacon)
            self.live.publish(beacon)

    def forge(self, round: int, forged: Beacon) -> None:
        assert forged.round == round and forged != self.live.get(round)
        self.live.store.replace(forged)


class DrandClient:
    """One process of the client, pinned to one chain of the relay."""

    def __init__(self, program: list[Path], address: str, info: ChainInfo) -> None:
        pinned = {"address": address, "hash": info.chain_hash.hex(), "publicKey": info.public_key.hex()}
        self.process = subprocess.Popen(
            [*program, json.dumps(pinned)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def ask(self, question: str, argument: Any = None) -> Any:
        self.begin(question, argument)
        return self.answer()

    def begin(self, question: str, argument: Any = None) -> None:
        assert self.process.stdin
        self.process.stdin.write(json.dumps([question, argument]) + "\n")
        self.process.stdin.flush()

    def answer(self) -> Any:
        assert self.process.stdout
        answer = json.loads(self.process.stdout.readline())
        if "error" in answer:
            raise Refused(answer["error"])
        return answer["value"]

    def close(self) -> None:
        self.process.communicate(timeout=60)
        assert self.process.returncode == 0


class Refused(Exception):
    """The client threw."""


@pytest.fixture(scope="module")
def program(installed: Callable[[str, str], list[Path]]) -> list[Path]:
    """How to call ``drand_client/ask.mjs``."""
    return installed("drand_client", "ask.mjs")


@pytest.fixture(scope="module")
def relay(program: list[Path]) -> Iterator[tuple[str, dict[str, RealTimeChain]]]:
    """The address of a relay of the three chains, and the chains; rounds 2 to 4 (chained: 5) are forged."""
    chains = {beacon_id: RealTimeChain(beacon_id) for beacon_id in SCHEMES}
    for chain in chains.values():
        first, second, third, fourth, fifth = (chain.live.get(round) for round in range(1, 6))
        # the signature of another round, one by another key, and a right one turned over; all are points of the group
        chain.forge(2, replace(second, signature=fifth.signature))
        chain.forge(3, chain.sign(3, third.previous_signature, secret=0xBAD))
        chain.forge(4, replace(fourth, signature=bytes([fourth.signature[0] ^ 0x20]) + fourth.signature[1:]))
        if chain.info.scheme.chained:
            # right but for the link to the round before
            chain.forge(5, replace(fifth, previous_signature=first.signature))

    with start_blocking_portal() as portal:
        growing = [portal.start_task_soon(chain.go_on) for chain in chains.values()]
        end, port = portal.start_task(lambda **status: serve(relay_app([c.live for c in chains.values()]), **status))
        yield f"http://127.0.0.1:{port}", chains
        for future in (end, *growing):
            future.cancel()


@pytest.fixture(scope="module")
def clients(relay, program) -> Iterator[dict[str, DrandClient]]:
    """For each chain a client pinned to it."""
    address, chains = relay
    started = {beacon_id: DrandClient(program, address, chain.info) for beacon_id, chain in chains.items()}
    yield started
    for client in started.values():
        client.close()


@pytest.fixture(params=SCHEMES)
def pinned(request, relay, clients) -> tuple[RealTimeChain, DrandClient]:
    """A chain, and the client pinned to it."""
    return relay[1][request.param], clients[request.param]


def test_infos_lists_and_health(pinned, relay) -> None:
    chain, client = pinned
    assert client.ask("info") == chain.info.to_dict()
    assert client.ask("chains") == [each.info.to_dict() for each in relay[1].values()]
    health = client.ask("health")
    assert health["status"] == 200 and health["expected"] - 1 <= health["current"] <= health["expected"]


def test_rounds_are_fetched_and_verified(pinned) -> None:
    chain, client = pinned
    for round in (1, 6, PAST):
        assert client.ask("round", round) == chain.live.get(round).to_dict()
    assert client.ask("time", 1000 * chain.info.round_time(7) + 400) == chain.live.get(7).to_dict()
    # the latest by the client's clock: it may be due and not made yet, and the relay has it wait
    for question in ("latest", "newest"):
        latest = client.ask(question)
        assert latest["round"] >= PAST and latest == chain.live.get(latest["round"]).to_dict()


def test_rounds_are_watched_while_they_are_made(relay, clients) -> None:
    before = {beacon_id: chain.live.last().round for beacon_id, chain in relay[1].items()}
    for client in clients.values():
        client.begin("watch", 4)
    for beacon_id, client in clients.items():
        seen = client.answer()
        rounds = [beacon["round"] for beacon in seen]
        assert rounds == list(range(rounds[0], rounds[0] + 4)) and rounds[0] >= before[beacon_id]
        assert seen == [relay[1][beacon_id].live.get(round).to_dict() for round in rounds]


@pytest.mark.parametrize("round", [2, 3, 4])
def test_a_forged_beacon_is_refused(pinned, round) -> None:
    chain, client = pinned
    with pytest.raises(Refused, match="The beacon retrieved was not valid!"):
        client.ask("round", round)
    if chain.info.scheme.chained:
        with pytest.raises(Refused, match="The beacon retrieved was not valid!"):
            client.ask("round", 5)
    # the refusal was for the beacon, and the client goes on
    assert client.ask("round", 6) == chain.live.get(6).to_dict()


def test_a_round_to_come_is_refused_by_the_relay(pinned) -> None:
    _, client = pinned
    with pytest.raises(Refused, match=r"got 425"):
        client.ask("round", 10**6)


def test_what_drandlab_serves_is_fetched_watched_and_verified(program, start_serving) -> None:
    options = ["--nodes", "3", "--period", "1", "--past", str(PAST)]
    starting = [start_serving(*options, "--beacon-id", name, "--scheme", used) for name, used in SCHEMES.items()]
    watching = []
    for served in starting:
        chain_hash = served.ready().found["chain_hash"]
        info = ChainInfo.from_json(served.get(f"/{chain_hash}/info").content)
        client = DrandClient(program, served.found["http"], info)
        assert client.ask("info") == info.to_dict()
        fetched = [client.ask("round", round) for round in (1, 2, PAST)] + [client.ask("latest")]
        client.begin("watch", 3)
        watching.append((client, info, fetched))
    for client, info, fetched in watching:
        seen = client.answer()
        rounds = [beacon["round"] for beacon in seen]
        assert rounds == list(range(rounds[0], rounds[0] + 3))
        verifier = Verifier.of(info, "blst")
        for beacon in (*fetched, *seen):
            verifier.verify(Beacon.from_json(beacon))
        client.close()
