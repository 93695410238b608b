"""The limits in the comment of a parameter: ``LOW..HIGH`` or ``one of: a, b``; what only looks like them is refused.

An end of a range may be computed from other parameters, with ``+ - * //`` and brackets: ``nodes // 2 + 1..nodes``.
Nothing in a comment is executed: its expressions are parsed, and only the few allowed kinds are evaluated.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["CHOICES", "End", "Limits", "choices_in", "limits_in"]

LONGEST = 300
"""The longest comment that may contain a limit, since cells can come from anybody."""

_TOKEN = re.compile(r"\s*(\d{1,20}(?:\.\d{1,20})?(?:e-?\d{1,3})?(?!\w|\.\d)|[^\W\d]\w*(?!\.\w)|//|[-+*()])")
_OPERATORS = ("+", "-", "*", "//")
_STEPS: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
}

_DOTS = re.compile(r"\.{2,}|[\u2025\u2026]")
_DASHED = re.compile(r"(?<![\w.-])\d+(?:\.\d+)?(?:-| *[\u2010-\u2015\u2212~] *| - )-?\d+(?![\w-])")
CHOICES = re.compile(r"\bone\s+of\s*:(.*)$", re.IGNORECASE | re.DOTALL)
"""Where the choices begin in a comment; they reach to its end."""


@dataclass(frozen=True, slots=True)
class End:
    """One end of a range: its text, and the names of the parameters that it is computed from."""

    text: str
    tree: ast.expr
    names: frozenset[str]

    def value(self, values: Mapping[str, Any]) -> int | float:
        """Return the number for these values of the parameters; raises `ZeroDivisionError` if there is none."""
        number: int | float = _value(self.tree, values)
        return number


@dataclass(frozen=True, slots=True)
class Limits:
    """``low..high``, both ends included."""

    low: End
    high: End

    @property
    def names(self) -> frozenset[str]:
        """The parameters that the ends are computed from."""
        return self.low.names | self.high.names

    def of(self, values: Mapping[str, Any]) -> tuple[float, float]:
        """Return both ends for these values of the parameters."""
        return self.low.value(values), self.high.value(values)

    def __str__(self) -> str:
        return f"{self.low.text}..{self.high.text}"


def limits_in(comment: str, numbers: Collection[str], *, dashes: bool = True) -> Limits | None:
    """Return the limits in a comment, None if there are none.

    ``numbers`` are the names of the parameters that are numbers; ``dashes`` says whether 2-5 looks like limits. Raises
    `ValueError`, with the reason, for what looks like limits and is not: three dots, a dash, more than one range, a low
    end above the high one.

    >>> print(limits_in("shares needed, 2..nodes", {"nodes"}))
    2..nodes
    """
    found = [match for match in _DOTS.finditer(comment) if _separates(comment, match, numbers)]
    dashed = _DASHED.search(comment) if dashes else None
    if not found:
        if dashed:
            raise ValueError(f"limits are written LOW..HIGH, not `{dashed.group().strip()}`")
        return None
    if len(found) > 1 or dashed:
        raise ValueError("there is more than one range in its comment")
    if len(comment) > LONGEST:
        raise ValueError(f"a comment with limits has at most {LONGEST} characters")
    dots = found[0]
    if dots.group() != "..":
        raise ValueError(f"limits are written LOW..HIGH, with two dots, not `{_around(comment, dots)}`")
    low = _end_before(comment[: dots.start()], numbers)
    high = _end_after(comment[dots.end() :], numbers)
    if low is None or high is None:
        raise ValueError(
            f"the ends of `{_around(comment, dots)}` are numbers or parameters that are numbers, with + - * // at most"
        )
    if not low.names | high.names and low.value({}) > high.value({}):
        raise ValueError(f"nothing lies between {low.text} and {high.text}")
    return Limits(low, high)


def choices_in(comment: str) -> tuple[str, ...]:
    """Return the choices of ``one of: a, b`` at the end of a comment, as text; raises `ValueError` for a wrong form.

    >>> choices_in("which signatures; one of: short, long")
    ('short', 'long')
    """
    match = CHOICES.search(comment)
    if match is None:
        return ()
    choices = tuple(choice.strip(" \"'`") for choice in match[1].strip().removesuffix(".").split(","))
    if len(choices) < 2 or not all(choices) or len(set(choices)) < len(choices):
        raise ValueError("choices are written `one of: a, b`: at least two, with commas between them, none twice")
    return choices


def _separates(comment: str, dots: re.Match[str], numbers: Collection[str]) -> bool:
    """Whether dots are meant as a range: on at least one side of them is something to compute with."""
    before = re.search(r"([\w)]+) *$", comment[: dots.start()])
    after = re.match(r" *([-(]*\w+)", comment[dots.end() :])
    sides = [match[1] for match in (before, after) if match]
    reckoned = sum(side[-1].isdigit() or side.strip("-()") in numbers or side[0] == "(" for side in sides)
    touching = len(sides) == 2 and comment[dots.start() - 1] != " " and comment[dots.end()] != " "
    if dots.group() == "..":
        return bool(reckoned) or touching
    return reckoned == 2 or (touching and bool(reckoned))


def _around(comment: str, dots: re.Match[str]) -> str:
    before = comment[: dots.start()].rstrip().rpartition(" ")[2]
    after = comment[dots.end() :].lstrip().partition(" ")[0]
    return f"{before}{dots.group()}{after}"[:60]


def _end_before(text: str, numbers: Collection[str]) -> End | None:
    """The longest expression that ``text`` ends in."""
    starts = [match.start() for match in re.finditer(r"\S", text)]
    for start in starts:
        if start and (text[start - 1].isalnum() or text[start - 1] in "_."):
            continue
        end = None if text.startswith("- ", start) else _expression(text[start:], numbers)
        if end is not None:
            return None if text[:start].rstrip().endswith(("+", "-", "*", "/")) else end
    return None


def _end_after(text: str, numbers: Collection[str]) -> End | None:
    """The longest expression that ``text`` begins with."""
    ends, place = [], 0
    while match := _TOKEN.match(text, place):
        place = match.end()
        ends.append((place, match[1]))
    for index in reversed(range(len(ends))):
        end = _expression(text[: ends[index][0]], numbers)
        if end is not None:
            following = ends[index + 1][1] if index + 1 < len(ends) else ""
            rest = text[ends[index][0] :]
            whole = following not in _OPERATORS and not re.match(r"\w|\.\w| *[/%]", rest)
            return end if whole else None
    return None


def _expression(text: str, numbers: Collection[str]) -> End | None:
    """Return the end that is written here; None if it is not an expression, or has a name that is not a number."""
    place = 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            break
        place = match.end()
    if text[place:].strip():
        return None
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    names = set()
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) if name in numbers:
                names.add(name)
            case ast.Constant(value=int() | float()) | ast.Load() | ast.UnaryOp(op=ast.USub()) | ast.USub():
                pass
            case ast.BinOp(op=ast.Add() | ast.Sub() | ast.Mult() | ast.FloorDiv()) | ast.operator():
                pass
            case _:
                return None
    return End(text.strip(), tree, frozenset(names))


def _value(tree: ast.expr, values: Mapping[str, Any]) -> Any:
    match tree:
        case ast.Constant(value=number):
            return number
        case ast.Name(id=name):
            return values[name]
        case ast.UnaryOp(operand=operand):
            return -_value(operand, values)
        case ast.BinOp(left=left, op=op, right=right):
            return _STEPS[type(op)](_value(left, values), _value(right, values))
    raise AssertionError(f"not an expression of limits: {ast.dump(tree)}")
