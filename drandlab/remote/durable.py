"""Files and folders that are there as a whole or not at all, whenever the process or the power ends.

A rename is the one step that a file system does at once. So a folder of files is written beside its place, brought to
the disk (``fsync`` of each file and of the folder), and renamed; one of the folder above makes the rename last.

Source: POSIX ``rename``, ``fsync``; "All File Systems Are Not Created Equal" (Pillai et al., OSDI 2014).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

__all__ = ["make_folders", "move_all", "sync_folder", "write_file", "write_folder"]

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


def make_folders(folder: Path) -> None:
    """Make ``folder``, and those above that are missing, for their owner alone."""
    if not folder.is_dir():
        make_folders(folder.parent)
        os.mkdir(folder, FOLDER_MODE)
        sync_folder(folder.parent)


def write_folder(folder: Path, files: Mapping[str, tuple[bytes, int]]) -> None:
    """Make ``folder`` appear with ``files``, name to content and mode; it must not be there, or be empty."""
    unfinished = folder.with_name(f"{folder.name}.tmp")
    if unfinished.is_dir():
        for name in os.listdir(unfinished):
            os.unlink(unfinished / name)
        os.rmdir(unfinished)
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


def write_file(path: Path, content: bytes) -> None:
    """Make ``path`` hold ``content``, in the place of what was there."""
    unfinished = path.with_name(f"{path.name}.tmp")
    with unfinished.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(unfinished, path)
    sync_folder(path.parent)


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
