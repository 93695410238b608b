"""Floor 8: live views for the notebook (anywidget).

Names load on first use: ipywidgets takes a moment.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

HOME = {
    "AccumulatorWidget": "accumulator",
    "BlockViewerWidget": "block_viewer",
    "ChainStripWidget": "strip",
    "DeliveryLaneWidget": "delivery_lane",
    "LabWidget": "base",
    "LamportWidget": "lamport",
    "NetworkStageWidget": "stage",
    "OrbitWidget": "orbit",
    "PolynomialWidget": "polynomial",
    "ProgressBar": "progress",
    "StatusMatrixWidget": "matrix",
    "VaultWidget": "vault",
}

__all__ = list(HOME)


def __getattr__(name: str) -> Any:
    if name not in HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
