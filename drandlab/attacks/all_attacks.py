"""All attacks by name."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from types import MappingProxyType

from drandlab.attacks.attack import Attack

__all__ = ["catalogue"]

MODULES: Mapping[str, tuple[str, ...]] = {
    "sums": ("cancelling_errors", "lagrange_sign", "scaled_message"),
}
"""The rooms of this folder and the attacks in each: a module has the name of its attack, which it calls ``ATTACK``."""


@cache
def catalogue() -> Mapping[str, Attack]:
    """Return every attack by its name.

    >>> attack = catalogue()["cancelling_errors"]
    >>> attack.predicted(weights="ones")
    {'alone': 0, 'sum': True, 'swapped': True}
    >>> attack.run(seed=1, weights="ones")
    {'alone': 0, 'sum': True, 'swapped': True}
    """
    found = {}
    for room, names in MODULES.items():
        for name in names:
            found[name] = import_module(f"drandlab.attacks.{room}.{name}").ATTACK
    return MappingProxyType(found)
