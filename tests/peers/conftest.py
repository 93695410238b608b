"""Peers that are built or installed here: production's own library and its daemon, in Go, and packages of npm."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from timelock_peers import Tle, TlockJs, running_tlock_js, shipped_relay

HERE = Path(__file__).parent


Absent = Callable[[str], NoReturn]


@pytest.fixture(scope="session")
def built(peer: Callable[[str], Path], absent: Absent, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """``built("folder", "what it is", ...)`` builds the Go program of that folder, or the test is as `absent` says."""

    def build(name: str, what: str, *arguments: str) -> Path:
        program = tmp_path_factory.mktemp(name) / name
        # Go's own cache makes this short from the second time on
        command = [peer("go"), "build", "-o", program, *arguments]
        done = subprocess.run(command, cwd=HERE / name, capture_output=True, text=True, timeout=900)
        if done.returncode:
            absent(f"{what} cannot be built here: {done.stderr.strip()[-300:]}")
        return program

    return build


@pytest.fixture(scope="session")
def installed(
    peer: Callable[[str], Path], absent: Absent, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str, str], list[Path]]:
    """``installed("folder", "program.mjs")``: how to call that program with what its lock file names, as `built`."""

    def install(name: str, program: str) -> list[Path]:
        node, npm, folder = peer("node"), peer("npm"), tmp_path_factory.mktemp(name)
        for source in ("package.json", "package-lock.json", program):
            shutil.copy(HERE / name / source, folder)
        call = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        done = subprocess.run(call, cwd=folder, capture_output=True, text=True, timeout=600)
        if done.returncode:
            absent(f"{name} cannot be installed here: {done.stderr.strip()[-300:]}")
        return [node, folder / program]

    return install


@pytest.fixture(scope="session")
def kyber(built: Callable[..., Path]) -> Path:
    """The program in ``kyber/``, built once."""
    return built("kyber", "production's Go library", ".")


@pytest.fixture(scope="session")
def drand_daemon(built: Callable[..., Path]) -> Path:
    """The drand daemon that ``daemon/go.mod`` pins, built once so that it speaks without TLS."""
    return built("daemon", "drand's daemon", "-tags", "conn_insecure", "github.com/drand/drand/v2/cmd/drand")


@pytest.fixture(scope="session")
def npm_libp2p(installed: Callable[[str, str], list[Path]]) -> list[Path]:
    """How to call ``libp2p/peer.mjs``, a gossip peer of libp2p for JavaScript."""
    return installed("libp2p", "peer.mjs")


@pytest.fixture(scope="session")
def tle(built: Callable[..., Path]) -> Iterator[Tle]:
    """drand's own command for timelock files, built once; it asks a relay of real networks with known beacons."""
    program = built("tle", "drand's tle", "github.com/drand/tlock/cmd/tle")
    with shipped_relay() as address:
        yield Tle(program, address)


@pytest.fixture(scope="session")
def tlock_js(installed: Callable[[str, str], list[Path]]) -> Iterator[TlockJs]:
    """A process of drand's own JavaScript library for timelock files."""
    with running_tlock_js(installed("tlock_js", "lock.mjs")) as process:
        yield process
