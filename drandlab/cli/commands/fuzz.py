"""``drandlab fuzz``: networks under faults, or chain files, drawn from seeds and judged by every checker."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from drandlab.cli.extras import for_shell
from drandlab.cli.shared_options import ClusterOption, need_cluster
from drandlab.cli.terminal import Json, print_json, progress, screen
from drandlab.errors import LocalError
from drandlab.files import check_writable, written
from drandlab.printable import repr_of
from drandlab.typing import whole_of_text

if TYPE_CHECKING:
    from drandlab.cli.fuzz_kinds import FoundShortest, FuzzKind, Judged

__all__ = ["fuzz"]

LAST_SAVED = 1 << 63
"""Seeds from here on are longer than the whole numbers of a scenario file."""

SHOWN = 3
"""Violations of one rule that people are shown; JSON has more."""


def fuzz(
    seeds: Annotated[
        str, typer.Option(metavar="A:B", help="From seed A up to but not including B; or one seed.")
    ] = "0:100",
    chains: Annotated[
        bool, typer.Option("--chains", help="Draw chain files, a bridge and its consumers, in the place of networks.")
    ] = False,
    only: Annotated[
        str | None,
        typer.Option(
            metavar="N,N",
            help="Of a single seed, run only the events (or calls) with these numbers, or 'none' of them.",
        ),
    ] = None,
    nodes: Annotated[int | None, typer.Option(min=3, help="Of a single seed, run with at most so many nodes.")] = None,
    rounds: Annotated[
        int | None, typer.Option(min=1, help="Of a single seed, let the trouble last at most so many rounds.")
    ] = None,
    blocks: Annotated[
        int | None, typer.Option(min=1, help="Of a single seed of --chains, make at most so many blocks.")
    ] = None,
    save: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Write what broke a rule there, for drandlab simulate (of chains: drandlab idn)."
        ),
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

    With --chains each seed gives a chain file: a bridge, its consumer chains, and
    calls that make, change and end subscriptions, with poor accounts, narrow
    channels and slow or deaf receivers. Tokens, credits and messages must be
    conserved, and every delivery be due. All the rest is the same; what --save
    writes is run by drandlab idn, which knows some of the rules only.

    With --cluster, the workers of a Dask cluster run the seeds, with the same
    result; a single seed, and what is shrunk, is run here.

    Example: drandlab fuzz --seeds 0:200 --save finding.toml
    """
    need_cluster(cluster)
    first, end = _range(seeds)
    if save is not None:
        check_writable(save)
        if end > LAST_SAVED and not chains:
            raise LocalError(f"a file holds seeds below {LAST_SAVED}; leave --save out for {seeds}", argument="save")
    single = end == first + 1
    kind = _kind(chains, single, _numbers(only), nodes, rounds, blocks)
    ran, finding, outcome = 0, None, None
    with progress("fuzzing") as advance:
        if cluster is not None and not single:
            ran, outcome = kind.over(range(first, end), cluster, advance)
        for seed in range(first, end) if outcome is None else ():
            outcome = kind.judge(seed)
            ran += 1
            advance(ran, end - first)
            if not outcome.ok:
                break
    assert outcome is not None
    if not outcome.ok and only is None:
        with progress(f"shrinking seed {outcome.plan.seed}") as advance:
            finding = kind.shrink(outcome, advance)
    found = _summary(kind, (first, end), ran, outcome, finding)
    if save is not None and not outcome.ok:
        with written(save) as file:
            file.write(kind.save(outcome, finding).encode())
        found["saved"] = str(save)
    if json:
        print_json(found)
    else:
        _show(kind, found, outcome, finding, single=single)
    return 0 if outcome.ok else 1


def _kind(
    chains: bool,
    single: bool,
    only: tuple[int, ...] | None,
    nodes: int | None,
    rounds: int | None,
    blocks: int | None,
) -> FuzzKind:
    """What is drawn; raises `LocalError` for options that the other kind has, or that are about one seed."""
    from drandlab.cli.fuzz_kinds import fuzzed_chains, fuzzed_networks

    if chains and not (nodes is None and rounds is None):
        raise LocalError("nodes, rounds: they are about networks; a chain file is made shorter with --blocks")
    if not chains and blocks is not None:
        raise LocalError("it is about chain files, which --chains draws", argument="blocks")
    if not single and not (only is None and nodes is None and rounds is None and blocks is None):
        names = "only, blocks" if chains else "only, nodes, rounds"
        raise LocalError(f"{names}: they change the plan of one seed; give it as --seeds N:N+1")
    return fuzzed_chains(only, blocks) if chains else fuzzed_networks(only, nodes, rounds)


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
    numbers = [whole_of_text(part.strip()) for part in text.split(",")]
    if None in numbers:
        raise LocalError(f"expected numbers of events, as in 0,3,7, got {repr_of(text)}", argument="only")
    return tuple(number for number in numbers if number is not None)


def _summary(
    kind: FuzzKind, seeds: tuple[int, int], ran: int, outcome: Judged, finding: FoundShortest | None
) -> dict[str, Any]:
    found: dict[str, Any] = {"seeds": list(seeds), "ran": ran, "ok": outcome.ok, "violation": None}
    if not outcome.ok:
        shown = finding.outcome if finding else outcome
        found["violation"] = {
            "seed": outcome.plan.seed,
            **_run(shown),
            "events": list(kind.events(shown, finding)),
            "command": finding.command if finding else None,
            "whole": _run(outcome),
        }
    elif seeds[1] == seeds[0] + 1:
        found["journal_digest"] = outcome.journal.digest()
    return found


def _run(outcome: Judged) -> dict[str, Any]:
    """What is said of one run: of the shortest plan, and of the whole one."""
    return {
        "broken": [{"rule": v.name, "violations": [asdict(w) for w in v.violations]} for v in outcome.broken],
        "network": str(outcome.plan),
        "journal_digest": outcome.journal.digest(),
    }


def _show(
    kind: FuzzKind, found: dict[str, Any], outcome: Judged, finding: FoundShortest | None, *, single: bool
) -> None:
    console = screen()
    shown = finding.outcome if finding else outcome
    if single or not outcome.ok:
        console.print(str(outcome.plan))
    for verdict in outcome.broken:
        console.print(f"seed {outcome.plan.seed} breaks: {verdict.name}", style="red")
        for violation in verdict.violations[:SHOWN]:
            where = kind.everywhere if violation.node is None else f"node {violation.node}"
            console.print(f"  {violation.time:.6f} s, {where}: {violation.what}", soft_wrap=True)
    if finding:
        console.print(f"the shortest plan found that breaks it too: {shown.plan}", soft_wrap=True)
    if single or not outcome.ok:
        for event in kind.events(shown, finding):
            console.print(f"  {event}", soft_wrap=True, markup=False)
    if single and outcome.ok:
        for verdict in outcome.verdicts:
            console.print(str(verdict), soft_wrap=True)
        console.print(f"journal     {len(outcome.journal)} events, digest {outcome.journal.digest()}")
    if finding:
        console.print(f"run it again: {finding.command}", soft_wrap=True)
    if "saved" in found:
        console.print(f"saved: {kind.runs_saved} {for_shell(found['saved'])}", soft_wrap=True, markup=False)
    if outcome.ok:
        first, end = found["seeds"]
        what = f"seed {first}" if single else f"{found['ran']} seeds from {first} to {end - 1}"
        console.print(f"{what}: no rule was broken", style="green")
