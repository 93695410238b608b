"""The package with every sentence swapped for a meaningless text, and a program whose outcome must not notice.

`swap` lets Python import ``drandlab`` with every text of two words or more replaced by a word that says nothing: the
texts of errors and refusals, and all pieces of the f-strings that make them. The same text becomes the same word, so
what is compared as a whole (the kind of an entry, a key) stays equal; a piece of an f-string becomes another one in
each module. So whoever searches a sentence for a part of it, or takes it apart, finds nothing.

As a program, ``python swapped_texts.py plain|swapped all|PART [FILE OLD NEW]`` prints as JSON what a number of runs
come to, without their texts. With FILE, one module of the package is changed before it is imported: a mistake planted.
"""

from __future__ import annotations

import ast
import hashlib
import json
import re
import sys
from collections.abc import Callable, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import CodeType, ModuleType
from typing import Any

from sentences import FOREIGN

_TWO_WORDS = re.compile(r"[^\W\d_]{2,}[^\w]* [^\w]*[^\W\d_]{2,}|[^\W\d_]{2,}: ?$|^ ?: |, [a-z]")
_PIECE = re.compile(r"[^\W\d_]{2,} | [^\W\d_]{2,}|: ")
_FOR_MACHINES = re.compile(r"\b(SELECT|PRAGMA|INSERT|DELETE|UPDATE|CREATE|BEGIN|COMMIT)\b|[<>{}\\]|%[a-zA-Z]")
"""Texts that another program reads: SQL, markup, patterns, forms of dates."""

DRAWN = "simulation/fuzz/draw.py"
"""The module whose texts of two words name sources of randomness."""

TEXTS = frozenset({"why", "reason", "said", "about"})
"""Keys of an entry's details that hold a sentence."""


def is_sentence(text: str) -> bool:
    """Whether a text is written for readers."""
    return bool(_TWO_WORDS.search(text)) and not _FOR_MACHINES.search(text)


def swapped(text: str, salt: str = "") -> str:
    """Return the word that stands for a sentence, any other text as it is: as long, since some travel in messages."""
    return _word(text, salt) if is_sentence(text) else text


def _word(text: str, salt: str) -> str:
    size = len(text.encode())
    return f"T{hashlib.sha256(f'{salt}{text}'.encode()).hexdigest()}{'.' * size}"[:size]


class _Swap(ast.NodeTransformer):
    """Swaps the sentences of one module; docstrings stay, as nobody could read them."""

    def __init__(self, path: str) -> None:
        self.path = path.replace("\\", "/").rpartition("drandlab/")[2]  # the same wherever the checkout lies
        self.foreign = {place.split(":")[1].split(".")[-1] for place in FOREIGN if path.endswith(place.split(":")[0])}

    def visit_Constant(self, node: ast.Constant) -> ast.Constant:
        if isinstance(node.value, str):
            return ast.copy_location(ast.Constant(swapped(node.value)), node)
        return node

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        return node if isinstance(node.value, ast.Constant) else self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        # what another library says there is compared with texts of ours
        return node if node.name in self.foreign else self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        # what becomes bytes is an encoding, and what a source of chance is called is an address: neither is a sentence
        to_bytes = isinstance(node.func, ast.Attribute) and node.func.attr == "encode"
        address = isinstance(node.func, ast.Name) and node.func.id == "rng_for"
        return node if to_bytes or address else self.generic_visit(node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        for place, piece in enumerate(node.values):
            if isinstance(piece, ast.Constant) and isinstance(piece.value, str):
                if _PIECE.search(piece.value) and not _FOR_MACHINES.search(piece.value):
                    node.values[place] = ast.copy_location(ast.Constant(_word(piece.value, self.path)), piece)
            else:
                self.visit(piece)
        return node

    def visit_FormattedValue(self, node: ast.FormattedValue) -> ast.AST:
        node.value = self.visit(node.value)  # how a value is written stays
        return node


class _Loader(SourceFileLoader):
    swap = True
    plant: tuple[str, str, str] | None = None

    def get_code(self, fullname: str) -> CodeType:
        source = self.get_data(self.path).decode()
        if self.plant and self.path.endswith(self.plant[0]):
            assert self.plant[1] in source, f"{self.plant[0]} does not hold {self.plant[1]!r} any more"
            source = source.replace(*self.plant[1:])
        tree: Any = ast.parse(source)
        if self.swap and not self.path.endswith(DRAWN):
            tree = ast.fix_missing_locations(_Swap(self.path).visit(tree))
        code: CodeType = compile(tree, self.path, "exec", dont_inherit=True)
        return code


class _Finder(MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname.partition(".")[0] != "drandlab":
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and isinstance(spec.loader, SourceFileLoader) and not fullname.endswith("_pb2"):
            spec.loader = _Loader(spec.loader.name, spec.loader.path)
        return spec


def swap(plant: tuple[str, str, str] | None = None, *, texts: bool = True) -> None:
    """Let all modules of the package that are imported from now on have their sentences swapped."""
    _Loader.swap, _Loader.plant = texts, plant
    sys.meta_path.insert(0, _Finder())


# -- what the outcome of a run is, without its texts ------------------------------------------------------------------


def bare(value: Any) -> Any:
    """Return a value of a journal without its sentences."""
    if isinstance(value, str):
        return swapped(value)
    if isinstance(value, dict):
        return {bare(name): bare(item) for name, item in value.items() if name not in TEXTS}
    if isinstance(value, (list, tuple)):
        return [bare(item) for item in value]
    return value


def judged(journal: Any) -> dict[str, Any]:
    """What all checkers say of a journal, and its digest without its texts."""
    from drandlab.simulation.checkers.judges import check_all

    lines = [bare(json.loads(line)) for line in journal.to_jsonl().splitlines()]
    return {
        "verdicts": [
            [swapped(verdict.name), verdict.ok, verdict.checked, [[v.time, v.node] for v in verdict.violations]]
            for verdict in check_all(journal)
        ],
        "codes": sorted({line["code"] for line in lines if line.get("code")}),
        "digest": hashlib.sha256(json.dumps(lines, sort_keys=True).encode()).hexdigest(),
    }


def clocks() -> Any:
    """Clocks that are a period apart: partials come early."""
    import drandlab as dl

    net = dl.Network(5, 3, period=3, seed=1, backend="glass").run(rounds=2)
    net.set_clock(2, -7.0)
    return judged(net.run(rounds=4).journal)


def links() -> Any:
    """A link cut in a sync, a restart, a damaged disk on a chained network, a full one."""
    import drandlab as dl

    net = dl.Network(4, 3, scheme="pedersen-bls-chained", period=3, seed=1, backend="glass").run(rounds=3)
    net.crash(3)
    net.run(rounds=4)
    for name in range(3):
        net.damage(name, [5])
    net.restart(3)
    net.partition([0, 1, 2], [3])
    net.run(rounds=2)
    net.heal()
    net.set_disk(1, full=True)
    return judged(net.run(rounds=4).journal)


def servers() -> Any:
    """Servers of the chain leave rounds out, or send false beacons: the reader refuses them and asks the next."""
    import drandlab as dl
    from drandlab.simulation.misbehaviour.running import parse

    net = dl.Network(5, 3, period=3, seed=1, backend="glass").run(rounds=2)
    net.crash(4)
    net.run(rounds=4)
    for text in ("gapped-sync:0", "gapped-sync:1", "gapped-sync:2", "noise:3", "gapped-sync:3"):
        net.misbehave(int(text[-1]), parse(text))
    net.restart(4)
    return judged(net.run(rounds=6).journal)


def setups() -> Any:
    """A set-up whose coordinator crashes: nobody has a key, and each says why."""
    import drandlab as dl
    from drandlab.errors import ProtocolAborted

    net = dl.Network(4, 3, period=3, seed=1, backend="glass")
    net.crash(0)
    try:
        net.run(rounds=1)
    except ProtocolAborted as error:
        return [told(error), judged(net.journal)]


def resharing() -> Any:
    """A node is cut off while the others change the group, so that it refuses and is refused."""
    import drandlab as dl

    net = dl.Network(5, 3, period=3, seed=2, backend="glass").run(rounds=2)
    net.reshare(threshold=4, joining=1)
    net.run(rounds=1)
    net.partition([0, 1, 2, 3], [4, 5])
    net.run(rounds=12)
    net.heal()
    return judged(net.run(rounds=6).journal)


def fuzz() -> Any:
    """Plans of the fuzz that have many a message refused, a set-up and a DKG that fail."""
    from drandlab.simulation.fuzz.draw import draw
    from drandlab.simulation.fuzz.run import run

    return [judged(run(draw(seed)).journal) for seed in (2, 8, 11, 23)]


def keys() -> Any:
    """DKGs with misbehaving nodes: who is blamed for what, who has which key, what a replay shows."""
    from drandlab.simulation.keygen.replay import replay
    from drandlab.simulation.keygen.run import generate_key
    from drandlab.simulation.misbehaviour.keygen import parse

    found = []
    for faults in (["wrong-share:1:holder=2"], ["equivocation:3"], ["silent:0", "silent:1", "silent:2"]):
        run = generate_key(5, 3, seed=1, backend="glass", faults=[parse(text) for text in faults])
        belief = replay(run, 4)
        found.append(
            {
                "qual": {name: sorted(result.qual) for name, result in run.results.items()},
                "errors": {name: told(error) for name, error in run.errors.items()},
                "blamed": [[told(error), error.index, error.evicted] for error in run.blamed],
                "steps": [[step.phase, step.states, sorted(step.evicted_dealers)] for step in belief.steps],
                "entries": bare([json.loads(line) for line in run.journal.to_jsonl().splitlines()]),
            }
        )
    return found


def told(error: BaseException) -> list[Any]:
    """Type, code and fields of an error, without its texts."""
    fields = ("argument", "within", "field", "line", "round", "index", "have", "need")
    return [type(error).__name__, getattr(error, "code", None), *(getattr(error, name, None) for name in fields)]


def refused() -> Any:
    """What is wrong with many arguments, files and packets, as types, codes and fields."""
    import drandlab as dl
    from drandlab.beacon.forms.group_packets import decode_group, encode_group
    from drandlab.beacon.forms.toml_files import group_from_toml, group_to_toml
    from drandlab.simulation.scenario.scenario import Scenario, load
    from drandlab.wire.common_pb2 import Identity  # noqa: F401  # the packets' module loads before it is asked for

    net = dl.Network(3, 2, seed=1, backend="glass").run(rounds=1)
    group = net.node(0).group
    head = 'name = "x"\nabout = "y"\nrounds = 9\n'
    info = json.loads(dl.networks["quicknet"].to_json())
    text = group_to_toml(group)
    tries: list[Callable[[], Any]] = [
        lambda: dl.Network(1),
        lambda: dl.Network(5, 1),
        lambda: dl.Network("five"),  # type: ignore[arg-type]
        lambda: dl.Network(3, scheme="bls"),
        lambda: dl.networks["quick"],
        lambda: net.crash(9),
        lambda: net.set_clock(0, 0, drift=-2),
        lambda: net.set_clock(0, 0, drift=True),
        lambda: load("no such scenario"),
        lambda: Scenario.from_toml(head + "ronds = 3"),
        lambda: Scenario.from_toml(head + "[network]\nnodes = 1"),
        lambda: Scenario.from_toml(head + '[network]\nscheme = "x"'),
        lambda: Scenario.from_toml(head + "[links]\nlatency = { mean = -1 }"),
        lambda: Scenario.from_toml(head + '[links]\ncities = ["Atlantis"]'),
        lambda: Scenario.from_toml(head + "[[links.pair]]\nbetween = [0, 9]"),
        lambda: Scenario.from_toml(head + '[[event]]\ndo = "crash"\nat = 1\nnode = 77'),
        lambda: Scenario.from_toml(head + '[[event]]\ndo = "crash"\nat = 1000\nnode = 1'),
        lambda: Scenario.from_toml(head + '[[event]]\ndo = "restart"\nat = 1\nnode = 1'),
        lambda: Scenario.from_toml("name = ["),
        lambda: dl.ChainInfo.from_json(json.dumps(info | {"schemeID": "bls"})),
        lambda: dl.ChainInfo.from_json(json.dumps(info | {"period": 0})),
        lambda: dl.ChainInfo.from_json(json.dumps(info | {"public_key": "00" * 96})),
        lambda: group_from_toml(text.replace("Threshold = 2", "Threshold = 9"), backend="glass"),
        lambda: group_from_toml(text.replace("Index = 1", "Index = 0"), backend="glass"),
        lambda: group_from_toml(text.replace("SchemeID", "SchemeIDs"), backend="glass"),
        lambda: group_from_toml(text.replace("Key = ", "Kye = "), backend="glass"),
        lambda: decode_group(encode_group(group)[:-9], backend="glass"),
        lambda: dl.verify(net.beacons[0], dl.networks["quicknet"]),
    ]  # fmt: skip
    found = []
    for attempt in tries:
        try:
            attempt()
        except Exception as error:  # whatever it is, both runs must raise it
            found.append(told(error))
        else:
            found.append([])
    return found


def commands() -> Any:
    """The exit codes of the drandlab command."""
    from contextlib import redirect_stderr, redirect_stdout
    from io import StringIO

    from drandlab.cli import main

    found = []
    for line in (
        "chains --json",
        "verify no-such-file --chain quicknet",
        "dkg --nodes 4 --backend glass --json",
        "dkg --nodes 4 --backend glass --fault wrong-share:1:holder=2",
        "dkg --nodes 4 --backend glass --fault nonsense",
        "simulate quiet-five --rounds 3 --backend glass",
        "simulate quiet-fife",
        "fuzz --seeds 1:2",
        "fuzz --seeds 2:1",
        "run 99",
    ):
        with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
            found.append([line, main(line.split())])
    return found


PARTS: tuple[Callable[[], Any], ...] = (clocks, links, servers, setups, resharing, fuzz, keys, refused, commands)


if __name__ == "__main__":
    texts, *rest = sys.argv[1:]
    wanted = rest[:1]
    swap(tuple(rest[1:4]) if len(rest) > 1 else None, texts=texts == "swapped")  # type: ignore[arg-type]
    print(json.dumps({part.__name__: part() for part in PARTS if wanted in (["all"], [part.__name__])}, sort_keys=True))
