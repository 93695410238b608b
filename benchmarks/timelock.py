"""Timelock encryption: the IBE over its bare curve operations, many files of a round, the stream in constant memory."""

from __future__ import annotations

import hashlib
import random
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

import blspy
import pyblst
from side_by_side import Comparison, cpu_medians
from tlock_js import beside_tlock_js

import drandlab as dl
from drandlab.analysis.frames import beacons_of
from drandlab.crypto import BLS, scheme
from drandlab.crypto.ibe import Ciphertext, Opener, encrypt, steps
from drandlab.timelock.byte_source import ByteSource
from drandlab.timelock.payload import open_payload, seal_payload

SECRET = 0x1CE1CE1CE1CE1CE1CE1CE1CE1CE1CE
ROUND = 1000
REPEATS = 20
SCHEMES = {"keys on G2": "bls-unchained-g1-rfc9380", "keys on G1": "pedersen-bls-unchained"}
MEBIBYTE = 1 << 20
STREAM_GOAL = 200e6
"""Bytes a second, the project's own goal, for sealing and opening together."""
MEMORY_GOAL = 4 * MEBIBYTE
"""Bytes that may be held beside the text."""


class Case:
    """One scheme with a key, a round and its signature, as ours and as bare elements of the two libraries."""

    def __init__(self, name: str) -> None:
        self.bls = BLS.of(scheme(name), "blst")
        self.on_g1 = self.bls.scheme.signature_group == "G1"
        self.key, self.identity = self.bls.public_key(SECRET), self.bls.scheme.digest(ROUND)
        self.signature = self.bls.sign(SECRET, self.identity)
        self.file_key, self.rng = bytes(range(16)), random.Random(1)
        self.sealed = self.seal().to_bytes()
        # pyblst multiplies and hashes, blspy has the bytes of a pairing value
        first, second = pyblst.BlstP1Element, pyblst.BlstP2Element
        self.signatures, self.keys = (first, second) if self.on_g1 else (second, first)
        one, two = blspy.G1Element, blspy.G2Element
        self.signature_values, self.key_values = (one, two) if self.on_g1 else (two, one)
        self.generator = self.keys.uncompress(bytes(self.bls.keys.generator))
        self.bare_key = self.key_values.from_bytes(bytes(self.key))
        self.k = int(steps(self.bls, self.key, self.identity, self.file_key, bytes(16)).k)

    def seal(self) -> Ciphertext:
        return encrypt(self.bls, self.key, self.identity, self.file_key, self.rng)

    def open(self) -> bytes:
        return Opener(self.bls, self.bls.decode_signature(self.signature)).open(self.sealed)

    def pair(self, signature_side: Any, key_side: Any) -> Any:
        return signature_side.pair(key_side) if self.on_g1 else key_side.pair(signature_side)

    def bare_seal(self) -> None:
        """Hash to the curve, two multiplications, and a pairing in the library that gives its bytes."""
        hashed = self.signatures.hash_to_group(self.identity, self.bls.scheme.dst)
        power = hashed.scalar_mul(self.k)
        self.generator.scalar_mul(self.k).compress()
        bytes(self.pair(self.signature_values.from_bytes_unchecked(bytes(power.compress())), self.bare_key))

    def bare_open(self) -> None:
        """Decode the signature and U, a pairing, and the multiplication that checks U."""
        self.signatures.uncompress(self.signature)
        u = self.sealed[:-32]
        self.keys.uncompress(u)
        signature_side = self.signature_values.from_bytes_unchecked(self.signature)
        bytes(self.pair(signature_side, self.key_values.from_bytes_unchecked(u)))
        assert self.generator.scalar_mul(self.k) is not None

    def bare_pairing(self) -> Callable[[], object]:
        signature_side = self.signature_values.from_bytes(self.signature)
        return lambda: self.pair(signature_side, self.bare_key)


def repeated(call: Callable[[], object], count: int = REPEATS) -> Callable[[], None]:
    def side() -> None:
        for _ in range(count):
            call()

    return side


def single(rows: list[Comparison], microseconds: dict[str, float]) -> None:
    """One file key, each way, over the operations of the curve that it needs."""
    for name, case in ((name, Case(of)) for name, of in SCHEMES.items()):
        sides = {
            f"timelock, {name}: bare curve operations of encrypting": case.bare_seal,
            f"timelock, {name}: the IBE encrypts": case.seal,
            f"timelock, {name}: bare curve operations of decrypting": case.bare_open,
            f"timelock, {name}: the IBE decrypts": case.open,
        }
        times = cpu_medians({side: repeated(call) for side, call in sides.items()})
        microseconds.update({side: 1e6 * t / REPEATS for side, t in times.items()})
        bare_seal, seal, bare_open, opened = times.values()
        rows.append(
            Comparison(f"IBE, {name}: encrypting over its curve operations", seal / bare_seal, 1.2, at_least=False)
        )
        rows.append(
            Comparison(f"IBE, {name}: decrypting over its curve operations", opened / bare_open, 1.2, at_least=False)
        )


def many(rows: list[Comparison], microseconds: dict[str, float], count: int) -> None:
    """File keys of one round: each over a single one, and over the pairing that no way leaves out."""
    case = Case(SCHEMES["keys on G2"])
    sealed = [case.seal().to_bytes() for _ in range(count)]
    opener = Opener(case.bls, case.bls.decode_signature(case.signature))

    def of_one_round() -> None:
        for data in sealed:
            opener.open(data)

    sides = {
        "timelock: a bare pairing": repeated(case.bare_pairing(), count),
        "timelock: a file key, each with its signature": repeated(case.open, count),
        f"timelock: a file key, one of {count:,} of a round": of_one_round,
    }
    pairing, alone, together = (t / count for t in cpu_medians(sides, 3).values())
    microseconds.update({side: 1e6 * t for side, t in zip(sides, (pairing, alone, together), strict=True)})
    rows.append(Comparison(f"{count:,} file keys of a round: each over one alone", together / alone, 1, at_least=False))
    rows.append(
        Comparison(f"{count:,} file keys of a round: each over a bare pairing", together / pairing, 1.4, at_least=False)
    )


def files(rows: list[Comparison], microseconds: dict[str, float], count: int) -> None:
    """Files of 100 bytes of one round of quicknet: with one opener, over each with its signature verified anew."""
    info, rng = dl.networks["quicknet"], random.Random(1)
    beacon = next(one for one in beacons_of(dl.load_beacons("quicknet")) if one.round == ROUND)
    texts = [rng.randbytes(100) for _ in range(min(count, 500))]
    made = [dl.timelock.encrypt(text, info, round=ROUND, rng=rng) for text in texts]
    turns = -(-count // len(made))

    def alone() -> None:
        for file, text in zip(made, texts, strict=True):
            assert dl.timelock.decrypt(file, info, signature=beacon.signature) == text

    def together() -> None:
        opener = dl.timelock.opener(info, round=ROUND, signature=beacon)
        for _ in range(turns):
            for file, text in zip(made, texts, strict=True):
                assert opener.decrypt(file) == text

    one, all_of_them = cpu_medians({"one": alone, "all": together}, 1).values()
    one, all_of_them = one / len(made), all_of_them / len(made) / turns
    microseconds["timelock: a file of 100 bytes, its signature verified"] = 1e6 * one
    microseconds[f"timelock: a file of 100 bytes, one of {count:,} of a round"] = 1e6 * all_of_them
    name = f"{count:,} files of a round: each over one whose signature is verified"
    rows.append(Comparison(name, all_of_them / one, 0.6, at_least=False))


def stream(rows: list[Comparison], microseconds: dict[str, float]) -> None:
    """1 GiB sealed and opened again in one pass, and the most memory that was held."""
    piece, size = hashlib.sha256(b"text").digest() * 2048, 1024 * MEBIBYTE

    def pieces(total: int) -> Iterator[bytes]:
        for _ in range(total // len(piece)):
            yield piece

    def there_and_back(total: int = size) -> None:
        sealed = seal_payload(pieces(total), bytes(16), bytes(16))
        assert sum(map(len, open_payload(ByteSource(sealed), bytes(16)))) == total

    (seconds,) = cpu_medians({"": there_and_back}, 1).values()
    tracemalloc.start()
    there_and_back()
    held = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    microseconds["timelock: 1 MiB sealed and opened"] = 1e6 * seconds * MEBIBYTE / size
    name = "stream of 1 GiB, sealed and opened: bytes a second over 200 million"
    rows.append(Comparison(name, size / seconds / STREAM_GOAL, 1))
    rows.append(Comparison("stream of 1 GiB: most memory held over 4 MiB", held / MEMORY_GOAL, 1, at_least=False))


def measure(rows: list[Comparison], microseconds: dict[str, float], absent: list[str], quick: bool) -> None:
    """Add all comparisons of this file."""
    single(rows, microseconds)
    many(rows, microseconds, 200 if quick else 2_000)
    files(rows, microseconds, 200 if quick else 10_000)
    stream(rows, microseconds)
    beside_tlock_js(rows, microseconds, absent)
