"""A web server for an ASGI application, on an event loop that runs already.

The server is uvicorn with httptools' parser. What it leaves open is bounded here: the time and the bytes that a
question may take before it is complete, the time that an answer may lie unread
(`drandlab.remote.answer.http_line`), and the number of connections, so that clients that are slow, or without end, or
many, hold nothing up.

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
from drandlab.remote.answer.http_answers import NOT_NOW, text
from drandlab.remote.answer.http_line import ANSWER_TIME, LARGEST_QUESTION, Bounded, Lines
from drandlab.remote.answer.http_middleware import App, Message, Receive, Send, say
from drandlab.remote.answer.place import Place
from drandlab.remote.answer.steady_log import steady
from drandlab.typing import Seconds

__all__ = ["LARGEST_QUESTION", "serve"]

QUESTION_TIME = 10.0
"""Seconds that a question may take from its first byte, or from the connection, to its last byte."""

IDLE_TIME = 30
"""Seconds that a connection is kept open after an answer."""

END_TIME = 2
"""Seconds that answers under way have at the end."""

NO_ROOM_TIME: Seconds = 0.5
"""Seconds after which a connection is taken in again, when the system had no room for one."""

OVER = text(504, "timeout", NOT_NOW)
NO_HOST = text(400, "a question of HTTP/1.1 has one line `Host`, with a host in it", None, ("Connection", "close"))
HOST = re.compile(rb"[-\w.~%!$&'()*+,;=:\[\]]*")

log = logging.getLogger("drandlab.remote.answer.serving")


async def serve(
    app: App,
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    question_time: Seconds = QUESTION_TIME,
    answer_time: Seconds = ANSWER_TIME,
    connections: int | None = None,
    task_status: TaskStatus[int] = anyio.TASK_STATUS_IGNORED,
) -> None:
    """Serve ``app`` on ``host`` and ``port`` until cancelled; whoever waits for an answer then gets 504.

    Port 0 takes any that is free. Started with ``await tasks.start(serve, app)``, it returns the port once it answers.
    ``question_time`` bounds how many seconds a question may take to arrive, ``answer_time`` how many an answer may lie
    unread, and ``connections`` how many are open at a time (None: as many as the process's files allow). Raises
    `LocalError` if the host or the port cannot be had.
    """
    # what waits for the next round would hold up the end for a whole period
    waiting = _Waiting(app)
    lines = Lines(most_http() if connections is None else connections)
    with (
        Place.of(host, port).listen() as listener,
        steady("drandlab.remote.answer.serving", "uvicorn.error", "asyncio"),
    ):
        server = _Server(
            uvicorn.Config(
                waiting,
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
        made = partial(
            Bounded,
            lines=lines,
            question_time=question_time,
            answer_time=answer_time,
            config=server.config,
            server_state=server.server_state,
            app_state=server.lifespan.state,
        )
        listener.setblocking(False)
        taking_in = asyncio.create_task(_take_in(listener, made, lines))
        try:
            task_status.started(listener.getsockname()[1])
            await server.main_loop()
        finally:
            taking_in.cancel()
            waiting.end()
            with anyio.CancelScope(shield=True):
                await server.shutdown(sockets=[listener])
                for line in list(lines.open):
                    # what is unread by now will not be read
                    line.transport.abort()


async def _take_in(listener: socket.socket, made: partial[Bounded], lines: Lines) -> None:
    """Take connections in, for ever: where the process has no descriptor for one more, a little later."""
    loop = asyncio.get_running_loop()
    while True:
        try:
            line, _ = await loop.sock_accept(listener)
        except ConnectionError:
            continue  # gone before it was taken in
        except OSError as error:
            log.error("a connection cannot be taken in: %s; it is tried again", error.strerror)
            lines.close_one()
            await asyncio.sleep(NO_ROOM_TIME)
            continue
        if len(lines.open) >= lines.most:
            log.warning("%d connections are open, as many as there may be: others make room or wait", lines.most)
        try:
            await lines.room()
            await loop.connect_accepted_socket(made, line)
        except asyncio.CancelledError:
            line.close()
            raise
        except Exception as error:
            # whatever is wrong with this one, the next one is taken in
            line.close()
            log.error("a connection cannot be taken in: %s", error)


class _Waiting:
    """The application, and the tasks that are at work in it: `end` has them say that the time is over."""

    def __init__(self, app: App) -> None:
        self._app, self._tasks, self._over = app, set[asyncio.Task[None]](), asyncio.Event()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if self._over.is_set():
            return await say(OVER, send)
        if not _has_host(scope):
            return await say(NO_HOST, send)
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


def _has_host(scope: Message) -> bool:
    """Whether a question names the host that it means as it must: RFC 9112, section 3.2."""
    hosts = [value for name, value in scope["headers"] if name == b"host"]
    if scope["http_version"] != "1.1" and not hosts:
        return True
    return len(hosts) == 1 and HOST.fullmatch(hosts[0].strip()) is not None


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        # the signals belong to whoever runs the loop
        yield
