"""What is told of peers: each kind of trouble once, and an end to it."""

from __future__ import annotations

from drandlab.remote.p2p.peer_notes import MOST, PeerNotes


def test_a_peer_is_told_of_once_for_each_reason() -> None:
    told: list[str] = []
    notes = PeerNotes(told.append)
    for _ in range(3):
        notes.say("a", "unread", "does not read")
        notes.say("a", "junk", "sends junk")
        notes.say("b", "junk", "sends junk")
    assert told == ["peer a does not read", "peer a sends junk", "peer b sends junk"]


def test_no_number_of_peers_fills_the_screen_or_the_memory() -> None:
    told: list[str] = []
    notes = PeerNotes(told.append)
    for number in range(3 * MOST):
        notes.say(str(number), "junk", "sends junk")
    assert len(told) == MOST + 1 and told[-1] == f"{MOST} troubles with peers were told; no more are"
