"""What a peer takes for a pulse: the rule of drand's clients, which checks the signature, and the Ideal Network's.

=====================  =================================  =========================================================
rule                   where                              what it takes
=====================  =================================  =========================================================
`PulseValidator`       before a message is sent on        true pulses that are due; each once
`NewestPulses`         at the subscriber, after that      rounds above the last one
`TrustedSources`       at the subscriber, in its place    what a trusted peer has handed on, whatever it is worth
=====================  =================================  =========================================================

Sources: drand ``go-clients``, ``client/lp2p``; idn-sdk, ``client/consensus/randomness-beacon``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from drandlab.beacon.beacon import Beacon
from drandlab.beacon.chain_info import ChainInfo
from drandlab.beacon.verify import Verifier
from drandlab.errors import FormatError, VerificationError, WrongType
from drandlab.gossip.effects import Judgement, Validation
from drandlab.gossip.messages.pulse_codec import decode_pulse
from drandlab.gossip.messages.rpc import GossipMessage
from drandlab.typing import Round, Seconds, checked_int, checked_text

__all__ = ["NewestPulses", "PulseValidator", "TrustedSources"]


class PulseValidator:
    """The rule of drand's clients, as the ``validate`` of a `Router`.

    Rejected are messages that are no pulse, pulses of a round that is not due at ``now`` (code ``early``), of a round
    that is known with another signature (``fork``), and those that do not verify. Ignored are those that are known
    (``repeated``): the same pulse may come again in another message. The last ``remembered`` rounds are known.

    ``verify`` raises `VerificationError` for a beacon that is not the chain's; by default it checks the signature.

    >>> import drandlab as dl
    >>> from drandlab.gossip import GossipMessage, encode_pulse
    >>> validate = PulseValidator(dl.networks["quicknet"])
    >>> pulse = encode_pulse(Beacon(round=42, signature=bytes.fromhex(
    ...     "95a9f9f5b231b7714de1553105d8ffdf3dcda24cfdb1e689319bccf79a9c8ce430a91b811fbfaf763900bc998b5d686a")))
    >>> message = GossipMessage(topic="t", data=pulse)
    >>> [validate("t", message, "peer", now).code for now in (1e9, 2e9, 2e9)]
    ['early', '', 'repeated']
    """

    def __init__(
        self, info: ChainInfo, *, verify: Callable[[Beacon], object] | None = None, remembered: int = 512
    ) -> None:
        if not isinstance(info, ChainInfo):
            raise WrongType(f"expected a ChainInfo, got {type(info).__name__}", argument="info")
        self._info = info
        self._verify = Verifier.of(info).verify if verify is None else verify
        self._remembered = checked_int(remembered, "remembered", 1)
        self._known: dict[Round, bytes] = {}  # in the order in which they came

    def __call__(self, topic: str, message: GossipMessage, peer: str, now: Seconds) -> Judgement:
        """Return what is to become of the message."""
        try:
            beacon = decode_pulse(message.data)
        except FormatError as error:
            return Judgement(Validation.REJECT, code=error.code, why=str(error))
        if beacon.round > self._info.round_at(now):
            return Judgement(Validation.REJECT, code="early", why=f"round {beacon.round} is not due yet")
        known = self._known.get(beacon.round)
        if known == beacon.signature:
            return Judgement(Validation.IGNORE, code="repeated", why=f"the pulse of round {beacon.round} came before")
        if known is not None:
            why = f"round {beacon.round} is known with another signature"
            return Judgement(Validation.REJECT, code="fork", why=why)
        try:
            self._verify(beacon)
        except VerificationError as error:
            return Judgement(Validation.REJECT, code=error.code, why=str(error))
        self._known[beacon.round] = beacon.signature
        if len(self._known) > self._remembered:
            del self._known[next(iter(self._known))]
        return Judgement(Validation.ACCEPT)


class NewestPulses:
    """The stream of a drand client: of the pulses that are delivered it takes only rounds above the last one.

    So a subscriber never goes back in time, and a pulse that is overtaken is lost to it.

    >>> from drandlab.gossip import encode_pulse
    >>> newest = NewestPulses()
    >>> pulses = [encode_pulse(Beacon(round=r, signature=bytes(48))) for r in (5, 7, 6, 7)]
    >>> [beacon.round for pulse in pulses if (beacon := newest.take(pulse)) is not None]
    [5, 7]
    """

    def __init__(self) -> None:
        self.latest: Round = 0

    def take(self, data: bytes) -> Beacon | None:
        """Return the beacon of a pulse if it is newer than all before, else None; raises `FormatError` for no pulse."""
        beacon = decode_pulse(data)
        if beacon.round <= self.latest:
            return None
        self.latest = beacon.round
        return beacon


class TrustedSources:
    """The Ideal Network's rule: a pulse is taken if a ``trusted`` peer has handed it on; its signature is not checked.

    The author is not asked for, nor the topic, and nothing is remembered: a trusted peer may send what it likes, as
    often as it likes. Other peers' messages are sent on all the same; only this subscriber does not take them.

    >>> from drandlab.gossip import encode_pulse
    >>> trusted = TrustedSources(["relay"])
    >>> junk = encode_pulse(Beacon(round=5, signature=bytes(48)))
    >>> trusted.take(junk, peer="relay").round
    5
    >>> trusted.take(junk, peer="stranger")
    Traceback (most recent call last):
    drandlab.errors.VerificationError: stranger is not among the trusted peers
    """

    def __init__(self, trusted: Iterable[str]) -> None:
        if isinstance(trusted, str) or not isinstance(trusted, Iterable):
            raise WrongType(f"expected names of peers, got {type(trusted).__name__}", argument="trusted")
        self.trusted = frozenset(checked_text(name, "trusted") for name in trusted)

    def take(self, data: bytes, *, peer: str) -> Beacon:
        """Return the beacon of a pulse that ``peer`` has handed on.

        Raises `VerificationError` with the code ``untrusted`` for another peer, `FormatError` for what is no pulse.
        """
        if peer not in self.trusted:
            raise VerificationError(f"{peer} is not among the trusted peers", code="untrusted")
        return decode_pulse(data)
