from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import drandlab
from drandlab.analysis.code_digest import code_digest

PACKAGE = Path(drandlab.__file__).parent


def test_it_changes_with_the_source_and_with_nothing_else(tmp_path: Path):
    copy = tmp_path / "drandlab"
    ignored = shutil.ignore_patterns("*.js", "*.css", "*.toml", "__pycache__")
    shutil.copytree(PACKAGE, copy, ignore=ignored)

    def digest() -> str:
        program = "from drandlab.analysis.code_digest import code_digest; print(code_digest())"
        done = subprocess.run(
            [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(tmp_path)!r}); {program}"],
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    assert digest() == code_digest()
    module = copy / "simulation" / "network.py"
    module.write_bytes(module.read_bytes() + b"\n")
    assert digest() != code_digest()
