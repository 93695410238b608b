"""``drandlab bench``: the benchmarks of the checkout, run by the same Python."""

from __future__ import annotations

import subprocess
import sys

from drandlab.cli.terminal import Json
from drandlab.errors import LocalError

__all__ = ["bench"]


def bench(json: Json = False) -> int:
    """Compare drandlab's speed with the peers that are installed.

    All figures are ratios in one run. The benchmarks are in the checkout; an installed wheel does not contain them.

    Example: drandlab bench --json
    """
    from drandlab.remote.shipped import shipped

    try:
        script = shipped("benchmarks", "run.py")
    except LocalError:
        raise LocalError(
            "benchmarks/run.py is not in this installation: the benchmarks are in the checkout, clone it and "
            "call `make bench` there"
        ) from None
    return subprocess.run([sys.executable, str(script), *(["--json"] if json else [])], check=False).returncode
