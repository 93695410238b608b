"""py_ecc, without what its import does to the interpreter.

It lifts the recursion limit to 100,000, so far that deeply nested input to any parser overflows the C stack and ends
the process, instead of raising. All of this floor takes py_ecc from here.
"""

from __future__ import annotations

import sys

_limit = sys.getrecursionlimit()
try:
    from py_ecc import optimized_bls12_381, optimized_bn128
finally:
    sys.setrecursionlimit(_limit)

__all__ = ["optimized_bls12_381", "optimized_bn128"]
