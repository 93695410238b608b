"""Whole bridges: honest, fed in each way, shared and not; what faults and misbehaviour do to them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import pairwise

import pytest

import drandlab as dl
from drandlab.errors import LocalError, WrongType
from drandlab.idn.collator.collator_effects import BlockAuthored, FinalityReached, StepReached, VoteSent
from drandlab.simulation.bridge.bridge_entries import EclipseBegan, PulsesIngested, SubmissionFailed
from drandlab.simulation.bridge.bridge_network import BridgeNetwork
from drandlab.simulation.bridge.collator_misbehaviour import LIES, MISBEHAVIOURS
from drandlab.simulation.checkers.judges import check_all
from drandlab.simulation.journal import Journal
from drandlab.simulation.pubsub.gossip_network import GossipNetwork
from drandlab.simulation.pubsub.pulse_feeds import PulseFeed
from drandlab.simulation.reading.bridge.bridge_story import BridgeStory, bridge_of
from drandlab.simulation.world.links import Link

MODES = ("accumulate", "range")

PAIR = (
    "b1605132c1fe4003caab92f67a8ef0af922d2811f4dc49a449c0b8880b6466fec07636d31b0c8d9c8738d058779af7e8",
    "a582a422c811ec184bf72fa18357c1139e5ba5ea804411e1ed892fc54d562e760ab2af6520b096ec6accc5199bc142ed",
)
"""The running pair of quicknet's rounds 1000 to 1003."""


def bridge(mode: str = "accumulate", rounds: int = 16, collators: int = 4, **more: object) -> BridgeNetwork:
    return BridgeNetwork(collators, mode, feed=PulseFeed.made(rounds), **more)  # type: ignore[arg-type]


def broken(found: Journal) -> list[str]:
    return [str(verdict) for verdict in check_all(found) if not verdict.ok]


def story(net: BridgeNetwork) -> BridgeStory:
    return bridge_of(net.journal, net.now)


# -- honest -----------------------------------------------------------------------------------------------------------


def test_accumulate_ingests_every_round_and_range_one_of_two() -> None:
    whole, today = bridge("accumulate").run(), bridge("range").run()
    assert (story(whole).first, story(whole).last, story(whole).skipped) == (1, 16, 0)
    assert story(whole).missed == story(today).missed == 0
    # today's collators submit the newest pulse at each finality, and there are two rounds in a block
    assert story(today).skipped in range(6, 9) and story(today).last == 16
    for net in (whole, today):
        verdicts = check_all(net.journal)
        assert all(verdict.ok and verdict.checked for verdict in verdicts), verdicts
        assert net.finalised == max(e.what.number for e in net.journal.entries("final")) == story(net).blocks
        assert net.last_round == 16


@pytest.mark.parametrize("mode", MODES)
def test_shared_work_changes_nothing_but_the_time(mode: str) -> None:
    def run(shared: bool) -> str:
        net = bridge(mode, 10, shared=shared)
        net.at(net.now + 25, lambda: net.misbehave(1, "two-blocks"))
        net.at(net.now + 30, lambda: net.crash(2))
        net.at(net.now + 45, lambda: net.restart(2))
        return net.run().journal.digest()

    assert run(True) == run(False) == run(True)


def test_a_collator_starts_in_the_order_of_the_design() -> None:
    net = bridge(rounds=4).run()
    for host in net.hosts:
        entries = net.journal.entries(node=host.name)
        steps = [entry.what.step for entry in entries if isinstance(entry.what, StepReached)]
        assert steps == ["dialling", "connected", "subscribed", "taking part"]
        begins = next(place for place, one in enumerate(entries) if one.details.get("step") == "taking part")
        assert not any(isinstance(one.what, (BlockAuthored, VoteSent)) for one in entries[:begins])


def test_without_a_gossip_relay_nobody_takes_part() -> None:
    net = bridge(rounds=4)
    for name in range(net.gossip.relays):
        net.gossip.leave(name)
    net.run()
    assert not net.journal.entries("block authored")
    assert {one.what.step for one in net.journal.entries("collator step")} == {"dialling"}  # type: ignore[attr-defined]


def test_nothing_is_ingested_before_the_genesis_round() -> None:
    net = bridge(rounds=12, genesis_round=7).run()
    assert (story(net).first, story(net).last, story(net).skipped) == (7, 12, 0)
    assert broken(net.journal) == []


def test_turns_by_the_number_of_the_block_stop_where_an_author_is_silent() -> None:
    honest = bridge(turn="number").run()
    assert [one.what.author for one in honest.journal.entries("block authored")][:4] == [1, 2, 3, 0]  # type: ignore[attr-defined]
    silent = bridge(turn="number")
    silent.misbehave(2, "silent")
    silent.run()
    assert story(silent).blocks == 1 and broken(honest.journal) == broken(silent.journal) == []


@pytest.mark.parametrize("mode", MODES)
def test_beside_a_drand_network_in_its_world(mode: str) -> None:
    net = dl.Network(4, 3, backend="glass").run(rounds=0)
    beside = BridgeNetwork(4, mode, feed=net)
    assert BridgeNetwork.beside(net) is beside and beside.world is net.world
    net.run(rounds=14)
    assert broken(net.journal) == []
    found = story(beside)
    assert found.last is not None and found.last >= 11 and found.blocks >= 6
    with pytest.raises(LocalError, match="give the time until which to run"):
        beside.run()
    assert beside.run(until=net.now + 12).finalised >= found.blocks + 1


def test_a_drand_network_is_as_it_is_without_a_bridge() -> None:
    alone, beside = (dl.Network(4, 3, backend="glass").run(rounds=0) for _ in range(2))
    BridgeNetwork(4, feed=beside)
    stored = [
        [(one.time, one.node, one.what) for one in net.run(rounds=6).journal.entries("stored")]
        for net in (alone, beside)
    ]
    assert stored[0] == stored[1]


def test_real_beacons_give_the_pairs_that_anybody_else_computes() -> None:
    real = [beacon for beacon in dl.beacons("quicknet") if 1000 <= beacon.round < 1004]
    net = BridgeNetwork(4, "accumulate", feed=PulseFeed.real(real, dl.networks["quicknet"])).run()
    ingested = [entry.what for entry in net.journal.entries("ingested")]
    assert [(one.start, one.end) for one in ingested] == [(1000, 1001), (1002, 1003)]  # type: ignore[attr-defined]
    assert (ingested[-1].signature.hex(), ingested[-1].message.hex()) == PAIR  # type: ignore[attr-defined]
    assert broken(net.journal) == []


# -- faults -----------------------------------------------------------------------------------------------------------


def crash(net: BridgeNetwork) -> None:
    net.at(net.now + 30, lambda: net.crash(1))
    net.at(net.now + 50, lambda: net.restart(1))


def wipe(net: BridgeNetwork) -> None:
    net.at(net.now + 30, lambda: net.crash(1, lose_disk=True))
    net.at(net.now + 50, lambda: net.restart(1))


def crash_half(net: BridgeNetwork) -> None:
    for index in (0, 1):
        net.at(net.now + 30, partial(net.crash, index))
        net.at(net.now + 45, partial(net.restart, index))


def eclipse(net: BridgeNetwork) -> None:
    net.at(net.now + 25, lambda: net.eclipse(2))
    net.at(net.now + 45, lambda: net.end_eclipse(2))


def clock(net: BridgeNetwork) -> None:
    net.at(net.now + 25, lambda: net.set_clock(0, 7.0))
    net.at(net.now + 40, lambda: net.set_clock(0, -5.0))
    net.at(net.now + 50, lambda: net.set_clock(0, 0.0))


def isolate(net: BridgeNetwork) -> None:
    net.at(net.now + 25, lambda: net.isolate(3))
    net.at(net.now + 45, lambda: net.rejoin(3))


def split(net: BridgeNetwork) -> None:
    pairs = [(a, b) for a in (0, 1) for b in (2, 3)]
    net.at(net.now + 25, lambda: [net.cut(a, b) for a, b in pairs] and None)
    net.at(net.now + 45, lambda: [net.mend(a, b) for a, b in pairs] and None)


FAULTS = (crash, wipe, crash_half, eclipse, clock, isolate, split)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("mode", MODES)
def test_every_fault_is_survived(mode: str, fault: Callable[[BridgeNetwork], None]) -> None:
    net = bridge(mode, 30)
    fault(net)
    net.run()
    found = story(net)
    assert broken(net.journal) == []
    assert found.last is not None and found.last >= 29 and (mode == "range" or found.skipped == 0)
    assert {one.finalised for one in found.collators} == {found.blocks}


def test_a_round_that_nobody_has_heard_stops_accumulate_and_not_range() -> None:
    last = {}
    for mode in MODES:
        net = bridge(mode, 24)
        for index in range(4):
            net.at(net.now + 24, partial(net.eclipse, index))
            net.at(net.now + 40, partial(net.end_eclipse, index))
        net.run()
        last[mode] = net.last_round
        assert broken(net.journal) == [] and len(net.journal.entries(EclipseBegan.kind)) == 4
    assert last["accumulate"] is not None and last["accumulate"] < 8 and last["range"] == 24


def test_lossy_gossip_reaches_the_chain() -> None:
    feed = PulseFeed.made(20)
    gossip = GossipNetwork(2 + 4 + 10, relays=2, guests=4, feed=feed, loss=0.2)
    net = BridgeNetwork(4, "accumulate", gossip=gossip).run()
    assert (story(net).last, story(net).skipped) == (20, 0) and broken(net.journal) == []


# -- misbehaviour -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", MISBEHAVIOURS)
@pytest.mark.parametrize("mode", MODES)
def test_one_of_four_may_do_what_it_likes(mode: str, what: str) -> None:
    net = bridge(mode, 24)
    net.at(net.now + 20, lambda: net.misbehave(1, what))
    net.at(net.now + 70, lambda: net.behave(1))
    net.run()
    found = story(net)
    assert broken(net.journal) == []
    assert [one.misbehaved for one in found.collators] == [False, True, False, False]
    assert found.last is not None and found.last >= 23 and (mode == "range" or found.skipped == 0)
    assert len({one.finalised for one in found.collators}) == 1


def test_what_each_misbehaviour_leaves_behind() -> None:
    def run(what: str, mode: str = "range") -> BridgeNetwork:
        net = bridge(mode, 20)
        net.at(net.now + 20, lambda: net.misbehave(1, what))
        return net.run()

    silent = run("silent")
    assert story(silent).missed >= 2 and story(silent).collators[1].missed >= 2
    twice = run("two-blocks").journal
    assert {one.what.by for one in twice.entries("equivocation seen")} == {1}  # type: ignore[attr-defined]
    slots = [(one.what.author, one.what.slot) for one in twice.entries("block authored")]  # type: ignore[attr-defined]
    assert any(a == b for a, b in pairwise(sorted(slots)))
    for what, code in (("false-seal", "seal"), ("false-state", "state-root"), ("other-slot", "future")):
        refused = run(what).journal.entries("message declined")
        assert code in {one.what.code for one in refused if one.what.sender == 1}, what  # type: ignore[attr-defined]
    for mode in MODES:
        failed = run("false-pulse", mode).journal.entries(SubmissionFailed.kind)
        assert "VerificationFailed" in {one.what.error for one in failed}  # type: ignore[attr-defined]


def test_where_a_third_misbehave_nothing_is_promised() -> None:
    net = bridge("range", 12, collators=3)
    net.misbehave(0, "two-votes")
    verdict = next(one for one in check_all(net.run().journal) if one.name == "one bridge")
    assert verdict.skipped == "a third of the collators or more have misbehaved"


def test_every_lie_has_a_name() -> None:
    net = bridge(rounds=2)
    with pytest.raises(LocalError, match="misbehaviour: expected one of silent, late, two-blocks"):
        net.misbehave(1, "lying")
    with pytest.raises(LocalError, match="by: expected seconds above 0"):
        net.misbehave(1, "late", by=0)
    assert set(MISBEHAVIOURS) == {"silent", "late", *LIES}


# -- bad input --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"collators": 0}, "collators: "),
        ({"collators": 101}, "collators: "),
        ({"mode": "both"}, "mode: expected one of accumulate, range"),
        ({"max_pulses": 0}, "max_pulses: "),
        ({"genesis_round": 0}, "genesis_round: "),
        ({"turn": "dice"}, "turn: expected one of slot, number"),
        ({"shared": 1}, "shared: "),
        ({"link": 0.1}, "link: expected a Link"),
    ],
)
def test_what_no_bridge_can_have_is_refused(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(LocalError, match=message):
        BridgeNetwork(**{"feed": PulseFeed.made(2), **arguments})  # type: ignore[arg-type]


def test_a_network_that_makes_no_pulses_is_refused() -> None:
    chained = dl.Network(3, 2, scheme="pedersen-bls-chained", backend="glass").run(rounds=0)
    with pytest.raises(LocalError, match="unchained"):
        BridgeNetwork(feed=chained)
    with pytest.raises(LocalError, match="has no chain yet"):
        BridgeNetwork(feed=dl.Network(3, 2, backend="glass"))
    with pytest.raises(WrongType, match="expected a PulseFeed or a Network"):
        BridgeNetwork(feed=[1, 2])  # type: ignore[arg-type]


def test_collators_that_are_not_there_and_links_with_one_end() -> None:
    net = bridge(rounds=2)
    for act in (net.crash, net.restart, net.isolate, net.rejoin, net.eclipse, net.end_eclipse, net.behave):
        for index in (4, -1, "1", None):
            with pytest.raises(LocalError, match="collator: there is no collator"):
                act(index)  # type: ignore[operator]
    with pytest.raises(LocalError, match="a link has two ends, got collator 1 twice"):
        net.cut(1, 1)
    with pytest.raises(LocalError, match="drift"):
        net.set_clock(0, 0, -1)
    assert isinstance(net.run().journal.entries("final")[0].what, FinalityReached)
    assert net.journal.entries(PulsesIngested.kind)


def test_links_between_collators_may_be_slow() -> None:
    net = bridge(rounds=10, link=Link(loss=0.1, slow=5.0)).run()
    assert broken(net.journal) == [] and story(net).skipped == 0
