"""A web server for an ASGI application, on an event loop that runs already.

The server is uvicorn with httptools' parser. What uvicorn leaves unbounded is bounded here: the time and the bytes of a
request, the time that a response may wait to be read (`drandlab.remote.answer.http_connection`), and the number of
connections. So clients that are slow, endless or many block nobody else.

Needs the extra ``relay``. The loop is the caller's; with ``uvloop.run`` in place of ``asyncio.run`` the same code is
faster.
"""

from __future__ import annotations

import asyncio
import logging
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import anyio
import uvicorn
from anyio.abc import TaskStatus

from drandlab.remote.answer.descriptors import most_http
from drandlab.remote.answer.http_connection import MAX_REQUEST_BYTES, RESPONSE_TIMEOUT, BoundedConnection, Connections
from drandlab.remote.answer.http_middleware import AsgiApp, AsgiMessage, AsgiReceive, AsgiSend, send_response
from drandlab.remote.answer.http_responses import NOT_NOW, text
from drandlab.remote.answer.listen_address import ListenAddress
from drandlab.remote.answer.log_filter import once_per_minute
from drandlab.typing import Seconds, checked_int, checked_real

__all__ = ["MAX_REQUEST_BYTES", "serve"]

REQUEST_TIMEOUT = 10.0
"""Seconds from the first byte of a request, or from the connection, to the last byte of the request."""

IDLE_TIME = 30
"""Seconds that a connection is kept open after a response."""

END_TIME = 2
"""Seconds in which responses under way may finish when the server stops."""

NO_ROOM_TIME: Seconds = 0.5
"""Seconds to wait before accepting again, when the system had no room for a connection."""

OVER = text(504, "timeout", NOT_NOW)
NO_HOST = text(
    400, "a request of HTTP/1.1 needs exactly one header `Host`, with a host in it", None, ("Connection", "close")
)
HOST = re.compile(rb"[-\w.~%!$&'()*+,;=:\[\]]*")

log = logging.getLogger("drandlab.remote.answer.web_server")


async def serve(
    app: AsgiApp,
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    request_timeout: Seconds = REQUEST_TIMEOUT,
    response_timeout: Seconds = RESPONSE_TIMEOUT,
    connections: int | None = None,
    task_status: TaskStatus[int] = anyio.TASK_STATUS_IGNORED,
) -> None:
    """Serve ``app`` on ``host`` and ``port`` until cancelled; requests still waiting then get 504.

    Port 0 takes any free one. ``await tasks.start(serve, app)`` returns the port once the server accepts connections.
    ``request_timeout`` is the number of seconds in which a request must arrive, ``response_timeout`` that in which the
    client must read a response, and ``connections`` the number of connections open at a time (None: as many as the
    process's files allow). Raises `LocalError` if the host or the port cannot be used.
    """
    request_timeout = checked_real(request_timeout, "request_timeout", 0)
    response_timeout = checked_real(response_timeout, "response_timeout", 0)
    most = most_http() if connections is None else checked_int(connections, "connections", 1)
    # requests that wait for the next round would delay the end by a whole period
    waiting = _Waiting(app)
    held = Connections(most)
    with (
        ListenAddress.of(host, port).listen() as listener,
        once_per_minute("drandlab.remote.answer.web_server", "uvicorn.error", "asyncio"),
    ):
        server = _loaded(waiting)
        made = partial(
            BoundedConnection,
            connections=held,
            request_timeout=request_timeout,
            response_timeout=response_timeout,
            config=server.config,
            server_state=server.server_state,
            app_state=server.lifespan.state,
        )
        listener.setblocking(False)
        accepting = asyncio.create_task(_accept(listener, made, held))
        try:
            task_status.started(listener.getsockname()[1])
            await server.main_loop()
        finally:
            accepting.cancel()
            waiting.end()
            with anyio.CancelScope(shield=True):
                await server.shutdown(sockets=[listener])
                for connection in list(held.open):
                    # responses still unread now will not be read
                    connection.transport.abort()


def _loaded(app: AsgiApp) -> _Server:
    """Return uvicorn's server for ``app``, ready for its main loop."""
    server = _Server(
        uvicorn.Config(
            app,
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
    server.servers = []
    return server


async def _accept(listener: socket.socket, made: partial[BoundedConnection], connections: Connections) -> None:
    """Accept connections for ever; when the process has no free descriptor, try again a little later."""
    loop = asyncio.get_running_loop()
    while True:
        try:
            client, _ = await loop.sock_accept(listener)
        except ConnectionError:
            continue  # gone before it was accepted
        except OSError as error:
            log.error("a connection cannot be accepted: %s; trying again", error.strerror)
            connections.close_one()
            await asyncio.sleep(NO_ROOM_TIME)
            continue
        if len(connections.open) >= connections.most:
            log.warning("%d connections are open, the maximum: idle ones are closed, new ones wait", connections.most)
        try:
            await connections.room()
            await loop.connect_accepted_socket(made, client)
        except asyncio.CancelledError:
            client.close()
            raise
        except Exception as error:
            # whatever is wrong with this one, the next one is accepted
            client.close()
            log.error("a connection cannot be accepted: %s", error)


class _Waiting:
    """The application and its running tasks; after `end` they respond with a timeout."""

    def __init__(self, app: AsgiApp) -> None:
        self._app, self._tasks, self._over = app, set[asyncio.Task[None]](), asyncio.Event()

    async def __call__(self, scope: AsgiMessage, receive: AsgiReceive, send: AsgiSend) -> None:
        if self._over.is_set():
            return await send_response(OVER, send)
        if not _has_host(scope):
            return await send_response(NO_HOST, send)
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await self._app(scope, receive, send)
        except asyncio.CancelledError:
            if not self._over.is_set():
                raise
            await send_response(OVER, send)
        finally:
            self._tasks.discard(task)

    def end(self) -> None:
        self._over.set()
        for task in self._tasks:
            task.cancel()


def _has_host(scope: AsgiMessage) -> bool:
    """Whether a request names its host as RFC 9112, section 3.2, requires."""
    hosts = [value for name, value in scope["headers"] if name == b"host"]
    if scope["http_version"] != "1.1" and not hosts:
        return True
    return len(hosts) == 1 and HOST.fullmatch(hosts[0].strip()) is not None


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        # signals belong to the owner of the event loop
        yield
