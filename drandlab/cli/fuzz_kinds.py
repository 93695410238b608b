"""What ``drandlab fuzz`` draws from seeds: networks, or chain files. Each kind says how it is run, shrunk and saved."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol, TypeAlias

from drandlab.simulation.checkers.verdict import Verdict
from drandlab.simulation.journal import Journal
from drandlab.typing import Progress

__all__ = ["FoundShortest", "FuzzKind", "Judged", "fuzzed_chains", "fuzzed_networks"]


class Judged(Protocol):
    """What came of the plan of a seed."""

    @property
    def plan(self) -> Any:
        """The plan, with its ``seed``; its text is one line."""

    @property
    def journal(self) -> Journal:
        """What has happened."""

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """What each checker says."""

    @property
    def broken(self) -> tuple[Verdict, ...]:
        """The verdicts that name violations."""

    @property
    def ok(self) -> bool:
        """Whether no rule is broken."""


class FoundShortest(Protocol):
    """The shortest plan found that breaks a rule, and the command that runs it again."""

    @property
    def outcome(self) -> Any:
        """What comes of that plan."""

    @property
    def command(self) -> str:
        """The command."""


Over: TypeAlias = Callable[[range, str, Progress], tuple[int, Judged]]


class FuzzKind(NamedTuple):
    """One kind: ``judge`` runs a seed, ``over`` many of them on a cluster, and returns how many, and the last outcome.

    ``events`` are the lines of a plan's parts, ``runs_saved`` is the command that runs what ``save`` writes, and
    ``everywhere`` stands for what a violation at no node is about.
    """

    judge: Callable[[int], Judged]
    over: Over
    shrink: Callable[[Any, Progress], FoundShortest]
    save: Callable[[Any, Any], str]
    events: Callable[[Any, Any], tuple[str, ...]]
    runs_saved: str
    everywhere: str


def fuzzed_networks(only: tuple[int, ...] | None, nodes: int | None, rounds: int | None) -> FuzzKind:
    """Networks under faults: only some events, fewer nodes, fewer rounds, where that is asked for."""
    from drandlab.simulation.fuzz.plan import text_of
    from drandlab.simulation.fuzz.run import run
    from drandlab.simulation.fuzz.shrink import replayed, saved, shrink

    def over(seeds: range, cluster: str, progress: Progress) -> tuple[int, Judged]:
        from drandlab.analysis.fuzzed_seeds import first_broken

        return first_broken(seeds, cluster, progress)

    def events(outcome: Any, finding: Any) -> tuple[str, ...]:
        return finding.events if finding else tuple(text_of(part) for part in outcome.plan.parts)

    return FuzzKind(
        judge=lambda seed: run(replayed(seed, only, nodes=nodes, rounds=rounds)),
        over=over,
        shrink=shrink,
        save=saved,
        events=events,
        runs_saved="drandlab simulate",
        everywhere="the network",
    )


def fuzzed_chains(only: tuple[int, ...] | None, blocks: int | None) -> FuzzKind:
    """Chain files: only some calls, fewer blocks, where that is asked for."""
    from drandlab.simulation.chain_fuzz.chain_judging import judge_chains
    from drandlab.simulation.chain_fuzz.chain_shrinking import replayed_chains, saved_chains, shrink_chains

    def over(seeds: range, cluster: str, progress: Progress) -> tuple[int, Judged]:
        from drandlab.analysis.fuzzed_seeds import first_broken_chains

        return first_broken_chains(seeds, cluster, progress)

    return FuzzKind(
        judge=lambda seed: judge_chains(replayed_chains(seed, only, blocks=blocks)),
        over=over,
        shrink=shrink_chains,
        save=saved_chains,
        events=lambda outcome, finding: outcome.plan.events,
        runs_saved="drandlab idn",
        everywhere="the chains",
    )
