"""One node of a key generation on a host of the simulated world: its protocol, and nothing around it.

A drand node spreads packets by echo and has a signer, a chain and more; here each packet goes once to each other node,
and the run of a DKG is all there is to see.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol, assert_never

from drandlab.crypto.secrecy import HoldsSecrets
from drandlab.curves.group import Group
from drandlab.dkg.codec import decode, encode
from drandlab.dkg.effects import (
    Blame,
    Broadcast,
    DKGEffect,
    Done,
    Dropped,
    Failed,
    Left,
    Moved,
    SetPhaseTimer,
    ShareChecked,
    Started,
)
from drandlab.dkg.packets import Bundle
from drandlab.dkg.protocol import Protocol as DKGProtocol
from drandlab.dkg.result import Result
from drandlab.errors import DrandlabError, PeerError
from drandlab.node.dkg_reports import done_report, packet_report, report_of
from drandlab.node.messages import Envelope
from drandlab.node.reports import DkgFailed, DkgLeft, DkgTimeout, MessageRefused
from drandlab.records import Record
from drandlab.simulation.entries import HostRestarted
from drandlab.simulation.hosts.disk import EmptyDisk
from drandlab.simulation.hosts.host import Host
from drandlab.simulation.misbehaviour.keygen import MisbehavingParticipant, instead_of
from drandlab.typing import Rng, Seconds

__all__ = ["KeygenDriver", "KeygenHost", "Outcomes", "PacketCache"]


class PacketCache:
    """Bytes to bundles: strictly decoded, once for all nodes where ``shared``, else by every node anew."""

    def __init__(self, group: Group, *, shared: bool) -> None:
        self._group = group
        self._known: dict[bytes, Bundle | DrandlabError] | None = {} if shared else None

    def open(self, data: bytes) -> Bundle | DrandlabError:
        """Return the bundle in ``data``, or why it is none."""
        if self._known is None:
            return self._decode(data)
        if data not in self._known:
            self._known[data] = self._decode(data)
        return self._known[data]

    def _decode(self, data: bytes) -> Bundle | DrandlabError:
        try:
            return decode(data, self._group)
        except DrandlabError as error:
            return error


class Outcomes(Protocol):
    """Where the nodes of a run put what comes of it, by their names."""

    results: dict[int, Result]
    errors: dict[int, DrandlabError]
    blamed: list[PeerError]


class KeygenDriver(HoldsSecrets):
    """One protocol on a host; ``peers`` are the addresses of the others, with their indices as holders.

    ``misbehaviours`` stand between the protocol and the network, and draw from ``rng``.
    """

    host: KeygenHost

    def __init__(
        self,
        protocol: DKGProtocol,
        packets: PacketCache,
        outcomes: Outcomes,
        misbehaviours: Iterable[MisbehavingParticipant],
        rng: Rng,
    ) -> None:
        self.protocol, self.misbehaviours = protocol, list(misbehaviours)
        self.peers: Mapping[str, int | None] = {}
        self._packets, self._outcomes, self._rng = packets, outcomes, rng

    def __repr__(self) -> str:
        return repr(self.protocol)

    def boot(self, host: KeygenHost) -> None:
        """Stand on ``host``."""
        self.host = host

    def kept(self) -> Record:
        """Return the entry of a restart: a key generation keeps nothing over a crash."""
        return HostRestarted(round=None)

    def resume(self) -> None:
        """Begin the run."""
        self._carry_out(self.protocol.start(self.host.now))

    def receive(self, sender: str, message: Any, now: Seconds) -> None:
        """Take a packet from the network, whoever sent it."""
        if self.protocol.over or not isinstance(message, Envelope):
            return
        packet = self._packets.open(message.data)
        if isinstance(packet, DrandlabError):
            self._refuse(sender, packet.code, str(packet))
            return
        effects = self.protocol.receive(packet)
        for effect in effects:
            if isinstance(effect, Dropped):
                self._refuse(sender, effect.code, effect.why)
        self._carry_out(effects)

    def _refuse(self, sender: str, code: str, why: str) -> None:
        self.host.log(MessageRefused(what="dkg", code=code, why=why, sender=sender))

    def ring(self, timer: Any, now: Seconds) -> None:
        """The time of a phase has come."""
        if not self.protocol.over:
            self.host.log(DkgTimeout(phase=timer.value))
            self._carry_out(self.protocol.tick(timer))

    def about(self, message: Any) -> Mapping[str, Any]:
        """Return nothing: a packet of a DKG is of no round."""
        return {}

    def _carry_out(self, effects: Iterable[DKGEffect]) -> None:
        name, log = self.host.name, self.host.log
        for effect in effects:
            match effect:
                case Broadcast(bundle):
                    self._send(bundle)
                case SetPhaseTimer(at, phase):
                    self.host.set_timer(phase, at)
                case Blame(error):
                    self._outcomes.blamed.append(error)
                    log(report_of(effect))
                case Started() | ShareChecked() | Moved():
                    log(report_of(effect))
                case Done(result):
                    self._outcomes.results[name] = result
                    log(done_report(result))
                case Failed(error):
                    self._outcomes.errors[name] = error
                    log(DkgFailed(code=error.code, why=str(error)))
                case Left():
                    log(DkgLeft())
                case Dropped():
                    pass  # refused with its sender's name when it came
                case _:
                    assert_never(effect)

    def _send(self, bundle: Bundle) -> None:
        for sent in instead_of(bundle, self.misbehaviours, self.protocol.machine, self._rng):
            data = sent.packet if isinstance(sent.packet, bytes) else encode(sent.packet)
            self.host.log(packet_report(bundle, data))
            to = tuple(address for address, holder in self.peers.items() if sent.only is None or holder in sent.only)
            self.host.send(to, Envelope("dkg", data))


class KeygenHost(Host[KeygenDriver, EmptyDisk]):
    """A host that runs one key generation."""
