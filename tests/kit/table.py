"""Measures in how many seeds the fuzz finds each planted bug, and writes ``docs/planted-bugs.md``.

``python tests/kit/table.py`` measures from several first seeds and writes what it found beside the table (``make
planted``); ``--only NAME ...`` measures some bugs anew and leaves the others as they were; ``--write`` measures nothing
and writes the page anew.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
from collections.abc import Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

from planted import BUGS, WITHIN

from drandlab.simulation.fuzz.draw import draw
from drandlab.simulation.fuzz.run import run

__all__ = ["DOCS", "Found", "find", "measure", "page", "read"]

ROOT = Path(__file__).parents[2]
DOCS, DATA = ROOT / "docs" / "planted-bugs.md", ROOT / "tests" / "data" / "planted-bugs.json"

BEGINNINGS = (0, 1000, 2000, 100_000, 101_000)
"""First seeds: each bug must be found from every one of them."""


class Found(NamedTuple):
    """What a search has found: from seed ``begin`` on it took ``count`` seeds (None: too many), and ``rules`` told."""

    begin: int
    count: int | None
    rules: tuple[str, ...]

    @property
    def seed(self) -> int:
        """The seed that found the bug."""
        return self.begin + (self.count or 1) - 1


def find(name: str, begin: int) -> Found:
    """Look for a bug from ``begin`` on, until a checker tells or `WITHIN` seeds have passed."""
    with BUGS[name].planted():
        for count in range(1, WITHIN + 1):
            if broken := [verdict.name for verdict in run(draw(begin + count - 1)).broken]:
                return Found(begin, count, tuple(broken))
    return Found(begin, None, ())


def measure(names: Iterable[str], beginnings: Iterable[int], jobs: int) -> dict[str, list[Found]]:
    """Return what `find` gives for each bug from each first seed."""
    names, beginnings, found = list(names), list(beginnings), {}
    with ProcessPoolExecutor(jobs) as pool:
        waiting = {name: [pool.submit(find, name, begin) for begin in beginnings] for name in names}
        for name, futures in waiting.items():
            found[name] = [future.result() for future in futures]
            said = ", ".join(str(one.count or "not found") for one in found[name])
            print(
                f"{name}: {said} ({', '.join(sorted({rule for one in found[name] for rule in one.rules}))})", flush=True
            )
    return found


def read() -> dict[str, list[Found]]:
    """Return what was measured last."""
    saved = json.loads(DATA.read_text(encoding="utf-8"))
    return {
        name: [Found(begin, count, tuple(rules)) for begin, count, rules in results] for name, results in saved.items()
    }


def page(measured: Mapping[str, list[Found]]) -> str:
    """Return the page of the documentation."""
    begins = [one.begin for one in next(iter(measured.values()))]
    rows = []
    for name, results in measured.items():
        counts = [one.count for one in results if one.count is not None]
        median = f"{statistics.median(counts):g}" if len(counts) == len(results) else "not found"
        most = str(max(counts)) if len(counts) == len(results) else f"over {WITHIN}"
        rules = sorted(
            {rule for one in results for rule in one.rules}, key=lambda r: (-sum(r in o.rules for o in results), r)
        )
        rows.append(f"| `{name}` | {BUGS[name].about} | {median} | {most} | {', '.join(rules)} |")
    return f"""# Planted bugs

What the fuzz sees: {len(rows)} bugs, each planted in every node of a run, and how many seeds it takes until a checker
tells. Each was searched from the seeds {", ".join(map(str, begins))} on; the table has the median and the most of these
{len(begins)} searches, and the checkers that told, the most frequent first. `drandlab.simulation.checkers.judges` says
what each checker judges; `tests/kit/planted.py` has the bugs.

`make planted` measures all of this anew and writes this page. `tests/simulation/fuzz/test_planted.py` finds each bug
once, by a seed that is known to find it.

| bug | what it does | median | most | which checkers |
| --- | --- | ---: | ---: | --- |
{chr(10).join(rows)}
"""


def main() -> int:
    """Measure, and write the data and the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=list(BUGS), metavar="NAME", help="measure these bugs only")
    parser.add_argument("--write", action="store_true", help="measure nothing")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    known = read() if DATA.exists() else {}
    if not options.write:
        known |= measure(options.only or BUGS, BEGINNINGS, options.jobs)
    known = {name: known[name] for name in BUGS if name in known}
    DATA.write_text(json.dumps(known, indent=None).replace("]], ", "]],\n") + "\n", encoding="utf-8")
    DOCS.write_text(page(known), encoding="utf-8")
    missed = [name for name, results in known.items() if any(one.count is None for one in results)]
    if missed:
        print(f"not found within {WITHIN} seeds: {', '.join(missed)}", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
