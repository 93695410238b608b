"""What every test may lean on: the peers of this machine, the shared vectors, and the silence of the internet.

``DRANDLAB_REQUIRE_PEERS=1`` (set by .ci/run) turns a missing peer from a skip into a failure, so that nothing is
left out silently where everything can be installed.
"""

from __future__ import annotations

import functools
import gc
import ipaddress
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

import httpx
import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from drandlab.analysis.local_cluster import ClusterProcesses

ROOT = Path(__file__).parents[1]

# A shared machine may stall any single example; laws are judged by their result. In CI the examples are fixed.
settings.register_profile("drandlab", deadline=None, print_blob=True, derandomize=os.environ.get("CI") == "true")
settings.load_profile("drandlab")

# Half a million objects are there once all tests are collected, and stay to the end. Looked through again and again for
# garbage, as they grow and then beside each test, they would cost a tenth of the whole time.
gc.disable()


def pytest_collection_finish() -> None:
    gc.collect()
    gc.freeze()
    gc.enable()


class Peer(NamedTuple):
    """A program of this machine that some tests run: its commands in order of preference, and how to get it."""

    commands: tuple[str, ...]
    remedy: str


PEERS = {
    "chromium": Peer(("chromium", "chromium-browser", "google-chrome"), "on Debian: apt-get install chromium"),
    "go": Peer(("go",), "install the Go toolchain, 1.25 or later"),
    "make": Peer(("gmake", "make"), "on Debian: apt-get install make"),
    "node": Peer(("node",), "on Debian: apt-get install nodejs"),
    "npm": Peer(("npm",), "on Debian: apt-get install npm"),
}


@pytest.fixture(scope="session")
def absent() -> Callable[[str], NoReturn]:
    """``absent("why")`` skips the calling test, or fails it where peers are required."""

    def give_up(why: str) -> NoReturn:
        if os.environ.get("DRANDLAB_REQUIRE_PEERS") == "1":
            pytest.fail(f"{why} (DRANDLAB_REQUIRE_PEERS=1 forbids to skip)", pytrace=False)
        pytest.skip(why)

    return give_up


@pytest.fixture(scope="session")
def peer(absent: Callable[[str], NoReturn]) -> Callable[[str], Path]:
    """``peer("chromium")``: the path of that program, or the test is skipped (fails where peers are required)."""

    def find(name: str) -> Path:
        commands, remedy = PEERS[name]
        for command in commands:
            if path := shutil.which(command):
                return Path(path)
        absent(f"{name} is not on the PATH; {remedy}")

    return find


@pytest.fixture(scope="session")
def libp2p_package(absent: Callable[[str], NoReturn]) -> None:
    """The package libp2p is installed (the extra p2p), or the test is skipped (fails where peers are required)."""
    if find_spec("libp2p") is None:
        absent("libp2p is not installed; pip install -c constraints.txt -e '.[p2p,test]'")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of public conformance vectors beside the checkout; a plain clone has none, and the test is skipped."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("the conformance vectors (a folder `shared` beside the checkout) are not here")
    return folder


@pytest.fixture(scope="session")
def vectors(shared: Path) -> Callable[[str], Any]:
    """``vectors("kyber")``: what stands in ``facts/kyber-vectors.json`` of the shared folder, read anew."""
    return lambda name: json.loads((shared / "facts" / f"{name}-vectors.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def tracked() -> list[Path]:
    """Every file that git tracks and that is there, as a path relative to the root of the checkout."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode != 0:
        pytest.skip("not a git checkout, so nothing says which files belong to the project")
    return [path for name in listed.stdout.split("\0") if name and (ROOT / (path := Path(name))).is_file()]


@pytest.fixture(scope="session", autouse=True)
def ctrl_c_interrupts() -> Iterator[None]:
    """A shell starts what it puts in the background with Ctrl-C ignored, and every child inherits that; not here."""
    before = signal.getsignal(signal.SIGINT)
    if before is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="session", autouse=True)
def one_tls_context() -> Iterator[None]:
    """Each HTTP client reads all certificates anew, which takes longer than its questions to a relay on loopback."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ssl, "create_default_context", functools.cache(ssl.create_default_context))
        yield


@pytest.fixture(scope="session", autouse=True)
def loopback_only() -> Iterator[None]:
    """No test reaches the internet: connecting to anything but this machine is an error."""
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex

    def refuse_outside(sock: socket.socket, address: object) -> None:
        if sock.family in (socket.AF_INET, socket.AF_INET6):
            host = str(address[0]).partition("%")[0]  # type: ignore[index]
            try:
                local = ipaddress.ip_address(host).is_loopback
            except ValueError:
                local = host == "localhost"
            if not local:
                sock.close()  # callers clean up after an OSError only
                raise AssertionError(f"a test tried to connect to {address}; tests stay on loopback")

    def guarded_connect(sock: socket.socket, address: object) -> None:
        refuse_outside(sock, address)
        connect(sock, address)  # type: ignore[arg-type]

    def guarded_connect_ex(sock: socket.socket, address: object) -> int:
        refuse_outside(sock, address)
        return connect_ex(sock, address)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded_connect)
        patch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
        yield


@pytest.fixture(scope="session")
def dask_cluster() -> Iterator[ClusterProcesses]:
    """A Dask scheduler with two workers on loopback, for all tests: its start takes seconds."""
    from drandlab.analysis.local_cluster import ClusterProcesses

    with ClusterProcesses(2) as processes:
        yield processes


@pytest.fixture
def dask_processes(dask_cluster: ClusterProcesses) -> ClusterProcesses:
    """The same, with a worker in place of each that another test has killed."""
    dask_cluster.mend()
    return dask_cluster


class Served:
    """A process of ``drandlab serve``; `ready` reads what it says when it serves."""

    def __init__(self, *options: str) -> None:
        command = [sys.executable, "-m", "drandlab", "serve", "--port", "0", "--json", *options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.found: dict[str, Any] = {}

    def ready(self) -> Served:
        assert self.process.stdout is not None and self.process.stderr is not None
        line = self.process.stdout.readline()
        assert line, self.process.stderr.read()
        self.found = json.loads(line)
        return self

    def get(self, path: str) -> httpx.Response:
        return httpx.get(self.found["http"] + path, timeout=30)

    def end(self, how: signal.Signals) -> tuple[int, str]:
        self.process.send_signal(how)
        _, said = self.process.communicate(timeout=30)
        return self.process.returncode, said


@pytest.fixture
def start_serving() -> Iterator[Callable[..., Served]]:
    """``start_serving(options...)``: a `drandlab serve` of its own, ended with the test."""
    running: list[Served] = []

    def started(*options: str) -> Served:
        running.append(served := Served(*options))
        return served

    yield started
    for served in running:
        if served.process.poll() is None:
            served.end(signal.SIGKILL)
