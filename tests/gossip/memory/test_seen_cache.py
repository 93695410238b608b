"""The seen cache: for how long a message is a repeat."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from drandlab.gossip.memory.seen_cache import SeenCache


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 7)), max_size=60))
def test_a_message_is_new_unless_it_came_within_the_time(steps: list[tuple[int, int]]) -> None:
    seen, since, now = SeenCache(10.0), {}, 0.0
    for number, wait in steps:
        now += wait
        key = bytes([number])
        new = key not in since or now >= since[key] + 10.0
        assert seen.holds(key, now) != new and seen.add(key, now) == new
        if new:
            since[key] = now
        seen.expire(now)
        assert len(seen) == sum(now < start + 10.0 for start in since.values())
