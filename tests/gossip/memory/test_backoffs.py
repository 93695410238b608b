"""Back-offs: they only grow, and end with some slack for our own grafts."""

from __future__ import annotations

from drandlab.gossip.memory.backoffs import Backoffs


def test_a_back_off_is_lengthened_but_never_shortened() -> None:
    backoffs = Backoffs()
    backoffs.add("t", "p", 60.0)
    backoffs.add("t", "p", 10.0)
    assert backoffs.until("t", "p") == 60.0
    backoffs.add("t", "p", 70.0)
    assert backoffs.until("t", "p") == 70.0 and backoffs.until("u", "p") is None and backoffs.until("t", "q") is None


def test_a_back_off_is_over_for_the_peer_at_once_and_for_us_after_the_slack() -> None:
    backoffs = Backoffs()
    backoffs.add("t", "p", 60.0)
    states = [(backoffs.active("t", "p", now), backoffs.passed("t", "p", now, 2.0)) for now in (59.9, 60.0, 61.9, 62.0)]
    assert states == [(True, False), (False, False), (False, False), (False, True)]
    backoffs.expire(61.9, 2.0)
    assert len(backoffs) == 1
    backoffs.expire(62.0, 2.0)
    assert len(backoffs) == 0 and backoffs.passed("t", "p", 62.0, 2.0)
