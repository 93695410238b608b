"""The rules of the house that no other tool checks: sizes, traces of a machine, the internet, guards by hand."""

from __future__ import annotations

import ast
import re
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

MODULE_LINES = 450

# A folder of one machine, an address of a package registry, a running kernel: nothing of it belongs in a tracked file.
TRACES = (
    re.compile(r"(?<![\w.~$}>)-])/(?:root|tmp|work|opt|mnt|srv|home/\w+|Users/\w+)/\w"),
    re.compile(r"ipykernel_\d{3,}"),
    re.compile(r"--(?:extra-)?index[-]url|^ *(?:index[-]url|registry|find-links) *=", re.MULTILINE),
    re.compile(r"files\.pythonhosted\.|[/]simple/|registry\.npmjs\.|\"resolved\": *\"http"),
)

# [text](relative/path.md#part): the path.
LINK = re.compile(r"\]\((?![a-z]+:|#)([^)#\s]+)")


PACKAGE, TESTS = ROOT / "drandlab", ROOT / "tests"

BESIDE_THE_MIRROR = {
    "data": "the beacons that ship",
    "kit": "what tests share",
    "notebooks": "the notebooks of the course",
    "peers": "programs of others: production's library and daemon, its clients, a browser's Python",
}
"""Folders of tests/ that mirror no folder of the package, and what they are about."""

ABOUT_A_FOLDER = {
    "cli/test_main.py": "the command as a whole: version, help, errors, signals",
    "cli/test_plain.py": "what any command shows on a terminal that knows few characters",
    "crypto/test_arguments.py": "what any function of the folder takes",
    "crypto/test_wycheproof.py": "public vectors for the folder",
    "curves/hashing/test_hash_to_curve.py": "public vectors for the folder",
    "dkg/test_hostile_packets.py": "what a forger can send",
    "dkg/test_kyber_runs.py": "recorded runs of production's library",
    "dkg/test_synthetic.py": "public vectors for the folder",
    "node/split/test_split.py": "both parts of a split node together",
    "remote/answer/test_arguments.py": "what any server of the folder takes",
    "remote/ask/test_lies.py": "what a relay may say falsely, by any way of asking",
    "remote/tables/test_hostile_files.py": "files that were made to harm any reader",
    "remote/test_sides.py": "what the two sides of the folder share",
    "simulation/scenario/test_orbit_scenarios.py": "the shipped scenarios in which nodes fly",
    "simulation/fuzz/test_planted.py": "bugs that are planted, and that the fuzz finds",
    "simulation/hosts/test_driver.py": "any driver on a host",
    "timelock/test_cctv.py": "public vectors for the folder",
    "timelock/test_mutated_files.py": "files that were changed in any layer",
    "viz/test_lazy_names.py": "names of the folder that load at first use",
    "widgets/test_lab.py": "a widget in JupyterLab",
    "widgets/test_room.py": "the browser page that these tests share",
    "widgets/test_views.py": "what every live view keeps",
    "wire/test_messages.py": "the protobuf messages",
}
"""Test files that are about no single module of their folder, and what they are about."""


def out_of_place(package: Path, tests: Path) -> list[str]:
    """Test files that mirror neither a module nor a folder: at ``name.py`` or ``name/`` stands ``test_name….py``."""
    found = []
    for path in sorted(tests.rglob("test_*.py")):
        folder, name = path.parent.relative_to(tests), path.stem.removeprefix("test_")
        if folder == Path() or folder.parts[0] in BESIDE_THE_MIRROR:
            continue
        home = package / folder
        here = {entry.stem for entry in home.iterdir() if not entry.name.startswith("_")} if home.is_dir() else set()
        if not any(name == module or name.startswith(f"{module}_") for module in here):
            found.append(path.relative_to(tests).as_posix())
    return found


def traces(text: str) -> list[str]:
    return [match.group() for pattern in TRACES for match in pattern.finditer(text)]


def test_a_module_holds_one_idea(tracked: list[Path]) -> None:
    modules = [path for path in tracked if path.parts[0] == "drandlab" and path.suffix == ".py"]
    assert modules
    sizes = {path.as_posix(): len((ROOT / path).read_text(encoding="utf-8").splitlines()) for path in modules}
    assert {path: lines for path, lines in sizes.items() if lines > MODULE_LINES} == {}


def test_the_tests_mirror_the_package() -> None:
    found = out_of_place(PACKAGE, TESTS)
    assert [path for path in found if path not in ABOUT_A_FOLDER] == []
    assert ABOUT_A_FOLDER.keys() - set(found) == set(), "take these off the list: they are in their place, or gone"
    assert {folder for folder in BESIDE_THE_MIRROR if (PACKAGE / folder).exists()} == set()


def test_a_test_out_of_its_place_is_found(tmp_path: Path) -> None:
    for name in ("drandlab/dkg/status.py", "tests/dkg/test_status.py", "tests/dkg/test_status_widget.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert out_of_place(tmp_path / "drandlab", tmp_path / "tests") == []
    (tmp_path / "tests/beacon").mkdir()
    for name in ("tests/dkg/test_state.py", "tests/beacon/test_status.py", "tests/test_rules.py"):
        (tmp_path / name).touch()
    assert out_of_place(tmp_path / "drandlab", tmp_path / "tests") == ["beacon/test_status.py", "dkg/test_state.py"]


def test_no_tracked_file_bears_the_traces_of_a_machine(tracked: list[Path]) -> None:
    found = {}
    for path in tracked:
        try:
            text = (ROOT / path).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        if bad := traces(text):
            found[path.as_posix()] = bad
    assert found == {}


def test_every_link_between_the_pages_leads_somewhere(tracked: list[Path]) -> None:
    pages = [path for path in tracked if path.suffix == ".md"]
    links = {(page, link) for page in pages for link in LINK.findall((ROOT / page).read_text(encoding="utf-8"))}
    assert links
    assert {(str(page), link) for page, link in links if not (ROOT / page.parent / link).exists()} == set()


@pytest.mark.parametrize("folder", ["root", "tmp", "work", "opt", "home/alice", "Users/bob"])
def test_a_path_of_a_machine_is_a_trace(folder: str) -> None:
    assert traces(f"see '/{folder}/x.py', line 3")
    assert not traces(f"https://example.org/{folder}/x and ./{folder}/x and ../{folder}/x")


@pytest.mark.parametrize(
    "line",
    [
        "ipykernel" + "_12345",
        "--index" + "-url x",
        "registry" + "=x",
        '"resolved"' + ': "https://x"',
        "https://x/" + "simple/",
    ],
)
def test_an_address_of_a_registry_or_a_kernel_is_a_trace(line: str) -> None:
    assert traces(line)


def test_tests_cannot_reach_the_internet() -> None:
    with pytest.raises(AssertionError, match="tests stay on loopback"):
        socket.create_connection(("192.0.2.1", 80), timeout=1)


# What a caller passes is checked by `drandlab/typing.py`: there True is not a number, and a number of numpy is one.
# The other places where a bool is told from a number, and why they may.
TELLS_BOOLS: dict[str, str] = {
    "beacon/forms/toml_files.py::_identity": "a field of a file; its error is a FormatError",
    "errors.py::_pickled": "what is known to survive a pickle",
    "records.py::": "a table of types",
    "records.py::plain": "plain data is passed on as it is",
    "simulation/scenario/writing.py::_value": "TOML writes true and false",
    "teach/parameters.py::_not_plain": "literals of Python, told apart by their types",
    "viz/charts/basic.py::numbers": "a chart draws whatever float() takes, Decimal too",
    "wire/go_toml.py::_value": "TOML writes true and false",
    "wire/strict_toml.py::_fits": "the types of TOML are told apart",
    "wire/strict_toml.py::_kind": "the types of TOML are told apart",
}

# An error of a type on purpose is a `WrongType`, which is a `LocalError` too. Where a bare TypeError stays, and why.
RAISES_TYPE_ERROR: dict[str, str] = {
    "records.py::_form": "a mistake of the package's own code, found at import",
}


def functions_of(tree: ast.AST, inside: tuple[str, ...] = ()) -> Iterator[tuple[str, ast.AST]]:
    """Yield every node below ``tree`` with the dotted name of the function or class that it stands in."""
    for child in ast.iter_child_nodes(tree):
        named = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        within = (*inside, child.name) if named else inside  # type: ignore[attr-defined]
        yield ".".join(within), child
        yield from functions_of(child, within)


def tells_bools(node: ast.AST) -> bool:
    """Whether this is ``isinstance(x, ...)`` with bool among the types, or ``type(x) is bool``."""
    match node:
        case ast.Call(func=ast.Name(id="isinstance"), args=[_, types]):
            return any(isinstance(part, ast.Name) and part.id == "bool" for part in ast.walk(types))
        case ast.Compare(left=ast.Call(func=ast.Name(id="type")), comparators=others):
            return any(isinstance(part, ast.Name) and part.id == "bool" for one in others for part in ast.walk(one))
    return False


def raises_type_error(node: ast.AST) -> bool:
    match node:
        case ast.Raise(exc=ast.Name(id="TypeError") | ast.Call(func=ast.Name(id="TypeError"))):
            return True
    return False


def found_in(source: str, what: Callable[[ast.AST], bool]) -> set[str]:
    return {function for function, node in functions_of(ast.parse(source)) if what(node)}


def places(what: Callable[[ast.AST], bool]) -> set[str]:
    return {
        f"{path.relative_to(ROOT / 'drandlab').as_posix()}::{function}"
        for path in sorted((ROOT / "drandlab").rglob("*.py"))
        for function in found_in(path.read_text(encoding="utf-8"), what)
    }


def test_numbers_are_checked_in_one_place() -> None:
    assert {place for place in places(tells_bools) if not place.startswith("typing.py::")} == TELLS_BOOLS.keys()


def test_an_error_of_a_type_is_a_wrong_type() -> None:
    assert places(raises_type_error) == RAISES_TYPE_ERROR.keys()


@pytest.mark.parametrize(
    "guard",
    [
        "isinstance(n, bool) or not isinstance(n, int)",
        "isinstance(n, int) and not isinstance(n, bool)",
        "isinstance(n, (str, bool))",
        "isinstance(n, str | bool)",
        "type(n) is bool",
        "type(n) in (bool, str)",
    ],
)
def test_a_guard_by_hand_is_found(guard: str) -> None:
    assert found_in(f"class C:\n    def f(self, n):\n        if {guard}:\n            return 1\n", tells_bools) == {
        "C.f"
    }
    assert not found_in("def f(n: bool) -> bool:\n    return bool(n) and isinstance(n, int)\n", tells_bools)


def test_a_bare_type_error_is_found() -> None:
    assert found_in("def f(n):\n    raise TypeError('no')\n", raises_type_error) == {"f"}
    assert not found_in("def f(n):\n    raise WrongType('no')\n", raises_type_error)
