"""Several collators in a plain loop: they agree, whatever happens to some of them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from collator_loop import START, Loop, ToyRules, beacon

from drandlab.crypto.sr25519 import development, names
from drandlab.errors import LocalError
from drandlab.idn.collator.collator import Collator, CollatorSettings
from drandlab.idn.collator.collator_effects import (
    COLLATOR_MESSAGES,
    BlockAuthored,
    DialRelays,
    KeysLearned,
    PulseSubmitted,
    SlotUnused,
    StepReached,
    TellAll,
    VoteSent,
)
from drandlab.idn.collator.collator_keys import CollatorKeys


def test_four_collators_take_turns_and_finalise_every_block() -> None:
    loop = Loop(4).run(60, first_round=100)
    made = loop.reports(BlockAuthored)
    assert [one.number for one in made] == list(range(1, 11))[: len(made)] and len(made) >= 9
    assert all(one.author == one.slot % 4 for one in made)
    assert min(loop.heights()) >= 8
    assert len(loop.final()) >= 9
    assert loop.codes() == set()
    loop.never_reverts()
    # every pulse that is on chain was submitted, about one of two
    assert len(loop.reports(PulseSubmitted)) > 20


def test_the_same_run_twice_is_the_same() -> None:
    assert Loop(4).run(40, first_round=9).log == Loop(4).run(40, first_round=9).log


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_any_number_of_collators(count: int) -> None:
    loop = Loop(count).run(40)
    assert min(loop.heights()) >= 4 and loop.codes() == set()


def test_the_steps_of_the_start_in_order_and_keys_before_votes() -> None:
    loop = Loop(4).run(20)
    for index in range(4):
        steps = [one.step for one in loop.reports(StepReached, index)]
        assert steps == ["dialling", "connected", "subscribed", "taking part"]
        mine = [type(what) for _, by, what in loop.log if by == index]
        assert mine.index(KeysLearned) < mine.index(VoteSent)
        assert {one.index for one in loop.reports(KeysLearned, index)} == set(range(4))


def test_nothing_is_sent_before_the_start_is_over() -> None:
    rules = ToyRules(development(name).public for name in names(2))
    import random

    one = Collator(0, CollatorKeys.development("Alice"), rules, random.Random(1))
    effects = [*one.start(START), *one.tick(START + 7), *one.pulse(beacon(5), START + 8), *one.tick(START + 13)]
    effects += one.receive(1, "block", b"", START + 14)
    assert any(isinstance(effect, DialRelays) for effect in effects)
    assert not any(isinstance(effect, TellAll) for effect in effects)
    one.connected(START + 15)
    started = one.subscribed(START + 16)
    assert [effect.kind for effect in started if isinstance(effect, TellAll)] == ["collator keys"]


def test_an_absent_author_leaves_its_slot_empty_and_nobody_is_punished() -> None:
    loop = Loop(4, absent=[2]).run(60)
    made = loop.reports(BlockAuthored)
    assert [one.number for one in made] == list(range(1, len(made) + 1))
    gaps = [after.slot - before.slot for before, after in pairwise(made)]
    assert set(gaps) == {1, 2} and not any(one.slot % 4 == 2 for one in made)
    assert min(loop.heights()) >= 6
    assert loop.reports(SlotUnused) == []


def test_by_the_number_rule_a_silent_author_stops_the_chain() -> None:
    settings = CollatorSettings(turn="number")
    loop = Loop(4, settings=settings, absent=[2]).run(90)
    made = loop.reports(BlockAuthored)
    assert [(one.number, one.author) for one in made] == [(1, 1)]
    whole = Loop(4, settings=settings).run(60)
    assert [one.author for one in whole.reports(BlockAuthored)][:5] == [1, 2, 3, 0, 1]


def test_two_of_four_absent_make_blocks_but_finalise_nothing() -> None:
    loop = Loop(4, absent=[1, 2]).run(60)
    assert len(loop.reports(BlockAuthored)) >= 4
    assert loop.heights() == [0, 0]


def test_a_partition_stops_finality_and_heals() -> None:
    loop = Loop(4).run(30)
    loop.part([0, 1], [2, 3])
    before = max(loop.heights())
    loop.run(60)
    assert max(loop.heights()) <= before + 1
    tips = {loop.collators[index].tree.best.hash for index in range(4)}
    assert len(tips) >= 2
    loop.parted = set()
    loop.run(60)
    assert min(loop.heights()) > before + 8
    loop.final()
    loop.never_reverts()


def test_a_majority_goes_on_and_the_rest_catches_up() -> None:
    loop = Loop(4).run(20)
    loop.part([0, 1, 2], [3])
    loop.run(120)
    assert loop.heights()[3] < 5 < loop.heights()[0] - 5
    loop.parted = set()
    loop.run(30)
    assert max(loop.heights()) - min(loop.heights()) <= 1
    loop.final()
    loop.never_reverts()


def test_a_late_collator_fetches_all_blocks() -> None:
    loop = Loop(4, absent=[3]).run(600)
    loop.absent = set()
    loop.begin(3)
    loop.run(40)
    heights = loop.heights()
    assert heights[3] > 70 and max(heights) - heights[3] <= 1
    assert len(loop.final()) == max(heights) + 1
    assert any(one.author == 3 for one in loop.reports(BlockAuthored))


@pytest.mark.parametrize("seed", range(4))
def test_lost_messages_delay_and_do_not_divide(seed: int) -> None:
    loop = Loop(4, loss=0.2, seed=seed).run(180, first_round=1)
    assert min(loop.heights()) >= 15
    loop.final()
    loop.never_reverts()


def test_a_restart_with_its_disk_goes_on_where_it_was() -> None:
    loop = Loop(4).run(60)
    kept = loop.collators[2].kept()
    assert kept.final >= 8 and len(kept.blocks) >= kept.final
    again = loop.begin(2, kept=kept)
    assert again.tree.final.number == kept.final
    assert again.finality.round == kept.votes.round
    loop.run(30)
    assert min(loop.heights()) >= kept.final + 3
    loop.final()


def test_a_restart_without_its_disk_fetches_all_anew() -> None:
    loop = Loop(4).run(60)
    loop.begin(2)
    loop.run(30)
    assert min(loop.heights()) >= 12
    loop.final()


def test_a_disk_that_holds_less_than_it_says() -> None:
    from drandlab.idn.collator.collator import KeptChain

    with pytest.raises(LocalError) as caught:
        Loop(4).begin(1, kept=KeptChain(final=3))
    assert caught.value.argument == "kept"


def test_a_collator_has_the_key_of_its_place() -> None:
    import random

    rules = ToyRules(development(name).public for name in names(2))
    with pytest.raises(LocalError) as caught:
        Collator(1, CollatorKeys.development("Alice"), rules, random.Random(1))
    assert caught.value.argument == "keys"
    with pytest.raises(LocalError):
        Collator(2, CollatorKeys.development("Alice"), rules, random.Random(1))


def test_a_runtime_that_makes_no_block() -> None:
    rules = ToyRules(development(name).public for name in names(2))
    rules.fail_propose = True
    loop = Loop(2, rules=rules).run(20)
    assert {one.code for one in loop.reports(SlotUnused)} == {"propose"}
    rules.fail_propose = False
    loop.run(30)
    assert min(loop.heights()) >= 3


def test_every_kind_of_message_is_in_the_table() -> None:
    loop = Loop(4, loss=0.2).run(120)
    kinds: set[str] = set()
    send = loop.send
    loop.send = lambda sender, to, kind, data: (kinds.add(kind), send(sender, to, kind, data))[1]  # type: ignore
    loop.run(120)
    loop.begin(1)
    loop.run(20)
    assert kinds == set(COLLATOR_MESSAGES)
