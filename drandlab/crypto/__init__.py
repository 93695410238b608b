"""Floor 2: the five production schemes, BLS, threshold BLS, public polynomials and batch verification.

>>> from drandlab.crypto import BLS, scheme
>>> BLS.of(scheme("bls-unchained-g1-rfc9380"), "glass")
<BLS bls-unchained-g1-rfc9380, backend glass>
"""

from drandlab.crypto.bls import BLS
from drandlab.crypto.feldman import PublicPolynomial
from drandlab.crypto.schemes import SCHEMES, Scheme, scheme
from drandlab.crypto.tbls import ThresholdBLS, combine, partial_index, sign_partial

__all__ = [
    "BLS",
    "SCHEMES",
    "PublicPolynomial",
    "Scheme",
    "ThresholdBLS",
    "combine",
    "partial_index",
    "scheme",
    "sign_partial",
]
