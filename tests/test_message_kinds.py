"""Kinds of messages are declared once: no other module, and no page, has a list of them by hand."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from drandlab.simulation.traffic import MESSAGES

PACKAGE = Path(__file__).parents[1] / "drandlab"
DECLARED_IN = (
    "node/messages.py",
    "idn/collator/collator_effects.py",
    "idn/collator/misbehaving_collators.py",
)
WORDS = {*MESSAGES, *(legend.name for legend in MESSAGES.legends)}

# Literals that hold two of these words and mean something else by them, and what.
OTHER_MEANINGS = {
    ("__init__.py", "beacon dkg"): "folders of the package that load when they are asked for",
    ("viz/charts/spacetime.py", "beacon partial"): "the two kinds that a space-time diagram draws",
}

# Entries of the journal have these names as well, and those who read it tell them apart.
ENTRIES = {"beacon", "group", "partial"}
READERS = ("simulation/reading/", "simulation/checkers/")


def listed(tree: ast.AST) -> Iterator[set[str]]:
    """What each literal list, set, tuple, mapping or ``match`` of a module says in plain strings."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.List, ast.Set, ast.Tuple)):
            found: list[ast.AST | None] = list(node.elts)
        elif isinstance(node, ast.Dict):
            found = list(node.keys)
        elif isinstance(node, ast.Match):
            found = [part.value for case in node.cases for part in ast.walk(case) if isinstance(part, ast.MatchValue)]
        else:
            continue
        yield {one.value for one in found if isinstance(one, ast.Constant) and isinstance(one.value, str)}


def lists_of_kinds(source: str) -> set[str]:
    """Each group of two or more kinds, or names of legends, that a module lists by hand."""
    return {" ".join(sorted(said & WORDS)) for said in listed(ast.parse(source)) if len(said & WORDS) > 1}


def test_no_module_lists_kinds_of_messages_by_hand() -> None:
    found = {
        (path.relative_to(PACKAGE).as_posix(), names)
        for path in sorted(PACKAGE.rglob("*.py"))
        if not path.name.endswith("_pb2.py") and path.relative_to(PACKAGE).as_posix() not in DECLARED_IN
        for names in lists_of_kinds(path.read_text(encoding="utf-8"))
        if not (path.relative_to(PACKAGE).as_posix().startswith(READERS) and set(names.split()) <= ENTRIES)
    }
    assert found - set(OTHER_MEANINGS) == set(), f"ask the tables in {DECLARED_IN}"
    assert set(OTHER_MEANINGS) - found == set(), "no longer needed"


def test_the_pages_get_their_legends_from_python() -> None:
    pages = sorted((PACKAGE / "widgets" / "static").glob("stage.*"))
    assert [path.suffix for path in pages] == [".css", ".js"]
    for path in pages:
        text = path.read_text(encoding="utf-8")
        forms = (rf"""["'`]{re.escape(word)}["'`]|^\s*{re.escape(word)}: """ for word in WORDS)
        said = {word for word, form in zip(WORDS, forms, strict=True) if re.search(form, text, re.MULTILINE)}
        # the page counts partials, and a group is a role of HTML; it knows no other kind by name
        assert said <= {"partial", "group"}, path.name


def test_every_form_of_a_list_is_seen() -> None:
    for source in (
        'KINDS = {"sync", "end"}',
        'x = kind in ("sync", "end")',
        'x = {"sync": 1, "end": 2}',
        'x = dict.fromkeys(["sync", "end"])',
        'match kind:\n    case "sync" | "end":\n        pass',
        'match kind, 1:\n    case "sync", 1:\n        pass\n    case "end", _:\n        pass',
    ):
        assert lists_of_kinds(source) == {"end sync"}, source
    assert lists_of_kinds('x = ("sync", "x"), ["end"]') == set()
