r"""Identities: a node's address and long-term key, and the proof that it holds the secret of that key.

The proof of possession is a BLS signature of the key by itself, with $K$ the encoded key:

    identity hash     h = BLAKE2b-256(K)
    version 1         signature of h
    version 2         signature of scheme name || h

Without a proof, a node could show a key that it made from the others' keys (a rogue key). In version 2 the scheme's
name is signed too, so a proof for one scheme is not valid for another that has the same groups. Neither the address nor
the TLS flag is signed, so a node may move.

Source: drand ``common/key/keys.go`` (version 2), ``key/keys.go`` (version 1); the drand specification names the
signature and not its message.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field, replace
from functools import lru_cache

from drandlab.algebra.field import FieldElement
from drandlab.crypto.bls import BLS
from drandlab.crypto.scalars import pick_scalar
from drandlab.crypto.schemes import Scheme
from drandlab.curves.group import Point, checked_key
from drandlab.errors import LocalError, VerificationError
from drandlab.typing import Rng, checked_bytes

__all__ = ["Identity", "KeyPair", "blake2b_256", "check_address"]

# host:port, or [host]:port where the host holds colons; what Go's net.SplitHostPort takes
_ADDRESS = re.compile(r"(\[[^\[\]]*\]|[^\[\]:]*):[^\[\]:]*", re.DOTALL)


def blake2b_256(data: bytes) -> bytes:
    """Return BLAKE2b of ``data`` with 32 bytes of output and no key: the hash of identities, nodes and groups."""
    return hashlib.blake2b(checked_bytes(data, "data"), digest_size=32).digest()


def check_address(address: str) -> None:
    """Raise `LocalError` unless ``address`` has the form host:port.

    >>> check_address("[2001:db8::1]:4444")
    >>> check_address("example.org")
    Traceback (most recent call last):
    drandlab.errors.LocalError: address: expected host:port, got 'example.org'
    """
    if not isinstance(address, str) or _ADDRESS.fullmatch(address) is None:
        raise LocalError(f"expected host:port, got {address!r}", argument="address")
    if any(0xD800 <= ord(c) < 0xE000 for c in address):
        raise LocalError(f"not a text that UTF-8 can hold: {address!r}", argument="address")


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """The public side of a node: its address, its long-term public key, and its self-signature.

    Two identities are equal when address and key are, as in production. ``tls`` is a field of version 1 that version 2
    dropped. The signature is only checked by `check_self_signature`.

    >>> import random
    >>> from drandlab.crypto.schemes import scheme
    >>> identity = KeyPair.generate("node0.example.org:8000", scheme(), random.Random(1), backend="glass").identity
    >>> identity.check_self_signature()
    >>> len(identity.identity_hash)
    32
    """

    address: str
    key: Point
    scheme: Scheme = field(compare=False)
    signature: bytes = field(default=b"", compare=False)
    tls: bool = field(default=False, compare=False)

    def __post_init__(self) -> None:
        check_address(self.address)
        group = checked_key(self.key).group
        if (group.curve.name, group.name) != (self.scheme.curve, self.scheme.key_group):
            raise LocalError(
                f"{self.scheme.name} has keys on {self.scheme.key_group}, got a point of {group!r}", argument="key"
            )
        if self.key.is_identity:
            raise LocalError("must not be the point at infinity", argument="key")
        object.__setattr__(self, "signature", checked_bytes(self.signature, "signature"))

    @property
    def identity_hash(self) -> bytes:
        r"""$BLAKE2b\text{-}256(K)$: a name for the key, whatever the address."""
        return blake2b_256(bytes(self.key))

    def self_signature_message(self, version: int = 2) -> bytes:
        """Return what the node signs with its own key, by the rule of version 1 or 2."""
        if version not in (1, 2):
            raise LocalError(f"the rules of self-signatures are 1 and 2, got {version!r}", argument="version")
        return (self.scheme.name.encode() if version == 2 else b"") + self.identity_hash

    def check_self_signature(self, version: int = 2) -> None:
        """Raise `VerificationError` unless the node has proved, by the rule of ``version``, that the key is its own."""
        try:
            _proved(self.key, self.scheme, self.self_signature_message(version), self.signature)
        except VerificationError as error:
            why = f"self-signature of {self.address}: {error.reason}"
            raise VerificationError(why, code=error.code) from error.__cause__

    def verify(self, message: bytes, signature: bytes) -> None:
        """Raise `VerificationError` unless ``signature`` is this node's BLS signature of ``message``."""
        BLS.of(self.scheme, self.key.group.backend).verify(self.key, message, signature)

    def __repr__(self) -> str:
        return f"<Identity {self.address}, key {self.key.hex()[:8]}…>"


# Each of n nodes checks the same n signatures, and again whenever a network is made anew; what holds is remembered.
@lru_cache(maxsize=1024)
def _proved(key: Point, scheme: Scheme, message: bytes, signature: bytes) -> None:
    BLS.of(scheme, key.group.backend).verify(key, message, signature)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class KeyPair:
    """A long-term secret and the identity that shows its public key."""

    secret: FieldElement
    identity: Identity

    def __post_init__(self) -> None:
        if self.secret * self.identity.key.group.generator != self.identity.key:
            raise LocalError("it does not belong to the identity's key", argument="secret")

    @classmethod
    def of(
        cls,
        secret: int | FieldElement,
        address: str,
        scheme: Scheme,
        *,
        version: int = 2,
        tls: bool = False,
        backend: str | None = None,
    ) -> KeyPair:
        """Return the key pair of ``secret``, its identity self-signed by the rule of ``version``."""
        bls = BLS.of(scheme, backend)
        secret = bls.field(secret)
        if not secret:
            raise LocalError("must not be 0", argument="secret")
        bare = cls(
            secret=secret, identity=Identity(address=address, key=bls.public_key(secret), scheme=scheme, tls=tls)
        )
        signature = bare.sign(bare.identity.self_signature_message(version))
        return cls(secret=secret, identity=replace(bare.identity, signature=signature))

    @classmethod
    def generate(
        cls,
        address: str,
        scheme: Scheme,
        rng: Rng,
        *,
        version: int = 2,
        tls: bool = False,
        backend: str | None = None,
    ) -> KeyPair:
        """Return a fresh key pair, the secret picked as production picks it."""
        secret = pick_scalar(BLS.of(scheme, backend).field, rng)
        return cls.of(secret, address, scheme, version=version, tls=tls, backend=backend)

    def sign(self, message: bytes) -> bytes:
        """Return the node's BLS signature of ``message``."""
        return BLS.of(self.identity.scheme, self.identity.key.group.backend).sign(self.secret, message)

    def __repr__(self) -> str:
        # a secret must not reach a log or a saved notebook by accident
        return f"<KeyPair of {self.identity!r}>"
