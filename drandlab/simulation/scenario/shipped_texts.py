"""The TOML files that come with drandlab by their names, and the user's own ones by their paths."""

from __future__ import annotations

import os
from importlib.resources.abc import Traversable
from pathlib import Path

from drandlab.errors import LocalError, WrongType
from drandlab.files import read_text
from drandlab.printable import repr_of
from drandlab.wire.strict_toml import no_such

__all__ = ["shipped_names", "text_of"]

SUFFIX = ".toml"


def shipped_names(folder: Traversable) -> list[str]:
    """Return the names of the files in a folder of the package, in order, without their suffix."""
    return sorted(entry.name.removesuffix(SUFFIX) for entry in folder.iterdir() if entry.name.endswith(SUFFIX))


def text_of(scenario: str | Path, folder: Traversable, most: int) -> tuple[str, str]:
    """Return the text of a name that is shipped in ``folder``, or of a file, and the name that errors give it.

    Raises `LocalError` where there is neither, `FormatError` for a file that cannot be read or has over ``most`` bytes.
    """
    if not isinstance(scenario, (str, os.PathLike)):
        raise WrongType(f"expected a shipped name or a file's path, got {type(scenario).__name__}", argument="scenario")
    names = shipped_names(folder)
    if (name := str(scenario)) in names:
        return (folder / f"{name}{SUFFIX}").read_text(encoding="utf-8"), f"{name}{SUFFIX}"
    if not os.path.exists(scenario):
        raise LocalError(f"scenario {repr_of(name, 80)}: no such file and {no_such(name, names, 'shipped scenario')}")
    return read_text(scenario, most), name
