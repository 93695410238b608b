"""What a machine wants done is done: each ``match`` over effects, requests, replies or timers covers all there are.

It ends in ``assert_never``, so that the type checker names the place where a new one would be dropped in silence.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "drandlab"
WHERE = ("beacon/machines", "dkg", "node", "simulation/hosts", "simulation/keygen")


def open_matches(source: str) -> Iterator[int]:
    """The lines of those that do not end in ``assert_never``.

    Left out are those over several values at once, and those after which whatever is left raises an error.
    """
    tree = ast.parse(source)
    bodies = [body for node in ast.walk(tree) if isinstance(body := getattr(node, "body", None), list)]
    raising = {id(one) for body in bodies for one, after in pairwise(body) if isinstance(after, ast.Raise)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Match) and not isinstance(node.subject, ast.Tuple) and id(node) not in raising:
            last = node.cases[-1]
            wild = isinstance(last.pattern, ast.MatchAs) and last.pattern.pattern is None and last.guard is None
            if not wild or not ast.unparse(last.body[0]).startswith("assert_never("):
                yield node.lineno


def test_every_match_of_the_machines_and_their_drivers_is_closed() -> None:
    found = [
        f"{path.relative_to(PACKAGE).as_posix()}:{line}"
        for folder in WHERE
        for path in sorted((PACKAGE / folder).rglob("*.py"))
        for line in open_matches(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_an_open_match_is_seen() -> None:
    closed = "match x:\n    case A():\n        pass\n    case _:\n        assert_never(x)"
    for source in (
        closed.replace("assert_never(x)", "pass"),
        closed.rpartition("    case _")[0],
        closed.replace("case _", "case _ if x"),
    ):
        assert list(open_matches(source)) == [1], source
    assert list(open_matches(closed)) == []
