"""A Dask cluster of this machine that ends with its block: a scheduler and workers, each a process of its own.

Not `distributed.LocalCluster`, whose workers import the caller's main module (`drandlab.analysis.workers` says what
comes of that) and stay where the parent is killed. These here end when their input ends, however the parent does. They
listen on 127.0.0.1 only, without a dashboard.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from drandlab.analysis.cluster import CONNECT, Cluster, connected
from drandlab.errors import LocalError

__all__ = ["ClusterProcesses", "started"]

_BOOT = (
    "import os, sys, threading\n"
    "def end():\n"
    "    while os.read(0, 1):\n"
    "        pass\n"
    "    os._exit(0)\n"
    "threading.Thread(target=end, daemon=True).start()\n"
    "from distributed.cli.dask_{part} import main\n"
    "main(sys.argv[1:])\n"
)
_HOST = ("--host", "127.0.0.1", "--no-dashboard", "--dashboard-address", "127.0.0.1:0")

MOST_STARTED = 100
"""Workers that are started in place of others that died; more than that do not die by chance."""


@contextmanager
def started(workers: int) -> Iterator[Cluster]:
    """Start a scheduler and so many workers with one thread each; they end with the block.

    Raises `LocalError` if they cannot be started.
    """
    with ClusterProcesses(workers) as processes, connected(processes.address, processes.mend) as cluster:
        cluster.wait_for(workers)
        yield cluster


class ClusterProcesses:
    """A scheduler at ``address`` and its ``workers``, each a process; they end with the ``with`` block."""

    address = ""

    def __init__(self, workers: int) -> None:
        self._temporary = TemporaryDirectory(prefix="drandlab-cluster-", ignore_cleanup_errors=True)
        self._folder = Path(self._temporary.name)
        self.workers: list[subprocess.Popen[bytes]] = []
        self._wanted, self._started = workers, 0

    def __enter__(self) -> ClusterProcesses:
        try:
            file = self._folder / "scheduler.json"
            self.scheduler = self._start("scheduler", *_HOST, "--port", "0", "--scheduler-file", str(file))
            self.address = self._address_in(file)
            for _ in range(self._wanted):
                self.start_worker()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        for process in (*self.workers, *([self.scheduler] if hasattr(self, "scheduler") else [])):
            _end(process)
        self._temporary.cleanup()

    def _start(self, part: str, *options: str) -> subprocess.Popen[bytes]:
        # what the parent can import, its children can
        paths = os.pathsep.join(os.path.abspath(path) for path in sys.path)
        with (self._folder / f"{part}.log").open("ab") as log:
            try:
                return subprocess.Popen(
                    [sys.executable, "-c", _BOOT.format(part=part), *options],
                    stdin=subprocess.PIPE,
                    stdout=log,
                    stderr=log,
                    cwd=self._folder,
                    env={**os.environ, "PYTHONPATH": paths},
                    start_new_session=True,  # Ctrl-C reaches only the parent, which ends them
                )
            except OSError as error:
                raise LocalError(f"no process can be started here ({error}); use jobs", argument="cluster") from None

    def _address_in(self, file: Path) -> str:
        deadline = time.monotonic() + 6 * CONNECT
        while time.monotonic() < deadline and self.scheduler.poll() is None:
            with suppress(OSError, ValueError):  # not there yet, or not yet whole
                address: str = json.loads(file.read_text())["address"]
                return address
            time.sleep(0.05)
        lines = (self._folder / "scheduler.log").read_text(errors="replace").strip().splitlines()
        said = lines[-1] if lines else "it says nothing"
        raise LocalError(f"the scheduler of a local cluster does not start ({said})", argument="cluster")

    def start_worker(self) -> None:
        """Start one more worker."""
        self._started += 1
        options = ("--nthreads", "1", "--no-nanny", "--memory-limit", "0", "--local-directory", str(self._folder))
        self.workers.append(self._start("worker", self.address, *_HOST, *options))

    def mend(self) -> None:
        """Start a worker for each that has ended."""
        for worker in [one for one in self.workers if one.poll() is not None]:
            self.workers.remove(worker)
            _end(worker)
            if self._started < MOST_STARTED:
                self.start_worker()


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    if process.stdin is not None:
        with suppress(OSError):
            process.stdin.close()
