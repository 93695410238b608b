"""``drandlab doctor``: what is installed, what is missing, and how to install it."""

from __future__ import annotations

import platform
import re
import shutil
import sys
import time
from collections.abc import Iterator
from importlib import metadata
from typing import Any

from drandlab import __version__
from drandlab.cli.commands.chains import recomputed
from drandlab.cli.extras import install_line
from drandlab.cli.terminal import Json, print_json, screen
from drandlab.errors import DrandlabError

__all__ = ["BROWSERS", "doctor", "examine"]

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "firefox", "msedge")
"""Commands of the browsers that are looked for."""

NEEDED = {"core": True, "lab": True}
"""The groups of packages that the lab needs; all others are extras."""


def doctor(json: Json = False) -> int:
    """Show what is installed, what works, and what is missing.

    It shows the versions of all packages, the backends with a real beacon
    verified on each, the browser, the data and the notebooks.

    Exit code 1 if the lab cannot run; the lines marked ✗ say why and what to do.

    Example: drandlab doctor --json
    """
    found = examine()
    if json:
        print_json(found)
    else:
        _show(found)
    return 0 if found["ok"] else 1


def examine() -> dict[str, Any]:
    """Return everything that `doctor` shows: ``problems`` stop the lab, what is ``missing`` is optional."""
    problems: list[str] = []
    missing: list[str] = []
    packages = _packages(problems, missing)
    data = _data(problems)
    backends = _backends(problems)
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        missing.append("browser: the lab prints an address to open elsewhere; on Debian: apt install chromium")
    return {
        "ok": not problems,
        "python": platform.python_version(),
        "drandlab": __version__,
        "system": platform.platform(),
        "packages": packages,
        "backends": backends,
        "browser": browser,
        "data": data,
        "problems": problems,
        "missing": missing,
    }


def _packages(problems: list[str], missing: list[str]) -> dict[str, dict[str, str | None]]:
    """The packages that drandlab requires here, in groups, each with the installed version (None: missing)."""
    from packaging.requirements import Requirement

    groups: dict[str, dict[str, str | None]] = {"core": {}}
    unfit: dict[str, list[str]] = {}
    try:
        asked = metadata.requires("drandlab") or []
    except metadata.PackageNotFoundError:
        asked = []
        problems.append(f"drandlab runs here without being installed: {install_line('lab')}")
    for requirement in map(Requirement, asked):
        extra = re.search(r"extra == ['\"]([\w-]+)['\"]", str(requirement.marker or ""))
        group = extra[1] if extra else "core"
        # The metadata repeats all packages in the extra `all`; each package is reported with its own extra.
        if (
            requirement.name == "drandlab"
            or group == "all"
            or (requirement.marker and not requirement.marker.evaluate({"extra": extra[1] if extra else ""}))
        ):
            continue
        try:
            version = metadata.version(requirement.name)
        except metadata.PackageNotFoundError:
            version = None
        groups.setdefault(group, {})[requirement.name] = version
        if version is None:
            unfit.setdefault(group, []).append(requirement.name)
        elif not requirement.specifier.contains(version, prereleases=True):
            unfit.setdefault(group, []).append(f"{requirement.name}{requirement.specifier} (here: {version})")
    for group, names in unfit.items():
        if NEEDED.get(group):
            problems.append(f"{', '.join(names)} missing: {install_line('lab')}")
        else:
            missing.append(f"extra {group}: {', '.join(names)} missing: {install_line(group)}")
    return groups


def _backends(problems: list[str]) -> list[dict[str, Any]]:
    """Each backend: whether it is available and in use, and the seconds for verifying a real beacon."""
    from drandlab.curves.choice import BACKENDS, available, current

    try:
        in_force = current()
    except DrandlabError as error:
        in_force = None
        problems.append(str(error))
    rows: list[dict[str, Any]] = []
    for name, package in BACKENDS.items():
        row: dict[str, Any] = {"name": name, "available": name in available(), "in_force": name == in_force}
        # The glass backend has no real points, so no real beacon verifies on it.
        if row["available"] and package is not None:
            row |= _verified(name)
            if not row["verified"]:
                problems.append(f"backend {name} does not verify a real beacon: {row['reason']}")
        rows.append(row)
    if not any(row.get("verified") for row in rows):
        problems.append(f"no real backend works here: {install_line('lab')}")
    return rows


def _verified(backend: str) -> dict[str, Any]:
    try:
        from drandlab.analysis.bulk import verify
        from drandlab.remote.networks import networks
        from drandlab.remote.shipped import shipped
        from drandlab.remote.tables.read_files import read_beacons

        beacon = next(iter(read_beacons(shipped("data", "beacons", "quicknet.jsonl"))))
        begin = time.perf_counter()
        verify(beacon, networks["quicknet"], backend=backend)
    # A wheel that does not fit this machine may raise any error; that is the result.
    except Exception as error:
        return {"verified": False, "reason": str(error) or type(error).__name__}
    return {"verified": True, "seconds": time.perf_counter() - begin}


def _data(problems: list[str]) -> dict[str, Any]:
    """The number of chain infos, beacons and notebooks, and of chain hashes that recompute."""
    from drandlab.cli.working_copy import FIRST
    from drandlab.remote.shipped import shipped

    data: dict[str, Any] = {"networks": 0, "chain_hashes_recomputed": 0, "beacons": 0, "notebooks": 0}
    try:
        rows = recomputed()
        data["networks"] = len(rows)
        data["chain_hashes_recomputed"] = sum(row["match"] for row in rows)
        problems += [f"chain hash of {row['name']}: not the published one" for row in rows if not row["match"]]
        for file in sorted(shipped("data", "beacons").glob("*.jsonl")):
            data["beacons"] += len(file.read_bytes().splitlines())
        data["notebooks"] = len(list(shipped("notebooks", FIRST).parent.glob("[0-9]*.ipynb")))
    except DrandlabError as error:
        problems.append(str(error))
    return data


def _show(found: dict[str, Any]) -> None:
    from rich.text import Text

    console = screen()
    styles = {"✓": "green", "✗": "bold red", "·": "dim"}
    for mark, subject, text in _lines(found):
        # No line breaks of our own: a path or a command must stay whole.
        console.print(Text.assemble((mark, styles[mark]), f" {subject:<10}", text), soft_wrap=True)


def _lines(found: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    yield "✓" if sys.version_info >= (3, 11) else "✗", "python", f"{found['python']} on {found['system']}"
    yield "✓", "drandlab", found["drandlab"]
    for group, packages in found["packages"].items():
        absent = None in packages.values()
        mark = ("✗" if NEEDED.get(group) else "·") if absent else "✓"
        yield mark, group, ", ".join(f"{name} {version or '(missing)'}" for name, version in packages.items())
    for row in found["backends"]:
        force = ", in force" if row["in_force"] else ""
        if "verified" not in row:
            yield (
                "✓" if row["available"] else "·",
                "backend",
                f"{row['name']}{force}{'' if row['available'] else ': missing'}",
            )
        elif row["verified"]:
            took = f"{row['seconds'] * 1000:,.1f} ms with loading"
            yield "✓", "backend", f"{row['name']}{force}: a real beacon verified in {took}"
        else:
            yield "✗", "backend", f"{row['name']}{force}: {row['reason']}"
    yield "✓" if found["browser"] else "·", "browser", found["browser"] or "none on the PATH"
    data = found["data"]
    complete = 0 < data["networks"] == data["chain_hashes_recomputed"] and data["beacons"] and data["notebooks"]
    yield (
        "✓" if complete else "✗",
        "data",
        f"{data['chain_hashes_recomputed']} of {data['networks']} chain hashes recomputed, "
        f"{data['beacons']} real beacons, {data['notebooks']} notebooks",
    )
    yield from (("·", "missing", sentence) for sentence in found["missing"])
    yield from (("✗", "problem", sentence) for sentence in found["problems"])
    yield ("✓", "lab", "ready: drandlab lab") if found["ok"] else ("✗", "lab", "cannot run: see the problems above")
