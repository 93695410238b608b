"""The relay behind a real socket: our own client, waiting clients, hostile ones, and the end."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from typing import Any

import anyio
import httpx
import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal

from drandlab.beacon.store import MemoryStore
from drandlab.errors import LocalError
from drandlab.remote.answer import http_connection, web_server
from drandlab.remote.answer.http_connection import BoundedConnection
from drandlab.remote.answer.http_relay import relay_app
from drandlab.remote.answer.listen_address import ListenAddress, host_and_port
from drandlab.remote.answer.live_chain import LiveChain
from drandlab.remote.answer.web_server import MAX_REQUEST_BYTES, serve
from drandlab.remote.ask.client import Client

LAST = 8


class Lab:
    """A chain that grows on an event loop of its own, its relay there, and how to talk to it."""

    def __init__(self, portal: BlockingPortal, made: Any, now: Callable[[], float] | None = None) -> None:
        self.portal, self.made = portal, made
        store = MemoryStore(made.info)
        for beacon in made.beacons(1, LAST):
            store.append(beacon)
        self.chain = LiveChain(store, now=now or (lambda: made.info.round_time(LAST) + 1.0))
        self.end, self.port = None, 0

    def start(self, **options: Any) -> Lab:
        self.end, self.port = self.portal.start_task(lambda **status: serve(self.app(), **options, **status))
        return self

    def app(self) -> Any:
        return relay_app([self.chain])

    def grow(self, last: int) -> None:
        """Make, store and announce the rounds up to ``last``."""
        for round in range(self.chain.last().round + 1, last + 1):
            beacon = self.made.beacon(round)
            self.chain.store.append(beacon)
            self.portal.call(self.chain.publish, beacon)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def path(self, round: int | str) -> str:
        return f"/v2/beacons/{self.made.info.beacon_id}/rounds/{round}"

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=60)

    def send_response(self, *pieces: bytes) -> bytes:
        """All that the relay answers to these bytes, to the end of the connection."""
        with self.connect() as line:
            return b"".join([self.try_to_send(line, piece) for piece in pieces]) + everything(line)

    @staticmethod
    def try_to_send(line: socket.socket, piece: bytes) -> bytes:
        with suppress(OSError):  # it has heard enough
            line.sendall(piece)
        return b""


def everything(line: socket.socket) -> bytes:
    heard = b""
    try:
        while piece := line.recv(1 << 16):
            heard += piece
    except ConnectionResetError:  # closed while bytes of ours were on the way
        pass
    return heard


@pytest.fixture(scope="module")
def portal() -> Iterator[BlockingPortal]:
    with start_blocking_portal() as portal:
        yield portal


@pytest.fixture
def lab(portal, unchained) -> Iterator[Callable[..., Lab]]:
    started: list[Lab] = []

    def start(made: Any = unchained, now: Any = None, **options: Any) -> Lab:
        started.append(Lab(portal, made, now).start(**options))
        return started[-1]

    yield start
    for each in started:
        each.end.cancel()


@pytest.fixture(scope="module")
def standing(portal, unchained) -> Iterator[Lab]:
    """A relay that whoever talks to it must leave as it was."""
    running = Lab(portal, unchained).start()
    yield running
    running.end.cancel()


@pytest.mark.parametrize("kind", ["unchained", "chained"])
def test_our_own_client_fetches_and_watches(kind, lab, clock, request) -> None:
    made = request.getfixturevalue(kind)
    clock.time = made.info.round_time(LAST) + 0.5
    running = lab(made, clock.now)

    async def sleep(seconds: float) -> None:
        # the round that is slept for is made meanwhile, in the relay's own thread
        await clock.sleep(seconds)
        await anyio.to_thread.run_sync(running.grow, made.info.round_at(clock.time))

    with Client(made.info, [running.address], now=clock.now, sleep=sleep, timeout=30.0) as client:
        assert client.latest() == made.beacon(LAST)
        assert client.round(1) == made.beacon(1)
        assert list(client.range(2, LAST)) == made.beacons(2, LAST)
        assert list(client.watch(stop=LAST + 5)) == made.beacons(LAST, LAST + 5)
        assert client.relays[0].failures == client.relays[0].lies == 0
    with Client(made.info.chain_hash.hex(), [running.address], now=clock.now) as client:
        assert client.info() == made.info


def test_many_wait_on_their_own_connections(lab, unchained) -> None:
    running = lab()

    async def ask() -> list[httpx.Response]:
        async with httpx.AsyncClient(base_url=running.address, timeout=60, limits=httpx.Limits()) as client:
            waiting = [asyncio.create_task(client.get(running.path(LAST + 1))) for _ in range(100)]
            # an answer to another question shows that those who wait hold nobody up
            assert (await client.get(running.path(LAST))).json()["round"] == LAST
            await anyio.to_thread.run_sync(running.grow, LAST + 1)
            return await asyncio.gather(*waiting)

    answers = asyncio.run(ask())
    assert {(answer.status_code, answer.text) for answer in answers} == {(200, unchained.beacon(LAST + 1).to_json(2))}


def question(path: str, *headers: str, method: str = "GET") -> bytes:
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: relay", *headers, "", ""]).encode()


def test_the_headers_on_the_line(standing) -> None:
    said = standing.send_response(question(standing.path(3), "Connection: close"))
    head, _, body = said.partition(b"\r\n\r\n")
    lines = head.decode().lower().split("\r\n")
    assert lines[0] == "http/1.1 200 ok" and json.loads(body)["round"] == 3
    names = [line.partition(":")[0] for line in lines[1:]]
    assert sorted(names) == sorted(
        [
            "date",
            "server",
            "content-type",
            "content-length",
            "cache-control",
            "access-control-allow-origin",
            "x-content-type-options",
            "connection",
        ]
    )
    assert standing.send_response(question(standing.path(3), "Connection: close", method="HEAD")).endswith(b"\r\n\r\n")


def test_questions_in_a_row_on_one_connection(standing) -> None:
    three = [question(standing.path(n)) for n in (1, 2)] + [question(standing.path(3), "Connection: close")]
    said = standing.send_response(b"".join(three))
    assert said.count(b"HTTP/1.1 200 OK") == 3
    assert [said.find(b'{"round":%d,' % n) > 0 for n in (1, 2, 3)] == [True] * 3


def beat(line: socket.socket) -> None:
    """Ask on a line that stays open, and hear the whole answer."""
    line.sendall(question("/ping"))
    heard = b""
    while not heard.endswith(b"\r\n\r\n."):
        heard += line.recv(1)


def test_an_answer_is_sent_at_once(lab, monkeypatch) -> None:
    """Its two parts are written apart, and would wait for each other some 40 ms on a line that saves packets."""
    taken: list[socket.socket] = []
    accept = socket.socket.accept

    def remembering(listener: socket.socket) -> Any:
        taken.append((pair := accept(listener))[0])
        return pair

    monkeypatch.setattr(socket.socket, "accept", remembering)
    with lab().connect() as line:
        beat(line)
        [served] = taken
        assert served.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


@pytest.mark.parametrize(
    ("version", "lines", "status"),
    [
        ("1.1", [], b"400"),
        ("1.1", ["Host: a", "Host: a"], b"400"),
        ("1.1", ["Host: a b"], b"400"),
        ("1.1", ["Host: user@a"], b"400"),
        ("1.1", ["Host: a/b"], b"400"),
        ("1.1", ["Host: a:80"], b"200"),
        ("1.1", ["hOST:[::1]:80"], b"200"),
        ("1.1", ["Host:"], b"200"),
        ("1.0", [], b"200"),
        ("1.0", ["Host: a"], b"200"),
        ("1.0", ["Host: a", "Host: b"], b"400"),
    ],
)
def test_a_question_names_its_host_once(standing, version, lines, status) -> None:
    said = standing.send_response(
        "\r\n".join([f"GET /ping HTTP/{version}", *lines, "Connection: close", "", ""]).encode()
    )
    assert said.split(b" ")[1] == status


@pytest.mark.parametrize("size", [MAX_REQUEST_BYTES + 2000, 120_000])
def test_a_whole_question_in_one_piece_is_bounded_too(standing, size) -> None:
    said = standing.send_response(question("/ping", "X-Long: " + "a" * size, "Connection: close"))
    assert said == b"" or said.startswith(b"HTTP/1.1 400 Bad Request")
    said = standing.send_response(question("/ping", f"Content-Length: {size}", "Connection: close") + b"a" * size)
    assert said.count(b"HTTP/1.1") <= 1 and said[:12] in (b"", b"HTTP/1.1 400", b"HTTP/1.1 200")


def test_a_thousand_questions_in_one_piece_do_not_pile_up(lab, monkeypatch) -> None:
    longest = 0

    class Counting(BoundedConnection):
        def on_headers_complete(self) -> None:
            nonlocal longest
            super().on_headers_complete()
            longest = max(longest, len(self.pipeline))

    monkeypatch.setattr(web_server, "BoundedConnection", Counting)
    said = lab().send_response(question("/ping") * 5000 + question("/ping", "Connection: close"))
    assert said.count(b"HTTP/1.1 200 OK") == 5001
    # a piece of what has come holds some 25 questions
    assert 1 <= longest < 50


def test_what_is_sent_ahead_is_bounded_for_all_together(lab, monkeypatch) -> None:
    most, held = 1 << 20, 0

    class Counting(BoundedConnection):
        def data_received(self, data: bytes) -> None:
            nonlocal held
            super().data_received(data)
            held = max(held, len(self._held))

    monkeypatch.setattr(http_connection, "MOST_HELD", most)
    monkeypatch.setattr(web_server, "BoundedConnection", Counting)
    running = lab()
    # one that reads its answers may send as much as it likes: it is slowed down, and nothing piles up
    ahead = question("/ping") * 15_000 + question("/ping", "Connection: close")
    with running.connect() as line:
        threading.Thread(target=Lab.try_to_send, args=(line, ahead), daemon=True).start()
        assert everything(line).count(b"HTTP/1.1 200 OK") == 15_001
    assert held <= 1 << 18 < len(ahead)
    # and those that wait for a round, and send on, do not fill the memory together
    lines_open: list[socket.socket] = []
    with ExitStack() as lines:
        for _ in range(20):
            lines_open.append(line := lines.enter_context(running.connect()))
            line.setblocking(False)
            with suppress(BlockingIOError):
                line.send(question(running.path("next")) + question("/ping") * 10_000)
        assert httpx.get(running.address + "/ping", timeout=60).text == "."
        shut = 0
        for line in lines_open:
            with suppress(BlockingIOError):
                shut += everything(line) == b""
        assert 0 < shut < 20


def test_an_empty_line_after_a_question_is_nothing_to_wait_for(lab) -> None:
    running = lab(request_timeout=0.2)
    with running.connect() as line:
        line.sendall(question(running.path("next"), "Connection: close") + b"\r\n")
        beat_elsewhere = [httpx.get(running.address + "/ping").text for _ in range(3)]
        line.settimeout(0.5)
        with pytest.raises(TimeoutError):
            line.recv(1)
        line.settimeout(60)
        running.grow(LAST + 1)
        assert everything(line).startswith(b"HTTP/1.1 200 OK") and beat_elsewhere == ["."] * 3


def test_what_is_not_read_does_not_hold_its_line(lab) -> None:
    running = lab(response_timeout=0.2)
    with socket.socket() as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.settimeout(60)
        line.connect(("127.0.0.1", running.port))
        many = question("/openapi.json") * 2000
        # the answers have megabytes; the relay stops taking questions, and hangs up at last
        with pytest.raises(OSError) as caught:
            for _ in range(1000):
                line.sendall(many)
        assert not isinstance(caught.value, TimeoutError)
    assert httpx.get(running.address + "/ping").text == "."


def test_who_has_not_asked_makes_room_for_who_does(lab, monkeypatch) -> None:
    monkeypatch.setattr(http_connection, "GRACE", 0.2)
    running = lab(connections=3)
    with running.connect() as first, running.connect() as half, running.connect() as asked:
        beat(asked)
        half.sendall(b"GET /ping HT")
        with running.connect() as fourth:
            beat(fourth)
            # the one that has been silent for the longest time goes
            assert everything(first) == b""
            beat(asked)
            with running.connect() as fifth:
                beat(fifth)
                assert everything(half) == b""
                beat(fourth)


def test_who_waits_for_an_answer_keeps_the_line_and_others_queue(lab, portal, caplog) -> None:
    running = lab(connections=2)
    with running.connect() as one, running.connect() as two, running.connect() as later:
        for line in (one, two):
            line.sendall(question(running.path("next"), "Connection: close"))
        portal.call(anyio.wait_all_tasks_blocked)
        later.sendall(question("/ping", "Connection: close"))
        portal.call(anyio.wait_all_tasks_blocked)
        running.grow(LAST + 1)
        for line in (one, two):
            assert b'{"round":9,' in everything(line)
        assert everything(later).startswith(b"HTTP/1.1 200 OK")
    assert caplog.text.count("2 connections are open, the maximum") <= 1


def test_where_there_is_no_descriptor_left_it_is_said_once_and_tried_again(lab, monkeypatch, caplog) -> None:
    accept, left = socket.socket.accept, iter(range(3))

    def failing(listener: socket.socket) -> Any:
        if next(left, None) is not None:
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        return accept(listener)

    running = lab()
    monkeypatch.setattr(web_server, "NO_ROOM_TIME", 0.01)
    monkeypatch.setattr(socket.socket, "accept", failing)
    assert httpx.get(running.address + "/ping").text == "."
    assert next(left, None) is None
    assert [record.getMessage() for record in caplog.records] == [
        "a connection cannot be accepted: Too many open files; trying again"
    ]


GARBAGE = [
    b"\x00" * 100,
    b"\xff\xfe GET / HTTP/1.1\r\n\r\n",
    b"GET\r\n\r\n",
    b"GET /nothing\r\n\r\n",
    b"GET /nothing HTTP/9.9\r\n\r\n",
    b"GET /pub lic/1 HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost\r\n\r\n",
    b"GET / HTTP/1.1\r\n: nameless\r\n\r\n",
    b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
    b"GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx",
    b"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(40),  # a TLS client at the wrong door
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"A" * 5000,
]


@pytest.mark.parametrize("garbage", GARBAGE, ids=range(len(GARBAGE)))
def test_what_is_no_question_is_refused_and_the_relay_lives(standing, garbage) -> None:
    said = standing.send_response(garbage)
    assert said == b"" or said.split(b"\r\n")[0] in (b"HTTP/1.1 400 Bad Request", b"HTTP/1.1 404 Not Found")
    assert httpx.get(standing.address + standing.path(1)).status_code == 200


@pytest.mark.parametrize(
    "pieces",
    [
        [b"GET /" + b"a" * (1 << 20)],
        [b"GET / HTTP/1.1\r\nX: " + b"a" * (1 << 20)],
        [b"GET / HTTP/1.1\r\n"] + [b"X%d: y\r\n" % n for n in range(10_000)],
        [question("/nothing", "Content-Length: 100000000")] + [b"a" * 65536] * 100,
        [question("/nothing", "Transfer-Encoding: chunked")] + [b"10000\r\n" + b"a" * 65536 + b"\r\n"] * 100,
    ],
    ids=["path", "header", "headers", "body", "chunks"],
)
def test_a_question_without_end_is_cut_off(standing, pieces) -> None:
    said = standing.send_response(*pieces)
    assert said == b"" or said.split(b"\r\n")[0] in (b"HTTP/1.1 400 Bad Request", b"HTTP/1.1 404 Not Found")
    assert httpx.get(standing.address + standing.path(1)).status_code == 200


def test_a_question_of_some_length_is_fine(standing) -> None:
    long = question(standing.path(1), "X-Long: " + "a" * (MAX_REQUEST_BYTES - 1000), "Connection: close")
    assert standing.send_response(long).startswith(b"HTTP/1.1 200 OK")


STARTS = [b"GET /v2/chains HT", b"\r\n", b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n"]


@pytest.mark.parametrize(
    ("first", "answered_before"), [(b"", False), *((first, before) for first in STARTS for before in (False, True))]
)
def test_a_question_that_never_ends_does_not_hold_its_line(lab, first, answered_before) -> None:
    running = lab(request_timeout=0.2)
    with running.connect() as line:
        if answered_before:
            line.sendall(question("/ping"))
            assert b"200 OK" in line.recv(1 << 16)
        line.sendall(first)
        heard = b""
        line.settimeout(0.02)
        for _ in range(3000):
            try:
                piece = line.recv(1 << 16)
            except TimeoutError:
                # one byte at a time, as who wants to stay
                Lab.try_to_send(line, first[:1] if first == b"\r\n" else b"a")
                continue
            except ConnectionResetError:
                break
            if not piece:
                break
            heard += piece
        else:
            pytest.fail("the line is still open")
    # what came first is refused at once, what comes after it is no question
    assert set(re.findall(rb"HTTP/1.1 (\d+)", heard)) <= {b"400", b"405"}


def test_who_waits_at_the_end_is_told(lab, portal) -> None:
    running = lab()
    with running.connect() as waiting, running.connect() as idle:
        waiting.sendall(question(running.path("next")))
        beat(idle)
        portal.call(anyio.wait_all_tasks_blocked)
        running.end.cancel()
        said = everything(waiting)
        assert said.startswith(b"HTTP/1.1 504 Gateway Timeout") and said.endswith(b"\r\n\r\ntimeout\n")
        assert b"cache-control: must-revalidate, no-cache, max-age=0" in said
        assert everything(idle) == b""
    # the port is free again
    again = lab(port=running.port)
    assert again.port == running.port and httpx.get(again.address + "/ping").text == "."


def test_a_crash_is_an_answer_and_no_end(portal, caplog) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        raise ZeroDivisionError("planted")

    end, port = portal.start_task(lambda **status: serve(app, **status))
    for _ in range(2):
        assert httpx.get(f"http://127.0.0.1:{port}/").status_code == 500
    end.cancel()
    assert "planted" in caplog.text


def test_a_taken_port_is_one_clear_sentence(standing) -> None:
    with pytest.raises(LocalError) as caught:
        asyncio.run(serve(standing.app(), port=standing.port))
    assert str(caught.value) == (
        f"127.0.0.1:{standing.port} cannot be served (Address already in use): choose a free port, or 0 for any"
    )


@pytest.mark.parametrize("host", ["::1", "[::1]", "localhost", "127.1"])
def test_any_form_of_this_machine_is_served(host, lab) -> None:
    running = lab(host=host)
    assert httpx.get(f"http://{host_and_port(ListenAddress.of(host, 0).host, running.port)}/ping").text == "."


@pytest.mark.parametrize(("host", "port"), [("127.0.0.1", 70_000), ("127.0.0.1", -1), ("192.0.2.1", 0), ("a" * 70, 0)])
def test_a_place_that_cannot_be_served_is_named(host, port, standing) -> None:
    with pytest.raises(LocalError, match=f"{host}:{port} cannot be served"):
        asyncio.run(serve(standing.app(), host, port))


def test_nothing_is_said_about_answers_and_garbage(lab, caplog, capfd) -> None:
    running = lab()
    assert httpx.get(running.address + "/ping").status_code == 200
    running.send_response(b"\x00\x00\r\n\r\n")
    running.send_response(question("/ping", "Upgrade: websocket", "Connection: Upgrade, close"))
    assert capfd.readouterr() == ("", "") and caplog.text == ""
