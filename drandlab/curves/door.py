"""The one door to the curves: ``suite(curve, backend)``.

All code above this floor opens a suite here and never imports a backend. There is exactly one suite for each curve and
backend, since points of two suites are never equal. So a pickle of a suite or a group holds only its names, and loading
it comes back here.
"""

from __future__ import annotations

from drandlab.curves import choice
from drandlab.curves.group import Group
from drandlab.curves.pairing import Suite
from drandlab.curves.params import CURVES
from drandlab.errors import LocalError

__all__ = ["suite"]

_opened: dict[tuple[str, str], Suite] = {}


def suite(curve: str = "bls12-381", backend: str | None = None) -> Suite:
    """Return the suite of ``curve`` (``"bls12-381"`` or ``"bn254"``).

    ``backend`` is ``"blst"``, ``"py_ecc"`` or ``"glass"``; None takes the one in force
    (`drandlab.curves.choice.current`). BN254 has no fast library, so ``"blst"`` gives its reference there; the result's
    ``backend`` says which one computes.

    >>> suite("bls12-381", "glass")
    <Suite bls12-381, backend glass>
    """
    if curve not in CURVES:
        raise LocalError(f"expected one of {', '.join(CURVES)}, got {curve!r}", argument="curve")
    backend = choice.resolve(backend)
    return _open(curve, "py_ecc" if curve == "bn254" and backend == "blst" else backend)


def _open(curve: str, backend: str) -> Suite:
    if (curve, backend) not in _opened:
        made = _make(curve, backend)
        made.restore = made.g1.restore = made.g2.restore = _restore
        _opened.setdefault((curve, backend), made)  # if two threads made one each, the first is kept
    return _opened[curve, backend]


def _make(curve: str, backend: str) -> Suite:
    if backend == "glass":
        from drandlab.curves.backends.glass import GlassSuite

        return GlassSuite(CURVES[curve])
    if curve == "bn254":
        from drandlab.curves.backends.bn254 import BN254Suite

        return BN254Suite()
    if backend == "blst":
        from drandlab.curves.backends.blst import BlstSuite

        return BlstSuite()
    from drandlab.curves.backends.bls12_381 import ReferenceSuite

    return ReferenceSuite()


def _restore(curve: str, backend: str, group: str | None = None) -> Suite | Group:
    opened = suite(curve, backend)
    return opened if group is None else opened.group(group)
