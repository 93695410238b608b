"""Private randomness: 32 random bytes from one node to one client, encrypted both ways.

The first version of drand had it, and the specification names it: the request is an ECIES ciphertext to the node's key
that holds a fresh public key of the client's, the answer is 32 random bytes as an ECIES ciphertext to that key.

Source: drand v1.0 ``core/drand_public.go``.
"""

from __future__ import annotations

from drandlab.beacon.identity import Identity, KeyPair
from drandlab.crypto import ecies
from drandlab.errors import DecodeError, VerificationError
from drandlab.typing import Rng

__all__ = ["RANDOM_LENGTH", "answer_private", "ask_private", "open_private"]

RANDOM_LENGTH = 32
"""Random bytes in an answer."""


def ask_private(node: Identity, rng: Rng) -> tuple[bytes, KeyPair]:
    """Return a request for private randomness from ``node``, and the key pair that opens the answer.

    >>> import random
    >>> from drandlab.crypto.schemes import scheme
    >>> rng = random.Random(1)
    >>> node = KeyPair.generate("node0.example.org:80", scheme(), rng, backend="glass")
    >>> request, pair = ask_private(node.identity, rng)
    >>> len(open_private(answer_private(node, request, rng), pair))
    32
    """
    pair = KeyPair.generate("client:0", node.scheme, rng, backend=node.key.group.backend)
    return ecies.encrypt(node.key, bytes(pair.identity.key), rng), pair


def answer_private(pair: KeyPair, request: bytes, rng: Rng) -> bytes:
    """Return the encrypted answer of the node with this key pair; raises `VerificationError` for an invalid request."""
    group = pair.identity.key.group
    inner = ecies.decrypt(pair.secret, request, group.generator)
    try:
        client = group.decode(inner)
    except DecodeError as error:
        raise VerificationError(f"private randomness: the client's key: {error}", code=error.code) from error
    return ecies.encrypt(client, rng.randbytes(RANDOM_LENGTH), rng)


def open_private(answer: bytes, pair: KeyPair) -> bytes:
    """Return the 32 random bytes of an answer; raises `VerificationError` for one that does not open."""
    plain = ecies.decrypt(pair.secret, answer, pair.identity.key.group.generator)
    if len(plain) != RANDOM_LENGTH:
        why = f"private randomness: expected {RANDOM_LENGTH} bytes, got {len(plain)}"
        raise VerificationError(why, code="length")
    return plain
