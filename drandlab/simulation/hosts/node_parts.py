"""The parts of a drand node as its host makes them, anew at every start: the node, its signer at hand or in orbit.

The nodes of one network share what saves work and changes no result: decoded messages, checks that need the curve.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from drandlab.beacon.identity import KeyPair
from drandlab.beacon.machines.checker import Memory
from drandlab.beacon.machines.effects import StreamNames
from drandlab.crypto.secrecy import HoldsSecrets
from drandlab.dkg.protocol import SignatureCache
from drandlab.node.messages import Mailroom
from drandlab.node.node import Node
from drandlab.node.own_clock import OwnClock
from drandlab.node.signer import Signer
from drandlab.node.split.flying_part import KeptShares
from drandlab.simulation.chance import rng_for
from drandlab.simulation.hosts.disk import NodeDisk
from drandlab.typing import Rng

__all__ = ["NodeParts", "SharedWork"]


@dataclass(frozen=True, slots=True)
class SharedWork:
    """What the nodes of a network share; None where each does its own work."""

    mail: Mailroom | None = None
    memory: Memory | None = None
    signatures: SignatureCache | None = None


@dataclass(slots=True, eq=False)
class NodeParts(HoldsSecrets):
    """Makes the parts of the node with this key ``pair``, whose host is called ``name``.

    Their chance comes from the ``seed``, the number of the start and, in a network that goes on, from ``again``.
    """

    pair: KeyPair = field(repr=False)
    name: int
    seed: int | str
    again: tuple[object, ...]
    beacon_id: str
    shared: SharedWork
    own_clock: OwnClock | None = None
    _starts: int = 0
    _flights: int = 0
    _streams: StreamNames = field(default_factory=StreamNames)

    def signer(self, disk: NodeDisk) -> Signer:
        """Return the signer of a node that has it at hand."""
        shared = self.shared
        rng = rng_for(self.seed, "signer", self.name, self._starts + 1, *self.again)
        return Signer(self.pair, rng, shares=disk.shares, signatures=shared.signatures, memory=shared.memory)

    def flying_signer(self, kept: KeptShares, rng: Rng) -> Signer:
        """Return the signer of a satellite, which reads a clock of its own."""
        shared = self.shared
        return Signer(
            self.pair,
            rng,
            shares=kept.shares,
            times=kept.times,
            own_clock=self.own_clock,
            signatures=shared.signatures,
            memory=shared.memory,
        )

    def flying_rng(self) -> Rng:
        """Return the source of chance of a satellite, at its next start."""
        self._flights += 1
        return rng_for(self.seed, "signer", self.name, self._flights, *self.again)

    def node(self) -> Node:
        """Return the part that talks; the signer at hand is made before it."""
        self._starts += 1
        shared = self.shared
        return Node(
            self.pair.identity,
            rng_for(self.seed, "node", self.name, self._starts, *self.again),
            beacon_id=self.beacon_id,
            mail=shared.mail,
            memory=shared.memory,
            signatures=shared.signatures,
            streams=self._streams,
        )
