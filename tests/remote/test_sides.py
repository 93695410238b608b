"""The two sides of a connection share no code but what stands beside them: a client can change without a server."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import drandlab

REMOTE = Path(drandlab.__file__).parent / "remote"


def imports_of(folder: Path) -> set[str]:
    """Every module that the modules of a folder import, wherever in the file."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in folder.glob("*.py")]
    return {
        node.module for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module
    }


@pytest.mark.parametrize(("one", "other"), [("ask", "answer"), ("answer", "ask")])
def test_clients_and_servers_import_nothing_of_each_other(one: str, other: str) -> None:
    found = imports_of(REMOTE / one)
    assert len(found) > 10
    assert [name for name in found if name.startswith(f"drandlab.remote.{other}")] == []
