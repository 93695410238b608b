"""One HTTP connection with limits: bytes and seconds of a request, and seconds that a response may wait to be read.

The parser and the protocol are uvicorn's with httptools. The parser is fed small pieces, so that no request exceeds its
limit in one large piece. It is fed only as many requests as can be answered now, so that a thousand requests in one
piece do not become a thousand objects.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from typing import Any

from anyio import move_on_after
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from drandlab.typing import Seconds

__all__ = ["MAX_REQUEST_BYTES", "RESPONSE_TIMEOUT", "BoundedConnection", "Connections"]

MAX_REQUEST_BYTES = 1 << 14
"""Bytes of one request, headers and body."""

PIECE = 1 << 10
"""Bytes that the parser is fed at a time, and by which a request may exceed its limit."""

MOST_HELD = 1 << 25
"""Bytes that all connections together may have sent ahead of the requests that are being answered."""

RESPONSE_TIMEOUT: Seconds = 30.0
"""Seconds that a response may wait to be read before the connection is closed."""

GRACE: Seconds = 1.0
"""Seconds that a connection has for its next request, even if another one needs its place."""


class Connections:
    """The open connections, at most ``most``; `without_request` are those that wait for their client.

    A client without a complete request can always connect again. So when there is no room for a new connection, the one
    that has been without a complete request for the longest time is closed.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.open: set[BoundedConnection] = set()
        self.without_request: dict[BoundedConnection, Seconds] = {}
        self.held = 0
        self._changed = asyncio.Event()

    async def room(self) -> None:
        """Return once there is room for one more connection."""
        while len(self.open) >= self.most:
            self._changed.clear()
            wait = self.close_one()
            with move_on_after(wait):
                await self._changed.wait()

    def close_one(self) -> Seconds | None:
        """Close the connection that has been without a request for the longest time, if that is at least `GRACE`.

        Return the seconds after which another one may be closed; None if no connection waits for its client.
        """
        connection, since = next(iter(self.without_request.items()), (None, 0.0))
        if connection is None:
            return None
        left = since + GRACE - monotonic()
        if left <= 0:
            del self.without_request[connection]
            connection.transport.abort()
        return max(left, 0.001)

    def waits(self, connection: BoundedConnection) -> None:
        """Record that a connection waits for its client's next request."""
        self.without_request[connection] = monotonic()
        self._changed.set()

    def lost(self, connection: BoundedConnection) -> None:
        """Forget a connection."""
        self.open.discard(connection)
        self.without_request.pop(connection, None)
        self._changed.set()


class BoundedConnection(HttpToolsProtocol):
    """uvicorn's protocol with the limits of this module; ``connections`` counts it."""

    def __init__(
        self, *, connections: Connections, request_timeout: Seconds, response_timeout: Seconds, **options: Any
    ) -> None:
        super().__init__(**options)
        self._connections, self._request_timeout, self._response_timeout = (
            connections,
            request_timeout,
            response_timeout,
        )
        # counted from the first byte of a request, and anew from the end of its headers for the body
        self._received = 0
        self._overdue: asyncio.TimerHandle | None = None
        self._unread: asyncio.TimerHandle | None = None
        # bytes received and not yet used up by the parser, and how many of them it was fed
        self._held, self._fed = b"", 0

    # uvicorn narrows asyncio's parameter to the transport of a byte stream
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Set the socket options and wait for the first request."""
        super().connection_made(transport)
        self._connections.open.add(self)
        self._connections.waits(self)
        if (client := transport.get_extra_info("socket")) is not None:
            # some systems refuse this if the client has gone already
            with suppress(OSError):
                # head and body of a response are written separately: without this, the body waits 40 ms for the client
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                # detect clients that vanish without closing
                client.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        # bytes that the client does not take at once count as unread
        transport.set_write_buffer_limits(high=0)
        self._overdue = self._later(self._request_timeout)

    def data_received(self, data: bytes) -> None:
        """Receive bytes and feed the parser as many as can be answered."""
        # an empty line after a request that is being answered is not a new request
        if self._overdue is None and (self.cycle is None or self.cycle.response_complete):
            self._overdue = self._later(self._request_timeout)
        self._hold(self._held[self._fed :] + data)
        self._feed()
        if self._held:
            self.flow.pause_reading()
            if self._connections.held > MOST_HELD:
                self.transport.abort()

    def _hold(self, data: bytes) -> None:
        self._connections.held += len(data) - len(self._held)
        self._held, self._fed = data, 0

    def _feed(self) -> None:
        while self._fed < len(self._held) and not self.pipeline and not self.transport.is_closing():
            piece = self._held[self._fed : self._fed + PIECE]
            self._fed += len(piece)
            self._received += len(piece)
            super().data_received(piece)
            if self._received > MAX_REQUEST_BYTES and not self.transport.is_closing():
                if self.cycle is None or self.cycle.response_complete:
                    self.send_400_response("Request too large.")
                self.transport.close()
        if self._fed >= len(self._held):
            self._hold(b"")

    def on_message_begin(self) -> None:
        """A request begins: start its timer."""
        super().on_message_begin()
        if self._overdue is None:
            self._overdue = self._later(self._request_timeout)

    def on_headers_complete(self) -> None:
        """The headers are complete: the body is counted separately."""
        self._received = 0
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The request is complete: stop its timer."""
        self._received = 0
        self._connections.without_request.pop(self, None)
        _stop(self._overdue)
        self._overdue = None
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """The response is sent: the next request may be here already."""
        super().on_response_complete()
        if self.timeout_keep_alive_task is not None:
            # no other complete request is here
            self._connections.waits(self)
        if self._held:
            # enough bytes are here already
            self.flow.pause_reading()
            self.loop.call_soon(self._feed_on)

    def _feed_on(self) -> None:
        self._feed()
        if not self._held and not self.pipeline and not self.transport.is_closing():
            self.flow.resume_reading()

    def pause_writing(self) -> None:
        """The client does not read the response: start its timer."""
        super().pause_writing()
        self._unread = self._unread or self._later(self._response_timeout)

    def resume_writing(self) -> None:
        """The client has read everything."""
        super().resume_writing()
        _stop(self._unread)
        self._unread = None

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is closed."""
        _stop(self._overdue)
        _stop(self._unread)
        self._hold(b"")
        self._connections.lost(self)
        super().connection_lost(exc)

    def _later(self, seconds: Seconds) -> asyncio.TimerHandle:
        # abort, since a close would wait until the client has read everything
        end: Callable[[], None] = self.transport.abort
        return self.loop.call_later(seconds, end)


def _stop(timer: asyncio.TimerHandle | None) -> None:
    if timer is not None:
        timer.cancel()
