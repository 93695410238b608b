"""Whole networks: what they make is right, whatever happens to them; and the same arguments make the same run."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections import Counter, defaultdict
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import drandlab as dl
from drandlab.beacon.forms.group_packets import decode_group, encode_group
from drandlab.beacon.forms.toml_files import group_from_toml, group_to_toml
from drandlab.beacon.machines.effects import StreamId, StreamReader
from drandlab.beacon.machines.handler import HandlerState
from drandlab.beacon.store import MemoryStore, genesis_beacon
from drandlab.crypto.bls import BLS
from drandlab.crypto.tbls import ThresholdBLS, combine
from drandlab.errors import DrandlabError, LocalError, ProtocolAborted, VerificationError
from drandlab.node.messages import Envelope
from drandlab.node.private_randomness import ask_private, open_private
from drandlab.node.setup.setup_rules import Terms
from drandlab.simulation.checkers.judges import check_all
from drandlab.simulation.journal import Journal
from drandlab.simulation.misbehaviour.keygen import parse
from drandlab.simulation.network import SECRET, START
from drandlab.simulation.resharing import PUSH_WAIT, RESHARE_WAIT
from drandlab.simulation.world.links import Latency, Link
from drandlab.testing import CHAINED, UNCHAINED
from drandlab.wire.envelope import metadata, serialize
from drandlab.wire.protocol_pb2 import SyncRequest
from drandlab.wire.v1_pb2 import PrivateRandRequest


def network(nodes=4, threshold=3, **more):
    return dl.Network(**{"nodes": nodes, "threshold": threshold, "backend": "glass", "seed": 1} | more)


def whole(net, *, name=None):
    """The chain of a network, or of one host, which must be true and without a gap."""
    beacons = net.beacons if name is None else net.host(name).disk.store.read(1, 10_000)
    assert [beacon.round for beacon in beacons] == list(range(1, len(beacons) + 1))
    before = genesis_beacon(net.info)
    checker = next(h.node.handler.epochs[-1].checker for h in net.hosts if h.up and h.node.handler)
    for beacon in beacons:
        checker.beacon(beacon)
        if net.scheme.chained:
            assert beacon.previous_signature == before.signature
        before = beacon
    return beacons


def clock_rounds(net):
    return net.info.round_at(net.now)


def agree(net, *names):
    """All these hosts hold the same chain, up to the round that the clock is at."""
    for name in names or range(len(net.hosts)):
        assert len(whole(net, name=name)) == clock_rounds(net), f"node {name}"
    assert len({tuple(net.host(name).disk.store.read(0, 10_000)) for name in names or range(len(net.hosts))}) == 1


# -- right, on the real curve -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["pedersen-bls-chained", "pedersen-bls-unchained", UNCHAINED, "bls-unchained-on-g1"])
def test_what_a_network_makes_verifies_as_any_beacon_does(name):
    net = dl.Network(nodes=3, threshold=2, scheme=name, seed=7, backend="blst", detail="summary")
    net.run(rounds=3)
    assert [beacon.round for beacon in net.beacons] == [1, 2, 3]
    for beacon in net.beacons:
        assert dl.verify(beacon, net.info) == beacon.randomness
    with pytest.raises(VerificationError):
        dl.verify(
            dl.Network(nodes=3, threshold=2, scheme=name, seed=8, backend="blst").run(rounds=1).beacons[0], net.info
        )
    group = net.node(0).group
    assert group_from_toml(group_to_toml(group), backend="blst") == group
    assert decode_group(encode_group(group), backend="blst") == group
    assert group.chain_info == net.info and group.seed == group.first_seed(1) == net.info.genesis_seed
    header = [Journal.from_jsonl(net.journal.to_jsonl()).entries("chain")[0].details[key] for key in ("hash", "info")]
    assert header[0] == net.info.chain_hash.hex() and dl.ChainInfo.from_json(header[1]) == net.info


# -- the specification's whole flow -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [UNCHAINED, CHAINED])
def test_the_whole_flow(name):
    """Set-up by a coordinator, DKG, a beacon each period at every node, each signed by a threshold."""
    net = network(5, 3, scheme=name, beacon_id="flow").run(rounds=6)
    agree(net)
    assert {node.identity for node in net.node(0).group.nodes} == {host.node.identity for host in net.hosts}
    sent = Counter(entry.details["message"] for entry in net.journal.entries("sent"))
    assert sent["signal"] >= 4 and sent["group"] >= 1 and sent["acknowledge"] == 4 and sent["dkg"] >= 5
    assert len(net.journal.entries("done")) == 5 and len({e.details["key"] for e in net.journal.entries("done")}) == 1
    assert {entry.details["round"] for entry in net.journal.entries("stored")} >= set(range(1, 6))
    for entry in net.journal.entries("stored"):
        assert entry.details["by"] == "partials"
        assert entry.time >= net.info.schedule.round_time(entry.details["round"]), "never before its time"
    partials = defaultdict(set)
    for entry in net.journal.entries("partial"):
        partials[entry.details["round"]].add(entry.node)
    assert all(partials[round] == set(range(5)) for round in range(1, 7))
    assert net.journal.entries("refused") == []


def test_a_run_of_rounds_ends_just_before_the_next():
    net = network().run(rounds=2)
    for rounds in (1, 3, 0, 1):
        before = len(net.beacons)
        net.run(rounds=rounds)
        assert len(net.beacons) == before + rounds
        assert net.now < net.info.schedule.round_time(len(net.beacons) + 1)
    seen = []
    net.run(rounds=3, progress=lambda done, all: seen.append((done, all)))
    assert seen == [(1, 3), (2, 3), (3, 3)]
    net.run(until=net.now + 30)
    assert len(net.beacons) == 20 and repr(net) == "<Network of 4 nodes, threshold 3, round 20>"
    assert net.run(until=net.now - 1000).now, "the past is past"


# -- the same run -----------------------------------------------------------------------------------------------------


def eventful(shared, seed=3):
    link = Link(latency=Latency(kind="exponential", mean=0.1), loss=0.05, duplicate=0.05)
    net = network(4, 3, seed=seed, shared=shared, link=link, phase_timeout=3).run(rounds=2)
    net.crash(1)
    net.run(rounds=2).restart(1)
    net.partition([0, 1])
    net.run(rounds=2).heal()
    return net.run(rounds=3)


def test_the_same_arguments_make_the_same_run_shared_or_not():
    runs = [eventful(shared=True), eventful(shared=True), eventful(shared=False)]
    assert len({net.journal.digest() for net in runs}) == 1
    assert len({net.journal.to_jsonl() for net in runs}) == 1
    assert eventful(shared=True, seed=4).journal.digest() != runs[0].journal.digest()


def test_other_processes_and_other_hash_seeds_make_the_same_run():
    program = (
        "import drandlab as dl\n"
        "net = dl.Network(nodes=3, threshold=2, period=3, seed='again', backend='glass').run(rounds=2)\n"
        "net.reshare(threshold=3, joining=1); net.crash(2); net.run(rounds=2); net.restart(2); net.run(rounds=15)\n"
        "print(net.journal.digest())"
    )
    digests = set()
    for seed in ("0", "1", "4242"):
        done = subprocess.run(
            [sys.executable, "-c", program], env=os.environ | {"PYTHONHASHSEED": seed}, capture_output=True, text=True,
            check=True,
        )  # fmt: skip
        digests.add(done.stdout.strip())
    assert len(digests) == 1 and len(digests.pop()) == 64


def test_a_summary_is_the_same_run_told_shortly():
    full, summary = (network(detail=detail).run(rounds=4) for detail in ("full", "summary"))
    assert full.beacons == summary.beacons and len(summary.journal) < len(full.journal)
    assert not {entry.kind for entry in summary.journal} & {"sent", "partial", "phase", "broadcast"}
    assert [e.time for e in summary.journal.entries("stored")] == [e.time for e in full.journal.entries("stored")]


# -- crashes ----------------------------------------------------------------------------------------------------------


def test_a_crash_at_any_moment_of_a_round_keeps_what_was_accepted():
    """At every moment at which anything happens in one round, node 2 crashes: what it has stored it has for ever."""
    probe = network(4, 3).run(rounds=3)
    begin = probe.now
    probe.run(rounds=1)
    sent = [entry for entry in probe.journal.entries("sent") if entry.time >= begin]
    moments = {entry.time for entry in sent}
    moments |= {e.time + delay / 1e6 for e in sent for delays in e.details["to"].values() for delay in delays}
    assert len(moments) > 10
    for moment in sorted(moments):
        net = network(4, 3).run(rounds=3)
        net.run(until=moment + 1e-6)
        held = whole(net, name=2)
        net.crash(2)
        assert net.host(2).disk.store.read(1, 100) == held
        net.run(until=moment + 1)
        net.restart(2)
        assert net.node(2).last == (held[-1] if held else genesis_beacon(net.info))
        net.run(rounds=3)
        agree(net)


def test_too_few_nodes_halt_and_leave_no_round_out():
    net = network(5, 3, catchup_period=1).run(rounds=3)
    for name in (1, 2, 3):
        net.crash(name)
    halted = len(net.beacons)
    net.run(rounds=10)
    assert len(net.beacons) == halted
    signed = {(e.node, e.details["round"]) for e in net.journal.entries("partial") if e.time > net.now - 25}
    assert signed == {(0, halted + 1), (4, halted + 1)}, "the same round at every tick"
    net.restart(1)
    net.run(rounds=12)
    agree(net, 0, 1, 4)
    late = [e.time - net.info.schedule.round_time(e.details["round"]) for e in net.journal.entries("beacon")]
    assert all(lateness >= 0 for lateness in late) and late[-1] < 1 and max(late) > 25
    times = [e.time for e in net.journal.entries("beacon") if e.details["round"] in range(halted + 2, halted + 9)]
    pauses = sorted(later - earlier for earlier, later in pairwise(times))
    assert pauses[len(pauses) // 2] == pytest.approx(1.03, abs=0.1), "the catch-up pause, where no tick comes between"


def test_a_node_that_was_away_fetches_and_signs_again():
    net = network(4, 3, scheme=CHAINED).run(rounds=2)
    net.crash(3)
    net.run(rounds=10).restart(3)
    net.run(rounds=3)
    agree(net)
    by = Counter(e.details["by"] for e in net.journal.entries("stored", node=3))
    assert by["sync"] >= 9 and by["partials"] >= 3
    assert net.journal.entries("partial", node=3)[-1].details["round"] == clock_rounds(net)


def come_back(net, name):
    """A node that is in no group any more joins the next one, which node 0 coordinates."""
    leader, back = net.host(0), net.host(name)
    old = leader.node.group
    terms = Terms(
        expected=len(old) + 1, threshold=3, period=old.period, catchup_period=1, offset=6, old_group=old,
        wait=RESHARE_WAIT, push_wait=PUSH_WAIT,
    )  # fmt: skip
    leader.carry_out(leader.node.set_up(leader.signer.coordinator(SECRET, terms), leader.now))
    members = [host for host in net.hosts if old.find(host.node.identity) and host is not leader]
    for host in (*members, back):
        joining = host.signer.participant(SECRET, leader.address, old_group=old, wait=RESHARE_WAIT)
        host.carry_out(host.node.set_up(joining, host.now))


def test_a_lost_disk_takes_the_share_with_it():
    """Who should deal and cannot is left out by production's rule; as a newcomer it is taken in again."""
    net = network(4, 3).run(rounds=2)
    net.crash(3, lose_disk=True)
    net.restart(3)
    net.run(rounds=2)
    assert net.host(3).disk.store is None and net.host(3).signer.shares == ()
    agree(net, 0, 1, 2)
    net.reshare(threshold=3)
    net.run(rounds=20)
    assert len(net.node(0).group) == 3 and not net.node(0).group.find(net.node(3).identity)
    come_back(net, 3)
    net.run(rounds=20)
    agree(net)
    assert net.host(3).signer.shares and len(net.node(3).group) == 4


def test_a_full_disk_is_survived():
    net = network(4, 3).run(rounds=2)
    net.set_disk(2, full=True)
    net.run(rounds=4)
    assert len(whole(net, name=2)) == 2 and net.journal.entries("store failed", node=2)
    agree(net, 0, 1, 3)
    net.set_disk(2, full=False)
    net.run(rounds=3)
    agree(net)


def test_a_damaged_disk_is_checked_and_mended():
    net = network(4, 3, scheme=CHAINED).run(rounds=8)
    host, chain = net.host(1), net.beacons
    host.disk.damage([2, 5])
    host.disk.store.remove(6)
    host.carry_out(host.node.check_chain(host.now))
    assert host.node.repair.faulty == [2, 5, 6]
    net.crash(0)  # a peer that does not answer
    net.run(rounds=8)
    assert host.node.repair.over and host.node.repair.mended == [2, 5, 6]
    assert host.disk.store.read(1, 8) == chain
    assert [e.details["round"] for e in net.journal.entries("stored", node=1) if e.details["by"] == "repair"] == [
        2,
        5,
        6,
    ]


def test_a_node_that_restarts_uses_no_name_of_a_stream_again():
    """In production a stream is a connection of its own, and dies with either end."""
    net = network(4, 3).run(rounds=2)
    for _ in range(2):
        net.crash(0)
        net.run(rounds=3)
        net.restart(0)
        net.run(rounds=2)
    sent = net.journal.entries("sent", node=0)
    opened = [entry.details["about"]["stream"] for entry in sent if entry.details["message"] == "sync"]
    assert len(opened) >= 2 and len(set(opened)) == len(opened)


def test_a_long_chain_is_served_in_one_go():
    """Slice after slice: no stack grows with the number of them."""
    net = network(2, 2, period=1, detail="summary").run(rounds=1)
    host, seen = net.host(0), []

    class Long(MemoryStore):
        def read(self, first, limit):
            seen.append(first)
            return [dl.Beacon(round=first, signature=b"s")]

    host.disk.store = Long(net.info)
    host.node.server.last = dl.Beacon(round=3000, signature=b"s")
    net.world.send = lambda *args, **about: None
    request = SyncRequest(from_round=1, metadata=metadata(net.info.beacon_id))
    host.arrive(net.host(1).address, Envelope("sync", serialize(request), StreamId(StreamReader.SYNC, 1)))
    assert seen == list(range(1, 3001))


# -- links and clocks -------------------------------------------------------------------------------------------------


def test_a_minority_waits_and_follows():
    net = network(5, 3).run(rounds=2)
    net.partition([0, 1])
    net.run(rounds=5)
    assert [len(whole(net, name=i)) for i in range(5)] == [2, 2, 7, 7, 7]
    net.heal()
    net.run(rounds=4)
    agree(net)


def test_without_a_majority_nobody_goes_on():
    net = network(4, 3).run(rounds=2)
    net.partition([0, 1], [2, 3])
    net.run(rounds=5)
    assert len(net.beacons) == 2
    net.heal()
    net.run(rounds=8)
    agree(net)


def test_one_direction_can_be_cut():
    net = network(3, 3).run(rounds=2)
    net.cut(0, 1, both_ways=False)
    net.run(rounds=6)
    fetched = [e.details["by"] for e in net.journal.entries("stored", node=1) if e.details["round"] > 2]
    assert fetched and set(fetched) == {"sync"}, "it never hears all three, and fetches what the others make"
    assert {e.details["by"] for e in net.journal.entries("stored", node=0)} == {"partials"}
    net.mend(0, 1)
    net.run(rounds=8)
    agree(net)


@pytest.mark.parametrize("offset", [-0.5, 0.5, 2.0, -2.0])
def test_a_skewed_clock_stops_nobody(offset):
    net = network(4, 3).run(rounds=1)
    net.set_clock(2, offset)
    net.run(rounds=6)
    agree(net, 0, 1, 3)
    assert len(whole(net, name=2)) >= clock_rounds(net) - 1
    for entry in net.journal.entries("partial", node=2)[-4:]:
        due = net.info.schedule.round_time(entry.details["round"])
        assert entry.time + offset >= due, "by its own clock, never early"


def test_a_clock_far_ahead_cannot_make_the_others_early():
    """Two of four see the next round by their own clocks ten periods early: it is refused, and made in time."""
    net = network(4, 3).run(rounds=2)
    for name in (0, 1):
        net.set_clock(name, 30.0)
    net.run(rounds=4)
    for entry in net.journal.entries("stored"):
        assert entry.time >= net.info.schedule.round_time(entry.details["round"]) - 3, "one round ahead at most"
    assert {e.details["what"] for e in net.journal.entries("refused")} <= {"partial"}
    assert len(whole(net, name=3)) >= clock_rounds(net)


def test_a_drifting_clock_ticks_by_itself():
    net = network(4, 3).run(rounds=1)
    net.set_clock(2, 0.0, drift=0.01)
    net.run(rounds=20)
    agree(net, 0, 1, 3)
    assert net.host(2).now - net.now == pytest.approx(0.6, abs=0.05)
    ticks = [e.time for e in net.journal.entries("partial", node=2)][-5:]
    assert all(later - earlier == pytest.approx(3 / 1.01, abs=1e-3) for earlier, later in pairwise(ticks))


@given(st.integers(0, 10_000))
@settings(max_examples=12)
def test_whatever_is_lost_doubled_and_late_the_chain_is_one(seed):
    rng = random.Random(seed)
    link = Link(latency=Latency(kind="lognormal", mean=0.2, spread=1.0), loss=0.2, duplicate=0.2, bandwidth=20_000)
    net = network(4, 3, seed=seed, scheme=rng.choice([CHAINED, UNCHAINED]))
    net.run(rounds=1)
    for a in range(4):
        for b in range(a):
            net.set_link(a, b, link)
    net.run(rounds=5)
    whole(net)
    for a in range(4):
        for b in range(a):
            net.set_link(a, b, Link())
    net.run(rounds=5)
    agree(net)


# -- resharing --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [UNCHAINED, CHAINED])
def test_a_resharing_hands_the_key_on_while_the_chain_goes_on(name):
    net = network(4, 3, scheme=name).run(rounds=3)
    before, old = net.info, net.node(0).group
    shares = {host.name: host.signer.shares[0][1] for host in net.hosts}
    names = net.reshare(threshold=4, remaining=[0, 1, 2], joining=2)
    assert names == [0, 1, 2, 4, 5]
    net.run(rounds=25)
    assert net.info == before and net.info.chain_hash == before.chain_hash
    new = net.node(0).group
    assert new.threshold == 4 and len(new) == 5 and new.group_hash != old.group_hash and new.seed == old.seed
    assert new.public.public_key == old.public.public_key and new.public != old.public
    agree(net, 0, 1, 2, 4, 5)
    [left] = net.journal.entries("left group")
    assert left.node == 3 and net.host(3).signer.shares == (), "who leaves erases its share"
    last = net.journal.entries("partial", node=3)[-1].details["round"]
    first = net.node(0).handler.epochs[0].first_round
    assert last == first - 1 and all(e.details["round"] >= first for e in net.journal.entries("partial", node=4))
    for name in (0, 1, 2, 4, 5):
        [(begins, share)] = net.host(name).signer.shares
        assert begins == first and share != shares.get(name), "old shares are erased"
    # attack: old shares kept together are still the key; mixed with new ones they are nothing
    bls, message = BLS.of(net.scheme, "glass"), b"any message"
    hashed = bls.hash(message)

    def signature(held):
        return combine(bls, {share.index: share.value * hashed for share in held})

    assert bls.matches(new.public.public_key, hashed, signature([shares[i] for i in (0, 1, 2)]))
    newer = {net.host(name).signer.shares[0][1].index: net.host(name).signer.shares[0][1] for name in (0, 1, 2, 4, 5)}
    mixed = [
        *[shares[i] for i in (0, 1)],
        *[s for i, s in newer.items() if i not in {shares[0].index, shares[1].index}],
    ]
    assert not bls.matches(new.public.public_key, hashed, signature(mixed[:4]))
    held = ThresholdBLS(bls, new.public)
    for share in shares.values():
        data = share.index.to_bytes(2, "big") + bytes(share.value * hashed)
        with pytest.raises(VerificationError):
            held.verify_partial(message, data)


def test_one_resharing_after_another_and_the_left_are_not_asked():
    net = network(4, 3).run(rounds=2)
    before = net.info
    net.reshare(threshold=3, remaining=[1, 2, 3], joining=1)
    net.run(rounds=25)
    assert net.node(1).group.find(net.node(0).identity) is None
    assert net.reshare(threshold=3) == [1, 2, 3, 4], "node 0, which has left, knows an old group only"
    net.run(rounds=25)
    agree(net, 1, 2, 3, 4)
    assert net.info == before and len(net.node(1).handler.epochs) == 1


def test_who_has_left_may_come_back():
    net = network(4, 3).run(rounds=2)
    net.reshare(threshold=2, remaining=[0, 1, 2])
    net.run(rounds=25)
    back = net.host(3)
    assert back.signer.shares == () and back.node.handler.state is HandlerState.LEFT
    come_back(net, 3)
    net.run(rounds=25)
    agree(net)
    assert len(back.signer.shares) == 1 and len(net.node(0).group) == 4
    net.crash(2)
    net.run(rounds=4)
    assert len(net.beacons) == clock_rounds(net), "with its help the threshold of three is met"
    net.crash(3)
    net.restart(3)
    net.run(rounds=3)
    assert len(whole(net, name=3)) == clock_rounds(net)


def test_a_resharing_that_fails_leaves_everything_as_it_was():
    net = network(4, 3).run(rounds=2)
    old = net.node(0).group
    net.partition([0, 1, 2, 3])
    net.reshare(threshold=3, joining=1)
    for name in range(4):
        net.cut(name, 4)
    net.run(rounds=40)
    assert [e.details["why"] for e in net.journal.entries("set-up failed", node=0)] == [
        "4 of the 5 expected nodes are here at the time-out"
    ]
    agree(net, 0, 1, 2, 3)
    assert net.node(0).group is old


def test_packets_of_an_earlier_dkg_expel_nobody():
    """Attack: whoever has heard the first DKG sends its packets again into the resharing; they are genuine."""
    net = network(4, 3).run(rounds=1)
    old = [bytes.fromhex(entry.details["data"]) for entry in net.journal.entries("broadcast")]
    assert len(old) >= 8
    net.reshare(threshold=3, joining=1)
    other = net.host(3)
    for wait in range(40):
        net.at(net.now + 0.05 * wait, lambda: [
            net.world.send(other, [host.address for host in net.hosts if host is not other], Envelope("dkg", data))
            for data in old
        ])  # fmt: skip
    net.run(rounds=25)
    agree(net)
    assert len(net.node(0).group) == 5 and net.journal.entries("blame") == []


# -- misbehaviour -----------------------------------------------------------------------------------------------------


def test_a_dealer_that_lies_is_out_and_the_rest_go_on():
    net = network(5, 3, faults=[parse("wrong-share:3:holder=0")], phase_timeout=3).run(rounds=3)
    assert len(whole(net)) == 3 and net.journal.entries("blame")


def test_strangers_and_garbage_are_refused_and_change_nothing():
    quiet, net = network(4, 3).run(rounds=3), network(4, 3).run(rounds=1)
    rng = random.Random(1)
    kinds = ["partial", "beacon", "sync", "dkg", "signal", "group", "identity", "private?", "private", "end", "cancel"]
    kinds += ["acknowledge", "identity?", "gossip", ""]
    streams = [None, *(StreamId(reader, number) for reader in StreamReader for number in (-1, 0, 1, 1 << 70))]
    for n in range(400):
        envelope = Envelope(rng.choice(kinds), rng.randbytes(rng.choice([0, 1, 10, 100])), rng.choice(streams))
        host = net.host(n % 4)
        host.carry_out(host.node.receive("stranger.example.org:1", envelope, host.now))
    assert net.journal.entries("refused")
    net.run(rounds=2)
    agree(net)
    assert net.beacons == quiet.beacons


def test_a_replayed_partial_counts_for_nothing():
    """Attack: every partial of two rounds is sent again, when two members are left and need a third."""
    net = network(4, 3).run(rounds=2)
    held = []
    carry = net.world.send

    def send(sender, to, envelope, about=None):
        if envelope.kind == "partial":
            held.append(envelope)
        carry(sender, to, envelope, about)

    net.world.send = send
    net.run(rounds=2)
    for name in (0, 1):
        net.crash(name)
    for envelope in list(held):
        for to in (2, 3):
            net.host(to).arrive(net.host(1).address, envelope)
    net.run(rounds=3)
    assert len(net.beacons) == 4, "two members and old partials are no threshold"


# -- private randomness -----------------------------------------------------------------------------------------------


def test_private_randomness_through_the_network():
    net = network(3, 2).run(rounds=1)
    client, server = net.host(0), net.host(1)
    request, pair = ask_private(server.node.identity, random.Random(1))
    data = serialize(PrivateRandRequest(request=request))
    net.world.send(client, [server.address], Envelope("private?", data))
    net.world.send(client, [server.address], Envelope("private?", data[:-1]))
    net.world.send(client, [net.host(2).address], Envelope("private?", data))
    net.run(rounds=1)
    [entry] = net.journal.entries("private")
    assert entry.node == 0 and entry.details["sender"] == server.address
    assert len(open_private(bytes.fromhex(entry.details["answer"]), pair)) == 32
    assert [e.details["request"] for e in net.journal.entries("failed request")] == ["AnswerPrivate"], "not its key"
    assert [e.details["what"] for e in net.journal.entries("refused", node=1)] == ["private?"]


# -- what cannot be ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"nodes": 1}, "nodes: expected a whole number from 2 to 1000, got 1"),
        ({"nodes": 1001}, "nodes"),
        ({"nodes": True}, "nodes"),
        ({"nodes": "4"}, "nodes"),
        ({"threshold": 2}, "threshold: 4 nodes need one from 3 to 4, got 2"),
        ({"threshold": 5}, "threshold"),
        ({"period": 0}, "period: expected whole seconds from 1"),
        ({"period": 0.5}, "period"),
        ({"catchup_period": -1}, "catchup_period"),
        ({"catchup_period": 3}, "catchup_period: 3 s is not below the period, 3 s.* never catch up.* from 0 to 2"),
        ({"period": 1, "catchup_period": 1}, "catchup_period: 1 s is not below the period, 1 s.* from 0 to 0"),
        ({"period": 2, "catchup_period": 10**6}, "catchup_period: 1000000 s is not below"),
        ({"link": 0.1}, "link: expected a Link, got float"),
        ({"phase_timeout": 0}, "phase_timeout"),
        ({"scheme": "bls"}, "bls"),
        ({"detail": "some"}, "detail: expected one of full, summary, got 'some'"),
        ({"links": {(0, 9): Link()}}, "there is no node 9; there are 0 to 3"),
        ({"backend": "abacus"}, "abacus"),
    ],
)  # fmt: skip
def test_arguments_that_make_no_network(arguments, words):
    with pytest.raises(LocalError, match=words):
        network(**arguments)


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda net: net.run(), "give a number of rounds, or the time"),
        (lambda net: net.run(rounds=1, until=5), "give a number of rounds, or the time"),
        (lambda net: net.run(rounds=-1), "rounds: expected a whole number of at least 0, got -1"),
        (lambda net: net.run(rounds=1.5), "rounds"),
        (lambda net: net.run(rounds=True), "rounds"),
        (lambda net: net.run(until=float("nan")), "until: expected UNIX seconds, got nan"),
        (lambda net: net.at(float("inf"), print), "when: expected UNIX seconds, got inf"),
        (lambda net: net.crash(4), "there is no node 4; there are 0 to 3"),
        (lambda net: net.restart(-1), "there is no node -1"),
        (lambda net: net.cut(0, 7), "there is no node 7"),
        (lambda net: net.partition([0, 1], [1, 2]), "partition: node 1 is on two sides"),
        (lambda net: net.partition([0], [9]), "there is no node 9"),
        (lambda net: net.partition([0, 1, 0]), "partition: node 0 comes twice"),
        (lambda net: net.partition(0, 1), "partition: expected a list of nodes, got int"),
        (lambda net: net.partition("01"), "partition: expected a list of nodes, got str"),
        (lambda net: net.cut(2, 2), "node: a link has two ends, got node 2 twice"),
        (lambda net: net.cut(0, -1), "there is no node -1"),
        (lambda net: net.cut(0, True), "there is no node True"),
        (lambda net: net.mend(2, 2), "node: a link has two ends, got node 2 twice"),
        (lambda net: net.set_link(1, 1, Link()), "node: a link has two ends, got node 1 twice"),
        (lambda net: net.set_link(0, 4, Link()), "there is no node 4"),
        (lambda net: net.set_link(0, 1, 0.5), "link: expected a Link, got float"),
        (lambda net: net.set_clock(0, "1"), "offset: expected seconds, got '1'"),
        (lambda net: net.set_clock(0, 0, True), "drift: expected a number, got True"),
        (lambda net: net.set_disk(0, full="yes"), "full: expected True or False, got str"),
        (lambda net: net.misbehave(0, "silent:0"), "misbehaviour: expected what `misbehaviour.running.parse` returns"),
        (lambda net: net.set_clock(0, 0.0, drift=-1.0), "drift"),
        (lambda net: net.set_clock(0, float("nan")), "offset: expected seconds, got nan"),
        (lambda net: net.reshare(threshold=3, remaining=[0, 9]), "node 9 is not in the group"),
        (lambda net: net.reshare(threshold=3, remaining=[]), "at least one current member must remain"),
        (lambda net: net.reshare(threshold=3, coordinator=9), "coordinator: node 9 does not remain"),
        (lambda net: net.reshare(threshold=9), "threshold: 4 nodes need one from 3 to 4, got 9"),
        (lambda net: net.reshare(threshold=3, joining=-1), "joining: expected a whole number from 0 to 1000, got -1"),
        (lambda net: net.reshare(threshold=3, joining=True), "joining: expected a whole number"),
        (lambda net: net.reshare(threshold=3, joining=1001), "joining: expected a whole number from 0 to 1000"),
        (lambda net: net.reshare(threshold=3, remaining=[0, 0, 1, 2]), "remaining: node 0 comes twice"),
        (lambda net: net.reshare(threshold=3, remaining=[0, True, 2]), "remaining: expected a whole number, got True"),
        (lambda net: net.reshare(threshold=3, remaining="012"), "remaining: expected a list of nodes, got str"),
        (lambda net: net.reshare(threshold=3, remaining=3), "remaining: expected a list of nodes, got int"),
        (lambda net: net.reshare(threshold=1, remaining=[0]), "remaining: a group needs at least 2.* node 0 alone"),
        (lambda net: net.reshare(threshold=True), "threshold: expected a whole number, got True"),
        (lambda net: net.reshare(threshold=2), "threshold: 4 nodes need one from 3 to 4, got 2"),
        (lambda net: net.reshare(threshold=0), "threshold: 4 nodes need one from 3 to 4, got 0"),
        (lambda net: net.reshare(threshold=3, coordinator=1.0), "coordinator: expected a whole number, got 1.0"),
        (lambda net: net.reshare(threshold=3, catchup_period=3), "catchup_period: 3 s is not below the period, 3 s"),
        (lambda net: net.reshare(threshold=3, catchup_period=-1), "catchup_period: expected whole seconds"),
    ],
)  # fmt: skip
def test_what_is_refused_changes_nothing(act, words):
    net = network().run(rounds=1)
    digest, hosts = net.journal.digest(), len(net.hosts)
    with pytest.raises(LocalError, match=words):
        act(net)
    assert (net.journal.digest(), len(net.hosts)) == (digest, hosts)
    net.run(rounds=1)
    agree(net)


@pytest.mark.parametrize("period", [1, 2, 3, 5, 30, 60])
def test_a_network_of_any_period_catches_up_after_a_halt(period):
    net = network(3, 2, period=period, detail="full").run(rounds=2)
    [begun] = net.journal.entries("network")
    assert begun.details["catchup_period"] == min(1, period - 1) < period
    net.crash(1)
    net.crash(2)
    net.run(rounds=5)
    net.restart(1)
    net.restart(2)
    net.run(rounds=30)
    assert len(whole(net)) == clock_rounds(net) == 37
    agree(net)
    found = {verdict.name: verdict for verdict in check_all(net.journal)}
    assert all(verdict.ok for verdict in found.values()) and not found["catch-up"].skipped and found["catch-up"].checked


def test_a_group_that_cannot_catch_up_is_read_as_it_is_and_run_faster():
    """Production makes such groups; the files of one hold, and a network that goes on with it catches up."""
    net = network(3, 2, period=2).run(rounds=2)
    for host in net.hosts:
        host.disk.epochs = [(first, replace(group, catchup_period=2), i) for first, group, i in host.disk.epochs]
        kept = host.disk.epochs[0][1]
        assert group_from_toml(group_to_toml(kept), backend="glass").catchup_period == 2
        net.crash(host.name)
    net.run(rounds=5)
    for host in net.hosts:
        net.restart(host.name)
        assert host.node.group.catchup_period == 1 and host.node.group.group_hash == kept.group_hash
    net.run(rounds=20)
    agree(net)
    net.reshare(threshold=2, catchup_period=0)
    net.run(rounds=20)
    assert {host.node.group.catchup_period for host in net.hosts} == {0}


def test_one_resharing_at_a_time():
    net = network(4, 3).run(rounds=1)
    net.reshare(threshold=3)
    while not net.node(0).is_busy:
        net.run(until=net.now + 0.01)
    with pytest.raises(LocalError, match="node 0 is in a key generation already"):
        net.reshare(threshold=3)
    net.run(rounds=25)
    agree(net)


def test_there_is_nothing_to_reshare_before_a_key():
    with pytest.raises(LocalError, match="there is no group yet that holds a key"):
        network().reshare(threshold=3)


def test_a_coordinator_that_is_down_coordinates_nothing():
    net = network(4, 3).run(rounds=1)
    net.crash(0)
    with pytest.raises(LocalError, match="coordinator: node 0 is down"):
        net.reshare(threshold=3)


def test_whenever_one_member_falls_silent_the_others_have_their_key_in_time():
    """At every moment from the first word of the group on, in set-up and DKG, until all have the key."""
    probe = network(5).run(rounds=0)
    start = probe.journal.entries("network")[0].time
    pushed = next(e.time for e in probe.journal.since(0, "sent") if e.details["message"] == "group")
    ended = max(e.time for e in probe.journal.entries("done"))
    moments = sorted({e.time for e in probe.journal.since(0, "sent") if pushed <= e.time <= ended})
    assert len(moments) > 20
    for number, moment in enumerate(moments):
        net = network(5)
        fall = net.crash if number % 2 else lambda name, net=net: net.partition([name])
        net.at(moment - 1e-6, lambda fall=fall: fall(3))
        net.run(rounds=1)
        keys = {e.details["key"] for e in net.journal.entries("done") if e.node != 3}
        assert len(keys) == 1 and {0, 1, 2, 4} <= {e.node for e in net.journal.entries("done")}
        assert max(e.time for e in net.journal.entries("done")) < start + 35
        agree(net, 0, 1, 2, 4)
        assert len(whole(net)) == clock_rounds(net) >= 1


def test_where_nothing_gets_through_the_echo_brings_the_dkg_s_packets_by_another_way():
    dead = Link(loss=1.0)
    net = network(5, links={(2, 3): dead, (3, 2): dead, (4, 1): dead}).run(rounds=1)
    sent = [e for e in net.journal.since(0, "sent") if e.details["message"] == "dkg" and e.node in (2, 3)]
    assert {tuple(e.details["to"][str(5 - e.node)]) for e in sent} == {()}
    done = net.journal.entries("done")
    assert {e.node: tuple(e.details["qual"]) for e in done} == dict.fromkeys(range(5), (0, 1, 2, 3, 4))
    assert max(e.time for e in done) - net.journal.entries("network")[0].time < 2, "nobody had to wait for a time-out"
    assert not net.journal.entries("blame")


@pytest.mark.parametrize("seed", range(4))
def test_links_that_lose_every_third_transmission_cost_a_dkg_time_and_no_member(seed):
    net = network(5, seed=seed, link=Link(loss=0.3)).run(rounds=2)
    done = net.journal.entries("done")
    assert {e.node: tuple(e.details["qual"]) for e in done} == dict.fromkeys(range(5), (0, 1, 2, 3, 4))
    assert not net.journal.entries("blame")
    agree(net)


def test_a_set_up_that_comes_to_nothing_is_said():
    net = network(4, 3)
    for name in (1, 2, 3):
        net.crash(name)
    with pytest.raises(ProtocolAborted, match="no node has a key: 1 of the 4 expected nodes are here"):
        net.run(rounds=1)
    assert net.info is None and net.beacons == []
    assert isinstance(ProtocolAborted("x"), DrandlabError) and net.now > START


def test_a_network_is_shown_as_a_table():
    text = network(3, 2).run(rounds=2)._repr_html_()
    assert text.count("<tr>") == 4 and "&lt;Group default, 2 of 3" in text
