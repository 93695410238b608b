"""Syncing: honest and hostile peers, in any interleaving; the server's streams; both against each other."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from drandlab.beacon.beacon import Beacon
from drandlab.beacon.machines.effects import (
    CloseStream,
    OpenStream,
    ReadChain,
    Refused,
    SendBeacon,
    StoreBeacon,
    Synced,
)
from drandlab.beacon.machines.sync import SLICE, SyncClient, SyncServer
from drandlab.beacon.store import AppendRefused, MemoryStore
from drandlab.errors import FormatError
from drandlab.testing import CHAINED, UNCHAINED, KnownGroup, only

NOW = 1_700_001_000
KNOWN = {name: KnownGroup(3, 2, scheme=name) for name in (CHAINED, UNCHAINED)}
OTHER = {name: KnownGroup(3, 2, scheme=name, seed=9) for name in KNOWN}
BOTH = pytest.mark.parametrize("known", KNOWN.values(), ids=["chained", "unchained"])
PEERS = ("a.example.org:1", "b.example.org:1", "c.example.org:1")


def client(known, last=0, seed=1):
    return SyncClient(known.info, known.checker().beacon, known.beacon(last), random.Random(seed))


def opened(effects):
    [stream] = only(effects, OpenStream)
    return stream


def take(machine, stream, beacon, now=NOW):
    """Hand a beacon in and store what is to be stored."""
    effects = machine.receive(stream.peer, stream.stream, beacon, now)
    for store in only(effects, StoreBeacon):
        effects = effects + machine.stored(store.beacon)
    return effects


# -- the client -------------------------------------------------------------------------------------------------------


@BOTH
class TestClient:
    def test_from_what_is_missing_to_what_is_wanted(self, known):
        machine = client(known, last=3)
        [stream] = machine.request(7, PEERS, NOW)
        assert stream.from_round == 4 and stream.peer in PEERS
        for round in range(4, 7):
            assert take(machine, stream, known.beacon(round)) == [StoreBeacon(known.beacon(round), "sync")]
        *_, close, done = take(machine, stream, known.beacon(7))
        assert (close, done) == (CloseStream(stream.peer, stream.stream), Synced(7, ok=True))
        assert machine.peer is None and machine.last == known.beacon(7)

    def test_nothing_is_missing(self, known):
        machine = client(known, last=7)
        for wanted in (1, 6, 7):
            assert machine.request(wanted, PEERS, NOW) == []

    def test_without_peers(self, known):
        assert client(known).request(7, [], NOW) == [Synced(7, ok=False)]

    def test_every_peer_is_tried_once_in_an_order_by_chance(self, known):
        orders = set()
        for seed in range(20):
            machine, order = client(known, seed=seed), []
            effects = machine.request(7, [*PEERS, PEERS[0]], NOW)
            while streams := only(effects, OpenStream):
                order.append(streams[0].peer)
                effects = machine.closed(streams[0].peer, streams[0].stream, "no", NOW)
            assert effects == [Synced(7, ok=False)] and sorted(order) == sorted(PEERS)
            orders.add(tuple(order))
        assert len(orders) > 3

    @pytest.mark.parametrize("lie", ["round", "signature", "chain", "gap", "form", "claim"])
    def test_the_first_lie_ends_a_peer(self, known, lie):
        other = OTHER[known.info.scheme.name]
        machine = client(known, last=3)
        stream = opened(machine.request(7, PEERS, NOW))
        true = known.beacon(4)
        false = {
            "round": replace(known.beacon(5), round=4),
            "signature": replace(true, signature=known.beacon(5).signature),
            "chain": other.beacon(4),
            "gap": known.beacon(5),
            "form": replace(true, signature=true.signature[:-1]),
            "claim": replace(true, claimed_randomness=bytes(32)),
        }[lie]
        refused, close, following = machine.receive(stream.peer, stream.stream, false, NOW)
        assert isinstance(refused, Refused) and refused.what == "beacon" and refused.peer == stream.peer
        assert refused.round == false.round and isinstance(close, CloseStream) and close.why == refused.why
        assert following.peer != stream.peer and following.from_round == 4 and machine.last == known.beacon(3)
        assert machine.receive(stream.peer, stream.stream, known.beacon(4), NOW) == [], "nothing more from that one"

    def test_garbage_ends_a_peer(self, known):
        machine = client(known)
        stream = opened(machine.request(7, PEERS, NOW))
        error = FormatError("the field is missing", source="BeaconPacket", field="signature")
        refused, _, following = machine.garbage(stream.peer, stream.stream, error, NOW)
        assert "the field is missing" in refused.why and following.peer != stream.peer
        assert machine.garbage(stream.peer, stream.stream, error, NOW) == []

    def test_only_the_present_stream_counts(self, known):
        machine = client(known)
        stream = opened(machine.request(7, PEERS, NOW))
        elsewhere = next(peer for peer in PEERS if peer != stream.peer)
        others = [replace(stream.stream, number=stream.stream.number + step) for step in (1, -1)]
        for peer, number in ((elsewhere, stream.stream), *((stream.peer, other) for other in others)):
            assert machine.receive(peer, number, known.beacon(1), NOW) == []
            assert machine.closed(peer, number, "", NOW) == []
        assert machine.peer == stream.peer and machine.last.round == 0

    def test_an_early_end_is_followed_by_the_next_peer_from_there(self, known):
        machine = client(known)
        stream = opened(machine.request(7, PEERS, NOW))
        take(machine, stream, known.beacon(1))
        take(machine, stream, known.beacon(2))
        assert opened(machine.closed(stream.peer, stream.stream, "no more", NOW)).from_round == 3

    def test_our_own_partials_may_be_faster(self, known):
        machine = client(known)
        stream = opened(machine.request(3, PEERS, NOW))
        assert machine.stored(known.beacon(1)) == []
        assert machine.receive(stream.peer, stream.stream, known.beacon(1), NOW) == []
        assert take(machine, stream, known.beacon(2))
        assert machine.stored(known.beacon(3)) == [CloseStream(stream.peer, stream.stream), Synced(3, ok=True)]

    def test_a_second_request_raises_what_is_wanted(self, known):
        machine = client(known)
        stream = opened(machine.request(3, PEERS, NOW))
        assert machine.request(5, PEERS, NOW + 1) == [] and machine.request(4, PEERS, NOW + 1) == []
        for round in range(1, 5):
            assert only(take(machine, stream, known.beacon(round)), Synced) == []
        assert only(take(machine, stream, known.beacon(5)), Synced) == [Synced(5, ok=True)]

    def test_following_has_no_end(self, known):
        machine = client(known)
        stream = opened(machine.request(0, PEERS, NOW))
        for round in range(1, 20):
            assert take(machine, stream, known.beacon(round)) == [StoreBeacon(known.beacon(round), "sync")]
        assert machine.request(0, PEERS, NOW) == [] and machine.peer == stream.peer

    def test_following_goes_on_after_a_beacon_that_is_here_already(self, known):
        machine = client(known)
        stream = opened(machine.request(0, PEERS, NOW))
        take(machine, stream, known.beacon(1))
        assert machine.stored(known.beacon(2)) == []  # made with partials meanwhile
        assert machine.receive(stream.peer, stream.stream, known.beacon(2), NOW) == []
        assert take(machine, stream, known.beacon(3)) == [StoreBeacon(known.beacon(3), "sync")]

    def test_a_disk_that_takes_nothing_ends_it(self, known):
        machine = client(known)
        stream = opened(machine.request(3, PEERS, NOW))
        machine.receive(stream.peer, stream.stream, known.beacon(1), NOW)
        close, done = machine.give_up("store", "the disk is full")
        assert close == CloseStream(stream.peer, stream.stream, "store", "the disk is full") and done == Synced(
            3, ok=False
        )
        assert machine.give_up("store", "again") == [] and machine.last.round == 0
        assert opened(machine.request(3, PEERS, NOW)).from_round == 1

    def test_it_says_where_it_stands(self, known):
        machine = client(known, last=2)
        assert repr(machine) == "<SyncClient idle, last round 2>"
        stream = opened(machine.request(5, PEERS, NOW))
        assert repr(machine) == f"<SyncClient from {stream.peer} up to round 5, last round 2>"


class TestPatience:
    """Periods are of three seconds; production gives up a peer from which nothing has come for two of them."""

    def started(self):
        known = KNOWN[UNCHAINED]
        machine = client(known)
        return known, machine, opened(machine.request(100, PEERS, NOW))

    def test_two_periods_for_the_first_beacon(self):
        _, machine, stream = self.started()
        assert machine.request(100, PEERS, NOW + 6) == []
        close, following = machine.request(100, PEERS, NOW + 6.1)
        assert (close.peer, close.stream) == (stream.peer, stream.stream) and "two periods" in close.why
        assert following.stream != stream.stream

    def test_a_fast_peer_is_kept(self):
        known, machine, stream = self.started()
        for round in range(1, 60):
            take(machine, stream, known.beacon(round), NOW + round)
            assert machine.request(100, PEERS, NOW + round) == []

    @pytest.mark.parametrize("pause", [2.0, 3.0, 5.9])
    def test_a_peer_that_dawdles_is_given_up(self, pause):
        """Attack: one true beacon now and then, never so slow as to be silent: the reader stays behind for ever."""
        known, machine, stream = self.started()
        for round in range(1, 40):
            now = NOW + pause * round
            take(machine, stream, known.beacon(round), now)
            if machine.request(100, PEERS, now):
                break
        assert round < 30 and machine.last.round == round

    def test_a_peer_that_repeats_itself_is_given_up(self):
        known, machine, stream = self.started()
        take(machine, stream, known.beacon(1), NOW)
        for n in range(100):
            assert machine.receive(stream.peer, stream.stream, known.beacon(1), NOW + n / 10) == []
        assert only(machine.request(100, PEERS, NOW + 10), CloseStream)


def test_a_link_to_another_history_is_refused_although_it_verifies():
    """A threshold of colluding members may sign on anything; what does not continue our chain is not stored."""
    known = KNOWN[CHAINED]
    machine = client(known, last=3)
    stream = opened(machine.request(7, PEERS, NOW))
    fork = Beacon(round=4, signature=known.signature(4, bytes(96)), previous_signature=bytes(96))
    known.checker().beacon(fork)
    refused, *_ = machine.receive(stream.peer, stream.stream, fork, NOW)
    assert "previous signature" in refused.why and machine.last.round == 3


def test_an_unchained_beacon_is_stored_without_what_its_sender_added():
    known = KNOWN[UNCHAINED]
    machine = client(known)
    stream = opened(machine.request(7, PEERS, NOW))
    effects = machine.receive(stream.peer, stream.stream, known.beacon(1), NOW)
    assert effects == [StoreBeacon(known.beacon(1), "sync")]


lies = st.sampled_from(["true", "repeat", "skip", "other chain", "flipped", "garbage", "end", "nothing"])


@given(st.sampled_from(sorted(KNOWN)), st.integers(0, 5), st.lists(st.tuples(st.integers(0, 3), lies), max_size=40))
@settings(max_examples=150)
def test_whatever_peers_send_the_chain_is_the_one_chain_and_one_honest_peer_is_enough(name, seed, course):
    """Peer c is honest. Whatever the others do, in whatever order, the client ends with the honest chain."""
    known, other = KNOWN[name], OTHER[name]
    machine, store = client(known, seed=seed), MemoryStore(known.info)
    honest, wanted, now = PEERS[2], 8, NOW
    streams, done = [], []

    def follow(effects):
        for effect in effects:
            match effect:
                case OpenStream():
                    streams.append(effect)
                case StoreBeacon(beacon, _):
                    store.append(beacon)
                    follow(machine.stored(beacon))
                case Synced():
                    done.append(effect)

    def act(stream, what, now):
        following = machine.last.round + 1
        sent = {
            "true": known.beacon(following),
            "repeat": known.beacon(max(1, following - 2)),
            "skip": known.beacon(following + 1),
            "other chain": other.beacon(following),
            "flipped": replace(known.beacon(following), signature=known.beacon(following + 1).signature),
        }
        if what in sent:
            follow(machine.receive(stream.peer, stream.stream, sent[what], now))
        elif what == "garbage":
            follow(machine.garbage(stream.peer, stream.stream, FormatError("no beacon"), now))
        elif what == "end":
            follow(machine.closed(stream.peer, stream.stream, "", now))

    follow(machine.request(wanted, PEERS, now))
    for back, what in course:
        stream = streams[-1 - min(back, len(streams) - 1)]
        if stream.peer == honest and what not in ("nothing", "repeat"):
            what = "true"
        if not done:
            act(stream, what, now)
    for _ in range(6):  # ticks: the handler goes on asking
        now += 7
        follow(machine.request(wanted, PEERS, now))
        while machine.peer == honest:
            act(streams[-1], "true", now)
    assert store.read(0, 100) == known.beacons(0, store.last().round) and machine.last == store.last()
    assert machine.last.round >= wanted and done[-1] == Synced(wanted, ok=True)


# -- the server -------------------------------------------------------------------------------------------------------


class Served:
    """A server over a store, with what it has sent."""

    def __init__(self, known, length):
        self.known, self.store = known, MemoryStore(known.info)
        for beacon in known.beacons(1, length):
            self.store.append(beacon)
        self.server = SyncServer(self.store.last())
        self.sent, self.ends, self.reads = [], [], 0

    def follow(self, effects):
        for effect in effects:
            match effect:
                case SendBeacon(peer, stream, beacon):
                    self.sent.append((peer, stream, beacon.round))
                case CloseStream():
                    self.ends.append(effect)
                case ReadChain(first, limit, "sync", token):
                    self.reads += 1
                    assert limit == SLICE
                    self.follow(self.server.read(token, self.store.read(first, limit)))

    def ask(self, peer, stream, from_round):
        self.follow(self.server.request(peer, stream, from_round))

    def grow(self):
        beacon = self.known.beacon(self.store.last().round + 1)
        self.store.append(beacon)
        self.follow(self.server.stored(beacon))

    def rounds(self, peer, stream):
        return [round for to, number, round in self.sent if (to, number) == (peer, stream)]


LONG = KnownGroup(3, 2)


class TestServer:
    @pytest.mark.parametrize(("length", "first"), [(7, 3), (7, 7), (1, 1), (SLICE, 1), (SLICE + 1, 1), (350, 20)])
    def test_all_that_is_stored_then_all_that_is_new(self, length, first):
        served = Served(LONG, length)
        served.ask("a", 1, first)
        assert served.rounds("a", 1) == list(range(first, length + 1)) and served.ends == []
        served.grow()
        served.grow()
        assert served.rounds("a", 1) == list(range(first, length + 3))

    def test_from_round_0_is_new_ones_only(self):
        served = Served(LONG, 7)
        served.ask("a", 1, 0)
        assert served.sent == [] and served.reads == 0
        served.grow()
        assert served.rounds("a", 1) == [8]

    @pytest.mark.parametrize("first", [8, 9, 1 << 40, (1 << 64) - 1])
    def test_from_above_the_last_round_is_refused(self, first):
        served = Served(LONG, 7)
        served.ask("a", 1, first)
        assert served.ends == [CloseStream("a", 1, "no-beacon", "no beacon is stored above round 7")]
        served.grow()
        assert served.sent == []

    def test_a_chain_that_has_only_its_genesis(self):
        served = Served(LONG, 0)
        served.ask("a", 1, 1)
        assert [end.why for end in served.ends] == ["no beacon is stored above round 0"]
        served.ask("a", 2, 0)
        served.grow()
        assert served.rounds("a", 2) == [1]

    def test_a_new_stream_of_a_peer_takes_the_place_of_the_old(self):
        served = Served(LONG, 7)
        served.ask("a", 1, 6)
        served.ask("b", 1, 7)
        served.ask("a", 2, 7)
        assert served.ends == [CloseStream("a", 1, "replaced", "a new stream takes the place of this one")]
        served.grow()
        assert (served.rounds("a", 1), served.rounds("a", 2), served.rounds("b", 1)) == ([6, 7], [7, 8], [7, 8])

    def test_a_peer_that_asks_a_thousand_times_holds_one_stream(self):
        served = Served(LONG, 2)
        for number in range(1, 1001):
            served.ask("a", number, 2)
        served.sent.clear()
        served.grow()
        assert served.sent == [("a", 1000, 3)] and repr(served.server) == "<SyncServer of 1 streams, last round 3>"

    def test_a_closed_stream_gets_nothing(self):
        served = Served(LONG, 7)
        served.ask("a", 1, 7)
        served.server.closed("a", 2)
        served.server.closed("b", 1)
        served.grow()
        served.server.closed("a", 1)
        served.grow()
        assert served.rounds("a", 1) == [7, 8]

    def test_what_is_read_for_a_stream_that_is_gone_is_dropped(self):
        served = Served(LONG, 7)
        [read] = served.server.request("a", 1, 3)
        served.server.request("a", 2, 5)
        assert served.server.read(read.token, served.store.read(3, SLICE)) == []
        served.server.closed("a", 2)
        assert served.server.read(("a", 2), served.store.read(5, SLICE)) == []

    def test_what_is_stored_while_a_slice_is_read_is_neither_lost_nor_sent_twice(self):
        served = Served(LONG, 7)
        [read] = served.server.request("a", 1, 3)
        held = served.store.read(read.first, read.limit)
        served.grow()
        assert served.sent == []
        served.follow(served.server.read(read.token, held))
        served.grow()
        assert served.rounds("a", 1) == [3, 4, 5, 6, 7, 8, 9]

    def test_a_hole_in_the_chain_ends_the_stream_where_nothing_comes_after(self):
        served = Served(LONG, 7)
        for round in (5, 6, 7):
            served.store.remove(round)
        served.ask("a", 1, 3)
        assert served.rounds("a", 1) == [3, 4] and served.ends == [
            CloseStream("a", 1, "missing", "round 5 is missing here")
        ]


class ClientAndServer(RuleBasedStateMachine):
    """A client and a server by messages that take their time: the client's chain is always a part of the server's."""

    @initialize(length=st.integers(0, 12), seed=st.integers(0, 3))
    def begin(self, length, seed):
        self.served, self.now = Served(LONG, length), NOW
        self.machine, self.store = client(LONG, seed=seed), MemoryStore(LONG.info)
        self.delivered, self.ended = 0, 0

    def follow(self, effects):
        for effect in effects:
            match effect:
                case OpenStream(peer, stream, first):
                    self.served.ask(peer, stream, first)
                case CloseStream(peer, stream):
                    self.served.server.closed(peer, stream)
                case StoreBeacon(beacon, _):
                    self.store.append(beacon)
                    self.follow(self.machine.stored(beacon))

    @rule(wanted=st.integers(1, 30))
    def want(self, wanted):
        self.follow(self.machine.request(wanted, ["server"], self.now))

    @rule()
    def server_grows(self):
        self.served.grow()

    @rule()
    def client_makes_one_itself(self):
        beacon = LONG.beacon(self.store.last().round + 1)
        if beacon.round <= self.served.store.last().round:
            self.store.append(beacon)
            self.follow(self.machine.stored(beacon))

    @precondition(lambda self: hasattr(self, "served") and self.delivered < len(self.served.sent))
    @rule(count=st.integers(1, 5))
    def deliver(self, count):
        for peer, stream, round in self.served.sent[self.delivered : self.delivered + count]:
            self.follow(self.machine.receive(peer, stream, LONG.beacon(round), self.now))
            self.delivered += 1

    @precondition(lambda self: hasattr(self, "served") and self.ended < len(self.served.ends))
    @rule()
    def deliver_an_end(self):
        end = self.served.ends[self.ended]
        self.ended += 1
        self.follow(self.machine.closed(end.peer, end.stream, end.why, self.now))

    @rule(seconds=st.integers(1, 10))
    def time_goes_on(self, seconds):
        self.now += seconds

    @invariant()
    def one_chain(self):
        if hasattr(self, "store"):
            assert self.store.read(0, 100) == LONG.beacons(0, self.store.last().round)
            assert self.machine.last == self.store.last()


TestClientAndServer = ClientAndServer.TestCase
TestClientAndServer.settings = settings(max_examples=50, stateful_step_count=40)


def test_a_store_never_takes_what_the_client_would_refuse():
    known = KNOWN[CHAINED]
    store = MemoryStore(known.info)
    with pytest.raises(AppendRefused):
        store.append(known.beacon(2))
