"""Floor 7: figures with an alternative text and a data table.

Names load on first use: plotly takes a moment, and a program that draws nothing need not wait for it.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

HOME = {
    "Chart": "chart",
    "line": "charts.basic",
    "scatter": "charts.basic",
    "bars": "charts.basic",
    "histogram": "charts.basic",
    "shamir_field": "charts.polynomials",
    "shamir_reals": "charts.polynomials",
    "status_matrix": "charts.matrix",
    "network_stage": "charts.stage",
    "chain_strip": "charts.strip",
    "lamport": "charts.spacetime",
    "orbit_map": "charts.orbit_map",
    "contact_times": "charts.contact_times",
    "gap_lengths": "charts.pass_figures",
    "rate_through_pass": "charts.pass_figures",
    "disc_grid": "charts.disc_grid",
    "foretold": "charts.foretold",
    "curve_sums": "charts.bridge.curve_sums",
    "delay_to_block": "charts.bridge.delay_to_block",
    "proof_sizes": "charts.bridge.proof_sizes",
    "author_choice": "charts.bridge.author_choice",
    "block_loads": "charts.bridge.block_loads",
    "block_room": "charts.delivery.block_room",
    "credit_calendar": "charts.delivery.credit_calendar",
    "delivery_lane": "charts.delivery.delivery_lane",
    "state_diagram": "charts.delivery.state_diagram",
    "fee_tiers": "charts.delivery.fee_tiers",
    "pulse_costs": "charts.delivery.pulse_costs",
    "record_deposits": "charts.delivery.record_deposits",
    "message_bytes": "charts.delivery.message_bytes",
    "age_bytes": "charts.timelock.age_bytes",
    "ibe_flow": "charts.timelock.ibe_flow",
    "vault_rows": "charts.timelock.vault_rows",
    "mesh_rings": "charts.gossip.mesh_rings",
    "spread_tree": "charts.gossip.spread_tree",
    "autocorrelation": "charts.beacons",
    "timeline": "charts.beacons",
    "byte_distribution": "charts.beacons",
    "bit_distribution": "charts.beacons",
    "verification_cost": "charts.beacons",
}

__all__ = list(HOME)


def __getattr__(name: str) -> Any:
    if name not in HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
