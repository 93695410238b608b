"""Lock a folder for one process: the operating system holds the lock and releases it when the process ends."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from os import PathLike

from drandlab.errors import LocalError

__all__ = ["locked"]

_BINARY = getattr(os, "O_BINARY", 0)


@contextmanager
def locked(folder: str | PathLike[str]) -> Iterator[None]:
    """Lock ``folder`` for this process while the block runs; the system releases it however the process ends.

    Raises `LocalError` if another process has locked it (or this one, a second time), and where the folder cannot be
    locked. Except on Windows, which cannot lock a folder itself, no file is made in it.
    """
    name = os.fspath(folder)
    try:
        import fcntl
    except ImportError:
        with _locked_file(name):
            yield
        return
    try:
        handle = os.open(name, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
    except (OSError, ValueError) as error:
        said = error.strerror if isinstance(error, OSError) else "not a valid folder name"
        raise LocalError(f"{name}: cannot be locked ({said})") from None
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _taken(name) from None
        except OSError as error:
            raise LocalError(f"{name}: cannot be locked ({error.strerror}): choose a folder on a local disk") from None
        try:
            yield
        finally:
            fcntl.flock(handle, fcntl.LOCK_UN)  # a process forked in the meantime holds it too
    finally:
        os.close(handle)


@contextmanager
def _locked_file(name: str) -> Iterator[None]:
    """Lock the first byte of a file in the folder: Windows locks no folders, and in a browser there is one process."""
    try:
        import msvcrt
    except ImportError:  # in a browser
        yield
        return
    try:
        handle = os.open(os.path.join(name, ".drandlab.lock"), os.O_RDWR | os.O_CREAT | _BINARY, 0o600)
    except OSError as error:
        raise LocalError(f"{name}: cannot be locked ({error.strerror})") from None
    try:
        try:
            # typed on Windows only
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined, unused-ignore]
        except OSError:
            raise _taken(name) from None
        yield
    finally:
        os.close(handle)


def _taken(name: str) -> LocalError:
    return LocalError(f"{name}: another drandlab process is at work in this folder: end that one first")
