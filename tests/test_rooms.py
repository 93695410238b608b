"""The rooms of the house: a folder can be surveyed, says in a sentence what it holds, and newcomers find it by name."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "drandlab"

FOLDER_MODULES = 13
"""Modules in a folder, beside its ``__init__`` and what protoc writes; more than that want rooms."""


def crowded_folders(package: Path) -> list[str]:
    """Every folder that holds too many modules."""
    sizes = Counter(
        path.parent.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if path.name != "__init__.py" and not path.name.endswith("_pb2.py")
    )
    return [
        f"{name}: {size} modules, at most {FOLDER_MODULES}" for name, size in sizes.items() if size > FOLDER_MODULES
    ]


def folders_without_a_sentence(package: Path) -> list[str]:
    """Every folder with Python in it whose ``__init__`` does not open with a sentence."""
    found = []
    for folder in sorted({path.parent for path in package.rglob("*.py")}):
        file = folder / "__init__.py"
        words = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) if file.exists() else None
        first = (words or "").partition("\n\n")[0]
        if not (first[:1].isupper() and first.endswith(".") and len(first.split()) > 2):
            found.append(folder.relative_to(package).as_posix())
    return found


def rooms_of_the_page(page: str) -> set[str]:
    """The folders that the tree under the heading "Rooms" names, as paths below the package.

    A line begins with the folder of a floor; a room in it is a word with a slash behind it, a room within a room two.
    """
    [tree] = re.findall(r"^### Rooms\n.*?^```\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    named, home = set(), ""
    for line in tree.splitlines():
        if not line.startswith(" "):
            home, _, line = line.partition("/ ")
            named.add(home)
        named |= {f"{home}/{room}" for room in re.findall(r"(\w+(?:/\w+)*)/", line)}
    return named


def plant(root: Path, files: Mapping[str, str]) -> None:
    for file, source in files.items():
        path = root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source, encoding="utf-8")


def test_a_folder_can_be_surveyed() -> None:
    assert crowded_folders(PACKAGE) == []


def test_a_crowded_folder_is_named(tmp_path: Path) -> None:
    plant(tmp_path, {f"node/m{i}.py": "" for i in range(FOLDER_MODULES)})
    plant(tmp_path, {"node/__init__.py": "", "node/x_pb2.py": "", "node/sub/m.py": ""})
    assert crowded_folders(tmp_path) == []
    plant(tmp_path, {"node/one_more.py": ""})
    assert crowded_folders(tmp_path) == ["node: 14 modules, at most 13"]


def test_each_folder_says_what_it_holds() -> None:
    assert folders_without_a_sentence(PACKAGE) == []


@pytest.mark.parametrize("words", [None, "", "Nodes", "Nodes.\n\nMore about them.", "of all the nodes."])
def test_a_folder_that_says_nothing_is_named(tmp_path: Path, words: str | None) -> None:
    plant(tmp_path, {"__init__.py": '"""The whole package."""', "node/a.py": ""})
    if words is not None:
        plant(tmp_path, {"node/__init__.py": f'"""{words}"""'})
    assert folders_without_a_sentence(tmp_path) == ["node"]
    plant(tmp_path, {"node/__init__.py": '"""What a node says\nto others.\n\nAnd more"""'})
    assert folders_without_a_sentence(tmp_path) == []


def test_the_page_for_newcomers_names_every_folder() -> None:
    folders = {path.parent.relative_to(PACKAGE).as_posix() for path in PACKAGE.glob("*/**/__init__.py")}
    assert rooms_of_the_page((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")) == folders


def test_the_tree_of_a_page_is_read() -> None:
    tree = "node/  one, two\nremote/  networks\n        ask/ a, b · tell/ c\n"
    page = f"# A\n### Rooms\nWords, words.\n\n```\n{tree}```\nkeep/ d"
    assert rooms_of_the_page(page) == {"node", "remote", "remote/ask", "remote/tell"}
