"""Floor 1: the pairing curves BLS12-381 and BN254 behind one door, with interchangeable backends.

>>> from drandlab.curves import suite
>>> s = suite("bls12-381", "glass")
>>> s.pairing(2 * s.g1.generator, s.g2.generator) == s.pairing(s.g1.generator, 2 * s.g2.generator)
True
"""

from drandlab.curves.choice import available, current, use_backend
from drandlab.curves.door import suite
from drandlab.curves.group import Group, Point
from drandlab.curves.pairing import GTElement, Suite
from drandlab.curves.params import BLS12_381, BN254, CurveParameters

__all__ = [
    "BLS12_381",
    "BN254",
    "CurveParameters",
    "GTElement",
    "Group",
    "Point",
    "Suite",
    "available",
    "current",
    "suite",
    "use_backend",
]
