"""Both parts of a split node together: whatever the link and the crashes do, the signer ends as one at hand would."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from split_pair import KNOWN, SAID, START, Direct, SplitPair

from drandlab.crypto.tbls import ThresholdBLS
from drandlab.dkg.machine import Phase
from drandlab.node.own_clock import OwnClock
from drandlab.node.signer import Adopt, AnswerPrivate, Forget, RunDKG, SignPartial, TakeBundle, Tick, Timer
from drandlab.node.split.flying_part import FlyingPart, KeptShares
from drandlab.node.split.link_frames import DownFrame, GivenUp, SendDown
from drandlab.node.split.proxy import Proxy
from drandlab.testing import KnownGroup

TIMES = KNOWN.info.schedule
KEPT = KeptShares(((1, KNOWN.shares[0]),), {1: TIMES})
A_LIFE = [
    SignPartial(1, b"a"),
    RunDKG(START),
    *map(TakeBundle, SAID),
    Adopt(5),
    SignPartial(5, b"b"),
    SignPartial(3, b"a"),
    Forget(5),
    SignPartial(6, b"c"),
    RunDKG(START),
    Tick(Phase.RESPONSE),
    AnswerPrivate(b"nonsense", "them"),
    Tick(Phase.JUSTIFICATION),
    Tick(Phase.FINISH),
    Adopt(9),
    SignPartial(9, b"d"),
]
"""A DKG that ends with a share, another one that ends alone, and rounds signed before, between and after."""
UNTIL_ADOPTED = A_LIFE.index(Adopt(5)) + 1


def direct_to(pair, life):
    direct = Direct(pair, KEPT)
    for number, request in enumerate(life, 1):
        direct.ask(number, request, pair.asked_at[number - 1])
    return direct


def replies_of(pair):
    return {number: list(given[0]) for number, given in pair.answers.items() if number}


def without_split_ones(replies):
    return [reply for reply in replies if type(reply).__name__ != "SharesKept"]


def same_as_direct(pair, direct, life):
    """The signer is in the state of the one at hand, and every reply that came down is what that one said."""
    mine, its = pair.flying.signer, direct.signer
    assert mine.shares == its.shares
    assert mine.times == its.times
    one, other = mine.protocol, its.protocol
    if pair.memory.log:
        assert (one.machine.phase, one.machine.status, one.over) == (
            other.machine.phase,
            other.machine.status,
            other.over,
        )
        assert one.machine.polynomial == other.machine.polynomial
    given_up = {effect.number for effect in pair.of(GivenUp)}
    for number, replies in replies_of(pair).items():
        expected = pair.codec.read_down(
            pair.codec.down(DownFrame(number=number, replies=tuple(direct.replies[number])))
        ).replies
        said = without_split_ones(replies)
        if isinstance(life[number - 1], SignPartial):
            # whoever was overtaken by a change may find its share gone, and never gets another share's partial
            assert said == direct.replies[number] or type(said[0]).__name__ == "Refusal"
        else:
            assert said == [reply for reply in expected if not isinstance(reply, Timer)]
    assert replies_of(pair).keys() | given_up == set(range(1, len(life) + 1)), "each one is answered or given up"
    assert not pair.queue.asked


def one_partial_for_each_round(pair):
    """No round is signed in two ways under one share: a share begins with Adopt."""
    found = {}
    for round, partial in pair.signed:
        found.setdefault(round, set()).add(partial)
    assert all(len(partials) == 1 for partials in found.values())


STEPS = st.sampled_from(
    [
        "ask",
        "ask",
        "up",
        "up",
        "up",
        "down",
        "down",
        "lose up",
        "lose down",
        "double",
        "replay",
        "open",
        "close",
        "tick",
        "flying crash",
        "proxy crash",
    ]
)


@given(st.lists(st.tuples(STEPS, st.integers(0, 10**6)), max_size=120))
@settings(max_examples=150, deadline=None)
def test_whatever_happens_on_the_way_the_signer_ends_as_one_at_hand(steps):
    pair = SplitPair(kept=KEPT, stale=True)
    life = list(A_LIFE)
    for step, pick in steps:
        match step:
            case "ask":
                if life:
                    pair.ask(life.pop(0))
            case "up" | "lose up":
                if pair.up:
                    data = pair.up.pop(pick % len(pair.up))
                    if step == "up":
                        pair.arrive_up(data)
            case "down" | "lose down":
                if pair.down:
                    data = pair.down.pop(pick % len(pair.down))
                    if step == "down":
                        pair.arrive_down(data)
            case "double":
                if pair.up:
                    pair.arrive_up(pair.up[pick % len(pair.up)])
            case "replay":
                if pair.old:
                    pair.arrive_up(pair.old[pick % len(pair.old)])
            case "open":
                pair.open()
            case "close":
                pair.close()
            case "tick":
                pair.now += 40
                pair.tick()
            case "flying crash":
                pair.start_flying()
            case "proxy crash":
                pair.start_proxy()
    for request in life:
        pair.ask(request)
    pair.settle()
    same_as_direct(pair, direct_to(pair, A_LIFE), A_LIFE)
    one_partial_for_each_round(pair)


def test_replies_of_a_life_are_those_of_a_signer_at_hand():
    pair = SplitPair(kept=KEPT)
    pair.open()
    for request in A_LIFE:
        pair.ask(request)
        pair.carry()
    same_as_direct(pair, direct_to(pair, A_LIFE), A_LIFE)
    assert len(pair.of(SendDown)) == len(A_LIFE), "each request crosses once, and so does each reply"


# -- planted bugs -----------------------------------------------------------------------------------------------------


class ForgetsNumbers(FlyingPart):
    """Carries out a repeated number once more."""

    def receive(self, data, now):
        self.memory.replies.clear()
        self.memory.changed_by = min(self.memory.changed_by, self._codec.read_up(data).after)
        return super().receive(data, now)


class MixesReplies(FlyingPart):
    """Answers each request with the reply to the one before."""

    before = None

    def receive(self, data, now):
        effects = super().receive(data, now)
        for place, effect in enumerate(effects):
            if isinstance(effect, SendDown):
                frame = self._codec.read_down(effect.data)
                before, self.before = self.before, frame.replies
                if before is not None:
                    wrong = self._codec.down(replace(frame, replies=before))
                    effects[place] = SendDown(effect.number, effect.what, wrong)
        return effects


class DrawsAnew(FlyingPart):
    """Repeats a DKG after a restart with other random bytes."""

    def __init__(self, memory, codec, make_signer, rng):
        memory.seed = b"\x06" * 32 if memory.log else memory.seed
        super().__init__(memory, codec, make_signer, rng)


class QueueInMemory(Proxy):
    """Loses its queue at a crash."""

    def __init__(self, queue, codec, **more):
        queue.asked.clear()
        super().__init__(queue, codec, **more)


def run_bug(pair, *, crash_flying=False, crash_proxy=False, first=3):
    """The first requests reach the signer, their replies are lost, and all come up once more."""
    for request in A_LIFE[:first]:
        pair.ask(request)
    if crash_proxy:
        pair.start_proxy()
    pair.open()
    for data in pair.up:
        pair.arrive_up(data)
    pair.close()
    if crash_flying:
        pair.start_flying()
    for data in list(pair.old):
        pair.arrive_up(data)
    pair.up.clear()
    pair.down.clear()
    for request in A_LIFE[first:]:
        pair.ask(request)
    pair.settle()
    same_as_direct(pair, direct_to(pair, A_LIFE), A_LIFE)


def test_without_a_bug_it_ends_as_it_should():
    for first in (3, UNTIL_ADOPTED):
        run_bug(SplitPair(kept=KEPT, stale=True), crash_flying=True, crash_proxy=True, first=first)


@pytest.mark.parametrize(
    ("bug", "crash"),
    [
        ({"flying_kind": MixesReplies}, {}),
        ({"flying_kind": DrawsAnew}, {"crash_flying": True}),
        ({"proxy_kind": QueueInMemory}, {"crash_proxy": True}),
    ],
    ids=lambda one: "-".join(str(getattr(value, "__name__", value)) for value in one.values()) or "no crash",
)
def test_a_planted_bug_is_found(bug, crash):
    with pytest.raises((AssertionError, KeyError)):
        run_bug(SplitPair(kept=KEPT, stale=True, **bug), **crash)


def replayed(flying_kind):
    """What is answered to the requests of a DKG the first time and, after all of it, once more."""
    pair = SplitPair(kept=KEPT, flying_kind=flying_kind, rng=random.Random(1))
    for request in A_LIFE[:UNTIL_ADOPTED]:
        pair.ask(request)
    pair.open()
    for data in pair.old * 2:
        pair.arrive_up(data)
    sent = [(effect.number, effect.data) for effect in pair.of(SendDown)]
    return sent[:UNTIL_ADOPTED], sent[UNTIL_ADOPTED:]


def test_a_repeated_number_gets_the_same_bytes_and_nothing_is_done_twice():
    first, again = replayed(FlyingPart)
    assert first == again and len(first) == UNTIL_ADOPTED
    first, again = replayed(ForgetsNumbers)
    assert first != again, "the planted bug deals twice"


# -- one by one -------------------------------------------------------------------------------------------------------


def test_a_lost_proxy_disk_begins_with_higher_numbers_and_is_understood():
    pair = SplitPair(kept=KEPT)
    pair.ask(Forget(1))
    pair.settle(1)
    pair.queue.asked.clear()
    pair.queue = type(pair.queue)(next_number=10**15)
    pair.start_proxy()
    pair.ask(Forget(1))
    pair.ask(SignPartial(3, b""))
    pair.settle(1)
    assert not pair.queue.asked and pair.codes == []
    for data in pair.old:
        pair.arrive_up(data)
    assert pair.codes.count("old-number") == 1 and pair.memory.changed_by == 10**15


def test_the_uplink_gets_the_partials_of_next_year_only_from_a_signer_without_a_clock():
    next_year = 10_000_000
    for clock, got in ((None, [next_year]), (OwnClock(), []), (OwnClock(ahead=3), [])):
        pair = SplitPair(kept=KEPT, clock=clock)
        attacker = SplitPair(known=KNOWN)
        attacker.open()
        attacker.ask(SignPartial(next_year, b""))
        pair.arrive_up(attacker.up[0])
        assert [round for round, _ in pair.signed] == got


@pytest.mark.parametrize("name", ["pedersen-bls-chained", "bls-unchained-g1-rfc9380"])
def test_a_partial_that_has_crossed_is_the_members(name):
    known = KnownGroup(3, 2, scheme=name)
    pair = SplitPair(kept=KeptShares(((1, known.shares[0]),)), known=known)
    before = known.beacon(6).signature
    pair.ask(SignPartial(7, before))
    pair.settle(1)
    [(reply,)] = pair.answers[1]
    assert (reply.round, reply.previous_signature) == (7, before)
    message = known.info.scheme.digest(7, before)
    assert ThresholdBLS(known.bls, known.public).verify_partial(message, reply.partial) == 0
