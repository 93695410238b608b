"""Check and repair: exactly the damaged rounds are found, and mended as long as one peer is honest."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drandlab.beacon.machines.effects import CloseStream, OpenStream, ReadChain, Refused, SetTimer, StoreBeacon
from drandlab.beacon.machines.repair import SLICE, Repair
from drandlab.beacon.store import MemoryStore
from drandlab.errors import LocalError
from drandlab.testing import CHAINED, UNCHAINED, KnownGroup

NOW = 1_700_001_000
KNOWN = {name: KnownGroup(3, 2, scheme=name) for name in (CHAINED, UNCHAINED)}
BOTH = pytest.mark.parametrize("known", KNOWN.values(), ids=["chained", "unchained"])
PEERS = ("a.example.org:1", "b.example.org:1", "c.example.org:1")


def stored(known, length):
    store = MemoryStore(known.info)
    for beacon in known.beacons(1, length):
        store.append(beacon)
    return store


def damage(known, store, round, how):
    beacon = known.beacon(round)
    if how == "missing":
        store.remove(round)
    elif how == "signature":
        store.replace(replace(beacon, signature=known.beacon(round + 1).signature))
    elif how == "cut short":
        store.replace(replace(beacon, signature=beacon.signature[:-1]))
    elif how == "previous":
        store.replace(replace(beacon, previous_signature=bytes(known.info.scheme.signature_length)))


class Mended:
    """A repair of ``store`` with peers that answer as ``answer(peer, round)`` says: a beacon, "end" or "silence"."""

    def __init__(self, known, store, answer, *, peers=PEERS, up_to=0, seed=1, full=False):
        self.store, self.answer, self.full = store, answer, full
        self.now, self.reads, self.opened, self.refused, self.timer = NOW, 0, [], [], None
        self.machine = Repair(
            known.info, known.checker().beacon, store.last(), random.Random(seed), up_to=up_to, peers=peers
        )
        self.follow(self.machine.start(self.now))
        while not self.machine.over:
            assert self.timer is not None, "nothing is left that could wake it up"
            self.now, self.timer = self.timer, None
            self.follow(self.machine.timer(self.now))

    def follow(self, effects):
        todo = list(effects)
        while todo:
            effect = todo.pop(0)
            match effect:
                case ReadChain(first, limit, "repair"):
                    self.reads += 1
                    todo += self.machine.read(self.store.read(first, limit), self.now)
                case SetTimer(at, "repair"):
                    self.timer = at
                case Refused():
                    self.refused.append(effect)
                case StoreBeacon(beacon, _, True):
                    if self.full:
                        todo += self.machine.store_failed(self.now)
                    else:
                        self.store.replace(beacon)
                        todo += self.machine.stored(self.now)
                case OpenStream(peer, stream, round):
                    self.opened.append((peer, round))
                    said = self.answer(peer, round)
                    if said == "end":
                        todo += self.machine.closed(peer, stream, self.now)
                    elif said != "silence":
                        todo += self.machine.receive(peer, stream, said, self.now)
                case CloseStream():
                    pass
                case _:
                    raise AssertionError(effect)


HOWS = st.sampled_from(["missing", "signature", "cut short", "previous"])


@BOTH
@given(data=st.data())
@settings(max_examples=60)
def test_exactly_the_damaged_rounds_are_found_and_mended(known, data):
    length = data.draw(st.integers(1, 30))
    hurt = data.draw(st.dictionaries(st.integers(1, length), HOWS))
    hurt.pop(length, None)  # the last one is what the node goes on from
    store = stored(known, length)
    for round, how in hurt.items():
        damage(known, store, round, how)
    # an unchained chain keeps no previous signature that could be wrong
    faulty = sorted(r for r, how in hurt.items() if known.info.scheme.chained or how != "previous")
    checked = Mended(known, store, None, peers=()).machine
    assert checked.over and checked.faulty == faulty and checked.mended == checked.lost == []
    honest = data.draw(st.sampled_from(PEERS))
    lie = data.draw(st.sampled_from(["end", "silence", "other round", "false"]))

    def answer(peer, round):
        true = known.beacon(round)
        if peer == honest:
            return true
        other = {
            "other round": known.beacon(round + 1),
            "false": replace(true, signature=known.beacon(round + 1).signature),
        }
        return other.get(lie, lie)

    mended = Mended(known, store, answer).machine
    assert mended.faulty == mended.mended == faulty and mended.lost == []
    assert store.read(0, 100) == known.beacons(0, length)
    assert Mended(known, store, None, peers=()).machine.faulty == []


@BOTH
@pytest.mark.parametrize("length", [0, 1, SLICE - 1, SLICE, SLICE + 1, 2 * SLICE + 7])
def test_a_whole_chain_is_read_in_slices(known, length):
    mended = Mended(known, stored(known, length), None)
    assert mended.machine.faulty == [] and mended.machine.over and mended.opened == []
    assert mended.reads == -(-length // SLICE)


def test_holes_over_the_edges_of_slices():
    known = KNOWN[UNCHAINED]
    store = stored(known, 2 * SLICE + 7)
    gone = [1, 2, SLICE - 1, SLICE, SLICE + 1, *range(2 * SLICE - 3, 2 * SLICE + 6)]
    for round in gone:
        store.remove(round)
    mended = Mended(known, store, lambda peer, round: known.beacon(round))
    assert mended.machine.faulty == mended.machine.mended == gone
    assert store.read(1, 1000) == known.beacons(1, 2 * SLICE + 7)


def test_a_whole_slice_is_gone():
    known = KNOWN[UNCHAINED]
    store = stored(known, 3 * SLICE)
    for round in range(1, 2 * SLICE + 2):
        store.remove(round)
    assert Mended(known, store, None, peers=()).machine.faulty == list(range(1, 2 * SLICE + 2))


@BOTH
def test_only_up_to_the_wanted_round(known):
    store = stored(known, 9)
    for round in (3, 6, 7):
        damage(known, store, round, "signature")
    assert Mended(known, store, None, peers=(), up_to=6).machine.faulty == [3, 6]
    assert Mended(known, store, None, peers=(), up_to=1000).machine.faulty == [3, 6, 7]


@BOTH
def test_what_nobody_can_give_is_tried_once_more_and_then_lost(known):
    store = stored(known, 9)
    for round in (3, 6):
        damage(known, store, round, "missing")
    mended = Mended(known, store, lambda peer, round: known.beacon(round) if round == 6 else "end")
    assert mended.machine.lost == [3] and mended.machine.mended == [6]
    asked = [peer for peer, round in mended.opened if round == 3]
    assert sorted(asked[:3]) == sorted(asked[3:]) == sorted(PEERS)


def test_silent_peers_hold_nothing_up():
    """Attack: to accept the call and never to answer."""
    known = KNOWN[UNCHAINED]
    store = stored(known, 9)
    damage(known, store, 4, "missing")
    mended = Mended(known, store, lambda peer, round: "silence")
    assert mended.machine.lost == [4] and mended.now == NOW + 2 * 3 * 6, "two periods for each peer, twice"


def test_a_timer_that_comes_early_or_late_changes_nothing():
    known = KNOWN[UNCHAINED]
    store = stored(known, 9)
    damage(known, store, 4, "missing")
    machine = Repair(known.info, known.checker().beacon, store.last(), random.Random(1), peers=PEERS)
    assert machine.timer(NOW) == []
    [_] = machine.start(NOW)
    [stream, timer] = machine.read(store.read(1, SLICE), NOW)
    assert timer == SetTimer(NOW + 6, "repair") and machine.timer(NOW + 5.9) == []
    [_, write] = machine.receive(stream.peer, stream.stream, known.beacon(4), NOW + 1)
    assert machine.timer(NOW + 6) == []
    assert machine.stored(NOW + 6) == [] and machine.over and machine.timer(NOW + 60) == []
    assert write == StoreBeacon(known.beacon(4), "sync", repair=True)


def test_a_liar_is_named():
    known = KNOWN[CHAINED]
    store = stored(known, 9)
    damage(known, store, 4, "missing")
    mended = Mended(known, store, lambda peer, round: known.beacon(5 if peer == PEERS[0] else round), seed=0)
    for seed in range(1, 20):
        if mended.refused:
            break
        store.remove(4)
        mended = Mended(known, store, mended.answer, seed=seed)
    [refused] = mended.refused
    assert (refused.peer, refused.round) == (PEERS[0], 5) and "asked for round 4, answered with round 5" in refused.why


def test_only_the_present_stream_counts():
    known = KNOWN[UNCHAINED]
    store = stored(known, 9)
    damage(known, store, 4, "missing")
    machine = Repair(known.info, known.checker().beacon, store.last(), random.Random(1), peers=PEERS)
    assert machine.read(store.read(1, SLICE), NOW) == [], "nothing is read that was not asked for"
    machine.start(NOW)
    [stream, _] = machine.read(store.read(1, SLICE), NOW)
    elsewhere = next(peer for peer in PEERS if peer != stream.peer)
    other = replace(stream.stream, number=stream.stream.number + 1)
    for peer, number in ((elsewhere, stream.stream), (stream.peer, other)):
        assert machine.receive(peer, number, known.beacon(4), NOW) == []
        assert machine.closed(peer, number, NOW) == []
    assert machine.read(store.read(1, SLICE), NOW) == []
    assert machine.faulty == [4] and machine.mended == []


def test_a_full_disk_loses_the_round_and_goes_on():
    known = KNOWN[UNCHAINED]
    store = stored(known, 9)
    for round in (3, 6):
        damage(known, store, round, "signature")
    mended = Mended(known, store, lambda peer, round: known.beacon(round), full=True)
    assert mended.machine.lost == [3, 6] and mended.machine.mended == []


def test_a_check_starts_once():
    known = KNOWN[UNCHAINED]
    machine = Repair(known.info, known.checker().beacon, known.beacon(0), random.Random(1))
    machine.start(NOW)
    before = dict(vars(machine))
    with pytest.raises(LocalError, match="a check runs once; make a new one"):
        machine.start(NOW)
    assert vars(machine) == before
    assert repr(machine) == "<Repair up to round 0, over, 0 faulty, 0 mended>"
