from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from drandlab.remote.networks import networks
from drandlab.remote.shipped import shipped

BEACONS = {
    json.loads(line)["round"]: line
    for line in shipped("data", "beacons", "quicknet.jsonl").read_text(encoding="utf-8").splitlines()
}
CHAIN = networks["quicknet"]


class Relay(ThreadingHTTPServer):
    """The real beacons of quicknet over HTTP; rounds in ``held`` are answered once ``release`` is set."""

    daemon_threads = False  # closing waits for every answer, so that no test hears of a client of the one before

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.asked: list[int] = []
        self.held: set[int] = set()
        self.holding, self.release = threading.Event(), threading.Event()


class Handler(BaseHTTPRequestHandler):
    server: Relay

    def do_GET(self) -> None:
        last = self.path.rpartition("/")[2]
        body = CHAIN.to_json(2) if last == "info" else None
        if last.isdigit():
            round = int(last)
            self.server.asked.append(round)
            if round in self.server.held:
                self.server.holding.set()
                self.server.release.wait()
            body = BEACONS.get(round)
        self.send_response(404 if body is None else 200)
        self.end_headers()
        self.wfile.write((body or "").encode())

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@pytest.fixture
def relay() -> Iterator[Relay]:
    with Relay() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.release.set()
        server.shutdown()
        thread.join()


def test_a_stretch_arrives_verified_and_is_not_asked_again(drandlab: Callable, relay: Relay, tmp_path: Path) -> None:
    target = tmp_path / "q.jsonl"
    arguments = ("fetch", "quicknet", "--from", 1000, "--to", 1003, "--relay", relay.url, "-o", target)
    answer = drandlab(*arguments, "--json")
    report = json.loads(answer.out)
    assert (answer.code, answer.err) == (0, "")
    assert (report["chain"], report["fetched"], report["already_there"]) == ("quicknet", 4, 0)
    assert drandlab("verify", target, "--chain", "quicknet").code == 0

    relay.asked.clear()
    again = drandlab(*arguments)
    assert again.code == 0
    assert "0 fetched and verified, 4 were there already" in again.out
    assert relay.asked == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_keeps_what_was_fetched(
    drandlab: Callable, relay: Relay, tmp_path: Path, number: signal.Signals
) -> None:
    target = tmp_path / "q.csv"
    relay.held = {1003}
    arguments = ["fetch", "quicknet", "--from", "1000", "--to", "1003", "--relay", relay.url, "-o", str(target)]
    with subprocess.Popen(
        [sys.executable, "-m", "drandlab", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        assert relay.holding.wait(60)
        running.send_signal(number)
        _, said = running.communicate()
    assert running.returncode == 128 + number
    assert "Traceback" not in said
    if number == signal.SIGINT:
        assert said.splitlines()[-1] == "drandlab: interrupted"
        if os.path.exists(f"{target}.part"):
            assert "the same command continues from there" in said
    assert {path.name for path in tmp_path.iterdir()} <= {"q.csv.part"}

    relay.held.clear()
    assert drandlab(*arguments).code == 0
    assert drandlab("verify", target, "--chain", "quicknet").out.startswith("4 beacons")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--from", 1003, "--to", 1000], "1003"),
        (["--from", 1000, "--to", 1003, "-o", "q.txt"], ".txt"),
        (["--from", 1000, "--to", 1003, "--relay", "ftp://x"], "ftp://x"),
    ],
)
def test_what_cannot_be_is_one_sentence(
    drandlab: Callable,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    arguments: list[object],
    sentence: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    target = [] if "-o" in arguments else ["-o", "q.jsonl"]
    relays = [] if "--relay" in arguments else ["--relay", "http://127.0.0.1:9"]
    answer = drandlab("fetch", "quicknet", *arguments, *target, *relays)
    assert (answer.code, answer.out) == (2, "")
    assert sentence in answer.err
    assert "Traceback" not in answer.err
    assert not (tmp_path / "q.jsonl").exists()


def test_a_relay_of_another_chain_is_named(drandlab: Callable, relay: Relay, tmp_path: Path) -> None:
    target = tmp_path / "f.jsonl"
    answer = drandlab("fetch", "fastnet", "--from", 1000, "--to", 1003, "--relay", relay.url, "-o", target)
    assert (answer.code, answer.out) == (1, "")
    assert relay.url in answer.err
    assert "quicknet" in answer.err
    assert not target.exists()
