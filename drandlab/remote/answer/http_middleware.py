"""ASGI middleware between the web server and the relay's routes: methods, fixed pages, and a cache.

A response that is marked as immutable is kept and sent again as it is, so that a popular round costs one look-up. The
middleware knows no route.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from drandlab.remote.answer.http_responses import COMMON, FOREVER, HttpResponse, text

__all__ = ["KEPT_RESPONSES", "AsgiApp", "AsgiMessage", "AsgiReceive", "AsgiSend", "RelayMiddleware", "send_response"]

AsgiMessage = MutableMapping[str, Any]
AsgiReceive = Callable[[], Awaitable[AsgiMessage]]
AsgiSend = Callable[[AsgiMessage], Awaitable[None]]
AsgiApp = Callable[[AsgiMessage, AsgiReceive, AsgiSend], Awaitable[None]]

KEPT_RESPONSES = 4096
LONGEST_PATH = 160
"""Characters of a path whose response is kept; the longest path of a round without leading zeros has 102."""

METHODS = "GET, HEAD, OPTIONS"
IMMUTABLE = (b"cache-control", FOREVER.encode())

PREFLIGHT = HttpResponse(
    204,
    (
        *COMMON,
        ("Access-Control-Allow-Methods", METHODS),
        ("Access-Control-Allow-Headers", "*"),
        ("Access-Control-Max-Age", "86400"),
        ("Allow", METHODS),
    ),
    b"",
)
NO_SUCH_METHOD = text(405, f"This relay is read-only: {METHODS}", None, ("Allow", METHODS))


class RelayMiddleware:
    """ASGI middleware before ``app``; ``fixed`` are the responses of the paths that are not part of the API."""

    def __init__(self, app: AsgiApp, *, fixed: Mapping[str, HttpResponse], kept: int = KEPT_RESPONSES) -> None:
        self._app, self._limit = app, kept
        self._fixed = {path: _messages(response) for path, response in fixed.items()}
        self._kept: dict[str, tuple[AsgiMessage, AsgiMessage]] = {}

    async def __call__(self, scope: AsgiMessage, receive: AsgiReceive, send: AsgiSend) -> None:
        """Respond, or pass the request on."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        match scope["method"]:
            case "GET":
                await self._get(scope, receive, send)
            case "HEAD":
                await self._get({**scope, "method": "GET"}, receive, _without_body(send))
            case "OPTIONS":
                await send_response(PREFLIGHT, send)
            case _:
                await send_response(NO_SUCH_METHOD, send)

    async def _get(self, scope: AsgiMessage, receive: AsgiReceive, send: AsgiSend) -> None:
        path: str = scope["path"]
        if found := self._kept.get(path) or self._fixed.get(path):
            return await _send(found, send)
        start: AsgiMessage | None = None

        async def keeping(message: AsgiMessage) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                if message["status"] == 200 and IMMUTABLE in message["headers"] and len(path) <= LONGEST_PATH:
                    start = message
            elif start is not None and not message.get("more_body"):
                while len(self._kept) >= self._limit:
                    del self._kept[next(iter(self._kept))]
                self._kept[path] = start, message
            await send(message)

        await self._app(scope, receive, keeping)


def _messages(response: HttpResponse) -> tuple[AsgiMessage, AsgiMessage]:
    headers = [(name.lower().encode(), value.encode()) for name, value in response.headers]
    if response.status != 204:
        headers.append((b"content-length", str(len(response.body)).encode()))
    start = {"type": "http.response.start", "status": response.status, "headers": headers}
    return start, {"type": "http.response.body", "body": response.body}


async def send_response(response: HttpResponse, send: AsgiSend) -> None:
    """Send a response."""
    await _send(_messages(response), send)


async def _send(messages: tuple[AsgiMessage, AsgiMessage], send: AsgiSend) -> None:
    for message in messages:
        await send(message)


def _without_body(send: AsgiSend) -> AsgiSend:
    async def bare(message: AsgiMessage) -> None:
        await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

    return bare
