"""A channel from one parachain to another, as the relay chain keeps it: one way, in order, bounded, with a delay."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

from drandlab.errors import DrandlabError
from drandlab.typing import checked_bytes, checked_int

__all__ = ["CHANNEL_CODES", "Channel", "ChannelFull", "ChannelLimits", "ChannelState"]

CHANNEL_CODES: Mapping[str, str] = {
    "channel-full": "the channel holds as many messages or bytes as it may",
    "page-too-big": "the page is longer than the channel takes",
}
"""The codes of channels and what they mean."""

_U32 = (1 << 32) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelLimits:
    """What a channel holds at most, and how long the way is.

    ``capacity``: pages; ``page_size``: bytes of a page; ``total_size``: bytes of all pages; ``delay``: blocks from the
    one whose end sends a page to the first that can receive it, at least 1. The Ideal Network's own end-to-end tests
    open channels of 8 messages with 1,024 bytes each.
    """

    capacity: int = 1000
    page_size: int = 102_400
    total_size: int = 102_400
    delay: int = 1

    def __post_init__(self) -> None:
        for name in ("capacity", "page_size", "total_size", "delay"):
            object.__setattr__(self, name, checked_int(getattr(self, name), name, 1, _U32))


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelState:
    """What the sender is told of a channel: its limits, and how many pages and bytes wait in it."""

    capacity: int
    total_size: int
    page_size: int
    pages: int = 0
    bytes: int = 0

    @property
    def is_full(self) -> bool:
        """Whether not even an empty page finds room."""
        return self.pages >= self.capacity or self.bytes >= self.total_size


class ChannelFull(DrandlabError):
    """A page does not go into a channel; the relay chain refuses the block of a chain that sends it all the same."""

    CODE = "channel-full"


class Channel:
    """A channel: `send` at the end of a block, `arrived` before one. Blocks are counted as the relay chain does.

    >>> channel = Channel(ChannelLimits(capacity=2, delay=2))
    >>> channel.send(b"first", 10)
    >>> channel.arrived(11), channel.arrived(12), channel.state.pages
    ((), ((10, b'first'),), 1)
    >>> channel.received(1), channel.state.pages
    (None, 0)

    Source: the HRMP of Polkadot: pages go by the relay chain's storage, each sender has one outgoing page a block.
    """

    __slots__ = ("_size", "_waiting", "limits")

    def __init__(self, limits: ChannelLimits | None = None) -> None:
        self.limits = limits or ChannelLimits()
        self._waiting: deque[tuple[int, bytes]] = deque()
        self._size = 0

    @property
    def state(self) -> ChannelState:
        """The limits, and what waits now."""
        limits = self.limits
        return ChannelState(
            capacity=limits.capacity,
            total_size=limits.total_size,
            page_size=limits.page_size,
            pages=len(self._waiting),
            bytes=self._size,
        )

    def send(self, page: bytes, now: int) -> None:
        """Put a page into the channel at the end of block ``now``; raises `ChannelFull` where it has no room."""
        page, limits = checked_bytes(page, "page"), self.limits
        if len(page) > limits.page_size:
            raise ChannelFull(f"{len(page)} bytes, a page has at most {limits.page_size}", code="page-too-big")
        if len(self._waiting) >= limits.capacity or self._size + len(page) > limits.total_size:
            raise ChannelFull(
                f"{len(self._waiting)} pages with {self._size} bytes wait, at most {limits.capacity} with"
                f" {limits.total_size} may"
            )
        self._waiting.append((checked_int(now, "now", 0, _U32), page))
        self._size += len(page)

    def arrived(self, now: int) -> tuple[tuple[int, bytes], ...]:
        """Return the pages that block ``now`` can receive, oldest first, each with the block that sent it."""
        return tuple(one for one in self._waiting if one[0] + self.limits.delay <= now)

    def received(self, count: int) -> None:
        """Take the ``count`` oldest pages out: the recipient's block has them."""
        for _ in range(checked_int(count, "count", 0, len(self._waiting))):
            self._size -= len(self._waiting.popleft()[1])
