r"""The randomness of a block of the bridge, for any context.

$$rand_b(ctx) = \text{BLAKE2b-256}(\sigma_b \| \text{compact}(|ctx|) \| ctx)$$

with $\sigma_b$ the aggregated signature that the block's author submitted. What a subscriber is sent is another value,
SHA-256 of the same signature (`Pulse.randomness`).
"""

from __future__ import annotations

import hashlib

from drandlab.idn.pulses import SIGNATURE_LENGTH
from drandlab.typing import checked_bytes
from drandlab.wire.scale import compact

__all__ = ["block_randomness"]


def block_randomness(signature: bytes, subject: bytes = b"") -> bytes:
    """Return the 32 bytes of randomness that a block gives for ``subject``, which may be of any length.

    ``signature`` is the aggregated signature that was submitted last, 48 bytes. Whoever asks for the same subject
    gets the same bytes; a contract therefore puts its own address into it.

    >>> block_randomness(bytes(48)).hex()[:16], block_randomness(bytes(48), b"ctx").hex()[:16]
    ('68510a6fc9942832', 'd2aa638947fe012f')
    """
    signature = checked_bytes(signature, "signature", SIGNATURE_LENGTH)
    subject = checked_bytes(subject, "subject")
    return hashlib.blake2b(signature + compact(len(subject)) + subject, digest_size=32).digest()
