"""What a block with k pulses costs, over one pairing check and k hashes to the curve as bare calls of pyblst."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable

import pyblst
from side_by_side import Comparison, cpu_medians

import drandlab as dl
from drandlab.beacon import Beacon
from drandlab.crypto.sr25519 import development
from drandlab.idn import Pulse, aggregate
from drandlab.idn.pallets.aura import Aura
from drandlab.idn.pallets.system import System
from drandlab.idn.rand_beacon import rand_beacon
from drandlab.idn.rand_beacon.pair_check import pair_holds
from drandlab.idn.runtime.calls import ROOT, Call
from drandlab.idn.runtime.outcomes import Head
from drandlab.idn.runtime.runtime import Runtime
from drandlab.idn.sums import on_curve, one_loop, sum_of_messages, two_pairings
from drandlab.wire.scale import Variant

SECRET = 0x1CE1CE1CE1CE1CE1CE1CE1CE1CE1CE
REPEATS = 30
SIZES = (1, 2, 6)


def pulse_of(rounds: int) -> tuple[bytes, Pulse]:
    """A key, and the sum of so many rounds under it."""
    bls = on_curve("blst")
    beacons = [Beacon(round=r, signature=bls.sign(SECRET, bls.scheme.digest(r))) for r in range(1, rounds + 1)]
    with dl.use_backend("blst"):
        return bytes(bls.public_key(SECRET)), aggregate(beacons)


def primitives(key: bytes, pulse: Pulse) -> Callable[[], None]:
    """One pairing check and k hashes to the curve, as bare calls of pyblst, on points that are decoded already."""
    dst, g1 = on_curve("blst").scheme.dst, pyblst.BlstP1Element
    public = pyblst.BlstP2Element.uncompress(key)
    generator = pyblst.BlstP2Element.uncompress(bytes(on_curve("blst").keys.generator))
    signature = g1.uncompress(pulse.signature)
    messages = [hashlib.sha256(r.to_bytes(8, "big")).digest() for r in range(pulse.start, pulse.end + 1)]

    def bare() -> None:
        for _ in range(REPEATS):
            total = g1()
            for message in messages:
                total = total + g1.hash_to_group(message, dst)
            assert pyblst.final_verify(pyblst.miller_loop(total, public), pyblst.miller_loop(signature, generator))

    return bare


def block(key: bytes, pulse: Pulse) -> Callable[[], None]:
    """A whole block with that pulse: hooks, the author's signature, the check, the state's new root."""
    runtime = Runtime([System(), Aura(), rand_beacon(backend="blst")])
    genesis = runtime.genesis({"Aura": {"authorities": [development("Alice").public]}})
    builder = runtime.open(genesis, 1)
    assert builder.run(Call("RandBeacon", "set_beacon_config", {"pk": key}), ROOT).error is None
    header, state = builder.finish()
    head = Head(header=header, state=state)
    signature = Variant("Sr25519", development("Alice").sign(pulse.payload, random.Random(1)))
    arguments = {"asig": pulse.signature, "start": pulse.start, "end": pulse.end, "signature": signature}
    extrinsic = runtime.bare(Call("RandBeacon", "try_submit_asig", arguments))

    def execute() -> None:
        for _ in range(REPEATS):
            building = runtime.open(head, 2)
            assert building.apply(runtime.decode(extrinsic)).error is None
            building.finish()

    return execute


def measure(rows: list[Comparison], microseconds: dict[str, float], absent: list[str], quick: bool) -> None:
    """Fill in the comparisons."""
    for rounds in SIZES[-2:] if quick else SIZES:
        key, pulse = pulse_of(rounds)

        def check(key: bytes = key, pulse: Pulse = pulse) -> None:
            for _ in range(REPEATS):
                assert pair_holds(key, pulse.signature, sum_of_messages(pulse.start, pulse.end, "blst"), "blst")

        name = f"pulses: {rounds} round{'' if rounds == 1 else 's'}"
        sides = {
            f"{name}, one pairing check and as many hashes (pyblst)": primitives(key, pulse),
            f"{name}, the pallet's check": check,
            f"{name}, the whole block": block(key, pulse),
        }
        bare, checked, whole = cpu_medians(sides).values()
        microseconds.update({side: 1e6 * t / REPEATS for side, t in zip(sides, (bare, checked, whole), strict=True)})
        said = f"block with {rounds} pulse{'' if rounds == 1 else 's'}"
        rows.append(Comparison(f"{said}: check over pairing and hashes", checked / bare, 1.2, at_least=False))
        rows.append(Comparison(f"{said}: all of it over pairing and hashes", whole / bare, 2, at_least=False))
    forms(rows, microseconds)


def forms(rows: list[Comparison], microseconds: dict[str, float]) -> None:
    """One loop against two pairings, on the reference backend, where both are the same code."""
    bls = on_curve("py_ecc")
    message = sum_of_messages(1, 1, "py_ecc")
    points = bls.public_key(SECRET), message, SECRET * message
    sides = {
        "one loop, one final exponentiation (py_ecc)": lambda: one_loop(*points),
        "two pairings (py_ecc)": lambda: two_pairings(*points),
    }
    times = cpu_medians(sides, 3)
    microseconds.update({name: 1e6 * t for name, t in times.items()})
    one, two = times.values()
    rows.append(Comparison("two pairings over one loop: times as slow", two / one, 1.2))
