"""Frames and their bytes: one encoding per value, and a hundred thousand changed frames."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from drandlab.errors import CODES, FormatError, LocalError, WrongType
from drandlab.gossip.effects import GOSSIP_CODES, Deliver, Report
from drandlab.gossip.messages.peer_ids import id_bytes, peer_id
from drandlab.gossip.messages.rpc import GossipMessage, Graft, IHave, IWant, PeerInfo, Prune, Rpc, Subscription
from drandlab.gossip.messages.rpc_codec import FRAME_LIMIT, decode_message, decode_rpc, encode_message, encode_rpc
from drandlab.gossip.messages.signed_messages import sign
from drandlab.gossip.router import Router
from drandlab.gossip.router_parameters import SPEC
from drandlab.gossip.router_reports import GossipRefused
from drandlab.wire import pubsub_pb2 as wire

topics = st.text(min_size=1, max_size=6)
ids = st.lists(st.binary(max_size=8), max_size=3).map(tuple)
some = st.binary(max_size=9)


def rows(**fields: Any) -> Any:
    kind = fields.pop("kind")
    return st.lists(st.builds(kind, **fields), max_size=3).map(tuple)


MESSAGES = st.builds(
    GossipMessage,
    topic=topics,
    data=some,
    source=some,
    seqno=st.sampled_from([b""]) | st.binary(min_size=8, max_size=8),
    signature=some,
    key=some,
)
FRAMES = st.builds(
    Rpc,
    subscriptions=rows(kind=Subscription, topic=topics, subscribe=st.booleans()),
    messages=st.lists(MESSAGES, max_size=3).map(tuple),
    ihave=rows(kind=IHave, topic=topics, ids=ids),
    iwant=rows(kind=IWant, ids=ids),
    graft=rows(kind=Graft, topic=topics),
    prune=rows(
        kind=Prune,
        topic=topics,
        backoff=st.none() | st.integers(0, (1 << 64) - 1),
        peers=rows(kind=PeerInfo, peer=st.binary(min_size=1, max_size=5), record=some),
    ),
)


@given(FRAMES)
def test_a_frame_and_its_bytes_are_one(frame: Rpc) -> None:
    data = encode_rpc(frame)
    assert decode_rpc(data) == decode_rpc(data, lenient=True) == frame
    assert frame.empty == (not data)
    assert wire.RPC.FromString(data).SerializeToString() == data


@given(MESSAGES)
def test_a_message_and_its_bytes_are_one(message: GossipMessage) -> None:
    assert decode_message(encode_message(message)) == message


@given(st.binary(max_size=60))
def test_any_bytes_are_a_frame_or_refused(data: bytes) -> None:
    try:
        frame = decode_rpc(data)
    except FormatError as error:
        assert error.code in CODES or error.code in GOSSIP_CODES
    else:
        assert encode_rpc(frame) == data


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\xff", "no-message"),
        (b"\x0a\x05\x08", "no-message"),
        (b"\x0a\x04\x08\x01\x12\x00", "missing"),  # a subscription to nothing
        (b"\x0a\x02\x08\x01", "missing"),
        (b"\x12\x02\x12\x00", "missing"),  # a message without a topic
        (b"\x12\x06\x1a\x01s\x22\x01t", "length"),  # a sequence number of one byte
        (b"\x1a\x04\x22\x02\x0a\x00", "missing"),  # a prune of nothing
        (b"\x1a\x07\x22\x05\x0a\x01t\x12\x00", "missing"),  # a peer without an ID
        (b"\x0a\x05\x12\x01t\x08\x01", "not-canonical"),  # the fields of a subscription in another order
        (b"\x0a\x03\x12\x01t", "not-canonical"),  # a subscription that does not say which way
        (b"\x0a\x05\x08\x02\x12\x01t", "not-canonical"),  # a flag that is neither 0 nor 1
        (b"\x12\x05\x12\x00\x22\x01t", "not-canonical"),  # empty data
        (b"\x12\x06\x22\x01s\x22\x01t", "not-canonical"),  # two topics, as in floodsub's first years
        (b"\x1a\x00", "not-canonical"),  # an empty control message
        (b"\x1a\x02\x1a\x00", "missing"),
        (b"\x12\x06\x22\x81\x00t", "no-message"),
        (b"\x12\x04\x22\x81\x00t", "not-canonical"),  # a length in more bytes than it takes
        (b"\x20\x01", "not-canonical"),  # an unknown field
        (b"\x1a\x05\x1a\x03\x0a\x01t\x1a\x05\x1a\x03\x0a\x01t", "not-canonical"),  # two control messages
        (b"\x12\x06\x22\x04\xff\xfe\xfd\xfc", "no-message"),  # a topic that is no UTF-8
    ],
)
def test_what_is_no_frame_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(FormatError) as caught:
        decode_rpc(data)
    assert caught.value.code == code


def test_other_implementations_are_read_leniently() -> None:
    later = b"\x22\x03abc" + encode_rpc(Rpc(graft=(Graft(topic="t"),))) + b"\xa2\x06\x00"
    assert decode_rpc(later, lenient=True) == Rpc(graft=(Graft(topic="t"),))
    for data in (b"\x0a\x05\x12\x01t\x08\x01", b"\x12\x05\x12\x00\x22\x01t"):
        assert not decode_rpc(data, lenient=True).empty
    for data in (b"\x12\x02\x12\x00", b"\x12\x06\x1a\x01s\x22\x01t", b"\xff"):
        with pytest.raises(FormatError):
            decode_rpc(data, lenient=True)


def test_a_frame_has_an_end() -> None:
    data = encode_rpc(Rpc(messages=(GossipMessage(topic="t", data=bytes(FRAME_LIMIT)),)))
    with pytest.raises(FormatError, match=f"at most {FRAME_LIMIT} are taken") as caught:
        decode_rpc(data)
    assert caught.value.code == "too-long"
    assert decode_rpc(data, limit=len(data)).messages[0].data == bytes(FRAME_LIMIT)


def test_values_that_are_no_frame_are_not_made() -> None:
    with pytest.raises(LocalError, match="topic: a topic has a name"):
        Graft(topic="")
    with pytest.raises(WrongType, match="topic: expected text, got bytes"):
        IHave(topic=b"t", ids=())
    with pytest.raises(LocalError, match="backoff: expected a whole number from 0"):
        Prune(topic="t", backoff=-1)
    with pytest.raises(LocalError, match="peer: a peer has an ID"):
        PeerInfo(peer=b"")
    with pytest.raises(WrongType, match="subscribe: expected True or False"):
        Subscription(topic="t", subscribe=1)
    with pytest.raises(WrongType, match="data: expected bytes"):
        GossipMessage(topic="t", data="text")
    with pytest.raises(WrongType, match="a message is parsed from bytes, got str"):
        decode_rpc("1a05")


# -- a hundred thousand changed frames ---------------------------------------------------------------------------------


def changed(data: bytes, other: bytes, rng: random.Random) -> bytes:
    """The frame with one to three changes."""
    out = bytearray(data)
    for _ in range(rng.randint(1, 3)):
        place = rng.randrange(len(out) + 1)
        what = rng.randrange(7)
        if what == 0 and out:
            out[place % len(out)] ^= 1 << rng.randrange(8)
        elif what == 1 and out:
            out[place % len(out)] = rng.randrange(256)
        elif what == 2:
            del out[place : place + rng.randint(1, 4)]
        elif what == 3:
            out[place:place] = rng.randbytes(rng.randint(1, 4))
        elif what == 4:
            del out[place:]
        elif what == 5:
            out[place:place] = out[place : place + rng.randint(1, 40)]
        else:
            out[place:] = other[rng.randrange(len(other)) :]
    return bytes(out)


def test_no_changed_frame_does_what_only_its_author_could() -> None:
    rng = random.Random(1)
    other = id_bytes(peer_id(bytes(32)))
    signed = [decode_message(sign(b"pulse %d" % i, topic="t", seqno=i, key=bytes([i]) * 32)) for i in range(1, 6)]
    frames = [
        encode_rpc(Rpc(messages=(signed[0],))),
        encode_rpc(Rpc(messages=tuple(signed))),
        encode_rpc(
            Rpc(subscriptions=(Subscription(topic="t", subscribe=True), Subscription(topic="u", subscribe=False)))
        ),
        encode_rpc(Rpc(ihave=(IHave(topic="t", ids=(b"id 1", b"id 2")),), iwant=(IWant(ids=(b"id 3",)),))),
        encode_rpc(
            Rpc(
                graft=(Graft(topic="t"),),
                prune=(Prune(topic="t", backoff=60, peers=(PeerInfo(peer=other),)),),
            )
        ),
    ]
    originals = set(signed)
    public = Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key().public_bytes_raw()
    strict = Router(peer_id(public), SPEC, rng=random.Random(3), key=bytes(32))
    strict.subscribe("t", 0.0)
    strict.connected("peer", 0.0, outbound=False)
    codes: Counter[str] = Counter()
    taken = 0
    for k in range(100_000):
        data = changed(rng.choice(frames), rng.choice(frames), rng)
        try:
            frame = decode_rpc(data)
        except FormatError as error:
            codes[error.code] += 1
        else:
            taken += 1
            assert encode_rpc(frame) == data
        before = state(strict)
        effects = strict.receive("peer", data, 1.0 + k * 1e-3)
        if any(isinstance(e, Report) and isinstance(e.what, GossipRefused) and not e.what.topic for e in effects):
            assert len(effects) == 1 and state(strict) == before
        for effect in effects:
            assert not isinstance(effect, Deliver) or effect.message in originals
    assert taken > 5_000 and codes.keys() == {"no-message", "not-canonical", "missing", "length"}


def state(router: Router) -> tuple[object, ...]:
    """What a refused frame must not change."""
    peer = router.peers.get("peer")
    assert peer is not None
    return (router.topics, router.mesh("t"), frozenset(peer.topics), peer.asked_ids, len(router.meshes.backoffs))
