"""From an object to its live view: the one module through which a floor below the widgets reaches one.

A network makes its own stage (``net.show()``) and a key generation its own matrix (``run.show()``), although widgets
stand on a floor above and need packages that a program without pictures does not have. So the widget is looked up here
by name, when it is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Any

__all__ = ["VIEWS", "view_of"]

VIEWS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "stage": ("stage", "NetworkStageWidget"),
        "matrix": ("matrix", "StatusMatrixWidget"),
    }
)
"""Module and class below `drandlab.widgets` by the name of the view."""


def view_of(view: str, *arguments: Any, **options: Any) -> Any:
    """Return the live ``view`` of what the arguments say, one of `VIEWS`."""
    module, name = VIEWS[view]
    return getattr(import_module(f"drandlab.widgets.{module}"), name)(*arguments, **options)
