"""The append rule in all its cases, and the store in memory against a plain list."""

from __future__ import annotations

import hashlib
import pickle
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

import drandlab as dl
from drandlab.beacon.beacon import Beacon
from drandlab.beacon.store import AppendRefused, MemoryStore, StoreError, as_stored, check_append, genesis_beacon
from drandlab.errors import DrandlabError, LocalError

CHAINED, UNCHAINED = dl.networks["default"], dl.networks["quicknet"]
INFOS = [CHAINED, UNCHAINED]


def signature(info, round, salt=b""):
    length = info.scheme.signature_length
    return hashlib.shake_256(round.to_bytes(8, "big") + salt).digest(length)


def following(info, last, salt=b"", **changes):
    previous = last.signature if info.scheme.chained else b""
    beacon = Beacon(round=last.round + 1, signature=signature(info, last.round + 1, salt), previous_signature=previous)
    return replace(beacon, **changes)


def refused(info, last, beacon):
    with pytest.raises(AppendRefused) as caught:
        check_append(info, last, beacon)
    return caught.value


# -- the append rule --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("info", INFOS, ids=["chained", "unchained"])
class TestAppendRule:
    def test_the_next_round_may_follow(self, info):
        last = genesis_beacon(info)
        for _ in range(3):
            beacon = following(info, last)
            check_append(info, last, beacon)
            last = beacon

    @pytest.mark.parametrize("ahead", [2, 3, 2**63])
    def test_no_gap(self, info, ahead):
        last = following(info, genesis_beacon(info))
        error = refused(info, last, following(info, last, round=last.round + ahead))
        assert error.code == "gap" and f"round {last.round + ahead} leaves a gap: the last one stored is 1" in str(
            error
        )

    def test_the_same_beacon_again(self, info):
        last = following(info, genesis_beacon(info))
        assert refused(info, last, last).code == "stored"

    def test_no_fork(self, info):
        last = following(info, genesis_beacon(info))
        error = refused(info, last, replace(last, signature=signature(info, 1, b"other")))
        assert error.code == "fork" and "round 1 is stored already, with another signature" in str(error)

    def test_a_round_that_is_past(self, info):
        first = following(info, genesis_beacon(info))
        last = following(info, first)
        assert refused(info, last, first).code == "stored"
        assert refused(info, last, genesis_beacon(info)).code == "stored"

    def test_a_claim_is_not_stored(self, info):
        beacon = following(info, genesis_beacon(info), claimed_randomness=bytes(32))
        assert as_stored(info, beacon) == replace(beacon, claimed_randomness=None)


def test_the_link_of_a_chained_network():
    last = following(CHAINED, genesis_beacon(CHAINED))
    for previous in (b"", genesis_beacon(CHAINED).signature, signature(CHAINED, 1, b"other")):
        error = refused(CHAINED, last, following(CHAINED, last, previous_signature=previous))
        assert error.code == "link"
    first = following(CHAINED, genesis_beacon(CHAINED), previous_signature=signature(CHAINED, 0))
    assert refused(CHAINED, genesis_beacon(CHAINED), first).code == "link"


def test_an_unchained_network_drops_the_previous_signature():
    beacon = following(UNCHAINED, genesis_beacon(UNCHAINED), previous_signature=b"what the sender built on")
    assert as_stored(UNCHAINED, beacon).previous_signature == b""
    store = MemoryStore(UNCHAINED)
    store.append(beacon)
    assert store.last() == as_stored(UNCHAINED, beacon)


def test_what_is_as_stored_already_is_not_copied():
    for info in INFOS:
        beacon = following(info, genesis_beacon(info))
        assert as_stored(info, beacon) is beacon


def test_the_genesis_beacon_holds_the_seed():
    for info in INFOS:
        genesis = genesis_beacon(info)
        assert (genesis.round, genesis.signature, genesis.previous_signature) == (0, info.genesis_seed, b"")


def test_a_refusal_crosses_processes_with_its_code():
    error = refused(UNCHAINED, genesis_beacon(UNCHAINED), Beacon(round=5, signature=bytes(48)))
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), again.code, str(again)) == (AppendRefused, "gap", str(error))
    assert issubclass(StoreError, DrandlabError) and not issubclass(StoreError, AppendRefused)


@given(st.sampled_from(INFOS), st.lists(st.tuples(st.integers(0, 6), st.sampled_from([b"", b"x"])), max_size=30))
def test_whatever_is_offered_a_store_holds_one_chain_without_a_gap(info, offers):
    store = MemoryStore(info)
    for round, salt in offers:
        before = store.get(round - 1) if round else None
        previous = before.signature if before is not None and info.scheme.chained else b""
        beacon = Beacon(round=round, signature=signature(info, round, salt), previous_signature=previous)
        held, last = store.read(0, 100), store.last()
        try:
            store.append(beacon)
        except AppendRefused:
            assert store.read(0, 100) == held and store.last() == last
        else:
            assert store.read(0, 100) == [*held, beacon] and store.last() == beacon
    chain = store.read(0, 100)
    assert [beacon.round for beacon in chain] == list(range(len(chain)))
    for before, after in pairwise(chain):
        assert after.previous_signature == (before.signature if info.scheme.chained else b"")


# -- the store in memory ----------------------------------------------------------------------------------------------


class LikeAList(RuleBasedStateMachine):
    """A store in memory beside a dictionary of what it should hold."""

    @initialize(info=st.sampled_from(INFOS), kept=st.none() | st.integers(1, 5))
    def begin(self, info, kept):
        self.info, self.kept = info, kept
        self.store, self.model = MemoryStore(info, kept=kept), {}

    @rule(count=st.integers(1, 3))
    def append(self, count):
        for _ in range(count):
            beacon = following(self.info, self.store.last())
            self.store.append(beacon)
            self.model[beacon.round] = beacon
            if self.kept is not None and len(self.model) > self.kept:
                del self.model[min(self.model)]

    @rule(ahead=st.sampled_from([-1, 0, 2]))
    def append_what_does_not_fit(self, ahead):
        beacon = following(self.info, self.store.last())
        wrong = replace(beacon, round=max(0, self.store.last().round + ahead))
        with pytest.raises(AppendRefused):
            self.store.append(wrong)

    @rule(data=st.data(), salt=st.binary(max_size=1))
    def replace_one(self, data, salt):
        if self.model:
            round = data.draw(st.integers(min(self.model), max(self.model)))
            beacon = following(self.info, self.store.get(round - 1) or genesis_beacon(self.info), salt, round=round)
            self.store.replace(beacon)
            self.model[round] = beacon

    @rule(data=st.data())
    def lose_one(self, data):
        round = data.draw(st.integers(0, max(self.model, default=0) + 1))
        self.store.remove(round)
        self.model.pop(round, None)

    @invariant()
    def the_same(self):
        if not hasattr(self, "store"):
            return
        genesis = genesis_beacon(self.info)
        assert len(self.store) == len(self.model)
        assert self.store.last() == self.model.get(max(self.model, default=0), genesis)
        held = [genesis, *(self.model[round] for round in sorted(self.model))]
        top = max(self.model, default=0)
        for first in {0, 1, top // 2, top, top + 1}:
            for limit in (0, 1, 3, 100):
                assert self.store.read(first, limit) == [b for b in held if b.round >= first][:limit]
        assert [self.store.get(b.round) for b in held] == held
        assert self.store.get(top + 1) is None


TestLikeAList = LikeAList.TestCase
TestLikeAList.settings = settings(max_examples=40, stateful_step_count=30)


def test_a_bounded_store_keeps_the_newest():
    store = MemoryStore(UNCHAINED, kept=3)
    for _ in range(10):
        store.append(following(UNCHAINED, store.last()))
    assert [beacon.round for beacon in store.read(1, 100)] == [8, 9, 10]
    assert store.get(7) is None and store.get(0) == genesis_beacon(UNCHAINED) and store.last().round == 10


def test_a_store_says_what_it_holds():
    store = MemoryStore(UNCHAINED)
    assert repr(store) == "<MemoryStore of quicknet, 0 beacons, last 0>"
    store.append(following(UNCHAINED, store.last()))
    assert repr(store) == "<MemoryStore of quicknet, 1 beacons, last 1>"


def test_the_genesis_beacon_is_never_replaced():
    store = MemoryStore(UNCHAINED)
    with pytest.raises(LocalError, match="expected a round from 1 on"):
        store.replace(replace(genesis_beacon(UNCHAINED), signature=bytes(48)))
    assert store.last() == genesis_beacon(UNCHAINED) and len(store) == 0
