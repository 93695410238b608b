"""Virtual time and links: order, cuts, streams, bandwidth, and that one link's chance never moves another's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drandlab.node.messages import KINDS, Envelope
from drandlab.simulation.journal import Journal
from drandlab.simulation.world.links import MICRO, Latency, Link
from drandlab.simulation.world.world import HEADER, World

START = 1_700_000_000


class Box:
    """A host that keeps what it gets."""

    def __init__(self, world, name):
        self.world, self.name, self.address = world, name, f"host{name}.example.org:1"
        self.got = []
        world.hosts[self.address] = self

    def arrive(self, sender, envelope):
        self.got.append((self.world.micros - START * MICRO, sender, envelope.data))


def world(link=None, n=3, seed=1, detail="full"):
    made = World(seed, Journal(), start=START, link=link or Link(), detail=detail)
    return made, [Box(made, name) for name in range(n)]


def post(made, sender, to, data=b"x", kind="partial"):
    made.send(sender, [box.address for box in to], Envelope(kind, data))


def finish(made):
    made.run_until((START + 10_000) * MICRO)


def test_things_happen_in_order_of_time_and_then_as_arranged():
    made, _ = world()
    seen = []
    for micros, name in ((5, "b"), (3, "a"), (5, "c"), (0, "now"), (-100, "past")):
        made.at(START * MICRO + micros, lambda name=name: seen.append((name, made.micros - START * MICRO)))
    made.run_until(START * MICRO + 5)
    assert seen == [("now", 0), ("past", 0), ("a", 3)], "what is due at the end of a run is left for the next"
    made.run_until(START * MICRO + 6)
    assert seen[3:] == [("b", 5), ("c", 5)]
    made.run_until(0)
    assert made.now == START + 6e-6 and made.due() == float("inf")


def test_a_message_takes_its_time_and_is_in_the_journal():
    made, (a, b, c) = world()
    post(made, a, [b, c], b"hello")
    finish(made)
    assert b.got == c.got == [(20_000, a.address, b"hello")] and a.got == []
    [entry] = made.journal.entries("sent")
    assert entry.node == 0 and entry.time == START
    assert entry.details == {"message": "partial", "to": {"1": [20_000], "2": [20_000]}, "size": HEADER + 5}


def test_nobody_lives_there():
    made, (a, *_) = world()
    made.send(a, ["nowhere.example.org:1"], Envelope("partial"))
    finish(made)
    assert made.journal.entries("sent") == []


def test_a_summary_has_no_messages():
    made, (a, b, _) = world(detail="summary")
    post(made, a, [b])
    finish(made)
    assert len(b.got) == 1 and len(made.journal) == 0


def test_a_cut_holds_for_what_leaves_and_for_one_direction():
    made, (a, b, _) = world()
    post(made, a, [b], b"before")
    made.cut([(0, 1)])
    post(made, a, [b], b"during")
    post(made, b, [a], b"back")
    assert made.is_cut(0, 1) and not made.is_cut(1, 0)
    finish(made)
    assert [data for *_, data in b.got] == [b"before"] and [data for *_, data in a.got] == [b"back"]
    assert [e.details["to"] for e in made.journal.entries("sent", node=0)] == [{"1": [20_000]}, {"1": []}]
    made.mend([(0, 1)])
    post(made, a, [b], b"after")
    finish_again = made.micros + MICRO
    made.run_until(finish_again)
    assert b.got[-1][2] == b"after"


LOSSY = Link(latency=Latency(mean=0.1), loss=0.6)


def again(made, sender, receiver, kind="partial"):
    """Post until something is to be transmitted again, at least a second late; return how long after now it arrives."""
    while True:
        post(made, sender, [receiver], b"again", kind)
        [arrives] = made.journal.entries("sent")[-1].details["to"].values() or [[]]
        if arrives and arrives[0] > MICRO:
            return arrives[0]


@pytest.mark.parametrize("kind", ["partial", "beacon"])
@pytest.mark.parametrize("how", ["cut", "crash"])
def test_what_is_to_be_transmitted_again_is_lost_where_the_connection_breaks(kind, how):
    made, (a, b, c) = world(LOSSY)
    due = again(made, a, b, kind)
    elsewhere = again(made, b, a, kind)
    sent = made.micros
    if how == "cut":
        made.cut([(0, 1)])
        made.mend()
    else:
        made.fall_silent(a)
    broken = made.journal.entries("broken")
    finish(made)
    assert ((sent + due - START * MICRO, a.address, b"again") in b.got) is False
    assert (sent + elsewhere - START * MICRO, b.address, b"again") in a.got, "its own direction alone"
    details = {"message": kind, "to": 1, "due": (sent + due) / MICRO}
    assert details in [entry.details for entry in broken] and {entry.node for entry in broken} == {0}
    assert len(broken) == sum(
        len(arrives) and arrives[0] > 100_000
        for entry in made.journal.entries("sent", node=0)
        for arrives in entry.details["to"].values()
    ), "all that was to leave again, and nothing else"
    post(made, a, [c])
    assert made.journal.entries("broken") == broken


def test_what_has_left_for_the_last_time_arrives_though_the_link_is_cut():
    made, (a, b, _) = world(LOSSY)
    due = again(made, a, b)
    sent = made.micros
    made.run_until(sent + due - 1)
    made.cut([(0, 1)])
    finish(made)
    assert (sent + due - START * MICRO, a.address, b"again") in b.got and made.journal.entries("broken") == []


def test_a_summary_is_silent_about_what_breaks():
    made, (a, b, _) = world(LOSSY, detail="summary")
    for _ in range(20):
        post(made, a, [b])
    made.cut([(0, 1)])
    finish(made)
    assert 0 < len(b.got) < 20 and {when for when, *_ in b.got} == {100_000} and len(made.journal) == 0


def test_a_link_that_was_cut_before_it_was_used_is_cut():
    made, (a, b, c) = world()
    made.cut([(0, 1), (0, 2)])
    made.mend([(0, 2)])
    post(made, a, [b, c])
    finish(made)
    assert b.got == [] and len(c.got) == 1
    made.mend()
    assert not made.is_cut(0, 1)


@pytest.mark.parametrize("used", [False, True])
def test_other_properties_from_now_on_whether_it_was_used_or_not(used):
    made, (a, b, c) = world()
    if used:
        post(made, a, [b])
    slow = Link(latency=Latency(mean=0.5))
    made.set_link(0, 1, slow)
    assert made.link(0, 1) == slow and made.link(1, 0) == Link()
    post(made, a, [b, c])
    post(made, b, [a])
    finish(made)
    assert [when for when, *_ in b.got] == [20_000, 500_000][0 if used else 1 :]
    assert c.got[0][0] == a.got[0][0] == 20_000


@given(st.integers(0, 1000), st.sampled_from(sorted(KINDS.names(lambda kind: kind.ordered))))
def test_a_stream_keeps_its_order_and_loses_nothing(seed, kind):
    link = Link(latency=Latency(kind="exponential", mean=0.3), loss=0.3, duplicate=0.3)
    made, (a, b, _) = world(link, seed=seed)
    for n in range(40):
        made.at(START * MICRO + 10_000 * n, lambda n=n: post(made, a, [b], bytes([n]), kind))
    finish(made)
    assert [data for *_, data in b.got] == [bytes([n]) for n in range(40)]
    assert len({when for when, *_ in b.got}) == 40


def test_other_messages_overtake_each_other():
    made, (a, b, _) = world(Link(latency=Latency(kind="exponential", mean=0.3)))
    for n in range(40):
        post(made, a, [b], bytes([n]))
    finish(made)
    order = [data for *_, data in b.got]
    assert order != sorted(order) and sorted(order) == [bytes([n]) for n in range(40)]


def test_bandwidth_makes_a_queue():
    made, (a, b, c) = world(Link(bandwidth=1000))
    for _ in range(3):
        post(made, a, [b, c], bytes(1000 - HEADER))
    made.at((START + 10) * MICRO, lambda: post(made, a, [b], bytes(1000 - HEADER)))
    finish(made)
    assert [when for when, *_ in b.got] == [1_020_000, 2_020_000, 3_020_000, 11_020_000]
    assert [when for when, *_ in c.got] == [1_020_000, 2_020_000, 3_020_000], "each link has its own"


def test_what_happens_on_one_link_moves_no_other():
    link = Link(latency=Latency(kind="exponential", mean=0.3), loss=0.2, duplicate=0.2)
    runs = []
    for busy in (0, 17):
        made, (a, b, c) = world(link)
        for _ in range(busy):
            post(made, a, [b])
            post(made, b, [a])
        for n in range(20):
            post(made, a, [c], bytes([n]))
        finish(made)
        runs.append(c.got)
    assert runs[0] == runs[1]
