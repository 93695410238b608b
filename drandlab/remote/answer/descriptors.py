"""How many files this process may have open, and how many of these may be connections.

A server without a free file descriptor cannot even open its own files. So connections get a share of the descriptors,
and the rest stays free.
"""

from __future__ import annotations

import os
from contextlib import suppress

__all__ = ["most_grpc", "most_http", "raise_limit"]

NO_LIMIT = 8192
"""Descriptors assumed where the system names no limit; more connections than that are of no use here."""

MACOS_MOST = 10_240

RESERVE = 32
"""Descriptors kept free for files, besides those open when a server starts and an eighth of all."""


def raise_limit() -> int:
    """Raise the number of files that this process may have open as far as the system allows; return that number."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return NO_LIMIT
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for wanted in (hard, MACOS_MOST):
        # macOS reports "unlimited" but refuses that value
        if soft != resource.RLIM_INFINITY and (wanted == resource.RLIM_INFINITY or wanted > soft):
            with suppress(ValueError, OSError):
                resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
                break
    return _limit()


def most_http() -> int:
    """Return how many HTTP connections may be open at a time: three fifths of the free descriptors."""
    return max(4, _free() * 3 // 5)


def most_grpc() -> int:
    """Return how many gRPC connections may be open at a time: a fifth of the free descriptors."""
    return max(4, _free() // 5)


def _limit() -> int:
    try:
        import resource
    except ImportError:
        return NO_LIMIT
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return NO_LIMIT if soft == resource.RLIM_INFINITY else min(soft, NO_LIMIT)


def _free() -> int:
    limit = _limit()
    open_now = 64
    for folder in ("/proc/self/fd", "/dev/fd"):
        with suppress(OSError):
            open_now = len(os.listdir(folder))
            break
    return limit - open_now - RESERVE - limit // 8
