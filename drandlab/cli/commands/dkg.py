"""``drandlab dkg``: one distributed key generation in this process, optionally with misbehaving nodes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from drandlab.cli.terminal import Json, print_json, screen
from drandlab.errors import PeerError

if TYPE_CHECKING:
    from drandlab.simulation.keygen.run import Run

__all__ = ["dkg", "summary"]


def dkg(
    nodes: Annotated[int, typer.Option("--nodes", "-n", help="Number of nodes.")] = 5,
    threshold: Annotated[
        int | None,
        typer.Option("--threshold", "-t", help="Number of shares that give the key; the smallest safe one by default."),
    ] = None,
    scheme: Annotated[str, typer.Option(help="The scheme, by its production name.")] = "",
    seed: Annotated[str, typer.Option(help="Seed of all randomness.")] = "1",
    fault: Annotated[
        list[str] | None, typer.Option(help="A misbehaviour, as NAME:NODE[:holder=J]; may be repeated.")
    ] = None,
    fast_sync: Annotated[bool, typer.Option(help="Every holder sends all its responses, as in production.")] = True,
    backend: Annotated[str | None, typer.Option(help="blst, py_ecc or glass.")] = None,
    json: Json = False,
) -> int:
    """Run one distributed key generation in this process.

    Every node runs the real protocol and checks every packet; the same seed
    gives the same key and the same journal on every machine. --fault makes a
    node misbehave: `drandlab dkg --fault help` lists the ways.

    Exit code 1 if honest nodes end with different keys, or with none.

    Example: drandlab dkg --nodes 23 --threshold 12 --seed 1 --fault wrong-share:4:holder=7
    """
    from drandlab.simulation.keygen.run import generate_key
    from drandlab.simulation.misbehaviour.keygen import CATALOGUE, parse

    if fault and "help" in fault:
        for name, entry in CATALOGUE.items():
            aim = f":{entry.target}=J" if entry.target else ""
            print(f"{name}:NODE{aim}".ljust(36) + entry.about)
        return 0
    faults = [parse(text) for text in fault or ()]
    run = generate_key(nodes, threshold, scheme=scheme, seed=seed, fast_sync=fast_sync, faults=faults, backend=backend)
    found = summary(run, {f.node for f in faults})
    if json:
        print_json(found)
    else:
        _show(found, run)
    return 0 if found["public_key"] and found["agreement"] else 1


def summary(run: Run, faulty: set[int] | frozenset[int] = frozenset()) -> dict[str, Any]:
    """Return what came of a run as JSON values.

    ``qualified`` and the key are those of the honest nodes (``agreement`` says whether they are all the same),
    ``evicted`` everybody whom an honest node blamed, each with the reasons given.
    """
    honest = [result for name, result in run.results.items() if name not in faulty]
    agreed = run.agreed if run.results else None
    reasons: dict[int, list[str]] = {}
    for entry in run.journal.entries("blame"):
        said, blame = _sentence(entry.details), reasons.setdefault(entry.details["index"], [])
        if entry.node not in faulty and said not in blame:
            blame.append(said)
    return {
        "public_key": agreed.key.hex() if agreed else None,
        "threshold": next(iter(run.configs.values())).threshold,
        "qualified": sorted(agreed.qual) if agreed else [],
        "commits": [commit.hex() for commit in agreed.public.commits] if agreed else [],
        "evicted": [{"index": index, "reasons": why} for index, why in sorted(reasons.items())],
        "agreement": len({(result.public, tuple(sorted(result.qual))) for result in honest}) == 1,
        "failed": {str(name): str(error) for name, error in sorted(run.errors.items())},
        "journal_digest": run.journal.digest(),
    }


def _sentence(blame: Mapping[str, Any]) -> str:
    """What the node that blames has said."""
    from drandlab.dkg.effects import EQUIVOCATION

    evicted = None if blame["code"] == EQUIVOCATION else blame["role"]
    return str(PeerError(blame["why"], index=blame["index"], evicted=evicted))


def _show(found: dict[str, Any], run: Run) -> None:
    console = screen()
    console.print(f"group key   {found['public_key'] or 'none'}")
    console.print(f"threshold   {found['threshold']} of {len(run.configs)}")
    console.print(f"qualified   {', '.join(map(str, found['qualified'])) or 'none'}")
    for row in found["evicted"]:
        for why in row["reasons"]:
            console.print(f"blamed      {why}")
    for name, why in found["failed"].items():
        console.print(f"failed      node {name}: {why}")
    if found["public_key"] and not found["agreement"]:
        console.print("the honest nodes do not agree on one key", style="red")
    console.print(f"journal     {len(run.journal)} events, digest {found['journal_digest']}")
