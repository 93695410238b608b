"""A host of the simulated world: it carries out what its node wants, by its own clock, until it crashes.

The host stands between the sans-I/O node and the world: it delivers envelopes, keeps timers, asks the signer, writes
the disk and tells the journal. A crash takes the node and its signer, not the disk; a restart makes both anew from what
the disk holds. A host whose operator misbehaves passes what its node sends through its `Interceptor`s first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol

import simpy

from drandlab.beacon.beacon import Beacon
from drandlab.beacon.machines import effects as chain
from drandlab.beacon.store import AppendRefused, Store, StoreError
from drandlab.crypto.secrecy import HoldsSecrets
from drandlab.dkg.codec import encode as encode_bundle
from drandlab.errors import LocalError
from drandlab.node.effects import AskSigner, LeaveAfter, NodeEffect, Report, SaveEpoch, Send
from drandlab.node.messages import KINDS, Envelope
from drandlab.node.node import Node
from drandlab.node.setup_rules import paced
from drandlab.node.signer import Adopt, Forget, Request, SendBundle, Signer
from drandlab.simulation.chance import rng_for
from drandlab.simulation.hosts.disk import Disk
from drandlab.simulation.misbehaviour.keygen import MisbehavingParticipant
from drandlab.simulation.world.links import MICRO
from drandlab.simulation.world.world import World
from drandlab.typing import Seconds, checked_real

__all__ = ["Host", "Interceptor"]

QUIET = frozenset({"broadcast", "partial", "phase"})
"""Reports that a summary leaves out."""


class Interceptor(Protocol):
    """What stands between a misbehaving host's node and the network."""

    def outgoing(
        self, host: Host, to: tuple[str, ...], envelope: Envelope
    ) -> Iterable[tuple[tuple[str, ...], Envelope]]:
        """Return what is sent instead."""
        ...


_FARTHEST = 1e12
"""Seconds that a clock can be off: thirty thousand years, more than its microseconds have digits for."""


class Host(HoldsSecrets):
    """One host: ``make_node`` and ``make_signer`` make its parts at every start, from ``disk``."""

    def __init__(
        self,
        name: int,
        world: World,
        disk: Disk,
        make_signer: Callable[[Disk], Signer],
        make_node: Callable[[], Node],
        on_stored: Callable[[Host, Beacon, str], None],
    ) -> None:
        self.name, self.world, self.disk = name, world, disk
        self._make_signer, self._make_node, self._on_stored = make_signer, make_node, on_stored
        self.signer, self.node = make_signer(disk), make_node()
        self.address = self.node.address
        self.up = True
        self.offset = 0
        self.drift = 0.0
        self._drift_since = world.micros
        self.misbehaviours: list[Interceptor] = []
        self.dkg_misbehaviours: list[MisbehavingParticipant] = []
        self._chance = rng_for(world.seed, "fault", name)
        self._timers: dict[str, tuple[int, simpy.Timeout]] = {}
        self._chain_told = False
        self._summary = world.detail == "summary"
        world.hosts[self.address] = self

    def __repr__(self) -> str:
        return f"<Host {self.name}, {'up' if self.up else 'down'}, {self.node!r}>"

    # -- clock --------------------------------------------------------------------------------------------------------

    @property
    def local_micros(self) -> int:
        """What this host's clock shows, in microseconds."""
        micros = int(self.world.env.now)
        if self.drift:
            micros += round((micros - self._drift_since) * self.drift)
        return micros + self.offset

    @property
    def now(self) -> Seconds:
        """What this host's clock shows, in UNIX seconds."""
        return self.local_micros / MICRO

    def set_clock(self, offset: Seconds, drift: float = 0.0) -> None:
        """Put the clock ``offset`` seconds ahead of the world's (behind, if negative), to run ``drift`` too fast.

        Timers that are set keep the local time at which they are due.
        """
        if not (drift := checked_real(drift, "drift", high=1e6)) > -1:
            raise LocalError(f"drift: a clock that runs backwards is none, got {drift!r}")
        offset = checked_real(offset, "offset", -_FARTHEST, _FARTHEST, what="seconds")
        self.offset, self.drift, self._drift_since = round(offset * MICRO), drift, self.world.micros
        for name, (local, timeout) in list(self._timers.items()):
            timeout.callbacks.clear()
            self._arm(name, local)

    def _arm(self, name: str, local: int) -> None:
        wait = local - self.local_micros
        if self.drift:
            wait = round(wait / (1 + self.drift))
        timeout = self.world.at(self.world.micros + wait, lambda: self._ring(name, local))
        self._timers[name] = local, timeout

    def _ring(self, name: str, local: int) -> None:
        if self.up and (held := self._timers.get(name)) is not None and held[0] == local:
            del self._timers[name]
            # a drifting clock may be a microsecond short of what it was set for
            self.carry_out(self.node.timer(name, max(self.local_micros, local) / MICRO))

    # -- life ---------------------------------------------------------------------------------------------------------

    def crash(self, *, lose_disk: bool = False) -> None:
        """Stop at once: what was to leave is gone, what is on the disk stays (unless it is lost as well)."""
        if not self.up:
            return
        self.up = False
        for _, timeout in self._timers.values():
            timeout.callbacks.clear()
        self._timers.clear()
        self.world.fall_silent(self)
        if lose_disk:
            self.disk.lose()
        self.world.log(self.name, "crash", disk="lost" if lose_disk else "kept")

    def restart(self) -> None:
        """Start again with what the disk holds.

        A member that has lost its share cannot deal, so the next resharing leaves it out, and the one after may take it
        in again, as a newcomer.
        """
        if self.up:
            return
        self.up, self._chain_told = True, False
        self.signer, self.node = self._make_signer(self.disk), self._make_node()
        store = self.disk.store
        self.world.log(self.name, "restart", round=store.last().round if store is not None else None)
        self.resume()

    def resume(self) -> None:
        """Let the node go on with the chain that the disk holds, if it holds one."""
        store = self.disk.store
        if store is not None and self.disk.epochs:
            self._open()
            # what another program has kept may be too slow to catch up
            epochs = [(first, paced(group), index) for first, group, index in self.disk.epochs]
            last_round = self.disk.last_round
            self.carry_out(self.node.resume(store.info, epochs, store.last(), self.now, last_round=last_round))

    # -- what comes in ------------------------------------------------------------------------------------------------

    def arrive(self, sender: str, envelope: Envelope) -> None:
        """Take an envelope that a link has carried here."""
        if not self.up:
            return
        now = self.now if self.drift else (self.world.env.now + self.offset) / MICRO
        effects = self.node.receive(sender, envelope, now)
        if effects:
            self.carry_out(effects)

    def ask(self, request: Request) -> None:
        """Hand a request to the signer, and its replies to the node."""
        for reply in self.signer.handle(request, self.now):
            if isinstance(reply, SendBundle) and self.dkg_misbehaviours:
                self._send_falsely(reply)
                continue
            self.carry_out(self.node.answered(reply, self.now))
        if isinstance(request, (Adopt, Forget)):
            self.disk.keep_shares(self.signer.shares)

    def _send_falsely(self, reply: SendBundle) -> None:
        """Send what the misbehaviours of this host make of a packet of the DKG."""
        assert self.signer.protocol is not None and self.node.generation is not None
        machine, start = self.signer.protocol.machine, self.node.generation.start_terms
        address_of = {node.index: node.identity.address for node in start.group.nodes}
        packets: list[Any] = [(reply.bundle, None)]
        for one in self.dkg_misbehaviours:
            packets = [
                (sent.packet, sent.only)
                for packet, only in packets
                for sent in (one.send(machine, packet, self._chance) if not isinstance(packet, bytes) else ())
            ] + [pair for pair in packets if isinstance(pair[0], bytes)]
        for packet, only in packets:
            data = packet if isinstance(packet, bytes) else encode_bundle(packet, beacon_id=self.node.beacon_id)
            kind = type(reply.bundle).__name__.removesuffix("Bundle").lower()
            self._report("broadcast", {"packet": kind, "data": data})
            to = tuple(a for i, a in address_of.items() if a != self.address and (only is None or i in only))
            self.world.send(self, to, Envelope("dkg", data))

    # -- what goes out ------------------------------------------------------------------------------------------------

    def carry_out(self, effects: Iterable[NodeEffect]) -> None:
        """Do what the node wants, in order; what follows from one is done before the next."""
        for effect in effects:
            match effect:
                case Send(to, envelope):
                    self._send(to, envelope)
                case AskSigner(request):
                    self.ask(request)
                case chain.SetTimer(at, name):
                    if (old := self._timers.pop(name, None)) is not None:
                        old[1].callbacks.clear()
                    self._arm(name, round(at * MICRO))
                case chain.StoreBeacon():
                    self._store(effect)
                case Report(kind, details):
                    self._report(kind, details)
                case chain.ReadChain():
                    self._read(effect)
                case SaveEpoch(first_round, group, index):
                    self.disk.keep_epoch(first_round, group, index)
                    self._open(group.chain_info)
                case LeaveAfter(last_round):
                    self.disk.last_round = last_round

    def _send(self, to: tuple[str, ...], envelope: Envelope) -> None:
        about = {} if self._summary else about_of(envelope)
        parts: list[tuple[tuple[str, ...], Envelope]] = [(to, envelope)]
        for one in self.misbehaviours:
            parts = [sent for target, part in parts for sent in one.outgoing(self, target, part)]
        for target, part in parts:
            self.world.send(self, target, part, **about)

    def _open(self, info: Any = None) -> Store:
        if (store := self.disk.store) is None:
            known = info or self.node.info
            assert known is not None
            store = self.disk.open(known)
        if not self._chain_told:
            self._chain_told = True
            self.world.log(self.name, "chain", hash=store.info.chain_hash, info=store.info.to_dict(2))
        return store

    def _read(self, effect: chain.ReadChain) -> None:
        wanted: list[chain.ReadChain] = [effect]
        while wanted:  # slice after slice: a long chain must not become a deep stack
            one = wanted.pop(0)
            found = self.node.read(one, self._open().read(one.first, one.limit), self.now)
            wanted += [following for following in found if isinstance(following, chain.ReadChain)]
            self.carry_out([other for other in found if not isinstance(other, chain.ReadChain)])

    def _store(self, effect: chain.StoreBeacon) -> None:
        self._open()
        try:
            self.disk.write(effect.beacon, repair=effect.repair)
        except (StoreError, AppendRefused) as error:
            self.carry_out(self.node.store_failed(effect, error.code, str(error), self.now))
            return
        self._on_stored(self, effect.beacon, "repair" if effect.repair else effect.by)
        self.carry_out(self.node.stored(effect, self.now))

    def _report(self, kind: str, details: Any) -> None:
        if not (self._summary and kind in QUIET):
            self.world.log(self.name, kind, **details)


def about_of(envelope: Envelope) -> dict[str, int]:
    """Return what the journal says of an envelope beside its kind: the round it is about, the number of its stream."""
    about = {"stream": envelope.stream} if envelope.stream else {}
    kind = KINDS.get(envelope.kind)
    if kind is not None and kind.round_of is not None:
        about["round"] = kind.round_of(envelope.data)
    return about
