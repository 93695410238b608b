"""Floor 6: beacons as data frames, verification of many at once, tests of randomness, draws, sweeps over many runs.

>>> from drandlab import analysis
>>> analysis.sweep("quiet-five", {"rounds": [2, 3]}, backend="glass")["rounds.made"].to_list()
[2, 3]
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from drandlab.analysis import draw
    from drandlab.analysis.sweeps.sweep import sweep

__all__ = ["draw", "sweep"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name == "draw":
        return import_module("drandlab.analysis.draw")
    # only now: what merely verifies needs no simulation
    return getattr(import_module("drandlab.analysis.sweeps.sweep"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
