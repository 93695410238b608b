"""Objects with secrets inside that stay in their process.

A value that *is* a secret can be pickled, to be passed on: a scalar, a polynomial, a share, a key pair, the result of a
DKG. A machine, a host or a whole network that has secrets somewhere inside cannot, so that no secret gets unnoticed
into another process or a cache. Its journal, info, groups and beacons can be pickled: they hold no secret.
"""

from __future__ import annotations

from typing import Any, NoReturn

from drandlab.errors import LocalError

__all__ = ["HoldsSecrets"]


class HoldsSecrets:
    """A base class whose objects cannot be pickled or copied: two copies of a machine would draw the same secrets.

    >>> import copy
    >>> class Machine(HoldsSecrets): ...
    >>> copy.copy(Machine())
    Traceback (most recent call last):
    drandlab.errors.LocalError: a Machine holds secrets and cannot be pickled or copied: pass on its public parts
    """

    __slots__ = ()

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise LocalError(
            f"a {type(self).__name__} holds secrets and cannot be pickled or copied: pass on its public parts"
        )
