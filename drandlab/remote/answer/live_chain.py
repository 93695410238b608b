"""A chain that grows while it is served: its info, its store, and the clients that wait for the next beacon.

The producer of the chain calls `LiveChain.publish` after storing a beacon. The HTTP relay and the gRPC service read the
store and wait here. Everything happens on one event loop.
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
"""Number of beacons by which a subscriber may be behind before it is dropped, as in production."""


class LiveChain:
    """The store of one chain, with notification of new beacons.

    ``now`` is the clock by which rounds are due. ``trouble`` is a list of sentences on what is wrong with the producer
    or the store. They add and remove them; ``/health`` reports them as long as they are there.

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
        """Return the newest beacon; round 0 if there is no other."""
        return self.store.last()

    def get(self, round: Round) -> Beacon | None:
        """Return the beacon of a round, if it is stored."""
        return self.store.get(round)

    def publish(self, beacon: Beacon) -> None:
        """Notify all waiting clients that ``beacon`` is stored."""
        grown, self._grown = self._grown, anyio.Event()
        grown.set()
        for stream in list(self._subscribers):
            try:
                stream.send_nowait(beacon)
            except (anyio.WouldBlock, anyio.BrokenResourceError):
                self._subscribers.discard(stream)
                stream.close()

    async def wait(self, round: Round) -> Beacon:
        """Return the beacon of ``round`` once the chain has reached it; the caller limits the time.

        Raises `StoreError` if the store has passed the round without storing it.
        """
        while self.last().round < round:
            await self._grown.wait()
        found = self.get(round)
        if found is None:
            why = f"round {round} is missing from the store, whose last round is {self.last().round}"
            raise StoreError(why, code="missing")
        return found

    def subscribe(self) -> MemoryObjectReceiveStream[Beacon]:
        """Return a stream of future beacons; it ends when its reader is too far behind or closes it."""
        send, receive = anyio.create_memory_object_stream[Beacon](BACKLOG)
        self._subscribers.add(send)
        return receive
