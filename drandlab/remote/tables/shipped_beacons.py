"""The real beacons that ship with drandlab, by the name of their network."""

from __future__ import annotations

from drandlab.beacon.beacon import Beacon
from drandlab.remote.networks import networks
from drandlab.remote.shipped import shipped
from drandlab.remote.tables.read_files import read_beacons

__all__ = ["beacons"]


def beacons(name: str) -> list[Beacon]:
    """Return the real beacons of a network that ship with drandlab, ordered by round.

    ``name`` is a network's name or chain hash; a network without shipped beacons gives an empty list. Raises
    `UnknownNetwork`. `drandlab.load_beacons` returns the same as a frame; this function needs no polars.

    >>> beacons("quicknet")[0]
    Beacon(round=1, signature=b55e7cb2…)
    """
    path = shipped("data", "beacons") / f"{networks.name_of(networks[name])}.jsonl"
    return list(read_beacons(path)) if path.exists() else []
