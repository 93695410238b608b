"""The checker of refusals: an honest node is never refused without a fault that explains it.

A refusal that names an honest sender is explained only by one of these:

* *early*: the clocks of sender and receiver were a period apart;
* *no group for this round*: the receiver is not, or no longer, in a group that makes the round;
* *another share*: sender and receiver stood in different groups for the round, since a resharing reached only one;
* *another previous signature*, *link*: the receiver's own disk was damaged;
* *a false beacon*: the sender's disk was damaged, or one of the two is a satellite with another key;
* *a gap in a stream*: the link between the two was cut for a while, or broke when the sender crashed, or one flies;
* a node that misbehaved in a DKG may stand alone with what came of it;
* set-up messages, which come late or twice by design; what comes of it, the checker ``agreement`` sees.
"""

from __future__ import annotations

from drandlab.node.messages import KINDS, Purpose
from drandlab.node.reports import MessageRefused
from drandlab.simulation.checkers.verdict import Base
from drandlab.simulation.journal import Entry
from drandlab.simulation.reading.facts import Facts, NodeFacts
from drandlab.simulation.reading.reader import on
from drandlab.typing import Round, Seconds

__all__ = ["Refusals"]

SET_UP = KINDS.names(lambda kind: kind.purpose is Purpose.SET_UP)
"""Kinds of messages that come late or twice by design."""


class Refusals(Base[Facts]):
    """What is refused comes from who misbehaves, or from a fault that explains it."""

    def __init__(self) -> None:
        super().__init__("refusals")

    @on(MessageRefused)
    def judge(self, entry: Entry, what: MessageRefused, facts: Facts) -> None:
        """Judge a refusal."""
        self.checked += 1
        node, sender = facts.node(entry.node), facts.sender(what.sender)
        if sender is None or sender.misbehaved or what.what in SET_UP:
            return
        if sender.misbehaved_in_dkg or node.misbehaved_in_dkg:
            return
        if not _explained(what, entry.time, node, sender, facts):
            said = f"refused a {what.what} of node {sender.name}, who is honest: {what.why}"
            self.blame(entry.time, node.name, said)


def _explained(what: MessageRefused, time: Seconds, node: NodeFacts, sender: NodeFacts, facts: Facts) -> bool:
    code, round = what.code, what.round
    if what.what == "partial" and round is not None and facts.info is not None:
        if code == "early":
            return _clocks_differ(round, time, node, sender, facts)
        mine, theirs = node.epoch_of(round), sender.epoch_of(round, ever=True)
        if code == "no-group":
            return node.left or mine is None
        if code == "other-previous":
            return bool(node.damaged_ever)
        return mine is not theirs
    if what.what == "beacon":
        if code == "gap":
            return facts.was_broken(sender.name, node.name)
        return bool(sender.damaged_ever or node.damaged_ever) or facts.is_astray(node) or facts.is_astray(sender)
    return False


def _clocks_differ(round: Round, time: Seconds, node: NodeFacts, sender: NodeFacts, facts: Facts) -> bool:
    """Whether the sender's clock had reached the round and the receiver's is still before the one before it."""
    assert facts.info is not None
    due = facts.info.round_time(round)
    return sender.peak(time) >= due - 1e-3 and node.clock(time) < due - facts.info.period + 1e-3
