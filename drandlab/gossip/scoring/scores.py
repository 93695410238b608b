"""What a router tells the peer scores, and asks them; without scoring every score is 0 and nothing is counted."""

from __future__ import annotations

from drandlab.typing import Seconds

__all__ = ["Scores"]


class Scores:
    """Scores that are always 0. `drandlab.gossip.scoring.peer_scores.PeerScores` are those of gossipsub v1.1.

    A peer below ``gossip_threshold`` gets and gives no gossip, below ``publish_threshold`` no message of our own, below
    ``graylist_threshold`` its frames are refused. Peers that it names are dialled from ``accept_px_threshold`` on. A
    mesh whose median is below ``opportunistic_threshold`` takes in better ones.
    """

    gossip_threshold = 0.0
    publish_threshold = 0.0
    graylist_threshold = 0.0
    accept_px_threshold = 0.0
    opportunistic_threshold = 0.0

    def of(self, peer: str, now: Seconds) -> float:
        """Return the score of a peer."""
        return 0.0

    def connected(self, peer: str, address: str | None, now: Seconds) -> None:
        """A peer has connected from this address."""

    def disconnected(self, peer: str, now: Seconds) -> None:
        """A peer's connection is gone."""

    def grafted(self, peer: str, topic: str, now: Seconds) -> None:
        """A peer has come into the mesh of a topic."""

    def pruned(self, peer: str, topic: str, now: Seconds) -> None:
        """A peer has left the mesh of a topic."""

    def delivered(self, message_id: bytes, peer: str, topic: str, now: Seconds) -> None:
        """A peer was the first to bring a message, which is valid."""

    def repeated(self, message_id: bytes, peer: str, topic: str, now: Seconds) -> None:
        """A peer has brought a message that had come before."""

    def invalid(self, peer: str, topic: str) -> None:
        """A peer has brought a message that is not its author's."""

    def rejected(self, message_id: bytes, peer: str, topic: str, now: Seconds) -> None:
        """A peer has brought an invalid message."""

    def ignored(self, message_id: bytes, peer: str, topic: str, now: Seconds) -> None:
        """A peer has brought a message that is neither delivered nor its fault."""

    def penalise(self, peer: str, count: int) -> None:
        """A peer has misbehaved ``count`` times: frames that are none, grafts in a back-off, promises not kept."""

    def refresh(self, now: Seconds) -> None:
        """Let the counters decay."""
