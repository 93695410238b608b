"""Functions that sweeps measure with, in a module that a worker can import."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from drandlab.simulation.network import Network

FAILING = {
    "network.faults": {"none": [], "silent": ["silent:1", "silent:2", "silent:3"], "partly": ["silent:4"]},
    "network.threshold": [3],
    "rounds": [3],
}
"""A grid over ``quiet-five`` of which one point has misbehaviour, and one comes to no key."""


def entries(net: Network) -> dict[str, Any]:
    """How long the journal is, and other kinds of values."""
    return {"entries": len(net.journal), "half": len(net.journal) / 2, "named": "x", "even": True, "none": None}


def marked(folder: str, net: Network) -> dict[str, Any]:
    """Add a line to the file of this run in ``folder``: one for each time that it was made."""
    path = Path(folder) / net.journal.digest()
    with path.open("a") as file:
        file.write(f"{os.getpid()}\n")
    return {"digest": path.name}


def stops(folder: str, net: Network) -> dict[str, Any]:
    """Kill the process itself, once, when at least four runs have come here."""
    found = marked(folder, net)
    if sum(len(path.read_text().splitlines()) for path in Path(folder).iterdir()) >= 4:
        with suppress(FileExistsError):
            Path(folder).with_suffix(".killed").touch(exist_ok=False)
            os.kill(os.getpid(), 9)
    return found


def broken(net: Network) -> dict[str, Any]:
    """A function with a bug."""
    return {"x": {}["there is no such key"]}
