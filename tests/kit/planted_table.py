"""Measures in how many seeds the fuzz finds each planted bug, and writes ``docs/planted-bugs.md``.

``python tests/kit/planted_table.py`` measures from several first seeds (``make planted``); ``--only NAME ...`` measures
some bugs anew and leaves the others as they were; ``--missing`` goes on where a measurement was ended; ``--write``
measures nothing and writes the page anew.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import NamedTuple

from planted import BUGS, KNOWN, WITHIN, Bug
from planted_chains import CHAIN_BUGS, first_found
from planted_chains import WITHIN as WITHIN_CHAINS

from drandlab.simulation.fuzz.draw import BRIDGED_EVERY, draw
from drandlab.simulation.fuzz.run import run

__all__ = ["BEGINNINGS", "CHAIN_DATA", "DOCS", "Found", "find", "measure", "page", "read"]

ROOT = Path(__file__).parents[2]
DOCS, DATA = ROOT / "docs" / "planted-bugs.md", ROOT / "tests" / "data" / "planted-bugs.json"
CHAIN_DATA = DATA.with_name("planted-chains.json")

BEGINNINGS = (0, 100_000, 200_000)
"""First seeds: each bug must be found from every one of them."""


class Found(NamedTuple):
    """What a search has found: from seed ``begin`` on it took ``count`` seeds (None: too many), and ``rules`` told."""

    begin: int
    count: int | None
    rules: tuple[str, ...]

    def seed(self, bug: Bug) -> int:
        """Return the seed that found the bug."""
        return bug.seed(self.begin, (self.count or 1) - 1)


def find(name: str, begin: int) -> Found:
    """Look for a bug from ``begin`` on, until a checker tells or too many seeds have passed."""
    if name in CHAIN_BUGS:
        found = first_found(CHAIN_BUGS[name], begin)
        told = () if found is None else tuple(verdict.name for verdict in found[1].broken)
        return Found(begin, None if found is None else found[0], told)
    bug = BUGS[name]
    with bug.planted():
        for count in range(1, WITHIN + 1):
            if broken := [verdict.name for verdict in run(draw(bug.seed(begin, count - 1))).broken]:
                return Found(begin, count, tuple(broken))
    return Found(begin, None, ())


def measure(wanted: Iterable[tuple[str, int]], jobs: int, keep: Callable[[str, Found], None]) -> None:
    """Find bugs, each from a first seed, and ``keep`` what is found as it comes."""
    with ProcessPoolExecutor(jobs) as pool:
        waiting = {pool.submit(find, name, begin): name for name, begin in wanted}
        for future in as_completed(waiting):
            name, found = waiting[future], future.result()
            print(f"{name} from {found.begin}: {found.count or 'not found'} ({', '.join(found.rules)})", flush=True)
            keep(name, found)


def read(data: Path = DATA) -> dict[str, list[Found]]:
    """Return what was measured last; ``data`` holds the figures of networks, `CHAIN_DATA` those of chain files."""
    saved = json.loads(data.read_text(encoding="utf-8")) if data.exists() else {}
    return {
        name: [Found(begin, count, tuple(rules)) for begin, count, rules in results] for name, results in saved.items()
    }


def write(measured: Mapping[str, list[Found]]) -> None:
    """Write the data and the page."""
    for data, bugs in ((DATA, BUGS), (CHAIN_DATA, CHAIN_BUGS)):
        lines = [f"{json.dumps(name)}: {json.dumps(measured[name])}" for name in bugs if name in measured]
        data.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    DOCS.write_text(page(read(), read(CHAIN_DATA)), encoding="utf-8")


def row(name: str, results: list[Found]) -> str:
    """Return one row of the table."""
    counts = [one.count for one in results if one.count is not None]
    missed = len(counts) < len(results)
    within, about = (WITHIN, BUGS[name].about) if name in BUGS else (WITHIN_CHAINS, CHAIN_BUGS[name].about)
    median, most = ("not found", f"over {within}") if missed else (f"{statistics.median(counts):g}", str(max(counts)))
    rules = Counter(rule for one in results for rule in one.rules)
    told = ", ".join(sorted(rules, key=lambda rule: (-rules[rule], rule)))
    return f"| `{name}` | {about} | {len(results)} | {median} | {most} | {told} |"


def chain_row(name: str, results: list[Found]) -> str:
    """Return one row of the table of chain files, with the seeds that each search has taken."""
    counts = " | ".join(f"over {WITHIN_CHAINS}" if one.count is None else str(one.count) for one in results)
    told = ", ".join(sorted({rule for one in results for rule in one.rules}))
    return f"| `{name}` | {CHAIN_BUGS[name].about} | {counts} | {told} |"


def page(measured: Mapping[str, list[Found]], chains: Mapping[str, list[Found]]) -> str:
    """Return the page of the documentation: bugs of nodes and bridges, and those of ``chains`` from a file."""
    return _of_networks(measured) + _of_chains(chains)


def _of_chains(measured: Mapping[str, list[Found]]) -> str:
    rows = "\n".join(chain_row(name, results) for name, results in measured.items())
    begins = " | ".join(f"from {begin:,}" for begin in BEGINNINGS)
    return f"""
## Chain files

The same for `drandlab fuzz --chains`: {len(measured)} bugs of subscriptions, messages and channels, each of which must
be found within {WITHIN_CHAINS} seeds. The table has the seeds that each search has taken, and the checkers that told.
The rules stand in `drandlab.simulation.chains.chain_checks` and in the room `drandlab/simulation/chain_fuzz/`, the bugs
in `tests/kit/planted_chains.py`; `tests/simulation/chain_fuzz/test_chain_judging.py` finds each once more.

| bug | what it does | {begins} | which checkers |
| --- | --- |{" ---: |" * len(BEGINNINGS)} --- |
{rows}
"""


def _of_networks(measured: Mapping[str, list[Found]]) -> str:
    begins = sorted({one.begin for results in measured.values() for one in results})
    rows = "\n".join(row(name, results) for name, results in measured.items())
    rare = ", ".join(f"`{name}` (seed {seed})" for name, seed in KNOWN.items() if name not in measured)
    note = f"\nNot measured yet, found by the seed that is named: {rare}.\n" if rare else ""
    return f"""# Planted bugs

What the fuzz sees: {len(measured)} bugs, each planted in every node of a run, and how many seeds it takes until a
checker tells. Each was searched from each of the seeds {", ".join(map(str, begins))} on, and must be found within
{WITHIN}; the table has the median and the most of these searches, and the checkers that told, the most frequent first.
Bugs of a bridge (the last rows) are searched in seeds with a bridge, one in {BRIDGED_EVERY}, and only these count.
`drandlab.simulation.checkers.judges` says what each checker judges; the bugs stand in `tests/kit/planted.py`.

`make planted` measures all of this anew and writes this page. `tests/simulation/fuzz/test_planted.py` finds each bug
once, by a seed that is known to find it.

| bug | what it does | searches | median | most | which checkers |
| --- | --- | ---: | ---: | ---: | --- |
{rows}
{note}"""


def main() -> int:
    """Measure, and write the data and the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--only", nargs="+", choices=[*BUGS, *CHAIN_BUGS], metavar="NAME", help="measure these bugs only"
    )
    parser.add_argument("--from", nargs="+", type=int, default=BEGINNINGS, dest="beginnings", metavar="SEED")
    parser.add_argument("--missing", action="store_true", help="measure what was not measured yet")
    parser.add_argument("--write", action="store_true", help="measure nothing")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    names = [*BUGS, *CHAIN_BUGS]
    known = {name: found for name, found in (read() | read(CHAIN_DATA)).items() if name in names}

    def keep(name: str, found: Found) -> None:
        others = [one for one in known.get(name, []) if one.begin != found.begin]
        known[name] = sorted([*others, found], key=lambda one: one.begin)
        write(known)

    if not options.write:
        done = {(name, one.begin) for name, found in known.items() for one in found} if options.missing else set()
        wanted = [(name, begin) for begin in options.beginnings for name in options.only or names]
        measure([one for one in wanted if one not in done], options.jobs, keep)
    write(known)
    missed = [name for name, results in known.items() if any(one.count is None for one in results)]
    if missed:
        print(f"not found within the seeds that it may take: {', '.join(missed)}", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
