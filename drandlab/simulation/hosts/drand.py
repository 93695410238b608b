"""A drand node on a host: the driver that carries out what the node wants, asks its signer and keeps its chain.

A crash takes the node and its signer, not the disk; a restart makes both anew from what the disk holds. A node whose
operator misbehaves in the DKG sends what its ``dkg_misbehaviours`` make of each packet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, assert_never

from drandlab.beacon.chain_info import ChainInfo
from drandlab.beacon.machines import effects as chain
from drandlab.beacon.store import AppendRefused, Store, StoreError
from drandlab.crypto.secrecy import HoldsSecrets
from drandlab.dkg.codec import encode as encode_bundle
from drandlab.node.dkg_reports import packet_report
from drandlab.node.effects import AskSigner, LeaveAfter, NodeEffect, Report, SaveEpoch, Send, TimerKey
from drandlab.node.messages import KINDS, Envelope
from drandlab.node.node import Node
from drandlab.node.reports import QUIET, SharesHeld
from drandlab.node.setup.participant import Participant
from drandlab.node.setup.setup_rules import paced
from drandlab.node.signer import Adopt, Forget, Request, SendBundle, Signer
from drandlab.records import Record
from drandlab.simulation.entries import ChainOpened, HostRestarted
from drandlab.simulation.hosts.disk import NodeDisk
from drandlab.simulation.hosts.host import Host
from drandlab.simulation.misbehaviour.keygen import MisbehavingParticipant, instead_of
from drandlab.typing import Rng, Seconds

__all__ = ["DrandDriver", "DrandHost"]


class DrandDriver(HoldsSecrets):
    """A drand node and its signer: ``make_node`` and ``make_signer`` make them at every start.

    ``on_stored`` is told each beacon that the node has stored, and by what. Misbehaviours in a DKG draw from ``rng``.
    A summary leaves the reports ``quiet`` out.
    """

    host: DrandHost
    node: Node
    signer: Signer

    def __init__(
        self,
        make_signer: Callable[[NodeDisk], Signer],
        make_node: Callable[[], Node],
        on_stored: Callable[[DrandHost, chain.StoreBeacon], None],
        rng: Rng,
        quiet: tuple[type[Record], ...] = QUIET,
    ) -> None:
        self._rng, self._quiet = rng, quiet
        self._make_signer, self._make_node, self._on_stored = make_signer, make_node, on_stored
        self.dkg_misbehaviours: list[MisbehavingParticipant] = []

    def __repr__(self) -> str:
        return repr(self.node)

    # -- start and restart --------------------------------------------------------------------------------------------

    def boot(self, host: DrandHost) -> None:
        """Make the node and its signer anew on ``host``."""
        self.host = host
        self.start_signer()
        self.node = self._make_node()
        self._chain_told = False
        self._summary = host.world.detail == "summary"

    def start_signer(self) -> None:
        """Make the signer anew, with the shares that the disk holds."""
        self.signer = self._make_signer(self.host.disk)

    def kept(self) -> Record:
        """Return the entry of a restart, with the last round that the disk holds."""
        store = self.host.disk.store
        return HostRestarted(round=store.last().round if store is not None else None)

    def resume(self) -> None:
        """Let the node go on with the chain and the groups that the disk holds.

        A member that has lost its share cannot deal, so the next resharing leaves it out, and the one after may take it
        in again, as a newcomer.
        """
        disk = self.host.disk
        if disk.store is not None and disk.epochs:
            self._open()
            # what another program has kept may be too slow to catch up
            epochs = [(first, paced(group), index) for first, group, index in disk.epochs]
            last = disk.store.last()
            self.carry_out(self.node.resume(disk.store.info, epochs, last, self.host.now, last_round=disk.last_round))

    def set_up(self, machine: Participant, wait: Seconds = 0.0) -> None:
        """Let the node take part in a set-up, which waits so many seconds for it."""
        self.carry_out(self.node.set_up(machine, self.host.now))

    # -- what comes in ------------------------------------------------------------------------------------------------

    def receive(self, sender: str, message: Any, now: Seconds) -> None:
        """Hand the node an envelope; what is none is of another protocol and nothing to a drand node."""
        if isinstance(message, Envelope) and (effects := self.node.receive(sender, message, now)):
            self.carry_out(effects)

    def ring(self, timer: TimerKey, now: Seconds) -> None:
        """Tell the node that a timer has come."""
        self.carry_out(self.node.timer(timer, now))

    def ask(self, request: Request) -> None:
        """Hand a request to the signer, and its replies to the node."""
        for reply in self.signer.handle(request, self.host.now):
            if isinstance(reply, SendBundle) and self.dkg_misbehaviours:
                self._send_falsely(reply)
                continue
            self.carry_out(self.node.answered(reply, self.host.now))
        if isinstance(request, (Adopt, Forget)):
            self.host.disk.keep_shares(self.signer.shares)
            self._report(SharesHeld(first_rounds=tuple(first for first, _ in self.signer.shares)))

    def _send_falsely(self, reply: SendBundle) -> None:
        """Send what the misbehaviours of this host make of a packet of the DKG."""
        assert self.signer.protocol is not None and self.node.generation is not None
        machine, start = self.signer.protocol.machine, self.node.generation.start_terms
        address_of = {node.index: node.identity.address for node in start.group.nodes}
        for sent in instead_of(reply.bundle, self.dkg_misbehaviours, machine, self._rng):
            packet, only = sent.packet, sent.only
            data = packet if isinstance(packet, bytes) else encode_bundle(packet, beacon_id=self.node.beacon_id)
            self._report(packet_report(reply.bundle, data))
            to = tuple(a for i, a in address_of.items() if a != self.host.address and (only is None or i in only))
            self.host.world.send(self.host, to, Envelope("dkg", data))

    # -- what goes out ------------------------------------------------------------------------------------------------

    def carry_out(self, effects: Iterable[NodeEffect]) -> None:
        """Do what the node wants, in order; what follows from one is done before the next."""
        for effect in effects:
            match effect:
                case Send(to, envelope):
                    self.host.send(to, envelope)
                case AskSigner(request):
                    self.ask(request)
                case chain.SetTimer(at, name):
                    self.host.set_timer(name, at)
                case chain.StoreBeacon():
                    self._store(effect)
                case Report(what):
                    self._report(what)
                case chain.ReadChain():
                    self._read(effect)
                case SaveEpoch(first_round, group, index):
                    self.host.disk.keep_epoch(first_round, group, index)
                    self._open(group.chain_info)
                case LeaveAfter(last_round):
                    self.host.disk.last_round = last_round
                case _:
                    assert_never(effect)

    def _open(self, info: ChainInfo | None = None) -> Store:
        if (store := self.host.disk.store) is None:
            known = info or self.node.info
            assert known is not None
            store = self.host.disk.open(known)
        if not self._chain_told:
            self._chain_told = True
            self.host.log(ChainOpened(hash=store.info.chain_hash, info=store.info.to_dict(2)))
        return store

    def _read(self, effect: chain.ReadChain) -> None:
        wanted: list[chain.ReadChain] = [effect]
        while wanted:  # slice after slice: a long chain must not become a deep stack
            one = wanted.pop(0)
            found = self.node.read(one, self._open().read(one.first, one.limit), self.host.now)
            wanted += [following for following in found if isinstance(following, chain.ReadChain)]
            self.carry_out([other for other in found if not isinstance(other, chain.ReadChain)])

    def _store(self, effect: chain.StoreBeacon) -> None:
        self._open()
        try:
            self.host.disk.write(effect.beacon, repair=effect.repair)
        except (StoreError, AppendRefused) as error:
            self.carry_out(self.node.store_failed(effect, error.code, str(error), self.host.now))
            return
        self._on_stored(self.host, effect)
        self.carry_out(self.node.stored(effect, self.host.now))

    # -- the journal --------------------------------------------------------------------------------------------------

    def _report(self, what: Record) -> None:
        if not (self._summary and isinstance(what, self._quiet)):
            self.host.log(what)

    def about(self, message: Envelope) -> Mapping[str, Any]:
        """Return what the journal says of an envelope: the round it is about, the name of its stream."""
        about: dict[str, Any] = {} if message.stream is None else {"stream": str(message.stream)}
        kind = KINDS.get(message.kind)
        if kind is not None and kind.round_of is not None:
            about["round"] = kind.round_of(message.data)
        return about


class DrandHost(Host[DrandDriver, NodeDisk]):
    """A host that runs a drand node, with the parts of its driver at hand."""

    @property
    def node(self) -> Node:
        """The part of the drand node that talks."""
        return self.driver.node

    @property
    def signer(self) -> Signer:
        """The part that holds its secrets."""
        return self.driver.signer

    @property
    def dkg_misbehaviours(self) -> list[MisbehavingParticipant]:
        """How this node misbehaves in the DKGs that it takes part in."""
        return self.driver.dkg_misbehaviours

    def carry_out(self, effects: Iterable[NodeEffect]) -> None:
        """Do what the node wants."""
        self.driver.carry_out(effects)
