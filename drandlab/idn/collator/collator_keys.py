"""The two key pairs of a collator, and the message by which it tells everybody their public parts.

With its sr25519 key a collator seals blocks and signs submissions; with its ed25519 key it votes on what is final. The
first one stands in the list of authorities on chain. So the message that binds the second to it is signed by both::

    keys message    aura key (32) ++ votes key (32) ++ sr25519 signature (64) ++ ed25519 signature (64)
    signed          "drandlab collator keys" ++ genesis hash ++ aura key ++ votes key
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any

from drandlab.crypto.secrecy import HoldsSecrets
from drandlab.crypto.sr25519 import Sr25519Key, development, development_ed25519, verify
from drandlab.errors import FormatError, VerificationError
from drandlab.typing import Rng, checked_bytes

__all__ = ["KEYS_LENGTH", "CollatorKeys", "PublicKeys", "seal_holds", "vote_holds"]

KEYS_LENGTH = 192

_DOMAIN = b"drandlab collator keys"


@cache
def _ed25519() -> tuple[Callable[[bytes], Any], Callable[[bytes], Any], type[Exception]]:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

    return Ed25519PrivateKey.from_private_bytes, Ed25519PublicKey.from_public_bytes, InvalidSignature


# Every collator of a simulation checks the same signatures: what was found out once is remembered.


@lru_cache(maxsize=1 << 14)
def vote_holds(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether ``signature`` (64 bytes) is that of ``message`` under the ed25519 key ``public`` (32 bytes).

    >>> vote_holds(bytes(32), b"", bytes(64))
    False
    """
    _, load, invalid = _ed25519()
    try:
        load(public).verify(signature, message)
    except (invalid, ValueError):
        return False
    return True


@lru_cache(maxsize=1 << 12)
def seal_holds(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether ``signature`` is that of ``message`` under the sr25519 key ``public``."""
    return verify(public, message, signature)


def _signed(genesis: bytes, aura: bytes, votes: bytes) -> bytes:
    return _DOMAIN + genesis + aura + votes


@dataclass(frozen=True, slots=True)
class PublicKeys:
    """What a keys message says: ``aura`` for seals, ``votes`` for votes, and the message itself."""

    aura: bytes
    votes: bytes
    encoded: bytes = field(repr=False)

    @classmethod
    def from_bytes(cls, data: bytes, genesis: bytes) -> PublicKeys:
        """Return the keys of a message for the chain of this genesis hash.

        Raises `FormatError` for another length, `VerificationError` unless both keys have signed.
        """
        data = checked_bytes(data, "data")
        if len(data) != KEYS_LENGTH:
            raise FormatError(f"a keys message has {KEYS_LENGTH} bytes, got {len(data)}", code="length")
        aura, votes, sealed, voted = data[:32], data[32:64], data[64:128], data[128:]
        signed = _signed(genesis, aura, votes)
        if not seal_holds(aura, signed, sealed) or not vote_holds(votes, signed, voted):
            raise VerificationError("the two keys have not both signed", code="keys-signature")
        return cls(aura=aura, votes=votes, encoded=data)


class CollatorKeys(HoldsSecrets):
    """The secret keys of a collator: ``aura`` seals, ``votes`` (an ed25519 seed of 32 bytes) votes.

    >>> keys = CollatorKeys.development("Alice")
    >>> keys
    <CollatorKeys d43593c7…>
    """

    __slots__ = ("_vote", "aura", "votes")

    def __init__(self, aura: Sr25519Key, votes: bytes) -> None:
        self.aura = aura
        self._vote = _ed25519()[0](checked_bytes(votes, "votes", 32))
        self.votes: bytes = self._vote.public_key().public_bytes_raw()

    @classmethod
    def development(cls, name: str) -> CollatorKeys:
        """Return the keys of a development account, which everybody knows."""
        return cls(development(name), development_ed25519(name))

    def announce(self, genesis: bytes, rng: Rng) -> bytes:
        """Return the keys message for the chain of this genesis hash."""
        signed = _signed(checked_bytes(genesis, "genesis", 32), self.aura.public, self.votes)
        return self.aura.public + self.votes + self.aura.sign(signed, rng) + self.vote(signed)

    def seal(self, message: bytes, rng: Rng) -> bytes:
        """Return the sr25519 signature of a header's hash, or of a submission."""
        return self.aura.sign(message, rng)

    def vote(self, message: bytes) -> bytes:
        """Return the ed25519 signature of a vote."""
        signature: bytes = self._vote.sign(message)
        return signature

    def __repr__(self) -> str:
        return f"<CollatorKeys {self.aura.public.hex()[:8]}…>"
