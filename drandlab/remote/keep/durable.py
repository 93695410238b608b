"""The project's own files and folders: there as a whole or not at all, whenever the process or the power ends.

A rename is the one step that a file system does at once. So a folder of files is written beside its place, brought to
the disk (``fsync`` of each file and of the folder), and renamed; one of the folder above makes the rename last.

What a user names for input or output is taken by `drandlab.files`; here are names of the project's own, in a folder
that is its own. So nothing is written through a link or a device, and `read_own` takes regular files alone.

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
    """Bring the names in ``folder`` to the disk, where the system has that."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read_own(path: Path, most: int) -> tuple[bytes, int]:
    """Return the content and the mode (its last nine bits) of a regular file of at most ``most`` bytes.

    Raises `OSError`, also for what is no regular file, which another program might keep us waiting at for ever.
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
    """Make ``folder``, and those above that are missing, for their owner alone."""
    if not folder.is_dir():
        make_folders(folder.parent)
        os.mkdir(folder, FOLDER_MODE)
        sync_folder(folder.parent)


def write_folder(folder: Path, files: Mapping[str, tuple[bytes, int]]) -> None:
    """Make ``folder`` appear with ``files``, name to content and mode; it must not be there, or be empty."""
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
    """Remove ``folder``, if it is there, with the files ``names``; raises `OSError` for a link, or if more is in it.

    What else is there was put there by somebody else.
    """
    if folder.is_symlink():
        raise OSError(errno.EEXIST, "it is a link, which none of ours is", str(folder))
    if folder.is_dir():
        for name in names:
            (folder / name).unlink(missing_ok=True)
        os.rmdir(folder)


def move_all(source: Path, names: Iterable[str], target: Path) -> None:
    """Move what is there of ``names`` from one folder to another, over what is there, and remove the empty source.

    Whoever finds the source calls this again, until it is gone: a name is then in the target, old or new.
    """
    make_folders(target)
    for name in names:
        if (source / name).exists():
            os.replace(source / name, target / name)
    sync_folder(target)
    os.rmdir(source)
    sync_folder(source.parent)
