"""A name means one thing: each public class is defined once in the package, each module name stands for one idea."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "drandlab"

# Names of classes that stay in more than one module, and why.
SHARED_CLASSES: dict[str, str] = {
    "Node": "drand's word for both: the entry of a group, and what runs under that entry",
    "Group": "the field's word for both: a group of points (as in 'the group G1') and drand's group of nodes",
}

# Names of classes that still mean several things. This list only shrinks: an entry that is no longer needed fails.
STILL_SHARED_CLASSES: set[str] = set()

# A command's module has the name of what it commands, a widget's the name of the chart that it makes live.
NAMED_AFTER_ANOTHER = ("cli/commands/", "cli/lessons/", "widgets/")

# Names of modules that stay in more than one folder, and why.
SHARED_MODULES: dict[str, str] = {
    "effects": "the effects of the machines of the folder it stands in",
    "group": "the field's word for both: a group of points and drand's group of nodes",
    "packets": "the packets of the protocol of the folder it stands in",
    "run": "one run of what the folder is about: of a key generation, of a plan of the fuzz",
}

# Names of modules that still stand for several ideas. This list only shrinks.
STILL_SHARED_MODULES: set[str] = set()


def modules() -> Iterator[tuple[str, ast.Module]]:
    """The hand-written modules of the package: path and syntax tree."""
    for path in sorted(PACKAGE.rglob("*.py")):
        if not path.name.endswith("_pb2.py"):
            yield path.relative_to(PACKAGE).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def classes_of(tree: ast.Module) -> Iterator[str]:
    """The public classes and type aliases that a module defines."""
    for node in tree.body:
        alias = isinstance(node, ast.AnnAssign) and ast.unparse(node.annotation) == "TypeAlias"
        if isinstance(node, ast.ClassDef):
            name = node.name
        elif alias and isinstance(node.target, ast.Name):  # type: ignore[union-attr]
            name = node.target.id  # type: ignore[union-attr]
        else:
            continue
        if not name.startswith("_"):
            yield name


def repeated(homes: dict[str, list[str]]) -> dict[str, list[str]]:
    return {name: found for name, found in homes.items() if len(found) > 1}


def repeated_classes(package: dict[str, ast.Module]) -> dict[str, list[str]]:
    homes = defaultdict(list)
    for path, tree in package.items():
        for name in classes_of(tree):
            homes[name].append(path)
    return repeated(homes)


def repeated_modules(paths: list[str]) -> dict[str, list[str]]:
    homes = defaultdict(list)
    for path in paths:
        name = path.rpartition("/")[2].removesuffix(".py")
        if name != "__init__" and not path.startswith(NAMED_AFTER_ANOTHER):
            homes[name].append(path)
    return repeated(homes)


def test_a_public_class_is_defined_once() -> None:
    found = repeated_classes(dict(modules()))
    known = SHARED_CLASSES.keys() | STILL_SHARED_CLASSES
    assert {name: homes for name, homes in found.items() if name not in known} == {}
    assert known - found.keys() == set(), "take these names off the lists: they are defined once now"
    assert not SHARED_CLASSES.keys() & STILL_SHARED_CLASSES


def test_a_module_name_stands_for_one_idea() -> None:
    found = repeated_modules([path for path, _ in modules()])
    known = SHARED_MODULES.keys() | STILL_SHARED_MODULES
    assert {name: homes for name, homes in found.items() if name not in known} == {}
    assert known - found.keys() == set(), "take these names off the lists: they stand for one idea now"
    assert not SHARED_MODULES.keys() & STILL_SHARED_MODULES


def test_a_second_definition_is_found() -> None:
    one = ast.parse("class Share: ...\nclass _Own: ...\nPair: TypeAlias = tuple[int, int]")
    assert list(classes_of(one)) == ["Share", "Pair"]
    assert repeated_classes({"a.py": one, "b.py": ast.parse("class Share: ...")}) == {"Share": ["a.py", "b.py"]}
    paths = ["a/share.py", "b/share.py", "widgets/deal.py", "dkg/deal.py", "a/__init__.py", "b/__init__.py"]
    assert repeated_modules(paths) == {"share": ["a/share.py", "b/share.py"]}
