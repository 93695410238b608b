"""What somebody has said on an event loop, and bounded waits for something in it: ``from heard import Heard``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import anyio

__all__ = ["PATIENCE", "Heard"]

PATIENCE = 30.0
"""Seconds for each wait; none needs more than a few."""


class Heard:
    """What one side has said, and a wait for something in it."""

    def __init__(self) -> None:
        self.all: list[Any] = []
        self._more = anyio.Event()

    def add(self, value: Any) -> None:
        self.all.append(value)
        self._more.set()
        self._more = anyio.Event()

    async def first(self, wanted: Callable[[Any], bool]) -> Any:
        seen = 0
        with anyio.fail_after(PATIENCE):
            while True:
                for value in self.all[seen:]:
                    if wanted(value):
                        return value
                seen = len(self.all)
                await self._more.wait()
