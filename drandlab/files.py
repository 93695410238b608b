"""Reading, writing and replacing the user's files: the one place that decides how it is done.

**Reading.** A regular file, a FIFO, a device or the process's own input (``/dev/stdin``, a link to it) is read as it
comes, never beyond a bound. A folder, a socket and a missing file are refused. All errors are `FormatError` with the
name of the file.

**Writing.** The whole is written to a new file first, and takes the place of the old one in one step (``rename``): a
reader sees the old content or the new one, and after a failure the old one is as it was and nothing else is left.

======================= ===============================================================================================
the name is             what happens
======================= ===============================================================================================
a symbolic link         it stays; the file at the end of the chain of links is replaced, or made where it dangles
an existing file        it keeps its mode, and its owner and group where the system allows it; with ``private`` the new
                        one is the owner's alone (0600)
one of several hard     this name gets the new content, the others keep the old (a backup by hard links stays a backup)
links
a FIFO or a device      it stays; the content is written into it once it is whole
``/dev/stdout`` and     the open file of this process, in its place, after what was written there before
the like
a folder, a socket, a   refused, before any work begins where `check_writable` is asked
disk, write-protected,
a mount
======================= ===============================================================================================

The new file lies beside the *target*, so that both are on one file system, under a random name that is opened only if
no such file exists. All errors are `LocalError` with the name of the file, as the caller gave it.

Source: POSIX ``rename``, ``fsync``; "All File Systems Are Not Created Equal" (Pillai et al., OSDI 2014).
"""

from __future__ import annotations

import errno
import io
import os
import shutil
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, BinaryIO, cast

from drandlab.errors import FormatError, LocalError
from drandlab.locks import locked
from drandlab.paths import name_of, own_handle, private_folder
from drandlab.text import decoded

# fmt: off
__all__ = [
    "MOST", "MOST_SPOOLED", "check_writable", "is_mount", "locked", "name_of", "opened", "prepared", "read_bytes",
    "read_text", "regular", "seekable", "spooled", "written",
]
# fmt: on

MOST = 1 << 26
"""Bytes of a file that is read as a whole, unless its reader says otherwise."""

MOST_SPOOLED = 1 << 28
"""Bytes of a copy that is made since the file itself can be read only once."""

_FIRST = 64
"""Bytes that an open file can be peeked for at its beginning, if it has as many: they tell what it is."""

_PIECE = 1 << 16

_DISK = (
    {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS} if hasattr(errno, "EDQUOT") else {errno.ENOSPC}
)
"""The errors of a write that fails; they carry no file name."""

_BINARY = getattr(os, "O_BINARY", 0)  # Windows translates line ends without it
_NOT_OURS = getattr(os, "O_NOCTTY", 0)  # a terminal that is written to does not become the process's own


# -- reading ----------------------------------------------------------------------------------------------------------


def read_bytes(path: str | PathLike[str], most: int = MOST) -> bytes:
    """Return the bytes of the file ``path``; raises `FormatError` for more than ``most``, and where it cannot be read.

    >>> read_bytes("/no/such/file")
    Traceback (most recent call last):
    drandlab.errors.FormatError: /no/such/file: cannot be read: No such file or directory
    """
    with opened(path, most) as file:
        return file.read()


def read_text(path: str | PathLike[str], most: int = MOST) -> str:
    """Return the text of the file ``path``, which is UTF-8 with or without a byte order mark.

    Raises `FormatError` for more than ``most`` bytes, for another encoding, and where the file cannot be read.
    """
    data = read_bytes(path, most)
    try:
        return decoded(data)
    except FormatError as error:
        raise error.at(source=name_of(path)) from None


@contextmanager
def opened(path: str | PathLike[str], most: int | None = None) -> Iterator[io.BufferedReader]:
    """Give the file ``path`` as an open binary file that is read from its beginning to its end.

    It can be peeked for its first 64 bytes. Raises `FormatError` where it cannot be read, and when the reading goes
    beyond ``most`` bytes (None: no bound).
    """
    name = name_of(path)
    try:
        found, own = _found(name), own_handle(name)
        if stat.S_ISREG(found.st_mode):
            _check_size(name, found.st_size, most)
        raw = io.FileIO(os.dup(own) if own is not None else os.open(name, os.O_RDONLY | _BINARY | _NOT_OURS))
    except (OSError, ValueError) as error:
        raise _unreadable(name, error) from None
    stream: io.BufferedReader = io.BufferedReader(cast("Any", _Bounded(raw, name, most)), _PIECE)
    with stream:
        yield stream


@contextmanager
def seekable(path: str | PathLike[str], most: int = MOST_SPOOLED) -> Iterator[Path]:
    """Give a path to the content of the file ``path`` for a reader that seeks in it.

    That is the file itself where it is a regular one. What comes from a FIFO, a device or the process's own input is
    copied to a private file first, up to ``most`` bytes, which is removed in the end. Errors are those of `opened`.
    """
    name = name_of(path)
    with _clear_reading(name):
        _found(name)
        real = os.path.realpath(name) if regular(name) else ""
        if real and not os.access(real, os.R_OK):  # not opened: to close it would end locks that this process has
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    if real:
        yield Path(real)
        return
    with opened(path, most) as source, spooled(source, name) as copy:
        yield copy


@contextmanager
def spooled(source: BinaryIO, name: str, most: int = MOST_SPOOLED) -> Iterator[Path]:
    """Give the path of a private copy of what comes from ``source``, up to ``most`` bytes; it is removed in the end."""
    with _clear_reading(name):
        folder = private_folder()
    try:
        copy, size = os.path.join(folder, "copy"), 0
        with _clear_reading(name), open(copy, "wb") as target:
            while piece := source.read(_PIECE):
                size += len(piece)
                _check_size(name, size, most)
                target.write(piece)
        yield Path(copy)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def regular(path: str | PathLike[str]) -> bool:
    """Return whether ``path`` is there and is a regular file, or a link to one, that can be read again from its start.

    The process's own input is not: it is read from where it stands.
    """
    name = name_of(path)
    try:
        return stat.S_ISREG(os.stat(name).st_mode) and own_handle(name) is None
    except (OSError, ValueError):
        return False


class _Bounded(io.RawIOBase):
    """A raw file that refuses to give more than ``most`` bytes, and whose errors name it."""

    def __init__(self, raw: io.FileIO, name: str, most: int | None) -> None:
        self._raw, self._file, self._most, self._count = raw, name, most, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # Buffer is new in 3.12
        view = memoryview(buffer)
        count = more = self._read(view)
        while more and self._count + count < min(_FIRST, len(view)):
            more = self._read(view[count:])
            count += more
        self._count += count
        _check_size(self._file, self._count, self._most)
        return count

    def _read(self, view: memoryview) -> int:
        try:
            while (count := self._raw.readinto(view)) is None:  # a pipe that somebody else made non-blocking
                import select

                select.select([self._raw], [], [])
            return count
        except OSError as error:
            raise _unreadable(self._file, error) from None

    def close(self) -> None:
        self._raw.close()
        super().close()


def _found(name: str) -> os.stat_result:
    if not name:
        raise FormatError("the name of the file to read is empty", source=name)
    found = os.stat(name)
    if stat.S_ISDIR(found.st_mode):
        raise FormatError("is a folder, expected a file", source=name)
    if stat.S_ISSOCK(found.st_mode) and own_handle(name) is None:
        raise FormatError("is a socket, expected a file", source=name)
    return found


def _check_size(name: str, size: int, most: int | None) -> None:
    if most is not None and size > most:
        raise FormatError(f"longer than {most:,} bytes, which no file of this kind is", source=name)


def _unreadable(name: str, error: OSError | ValueError) -> FormatError:
    if isinstance(error, FormatError):
        return error
    said = error.strerror or str(error) if isinstance(error, OSError) else "not a valid file name"
    return FormatError(f"cannot be read: {said}", source=name)


@contextmanager
def _clear_reading(name: str) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError) as error:
        raise _unreadable(name, error) from None


# -- writing ----------------------------------------------------------------------------------------------------------


def check_writable(path: str | PathLike[str]) -> None:
    """Raise, before long work begins, the `LocalError` that writing ``path`` after it would raise.

    Nothing is left behind, and what is there stays as it is.

    >>> check_writable("/no/such/folder/journal.jsonl")
    Traceback (most recent call last):
    drandlab.errors.LocalError: /no/such/folder/journal.jsonl: cannot be written (its folder /no/such/folder ...
    """
    place = _place(path)
    if not place.through:
        _remove(_new_beside(place, 0o600))


@contextmanager
def written(path: str | PathLike[str], private: bool = False) -> Iterator[BinaryIO]:
    """Give an open binary file (one can seek in it) whose content becomes that of ``path`` when the block ends well.

    ``private`` makes it readable for its owner alone. Raises `LocalError` where it cannot be written; errors of the
    block pass as they are.
    """
    with prepared(path, private) as temporary, open(temporary, "r+b") as file:
        yield file


@contextmanager
def prepared(path: str | PathLike[str], private: bool = False) -> Iterator[Path]:
    """Give the path of a new, empty file, as `written` gives an open one: for a writer that opens it by itself."""
    place = _place(path)
    temporary = _new_apart(place) if place.through else _new_beside(place, 0o600 if private or place.found else 0o666)
    try:
        yield Path(temporary)
        place.take(temporary, private)
    except OSError as error:
        if error.errno in _DISK and error.filename is None:
            raise _unwritable(place.name, error) from None
        raise
    finally:
        try:
            _remove(temporary, place.through)
        except (KeyboardInterrupt, SystemExit):  # a second signal, or one that came while the block was in foreign code
            _remove(temporary, place.through)
            raise


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an output goes: the name as given, the path behind its links, what is there, this process's open file."""

    name: str
    real: str
    found: os.stat_result | None
    own: int | None

    @property
    def through(self) -> bool:
        """Whether the content is written into what is there, which is not replaced."""
        return self.own is not None or (self.found is not None and not stat.S_ISREG(self.found.st_mode))

    def take(self, temporary: str, private: bool) -> None:
        """Put the finished file ``temporary`` in its place."""
        try:
            if self.through:
                self._copy(temporary)
                return
            handle = os.open(temporary, os.O_RDWR | _BINARY)
            try:
                if self.found is not None:
                    _make_alike(handle, self.found, private)
                os.fsync(handle)
            finally:
                os.close(handle)
            os.replace(temporary, self.real)
            _sync(os.path.dirname(self.real))
        except BrokenPipeError:
            if self.own == 1:
                raise  # as for everything else that is written there
            raise LocalError(f"{self.name}: cannot be written (who read it has closed it)") from None
        except OSError as error:
            raise _unwritable(self.name, error) from None

    def _copy(self, temporary: str) -> None:
        if self.own is None:
            own = os.open(self.name, os.O_WRONLY | _BINARY | _NOT_OURS)
        else:
            for stream in (sys.stdout, sys.stderr):  # what was printed before comes before
                if stream is not None:
                    stream.flush()
            own = os.dup(self.own)
        with open(own, "wb") as target, open(temporary, "rb") as source:
            shutil.copyfileobj(source, target, _PIECE)


def _place(path: str | PathLike[str]) -> _Place:
    name = name_of(path)
    if not name:
        raise LocalError("the name of the file to write is empty")
    try:
        try:
            found: os.stat_result | None = os.stat(name)
        except FileNotFoundError:
            found = None
        own, real = own_handle(name), os.path.realpath(name)
        if own is not None:
            os.write(own, b"")  # fails for one that was opened for reading
    except (OSError, ValueError) as error:
        raise _unwritable(name, error) from None
    why = ""
    if found is None:
        why = "names a folder" if name.endswith(("/", os.sep)) else ""
    elif stat.S_ISDIR(found.st_mode):
        why = "is a folder"
    elif stat.S_ISSOCK(found.st_mode) and own is None:
        why = "is a socket"
    elif stat.S_ISBLK(found.st_mode):
        why = "is a disk"
    elif own is None and not os.access(name, os.W_OK):
        why = "is write-protected"
    elif own is None and stat.S_ISREG(found.st_mode) and is_mount(real):
        why = "is a mount of its own, which cannot be replaced in one step"
    if why:
        raise LocalError(f"{name}: cannot be written ({why})")
    return _Place(name, real, found, own)


def _new_beside(place: _Place, mode: int) -> str:
    """Make a new file beside the target and return its path; a file that is there already is never opened."""
    folder = os.path.dirname(place.real)
    while True:
        path = os.path.join(folder, f".drandlab-{os.getpid()}-{os.urandom(8).hex()}.tmp")
        try:
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, mode))
            return path
        except FileExistsError:
            continue
        except (FileNotFoundError, NotADirectoryError):
            why = f"its folder {folder} does not exist"
        except OSError as error:
            why = f"its folder {folder} takes no new file: {error.strerror or error}"
        raise LocalError(f"{place.name}: cannot be written ({why})") from None


def _new_apart(place: _Place) -> str:
    """Make a new file in a private folder and return its path: what it will hold is copied from there."""
    try:
        path = os.path.join(private_folder(), "whole")
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        raise LocalError(f"{place.name}: cannot be written (no place to prepare it: {error.strerror})") from None
    return path


def _make_alike(handle: int, found: os.stat_result, private: bool) -> None:
    """Give a new file the owner, group and mode of the one that it replaces, as far as the system allows it."""
    mode = stat.S_IMODE(found.st_mode)
    if hasattr(os, "fchown"):
        try:
            os.fchown(handle, found.st_uid, found.st_gid)
        except OSError:
            try:
                os.fchown(handle, -1, found.st_gid)
            except OSError:
                mode &= ~0o070 | (mode & 0o007) << 3  # a wrong group may do no more than everybody
    if hasattr(os, "fchmod"):
        with suppress(OSError):  # it was made for its owner alone
            os.fchmod(handle, 0o600 if private else mode)


def is_mount(real: str) -> bool:
    """Return whether a file is a mount point, as containers have them for single files: it cannot be renamed over."""
    try:
        with open("/proc/self/mountinfo", "rb") as table:
            rows = table.read().split(b"\n")
    except OSError:
        return False
    path = os.fsencode(real)
    for character in b"\\ \t\n":
        path = path.replace(bytes([character]), b"\\%03o" % character)
    return any(row.split(b" ")[4:5] == [path] for row in rows)


def _sync(folder: str) -> None:
    """Flush the entries of a folder to the disk, where the system can."""
    if os.name == "posix":
        with suppress(OSError):
            handle = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


def _remove(path: str, with_folder: bool = False) -> None:
    with suppress(OSError):
        os.unlink(path)
    if with_folder:
        shutil.rmtree(os.path.dirname(path), ignore_errors=True)


def _unwritable(name: str, error: OSError | ValueError) -> LocalError:
    said = error.strerror or str(error) if isinstance(error, OSError) else "not a valid file name"
    return LocalError(f"{name}: cannot be written ({said})")
