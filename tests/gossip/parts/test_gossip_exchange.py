"""IHAVE and IWANT: who is told of what, who may ask for how much, and promises that are not kept."""

from __future__ import annotations

from gossip_loop import Probe
from hypothesis import given
from hypothesis import strategies as st

from drandlab.gossip import SPEC, GossipMessage, Rpc, Scoring
from drandlab.gossip.messages.rpc import IHave, IWant


def message(number: int, topic: str = "t", size: int = 1) -> GossipMessage:
    return GossipMessage(topic=topic, data=bytes([number % 256]) * size, source=b"a", seqno=number.to_bytes(8, "big"))


def ihave(*ids: bytes, topic: str = "t") -> Rpc:
    return Rpc(ihave=(IHave(topic=topic, ids=ids),))


def iwant(*ids: bytes) -> Rpc:
    return Rpc(iwant=(IWant(ids=ids),))


def told(probe: Probe) -> dict[str, tuple[bytes, ...]]:
    return {name: item.ids for name, item in probe.sent("ihave")}


# -- telling -----------------------------------------------------------------------------------------------------------


def test_peers_outside_of_the_mesh_are_told_of_the_messages_of_three_heartbeats() -> None:
    probe = Probe(SPEC.with_(d_lazy=4), peers=12)
    probe.beat()
    mesh = set(probe.router.mesh("t"))
    ids = []
    for k in range(5):
        probe.do("p0", Rpc(messages=(message(k),)))
        ids.append(probe.router.id_of(message(k)))
        probe.beat()
        found = told(probe)
        assert len(found) == 4 and not mesh & found.keys()
        assert all(set(one) == set(ids[-3:]) for one in found.values())
    for left in (2, 1):  # nothing new: the windows run out
        probe.beat()
        assert all(len(one) == left for one in told(probe).values())
    probe.beat()
    assert told(probe) == {}


def test_many_peers_are_told_by_the_gossip_factor() -> None:
    probe = Probe(SPEC.with_(d_lazy=2), peers=50)
    probe.beat()
    probe.do("p0", Rpc(messages=(message(1),)))
    probe.beat()
    assert len(told(probe)) == (50 - 6) // 4


def test_direct_peers_floodsub_peers_and_those_of_other_topics_are_not_told() -> None:
    probe = Probe(direct=["p0"], peers=8)
    probe.join("old", protocol="/floodsub/1.0.0")
    probe.join("elsewhere", topic="u")
    probe.beat()
    probe.do("p1", Rpc(messages=(message(1),)))
    probe.beat()
    assert told(probe) and not told(probe).keys() & {"p0", "old", "elsewhere", *probe.router.mesh("t")}


def test_the_fanout_of_a_topic_is_not_told_of_what_was_published_to_it() -> None:
    probe = Probe(topic="other")
    for i in range(9):
        probe.join(f"p{i}")
    probe.keep(probe.router.publish("t", b"x", 0.0))
    sent = set(probe.receivers("messages"))
    probe.beat()
    assert told(probe).keys() == {f"p{i}" for i in range(9)} - sent


def test_of_more_messages_than_a_peer_may_be_told_some_are_drawn_for_each() -> None:
    probe = Probe(SPEC.with_(max_ihave_ids=10), peers=12)
    probe.beat()
    for k in range(30):
        probe.do("p0", Rpc(messages=(message(k),)))
    probe.beat()
    assert all(len(set(one)) == 10 for one in told(probe).values()) and len(set(told(probe).values())) > 1


# -- asking ------------------------------------------------------------------------------------------------------------


def test_one_asks_for_what_has_not_come_and_only_in_topics_one_has_joined() -> None:
    probe = Probe(peers=2)
    probe.do("p0", Rpc(messages=(message(1),)))
    have, lack = probe.router.id_of(message(1)), probe.router.id_of(message(2))
    probe.do("p1", ihave(have, lack, lack))
    assert probe.sent("iwant") == [("p1", IWant(ids=(lack,)))]
    assert probe.do("p1", ihave(b"x", topic="unknown")) == [] and probe.do("p1", ihave(have)) == []


def test_a_peer_is_asked_for_so_many_messages_between_two_heartbeats_and_no_more() -> None:
    probe = Probe(SPEC.with_(max_ihave_ids=10), peers=1)
    probe.do("p0", ihave(*(b"%d" % k for k in range(7))))
    assert len(probe.sent("iwant")[0][1].ids) == 7
    probe.do("p0", ihave(*(b"%d" % k for k in range(7, 20))))
    assert len(probe.sent("iwant")[0][1].ids) == 3
    assert probe.do("p0", ihave(b"more")) == []
    probe.beat()
    probe.do("p0", ihave(b"more"))
    assert probe.sent("iwant")


def test_a_peer_may_tell_ten_times_between_two_heartbeats() -> None:
    probe = Probe(peers=2)
    answered = [bool(probe.do("p0", ihave(b"%d" % k))) for k in range(12)]
    assert answered == [True] * 10 + [False] * 2
    assert probe.do("p1", ihave(b"x"))
    probe.beat()
    assert probe.do("p0", ihave(b"y"))


# -- answering ---------------------------------------------------------------------------------------------------------


def test_a_message_is_sent_three_times_to_each_peer_that_asks_and_while_the_cache_has_it() -> None:
    probe = Probe(peers=3)
    probe.do("p0", Rpc(messages=(message(1),)))
    wanted = probe.router.id_of(message(1))
    for times in range(5):
        probe.do("p1", iwant(wanted, wanted, b"unknown"))
        assert probe.sent("messages") == ([("p1", message(1))] if times < 3 else [])
    probe.do("p2", iwant(wanted))
    assert probe.sent("messages") == [("p2", message(1))]
    for _ in range(4):
        probe.beat()
    probe.do("p2", iwant(wanted))
    assert probe.sent("messages")
    probe.beat()
    probe.do("p2", iwant(wanted))
    assert probe.effects == []


def test_what_is_asked_for_comes_in_frames_that_can_be_taken() -> None:
    from drandlab.gossip import RUST, encode_rpc

    probe = Probe(RUST, peers=2)
    many = [message(k, size=9000) for k in range(20)]
    for one in many:
        probe.do("p0", Rpc(messages=(one,)))
    probe.do("p1", iwant(*map(probe.router.id_of, many)))
    assert [item for _, item in probe.sent("messages")] == many
    assert 4 < len(probe.effects) < 20
    assert all(len(encode_rpc(effect.rpc)) <= RUST.max_frame for effect in probe.effects)


@given(st.lists(st.integers(1, 30_000), max_size=20))
def test_no_frame_is_too_long(sizes: list[int]) -> None:
    from drandlab.gossip import RUST, encode_rpc
    from drandlab.gossip.effects import SendRpc
    from drandlab.gossip.parts.outbox import Outbox

    out = Outbox(RUST.max_frame)
    out.messages("p", (message(k, size=size) for k, size in enumerate(sizes)))
    out.ihave("p", "t", (bytes(min(size, 64)) for size in sizes for _ in range(50)))
    effects = out.drain()
    frames = [effect.rpc for effect in effects if isinstance(effect, SendRpc)]
    assert all(len(encode_rpc(frame)) <= RUST.max_frame for frame in frames)
    assert [len(m.data) for frame in frames for m in frame.messages] == sizes
    assert sum(len(item.ids) for frame in frames for item in frame.ihave) == 50 * len(sizes)
    assert out.drain() == []


# -- scores ------------------------------------------------------------------------------------------------------------


def test_a_peer_below_the_gossip_threshold_gets_and_gives_no_gossip() -> None:
    application = {"p0": -5.0, **{f"p{i}": -20.0 for i in range(1, 9)}}
    probe = Probe(SPEC.with_(d_lazy=20), peers=9, scoring=Scoring(application=application, gossip_threshold=-10.0))
    probe.do("p0", Rpc(messages=(message(1),)))
    assert probe.do("p1", ihave(b"x")) == [] and probe.do("p1", iwant(probe.router.id_of(message(1)))) == []
    probe.beat()
    assert told(probe).keys() == {"p0"}
    probe.do("p0", ihave(b"x"))
    assert probe.sent("iwant")


def test_who_does_not_send_what_it_told_of_has_broken_a_promise() -> None:
    probe = Probe(peers=3, scoring=Scoring(behaviour_weight=-1.0, behaviour_decay=0.999999))
    promised = message(7)
    probe.do("p0", ihave(probe.router.id_of(promised)))
    probe.do("p1", ihave(b"never comes", b"nor this"))
    probe.beat(1.0)
    probe.do("p2", Rpc(messages=(promised,)))  # from whomever it comes
    probe.beat(1.0)
    assert probe.router.scores.of("p1", probe.now) == 0.0
    probe.beat(1.0)
    probe.beat(1.0)
    assert [round(probe.router.scores.of(p, probe.now), 3) for p in ("p0", "p1", "p2")] == [0.0, -1.0, 0.0]


def test_who_keeps_telling_of_what_does_not_exist_is_graylisted() -> None:
    probe = Probe(peers=1, scoring=Scoring(behaviour_weight=-10.0, behaviour_decay=0.999))
    for k in range(20):
        probe.do("p0", ihave(b"junk %d" % k))
        probe.beat()
    probe.do("p0", Rpc(messages=(message(1),)))
    assert probe.codes() == ["graylisted"] and probe.delivered() == []
