from __future__ import annotations

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
