"""Peer scores: each part against a computation by hand, decay, retention, and what a scoring for pulses does."""

from __future__ import annotations

from typing import Any

import pytest
from gossip_loop import Loop
from hypothesis import given
from hypothesis import strategies as st

from drandlab.gossip import SPEC, Scoring, TopicScoring, pulse_scoring
from drandlab.gossip.scoring.peer_scores import PeerScores
from drandlab.gossip.scoring.score_parameters import decay_over


def scores(topic: TopicScoring | None = None, **rest: Any) -> PeerScores:
    made = PeerScores(Scoring(topics={} if topic is None else {"t": topic}, **rest), seen_ttl=120.0)
    for name in ("p", "q", "r"):
        made.connected(name, None, 0.0)
    return made


def test_the_time_in_the_mesh_counts_in_quanta_and_is_capped() -> None:
    s = scores(TopicScoring(weight=2.0, mesh_time_weight=0.5, mesh_time_quantum=10.0, mesh_time_cap=3.0))
    s.grafted("p", "t", 5.0)
    found = {}
    for now in range(1, 60):
        s.refresh(float(now))
        found[now] = s.of("p", float(now))
    assert [found[now] for now in (14, 15, 24, 25, 35, 45, 59)] == [0.0, 1.0, 1.0, 2.0, 3.0, 3.0, 3.0]
    s.pruned("p", "t", 60.0)
    assert s.of("p", 60.0) == 0.0 == s.of("q", 60.0)


def test_who_is_first_is_rewarded_up_to_a_cap_and_the_reward_decays() -> None:
    s = scores(TopicScoring(first_weight=2.0, first_decay=0.5, first_cap=3.0))
    for k in range(5):
        s.delivered(b"%d" % k, "p", "t", 0.0)
        s.repeated(b"%d" % k, "q", "t", 0.0)
    assert (s.of("p", 0.0), s.of("q", 0.0)) == (6.0, 0.0)
    s.refresh(0.0)
    s.refresh(2.0)  # three intervals: at 0, 1 and 2
    assert s.of("p", 2.0) == pytest.approx(2 * 3 / 8)
    for now in range(3, 20):
        s.refresh(float(now))
    assert s.of("p", 20.0) == 0.0  # below 0.01 it is nothing


MESH = TopicScoring(
    mesh_weight=-1.0, mesh_decay=0.999999, mesh_threshold=4.0, mesh_cap=6.0, mesh_window=0.1, mesh_activation=10.0,
    failure_weight=-2.0, failure_decay=0.5,
)  # fmt: skip


def grafted() -> PeerScores:
    s = scores(MESH)
    for name in ("p", "q"):
        s.grafted(name, "t", 0.0)
    return s


def test_a_mesh_peer_has_to_bring_messages_first_or_nearly_first() -> None:
    s = grafted()
    for k in range(3):
        now = float(k)
        s.delivered(b"%d" % k, "p", "t", now)
        for _ in range(2):  # once for each message
            s.repeated(b"%d" % k, "q", "t", now + 0.1 if k < 2 else now + 0.2)
        s.repeated(b"%d" % k, "p", "t", now)
        s.repeated(b"%d" % k, "r", "t", now)  # is not in the mesh
        s.refresh(now)
    assert s.of("p", 3.0) == s.of("q", 3.0) == 0.0  # not long enough in the mesh
    s.refresh(11.0)
    assert s.of("p", 11.0) == pytest.approx(-1.0, abs=1e-3) and s.of("q", 11.0) == pytest.approx(-4.0, abs=1e-3)
    assert s.of("r", 11.0) == 0.0


def test_what_was_missing_sticks_to_a_peer_that_is_pruned_and_decays() -> None:
    s = grafted()
    s.refresh(11.0)
    assert s.of("p", 11.0) == -16.0
    s.pruned("p", "t", 11.0)
    assert s.of("p", 11.0) == -32.0
    s.pruned("p", "t", 11.0)  # once for each time in the mesh
    s.grafted("p", "t", 11.0)
    assert s.of("p", 11.0) == -32.0
    s.refresh(12.0)
    assert s.of("p", 12.0) == -16.0


def test_invalid_messages_count_by_their_square_for_all_who_bring_them() -> None:
    s = scores(TopicScoring(invalid_weight=-3.0, invalid_decay=0.5))
    s.rejected(b"a", "p", "t", 0.0)
    s.repeated(b"a", "q", "t", 0.0)
    s.repeated(b"a", "q", "t", 0.0)
    s.rejected(b"b", "p", "t", 0.0)
    s.invalid("p", "t")
    s.ignored(b"c", "r", "t", 0.0)
    s.repeated(b"c", "r", "t", 0.0)
    assert [s.of(name, 0.0) for name in "pqr"] == [-27.0, -3.0, 0.0]


def test_the_application_and_shared_addresses_count() -> None:
    s = PeerScores(
        Scoring(application={"p": 3.0}, application_weight=2.0, address_weight=-1.0, address_threshold=2), seen_ttl=1.0
    )
    s.connected("p", None, 0.0)
    for k in range(5):
        s.connected(f"x{k}", "10.0.0.1", 0.0)
    assert s.of("p", 0.0) == 6.0 and s.of("x0", 0.0) == -9.0
    s.connected("x0", "10.0.0.2", 0.0)
    assert s.of("x0", 0.0) == 0.0 and s.of("x1", 0.0) == -4.0
    assert s.parts("x1").address == -4.0 and s.of("unknown", 0.0) == 0.0


def test_misbehaviour_beyond_its_threshold_counts_by_its_square_and_decays() -> None:
    s = scores(behaviour_weight=-2.0, behaviour_threshold=3.0, behaviour_decay=0.5)
    s.penalise("p", 3)
    assert s.of("p", 0.0) == 0.0
    s.penalise("p", 2)
    s.penalise("unknown", 9)
    assert s.of("p", 0.0) == -8.0
    s.refresh(0.0)
    assert s.of("p", 0.0) == 0.0


def test_all_topics_together_are_capped() -> None:
    topic = TopicScoring(first_weight=1.0)
    s = PeerScores(Scoring(topics={"t": topic, "u": topic}, topic_cap=3.0, application={"p": 1.0}), seen_ttl=1.0)
    s.connected("p", None, 0.0)
    for k in range(4):
        s.delivered(b"%d" % k, "p", "tu"[k % 2], 0.0)
    assert (s.parts("p").topics, s.of("p", 0.0)) == (3.0, 4.0)
    s.delivered(b"x", "p", "not scored", 0.0)
    assert s.of("p", 0.0) == 4.0


def test_nobody_gets_rid_of_a_bad_score_by_going_away_and_a_good_one_is_lost() -> None:
    s = scores(TopicScoring(first_weight=1.0, invalid_weight=-1.0, invalid_decay=0.9), retain=100.0)
    s.delivered(b"a", "p", "t", 0.0)
    s.rejected(b"b", "q", "t", 0.0)
    s.delivered(b"c", "q", "t", 0.0)
    for name in "pq":
        s.disconnected(name, 0.0)
    for now in (0.0, 50.0):
        s.refresh(now)
    for name in "pq":
        s.connected(name, None, 50.0)
    assert (s.of("p", 50.0), s.of("q", 50.0)) == (0.0, -1.0)  # it did not decay, and what was good is gone
    s.disconnected("q", 50.0)
    s.refresh(150.0)
    s.connected("q", None, 150.0)
    assert s.of("q", 150.0) == 0.0


def test_who_leaves_the_mesh_by_going_away_keeps_what_was_missing() -> None:
    s = grafted()
    s.refresh(11.0)
    s.disconnected("p", 11.0)
    s.connected("p", None, 12.0)
    assert s.of("p", 12.0) == -32.0
    s.disconnected("unknown", 12.0)


@given(st.lists(st.tuples(st.sampled_from("dripg"), st.sampled_from("pqr"), st.integers(0, 6)), max_size=40))
def test_whatever_happens_a_score_is_the_sum_of_its_parts(steps: list[tuple[str, str, int]]) -> None:
    s = PeerScores(pulse_scoring("t"), seen_ttl=10.0)
    now = 0.0
    for what, peer, number in steps:
        now += number / 3
        s.connected(peer, "a", now)
        if what in "dri":
            {"d": s.delivered, "r": s.repeated, "i": s.rejected}[what](b"%d" % number, peer, "t", now)
        else:
            {"p": s.pruned, "g": s.grafted}[what](peer, "t", now)
        s.refresh(now)
        parts = s.parts(peer)
        assert s.of(peer, now) == parts.total
        assert parts.behaviour == parts.address == parts.application == 0.0


# -- a scoring for pulses ----------------------------------------------------------------------------------------------


def eclipsed(scoring: Scoring | None) -> tuple[Loop, dict[int, float]]:
    """A peer whose mesh was filled by twelve silent ones; in the loop, and the delay of each pulse over 200 seconds."""
    silent = [f"s{i}" for i in range(12)]
    names = ["me", "source", *(f"h{i}" for i in range(10)), *silent]
    loop = Loop(names, SPEC, lost=lambda sender, to, rpc: sender in silent and bool(rpc.messages), scoring=scoring)
    loop.subscribe_all("t")
    for name in silent:
        loop.link("me", name)
    loop.run(5)
    for i in range(10):
        loop.link(f"h{i}", "me")
        loop.link(f"h{i}", "source")
        for k in (1, 2, 3):
            loop.link(f"h{i}", f"h{(i + k) % 10}")
    loop.run(5)
    assert set(loop.routers["me"].mesh("t")) <= set(silent)
    sent = {}
    for k in range(66):
        sent[k] = loop.now
        loop.publish("source", "t", b"%d" % k)
        loop.run(3)
    came = {int(data): now for name, data, now in loop.delivered if name == "me"}
    return loop, {k: came[k] - sent[k] for k in sent}


def test_an_eclipsed_mesh_hears_by_gossip_alone_and_is_mended_only_by_scores() -> None:
    loop, delays = eclipsed(None)
    assert all(delay > 1.0 for delay in delays.values())  # every pulse waits for the next heartbeat
    assert all(name[0] == "s" for name in loop.routers["me"].mesh("t"))
    loop, delays = eclipsed(pulse_scoring("t"))
    assert delays[0] > 1.0 and all(delays[k] < 0.3 for k in range(56, 66))
    assert {name[0] for name in loop.routers["me"].mesh("t")} == {"h", "s"}


def test_missing_messages_drive_silent_peers_out_and_honest_ones_as_well() -> None:
    loop, _ = eclipsed(pulse_scoring("t", missing=True))
    me = loop.routers["me"]
    assert all(name[0] == "h" for name in me.mesh("t"))
    assert any(me.scores.of(f"h{i}", loop.now) < 0 for i in range(10))


def test_the_decay_over_a_time_reaches_nothing_at_its_end() -> None:
    assert decay_over(60.0) ** 60 == pytest.approx(0.01) and decay_over(60.0, 2.0) ** 30 == pytest.approx(0.01)
