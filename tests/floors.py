"""Print every direct dependency at its lower bound, as constraints for pip: `make floors` tests with these versions.

A bound of two numbers stands for all versions that begin so: not each has a .0.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

from packaging.requirements import Requirement


def floors(project: dict) -> list[str]:
    """Return ``name==version`` or ``name==1.2.*`` for each requirement of a project and its extras."""
    lines = [line for extra in (project["dependencies"], *project["optional-dependencies"].values()) for line in extra]
    found = set()
    for requirement in map(Requirement, lines):
        if requirement.name != project["name"]:
            [bound] = requirement.specifier
            marker = f"; {requirement.marker}" if requirement.marker else ""
            version = bound.version if bound.version.count(".") > 1 else f"{bound.version}.*"
            found.add(f"{requirement.name}=={version}{marker}")
    return sorted(found)


if __name__ == "__main__":
    pyproject = Path(__file__).parents[1] / "pyproject.toml"
    print(*floors(tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]), sep="\n")
