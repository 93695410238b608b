"""The words that signatures share: what may be passed is said once, here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias

__all__ = ["Progress", "Rng", "Round", "Seconds", "ShareIndex"]

Round: TypeAlias = int
"""Number of a beacon: 0 is the genesis beacon, 1 the first one made; below 2**64."""

ShareIndex: TypeAlias = int
"""0-based index of a share holder; its polynomial is evaluated at x = index + 1, never at 0."""

Seconds: TypeAlias = float
"""UNIX time or duration in seconds."""

Progress: TypeAlias = Callable[[int, int | None], None]
"""Called as ``progress(done, total)`` while a long piece of work runs; ``total`` is None when unknown."""


class Rng(Protocol):
    """Random bytes: from ``random.Random(seed)`` in lessons and simulations, ``secrets.SystemRandom()`` for keys."""

    def randbytes(self, n: int, /) -> bytes:
        """Return ``n`` fresh random bytes."""
        ...
