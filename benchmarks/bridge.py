"""A bridge of 12 collators that hears a simulated quicknet, with the bare calls of the curve operations of that run.

    python benchmarks/bridge.py [rounds]

Each curve operation is wrapped once, where it leaves drandlab for the library (sr25519 is signed here, see
`drandlab.crypto.sr25519`), and counted while the bridge runs. The run goes on in slices; after each of them as many
bare calls are made as it has made. The journal is a summary. A run is a process of its own, so that nothing that was
remembered before shortens it, and its memory is its own.
"""

from __future__ import annotations

import json
import random
import resource
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from time import process_time
from typing import Any

import pyblst
from cryptography.hazmat.primitives.asymmetric import ed25519
from side_by_side import Comparison, report

from drandlab.crypto.sr25519 import sr25519_keys
from drandlab.curves.backends.blst import BlstGroup
from drandlab.simulation.bridge.bridge_network import AFTER, BridgeNetwork
from drandlab.simulation.pubsub.pulse_feeds import PulseFeed

COLLATORS = 12
ROUNDS, QUICK = 300, 100
SLICES = 10
MODES = ("accumulate", "range")
GOAL = 1.5

OPERATIONS = {
    "hash": "a hash to the curve (pyblst)",
    "decode": "a signature decoded, with its subgroup check (pyblst)",
    "decode key": "a key decoded, with its subgroup check (pyblst)",
    "multiply": "a product with a scalar (pyblst)",
    "loop": "a Miller loop (pyblst)",
    "final": "a final exponentiation (pyblst)",
    "ed25519 load": "an ed25519 key read (cryptography)",
    "ed25519 sign": "an ed25519 signature made (cryptography)",
    "ed25519 verify": "an ed25519 signature checked (cryptography)",
    "sr25519 sign": "an sr25519 signature made (drandlab)",
    "sr25519 verify": "an sr25519 signature checked (py-sr25519-bindings, or drandlab without it)",
}
"""What is counted."""


def counted(counts: Counter[str], name: str, call: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that does what ``call`` does, and counts."""

    def counting(*args: Any, **more: Any) -> Any:
        counts[name] += 1
        return call(*args, **more)

    return counting


class CountedKeys:
    """A class of ed25519 keys as the library has it, whose keys count what is done with them."""

    def __init__(self, counts: Counter[str], load: Callable[[bytes], Any]) -> None:
        self._counts, self._load = counts, load

    def from_public_bytes(self, data: bytes) -> CountedKey:
        """Read a key."""
        self._counts["ed25519 load"] += 1
        return CountedKey(self._counts, self._load(data))

    from_private_bytes = from_public_bytes


class CountedKey:
    """An ed25519 key that counts what is done with it."""

    def __init__(self, counts: Counter[str], key: Any) -> None:
        if hasattr(key, "verify"):
            self.verify = counted(counts, "ed25519 verify", key.verify)
        else:
            self.sign, self.public_key = counted(counts, "ed25519 sign", key.sign), key.public_key


def wrap() -> Counter[str]:
    """Wrap each operation once, and return what counts them; for the life of this process."""
    counts: Counter[str] = Counter()
    library: Any = pyblst
    library.miller_loop = counted(counts, "loop", pyblst.miller_loop)
    library.final_verify = counted(counts, "final", pyblst.final_verify)
    decode, group, keys, module = BlstGroup._decode, BlstGroup, sr25519_keys, ed25519

    def decoding(self: BlstGroup, data: bytes) -> Any:
        counts["decode" if self.name == "G1" else "decode key"] += 1
        return decode(self, data)

    changed: list[tuple[Any, str, Any]] = [
        (group, "_hash", counted(counts, "hash", group._hash)),
        (group, "_decode", decoding),
        (group, "multiply", counted(counts, "multiply", group.multiply)),
        (keys.Sr25519Key, "sign", counted(counts, "sr25519 sign", keys.Sr25519Key.sign)),
        (keys, "verify_here", counted(counts, "sr25519 verify", keys.verify_here)),
        (module, "Ed25519PublicKey", CountedKeys(counts, ed25519.Ed25519PublicKey.from_public_bytes)),
        (module, "Ed25519PrivateKey", CountedKeys(counts, ed25519.Ed25519PrivateKey.from_private_bytes)),
    ]
    if (check := keys._library()) is not None:
        through = counted(counts, "sr25519 verify", check)
        changed.append((keys, "_library", lambda: through))
    for owner, name, wrapped in changed:
        setattr(owner, name, wrapped)
    return counts


def bare_calls() -> dict[str, Callable[[], object]]:
    """Return each operation as a bare call on arguments of its own; to be made before anything is wrapped."""
    g1, g2 = pyblst.BlstP1Element, pyblst.BlstP2Element
    dst, message = b"BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_", bytes(32)
    point, generator = g1.hash_to_group(message, dst), BlstGroup("G2").base
    signature, public = point.compress(), generator.compress()
    loop, one, scalar = pyblst.miller_loop(point, generator), pyblst.BlstFP12Element(), 3**150
    miller_loop, final_verify = pyblst.miller_loop, pyblst.final_verify
    secret = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32))
    voter, raw = secret.public_key(), secret.public_key().public_bytes_raw()
    vote, load = secret.sign(bytes(53)), ed25519.Ed25519PublicKey.from_public_bytes
    aura, rng = sr25519_keys.Sr25519Key.from_seed(bytes(32)), random.Random(1)
    sign = sr25519_keys.Sr25519Key.sign
    seal, check = sign(aura, message, rng), sr25519_keys._library()
    here = sr25519_keys.verify_here
    verify = (lambda: here(aura.public, message, seal)) if check is None else lambda: check(seal, message, aura.public)
    return {
        "hash": lambda: g1.hash_to_group(message, dst),
        "decode": lambda: g1.uncompress(signature),
        "decode key": lambda: g2.uncompress(public),
        "multiply": lambda: point.scalar_mul(scalar),
        "loop": lambda: miller_loop(point, generator),
        "final": lambda: final_verify(loop, one),
        "ed25519 load": lambda: load(raw),
        "ed25519 sign": lambda: secret.sign(bytes(53)),
        "ed25519 verify": lambda: voter.verify(vote, bytes(53)),
        "sr25519 sign": lambda: sign(aura, message, rng),
        "sr25519 verify": verify,
    }


def timed(call: Callable[[], object], times: int) -> float:
    """Return the CPU seconds of so many calls."""
    began = process_time()
    for _ in range(times):
        call()
    return process_time() - began


def run(mode: str, rounds: int) -> dict[str, Any]:
    """Run a bridge over so many rounds, its bare calls in turn; return counts, CPU seconds and megabytes."""
    feed = PulseFeed.made(rounds=rounds, backend="blst")
    bare, counts = bare_calls(), wrap()
    began = process_time()
    bridge = BridgeNetwork(COLLATORS, mode, feed=feed, seed=1, detail="summary")
    taken, calls, before = process_time() - began, dict.fromkeys(OPERATIONS, 0.0), Counter[str]()
    first, last = bridge.now, feed.last_time + AFTER
    for part in range(1, SLICES + 1):
        began = process_time()
        bridge.run(until=first + (last - first) * part / SLICES)
        taken += process_time() - began
        for name, call in bare.items():
            calls[name] += timed(call, counts[name] - before[name])
        before = counts.copy()
    assert bridge.last_round is not None and bridge.last_round >= rounds - 2, bridge
    return {
        "seconds": taken,
        "curve seconds": calls,
        "counts": dict(counts),
        "blocks": bridge.finalised,
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def compare(rows: list[Comparison], microseconds: dict[str, float], mode: str, rounds: int) -> dict[str, Any]:
    """Add the comparison of one mode, whose run is a process of its own; return all that it found."""
    call = [sys.executable, __file__, "run", mode, str(rounds)]
    found: dict[str, Any] = json.loads(subprocess.run(call, capture_output=True, text=True, check=True).stdout)
    curve = sum(found["curve seconds"].values())
    name = f"bridge of {COLLATORS} collators, {mode}, {rounds:,} rounds"
    rows.append(Comparison(f"{name}: CPU over its curve operations", found["seconds"] / curve, GOAL, at_least=False))
    microseconds[f"{name}: one round"] = 1e6 * found["seconds"] / rounds
    microseconds[f"{name}: its curve operations"] = 1e6 * curve / rounds
    for kind, what in OPERATIONS.items():
        if count := found["counts"].get(kind, 0):
            each = found["curve seconds"][kind] / count
            microseconds[f"{mode}: {what}, {count / rounds:.2f} a round"] = 1e6 * each
    return found


def measure(rows: list[Comparison], microseconds: dict[str, float], absent: list[str], quick: bool) -> None:
    """Add all comparisons of this file."""
    for mode in MODES:
        compare(rows, microseconds, mode, QUICK if quick else ROUNDS)


def main(arguments: list[str]) -> None:
    """Run both modes over so many rounds, and tell the memory as well."""
    rows: list[Comparison] = []
    microseconds: dict[str, float] = {}
    rounds = int(arguments[0]) if arguments else ROUNDS
    notes = []
    for mode in MODES:
        found = compare(rows, microseconds, mode, rounds)
        notes.append(
            f"{mode}: {found['blocks']:,} final blocks, {found['seconds']:.1f} s of CPU, "
            f"{sum(found['curve seconds'].values()):.1f} s in bare calls, {found['megabytes']:.0f} MB"
        )
    report(rows, microseconds, [], as_json=False)
    print(*notes, sep="\n")


if __name__ == "__main__":
    if sys.argv[1:2] == ["run"]:
        print(json.dumps(run(sys.argv[2], int(sys.argv[3]))))
    else:
        main(sys.argv[1:])
