"""The start of a collator, in the order of the design, and the watch over its connections afterwards.

1. dial the gossip relays and wait for a connection;
2. subscribe to the topic of the pulses;
3. take part in the consensus.

``TABLE`` has every step and what leads on from it. Later the connection is watched: a ping every 5 seconds must be
answered within 10, and where the queue of pulses was empty for longer than 12 seconds, everything is torn down and
dialled anew. The collator goes on taking part in the consensus meanwhile.

Source: IDN V0 architecture and design, "on startup"; the Ideal Network's node, its gossip runner and ping behaviour.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from drandlab.idn.collator.collator_effects import (
    CollatorEffect,
    ConnectionRenewed,
    DialRelays,
    Noted,
    PingRelays,
    StepReached,
    SubscribePulses,
)
from drandlab.typing import Seconds

__all__ = ["PING_EVERY", "PING_TIMEOUT", "SILENCE", "STEPS", "TABLE", "StartUp"]

STEPS: Mapping[str, str] = MappingProxyType(
    {
        "stopped": "nothing has happened yet",
        "dialling": "it dials the gossip relays, and nothing else happens before one has answered",
        "connected": "it has a connection to the gossip network, and subscribes to the topic",
        "subscribed": "it has a subscription to the topic of the pulses",
        "taking part": "it takes part in the consensus",
    }
)
"""The steps of the start, in order."""

TABLE: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("stopped", "start"): "dialling",
        ("dialling", "connected"): "connected",
        ("connected", "subscribed"): "subscribed",
        ("subscribed", "ready"): "taking part",
        ("connected", "disconnected"): "dialling",
        ("subscribed", "disconnected"): "dialling",
    }
)
"""The step that follows from a step and an event; an event that is not here changes nothing."""

SILENCE: Seconds = 12.0
"""Seconds without any pulse in the queue after which everything is dialled anew."""

PING_EVERY: Seconds = 5.0
PING_TIMEOUT: Seconds = 10.0


class StartUp:
    """Where a collator stands in its start, and whether its connection lives.

    Each method takes an event and returns the effects. ``linked`` is whether there is a subscription just now.

    >>> start = StartUp()
    >>> [type(effect).__name__ for effect in start.start(0.0)], start.step
    (['DialRelays', 'Noted'], 'dialling')
    >>> start.subscribed(1.0), start.step
    ([], 'dialling')
    """

    def __init__(self, *, silence: Seconds = SILENCE) -> None:
        self.step, self.linked, self.silence = "stopped", False, silence
        self._quiet_since: Seconds = 0.0
        self._next_ping: Seconds | None = None
        self._pinged: Seconds | None = None

    @property
    def takes_part(self) -> bool:
        """Whether the start is over."""
        return self.step == "taking part"

    def start(self, now: Seconds) -> list[CollatorEffect]:
        """Begin: dial."""
        noted = self._on("start")
        self._quiet_since = now
        return [DialRelays(), *noted] if noted else []

    def connected(self, now: Seconds) -> list[CollatorEffect]:
        """A connection stands: subscribe. After a redial that is all; in the start it is a step."""
        noted = self._on("connected")
        if not noted and (not self.takes_part or self.linked):
            return []
        self._quiet_since, self._next_ping, self._pinged = now, now + PING_EVERY, None
        return [*noted, SubscribePulses()]

    def subscribed(self, now: Seconds) -> list[CollatorEffect]:
        """The subscription stands: take part in the consensus."""
        noted = self._on("subscribed")
        if noted or self.takes_part:
            self.linked, self._quiet_since = True, now
        return [*noted, *self._on("ready")] if noted else []

    def disconnected(self, now: Seconds) -> list[CollatorEffect]:
        """The connection broke: dial anew."""
        noted = self._on("disconnected")
        if not noted and not self.takes_part:
            return []
        return [*self._dial(now), *noted]

    def pong(self) -> None:
        """A ping was answered."""
        self._pinged = None

    def heard(self, now: Seconds) -> None:
        """The queue holds something at this moment."""
        self._quiet_since = now

    def tick(self, now: Seconds, queued: int) -> list[CollatorEffect]:
        """Look at the clock; ``queued`` is how many pulses the queue holds: while it holds some, there is no silence.

        How old they are does not matter, as in the real node. A dial that leads to nothing is repeated after a silence.
        """
        if self.step == "stopped":
            return []
        if queued:
            self._quiet_since = now
        if self._pinged is not None and now >= self._pinged + PING_TIMEOUT:
            return self._renew(now, code="no-pong")
        if now - self._quiet_since > self.silence:
            return self._renew(now, code="no-pulses")
        if self._next_ping is not None and now >= self._next_ping:
            self._next_ping = now + PING_EVERY
            if self._pinged is None:
                self._pinged = now
            return [PingRelays()]
        return []

    def wake(self) -> Seconds | None:
        """When to look at the clock next; None while nothing is waited for."""
        if self.step == "stopped":
            return None
        silent = self._quiet_since + self.silence + 0.001
        ping = silent if self._next_ping is None else self._next_ping
        answer = silent if self._pinged is None else self._pinged + PING_TIMEOUT
        return min(silent, ping, answer)

    def _renew(self, now: Seconds, *, code: str) -> list[CollatorEffect]:
        return [Noted(ConnectionRenewed(code=code)), *self._dial(now)]

    def _dial(self, now: Seconds) -> list[CollatorEffect]:
        self.linked, self._next_ping, self._pinged, self._quiet_since = False, None, None, now
        return [DialRelays()]

    def _on(self, event: str) -> list[CollatorEffect]:
        after = TABLE.get((self.step, event))
        if after is None:
            return []
        self.step = after
        return [Noted(StepReached(step=after))]
