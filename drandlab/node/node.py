"""One drand node: set-up, key generation, beacons, synchronisation and resharing, as one machine.

The node is the part that talks. Its secrets are with its signer (`drandlab.node.signer`), which it asks by `AskSigner`
and hears through `answered`; its chain is in a store, which it fills by `StoreBeacon` and reads by `ReadChain`.

It routes: each kind of envelope goes to one sub-machine, and the effects of the sub-machines become effects of the
node. The rules are in the sub-machines; there are none here.

| sub-machine | what it makes | from when on |
| --- | --- | --- |
| `Coordinator`, `Participant` | a group of nodes that share a secret | `set_up` |
| `Generation` | the DKG or the resharing of that group | the set-up's end |
| `Handler` | beacons | the first key |
| `SyncClient`, `SyncServer`, `Repair` | the chain, fetched, served and repaired | the first key |

Sans-I/O. Source: drand v1 ``core/drand.go``, ``core/drand_beacon*.go``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal, TypeAlias, assert_never

from drandlab.beacon.beacon import Beacon
from drandlab.beacon.chain_info import DEFAULT_BEACON_ID, ChainInfo, canonical_beacon_id
from drandlab.beacon.forms.group_packets import encode_identity
from drandlab.beacon.group import Group
from drandlab.beacon.identity import Identity
from drandlab.beacon.machines import effects as chain
from drandlab.beacon.machines.checker import Checker, Memory
from drandlab.beacon.machines.effects import HandlerTimer, RepairTimer, StreamId, StreamNames, StreamReader
from drandlab.beacon.machines.handler import Epoch, Handler
from drandlab.beacon.machines.repair import Repair
from drandlab.beacon.machines.sync import SyncClient, SyncServer
from drandlab.beacon.store import genesis_beacon
from drandlab.dkg.packets import Bundle
from drandlab.dkg.protocol import SignatureCache
from drandlab.errors import DrandlabError, FormatError, LocalError
from drandlab.node.effects import (
    AskSigner,
    LeaveAfter,
    NodeEffect,
    PhaseTimer,
    Report,
    SaveEpoch,
    Send,
    SetupTimer,
    TimerKey,
)
from drandlab.node.generation import Generation, GenerationReply
from drandlab.node.messages import KINDS, Envelope, Mailroom, NodePart
from drandlab.node.outgoing import of_chain, of_server, of_setup
from drandlab.node.reports import CacheHeld, GroupKnown, MessageRefused, PrivateAnswered, StoreFailed, WorkFailed
from drandlab.node.setup import setup_packets as setup
from drandlab.node.setup.coordinator import Coordinator
from drandlab.node.setup.participant import Participant
from drandlab.node.signer import (
    Adopt,
    AnswerPrivate,
    DKGProgress,
    Forget,
    KeyMade,
    NoKey,
    Partial,
    PrivateAnswer,
    Refusal,
    Reply,
    SendBundle,
    Timer,
)
from drandlab.typing import Rng, Round, Seconds, ShareIndex
from drandlab.wire.envelope import serialize
from drandlab.wire.protocol_pb2 import SyncRequest
from drandlab.wire.v1_pb2 import PrivateRandResponse

__all__ = ["Node"]

SetupMessage: TypeAlias = Identity | setup.SignalPacket | setup.GroupInfoPacket | None
"""What comes in a set-up; None acknowledges the group."""

StreamPart: TypeAlias = Literal[NodePart.SERVE, NodePart.STOP, NodePart.READ]
"""The parts that take what travels on a stream."""


class Node:
    """One node: call `set_up`, or `resume` after a restart.

    ``mail``, ``memory`` and ``signatures`` may be shared by the nodes of a process. ``streams`` names the streams that
    it reads; whoever makes the node anew after a restart hands in the same, so that no name comes twice.
    """

    def __init__(
        self,
        identity: Identity,
        rng: Rng,
        *,
        beacon_id: str = DEFAULT_BEACON_ID,
        mail: Mailroom | None = None,
        memory: Memory | None = None,
        signatures: SignatureCache | None = None,
        streams: StreamNames | None = None,
    ) -> None:
        self.identity, self.address, self.beacon_id = identity, identity.address, canonical_beacon_id(beacon_id)
        self._rng = rng
        backend = identity.key.group.backend
        self._mail = Mailroom(identity.scheme, backend) if mail is None else mail
        self._memory = Memory() if memory is None else memory
        self._signatures = SignatureCache(rng) if signatures is None else signatures
        self._streams = StreamNames() if streams is None else streams
        self.setup: Coordinator | Participant | None = None
        self.generation: Generation | None = None
        self.handler: Handler | None = None
        self.client: SyncClient | None = None
        self.server: SyncServer | None = None
        self.repair: Repair | None = None
        self._peers: dict[str, None] = {}
        self._held = CacheHeld(rounds=0, partials=0)

    def __repr__(self) -> str:
        return f"<Node {self.address}, {self.handler or self.generation or self.setup or 'no group yet'}>"

    @property
    def info(self) -> ChainInfo | None:
        """The chain that this node is in, once it has one."""
        return self.handler.info if self.handler else None

    @property
    def last(self) -> Beacon | None:
        """The newest stored beacon."""
        return self.handler.last if self.handler else None

    @property
    def group(self) -> Group | None:
        """The newest group that this node is in, once there is one."""
        return self.handler.epochs[-1].group if self.handler else None

    @property
    def is_busy(self) -> bool:
        """Whether a key generation is under way here."""
        return self.generation is not None and not self.generation.over

    # -- set-up, restart, check of the chain --------------------------------------------------------------------------

    def set_up(self, machine: Coordinator | Participant, now: Seconds) -> list[NodeEffect]:
        """Start a set-up, as its coordinator or as a participant: of the first group, or of one that takes over."""
        if self.is_busy:
            raise LocalError(f"{self.address}: a key generation is under way; wait for its end")
        self.setup = machine
        return self._from_setup(machine.start(now), now)

    def resume(
        self,
        info: ChainInfo,
        epochs: Iterable[tuple[Round, Group, ShareIndex]],
        last: Beacon,
        now: Seconds,
        *,
        last_round: Round | None = None,
    ) -> list[NodeEffect]:
        """Go on after a restart, with the chain and the groups that were saved."""
        kept = [self._epoch(info, first, group, index) for first, group, index in epochs]
        return self._begin(info, kept, last, now, last_round)

    def _epoch(self, info: ChainInfo, first: Round, group: Group, index: ShareIndex) -> Epoch:
        assert group.public is not None
        return Epoch(first, group, index, Checker(info, group.public, self._memory))

    def _begin(
        self, info: ChainInfo, epochs: Sequence[Epoch], last: Beacon, now: Seconds, last_round: Round | None = None
    ) -> list[NodeEffect]:
        self.handler = Handler(info, epochs, last)
        self.handler.last_round = last_round
        left = self.client.stop() if self.client is not None else []
        self.client = SyncClient(info, epochs[-1].checker.beacon, last, self._rng, names=self._streams)
        self.server = SyncServer(last)
        for epoch in epochs:
            self._peers |= dict.fromkeys(epoch.members.values())
        return self._from_chain([*left, *self.handler.start(now)], now)

    def check_chain(self, now: Seconds, *, up_to: Round = 0, mend: bool = True) -> list[NodeEffect]:
        """Verify the stored chain, and fetch the rounds that are missing or false from the peers."""
        if self.handler is None or self.client is None:
            raise LocalError(f"{self.address}: there is no chain to check yet")
        checker = self.handler.epochs[-1].checker
        peers = [peer for peer in self._peers if peer != self.address] if mend else ()
        left = self.repair.stop() if self.repair is not None else []
        info, last = self.handler.info, self.handler.last
        self.repair = Repair(info, checker.beacon, last, self._rng, up_to=up_to, peers=peers, names=self._streams)
        return self._from_chain([*left, *self.repair.start(now)], now)

    # -- what comes from the network ----------------------------------------------------------------------------------

    def receive(self, sender: str, envelope: Envelope, now: Seconds) -> list[NodeEffect]:
        """Take an envelope from the network, whoever sent it."""
        kind, stream = KINDS.get(envelope.kind), envelope.stream
        try:
            message = self._mail.open(envelope)
        except DrandlabError as error:
            if kind is not None and kind.part is NodePart.READ and stream is not None:
                return self._garbage(sender, stream, error, now)
            return [self._refused(envelope.kind, error, sender)]
        assert kind is not None
        match kind.part:
            case NodePart.PARTIAL:  # by far the most frequent
                wanted = self.handler.partial(message, now) if self.handler is not None else []
                return self._from_chain(wanted, now, sender=sender) if wanted else []
            case NodePart.IDENTITY:
                identity = encode_identity(self.identity, beacon_id=self.beacon_id)
                return [Send((sender,), Envelope("identity", identity))]
            case NodePart.SET_UP:
                return self._setup_message(sender, kind.name, message, now)
            case NodePart.DKG:
                return self._dkg_packet(sender, envelope.data, message, now)
            case NodePart.SERVE | NodePart.STOP | NodePart.READ as part:
                if stream is None:
                    unnamed = FormatError("it names no stream", source="message", code="no-stream")
                    return [self._refused(kind.name, unnamed, sender)]
                return self._stream_message(part, sender, stream, message, now)
            case NodePart.ANSWER:
                return [AskSigner(AnswerPrivate(message, sender))]
            case NodePart.ANSWERED:
                return [Report(PrivateAnswered(sender=sender, answer=message))]
            case _:
                assert_never(kind.part)

    def _garbage(self, sender: str, stream: StreamId, error: DrandlabError, now: Seconds) -> list[NodeEffect]:
        reader = self._reader(stream)
        return [] if reader is None else self._from_chain(reader.garbage(sender, stream, error, now), now)

    def _reader(self, stream: StreamId) -> SyncClient | Repair | None:
        """The machine that reads a stream, if it is here."""
        match stream.reader:
            case StreamReader.SYNC:
                return self.client
            case StreamReader.REPAIR:
                return self.repair
            case _:
                assert_never(stream.reader)

    def _setup_message(self, sender: str, kind: str, message: SetupMessage, now: Seconds) -> list[NodeEffect]:
        """Take a set-up message; None is an acknowledgement."""
        machine = self.setup
        try:
            match message, machine:
                case Identity(), Participant():
                    return self._from_setup(machine.identity(message), now)
                case setup.SignalPacket(), Coordinator():
                    return self._from_setup(machine.signal(message, now), now)
                case setup.GroupInfoPacket(), Participant():
                    return self._from_setup(machine.receive(message, now), now, to=sender)
                case None, Coordinator():
                    return self._from_setup(machine.acknowledge(sender), now)
        except setup.SetupRefused as error:
            return [self._refused(kind, error, sender)]
        return [self._refused(kind, setup.Untimely("no set-up here awaits it"), sender)]

    def _dkg_packet(self, sender: str, data: bytes, message: Bundle, now: Seconds) -> list[NodeEffect]:
        effects: list[NodeEffect] = []
        if isinstance(self.setup, Participant) and (self.generation is None or self.generation.over):
            try:
                effects = self._from_setup(self.setup.first_packet(message), now)
            except setup.SetupRefused as error:
                return [self._refused("dkg", error, sender)]
        if self.generation is None:
            return effects
        return [*effects, *self.generation.receive(data, message)]

    def _sync_asked(self, sender: str, stream: StreamId, message: SyncRequest) -> list[NodeEffect]:
        wanted = canonical_beacon_id(message.metadata.beaconID)
        if self.server is None or wanted != self.beacon_id:
            why = "no chain here yet" if self.server is None else f"no network {wanted!r} here"
            return [Send((sender,), Envelope("end", why.encode(), stream))]
        return self._from_server(self.server.request(sender, stream, message.from_round))

    def _stream_message(
        self, part: StreamPart, sender: str, stream: StreamId, message: Any, now: Seconds
    ) -> list[NodeEffect]:
        match part:
            case NodePart.SERVE:
                return self._sync_asked(sender, stream, message)
            case NodePart.STOP:
                if self.server is not None:
                    self.server.closed(sender, stream)
                return []
            case NodePart.READ:
                return self._stream_item(sender, stream, message, now)
            case _:
                assert_never(part)

    def _stream_item(self, sender: str, stream: StreamId, message: Beacon | str, now: Seconds) -> list[NodeEffect]:
        """Take a beacon of a stream, or the reason why it has ended."""
        reader = self._reader(stream)
        if reader is None:
            return []
        if isinstance(message, Beacon):
            return self._from_chain(reader.receive(sender, stream, message, now), now)
        if isinstance(reader, Repair):
            return self._from_chain(reader.closed(sender, stream, now), now)
        return self._from_chain(reader.closed(sender, stream, message, now), now)

    # -- time, signer and store ---------------------------------------------------------------------------------------

    def timer(self, name: TimerKey, now: Seconds) -> list[NodeEffect]:
        """A timer that was set has come."""
        match name:
            case HandlerTimer():
                return self._from_chain(self.handler.timer(name, now), now) if self.handler else []
            case RepairTimer():
                return self._from_chain(self.repair.timer(now), now) if self.repair else []
            case SetupTimer():
                return self._from_setup(self.setup.tick(now), now) if self.setup else []
            case PhaseTimer(phase):
                return self.generation.tick(phase) if self.generation else []
            case _:
                assert_never(name)

    def answered(self, reply: Reply, now: Seconds) -> list[NodeEffect]:
        """The signer has answered."""
        match reply:
            case Partial(round, previous, partial):
                if self.handler is None:
                    return []
                return self._from_chain(self.handler.signed(round, previous, partial, now), now)
            case PrivateAnswer(answer, token):
                data = serialize(PrivateRandResponse(response=answer))
                return [Send((token,), Envelope("private", data))]
            case Refusal(request, code, why):
                return [Report(WorkFailed(request=request, code=code, why=why))]
            case SendBundle() | Timer() | DKGProgress() | KeyMade() | NoKey():
                return self._dkg_answered(reply, now)
            case _:
                assert_never(reply)

    def _dkg_answered(self, reply: GenerationReply, now: Seconds) -> list[NodeEffect]:
        if self.generation is None:
            return []
        effects = self.generation.answered(reply, self.beacon_id)
        if self.generation.over:
            effects += self._take_over(self.generation, now)
        return effects

    def stored(self, effect: chain.StoreBeacon, now: Seconds) -> list[NodeEffect]:
        """A `StoreBeacon` was carried out."""
        assert self.handler is not None and self.client is not None and self.server is not None
        if effect.repair:
            if effect.beacon.round == self.handler.last.round:  # read from a damaged disk after a restart
                self.handler.last = self.client.last = self.server.last = effect.beacon
            return self._from_chain(self.repair.stored(now), now) if self.repair else []
        epoch = self.handler.epochs[0]
        effects = self._from_chain(self.handler.stored(effect.beacon, effect.by, now), now)
        effects += self._from_chain(self.client.stored(effect.beacon), now)
        effects += self._from_server(self.server.stored(effect.beacon))
        if self.handler.epochs[0] is not epoch:
            effects.append(AskSigner(Forget(self.handler.epochs[0].first_round)))
        cache = self.handler.cache
        oldest, newest = cache.span or (None, None)
        held = CacheHeld(rounds=cache.rounds, partials=len(cache), oldest=oldest, newest=newest)
        if held != self._held:
            self._held = held
            effects.append(Report(held))
        return effects

    def store_failed(self, effect: chain.StoreBeacon, code: str, why: str, now: Seconds) -> list[NodeEffect]:
        """A `StoreBeacon` has failed: the beacon counts as if it had never come."""
        effects: list[NodeEffect] = [Report(StoreFailed(round=effect.beacon.round, code=code, why=why))]
        if effect.repair and self.repair is not None:
            effects += self._from_chain(self.repair.store_failed(now), now)
        elif effect.by == "sync" and self.client is not None and self.client.peer is not None:
            effects += self._from_chain(self.client.give_up(code, why), now)
        return effects

    def read(self, effect: chain.ReadChain, beacons: Iterable[Beacon], now: Seconds) -> list[NodeEffect]:
        """A `ReadChain` has given these beacons."""
        match effect.reader:
            case "repair":
                return self._from_chain(self.repair.read(beacons, now), now) if self.repair else []
            case "sync":
                if self.server is None or effect.token is None:
                    return []
                return self._from_server(self.server.read(effect.token, beacons))
            case _:
                assert_never(effect.reader)

    # -- from the effects of the sub-machines to the node's -----------------------------------------------------------

    def _refused(self, what: str, error: DrandlabError, sender: str) -> Report:
        return Report(MessageRefused(what=what, code=error.code, why=str(error), sender=sender))

    def _from_setup(self, effects: Iterable[setup.SetupEffect], now: Seconds, to: str = "") -> list[NodeEffect]:
        done: list[NodeEffect] = []
        for effect in effects:
            if isinstance(effect, setup.StartDKG):
                self.generation = Generation(effect, self.address, self._signatures)
                group = effect.group
                known = GroupKnown(
                    group=group.group_hash,
                    nodes=len(group),
                    threshold=group.threshold,
                    first_round=self.generation.first_round,
                    catchup_period=group.catchup_period,
                )
                done.append(Report(known))
                done += self.generation.start()
            else:
                done.append(of_setup(effect, self.beacon_id, to))
        return done

    def _take_over(self, generation: Generation, now: Seconds) -> list[NodeEffect]:
        """The DKG is over: from its first round on, the new group makes the beacons."""
        first, group = generation.first_round, generation.group
        mine = group.find(self.identity) if group is not None else None
        if group is None or mine is None:
            # a leaver goes when the others take over; who failed stays in the old group, as in production
            if self.handler is None or (group is None and generation.start_terms.group.find(self.identity)):
                return []
            self.handler.leave(first - 1)
            return [LeaveAfter(first - 1)]
        effects: list[NodeEffect] = [AskSigner(Adopt(first)), SaveEpoch(first, group, mine.index)]
        if self.handler is not None:
            epoch = self._epoch(self.handler.info, first, group, mine.index)
            if self.handler.last_round is not None:  # it had left, and joins again: it is in the new group alone
                effects.append(AskSigner(Forget(first)))
                return effects + self._begin(self.handler.info, [epoch], self.handler.last, now)
            self.handler.add_epoch(epoch)
            self._peers |= dict.fromkeys(epoch.members.values())
            return effects
        if (old := generation.start_terms.old_group) is not None:
            self._peers |= dict.fromkeys(node.identity.address for node in old.nodes)
        info = group.chain_info
        begun = self._begin(info, [self._epoch(info, first, group, mine.index)], genesis_beacon(info), now)
        return [*effects, *begun]

    def _from_chain(self, effects: Iterable[chain.ChainEffect], now: Seconds, *, sender: str = "") -> list[NodeEffect]:
        done: list[NodeEffect] = []
        for effect in effects:
            if isinstance(effect, chain.WantSync):
                assert self.client is not None
                peers = [peer for peer in self._peers if peer != self.address]
                done += self._from_chain(self.client.request(effect.up_to, peers, now), now)
            else:
                done += of_chain(effect, self.beacon_id, sender)
        return done

    def _from_server(self, effects: Iterable[chain.ServerEffect]) -> list[NodeEffect]:
        return [of_server(effect, self.beacon_id) for effect in effects]
