"""Verification of beacons: against bare pyblst, drand-verify (Rust), drand-client (JavaScript), and against itself."""

from __future__ import annotations

import hashlib
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter, process_time
from types import ModuleType

import pyblst
from side_by_side import Comparison, cpu_medians, wall_medians

import drandlab as dl
from drandlab.analysis.frames import beacons_of
from drandlab.beacon import Beacon, ChainInfo, HashCache
from drandlab.crypto import BLS
from drandlab.curves import Point

HERE = Path(__file__).parent
SECRET = 0x1CE1CE1CE1CE1CE1CE1CE1CE1CE1CE
BATCH = 1000


def own_chain() -> tuple[ChainInfo, BLS]:
    """A quicknet of our own: the same scheme, with a key that we know, so that there are beacons without end."""
    bls = BLS.of(dl.scheme("bls-unchained-g1-rfc9380"), "blst")
    info = ChainInfo(
        public_key=bytes(bls.public_key(SECRET)),
        scheme=bls.scheme,
        period=3,
        genesis_time=1_700_000_000,
        genesis_seed=bytes(32),
        beacon_id="benchmark",
    )
    return info, bls


def beacons(info: ChainInfo, bls: BLS, count: int) -> Iterator[Beacon]:
    for round in range(1, count + 1):
        yield Beacon(round=round, signature=bls.sign(SECRET, info.scheme.digest(round)))


def real_quicknet(count: int) -> list[Beacon]:
    return list(beacons_of(dl.load_beacons("quicknet")))[:count]


def singles(rows: list[Comparison], microseconds: dict[str, float], absent: list[str]) -> float:
    """One beacon at a time, on real quicknet beacons; return our seconds a beacon."""
    info, sample = dl.networks["quicknet"], real_quicknet(100)
    key = pyblst.BlstP2Element.uncompress(info.public_key)
    generator = pyblst.BlstP2Element.uncompress(bytes(BLS.of(info.scheme, "blst").keys.generator))
    dst = info.scheme.dst

    def bare() -> None:
        for b in sample:
            message = hashlib.sha256(b.round.to_bytes(8, "big")).digest()
            signature = pyblst.BlstP1Element.uncompress(b.signature)
            hashed = pyblst.BlstP1Element.hash_to_group(message, dst)
            left, right = pyblst.miller_loop(hashed, key), pyblst.miller_loop(signature, generator)
            assert pyblst.final_verify(left, right)
            hashlib.sha256(b.signature).digest()

    def ours() -> None:
        for b in sample:
            dl.verify(b, info)

    sides = {"single: drandlab": ours, "single: bare pyblst calls": bare}
    try:
        import drand_verify
    except ImportError:
        absent.append("drand-verify (PyPI, Python <= 3.12): `make bench` installs it")
    else:

        def rust() -> None:
            for b in sample:
                assert drand_verify.verify_quicknet(b.round, b.signature.hex()) == b.randomness.hex()

        sides["single: drand-verify (Rust)"] = rust
    times = {name: seconds / len(sample) for name, seconds in cpu_medians(sides).items()}
    microseconds.update({name: 1e6 * seconds for name, seconds in times.items()})
    mine, plain = times["single: drandlab"], times["single: bare pyblst calls"]
    rows.append(Comparison("one beacon: time over the bare pyblst calls", mine / plain, 1.1, at_least=False))
    if rust_time := times.get("single: drand-verify (Rust)"):
        rows.append(Comparison("one beacon: times as fast as drand-verify", rust_time / mine, 1.8))
    return mine


def javascript(rows: list[Comparison], microseconds: dict[str, float], absent: list[str], mine: float) -> None:
    """drand-client in Node.js, on the same real beacons."""
    node = shutil.which("node")
    if node is None or not (HERE / "node_modules" / "drand-client").is_dir():
        absent.append("drand-client (npm): needs Node.js and `npm --prefix benchmarks install`")
        return
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder) / "beacons.json"
        sample = [b.to_dict() for b in real_quicknet(20)]
        work.write_text(json.dumps({"info": dl.networks["quicknet"].to_dict(), "beacons": sample}))
        run = subprocess.run(
            [node, "drand_client.mjs", str(work)], cwd=HERE, capture_output=True, text=True, check=True
        )
    seconds = float(run.stdout) / 1000
    microseconds["single: drand-client (JavaScript)"] = 1e6 * seconds
    rows.append(Comparison("one beacon: times as fast as drand-client", seconds / mine, 10))


def batches(rows: list[Comparison], microseconds: dict[str, float]) -> None:
    """A strict batch of 1,000, with and without hashed rounds at hand, and two processes."""
    info, bls = own_chain()
    sample = list(beacons(info, bls, BATCH))
    cache = HashCache()
    rust = microseconds.get("single: drand-verify (Rust)")

    def single() -> None:
        for b in sample[:100]:
            dl.verify(b, info)

    def strict() -> None:
        assert dl.verify_batch(sample, info).ok

    def cached() -> None:
        assert dl.verify_batch(sample, info, cache=cache).ok

    times = cpu_medians({"single": single, "strict": strict, "cached": cached})
    one, many, known = times["single"] / 100, times["strict"] / BATCH, times["cached"] / BATCH
    microseconds["batch of 1,000, strict: a beacon"] = 1e6 * many
    microseconds["batch of 1,000, hashed rounds cached: a beacon"] = 1e6 * known
    rows.append(Comparison("batch of 1,000: times as fast a beacon as one by one", one / many, 5))
    if rust:
        rows.append(Comparison("batch of 1,000: times as fast a beacon as drand-verify", rust / (1e6 * many), 10))
    rows.append(Comparison("batch with hashed rounds at hand: times as fast as without", many / known, 1.4))

    long = list(beacons(info, bls, 16 * BATCH))
    walls = wall_medians(
        {"one": lambda: dl.verify_batch(long, info), "two": lambda: dl.verify_batch(long, info, jobs=2)}, turns=3
    )
    rows.append(Comparison("16,000 beacons, jobs=2: times as fast (wall) as jobs=1", walls["one"] / walls["two"], 1.7))


def reference(rows: list[Comparison], microseconds: dict[str, float]) -> None:
    """The readable backend: one whole verification, and its two pairings as py_ecc alone computes them."""
    from py_ecc import optimized_bls12_381, optimized_bn128

    for name, library in (("evmnet", optimized_bn128), ("default", optimized_bls12_381)):
        info = dl.networks[name]
        beacon = next(iter(beacons_of(dl.load_beacons(name).tail(1))))
        bls = BLS.of(info.scheme, "py_ecc")
        key, signature = bls.keys.decode(info.public_key), bls.signatures.decode(beacon.signature)
        message = bls.signatures.hash(info.scheme.digest(beacon.round, beacon.previous_signature), info.scheme.dst)
        pairs = [(bls.keys.generator, -signature), (key, message)]
        pairs = [pair if bls.keys.name == "G1" else pair[::-1] for pair in pairs]

        def ours(beacon: Beacon = beacon, info: ChainInfo = info) -> None:
            dl.verify(beacon, info, backend="py_ecc")

        def plain(library: ModuleType = library, pairs: list[tuple[Point, Point]] = pairs) -> None:
            product = library.FQ12.one()
            for p, q in pairs:
                product = product * library.pairing(q.raw.xyz, p.raw.xyz, final_exponentiate=False)
            assert library.final_exponentiate(product) == library.FQ12.one()

        times = cpu_medians({"ours": ours, "plain": plain}, turns=5)
        microseconds[f"{name} on py_ecc: drandlab"] = 1e6 * times["ours"]
        title = f"{name} on py_ecc, a whole verification: times as fast as its two pairings by py_ecc alone"
        rows.append(Comparison(title, times["plain"] / times["ours"], 2))


def growth(rows: list[Comparison], microseconds: dict[str, float]) -> None:
    """Cost a beacon and memory from 1,000 to 100,000 beacons, streamed from a generator."""
    info, bls = own_chain()
    costs, peaks = {}, {}
    for count in (1_000, 10_000, 100_000):
        source = beacons(info, bls, count)
        spent = 0.0

        def timed(source: Iterator[Beacon] = source) -> Iterator[Beacon]:
            nonlocal spent
            while True:
                started = process_time()
                beacon = next(source, None)
                spent += process_time() - started
                if beacon is None:
                    return
                yield beacon

        tracemalloc.start()
        started = process_time()
        report_ = dl.verify_batch(timed(), info)
        total = process_time() - started
        peaks[count] = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert report_.ok and report_.checked == count
        costs[count] = (total - spent) / count
        microseconds[f"streamed {count:,}: a beacon (memory tracing on)"] = 1e6 * costs[count]
    rows.append(
        Comparison("100,000 beacons: cost a beacon over that of 1,000", costs[100_000] / costs[1_000], 1.2, False)
    )
    rows.append(
        Comparison("100,000 beacons: peak memory over that of 10,000", peaks[100_000] / peaks[10_000], 1.5, False)
    )


def start(rows: list[Comparison], microseconds: dict[str, float]) -> None:
    """What ``import drandlab`` adds to the start of Python."""

    def seconds(code: str) -> float:
        started = perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        return perf_counter() - started

    pairs = [(seconds("import drandlab"), seconds("pass")) for _ in range(11)]
    added = statistics.median(a - b for a, b in pairs)
    microseconds["import drandlab"] = 1e6 * added
    rows.append(Comparison("import drandlab: seconds added to a bare start", added, 0.15, at_least=False))


def measure(rows: list[Comparison], microseconds: dict[str, float], absent: list[str], quick: bool) -> None:
    """Add all comparisons of this file; ``quick`` leaves out the run over 100,000 beacons."""
    mine = singles(rows, microseconds, absent)
    javascript(rows, microseconds, absent, mine)
    batches(rows, microseconds)
    reference(rows, microseconds)
    start(rows, microseconds)
    if not quick:
        growth(rows, microseconds)
