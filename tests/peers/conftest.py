"""Peers that are built or installed here: production's own library and its daemon, in Go, and packages of npm."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest

HERE = Path(__file__).parent


def without(reason: str) -> NoReturn:
    """Skip the test, or fail it where peers are required."""
    if os.environ.get("DRANDLAB_REQUIRE_PEERS") == "1":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def built(go: Path, sources: Path, program: Path, *arguments: str, what: str) -> Path:
    """Build a program (Go's own cache makes that short from the second time on), or skip or fail the test."""
    command = [go, "build", "-o", program, *arguments]
    build = subprocess.run(command, cwd=sources, capture_output=True, text=True, timeout=900)
    if build.returncode:
        reason = f"{what} cannot be built here: {build.stderr.strip()[-300:]}"
        without(reason)
    return program


@pytest.fixture(scope="session")
def installed(
    peer: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str, str], list[Path]]:
    """``installed("folder", "program.mjs")``: how to call that program with what its lock file names, as `built`."""

    def install(name: str, program: str) -> list[Path]:
        node, npm = peer("node"), shutil.which("npm")
        folder = tmp_path_factory.mktemp(name)
        for source in ("package.json", "package-lock.json", program):
            shutil.copy(HERE / name / source, folder)
        reason = "npm is not on the PATH; on Debian: apt-get install npm"
        if npm:
            call = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
            done = subprocess.run(call, cwd=folder, capture_output=True, text=True, timeout=600)
            if not done.returncode:
                return [node, folder / program]
            reason = f"{name} cannot be installed here: {done.stderr.strip()[-300:]}"
        without(reason)

    return install


@pytest.fixture(scope="session")
def kyber(peer: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program in ``kyber/``, built once; skipped (or failed) where Go or its modules are not to be had."""
    program = tmp_path_factory.mktemp("kyber") / "kyber-peer"
    return built(peer("go"), HERE / "kyber", program, ".", what="production's Go library")


@pytest.fixture(scope="session")
def drand_daemon(peer: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The drand daemon that ``daemon/go.mod`` pins, built once so that it speaks without TLS; else as `kyber`."""
    program = tmp_path_factory.mktemp("daemon") / "drand"
    package = "github.com/drand/drand/v2/cmd/drand"
    return built(peer("go"), HERE / "daemon", program, "-tags", "conn_insecure", package, what="drand's daemon")
