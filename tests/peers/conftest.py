"""Peers that are built here: production's own library and its daemon, in Go."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def built(go: Path, sources: Path, program: Path, *arguments: str, what: str) -> Path:
    """Build a program (Go's own cache makes that short from the second time on), or skip or fail the test."""
    command = [go, "build", "-o", program, *arguments]
    build = subprocess.run(command, cwd=sources, capture_output=True, text=True, timeout=900)
    if build.returncode:
        reason = f"{what} cannot be built here: {build.stderr.strip()[-300:]}"
        if os.environ.get("DRANDLAB_REQUIRE_PEERS") == "1":
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    return program


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
