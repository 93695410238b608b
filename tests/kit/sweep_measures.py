"""Functions that sweeps measure with, in a module that a worker can import."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from drandlab.simulation.network import Network

FAILING = {
    "network.faults": {"none": [], "silent": ["silent:1", "silent:2", "silent:3"], "partly": ["silent:4"]},
    "network.threshold": [3],
    "rounds": [3],
}
"""A grid over ``quiet-five`` of which one point has misbehaviour, and one comes to no key."""

MARKS = "DRANDLAB_TEST_MARKS"
"""The folder in which `marked` writes down who has made which run."""


def entries(net: Network) -> dict[str, Any]:
    """How long the journal is, and other kinds of values."""
    return {"entries": len(net.journal), "half": len(net.journal) / 2, "named": "x", "even": True, "none": None}


def marked(net: Network) -> dict[str, Any]:
    """Add a line to the file of this run: one for each time that it was made."""
    path = Path(os.environ[MARKS]) / net.journal.digest()
    with path.open("a") as file:
        file.write(f"{os.getpid()}\n")
    return {"digest": path.name}


def stops(net: Network) -> dict[str, Any]:
    """Stop the process itself the first time that a run comes here, after some others are done."""
    found = marked(net)
    folder = Path(os.environ[MARKS])
    done = sum(len(path.read_text().splitlines()) for path in folder.iterdir())
    if done == 4:
        os.kill(os.getpid(), 9)
    return found


def broken(net: Network) -> dict[str, Any]:
    """A function with a bug."""
    return {"x": {}["there is no such key"]}
