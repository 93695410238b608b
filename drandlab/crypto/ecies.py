r"""ECIES: encryption to a public key. A dealer sends each share in this way, so that only its holder can read it.

With the holder's key $X = xg$ and a fresh scalar $k$: $R = kg$, the shared point $D = kX = xR$,

    okm = HKDF-SHA256(D, salt empty, info empty)    44 bytes: a 32-byte key and a 12-byte nonce
    ciphertext = R || AES-256-GCM(key, nonce, plaintext)    with a 16-byte tag

The specification says that this scheme is described "below" and never describes it; this is what production does.

Source: kyber ``encrypt/ecies``; Shoup, "A proposal for an ISO standard for public key encryption", 2001.
"""

from __future__ import annotations

from drandlab.algebra.field import FieldElement
from drandlab.curves.group import Point, checked_key, scalar_value
from drandlab.errors import DecodeError, VerificationError
from drandlab.typing import Rng, checked_bytes

__all__ = ["TAG_LENGTH", "decrypt", "encrypt"]

KEY_LENGTH, NONCE_LENGTH, TAG_LENGTH = 32, 12, 16


def _key_and_nonce(shared: Point) -> tuple[bytes, bytes]:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    okm = HKDF(algorithm=SHA256(), length=KEY_LENGTH + NONCE_LENGTH, salt=None, info=b"").derive(bytes(shared))
    return okm[:KEY_LENGTH], okm[KEY_LENGTH:]


def encrypt(key: Point, plaintext: bytes, rng: Rng) -> bytes:
    """Return the ciphertext of ``plaintext`` for the holder of ``key``.

    >>> import random
    >>> from drandlab.curves import suite
    >>> g1 = suite("bls12-381", "glass").g1
    >>> decrypt(g1.field(42), encrypt(42 * g1.generator, b"a share", random.Random(1)), g1.generator)
    b'a share'
    """
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    key, plaintext = checked_key(key), checked_bytes(plaintext, "plaintext")
    ephemeral = key.group.field.random(rng, nonzero=True)
    aes_key, nonce = _key_and_nonce(ephemeral * key)
    return bytes(ephemeral * key.group.generator) + AESGCM(aes_key).encrypt(nonce, plaintext, None)


def decrypt(secret: int | FieldElement, ciphertext: bytes, base: Point) -> bytes:
    """Return the plaintext; ``base`` is the generator of the key's group.

    Raises `VerificationError` for a ciphertext that is too short, an invalid ephemeral point, or a wrong tag. An
    ephemeral point at infinity is accepted, as in production, although anybody can read such a ciphertext.
    """
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    group, ciphertext = checked_key(base, "base").group, checked_bytes(ciphertext, "ciphertext")
    x = scalar_value(secret, group.order, "secret")
    if len(ciphertext) < group.length:
        why = f"ecies: expected at least {group.length} bytes, got {len(ciphertext)}"
        raise VerificationError(why, code="length")
    try:
        ephemeral = group.decode(ciphertext[: group.length], identity=True)
    except DecodeError as error:
        raise VerificationError(f"ecies: ephemeral {error}", code=error.code) from error
    aes_key, nonce = _key_and_nonce(x * ephemeral)
    try:
        return AESGCM(aes_key).decrypt(nonce, ciphertext[group.length :], None)
    except (InvalidTag, ValueError):
        why = "ecies: the tag does not match: wrong key or damaged ciphertext"
        raise VerificationError(why, code="tag") from None
