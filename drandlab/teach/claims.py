"""Claims and expected errors of a lesson: each claim is a sentence and a computation that must agree, else a run stops.

An exception ends a run with papermill, even in a tagged cell. Where an error is what a cell is to show, `expect_error`
prints it and the run goes on.
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
    """A claim that does not hold: ``claim`` is its sentence, ``sides`` are lines with what was got and expected.

    A notebook shows the sentence and the line of the cell, and no traceback through the library.
    """

    def __init__(self, claim: str, sides: tuple[str, ...] = ()) -> None:
        self.claim, self.sides = claim, sides
        super().__init__("\n    ".join([f"this does not hold: {claim}", *sides]))

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.claim, self.sides), self.__dict__  # notes too

    def _render_traceback_(self) -> list[str]:
        return in_a_notebook(self)


def say(sentence: str) -> None:
    """Print a sentence; on a terminal with few characters, words replace those that it cannot show."""
    try:
        print(sentence)
    except UnicodeEncodeError:
        encoding = sys.stdout.encoding
        print(sentence.encode(encoding, as_words()).decode(encoding))


def check(claim: str, holds: object) -> None:
    """Print ``claim`` with a tick, or raise `ClaimError`, an `AssertionError`, if it does not hold.

    If ``holds`` is written as a comparison, the error shows both sides.

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

    ``containing`` is text that the message must contain.

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
