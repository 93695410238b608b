"""``drandlab simulate``: a network from a scenario file, in virtual time, judged by every checker."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from drandlab.cli.shared_options import JournalOption, check_journal, write_journal
from drandlab.cli.terminal import Json, note, print_json, progress, screen
from drandlab.errors import LocalError, ProtocolAborted
from drandlab.printable import shown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.table import Table

    from drandlab.simulation.checkers.verdict import Verdict
    from drandlab.simulation.reading.bridge.bridge_story import BridgeStory, Quantiles
    from drandlab.simulation.reading.orbit import SatelliteStory
    from drandlab.simulation.reading.summary import Latencies, Summary
    from drandlab.simulation.scenario.scenario import Scenario

__all__ = ["simulate"]

SHOWN = 5
"""Violations of one rule that people are shown; JSON has more."""


def simulate(
    scenario: Annotated[
        str, typer.Argument(metavar="SCENARIO.toml", help="A scenario file, or the name of one that --list shows.")
    ] = "",
    rounds: Annotated[
        int | None, typer.Option(min=1, help="How many rounds to run.", show_default="what the scenario says")
    ] = None,
    seed: Annotated[
        str | None, typer.Option(help="Everything random comes from it.", show_default="what the scenario says")
    ] = None,
    backend: Annotated[
        str | None, typer.Option(help="blst, py_ecc or glass.", show_default="what the scenario says")
    ] = None,
    journal: JournalOption = None,
    list_: Annotated[bool, typer.Option("--list", help="Show the scenarios that come with drandlab.")] = False,
    json: Json = False,
) -> int:
    """Run a whole network in virtual time, as a scenario file says.

    Set-up, key generation, beacons, faults and resharing; the same scenario and
    seed give the same journal on every machine. Shown are the rounds, what each
    node did, how late beacons were, and what the checkers find in the journal.

    With [orbit] in the scenario some nodes fly on satellites, and are in reach
    only while a ground station sees them. With [gossip] the beacons go over a
    gossip network, with [bridge] collators bring them on a chain of their own.

    Exit code 1 when a checker finds a violation, or no key comes about; 2 when
    the scenario is unusable.

    Example: drandlab simulate league-of-entropy --rounds 10 --journal run.jsonl
    """
    from drandlab.simulation.checkers.judges import check_all
    from drandlab.simulation.reading.bridge.bridge_story import bridge_of
    from drandlab.simulation.reading.orbit import satellites_of
    from drandlab.simulation.reading.summary import summarize
    from drandlab.simulation.scenario.scenario import load

    if list_:
        _list(json)
        return 0
    if not scenario:
        raise LocalError("name a TOML file, or one of those that `drandlab simulate --list` shows", argument="scenario")
    plan = load(scenario)
    check_journal(journal, scenario)
    rounds = plan.rounds if rounds is None else rounds
    plan.check_orbit(rounds)
    with progress(f"simulating {plan.name}") as advance:
        net = plan.build(seed=seed, backend=backend)
        try:
            net.run(rounds=0)
            plan.arrange(net)
            net.run(rounds=rounds, progress=advance)
        except ProtocolAborted:
            # a set-up that comes to nothing is the whole answer, unless a rule was broken in it
            if all(verdict.ok for verdict in check_all(net.journal)):
                raise
    for sentence in plan.orbit.old_sets(net.now) if plan.orbit is not None else ():
        note(f"drandlab: {sentence}")
    found, verdicts = summarize(net.journal, net.now), check_all(net.journal)
    flown = satellites_of(net.journal, net.now) if plan.orbit is not None else None
    # a set-up that came to nothing had no bridge
    bridged = bridge_of(net.journal, net.now) if net.journal.entries("bridge") else None
    write_journal(net.journal, journal)
    if json:
        print_json(_as_json(plan, found, verdicts, flown, bridged))
    else:
        _show(plan, found, verdicts, flown, bridged, len(net.journal))
    return 0 if all(verdict.ok for verdict in verdicts) else 1


def _list(json: bool) -> None:
    from drandlab.simulation.scenario.scenario import load, shipped_scenarios

    plans = {name: load(name) for name in shipped_scenarios()}
    if json:
        print_json(
            [
                {"name": name, "about": p.about, "nodes": p.network.nodes, "rounds": p.rounds}
                for name, p in plans.items()
            ]
        )
        return
    console = screen()
    for name, plan in plans.items():
        console.print(f"{name}  {plan.network.nodes} nodes, {plan.rounds} rounds", style="bold")
        console.print(f"  {plan.about}")


def _as_json(
    plan: Scenario,
    found: Summary,
    verdicts: Iterable[Verdict],
    flown: list[SatelliteStory] | None,
    bridged: BridgeStory | None,
) -> dict[str, Any]:
    summary = found.to_dict()
    digest = summary.pop("journal_digest")
    checks = [asdict(verdict) | {"ok": verdict.ok} for verdict in verdicts]
    orbit = {} if flown is None else {"orbit": {"satellites": [one.to_dict() for one in flown]}}
    beside = orbit if bridged is None else orbit | {"bridge": bridged.to_dict()}
    return {"scenario": plan.name, "about": plan.about, **summary, **beside, "checks": checks, "journal_digest": digest}


def _show(
    plan: Scenario,
    found: Summary,
    verdicts: Iterable[Verdict],
    flown: Iterable[SatelliteStory] | None,
    bridged: BridgeStory | None,
    events: int,
) -> None:
    from rich.table import Table

    console = screen()
    network = found.network
    console.print(f"{plan.name}: {plan.about}", style="bold", soft_wrap=True)
    console.print(f"network     {network['nodes']} nodes, threshold {network['threshold']}, {network['scheme']}")
    console.print(f"chain       {found.info.chain_hash.hex() if found.info else 'none'}")
    console.print(f"rounds      {found.rounds} made of {found.due} due, the last is {found.last or 'none'}")
    console.print(f"latency     first stored {_spread(found.latency_first)}; anywhere {_spread(found.latency_stored)}")
    if found.halted >= found.network["period"]:
        console.print(f"halted      {found.halted:g} s between two new beacons, beyond the period")
    table = Table(box=None, pad_edge=False)
    for name in ("node", "signed", "partials", "sync", "repair", "refused", "was refused", "down", "median", "worst"):
        table.add_column(name, justify="right")
    for node in found.nodes:
        table.add_row(
            *(str(node.node), "–" if node.signed is None else str(node.signed)),
            *(str(node.stored[by]) for by in ("partials", "sync", "repair")),
            *(str(node.refused), str(node.was_refused), f"{node.down:g} s" if node.down else ""),
            *(_seconds(node.latency.median), _seconds(node.latency.max)),
        )
    console.print(table)
    if flown is not None:
        console.print(_satellites(flown))
    if bridged is not None:
        for line in _bridge_lines(bridged):
            console.print(line)
        console.print(_collators(bridged))
    for verdict in verdicts:
        said = f"skipped, {verdict.skipped}" if verdict.skipped else f"{verdict.checked} checked"
        sign, style = ("–", "dim") if verdict.skipped else ("✓", "green") if verdict.ok else ("✗", "red")
        console.print(f"{sign} {verdict.name}: {said}", style=style)
        for one in verdict.violations[:SHOWN]:
            where = "the network" if one.node is None else f"node {one.node}"
            console.print(f"    {one.time:.6f}, {where}: {one.what}", soft_wrap=True)
        if len(verdict.violations) > SHOWN:
            console.print(f"    and {len(verdict.violations) - SHOWN} more")
    console.print(f"journal     {events} events, digest {found.journal_digest}")


def _satellites(flown: Iterable[SatelliteStory]) -> Table:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    columns = (
        "node",
        "satellite",
        "passes",
        "in sight",
        "",
        "longest gap",
        "signed",
        "in time",
        "first t",
        "participation",
    )
    for name in columns:
        table.add_column(name, justify="left" if name == "satellite" else "right")
    for one in flown:
        row = one.to_dict()
        table.add_row(
            *(str(one.node), shown(one.name, 40), str(row["passes"])),
            *(f"{one.contact_s:.0f} s", f"{100 * one.contact_share:.2f} %", f"{one.longest_gap_s:.0f} s"),
            *(str(row["signed"]), str(row["in_time"]), str(row["first_t"]), f"{100 * one.participation:.2f} %"),
        )
    return table


def _bridge_lines(bridged: BridgeStory) -> Iterable[str]:
    """What is said of a bridge before the table of its collators."""
    yield f"bridge      {bridged.mode}, {bridged.blocks} final blocks in {bridged.slots} slots, {bridged.missed} empty"
    if bridged.last is None:
        yield "ingested    no round"
        return
    yield f"ingested    {bridged.ingested} rounds from {bridged.first} to {bridged.last}, {bridged.skipped} skipped"
    for error, times in sorted(bridged.failed.items()):
        yield f"            {error}: {times} times"
    yield f"delay       to the block {_marks(bridged.to_block)}; until it is final {_marks(bridged.to_final)}"
    yield f"observer    keeps {bridged.observer_bytes} bytes; the signatures take {bridged.beacon_bytes}"


def _marks(found: Quantiles) -> str:
    if not found.count:
        return "none"
    return f"{found.marks[50]:.3f} s (median), {found.marks[95]:.3f} s (95 %), {found.marks[100]:.3f} s (worst)"


def _collators(bridged: BridgeStory) -> Table:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for name in ("collator", "blocks", "empty slots", "final", "crashes", "down", "misbehaved"):
        table.add_column(name, justify="right")
    for one in bridged.collators:
        table.add_row(
            *(str(one.collator), str(one.authored), str(one.missed), str(one.finalised), str(one.crashes)),
            *(f"{one.down:g} s" if one.down else "", "yes" if one.misbehaved else ""),
        )
    return table


def _seconds(value: float | None) -> str:
    return "" if value is None else f"{value:.3f} s"


def _spread(latency: Latencies) -> str:
    if latency.median is None:
        return "nowhere"
    return f"{_seconds(latency.median)} (median), {_seconds(latency.p95)} (95 %), {_seconds(latency.max)} (worst)"
