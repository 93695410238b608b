r"""Random bytes that can be drawn once more: a crash in the midst of a DKG must not make a dealer deal twice.

$$block_i = SHA\text{-}256(seed \,\|\, \text{u64be } i), \qquad i = 0, 1, \ldots$$

A flying signer that starts again carries out the requests of its running DKG once more. With other random bytes it
would deal another polynomial, which is equivocation; with the same ones it says, to the byte, what it has said before.
The requests must then be the same as well: one nonce under two messages gives the key away. So the flying part keeps
both, the seed and the requests, and erases both at the end of the DKG.
"""

from __future__ import annotations

import hashlib

from drandlab.crypto.secrecy import HoldsSecrets

__all__ = ["Draws"]


class Draws(HoldsSecrets):
    """A source of random bytes that its seed determines.

    >>> one = Draws(bytes(32))
    >>> first, second = one.randbytes(5), one.randbytes(5)
    >>> one.reseed(bytes(32))
    >>> one.randbytes(10) == first + second
    True
    """

    def __init__(self, seed: bytes) -> None:
        self.reseed(seed)

    def __repr__(self) -> str:
        return "<Draws>"

    def reseed(self, seed: bytes) -> None:
        """Begin anew, with this seed."""
        self._seed, self._count, self._left = seed, 0, b""

    def randbytes(self, n: int, /) -> bytes:
        """Return the next ``n`` bytes."""
        while len(self._left) < n:
            self._left += hashlib.sha256(self._seed + self._count.to_bytes(8, "big")).digest()
            self._count += 1
        drawn, self._left = self._left[:n], self._left[n:]
        return drawn
