"""How a mesh is kept at its size: bounds, who stays, who may come."""

from __future__ import annotations

import random
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from drandlab.gossip.parts.drawing import drawn
from drandlab.gossip.parts.mesh import Candidate, balance, opportunists
from drandlab.gossip.router_parameters import GO, IDN, SPEC, Parameters

scores = st.floats(-5, 5).map(lambda value: round(value, 1))
members = st.lists(st.tuples(scores, st.booleans()), max_size=30)
settings_of_meshes = st.sampled_from([SPEC, GO, IDN, Parameters(d=3, d_lo=2, d_hi=3, d_score=1, d_out=1)])


@given(members, members, st.integers(0, 99), settings_of_meshes)
def test_after_a_heartbeat_the_mesh_has_its_bounds(
    inside: list[tuple[float, bool]], outside: list[tuple[float, bool]], seed: int, p: Parameters
) -> None:
    own = {f"m{i}": Candidate(f"m{i}", score, out) for i, (score, out) in enumerate(inside)}
    free = {f"o{i}": Candidate(f"o{i}", abs(score), out) for i, (score, out) in enumerate(outside)}
    change = balance(list(own.values()), lambda: list(free.values()), p, random.Random(seed))
    assert set(change.bad) == {name for name, one in own.items() if one.score < 0}
    good = own.keys() - set(change.bad)
    assert set(change.surplus) <= good and set(change.graft) <= free.keys()
    assert len(set(change.graft)) == len(change.graft)
    left = good - set(change.surplus)
    after = left | set(change.graft)
    if len(good) < p.d_lo:
        # Up to d, and one or two more where too few were dialled.
        assert min(p.d, len(good) + len(free)) <= len(after) <= p.d and not change.surplus
    elif len(good) <= p.d_hi:
        assert not change.surplus
    else:
        assert len(left) == p.d
        best = sorted((own[name].score for name in good), reverse=True)[: p.d_score]
        kept = sorted((own[name].score for name in left), reverse=True)
        dialled = sum(own[name].outbound for name in good)
        if dialled >= p.d_out and sum(own[name].outbound for name in left) > p.d_out:
            assert kept[: p.d_score] == best
        assert sum(own[name].outbound for name in left) >= min(p.d_out, dialled)
    if len(good) >= p.d_lo:
        possible = sum(one.outbound for one in free.values())
        have = sum(own[name].outbound for name in left)
        assert sum(free[name].outbound for name in change.graft) == min(max(0, p.d_out - have), possible)
        assert all(free[name].outbound for name in change.graft)


def test_an_oversubscribed_mesh_keeps_the_best_and_draws_the_others() -> None:
    own = [Candidate(f"m{i}", float(i), True) for i in range(20)]
    kept: Counter[str] = Counter()
    for seed in range(300):
        surplus = set(balance(own, lambda: [], SPEC, random.Random(seed)).surplus)
        kept.update(one.name for one in own if one.name not in surplus)
    assert all(kept[f"m{i}"] == 300 for i in range(16, 20))
    assert all(10 <= kept[f"m{i}"] <= 80 for i in range(16))  # two of sixteen: 37 or so


def test_peers_that_we_have_dialled_take_the_places_of_others_that_are_kept_by_chance() -> None:
    own = [Candidate(f"m{i}", float(i), i < 2) for i in range(20)]
    surplus = set(balance(own, lambda: [], SPEC, random.Random(1)).surplus)
    assert {one.name for one in own} - surplus == {"m0", "m1", "m16", "m17", "m18", "m19"}


def test_a_poor_mesh_takes_in_peers_above_its_median() -> None:
    own = [Candidate(f"m{i}", score) for i, score in enumerate((0.0, 0.2, 0.4, 5.0))]
    free = [Candidate(f"o{i}", score) for i, score in enumerate((0.3, 0.4, 0.5, 0.6, 0.7))]
    rng = random.Random(1)
    assert set(opportunists(own, free, 1.0, SPEC, rng)) < {"o2", "o3", "o4"}
    assert len(opportunists(own, free, 1.0, SPEC, rng)) == 2
    assert opportunists(own, free, 0.4, SPEC, rng) == ()  # the median is not below
    assert opportunists(own[:1], free, 1.0, SPEC, rng) == ()


@given(st.lists(st.integers(), unique=True, max_size=20), st.integers(-2, 25), st.integers(0, 99))
def test_what_is_drawn_are_different_items(items: list[int], count: int, seed: int) -> None:
    found = drawn(items, max(0, count), random.Random(seed))
    assert len(found) == min(max(0, count), len(items)) == len(set(found)) and set(found) <= set(items)


def test_each_item_is_drawn_as_often_as_another() -> None:
    rng, counts = random.Random(4), Counter()
    for _ in range(3000):
        counts.update(drawn("abcdef", 2, rng))
    assert all(900 < counts[one] < 1100 for one in "abcdef")
    first = Counter(drawn("abc", 3, rng)[0] for _ in range(3000))
    assert all(900 < first[one] < 1100 for one in "abc")
