"""Chains made with a known key, and relays on loopback that serve them well or badly."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from drandlab.beacon.beacon import Beacon
from drandlab.beacon.chain_info import ChainInfo
from drandlab.crypto.bls import BLS
from drandlab.crypto.schemes import scheme
from drandlab.remote.ask.client import Client
from drandlab.typing import Round, Seconds

GENESIS = 1_700_000_000


class MadeChain:
    """A chain whose secret the tests know, so that any round, and any forgery, can be made."""

    def __init__(self, scheme_name: str, secret: int, beacon_id: str = "made", period: int = 3) -> None:
        self.secret, self.bls = secret, BLS.of(scheme(scheme_name), "blst")
        self.info = ChainInfo(
            public_key=bytes(self.bls.public_key(secret)),
            scheme=scheme(scheme_name),
            period=period,
            genesis_time=GENESIS,
            genesis_seed=bytes([secret]) * 32,
            beacon_id=beacon_id,
        )
        self._made: dict[Round, Beacon] = {}
        self._lock = threading.Lock()

    def sign(self, round: Round, previous: bytes = b"") -> Beacon:
        digest = self.info.scheme.digest(round, previous)
        return Beacon(round=round, signature=self.bls.sign(self.secret, digest), previous_signature=previous)

    def beacon(self, round: Round) -> Beacon:
        with self._lock:
            return self._beacon(round)

    def _beacon(self, round: Round) -> Beacon:
        if round not in self._made:
            previous = b""
            if self.info.scheme.chained:
                previous = self.info.genesis_seed if round == 1 else self._beacon(round - 1).signature
            self._made[round] = self.sign(round, previous)
        return self._made[round]

    def beacons(self, first: Round, last: Round) -> list[Beacon]:
        return [self.beacon(r) for r in range(first, last + 1)]


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self, now: Seconds) -> None:
        self.time, self.slept = now, list[Seconds]()

    def now(self) -> Seconds:
        return self.time

    async def sleep(self, seconds: Seconds) -> None:
        self.slept.append(seconds)
        self.time += seconds


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Without this, small answers wait for the acknowledgement of the one before.
    disable_nagle_algorithm = True
    server: Server

    def do_GET(self) -> None:
        relay = self.server.relay
        with relay.lock:
            relay.paths.append(self.path)
        relay.answer(self)

    def reply(self, status: int, body: bytes, length: int | None = None, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    # room for a burst of connections: those beyond it would come back a second later
    request_queue_size = 64
    relay: LocalRelay
    open = 0

    def process_request(self, request: Any, client_address: Any) -> None:
        with self.relay.lock:
            self.open += 1
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self.relay.heard:
                self.open -= 1
                self.relay.heard.notify_all()

    def handle_error(self, *_: Any) -> None:
        """Clients that hang up are part of the tests."""


class LocalRelay:
    """A relay on loopback. ``fault(handler, which)`` may answer in its place; it returns whether it did."""

    def __init__(
        self,
        chain: MadeChain,
        *,
        versions: tuple[int, ...] = (1, 2),
        now: Callable[[], Seconds] | None = None,
        fault: Callable[[Handler, str], bool] | None = None,
        heeds_hash: bool = True,
    ) -> None:
        self.chain, self.versions, self.now, self.fault, self.heeds_hash = chain, versions, now, fault, heeds_hash
        self.paths: list[str] = []
        self.lock, self.closing = threading.Lock(), threading.Event()
        self.heard = threading.Condition(self.lock)
        self._server = Server(("127.0.0.1", 0), Handler)
        self._server.relay = self
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def rounds(self) -> list[Round]:
        """The rounds it was asked for."""
        return [int(path.rpartition("/")[2]) for path in list(self.paths) if path[-1].isdigit()]

    def hear_out(self) -> None:
        """Wait until all that clients have sent is heard: a dead one's last questions are still on their way."""
        httpx.get(self.address)  # connections are taken in turn: those before this one are
        with self.heard:
            assert self.heard.wait_for(lambda: not self._server.open, timeout=60)

    def answer(self, handler: Handler) -> None:
        parts = handler.path.strip("/").split("/")
        version = 2 if parts[:2] == ["v2", "chains"] else 1
        if version == 2:
            parts = parts[2:]
        if version in self.versions and parts == ["info"]:
            return self._info(handler, 1)
        if version not in self.versions or len(parts) < 2:
            return handler.reply(404, b"routes: ...")
        if self.heeds_hash and parts[0] != self.chain.info.chain_hash.hex():
            return handler.reply(400 if version == 2 else 404, b"unknown chain hash")
        which = parts[-1]
        if self.fault and self.fault(handler, which):
            return None
        if which == "info":
            return self._info(handler, version)
        due = self.chain.info.round_at((self.now or time.time)())
        round = due if which == "latest" else int(which)
        if round > due:
            return handler.reply(425, b"Requested future beacon")
        handler.reply(200, self.chain.beacon(round).to_json(version).encode())
        return None

    def _info(self, handler: Handler, version: int) -> None:
        handler.reply(200, self.chain.info.to_json(version).encode())


Fault = Callable[[Handler, str], bool]


def said(beacon: Beacon | dict[str, Any]) -> bytes:
    return json.dumps(beacon if isinstance(beacon, dict) else beacon.to_dict()).encode()


class Faults:
    """What a relay may do wrong, each as a function that `LocalRelay` calls in place of its own answer."""

    @staticmethod
    def status(code: int, **headers: str) -> Fault:
        return lambda handler, which: handler.reply(code, b"no", **headers) is None

    @staticmethod
    def body(body: bytes, length: int | None = None) -> Fault:
        def answer(handler: Handler, which: str) -> bool:
            handler.reply(200, body, length)
            handler.close_connection = length is not None
            return True

        return answer

    @staticmethod
    def changed(change: Callable[[dict[str, Any]], Any]) -> Fault:
        """The right beacon with ``change`` done to its fields."""

        def answer(handler: Handler, which: str) -> bool:
            if which == "info":
                return False
            chain = handler.server.relay.chain
            now = (handler.server.relay.now or time.time)()
            round = chain.info.round_at(now) if which == "latest" else int(which)
            fields = chain.beacon(round).to_dict()
            change(fields)
            handler.reply(200, said(fields))
            return True

        return answer

    @staticmethod
    def silent(handler: Handler, which: str) -> bool:
        handler.server.relay.closing.wait(10)
        return True

    @staticmethod
    def slow(seconds: Seconds) -> Fault:
        return lambda handler, which: handler.server.relay.closing.wait(seconds)

    @staticmethod
    def endless(handler: Handler, which: str) -> bool:
        handler.reply(200, b'{"round": 1, "signature": "', length=1 << 40)
        while not handler.server.relay.closing.is_set():
            handler.wfile.write(b"00" * 4096)
        return True

    @staticmethod
    def hang_up(handler: Handler, which: str) -> bool:
        handler.close_connection = True
        return True

    @staticmethod
    def only_when(applies: Callable[[int, str], bool], fault: Fault) -> Fault:
        """``fault`` on those questions (counted from 0) that ``applies`` picks."""
        count = iter(range(1 << 30))
        return lambda handler, which: fault(handler, which) if applies(next(count), which) else False


@pytest.fixture(scope="session")
def made_chain() -> Callable[..., MadeChain]:
    return MadeChain


@pytest.fixture(scope="session")
def unchained() -> MadeChain:
    return MadeChain("bls-unchained-g1-rfc9380", 7)


@pytest.fixture(scope="session")
def chained() -> MadeChain:
    return MadeChain("pedersen-bls-chained", 11, period=30)


@pytest.fixture(scope="session")
def faults() -> type[Faults]:
    return Faults


@pytest.fixture
def clock() -> Clock:
    """A moment at which round 1000 of a chain with a period of 3 s has just been made."""
    return Clock(GENESIS + 999 * 3 + 1.0)


@pytest.fixture
def relay(clock: Clock) -> Iterator[Callable[..., LocalRelay]]:
    """``relay(chain, fault=...)``: a relay on loopback, on the tests' clock."""
    running: list[LocalRelay] = []

    def start(chain: MadeChain, **options: Any) -> LocalRelay:
        running.append(LocalRelay(chain, **{"now": clock.now, **options}))
        return running[-1]

    yield start
    for each in running:
        each.close()


@pytest.fixture
def client(clock: Clock) -> Iterator[Callable[..., Client]]:
    """``client(chain, relay, ...)``: a client on the tests' clock that asks these relays."""
    made: list[Client] = []

    def make(chain: Any, *relays: LocalRelay, **options: Any) -> Client:
        settings = {"timeout": 2.0, "stagger": 0.5, "now": clock.now, "sleep": clock.sleep, **options}
        chosen = chain.info if isinstance(chain, MadeChain) else chain
        made.append(Client(chosen, [each.address for each in relays], **settings))
        return made[-1]

    yield make
    for each in made:
        each.close()
