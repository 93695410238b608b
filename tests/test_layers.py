"""The floors of the house, read from every import: a folder knows only the folders of the floors below its own."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "drandlab"

FLOORS = (
    {"algebra", "orbit"},
    {"curves"},
    {"crypto", "wire"},
    {"beacon", "dkg", "gossip", "xcm"},
    {"node", "idn", "timelock"},
    {"simulation", "remote"},
    {"analysis", "attacks", "served"},
    {"viz"},
    {"widgets", "teach"},
    {"cli"},
)
FLOOR = {folder: floor for floor, folders in enumerate(FLOORS) for folder in folders}
TOP_FLOOR = len(FLOORS) - 1

OPEN_TO_ALL = {"errors", "plain", "printable", "text", "typing"}
OPEN_ABOVE_THE_MACHINES = {"files", "locks", "paths"}
BESIDE_THE_FOLDERS = {
    "__init__",
    "__main__",
    "errors",
    "files",
    "locks",
    "paths",
    "plain",
    "printable",
    "text",
    "typing",
    "testing",
}

# What would let a clock, a socket, a file, the environment or global randomness in on the floors 0 to 4.
SANS_IO_TOP = 4
# fmt: off
IMPURE_MODULES = {
    "aiohttp", "asyncio", "concurrent", "ftplib", "getpass", "glob", "http", "httpx", "io", "locale", "logging",
    "multiprocessing", "os", "pathlib", "platform", "queue", "random", "requests", "sched", "secrets", "select",
    "selectors", "shutil", "signal", "socket", "socketserver", "sqlite3", "ssl", "subprocess", "tempfile",
    "threading", "time", "urllib", "uuid",
}
# fmt: on
IMPURE_CALLS = {"open", "input", "print", "datetime.now", "datetime.utcnow", "datetime.today", "date.today"}

# The one door to the environment: DRANDLAB_BACKEND, read at first use in one function under curves/.
ENVIRONMENT_DOOR = "DRANDLAB_BACKEND"

# A heavy or optional package, and the only places that may import it.
OWNERS = {
    "sympy": ("algebra/symbolic.py",),
    "plotly": ("viz/",),
    "ipywidgets": ("widgets/",),
    "anywidget": ("widgets/",),
    "pyblst": ("curves/",),
    "blspy": ("curves/",),
    "chia_rs": ("curves/",),
    "py_ecc": ("curves/",),
}

# fmt: off
NOT_LOADED_BY_IMPORT = [
    "pyblst", "blspy", "chia_rs", "py_ecc", "py_arkworks_bls12381", "drand_verify", "sympy", "plotly", "polars",
    "httpx", "typer", "rich", "anywidget", "ipywidgets", "IPython", "jupyterlab", "papermill", "nbformat",
    "nbconvert", "fastapi", "uvicorn", "dask", "simpy", "grpc",
]
# fmt: on


class Import(NamedTuple):
    module: str
    line: int
    at_top: bool


def imports_of(tree: ast.Module, package: tuple[str, ...]) -> Iterator[Import]:
    """Yield every module that a file of ``package`` names in an import, wherever in the file it stands."""

    def visit(node: ast.AST, at_top: bool) -> Iterator[Import]:
        for child in ast.iter_child_nodes(node):
            inside = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            match child:
                case ast.Import():
                    for alias in child.names:
                        yield Import(alias.name, child.lineno, at_top)
                case ast.ImportFrom():
                    base = package[: len(package) - child.level + 1] if child.level else ()
                    prefix = ".".join([*base, *([child.module] if child.module else [])])
                    # `from drandlab import viz` names the folder viz: the imported names count as modules there.
                    if prefix == "drandlab":
                        yield from (Import(f"drandlab.{a.name}", child.lineno, at_top) for a in child.names)
                    else:
                        yield Import(prefix, child.lineno, at_top)
                case ast.Call(func=ast.Attribute(attr="import_module") | ast.Name(id="import_module" | "__import__")):
                    match child.args:
                        case [ast.Constant(value=str(name)), *_]:
                            level = len(name) - len(name.lstrip("."))
                            base = package[: len(package) - level + 1] if level else ()
                            yield Import(".".join([*base, name.lstrip(".")]), child.lineno, at_top)
            yield from visit(child, at_top and not inside)

    yield from visit(tree, True)


def calls_of(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Yield the last one or two names of everything that is called: ``open``, ``datetime.now``."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name)):
                yield name, node.lineno
            case ast.Call(func=ast.Attribute(value=ast.Name(id=owner) | ast.Attribute(attr=owner), attr=name)):
                yield f"{owner}.{name}", node.lineno


def faults(package: Path) -> list[str]:
    """Every import and call below ``package`` that breaks a rule of the house, as ``file:line: what``."""
    found: list[str] = []
    doors: list[str] = []
    for path in sorted(package.rglob("*.py")):
        relative = path.relative_to(package)
        source = path.read_text(encoding="utf-8")
        tree = ast.parse(source, filename=str(relative))
        folder = relative.parts[0] if len(relative.parts) > 1 else None
        if folder is None and relative.stem not in BESIDE_THE_FOLDERS:
            found.append(f"{relative}:1: a module stands in the folder of its floor")
        if folder is not None and folder not in FLOOR:
            found.append(f"{relative}:1: the folder {folder} has no floor; the design page lists them")
            continue
        floor = FLOOR[folder] if folder else None

        for module, line, at_top in imports_of(tree, ("drandlab", *relative.parent.parts)):
            where = f"{relative}:{line}"
            top, _, rest = module.partition(".")
            if top == "drandlab":
                found += house_faults(where, folder, rest.partition(".")[0])
            elif top in OWNERS and not relative.as_posix().startswith(OWNERS[top]):
                found.append(f"{where}: only {' and '.join(OWNERS[top])} may import {top}")
            elif floor is not None and floor <= SANS_IO_TOP and top in IMPURE_MODULES:
                if module == "os" and folder == "curves" and not at_top and ENVIRONMENT_DOOR in source:
                    doors.append(where)
                else:
                    found.append(f"{where}: floor {floor} imports {module}; take it as an argument")

        if floor is not None and floor <= SANS_IO_TOP:
            found += [
                f"{relative}:{line}: floor {floor} calls {name}"
                for name, line in calls_of(tree)
                if name in IMPURE_CALLS
            ]
    found += [f"{where}: a second door to the environment; {doors[0]} is the one" for where in doors[1:]]
    return found


def house_faults(where: str, folder: str | None, target: str) -> list[str]:
    """Why a file in ``folder`` (None: beside the folders) may not import ``drandlab.<target>``; empty if it may."""
    if folder is None or target in OPEN_TO_ALL | {folder}:
        return []
    floor = FLOOR[folder]
    if target in OPEN_ABOVE_THE_MACHINES:
        return (
            [] if floor > SANS_IO_TOP else [f"{where}: floor {floor} imports {target}; whoever has the file reads it"]
        )
    if target == "testing":
        return [f"{where}: drandlab.testing is for tests and notebooks"]
    if target not in FLOOR:
        # The names of the package itself lead to all floors, so only the faces may use them.
        return (
            []
            if floor == TOP_FLOOR
            else [f"{where}: {folder} imports drandlab itself; import the module that it needs"]
        )
    if FLOOR[target] >= floor:
        return [f"{where}: {folder} (floor {floor}) imports {target} (floor {FLOOR[target]})"]
    return []


def test_every_import_leads_to_a_floor_below() -> None:
    assert faults(PACKAGE) == []


@pytest.mark.parametrize(
    ("file", "source", "fault"),
    [
        (
            "algebra/a.py",
            "from drandlab.curves import suite",
            "a.py:1: algebra (floor 0) imports curves (floor 1)",
        ),
        (
            "crypto/a.py",
            "from ..beacon.chain import Beacon",
            "a.py:1: crypto (floor 2) imports beacon (floor 3)",
        ),
        ("dkg/a.py", "from drandlab import beacon", "dkg/a.py:1: dkg (floor 3) imports beacon (floor 3)"),
        ("viz/a.py", "def f():\n    import drandlab.cli.main", "viz/a.py:2: viz (floor 7) imports cli (floor 9)"),
        ("viz/sub/a.py", "from ...cli import main", "viz/sub/a.py:1: viz (floor 7) imports cli (floor 9)"),
        ("beacon/a.py", "import importlib\nimportlib.import_module('..viz', __package__)", "viz (floor 7)"),
        (
            "beacon/a.py",
            "if TYPE_CHECKING:\n    from ..viz import c",
            "viz (floor 7)",
        ),
        ("remote/a.py", "from drandlab import verify", "remote imports drandlab itself"),
        ("remote/a.py", "from drandlab.testing import world", "drandlab.testing is for tests and notebooks"),
        ("node/a.py", "from drandlab.files import read_bytes", "floor 4 imports files; whoever has the file reads it"),
        ("algebra/field.py", "import sympy", "only algebra/symbolic.py may import sympy"),
        ("analysis/a.py", "import plotly.graph_objects as go", "only viz/ may import plotly"),
        ("viz/a.py", "from anywidget import AnyWidget", "only widgets/ may import anywidget"),
        ("crypto/a.py", "def f():\n    import pyblst", "only curves/ may import pyblst"),
        ("algebra/a.py", "import random", "floor 0 imports random"),
        ("wire/a.py", "def f():\n    from pathlib import Path", "floor 2 imports pathlib"),
        ("node/a.py", "import os.path", "floor 4 imports os.path"),
        ("curves/a.py", "import os\nos.environ['DRANDLAB_BACKEND']", "curves/a.py:1: floor 1 imports os"),
        ("curves/a.py", "def f():\n    import os\n    return os.environ['HOME']", "curves/a.py:2: floor 1 imports os"),
        ("beacon/a.py", "import datetime\nt = datetime.datetime.now()", "beacon/a.py:2: floor 3 calls datetime.now"),
        ("beacon/a.py", "t = open('x')", "floor 3 calls open"),
        ("kitchen/a.py", "", "the folder kitchen has no floor"),
        ("helpers.py", "", "helpers.py:1: a module stands in the folder of its floor"),
    ],
)
def test_a_planted_fault_is_named(tmp_path: Path, file: str, source: str, fault: str) -> None:
    planted = tmp_path / file
    planted.parent.mkdir(parents=True, exist_ok=True)
    planted.write_text(source, encoding="utf-8")
    [message] = faults(tmp_path)
    assert fault in message


def test_a_second_door_to_the_environment_is_named(tmp_path: Path) -> None:
    door = "def f():\n    import os\n    return os.environ.get('DRANDLAB_BACKEND')\n"
    (tmp_path / "curves").mkdir()
    (tmp_path / "curves" / "a.py").write_text(door, encoding="utf-8")
    assert faults(tmp_path) == []
    (tmp_path / "curves" / "b.py").write_text(door, encoding="utf-8")
    [message] = faults(tmp_path)
    assert message == "curves/b.py:2: a second door to the environment; curves/a.py:2 is the one"


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("cli/a.py", "import time\nimport drandlab\nfrom drandlab.viz import chart\nfrom .sister import x"),
        ("crypto/a.py", "from ..curves import suite\nfrom drandlab.errors import LocalError\nfrom ..typing import Rng"),
        ("algebra/symbolic.py", "import sympy\nfrom .field import PrimeField"),
        ("remote/a.py", "import time\nfrom pathlib import Path\nfrom drandlab.beacon import beacon\nopen('x')"),
        ("simulation/a.py", "from drandlab.files import written"),
        ("__init__.py", "from drandlab.viz import chart"),
    ],
)
def test_what_the_rules_allow_passes(tmp_path: Path, file: str, source: str) -> None:
    allowed = tmp_path / file
    allowed.parent.mkdir(parents=True, exist_ok=True)
    allowed.write_text(source, encoding="utf-8")
    assert faults(tmp_path) == []


def test_import_drandlab_loads_nothing_heavy() -> None:
    probe = f"import sys, drandlab; print([m for m in {NOT_LOADED_BY_IMPORT!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
