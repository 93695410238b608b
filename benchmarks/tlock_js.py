"""Timelock files of 100 bytes beside npm's tlock-js, both ways: `timelock.py` runs it."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from pathlib import Path
from secrets import SystemRandom

from side_by_side import Comparison, cpu_medians

import drandlab as dl
from drandlab.analysis.frames import beacons_of

HERE = Path(__file__).parent
FILES = 20
TEXT = "a message of a hundred bytes, which can be read when round 1000 of quicknet is there, and not before"


def beside_tlock_js(rows: list[Comparison], microseconds: dict[str, float], absent: list[str]) -> None:
    """Encrypt, decrypt and open armored files of a round of quicknet, here and in Node.js.

    To decrypt is to verify the beacon too, on both sides; to open is the work on the file alone, with a signature that
    was verified before.
    """
    node = shutil.which("node")
    if node is None or not (HERE / "node_modules" / "tlock-js").is_dir():
        absent.append("tlock-js (npm): needs Node.js and `npm --prefix benchmarks install`")
        return
    info, text, rng = dl.networks["quicknet"], TEXT.encode(), SystemRandom()
    beacon = next(one for one in beacons_of(dl.load_beacons("quicknet")) if one.round == 1000)
    round, signature = beacon.round, beacon.signature
    opener = dl.timelock.opener(info, round=round, signature=signature)
    files = [dl.timelock.encrypt(text, info, round=round, rng=rng, armor=True) for _ in range(FILES)]

    def encrypt() -> None:
        for _ in range(FILES):
            dl.timelock.encrypt(text, info, round=round, rng=rng, armor=True)

    def decrypt() -> None:
        for file in files:
            assert dl.timelock.decrypt(file, info, signature=signature) == text

    def opening() -> None:
        for file in files:
            assert opener.decrypt(file) == text

    sides = {"encrypt": encrypt, "decrypt": decrypt, "opening": opening}
    ours = {name: seconds / FILES for name, seconds in cpu_medians(sides).items()}
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder) / "files.json"
        given = {"info": info.to_dict(), "beacon": beacon.to_dict(), "text": TEXT, "files": [f.decode() for f in files]}
        work.write_text(json.dumps(given))
        run = subprocess.run([node, "tlock_js.mjs", str(work)], cwd=HERE, capture_output=True, text=True, check=True)
    theirs = {name: milliseconds / 1000 for name, milliseconds in json.loads(run.stdout).items()}
    for name, about, goal in (
        ("encrypt", "encrypt 100 bytes", 20),
        ("decrypt", "decrypt 100 bytes, the beacon verified", 20),
        ("opening", "open 100 bytes, the beacon verified before", 15),
    ):
        microseconds[f"{about}: drandlab"] = 1e6 * ours[name]
        microseconds[f"{about}: tlock-js"] = 1e6 * theirs[name]
        rows.append(Comparison(f"{about}: times as fast as tlock-js", theirs[name] / ours[name], goal))
