"""The tools that drand's users have for timelock files, as peers: ``tle`` (Go) and ``tlock-js`` (JavaScript)."""

from __future__ import annotations

import json
import os
import subprocess
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from anyio.from_thread import start_blocking_portal

import drandlab as dl
from drandlab.beacon.beacon import Beacon
from drandlab.beacon.chain_info import ChainInfo
from drandlab.beacon.store import MemoryStore
from drandlab.remote.answer.http_relay import relay_app
from drandlab.remote.answer.live_chain import LiveChain
from drandlab.remote.answer.web_server import serve

ROUNDS = {"quicknet": 1000, "fastnet": 2, "testnet-unchained-3s": 20000}
"""The real networks that both peers know, and a round of each whose beacon comes with drandlab.

The signatures of the first two are on G1 (those of fastnet with the tag of the other group), of the third on G2.
"""

SIZES = (0, 1, 65535, 65536, 65537, 200_000)
"""Bytes of plaintexts: around one chunk, and several."""


class Refused(Exception):
    """A peer did not open a file or make one; ``written`` is the plaintext that it let out before."""

    def __init__(self, said: str, written: bytes = b"") -> None:
        super().__init__(said)
        self.written = written


def plaintext(size: int) -> bytes:
    """Bytes that differ from chunk to chunk."""
    return bytes(i * i % 251 for i in range(size))


def known(name: str) -> tuple[ChainInfo, Beacon]:
    """A real network, and its beacon of the round in `ROUNDS`."""
    return dl.networks[name], next(each for each in shipped(name) if each.round == ROUNDS[name])


def shipped(name: str) -> list[Beacon]:
    """The beacons of a real network that come with drandlab."""
    rows = dl.load_beacons(name).iter_rows(named=True)
    return [Beacon(round=row["round"], signature=bytes.fromhex(row["signature"])) for row in rows]


@contextmanager
def shipped_relay() -> Iterator[str]:
    """The address of a relay on loopback that has the networks of `ROUNDS`, with their shipped beacons."""
    chains = []
    for name in ROUNDS:
        store = MemoryStore(dl.networks[name])
        for beacon in shipped(name):
            store.replace(beacon)
        chains.append(LiveChain(store))
    with start_blocking_portal() as portal:
        end, port = portal.start_task(lambda **status: serve(relay_app(chains), **status))
        yield f"http://127.0.0.1:{port}"
        end.cancel()


class Tle:
    """The command ``tle``, which asks one relay."""

    def __init__(self, program: Path, relay: str) -> None:
        self.program, self.relay = program, relay

    def run(self, *arguments: str, given: bytes) -> bytes:
        """What the command writes to its standard output."""
        command = [str(self.program), "-n", self.relay, *arguments]
        # a day, a month and a year are those of the local calendar there
        utc = {**os.environ, "TZ": "UTC"}
        done = subprocess.run(command, input=given, capture_output=True, timeout=120, env=utc)
        if done.returncode:
            raise Refused(done.stderr.decode().strip(), done.stdout)
        return done.stdout

    def encrypt(self, plaintext: bytes, chain: str, round: int, *options: str) -> bytes:
        return self.run("-e", "-f", "-c", chain, "-r", str(round), *options, given=plaintext)

    def decrypt(self, file: bytes, chain: str) -> bytes:
        return self.run("-d", "-c", chain, given=file)


class TlockJs:
    """One process of ``tests/peers/tlock_js/lock.mjs``: the npm package, with the network in each question."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def ask(self, question: Mapping[str, Any]) -> bytes:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        if "error" in answer:
            raise Refused(answer["error"])
        return b64decode(answer["value"])

    def encrypt(self, plaintext: bytes, info: ChainInfo, round: int) -> bytes:
        given = {"plaintext": b64encode(plaintext).decode(), "round": round, "info": info.to_dict()}
        return self.ask({"do": "encrypt", **given})

    def decrypt(self, file: bytes, info: ChainInfo, beacon: Beacon) -> bytes:
        given = {"file": b64encode(file).decode(), "info": info.to_dict(), "beacon": beacon.to_dict()}
        return self.ask({"do": "decrypt", **given})


@contextmanager
def running_tlock_js(program: list[Path]) -> Iterator[TlockJs]:
    """A process of the program, ended with the context."""
    with subprocess.Popen(
        program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            yield TlockJs(process)
        finally:
            process.kill()
