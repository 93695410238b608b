"""What a subscriber makes of the messages on drand's topic: what it checks, which pulses it takes, where else it asks.

`Pulses` reads and verifies each message once, whoever asks: peers share the work and nothing else. What a client checks
is one of `CHECKS`. Production's drand client has ``pulse``, the Ideal Network's ``source``.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping
from operator import itemgetter
from types import MappingProxyType

from drandlab.beacon.beacon import Beacon
from drandlab.beacon.chain_info import ChainInfo
from drandlab.beacon.verify import Verifier
from drandlab.errors import FormatError, VerificationError
from drandlab.gossip.effects import Judgement, Validation
from drandlab.gossip.messages.pulse_codec import decode_pulse
from drandlab.gossip.messages.rpc import GossipMessage
from drandlab.gossip.pulse_validators import PulseValidator
from drandlab.simulation.hosts.host import Host
from drandlab.simulation.pubsub.gossip_entries import PulseTaken
from drandlab.simulation.world.links import MICRO
from drandlab.typing import Rng, Round, Seconds

__all__ = ["CHECKS", "PulseClient", "Pulses", "TakenRounds"]

CHECKS: Mapping[str, str] = MappingProxyType(
    {
        "pulse": "at ingress: every pulse is verified before it is delivered or sent on",
        "source": "afterwards: a message counts if a trusted gossip relay has sent it, whatever it says",
        "none": "nothing: what reads as a pulse is taken for one",
    }
)
"""What a subscriber of drand's topic may check."""

MOST = 100_000
"""Messages whose reading is remembered; an attacker may send any number."""


class Pulses:
    """Reads the messages of one chain's topic, and remembers what it has found.

    >>> from drandlab.gossip.messages.pulse_codec import encode_pulse
    >>> from drandlab.simulation.pubsub.pulse_feeds import PulseFeed
    >>> feed = PulseFeed.made(rounds=1)
    >>> pulses, data = Pulses(feed.info, feed.backend), encode_pulse(feed.beacons[0])
    >>> pulses.read(data).round, pulses.verifies(data), pulses.read(b"junk"), pulses.round_of(data)
    (1, True, None, 1)
    """

    def __init__(self, info: ChainInfo, backend: str) -> None:
        self.info, self._verifier = info, Verifier.of(info, backend)
        self._read: dict[bytes, Beacon | None] = {}
        self._faults: dict[tuple[Round, bytes], VerificationError | None] = {}

    def read(self, data: bytes) -> Beacon | None:
        """Return the beacon of a pulse, None for bytes that are none."""
        if data not in self._read:
            self._make_room()
            try:
                self._read[data] = decode_pulse(data)
            except FormatError:
                self._read[data] = None
        return self._read[data]

    def round_of(self, data: bytes) -> Round | None:
        """Return the round that a message says it is of."""
        beacon = self.read(data)
        return None if beacon is None else beacon.round

    def randomness_of(self, data: bytes) -> bytes:
        """Return the start of the randomness of a pulse, as the journal has it; empty for bytes that are none."""
        beacon = self.read(data)
        return b"" if beacon is None else beacon.randomness[:8]

    def verify(self, beacon: Beacon) -> None:
        """Raise `VerificationError` for a beacon that is not the chain's."""
        key = beacon.round, beacon.signature
        if key not in self._faults:
            self._make_room()
            try:
                self._verifier.verify(beacon)
                self._faults[key] = None
            except VerificationError as error:
                self._faults[key] = error
        if (fault := self._faults[key]) is not None:
            raise VerificationError(fault.reason, code=fault.code, round=fault.round)

    def verifies(self, data: bytes) -> bool:
        """Return whether these bytes are a pulse of the chain."""
        beacon = self.read(data)
        if beacon is None:
            return False
        try:
            self.verify(beacon)
        except VerificationError:
            return False
        return True

    def _make_room(self) -> None:
        if len(self._read) + len(self._faults) >= MOST:
            self._read.clear()
            self._faults.clear()

    def false_beacon(self, round: Round, rng: Rng) -> Beacon:
        """Return a beacon that an attacker makes up: its signature is a valid point, and not the chain's."""
        bls = self._verifier.bls
        message = self.info.scheme.digest(round)
        return Beacon(round=round, signature=bls.sign(1 + int.from_bytes(rng.randbytes(24), "big"), message))

    def accepts(self, data: bytes, now: Seconds) -> bool:
        """Return whether a verifying subscriber accepts a message: a pulse of the chain, and not of a round to come."""
        beacon = self.read(data)
        return beacon is not None and beacon.round <= self.info.round_at(now) and self.verifies(data)


class TakenRounds:
    """Rounds as ranges without gaps: as many ranges as there are gaps, however many rounds.

    >>> taken = TakenRounds()
    >>> for round in (5, 7, 6, 9, 6):
    ...     taken.add(round)
    >>> taken.ranges, 7 in taken, 8 in taken
    ([(5, 7), (9, 9)], True, False)
    """

    def __init__(self) -> None:
        self.ranges: list[tuple[Round, Round]] = []

    def _place(self, round: Round) -> int:
        """How many ranges begin at this round or before it."""
        return bisect_right(self.ranges, round, key=itemgetter(0))

    def __contains__(self, round: Round) -> bool:
        place = self._place(round)
        return place > 0 and round <= self.ranges[place - 1][1]

    def add(self, round: Round) -> None:
        """Take a round in; one that is there already changes nothing."""
        if round in self:
            return
        place, start, end = self._place(round), round, round
        low, high = place, place
        if place and self.ranges[place - 1][1] == round - 1:
            start, low = self.ranges[place - 1][0], place - 1
        if place < len(self.ranges) and self.ranges[place][0] == round + 1:
            end, high = self.ranges[place][1], place + 1
        self.ranges[low:high] = [(start, end)]


class PulseClient:
    """One subscriber's pulses: which it has taken, and the second source that it asks for those that are late.

    ``trusted`` are the peers that count with ``checks`` = ``source``. With ``patience`` the client asks ``fetch`` for
    each round that it does not have so many seconds after the round was due. ``on_taken`` is called with each pulse
    that it takes.
    """

    def __init__(
        self,
        pulses: Pulses,
        topic: str,
        checks: str,
        *,
        trusted: frozenset[str] = frozenset(),
        patience: Seconds | None = None,
        fetch: Callable[[Round], Beacon | None] = lambda round: None,
    ) -> None:
        self._pulses, self._topic, self._checks, self._trusted = pulses, topic, checks, trusted
        self._patience, self._fetch = patience, fetch
        self.on_taken: Callable[[Beacon], None] = lambda beacon: None
        self.forget()

    def forget(self) -> None:
        """The process has stopped: what it had heard and taken is gone."""
        self.taken = TakenRounds()
        self._validator = PulseValidator(self._pulses.info, verify=self._pulses.verify)

    def validate(self, topic: str, message: GossipMessage, peer: str, now: Seconds) -> Validation | Judgement:
        """Judge a message at ingress, before it is delivered and sent on."""
        if topic != self._topic or self._checks != "pulse":
            return Validation.ACCEPT
        return self._validator(topic, message, peer, now)

    def accepts(self, topic: str, data: bytes, now: Seconds) -> bool:
        """Return whether this client publishes a message itself."""
        return topic != self._topic or self._checks != "pulse" or self._pulses.accepts(data, now)

    def heard(self, host: Host, message: GossipMessage, peer: str) -> None:  # type: ignore[type-arg]
        """A message was delivered: take its pulse if this client takes it for one."""
        if message.topic != self._topic or (self._checks == "source" and peer not in self._trusted):
            return
        beacon = self._pulses.read(message.data)
        # who verifies has one pulse of a round; who does not has what comes, twice if it comes twice
        if beacon is not None and not (self._checks == "pulse" and beacon.round in self.taken):
            self._take(host, beacon, "gossip")

    def _take(self, host: Host, beacon: Beacon, source: str) -> None:  # type: ignore[type-arg]
        self.taken.add(beacon.round)
        host.log(PulseTaken(round=beacon.round, randomness=beacon.randomness[:8], source=source))
        self.on_taken(beacon)

    def watch(self, host: Host, round: Round) -> None:  # type: ignore[type-arg]
        """Ask the second source from this round on, for each that is late."""
        if self._patience is not None:
            due = self._pulses.info.round_time(round) + self._patience
            host.world.at(int(due * MICRO), lambda: self._look(host, round))

    def _look(self, host: Host, round: Round) -> None:  # type: ignore[type-arg]
        if host.up and round not in self.taken and (beacon := self._fetch(round)) is not None:
            self._take(host, beacon, "second source")
        self.watch(host, round + 1)
