"""The message cache: windows of heartbeats, and how often each peer has asked."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from drandlab.gossip.memory.message_cache import MessageCache
from drandlab.gossip.messages.rpc import GossipMessage


@given(st.lists(st.integers(0, 3), max_size=30), st.integers(1, 6), st.integers(1, 6))
def test_messages_are_told_of_and_kept_for_so_many_windows(counts: list[int], windows: int, told: int) -> None:
    told = min(told, windows)
    cache = MessageCache(windows, told)
    put: list[list[bytes]] = []
    for k, count in enumerate(counts):
        put.append([b"%d.%d" % (k, i) for i in range(count)])
        for one in put[-1]:
            cache.put(one, GossipMessage(topic="t" if one.endswith(b"0") else "u", data=one))
            cache.put(one, GossipMessage(topic="other", data=b"the first one stays"))
        newest = [one for window in put[::-1][:told] for one in window]
        assert cache.ids_of("t") == [one for one in newest if one.endswith(b"0")]
        assert cache.ids_of("u") == [one for one in newest if not one.endswith(b"0")]
        kept = [one for window in put[::-1][:windows] for one in window]
        assert len(cache) == len(kept)
        assert all(cache.ask(one, "p")[0].data == one for one in kept)
        assert all(cache.ask(one, "p") is None for window in put[:-windows] for one in window)
        cache.shift()


def test_each_peer_has_a_count_of_its_own() -> None:
    cache = MessageCache(2, 1)
    cache.put(b"a", GossipMessage(topic="t", data=b""))
    assert [cache.ask(b"a", peer)[1] for peer in ("p", "p", "q", "p")] == [1, 2, 1, 3]
