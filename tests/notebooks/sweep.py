"""Every notebook under many parameters: ``make sweep`` runs a few hundred sets, the tests a dozen.

    python tests/notebooks/sweep.py [--sets 300] [--seed 1] [--only 06] [--jobs 2] [--report build/sweep.jsonl]

The sets are: the defaults; each parameter alone at both ends of its range, or at each of its choices; and random ones,
of which some hold a value that is not allowed. A set must *pass*, or be *refused* by the cell that checks the
parameters, in one sentence; an allowed one must pass. Each runs in a process of its own that may use 60 seconds of
processor time.

The report has one line for each set. Started again with the same report, the sweep goes on where it ended.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import multiprocessing
import resource
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from drandlab.errors import LocalError
from drandlab.teach.notebooks import declared, read_notebook
from drandlab.teach.parameters import Parameter, check_all

FOLDER = Path(__file__).parents[2] / "notebooks"
SECONDS = 60
TEXTS = ("", "a", "tirage à midi ✓", "x" * 200, 'quote " and \\ and {brace}')


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a set (``passed``, ``refused``, ``failed``, ``over time``), why, and its seconds of processor."""

    state: str
    said: str = ""
    seconds: float = 0.0


def inside(parameter: Parameter, whole: dict[str, Any], rng: Random) -> Any:
    """Draw a value that is allowed beside those in ``whole``; the ends of a range come often."""
    if parameter.choices:
        return rng.choice(parameter.choices)
    if parameter.limits:
        low, high = parameter.limits.of(whole)
        drawn = rng.choice((low, high, rng.randint(int(low), int(high)), rng.randint(int(low), int(high))))
        return type(parameter.default)(drawn)
    if parameter.kind == "str":
        return rng.choice(TEXTS)
    if parameter.kind == "bool":
        return rng.random() < 0.5
    return parameter.default


def outside(parameter: Parameter, whole: dict[str, Any], rng: Random) -> Any:
    """Draw a value that is not allowed, or not of the type."""
    if parameter.limits:
        low, high = parameter.limits.of(whole)
        return rng.choice((low - 1, high + 1, 2 * high + 3, -low - 1, 1.5, "7", None, True))
    return rng.choice(("rot13", 7)) if parameter.choices else 7


def drawn(parameters: list[Parameter], rng: Random) -> dict[str, Any]:
    """Draw values for all parameters: first those that others are reckoned from."""
    whole: dict[str, Any] = {}
    order = sorted(parameters, key=lambda parameter: bool(parameter.limits and parameter.limits.names))
    for parameter in order:
        whole[parameter.name] = inside(parameter, whole, rng)
    if rng.random() < 0.15:
        spoilt = rng.choice(parameters)
        whole[spoilt.name] = outside(spoilt, whole, rng)
    return whole


def ends(parameters: list[Parameter]) -> Iterator[dict[str, Any]]:
    """Yield the defaults, then each parameter alone at the ends of what it may be."""
    whole = {parameter.name: parameter.default for parameter in parameters}
    yield {}
    for parameter in parameters:
        values = parameter.choices or (parameter.limits.of(whole) if parameter.limits else ())
        yield from ({parameter.name: value} for value in values if value != parameter.default)


def sets(paths: list[Path], number: int, seed: int) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Yield ``number`` sets or more: the ends first, then random ones in turn."""
    count = 0
    parameters = {path: declared(path) for path in paths}
    for path in paths:
        for values in ends(parameters[path]):
            count += 1
            yield path, values
    while count < number:
        for path in paths:
            yield path, drawn(parameters[path], Random(f"{seed} {path.stem} {count}"))
            count += 1


def execute(path: Path, values: dict[str, Any], answer: Any) -> None:
    """Run the cells as a kernel does, in this process, and send the outcome."""
    from IPython.core.interactiveshell import InteractiveShell

    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 5))
    shell = InteractiveShell.instance()
    begin = time.process_time()
    state, said = "passed", ""
    cells = [cell for cell in read_notebook(path)["cells"] if cell["cell_type"] == "code"]
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        for number, cell in enumerate(cells, start=1):
            result = shell.run_cell("".join(cell["source"]))
            error = result.error_before_exec or result.error_in_exec
            if error is not None:
                refused = number == 2 and isinstance(error, LocalError) and "\n" not in str(error)
                state = "refused" if refused else "failed"
                said = str(error) if refused else f"cell {number}: {type(error).__name__}: {error}"
                break
            if number == 1:
                shell.user_ns.update(values)
    answer.send((state, said, time.process_time() - begin))


def outcome_of(path: Path, values: dict[str, Any]) -> Outcome:
    """Run a notebook with these parameters in a process of its own."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(
        ["IPython.core.interactiveshell", "drandlab.viz.charts.basic", "drandlab.widgets", "sympy"]
    )
    mine, theirs = context.Pipe(duplex=False)
    process = context.Process(target=execute, args=(path, values, theirs))
    process.start()
    theirs.close()
    try:
        ended = mine.poll(20 * SECONDS)
        state, said, seconds = mine.recv() if ended else ("over time", "it hangs", 0.0)
    except EOFError:
        process.join(30)
        state, said, seconds = "over time", f"more than {SECONDS} s, exit code {process.exitcode}", float(SECONDS)
    finally:
        process.kill()
        process.join()
        mine.close()
    return judged(path, values, Outcome(state, said, seconds))


def judged(path: Path, values: dict[str, Any], outcome: Outcome) -> Outcome:
    """An allowed set that was refused has failed, and so has a forbidden one that passed."""
    try:
        check_all(declared(path), values)
        allowed = True
    except LocalError:
        allowed = False
    if outcome.state == "refused" and allowed:
        return Outcome("failed", f"refused, though it is allowed: {outcome.said}", outcome.seconds)
    if outcome.state == "passed" and not allowed:
        return Outcome("failed", "passed, though it is not allowed", outcome.seconds)
    return outcome


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="every notebook under many parameters")
    parser.add_argument("--sets", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", action="append", default=[], metavar="NAME")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--report", type=Path, default=Path("build/sweep.jsonl"))
    options = parser.parse_args(arguments)
    paths = sorted(FOLDER.glob("[0-9]*.ipynb"))
    if options.only:
        paths = [path for path in paths if any(path.stem.startswith(name) for name in options.only)]
    options.report.parent.mkdir(parents=True, exist_ok=True)
    done: dict[str, str] = {}
    if options.report.exists():
        for row in map(json.loads, options.report.read_text(encoding="utf-8").splitlines()):
            done[json.dumps([row["notebook"], row["parameters"]], sort_keys=True)] = row["state"]
    wanted = {
        json.dumps([path.stem, values], sort_keys=True): (path, values)
        for path, values in sets(paths, options.sets, options.seed)
    }
    todo = [key for key in wanted if key not in done]
    print(f"{len(wanted)} sets, {len(wanted) - len(todo)} of them in {options.report} already", flush=True)
    with ThreadPoolExecutor(options.jobs) as pool, options.report.open("a", encoding="utf-8") as report:
        running = {pool.submit(outcome_of, *wanted[key]): key for key in todo}
        for ended in as_completed(running):
            key, outcome = running[ended], ended.result()
            path, values = wanted[key]
            done[key] = outcome.state
            row = {"notebook": path.stem, "parameters": values, "state": outcome.state}
            row |= {"said": outcome.said, "seconds": round(outcome.seconds, 1)}
            report.write(json.dumps(row, ensure_ascii=False) + "\n")
            report.flush()
            if outcome.state not in ("passed", "refused"):
                print(f"{outcome.state}: {path.stem} {values}: {outcome.said}", flush=True)
    counts = Counter(done[key] for key in wanted)
    print(", ".join(f"{count} {state}" for state, count in sorted(counts.items())))
    return 1 if set(counts) - {"passed", "refused"} else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
