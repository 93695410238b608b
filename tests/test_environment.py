"""One truth in three files: pyproject.toml asks, constraints.txt pins, environment.yml (conda) repeats."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import PackageNotFoundError, distributions, packages_distributions, requires
from pathlib import Path

import pytest
import yaml
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

import drandlab

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS: dict[str, list[str]] = PROJECT["optional-dependencies"]
DIRECT = [Requirement(line) for lines in (PROJECT["dependencies"], *EXTRAS.values()) for line in lines]
DIRECT = [requirement for requirement in DIRECT if requirement.name != "drandlab"]
PIN_LINES = [
    line for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines() if not line.startswith("#")
]
PINS = {canonicalize_name(pin.name): pin for pin in map(Requirement, PIN_LINES)}
CONDA = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))


def version_of(pin: Requirement) -> str:
    [clause] = pin.specifier
    return clause.version


def everything(environment: dict[str, str]) -> set[str]:
    """All packages that drandlab with all extras leads to in that environment, as the installed metadata tells."""
    open_ends = [
        (canonicalize_name(r.name), frozenset(r.extras))
        for r in DIRECT
        if r.marker is None or r.marker.evaluate(environment)
    ]
    seen: set[tuple[str, frozenset[str]]] = set()
    while open_ends:
        if (end := open_ends.pop()) in seen:
            continue
        seen.add(end)
        name, extras = end
        try:
            lines = requires(name) or []
        except PackageNotFoundError:  # asked for by another Python or system only
            continue
        for requirement in map(Requirement, lines):
            marker = requirement.marker
            if marker is None or any(marker.evaluate({**environment, "extra": extra}) for extra in ("", *extras)):
                open_ends.append((canonicalize_name(requirement.name), frozenset(requirement.extras)))
    return {name for name, _ in seen}


def test_every_pin_is_one_exact_version_and_names_no_address() -> None:
    for line in PIN_LINES:
        assert re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!]+(; python_version [<>=]=? \"[0-9.]+\")?", line), line
    names = [canonicalize_name(Requirement(line).name) for line in PIN_LINES]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("requirement", DIRECT, ids=lambda requirement: requirement.name)
def test_what_pyproject_asks_is_pinned_to_a_version_that_it_allows(requirement: Requirement) -> None:
    pin = PINS[canonicalize_name(requirement.name)]
    assert requirement.specifier.contains(version_of(pin)), f"{requirement} is pinned to {version_of(pin)}"
    assert str(pin.marker) == str(requirement.marker)


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13", "3.14"])
@pytest.mark.parametrize("system", [("linux", "Linux"), ("darwin", "Darwin")], ids=["linux", "macos"])
def test_every_package_behind_them_is_pinned(python: str, system: tuple[str, str]) -> None:
    environment = {
        **default_environment(),
        "python_version": python,
        "python_full_version": f"{python}.0",
        "sys_platform": system[0],
        "platform_system": system[1],
        "os_name": "posix",
    }
    found = everything(environment)
    assert len(found) > 100
    assert found - PINS.keys() == set(), "run: make constraints"


def test_every_package_that_the_code_imports_is_asked_for() -> None:
    homes = packages_distributions()
    asked = {canonicalize_name(requirement.name) for requirement in DIRECT}
    own = {"drandlab", *(path.stem for path in ROOT.glob("tests/kit/*.py"))}
    missing = set()
    for path in [*ROOT.glob("drandlab/**/*.py"), *ROOT.glob("tests/**/*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Import(names=names):
                    modules = [alias.name for alias in names]
                case ast.ImportFrom(module=str(module), level=0):
                    modules = [module]
                case _:
                    continue
            for top in {module.partition(".")[0] for module in modules} - sys.stdlib_module_names - own:
                # A module of no installed package belongs to another Python (chia_rs, blspy), or it is its own name.
                if not asked & {canonicalize_name(home) for home in homes.get(top, [top])}:
                    missing.add(f"{path.relative_to(ROOT)}: {top}")
    assert missing == set()


def test_every_pin_runs_on_the_oldest_python() -> None:
    oldest = PROJECT["requires-python"].removeprefix(">=") + ".0"
    asked = {
        name: installed.metadata.get("Requires-Python")
        for installed in distributions()
        if (name := canonicalize_name(installed.name)) in PINS and installed.version == version_of(PINS[name])
    }
    assert len(asked) > 100
    assert {name: python for name, python in asked.items() if python and oldest not in SpecifierSet(python)} == {}


def test_the_package_and_the_project_tell_the_same_version() -> None:
    assert drandlab.__version__ == PROJECT["version"]


def test_conda_installs_the_same_with_an_allowed_python() -> None:
    *conda, pip = CONDA["dependencies"]
    [python] = [line.removeprefix("python=") for line in conda if line.startswith("python=")]
    assert CONDA["channels"][0] == "conda-forge"
    assert SpecifierSet(PROJECT["requires-python"]).contains(python)
    assert all(
        r.marker.evaluate({**default_environment(), "python_version": python})
        for r in DIRECT
        if r.name == "blspy" and r.marker
    )
    assert pip["pip"][0] == "--constraint constraints.txt"
    [editable] = pip["pip"][1:]
    [extras] = re.fullmatch(r"--editable \.\[([a-z,]+)\]", editable).groups()  # type: ignore[union-attr]
    assert set(extras.split(",")) <= EXTRAS.keys()
    assert "lab" in extras.split(",")


def test_make_installs_extras_that_exist_under_the_constraints() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    sets = re.findall(r"^EXTRAS-\w+ +:= (.+)$", makefile, flags=re.MULTILINE)
    assert len(sets) == 3
    assert {extra for line in sets for extra in line.split(",")} <= EXTRAS.keys()
    assert "-c constraints.txt -e" in makefile


def test_the_extra_for_everything_has_every_other_one_but_those_of_developers() -> None:
    [every] = map(Requirement, EXTRAS["all"])
    # p2p compiles something; whoever asks for everything may have no compiler.
    assert every.extras == EXTRAS.keys() - {"all", "test", "bench", "notebook", "p2p"}
    lab = {Requirement(line).name: str(Requirement(line).specifier) for line in EXTRAS["lab"]}
    # What a hosted notebook brings itself must not be asked for: installing it anew breaks the host.
    hosted = {Requirement(line).name: str(Requirement(line).specifier) for line in EXTRAS["notebook"]}
    assert hosted == {name: lab[name] for name in ("anywidget", "ipywidgets")}


def test_binder_installs_the_package_once_its_files_are_there() -> None:
    environment = yaml.safe_load((ROOT / ".binder" / "environment.yml").read_text(encoding="utf-8"))
    assert environment["dependencies"] == [CONDA["dependencies"][0], "pip"]
    script = ROOT / ".binder" / "postBuild"
    assert os.access(script, os.X_OK)
    [command] = [line for line in script.read_text(encoding="utf-8").splitlines() if line.startswith("python")]
    [extras] = re.findall(r"-c constraints.txt -e '\.\[([a-z,]+)\]'$", command)
    assert set(extras.split(",")) <= EXTRAS.keys()
    assert "lab" in extras.split(",")


def test_the_citation_tells_the_version_and_the_licence() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert (citation["version"], citation["license"]) == (PROJECT["version"], PROJECT["license"])
    assert [author["name"] for author in citation["authors"]] == [author["name"] for author in PROJECT["authors"]]


def test_every_python_that_is_supported_is_named() -> None:
    named = [line.rpartition(" :: ")[2] for line in PROJECT["classifiers"] if re.search(r":: 3\.\d+$", line)]
    assert named == ["3.11", "3.12", "3.13", "3.14"]
    assert PROJECT["requires-python"] == f">={named[0]}"


def test_the_lower_bounds_are_one_version_for_each_package() -> None:
    script = [sys.executable, ROOT / "tests" / "floors.py"]
    lines = subprocess.run(script, capture_output=True, text=True, check=True).stdout.splitlines()
    names = [Requirement(line).name for line in lines]
    assert len(names) == len(set(names))
    assert set(names) == {requirement.name for requirement in DIRECT}


def test_a_wheel_carries_the_data_the_notebooks_and_the_quiet_jupyterlab(tmp_path: Path, tracked: list[Path]) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    [wheel] = tmp_path.glob("drandlab-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        inside = set(archive.namelist())
        [metadata] = [name for name in inside if name.endswith(".dist-info/METADATA")]
        description = archive.read(metadata).decode()
        [settings] = [name for name in inside if name.endswith("share/jupyter/lab/settings/overrides.d/drandlab.json")]
        quiet = json.loads(archive.read(settings))["@jupyterlab/apputils-extension:notification"]
    assert quiet == {"checkForUpdates": False, "fetchNews": "false"}
    # A page outside the repository has no files beside it.
    assert "00 Start here" in description
    assert re.findall(r"\]\((?!https?://)[^)]*\)", description) == []
    assert "[drand](https://drand.love)" in description
    package = {path.as_posix() for path in tracked if path.parts[0] == "drandlab"}
    beside = {f"drandlab/_shipped/{path.as_posix()}" for path in tracked if path.parts[0] in ("data", "notebooks")}
    assert (package | beside) - inside == set()
    assert not [name for name in inside if "checkpoint" in name or "__pycache__" in name]
