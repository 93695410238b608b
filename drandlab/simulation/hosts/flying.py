"""The satellite of a split node as a host: a clock, a disk, and the signer on it.

It is no node of the network: nothing reaches it but what its thin link carries, and the journal speaks of it under the
name of its node, in kinds of its own. It crashes and restarts like any host, and its clock may be wrong.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, assert_never

from drandlab.crypto.secrecy import HoldsSecrets
from drandlab.node.signer import Signer
from drandlab.node.split.flying_part import FlyingMemory, FlyingPart, MakeSigner
from drandlab.node.split.link_codec import LinkCodec
from drandlab.node.split.link_frames import Discarded, PartialMade, SendDown
from drandlab.records import Record
from drandlab.simulation.entries import HostCrashed
from drandlab.simulation.hosts.host import Host
from drandlab.simulation.hosts.thin_link_entries import (
    FrameDiscarded,
    RoundSigned,
    SignerClockSet,
    SignerCrashed,
    SignerRestarted,
)
from drandlab.simulation.world.world import World
from drandlab.typing import Rng, Seconds

__all__ = ["FlyingDisk", "FlyingDriver", "FlyingHost", "LinkParcel", "mark_of"]


def mark_of(partial: bytes) -> bytes:
    """Return what the journal says of a partial: the start of its SHA-256."""
    return hashlib.sha256(partial).digest()[:8]


@dataclass(frozen=True, slots=True)
class LinkParcel:
    """A frame that has come up the thin link."""

    data: bytes
    kind: str = "frame"
    ordered: bool = False


@dataclass(slots=True)
class FlyingDisk:
    """The disk of a satellite: what its flying part keeps over a crash."""

    memory: FlyingMemory = field(default_factory=FlyingMemory, repr=False)
    full: bool = False

    def lose(self) -> None:
        """Lose everything."""
        self.memory.lose()

    def damage(self, places: Iterable[int]) -> None:
        """Damage nothing: it stores no chain."""


class FlyingDriver(HoldsSecrets):
    """The flying part of a split node: ``make_signer`` makes its signer at every start, with chance from ``make_rng``.

    ``send`` puts what it answers on the downlink, ``started`` is told each signer that it has made.
    """

    host: FlyingHost
    part: FlyingPart

    def __init__(
        self,
        codec: LinkCodec,
        make_signer: MakeSigner,
        make_rng: Callable[[], Rng],
        send: Callable[[SendDown], None],
        started: Callable[[Signer], None],
    ) -> None:
        self._codec, self._make_signer, self._make_rng = codec, make_signer, make_rng
        self._send, self._started = send, started

    def __repr__(self) -> str:
        return repr(self.part)

    def boot(self, host: FlyingHost) -> None:
        """Make the flying part anew, with what the disk holds."""
        self.host = host
        self.part = FlyingPart(host.disk.memory, self._codec, self._make_signer, self._make_rng())
        self._started(self.part.signer)

    def kept(self) -> Record:
        """Return the entry of a restart."""
        memory = self.host.disk.memory
        shares = tuple(first for first, _ in self.part.signer.shares)
        return SignerRestarted(shares=shares, repeated=len(memory.log))

    def resume(self) -> None:
        """Wait for what comes up."""

    def receive(self, sender: str, message: Any, now: Seconds) -> None:
        """Take a frame from the thin link; anything else has no way here."""
        if not isinstance(message, LinkParcel):
            return
        for effect in self.part.receive(message.data, now):
            match effect:
                case SendDown():
                    self._send(effect)
                case PartialMade(number, round, share, partial):
                    self.host.log(RoundSigned(number=number, round=round, share=share, partial=mark_of(partial)))
                case Discarded(code, why, number):
                    self.host.log(FrameDiscarded(code=code, why=why, number=number))
                case _:
                    assert_never(effect)

    def ring(self, timer: Any, now: Seconds) -> None:
        """Set no timers, so none comes."""

    def about(self, message: Any) -> Mapping[str, Any]:
        """Say nothing: it sends nothing on the links of the network."""
        return {}


class FlyingHost(Host[FlyingDriver, FlyingDisk]):
    """The satellite of a split node; ``node`` is the node's name."""

    def __init__(self, node: int, address: str, world: World, driver: FlyingDriver) -> None:
        super().__init__(node, f"{address}#flying", world, FlyingDisk(), driver)
        del world.hosts[self.address]  # nothing of the network reaches it

    def log(self, what: Record) -> None:
        """Write into the journal what happens here, in kinds of its own."""
        super().log(SignerCrashed(disk=what.disk) if isinstance(what, HostCrashed) else what)

    def set_clock(self, offset: Seconds, drift: float = 0.0) -> None:
        """Put the satellite's clock ahead or behind, and tell the journal."""
        super().set_clock(offset, drift)
        self.log(SignerClockSet(offset=float(offset), drift=float(drift)))
