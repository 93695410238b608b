"""Walks over graphs: every edge is taken, twice, and nothing that is none."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from drandlab.viz.charts.gossip.walks import walks

EDGES = st.sets(st.tuples(st.integers(0, 12), st.integers(0, 12)).filter(lambda pair: pair[0] < pair[1]), max_size=30)


@given(EDGES)
def test_every_edge_is_taken_forth_and_back(edges: set[tuple[int, int]]) -> None:
    steps = [(min(pair), max(pair)) for walk in walks(edges) for pair in pairwise(walk)]
    assert set(steps) == edges and len(steps) == 2 * len(edges)
