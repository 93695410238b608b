"""The sr25519 signatures of Substrate: ristretto255, Merlin transcripts, keys and the development accounts.

>>> from drandlab.crypto.sr25519 import development
>>> development("Bob")
<Sr25519Key of 8eaf0415…>
"""

from drandlab.crypto.sr25519.accounts import WELL_KNOWN, development, development_ed25519, names
from drandlab.crypto.sr25519.sr25519_keys import CONTEXT, SIGNATURE_LENGTH, Sr25519Key, verify, verify_here

__all__ = [
    "CONTEXT",
    "SIGNATURE_LENGTH",
    "WELL_KNOWN",
    "Sr25519Key",
    "development",
    "development_ed25519",
    "names",
    "verify",
    "verify_here",
]
