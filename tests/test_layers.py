"""The order of the house, read from every import: each floor knows those below it, and nothing goes round in a circle.

An import counts wherever it stands: at the top, in a function, or under ``TYPE_CHECKING``. Two modules that need each
other for their types alone are still two that nobody can understand one after the other; a `typing.Protocol` beside the
one that is used opens such a circle.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import deque
from collections.abc import Iterator, Mapping
from itertools import pairwise
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

WITHIN_A_FLOOR = {("gossip", "beacon")}
"""The steps between two folders of one floor: a pulse is a beacon, as gossip carries it."""

OPEN_TO_ALL = {"errors", "plain", "printable", "records", "text", "typing"}
OPEN_ABOVE_THE_MACHINES = {"files", "locks", "paths", "show"}
BESIDE_THE_FOLDERS = {
    "__init__",
    "__main__",
    "errors",
    "files",
    "locks",
    "paths",
    "plain",
    "printable",
    "records",
    "show",
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
    "dask": ("analysis/cluster.py",),
    "distributed": ("analysis/cluster.py",),
    "sgp4": ("orbit/",),
    "sr25519": ("crypto/sr25519/",),
}

# fmt: off
NOT_LOADED_BY_IMPORT = [
    "pyblst", "blspy", "chia_rs", "py_ecc", "py_arkworks_bls12381", "drand_verify", "sympy", "plotly", "polars",
    "httpx", "typer", "rich", "anywidget", "ipywidgets", "IPython", "jupyterlab", "papermill", "nbformat",
    "nbconvert", "fastapi", "uvicorn", "dask", "grpc", "numpy", "sgp4", "sr25519",
]
# fmt: on


class Import(NamedTuple):
    module: str
    line: int
    at_top: bool
    names: tuple[str, ...] = ()


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
                        yield Import(prefix, child.lineno, at_top, tuple(alias.name for alias in child.names))
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

        for module, line, at_top, _ in imports_of(tree, ("drandlab", *relative.parent.parts)):
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


def module_name(relative: Path) -> str:
    """The dotted name of a file of the package: ``curves/group.py`` is ``drandlab.curves.group``."""
    parts = ("drandlab", *relative.with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def import_graph(package: Path) -> dict[str, dict[str, int]]:
    """For each module below ``package`` the modules that it imports, with the line of the import.

    ``from drandlab.curves import msm`` leads to the module ``msm`` where there is one, else to the ``__init__`` that
    offers the name. That Python runs the ``__init__`` of all folders on the way is no import.
    """
    files = {module_name(path.relative_to(package)): path for path in sorted(package.rglob("*.py"))}

    def existing(name: str) -> str:
        while name not in files and "." in name:
            name = name.rpartition(".")[0]
        return name

    graph: dict[str, dict[str, int]] = {name: {} for name in files}
    for name, path in files.items():
        tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
        for found in imports_of(tree, ("drandlab", *path.relative_to(package).parent.parts)):
            for wanted in [f"{found.module}.{part}" for part in found.names] or [found.module]:
                target = existing(wanted)
                if target in files:
                    graph[name].setdefault(target, found.line)
    return graph


def way(graph: Mapping[str, Mapping[str, object]], start: str, goal: str) -> list[str]:
    """The shortest way of imports from ``start`` to ``goal``, both ends named; empty if there is none."""
    before: dict[str, str] = {}
    queue = deque([start])
    while queue:
        here = queue.popleft()
        for there in sorted(graph[here]):
            if there not in before:
                before[there] = here
                queue.append(there)
            if there == goal:
                steps = [goal]
                while steps[-1] != start or len(steps) == 1:
                    steps.append(before[steps[-1]])
                return steps[::-1]
    return []


def circles(graph: Mapping[str, Mapping[str, object]]) -> list[list[str]]:
    """The shortest circle of every tangle in ``graph``, each from its first name on; empty if there is an order."""
    found: list[list[str]] = []
    tangled: set[str] = set()
    for name in sorted(graph):
        circle = way(graph, name, name)
        if circle and name not in tangled:
            found.append(circle)
            tangled |= {other for other in graph if way(graph, name, other) and way(graph, other, name)}
    return found


def circles_of_imports(package: Path) -> list[str]:
    """Every circle between modules as ``module:line -> module:line -> module``, the line being that of the import."""
    graph = import_graph(package)
    return [
        " -> ".join([*(f"{a}:{graph[a][b]}" for a, b in pairwise(circle)), circle[-1]]).replace("drandlab.", "")
        for circle in circles(graph)
    ]


def circles_of_rooms(package: Path) -> list[str]:
    """Every circle between the rooms of a floor, as ``room -> room -> room`` and the imports that make it.

    A room is a folder inside of a floor's folder. Modules that stand beside the rooms, such as the door that opens
    them, may use them and be used.
    """
    rooms = {module_name(path.relative_to(package)) for path in package.glob("*/*/__init__.py")}

    def room_of(module: str) -> str:
        return ".".join(module.split(".")[:3])

    graph: dict[str, dict[str, str]] = {room: {} for room in rooms}
    for module, targets in import_graph(package).items():
        for target in targets:
            here, there = room_of(module), room_of(target)
            if here in rooms and there in rooms and here != there:
                graph[here].setdefault(there, f"{module} imports {target}")
    return [
        f"{' -> '.join(circle)}: {'; '.join(graph[a][b] for a, b in pairwise(circle))}".replace("drandlab.", "")
        for circle in circles(graph)
    ]


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
    if FLOOR[target] >= floor and (folder, target) not in WITHIN_A_FLOOR:
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


def plant(root: Path, files: Mapping[str, str]) -> None:
    for file, source in files.items():
        path = root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source, encoding="utf-8")


def test_no_imports_go_round_in_a_circle() -> None:
    assert circles_of_imports(PACKAGE) == []


@pytest.mark.parametrize(
    ("files", "circle"),
    [
        ({"dkg/a.py": "from drandlab.dkg.b import B", "dkg/b.py": "from .a import A"}, "dkg.a:1 -> dkg.b:1 -> dkg.a"),
        (
            {"dkg/a.py": "from drandlab.dkg import b", "dkg/b.py": "def f():\n    from drandlab.dkg.a import A"},
            "dkg.a:1 -> dkg.b:2 -> dkg.a",
        ),
        (
            {
                "dkg/a.py": "import drandlab.dkg.b as b",
                "dkg/b.py": "if TYPE_CHECKING:\n    from drandlab.dkg.a import A",
            },
            "dkg.a:1 -> dkg.b:2 -> dkg.a",
        ),
        (
            {
                "dkg/a.py": "from .b import B",
                "dkg/b.py": "import importlib\nimportlib.import_module('drandlab.dkg.c')",
                "dkg/c.py": "from drandlab.dkg import a, d",
                "dkg/d.py": "",
            },
            "dkg.a:1 -> dkg.b:2 -> dkg.c:1 -> dkg.a",
        ),
        (
            {"dkg/__init__.py": "from drandlab.dkg.a import A", "dkg/a.py": "from drandlab.dkg import B"},
            "dkg:1 -> dkg.a:1 -> dkg",
        ),
        (
            {"__init__.py": "from drandlab.dkg.a import A", "dkg/a.py": "import drandlab"},
            "drandlab:1 -> dkg.a:1 -> drandlab",
        ),
        ({"dkg/a.py": "import drandlab.dkg.a"}, "dkg.a:1 -> dkg.a"),
    ],
    ids=["two", "in a function", "for a type", "three", "a folder's own names", "the package's own names", "itself"],
)
def test_a_planted_circle_is_named(tmp_path: Path, files: dict[str, str], circle: str) -> None:
    plant(tmp_path, files)
    assert circles_of_imports(tmp_path) == [circle]


def test_each_tangle_is_named_once_and_an_order_not_at_all(tmp_path: Path) -> None:
    plant(
        tmp_path,
        {
            "__init__.py": "",
            "dkg/__init__.py": "from drandlab.dkg.a import A",
            "dkg/a.py": "from drandlab.dkg import b\nfrom drandlab.errors import LocalError",
            "dkg/b.py": "import json",
            "errors.py": "",
        },
    )
    assert circles_of_imports(tmp_path) == []
    plant(tmp_path, {f"node/{name}.py": "from drandlab.node import a, b, c" for name in "abc"})
    plant(tmp_path, {"wire/x.py": "from . import y", "wire/y.py": "from . import x"})
    assert circles_of_imports(tmp_path) == ["node.a:1 -> node.a", "wire.x:1 -> wire.y:1 -> wire.x"]


def test_the_rooms_of_a_floor_have_an_order() -> None:
    assert circles_of_rooms(PACKAGE) == []


def test_a_planted_circle_of_rooms_is_named(tmp_path: Path) -> None:
    plant(
        tmp_path,
        {
            "node/__init__.py": "",
            "node/door.py": "from drandlab.node.one.a import A\nfrom drandlab.node.two.c import C",
            "node/one/__init__.py": "",
            "node/one/a.py": "from drandlab.node.two.c import C\nfrom drandlab.node import door",
            "node/one/b.py": "",
            "node/two/__init__.py": "",
            "node/two/c.py": "",
            "node/two/d.py": "if TYPE_CHECKING:\n    from drandlab.node.one.b import B",
        },
    )
    assert circles_of_rooms(tmp_path) == [
        "node.one -> node.two -> node.one: node.one.a imports node.two.c; node.two.d imports node.one.b"
    ]
    (tmp_path / "node/two/d.py").write_text("from drandlab.node import door", encoding="utf-8")
    assert circles_of_rooms(tmp_path) == []


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


def test_each_folder_opens_with_its_floor() -> None:
    folders = {path.parent.name: path for path in PACKAGE.glob("*/__init__.py")}
    words = {name: ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) for name, path in folders.items()}
    assert {name: text for name, text in words.items() if not (text or "").startswith(f"Floor {FLOOR[name]}: ")} == {}


def test_import_drandlab_loads_nothing_heavy() -> None:
    probe = f"import sys, drandlab; print([m for m in {NOT_LOADED_BY_IMPORT!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
