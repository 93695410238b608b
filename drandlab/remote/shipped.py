"""The files that ship with drandlab: real networks and beacons (``data``), the course (``notebooks``)."""

from __future__ import annotations

from pathlib import Path

from drandlab.errors import LocalError

__all__ = ["shipped"]


def shipped(*parts: str) -> Path:
    """Return the path of a file or folder that ships with drandlab, such as ``shipped("data", "networks.json")``.

    A checkout has them at its top level, an installed wheel beside the package's modules.
    """
    package = Path(__file__).resolve().parents[1]
    for base in (package / "_shipped", package.parent):
        if (path := base.joinpath(*parts)).exists():
            return path
    raise LocalError(f"{'/'.join(parts)}: not found in this installation of drandlab; install it again")
