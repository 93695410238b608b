"""A gossip host: one gossip router on real libp2p connections, with its heart, its peers and their streams.

To each peer goes one stream of ours, and each has one of its own to us. All of the router's work is done on the event
loop, one event at a time. What a peer sends or fails to do ends the connection to that peer at most, and is told in one
line. Source: libp2p specification, "pubsub", "gossipsub v1.1".
"""

from __future__ import annotations

import random
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Any

import anyio
import anyio.abc
import anyio.lowlevel

from drandlab.crypto.secrecy import HoldsSecrets
from drandlab.errors import FormatError, RelayError
from drandlab.gossip.effects import Connect, Deliver, Report, RouterEffect, SendRpc, SetHeartbeat
from drandlab.gossip.messages.rpc import Rpc
from drandlab.gossip.messages.rpc_codec import encode_rpc
from drandlab.gossip.router import Router, Validator
from drandlab.gossip.router_parameters import DRAND_RELAY, Parameters
from drandlab.gossip.router_reports import GossipRefused
from drandlab.records import Record
from drandlab.remote.p2p import libp2p_package as package
from drandlab.remote.p2p.peer_address import PeerAddress
from drandlab.remote.p2p.peer_notes import PeerNotes
from drandlab.remote.p2p.peer_queue import PeerQueue
from drandlab.remote.p2p.stream_frames import FrameReader, framed
from drandlab.typing import Seconds

__all__ = ["PROTOCOLS", "GossipHost"]

PROTOCOLS = ("/meshsub/1.1.0", "/meshsub/1.0.0")
"""The protocols that a host speaks, the better one first."""

READ_AT_ONCE = 1 << 16
"""Bytes of a stream that are read at once."""

OPENING = 10.0
"""Seconds within which a new peer must take our stream."""

SENDING = 10.0
"""Seconds within which a peer must take a frame; one that reads nothing is not waited for."""

MOST_BUFFERED = 32 << 20
"""Bytes of one peer that may wait within the package; a peer that keeps to its window never has half as many."""

REDIAL = 1.0, 30.0
"""Seconds until a lost peer is dialled again: at first, and at most."""


class _Link:
    """What is known of one connected peer."""

    def __init__(self, outbound: bool) -> None:
        self.outbound = outbound
        self.queue = PeerQueue()
        self.known = anyio.Event()
        """Set once the router knows the peer; what it sends before waits."""
        self.scope = anyio.CancelScope()
        self.ended = anyio.Event()
        self.carrier: Any = None
        """What carries our stream to the peer, once it is open."""
        self.inbound: Any = None
        """The stream on which the peer sends; a newer one takes its place."""
        self.again = False
        """Whether the peer is back on another connection, for which a link is made anew."""

    @property
    def is_stale(self) -> bool:
        """Whether its connection has ended; of that the package may tell after the peer is back."""
        return self.carrier is not None and package.is_over(self.carrier)


class GossipHost(HoldsSecrets):
    """One gossip peer on real connections; `running` has it listen.

    ``key`` is the 32-byte seed of its ed25519 identity. ``validate`` judges each message before it is delivered and
    sent on (`drandlab.gossip.router.Router`). ``deliver`` is called with each new message, ``report`` with each report
    of the router, ``note`` with a sentence about a peer that does something wrong, once for each peer and reason.
    ``rng`` chooses the peers of a mesh.
    """

    def __init__(
        self,
        key: bytes,
        *,
        parameters: Parameters = DRAND_RELAY,
        protocols: Sequence[str] = PROTOCOLS,
        validate: Validator | None = None,
        deliver: Callable[[Deliver], None] = lambda delivery: None,
        report: Callable[[Record], None] = lambda record: None,
        note: Callable[[str], None] = lambda sentence: None,
        rng: random.Random | None = None,
    ) -> None:
        self.me = package.own_peer_id(key)
        self.router = Router(
            self.me,
            parameters,
            rng=random.Random() if rng is None else rng,
            key=key,
            validate=validate,
            # other implementations send fields of newer versions
            lenient=True,
        )
        self.addresses: tuple[PeerAddress, ...] = ()
        """Where it listens, as peers dial it."""
        self._key, self._protocols = key, tuple(protocols)
        self._deliver, self._report, self._notes = deliver, report, PeerNotes(note)
        self._links: dict[str, _Link] = {}
        self._host: Any = None
        self._tasks: anyio.abc.TaskGroup | None = None
        self._beat_at: Seconds = 0.0
        # a clock that is never set back, in UNIX time: sequence numbers come from it
        self._offset = time.time() - time.monotonic()

    def __repr__(self) -> str:
        return f"<GossipHost {self.me}, {len(self._links)} peers>"

    @property
    def peers(self) -> tuple[str, ...]:
        """The peers with whom it gossips."""
        return tuple(peer for peer, link in self._links.items() if link.known.is_set())

    # -- its life ------------------------------------------------------------------------------------------------------

    def running(self, listen: Iterable[PeerAddress] = ()) -> AbstractAsyncContextManager[GossipHost]:
        """Run it within a block, on the backend trio; at the end all its tasks and connections have ended.

        Raises `LocalError` where the package is missing, or an address cannot be listened at.
        """
        return self._running(tuple(listen))

    @asynccontextmanager
    async def _running(self, listen: tuple[PeerAddress, ...]) -> AsyncIterator[GossipHost]:
        self._host = package.new_host(self._key)
        for protocol in self._protocols:
            self._host.set_stream_handler(protocol, self._read)
        package.watch_peers(self._host, self._arrived, self._left)
        failure: Exception | None = None
        async with package.listening(self._host, listen), anyio.create_task_group() as tasks:
            self._tasks = tasks
            self.addresses = package.listen_addresses(self._host)
            self._do(self.router.start(self.now()))
            tasks.start_soon(self._beat)
            try:
                yield self
            except Exception as error:
                failure = error
            finally:
                self._tasks = None
                tasks.cancel_scope.cancel()
        if failure is not None:  # of the block, and not of a group of tasks, which would hide it
            raise failure

    async def _beat(self) -> None:
        while True:
            await anyio.sleep(max(0.0, self._beat_at - self.now()))
            self._do(self.router.heartbeat(self.now()))
            for peer in [*self._links]:
                if package.buffered(self._host, peer) > MOST_BUFFERED:
                    self._notes.say(peer, "flood", f"sends more than it may: over {MOST_BUFFERED} bytes wait")
                    self._drop(peer)

    def now(self) -> Seconds:
        """Return the time that the router is told: UNIX seconds that never go back."""
        return self._offset + time.monotonic()

    # -- what the application does ------------------------------------------------------------------------------------

    def subscribe(self, topic: str) -> None:
        """Join a topic."""
        self._do(self.router.subscribe(topic, self.now()))

    def publish(self, topic: str, data: bytes) -> None:
        """Publish a message; a report says to how many peers it goes."""
        self._do(self.router.publish(topic, data, self.now()))

    async def connect(self, address: PeerAddress) -> None:
        """Connect to a peer; raises `RelayError` if that fails."""
        await package.connect(self._host, address)

    async def keep_connected(self, address: PeerAddress, note: Callable[[str], None] = lambda sentence: None) -> None:
        """Stay connected to a peer, for ever; ``note`` is told once of each time that nobody answers."""
        pause, told = REDIAL[0], False
        while True:
            try:
                await self.connect(address)
                pause, told = REDIAL[0], False
            except RelayError as error:
                if not told:
                    note(str(error))
                told, pause = True, min(2 * pause, REDIAL[1])
            await anyio.sleep(pause)
            while package.is_connected(self._host, address.peer):
                await anyio.sleep(REDIAL[0])

    # -- effects ------------------------------------------------------------------------------------------------------

    def _do(self, effects: Iterable[RouterEffect]) -> None:
        for effect in effects:
            match effect:
                case SendRpc(to, rpc):
                    self._send(to, rpc)
                case Deliver():
                    self._deliver(effect)
                case SetHeartbeat(at):
                    self._beat_at = at
                case Connect():
                    pass  # whom to dial is said by the caller; addresses that peers tell are not followed
                case Report(what):
                    if isinstance(what, GossipRefused) and what.peer != self.me and what.code != "ignored":
                        self._notes.say(what.peer, what.code, f"was refused: {what.why}")
                    self._report(what)

    def _send(self, to: Iterable[str], rpc: Rpc) -> None:
        frame = framed(encode_rpc(rpc))
        for peer in to:
            link = self._links.get(peer)
            if link is not None and not link.queue.put(frame):
                self._notes.say(peer, "unread", f"does not read: {len(link.queue)} frames wait for it")
                self._drop(peer)

    # -- peers --------------------------------------------------------------------------------------------------------

    def _arrived(self, peer: str, outbound: bool) -> None:
        link = self._links.get(peer)
        if link is not None and link.is_stale:
            link.again = True
            link.scope.cancel()
        elif link is None and self._tasks is not None:
            link = self._links[peer] = _Link(outbound)
            self._tasks.start_soon(self._talk, peer, link)

    def _left(self, peer: str, carrier: Any) -> None:
        link = self._links.get(peer)
        if link is not None and (link.carrier is carrier or not package.is_connected(self._host, peer)):
            link.scope.cancel()

    def _drop(self, peer: str) -> None:
        """End the connection to a peer."""
        if (link := self._links.get(peer)) is not None:
            link.scope.cancel()

    async def _disconnect(self, peer: str) -> None:
        with suppress(Exception):  # what fails here is gone anyhow
            await package.disconnect(self._host, peer)

    async def _talk(self, peer: str, link: _Link) -> None:
        """Open our stream to a peer, and send on it what the router has for it, until it leaves."""
        try:
            with link.scope:
                stream = await self._open(peer)
                if stream is not None:
                    await self._write(peer, link, stream)
        finally:
            del self._links[peer]
            self._do(self.router.disconnected(peer, self.now()))
            link.known.set()
            link.ended.set()
        if link.again:
            self._arrived(peer, link.outbound)
        else:
            await self._disconnect(peer)

    async def _open(self, peer: str) -> Any:
        try:
            with anyio.fail_after(OPENING):
                return await package.open_stream(self._host, peer, self._protocols)
        except Exception:  # the package's errors have no common base
            self._notes.say(peer, "no-gossip", f"takes no stream of {' or '.join(self._protocols)}")
            return None

    async def _write(self, peer: str, link: _Link, stream: Any) -> None:
        spoken, link.carrier = str(stream.get_protocol()), stream.muxed_conn
        self._do(self.router.connected(peer, self.now(), outbound=link.outbound, protocol=spoken))
        link.known.set()
        try:
            while True:
                frame = await link.queue.get()
                with anyio.fail_after(SENDING):
                    await stream.write(frame)
        except Exception as error:  # the package's errors have no common base
            if isinstance(error, TimeoutError) and package.is_connected(self._host, peer):
                self._notes.say(peer, "unread", f"does not read: a frame waited for {SENDING:g} s")
        finally:
            await package.abandon(stream)

    # -- what peers send ----------------------------------------------------------------------------------------------

    async def _read(self, stream: Any) -> None:
        """Take what a peer sends on its stream to us; called by the package for each such stream."""
        peer = package.peer_of(stream)
        try:
            if (link := await self._link_of(peer)) is not None:
                if link.inbound is not None:
                    await package.abandon(link.inbound)
                link.inbound = stream
                await self._take(peer, link, stream)
        except FormatError as error:
            self._notes.say(peer, error.code, f"sends what is no gossip: {error}")
            self._drop(peer)
        except Exception:  # the package's errors have no common base: the stream has ended
            pass
        finally:
            await package.abandon(stream)

    async def _link_of(self, peer: str) -> _Link | None:
        """The link of a peer once the router knows it; None if the peer leaves before."""
        self._arrived(peer, False)
        link = self._links.get(peer)
        if link is not None and link.again:
            await link.ended.wait()
            link = self._links.get(peer)
        if link is not None:
            await link.known.wait()
        return link if link is not None and self._links.get(peer) is link else None

    async def _take(self, peer: str, link: _Link, stream: Any) -> None:
        reader = FrameReader(self.router.parameters.max_frame)
        while data := await stream.read(READ_AT_ONCE):
            for frame in reader.feed(data):
                if self._links.get(peer) is not link:
                    return
                self._do(self.router.receive(peer, frame, self.now()))
                # others have their turn between two frames
                await anyio.lowlevel.checkpoint()
