"""The cache of partials: its limits against a plain model, and what a member that misbehaves can fill."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from drandlab.beacon.machines.partials import PER_INDEX, WINDOW, PartialCache
from drandlab.curves import suite

G = suite("bls12-381", "glass").g1.generator


def point(n):
    return n * G


def test_the_limits_are_productions():
    assert (WINDOW, PER_INDEX) == (4, 100)


class LikeAModel(RuleBasedStateMachine):
    """The cache beside a list of (round, previous, index, point) in the order in which they came."""

    @initialize(per_index=st.integers(1, 5))
    def begin(self, per_index):
        self.per_index = per_index
        self.cache, self.model, self.count = PartialCache(per_index), [], 0

    @rule(round=st.integers(1, 6), previous=st.sampled_from([b"", b"a", b"b"]), index=st.integers(0, 3))
    def add(self, round, previous, index):
        self.count += 1
        if not any(held[:3] == (round, previous, index) for held in self.model):  # the first one counts
            mine = [held for held in self.model if held[2] == index]
            if len(mine) == self.per_index:
                self.model.remove(mine[0])  # the oldest of this index goes
            self.model.append((round, previous, index, point(self.count)))
        held = self.cache.add(round, previous, index, point(self.count))
        assert dict(held) == {i: p for r, v, i, p in self.model if (r, v) == (round, previous)}

    @rule(round=st.integers(0, 7))
    def flush(self, round):
        self.model = [held for held in self.model if held[0] > round]
        self.cache.flush(round)

    @invariant()
    def the_same(self):
        if not hasattr(self, "cache"):
            return
        assert len(self.cache) == len(self.model)
        for round in range(8):
            who = {}
            for r, previous, index, _ in self.model:
                if r == round:
                    who.setdefault(previous, []).append(index)
            assert self.cache.indices(round) == {previous: tuple(sorted(found)) for previous, found in who.items()}


TestLikeAModel = LikeAModel.TestCase
TestLikeAModel.settings = settings(max_examples=60, stateful_step_count=40)


@given(st.lists(st.tuples(st.integers(1, 50), st.binary(max_size=2)), max_size=400))
@settings(max_examples=30)
def test_a_flood_of_one_index_never_holds_more_than_its_share_and_hurts_nobody_else(flood):
    cache = PartialCache()
    cache.add(7, b"six", 1, point(1))
    for round, previous in flood:
        cache.add(round, previous, 0, point(5))
    assert len(cache) <= PER_INDEX + 1
    assert 1 in cache.indices(7)[b"six"]


def test_one_more_than_the_limit_puts_out_the_oldest():
    cache = PartialCache()
    for n in range(PER_INDEX):
        cache.add(7, b"%d" % n, 0, point(1))
    assert len(cache) == PER_INDEX and b"0" in cache.indices(7)
    cache.add(7, b"one more", 0, point(1))
    assert len(cache) == PER_INDEX and b"0" not in cache.indices(7) and b"1" in cache.indices(7)


def test_the_first_partial_of_an_index_counts():
    cache = PartialCache()
    assert cache.add(7, b"six", 0, point(1))[0] == point(1)
    assert cache.add(7, b"six", 0, point(2))[0] == point(1)


def test_after_a_flush_an_index_has_its_whole_share_again():
    cache = PartialCache(2)
    for previous in (b"a", b"b"):
        cache.add(7, previous, 0, point(1))
    cache.flush(7)
    cache.add(8, b"a", 0, point(1))
    assert cache.indices(8) == {b"a": (0,)} and cache.indices(7) == {} and len(cache) == 1
    cache.add(8, b"b", 0, point(1))
    cache.add(8, b"c", 0, point(1))
    assert cache.indices(8) == {b"b": (0,), b"c": (0,)}
