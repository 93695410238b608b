r"""Identity-based encryption: what is encrypted to a message can be read with the signature of that message.

Timelock files are made of it. Anybody can encrypt to an identity (the digest of a round) under a group's public key
$K = xg$; whoever has the group's signature of that identity, $S = xQ$ with $Q = H(id)$, can decrypt. With a random
string $\sigma$ as long as the message,

    k = H3(sigma, m)      U = k g      V = sigma xor H2(e(Q, K)^k)      W = m xor H4(sigma)

Decryption: $\sigma = V \oplus H_2(e(S, U))$, $m = W \oplus H_4(\sigma)$, and $U = H_3(\sigma, m) g$ must hold, so that
no bit of the ciphertext can be changed (the transform of Fujisaki and Okamoto). It works since $e(S, U) = e(Q,
g)^{xk} = e(Q, K)^k$.

The three hashes are the scheme's, with a prefix: SHA-256, or Keccak-256 on BN254. H2 hashes kyber's bytes of a pairing
value (`GTElement`), H3 repeats its hash until the number is below the group order, without reduction (`candidates`).
`steps` gives every value on the way. As bytes, a ciphertext is U || V || W.

Source: Boneh, Franklin, "Identity-based encryption from the Weil pairing", CRYPTO 2001; Gailly, Melissaris, Romailler,
"tlock: practical timelock encryption from threshold BLS", ePrint 2023/189; kyber ``encrypt/ibe``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from drandlab.algebra.field import FieldElement
from drandlab.crypto.bls import BLS
from drandlab.curves.group import Point, checked_key, checked_point
from drandlab.curves.pairing import GTElement
from drandlab.errors import DecodeError, LocalError, VerificationError, WrongType
from drandlab.typing import Rng, checked_bytes, checked_int

__all__ = [
    "LONGEST",
    "Ciphertext",
    "EncryptionSteps",
    "Opener",
    "candidates",
    "decrypt",
    "encrypt",
    "h2",
    "h3",
    "h4",
    "steps",
]

LONGEST = 32
"""Bytes of the longest message: the length of one hash."""

_TRIES = 65534


@dataclass(frozen=True, slots=True, kw_only=True)
class Ciphertext:
    """U, a point of the key group, and V and W, each as long as the message.

    >>> import random
    >>> from drandlab.crypto.schemes import scheme
    >>> bls = BLS.of(scheme("bls-unchained-g1-rfc9380"), "glass")
    >>> sealed = encrypt(bls, bls.public_key(42), bls.scheme.digest(1000), bytes(16), random.Random(1))
    >>> data = sealed.to_bytes()
    >>> len(data), Ciphertext.from_bytes(bls, data) == sealed
    (128, True)
    """

    u: Point
    v: bytes
    w: bytes

    def __post_init__(self) -> None:
        checked_key(self.u, "u")
        for name in ("v", "w"):
            object.__setattr__(self, name, checked_bytes(getattr(self, name), name))

    def to_bytes(self) -> bytes:
        """Return U || V || W, with U in the one encoding of a point."""
        return bytes(self.u) + self.v + self.w

    @staticmethod
    def from_bytes(bls: BLS, data: bytes, length: int = 16) -> Ciphertext:
        """Return the ciphertext that is written as ``data``, of a message of ``length`` bytes (0 to 32).

        Raises `VerificationError` for another number of bytes (code ``length``), or when U is not the one encoding of a
        point (``flags``, ``range``), off the curve (``curve``), outside the subgroup (``subgroup``) or at infinity
        (``infinity``).
        """
        u, v, w = _parts(bls, checked_bytes(data, "data"), length)
        return Ciphertext(u=_decode(bls, u), v=v, w=w)


def _parts(bls: BLS, data: bytes, length: int) -> tuple[bytes, bytes, bytes]:
    start, length = bls.keys.length, checked_int(length, "length", 0, LONGEST)
    middle, wanted = start + length, start + 2 * length
    if len(data) != wanted:
        why = f"ibe: expected {wanted} bytes for {bls.scheme.name}, got {len(data)}"
        raise VerificationError(why, code="length")
    return data[:start], data[start:middle], data[middle:]


def _decode(bls: BLS, data: bytes) -> Point:
    try:
        return bls.keys.decode(data)
    except DecodeError as error:
        raise _no_point(error) from error


def _no_point(error: DecodeError) -> VerificationError:
    return VerificationError(f"ibe: U: {error}", code=error.code)


@dataclass(frozen=True, slots=True, kw_only=True)
class EncryptionSteps:
    """Every value between a message and its ciphertext, for lessons and for known-answer tests; see `steps`."""

    identity: bytes
    hashed: Point
    """$Q$, the hash of the identity to the signature group."""
    sigma: bytes = field(repr=False)
    tries: int
    """How many hashes H3 took until a number was below the group order."""
    k: FieldElement = field(repr=False)
    value: GTElement = field(repr=False)
    """$e(Q, K)^k$."""
    mask: bytes = field(repr=False)
    """H2 of the value, what hides sigma."""
    ciphertext: Ciphertext


def _xor(a: bytes, b: bytes) -> bytes:
    return (int.from_bytes(a, "big") ^ int.from_bytes(b, "big")).to_bytes(len(a), "big")


def h2(bls: BLS, value: GTElement, length: int) -> bytes:
    r"""Return the first ``length`` bytes of $H(\text{"IBE-H2"} \| \text{bytes of the value})$.

    >>> from drandlab.curves import suite
    >>> s = suite("bls12-381", "py_ecc")
    >>> from drandlab.crypto.schemes import scheme
    >>> h2(BLS.of(scheme("bls-unchained-g1-rfc9380"), "py_ecc"), s.pairing(s.g1.generator, s.g2.generator), 16).hex()
    'cb87319f24560b5231579a09ad79f12e'
    """
    if not isinstance(value, GTElement):
        raise WrongType(f"expected a value of the pairing, got {type(value).__name__}", argument="value")
    return bls.scheme.hashed(b"IBE-H2" + bytes(value))[: checked_int(length, "length", 0, LONGEST)]


def candidates(bls: BLS, sigma: bytes, message: bytes) -> Iterator[int]:
    r"""Yield the numbers that H3 tries, in their order: the first one below the group order is its result.

    With $t = H(\text{"IBE-H3"} \| \sigma \| m)$ they are $H(i \| t)$ for i = 1, 2, ..., where i is two bytes,
    little-endian. The digest is big-endian; its top bits, which no number below the order has (one of BLS12-381, two of
    BN254), are shifted out of its first byte. On BLS12-381 one number in eleven is not below the order.
    """
    hashed = bls.scheme.hashed
    seed = hashed(b"IBE-H3" + checked_bytes(sigma, "sigma") + checked_bytes(message, "message"))
    spare = 256 - bls.suite.order.bit_length()

    def numbers() -> Iterator[int]:
        for i in range(1, _TRIES + 1):
            digest = hashed(i.to_bytes(2, "little") + seed)
            yield int.from_bytes(bytes([digest[0] >> spare]) + digest[1:], "big")

    return numbers()


def h3(bls: BLS, sigma: bytes, message: bytes) -> FieldElement:
    r"""Return $k = H_3(\sigma, m)$, the first of the `candidates` that is below the group order."""
    return _h3(bls, sigma, message)[1]


def _h3(bls: BLS, sigma: bytes, message: bytes) -> tuple[int, FieldElement]:
    for tries, number in enumerate(candidates(bls, sigma, message), 1):
        if number < bls.suite.order:
            return tries, bls.field(number)
    why = f"ibe: no scalar below the group order in {_TRIES} tries, which does not happen by chance"
    raise VerificationError(why, code="no-scalar")


def h4(bls: BLS, sigma: bytes, length: int) -> bytes:
    r"""Return the first ``length`` bytes of $H(\text{"IBE-H4"} \| \sigma)$, what hides the message."""
    return bls.scheme.hashed(b"IBE-H4" + checked_bytes(sigma, "sigma"))[: checked_int(length, "length", 0, LONGEST)]


def _checked_message(message: bytes) -> bytes:
    message = checked_bytes(message, "message")
    if len(message) > LONGEST:
        raise LocalError(f"expected at most {LONGEST} bytes, got {len(message)}", argument="message")
    return message


def _pair(bls: BLS, signature_side: Point, key_side: Point) -> GTElement:
    if bls.scheme.signature_group == "G1":
        return bls.suite.pairing(signature_side, key_side)
    return bls.suite.pairing(key_side, signature_side)


def _power(bls: BLS, hashed: Point, key: Point, k: FieldElement) -> GTElement:
    # e(Q, K)^k as e(kQ, K) or e(Q, kK): a multiplication costs less on the curve than in the target group, and on G1
    # less than on G2
    on_g1 = bls.scheme.signature_group == "G1"
    return _pair(bls, k * hashed if on_g1 else hashed, key if on_g1 else k * key)


def steps(bls: BLS, key: Point, identity: bytes, message: bytes, sigma: bytes) -> EncryptionSteps:
    r"""Return the values of an encryption with a chosen $\sigma$, which must be fresh random bytes outside of lessons.

    >>> from drandlab.crypto.schemes import scheme
    >>> bls = BLS.of(scheme("bls-unchained-g1-rfc9380"), "glass")
    >>> made = steps(bls, bls.public_key(42), bls.scheme.digest(1000), b"a file key", b"ten bytes!")
    >>> made.tries, made.k * bls.keys.generator == made.ciphertext.u
    (1, True)
    """
    key, message, identity = (
        checked_point(key, bls.keys, "key"),
        _checked_message(message),
        checked_bytes(identity, "identity"),
    )
    sigma = checked_bytes(sigma, "sigma", len(message))
    if key.is_identity:
        why = "must not be the point at infinity: anybody could decrypt"
        raise LocalError(why, argument="key", code="infinity")
    hashed = bls.hash(identity)
    tries, k = _h3(bls, sigma, message)
    value = _power(bls, hashed, key, k)
    mask = h2(bls, value, len(sigma))
    sealed = Ciphertext(u=k * bls.keys.generator, v=_xor(sigma, mask), w=_xor(message, h4(bls, sigma, len(message))))
    return EncryptionSteps(
        identity=identity, hashed=hashed, sigma=sigma, tries=tries, k=k, value=value, mask=mask, ciphertext=sealed
    )


def encrypt(bls: BLS, key: Point, identity: bytes, message: bytes, rng: Rng) -> Ciphertext:
    """Return ``message`` (at most 32 bytes) encrypted to the signature of ``identity`` under ``key``.

    >>> import random
    >>> from drandlab.crypto.schemes import scheme
    >>> signer = BLS.of(scheme("bls-unchained-g1-rfc9380"), "glass")
    >>> round_1000 = signer.scheme.digest(1000)
    >>> sealed = encrypt(signer, signer.public_key(42), round_1000, b"a file key", random.Random(1))
    >>> decrypt(signer, signer.decode_signature(signer.sign(42, round_1000)), sealed)
    b'a file key'
    """
    message = _checked_message(message)
    return steps(bls, key, identity, message, rng.randbytes(len(message))).ciphertext


def decrypt(bls: BLS, signature: Point, sealed: Ciphertext) -> bytes:
    """Return the message of ``sealed``, with the ``signature`` of its identity.

    Raises `VerificationError` when the signature is that of another identity, or the ciphertext was changed.
    """
    signature = checked_point(signature, bls.signatures, "signature")
    checked_point(sealed.u, bls.keys, "u")
    if len(sealed.v) != len(sealed.w):
        why = f"ibe: V and W have the same length, got {len(sealed.v)} and {len(sealed.w)} bytes"
        raise VerificationError(why, code="length")
    if len(sealed.w) > LONGEST:
        raise VerificationError(f"ibe: expected at most {LONGEST} bytes, got {len(sealed.w)}", code="length")
    message, k = _unmask(bls, _pair(bls, signature, sealed.u), sealed.v, sealed.w)
    if k * bls.keys.generator != sealed.u:
        raise _changed()
    return message


def _unmask(bls: BLS, value: GTElement, v: bytes, w: bytes) -> tuple[bytes, FieldElement]:
    sigma = _xor(v, h2(bls, value, len(v)))
    message = _xor(w, h4(bls, sigma, len(w)))
    return message, h3(bls, sigma, message)


def _changed() -> VerificationError:
    return VerificationError("ibe: not the signature of the identity, or a changed ciphertext", code="ciphertext")


class Opener:
    r"""One signature, to decrypt any number of ciphertexts to its identity; what `decrypt` does, from bytes and faster.

    The signature is prepared once. U is decoded without a test of its subgroup, and the last equation is checked on the
    encodings: $U = kg$ has one encoding only, so equal bytes show that U is on the curve, in the subgroup and right.
    Each ciphertext is judged alone. A check of many at once, $\sum c_i U_i = (\sum c_i k_i) g$, would cost more: it
    needs that test for each U, since an error of small order can cancel.

    >>> import random
    >>> from drandlab.crypto.schemes import scheme
    >>> bls = BLS.of(scheme("bls-unchained-g1-rfc9380"), "glass")
    >>> round_7 = bls.scheme.digest(7)
    >>> rng, key = random.Random(1), bls.public_key(42)
    >>> both = [encrypt(bls, key, round_7, text, rng).to_bytes() for text in (b"one", b"two")]
    >>> opener = Opener(bls, bls.decode_signature(bls.sign(42, round_7)))
    >>> [opener.open(data, 3) for data in both]
    [b'one', b'two']
    """

    __slots__ = ("_pair", "bls", "signature")

    def __init__(self, bls: BLS, signature: Point) -> None:
        self.bls, self.signature = bls, checked_point(signature, bls.signatures, "signature")
        self._pair = bls.suite.paired_with(self.signature)

    def __repr__(self) -> str:
        return f"<Opener {self.bls.scheme.name}, backend {self.bls.suite.backend}>"

    def __reduce__(self) -> tuple[object, ...]:
        return Opener, (self.bls, self.signature)

    def open(self, data: bytes, length: int = 16) -> bytes:
        """Return the message of ``length`` bytes (0 to 32) in the ciphertext ``data``, which is U || V || W.

        Raises `VerificationError` with the codes of `Ciphertext.from_bytes`, or with ``ciphertext`` when the signature
        is that of another identity or the ciphertext was changed.
        """
        bls, data = self.bls, checked_bytes(data, "data")
        u, v, w = _parts(bls, data, length)
        try:
            value = self._pair(u)
        except DecodeError as error:
            raise _no_point(error) from error
        message, k = _unmask(bls, value, v, w)
        expected = k * bls.keys.generator
        if bytes(expected) != u or expected.is_identity:
            _decode(bls, u)  # raises if U is no point of the group
            raise _changed()
        return message
