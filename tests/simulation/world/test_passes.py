"""Passes: what a satellite can be, when its passes happen, and that nothing leaves or arrives out of sight."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drandlab.errors import LocalError
from drandlab.node.messages import Envelope
from drandlab.simulation.journal import Journal
from drandlab.simulation.world.links import MICRO, Latency, Link
from drandlab.simulation.world.passes import Flight, Pass, Satellite, Sight, checked_satellites
from drandlab.simulation.world.world import World

START = 1_700_000_000


class Box:
    """A host that keeps what it gets, and when."""

    def __init__(self, world, name):
        self.world, self.name, self.address = world, name, f"host{name}.example.org:1"
        self.got = []
        world.hosts[self.address] = self

    def arrive(self, sender, envelope):
        self.got.append((self.world.now - START, envelope.data))


class Told:
    """A listener that keeps what it is told."""

    def __init__(self, world):
        self.world, self.said = world, []

    def begin(self, one):
        self.said.append((self.world.now - START, one.station, "begins"))

    def end(self, one):
        self.said.append((self.world.now - START, one.station, "ends"))


def world(link=None, n=3, seed=1):
    made = World(seed, Journal(), start=START, link=link or Link(), detail="full")
    return made, [Box(made, name) for name in range(n)]


def passes(*rows):
    return [(station, START + rise, START + sets) for station, rise, sets in rows]


def fly(made, satellite, *listeners):
    host = next(host for host in made.hosts.values() if host.name == satellite.node)
    return Flight(made, satellite, [Sight(made, host), *listeners])


def run(made, seconds):
    made.run_until(round((START + seconds) * MICRO))


def entries(made, kind):
    return [(entry.time - START, entry.what) for entry in made.journal.entries(kind)]


# -- what a satellite can be ------------------------------------------------------------------------------------------


class Window:
    """As `drandlab.orbit` has them: with more than a pass needs."""

    satellite, station, rise, set, max_elevation_deg = "crypto", "zurich", 10.5, 20.25, 80.0


def test_passes_come_from_windows_and_from_plain_rows_in_order_of_their_rise():
    made = Satellite(3, "crypto", [("b", 30, 40), Window(), Pass("a", 5, 6)])
    assert made.windows == (Pass("a", 5, 6), Pass("zurich", 10.5, 20.25), Pass("b", 30, 40))
    assert tuple(made.passes(1, START)) == made.windows == tuple(made.passes(1, START)), "they can be asked for again"


def test_a_function_may_yield_windows_without_an_end():
    def for_ever():
        rise = 0
        while True:
            yield ("a", rise, rise + 5)
            rise += 10

    found = Satellite(3, "crypto", for_ever).passes(1, START)
    assert [next(found).rise for _ in range(3)] == [0, 10, 20]
    with pytest.raises(LocalError, match="satellite windows: expected them in order of their rise, got 1 after 7"):
        list(Satellite(3, "crypto", lambda: [("a", 7, 8), ("a", 1, 2)]).passes(1, START))
    with pytest.raises(LocalError, match="satellite windows: a sees it twice at 2: its window before sets at 8"):
        list(Satellite(3, "crypto", lambda: [("a", 1, 8), ("a", 2, 3)]).passes(1, START))


@pytest.mark.parametrize(
    ("arguments", "rule"),
    [
        ((-1, "x"), "satellite node: expected a whole number of at least 0, got -1"),
        (("1", "x"), "satellite node: expected a whole number"),
        ((1, None), "satellite name: expected text, got None"),
        ((1, "x", "windows"), "satellite windows: expected windows, got str"),
        ((1, "x", [7]), "satellite window: expected a window or .station, rise, set., got int"),
        ((1, "x", [("a", 1)]), "satellite window: expected .station, rise, set., got 2 values"),
        ((1, "x", [("a", 5, 5)]), "satellite set: a pass sets after its rise at 5, got 5"),
        ((1, "x", [("a", float("nan"), 5)]), "satellite rise: expected UNIX seconds from 0"),
        ((1, "x", [("a", 1, 9), ("a", 8, 12)]), "satellite windows: a sees it twice at 8: its window before sets at 9"),
    ],
)
def test_what_is_no_satellite_is_refused(arguments, rule):
    with pytest.raises(LocalError, match=rule):
        Satellite(*arguments)


@pytest.mark.parametrize(
    ("name", "value"),
    [("fail", 1.5), ("late", -0.1), ("late_by", -1), ("redial", 1), ("light", None), ("rate", 0), ("relay", 7)],
)
def test_an_option_that_makes_no_sense_is_refused(name, value):
    with pytest.raises(LocalError, match=f"satellite {name}: expected"):
        Satellite(1, "x", **{name: value})


def test_a_node_flies_once():
    with pytest.raises(LocalError, match="satellites: node 2 flies twice"):
        checked_satellites([Satellite(2, "x"), Satellite(2, "y")])
    with pytest.raises(LocalError, match="satellites: expected a Satellite, got 7"):
        checked_satellites([7])
    with pytest.raises(LocalError, match="satellites: expected satellites, got int"):
        checked_satellites(7)


# -- passes happen ----------------------------------------------------------------------------------------------------


def test_the_passes_of_the_journal_are_the_windows():
    made, _ = world()
    rows = [("a", 10, 20), ("b", 15, 30), ("a", 30, 40), ("c", 50.25, 51.125)]
    told = Told(made)
    fly(made, Satellite(2, "crypto", passes(*rows)), told)
    run(made, 100)
    begun = [(what.station, time, what.until - START) for time, what in entries(made, "pass")]
    ended = {(what.station, time) for time, what in entries(made, "pass end")}
    assert begun == rows and ended == {(station, sets) for station, _, sets in rows}
    assert {entry.node for kind in ("pass", "pass end") for entry in made.journal.entries(kind)} == {2}
    assert [(time, station) for time, station, what in told.said if what == "begins"] == [(r[1], r[0]) for r in rows]


def test_a_pass_under_way_begins_with_the_flight_and_one_that_is_over_never():
    made, _ = world()
    flight = fly(made, Satellite(2, "crypto", passes(("a", -500, -1), ("b", -100, 10), ("c", -1, 0.0000004))))
    assert [one.station for one in flight.under_way] == ["b"] and made.in_sight(2)
    assert [time for time, _ in entries(made, "pass")] == [0]
    run(made, 20)
    assert flight.under_way == () and not made.in_sight(2)


def test_nothing_leaves_or_comes_in_out_of_sight_and_what_has_left_arrives():
    made, (a, b, sat) = world(Link(latency=Latency(mean=0.5)))
    fly(made, Satellite(2, "crypto", passes(("x", 10, 20))))
    for tenth in range(0, 300):
        partial = Envelope("partial", str(tenth / 10).encode())
        when = START * MICRO + tenth * 100_000 + 1
        made.at(when, lambda partial=partial: made.send(sat, [a.address, b.address], partial))
        made.at(when, lambda partial=partial: made.send(a, [b.address, sat.address], partial))
    run(made, 40)
    assert len([data for _, data in b.got]) == 300 + 100, "who is on the ground hears everything from the ground"
    for box in (a, sat):
        left = [float(data) for time, data in box.got]
        assert left == [tenth / 10 for tenth in range(100, 200)], "what leaves from the rise on and before it sets"
        assert max(time for time, _ in box.got) > 20, "what has left arrives"


def test_out_of_sight_is_no_cut_that_could_be_mended():
    made, (a, _, sat) = world()
    fly(made, Satellite(2, "crypto", passes(("x", 10, 20))))
    made.send(sat, [a.address], Envelope("partial", b"0"))
    made.mend()
    made.mend([(2, 0), (0, 2)])
    made.send(sat, [a.address], Envelope("partial", b"1"))
    run(made, 15)
    made.send(sat, [a.address], Envelope("partial", b"2"))
    made.cut([(2, 0)])
    made.send(sat, [a.address], Envelope("partial", b"3"))
    assert made.is_cut(2, 0) and not made.is_cut(0, 2) and made.in_sight(2)
    run(made, 25)
    made.mend()
    assert made.is_cut(2, 0) and made.is_cut(0, 2), "it is out of sight, whatever is mended"
    run(made, 30)
    assert [data for _, data in a.got] == [b"2"]


def test_a_cut_by_hand_outlasts_a_pass():
    made, _ = world()
    made.cut([(2, 0)])
    fly(made, Satellite(2, "crypto", passes(("x", 10, 20), ("x", 30, 40))))
    run(made, 35)
    assert made.is_cut(2, 0) and not made.is_cut(0, 2)


def test_going_out_of_sight_breaks_what_was_to_be_transmitted_again():
    made, (a, _, sat) = world(Link(latency=Latency(mean=0.1), loss=0.7), seed=3)
    fly(made, Satellite(2, "crypto", passes(("x", 0, 10.05))))
    run(made, 10)
    for number in range(40):
        made.send(sat, [a.address], Envelope("partial", bytes([number])))
    due = {what.due - START for _, what in entries(made, "broken")}
    assert due == set()
    run(made, 60)
    broken = entries(made, "broken")
    assert broken and {round(time, 6) for time, _ in broken} == {10.05} and {what.to for _, what in broken} == {0}
    assert all(time < 10.3 for time, _ in a.got) and a.got


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.integers(0, 60), st.integers(1, 20)),
        max_size=12,
        unique_by=lambda r: r[:2],
    )
)
def test_a_host_is_in_sight_exactly_in_the_union_of_its_passes(rows):
    rows = [(station, rise, rise + length) for station, rise, length in rows]
    last = {}
    kept = []
    for station, rise, sets in sorted(rows, key=lambda row: row[1]):
        if rise >= last.get(station, 0):  # a station sees it once at a time
            last[station] = sets
            kept.append((station, rise, sets))
    made, _ = world()
    changes = []
    host = next(host for host in made.hosts.values() if host.name == 2)
    sight = Sight(made, host, lambda box: changes.append(made.now - START))
    assert changes.pop() == 0 and not made.in_sight(2)
    Flight(made, Satellite(2, "crypto", passes(*kept)), [sight])
    for second in range(90):
        run(made, second + 0.5)
        assert made.in_sight(2) == any(rise <= second < sets for _, rise, sets in kept), second
    assert changes == sorted(changes) and len(changes) == len(set(changes)), "no gap without a length"


# -- passes that fail or begin late -----------------------------------------------------------------------------------


def many(**options):
    return Satellite(2, "crypto", passes(*(("a", 100 * k, 100 * k + 50) for k in range(1, 101))), **options)


def faults(satellite, seed=1):
    made, _ = world(seed=seed)
    fly(made, satellite)
    run(made, 20_000)
    return made, [(what.station, what.code, what.until - START) for _, what in entries(made, "pass fault")]


def test_passes_fail_by_the_seed_and_all_others_are_as_they_were():
    made, found = faults(many(fail=0.3))
    assert 15 < len(found) < 45 and {code for _, code, _ in found} == {"failed"}
    failed = {until for _, _, until in found}
    begun = {what.until - START for _, what in entries(made, "pass")}
    assert begun | failed == {100 * k + 50 for k in range(1, 101)} and not begun & failed
    assert faults(many(fail=0.3))[1] == found != faults(many(fail=0.3), seed=2)[1]
    assert len(faults(many(fail=1))[1]) == 100 and faults(many())[1] == []


def test_a_pass_has_its_fate_whatever_other_passes_there_are():
    fewer = Satellite(2, "crypto", many().windows[40:], fail=0.3)
    _, found = faults(many(fail=0.3))
    assert faults(fewer)[1] == [row for row in found if row[2] > 4100]


def test_passes_begin_late_within_the_bound():
    made, found = faults(many(late=0.5, late_by=20))
    begun = {what.until - START: time for time, what in entries(made, "pass")}
    assert len(begun) == 100 and 30 < len(found) < 70 and {code for _, code, _ in found} == {"late"}
    late = {sets: time - (sets - 50) for sets, time in begun.items() if time > sets - 50}
    assert len(late) == len(found) and 15 < max(late.values()) <= 20 and min(late.values()) > 0
    assert {until for _, _, until in found} == {begun[sets] for sets in late}


def test_a_pass_that_would_begin_after_its_end_does_not():
    made, found = faults(many(late=1, late_by=500))
    over = [until for _, _, until in found if (until - 50) % 100 == 0]
    assert len(found) == 100 and len(over) > 50 and len(entries(made, "pass")) == 100 - len(over)


# -- a satellite that is lost -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("when", [5, 15, 25, 45])
def test_a_lost_satellite_stays_out_of_sight(when):
    made, _ = world()
    flight = fly(made, Satellite(2, "crypto", passes(("a", 10, 20), ("b", 18, 30), ("a", 40, 50)), late=0.5))
    run(made, when)
    flight.lose()
    flight.lose()
    assert not made.in_sight(2) and flight.under_way == () and flight.is_lost
    said = len(made.journal)
    run(made, 100)
    assert len(made.journal) == said and not made.in_sight(2)
    assert len(made.journal.entries("satellite lost")) == 1
    assert len(made.journal.entries("pass")) == len(made.journal.entries("pass end"))
