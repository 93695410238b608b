"""The outbox: what one event of the router gives rise to, with one frame of control messages for each peer."""

from __future__ import annotations

from collections.abc import Iterable

from drandlab.gossip.effects import RouterEffect, SendRpc
from drandlab.gossip.messages.rpc import GossipMessage, Graft, IHave, IWant, Prune, Rpc, Subscription
from drandlab.records import Record, Report

__all__ = ["Outbox"]


class Outbox:
    """Effects in the order in which they come up; control messages to one peer go into one frame, after all others."""

    def __init__(self, max_frame: int) -> None:
        self._room = max_frame // 2  # sizes are estimates; half of the limit leaves room for the framing
        self._effects: list[RouterEffect] = []
        self._control: dict[str, _Control] = {}

    def add(self, effect: RouterEffect) -> None:
        """Add an effect."""
        self._effects.append(effect)

    def report(self, what: Record) -> None:
        """Tell whoever watches."""
        self._effects.append(Report(what))

    def subscriptions(self, to: Iterable[str], items: Iterable[Subscription]) -> None:
        """Tell these peers which topics were joined and left."""
        to, items = tuple(to), tuple(items)
        if to and items:
            self._effects.append(SendRpc(to, Rpc(subscriptions=items)))

    def message(self, to: Iterable[str], message: GossipMessage) -> int:
        """Send one message to these peers; return how many there are."""
        to = tuple(to)
        if to:
            self._effects.append(SendRpc(to, Rpc(messages=(message,))))
        return len(to)

    def messages(self, to: str, messages: Iterable[GossipMessage]) -> None:
        """Send messages to one peer, in as many frames as their sizes ask for."""
        batch: list[GossipMessage] = []
        size = 0
        for message in messages:
            if batch and size + message.size > self._room:
                self._effects.append(SendRpc((to,), Rpc(messages=tuple(batch))))
                batch, size = [], 0
            batch.append(message)
            size += message.size
        if batch:
            self._effects.append(SendRpc((to,), Rpc(messages=tuple(batch))))

    def graft(self, to: str, topic: str) -> None:
        """Tell a peer that it is in our mesh."""
        self._of(to).graft.append(Graft(topic=topic))

    def prune(self, to: str, prune: Prune) -> None:
        """Tell a peer that it is not in our mesh."""
        self._of(to).prune.append(prune)

    def ihave(self, to: str, topic: str, ids: Iterable[bytes]) -> None:
        """Tell a peer which messages there are, in as many frames as that takes."""
        chunk: list[bytes] = []
        size = 0
        for one in ids:
            if chunk and size + len(one) + 4 > self._room:
                self._effects.append(SendRpc((to,), Rpc(ihave=(IHave(topic=topic, ids=tuple(chunk)),))))
                chunk, size = [], 0
            chunk.append(one)
            size += len(one) + 4
        if chunk:
            self._of(to).ihave.append(IHave(topic=topic, ids=tuple(chunk)))

    def iwant(self, to: str, ids: Iterable[bytes]) -> None:
        """Ask a peer for messages."""
        self._of(to).iwant.append(IWant(ids=tuple(ids)))

    def _of(self, peer: str) -> _Control:
        return self._control.setdefault(peer, _Control())

    def drain(self) -> list[RouterEffect]:
        """Return all effects and begin anew."""
        effects = self._effects
        effects += [SendRpc((peer,), control.rpc()) for peer, control in self._control.items()]
        self._effects, self._control = [], {}
        return effects


class _Control:
    """The control messages to one peer."""

    def __init__(self) -> None:
        self.graft: list[Graft] = []
        self.prune: list[Prune] = []
        self.ihave: list[IHave] = []
        self.iwant: list[IWant] = []

    def rpc(self) -> Rpc:
        return Rpc(ihave=tuple(self.ihave), iwant=tuple(self.iwant), graft=tuple(self.graft), prune=tuple(self.prune))
