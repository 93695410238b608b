"""The two sides of a comparison that did not hold, computed again from its source.

``check("so many", len(found) == 3)`` gets only True or False. If it is False, the source of the call is read and both
sides are computed again, but only names, literals, arithmetic and a few functions without side effects, so that this
changes nothing. What cannot be computed again is left out.
"""

from __future__ import annotations

import ast
import linecache
import reprlib
import sys
from collections.abc import Mapping
from itertools import islice
from types import FrameType
from typing import Any

__all__ = ["compared"]

_PURE = ("abs", "bytes", "dict", "float", "int", "len", "list", "max", "min", "round", "set", "sorted", "str", "sum")
_SIGNS: Mapping[type[ast.cmpop], str] = {
    ast.NotEq: "anything but ",
    ast.Lt: "less than ",
    ast.LtE: "at most ",
    ast.Gt: "more than ",
    ast.GtE: "at least ",
    ast.In: "one of ",
    ast.NotIn: "none of ",
}

_short = reprlib.Repr()
_short.maxlevel, _short.maxstring, _short.maxother, _short.maxlong = 4, 120, 120, 90
_short.maxlist = _short.maxtuple = _short.maxset = _short.maxdict = 12


def compared(function: str, argument: int, *, above: int) -> tuple[str, ...]:
    """Return "got ..." and "expected ...", or nothing if the sides cannot be found.

    ``function`` is called ``above`` frames above this one, and its ``argument``-th argument is the comparison.
    """
    try:
        frame = sys._getframe(above)
        call = _call(frame, function)
        return _sides(call.args[argument], frame) if call and len(call.args) > argument else ()
    except Exception:  # an error here must not hide the claim that failed
        return ()


def _call(frame: FrameType, function: str) -> ast.Call | None:
    """The call of ``function`` that the frame is in."""
    place = next(islice(frame.f_code.co_positions(), frame.f_lasti // 2, None), None)
    if place is None or None in place:
        return None
    line, end, column, end_column = place
    tree = ast.parse("".join(linecache.getlines(frame.f_code.co_filename)))
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name)) if name == function:
                if (node.lineno, node.end_lineno, node.col_offset, node.end_col_offset) == (
                    line,
                    end,
                    column,
                    end_column,
                ):
                    return node
    return None


def _sides(claim: ast.expr, frame: FrameType) -> tuple[str, ...]:
    match claim:
        case ast.BoolOp(op=ast.And(), values=parts):
            return next((sides for part in parts if (sides := _sides(part, frame)) and not _value(part, frame)), ())
        case ast.Compare(left=left, ops=[sign], comparators=[right]) if _is_pure(left) and _is_pure(right):
            got, expected = (_short.repr(_value(side, frame)) for side in (left, right))
            return f"got       {got}", f"expected  {_SIGNS.get(type(sign), '')}{expected}"
        case ast.Compare(ops=[_]):
            return ()
        case ast.Compare(left=left, comparators=others) if all(map(_is_pure, [left, *others])):
            shown = [side for side in (left, *others) if not isinstance(side, ast.Constant)]
            return tuple(f"{ast.unparse(side)} is {_short.repr(_value(side, frame))}" for side in shown)
    return ()


def _is_pure(expression: ast.expr) -> bool:
    """Whether an expression may be computed again: it has no side effects and takes little time."""
    for node in ast.walk(expression):
        match node:
            case ast.Call(func=ast.Name(id=name), keywords=[]) if name in _PURE:
                pass
            case ast.Call() | ast.Await() | ast.Yield() | ast.YieldFrom() | ast.NamedExpr() | ast.Lambda():
                return False
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                return False
    return True


def _value(expression: ast.expr, frame: FrameType) -> Any:
    return eval(compile(ast.Expression(expression), "<claim>", "eval"), frame.f_globals, frame.f_locals)
