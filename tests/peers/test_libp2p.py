"""Real libp2p peers, of npm and of PyPI, exchange pulses with our router over loopback, in both directions."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest

from drandlab.beacon.beacon import Beacon
from drandlab.beacon.chain_info import ChainInfo
from drandlab.beacon.verify import Verifier
from drandlab.gossip import decode_pulse, encode_pulse, topic
from drandlab.gossip.effects import Deliver
from drandlab.remote.networks import networks
from drandlab.remote.p2p.gossip_host import GossipHost
from drandlab.remote.p2p.peer_address import PeerAddress
from heard import Heard

QUICKNET = networks["quicknet"]
TOPIC = topic(QUICKNET.chain_hash)
LOOPBACK = PeerAddress.to_listen("/ip4/127.0.0.1/tcp/0")


def pulse(round: int) -> bytes:
    return encode_pulse(Beacon(round=round, signature=bytes([round]) * 48), randomness=True)


class Theirs:
    """A process of another implementation."""

    def __init__(self, process: anyio.abc.Process) -> None:
        self._process, self.heard = process, Heard()

    async def listen(self) -> None:
        rest = b""
        async for part in self._process.stdout:
            *lines, rest = (rest + part).split(b"\n")
            for line in lines:
                self.heard.add(json.loads(line))

    async def having(self, key: str) -> Any:
        return await self.heard.first(lambda value: key in value)

    async def ask(self, command: str, argument: Any = None) -> None:
        await self._process.stdin.send(json.dumps([command, argument]).encode() + b"\n")

    async def answer(self, key: str, command: str, argument: Any = None) -> Any:
        before = len(self.heard.all)
        await self.ask(command, argument)
        places = {id(value) for value in self.heard.all[:before]}
        return await self.heard.first(lambda value: id(value) not in places and (key in value or "error" in value))


@asynccontextmanager
async def theirs(program: list[Path], protocols: list[str], name: str = TOPIC) -> AsyncIterator[Theirs]:
    options = json.dumps({"topic": name, "protocols": protocols})
    async with await anyio.open_process([*map(str, program), options], stderr=None) as process:
        peer = Theirs(process)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(peer.listen)
            try:
                yield peer
            finally:
                process.kill()


@pytest.fixture
def ours(libp2p_package: None) -> Callable[..., tuple[GossipHost, Heard]]:
    """A host of ours, and what it has heard: deliveries and reports."""

    def made(seed: int, **options: Any) -> tuple[GossipHost, Heard]:
        heard = Heard()
        host = GossipHost(bytes(31) + bytes([seed]), deliver=heard.add, report=heard.add, note=heard.add, **options)
        return host, heard

    return made


@pytest.fixture(params=["npm", "PyPI"])
def program(request, libp2p_package: None) -> list[Path]:
    """How to call a peer of another implementation."""
    if request.param == "npm":
        return request.getfixturevalue("npm_libp2p")
    return [Path(sys.executable), Path(__file__).parent / "libp2p" / "peer.py"]


def delivered(data: bytes) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, Deliver) and value.message.data == data


def grafted(value: Any) -> bool:
    return getattr(value, "kind", "") == "grafted"


@pytest.mark.parametrize("dialler", ["ours", "theirs"])
@pytest.mark.parametrize("protocol", ["/meshsub/1.1.0", "/meshsub/1.0.0"])
def test_pulses_go_both_ways(ours, program, protocol: str, dialler: str) -> None:
    async def run() -> None:
        host, heard = ours(1)
        async with host.running([LOOPBACK]), theirs(program, [protocol]) as peer:
            host.subscribe(TOPIC)
            hello = await peer.having("peer")
            if dialler == "ours":
                await host.connect(PeerAddress.to_dial(hello["addresses"][0]))
            else:
                assert "error" not in await peer.answer("connected", "connect", str(host.addresses[0]))
            # the mesh holds each on the side of the other
            assert (await heard.first(grafted)).peer == hello["peer"]
            assert (await peer.having("graft"))["graft"] == host.me
            assert host.router.mesh(TOPIC) == (hello["peer"],)
            assert (await peer.answer("mesh", "mesh"))["mesh"] == [host.me]
            assert host.router.peers.get(hello["peer"]).protocol == protocol

            host.publish(TOPIC, pulse(7))
            got = await peer.having("message")
            assert got["message"] == pulse(7).hex()
            assert (got["type"], got["from"]) == ("signed", host.me)

            await peer.ask("publish", pulse(8).hex())
            delivery = await heard.first(delivered(pulse(8)))
            assert decode_pulse(delivery.message.data).round == 8
            assert delivery.message.author == delivery.peer == hello["peer"]

    anyio.run(run, backend="trio")


def test_a_message_of_one_implementation_reaches_another_through_us(ours, npm_libp2p) -> None:
    async def run() -> None:
        host, _ = ours(1)
        python = [Path(sys.executable), Path(__file__).parent / "libp2p" / "peer.py"]
        async with (
            host.running([LOOPBACK]),
            theirs(npm_libp2p, ["/meshsub/1.1.0"]) as npm,
            theirs(python, ["/meshsub/1.0.0"]) as pypi,
        ):
            host.subscribe(TOPIC)
            for peer in (npm, pypi):
                await peer.having("peer")
                await peer.answer("connected", "connect", str(host.addresses[0]))
                await peer.having("graft")
            author = (await npm.having("peer"))["peer"]
            await npm.ask("publish", pulse(9).hex())
            got = await pypi.having("message")
            assert (got["message"], got["type"], got["from"]) == (pulse(9).hex(), "signed", author)

    anyio.run(run, backend="trio")


def test_npm_hears_what_drandlab_serves_through_the_gossip_relay(npm_libp2p, libp2p_package, start_serving) -> None:
    served = start_serving("--nodes", "3", "--period", "1", "--past", "3").ready()
    info = ChainInfo.from_json(served.get("/info").content)
    command = [sys.executable, "-m", "drandlab", "gossip", "relay", "--from", served.found["http"]]
    command += ["--listen", "/ip4/127.0.0.1/tcp/0", "--json"]

    async def run() -> None:
        name = topic(info.chain_hash)
        async with await anyio.open_process(command, stderr=None) as process, anyio.create_task_group() as tasks:
            relay = Theirs(process)
            tasks.start_soon(relay.listen)
            hello = await relay.having("peer")
            async with theirs(npm_libp2p, ["/meshsub/1.1.0"], name) as npm:
                await npm.answer("connected", "connect", hello["addresses"][0])
                got = await npm.having("message")
            assert (got["type"], got["from"]) == ("signed", hello["peer"])
            beacon = decode_pulse(bytes.fromhex(got["message"]))
            Verifier.of(info, "blst").verify(beacon)
            assert beacon.claimed_randomness == beacon.randomness
            process.terminate()

    anyio.run(run, backend="trio")
