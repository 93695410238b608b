"""The rules of the house that no other tool checks: sizes, traces of a machine, the internet."""

from __future__ import annotations

import re
import socket
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


def traces(text: str) -> list[str]:
    return [match.group() for pattern in TRACES for match in pattern.finditer(text)]


def test_a_module_holds_one_idea(tracked: list[Path]) -> None:
    modules = [path for path in tracked if path.parts[0] == "drandlab" and path.suffix == ".py"]
    assert modules
    sizes = {path.as_posix(): len((ROOT / path).read_text(encoding="utf-8").splitlines()) for path in modules}
    assert {path: lines for path, lines in sizes.items() if lines > MODULE_LINES} == {}


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
