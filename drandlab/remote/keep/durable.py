"""The project's own files and folders, written atomically: complete or not at all, even if the power fails.

A rename is the only step that a file system does at once. So a folder of files is written beside its place, flushed to
the disk (``fsync`` of each file and of the folder), and renamed; ``fsync`` of the parent folder makes the rename last.

`drandlab.files` handles the files that users name for input or output; this module handles the project's own names in
its own folders. So nothing is written through a link or a device, and `read_own` reads regular files only.

Source: POSIX ``rename``, ``fsync``; "All File Systems Are Not Created Equal" (Pillai et al., OSDI 2014).
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path

__all__ = ["make_folders", "move_all", "read_own", "remove_folder", "sync_folder", "write_folder"]

FOLDER_MODE = 0o700


def sync_folder(folder: Path) -> None:
    """Flush the names in ``folder`` to the disk, on systems that can."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read_own(path: Path, most: int) -> tuple[bytes, int]:
    """Return the content and the mode (its last nine bits) of a regular file of at most ``most`` bytes.

    Raises `OSError`, also for what is not a regular file: a FIFO might block for ever.
    """
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            kind = "a folder" if stat.S_ISDIR(found.st_mode) else "no regular file"
            raise OSError(errno.EINVAL, f"it is {kind}", str(path))
        with open(handle, "rb", closefd=False) as file:
            content = file.read(most + 1)
    finally:
        os.close(handle)
    if len(content) > most:
        raise OSError(errno.EFBIG, f"it is longer than {most:,} bytes, which no such file is", str(path))
    return content, stat.S_IMODE(found.st_mode) & 0o777


def make_folders(folder: Path) -> None:
    """Make ``folder`` and its missing parents, accessible to their owner only."""
    if not folder.is_dir():
        make_folders(folder.parent)
        os.mkdir(folder, FOLDER_MODE)
        sync_folder(folder.parent)


def write_folder(folder: Path, files: Mapping[str, tuple[bytes, int]]) -> None:
    """Create ``folder`` with ``files`` (name to content and mode) in one step; it must not exist or be empty."""
    unfinished = folder.with_name(f"{folder.name}.tmp")
    remove_folder(unfinished, files)
    os.mkdir(unfinished, FOLDER_MODE)
    for name, (content, mode) in files.items():
        handle = os.open(unfinished / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        try:
            while content:
                content = content[os.write(handle, content) :]
            os.fsync(handle)
        finally:
            os.close(handle)
    sync_folder(unfinished)
    if folder.is_dir():
        os.rmdir(folder)
    os.rename(unfinished, folder)
    sync_folder(folder.parent)


def remove_folder(folder: Path, names: Iterable[str]) -> None:
    """Remove ``folder``, if it exists, with the files ``names``; raises `OSError` for a link or if it holds more.

    Other files in it belong to somebody else.
    """
    if folder.is_symlink():
        raise OSError(errno.EEXIST, "it is a link, and drandlab makes none", str(folder))
    if folder.is_dir():
        for name in names:
            (folder / name).unlink(missing_ok=True)
        os.rmdir(folder)


def move_all(source: Path, names: Iterable[str], target: Path) -> None:
    """Move those of ``names`` that exist from one folder to another, replacing files, and remove the empty source.

    After a crash, call it again while the source exists: then each name is in the target, old or new.
    """
    make_folders(target)
    for name in names:
        if (source / name).exists():
            os.replace(source / name, target / name)
    sync_folder(target)
    os.rmdir(source)
    sync_folder(source.parent)
