"""Signatures with the name of their scheme, and whether one is an account's."""

from __future__ import annotations

from drandlab.wire.scale import Enum, FixedBytes, Variant

__all__ = ["MULTI_SIGNATURE", "signature_holds"]

MULTI_SIGNATURE = Enum(
    "MultiSignature",
    {0: ("Ed25519", FixedBytes(64)), 1: ("Sr25519", FixedBytes(64)), 2: ("Ecdsa", FixedBytes(65))},
)
"""A signature with its scheme."""


def signature_holds(signature: Variant, message: bytes, account: bytes) -> bool:
    """Return whether this is the account's signature of the message; the account is the public key.

    An Ecdsa signature never holds: its account is the hash of a key on another curve, which is left out here.
    """
    if signature.name == "Sr25519":
        from drandlab.crypto.sr25519 import verify

        return verify(account, message, signature.value)
    if signature.name == "Ed25519":
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        try:
            Ed25519PublicKey.from_public_bytes(account).verify(signature.value, message)
        except (InvalidSignature, ValueError):
            return False
        return True
    return False
