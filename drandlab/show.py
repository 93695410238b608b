"""From an object to its live view: the only module through which lower floors make a widget.

A network shows its stage (``net.show()``), a key generation its matrix (``run.show()``), the satellites of a scenario a
map (``scenario.orbit.show(net)``), the run of a chain file its delivery lane (``run.show()``), the encrypted files of a
network their vaults (``vaults.show()``). Widgets are on a floor above, and need packages that a program without
pictures does not have. So the class is looked up here by name, at the call.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Any

from drandlab.errors import LocalError
from drandlab.printable import repr_of

__all__ = ["VIEWS", "view_of"]

VIEWS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "stage": ("stage", "NetworkStageWidget"),
        "matrix": ("matrix", "StatusMatrixWidget"),
        "orbit": ("orbit", "OrbitWidget"),
        "lane": ("delivery_lane", "DeliveryLaneWidget"),
        "vaults": ("vault", "VaultWidget"),
    }
)
"""Module and class below `drandlab.widgets` by the name of the view."""


def view_of(view: str, *arguments: Any, **options: Any) -> Any:
    """Return the widget that `VIEWS` has for ``view``, made with the arguments; `LocalError` for another name."""
    if view not in VIEWS:
        raise LocalError(f"expected one of {', '.join(VIEWS)}, got {repr_of(view, 40)}", argument="view")
    module, name = VIEWS[view]
    return getattr(import_module(f"drandlab.widgets.{module}"), name)(*arguments, **options)
