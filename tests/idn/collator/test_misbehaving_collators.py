"""Each misbehaviour of one collator of four: the others agree, finalise, and say what they refuse by its code."""

from __future__ import annotations

import random
from functools import cache

import pytest
from collator_loop import Loop

from drandlab.idn.collator.collator import CollatorSettings
from drandlab.idn.collator.collator_effects import (
    COLLATOR_CODES,
    COLLATOR_MESSAGES,
    BlockAuthored,
    BlockTaken,
    EquivocationSeen,
    KeysLearned,
    MessageDeclined,
    PulseLost,
    PulseSubmitted,
)
from drandlab.idn.collator.misbehaving_collators import MISBEHAVIOURS, favour
from drandlab.idn.collator.votes import STAGES

LIAR = 2


@cache
def lied(name: str, settings: CollatorSettings | None = None) -> Loop:
    conduct = {LIAR: MISBEHAVIOURS[name].make(random.Random(f"{name} {LIAR}"))}
    return Loop(4, conduct=conduct, settings=settings).run(75, first_round=50)


@pytest.mark.parametrize("name", MISBEHAVIOURS)
def test_one_of_four_harms_nobody(name: str) -> None:
    loop = lied(name)
    heights = [height for index, height in enumerate(loop.heights()) if index != LIAR]
    assert min(heights) >= 7, heights
    assert max(heights) - min(heights) <= 1
    loop.final(LIAR)
    loop.never_reverts()
    # what an honest collator has sent is refused only where it came too late to matter
    declined = [one for index in (0, 1, 3) for one in loop.reports(MessageDeclined, index)]
    assert {one.code for one in declined if one.sender != LIAR} <= {"stale", "past-round"}


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("silent", set()),
        ("two-blocks", set()),
        ("false-seal", {"seal"}),
        ("false-state", {"state-root"}),
        ("two-votes", set()),
        ("false-votes", {"vote-signature"}),
        ("strange-votes", {"far-round"}),
        ("replay", {"known", "past-round"}),
        ("two-keys", {"keys-changed"}),
        ("other-slot", {"future"}),
        ("noise", {"unknown-kind", "length"}),
    ],
)
def test_what_is_refused_has_its_code(name: str, codes: set[str]) -> None:
    found = set().union(*(lied(name).codes(index) for index in (0, 1, 3)))
    assert codes <= found, found
    if name != "noise":
        assert found - codes <= {"known", "no-keys", "stale", "past-round"}, found


def test_two_blocks_in_a_slot_are_noticed() -> None:
    loop = lied("two-blocks")
    seen = [one for index in (0, 1, 3) for one in loop.reports(EquivocationSeen, index)]
    assert seen and {(one.what, one.by) for one in seen} == {("block", LIAR)}
    slots = {one.slot for one in loop.reports(BlockAuthored, LIAR)}
    assert {one.at for one in seen} <= slots


def test_two_votes_in_a_round_are_noticed() -> None:
    loop = lied("two-votes")
    seen = [one for index in (0, 1, 3) for one in loop.reports(EquivocationSeen, index)]
    assert all(one.what in STAGES and one.by == LIAR for one in seen)


def test_two_keys_are_noticed_and_the_first_one_stays() -> None:
    loop = lied("two-keys")
    seen = [one for index in (0, 1, 3) for one in loop.reports(EquivocationSeen, index)]
    assert seen and {(one.what, one.by) for one in seen} == {("keys", LIAR)}
    for index in (0, 1, 3):
        assert sum(one.index == LIAR for one in loop.reports(KeysLearned, index)) == 1


def test_a_silent_collator_is_as_one_that_is_absent() -> None:
    loop = lied("silent")
    assert LIAR not in {one.author for index in (0, 1, 3) for one in loop.reports(BlockTaken, index)}


def test_a_silent_voter_leaves_the_other_three_to_decide() -> None:
    loop = lied("silent-voter")
    assert LIAR in {one.author for one in loop.reports(BlockTaken, 0)}


def test_without_a_third_vote_nothing_is_final() -> None:
    conduct = {index: MISBEHAVIOURS["silent-voter"].make(random.Random(index)) for index in (1, 2)}
    loop = Loop(4, conduct=conduct).run(60)
    assert loop.collators[0].tree.final.number == loop.collators[3].tree.final.number == 0
    assert loop.collators[0].tree.best.number >= 8


@pytest.mark.parametrize("late", [4.0, 9.0])
def test_a_late_collator_harms_nobody(late: float) -> None:
    loop = Loop(4, late={LIAR: late}).run(75, first_round=50)
    assert min(height for index, height in enumerate(loop.heights()) if index != LIAR) >= 6
    loop.final()
    loop.never_reverts()


@pytest.mark.parametrize("names", [("two-votes", "two-blocks"), ("two-votes", "two-votes"), ("silent", "replay")])
def test_two_of_seven(names: tuple[str, str]) -> None:
    conduct = {index: MISBEHAVIOURS[name].make(random.Random(name)) for index, name in zip((1, 4), names, strict=True)}
    loop = Loop(7, conduct=conduct, loss=0.05).run(120, first_round=1)
    assert min(height for index, height in enumerate(loop.heights()) if index not in conduct) >= 10
    loop.final(*conduct)
    loop.never_reverts()


def test_withheld_pulses_are_submitted_by_the_others() -> None:
    loop = lied("withheld-pulses")
    assert not loop.reports(PulseSubmitted, LIAR)
    assert loop.reports(PulseSubmitted, 0)
    assert "withheld" in {one.code for one in loop.reports(PulseLost, LIAR)}


@pytest.mark.parametrize("carrier", ["seed", "first", "second"])
@pytest.mark.parametrize("name", ["withheld-pulses", "forged-pulse"])
def test_pulses_of_inherents(name: str, carrier: str) -> None:
    loop = lied(name, settings=CollatorSettings(carrier=carrier, genesis_round=50))
    assert min(loop.heights()) >= 7


def test_a_choosing_author_takes_the_range_that_it_likes_best() -> None:
    from drandlab.beacon.beacon import Beacon
    from drandlab.curves.choice import use_backend
    from drandlab.idn.sums import on_curve

    bls = on_curve("glass")
    fresh = [Beacon(round=r, signature=bls.sign(7, bls.scheme.digest(r))) for r in (5, 6, 8)]
    conduct = MISBEHAVIOURS["chosen-range"].make(random.Random(1))
    with use_backend("glass"):
        asig, start, end = conduct.choose(fresh) or (b"", 0, 0)
        assert (start, end) in {(5, 5), (6, 6), (8, 8), (5, 6)}
        assert favour(asig) <= min(favour(one.signature) for one in fresh)
        kept = conduct.provide(fresh[:2])
        assert kept in (fresh[:1], fresh[:2])
        # what is no point is in no sum
        assert conduct.choose([Beacon(round=5, signature=bytes(48))]) is None
        assert conduct.provide([Beacon(round=5, signature=bytes(48))])


def test_the_table_says_what_each_one_touches() -> None:
    for name, entry in MISBEHAVIOURS.items():
        assert entry.about and entry.touches <= COLLATOR_MESSAGES.keys(), name
    assert not COLLATOR_CODES.keys() & MISBEHAVIOURS.keys()
