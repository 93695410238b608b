"""Where code reads what a message says: comparisons and searches of a text that was written for readers."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

FIELDS = frozenset({"rule", "reason", "why", "sentence"})
"""Attributes, keys, parameters and variables that hold a sentence."""

FOREIGN = {
    "curves/backends/blst.py:BlstGroup._decode": "blst names its error code in a text and nowhere else",
    "wire/go_toml.py:_told": "before Python 3.14 tomllib says the line in its sentence only",
}
"""Where another library's sentence is read, as nothing else says what is wrong: ``file:function``, and why."""

SHOWN = {
    "errors.py:in_a_notebook": "cut into the lines that a notebook shows",
    "remote/tables/parquet_rows.py:_clear": "another library's text of many lines, of which the first is shown",
    "served/troubles.py:Troubles.put": "whether the same was said before, whatever it is",
    "teach/claims.py:expect_error": "a lesson's claim about what its reader sees",
}
"""Where a sentence is handled and nothing depends on what it says."""

READING = frozenset(
    {
        "startswith", "endswith", "partition", "rpartition", "split", "rsplit", "splitlines", "removeprefix",
        "removesuffix", "replace", "find", "rfind", "index", "rindex", "count",
    }
)  # fmt: skip
"""Methods of a text that look into it."""

PATTERNS = frozenset({"search", "match", "fullmatch", "findall", "finditer", "sub", "split"})


class _Reader(ast.NodeVisitor):
    """Finds, in one function, what is done to messages; the functions inside are read by readers of their own."""

    def __init__(self, function: ast.AST) -> None:
        self.errors: set[str] = set()
        self.texts: set[str] = set()
        self.found: list[tuple[int, str]] = []
        self.function = function
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
            for argument in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs):
                kinds = ast.unparse(argument.annotation) if argument.annotation else ""
                if any(kind.strip().endswith(("Error", "Exception")) for kind in kinds.split("|")):
                    self.errors.add(argument.arg)
                elif argument.arg in FIELDS:
                    self.texts.add(argument.arg)

    def is_error(self, node: ast.AST) -> bool:
        return isinstance(node, ast.Name) and node.id in self.errors

    def is_text(self, node: ast.AST | None) -> bool:
        """Whether the expression is a message, or a piece of one."""
        match node:
            case ast.Name(id=name):
                return name in self.texts
            case ast.Call(func=ast.Name(id="str" | "repr" | "shown" | "discreet"), args=[inner, *_]):
                return self.is_error(inner) or self.is_text(inner)
            case ast.Call(func=ast.Attribute(attr="get"), args=[ast.Constant(value=key), *_]):
                return key in FIELDS
            case ast.Call(func=ast.Attribute(value=inner, attr="lower" | "upper" | "strip" | "casefold")):
                return self.is_text(inner)
            case ast.Attribute(value=inner, attr="args"):
                return self.is_error(inner)
            case ast.Attribute(attr=name):
                return name in FIELDS
            case ast.Subscript(slice=ast.Constant(value=str(key))):
                return key in FIELDS
            case ast.Subscript(value=inner):
                return self.is_text(inner)
            case ast.BoolOp(values=values):
                return any(map(self.is_text, values))
            case ast.IfExp(body=body, orelse=other):
                return self.is_text(body) or self.is_text(other)
            case ast.NamedExpr(value=value):
                return self.is_text(value)
            case ast.JoinedStr(values=values):
                held = [piece.value for piece in values if isinstance(piece, ast.FormattedValue)]
                return any(self.is_error(piece) or self.is_text(piece) for piece in held)
        return False

    def _note(self, node: ast.expr, what: str) -> None:
        self.found.append((node.lineno, f"{what}: {ast.unparse(node)[:100]}"))

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if node.name:
            self.errors.add(node.name)
        self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        self.visit(node.value)
        if self.is_text(node.value):
            self.texts |= {target.id for target in node.targets if isinstance(target, ast.Name)}

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.visit(node.value)
        if self.is_text(node.value):
            self.texts.add(node.target.id)

    def visit_Compare(self, node: ast.Compare) -> None:
        sides = [node.left, *node.comparators]
        for operator, left, right in zip(node.ops, sides, sides[1:], strict=False):
            if isinstance(operator, (ast.Is, ast.IsNot)):
                continue
            if isinstance(operator, (ast.In, ast.NotIn)):
                if self.is_text(right) or (isinstance(right, ast.Attribute) and right.attr == "kind"):
                    self._note(node, "searches a message")
            elif any(map(self.is_text, (left, right))) and not any(_is_empty(side) for side in (left, right)):
                self._note(node, "compares a message")
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        if isinstance(node.func, ast.Attribute):
            if node.func.attr in READING and self.is_text(node.func.value):
                self._note(node, "reads a message")
            elif node.func.attr in PATTERNS and any(map(self.is_text, node.args)):
                self._note(node, "matches a message")
        self.generic_visit(node)

    def visit_Match(self, node: ast.Match) -> None:
        if self.is_text(node.subject):
            self._note(node.subject, "matches a message")
        self.generic_visit(node)

    def _nested(self, node: ast.AST) -> None:
        if node is self.function:
            self.generic_visit(node)

    visit_FunctionDef = visit_AsyncFunctionDef = _nested


def _is_empty(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value in ("", None)


def readings(source: str) -> Iterator[tuple[str, int, str]]:
    """Yield the function, the line and what it does for each place of ``source`` in which a message is read."""

    def walk(node: ast.AST, name: str) -> Iterator[tuple[str, ast.AST]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                inner = f"{name}.{child.name}" if name else child.name
                if not isinstance(child, ast.ClassDef):
                    yield inner, child
                yield from walk(child, inner)
            else:
                yield from walk(child, name)

    tree = ast.parse(source)
    for name, function in [("", tree), *walk(tree, "")]:
        reader = _Reader(function)
        reader.visit(function)
        yield from ((name, line, what) for line, what in reader.found)


def readings_below(folder: Path) -> dict[str, list[str]]:
    """Return what reads a message in the Python files below ``folder``, by ``file:function``."""
    found: dict[str, list[str]] = {}
    for path in sorted(folder.rglob("*.py")):
        for name, line, what in readings(path.read_text(encoding="utf-8")):
            found.setdefault(f"{path.relative_to(folder).as_posix()}:{name}", []).append(f"line {line} {what}")
    return found
