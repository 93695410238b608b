"""The parameters of a notebook: what its cell tagged ``parameters`` declares, and the check of values.

The cell has one parameter on each line, and the comment behind it may say which values are allowed::

    nodes: int = 5                # nodes in the network, 2..64
    threshold: int = 3            # shares needed, nodes // 2 + 1..nodes
    scheme: str = "short"         # which signatures; one of: short, long
    seeds: list[int] = [1, 2]     # one run for each, 0..1000
    loss: float = 0.1             # share of lost messages, 0..0.5

* types: ``int``, ``float``, ``str``, ``bool``, ``list`` (or ``list[int]`` and so on; a plain ``list`` takes its items'
  type from the default)
* ``LOW..HIGH`` anywhere in the comment: a number, or each number of a list, lies between them, both ends included; an
  end may be computed from other parameters, with ``+ - * //``
* ``one of: a, b, c`` at the end of the comment: nothing else is allowed; also for each item of a list
* if a value has several lines, the comments on all of them count

What looks like a limit and cannot be enforced is refused where it is declared. Nothing in the cell is executed.
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
from drandlab.teach.limits import CHOICES, Limits, choices_in, limits_in

__all__ = ["Parameter", "assigned", "check_all", "parameters_of"]

KINDS: Mapping[str, type] = {"int": int, "float": float, "str": str, "bool": bool}

DEEPEST = 8
"""How deep lists and dicts may be nested."""

MOST_BITS = 4096
"""The largest whole number, in bits; Python itself refuses to print much longer ones."""

SHOWN = 120
"""How many characters of a value or a line a message shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter: its name, type, default, and what its comment says and allows.

    ``kind`` is the type of the value, or of each item if ``many`` (empty: any); ``limits`` are the ends between which a
    number must lie; ``choices`` are the only values allowed.
    """

    name: str
    kind: str
    many: bool
    default: Any
    comment: str
    limits: Limits | None
    choices: tuple[Any, ...]

    def read(self, text: str) -> Any:
        """Return the value that ``text`` means; raises `LocalError` that says what is allowed.

        For ``str`` it is the text itself, else a Python literal; ``true`` and ``false`` may be in lower case. Limits
        that are computed from other parameters are checked by `check_all`.

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
                raise self._unfit(text) from None
            if self.many and isinstance(value, tuple):
                value = list(value)
            if self.kind == "float" and not self.many and type(value) is int:
                value = _as_float(value)
        self.check(value)
        return value

    def check(self, value: Any, values: Mapping[str, Any] | None = None) -> None:
        """Raise `LocalError` unless ``value`` has the right type and is allowed.

        ``values`` are those of the other parameters; without them, limits that need others are not checked.
        """
        if self.many != isinstance(value, list):
            raise self._unfit(value)
        if (why := _not_plain(value)) is not None:
            raise _about(self.name, f"expected {self.allowed}, got {why}")
        items = value if self.many else [value]
        if any(self.kind and not _is_kind(item, self.kind) for item in items):
            raise self._unfit(value)
        if self.choices and any(item not in self.choices for item in items):
            raise self._unfit(value)
        if self.limits and (not self.limits.names or values is not None):
            try:
                low, high = self.limits.of(values or {})
            except ArithmeticError:
                raise _about(self.name, f"{self.limits} has no value{self._computed(values)}") from None
            if not all(low <= item <= high for item in items):
                raise self._unfit(value, f", which is {low}..{high}{self._computed(values)}")

    def _computed(self, values: Mapping[str, Any] | None) -> str:
        names = sorted(self.limits.names) if self.limits and values is not None else []
        return " with " + " and ".join(f"{name} = {values[name]!r}" for name in names) if values and names else ""

    def _unfit(self, came: object, computed: str = "") -> LocalError:
        own = computed if self.limits and self.limits.names else ""
        return _about(self.name, f"expected {self.allowed}{own}, got {_short(came)}")

    @property
    def allowed(self) -> str:
        """The allowed values, in words."""
        kind = (f"list[{self.kind}]" if self.kind else "list") if self.many else self.kind
        if self.choices:
            return f"{kind}, one of {', '.join(map(str, self.choices))}"
        return f"{kind}, {self.limits}" if self.limits else kind

    def __str__(self) -> str:
        return f"{self.name} ({self.allowed}; default {_short(self.default)})"


def _about(name: str, rule: str) -> LocalError:
    return LocalError(rule, argument=f"parameter {name}")


def _is_kind(item: Any, kind: str) -> bool:
    return type(item) in (int, float) if kind == "float" else type(item) is KINDS[kind]


def _as_float(value: int) -> float | int:
    try:
        return float(value)
    except OverflowError:
        return value


def _not_plain(value: Any, depth: int = 0) -> str | None:
    """Why a value may not be given to a notebook, where it becomes source text; None if it may.

    A value of an unknown type could become code there, and text that cannot be encoded could not be saved.
    """
    if depth > DEEPEST:
        return f"a value more than {DEEPEST} levels deep"
    if value is None or isinstance(value, bool):
        return None
    if type(value) is int:
        return None if value.bit_length() <= MOST_BITS else f"a whole number of {value.bit_length()} bits"
    if type(value) is float:
        return None if math.isfinite(value) else f"{value}, which is not a finite number"
    if type(value) is str:
        lone = re.search(r"[\ud800-\udfff]", value)
        return f"text with half of a surrogate pair, {lone.group()!r}" if lone else None
    if type(value) is list:
        return next((why for item in value if (why := _not_plain(item, depth + 1))), None)
    if type(value) is dict:
        if strange := next((key for key in value if type(key) is not str), None):
            return f"a dict with the key {_short(strange)}, which is no text"
        inside = [*value, *value.values()]
        return next((why for item in inside if (why := _not_plain(item, depth + 1))), None)
    return f"{_short(value)}, a value of type {type(value).__name__}"


def _short(value: object) -> str:
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # a number too long, or nesting too deep, to be printed
        text = f"a value of type {type(value).__name__}"
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def check_all(parameters: Iterable[Parameter], values: Mapping[str, Any]) -> None:
    """Raise `LocalError` for the first of ``values`` that is not allowed; other parameters have their defaults.

    >>> declared = parameters_of("n: int = 5  # nodes, 2..64\\nt: int = 3  # needed, 1..n")
    >>> check_all(declared, {"n": 2})
    Traceback (most recent call last):
        ...
    drandlab.errors.LocalError: parameter t: expected int, 1..n, which is 1..2 with n = 2, got 3
    """
    parameters = list(parameters)
    whole = {parameter.name: parameter.default for parameter in parameters} | dict(values)
    for parameter in parameters:
        parameter.check(whole[parameter.name])
    for parameter in parameters:
        parameter.check(whole[parameter.name], whole)


def parameters_of(source: str) -> list[Parameter]:
    """Return the parameters that the source of a ``parameters`` cell declares, in order.

    Raises `FormatError` with the line of anything else, and of limits that cannot be enforced.

    >>> print(*parameters_of("nodes: int = 5  # how many, 2..64"))
    nodes (int, 2..64; default 5)
    """
    try:
        body = ast.parse(source).body
        tokens = [token for token in tokenize.generate_tokens(io.StringIO(source).readline)]
    except SyntaxError as error:
        raise FormatError(f"the parameters cell is not Python: {error.msg}", line=error.lineno) from None
    except (ValueError, RecursionError, MemoryError, tokenize.TokenError):
        raise FormatError("the parameters cell is not Python that can be read") from None
    comments = {
        token.start[0]: token.string.lstrip("# ").rstrip() for token in tokens if token.type == tokenize.COMMENT
    }
    numbers = {name for statement in body if (name := _number_named(statement))}
    parameters: list[Parameter] = []
    last = 0
    for statement in body:
        first, last_before, last = statement.lineno, last, statement.end_lineno or statement.lineno
        if first <= last_before:
            raise FormatError("each parameter needs a line of its own: a comment would count for both", line=first)
        own = [comments.pop(line, "") for line in range(first, last + 1)]
        parameter = _parameter(statement, " ".join(filter(None, own)), numbers)
        if any(parameter.name == other.name for other in parameters):
            raise FormatError(f"parameter {parameter.name} is declared twice", line=first)
        parameters.append(parameter)
    for line, comment in comments.items():
        if _states_something(comment, numbers):
            raise FormatError(f"limits stand behind their parameter, on its own line: `# {comment[:SHOWN]}`", line=line)
    for parameter, statement in zip(parameters, body, strict=True):
        try:
            parameter.check(parameter.default, {other.name: other.default for other in parameters})
        except LocalError as error:
            raise FormatError(f"the default does not fit: {error}", line=statement.lineno) from None
    return parameters


def _number_named(statement: ast.stmt) -> str | None:
    match statement:
        case ast.AnnAssign(target=ast.Name(id=name), annotation=ast.Name(id="int" | "float")):
            return name
    return None


def _states_something(comment: str, numbers: Iterable[str]) -> bool:
    try:
        return bool(limits_in(comment, set(numbers)) or choices_in(comment))
    except ValueError:
        return True


def _parameter(statement: ast.stmt, comment: str, numbers: set[str]) -> Parameter:
    match statement:
        case ast.AnnAssign(target=ast.Name(id=name), annotation=ast.Name(id=kind), value=ast.expr() as value):
            many = kind == "list"
        case ast.AnnAssign(
            target=ast.Name(id=name),
            annotation=ast.Subscript(value=ast.Name(id="list"), slice=ast.Name(id=kind)),
            value=ast.expr() as value,
        ) if kind in KINDS:
            many = True
        case _:
            raise _strange(statement)
    try:
        default = ast.literal_eval(value)
    except (ValueError, TypeError, RecursionError, MemoryError):
        raise _strange(statement) from None
    if kind == "list":
        kinds = {type(item).__name__ for item in default} if isinstance(default, list) else set()
        kind = kinds.pop() if len(kinds) == 1 and kinds <= KINDS.keys() else ""
    elif kind not in KINDS:
        raise _strange(statement)
    try:
        limits, choices = _allowed(comment, kind, numbers - {name})
    except ValueError as error:
        raise FormatError(f"parameter {name}: {error}", line=statement.lineno) from None
    return Parameter(name=name, kind=kind, many=many, default=default, comment=comment, limits=limits, choices=choices)


def _allowed(comment: str, kind: str, numbers: set[str]) -> tuple[Limits | None, tuple[Any, ...]]:
    """Return the limits and the choices of a comment; raises `ValueError` if they could not be enforced."""
    numeric = kind in ("int", "float")
    choices = choices_in(comment)
    limits = limits_in(CHOICES.sub("", comment), numbers, dashes=numeric)
    if limits and choices:
        raise ValueError("it has limits or choices, not both")
    if limits and not numeric:
        raise ValueError(f"`{limits}` limits numbers; a {kind or 'list of several types'} has none: use other words")
    return limits, choices if kind == "str" else tuple(_choice(choice, kind) for choice in choices)


def _choice(text: str, kind: str) -> Any:
    try:
        value = ast.literal_eval({"true": "True", "false": "False"}.get(text, text))
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        value = None
    if not kind or not _is_kind(value, kind):
        raise ValueError(f"the choice {text[:SHOWN]!r} is no {kind or 'value of one type'}")
    return value


def _strange(statement: ast.stmt) -> FormatError:
    try:
        source = " ".join(ast.unparse(statement).split())
    except RecursionError:
        source = "an expression too deep to be shown"
    return FormatError(
        "a parameter is written `name: type = literal  # what it is`, with int, float, str, bool or list; "
        f"got `{source if len(source) <= SHOWN else source[:SHOWN] + '…'}`",
        line=statement.lineno,
    )


def assigned(parameters: Iterable[Parameter], assignments: Sequence[str]) -> dict[str, Any]:
    """Return the checked values of texts ``name=value``; raises `LocalError` that lists the parameters there are.

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
            raise _about(_short(assignment), f"write name=value; {there_are}")
        if name not in known:
            raise LocalError(f"parameter {_short(name)} is not known; {there_are}")
        if name in values:
            raise LocalError(f"parameter {name} is given twice")
        try:
            values[name] = known[name].read(text)
        except LocalError as error:
            raise LocalError(f"{error.rule}; {there_are}", argument=error.argument) from None
    try:
        check_all(known.values(), values)
    except LocalError as error:
        raise LocalError(f"{error.rule}; {there_are}", argument=error.argument) from None
    return values
