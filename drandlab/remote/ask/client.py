"""The client of a real network: latest beacon, rounds, watch, ranges; every beacon verified against the chain's key.

>>> import drandlab as dl
>>> client = dl.Client("quicknet")
>>> client
<Client quicknet, 4 relays>
>>> client.close()

Nothing here is asynchronous for the caller: the requests run on the client's own event loop, in a second thread. So the
same calls work in a script and in a notebook, which has a running loop already.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from anyio.from_thread import start_blocking_portal

from drandlab.beacon.beacon import Beacon
from drandlab.beacon.chain_info import ChainInfo
from drandlab.errors import LocalError
from drandlab.remote.ask.async_client import AsyncClient
from drandlab.remote.ask.relay_race import Relays
from drandlab.typing import Round

__all__ = ["Client"]

T = TypeVar("T")


class Client:
    """A client of one chain over several relays; it verifies every beacon against the chain's key.

    It takes what `AsyncClient` takes: ``chain`` (a name, a chain hash, a chain info file, a `ChainInfo`), ``relays``
    (addresses; None: those known for the network), ``verify``, ``backend``, ``timeout``, ``stagger``, ``patience``,
    ``concurrency``, and for tests ``now``, ``sleep``, ``transport``. Close it, or use it in a ``with`` block.
    """

    def __init__(
        self, chain: str | Path | ChainInfo, relays: Sequence[str] | None = None, *, verify: bool = True, **options: Any
    ) -> None:
        self.asynchronous = AsyncClient(chain, relays, verify=verify, _stacklevel=3, **options)
        with ExitStack() as stack:
            self._portal = stack.enter_context(start_blocking_portal())
            stack.callback(self._portal.call, self.asynchronous.aclose)
            self._close = weakref.finalize(self, stack.pop_all().close)

    def __repr__(self) -> str:
        return self.asynchronous.described("Client")

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections and end the client's thread; a second call does nothing."""
        self._close()

    @property
    def relays(self) -> Relays:
        """The relays, shown as a table of their answers, failures, lies and latencies."""
        return self.asynchronous.relays

    def info(self) -> ChainInfo:
        """Return the chain info for verification; it is fetched once if only the hash was given."""
        return self.run(self.asynchronous.info)

    def latest(self) -> Beacon:
        """Return the latest beacon, verified; see `AsyncClient.latest`."""
        return self.run(self.asynchronous.latest)

    def round(self, round: Round) -> Beacon:
        """Return the beacon of ``round``, verified; see `AsyncClient.round`."""
        return self.run(self.asynchronous.round, round)

    def watch(self, *, start: Round | None = None, stop: Round | None = None) -> Iterator[Beacon]:
        """Yield the beacons as they appear, in order and without gaps; see `AsyncClient.watch`."""
        return self._drain(self.asynchronous.watch(start=start, stop=stop))

    def range(self, first: Round, last: Round) -> Iterator[Beacon]:
        """Yield the beacons of ``first`` to ``last``, both included, in order; see `AsyncClient.range`."""
        self.run(self.asynchronous.check_range, first, last)
        return self._drain(self.asynchronous.range(first, last))

    def run(self, verb: Callable[..., Awaitable[T]], *arguments: Any) -> T:
        """Run a coroutine function on the client's loop and return its result; Ctrl-C cancels it."""
        if not self._close.alive:
            raise LocalError("the client is closed; create another one")
        ended = threading.Event()

        async def main() -> T:
            try:
                return await verb(*arguments)
            finally:
                ended.set()

        future = self._portal.start_task_soon(main)
        try:
            return future.result()
        except BaseException:
            if future.cancel():
                ended.wait(1.0)
            raise

    def _drain(self, beacons: AsyncGenerator[Beacon, None]) -> Iterator[Beacon]:
        async def following() -> Beacon | None:
            return await anext(beacons, None)

        try:
            while (beacon := self.run(following)) is not None:
                yield beacon
        finally:
            if self._close.alive:
                self.run(beacons.aclose)
