"""A drand network of its own for a chain file: nodes of the simulation make its key in a DKG, and then its beacons.

>>> drand = DkgDrand(nodes=4, threshold=3, seed=1, backend="glass")
>>> drand.beacon(2).round, len(drand.public_key)
(2, 96)
"""

from __future__ import annotations

from drandlab.beacon.beacon import Beacon
from drandlab.errors import ProtocolAborted
from drandlab.simulation.network import Network
from drandlab.typing import Round

__all__ = ["DkgDrand"]


class DkgDrand:
    """The `Network` behind the beacons that a bridge hears; it runs as far as it is asked for, round by round.

    ``threshold`` None is production's least one. Raises `LocalError` for numbers that no network can have.
    """

    def __init__(self, *, nodes: int, threshold: int | None, seed: int, backend: str) -> None:
        self.network = Network(nodes, threshold, seed=seed, backend=backend, detail="summary")
        self._made: dict[Round, Beacon] = {}
        self.network.on_beacon.append(self._take)
        self.network.run(rounds=0)

    def _take(self, beacon: Beacon) -> None:
        self._made[beacon.round] = beacon

    @property
    def public_key(self) -> bytes:
        """The key that the DKG has made, 96 bytes."""
        info = self.network.info
        if info is None:
            raise ProtocolAborted("no node has a key")
        return info.public_key

    def beacon(self, round: Round) -> Beacon | None:
        """Return the beacon of a round; None where the nodes have made none by the time of the next one."""
        newest = self.network.newest
        if round not in self._made and round > (newest.round if newest else 0):
            self.network.run(rounds=round - (newest.round if newest else 0))
        return self._made.get(round)
