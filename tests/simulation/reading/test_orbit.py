"""What a journal says of satellites: figures by hand, clipping, and a journal alone."""

from __future__ import annotations

import pytest

import drandlab as dl
from drandlab.errors import LocalError
from drandlab.node.reports import PartialSent
from drandlab.orbit.contacts import contact_share, contact_windows, longest_gap
from drandlab.orbit.satellites import ISS
from drandlab.orbit.stations import Station
from drandlab.simulation.journal import Journal
from drandlab.simulation.network import START
from drandlab.simulation.orbit_entries import FirstSigners, PartialOnGround, PassBegan, PassEnded, SatelliteMade
from drandlab.simulation.reading.orbit import satellites_of
from drandlab.simulation.world.passes import Satellite

PERIOD = 10


@pytest.fixture(scope="module")
def head():
    """The journal of a run of no rounds: the header, the hosts, the chain."""
    net = dl.Network(4, 3, period=PERIOD, backend="glass")
    net.run(rounds=0)
    return net.journal.to_jsonl(), net.info.genesis_time


def journal(head, *rows):
    """A journal of node 3, a satellite, with entries at seconds after genesis."""
    text, genesis = head
    made = Journal.from_jsonl(text)
    first = min(made, key=lambda entry: entry.time).time
    made.write(float(first), 3, SatelliteMade(name="crypto"))
    for second, what in sorted(rows, key=lambda row: row[0]):
        made.write(float(genesis + second), 3, what)
    return made, genesis


def began(second, station, length):
    return second, PassBegan(station=station, until=float(second + length))


def ended(second, station):
    return second, PassEnded(station=station)


def ground(second, round):
    return second, PartialOnGround(round=round, at=0)


def test_the_figures_by_hand(head):
    made, genesis = journal(
        head,
        began(-20, "a", 25), ended(5, "a"),
        began(100, "a", 60), began(150, "b", 40), ended(160, "a"), ended(190, "b"),
        began(290, "a", 60),
        *[(s, PartialSent(round=r, index=1)) for s, r in ((0, 1), (10, 2), (110, 2), (120, 13), (130, 14))],
        ground(0.5, 1), ground(110, 2), ground(120.2, 13), ground(139.9, 14), ground(160, 16),
        (0.4, FirstSigners(round=1, signers=(0, 3, 1))), (10, FirstSigners(round=2, signers=(0, 2, 1))),
    )  # fmt: skip
    [found] = satellites_of(made, genesis + 300)
    assert found.to_dict() == {
        "node": 3,
        "name": "crypto",
        "passes": 4,
        "contact_s": 5 + 90 + 10,
        "contact_share": 105 / 300,
        "longest_gap_s": 100,
        "signed": 4,
        "in_time": 3,
        "first_t": 1,
        "participation": 3 / 31,
    }
    assert found.in_time == {1, 13, 14}, "the partial of round 16 came just as the next round was due"
    assert found.span == 300 and found.due == 31 and found.longest_absence == 17
    assert [(s.station, s.begin - genesis, s.end - genesis) for s in found.seen] == [
        ("a", 0, 5), ("a", 100, 160), ("b", 150, 190), ("a", 290, 300)
    ]  # fmt: skip
    contacts = [(c.begin - genesis, c.end - genesis, c.rejoined, c.after, c.seconds) for c in found.contacts]
    assert contacts == [(0, 5, 1, 0, 0.5), (100, 190, 13, 2, 20.2), (290, 300, None, None, None)]
    assert (found.latency.count, found.latency.median, found.latency.max) == (3, 0.5, 9.9)


def test_before_the_genesis_nothing_counts(head):
    made, genesis = journal(head, began(-20, "a", 10), ended(-10, "a"), began(-5, "a", 3), ended(-2, "a"))
    for until, gap in ((genesis - 1, 0), (genesis, 0), (genesis + 40, 40)):
        [found] = satellites_of(made, until)
        assert (found.contact_s, found.contact_share, found.longest_gap_s, len(found.seen)) == (0, 0, gap, 0)


def test_a_satellite_that_never_passes(head):
    made, genesis = journal(head)
    [found] = satellites_of(made, genesis + 100)
    assert found.to_dict()["longest_gap_s"] == 100 and found.participation == 0 and found.longest_absence == 11
    assert satellites_of(Journal.from_jsonl(head[0])) == []


def test_what_is_no_journal_of_a_network_is_refused():
    with pytest.raises(LocalError, match="journal: expected a journal, got a str"):
        satellites_of("journal")
    with pytest.raises(LocalError, match="journal: expected that of a network"):
        satellites_of(Journal())


def test_a_saved_journal_says_the_same():
    flies = Satellite(4, "x", [("a", START, START + 90), ("b", START + 120, START + 150)])
    net = dl.Network(5, 3, backend="glass", satellites=[flies], detail="summary").run(rounds=60)
    again = Journal.from_jsonl(net.journal.to_jsonl())
    assert satellites_of(again, net.now) == satellites_of(net.journal, net.now)


def test_the_journal_says_what_geometry_says():
    epoch = ISS["2021-01-27"].epoch
    stations = [Station("Lausanne", 46.5, 6.6), Station("San Francisco", 37.8, -122.4), Station("Perth", -32.0, 115.9)]
    found = contact_windows(ISS["2021-01-27"], stations, epoch, epoch + 86_400)
    start = round(found[0].rise) - 100
    flies = Satellite(3, "iss", found)
    net = dl.Network(4, 3, period=60, backend="glass", start=start, satellites=[flies], detail="summary")
    net.run(rounds=600)
    [story] = satellites_of(net.journal, net.now)
    genesis, end = float(net.info.genesis_time), net.now
    there = [one for one in found if one.set > genesis and one.rise < end]
    assert [(s.station, s.begin) for s in story.seen] == [(w.station, max(genesis, round(w.rise, 6))) for w in there]
    assert story.contact_share == pytest.approx(contact_share(found, genesis, end), abs=1e-9)
    assert story.longest_gap_s == pytest.approx(longest_gap(found, genesis, end), abs=1e-5)
    assert len(there) >= 8 and 0 < story.participation < story.contact_share + 0.02
