"""The HTTP relay under load: cached rounds on kept connections, the server on one core, the clients on another.

Only the goals of the project are compared with, not another relay: production's needs a drand node behind it. The
server runs in a process of its own. The clients are bare connections on one event loop, each with one question under
way, so that what is measured is the server and not an HTTP library; where there is a second core they stay off the
server's.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from itertools import cycle
from pathlib import Path
from time import perf_counter

from side_by_side import Comparison

CONNECTIONS = 10
GOAL_RATE, GOAL_P99 = 1000.0, 0.020
ROUNDS = 200


def served() -> None:
    """Serve a quicknet of our own on a port of this machine, print where, and go on until the input ends."""
    import anyio
    from verify import beacons, own_chain

    from drandlab.beacon.store import MemoryStore
    from drandlab.remote.answer.http_relay import relay_app
    from drandlab.remote.answer.live_chain import LiveChain
    from drandlab.remote.answer.web_server import serve

    info, bls = own_chain()
    store = MemoryStore(info)
    for beacon in beacons(info, bls, ROUNDS):
        store.append(beacon)

    async def run() -> None:
        async with anyio.create_task_group() as tasks:
            port = await tasks.start(serve, relay_app([LiveChain(store)]))
            print(port, info.chain_hash.hex(), flush=True)
            await anyio.to_thread.run_sync(sys.stdin.read)
            tasks.cancel_scope.cancel()

    asyncio.run(run())


class Line(asyncio.Protocol):
    """One connection with one question under way at a time, and how long each answer took."""

    def __init__(self, questions: list[bytes], until: float) -> None:
        self.questions, self.until = cycle(questions), until
        self.waits: list[float] = []
        self.bad = 0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.ask()

    def ask(self) -> None:
        self.heard, self.length = b"", 0
        self.asked = perf_counter()
        self.transport.write(next(self.questions))

    def data_received(self, data: bytes) -> None:
        self.heard += data
        if not self.length:
            head, found, _ = self.heard.partition(b"\r\n\r\n")
            if not found:
                return
            lines = head.lower().split(b"\r\n")
            [length] = [int(line.partition(b":")[2]) for line in lines if line.startswith(b"content-length:")]
            self.length = len(head) + 4 + length
        if len(self.heard) < self.length:
            return
        self.waits.append(perf_counter() - self.asked)
        self.bad += not self.heard.startswith(b"HTTP/1.1 200 ")
        if perf_counter() < self.until:
            self.ask()
        else:
            self.done.set_result(None)

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(error or ConnectionResetError("the relay closed the connection"))


async def load(port: int, questions: list[bytes], seconds: float) -> tuple[float, list[float]]:
    """Ask on all connections for ``seconds``; return the answers a second and the seconds of each, ascending."""
    loop = asyncio.get_running_loop()
    started = perf_counter()
    lines = [
        (await loop.create_connection(lambda: Line(questions, started + seconds), "127.0.0.1", port))[1]
        for _ in range(CONNECTIONS)
    ]
    async with asyncio.timeout(10 * seconds):
        await asyncio.gather(*(line.done for line in lines))
    passed = perf_counter() - started
    for line in lines:
        line.transport.close()
    assert not sum(line.bad for line in lines), "an answer that is not 200"
    waits = sorted(wait for line in lines for wait in line.waits)
    return len(waits) / passed, waits


def pin(*, server: int | None = None) -> bool:
    """Keep a process on the first core, or this one off it; False where there is only one, or no way to."""
    if not hasattr(os, "sched_setaffinity"):
        return False
    first, *others = sorted(os.sched_getaffinity(0))
    if not others:
        return False
    os.sched_setaffinity(server or 0, [first] if server else others)
    return True


def measure(rows: list[Comparison], microseconds: dict[str, float], absent: list[str], quick: bool) -> None:
    """Add all comparisons of this file."""
    try:
        import fastapi
        import httptools
        import uvicorn
    except ImportError:
        absent.append("the relay: needs the extra `relay`")
        return
    del fastapi, httptools, uvicorn
    cores = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else None
    seconds = 1.0 if quick else 4.0
    server = subprocess.Popen(
        [sys.executable, Path(__file__).resolve()], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert server.stdin and server.stdout
        if not pin(server=server.pid) or not pin():
            absent.append("the relay alone on a core: this machine has one core, or does not say which")
        port, chain_hash = server.stdout.readline().split()
        for name, path in (("v1", f"/{chain_hash}/public/"), ("v2", f"/v2/chains/{chain_hash}/rounds/")):
            questions = [f"GET {path}{n} HTTP/1.1\r\nHost: relay\r\n\r\n".encode() for n in range(1, ROUNDS + 1)]
            asyncio.run(load(int(port), questions, 1.0))  # once unmeasured: everything is kept from here on
            # the best of three: whatever else the machine does can only make it worse
            rate, waits = max(asyncio.run(load(int(port), questions, seconds)) for _ in range(3))
            p99 = waits[len(waits) * 99 // 100]
            microseconds[f"relay, cached {name} rounds: a question"] = 1e6 / rate
            microseconds[f"relay, cached {name} rounds: 99 % answered within"] = 1e6 * p99
            rows.append(
                Comparison(f"relay, cached {name} rounds: rate over {GOAL_RATE:,.0f} a second", rate / GOAL_RATE, 1)
            )
            rows.append(
                Comparison(
                    f"relay, cached {name} rounds: p99 over {1000 * GOAL_P99:.0f} ms", p99 / GOAL_P99, 1, at_least=False
                )
            )
    finally:
        server.communicate(timeout=60)
        if cores:
            os.sched_setaffinity(0, cores)


if __name__ == "__main__":
    served()
