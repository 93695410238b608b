"""The file of a host's identity: the seed of its ed25519 key, so that it has the same peer ID at every start."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from drandlab.errors import LocalError
from drandlab.files import written
from drandlab.remote.keep.durable import read_own
from drandlab.text import hex_bytes

__all__ = ["identity_of"]

_LONGEST = 1000


def identity_of(path: Path | None) -> bytes:
    """Return the 32-byte seed that the file has in hexadecimal; a new one is made and written where there is no file.

    Without a ``path`` the seed is a new one, which is kept nowhere. Raises `LocalError` for a file that holds something
    else, that others may read, or that cannot be read or written.
    """
    if path is None:
        return secrets.token_bytes(32)
    try:
        content, mode = read_own(path, _LONGEST)
    except FileNotFoundError:
        seed = secrets.token_bytes(32)
        with written(path, private=True) as file:
            file.write(seed.hex().encode() + b"\n")
        return seed
    except OSError as error:
        raise LocalError(f"{path}: cannot be read ({error.strerror})", argument="key") from None
    if os.name == "posix" and mode & 0o077:
        raise LocalError(
            f"{path}: a secret that others may read (mode {mode:o}): make it 600, or a new one if they did",
            argument="key",
            code="exposed-secret",
        )
    read = _seed(content)
    if read is None:
        # outside of the except, whose error would keep what the file holds
        raise LocalError(f"{path}: expected 64 hexadecimal digits, the seed of an ed25519 key", argument="key")
    return read


def _seed(content: bytes) -> bytes | None:
    try:
        return hex_bytes(content.decode("ascii").strip(), length=32)
    except ValueError:
        return None
