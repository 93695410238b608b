"""What stands between the chains of a file: the relay chain's channels, from the bridge to each consumer and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from drandlab.idn.channels.channel import Channel
from drandlab.idn.channels.messaging import Messaging, messaging_of
from drandlab.simulation.chains.chain_scenario import ChainScenario

__all__ = ["SiblingChannels"]


class SiblingChannels:
    """The channels, by who sends and who receives; its blocks have the numbers of the bridge's.

    >>> from drandlab.simulation.chains.chain_scenario import ConsumerTable
    >>> plan = ChainScenario(name="x", about="y", blocks=1, consumers=(ConsumerTable(para_id=7),))
    >>> between = SiblingChannels(plan)
    >>> between.take(4502, {7: b"page"}, 1)
    >>> between.messaging(7, 2).inbound[0].pages[0].data
    b'page'
    """

    def __init__(self, scenario: ChainScenario) -> None:
        bridge = scenario.bridge.para_id
        self.channels: dict[tuple[int, int], Channel] = {}
        self._deaf: dict[int, frozenset[int]] = {}
        for one in scenario.consumers:
            self.channels[bridge, one.para_id] = Channel(one.channel)
            self.channels[one.para_id, bridge] = Channel(one.channel)
            self._deaf[one.para_id] = frozenset(one.not_receiving)

    def outgoing(self, para_id: int) -> dict[int, Channel]:
        """Return the channels by which a chain sends, by who receives."""
        return {there: channel for (here, there), channel in self.channels.items() if here == para_id}

    def messaging(self, para_id: int, number: int, congested: Iterable[int] = ()) -> Messaging:
        """Return what a chain's block ``number`` is told, and hand the pages in it over to that block.

        Of the siblings in ``congested`` so many pages wait in the chain that further ones stay in the channel.
        """
        incoming = {here: channel for (here, there), channel in self.channels.items() if there == para_id}
        left_out = incoming if number in self._deaf.get(para_id, ()) else congested
        told = messaging_of(number, self.outgoing(para_id), incoming, left_out)
        for one in told.inbound:
            incoming[one.para_id].received(len(one.pages))
        return told

    def take(self, para_id: int, pages: Mapping[int, bytes], number: int) -> None:
        """Take the pages that a chain's block ``number`` sends, by who is to receive them."""
        for there, page in pages.items():
            self.channels[para_id, there].send(page, number)
