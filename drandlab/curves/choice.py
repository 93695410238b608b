"""The choice of the backend: ``blst`` (fast), ``py_ecc`` (readable) or ``glass`` (shows discrete logarithms).

| backend | what it is | for |
| --- | --- | --- |
| ``blst`` | the blst library through the pyblst wheel | real data; the default where the wheel is installed |
| ``py_ecc`` | pure Python, about 200 times slower | reading the code, the browser, cross-checks |
| ``glass`` | a point stored as its discrete logarithm | lessons and long simulations; **no security at all** |

An argument decides, else ``with use_backend(...)``, else the environment variable ``DRANDLAB_BACKEND``, which is read
at first use and only here. Results never depend on the choice: ``blst`` and ``py_ecc`` agree in every byte.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib.util import find_spec
from types import MappingProxyType

from drandlab.errors import BackendUnavailable, LocalError
from drandlab.printable import repr_of

__all__ = ["BACKENDS", "available", "current", "resolve", "use_backend"]

BACKENDS: Mapping[str, str | None] = MappingProxyType({"blst": "pyblst", "py_ecc": "py_ecc", "glass": None})
"""The name of each backend, with the wheel that it needs."""

_chosen: ContextVar[str | None] = ContextVar("drandlab_backend", default=None)


@cache
def available() -> tuple[str, ...]:
    """Return the names of the backends that can run here, the fastest with real security first.

    >>> "glass" in available()
    True
    """
    return tuple(name for name, wheel in BACKENDS.items() if wheel is None or find_spec(wheel))


def _check(name: str, origin: str) -> str:
    if not isinstance(name, str) or name not in BACKENDS:
        raise LocalError(f"expected one of {', '.join(BACKENDS)}, got {repr_of(name)}", argument=origin)
    if name not in available():
        raise BackendUnavailable(
            f"backend {name!r} needs the package {BACKENDS[name]}, which is not installed; "
            f"available here: {', '.join(available())}",
            argument=origin,
        )
    return name


@cache
def _default() -> str:
    import os

    wanted = os.environ.get("DRANDLAB_BACKEND", "")
    if wanted:
        return _check(wanted, "DRANDLAB_BACKEND")
    return "blst" if "blst" in available() else "py_ecc"


def current() -> str:
    """Return the backend in force where no argument names one."""
    return _chosen.get() or _default()


def resolve(backend: str | None) -> str:
    """Return ``backend`` checked, or the one in force when it is None."""
    return current() if backend is None else _check(backend, "backend")


@contextmanager
def use_backend(name: str) -> Iterator[None]:
    """Use backend ``name`` inside the ``with`` block, and in the tasks that are started there.

    >>> with use_backend("glass"):
    ...     current()
    'glass'
    """
    token = _chosen.set(_check(name, "backend"))
    try:
        yield
    finally:
        _chosen.reset(token)
