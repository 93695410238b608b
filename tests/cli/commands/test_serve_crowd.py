"""``drandlab serve`` among many clients, with few descriptors, and with nobody who reads what it says."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from drandlab.cli import main
from drandlab.cli.unblocked_stderr import UnblockedStream

resource = pytest.importorskip("resource")

FILES, CROWD = 128, 300
SERVE = ["serve", "--port", "0", "--nodes", "3", "--period", "1"]


@contextmanager
def serving(*options: str, files: int = FILES, **pipes: Any) -> Iterator[subprocess.Popen[str]]:
    """A network in a process that may have so many files open."""
    limited = (
        f"import resource, sys; resource.setrlimit(resource.RLIMIT_NOFILE, ({files}, {files})); "
        "from drandlab.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", limited, *SERVE, *options]
    with subprocess.Popen(command, text=True, stdout=subprocess.PIPE, **pipes) as process:
        try:
            yield process
        finally:
            process.kill()


def last_round(http: str) -> int:
    """The newest round by a fresh connection; it may be late on a machine that is busy."""
    with urllib.request.urlopen(f"{http}/public/latest", timeout=60) as answer:
        return int(json.load(answer)["round"])


def test_a_crowd_beyond_the_descriptors_shuts_nobody_out(tmp_path: Path) -> None:
    said = tmp_path / "stderr"
    with said.open("w", encoding="utf-8") as log, serving("--json", "--grpc", "0", stderr=log) as process:
        assert process.stdout is not None
        found = json.loads(process.stdout.readline())
        host, _, port = found["http"].rpartition("/")[2].partition(":")
        grpc_port = found["grpc"].rpartition(":")[2]
        with ExitStack() as lines:
            for number in range(CROWD):
                # a quarter comes by the other door; of the others, some begin a question and some wait for a round
                at = grpc_port if number % 4 == 0 else port
                line = lines.enter_context(socket.create_connection((host, int(at)), timeout=60))
                if number % 4 == 1:
                    line.sendall(b"GET /pub")
                elif number % 4 == 2:
                    line.sendall(b"GET /v2/beacons/default/rounds/next HTTP/1.1\r\nHost: a\r\n\r\n")
            # whoever asks is answered, and the chain grows
            begun = last_round(found["http"])
            while last_round(found["http"]) < begun + 3:
                pass
    lines_said = said.read_text(encoding="utf-8").splitlines()
    assert len(lines_said) <= 3 and not any("Traceback" in line for line in lines_said)


def test_a_pipe_that_nobody_reads_holds_nothing_up() -> None:
    reader, writer = os.pipe()
    try:
        os.set_blocking(writer, False)
        with pytest.raises(BlockingIOError):
            while True:
                os.write(writer, b"." * 4096)
        os.set_blocking(writer, True)
        # it is full already: the warning about the host, and all that follows, has no room
        with serving("--json", "--host", "0.0.0.0", stderr=writer) as process:
            assert process.stdout is not None
            found = json.loads(process.stdout.readline())
            http = found["http"].replace("0.0.0.0", "127.0.0.1")
            begun = last_round(http)
            while last_round(http) < begun + 2:
                pass
            process.terminate()
            assert process.wait(60) == 0
    finally:
        os.close(reader)
        os.close(writer)


def test_a_reader_that_is_gone_ends_it_without_a_word() -> None:
    command = [sys.executable, "-m", "drandlab", *SERVE]
    with subprocess.Popen(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        said = process.stderr.read()
        assert (process.wait(60), said) == (141, "")


@pytest.mark.parametrize("host", ["::1", "[::1]"])
def test_what_is_printed_is_what_a_client_takes(start_serving: Callable[..., Any], host: str, tmp_path: Path) -> None:
    served = start_serving("--host", host, "--grpc", "0", "--nodes", "2", "--period", "1", "--past", "3").ready()
    assert served.found["http"].startswith("http://[::1]:") and served.found["grpc"].startswith("[::1]:")
    target = tmp_path / "rounds.jsonl"
    relay = f"{served.found['http']}/{served.found['chain_hash']}"
    fetched = ["fetch", served.found["chain_hash"], "--from", "1", "--to", "3", "--relay", relay, "-o", str(target)]
    assert main(fetched) == 0
    assert len(target.read_text(encoding="utf-8").splitlines()) == 3


@pytest.mark.parametrize("host", ["999.1.1.1", "no-such-host.invalid", "::1%lo", "", "192.0.2.1"])
def test_a_host_that_there_is_not_is_one_sentence(capfd: pytest.CaptureFixture[str], host: str) -> None:
    assert main([*SERVE, "--host", host, "--grpc", "0"]) == 2
    out, said = capfd.readouterr()
    assert out == "" and "cannot be served" in said
    # the one before it says that others reach this address, where they would
    assert said.splitlines()[-1].startswith("drandlab: ") and len(said.splitlines()) == 1 + (host == "192.0.2.1")


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_a_port_of_grpc_that_is_taken_is_one_sentence(capfd: pytest.CaptureFixture[str], host: str) -> None:
    family = socket.AF_INET6 if host == "::1" else socket.getaddrinfo(host, 0)[0][0]
    with socket.create_server((host, 0), family=family) as taken:
        port = taken.getsockname()[1]
        assert main([*SERVE, "--host", host, "--grpc", str(port)]) == 2
    out, said = capfd.readouterr()
    assert out == "" and said.startswith("drandlab: ") and said.count("\n") == 1
    assert f":{port} cannot be served (Address already in use): choose a free port" in said


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_a_network_for_all_to_reach_is_warned_of(start_serving: Callable[..., Any], host: str) -> None:
    served = start_serving("--host", host, "--nodes", "2", "--period", "1").ready()
    served.process.terminate()
    _, said = served.process.communicate(timeout=60)
    assert f"{host} lets every machine that reaches this one ask the network" in said


class Stuck:
    """A stream whose reader takes nothing until it is told to."""

    encoding = "ascii"

    def __init__(self) -> None:
        import threading

        self.may, self.text = threading.Event(), ""

    def write(self, text: str) -> int:
        self.may.wait(60)
        self.text += text
        return len(text)

    def flush(self) -> None:
        pass


def test_what_is_too_much_is_dropped_and_counted() -> None:
    stream = Stuck()
    unblocked = UnblockedStream(stream, most=100)  # type: ignore[arg-type]
    assert unblocked.encoding == "ascii"
    for number in range(1000):
        print(f"line {number}", file=unblocked)
    stream.may.set()
    unblocked.close()
    said = stream.text.splitlines()
    assert said[0] == "line 0" and "left out here, since nobody read" in stream.text and len(stream.text) < 400
