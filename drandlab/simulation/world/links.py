r"""Links between nodes: how long a message takes, and what may happen to it on the way.

A `Latency` is a distribution of one-way delays in seconds; a `Link` adds loss, duplication and bandwidth. Messages
overtake each other where their delays let them, items of one stream do not. Delays are whole microseconds, so that a
last digit of a logarithm, which machines may round differently, never moves an event.

**What is lost comes late.** Nodes speak over TCP, so what a link loses is a transmission, and the sender makes another
after the retransmission time-out, which doubles each time. With loss $p$, one-way delay $d$, slowness $s$ and the
time-out $R = 2 s d + 0.2$ s (a usual round trip and 200 ms, as Linux has it), the transmission after $k$ lost ones
leaves $(2^k - 1) R$ late, with probability $p^k (1 - p)$. A call is lost only if no transmission within its time-out of
5 s gets through (at $d$ = 0.02 s five of them, $p^5$), an item of a stream only where nothing gets through at all
($p = 1$). A cut, or the sender's crash, breaks the connection: what leaves meanwhile is lost, further transmissions of
what left before included.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from drandlab.errors import LocalError
from drandlab.typing import Seconds, checked_choice, checked_positive, checked_real

__all__ = ["LATENCIES", "MICRO", "THIN", "Latency", "Link"]

MICRO = 1_000_000
"""Microseconds in a second: the unit of the simulation's clock."""

RETRANSMIT: Seconds = 0.2
"""What a sender waits for an acknowledgement beyond the usual round trip before it transmits again."""

LONGEST_WAIT = 120
"""Seconds that it waits at most, however often the wait has doubled."""

MOST_TRANSMISSIONS = 1000
"""The last of so many gets through, after a day and more: else a loss of 1 - 1e-9 would have us draw for ever."""

MOST = 10**15
"""The largest bandwidth, and the most that delays are multiplied by."""

CALL_TIMEOUT = 5
"""Seconds that a call between nodes may take in production; transmissions after that help nobody."""

LATENCIES: Mapping[str, str] = MappingProxyType(
    {
        "constant": "always `mean` seconds",
        "uniform": "anything from `mean - spread` to `mean + spread`, each as likely",
        "exponential": "at least `floor`, then exponential with the rest of `mean`",
        "lognormal": "median `mean`, and `spread` the standard deviation of its logarithm: a long tail",
    }
)
"""The distributions of delays by name, and what their numbers mean."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """One-way delays: one of `LATENCIES`, in seconds; never below ``floor``.

    >>> Latency(kind="constant", mean=0.05).sampler(random.Random(1))()
    50000
    """

    kind: str = "constant"
    mean: Seconds = 0.02
    spread: float = 0.0
    floor: Seconds = 0.0

    def __post_init__(self) -> None:
        try:
            checked_choice(self.kind, "kind", LATENCIES)
            for name in ("mean", "spread", "floor"):
                object.__setattr__(self, name, checked_real(getattr(self, name), name, 0))
        except LocalError as error:
            raise error.inside("latency") from None
        if self.kind == "exponential" and self.floor > self.mean:
            rule = f"{self.floor} s is above the mean, {self.mean} s"
            raise LocalError(rule, argument="floor", within=("latency",))

    @property
    def constant(self) -> int | None:
        """The delay in microseconds where it is always the same, else None."""
        return round(MICRO * max(self.floor, self.mean)) if self.kind == "constant" else None

    def sampler(self, rng: random.Random) -> Callable[[], int]:
        """Return what draws delays from ``rng``, in whole microseconds."""
        mean, spread, floor = MICRO * self.mean, self.spread, MICRO * self.floor
        if self.kind == "lognormal":
            gauss, exp = rng.gauss, math.exp
            if not floor:  # what an exponential gives is above 0 anyway
                return lambda: round(mean * exp(spread * gauss()))
            return lambda: round(max(floor, mean * exp(spread * gauss())))
        if self.kind == "constant":
            delay = round(max(floor, mean))
            return lambda: delay
        if self.kind == "uniform":
            return lambda: round(max(floor, mean + MICRO * spread * (2 * rng.random() - 1)))
        return lambda: round(floor - (mean - floor) * math.log(1 - rng.random()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One direction of a connection.

    ``loss`` is the probability that a transmission is lost, and made again later (see above), ``duplicate`` that a
    message comes twice, ``bandwidth`` is in bytes a second (None: any number at once), ``slow`` multiplies every delay.
    """

    latency: Latency = Latency()
    loss: float = 0.0
    duplicate: float = 0.0
    bandwidth: float | None = None
    slow: float = 1.0

    def __post_init__(self) -> None:
        for name in ("loss", "duplicate"):
            object.__setattr__(self, name, float(checked_real(getattr(self, name), name, 0, 1, what="a probability")))
        for name in ("bandwidth", "slow"):
            value = getattr(self, name)
            if value is None and name == "bandwidth":
                continue
            object.__setattr__(self, name, float(checked_real(checked_positive(value, name), name, high=MOST)))

    @property
    def is_plain(self) -> bool:
        """Whether a message just takes its time: nothing is lost, doubled, slowed down or queued."""
        return self.loss == 0 and self.duplicate == 0 and self.bandwidth is None and self.slow == 1

    def with_(self, **changes: Any) -> Link:
        """Return this link with other numbers."""
        return replace(self, **changes)

    @property
    def first_wait(self) -> int:
        """How long a sender waits before it transmits again for the first time, in microseconds."""
        return round(MICRO * min(LONGEST_WAIT, RETRANSMIT + 2 * self.slow * self.latency.mean))

    def late(self, rng: random.Random, *, stream: bool) -> int | None:
        """Return how long after the first transmission leaves the one that gets through, or None if none does.

        In microseconds: 0 for the first one.
        """
        late, wait = 0, self.first_wait
        for _ in range(MOST_TRANSMISSIONS):
            if self.loss == 0 or rng.random() >= self.loss:
                break
            late += wait
            wait = min(2 * wait, LONGEST_WAIT * MICRO)
            if self.loss == 1 or (late >= CALL_TIMEOUT * MICRO and not stream):
                return None
        return late

    def delays(self, draw: Callable[[], int], rng: random.Random, *, stream: bool) -> tuple[tuple[int, ...], int]:
        """Return after how many microseconds a message arrives (once, twice or never), and how many of them are `late`.

        ``draw`` is the latency's sampler. What the bandwidth adds is for whoever keeps the queue.
        """
        if (late := self.late(rng, stream=stream)) is None:
            return (), 0
        twice = self.duplicate > 0 and not stream and rng.random() < self.duplicate
        return tuple(late + round(self.slow * draw()) for _ in range(1 + twice)), late

    def transmission(self, size: int) -> int:
        """Return the microseconds that ``size`` bytes occupy the link."""
        return round(MICRO * size / self.bandwidth) if self.bandwidth else 0


THIN = Link(latency=Latency(mean=0.01), bandwidth=1200)
"""The thin link of a satellite, unless told otherwise: 9.6 kbit/s, and 10 ms for the way and a ground network."""
