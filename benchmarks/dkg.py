"""Distributed key generation: against production's Go library, and against itself.

The Go side is the peer of the tests (``tests/peers/kyber``), built here where Go is installed: the library's own
protocol driver, every node checking every packet. Both sides are measured in CPU time of their process.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path
from statistics import median
from time import process_time

from side_by_side import Comparison

from drandlab.simulation.keygen.run import generate_key

PEER = Path(__file__).parents[1] / "tests" / "peers" / "kyber"
LEAGUE = 23, 12
SCHEMES = {"G1": "pedersen-bls-chained", "G2": "bls-unchained-g1-rfc9380"}


def spent(turns: int, **arguments: object) -> float:
    """Return the median CPU seconds of a run with these arguments."""
    times = []
    for _ in range(turns):
        started = process_time()
        assert len(generate_key(**arguments).results) == arguments["nodes"]  # type: ignore[arg-type]
        times.append(process_time() - started)
    return median(times)


def against_go(rows: list[Comparison], microseconds: dict[str, float], absent: list[str]) -> None:
    """The League of Entropy's DKG, keys on G1 and on G2, ours and production's in turn."""
    n, t = LEAGUE
    go = shutil.which("go")
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "kyber-peer"
        built = go and not subprocess.run([go, "build", "-o", program, "."], cwd=PEER, capture_output=True).returncode
        if not built:
            absent.append("kyber (Go): needs the Go toolchain, and its modules at the first call")
        for group, scheme in SCHEMES.items():
            own, shared, theirs = [], [], []
            generate_key(5, 3, scheme=scheme, backend="blst")  # imports and tables
            for _ in range(3):
                own.append(spent(1, nodes=n, threshold=t, scheme=scheme, backend="blst", shared=False))
                shared.append(spent(1, nodes=n, threshold=t, scheme=scheme, backend="blst", shared=True))
                if built:
                    call = [program, "bench", str(n), str(t), group, "1"]
                    theirs.append(float(subprocess.run(call, capture_output=True, text=True, check=True).stdout) / 1000)
            mine, cheap = median(own), median(shared)
            microseconds[f"DKG of {n}, {group} keys, every node checks all"] = 1e6 * mine
            microseconds[f"DKG of {n}, {group} keys, shared verification"] = 1e6 * cheap
            if built:
                microseconds[f"DKG of {n}, {group} keys, production in Go"] = 1e6 * median(theirs)
                rows.append(
                    Comparison(
                        f"DKG of {n}, {group} keys: CPU over production's in Go", mine / median(theirs), 1.0, False
                    )
                )
            rows.append(
                Comparison(f"DKG of {n}, {group} keys: shared verification over each its own", cheap / mine, 0.4, False)
            )


def growth(microseconds: dict[str, float]) -> None:
    """How the cost grows with the number of nodes, and what the glass box makes of 128."""
    for n in (5, 9, 16, 32, 64):
        microseconds[f"DKG of {n}, G1 keys, shared verification"] = 1e6 * spent(
            1, nodes=n, threshold=n // 2 + 1, backend="blst"
        )
    microseconds["DKG of 128, threshold 65, glass"] = 1e6 * spent(1, nodes=128, threshold=65, backend="glass")


def measure(rows: list[Comparison], microseconds: dict[str, float], absent: list[str], quick: bool) -> None:
    """Add all comparisons of this file."""
    against_go(rows, microseconds, absent)
    if not quick:
        growth(microseconds)
