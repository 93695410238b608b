"""A network in glass for the attacks on running ones, and what its journal says of its beacons."""

from __future__ import annotations

from typing import Any

from drandlab.beacon.chain_info import ChainInfo
from drandlab.crypto.feldman import minimum_threshold
from drandlab.errors import LocalError
from drandlab.simulation.entries import BeaconStored
from drandlab.simulation.network import Network
from drandlab.typing import Round, Seconds

__all__ = ["check_group", "info_of", "made_by", "network_of", "stored_first"]


def check_group(nodes: int, threshold: int) -> None:
    """Raise `LocalError` for a threshold that so many nodes cannot set a group up with."""
    least = minimum_threshold(nodes)
    if not least <= threshold <= nodes:
        raise LocalError(f"must be from {least} to {nodes} for {nodes} nodes, got {threshold}", argument="threshold")


def network_of(seed: str, nodes: int, threshold: int, **options: Any) -> Network:
    """Return a network in glass; ``options`` are those of `Network`.

    >>> network_of("1/an example", 4, 3).run(rounds=2)
    <Network of 4 nodes, threshold 3, round 2>
    """
    return Network(nodes, threshold, seed=seed, backend="glass", **{"detail": "summary", **options})


def info_of(net: Network) -> ChainInfo:
    """Return the chain info of a network that has made its key."""
    assert net.info is not None, "the DKG is over"
    return net.info


def stored_first(net: Network, nodes: range | list[int] | None = None) -> dict[Round, Seconds]:
    """Return when each round was stored first by one of these ``nodes``, all unless given."""
    first: dict[Round, Seconds] = {}
    for entry in net.journal.entries(BeaconStored.kind):
        if isinstance(entry.what, BeaconStored) and (nodes is None or entry.node in nodes):
            first.setdefault(entry.what.round, entry.time)
    return first


def made_by(net: Network, node: int) -> dict[Round, bytes]:
    """Return the start of the randomness of each round that a node has stored."""
    stored = [entry.what for entry in net.journal.entries(BeaconStored.kind) if entry.node == node]
    return {what.round: what.beacon for what in stored if isinstance(what, BeaconStored)}
