"""Misbehaviour of running nodes: false partials, false sync servers, floods.

A misbehaviour stands between a host's node and the network: it gets each envelope that the node would send and returns
what is sent instead. The node behind it is an honest one, so a node that misbehaves knows all that an honest node
knows, and its signer signs whatever it is asked for.

Written as text it is ``NAME:NODE``: ``flood:2``, ``gapped-sync:0``. Misbehaviour in the DKG is in
`drandlab.simulation.misbehaviour.keygen`.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Protocol, TypeAlias

from drandlab.algebra.shamir import Share
from drandlab.beacon.forms.packets import PartialBeacon, decode_beacon, decode_partial, encode_beacon, encode_partial
from drandlab.beacon.machines.effects import StreamId, StreamReader
from drandlab.beacon.store import Store, genesis_beacon
from drandlab.crypto.bls import BLS
from drandlab.crypto.tbls import partial_index, sign_partial
from drandlab.errors import DrandlabError
from drandlab.node.messages import KINDS, Envelope, NodePart
from drandlab.node.node import Node
from drandlab.node.signer import Partial, Signer, SignPartial
from drandlab.simulation.chance import rng_for
from drandlab.simulation.misbehaviour.catalogue import Misbehaviour, check_name, parse_text
from drandlab.simulation.world.links import MICRO
from drandlab.simulation.world.world import Receiver, World
from drandlab.typing import Round, Seconds
from drandlab.wire.envelope import metadata, serialize
from drandlab.wire.protocol_pb2 import SyncRequest

__all__ = ["CATALOGUE", "MisbehavingNode", "NodeTools", "parse"]

EnvelopeTo: TypeAlias = tuple[tuple[str, ...], Envelope]
"""An envelope and the addresses that it goes to."""

EARLY, FLOOD, REMEMBERED, REPEATS = 6, 12, 20, 40
"""Rounds signed ahead of time, packets of a flood, packets kept for a replay, times that a stream repeats itself."""


class ChainDisk(Protocol):
    """What a misbehaviour uses of a host's disk."""

    @property
    def store(self) -> Store | None:
        """The stored chain."""
        ...


class NodeHost(Receiver, Protocol):
    """What a misbehaviour uses of its host; `drandlab.simulation.hosts.drand.DrandHost` is one."""

    @property
    def world(self) -> World:
        """The world that it lives in."""
        ...

    @property
    def up(self) -> bool:
        """Whether it runs."""
        ...

    @property
    def now(self) -> Seconds:
        """The time on its own clock."""
        ...

    @property
    def disk(self) -> ChainDisk:
        """Its disk."""
        ...

    @property
    def node(self) -> Node:
        """The part of its drand node that talks."""
        ...

    @property
    def signer(self) -> Signer:
        """The part of its drand node that holds secrets."""
        ...


@dataclass(slots=True, eq=False)
class NodeTools:
    """What a misbehaving node works with: its host, a source of chance, and what it remembers."""

    host: NodeHost
    rng: random.Random
    past: deque[Envelope] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    share: Share | None = field(default=None, repr=False)
    chain: list[bytes] = field(default_factory=list)
    busy_until: dict[tuple[str, StreamId | None], int] = field(default_factory=dict)

    @property
    def bls(self) -> BLS:
        """The group's curve operations."""
        identity = self.host.signer.identity
        return BLS.of(identity.scheme, identity.key.group.backend)

    @property
    def members(self) -> list[int]:
        """The indices of the newest group."""
        group = self.host.node.group
        return [node.index for node in group.nodes] if group is not None else []

    def sign(self, round: Round, previous: bytes) -> bytes | None:
        """Return the node's own partial of any round on any previous signature: its signer signs all of them."""
        for reply in self.host.signer.handle(SignPartial(round, previous), self.host.now):
            if isinstance(reply, Partial):
                return reply.partial
        return None

    def point(self) -> bytes:
        """Return the signature of random bytes under a random key: a valid point."""
        return self.bls.sign(1 + self.rng.getrandbits(200), self.rng.randbytes(32))

    def later(self, micros: int, to: tuple[str, ...], envelope: Envelope) -> None:
        """Send an envelope in so many microseconds, unless the host is down by then."""
        host = self.host

        about = {} if envelope.stream is None else {"stream": str(envelope.stream)}

        def send() -> None:
            if host.up:
                host.world.send(host, to, envelope, about)

        host.world.at(host.world.micros + micros, send)

    @property
    def period(self) -> int:
        """The chain's period in microseconds."""
        info = self.host.node.info
        return info.period * MICRO if info is not None else MICRO


# -- partials ---------------------------------------------------------------------------------------------------------


def _packet(packet: PartialBeacon) -> Envelope:
    return Envelope("partial", encode_partial(packet))


def _with(packet: PartialBeacon, *, index: int | None = None, signature: bytes | None = None) -> Envelope:
    head = packet.partial_signature[:2] if index is None else index.to_bytes(2, "big")
    body = packet.partial_signature[2:] if signature is None else signature
    return _packet(replace(packet, partial_signature=head + body))


def _nothing(tools: NodeTools, to: tuple[str, ...], envelope: Envelope) -> list[EnvelopeTo]:
    return []


def _garbage_partial(tools: NodeTools, to: tuple[str, ...], envelope: Envelope) -> list[EnvelopeTo]:
    packet = decode_partial(envelope.data)
    return [(to, _with(packet, signature=tools.rng.randbytes(tools.bls.scheme.signature_length)))]


def _truncated_partial(tools: NodeTools, to: tuple[str, ...], envelope: Envelope) -> list[EnvelopeTo]:
    packet = decode_partial(envelope.data)
    half = to[: len(to) // 2]
    cut = replace(packet, partial_signature=packet.partial_signature[: tools.rng.randrange(1, 40)])
    return [(half, _packet(cut)), (to[len(half) :], Envelope("partial", envelope.data[: len(envelope.data) // 2]))]


def _wrong_index(tools: NodeTools, to: tuple[str, ...], envelope: Envelope) -> list[EnvelopeTo]:
    packet = decode_partial(envelope.data)
    own = partial_index(tools.bls, packet.partial_signature)
    others = [index for index in tools.members if index != own]
    return [(to, _with(packet, index=tools.rng.choice(others)))] if others else []


def _stranger_index(tools: NodeTools, to: tuple[str, ...], envelope: Envelope) -> list[EnvelopeTo]:
    return [(to, _with(decode_partial(envelope.data), index=max(tools.members, default=0) + 1000))]


def _other_round(tools: NodeTools, to: tuple[str, ...], envelope: Envelope) -> list[EnvelopeTo]:
    packet = decode_partial(envelope.data)
    return [(to, _packet(replace(packet, round=packet.round + 1)))]


def _replay(tools: NodeTools, to: tuple[str, ...], envelope: Envelope) -> list[EnvelopeTo]:
    again = tools.rng.sample(list(tools.past), min(3, len(tools.past)))
    tools.past.append(envelope)
    return [(to, packet) for packet in (envelope, envelope, *again)]


def _early(tools: NodeTools, to: tuple[str, ...], envelope: Envelope) -> list[EnvelopeTo]:
    packet, sent = decode_partial(envelope.data), [(to, envelope)]
    for round in range(packet.round + 1, packet.round + 1 + EARLY):
        signed = tools.sign(round, packet.previous_signature)
        if signed is not None:
            sent.append((to, _packet(replace(packet, round=round, partial_signature=signed))))
    return sent


def _two_histories(tools: NodeTools, to: tuple[str, ...], envelope: Envelope) -> list[EnvelopeTo]:
    packet = decode_partial(envelope.data)
    other = tools.rng.randbytes(len(packet.previous_signature))
    signed, half = tools.sign(packet.round, other), len(to) // 2
    if signed is None:
        return [(to, envelope)]
    fake = replace(packet, previous_signature=other, partial_signature=signed)
    return [(to[:half], envelope), (to[half:], _packet(fake))]


def _other_network(tools: NodeTools, to: tuple[str, ...], envelope: Envelope) -> list[EnvelopeTo]:
    return [(to, _packet(replace(decode_partial(envelope.data), beacon_id="another network")))]


def _flood(tools: NodeTools, to: tuple[str, ...], envelope: Envelope) -> list[EnvelopeTo]:
    packet, sent = decode_partial(envelope.data), [(to, envelope)]
    for n in range(FLOOD):
        if n % 2:
            other = tools.rng.randbytes(len(packet.previous_signature))
            signed = tools.sign(packet.round, other) or packet.partial_signature
            fake = _packet(replace(packet, previous_signature=other, partial_signature=signed))
        else:
            fake = _with(packet, signature=tools.point())
        sent.append((to, fake))
    return sent


def _malformed_partial(tools: NodeTools, to: tuple[str, ...], envelope: Envelope) -> list[EnvelopeTo]:
    packet = decode_partial(envelope.data)
    length = tools.bls.scheme.signature_length
    bodies = [
        b"\xc0" + bytes(length - 1),  # infinity
        b"\xc0" + bytes(length - 2) + b"\1",  # infinity, not canonical
        b"\x9f" + b"\xff" * (length - 1),  # x above the prime
        # half of all x are those of a point on the curve, and next to none of these is in the subgroup
        *(b"\x80" + tools.rng.randbytes(length - 1) for _ in range(3)),
        bytes(length),  # not compressed
    ]
    return [(to, _with(packet, signature=body)) for body in bodies]


def _old_share(tools: NodeTools, to: tuple[str, ...], envelope: Envelope) -> list[EnvelopeTo]:
    packet, kept = decode_partial(envelope.data), tools.host.signer.shares
    if tools.share is None and kept:
        tools.share = kept[0][1]
    if tools.share is None:
        return [(to, envelope)]
    message = tools.bls.scheme.digest(packet.round, packet.previous_signature)
    return [(to, _packet(replace(packet, partial_signature=sign_partial(tools.bls, tools.share, message))))]


# -- sync servers -----------------------------------------------------------------------------------------------------


def _stream_of(envelope: Envelope, data: bytes) -> Envelope:
    return Envelope("beacon", data, envelope.stream)


def _false_beacons(tools: NodeTools, to: tuple[str, ...], envelope: Envelope) -> list[EnvelopeTo]:
    if envelope.kind == "end":
        return [(to, envelope)]
    beacon = decode_beacon(envelope.data)
    return [(to, _stream_of(envelope, encode_beacon(replace(beacon, signature=tools.point()))))]


def _relabelled_beacons(tools: NodeTools, to: tuple[str, ...], envelope: Envelope) -> list[EnvelopeTo]:
    """Every second round with the signature of the round before, which the reader has just found to be true."""
    store = tools.host.disk.store
    if envelope.kind == "end" or store is None:
        return [(to, envelope)]
    beacon = decode_beacon(envelope.data)
    before = store.get(beacon.round - 1) if beacon.round % 2 == 0 else None
    if before is None:
        return [(to, envelope)]
    return [(to, _stream_of(envelope, encode_beacon(replace(beacon, signature=before.signature))))]


def _garbled_beacons(tools: NodeTools, to: tuple[str, ...], envelope: Envelope) -> list[EnvelopeTo]:
    if envelope.kind == "end":
        return [(to, envelope)]
    return [(to, _stream_of(envelope, envelope.data[: len(envelope.data) // 2]))]


def _gapped_sync(tools: NodeTools, to: tuple[str, ...], envelope: Envelope) -> list[EnvelopeTo]:
    return [(to, envelope)] if envelope.kind == "end" or tools.rng.random() < 0.7 else []


def _endless_sync(tools: NodeTools, to: tuple[str, ...], envelope: Envelope) -> list[EnvelopeTo]:
    """The first item of each stream, many times: a reader that counts each as progress never asks another peer."""
    if (stream := (to[0], envelope.stream)) in tools.busy_until or envelope.kind == "end":
        return []
    tools.busy_until[stream] = 0
    for n in range(1, REPEATS):
        tools.later(n * tools.period // 2, to, envelope)
    return [(to, envelope)]


def _slow_sync(tools: NodeTools, to: tuple[str, ...], envelope: Envelope) -> list[EnvelopeTo]:
    """One item each 1.7 periods: slower than the chain grows, faster than two periods of silence."""
    stream, now = (to[0], envelope.stream), tools.host.world.micros
    tools.busy_until[stream] = max(now, tools.busy_until.get(stream, 0)) + 17 * tools.period // 10
    tools.later(tools.busy_until[stream] - now, to, envelope)
    return []


def _false_end(tools: NodeTools, to: tuple[str, ...], envelope: Envelope) -> list[EnvelopeTo]:
    return [(to, Envelope("end", b"there is nothing here", envelope.stream))]


def _other_chain(tools: NodeTools, to: tuple[str, ...], envelope: Envelope) -> list[EnvelopeTo]:
    """A valid chain from the same genesis on, under a key of the server's own."""
    info = tools.host.node.info
    if envelope.kind == "end" or info is None:
        return [(to, envelope)]
    beacon, scheme, signatures = decode_beacon(envelope.data), info.scheme, tools.chain
    while len(signatures) <= beacon.round:
        before = signatures[-1] if signatures else b""
        message = scheme.digest(len(signatures), before if scheme.chained else b"")
        signatures.append(tools.bls.sign(42, message) if signatures else genesis_beacon(info).signature)
    previous = signatures[beacon.round - 1] if scheme.chained else b""
    fake = replace(beacon, signature=signatures[beacon.round], previous_signature=previous)
    return [(to, _stream_of(envelope, encode_beacon(fake)))]


# -- anything ---------------------------------------------------------------------------------------------------------


def _unasked(tools: NodeTools, to: tuple[str, ...], envelope: Envelope) -> list[EnvelopeTo]:
    last = tools.host.node.last
    assert last is not None
    reader, number = tools.rng.choice(list(StreamReader)), tools.rng.randrange(1, 10)
    item = encode_beacon(replace(last, round=last.round + 1, signature=tools.point()))
    one, next_one = StreamId(reader, number), StreamId(reader, number + 1)
    return [(to, envelope), (to, Envelope("beacon", item, one)), (to, Envelope("end", b"", next_one))]


def _sync_flood(tools: NodeTools, to: tuple[str, ...], envelope: Envelope) -> list[EnvelopeTo]:
    request = serialize(SyncRequest(from_round=1, metadata=metadata(tools.host.node.beacon_id)))
    streams = (StreamId(StreamReader.SYNC, 1000 + tools.rng.randrange(1000)) for _ in range(3))
    return [(to, envelope), *((to, Envelope("sync", request, stream)) for stream in streams)]


NOISE = ("gossip", *(kind.name for kind in KINDS.values() if kind.noise))
"""Kinds of messages that noise is sent as, one that nobody knows among them."""


def _noise(tools: NodeTools, to: tuple[str, ...], envelope: Envelope) -> list[EnvelopeTo]:
    first = StreamId(StreamReader.SYNC, 1)
    garbage = (Envelope(kind, tools.rng.randbytes(tools.rng.randrange(80)), first) for kind in NOISE)
    return [(to, envelope), *((to, item) for item in garbage)]


_Hook: TypeAlias = Callable[[NodeTools, tuple[str, ...], Envelope], Iterable[EnvelopeTo]]


_PARTIAL = KINDS.names(lambda kind: kind.part is NodePart.PARTIAL)
_SERVED = KINDS.names(lambda kind: kind.part is NodePart.READ)

CATALOGUE: Mapping[str, Misbehaviour[_Hook]] = MappingProxyType(
    {
        "silent-partials": Misbehaviour("never sends a partial", _PARTIAL, _nothing),
        "garbage-partial": Misbehaviour("signs with random bytes of the right length", _PARTIAL, _garbage_partial),
        "truncated-partial": Misbehaviour("sends part of a partial, or of its packet", _PARTIAL, _truncated_partial),
        "wrong-index": Misbehaviour("signs in the name of another member", _PARTIAL, _wrong_index),
        "stranger-index": Misbehaviour("signs with an index that is not in the group", _PARTIAL, _stranger_index),
        "other-round": Misbehaviour("passes its partial off as the next round's", _PARTIAL, _other_round),
        "replay": Misbehaviour("sends each partial twice, and old ones again", _PARTIAL, _replay),
        "early": Misbehaviour("signs rounds that are not due yet", _PARTIAL, _early),
        "two-histories": Misbehaviour("tells half that another beacon came before", _PARTIAL, _two_histories),
        "other-network": Misbehaviour("names another network in its packets", _PARTIAL, _other_network),
        "flood": Misbehaviour("adds a dozen partials that are of no use", _PARTIAL, _flood),
        "malformed-partial": Misbehaviour("sends infinity and points off the group", _PARTIAL, _malformed_partial),
        "old-share": Misbehaviour("goes on with its first share after a resharing", _PARTIAL, _old_share),
        "false-beacons": Misbehaviour("serves its chain with other signatures", _SERVED, _false_beacons),
        "relabelled-beacons": Misbehaviour(
            "serves the beacon of one round as that of the next", _SERVED, _relabelled_beacons
        ),
        "garbled-beacons": Misbehaviour("serves half of each packet", _SERVED, _garbled_beacons),
        "gapped-sync": Misbehaviour("serves its chain with rounds left out", _SERVED, _gapped_sync),
        "endless-sync": Misbehaviour("serves the same beacon again and again", _SERVED, _endless_sync),
        "slow-sync": Misbehaviour("serves its chain slower than it grows", _SERVED, _slow_sync),
        "mute-sync": Misbehaviour("takes a request and never answers", _SERVED, _nothing),
        "false-end": Misbehaviour("says that it has nothing to serve", _SERVED, _false_end),
        "other-chain": Misbehaviour("serves a valid chain of another key", _SERVED, _other_chain),
        "unasked": Misbehaviour("sends items of streams that nobody opened", _PARTIAL, _unasked),
        "sync-flood": Misbehaviour("asks everybody for the whole chain, again and again", _PARTIAL, _sync_flood),
        "noise": Misbehaviour("adds random bytes of every kind", _PARTIAL, _noise),
    }
)
"""Every misbehaviour by name."""


@dataclass(slots=True)
class MisbehavingNode:
    """A misbehaviour at one node; `parse` reads one from text."""

    name: str
    node: int
    _tools: NodeTools | None = field(default=None, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_name(self.name, CATALOGUE)

    def outgoing(self, host: NodeHost, to: tuple[str, ...], envelope: Envelope) -> Iterable[EnvelopeTo]:
        """Return what is sent in place of ``envelope``."""
        entry = CATALOGUE[self.name]
        if envelope.kind not in entry.touches:
            return [(to, envelope)]
        if self._tools is None or self._tools.host is not host:
            self._tools = NodeTools(host, rng_for(host.world.seed, "mischief", self.name, host.name))
        try:
            return [sent for sent in entry.hook(self._tools, to, envelope) if sent[0]]
        except DrandlabError:
            # two misbehaviours on one host: what the first one made cannot be decoded
            return [(to, envelope)]

    def __str__(self) -> str:
        return f"{self.name}:{self.node}"


def parse(text: str) -> MisbehavingNode:
    """Return the misbehaviour that ``text`` describes.

    >>> parse("flood:2")
    MisbehavingNode(name='flood', node=2)
    >>> parse("flood:x")
    Traceback (most recent call last):
    drandlab.errors.LocalError: misbehaviour 'flood:x': expected NAME:NODE, the node as a number
    """
    name, node, _ = parse_text(text, CATALOGUE)
    return MisbehavingNode(name, node)
