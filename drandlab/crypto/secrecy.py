"""What holds secrets and is no value: it stays in its process.

A value that *is* a secret can be pickled, since that is how one hands it on: a scalar, a polynomial, a share, a key
pair, the result of a DKG. A machine, a host or a whole network that has secrets somewhere inside cannot, so that none
travels unseen to a worker or into a cache; its journal, info, groups and beacons can, and hold no secret.
"""

from __future__ import annotations

from typing import Any, NoReturn

from drandlab.errors import LocalError

__all__ = ["HoldsSecrets"]


class HoldsSecrets:
    """Refuses to be pickled, and to be copied: two copies of a machine would draw the same secrets.

    >>> import copy
    >>> class Machine(HoldsSecrets): ...
    >>> copy.copy(Machine())
    Traceback (most recent call last):
    drandlab.errors.LocalError: a Machine is neither pickled nor copied: there are secrets in it; pass on what is public
    """

    __slots__ = ()

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise LocalError(
            f"a {type(self).__name__} is neither pickled nor copied: there are secrets in it; pass on what is public"
        )
