from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from drandlab.analysis.local_cluster import ClusterProcesses, started
from drandlab.errors import LocalError

SCRIPT = """
import sys
from drandlab.analysis.local_cluster import started
with started(1) as cluster:
    print(cluster.address, flush=True)
    for chunk, _ in cluster.over(len, ["x"] * 10_000_000):
        pass
"""


def is_there(address: str) -> bool:
    host, _, port = address.removeprefix("tcp://").rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=5).close()
    except OSError:
        return False
    return True


def test_it_starts_and_ends_with_its_block():
    with started(2) as cluster:
        assert cluster.address.startswith("tcp://127.0.0.1:")
        assert list(cluster.over(len, ["a", "bb"])) == [("a", 1), ("bb", 2)]
    assert not is_there(cluster.address)


def test_a_worker_is_started_for_each_that_has_ended():
    with ClusterProcesses(1) as processes:
        [first] = processes.workers
        processes.mend()
        assert processes.workers == [first]
        first.kill()
        first.wait()
        processes.mend()
        [second] = processes.workers
        assert second.pid != first.pid and second.poll() is None
    assert second.poll() is not None and processes.scheduler.poll() is not None


@pytest.mark.skipif(os.name != "posix", reason="sends signals")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_it_ends_with_its_parent(how: signal.Signals):
    # a plain script without a main guard, as a user writes it
    with subprocess.Popen(
        [sys.executable, "-W", "error", "-c", SCRIPT], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as script:
        assert script.stdout is not None
        address = script.stdout.readline().decode().strip()
        script.send_signal(how)
        _, said = script.communicate(timeout=60)
    assert script.returncode == -how
    assert said.count(b"Traceback") == (how == signal.SIGINT)
    deadline = time.monotonic() + 60
    while is_there(address):
        assert time.monotonic() < deadline, "it outlives its parent"


def test_no_process_can_be_started(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(LocalError, match=r"^cluster: no process can be started here"), started(1):
        pass


def test_a_scheduler_that_does_not_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "distributed.py").write_text("raise ImportError('a broken installation')\n")
    monkeypatch.syspath_prepend(tmp_path)  # which the child imports from first
    said = r"^cluster: the scheduler of a local cluster does not start \(ImportError: a broken installation\)"
    with pytest.raises(LocalError, match=said), started(1):
        pass
