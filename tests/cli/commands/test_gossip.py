"""``drandlab gossip``: a gossip relay of what `drandlab serve` makes, subscribers that verify it, and bad input."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from drandlab.beacon.beacon import Beacon
from drandlab.beacon.chain_info import ChainInfo
from drandlab.beacon.verify import Verifier
from drandlab.cli import extras
from drandlab.gossip import peer_id, topic

PEER = f"/ip4/127.0.0.1/tcp/1/p2p/{peer_id(bytes(32))}"


class Process:
    """A command that goes on; what it says comes line by line."""

    def __init__(self, *arguments: object) -> None:
        command = [sys.executable, "-m", "drandlab", "gossip", *map(str, arguments)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def line(self) -> Any:
        line = self.process.stdout.readline()
        assert line, self.process.stderr.read()
        return json.loads(line)

    def end(self, how: signal.Signals = signal.SIGINT) -> tuple[int, str]:
        self.process.send_signal(how)
        _, said = self.process.communicate(timeout=30)
        return self.process.returncode, said


@pytest.fixture
def start(libp2p_package: None) -> Iterator[Callable[..., Process]]:
    """``start("relay", ...)``: that command in a process of its own, ended with the test."""
    running: list[Process] = []

    def started(*arguments: object) -> Process:
        running.append(process := Process(*arguments))
        return process

    yield started
    for process in running:
        with process.process:  # which closes its pipes
            process.process.kill()


def test_pulses_go_from_a_served_network_to_subscribers(start, start_serving, tmp_path: Path) -> None:
    served = start_serving("--nodes", "3", "--period", "1", "--past", "3").ready()
    info = ChainInfo.from_json(served.get("/info").content)
    (tmp_path / "info.json").write_text(info.to_json(2))
    key = tmp_path / "identity"
    relay = start("relay", "--from", served.found["http"], "--listen", "/ip4/127.0.0.1/tcp/0", "--key", key, "--json")
    hello = relay.line()
    assert hello["topics"] == [topic(info.chain_hash)]
    [address] = hello["addresses"]
    assert address.endswith(f"/p2p/{hello['peer']}")

    listening = ("subscribe", "--chain", tmp_path / "info.json", "--count", "2", "--timeout", "60", "--json")
    first = start(*listening, "--connect", address)
    rows = [first.line(), first.line()]
    assert first.process.wait(30) == 0
    verifier = Verifier.of(info, "blst")
    for row in rows:
        verifier.verify(Beacon(round=row["round"], signature=bytes.fromhex(row["signature"])))
        assert row["chain_hash"] == info.chain_hash.hex()
        assert row["peer"] == row["author"] == hello["peer"]
        assert 0 < row["delay"] < 60
    assert rows[1]["round"] == rows[0]["round"] + 1
    told = {}
    while rows[1]["round"] not in told:
        row = relay.line()
        told[row["round"]] = row["peers"]
    assert list(told) == list(range(min(told), max(told) + 1)) and told[rows[1]["round"]] == 1
    assert relay.end() == (0, "")
    # the identity was kept
    again = start(
        "relay",
        info.chain_hash.hex(),
        "--from",
        served.found["http"],
        "--listen",
        address.rpartition("/p2p")[0],
        "--key",
        key,
        "--json",
    )
    assert again.line()["addresses"] == [address]
    assert again.end(signal.SIGTERM)[0] == 0


def test_a_subscriber_to_whom_nobody_talks_ends_in_time(libp2p_package: None, drandlab: Callable) -> None:
    answer = drandlab("gossip", "subscribe", "--chain", "quicknet", "--connect", PEER, "--timeout", "0.1")
    assert (answer.code, answer.out) == (1, "")
    answer = drandlab(
        "gossip", "subscribe", "--chain", "quicknet", "--listen", "/ip4/127.0.0.1/tcp/0", "--timeout", "0.1"
    )
    assert (answer.code, answer.out) == (1, "") and answer.err.startswith("listening at /ip4/127.0.0.1/tcp/")


def test_a_listener_for_all_machines_is_warned_of(libp2p_package: None, drandlab: Callable) -> None:
    answer = drandlab(
        "gossip", "subscribe", "--chain", "quicknet", "--listen", "/ip4/0.0.0.0/tcp/0", "--timeout", "0.1"
    )
    assert "lets every machine that reaches this one connect" in answer.err


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["relay"], 2, "nothing to publish: name a chain, or a relay that has one with --from URL"),
        (["relay", "--from", "nonsense"], 2, "expected an address such as"),
        (["relay", "--from", "http://127.0.0.1:1"], 1, "http://127.0.0.1:1: "),
        (["relay", "nonet"], 2, "nonet"),
        (["relay", "ab" * 32], 2, "not among the real networks; give relays that serve it"),
        (["relay", "default"], 2, "default has no pulses: they are of unchained networks"),
        (["relay", "quicknet", "--listen", "127.0.0.1:80"], 2, "127.0.0.1:80 is no address of a peer: expected /ip4/"),
        (["relay", "quicknet", "--listen", PEER], 2, "has a peer ID: an address to listen at has none"),
        (["relay", "quicknet", "--listen", "/ip4/203.0.113.1/tcp/0"], 2, "cannot be served"),
        (["relay", "quicknet", "--connect", "/ip4/127.0.0.1/tcp/1"], 2, "has no peer ID"),
        (["relay", "quicknet", "--key", "/"], 2, "/: cannot be read"),
        (["subscribe"], 2, "missing option '--chain'"),
        (["subscribe", "--chain", "quicknet"], 2, "nobody to hear from: name a peer with --connect"),
        (["subscribe", "--chain", "missing.json", "--connect", PEER], 2, "chain info file missing.json does not exist"),
        (["subscribe", "--chain", "default", "--connect", PEER], 2, "default has no pulses"),
        (["subscribe", "--chain", "quicknet", "--connect", PEER, "--count", "0"], 2, "invalid value for '--count'"),
        (["subscribe", "--chain", "quicknet", "--connect", PEER, "--timeout", "0"], 2, "expected seconds above 0"),
        (["subscribe", "--chain", "quicknet", "--connect", PEER, "--timeout", "nan"], 2, "expected seconds above 0"),
        (["whisper"], 2, "no such command 'whisper'"),
    ],
)
def test_unusable_input_is_one_sentence(
    libp2p_package: None, drandlab: Callable, arguments: list[str], code: int, sentence: str
) -> None:
    answer = drandlab("gossip", *arguments)
    assert (answer.code, answer.out) == (code, "")
    assert sentence in answer.err and answer.err.count("\n") == 1


@pytest.mark.parametrize("command", ["relay", "subscribe"])
def test_each_command_helps_with_an_example(drandlab: Callable, command: str) -> None:
    assert f" {command} " in drandlab("gossip").out
    answer = drandlab("gossip", command, "--help")
    assert (answer.code, answer.err) == (0, "")
    assert f"Example: drandlab gossip {command}" in answer.out


def test_without_the_package_it_is_named_and_how_to_get_it(drandlab: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extras, "find_spec", lambda name: None if name == "libp2p" else object())
    for command in (["relay", "quicknet"], ["subscribe", "--chain", "quicknet", "--connect", PEER]):
        answer = drandlab("gossip", *command)
        assert answer.code == 2 and answer.err.startswith("drandlab: this needs libp2p, not installed here: ")
        assert "p2p" in answer.err.rpartition("pip install")[2]
