"""Peers that are built here: production's own library in Go."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

SOURCES = Path(__file__).parent / "kyber"


@pytest.fixture(scope="session")
def kyber(peer: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program in ``kyber/``, built once; skipped (or failed) where Go or its modules are not to be had."""
    go = peer("go")
    program = tmp_path_factory.mktemp("kyber") / "kyber-peer"
    build = subprocess.run([go, "build", "-o", program, "."], cwd=SOURCES, capture_output=True, text=True, timeout=600)
    if build.returncode:
        reason = f"production's Go library cannot be built here: {build.stderr.strip()[-300:]}"
        if os.environ.get("DRANDLAB_REQUIRE_PEERS") == "1":
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    return program
