"""What is asked of the curve, and that a memory, shared or not, alone or in a batch, never changes an answer."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drandlab.beacon.machines.checker import WORTH_A_BATCH, Checker, Memory
from drandlab.crypto.schemes import SCHEMES
from drandlab.errors import LocalError, VerificationError
from drandlab.testing import CHAINED, UNCHAINED, KnownGroup

KNOWN = {name: KnownGroup(7, 4, scheme=name) for name in (CHAINED, UNCHAINED)}
BOTH = pytest.mark.parametrize("known", KNOWN.values(), ids=["chained", "unchained"])


def previous(known, round):
    return known.beacon(round - 1).signature if known.info.scheme.chained else b""


def partial(known, index, round=1):
    return known.partial(index, round).partial_signature


def answer(checker, known, round, data):
    """What the checker says of a partial: its index and point, or why not."""
    try:
        return checker.partial(round, previous(known, round), data)
    except VerificationError as error:
        return error.reason


# -- the memory -------------------------------------------------------------------------------------------------------


def test_a_question_is_asked_once():
    memory, asked = Memory(), []
    for _ in range(3):
        assert memory.get("q", lambda: asked.append(1) or 7) == 7
    assert asked == [1]


def test_a_refusal_is_an_answer_too():
    memory, asked = Memory(), []

    def ask():
        asked.append(1)
        raise VerificationError("no")

    for _ in range(3):
        with pytest.raises(VerificationError, match="no"):
            memory.get("q", ask)
    assert asked == [1]


def test_another_error_is_no_answer():
    memory, asked = Memory(), []

    def ask():
        asked.append(1)
        raise LocalError("not now")

    for _ in range(2):
        with pytest.raises(LocalError):
            memory.get("q", ask)
    assert len(asked) == 2


@given(st.integers(1, 6), st.lists(st.integers(0, 9), max_size=60))
def test_a_memory_holds_the_newest_and_never_more_than_its_size(size, questions):
    memory, held = Memory(size), []
    for question in questions:
        assert memory.get(question, lambda q=question: q * q) == question * question
        if question not in held:
            held = [*held, question][-size:]
        assert [q for q in range(10) if q in memory] == sorted(held)


# -- one partial ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SCHEMES)
def test_every_scheme(name):
    known = KnownGroup(3, 2, scheme=name, backend="glass")
    checker = known.checker()
    message = checker.digest(1, previous(known, 1))
    assert message == known.info.scheme.digest(1, previous(known, 1))
    points = dict(checker.partial(1, previous(known, 1), partial(known, i)) for i in (0, 2))
    assert set(points) == {0, 2} and checker.recover(message, points) == known.beacon(1).signature
    checker.beacon(known.beacon(1))


@BOTH
def test_false_partials_are_refused_each_time(known):
    checker = known.checker()
    true = partial(known, 1)
    false = {
        "another index": b"\0\2" + true[2:],
        "another round": partial(known, 1, round=2),
        "no index": true[2:],
        "empty": b"",
        "infinity": b"\0\1\xc0" + bytes(len(true) - 3),
        "longer": true + b"\0",
    }
    for _ in range(2):
        for what, data in false.items():
            with pytest.raises(VerificationError):
                checker.partial(1, previous(known, 1), data)
            assert what
    assert checker.partial(1, previous(known, 1), true)[0] == 1


@BOTH
def test_two_groups_may_share_a_memory(known):
    """Before and after a resharing: the same index, the same round, the same message, another share."""
    memory = Memory()
    new = known.reshared(7, 4)
    old_checker, new_checker = known.checker(memory), new.checker(memory)
    for checker, group, other in ((old_checker, known, new), (new_checker, new, known)):
        assert answer(checker, known, 1, partial(group, 2))[0] == 2
        assert "not the signature" in answer(checker, known, 1, partial(other, 2))


# -- many partials ----------------------------------------------------------------------------------------------------

FALSE = ["flipped", "swapped", "cancelling", "short"]


@BOTH
def test_the_share_keys_are_worked_out_once_for_all_who_share_a_memory(known):
    memory, other = Memory(), known.reshared(7, 4)
    first, second = known.checker(memory), known.checker(memory)
    assert first.group is second.group
    assert first.group is not known.checker(Memory()).group and first.group is not other.checker(memory).group


def spoiled(known, kind, data, others):
    index, body = data[:2], data[2:]
    g = known.bls.signatures.generator
    if kind == "flipped":
        return index + bytes(known.bls.decode_signature(body) + g)
    if kind == "swapped":
        return index + others[0][2:]
    if kind == "short":
        return data[:-1]
    # errors that cancel out in a plain sum: D here, and -D in the partial of another
    return index + bytes(known.bls.decode_signature(body) - g)


@BOTH
@given(data=st.data())
@settings(max_examples=60)
def test_checked_in_a_batch_or_one_by_one_the_answers_are_the_same(known, data):
    """Whatever nodes have signed and whatever they send: a shared memory answers as a fresh checker does."""
    made = {i: partial(known, i) for i in range(7)}
    sent = dict(made)
    for i in data.draw(st.sets(st.integers(0, 6), max_size=3)):
        others = [made[j] for j in made if j != i]
        sent[i] = spoiled(known, data.draw(st.sampled_from(FALSE)), made[i], others)
    shared = known.checker(Memory())
    own = data.draw(st.sets(st.integers(0, 6)))
    for i in sorted(own):
        try:
            assert shared.own(1, previous(known, 1), sent[i])[0] == i
        except VerificationError:
            assert len(sent[i]) < len(made[i])
    for i in data.draw(st.lists(st.integers(0, 6), max_size=12)):
        assert answer(shared, known, 1, sent[i]) == answer(known.checker(), known, 1, sent[i])


@BOTH
def test_errors_that_cancel_out_are_found(known):
    """Attack: two members add D and -D to their partials; any plain sum of all is right."""
    g = known.bls.signatures.generator
    sent = [partial(known, i) for i in range(WORTH_A_BATCH + 1)]
    for i, change in ((0, g), (1, -g)):
        sent[i] = sent[i][:2] + bytes(known.bls.decode_signature(sent[i][2:]) + change)
    checker = known.checker()
    for data in sent:
        checker.own(1, previous(known, 1), data)
    assert "not the signature" in answer(checker, known, 1, sent[0])
    assert "not the signature" in answer(checker, known, 1, sent[1])
    assert all(answer(checker, known, 1, data)[0] == i for i, data in enumerate(sent) if i > 1)
    points = {i: known.bls.decode_signature(data[2:]) for i, data in enumerate(sent)}
    assert not checker.group.all_valid(known.bls.hash(checker.digest(1, previous(known, 1))), points)
    del points[0], points[1]
    assert checker.group.all_valid(known.bls.hash(checker.digest(1, previous(known, 1))), points)


def test_one_batch_asks_the_curve_once(monkeypatch):
    known = KNOWN[UNCHAINED]
    checker = known.checker()
    made = [partial(known, i) for i in range(7)]
    for data in made:
        checker.own(1, b"", data)
    asked = []
    matches = type(known.bls).matches
    monkeypatch.setattr(type(known.bls), "matches", lambda *args: asked.append(1) or matches(*args))
    for _ in range(3):
        for data in made:
            checker.partial(1, b"", data)
    assert len(asked) == 1


@pytest.mark.parametrize("name", ["pedersen-bls-chained", "bls-unchained-g1-rfc9380"])
def test_a_batch_on_the_real_curve(name):
    known = KnownGroup(5, 3, scheme=name, backend="blst")
    checker = known.checker()
    made = [partial(known, i) for i in range(5)]
    for data in made[:4]:
        checker.own(1, previous(known, 1), data)
    assert [answer(checker, known, 1, data)[0] for data in made] == [0, 1, 2, 3, 4]


# -- the signature that they make -------------------------------------------------------------------------------------


@BOTH
@given(data=st.data())
def test_any_threshold_makes_the_one_signature(known, data):
    checker = known.checker()
    chosen = data.draw(st.permutations(range(7)))[:4]
    points = dict(checker.partial(3, previous(known, 3), partial(known, i, 3)) for i in chosen)
    assert checker.recover(checker.digest(3, previous(known, 3)), points) == known.beacon(3).signature


@BOTH
def test_a_false_point_makes_no_signature_and_true_ones_still_do(known):
    checker = known.checker()
    message = checker.digest(1, previous(known, 1))
    points = dict(checker.partial(1, previous(known, 1), partial(known, i)) for i in range(4))
    false = points | {2: points[2] + points[0]}
    for _ in range(2):
        with pytest.raises(VerificationError, match="do not make the group's signature"):
            checker.recover(message, false)
    too_few = {i: points[i] for i in (0, 1, 2)}
    with pytest.raises(VerificationError, match="do not make the group's signature"):
        checker.recover(message, too_few)
    assert checker.recover(message, points) == known.beacon(1).signature


# -- beacons ----------------------------------------------------------------------------------------------------------


@BOTH
def test_beacons_of_the_chain_and_others(known):
    checker, other = known.checker(), KnownGroup(7, 4, scheme=known.info.scheme.name, seed=5)
    for round in (1, 2, 5):
        checker.beacon(known.beacon(round))
        for false in (
            replace(known.beacon(round), round=round + 1),
            replace(known.beacon(round), signature=known.beacon(round + 1).signature),
            replace(known.beacon(round), signature=known.beacon(round).signature[:-1]),
            replace(known.beacon(round), previous_signature=bytes(known.info.scheme.signature_length)),
            replace(known.beacon(round), claimed_randomness=bytes(32)),
            other.beacon(round),
        ):
            for _ in range(2):
                with pytest.raises(VerificationError):
                    checker.beacon(false)
    with pytest.raises(VerificationError, match="round 0"):
        checker.beacon(known.beacon(0))


def test_a_claim_is_checked_although_the_beacon_is_known():
    known = KNOWN[UNCHAINED]
    checker, beacon = known.checker(), known.beacon(1)
    checker.beacon(beacon)
    checker.beacon(replace(beacon, claimed_randomness=beacon.randomness))
    with pytest.raises(VerificationError, match="randomness"):
        checker.beacon(replace(beacon, claimed_randomness=bytes(32)))


def test_floods_do_not_grow_a_memory():
    known = KNOWN[UNCHAINED]
    memory, rng = Memory(50), random.Random(1)
    checker = Checker(known.info, known.public, memory)
    for _ in range(300):
        with pytest.raises(VerificationError):
            checker.partial(1, b"", b"\0\1" + rng.randbytes(known.info.scheme.signature_length))
    assert len(memory) == 50
