"""The import of py_ecc, without its side effect on the interpreter.

py_ecc raises the recursion limit to 100,000. With that, deeply nested input to any parser overflows the C stack and
ends the process instead of raising an error. This whole folder imports py_ecc from here.
"""

from __future__ import annotations

import sys

_limit = sys.getrecursionlimit()
try:
    from py_ecc import optimized_bls12_381, optimized_bn128
finally:
    sys.setrecursionlimit(_limit)

__all__ = ["optimized_bls12_381", "optimized_bn128"]
