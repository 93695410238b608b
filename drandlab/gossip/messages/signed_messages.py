r"""Signed messages: who published what, in libp2p's way, and which messages a peer takes by their signatures.

$$signature = Ed25519.Sign(sk, \texttt{"libp2p-pubsub:"} \,\|\, Message)$$

where $Message$ is the message without its signature and key. The author is the peer ID of the key. Source: libp2p
specification, "pubsub", Message Signing and Signature Policy Options.
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING

from drandlab.crypto.secrecy import HoldsSecrets
from drandlab.errors import FormatError, LocalError, VerificationError, WrongType
from drandlab.gossip.messages.peer_ids import id_bytes, key_message, peer_id, public_key_of
from drandlab.gossip.messages.rpc import SEQNO_LENGTH, GossipMessage
from drandlab.gossip.messages.rpc_codec import decode_message, encode_message
from drandlab.typing import Seconds, checked_bytes, checked_int, checked_text

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

__all__ = ["SIGNING_PREFIX", "Author", "SignaturePolicy", "check_policy", "is_signed_by_author", "sign", "verify"]

SIGNING_PREFIX = b"libp2p-pubsub:"
"""What is signed begins with this, so that the signature means nothing elsewhere."""

LAST_SEQNO = (1 << 64) - 1


class SignaturePolicy(StrEnum):
    """Which messages a peer publishes and takes."""

    STRICT = "strict"
    """Every message is signed by its author; others are refused. libp2p's default."""
    ANONYMOUS = "anonymous"
    """No message has an author, a sequence number, a signature or a key; others are refused."""
    PERMISSIVE = "permissive"
    """A signature that is there must be valid; a message without one is taken."""


def _private(key: bytes) -> Ed25519PrivateKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(key)


@lru_cache(maxsize=1024)
def _public(key: bytes) -> Ed25519PublicKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    return Ed25519PublicKey.from_public_bytes(key)


def _signed(message: GossipMessage) -> bytes:
    """The bytes that are signed."""
    return SIGNING_PREFIX + encode_message(replace(message, signature=b"", key=b""))


class Author(HoldsSecrets):
    """Makes the messages that one peer publishes, and numbers them.

    ``me`` is its name, which must be the key's peer ID where there is a ``key``, the 32-byte seed of an ed25519 key.
    Raises `LocalError` for a policy that does not go with that: strict signing without a key, anonymous messages with
    one.

    >>> from drandlab.gossip.messages.peer_ids import peer_id
    >>> author = Author("relay", SignaturePolicy.PERMISSIVE)
    >>> author.message("t", b"hello", now=1.0).seqno.hex()
    '000000003b9aca00'
    """

    def __init__(self, me: str, policy: SignaturePolicy, key: bytes | None = None) -> None:
        self.policy = SignaturePolicy(policy)
        self._key = None if key is None else _private(checked_bytes(key, "key", 32))
        if policy is SignaturePolicy.STRICT and key is None:
            raise LocalError("strict signing needs a key; without one, nobody would take the messages", argument="key")
        if policy is SignaturePolicy.ANONYMOUS and key is not None:
            raise LocalError("anonymous messages are not signed; leave the key out", argument="key")
        self._key_message = b""
        if self._key is not None:
            public = self._key.public_key().public_bytes_raw()
            self._key_message = key_message(public)
            if checked_text(me, "me") != peer_id(public):
                raise LocalError(f"must be the peer ID of the key, {peer_id(public)}, got {me}", argument="me")
        self._source = id_bytes(me)
        self._last = -1

    def __repr__(self) -> str:
        return f"<Author {self.policy}>"

    def message(self, topic: str, data: bytes, now: Seconds) -> GossipMessage:
        """Return a new message; its number is above all before, and not below ``now`` in nanoseconds, as in Go."""
        if self.policy is SignaturePolicy.ANONYMOUS:
            return GossipMessage(topic=topic, data=data)
        self._last = min(max(self._last + 1, int(now * 1e9)), LAST_SEQNO)
        seqno = self._last.to_bytes(SEQNO_LENGTH, "big")
        return self._sign(GossipMessage(topic=topic, data=data, source=self._source, seqno=seqno))

    def _sign(self, message: GossipMessage) -> GossipMessage:
        if self._key is None:
            return message
        return replace(message, signature=self._key.sign(_signed(message)), key=self._key_message)


def sign(data: bytes, *, topic: str, seqno: int, key: bytes) -> bytes:
    """Return ``data`` as a signed message, in bytes.

    ``key`` is the 32-byte seed of the author's ed25519 key, ``seqno`` the author's number of the message. The key
    message is included, as in JavaScript and Python; Go and Rust leave it out, as the peer ID holds it.

    >>> verify(sign(b"hello", topic="t", seqno=1, key=bytes(32)))
    True
    """
    private = _private(checked_bytes(key, "key", 32))
    public = private.public_key().public_bytes_raw()
    message = GossipMessage(
        topic=topic,
        data=checked_bytes(data, "data"),
        source=id_bytes(peer_id(public)),
        seqno=checked_int(seqno, "seqno", 0, LAST_SEQNO).to_bytes(SEQNO_LENGTH, "big"),
    )
    return encode_message(replace(message, signature=private.sign(_signed(message)), key=key_message(public)))


def verify(message: bytes) -> bool:
    """Return whether these bytes are a message, in its one encoding, that its author has signed.

    >>> signed = sign(b"hello", topic="t", seqno=1, key=bytes(32))
    >>> verify(signed.replace(b"hello", b"hallo")), verify(b"")
    (False, False)
    """
    if not isinstance(message, bytes | bytearray | memoryview):
        raise WrongType(f"expected the bytes of a message, got {type(message).__name__}", argument="message")
    try:
        read = decode_message(bytes(message))
    except FormatError:
        return False
    return bool(read.source and read.seqno) and is_signed_by_author(read)


def is_signed_by_author(message: GossipMessage) -> bool:
    """Return whether the signature is that of the author, and the key, where there is one, the author's.

    >>> is_signed_by_author(GossipMessage(topic="t", data=b"hello"))
    False
    """
    from cryptography.exceptions import InvalidSignature

    try:
        public = public_key_of(message.source)
        if message.key not in (b"", key_message(public)):
            return False
        _public(public).verify(message.signature, _signed(message))
    except (FormatError, InvalidSignature, ValueError):
        return False
    return True


def check_policy(message: GossipMessage, policy: SignaturePolicy) -> None:
    """Raise `VerificationError` for a message that a peer of this policy refuses.

    Its code is ``author``: the message names none; ``seqno``: it has no number; ``unsigned``; ``signature``: not that
    of the author; ``not-anonymous``.

    >>> message = GossipMessage(topic="t", data=b"hello")
    >>> check_policy(message, SignaturePolicy.ANONYMOUS)
    >>> check_policy(message, SignaturePolicy.STRICT)
    Traceback (most recent call last):
    drandlab.errors.VerificationError: the message names no author, and every message must
    """
    if policy is SignaturePolicy.ANONYMOUS:
        if message.source or message.seqno or message.signature or message.key:
            why = "the message has an author, a number, a signature or a key, and no message may"
            raise VerificationError(why, code="not-anonymous")
        return
    if policy is SignaturePolicy.STRICT:
        if not message.source:
            raise VerificationError("the message names no author, and every message must", code="author")
        if not message.seqno:
            raise VerificationError("the message has no sequence number, and every message must", code="seqno")
        if not message.signature:
            raise VerificationError("the message has no signature, and every message must", code="unsigned")
    if message.signature and not is_signed_by_author(message):
        raise VerificationError("the signature of the message is not that of its author", code="signature")
