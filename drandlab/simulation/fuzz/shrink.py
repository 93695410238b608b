"""From a run that breaks a rule to the shortest one that still does: fewer events, fewer rounds, fewer nodes.

Events are left out by delta debugging: halves first, then smaller and smaller parts, until none can go. A shorter plan
counts as long as one of the same rules is broken.

Source: Zeller, Hildebrandt, "Simplifying and isolating failure-inducing input", IEEE Transactions on Software
Engineering 28 (2002), algorithm ddmin.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from drandlab.simulation.fuzz.draw import draw
from drandlab.simulation.fuzz.plan import Plan, text_of
from drandlab.simulation.fuzz.run import NO_EXCEPTION, JudgedRun, run
from drandlab.typing import Progress

__all__ = ["Finding", "replayed", "saved", "shrink"]

RUNS = 150
"""The most runs for one finding."""

SAID = 3
"""Violations of one rule that a saved file names."""


def replayed(
    seed: int, only: tuple[int, ...] | None = None, *, nodes: int | None = None, rounds: int | None = None
) -> Plan:
    """Return the plan of a seed with only some of its events, fewer nodes or fewer rounds."""
    plan = draw(seed)
    if only is not None:
        plan = plan.only(only)
    return plan.smaller(nodes=nodes, rounds=rounds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A seed that breaks a rule, and the shortest plan of it that was found to break the same.

    ``kept`` are the numbers of the events that are left; ``first`` is what the whole plan did, ``outcome`` what the
    short one does.
    """

    first: JudgedRun
    outcome: JudgedRun
    kept: tuple[int, ...]

    @property
    def seed(self) -> int:
        """The seed."""
        return self.first.plan.seed

    @property
    def events(self) -> tuple[str, ...]:
        """The events that are left, each in one line with its number in the whole plan."""
        parts = self.first.plan.parts
        return tuple(f"{n}: {text_of(parts[n])}" for n in self.kept)

    @property
    def command(self) -> str:
        """The command that runs the short plan again."""
        whole, short = self.first.plan, self.outcome.plan.trouble
        parts = [f"drandlab fuzz --seeds {self.seed}:{self.seed + 1}"]
        if len(self.kept) < len(whole.parts):
            parts.append(f"--only {','.join(map(str, self.kept)) or 'none'}")
        if short.network.nodes < whole.trouble.network.nodes:
            parts.append(f"--nodes {short.network.nodes}")
        if short.rounds < whole.trouble.rounds:
            parts.append(f"--rounds {short.rounds}")
        return " ".join(parts)


def saved(outcome: JudgedRun, finding: Finding | None = None) -> str:
    """Return what broke a rule as a scenario file, which `drandlab simulate` replays to the same journal digest.

    It is the shortest plan of the ``finding``, or the ``outcome`` itself; comments say what broke and how to see it.
    """
    shown = finding.outcome if finding else outcome
    broken = ", ".join(verdict.name for verdict in shown.broken) or "nothing"
    comments = [f"Found by drandlab fuzz with seed {outcome.plan.seed}. What it breaks: {broken}."]
    for verdict in shown.broken:
        for one in verdict.violations[:SAID]:
            where = "the network" if one.node is None else f"node {one.node}"
            comments.append(f"  {verdict.name}, {one.time:.6f} s, {where}: {one.what}")
        if len(verdict.violations) > SAID:
            comments.append(f"  {verdict.name}: and {len(verdict.violations) - SAID} more")
    if finding:
        comments.append(f"The shortest plan found that breaks it, as: {finding.command}")
    if any(verdict.name == NO_EXCEPTION for verdict in shown.broken):
        comments.append("The command below stops with that exception.")
    comments += [
        "To run this file: drandlab simulate FILE",
        f"Journal digest: {shown.journal.digest()}",
        "",
    ]
    return shown.scenario.to_toml(comments)


class _Search:
    def __init__(self, first: JudgedRun, progress: Progress) -> None:
        self.first, self.best, self.runs = first, first, 0
        self.names = {verdict.name for verdict in first.broken}
        trouble = first.plan.trouble
        self.kept = tuple(range(len(first.plan.parts)))
        self.nodes, self.rounds = trouble.network.nodes, trouble.rounds
        self.progress = progress

    def still(self, kept: tuple[int, ...], nodes: int, rounds: int) -> bool:
        """Run a shorter plan; whether it breaks one of the same rules, and so becomes the best."""
        if self.runs >= RUNS:
            return False
        self.runs += 1
        self.progress(self.runs, RUNS)
        outcome = run(self.first.plan.only(kept).smaller(nodes=nodes, rounds=rounds))
        if self.names.isdisjoint(verdict.name for verdict in outcome.broken):
            return False
        self.best, self.kept, self.nodes, self.rounds = outcome, kept, nodes, rounds
        return True

    def drop_events(self) -> None:
        parts = 2
        while self.kept:
            size = -(-len(self.kept) // parts)
            chunks = [self.kept[i : i + size] for i in range(0, len(self.kept), size)]
            for chunk in chunks:
                rest = tuple(n for n in self.kept if n not in chunk)
                if self.still(rest, self.nodes, self.rounds):
                    parts = max(2, parts - 1)
                    break
            else:
                if size == 1 or self.runs >= RUNS:
                    return
                parts = min(len(self.kept), 2 * parts)

    def lower(self, least: int, attempt: Callable[[int], bool], now: Callable[[], int]) -> None:
        """Lower a number as far as it goes, by halving first."""
        step = max(1, (now() - least) // 2)
        while now() > least and step:
            if not attempt(max(least, now() - step)):
                step //= 2


def shrink(first: JudgedRun, progress: Progress = lambda done, total: None) -> Finding:
    """Return the shortest plan found in `RUNS` runs that breaks one of the rules that ``first`` broke."""
    search = _Search(first, progress)
    search.drop_events()
    search.lower(1, lambda rounds: search.still(search.kept, search.nodes, rounds), lambda: search.rounds)
    search.lower(3, lambda nodes: search.still(search.kept, nodes, search.rounds), lambda: search.nodes)
    search.drop_events()
    return Finding(first=first, outcome=search.best, kept=search.kept)
