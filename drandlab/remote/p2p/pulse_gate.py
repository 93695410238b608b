"""Which messages on drand's topics are passed on: pulses of the chain that verify, and are not from the future.

A peer that sends anything else is to blame, as it could have seen that itself. Source: drand ``client/lp2p``, the
validator of its topic.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from drandlab.beacon.beacon import Beacon
from drandlab.beacon.chain_info import ChainInfo
from drandlab.beacon.verify import Verifier
from drandlab.errors import FormatError, LocalError, VerificationError
from drandlab.gossip.effects import Validation
from drandlab.gossip.messages.pulse_codec import SIGNATURE_LENGTH, decode_pulse
from drandlab.gossip.messages.pulse_codec import topic as topic_of
from drandlab.gossip.messages.rpc import GossipMessage
from drandlab.typing import Seconds

__all__ = ["PulseGate", "check_has_pulses"]


def check_has_pulses(info: ChainInfo, name: str) -> None:
    """Raise `LocalError` for a chain whose beacons are not gossiped as pulses; ``name`` is that of the chain.

    >>> from drandlab.remote.networks import networks
    >>> check_has_pulses(networks["quicknet"], "quicknet")
    >>> check_has_pulses(networks["default"], "default")
    Traceback (most recent call last):
    drandlab.errors.LocalError: default has no pulses: they are of unchained networks with signatures of 48 bytes, \
and this one is of pedersen-bls-chained
    """
    if info.scheme.chained or info.scheme.signature_length != SIGNATURE_LENGTH:
        raise LocalError(
            f"{name} has no pulses: they are of unchained networks with signatures of {SIGNATURE_LENGTH} bytes, "
            f"and this one is of {info.scheme.name}"
        )


class PulseGate:
    """Judges the messages on the topics of some chains; `drandlab.gossip.router.Router` asks it as its ``validate``.

    ``clock`` gives UNIX seconds, ``early`` is by how many of them a clock of another machine may be ahead of ours.
    """

    def __init__(
        self,
        chains: Iterable[ChainInfo],
        *,
        clock: Callable[[], Seconds] = time.time,
        early: Seconds = 0.0,
        backend: str | None = None,
    ) -> None:
        self._chains = {topic_of(info.chain_hash): (info, Verifier.of(info, backend)) for info in chains}
        self._clock, self._early = clock, early

    @property
    def topics(self) -> tuple[str, ...]:
        """The topics of its chains."""
        return tuple(self._chains)

    def __call__(self, topic: str, message: GossipMessage, peer: str, now: Seconds) -> Validation:
        """Judge a message; one of another topic is not passed on, and nobody is to blame."""
        if topic not in self._chains:
            return Validation.IGNORE
        return Validation.REJECT if self.read(topic, message.data) is None else Validation.ACCEPT

    def read(self, topic: str, data: bytes) -> Beacon | None:
        """Return the beacon of a pulse; None for what is none, does not verify or is from the future."""
        info, verifier = self._chains[topic]
        try:
            beacon = decode_pulse(data)
            if beacon.round > info.round_at(self._clock() + self._early):
                return None
            verifier.verify(beacon)
        except (FormatError, VerificationError):
            return None
        return beacon if beacon.claimed_randomness in (None, beacon.randomness) else None
