"""``drandlab fuzz``: random networks under random faults, judged by every checker."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from drandlab.cli.cluster_option import ClusterOption, need_cluster
from drandlab.cli.extras import for_shell
from drandlab.cli.terminal import Json, print_json, progress, screen
from drandlab.errors import LocalError
from drandlab.files import check_writable, written
from drandlab.printable import repr_of
from drandlab.typing import whole_of_text

if TYPE_CHECKING:
    from drandlab.simulation.fuzz.run import JudgedRun
    from drandlab.simulation.fuzz.shrink import Finding

__all__ = ["fuzz"]

LAST_SAVED = 1 << 63
"""Seeds from here on are longer than the whole numbers of a scenario file."""

SHOWN = 3
"""Violations of one rule that people are shown; JSON has more."""


def fuzz(
    seeds: Annotated[
        str, typer.Option(metavar="A:B", help="From seed A up to but not including B; or one seed.")
    ] = "0:100",
    only: Annotated[
        str | None,
        typer.Option(
            metavar="N,N", help="Of a single seed, run only the events with these numbers, or 'none' of them."
        ),
    ] = None,
    nodes: Annotated[int | None, typer.Option(min=3, help="Of a single seed, run with at most so many nodes.")] = None,
    rounds: Annotated[
        int | None, typer.Option(min=1, help="Of a single seed, let the trouble last at most so many rounds.")
    ] = None,
    save: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write what broke a rule there, as a scenario for drandlab simulate."),
    ] = None,
    cluster: ClusterOption = None,
    json: Json = False,
) -> int:
    """Run whole networks under faults, misbehaviour and resharings drawn from seeds.

    Each seed gives a network, its links, and a schedule of crashes, cuts, wrong
    clocks, full and damaged disks, misbehaviour and resharings. At the end all is
    put in order, and the network must catch up with the clock. Checkers judge the
    journal of each run. A single seed shows its schedule and every verdict.

    The first seed that breaks a rule ends the command, with exit code 1. Shown
    are the rule, the shortest schedule found that still breaks it, and the
    command that runs it again. With --only nothing is made shorter. JSON is about
    the shortest schedule, and has the one that was drawn under "whole".

    --save writes the schedule that is shown as a scenario file, which drandlab
    simulate replays to the same journal digest. Where no rule is broken, FILE
    stays as it is.

    With --cluster, the workers of a Dask cluster run the seeds, with the same
    result; a single seed, and what is shrunk, is run here.

    Example: drandlab fuzz --seeds 0:200 --save finding.toml
    """
    from drandlab.simulation.fuzz.run import run
    from drandlab.simulation.fuzz.shrink import replayed, saved, shrink

    need_cluster(cluster)
    first, end = _range(seeds)
    if save is not None:
        check_writable(save)
        if end > LAST_SAVED:
            raise LocalError(f"a file holds seeds below {LAST_SAVED}; leave --save out for {seeds}", argument="save")
    single = end == first + 1
    if not single and not (only is None and nodes is None and rounds is None):
        raise LocalError("only, nodes, rounds: they change the plan of one seed; give it as --seeds N:N+1")
    kept, ran, finding, outcome = _numbers(only), 0, None, None
    with progress("fuzzing") as advance:
        if cluster is not None and not single:
            from drandlab.analysis.fuzzed_seeds import first_broken

            ran, outcome = first_broken(range(first, end), cluster, advance)
        for seed in range(first, end) if outcome is None else ():
            outcome = run(replayed(seed, kept, nodes=nodes, rounds=rounds))
            ran += 1
            advance(ran, end - first)
            if not outcome.ok:
                break
    assert outcome is not None
    if not outcome.ok and only is None:
        with progress(f"shrinking seed {outcome.plan.seed}") as advance:
            finding = shrink(outcome, advance)
    found = _summary((first, end), ran, outcome, finding)
    if save is not None and not outcome.ok:
        with written(save) as file:
            file.write(saved(outcome, finding).encode())
        found["saved"] = str(save)
    if json:
        print_json(found)
    else:
        _show(found, outcome, finding, single=single)
    return 0 if outcome.ok else 1


def _range(text: str) -> tuple[int, int]:
    first, colon, end = text.partition(":")
    begin = whole_of_text(first)
    stop = whole_of_text(end) if colon else None if begin is None else begin + 1
    if begin is None or stop is None:
        raise LocalError(
            f"expected A:B or one seed, whole numbers of at least 0, got {repr_of(text)}", argument="seeds"
        )
    numbers = begin, stop
    if begin >= stop:
        raise LocalError(f"{text} holds no seed; A:B goes from A up to but not including B", argument="seeds")
    return numbers


def _numbers(text: str | None) -> tuple[int, ...] | None:
    if text is None or text == "none":
        return None if text is None else ()
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdecimal() for part in parts):
        raise LocalError(f"expected numbers of events, as in 0,3,7, got {text!r}", argument="only")
    return tuple(map(int, parts))


def _summary(seeds: tuple[int, int], ran: int, outcome: JudgedRun, finding: Finding | None) -> dict[str, Any]:
    found: dict[str, Any] = {"seeds": list(seeds), "ran": ran, "ok": outcome.ok, "violation": None}
    if not outcome.ok:
        shown = finding.outcome if finding else outcome
        found["violation"] = {
            "seed": outcome.plan.seed,
            **_run(shown),
            "events": list(_events(shown, finding)),
            "command": finding.command if finding else None,
            "whole": _run(outcome),
        }
    elif seeds[1] == seeds[0] + 1:
        found["journal_digest"] = outcome.journal.digest()
    return found


def _run(outcome: JudgedRun) -> dict[str, Any]:
    """What is said of one run: of the shortest plan, and of the whole one."""
    return {
        "broken": [{"rule": v.name, "violations": [asdict(w) for w in v.violations]} for v in outcome.broken],
        "network": str(outcome.plan),
        "journal_digest": outcome.journal.digest(),
    }


def _events(outcome: JudgedRun, finding: Finding | None) -> tuple[str, ...]:
    from drandlab.simulation.fuzz.plan import text_of

    return finding.events if finding else tuple(text_of(part) for part in outcome.plan.parts)


def _show(found: dict[str, Any], outcome: JudgedRun, finding: Finding | None, *, single: bool) -> None:
    console = screen()
    shown = finding.outcome if finding else outcome
    if single or not outcome.ok:
        console.print(str(outcome.plan))
    for verdict in outcome.broken:
        console.print(f"seed {outcome.plan.seed} breaks: {verdict.name}", style="red")
        for violation in verdict.violations[:SHOWN]:
            where = "the network" if violation.node is None else f"node {violation.node}"
            console.print(f"  {violation.time:.6f} s, {where}: {violation.what}", soft_wrap=True)
    if finding:
        console.print(f"the shortest plan found that breaks it too: {shown.plan}", soft_wrap=True)
    if single or not outcome.ok:
        for event in _events(shown, finding):
            console.print(f"  {event}", soft_wrap=True)
    if single and outcome.ok:
        for verdict in outcome.verdicts:
            console.print(str(verdict), soft_wrap=True)
        console.print(f"journal     {len(outcome.journal)} events, digest {outcome.journal.digest()}")
    if finding:
        console.print(f"run it again: {finding.command}", soft_wrap=True)
    if "saved" in found:
        console.print(f"saved: drandlab simulate {for_shell(found['saved'])}", soft_wrap=True, markup=False)
    if outcome.ok:
        first, end = found["seeds"]
        what = f"seed {first}" if single else f"{found['ran']} seeds from {first} to {end - 1}"
        console.print(f"{what}: no rule was broken", style="green")
