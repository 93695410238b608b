"""The parameters of a notebook: what its cell tagged ``parameters`` says, and values checked against it.

The cell holds one parameter a line, and the comment may end in what the parameter allows::

    nodes: int = 5                # nodes in the network, 2..64
    scheme: str = "short"         # which signatures; one of: short, long
    seeds: list[int] = [1, 2]     # one run for each, 0..1000
    loss: float = 0.1             # share of lost messages, 0..0.5

* types: ``int``, ``float``, ``str``, ``bool``, ``list`` (or ``list[int]`` and so on; else as its default has them)
* ``LOW..HIGH`` anywhere in the comment: a number, or each number of a list, lies between them, both ends included
* ``one of: a, b, c`` at the end of the comment: nothing else is allowed; also for each item of a list
"""

from __future__ import annotations

import ast
import io
import math
import re
import tokenize
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from drandlab.errors import FormatError, LocalError

__all__ = ["Parameter", "assigned", "parameters_of"]

KINDS: Mapping[str, type] = {"int": int, "float": float, "str": str, "bool": bool}

_NUMBER = r"-?\d+(?:\.\d+)?(?:e-?\d+)?"
_RANGE = re.compile(rf"(?<![\w.])({_NUMBER})\s*\.\.\s*({_NUMBER})(?!\w)")
_CHOICES = re.compile(r"\bone of:\s*(.+)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter: its name, type, default, and what its comment says and allows.

    ``kind`` is the type of the value, or of each item when ``many`` (empty: any); ``limits`` the lowest and the highest
    number allowed; ``choices`` all that is allowed, as text. `LocalError` when the default itself is not allowed.
    """

    name: str
    kind: str
    many: bool
    default: Any
    comment: str
    limits: tuple[float, float] | None
    choices: tuple[str, ...]

    def __post_init__(self) -> None:
        self.check(self.default)

    def read(self, text: str) -> Any:
        """Return the value that ``text`` stands for; raises `LocalError` that says what is allowed.

        Text is taken as it is for ``str``; else it is a Python literal. ``true`` and ``false`` may be small.

        >>> [nodes] = parameters_of("nodes: int = 5  # how many, 2..64")
        >>> nodes.read("7")
        7
        """
        if self.kind == "str" and not self.many:
            value: Any = text
        else:
            try:
                value = ast.literal_eval({"true": "True", "false": "False"}.get(text.strip().lower(), text.strip()))
            except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
                raise self._unfit(repr(text)) from None
            if self.many and isinstance(value, tuple):
                value = list(value)
            if self.kind == "float" and not self.many and type(value) is int:
                value = float(value)
        self.check(value)
        return value

    def check(self, value: Any) -> None:
        """Raise `LocalError` unless ``value`` has the type and lies within what is allowed."""
        if self.many != isinstance(value, list):
            raise self._unfit(repr(value))
        for item in value if self.many else [value]:
            if self.kind and not self._is_kind(item):
                raise self._unfit(repr(value))
            if self.limits and not self.limits[0] <= item <= self.limits[1]:
                raise self._unfit(repr(value))
            if self.choices and str(item) not in self.choices:
                raise self._unfit(repr(value))

    def _is_kind(self, item: Any) -> bool:
        if self.kind == "float":
            return type(item) in (int, float) and math.isfinite(item)
        return type(item) is KINDS[self.kind]

    def _unfit(self, came: str) -> LocalError:
        return LocalError(f"parameter {self.name}: expected {self.allowed}, got {came}")

    @property
    def allowed(self) -> str:
        """What may be passed, in words."""
        kind = (f"list[{self.kind}]" if self.kind else "list") if self.many else self.kind
        if self.choices:
            return f"{kind}, one of {', '.join(self.choices)}"
        if self.limits:
            low, high = self.limits
            return f"{kind}, {low}..{high}"
        return kind

    def __str__(self) -> str:
        return f"{self.name} ({self.allowed}; default {self.default!r})"


def parameters_of(source: str) -> list[Parameter]:
    """Return the parameters that the source of a ``parameters`` cell declares, in its order.

    Raises `FormatError` that names the line where it declares something else.

    >>> print(*parameters_of("nodes: int = 5  # how many, 2..64"))
    nodes (int, 2..64; default 5)
    """
    try:
        body = ast.parse(source).body
    except SyntaxError as error:
        raise FormatError(f"the parameters cell is not Python: {error.msg}", line=error.lineno) from None
    comments = {
        token.start[0]: token.string.lstrip("# ").rstrip()
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type == tokenize.COMMENT
    }
    return [_parameter(statement, comments.get(statement.end_lineno or 0, "")) for statement in body]


def _parameter(statement: ast.stmt, comment: str) -> Parameter:
    wrong = FormatError(
        "a parameter is written `name: type = literal  # what it is`, with int, float, str, bool or list; "
        f"got `{ast.unparse(statement)}`",
        line=statement.lineno,
    )
    match statement:
        case ast.AnnAssign(target=ast.Name(id=name), annotation=ast.Name(id=kind), value=ast.expr() as value):
            many = kind == "list"
        case ast.AnnAssign(
            target=ast.Name(id=name),
            annotation=ast.Subscript(value=ast.Name(id="list"), slice=ast.Name(id=kind)),
            value=ast.expr() as value,
        ):
            many = True
        case _:
            raise wrong
    try:
        default = ast.literal_eval(value)
    except (ValueError, TypeError):
        raise wrong from None
    if kind == "list":
        kinds = {type(item).__name__ for item in default} if isinstance(default, list) else set()
        kind = kinds.pop() if len(kinds) == 1 and kinds <= KINDS.keys() else ""
    elif kind not in KINDS:
        raise wrong
    limits = _RANGE.search(comment) if kind in ("int", "float") else None
    choices = _CHOICES.search(comment)
    try:
        return Parameter(
            name=name,
            kind=kind,
            many=many,
            default=default,
            comment=comment,
            limits=(_number(limits[1]), _number(limits[2])) if limits else None,
            choices=tuple(choice.strip(" \"'`") for choice in choices[1].split(",")) if choices else (),
        )
    except LocalError as error:
        raise FormatError(f"the default does not fit: {error}", line=statement.lineno) from None


def _number(text: str) -> float:
    return int(text) if re.fullmatch(r"-?\d+", text) else float(text)


def assigned(parameters: Iterable[Parameter], assignments: Sequence[str]) -> dict[str, Any]:
    """Return the values of ``name=value`` texts, checked; `LocalError` for all else, naming the parameters there are.

    >>> assigned(parameters_of("nodes: int = 5  # how many, 2..64"), ["nodes=65"])
    Traceback (most recent call last):
        ...
    drandlab.errors.LocalError: parameter nodes: expected int, 2..64, got 65; there are: nodes (int, 2..64; default 5)
    """
    known = {parameter.name: parameter for parameter in parameters}
    there_are = f"there are: {', '.join(map(str, known.values()))}" if known else "this notebook has no parameters"
    values: dict[str, Any] = {}
    for assignment in assignments:
        name, equals, text = assignment.partition("=")
        name = name.strip()
        if not equals:
            raise LocalError(f"parameter {assignment!r}: write name=value; {there_are}")
        if name not in known:
            raise LocalError(f"parameter {name!r} is not known; {there_are}")
        if name in values:
            raise LocalError(f"parameter {name} is given twice")
        try:
            values[name] = known[name].read(text)
        except LocalError as error:
            raise LocalError(f"{error}; {there_are}") from None
    return values
