"""Hosts of ours on loopback, and bare hosts of libp2p, which do with their streams whatever a test says.

``from p2p_hosts import Ours``; the tests that run one need the extra p2p.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import anyio

from drandlab.gossip.router_parameters import DRAND_RELAY
from drandlab.remote.p2p import libp2p_package as package
from drandlab.remote.p2p.gossip_host import GossipHost
from drandlab.remote.p2p.peer_address import PeerAddress
from heard import Heard

__all__ = ["LOOPBACK", "Bare", "Ours"]

LOOPBACK = PeerAddress.to_listen("/ip4/127.0.0.1/tcp/0")

QUICK = replace(DRAND_RELAY, heartbeat=0.1)
"""As drand's gossip relays, with a heart that beats ten times as fast."""


class Ours:
    """A host of ours and what it has heard: deliveries, reports and notes."""

    def __init__(self, seed: int, **options: Any) -> None:
        self.heard = Heard()
        say = self.heard.add
        options.setdefault("parameters", QUICK)
        self.host = GossipHost(bytes(31) + bytes([seed]), deliver=say, report=say, note=say, **options)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Ours]:
        async with self.host.running([LOOPBACK]):
            self.host.subscribe("t")
            yield self

    async def joined_by(self, other: Ours) -> None:
        """Both are in the mesh of each other."""
        await other.host.connect(self.host.addresses[0])
        for one, two in ((self, other), (other, self)):
            peer = two.host.me
            await one.heard.first(
                lambda value, peer=peer: getattr(value, "kind", "") == "grafted" and value.peer == peer
            )

    async def note_of(self, words: str) -> str:
        return await self.heard.first(lambda value: isinstance(value, str) and words in value)

    @property
    def notes(self) -> list[str]:
        return [value for value in self.heard.all if isinstance(value, str)]


class Bare:
    """A host of the package alone."""

    def __init__(self, seed: int) -> None:
        self.host = package.new_host(bytes(31) + bytes([seed]))
        self.me = str(self.host.get_id())

    def answer(self, protocol: str, handler: Callable[[Any], Awaitable[None]]) -> None:
        self.host.set_stream_handler(protocol, handler)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Bare]:
        async with package.listening(self.host, []):
            yield self

    async def stream_to(self, ours: Ours, protocol: str = "/meshsub/1.1.0") -> Any:
        await package.connect(self.host, ours.host.addresses[0])
        return await package.open_stream(self.host, ours.host.me, [protocol])

    async def is_dropped_by(self, ours: Ours) -> None:
        """Wait until it is no longer connected."""
        with anyio.fail_after(30):
            while package.is_connected(self.host, ours.host.me):
                await anyio.sleep(0.01)
