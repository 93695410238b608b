r"""sr25519: Schnorr signatures over ristretto255 whose challenges come from a Merlin transcript, as in schnorrkel.

Substrate chains seal their blocks with them. With a secret scalar $x$, its key $A = x B$, a message $m$ in a context:

    sign      r secret, R = r B, k = H(context, m, A, R), s = r + k x; the signature is R and s
    verify    k = H(context, m, A, R), and s B - k A = R

$H$ is the transcript (`merlin`). The highest bit of the last byte is set in every signature: it tells it from one of
ed25519. The witness $r$ is drawn from the transcript, the secret nonce and the ``rng`` that is passed in, so that a run
of a simulation gives the same signatures each time.

The secret comes from a mini secret, 32 random bytes, by the expansion of ed25519. Nothing here runs in constant time:
it is for lessons and simulations.

Source: schnorrkel 0.11, ``src/sign.rs``, ``src/keys.rs``, ``src/derive.rs``; Substrate, ``sp-core``, ``sr25519.rs``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

from drandlab.crypto.sr25519.merlin import Transcript
from drandlab.crypto.sr25519.ristretto import ORDER, RistrettoPoint, base_times
from drandlab.errors import DecodeError
from drandlab.typing import Rng, checked_bytes, checked_text, whole_of_text

__all__ = ["CONTEXT", "SIGNATURE_LENGTH", "Sr25519Key", "chain_code", "verify", "verify_here"]

CONTEXT = b"substrate"
"""The context in which Substrate signs everything."""

SIGNATURE_LENGTH = 64

_MARK = 0x80


@cache
def _context(name: bytes) -> Transcript:
    transcript = Transcript(b"SigningContext")
    transcript.append(b"", name)
    return transcript


def _transcript(message: bytes, context: bytes) -> Transcript:
    transcript = _context(context).copy()
    transcript.append(b"sign-bytes", message)
    return transcript


def _challenge(transcript: Transcript, nonce_point: bytes) -> int:
    transcript.append(b"sign:R", nonce_point)
    return int.from_bytes(transcript.challenge(b"sign:c", 64), "little") % ORDER


@dataclass(frozen=True, slots=True)
class Sr25519Key:
    """A secret key of sr25519 with its public key of 32 bytes; two are equal when their public keys are.

    >>> import random
    >>> key = Sr25519Key.from_seed(bytes(32))
    >>> signature = key.sign(b"a block", random.Random(1))
    >>> verify(key.public, b"a block", signature), verify(key.public, b"another", signature)
    (True, False)
    >>> key
    <Sr25519Key of def12e42…>
    """

    public: bytes
    scalar: int = field(repr=False, compare=False)
    nonce: bytes = field(repr=False, compare=False)

    @classmethod
    def from_seed(cls, seed: bytes) -> Sr25519Key:
        """Return the key of a mini secret of 32 bytes: its SHA-512, clamped and divided by the cofactor 8."""
        wide = hashlib.sha512(checked_bytes(seed, "seed", 32)).digest()
        clamped = int.from_bytes(wide[:32], "little") & ((1 << 254) - 8) | 1 << 254
        scalar = (clamped >> 3) % ORDER
        return cls(public=base_times(scalar).to_bytes(), scalar=scalar, nonce=wide[32:])

    def sign(self, message: bytes, rng: Rng, *, context: bytes = CONTEXT) -> bytes:
        """Return the signature of 64 bytes; its witness takes 32 bytes of ``rng``."""
        transcript = _transcript(checked_bytes(message, "message"), checked_bytes(context, "context"))
        transcript.append(b"proto-name", b"Schnorr-sig")
        transcript.append(b"sign:pk", self.public)
        drawn = transcript.witness_bytes(b"signing", self.nonce, rng, 64)
        witness = int.from_bytes(drawn, "little") % ORDER
        nonce_point = base_times(witness).to_bytes()
        s = (_challenge(transcript, nonce_point) * self.scalar + witness) % ORDER
        return nonce_point + (s | _MARK << 248).to_bytes(32, "little")

    def hard(self, junction: str) -> Sr25519Key:
        """Return the key of the hard derivation ``//junction``: without the secret, nobody sees that the two belong.

        >>> from drandlab.crypto.sr25519.accounts import development
        >>> development("Alice").hard("stash").public.hex()
        'be5ddb1579b72e84524fc29e78609e3caf42e85aa118ebfe0b0ad404b5bdd25f'
        """
        transcript = Transcript(b"SchnorrRistrettoHDKD")
        transcript.append(b"sign-bytes", b"")
        transcript.append(b"chain-code", chain_code(checked_text(junction, "junction")))
        transcript.append(b"secret-key", self.scalar.to_bytes(32, "little"))
        return Sr25519Key.from_seed(transcript.challenge(b"HDKD-hard", 32))

    def __repr__(self) -> str:
        return f"<Sr25519Key of {self.public.hex()[:8]}…>"


def chain_code(junction: str) -> bytes:
    """Return Substrate's chain code of a junction, 32 bytes: a number as 8 bytes, a text as SCALE writes it, and zeros.

    A text that is too long is hashed.
    """
    number = whole_of_text(junction)
    if number is not None and number < 1 << 64:
        return number.to_bytes(8, "little").ljust(32, b"\0")
    text = junction.encode()
    size = len(text)
    length = bytes([size << 2]) if size < 1 << 6 else (size << 2 | 1).to_bytes(2, "little")
    coded = length + text
    return coded.ljust(32, b"\0") if len(coded) <= 32 else hashlib.blake2b(coded, digest_size=32).digest()


def verify_here(public: bytes, message: bytes, signature: bytes, *, context: bytes = CONTEXT) -> bool:
    """Whether ``signature`` is that of ``message`` under ``public``, decided by this module alone."""
    public, message = checked_bytes(public, "public"), checked_bytes(message, "message")
    signature, context = checked_bytes(signature, "signature"), checked_bytes(context, "context")
    if len(signature) != SIGNATURE_LENGTH or not signature[63] & _MARK:
        return False
    s = int.from_bytes(signature[32:], "little") & ~(_MARK << 248)
    if s >= ORDER:
        return False
    try:
        key = RistrettoPoint.from_bytes(public)
    except DecodeError:
        return False
    transcript = _transcript(message, context)
    transcript.append(b"proto-name", b"Schnorr-sig")
    transcript.append(b"sign:pk", public)
    challenge = _challenge(transcript, signature[:32])
    return (base_times(s) + challenge * -key).to_bytes() == signature[:32]


@cache
def _library() -> Callable[[bytes, bytes, bytes], bool] | None:
    try:
        import sr25519
    except ImportError:
        return None
    found: Callable[[bytes, bytes, bytes], bool] = sr25519.verify
    return found


def verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether ``signature`` is that of ``message`` under ``public``, in the context of Substrate.

    Decided by the library ``py-sr25519-bindings`` where it is installed, else by `verify_here`; the verdict is the
    same. What is no signature and no key at all is not valid either.

    >>> verify(bytes(32), b"", bytes(64)), verify(b"", b"", b"")
    (False, False)
    """
    public, message = checked_bytes(public, "public"), checked_bytes(message, "message")
    signature = checked_bytes(signature, "signature")
    check = _library()
    if check is None:
        return verify_here(public, message, signature)
    if len(public) != 32 or len(signature) != SIGNATURE_LENGTH:
        return False
    try:
        return check(signature, message, public)
    except ValueError:  # bytes that are no signature, or no key
        return False
