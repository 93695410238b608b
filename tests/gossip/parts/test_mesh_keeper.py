"""GRAFT, PRUNE and their back-offs, joining and leaving, peer exchange: rule by rule."""

from __future__ import annotations

from dataclasses import replace

import pytest
from gossip_loop import Probe

from drandlab.gossip import GO, SPEC, Connect, Parameters, Rpc, Scoring, TopicScoring
from drandlab.gossip.messages.peer_ids import id_bytes
from drandlab.gossip.messages.rpc import Graft, PeerInfo, Prune, Subscription
from drandlab.gossip.router_reports import MeshGrafted, MeshPruned

GRAFT = Rpc(graft=(Graft(topic="t"),))


def prune(backoff: int | None = None, *peers: str) -> Rpc:
    return Rpc(prune=(Prune(topic="t", backoff=backoff, peers=tuple(PeerInfo(peer=id_bytes(p)) for p in peers)),))


def scored(application: dict[str, float] | None = None, **thresholds: float) -> Scoring:
    """The application alone decides."""
    return Scoring(application={} if application is None else application, behaviour_weight=-1.0, **thresholds)


# -- joining and leaving -----------------------------------------------------------------------------------------------


def test_to_join_is_to_graft_up_to_d_peers() -> None:
    probe = Probe(topic="other")
    for i in range(10):
        probe.join(f"p{i}")
    probe.keep(probe.router.subscribe("t", 0.0))
    assert probe.receivers("graft") == sorted(probe.router.mesh("t")) and len(probe.router.mesh("t")) == 6
    assert len(probe.reported(MeshGrafted)) == 6 and all(report.asked for report in probe.reported(MeshGrafted))


def test_to_leave_is_to_prune_with_the_shorter_back_off_which_a_new_join_keeps() -> None:
    probe = Probe(peers=3)
    probe.beat()
    assert len(probe.router.mesh("t")) == 3
    probe.keep(probe.router.unsubscribe("t", probe.now))
    assert sorted(probe.sent("prune"), key=str) == [(f"p{i}", Prune(topic="t", backoff=10)) for i in range(3)]
    assert {report.code for report in probe.reported(MeshPruned)} == {"left"}
    probe.keep(probe.router.subscribe("t", probe.now))
    assert probe.sent("graft") == [] and probe.router.mesh("t") == ()
    for _ in range(11):
        probe.beat()
        assert probe.sent("graft") == []
    probe.beat()  # 10 seconds, and two heartbeats for a clock that is behind
    assert probe.receivers("graft") == ["p0", "p1", "p2"]


def test_a_peer_that_leaves_the_topic_or_goes_is_in_no_mesh() -> None:
    probe = Probe(peers=3)
    probe.beat()
    probe.do("p0", Rpc(subscriptions=(Subscription(topic="t", subscribe=False),)))
    assert sorted(probe.router.mesh("t")) == ["p1", "p2"] and [r.code for r in probe.reported(MeshPruned)] == ["left"]
    probe.keep(probe.router.disconnected("p1", probe.now))
    assert probe.router.mesh("t") == ("p2",)
    probe.beat()
    assert probe.router.mesh("t") == ("p2",) and probe.sent("graft") == []


def test_whoever_leaves_the_mesh_keeps_what_it_had_not_brought() -> None:
    topic = TopicScoring(mesh_weight=-1.0, mesh_threshold=2.0, mesh_activation=0.0, failure_weight=-1.0)
    probe = Probe(peers=1, scoring=Scoring(topics={"t": topic}))
    probe.do("p0", GRAFT)
    probe.beat()
    probe.do("p0", prune(60))
    assert probe.router.scores.of("p0", probe.now) == -4.0  # the missing part counts no more, what sticks does
    topic = replace(topic, failure_weight=0.0)
    probe = Probe(peers=1, scoring=Scoring(topics={"t": topic}))
    probe.do("p0", GRAFT)
    probe.beat()
    probe.do("p0", prune(60))
    assert probe.router.scores.of("p0", probe.now) == 0.0


# -- GRAFT -------------------------------------------------------------------------------------------------------------


def test_a_graft_is_taken_and_a_second_one_changes_nothing() -> None:
    probe = Probe(peers=1)
    probe.do("p0", GRAFT)
    assert probe.router.mesh("t") == ("p0",) and [r.asked for r in probe.reported(MeshGrafted)] == [False]
    assert probe.do("p0", GRAFT) == []


def test_who_grafts_has_joined_the_topic() -> None:
    probe = Probe()
    probe.keep(probe.router.connected("p", 0.0, outbound=False))
    probe.do("p", GRAFT)
    assert probe.router.mesh("t") == ("p",) and "t" in probe.router.peers.get("p").topics


def test_a_graft_of_an_unknown_topic_gets_no_answer() -> None:
    probe = Probe(peers=1)
    assert probe.do("p0", Rpc(graft=(Graft(topic="unknown"),))) == []
    assert "unknown" not in probe.router.peers.get("p0").topics


def test_a_full_mesh_takes_only_peers_that_we_have_dialled_and_names_others_in_exchange() -> None:
    for exchange in (False, True):
        probe = Probe(SPEC.with_(peer_exchange=exchange))
        for i in range(14):
            probe.join(f"p{i}", outbound=i == 13)
        for i in range(12):
            probe.do(f"p{i}", GRAFT)
        assert len(probe.router.mesh("t")) == 12
        probe.do("p12", GRAFT)
        [(to, item)] = probe.sent("prune")
        assert (to, item.backoff, len(probe.router.mesh("t"))) == ("p12", 60, 12)
        assert {one.name for one in item.peers} == ({f"p{i}" for i in range(14) if i != 12} if exchange else set())
        assert [report.code for report in probe.reported(MeshPruned)] == ["full"]
        probe.do("p13", GRAFT)
        assert "p13" in probe.router.mesh("t")


def test_a_graft_within_the_back_off_is_turned_down_lengthens_it_and_counts() -> None:
    probe = Probe(peers=1, scoring=scored())
    probe.do("p0", GRAFT)
    probe.do("p0", prune(60))
    assert probe.router.mesh("t") == () and [r.code for r in probe.reported(MeshPruned)] == ["asked"]
    for when, behaviour in ((5.0, 2), (30.0, 3)):  # the first ten seconds count twice
        probe.now = when
        probe.do("p0", GRAFT)
        assert probe.sent("prune") == [("p0", Prune(topic="t", backoff=60))]
        assert [r.code for r in probe.reported(MeshPruned)] == ["backoff"]
        assert probe.router.scores.parts("p0").behaviour == -(behaviour**2)
    probe.now = 61.0
    assert probe.router.meshes.backoffs.active("t", "p0", 61.0)
    probe.now = 90.0
    assert probe.router.scores.of("p0", 90.0) < 0


def test_after_the_back_off_a_graft_is_taken_again() -> None:
    probe = Probe(peers=1)
    probe.do("p0", GRAFT)
    probe.do("p0", prune(60))
    probe.now = 60.0
    probe.do("p0", GRAFT)
    assert probe.router.mesh("t") == ("p0",)


def test_a_peer_below_zero_is_not_taken_and_gets_no_exchange() -> None:
    probe = Probe(SPEC.with_(peer_exchange=True), peers=3, scoring=scored({"p0": -1.0}))
    probe.do("p0", GRAFT)
    assert probe.sent("prune") == [("p0", Prune(topic="t", backoff=60))]
    assert [r.code for r in probe.reported(MeshPruned)] == ["low-score"]


def test_the_older_version_is_pruned_without_back_off_and_exchange() -> None:
    probe = Probe(SPEC.with_(peer_exchange=True), peers=3, scoring=scored({"old": -1.0}))
    probe.join("old", protocol="/meshsub/1.0.0")
    probe.do("old", GRAFT)
    assert probe.sent("prune") == [("old", Prune(topic="t"))]
    probe.do("old", GRAFT)
    assert [r.code for r in probe.reported(MeshPruned)] == ["backoff"]  # it is kept all the same


# -- PRUNE -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("told", "seconds"), [(None, 60), (0, 60), (5, 5), (300, 300), ((1 << 64) - 1, 10**9)])
def test_who_was_pruned_waits_for_as_long_as_it_was_told(told: int | None, seconds: int) -> None:
    probe = Probe(peers=1)
    probe.do("p0", GRAFT)
    probe.do("p0", prune(told))
    probe.beat(seconds + 1.9)
    assert probe.sent("graft") == []
    probe.beat(0.1)
    assert probe.receivers("graft") == (["p0"] if seconds < 10**9 else [])


def test_a_prune_of_a_topic_that_was_not_joined_is_passed_over() -> None:
    probe = Probe(peers=1)
    assert probe.do("p0", Rpc(prune=(Prune(topic="unknown", backoff=9),))) == []
    assert len(probe.router.meshes.backoffs) == 0


def test_peers_that_a_prune_names_are_dialled_if_its_sender_is_good_enough() -> None:
    strangers = [f"s{i}" for i in range(20)]
    for score, count in ((0.0, 0), (5.0, 16)):
        probe = Probe(peers=2, scoring=scored({"p0": score}, accept_px_threshold=5.0))
        probe.do("p0", GRAFT)
        probe.do("p0", prune(60, "p1", *strangers))
        dialled = [effect.peer for effect in probe.effects if isinstance(effect, Connect)]
        assert len(dialled) == len(set(dialled)) == count and set(dialled) <= set(strangers)


def test_one_never_dials_oneself_by_exchange() -> None:
    probe = Probe(peers=1)
    probe.do("p0", prune(60, "me", "stranger"))
    assert [effect.peer for effect in probe.effects if isinstance(effect, Connect)] == ["stranger"]


# -- the heartbeat -----------------------------------------------------------------------------------------------------


def test_a_small_mesh_grows_to_d_and_a_large_one_shrinks_to_d() -> None:
    probe = Probe(peers=20)
    probe.beat()
    assert len(probe.router.mesh("t")) == 6 == len(probe.sent("graft"))
    for i in range(20):
        probe.do(f"p{i}", GRAFT)
    grown = len(probe.router.mesh("t"))
    assert grown > 12
    probe.beat()
    assert len(probe.router.mesh("t")) == 6 and len(probe.sent("prune")) == grown - 6
    assert {r.code for r in probe.reported(MeshPruned)} == {"surplus"}
    assert sum(probe.router.peers.get(name).outbound for name in probe.router.mesh("t")) >= 2


def test_peers_below_zero_leave_the_mesh_and_do_not_come_back() -> None:
    application: dict[str, float] = {}
    probe = Probe(peers=3, scoring=scored(application))
    probe.beat()
    assert len(probe.router.mesh("t")) == 3
    application["p1"] = -1.0
    probe.beat()
    assert set(probe.router.mesh("t")) == {"p0", "p2"}
    assert [r.code for r in probe.reported(MeshPruned)] == ["low-score"]
    for _ in range(100):
        probe.beat()
        assert "p1" not in probe.router.mesh("t")


def test_a_mesh_of_poor_peers_takes_in_better_ones_from_time_to_time() -> None:
    application = {f"p{i}": float(i) for i in range(6)}
    probe = Probe(SPEC.with_(opportunistic_ticks=5), peers=6, scoring=scored(application, opportunistic_threshold=4.0))
    probe.beat()
    assert len(probe.router.mesh("t")) == 6
    application |= {"b0": 9.0, "b1": 9.0, "b2": 9.0, "c": 2.0}
    for name in ("b0", "b1", "b2", "c"):
        probe.join(name)
    for _ in range(3):
        probe.beat()
        assert len(probe.router.mesh("t")) == 6
    probe.beat()
    assert len(probe.receivers("graft")) == 2 and set(probe.receivers("graft")) < {"b0", "b1", "b2"}


def test_a_bootstrap_peer_without_a_mesh_only_exchanges_peers() -> None:
    nothing = Parameters(d=0, d_lo=0, d_hi=0, d_out=0, d_score=0, peer_exchange=True)
    probe = Probe(nothing, peers=4)
    probe.do("p0", GRAFT)
    [(_, item)] = probe.sent("prune")
    assert {one.name for one in item.peers} == {"p1", "p2", "p3"} and probe.router.mesh("t") == ()
    probe.beat()
    assert probe.router.mesh("t") == ()


def test_the_fanout_has_peers_that_are_good_enough_and_no_direct_ones() -> None:
    scoring = scored({"p0": -60.0, "p1": -40.0})
    probe = Probe(GO.with_(flood_publish=False), topic="other", scoring=scoring, direct=["p2"])
    for i in range(4):
        probe.join(f"p{i}")
    probe.keep(probe.router.publish("t", b"x", 0.0))
    assert set(probe.router.meshes.fanout("t")) == {"p1", "p3"}
    assert probe.receivers("messages") == ["p1", "p2", "p3"]
