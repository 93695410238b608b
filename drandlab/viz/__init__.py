"""Floor 7: figures with an alternative text and a data table.

Names load on first use: plotly takes a moment, and a program that draws nothing need not wait for it.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

HOME = {
    "Chart": "chart",
    "line": "figures",
    "scatter": "figures",
    "bars": "figures",
    "histogram": "figures",
    "shamir_field": "polynomials",
    "shamir_reals": "polynomials",
    "status_matrix": "matrix",
    "network_stage": "network",
    "chain_strip": "strip",
    "lamport": "spacetime",
    "autocorrelation": "beacons",
    "timeline": "beacons",
    "byte_distribution": "beacons",
    "bit_distribution": "beacons",
    "verification_cost": "beacons",
}

__all__ = list(HOME)


def __getattr__(name: str) -> Any:
    if name not in HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
