"""Packages that only some commands need, and how a reader gets them."""

from __future__ import annotations

from importlib.util import find_spec

from drandlab.errors import LocalError

__all__ = ["install_line", "need"]


def install_line(extra: str) -> str:
    """Return what to type to install an extra of drandlab.

    >>> install_line("lab")
    "python -m pip install 'drandlab[lab]' (in a checkout: make lab)"
    """
    inside = "make lab" if extra == "lab" else f"python -m pip install -c constraints.txt -e '.[{extra}]'"
    return f"python -m pip install 'drandlab[{extra}]' (in a checkout: {inside})"


def need(extra: str, *packages: str) -> None:
    """Raise `LocalError` that names those of ``packages`` that are not installed, and the extra that has them.

    >>> need("lab")
    """
    missing = [package for package in packages if find_spec(package) is None]
    if missing:
        raise LocalError(f"this needs {' and '.join(missing)}, not installed here: {install_line(extra)}")
