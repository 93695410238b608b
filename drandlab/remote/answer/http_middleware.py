"""What stands between the web server and the relay's routes: methods, fixed pages, and the answers that never change.

An answer that says itself that it will never change is kept and sent again as it is, so that the rounds that
everybody asks for cost a look-up. This is plain ASGI, and knows no route.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from drandlab.remote.answer.http_answers import COMMON, FOREVER, Answer, text

__all__ = ["KEPT_ANSWERS", "App", "Door", "Message", "Receive", "Send", "say"]

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

KEPT_ANSWERS = 4096
LONGEST_PATH = 160
"""Characters; the longest path of a round that is written without leading zeros has 102."""

METHODS = "GET, HEAD, OPTIONS"
IMMUTABLE = (b"cache-control", FOREVER.encode())

PREFLIGHT = Answer(
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
NO_SUCH_METHOD = text(405, f"This relay is only read: {METHODS}", None, ("Allow", METHODS))


class Door:
    """ASGI middleware before ``app``: ``fixed`` are the answers of paths that are no part of the API."""

    def __init__(self, app: App, *, fixed: Mapping[str, Answer], kept: int = KEPT_ANSWERS) -> None:
        self._app, self._limit = app, kept
        self._fixed = {path: _messages(answer) for path, answer in fixed.items()}
        self._kept: dict[str, tuple[Message, Message]] = {}

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer, or pass the question on."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        match scope["method"]:
            case "GET":
                await self._get(scope, receive, send)
            case "HEAD":
                await self._get({**scope, "method": "GET"}, receive, _without_body(send))
            case "OPTIONS":
                await say(PREFLIGHT, send)
            case _:
                await say(NO_SUCH_METHOD, send)

    async def _get(self, scope: Message, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        if found := self._kept.get(path) or self._fixed.get(path):
            return await _send(found, send)
        start: Message | None = None

        async def keeping(message: Message) -> None:
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


def _messages(answer: Answer) -> tuple[Message, Message]:
    headers = [(name.lower().encode(), value.encode()) for name, value in answer.headers]
    if answer.status != 204:
        headers.append((b"content-length", str(len(answer.body)).encode()))
    start = {"type": "http.response.start", "status": answer.status, "headers": headers}
    return start, {"type": "http.response.body", "body": answer.body}


async def say(answer: Answer, send: Send) -> None:
    """Send an answer."""
    await _send(_messages(answer), send)


async def _send(messages: tuple[Message, Message], send: Send) -> None:
    for message in messages:
        await send(message)


def _without_body(send: Send) -> Send:
    async def bare(message: Message) -> None:
        await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

    return bare
