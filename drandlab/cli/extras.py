"""Packages that only some commands need, and how to install them."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from drandlab.errors import LocalError

if TYPE_CHECKING:
    from packaging.requirements import Requirement

__all__ = ["command", "for_shell", "install_line", "listed", "need"]

MADE_BY = {"lab": "lab", "relay": "lab", "test": "test", "bench": "bench"}
"""Extras that a target of the checkout's Makefile installs."""


def install_line(extra: str) -> str:
    """Return the command that installs the packages of an extra of drandlab for this Python.

    In a checkout with its own environment it is the checkout's `make` command; otherwise pip of this interpreter with
    the packages by name, since a registry need not know drandlab itself.

    >>> "make" in install_line("lab") or "-m pip install" in install_line("lab")
    True
    """
    root = _checkout()
    python = for_shell(sys.executable or "python")
    if root is None:
        asked = dict(_requirements(extra))
        # if nothing is missing, something does not work: name all of it
        wanted = sorted(text for text, met in asked.items() if not met) or sorted(asked) or [f"drandlab[{extra}]"]
        return f"{python} -m pip install {' '.join(map(for_shell, wanted))}"
    if extra in MADE_BY and Path(sys.prefix) == root / ".venv":
        target = MADE_BY[extra]
        where = "" if Path.cwd() == root else f" -C {for_shell(str(root))}"
        # make trusts its mark file: if something was removed since, it must be forced
        again = " -B" if (root / ".venv" / f".installed-{target}").exists() else ""
        return f"make{where}{again} {target}"
    pins = for_shell(str(root / "constraints.txt"))
    return f"{python} -m pip install -c {pins} -e {for_shell(f'{root}[{extra}]')}"


def need(extra: str, *packages: str) -> None:
    """Raise `LocalError`, naming those of ``packages`` that are not installed and the command that installs them.

    >>> need("lab")
    """
    missing = [package for package in packages if find_spec(package) is None]
    if missing:
        raise LocalError(f"this needs {listed(missing)}, not installed here: {install_line(extra)}")


def command() -> str:
    """Return the command of this drandlab: its name if the PATH finds it, else its path."""
    called = sys.argv[0]
    if Path(called).name not in ("drandlab", "drandlab.exe", "drandlab-script.py"):
        return f"{for_shell(sys.executable or 'python')} -m drandlab"
    found = shutil.which("drandlab")
    return "drandlab" if found and os.path.samefile(found, called) else for_shell(called)


def listed(names: Iterable[str]) -> str:
    """Return ``names`` as a list in words.

    >>> listed(["jupyterlab", "ipykernel", "anywidget"])
    'jupyterlab, ipykernel and anywidget'
    """
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


def _checkout() -> Path | None:
    """The top folder of the checkout that holds this package; None for an installed one."""
    root = Path(__file__).resolve().parents[2]
    return root if (root / "Makefile").is_file() and (root / "pyproject.toml").is_file() else None


def _requirements(extra: str, seen: frozenset[str] = frozenset()) -> Iterator[tuple[str, bool]]:
    """The requirements of an extra in this environment, as for pip, and whether each is met."""
    from packaging.requirements import Requirement

    try:
        asked = metadata.requires("drandlab") or []
    except metadata.PackageNotFoundError:
        return
    for requirement in map(Requirement, asked):
        marker = requirement.marker
        if marker is not None and not marker.evaluate({"extra": extra}):
            continue
        if requirement.name == "drandlab":
            for other in requirement.extras - seen:
                yield from _requirements(other, seen | {extra})
        else:
            extras = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
            yield f"{requirement.name}{extras}{requirement.specifier}", _met(requirement)


def _met(requirement: Requirement) -> bool:
    try:
        return requirement.specifier.contains(metadata.version(requirement.name), prereleases=True)
    except metadata.PackageNotFoundError:
        return False


def for_shell(text: str) -> str:
    """Return text as one word of a command line."""
    return subprocess.list2cmdline([text]) if os.name == "nt" else shlex.quote(text)
