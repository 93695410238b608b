r"""A timelock capsule of the IDN: what its own crate ``timelock`` writes, the same idea as a tlock file in other bytes.

A fresh key of 32 bytes seals the text, and the key is encrypted to the signature of a round as `drandlab.crypto.ibe`
does it, but with other hashes. With $g$ the generator of $G_2$, $K$ the chain's key and $Q$ the hash of the round,

    k = SHA-256(sigma || key) mod r    U = k g    V = sigma xor SHA-256(e(Q, K)^k)    W = key xor SHA-256(sigma)

    capsule = U || V || W || length || body || length || "AES_GCM_"        96, 32 and 32 bytes first
    body    = length || AES-256-GCM(key, nonce, text) || length || nonce   a tag of 16 bytes, a nonce of 12

where each length is that of what follows it, in 8 bytes, little-endian.

| | tlock file | capsule |
| --- | --- | --- |
| key of the text | 16 bytes | 32 bytes |
| hashes | each with a prefix of its own | without prefixes |
| k | repeated until it is below r | reduced modulo r, so some numbers come up half as often again |
| pairing value | highest coefficient first, big-endian | lowest first, little-endian: the same bytes from the end |
| text | age: chunks, ChaCha20-Poly1305 | in one piece, AES-256-GCM |
| header | names the round and the chain, under a MAC | none: whoever opens it must know them |
| networks | every unchained one | quicknet, or another of its scheme |

So neither opens the other. A pulse of the IDN is the sum of the signatures of its rounds: that of one round opens a
capsule, that of several opens none, though a light client believes both.

Source: ideal-lab5/timelock, ``fullident.rs``, ``tlock.rs``, ``block_ciphers.rs``; ark-serialize, compressed form.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256

from drandlab.beacon.chain_info import ChainInfo
from drandlab.beacon.verify import Verifier
from drandlab.crypto.bls import BLS
from drandlab.crypto.ibe import Ciphertext
from drandlab.curves.group import Point
from drandlab.curves.pairing import GTElement
from drandlab.errors import LocalError, VerificationError, WrongType
from drandlab.timelock.reasons import TimelockError
from drandlab.timelock.tlock_stanza import checked_info
from drandlab.typing import LAST_ROUND, Rng, Round, checked_bytes, checked_int

__all__ = ["SCHEME", "IdnCapsule", "open_capsule", "seal_capsule"]

SCHEME = "bls-unchained-g1-rfc9380"
"""The one scheme that the crate knows, quicknet's."""

KEY_LENGTH, NONCE_LENGTH, TAG_LENGTH = 32, 12, 16

LONGEST_TEXT = (1 << 31) - 1 - TAG_LENGTH
"""Bytes of the longest text: one call of AES-GCM takes no more."""

_SUITE = b"AES_GCM_"
_LENGTH = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class IdnCapsule:
    """A capsule in its parts: the encrypted key (U, V, W), the sealed text with its tag, and the nonce."""

    key: Ciphertext
    text: bytes = field(repr=False)
    nonce: bytes

    def __post_init__(self) -> None:
        if not isinstance(self.key, Ciphertext):
            raise WrongType(f"expected a Ciphertext, got {type(self.key).__name__}", argument="key")
        object.__setattr__(self, "text", checked_bytes(self.text, "text"))
        object.__setattr__(self, "nonce", checked_bytes(self.nonce, "nonce", NONCE_LENGTH))

    def to_bytes(self) -> bytes:
        """Return the capsule as the crate writes it."""
        return (
            self.key.to_bytes()
            + _with_length(_with_length(self.text) + _with_length(self.nonce))
            + _with_length(_SUITE)
        )

    @staticmethod
    def from_bytes(bls: BLS, data: bytes) -> IdnCapsule:
        """Return the parts of a capsule, for the scheme of ``bls``.

        Raises `TimelockError`: truncated, trailing (bytes after the end), format (another cipher suite, or lengths that
        do not fit together), point (U is no point of the key group).
        """
        data = checked_bytes(data, "data")
        start = bls.keys.length + 2 * KEY_LENGTH
        if len(data) < start:
            why = f"the capsule is truncated: expected {start} bytes before the text, got {len(data)}"
            raise TimelockError(why, code="truncated")
        body, at = _read(data, start, "body")
        suite, at = _read(data, at, "cipher suite")
        if suite != _SUITE:
            raise TimelockError(
                f"another format: expected the cipher suite {_SUITE.hex()}, got {suite[:16].hex()}", code="format"
            )
        if at != len(data):
            raise TimelockError(f"{len(data) - at} trailing bytes after the capsule", code="trailing")
        text, nonce = _inner(body)
        try:
            key = Ciphertext.from_bytes(bls, data[:start], KEY_LENGTH)
        except VerificationError as error:
            raise TimelockError(f"the capsule holds no point: {error.reason}", code="point") from None
        return IdnCapsule(key=key, text=text, nonce=nonce)


def _with_length(data: bytes) -> bytes:
    return len(data).to_bytes(_LENGTH, "little") + data


def _read(data: bytes, at: int, name: str) -> tuple[bytes, int]:
    """Return what stands at ``at`` after its length, and the place behind it."""
    begin = at + _LENGTH
    end = begin + int.from_bytes(data[at:begin], "little")
    if end > len(data):
        raise TimelockError(f"the capsule is truncated: it ends within the {name}", code="truncated")
    return data[begin:end], end


def _inner(body: bytes) -> tuple[bytes, bytes]:
    try:
        text, at = _read(body, 0, "text")
        nonce, at = _read(body, at, "nonce")
    except TimelockError:
        raise TimelockError(
            "not in the format of a capsule: the lengths within its body do not fit", code="format"
        ) from None
    if at != len(body) or len(text) < TAG_LENGTH or len(nonce) != NONCE_LENGTH:
        why = f"expected a text with a tag of {TAG_LENGTH} bytes and a nonce of {NONCE_LENGTH} and nothing more"
        raise TimelockError(f"not in the format of a capsule: in its body, {why}", code="format")
    return text, nonce


def seal_capsule(text: bytes, info: ChainInfo, *, round: Round, rng: Rng, backend: str | None = None) -> bytes:
    """Return ``text`` in a capsule that opens with the signature of ``round``.

    ``rng`` gives 32 bytes for the key, 32 for sigma and 12 for the nonce, in this order; they must be unpredictable
    (``secrets.SystemRandom()``), and never come again.

    >>> import random, drandlab as dl
    >>> quicknet = dl.networks["quicknet"]
    >>> capsule = seal_capsule(b"until then", quicknet, round=1000, rng=random.Random(1))
    >>> signature = bytes.fromhex("b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125"
    ...                           "e342b73a8dd2bacbe47e4b6b63ed5e39")
    >>> len(capsule), open_capsule(capsule, quicknet, signature=signature)
    (238, b'until then')
    """
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    bls, text = _bls(info, backend), checked_bytes(text, "text")
    if len(text) > LONGEST_TEXT:
        raise LocalError(f"expected at most {LONGEST_TEXT} bytes, got {len(text)}", argument="text")
    digest = info.scheme.digest(checked_int(round, "round", 1, LAST_ROUND))
    key, sigma, nonce = rng.randbytes(KEY_LENGTH), rng.randbytes(KEY_LENGTH), rng.randbytes(NONCE_LENGTH)
    sealed = _encrypted_key(bls, Verifier.of(info, backend).key, digest, key, sigma)
    return IdnCapsule(key=sealed, text=AESGCM(key).encrypt(nonce, text, None), nonce=nonce).to_bytes()


def open_capsule(data: bytes, info: ChainInfo, *, signature: bytes, backend: str | None = None) -> bytes:
    """Return the text of the capsule ``data``, with the ``signature`` of its round.

    Raises `TimelockError`: what `IdnCapsule.from_bytes` refuses, signature (no point of the signature group), proof
    (the signature of another round or of several, or a changed key), chunk (a changed text or nonce).
    """
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    bls = _bls(info, backend)
    capsule = IdnCapsule.from_bytes(bls, data)
    try:
        point = bls.decode_signature(signature)
    except VerificationError as error:
        raise TimelockError(error.reason, code="signature") from None
    key = _decrypted_key(bls, point, capsule.key)
    try:
        return AESGCM(key).decrypt(capsule.nonce, capsule.text, None)
    except InvalidTag:
        raise TimelockError(
            "the text of the capsule, which is one chunk, does not verify: it was changed", code="chunk"
        ) from None


def _bls(info: ChainInfo, backend: str | None) -> BLS:
    if checked_info(info).scheme.name != SCHEME:
        raise LocalError(
            f"a capsule opens with a network of the scheme {SCHEME}, got {info.scheme.name}", argument="info"
        )
    return BLS.of(info.scheme, backend)


def _xor(a: bytes, b: bytes) -> bytes:
    return bytes(x ^ y for x, y in zip(a, b, strict=True))


def _hidden_by(value: GTElement) -> bytes:
    return sha256(bytes(value)[::-1]).digest()


def _scalar(bls: BLS, sigma: bytes, key: bytes) -> int:
    return int.from_bytes(sha256(sigma + key).digest(), "big") % bls.suite.order


def _encrypted_key(bls: BLS, public: Point, digest: bytes, key: bytes, sigma: bytes) -> Ciphertext:
    k = _scalar(bls, sigma, key)
    value = bls.suite.pairing(k * bls.hash(digest), public)
    return Ciphertext(u=k * bls.keys.generator, v=_xor(sigma, _hidden_by(value)), w=_xor(key, sha256(sigma).digest()))


def _decrypted_key(bls: BLS, signature: Point, sealed: Ciphertext) -> bytes:
    sigma = _xor(sealed.v, _hidden_by(bls.suite.pairing(signature, sealed.u)))
    key = _xor(sealed.w, sha256(sigma).digest())
    if _scalar(bls, sigma, key) * bls.keys.generator != sealed.u:
        why = "the key of the capsule does not pass its proof: not the signature of its one round, or it was changed"
        raise TimelockError(why, code="proof")
    return key
