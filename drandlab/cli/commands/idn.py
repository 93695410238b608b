"""``drandlab idn``: a bridge and its consumer chains from a file, block by block, judged by checkers."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from drandlab.cli.shared_options import JournalOption, check_journal, write_journal
from drandlab.cli.terminal import Json, print_json, progress, screen
from drandlab.errors import LocalError
from drandlab.printable import counted, shown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console

    from drandlab.simulation.chains.chain_scenario import ChainScenario
    from drandlab.simulation.chains.drand_table import HeardChain
    from drandlab.simulation.checkers.verdict import Verdict
    from drandlab.simulation.journal import Journal

__all__ = ["idn"]

SHOWN = 5
"""Violations of one rule that people are shown; JSON has more."""

MOST_ROWS = 200
"""Blocks that people are shown; JSON has all."""


def idn(
    scenario: Annotated[
        str, typer.Argument(metavar="SCENARIO.toml", help="A chain file, or the name of one that --list shows.")
    ] = "",
    blocks: Annotated[
        int | None,
        typer.Option(min=1, max=1_000_000, help="How many blocks to make.", show_default="what the file says"),
    ] = None,
    journal: JournalOption = None,
    list_: Annotated[bool, typer.Option("--list", help="Show the files that come with drandlab.")] = False,
    json: Json = False,
) -> int:
    """Run a bridge and its consumer chains, from a file of calls.

    Block by block: who is the author, which calls run and how they end, what
    the beacon pallet has ingested, and the block's randomness. Subscriptions
    are delivered by XCM through channels to the [[consumer]] chains, whose
    pallet or contracts take the pulses. The same file gives the same journal
    on every machine.

    With ingest = true the collators submit pulses themselves. The table [drand]
    says which: chain = "simulated" (its key comes from seed), "dkg" (nodes = 5
    and threshold = 3 make the key and the pulses), or a real network whose
    beacons come with drandlab (quicknet); first_round is heard in the slot of
    block 1, per_slot = 2 rounds in each slot; missing = [1004] names rounds
    that nobody hears. Unless a call of the file sets the beacon's key, block 0
    has it.

    Besides what the files that --list shows have: [bridge] takes real_limits =
    true (else a block takes every call, however heavy), weigh_proof = true (an
    instruction of a message has 64 KiB of proof, as in production), without = ["paused-pay"] (defects that the
    policy deployed is not to have) and priority = "age"; a [[consumer]] takes
    channel = { capacity, page_size, total_size, delay }, queue = { share,
    pages } (hundredths of a block for messages, and pages of them that may
    wait), not_receiving = [4, 5] (blocks) and checks_pulses = true. Whole
    numbers of TOML end at 2^63 - 1, balances too. docs/chain-files.md has all.

    Exit code 1 when a checker finds a violation, 2 when the file is unusable.

    Example: drandlab idn full-channel --json
    """
    from drandlab.simulation.chains.chain_checks import check_chains
    from drandlab.simulation.chains.chain_report import report_of
    from drandlab.simulation.chains.chain_run import ChainRun
    from drandlab.simulation.chains.chain_scenario import load_chain

    if list_:
        _list(json)
        return 0
    if not scenario:
        raise LocalError("name a TOML file, or one of those that `drandlab idn --list` shows", argument="scenario")
    plan = load_chain(scenario)
    check_journal(journal, scenario)
    run = ChainRun(plan, heard=_heard(plan))
    with progress(f"running {plan.name}") as advance:
        run.run(blocks, advance)
    found, verdicts = report_of(run.journal).to_dict(), check_chains(run.journal)
    write_journal(run.journal, journal)
    digest = run.journal.digest()
    if json:
        checks = [asdict(verdict) | {"ok": verdict.ok} for verdict in verdicts]
        head = {"scenario": plan.name, "about": plan.about}
        print_json({**head, **found, "checks": checks, "journal_digest": digest})
    else:
        _show(plan, found, verdicts, run.journal)
    return 0 if all(verdict.ok for verdict in verdicts) else 1


def _heard(plan: ChainScenario) -> HeardChain | None:
    """What the collators hear, where it is a real network; a simulated one is made by the run itself."""
    from drandlab.curves.choice import resolve
    from drandlab.remote.networks import networks
    from drandlab.remote.tables.shipped_beacons import beacons
    from drandlab.simulation.chains.drand_table import HeardChain

    if plan.drand is None or not plan.drand.is_real:
        return None
    info, real = networks[plan.drand.chain], beacons(plan.drand.chain)
    return HeardChain(plan.drand, resolve(plan.backend), real=real, public_key=info.public_key)


def _list(json: bool) -> None:
    from drandlab.simulation.chains.chain_scenario import load_chain, shipped_chains

    plans = {name: load_chain(name) for name in shipped_chains()}
    if json:
        print_json(
            [
                {"name": name, "about": plan.about, "mode": plan.bridge.mode, "blocks": plan.blocks}
                for name, plan in plans.items()
            ]
        )
        return
    console = screen()
    for name, plan in plans.items():
        console.print(f"{name}  {plan.bridge.mode}, {counted(plan.blocks, 'block')}", style="bold")
        console.print(f"  {plan.about}")


def _show(plan: ChainScenario, found: dict[str, Any], verdicts: Iterable[Verdict], journal: Journal) -> None:
    from drandlab.cli.chain_tables import print_deliveries

    console, bridge = screen(), plan.bridge
    console.print(f"{plan.name}: {plan.about}", style="bold", soft_wrap=True)
    console.print(f"bridge      parachain {bridge.para_id}, {bridge.mode}, collators {', '.join(bridge.collators)}")
    if plan.consumers:
        console.print(f"consumers   {', '.join(str(one.para_id) for one in plan.consumers)}")
    _print_blocks(console, found["blocks"])
    print_deliveries(console, journal, (one.para_id for one in plan.consumers))
    for verdict in verdicts:
        sign, style = ("✓", "green") if verdict.ok else ("✗", "red")
        console.print(f"{sign} {verdict.name}: {verdict.checked} checked", style=style)
        for one in verdict.violations[:SHOWN]:
            console.print(f"    {one.time:.6f}: {one.what}", soft_wrap=True)
    console.print(f"journal     {len(journal)} events, digest {journal.digest()}")


def _print_blocks(console: Console, blocks: list[dict[str, Any]]) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    sends = any(block["messages"] for block in blocks)
    right = ("block", "slot", "next", "sent")
    for name in ("block", "slot", "author", "calls", "ingested", "next", "randomness", *(["sent"] if sends else [])):
        table.add_column(name, justify="right" if name in right else "left", overflow="fold")
    before: dict[str, Any] | None = None
    for block in blocks[:MOST_ROWS]:
        beacon = block["beacon"]
        new = before is None or beacon["random"] != before["random"]
        expected = beacon["next_round"]
        table.add_row(
            *(str(block["number"]), str(block["slot"]), shown(block["author"], 20)),
            "\n".join(map(_call, block["calls"])),
            _ingested(beacon, before) if new else "",
            "" if expected is None else str(expected),
            (beacon["random"] or "")[:16] if new else "",
            *([str(len(block["messages"]) or "")] if sends else []),
        )
        before = beacon
    console.print(table)
    if len(blocks) > MOST_ROWS:
        console.print(f"… and {counted(len(blocks) - MOST_ROWS, 'more block')}; --json has them all")


def _call(call: dict[str, Any]) -> str:
    name = call["call"].partition(".")[2]
    return f"✓ {name}" if call["error"] is None else f"✗ {name}: {call['error']}"


def _ingested(beacon: dict[str, Any], before: dict[str, Any] | None) -> str:
    held = beacon["accumulation"]
    if held is None:
        return ""
    if "start" in held:
        return f"{held['start']} to {held['end']}"
    first = before and before["next_round"]
    return f"up to {beacon['next_round'] - 1}" if first is None else f"{first} to {beacon['next_round'] - 1}"
