"""The gossip relay: it publishes every new pulse of a network, which it fetches from relays, on the network's topic.

Source: drand ``internal/lp2p/relaynode.go``, ``cmd/relay-gossip``.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import aclosing

import anyio

from drandlab.beacon.beacon import Beacon
from drandlab.errors import RelayError
from drandlab.gossip.messages.pulse_codec import encode_pulse, topic
from drandlab.remote.ask.async_client import AsyncClient
from drandlab.remote.p2p.gossip_host import GossipHost

__all__ = ["publish_pulses"]

MOST_MISSED = 100
"""Rounds that are published late, at most, after no relay had answered for a while."""

PAUSE = 5.0
"""Seconds until relays that do not answer are asked anew."""


async def publish_pulses(
    host: GossipHost,
    client: AsyncClient,
    *,
    published: Callable[[Beacon], None] = lambda beacon: None,
    note: Callable[[str], None] = lambda sentence: None,
) -> None:
    """Publish the pulse of each round once it is due, for ever, beginning with the current one.

    ``published`` is called with each. While no relay answers, ``note`` is told why once, and the rounds are published
    later. Raises `RelayError` where asking again is of no use: every relay lies.
    """
    info = await client.info()
    name, upcoming, told = topic(info.chain_hash), 0, False
    while True:
        current = max(1, info.round_at(host.now()))
        upcoming = max(upcoming, current - MOST_MISSED) if upcoming else current
        try:
            async with aclosing(client.watch(start=upcoming)) as beacons:
                async for beacon in beacons:
                    host.publish(name, encode_pulse(beacon, randomness=True))
                    upcoming, told = beacon.round + 1, False
                    published(beacon)
        except RelayError as error:
            if getattr(error, "final", False):
                raise
            if not told:
                note(f"{client.chain}: {error}; asked again until one answers")
            told = True
            await anyio.sleep(PAUSE)
