"""The ground part of a split node: what it queues, when it sends what, what it keeps ahead, what it gives up."""

from __future__ import annotations

from dataclasses import replace

import pytest
from split_pair import KNOWN, SAID, START, SplitPair

from drandlab.crypto.tbls import ThresholdBLS
from drandlab.dkg.machine import Phase
from drandlab.errors import LocalError
from drandlab.node.own_clock import MOST_AHEAD, OwnClock
from drandlab.node.signer import (
    Adopt,
    AnswerPrivate,
    Forget,
    KeyMade,
    NoKey,
    Partial,
    Refusal,
    RunDKG,
    SignPartial,
    TakeBundle,
    Timer,
)
from drandlab.node.split.flying_part import KeptShares
from drandlab.node.split.link_frames import WINDOW, Answered, DownFrame, SendUp, SharesKept
from drandlab.node.split.proxy import RETRY, Proxy, check_ahead
from drandlab.node.split.proxy_queue import ProxyQueue

TIMES = KNOWN.info.schedule
KEPT = KeptShares(((1, KNOWN.shares[0]),), {1: TIMES})


def sent(pair):
    return [(effect.number, effect.again) for effect in pair.of(SendUp)]


# -- when what is sent ------------------------------------------------------------------------------------------------


def test_out_of_sight_it_queues_and_in_sight_it_sends_at_once():
    pair = SplitPair(kept=KEPT)
    pair.ask(AnswerPrivate(b"x", "them"))
    pair.ask(SignPartial(3, b""))
    assert sent(pair) == []
    pair.open()
    assert sent(pair) == [(2, False), (1, False)], "a partial cannot wait"
    pair.ask(SignPartial(4, b""))
    assert sent(pair)[2:] == [(3, False)]


def test_each_frame_once_a_pass_and_again_at_the_next():
    pair = SplitPair(kept=KEPT)
    pair.ask(SignPartial(3, b""))
    pair.open()
    pair.ask(SignPartial(3, b""))
    pair.now += RETRY - 1
    pair.tick()
    assert sent(pair) == [(1, False)]
    pair.close()
    pair.open()
    assert sent(pair) == [(1, False), (1, True)]


def test_without_an_answer_it_is_sent_again_after_a_while():
    pair = SplitPair(kept=KEPT)
    pair.open()
    pair.ask(SignPartial(3, b""))
    for _ in range(3):
        pair.now += RETRY
        pair.tick()
    assert sent(pair) == [(1, False), (1, True), (1, True), (1, True)]
    pair.close()
    pair.now += RETRY
    pair.tick()
    assert len(sent(pair)) == 4, "out of sight nothing is sent"


def test_what_still_stands_behind_others_is_not_sent_again():
    """A link of 1,200 bytes a second is busy with 100 kB for a minute and a half: that is no loss."""
    pair = SplitPair(kept=KEPT)
    pair.open()
    for i in range(6):
        pair.ask(AnswerPrivate(bytes(100), str(i)))
    for _ in range(5):
        pair.now += RETRY - 1
        pair.arrive_up(pair.up.pop(0))
        pair.arrive_down(pair.down.pop(0))
        pair.tick()
    assert [again for _, again in sent(pair)] == [False] * 6
    pair.ask(SignPartial(3, b""))
    pair.ask(SignPartial(4, b""))
    arrived, _lost, overtakes = pair.up
    for data in (arrived, overtakes):
        pair.arrive_up(data)
        pair.arrive_down(pair.down.pop(0))
    pair.now += RETRY
    pair.tick()
    assert sent(pair)[-1] == (7, True), "a reply to a later one has come, so it is lost"


def test_the_window_holds_back_what_could_not_be_remembered():
    pair = SplitPair(kept=KEPT, stale=True)
    for round in range(1, WINDOW + 3):
        pair.ask(SignPartial(round, b""))
    pair.open()
    assert len(pair.up) == WINDOW
    pair.arrive_up(pair.up[0])
    pair.arrive_down(pair.down.pop())
    assert len(pair.up) == WINDOW + 1
    pair.carry()
    assert not pair.queue.asked and "beyond-window" not in pair.codes


# -- what is given up -------------------------------------------------------------------------------------------------


def test_rounds_that_are_made_are_given_up_at_the_next_pass():
    pair = SplitPair(kept=KEPT)
    pair.ask(SignPartial(3, b""))
    pair.open(made=3)
    assert pair.codes == ["stale"] and sent(pair) == []
    wanted = SplitPair(kept=KEPT, stale=True)
    wanted.ask(SignPartial(3, b""))
    wanted.open(made=3)
    assert wanted.codes == [] and sent(wanted) == [(1, False)]


def test_out_of_sight_the_queue_does_not_grow_with_the_chain():
    pair = SplitPair(kept=KEPT)
    for round in range(1, 1000):
        pair.ask(SignPartial(round, b""))
        pair.ask(SignPartial(round, b""))
    assert list(pair.queue.asked) == [999] and pair.codes == ["stale"] * 998


# -- ahead ------------------------------------------------------------------------------------------------------------


def ahead_pair(ahead=4, **more):
    pair = SplitPair(kept=KEPT, clock=OwnClock(ahead=ahead), ahead=ahead, **more)
    pair.now = float(TIMES.round_time(10))
    return pair


def test_at_a_pass_it_asks_for_the_rounds_to_come_and_hands_them_out_when_they_are_asked_for():
    pair = ahead_pair()
    pair.open(made=10, due=10, until=100)
    pair.carry()
    assert sorted(pair.queue.ahead) == [11, 12, 13, 14] and list(pair.answers.values()) == [[()]] * 4
    pair.close()
    pair.seen.clear()
    pair.ask(SignPartial(12, b"before"))
    [answer] = pair.of(Answered)
    [reply] = answer.replies
    assert isinstance(reply, Partial) and (reply.round, reply.previous_signature) == (12, b"before")
    message = KNOWN.info.scheme.digest(12, b"")
    assert ThresholdBLS(KNOWN.bls, KNOWN.public).verify_partial(message, reply.partial) == 0
    assert sent(pair) == [], "nothing crosses the link"


def test_it_asks_no_further_than_the_next_pass_and_for_nothing_twice():
    pair = ahead_pair()
    pair.open(made=10, due=10, until=12)
    pair.carry()
    assert sorted(pair.queue.ahead) == [11, 12]
    pair.close()
    pair.now = float(TIMES.round_time(11))
    pair.open(made=11, due=11, until=100)
    assert [effect.round for effect in pair.of(SendUp)] == [11, 12, 13, 14, 15]
    pair.carry()
    assert sorted(pair.queue.ahead) == [11, 12, 13, 14, 15]


def test_in_a_contact_without_an_end_what_is_kept_does_not_grow():
    pair = ahead_pair()
    pair.open(made=10, due=10, until=10**6)
    for round in range(11, 200):
        pair.carry()
        pair.now = float(TIMES.round_time(round))
        pair.look_ahead(made=round - 1, due=round, until=10**6)
        pair.carry()
        assert sorted(pair.queue.ahead) == list(range(round - 1, round + 5))[-len(pair.queue.ahead) :]
        assert len(pair.queue.ahead) <= 6 and not pair.queue.asked
    assert len(pair.signed) == 199 - 10 + 4, "each round is signed once"


def test_a_signer_whose_window_is_smaller_gives_no_more():
    """Attack: who has the proxy asks for a thousand rounds; the satellite's own clock gives its N."""
    pair = SplitPair(kept=KEPT, clock=OwnClock(ahead=4), ahead=1000)
    pair.now = float(TIMES.round_time(10))
    pair.open(made=10, due=10, until=10_000)
    pair.carry()
    assert sorted(pair.queue.ahead) == [11, 12, 13, 14]
    assert not pair.queue.asked, "a refusal is an answer"


def test_a_chain_that_waits_for_the_satellite_gets_the_rounds_that_are_due_too():
    pair = ahead_pair()
    pair.open(made=7, due=10, until=100)
    pair.carry()
    assert sorted(pair.queue.ahead) == [8, 9, 10, 11, 12, 13, 14]


def test_what_the_node_asks_while_it_is_on_its_way_up_is_not_asked_twice():
    pair = ahead_pair()
    pair.open(made=10, due=10, until=100)
    pair.ask(SignPartial(11, b"before"))
    assert len(pair.up) == 4
    pair.carry()
    [given] = [replies for [replies] in pair.answers.values() if replies]
    assert given[0].previous_signature == b"before" and sorted(pair.queue.ahead) == [12, 13, 14]


def test_a_resharing_replaces_what_the_old_share_has_signed_ahead():
    new = KNOWN.reshared(3, 2)
    pair = ahead_pair()
    pair.open(made=10, due=10, until=100)
    pair.arrive_up(pair.up.pop(0))
    pair.carry()
    pair.ask(Adopt(13))
    assert sorted(pair.queue.ahead) == [11, 12]
    late = ahead_pair()
    late.open(made=10, due=10, until=100)
    late.ask(Adopt(13))
    assert late.codes == ["replaced", "replaced"]
    late.carry()
    assert sorted(late.queue.ahead) == [11, 12], "what comes down for a request that was given up is not kept"
    assert new.shares[0] != KNOWN.shares[0]


@pytest.mark.parametrize("wrong", [-1, MOST_AHEAD + 1, 1.5, True])
def test_rounds_ahead_that_make_no_sense_are_refused(wrong):
    with pytest.raises(LocalError) as refused:
        check_ahead(wrong, chained=False)
    assert refused.value.argument == "ahead"


def test_a_chained_network_signs_nothing_ahead():
    with pytest.raises(LocalError, match="ahead: expected 0 on a chained network, got 3") as refused:
        Proxy(ProxyQueue(), SplitPair().codec, chained=True, ahead=3)
    assert refused.value.argument == "ahead"
    assert check_ahead(0, chained=True) == 0


# -- what comes down --------------------------------------------------------------------------------------------------


def test_only_the_first_reply_counts():
    pair = SplitPair(kept=KEPT)
    pair.open()
    pair.ask(SignPartial(3, b""))
    pair.arrive_up(pair.up[0])
    for _ in range(3):
        pair.arrive_down(pair.down[0])
    assert len(pair.answers[1]) == 1 and pair.codes == []


@pytest.mark.parametrize(
    ("request_", "replies"),
    [
        (SignPartial(3, b""), ()),
        (SignPartial(3, b""), (Partial(4, b"", b"p"),)),
        (SignPartial(3, b""), (Partial(3, b"", b"p"), Partial(3, b"", b"p"))),
        (SignPartial(3, b""), (SharesKept((1,)),)),
        (SignPartial(3, b""), (Refusal("Adopt", "no-new-share", ""),)),
        (AnswerPrivate(b"x", "a"), (Refusal("AnswerPrivate", "tag", "", "b"),)),
        (Forget(3), (Partial(3, b"", b"p"),)),
        (Adopt(3), ()),
    ],
)
def test_a_reply_to_something_else_is_discarded_and_the_request_stays(request_, replies):
    pair = SplitPair(kept=KEPT)
    pair.open()
    pair.ask(request_)
    pair.arrive_down(pair.codec.down(DownFrame(number=1, replies=replies)))
    assert pair.codes == ["other-request"] and list(pair.queue.asked) == [1]
    pair.settle(1)
    assert not pair.queue.asked


def test_a_reply_to_nothing_is_discarded():
    pair = SplitPair(kept=KEPT)
    for number in (0, 1, 99):
        pair.arrive_down(pair.codec.down(DownFrame(number=number, replies=())))
    pair.arrive_down(b"noise")
    assert pair.codes == ["never-asked"] * 3 + ["checksum"]


# -- the DKG ----------------------------------------------------------------------------------------------------------


def begun(phase_timeout=10):
    start = replace(START, phase_timeout=phase_timeout)
    pair = SplitPair()
    pair.ask(RunDKG(start))
    return pair


def test_the_time_outs_are_set_when_the_dkg_is_accepted():
    pair = begun()
    [timers] = pair.answers[0]
    assert [(timer.at - pair.now, timer.phase) for timer in timers] == [
        (10, Phase.RESPONSE),
        (20, Phase.JUSTIFICATION),
        (30, Phase.FINISH),
    ]
    pair.settle(1)
    assert not [reply for reply in pair.answers[1][0] if isinstance(reply, Timer)], "not once more when it comes down"


def ask_all(pair, late=0.0):
    for bundle in SAID:
        pair.ask(TakeBundle(bundle))
    pair.now += late
    pair.settle(1)
    return [reply for given in pair.answers.values() for reply in given[0] if isinstance(reply, (KeyMade, NoKey))]


def test_what_the_signer_says_in_time_counts_though_its_key_comes_down_late():
    [made] = ask_all(begun(), late=9)
    assert isinstance(made, KeyMade)
    pair = begun()
    pair.settle(1)
    for bundle in SAID:
        pair.ask(TakeBundle(bundle))
    pair.open()
    last = pair.up.pop()
    pair.carry()
    pair.now += 10**6
    pair.up.append(last)
    pair.carry()
    assert isinstance(pair.answers[len(SAID) + 1][0][-1], KeyMade)


def test_a_key_is_none_of_the_groups_where_the_signers_packets_came_too_late():
    """The others have evicted it, and it cannot know: their packets are as if nothing had been."""
    pair = begun()
    [failed] = ask_all(pair, late=11)
    assert isinstance(failed, NoKey) and failed.code == "too-late"
    assert pair.queue.run is None


def test_answers_to_changes_are_handed_out_in_sequence():
    pair = begun()
    for bundle in SAID:
        pair.ask(TakeBundle(bundle))
    pair.open()
    for data in pair.up:
        pair.arrive_up(data)
    for data in reversed(pair.down):
        assert list(pair.answers) == [0]
        pair.arrive_down(data)
    assert list(pair.answers) == list(range(len(SAID) + 2)) and not pair.queue.asked


def test_an_answer_that_waits_for_its_turn_survives_a_crash_and_is_not_asked_for_again():
    pair = begun()
    pair.ask(TakeBundle(SAID[0]))
    pair.open()
    for data in pair.up:
        pair.arrive_up(data)
    pair.arrive_down(pair.down.pop())
    pair.close()
    pair.start_proxy()
    pair.up.clear()
    pair.seen.clear()
    pair.open()
    assert [effect.number for effect in pair.of(SendUp)] == [1]
    pair.carry()
    assert list(pair.answers) == [0, 1, 2]
