"""Pulses: a beacon as gossip carries it, and the topic and the message ID that drand's gossip relays use.

A pulse is a PublicRandResponse with the round (field 1) and the signature (2). Relays add the randomness (4), which
says nothing new; the previous signature (3) is empty on unchained networks, and only those with signatures of 48 bytes,
such as quicknet, have pulses here. Source: drand ``internal/lp2p``, ``cmd/relay-gossip``.
"""

from __future__ import annotations

import hashlib

from drandlab.beacon.beacon import Beacon
from drandlab.errors import FormatError, LocalError, WrongType
from drandlab.text import hex_bytes
from drandlab.typing import checked_bytes, checked_flag
from drandlab.wire.envelope import parse, serialize
from drandlab.wire.public_pb2 import PublicRandResponse

__all__ = ["PULSE_LIMIT", "SIGNATURE_LENGTH", "TOPIC_PREFIX", "decode_pulse", "encode_pulse", "message_id", "topic"]

TOPIC_PREFIX = "/drand/pubsub/v0.0.0/"
"""What the name of a drand network's topic begins with; its chain hash follows."""

SIGNATURE_LENGTH = 48
"""Bytes of a signature in G1, the only ones that a pulse has."""

PULSE_LIMIT = 256
"""Bytes of the largest pulse that is parsed; the longest legal one has 95."""

_NAME = "pulse"


def topic(chain_hash: bytes | str) -> str:
    """Return the topic on which the pulses of a network are published.

    ``chain_hash`` is the 32 bytes, or their hexadecimal digits.

    >>> topic("52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971")
    '/drand/pubsub/v0.0.0/52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971'
    """
    if isinstance(chain_hash, str):
        try:
            chain_hash = hex_bytes(chain_hash, length=32)
        except FormatError as error:
            raise LocalError(error.rule, argument="chain_hash") from None
    return TOPIC_PREFIX + checked_bytes(chain_hash, "chain_hash", 32).hex()


def message_id(data: bytes) -> bytes:
    r"""Return the ID of a message on drand's topics: $BLAKE2b\text{-}256(data)$, 32 bytes.

    So one pulse is one message, whoever publishes it and however often. libp2p's default is another rule
    (`drandlab.gossip.messages.rpc.GossipMessage.author_id`).

    >>> message_id(b"").hex()[:16]
    '0e5751c026e543b2'
    """
    return hashlib.blake2b(checked_bytes(data, "data"), digest_size=32).digest()


def encode_pulse(beacon: Beacon, *, randomness: bool = False) -> bytes:
    """Return ``beacon`` as the bytes of a pulse, with its randomness as field 4 if asked for.

    Raises `LocalError` for a beacon that makes no pulse: of round 0, or with a signature that is not 48 bytes, or with
    a previous one.

    >>> encode_pulse(Beacon(round=1000, signature=bytes(48))).hex()[:10]
    '08e8071230'
    """
    if not isinstance(beacon, Beacon):
        raise WrongType(f"expected a Beacon, got {type(beacon).__name__}", argument="beacon")
    if beacon.round == 0:
        raise LocalError("round 0 is the genesis beacon, which nobody signs or gossips", argument="beacon")
    if len(beacon.signature) != SIGNATURE_LENGTH:
        rule = f"a pulse has a signature of {SIGNATURE_LENGTH} bytes, this beacon has {len(beacon.signature)}"
        raise LocalError(rule, argument="beacon")
    if beacon.previous_signature:
        raise LocalError("a pulse has no previous signature, this beacon has one", argument="beacon")
    packet = PublicRandResponse(round=beacon.round, signature=beacon.signature)
    if checked_flag(randomness, "randomness"):
        packet.randomness = beacon.randomness
    return serialize(packet)


def decode_pulse(data: bytes) -> Beacon:
    """Return the beacon of a pulse; the randomness, if sent, becomes ``claimed_randomness``. Nothing is verified.

    Raises `FormatError` for bytes that are no message or more than 256 (``no-message``, ``too-long``), a signature or
    a randomness of another length (``length``), round 0 (``genesis``), a previous signature (``unchained``), and for a
    message that is not written as `encode_pulse` writes it, other fields included (``not-canonical``).

    >>> decode_pulse(encode_pulse(Beacon(round=1000, signature=bytes(48)))).round
    1000
    >>> decode_pulse(bytes.fromhex("08e80712020102"))
    Traceback (most recent call last):
    drandlab.errors.FormatError: pulse, field "signature": expected 48 bytes, got 2
    """
    packet = parse(PublicRandResponse, data, limit=PULSE_LIMIT)
    if packet.previous_signature:
        rule = "a pulse has no previous signature: its network is unchained"
        raise FormatError(rule, source=_NAME, field="previous_signature", code="unchained")
    if len(packet.signature) != SIGNATURE_LENGTH:
        rule = f"expected {SIGNATURE_LENGTH} bytes, got {len(packet.signature)}"
        raise FormatError(rule, source=_NAME, field="signature", code="length")
    if packet.randomness and len(packet.randomness) != 32:
        rule = f"expected 32 bytes, or none, got {len(packet.randomness)}"
        raise FormatError(rule, source=_NAME, field="randomness", code="length")
    if packet.round == 0:
        rule = "round 0 is the genesis beacon, which nobody signs or gossips"
        raise FormatError(rule, source=_NAME, field="round", code="genesis")
    again = PublicRandResponse(round=packet.round, signature=packet.signature, randomness=packet.randomness)
    if again.SerializeToString(deterministic=True) != data:
        rule = "one pulse has one encoding: round, signature and perhaps randomness, each once, and nothing else"
        raise FormatError(rule, source=_NAME, code="not-canonical")
    return Beacon(round=packet.round, signature=packet.signature, claimed_randomness=packet.randomness or None)
