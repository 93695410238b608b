from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from drandlab.cli import main
from drandlab.errors import LocalError


def test_the_benchmarks_of_the_checkout_run_with_this_python(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    script = tmp_path / "run.py"
    script.write_text("import sys\nprint(sys.argv[1:], sys.prefix)\nsys.exit(3)\n", encoding="utf-8")
    monkeypatch.setattr("drandlab.remote.shipped.shipped", lambda *parts: tmp_path / parts[-1])
    assert main(["bench", "--json"]) == 3
    assert capfd.readouterr().out == f"['--json'] {sys.prefix}\n"
    assert main(["bench"]) == 3
    assert capfd.readouterr().out == f"[] {sys.prefix}\n"


def test_without_the_checkout_there_is_nothing_to_run(drandlab: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(*parts: str) -> Path:
        raise LocalError(f"{'/'.join(parts)}: not found")

    monkeypatch.setattr("drandlab.remote.shipped.shipped", absent)
    answer = drandlab("bench")
    assert (answer.code, answer.out) == (2, "")
    assert "the benchmarks are in the checkout" in answer.err


def test_the_bridge_benchmark_counts_the_curve_operations_of_its_run() -> None:
    pytest.importorskip("pyblst")
    script = Path(__file__).parents[3] / "benchmarks" / "bridge.py"
    call = [sys.executable, str(script), "run", "accumulate", "10"]
    found = json.loads(subprocess.run(call, capture_output=True, text=True, check=True).stdout)
    counts, blocks = found["counts"], found["blocks"]
    assert blocks >= 5
    # each block is made once, and executed once for all collators; each pulse is verified once, and once in its block
    assert counts["loop"] == 2 * counts["final"] > 20
    assert counts["hash"] >= 20
    assert counts["sr25519 sign"] >= blocks + 12  # one seal a block; each collator's keys
    assert counts["ed25519 verify"] >= 12 * 2 * (blocks - 1)  # two votes of each collator, checked once for all
    assert counts["ed25519 sign"] >= 12 * 2 * (blocks - 1)
    assert all(found["curve seconds"][name] > 0 for name, count in counts.items() if count)
