"""What several test files use and no user of the package needs: ``from helpers import ...``.

What users gain from stands in `drandlab.testing`; fixtures stand in the ``conftest.py`` of their folder.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from drandlab.simulation.network import Network

if TYPE_CHECKING:  # a test without a browser need not load what drives one
    from playwright.sync_api import Page

Mount: TypeAlias = "Callable[..., Page]"
"""A fixture that shows a widget in a page."""

TRAITS = {
    "LamportWidget": ("round", "event", "by", "story", "dark"),
    "StatusMatrixWidget": ("node", "step", "cell", "story", "dark"),
    "PolynomialWidget": ("prime", "threshold", "shares", "points", "mode", "dealt", "dark"),
    "NetworkStageWidget": ("at", "speed", "chosen", "story", "answer", "dark"),
    "ChainStripWidget": ("round", "story", "dark"),
    "AccumulatorWidget": ("edits", "mode", "at", "story", "dark"),
    "DeliveryLaneWidget": ("block", "chosen", "story", "dark"),
    "BlockViewerWidget": ("block", "view", "story", "dark"),
    "OrbitWidget": ("at", "chosen", "speed", "story", "dark"),
    "VaultWidget": ("at", "chosen", "story", "dark"),
}
"""What each widget and its page tell each other."""

ON_SEVEN = [(1, 15), (2, 2), (3, 30), (4, 6)]
"""Shares of 7: points of 7 + 3x + 5x² modulo 31."""

SVG = "{http://www.w3.org/2000/svg}"
"""The namespace of a picture's elements, as ElementTree writes it."""

FORGED = "95a9f9f5b231b7714de1553105d8ffdf3dcda24cfdb1e689319bccf79a9c8ce430a91b811fbfaf763900bc998b5d686a"
"""The signature of round 42 of quicknet: a valid point, but not under the keys of the tests."""


def trait(tab: Page, name: str) -> Any:
    """The value of a widget's trait, as its page has it."""
    return tab.evaluate("name => window.model.get(name)", name)


def five_nodes() -> Network:
    """A network that is quick to run."""
    return Network(5, 3, seed=1, backend="glass")


def forge(fields: dict[str, Any]) -> None:
    """Put `FORGED` in place of a beacon's signature."""
    fields["signature"] = FORGED
    fields.pop("randomness")
