"""Exercises: the reader replaces ``...`` by an answer, and a function checks it. A wrong answer stops nothing."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping
from types import FunctionType
from typing import Any

from drandlab.teach.claims import WIDTH, ClaimError, say

__all__ = ["exercise"]


def exercise(answer: Any) -> Callable[[Callable[[Any], object]], bool | None]:
    """Check an answer with the decorated function, which gets it as its argument and makes the checks.

    Prints a tick for each check that holds. The first that does not hold is shown with a cross, with the value got and
    the one expected, and so is an answer that cannot be used. The cells below run in any case. As long as the answer
    contains ``...``, nothing is checked. The name of the function becomes the result: True, False, or None for not yet.

    >>> from drandlab.teach import check
    >>> @exercise(...)
    ... def exercise_1(sides):
    ...     check("a cube has so many", sides == 6)
    ○ not yet: put your answer in place of ... and run this cell again
    >>> @exercise(6)
    ... def exercise_1(sides):
    ...     check("a cube has so many", sides == 6)
    ✓ a cube has so many
    """

    def judged(judge: Callable[[Any], object]) -> bool | None:
        if _is_blank(answer):
            say("○ not yet: put your answer in place of ... and run this cell again")
            return None
        try:
            judge(answer)
        except ClaimError as error:
            say("\n    ".join([f"✗ {error.claim}", *error.sides]))
            return False
        except Exception as error:  # an answer may be anything
            said = f"✗ this answer cannot be used: {type(error).__name__}: {error}"
            say(textwrap.fill(said, WIDTH, subsequent_indent="    "))
            return False
        return True

    return judged


def _is_blank(answer: Any) -> bool:
    if answer is ... or answer is None:
        return True
    if type(answer) in (list, tuple, set):
        return any(item is ... for item in answer)
    if isinstance(answer, Mapping):
        return any(item is ... for item in answer.values())
    # A function of the reader, whose line is still `return ...`.
    return isinstance(answer, FunctionType) and ... in answer.__code__.co_consts
