"""Claims and errors of a lesson: a sentence stands beside its computation, or the lesson stops.

An exception that is the point of a cell would end a papermill run, tagged or not; `expect_error` shows it and goes on.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["check", "expect_error"]

WIDTH = 110


def check(claim: str, holds: object) -> None:
    """Print ``claim`` with a tick, or raise `AssertionError` when it does not hold.

    >>> check("three is the sum of one and two", 1 + 2 == 3)
    ✓ three is the sum of one and two
    >>> check("two is odd", 2 % 2)
    Traceback (most recent call last):
    AssertionError: this does not hold: two is odd
    """
    if not holds:
        raise AssertionError(f"this does not hold: {claim}")
    print(f"✓ {claim}")


@contextmanager
def expect_error(kind: type[BaseException], containing: str = "") -> Iterator[None]:
    """Print the error of type ``kind`` that the block must raise; anything else fails the lesson.

    ``containing`` is text that the message must hold.

    >>> with expect_error(ZeroDivisionError):
    ...     1 / 0
    ZeroDivisionError: division by zero
    """
    try:
        yield
    except kind as error:
        if containing not in str(error):
            raise AssertionError(
                f"expected {kind.__name__} with {containing!r} in its message, got: {error}"
            ) from error
        print(textwrap.fill(f"{type(error).__name__}: {error}", WIDTH, subsequent_indent="    "))
        return
    raise AssertionError(f"expected {kind.__name__}, but nothing was raised")
