"""The flying part of a split node: what it discards, what it remembers, and what it erases."""

from __future__ import annotations

import random

from split_pair import ALONE, KNOWN, SAID, START, SplitPair

from drandlab.node.signer import Adopt, Forget, NoKey, RunDKG, SignPartial, TakeBundle, Tick
from drandlab.node.split.draws import Draws
from drandlab.node.split.flying_part import MOST_WAITING, KeptShares
from drandlab.node.split.link_frames import WINDOW, SendDown, SendUp, UpFrame

KEPT = KeptShares(((1, KNOWN.shares[0]),))


def frame(pair, number, request, *, after=0, floor=1):
    return pair.codec.up(UpFrame(number=number, floor=floor, after=after, request=request))


def test_what_comes_before_its_turn_waits_and_then_all_is_done_in_order():
    pair = SplitPair()
    pair.ask(RunDKG(START))
    for bundle in SAID:
        pair.ask(TakeBundle(bundle))
    pair.open()
    for data in reversed(pair.up[1:]):
        pair.arrive_up(data)
    assert pair.down == [] and pair.flying.waiting == len(SAID)
    pair.arrive_up(pair.up[0])
    assert [effect.number for effect in pair.of(SendDown)] == list(range(1, len(SAID) + 2))
    assert pair.flying.waiting == 0 and pair.flying.signer.protocol.over


def test_a_partial_waits_for_the_changes_that_came_before_it():
    pair = SplitPair(kept=KEPT)
    pair.arrive_up(frame(pair, 2, SignPartial(3, b""), after=1))
    assert pair.signed == []
    pair.arrive_up(frame(pair, 1, Forget()))
    assert pair.signed == [] and len(pair.down) == 2, "its share was erased before"


def test_what_is_discarded_has_a_code():
    pair = SplitPair(kept=KEPT)
    pair.arrive_up(b"noise")
    pair.arrive_up(frame(pair, WINDOW + 1, SignPartial(3, b"")))
    pair.arrive_up(frame(pair, 5, Forget(1)))
    pair.arrive_up(frame(pair, 6, Forget(1), after=4))
    assert pair.codes == ["checksum", "beyond-window", "sequence"]
    pair.arrive_up(frame(pair, 8, SignPartial(3, b""), floor=8))
    pair.arrive_up(frame(pair, 7, SignPartial(4, b"")))
    assert pair.codes[3:] == ["old-number"] and pair.signed != []


def test_memory_is_bounded():
    pair = SplitPair(kept=KEPT)
    for number in range(2, MOST_WAITING + 5):
        pair.arrive_up(frame(pair, number, SignPartial(number, b""), after=1))
    assert pair.flying.waiting == MOST_WAITING and pair.codes == ["crowded"] * 3
    for number in range(WINDOW, 3 * WINDOW, 7):
        pair.arrive_up(frame(pair, number, SignPartial(number, b""), floor=number - WINDOW + 1))
    assert len(pair.memory.replies) <= WINDOW and pair.flying.waiting == 0
    assert all(number >= pair.memory.floor for number in pair.memory.replies)


def test_a_dkg_goes_on_after_a_restart_as_if_nothing_had_been():
    pair = SplitPair(rng=random.Random(3))
    pair.open()
    pair.ask(RunDKG(START))
    pair.carry()
    dealt = pair.flying.signer.protocol.machine.polynomial
    for _ in range(3):
        pair.start_flying()
        assert pair.flying.signer.protocol.machine.polynomial == dealt
    for tick in ALONE:
        pair.ask(tick)
        pair.start_flying()
        pair.carry()
    assert not pair.memory.log and not pair.queue.run


def test_the_end_of_a_dkg_erases_what_it_could_be_repeated_from():
    for end in (ALONE, [*map(TakeBundle, SAID), Adopt(1)]):
        pair = SplitPair()
        pair.open()
        pair.ask(RunDKG(START))
        pair.carry()
        assert pair.memory.log and pair.memory.seed
        for request in end:
            pair.ask(request)
        pair.carry()
        assert (pair.memory.log, pair.memory.seed, pair.memory.base) == ([], b"", KeptShares())


def test_a_refused_dkg_leaves_nothing_and_disturbs_nothing():
    pair = SplitPair()
    pair.open()
    pair.ask(RunDKG(START))
    pair.carry()
    seed, log = pair.memory.seed, list(pair.memory.log)
    pair.ask(RunDKG(START))
    pair.carry()
    assert pair.memory.seed == seed and pair.memory.log[: len(log)] == log
    pair.start_flying()
    assert len(pair.flying.signer.protocol.deals) == 1


def test_forgotten_shares_are_not_kept_for_a_running_dkg():
    shares = tuple((first, KNOWN.shares[0]) for first in (1, 5, 9))
    pair = SplitPair(kept=KeptShares(shares))
    pair.open()
    pair.ask(RunDKG(START))
    pair.ask(Forget(9))
    pair.carry()
    assert [first for first, _ in pair.memory.base.shares] == [9]
    pair.start_flying()
    assert [first for first, _ in pair.flying.signer.shares] == [9]


def test_a_lost_memory_goes_on_where_the_ground_stands():
    pair = SplitPair(kept=KEPT, stale=True)
    pair.ask(Forget(1))
    pair.settle(1)
    pair.memory.lose()
    pair.start_flying()
    pair.ask(SignPartial(3, b""))
    pair.ask(RunDKG(START))
    for bundle in SAID:
        pair.ask(TakeBundle(bundle))
    pair.ask(Adopt(5))
    pair.ask(SignPartial(6, b""))
    pair.settle(2)
    assert not pair.queue.asked and pair.answers[2][0][0].code == "no-share"
    assert [first for first, _ in pair.flying.signer.shares] == [5] and [round for round, _ in pair.signed] == [6]
    for data in pair.old:
        pair.arrive_up(data)
    assert [first for first, _ in pair.flying.signer.shares] == [5], "what is replayed changes nothing"


def test_a_dkg_whose_memory_is_lost_has_failed():
    pair = SplitPair()
    pair.ask(RunDKG(START))
    pair.settle(1)
    pair.memory.lose()
    pair.start_flying()
    for tick in ALONE:
        pair.ask(tick)
    pair.settle(1)
    [lost] = pair.answers[4][0]
    assert isinstance(lost, NoKey) and lost.code == "signer-lost" and pair.queue.run is None


def test_a_tick_goes_up_behind_the_packets_that_had_come():
    pair = SplitPair()
    pair.ask(RunDKG(START))
    pair.ask(TakeBundle(SAID[0]))
    pair.ask(Tick(ALONE[0].phase))
    pair.open()
    assert [effect.what for effect in pair.of(SendUp)] == ["RunDKG", "TakeBundle", "Tick"]


def test_no_text_shows_a_secret():
    pair = SplitPair(kept=KEPT)
    pair.ask(RunDKG(START))
    pair.settle(1)
    secret = pair.memory.seed
    for one in (pair.flying, pair.memory, pair.memory.kept, pair.proxy, Draws(secret), *pair.seen):
        assert str(int(KNOWN.shares[0].value)) not in repr(one)
        assert secret.hex() not in repr(one) and repr(secret) not in repr(one)
