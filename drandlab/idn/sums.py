r"""Sums of signatures, and the check that such a sum is of exactly the rounds of a range.

With $H_1$ the hash of a round to $G_1$, $g_2$ the generator of $G_2$ and $K$ the beacon's key, the signatures
$\sigma_a \ldots \sigma_b$ of contiguous rounds have the sum $\sigma$, the rounds themselves the sum $Q$, and

$$e(\sigma, g_2) = e(Q, K), \qquad Q = \sum_{r=a}^{b} H_1(r).$$

Two pairings show it as it stands (`two_pairings`). One loop does the same work with one final exponentiation, the
dearest step: $e(-\sigma, g_2) \cdot e(Q, K) = 1$ (`one_loop`). The verdict is the same, and what each has cost is
counted (`Operations`).

The sum proves only the sum. Two wrong signatures whose errors cancel pass, and which part belongs to which round is
not proved either; for these the single signatures must be verified.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from drandlab.crypto.bls import BLS
from drandlab.crypto.schemes import scheme
from drandlab.curves.group import Point, checked_key, checked_point
from drandlab.curves.pairing import Suite
from drandlab.errors import LocalError, VerificationError
from drandlab.typing import LAST_ROUND, Round, checked_bytes, checked_flag, checked_int

__all__ = [
    "MOST_SUMMED",
    "PULSE_SCHEME",
    "Checked",
    "Operations",
    "check_range",
    "hash_round",
    "on_curve",
    "one_loop",
    "rounds_between",
    "sum_of_messages",
    "two_pairings",
    "verify_encoded",
]

PULSE_SCHEME = scheme("bls-unchained-g1-rfc9380")
"""The scheme of the beacons that the bridge hears: unchained, signatures of 48 bytes on G1, keys of 96 on G2."""

MOST_SUMMED = 10_000
"""Rounds of a sum that are hashed at most, unless the caller allows more: the cost of a range has a bound."""


def on_curve(backend: str | None = None) -> BLS:
    """Return the operations of `PULSE_SCHEME` on ``backend`` (None: the one in force)."""
    return BLS.of(PULSE_SCHEME, backend)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operations:
    """What a check has cost, in operations on the curve; two of them are added with ``+``.

    >>> Operations(hashes=2, additions=1) + Operations(miller_loops=2, final_exponentiations=1)
    Operations(hashes=2, additions=1, miller_loops=2, final_exponentiations=1)
    """

    hashes: int = 0
    additions: int = 0
    miller_loops: int = 0
    final_exponentiations: int = 0

    def __add__(self, other: object) -> Operations:
        if not isinstance(other, Operations):
            return NotImplemented
        return Operations(
            hashes=self.hashes + other.hashes,
            additions=self.additions + other.additions,
            miller_loops=self.miller_loops + other.miller_loops,
            final_exponentiations=self.final_exponentiations + other.final_exponentiations,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """The verdict of a check, and what it has cost."""

    holds: bool
    operations: Operations


def hash_round(round: Round, backend: str | None = None) -> Point:
    r"""Return $H_1(r)$: the SHA-256 of the round's 8 bytes, big-endian, hashed to $G_1$.

    >>> hash_round(1000).hex()[:16]
    '8f5a32d53837b00f'
    """
    return on_curve(backend).hash(PULSE_SCHEME.digest(round))


def sum_of_messages(start: Round, end: Round, backend: str | None = None, *, most: int = MOST_SUMMED) -> Point:
    r"""Return $\sum_{r=start}^{end} H_1(r)$, a point of $G_1$.

    Nothing is computed for a range without rounds (``start > end``) or with more than ``most`` of them: both raise
    `LocalError`, whose code is ``range``.

    >>> sum_of_messages(1000, 1001).hex()[:16]
    'a69e9a3d5a833010'
    >>> sum_of_messages(0, 2**64 - 1)
    Traceback (most recent call last):
    drandlab.errors.LocalError: end: a sum has at most 10000 rounds, got 2^64
    """
    count = rounds_between(start, end)
    if count > checked_int(most, "most", 1):
        rule = f"a sum has at most {most} rounds, got {'2^64' if count > LAST_ROUND else count}"
        raise LocalError(rule, argument="end", code="range")
    bls = on_curve(backend)
    return bls.signatures.sum([bls.hash(PULSE_SCHEME.digest(round)) for round in range(start, start + count)])


def rounds_between(start: Round, end: Round) -> int:
    """Return how many rounds a range has, its ends included; raises `LocalError` for one that ends before it starts."""
    start = checked_int(start, "start", 0, LAST_ROUND)
    end = checked_int(end, "end", 0, LAST_ROUND)
    if start > end:
        raise LocalError(f"expected at least the start, {start}, got {end}", argument="end", code="range")
    return end - start + 1


def one_loop(key: Point, message: Point, signature: Point) -> Checked:
    r"""Check $e(-\sigma, g_2) \cdot e(Q, K) = 1$: two Miller loops and one final exponentiation.

    ``key`` is $K$ in $G_2$, ``message`` $Q$ and ``signature`` $\sigma$ in $G_1$, all of one backend. The point at
    infinity is a point as any other here: with $Q = \sigma = O$ the equation holds for every key.

    >>> bls = on_curve("glass")
    >>> one_loop(bls.public_key(7), hash_round(5, "glass"), 7 * hash_round(5, "glass"))
    Checked(holds=True, operations=Operations(hashes=0, additions=0, miller_loops=2, final_exponentiations=1))
    """
    suite = _suite(key, message, signature)
    holds = suite.pairing_check([(-signature, suite.g2.generator), (message, key)])
    return Checked(holds=holds, operations=Operations(miller_loops=2, final_exponentiations=1))


def two_pairings(key: Point, message: Point, signature: Point) -> Checked:
    r"""Check $e(\sigma, g_2) = e(Q, K)$ as it stands: the arguments and the verdict are those of `one_loop`.

    >>> bls = on_curve("glass")
    >>> two_pairings(bls.public_key(7), hash_round(5, "glass"), 8 * hash_round(5, "glass"))
    Checked(holds=False, operations=Operations(hashes=0, additions=0, miller_loops=2, final_exponentiations=2))
    """
    suite = _suite(key, message, signature)
    holds = suite.pairing(signature, suite.g2.generator) == suite.pairing(message, key)
    return Checked(holds=holds, operations=Operations(miller_loops=2, final_exponentiations=2))


def check_range(
    key: Point,
    start: Round,
    end: Round,
    signature: Point,
    *,
    form: Callable[[Point, Point, Point], Checked] = one_loop,
    most: int = MOST_SUMMED,
) -> Checked:
    r"""Check that ``signature`` is the sum of the signatures of the rounds ``start`` to ``end``, and count everything.

    For $k$ rounds that is $k$ hashes to the curve, $k - 1$ additions, and what ``form`` costs: `one_loop` or
    `two_pairings`. Raises `LocalError` as `sum_of_messages` does.

    >>> bls = on_curve("glass")
    >>> total = 7 * sum_of_messages(5, 9, "glass")
    >>> check_range(bls.public_key(7), 5, 9, total).operations
    Operations(hashes=5, additions=4, miller_loops=2, final_exponentiations=1)
    """
    message = sum_of_messages(start, end, checked_key(key).group.backend, most=most)
    checked = form(key, message, signature)
    rounds = rounds_between(start, end)
    return Checked(holds=checked.holds, operations=Operations(hashes=rounds, additions=rounds - 1) + checked.operations)


def _suite(key: Point, message: Point, signature: Point) -> Suite:
    suite = on_curve(checked_key(key).group.backend).suite
    checked_point(key, suite.g2, "key")
    checked_point(message, suite.g1, "message")
    checked_point(signature, suite.g1, "signature")
    return suite


def verify_encoded(
    key: bytes, message: bytes, signature: bytes, *, identity: bool = False, backend: str | None = None
) -> Operations:
    """Check an encoded signature of an encoded point; return what it has cost, or say what is wrong.

    Decoded are the key first (96 bytes), then the signature, then the message (48 bytes each), strictly and in their
    subgroups: `DecodeError`. Then `VerificationError` with the code ``signature`` where the equation does not hold.
    The point at infinity is refused, too, unless ``identity`` is true, as in the verifier of the real bridge: there
    infinity in all three places verifies.

    >>> bls = on_curve("glass")
    >>> key, message = bytes(bls.public_key(7)), hash_round(5, "glass")
    >>> verify_encoded(key, bytes(message), bytes(7 * message), backend="glass").final_exponentiations
    1
    """
    bls = on_curve(backend)
    identity = checked_flag(identity, "identity")
    key_point = bls.keys.decode(checked_bytes(key, "key"), identity=identity)
    signature_point = bls.signatures.decode(checked_bytes(signature, "signature"), identity=identity)
    message_point = bls.signatures.decode(checked_bytes(message, "message"), identity=identity)
    checked = one_loop(key_point, message_point, signature_point)
    if not checked.holds:
        raise VerificationError("signature: valid point, but not the key's signature of this sum", code="signature")
    return checked.operations
