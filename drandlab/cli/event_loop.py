"""What commands share that run an event loop until they are told to end."""

from __future__ import annotations

import signal
from typing import Any

__all__ = ["first_error", "until_told_to_end"]


def first_error(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    """Return the error that has ended a group of tasks; the others of the group were cancelled.

    >>> first_error(ExceptionGroup("", [ExceptionGroup("", [ValueError("why"), OSError()])]))
    ValueError('why')
    """
    found: BaseException = errors
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    return found


async def until_told_to_end(scope: Any) -> None:
    """Cancel ``scope`` at Ctrl-C, or when the process is told to end."""
    import anyio

    with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        async for _ in signals:
            scope.cancel()
            return
