"""Tests go through what is public: private members of the package that they reach are on a list, which only shrinks."""

from __future__ import annotations

import ast
import re
from pathlib import Path

TESTS = Path(__file__).parent
PACKAGE = TESTS.parent / "drandlab"

PLANTED = "kit/planted.py"
"""Bugs are planted inside of the package, wherever that is."""

REACHED = {
    "cli/commands/test_fuzz.py": {"_current"},  # a bug is planted in it
    "curves/backends/test_twist.py": {"_final_exponentiation", "_in_subgroup", "_miller", "_point", "_psi", "_times"},
    "curves/hashing/test_hash_to_curve.py": {"_map_to_curve"},  # vectors of a map that drand does not use
    "remote/keep/test_chain_store.py": {"_base"},  # SQLite's own switches stand for a full disk
    "remote/keep/test_guarded_store.py": {"_base"},
    "remote/tables/test_read_files.py": {"_clear"},
    "remote/tables/test_write_files.py": {"_base"},
    "served/test_state_folder.py": {"_base"},
    "simulation/test_journal.py": {"_beacons"},
    "test_public_names.py": {"_FOLDERS", "_HOMES"},  # the table of names that load at first use
}
"""Private members of the package that tests reach, by file. This list only shrinks: test through what is public."""


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def private_names(tree: ast.AST) -> set[str]:
    """What a module names with one underscore in front, at any level."""
    names = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            names.add(node.attr)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
    return {name for name in names if re.fullmatch(r"_(?!_).*(?<!_)", name)}


def reached(tree: ast.AST, private: set[str]) -> set[str]:
    """The private names of the package that a test uses on something of the package."""
    own = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    return {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr in private - own
        and not (isinstance(node.value, ast.Name) and node.value.id in ("self", "cls"))
    }


def test_tests_go_through_what_is_public() -> None:
    private = set[str]().union(
        *(private_names(ast.parse(p.read_text(encoding="utf-8"))) for p in PACKAGE.rglob("*.py"))
    )
    private -= {"_css", "_esm", "_exit"}  # names of anywidget and of `os`
    assert len(private) > 300
    found = {
        path.relative_to(TESTS).as_posix(): names
        for path in TESTS.rglob("*.py")
        if path != TESTS / PLANTED and (names := reached(tree_of(path), private))
    }
    new = {path: names - REACHED.get(path, set()) for path, names in found.items()}
    assert {path: names for path, names in new.items() if names} == {}
    gone = {path: names - found.get(path, set()) for path, names in REACHED.items()}
    assert {path: names for path, names in gone.items() if names} == {}, "take these off the list"


def test_a_private_member_is_found() -> None:
    private = private_names(ast.parse("class A:\n    def _f(self): self._held = 1\n    def __len__(self): ..."))
    assert private == {"_f", "_held"}
    assert reached(ast.parse("a._held + b._other; self._f()"), private) == {"_held"}
