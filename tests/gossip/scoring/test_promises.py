"""Promises: kept by whoever sends the message, broken after a while."""

from __future__ import annotations

from drandlab.gossip.scoring.promises import Promises


def test_a_promise_is_broken_once_and_a_second_request_does_not_lengthen_it() -> None:
    promises = Promises(3.0)
    for now in (0.0, 2.0):
        promises.add("p", b"a", now)
    promises.add("p", b"b", 1.0)
    promises.add("q", b"a", 1.0)
    assert len(promises) == 3 and promises.broken(2.9) == {}
    assert promises.broken(3.0) == {"p": 1}
    assert promises.broken(4.0) == {"p": 1, "q": 1} and promises.broken(9.0) == {} and len(promises) == 0


def test_who_sends_the_message_frees_all_who_owe_it() -> None:
    promises = Promises(3.0)
    promises.add("p", b"a", 0.0)
    promises.add("q", b"a", 0.0)
    promises.fulfil(b"a")
    promises.fulfil(b"unknown")
    assert promises.broken(9.0) == {}
