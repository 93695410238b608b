"""A web server for an ASGI application, on an event loop that runs already.

The server is uvicorn with httptools' parser. What it leaves open is bounded here: the time and the bytes that a
question may take before it is complete, so that clients that send slowly, or without end, hold nothing up.

Needs the extra ``relay``. The loop is the caller's; with ``uvloop.run`` in place of ``asyncio.run`` the same code is
faster.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import anyio
import uvicorn
from anyio.abc import TaskStatus
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from drandlab.errors import LocalError
from drandlab.remote.http_answers import NOT_NOW, text
from drandlab.remote.http_door import App, Message, Receive, Send, say

__all__ = ["LARGEST_QUESTION", "serve"]

LARGEST_QUESTION = 1 << 14
"""Bytes of one question, headers and body."""

QUESTION_TIME = 10.0
"""Seconds that a question may take from its first byte, or from the connection, to its last byte."""

IDLE_TIME = 30
"""Seconds that a connection is kept open after an answer."""

END_TIME = 2
"""Seconds that answers under way have at the end."""

OVER = text(504, "timeout", NOT_NOW)

BACKLOG = 1024
"""Connections that may wait to be taken in."""


async def serve(
    app: App,
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    question_time: float = QUESTION_TIME,
    task_status: TaskStatus[int] = anyio.TASK_STATUS_IGNORED,
) -> None:
    """Serve ``app`` on ``host`` and ``port`` until cancelled; whoever waits for an answer then gets 504.

    Port 0 takes any that is free. Started with ``await tasks.start(serve, app)``, it returns the port once it answers.
    ``question_time`` bounds how many seconds a question may take to arrive. Raises `LocalError` if the port is taken.
    """
    # what waits for the next round would hold up the end for a whole period
    waiting = _Waiting(app)
    with _listening(host, port) as listener:
        server = _Server(
            uvicorn.Config(
                waiting,
                http=_bounded(question_time),
                ws="none",
                lifespan="off",
                log_config=None,
                log_level="error",
                access_log=False,
                proxy_headers=False,
                server_header=False,
                timeout_keep_alive=IDLE_TIME,
                timeout_graceful_shutdown=END_TIME,
            )
        )
        server.config.load()
        server.lifespan = server.config.lifespan_class(server.config)
        await server.startup(sockets=[listener])
        try:
            task_status.started(listener.getsockname()[1])
            await server.main_loop()
        finally:
            waiting.end()
            with anyio.CancelScope(shield=True):
                await server.shutdown(sockets=[listener])


class _Waiting:
    """The application, and the tasks that are at work in it: `end` has them say that the time is over."""

    def __init__(self, app: App) -> None:
        self._app, self._tasks, self._over = app, set[asyncio.Task[None]](), asyncio.Event()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if self._over.is_set():
            return await say(OVER, send)
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await self._app(scope, receive, send)
        except asyncio.CancelledError:
            if not self._over.is_set():
                raise
            await say(OVER, send)
        finally:
            self._tasks.discard(task)

    def end(self) -> None:
        self._over.set()
        for task in self._tasks:
            task.cancel()


def _bounded(question_time: float) -> type[HttpToolsProtocol]:
    """Return uvicorn's protocol with a bound on the bytes of a question and on the seconds until it is complete."""

    class Bounded(HttpToolsProtocol):
        # counted from the first byte of a question, and from the last byte of its headers on for the body
        received = 0
        overdue: asyncio.TimerHandle | None = None

        # uvicorn narrows asyncio's parameter to the transport that a stream of bytes has
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            # an answer's head and body are written apart: without this, the body waits for the client's word (40 ms)
            if (line := transport.get_extra_info("socket")) is not None:
                line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.overdue = self.loop.call_later(question_time, transport.close)

        def data_received(self, data: bytes) -> None:
            if self.overdue is None:
                self.overdue = self.loop.call_later(question_time, self.transport.close)
            self.received += len(data)
            super().data_received(data)
            if self.received > LARGEST_QUESTION and not self.transport.is_closing():
                if self.cycle is None or self.cycle.response_complete:
                    self.send_400_response("Request too large.")
                self.transport.close()

        def on_headers_complete(self) -> None:
            self.received = 0
            super().on_headers_complete()

        def on_message_complete(self) -> None:
            self.received = 0
            self._in_time()
            super().on_message_complete()

        def connection_lost(self, exc: Exception | None) -> None:
            self._in_time()
            super().connection_lost(exc)

        def _in_time(self) -> None:
            if self.overdue is not None:
                self.overdue.cancel()
                self.overdue = None

    return Bounded


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        # the signals belong to whoever runs the loop
        yield


@contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    if not 0 <= port < 1 << 16:
        # some systems would take it modulo 2^16
        raise LocalError(f"{host}:{port} cannot be served: a port is a number from 0 to 65535, 0 for any that is free")
    try:
        [(family, _, _, _, address), *_] = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        listener = socket.create_server(address, family=family, backlog=BACKLOG)
    except (OSError, UnicodeError) as error:
        why = error.strerror.partition(" (")[0] if isinstance(error, OSError) and error.strerror else str(error)
        raise LocalError(f"{host}:{port} cannot be served ({why}): choose a free port, or 0 for any") from None
    with listener:
        yield listener
