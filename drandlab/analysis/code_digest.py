"""What tells whether two processes run the same drandlab: one hash over the source of the package.

Results of another version may differ, and between releases all versions have one number. So what another process or an
earlier sweep has computed counts only if it was computed by the same source.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

__all__ = ["code_digest"]


@cache
def code_digest() -> str:
    """Return the SHA-256 over the names and texts of all modules of this package, in hexadecimal.

    >>> len(code_digest())
    64
    """
    package, found = Path(__file__).parents[1], hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        text = path.read_bytes()
        found.update(f"{path.relative_to(package).as_posix()} {len(text)}\n".encode())
        found.update(text)
    return found.hexdigest()
