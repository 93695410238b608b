"""The parameters of a router: the presets of implementations and networks, and what makes no sense."""

from __future__ import annotations

from typing import Any

import pytest

from drandlab.errors import LocalError, WrongType
from drandlab.gossip import DRAND_RELAY, GO, IDN, RUST, SPEC, IdRule, Parameters
from drandlab.gossip.router_parameters import PRESETS


def test_the_presets_are_those_of_implementations_and_networks() -> None:
    sizes = {name: (p.d_lo, p.d, p.d_hi, p.d_lazy, p.d_score, p.d_out) for name, p in PRESETS.items()}
    assert sizes == {
        "spec": (4, 6, 12, 6, 4, 2),
        "go": (5, 6, 12, 6, 4, 2),
        "rust": (5, 6, 12, 6, 4, 2),
        "idn": (4, 6, 12, 3, 4, 2),
        "drand-relay": (5, 6, 12, 6, 4, 2),
    }
    assert [p.seen_ttl for p in PRESETS.values()] == [120.0, 120.0, 60.0, 60.0, 120.0]
    assert [p.max_frame for p in PRESETS.values()] == [1 << 20, 1 << 20, 1 << 16, 1 << 16, 1 << 20]
    assert [p.first_heartbeat for p in PRESETS.values()] == [1.0, 0.1, 5.0, 5.0, 0.1]
    assert [p.flood_publish for p in PRESETS.values()] == [False, True, True, True, True]
    assert [p.message_ids for p in PRESETS.values()] == [IdRule.AUTHOR] * 4 + [IdRule.DATA]
    assert [p.peer_exchange for p in PRESETS.values()] == [False] * 4 + [True]
    for p in PRESETS.values():
        assert (p.heartbeat, p.fanout_ttl, p.cache_windows, p.gossip_windows) == (1.0, 60.0, 5, 3)
        assert (p.gossip_factor, p.prune_backoff, p.unsubscribe_backoff, p.retransmissions) == (0.25, 60.0, 10.0, 3)
    assert DRAND_RELAY.direct_ticks == 5 and len({SPEC, GO, RUST, IDN, DRAND_RELAY}) == 5


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"d": 3}, "d_lo: must be at most d, which is 3, got 4"),
        ({"d_hi": 5}, "d: must be at most d_hi, which is 5, got 6"),
        ({"d_score": 7}, "d_score: must be at most d"),
        ({"d_out": 4}, r"d_out: must be below d_lo \(4\) and at most half of d \(6\), got 4"),
        ({"gossip_windows": 6}, "gossip_windows: must be at most cache_windows"),
        ({"cache_windows": 0}, "cache_windows: expected a whole number of at least 1"),
        ({"heartbeat": 0}, "heartbeat: expected seconds of at least"),
        ({"gossip_factor": 1.5}, "gossip_factor: expected a number from 0 to 1"),
        ({"prune_backoff": -1}, "prune_backoff: expected seconds of at least 0"),
        ({"seen_ttl": float("inf")}, "seen_ttl: expected"),
        ({"message_ids": "hash"}, "message_ids: expected one of author, data"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(LocalError, match=words):
        Parameters(**arguments)


def test_types_are_checked_and_numbers_become_plain() -> None:
    with pytest.raises(WrongType, match="flood_publish: expected True or False"):
        Parameters(flood_publish=1)
    with pytest.raises(WrongType, match="d: expected a whole number"):
        Parameters(d=6.0)
    assert Parameters(message_ids="data").message_ids is IdRule.DATA
    assert SPEC.with_(d_lazy=3).d_lazy == 3 and SPEC.d_lazy == 6
