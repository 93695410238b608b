"""``drandlab chains``: the real networks, each chain hash recomputed from the fields that it covers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from drandlab.cli.terminal import Json, print_json, screen

__all__ = ["chains", "recomputed"]


def chains(json: Json = False) -> int:
    """List the real networks, each chain hash recomputed.

    The chain hash identifies a network: it is the SHA-256 of its period, genesis
    time, public key, seed and ID. The formula in the drand specification ends
    with the key; its result is shown below, and identifies no network.

    Exit code 1 if a recomputed hash is not the published one.

    Example: drandlab chains --json
    """
    rows = recomputed()
    if json:
        print_json(rows)
    else:
        _show(rows)
    return 0 if all(row["match"] for row in rows) else 1


def recomputed(networks: Mapping[str, Mapping[str, Any]] | None = None) -> list[dict[str, Any]]:
    """Return one row for each network of ``networks`` (None: ``data/networks.json``), with its hash recomputed.

    ``published`` is the hash in the file, ``hash`` the one computed from the other fields, ``match`` whether they are
    equal; ``specification_hash`` is the result of the specification's shorter formula.

    >>> row = recomputed()[0]
    >>> row["name"], row["hash"][:8], row["match"], row["specification_hash"][:8]
    ('default', '8990e7a9', True, 'ce946413')
    """
    from drandlab.beacon.chain_info import ChainInfo

    rows = []
    for name, network in (_shipped_networks() if networks is None else networks).items():
        # Without its hash, since a chain info with a wrong hash is refused, and here it is to be shown.
        info = ChainInfo.from_json({key: value for key, value in network["info"].items() if key != "chain_hash"})
        rows.append(
            {
                "name": name,
                "about": network["about"],
                "status": network["status"],
                "scheme": info.scheme.name,
                "period": info.period,
                "genesis_time": info.genesis_time,
                "genesis": datetime.fromtimestamp(info.genesis_time, UTC).isoformat(),
                "published": network["info"]["chain_hash"],
                "hash": info.chain_hash.hex(),
                "match": network["info"]["chain_hash"] == info.chain_hash.hex(),
                "specification_hash": info.specification_hash.hex(),
            }
        )
    return rows


def _shipped_networks() -> dict[str, dict[str, Any]]:
    from drandlab.remote.shipped import shipped

    networks: dict[str, dict[str, Any]] = json.loads(shipped("data", "networks.json").read_text(encoding="utf-8"))
    return networks


def _show(rows: list[dict[str, Any]]) -> None:
    console = screen()
    for row in rows:
        facts = f"{row['status']}, {row['scheme']}, {row['period']} s since {row['genesis'][:10]}"
        console.print(f"{row['name']}  {facts}", style="bold")
        console.print(f"  chain hash {'✓' if row['match'] else '✗'} {row['published']}")
        if not row["match"]:
            console.print(f"  recomputed ✗ {row['hash']}", style="red")
        console.print(f"  spec hash    {row['specification_hash']}", style="dim")
    console.print()
    console.print(
        "✓ recomputed from the network's own fields. The spec hash is the result of the drand specification's"
    )
    console.print("shorter formula; it identifies no network.")
