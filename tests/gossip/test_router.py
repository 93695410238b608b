"""One router and several: messages reach every subscriber once, meshes keep their bounds, back-offs are kept."""

from __future__ import annotations

import random
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from gossip_loop import Loop, Probe
from hypothesis import given, settings
from hypothesis import strategies as st

from drandlab.errors import LocalError, WrongType
from drandlab.gossip import (
    DRAND_RELAY,
    GO,
    IDN,
    RUST,
    SPEC,
    Connect,
    GossipMessage,
    Judgement,
    Parameters,
    Router,
    Rpc,
    Scoring,
    SetHeartbeat,
    SignaturePolicy,
    TopicScoring,
    Validation,
    encode_rpc,
    peer_id,
    sign,
)
from drandlab.gossip.messages.rpc import Graft, IHave, IWant, Prune, Subscription
from drandlab.gossip.messages.rpc_codec import decode_message
from drandlab.gossip.router_reports import GossipRefused, MessagePublished

NAMES = [f"n{i}" for i in range(20)]
KEY = bytes(range(32))
ME = peer_id(Ed25519PrivateKey.from_private_bytes(KEY).public_key().public_bytes_raw())


def message(data: bytes = b"hello", source: bytes = b"author", seqno: int = 1, topic: str = "t") -> GossipMessage:
    return GossipMessage(topic=topic, data=data, source=source, seqno=seqno.to_bytes(8, "big"))


def carrying(*messages: GossipMessage) -> Rpc:
    return Rpc(messages=messages)


# -- many routers ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("parameters", [SPEC, GO, RUST, IDN, DRAND_RELAY])
@pytest.mark.parametrize("as_bytes", [False, True])
def test_a_message_reaches_every_subscriber_once(parameters: Parameters, as_bytes: bool) -> None:
    loop = Loop(NAMES, parameters, as_bytes=as_bytes)
    loop.link_at_random(5)
    loop.subscribe_all("t")
    loop.run(8)
    for name in NAMES:
        members = loop.routers[name].mesh("t")
        assert parameters.d_lo <= len(members) <= parameters.d_hi
        assert all(name in loop.routers[other].mesh("t") for other in members)
    loop.publish("n3", "t", b"hello")
    loop.run(3)
    assert loop.receivers(b"hello") == sorted(set(NAMES) - {"n3"})


@settings(max_examples=25, deadline=None)
@given(st.integers(2, 24), st.integers(1, 6), st.integers(0, 10**6), st.sampled_from([SPEC, IDN, DRAND_RELAY]))
def test_in_any_connected_graph_a_message_reaches_all(
    size: int, degree: int, seed: int, parameters: Parameters
) -> None:
    loop = Loop(NAMES[:size] + [f"m{i}" for i in range(size - 20)], parameters, seed=seed)
    names = list(loop.routers)
    for i, name in enumerate(names[1:], 1):
        loop.link(name, names[loop.rng.randrange(i)])  # a tree, so that all are connected
    loop.link_at_random(degree - 1)
    loop.subscribe_all("t")
    loop.run(8)
    for k in range(3):
        loop.publish(names[k % size], "t", b"message %d" % k)
        loop.run(1)
    loop.run(6)
    for k in range(3):
        assert loop.receivers(b"message %d" % k) == sorted(set(names) - {names[k % size]})
    check_frames(loop)


def check_frames(loop: Loop) -> None:
    """No message goes to its author, or back on the connection on which it came first."""
    came: dict[tuple[str, bytes], str] = {}
    for sender, to, rpc in loop.frames:
        for one in rpc.messages:
            assert to != one.author and came.get((sender, one.data)) != to
            came.setdefault((to, one.data), sender)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([SPEC, RUST]))
def test_meshes_keep_their_bounds_and_back_offs_are_kept_under_churn(seed: int, parameters: Parameters) -> None:
    loop = Loop(NAMES, parameters, seed=seed)
    loop.link_at_random(9)
    loop.subscribe_all("t")
    rng = loop.rng
    for _ in range(25):
        loop.run(rng.choice((0.3, 1.0, 3.0)))
        name = rng.choice(NAMES)
        router = loop.routers[name]
        what = rng.randrange(4)
        if what == 0:
            leave = "t" in router.topics
            loop.do(name, (router.unsubscribe if leave else router.subscribe)("t", loop.now))
        elif what == 1 and loop.links:
            a, b = sorted(rng.choice(sorted(map(sorted, loop.links))))
            loop.cut(a, b)
        else:
            loop.link(name, rng.choice(NAMES))
        for router in loop.routers.values():
            assert len(router.mesh("t")) <= len(router.peers)
    loop.run(2)
    for router in loop.routers.values():
        loop.do(router.me, router.heartbeat(loop.now))
        members = router.mesh("t")
        assert len(members) <= parameters.d_hi
        if len(members) < parameters.d_lo and "t" in router.topics:
            free = {peer.name for peer in router.peers.of_topic("t")} - set(members)
            assert all(router.meshes.backoffs.until("t", name) is not None for name in free)
    check_backoffs(loop, parameters)


def check_backoffs(loop: Loop, parameters: Parameters) -> None:
    """Nobody grafts a peer that it has pruned, before the back-off is over."""
    until: dict[tuple[str, str], float] = {}
    for (sender, to, rpc), when in zip(loop.frames, loop.sent_at, strict=True):
        for prune in rpc.prune:
            until[sender, to] = max(until.get((sender, to), 0.0), when + (prune.backoff or 0))
        for _ in rpc.graft:
            assert when >= until.get((sender, to), 0.0)


def test_a_lost_message_is_asked_for_after_gossip() -> None:
    loop = Loop(NAMES, SPEC)
    loop.link_at_random(6)
    loop.subscribe_all("t")
    loop.run(8)
    lonely = "n7"
    loop.lost = lambda sender, to, rpc: to == lonely and bool(rpc.messages) and sender in loop.routers[to].mesh("t")
    loop.publish("n3", "t", b"hello")
    loop.run(0.9)
    assert lonely not in loop.receivers(b"hello")
    loop.run(4)
    assert loop.receivers(b"hello") == sorted(set(NAMES) - {"n3"})


def test_the_same_seed_gives_the_same_frames() -> None:
    def frames(seed: int) -> list[Any]:
        loop = Loop(NAMES, GO, seed=seed)
        loop.link_at_random(5)
        loop.subscribe_all("t")
        loop.run(5)
        loop.publish("n3", "t", b"hello")
        loop.run(3)
        return loop.frames

    assert frames(1) == frames(1) != frames(2)


# -- what a peer is told -----------------------------------------------------------------------------------------------


def test_a_new_peer_learns_the_topics_and_all_peers_learn_of_changes() -> None:
    probe = Probe(peers=2)
    probe.keep(probe.router.connected("new", 0.0, outbound=True))
    assert probe.sent("subscriptions") == [("new", Subscription(topic="t", subscribe=True))]
    probe.keep(probe.router.subscribe("u", 0.0))
    assert probe.receivers("subscriptions") == ["new", "p0", "p1"]
    assert probe.router.subscribe("u", 0.0) == []
    probe.keep(probe.router.unsubscribe("u", 0.0))
    assert {item.subscribe for _, item in probe.sent("subscriptions")} == {False}
    assert probe.router.unsubscribe("u", 0.0) == [] and probe.router.topics == ("t",)


def test_a_message_goes_to_the_mesh_but_neither_to_its_sender_nor_to_its_author() -> None:
    probe = Probe(peers=5)
    probe.beat()
    assert len(probe.router.mesh("t")) == 5
    probe.do("p0", carrying(message(source=b"p3")))
    assert probe.delivered() == [b"hello"] and probe.receivers("messages") == ["p1", "p2", "p4"]
    assert probe.do("p1", carrying(message(source=b"p3"))) == []  # a repeat


def test_two_authors_of_the_same_data_are_two_messages_unless_the_data_names_them() -> None:
    for parameters, expected in ((IDN, [b"pulse", b"pulse"]), (DRAND_RELAY, [b"pulse"])):
        probe = Probe(parameters, peers=2)
        got = []
        for author in (b"relay 1", b"relay 2"):
            probe.do("p0", carrying(message(b"pulse", source=author)))
            got += probe.delivered()
        assert got == expected


def test_direct_peers_are_dialled_always_sent_to_and_never_in_the_mesh() -> None:
    probe = Probe(SPEC.with_(direct_ticks=5), direct=["d1", "d0"])
    assert probe.router.start(0.0) == [Connect("d0"), Connect("d1"), SetHeartbeat(1.0)]
    probe.join("d0")
    for _ in range(5):
        probe.beat()
    assert [e for e in probe.effects if isinstance(e, Connect)] == [Connect("d1")]
    assert probe.router.mesh("t") == () and not probe.sent("graft")
    probe.do("d0", Rpc(graft=(Graft(topic="t"),)))
    assert probe.sent("prune") == [("d0", Prune(topic="t", backoff=60))] and probe.router.mesh("t") == ()
    probe.join("p0")
    probe.do("p0", carrying(message()))
    assert probe.receivers("messages") == ["d0"]


def test_floodsub_peers_get_every_message_and_no_control() -> None:
    probe = Probe()
    probe.join("old", protocol="/floodsub/1.0.0")
    probe.join("p0")
    probe.beat()
    assert probe.router.mesh("t") == ("p0",)
    probe.do("p0", carrying(message()))
    assert probe.receivers("messages") == ["old"]
    probe.beat()
    assert "old" not in {name for part in ("graft", "prune", "ihave", "iwant") for name, _ in probe.sent(part)}
    probe.do("old", Rpc(graft=(Graft(topic="t"),)))
    assert probe.effects == []


# -- publishing --------------------------------------------------------------------------------------------------------


def test_one_publishes_to_the_mesh_or_floods() -> None:
    for flood, count in ((False, 6), (True, 9)):
        probe = Probe(SPEC.with_(flood_publish=flood), peers=9)
        probe.beat()
        probe.keep(probe.router.publish("t", b"hello", 1.0))
        assert len(probe.receivers("messages")) == count
        [report] = probe.reported(MessagePublished)
        assert (report.topic, report.peers) == ("t", count)
        assert probe.delivered() == []


def test_to_a_topic_that_was_not_joined_one_publishes_by_a_fanout_which_ends() -> None:
    probe = Probe(topic="other")
    for i in range(9):
        probe.join(f"p{i}")
    probe.keep(probe.router.publish("t", b"1", 0.0))
    first = probe.receivers("messages")
    assert len(first) == 6 == len(probe.router.meshes.fanout("t"))
    probe.keep(probe.router.publish("t", b"2", 0.0))
    assert probe.receivers("messages") == first
    gone = first[0]
    probe.keep(probe.router.disconnected(gone, 0.0))
    probe.beat()
    assert len(probe.router.meshes.fanout("t")) == 6 and gone not in probe.router.meshes.fanout("t")
    kept = probe.router.meshes.fanout("t")
    probe.keep(probe.router.subscribe("t", probe.now))
    assert set(probe.router.mesh("t")) == set(kept) and probe.router.meshes.fanout("t") == ()
    probe.keep(probe.router.publish("u", b"3", probe.now))
    probe.beat(59.0)
    assert probe.router.meshes.fanout_topics == ("u",)
    probe.beat(1.0)
    assert probe.router.meshes.fanout_topics == ()


def test_nobody_to_send_to_is_reported() -> None:
    probe = Probe()
    probe.keep(probe.router.publish("t", b"hello", 0.0))
    assert [report.peers for report in probe.reported(MessagePublished)] == [0]


def test_a_pulse_is_published_once() -> None:
    probe = Probe(DRAND_RELAY, peers=1)
    probe.keep(probe.router.publish("t", b"pulse", 0.0))
    assert probe.receivers("messages") == ["p0"]
    probe.keep(probe.router.publish("t", b"pulse", 0.0))
    assert probe.codes() == ["repeated"] and probe.receivers("messages") == []
    probe.do("p0", carrying(message(b"pulse")))
    assert probe.effects == []


def test_a_message_that_no_frame_holds_is_not_published() -> None:
    with pytest.raises(LocalError, match=r"data: .* at most 65536 are sent") as caught:
        Probe(RUST).router.publish("t", bytes(1 << 16), 0.0)
    assert caught.value.code == "too-long"
    room = (1 << 16) - message(b"", source=b"me").size
    assert Probe(RUST).router.publish("t", bytes(room), 0.0)
    with pytest.raises(WrongType, match="data: expected bytes"):
        Probe().router.publish("t", "text", 0.0)


# -- what is refused ---------------------------------------------------------------------------------------------------


def signed(data: bytes = b"hello", seqno: int = 1, key: bytes = bytes(32), topic: str = "t") -> GossipMessage:
    return decode_message(sign(data, topic=topic, seqno=seqno, key=key))


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (b"\xff", "no-message"),
        (b"\x20\x01", "not-canonical"),
        (encode_rpc(carrying(message(bytes(1 << 20)))), "too-long"),
        (b"\x12\x06\x1a\x01s\x22\x01t", "length"),
        (encode_rpc(carrying(message(topic="other"))), "wrong-topic"),
        (encode_rpc(carrying(GossipMessage(topic="t", data=b"d"))), "author"),
        (encode_rpc(carrying(GossipMessage(topic="t", data=b"d", source=b"a"))), "seqno"),
        (encode_rpc(carrying(message())), "unsigned"),
        (
            encode_rpc(carrying(GossipMessage(topic="t", data=b"d", source=b"a", seqno=bytes(8), signature=b"s"))),
            "signature",
        ),
        (encode_rpc(carrying(signed(key=KEY))), "own-message"),
    ],
)
def test_what_is_malformed_or_not_signed_is_refused_and_changes_nothing(frame: bytes, code: str) -> None:
    router = Router(ME, SPEC, rng=random.Random(1), key=KEY)
    router.subscribe("t", 0.0)
    router.connected("p", 0.0, outbound=False)
    effects = router.receive("p", frame, 1.0)
    [report] = [effect.what for effect in effects]
    assert isinstance(report, GossipRefused) and report.code == code and report.peer == "p" and report.why
    good = router.receive("p", encode_rpc(carrying(signed())), 1.0)
    assert [effect.message for effect in good] == [signed()]


def test_a_forgery_does_not_block_the_message_it_copies() -> None:
    router = Router(ME, SPEC, rng=random.Random(1), key=KEY)
    router.subscribe("t", 0.0)
    router.connected("p", 0.0, outbound=False)
    true = signed(b"true", seqno=9)
    forged = GossipMessage(topic="t", data=b"forged", source=true.source, seqno=true.seqno, signature=true.signature)
    assert [e.what.code for e in router.receive("p", carrying(forged), 1.0)] == ["signature"]
    assert [e.message for e in router.receive("p", carrying(true), 1.0)] == [true]


def test_anonymous_peers_refuse_authors_and_authors_refuse_a_policy_without_sense() -> None:
    anonymous = DRAND_RELAY
    probe = Probe(anonymous, peers=1, policy=SignaturePolicy.ANONYMOUS)
    probe.do("p0", carrying(message()))
    assert probe.codes() == ["not-anonymous"]
    probe.do("p0", carrying(GossipMessage(topic="t", data=b"d")))
    assert probe.delivered() == [b"d"]
    with pytest.raises(LocalError, match="key: anonymous messages are not signed"):
        Router(ME, anonymous, rng=random.Random(1), key=KEY, policy=SignaturePolicy.ANONYMOUS)
    with pytest.raises(LocalError, match="policy: anonymous messages need IDs by their data"):
        Router(ME, SPEC, rng=random.Random(1), policy=SignaturePolicy.ANONYMOUS)
    with pytest.raises(LocalError, match="key: strict signing needs a key"):
        Router(ME, SPEC, rng=random.Random(1), policy=SignaturePolicy.STRICT)


def test_a_router_tells_the_scores_of_what_a_peer_brings() -> None:
    topic = TopicScoring(
        mesh_weight=-1.0, mesh_threshold=2.0, mesh_activation=0.0, mesh_decay=0.999, invalid_weight=-1.0
    )
    scoring = Scoring(topics={"t": topic}, behaviour_weight=-1.0, behaviour_decay=0.999)
    router = Router(ME, SPEC, rng=random.Random(1), key=KEY, scoring=scoring)
    router.subscribe("t", 0.0)
    for name in ("first", "second", "silent", "forger"):
        router.connected(name, 0.0, outbound=True)
        router.receive(name, Rpc(graft=(Graft(topic="t"),)), 0.0)
    for k in range(3):
        router.receive("first", carrying(signed(seqno=k)), 1.0)
        router.receive("second", carrying(signed(seqno=k)), 1.0)
    router.scores.refresh(1.0)
    assert [round(router.scores.of(name, 1.0)) for name in ("first", "second", "silent")] == [0, 0, -4]
    before = router.scores.of("forger", 1.0)
    router.receive("forger", carrying(signed(key=KEY)), 1.0)
    assert router.scores.of("forger", 1.0) == before - 1.0
    router.receive("forger", carrying(message()), 1.0)
    assert router.scores.of("forger", 1.0) == before - 4.0
    router.receive("forger", b"\xff", 1.0)
    assert router.scores.of("forger", 1.0) == before - 5.0


def test_a_frame_of_nobody_is_refused() -> None:
    probe = Probe()
    probe.do("stranger", carrying(message()))
    assert probe.codes() == ["unknown-peer"] and probe.delivered() == []
    assert probe.router.disconnected("stranger", 0.0) == []


def test_a_replay_is_refused_within_the_seen_cache_and_after_it_where_numbers_must_ascend() -> None:
    for ascending, later in ((False, [b"old"]), (True, [])):
        probe = Probe(SPEC.with_(ascending_seqno=ascending), peers=2)
        probe.do("p0", carrying(message(b"old", seqno=1)))
        assert probe.delivered() == [b"old"]
        assert probe.do("p1", carrying(message(b"old", seqno=1))) == []
        for _ in range(121):
            probe.beat()
        probe.do("p1", carrying(message(b"old", seqno=1)))
        assert probe.delivered() == later and probe.codes() == (["replayed"] if ascending else [])
        probe.do("p1", carrying(message(b"new", seqno=2)))
        assert probe.delivered() == [b"new"]


def test_a_message_under_another_key_is_another_message_only_by_libp2ps_rule() -> None:
    for parameters, count in ((SPEC, 2), (DRAND_RELAY, 1)):
        router = Router(ME, parameters, rng=random.Random(1), key=KEY)
        router.subscribe("t", 0.0)
        router.connected("p", 0.0, outbound=False)
        got = [router.receive("p", carrying(signed(b"pulse", key=bytes([k]) * 32)), 1.0) for k in (1, 2)]
        assert sum(map(len, got)) == count


def test_the_topics_of_a_peer_have_an_end() -> None:
    probe = Probe(SPEC.with_(max_topics=3), peers=1)
    probe.do("p0", Rpc(subscriptions=tuple(Subscription(topic=f"u{i}", subscribe=True) for i in range(5))))
    assert probe.codes() == ["too-many-topics"] * 3
    probe.do("p0", Rpc(graft=(Graft(topic="t"),)))
    assert probe.router.mesh("t") == ("p0",)


def test_a_validator_decides_whether_a_message_is_delivered_and_sent_on() -> None:
    asked = []

    def validate(topic: str, one: GossipMessage, peer: str, now: float) -> Validation | Judgement:
        asked.append((topic, one.data, peer, now))
        return {
            b"good": Validation.ACCEPT,
            b"dull": Validation.IGNORE,
            b"bad": Validation.REJECT,
            b"early": Judgement(Validation.REJECT, "early", "too soon"),
        }[one.data]

    probe = Probe(peers=3, validate=validate)
    probe.beat()
    for k, (data, codes) in enumerate(
        [(b"good", []), (b"dull", ["ignored"]), (b"bad", ["rejected"]), (b"early", ["early"])]
    ):
        probe.do("p0", carrying(message(data, seqno=k)))
        assert probe.codes() == codes
        assert probe.delivered() == ([data] if data == b"good" else [])
        assert bool(probe.sent("messages")) == (data == b"good")
    assert asked[0] == ("t", b"good", "p0", 1.0)
    assert probe.do("p1", carrying(message(b"bad", seqno=2))) == [] and len(asked) == 4


def test_bad_arguments_are_named() -> None:
    with pytest.raises(WrongType, match="parameters: expected Parameters, got str"):
        Router("me", "spec", rng=random.Random(1))
    with pytest.raises(WrongType, match="me: expected text"):
        Router(7, rng=random.Random(1))
    router = Router("me", rng=random.Random(1))
    with pytest.raises(LocalError, match=r"protocol: expected one of /meshsub/1\.1\.0, "):
        router.connected("p", 0.0, outbound=True, protocol="/meshsub/9")
    with pytest.raises(LocalError, match="peer: a peer does not connect to itself"):
        router.connected("me", 0.0, outbound=True)
    with pytest.raises(WrongType, match="outbound: expected True or False"):
        router.connected("p", 0.0, outbound=1)
    with pytest.raises(LocalError, match="topic: a topic has a name"):
        router.subscribe("", 0.0)
    assert repr(router) == "<Router me, 0 peers, topics none>"


def test_a_second_connection_takes_the_place_of_the_first() -> None:
    probe = Probe(peers=1)
    probe.beat()
    assert probe.router.mesh("t") == ("p0",)
    probe.keep(probe.router.connected("p0", 1.0, outbound=True, protocol="/meshsub/1.0.0"))
    assert probe.router.mesh("t") == () and len(probe.router.peers) == 1
    assert probe.receivers("subscriptions") == ["p0"]


def test_one_event_makes_one_control_frame_for_each_peer() -> None:
    probe = Probe(peers=1)
    probe.do("p0", Rpc(ihave=(IHave(topic="t", ids=(b"1",)),), graft=(Graft(topic="t"),), iwant=(IWant(ids=(b"9",)),)))
    assert [sorted(effect.rpc.__dataclass_fields__) for effect in probe.effects if hasattr(effect, "rpc")]
    assert probe.sent("iwant") == [("p0", IWant(ids=(b"1",)))] and probe.router.mesh("t") == ("p0",)
