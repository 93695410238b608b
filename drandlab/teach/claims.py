"""Claims and errors of a lesson: a sentence stands beside its computation, or the lesson stops.

An exception that is the point of a cell would end a papermill run, tagged or not; `expect_error` shows it and goes on.
"""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager

from drandlab.errors import in_a_notebook
from drandlab.plain import as_words
from drandlab.teach.compared import compared

__all__ = ["ClaimError", "check", "expect_error", "say"]

WIDTH = 110


class ClaimError(AssertionError):
    """A claim that does not hold: ``claim`` is its sentence, ``sides`` the lines that say what came and was expected.

    A notebook shows the sentence and the line of the cell, not the way through the library.
    """

    def __init__(self, claim: str, sides: tuple[str, ...] = ()) -> None:
        self.claim, self.sides = claim, sides
        super().__init__("\n    ".join([f"this does not hold: {claim}", *sides]))

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.claim, self.sides), self.__dict__  # notes too

    def _render_traceback_(self) -> list[str]:
        return in_a_notebook(self)


def say(sentence: str) -> None:
    """Print a sentence; a terminal that knows few characters gets words for the others."""
    try:
        print(sentence)
    except UnicodeEncodeError:
        encoding = sys.stdout.encoding
        print(sentence.encode(encoding, as_words()).decode(encoding))


def check(claim: str, holds: object) -> None:
    """Print ``claim`` with a tick, or raise `ClaimError`, an `AssertionError`, when it does not hold.

    Where ``holds`` is written as a comparison, the error says what came and what was expected.

    >>> check("three is the sum of one and two", 1 + 2 == 3)
    ✓ three is the sum of one and two
    >>> check("two is odd", 2 % 2)
    Traceback (most recent call last):
    drandlab.teach.claims.ClaimError: this does not hold: two is odd
    """
    if not holds:
        raise ClaimError(claim, compared("check", 1, above=2))
    say(f"✓ {claim}")


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
            raise ClaimError(f"expected {kind.__name__} with {containing!r} in its message, got: {error}") from error
        say(textwrap.fill(f"{type(error).__name__}: {error}", WIDTH, subsequent_indent="    "))
        return
    raise ClaimError(f"expected {kind.__name__}, but nothing was raised")
