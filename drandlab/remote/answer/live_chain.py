"""A chain that grows while it is served: its info, its store, and those who wait for the next beacon.

Whoever makes or follows the chain calls `LiveChain.publish` once a beacon is stored; the HTTP relay and the gRPC
service read the store and wait here. All of it happens on one event loop.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

from drandlab.beacon.beacon import Beacon
from drandlab.beacon.chain_info import ChainInfo
from drandlab.beacon.store import Store, StoreError
from drandlab.typing import Round, Seconds

__all__ = ["LiveChain"]

BACKLOG = 100
"""Beacons that a subscriber may be behind before it is dropped, as in production's callbacks."""


class LiveChain:
    """The store of one chain with a doorbell.

    ``now`` is the clock by which rounds are due. ``trouble`` holds what is wrong with whoever makes or keeps the chain,
    a sentence each, in their words: they add it and take it away, and ``/health`` says it as long as it is there.

    >>> import drandlab as dl
    >>> from drandlab.beacon.store import MemoryStore
    >>> chain = LiveChain(MemoryStore(dl.networks["quicknet"]))
    >>> chain.last().round, chain.get(5)
    (0, None)
    """

    def __init__(self, store: Store, *, now: Callable[[], Seconds] = time.time) -> None:
        self.store, self.now = store, now
        self.trouble: list[str] = []
        self._subscribers: set[MemoryObjectSendStream[Beacon]] = set()
        self._grown = anyio.Event()

    @property
    def info(self) -> ChainInfo:
        """The chain's info."""
        return self.store.info

    def last(self) -> Beacon:
        """Return the newest beacon; round 0 where none has been made."""
        return self.store.last()

    def get(self, round: Round) -> Beacon | None:
        """Return the beacon of a round, if it is stored."""
        return self.store.get(round)

    def publish(self, beacon: Beacon) -> None:
        """Tell everybody who waits that ``beacon`` is stored now."""
        grown, self._grown = self._grown, anyio.Event()
        grown.set()
        for stream in list(self._subscribers):
            try:
                stream.send_nowait(beacon)
            except (anyio.WouldBlock, anyio.BrokenResourceError):
                self._subscribers.discard(stream)
                stream.close()

    async def wait(self, round: Round) -> Beacon:
        """Return the beacon of ``round`` once the chain has reached it; the caller bounds the time.

        Raises `StoreError` where the store has gone past the round without it.
        """
        while self.last().round < round:
            await self._grown.wait()
        found = self.get(round)
        if found is None:
            why = f"round {round} is missing from the store, whose last round is {self.last().round}"
            raise StoreError(why, code="missing")
        return found

    def subscribe(self) -> MemoryObjectReceiveStream[Beacon]:
        """Return a stream of the beacons to come; it ends when its reader is too far behind, or closes it."""
        send, receive = anyio.create_memory_object_stream[Beacon](BACKLOG)
        self._subscribers.add(send)
        return receive
