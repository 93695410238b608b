"""The one door to the package libp2p: a host with TCP, noise and yamux and nothing else, and what it leaves to bound.

The package is imported at first use, so that drandlab runs without it.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Any

import anyio
import anyio.lowlevel

from drandlab.errors import LocalError, RelayError
from drandlab.gossip.messages.peer_ids import peer_id
from drandlab.printable import shown
from drandlab.remote.answer.listen_address import ListenAddress
from drandlab.remote.p2p.peer_address import PeerAddress

__all__ = [
    "BACKEND",
    "abandon",
    "buffered",
    "connect",
    "disconnect",
    "is_connected",
    "is_over",
    "listen_addresses",
    "listening",
    "new_host",
    "open_stream",
    "own_peer_id",
    "peer_of",
    "watch_peers",
]

BACKEND = "trio"
"""The backend of anyio on which the package runs."""

MOST_CONNECTIONS = 200
"""Connections that a host holds, as drand's gossip relay does."""

NEGOTIATION = 10.0
"""Seconds within which a connection or a stream agrees on its protocol."""

DEEPEST = 20
"""Errors that lie around each other."""

LONGEST_REASON = 200
"""Characters of a reason that are told."""

CLOSING = 5.0
"""Seconds within which a host closes its connections."""


def new_host(key: bytes) -> Any:
    """Return a libp2p host whose identity is the ed25519 key of this 32-byte seed; raises `LocalError` without libp2p.

    It speaks noise over TCP only: the package's own default takes connections without encryption too.
    """
    try:
        import libp2p
    except ModuleNotFoundError as error:
        raise LocalError(f"real libp2p peers need the package libp2p, and {error.name} is not installed") from None
    from libp2p.crypto.ed25519 import create_new_key_pair
    from libp2p.crypto.x25519 import create_new_key_pair as create_noise_pair
    from libp2p.network.config import ConnectionConfig
    from libp2p.security.noise.transport import PROTOCOL_ID as NOISE
    from libp2p.security.noise.transport import Transport
    from libp2p.stream_muxer.yamux.yamux import PROTOCOL_ID as YAMUX
    from libp2p.stream_muxer.yamux.yamux import Yamux

    # what goes wrong is told by us; without a handler, Python would print the package's warnings
    logging.getLogger("libp2p").addHandler(logging.NullHandler())
    pair = create_new_key_pair(seed=key)
    host = libp2p.new_host(
        key_pair=pair,
        sec_opt={NOISE: Transport(pair, noise_privkey=create_noise_pair().private_key)},
        muxer_opt={YAMUX: Yamux},
        negotiate_timeout=int(NEGOTIATION),
        connection_config=ConnectionConfig(
            max_connections=MOST_CONNECTIONS,
            high_watermark=MOST_CONNECTIONS,
            min_connections=0,
            low_watermark=0,
            max_connections_per_peer=2,
        ),
        disable_identify_address_discovery=True,
    )
    # Who is dialled is said by the caller: the package would dial what peers name, up to half of its connections.
    host.get_network().auto_connector.maybe_connect = anyio.lowlevel.checkpoint
    return host


@asynccontextmanager
async def listening(host: Any, addresses: Iterable[PeerAddress]) -> AsyncIterator[None]:
    """Run a host within a block, listening; raises `LocalError` for an address where it cannot listen."""
    import multiaddr

    for address in addresses:
        # The package shares a port with whoever else shares it, and does not say why it cannot listen.
        ListenAddress.of(address.host, address.port).listen().close()
    async with host.run([multiaddr.Multiaddr(str(address)) for address in addresses]):
        try:
            yield
        finally:
            # the package leaves connections to the garbage collector otherwise
            with anyio.CancelScope(shield=True), anyio.move_on_after(CLOSING):
                await host.close()


def watch_peers(host: Any, arrived: Callable[[str, bool], None], left: Callable[[str, Any], None]) -> None:
    """Call ``arrived(peer, outbound)`` for each new connection, ``left(peer, carrier)`` when that of it has ended."""
    from libp2p.abc import INotifee
    from libp2p.rcmgr import Direction

    class Arrivals(INotifee):  # type: ignore[misc]  # without the package its classes are of any type
        async def connected(self, network: Any, conn: Any) -> None:
            arrived(peer_of(conn), conn.direction is Direction.OUTBOUND)

        async def disconnected(self, network: Any, conn: Any) -> None:
            left(peer_of(conn), conn.muxed_conn)

        async def opened_stream(self, network: Any, stream: Any) -> None: ...

        async def closed_stream(self, network: Any, stream: Any) -> None: ...

        async def listen(self, network: Any, multiaddr: Any) -> None: ...

        async def listen_close(self, network: Any, multiaddr: Any) -> None: ...

    host.get_network().register_notifee(Arrivals())


def peer_of(carrier: Any) -> str:
    """Return the ID of the peer at the other end of a connection or a stream."""
    return str(carrier.muxed_conn.peer_id)


def is_over(carrier: Any) -> bool:
    """Return whether what carries the streams of a connection is closed."""
    return bool(carrier.is_closed)


def is_connected(host: Any, peer: str) -> bool:
    """Return whether a connection to that peer is open."""
    from libp2p.peer.id import ID

    return any(not conn.is_closed for conn in host.get_network().get_connections(ID.from_string(peer)))


def buffered(host: Any, peer: str) -> int:
    """Return how many bytes of a peer the package holds for readers.

    The package takes what a peer sends beyond the window that it was given, so somebody has to look.
    """
    from libp2p.peer.id import ID

    conns = host.get_network().get_connections(ID.from_string(peer))
    return sum(len(held) for conn in conns for held in getattr(conn.muxed_conn, "stream_buffers", {}).values())


def listen_addresses(host: Any) -> tuple[PeerAddress, ...]:
    """Return where a running host listens, as its peers dial it."""
    me = str(host.get_id())
    return tuple(PeerAddress.to_dial(f"{address}/p2p/{me}") for address in host.get_transport_addrs())


async def open_stream(host: Any, peer: str, protocols: Iterable[str]) -> Any:
    """Return a new stream to a connected peer, on the first of the protocols that it speaks."""
    from libp2p.peer.id import ID

    return await host.new_stream(ID.from_string(peer), list(protocols))


async def abandon(stream: Any) -> None:
    """End a stream in both directions, whatever its state, also where the task is cancelled."""
    with anyio.CancelScope(shield=True), suppress(Exception), anyio.move_on_after(1.0):
        await stream.reset()


async def disconnect(host: Any, peer: str) -> None:
    """Close all connections to a peer."""
    from libp2p.peer.id import ID

    await host.disconnect(ID.from_string(peer))


async def connect(host: Any, address: PeerAddress) -> None:
    """Connect to a peer; raises `RelayError` with the reason if nobody there answers as that peer."""
    import multiaddr
    from libp2p.peer.id import ID
    from libp2p.peer.peerinfo import PeerInfo

    who = ID.from_string(address.peer)
    where = multiaddr.Multiaddr(str(address).partition("/p2p/")[0])
    with suppress(AttributeError):
        # a dial that has failed would forbid all others for a minute; when to dial again is the caller's business
        host.get_network()._negative_peer_cache.evict(address.peer)
    try:
        if not is_connected(host, address.peer):
            # one that is about to be forgotten would be taken for a connection
            await host.disconnect(who)
        await host.connect(PeerInfo(who, [where]))
    except Exception as error:  # the package's errors have no common base
        why = _innermost(error)
        raise RelayError(f"no connection to this peer ({why})", relay=str(address), code="unreachable") from None


def _innermost(error: BaseException) -> str:
    """The sentence of the error that began it all; those that lie around it only say that something failed."""
    for _ in range(DEEPEST):
        # some stand for several, one for each address that was tried
        several: Iterable[Any] = getattr(error, "exceptions", None) or getattr(error, "errors", None) or ()
        inner = error.__cause__ or next((e for e in several if isinstance(e, BaseException)), None)
        if inner is None:
            break
        error = inner
    text = (error.strerror if isinstance(error, OSError) else "") or str(error) or type(error).__name__
    return shown(text, LONGEST_REASON)


def own_peer_id(key: bytes) -> str:
    """Return the peer ID of the ed25519 key of this 32-byte seed."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return peer_id(Ed25519PrivateKey.from_private_bytes(key).public_key().public_bytes_raw())
