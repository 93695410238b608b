"""The pages in ``docs/``: terms live where the glossary says, words it rules out are not used, the map leads there."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import NamedTuple

import pytest

from docs_pages import DOCS, PACKAGE, PAGES, first_sentence, written
from drandlab.simulation.entries import KINDS


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def source(module: str) -> str:
    return (PACKAGE / module).read_text(encoding="utf-8")


# -- the glossary -----------------------------------------------------------------------------------------------------

# - **term** (`module.py`, `Name`): meaning, over several lines
ENTRY = re.compile(
    r"^- \*\*(?P<term>[^*]+)\*\* \(`(?P<module>[^`]+)`, `(?P<name>[^`]+)`\): (?P<said>.+(?:\n  .+)*)", re.M
)


class Entry(NamedTuple):
    """A line of the glossary."""

    term: str
    module: str
    name: str
    said: str


GLOSSARY = [Entry(**match.groupdict()) for match in ENTRY.finditer(page("glossary.md"))]


def defined_in(tree: ast.AST) -> dict[str, ast.AST]:
    """What a module or class defines, by name; a class also by what its methods put on ``self``."""
    found: dict[str, ast.AST] = {}
    for node in ast.iter_child_nodes(tree):
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                found[name] = node
            case ast.AnnAssign(target=ast.Name(id=name)):
                found[name] = node
            case ast.Assign(targets=targets):
                found |= {target.id: node for target in targets if isinstance(target, ast.Name)}
    if isinstance(tree, ast.ClassDef):
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Attribute)
                and isinstance(node.ctx, ast.Store)
                and ast.unparse(node.value) == "self"
            ):
                found.setdefault(node.attr, node)
    return found


def defines(module: str, name: str) -> bool:
    """Whether the module defines the name, which may be that of a member: ``Group.seed``."""
    tree: ast.AST = ast.parse(source(module))
    for part in name.split("."):
        found = defined_in(tree)
        if part not in found:
            return False
        tree = found[part]
    return True


def pattern_of(term: str) -> re.Pattern[str]:
    """The term as it is written: in one word or several, with a hyphen or an underscore, as one or as many."""
    words = [re.escape(word) for word in re.split(r"[\s-]+", term)]
    return re.compile(r"\b_?" + r"[\s_-]*".join(words) + r"(?:s|es|ed|d)?\b", re.IGNORECASE)


def test_the_glossary_has_one_meaning_for_a_term_in_the_order_of_the_alphabet() -> None:
    terms = [entry.term for entry in GLOSSARY]
    assert len(terms) > 70 and len(terms) == page("glossary.md").count("- **")
    assert terms == sorted(terms, key=lambda term: re.sub(r"[^a-z0-9 ]", " ", term.lower()))
    assert len({term.lower() for term in terms}) == len(terms)
    assert all(entry.said.rstrip().endswith(".") for entry in GLOSSARY)


@pytest.mark.parametrize("entry", GLOSSARY, ids=lambda entry: entry.term)
def test_a_term_lives_where_the_glossary_says(entry: Entry) -> None:
    assert (PACKAGE / entry.module).is_file(), f"there is no {entry.module}"
    assert defines(entry.module, entry.name), f"{entry.module} defines no {entry.name}"
    assert pattern_of(entry.term).search(source(entry.module)), f"{entry.module} does not say {entry.term!r}"


@pytest.mark.parametrize("term", ["misbehaviour", "fault", "refusal", "eviction", "complaint", "share", "deal", "QUAL"])
def test_the_words_that_are_told_apart_are_there(term: str) -> None:
    assert term in {entry.term for entry in GLOSSARY}


# -- words that are not used ------------------------------------------------------------------------------------------

RULED_OUT = re.compile(
    r"mischie\w*|misconduct\w*|\brogue\w*|\bliars?\b|\bcheat\w*|\btraitor\w*|counted out|\bexpel\w*|kicked out"
    r"|\brubbish\w*|\bguilt\w*",
    re.IGNORECASE,
)

# Words that stay, by file: public names, since files of users hold them, and a term of the field.
KEPT: dict[str, set[str]] = {
    "attacks/all_attacks.py": {"rogue_key"},
    "attacks/keys/rogue_key.py": {"rogue", "rogue_key"},
    "beacon/identity.py": {"rogue"},  # a rogue key, the field's name of an attack
    "simulation/misbehaviour/keygen.py": {"rubbish", "rubbish_share"},  # `--fault rubbish-share:1`
    "widgets/stage.py": {"mischief"},  # `stage.act("mischief", ...)`, as in a scenario file
    "widgets/static/stage.js": {"mischief"},
    "simulation/misbehaviour/running.py": {"mischief"},  # the address of its chance: another changes every run
    "simulation/scenario/node_events.py": {"mischief"},  # `do = "mischief"` in a scenario file
}

# Files that still hold such a word. This list only shrinks: an entry that is no longer needed fails.
STILL: set[str] = set()


def ruled_out(path: Path) -> set[str]:
    name = path.relative_to(PACKAGE).as_posix()
    words = {word.lower() for word in RULED_OUT.findall(path.read_text(encoding="utf-8"))}
    words |= {word.lower() for word in RULED_OUT.findall(path.stem.replace("_", " "))}
    return words - KEPT.get(name, set())


def test_words_that_are_ruled_out_are_not_used() -> None:
    files = [path for path in PACKAGE.rglob("*") if path.suffix in (".py", ".js", ".css", ".proto")]
    assert len(files) > 200
    found = {path.relative_to(PACKAGE).as_posix(): sorted(words) for path in files if (words := ruled_out(path))}
    assert {name: words for name, words in found.items() if name not in STILL} == {}
    assert STILL - found.keys() == set(), "take these files off the list: they are clean now"


NOTEBOOKS = sorted((DOCS.parent / "notebooks").glob("*.ipynb"))
KEPT_IN_LESSONS = {
    "02-pairings-and-bls": {"rogue"},  # a rogue key
    "07-a-whole-network": {"mischief"},  # `do = "mischief"` in a scenario
    "15-attacks": {"rogue", "rogue_key"},  # the attack of that name, again
}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_words_that_are_ruled_out_are_not_used_in_lessons(path: Path) -> None:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    text = "\n".join("".join(cell["source"]) for cell in cells)
    assert {word.lower() for word in RULED_OUT.findall(text)} <= KEPT_IN_LESSONS.get(path.stem, set())


def test_the_glossary_names_the_words_that_are_ruled_out() -> None:
    table = page("glossary.md").partition("## Words that are not used")[2]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| ")][1:]
    words = [word.strip() for row in rows for word in row.split(",")]
    assert len(words) > 8
    assert [word for word in words if not RULED_OUT.fullmatch(word)] == []


@pytest.mark.parametrize("word", ["a rogue node", "its Mischief", "was counted out", "the liar", "an expelled dealer"])
def test_a_word_that_is_ruled_out_is_found(word: str) -> None:
    assert RULED_OUT.search(word)
    assert not RULED_OUT.search("what lies behind the familiar prologue")


# -- the map ----------------------------------------------------------------------------------------------------------

# | where is | `module.py` | `Name` |
ROW = re.compile(r"^\| (?P<thing>[^|`]+) \| `(?P<module>[^`]+)` \| `(?P<name>[^`]+)` \|$", re.MULTILINE)
MAP = [(match["thing"], match["module"], match["name"]) for match in ROW.finditer(page("map.md"))]

MUST_BE_ON_THE_MAP = (
    "group hash",
    "genesis seed",
    "trust on first use",
    "secret proof",
    "status matrix",
    "justification",
    "fast sync",
    "QUAL",
    "catch-up",
    "sync",
    "append rule",
    "root of trust",
    "private randomness",
    "ECIES",
    "coordinator",
    "journal",
    "misbehaviour",
)


def signs_to(module: str) -> str:
    """What a newcomer reads on the way to a file: its path, and the opening sentences of its folder and of itself."""
    path = PACKAGE / module
    path_words = re.sub(r"[/_.]", " ", module.removesuffix(".py"))
    return " ".join([path_words, first_sentence(path.with_name("__init__.py")), first_sentence(path)])


def leads_to(thing: str, module: str) -> bool:
    """Whether each word of the thing stands on the way to the file, as it is or as the beginning of a word there."""
    signs = signs_to(module).lower()
    stems = [word.lower().rstrip("s") for word in re.split(r"[\s-]+", thing) if word not in ("and", "of", "on")]
    return all(re.search(r"\b" + re.escape(stem), signs) for stem in stems)


def test_the_map_names_what_newcomers_look_for() -> None:
    things = [thing for thing, _, _ in MAP]
    assert set(MUST_BE_ON_THE_MAP) <= set(things)
    assert things == sorted(things, key=str.lower) and len(things) == len(set(things)) > 30


@pytest.mark.parametrize(("thing", "module", "name"), MAP, ids=[thing for thing, _, _ in MAP])
def test_a_thing_is_found_from_the_tree_alone(thing: str, module: str, name: str) -> None:
    assert (PACKAGE / module).is_file(), f"there is no {module}"
    assert defines(module, name), f"{module} defines no {name}"
    assert leads_to(thing, module), f"neither the path nor an opening sentence leads to {thing!r}: {signs_to(module)}"


def test_the_glossary_and_the_map_lead_to_the_same_file() -> None:
    homes = {entry.term.lower(): entry.module for entry in GLOSSARY}
    both = {thing: (homes[thing.lower()], module) for thing, module, _ in MAP if thing.lower() in homes}
    assert len(both) > 20
    assert {thing: pair for thing, pair in both.items() if pair[0] != pair[1]} == {}


def test_a_name_that_leads_nowhere_is_found() -> None:
    assert leads_to("group hash", "beacon/group.py") and not leads_to("group hash", "beacon/rounds.py")
    assert defines("beacon/group.py", "Group.group_hash") and not defines("beacon/group.py", "Group.fingerprint")


@pytest.mark.parametrize("name", PAGES)
def test_what_is_generated_is_up_to_date(name: str) -> None:
    assert page(name) == written(name), "run: make docs"


def test_the_reference_of_the_journal_has_every_kind() -> None:
    listed = re.findall(r"^\| `([^`]+)` \| `(\w+)` \|", page("journal.md"), re.MULTILINE)
    assert dict(listed) == {kind: record.__name__ for kind, record in KINDS.items()} and len(listed) == len(KINDS)
