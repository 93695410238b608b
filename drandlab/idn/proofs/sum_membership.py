r"""What the sums of the bridge prove of a single pulse, step by step, and what that costs.

Given the running pair $(Q, \sigma)$ for the rounds $a \ldots b$, a pulse $(r, \sigma_r)$ is shown to be among them by

1. $a \le r \le b$;
2. $\sigma_r$ is the beacon's signature of round $r$: one hash and one pairing check;
3. $Q = \sum_{i=a}^{b} H_1(i)$: a hash for **each** round of the range;
4. $e(\sigma, g_2) = e(Q, K)$: one pairing check.

All four are needed. As a signature is unique, $\sigma$ is then the sum of the true signatures of the whole range, and
$\sigma_r$ is the one of round $r$. Without step 3 the pair may be one of any other points: $(kQ, k\sigma)$ holds for
every $k$. Nothing shorter can be made of the pair: to take $\sigma_r$ out of the sum gives the pair of the others,
which again has to be hashed round by round. And where rounds may be skipped, nothing in the pair says which were.
"""

from __future__ import annotations

from dataclasses import dataclass

from drandlab.beacon.beacon import Beacon
from drandlab.curves.group import checked_key
from drandlab.errors import DecodeError, VerificationError
from drandlab.idn.sums import PULSE_SCHEME, Operations, on_curve, one_loop, rounds_between, sum_of_messages
from drandlab.typing import Round, checked_bytes

__all__ = ["MembershipSteps", "SumMembership"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MembershipSteps:
    """Which of the four steps hold, and what all of them have cost on the curve."""

    in_range: bool
    pulse: bool
    message: bool
    pair: bool
    operations: Operations

    @property
    def holds(self) -> bool:
        """Whether the pulse is shown to be among the rounds that were observed."""
        return self.in_range and self.pulse and self.message and self.pair


@dataclass(frozen=True, slots=True, kw_only=True)
class SumMembership:
    """The claim that a beacon is among the rounds ``start`` to ``end`` whose sums are ``message`` and ``signature``.

    >>> bls = on_curve("glass")
    >>> sigma = {r: 7 * bls.hash(PULSE_SCHEME.digest(r)) for r in range(5, 9)}
    >>> claim = SumMembership(
    ...     beacon=Beacon(round=6, signature=bytes(sigma[6])), start=5, end=8,
    ...     message=bytes(sum_of_messages(5, 8, "glass")), signature=bytes(bls.signatures.sum(list(sigma.values()))))
    >>> steps = claim.check(bytes(bls.public_key(7)), backend="glass")
    >>> steps.holds, steps.operations.hashes
    (True, 5)
    """

    beacon: Beacon
    start: Round
    end: Round
    message: bytes
    signature: bytes

    def __post_init__(self) -> None:
        rounds_between(self.start, self.end)
        checked_bytes(self.message, "message", 48)
        checked_bytes(self.signature, "signature", 48)

    def check(self, public_key: bytes, *, most: int = 1_000_000, backend: str | None = None) -> MembershipSteps:
        """Return which steps hold; nothing is computed for a range of more than ``most`` rounds: `LocalError`."""
        bls = on_curve(backend)
        key = checked_key(bls.decode_key(checked_bytes(public_key, "public_key", bls.keys.length)))
        rounds = rounds_between(self.start, self.end)
        expected = sum_of_messages(self.start, self.end, backend, most=most)
        cost = Operations(hashes=rounds + 1, additions=rounds - 1, miller_loops=4, final_exponentiations=2)
        try:
            bls.verify(key, PULSE_SCHEME.digest(self.beacon.round), self.beacon.signature)
            pulse = True
        except VerificationError:
            pulse = False
        try:
            message, signature = bls.signatures.decode(self.message), bls.signatures.decode(self.signature)
            pair = one_loop(key, message, signature).holds
        except DecodeError:
            pair = False
        return MembershipSteps(
            in_range=self.start <= self.beacon.round <= self.end,
            pulse=pulse,
            message=bytes(expected) == self.message,
            pair=pair,
            operations=cost,
        )
