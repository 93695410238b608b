"""How `make` sets the environment up: once, again when it must, and with one clear sentence when it cannot."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# Stands for Python: notes each call, makes an "environment" from itself, and fails on demand.
FAKE_PYTHON = """#!/bin/sh
case "$*" in
    *"-m venv"*) echo venv >> "$CALLS"; [ "$BROKEN" != venv ] || exit 1
                 mkdir -p .venv/bin && cp "$0" .venv/bin/python
                 printf '#!/bin/sh\\necho started $*\\n' > .venv/bin/drandlab; chmod +x .venv/bin/drandlab ;;
    *"-m pip"*) echo "pip $*" >> "$CALLS"; [ "$BROKEN" != pip ] || exit 1 ;;
    *version_info*) [ "$BROKEN" != version ] || exit 1 ;;
    --version) echo Python 3.9.2 ;;
esac
"""


class Checkout:
    """A folder with only the files that make reads, and a Python that does nothing."""

    def __init__(self, folder: Path, make: Path) -> None:
        self.folder, self.make = folder, make
        self.calls = folder.parent / "calls"
        folder.mkdir()
        for name in ("Makefile", "pyproject.toml", "constraints.txt"):
            shutil.copy(ROOT / name, folder)
        (folder.parent / "python").write_text(FAKE_PYTHON, encoding="utf-8")
        (folder.parent / "python").chmod(0o755)

    def run(self, *goals: str, broken: str = "") -> subprocess.CompletedProcess[str]:
        self.calls.write_text("", encoding="utf-8")
        outside = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
        return subprocess.run(
            [self.make, f"PYTHON={self.folder.parent / 'python'}", *goals],
            cwd=self.folder,
            env={**outside, "CALLS": str(self.calls), "BROKEN": broken},
            capture_output=True,
            text=True,
        )

    @property
    def called(self) -> list[str]:
        return self.calls.read_text(encoding="utf-8").splitlines()


@pytest.fixture(params=["checkout", "a folder with spaces"])
def checkout(request: pytest.FixtureRequest, tmp_path: Path, peer: Callable[[str], Path]) -> Checkout:
    return Checkout(tmp_path / request.param, peer("make"))


def test_lab_installs_what_the_lab_needs_and_opens_it(checkout: Checkout) -> None:
    done = checkout.run("lab")
    assert done.returncode == 0, done.stderr
    assert "started lab" in done.stdout
    [venv, pip] = checkout.called
    assert venv == "venv"
    assert pip.endswith("-c constraints.txt -e .[lab,relay]")


def test_a_second_call_sets_nothing_up(checkout: Checkout) -> None:
    checkout.run("lab")
    done = checkout.run("lab")
    assert done.stdout == "started lab\n"
    assert checkout.called == []


@pytest.mark.parametrize("file", ["pyproject.toml", "constraints.txt"])
def test_a_changed_requirement_is_installed_into_the_same_environment(checkout: Checkout, file: str) -> None:
    checkout.run("lab")
    stamp = (checkout.folder / ".venv/.installed-lab").stat().st_mtime
    os.utime(checkout.folder / file, (stamp + 1, stamp + 1))
    checkout.run("lab")
    [pip] = checkout.called
    assert pip.startswith("pip ")


def test_a_moved_checkout_makes_its_environment_anew(checkout: Checkout) -> None:
    checkout.run("lab")
    checkout.folder = checkout.folder.rename(checkout.folder.with_name("moved"))
    assert checkout.run("lab").returncode == 0
    assert len(checkout.called) == 2
    assert checkout.run("lab").stdout == "started lab\n"


@pytest.mark.parametrize(
    ("broken", "sentence"),
    [
        ("version", "drandlab needs Python 3.11 or newer, and"),
        ("venv", "install Python's venv module (Debian, Ubuntu: sudo apt install python3-venv) and call make again"),
        ("pip", "pip could not install drandlab's packages"),
    ],
)
def test_a_failed_set_up_says_what_to_do_and_starts_over(checkout: Checkout, broken: str, sentence: str) -> None:
    failed = checkout.run("lab", broken=broken)
    assert failed.returncode != 0
    assert sentence in failed.stderr
    assert "started" not in failed.stdout
    assert "started lab" in checkout.run("lab").stdout


def test_without_a_goal_make_lists_the_commands(checkout: Checkout) -> None:
    listed = checkout.run().stdout
    assert all(f"  make {goal} " in listed for goal in ("lab", "test", "course", "check", "bench", "clean"))
    assert checkout.called == []
