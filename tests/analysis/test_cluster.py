from __future__ import annotations

import os
import pickle
import random
import shutil
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import suppress
from importlib import import_module
from pathlib import Path

import pytest
from worker_tasks import raise_unpicklable, wait_for

import drandlab
from drandlab.analysis import cluster as cluster_module
from drandlab.analysis.bulk import verify_batch
from drandlab.analysis.cluster import Cluster, answered, connected
from drandlab.analysis.code_digest import code_digest
from drandlab.analysis.frames import beacons_of, load_beacons
from drandlab.analysis.local_cluster import ClusterProcesses
from drandlab.analysis.pools import opened
from drandlab.beacon import Beacon
from drandlab.errors import FormatError, LocalError


def assert_unusable(address: str, rule: str) -> None:
    with pytest.raises(LocalError, match=f"^cluster: {rule}"), opened(1, address):
        pass


@pytest.fixture
def pool(dask_processes: ClusterProcesses) -> Iterator[Cluster]:
    with connected(dask_processes.address) as found:
        found.wait_for(2)
        yield found


def refuse(text: str) -> None:
    raise FormatError("no key", source="drand_id.private") from ValueError(f"Key = {text}")


def test_dask_makes_no_error_tell_its_cause(dask_processes: ClusterProcesses) -> None:
    tblib = pytest.importorskip("tblib.pickling_support")
    error = FormatError("no key", source="drand_id.private")
    error.__cause__ = ValueError("Key = deadbeef")
    with connected(dask_processes.address):
        assert b"deadbeef" not in pickle.dumps(error)
    tblib.install()
    answer = answered(code_digest(), pickle.dumps(refuse), pickle.dumps("deadbeef"))
    assert b"deadbeef" not in answer and pickle.loads(answer)[0] is False


def test_results_come_in_order_and_when_they_are_done(pool: Cluster, tmp_path: Path):
    chunks = ["x" * n for n in range(12)]
    assert pool.size == 2
    assert list(pool.over(len, iter(chunks))) == [(chunk, len(chunk)) for chunk in chunks]
    assert list(pool.over(len, [])) == []
    go, waits, goes = tmp_path / "a.go", str(tmp_path / "a.wait"), str(tmp_path / "b.go")
    results = pool.over(wait_for, [waits, goes], in_order=False)
    assert next(results) == (goes, goes)
    go.touch()
    assert list(results) == [(waits, waits)]


def test_only_a_few_chunks_are_taken_ahead(pool: Cluster):
    taken = 0

    def chunks() -> Iterator[str]:
        nonlocal taken
        for _ in range(20):
            taken += 1
            yield "x"

    for done, _ in enumerate(pool.over(len, chunks())):
        assert taken <= done + 4


def test_what_the_task_raises_is_raised_here(pool: Cluster):
    with pytest.raises(ValueError, match="invalid literal"):
        list(pool.over(int, ["1", "x"]))
    with pytest.raises(RuntimeError, match="a lock"):
        list(pool.over(raise_unpicklable, ["a lock"]))
    with pytest.raises(KeyError, match="source"):
        list(pool.over(len, (dict[str, str]()["source"] for _ in range(1))))


def test_what_a_worker_cannot_import_is_said(pool: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "only_here.py").write_text("def task(x):\n    return x\n")
    with pytest.raises(LocalError, match=r"^cluster: a worker cannot import what it is to run \(.*only_here"):
        list(pool.over(import_module("only_here").task, [1]))


def test_nothing_of_the_client_is_left(dask_processes: ClusterProcesses):
    before = set(threading.enumerate())
    with opened(cluster=dask_processes.address) as found:
        assert list(found.over(len, ["x"])) == [("x", 1)]
    assert {thread for thread in set(threading.enumerate()) - before if not thread.daemon} == set()
    assert [thread.name for thread in set(threading.enumerate()) - before if thread.name == "IO loop"] == []


def test_a_worker_of_another_version_that_comes_late(pool: Cluster, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(cluster_module, "code_digest", lambda: "another")
    with pytest.raises(
        LocalError, match=r"^cluster: a worker of tcp://127\.0\.0\.1:\d+ has another version of drandlab"
    ):
        list(pool.over(len, ["x"]))


# -- beacons ----------------------------------------------------------------------------------------------------------


def test_beacons_are_verified_as_alone(dask_processes: ClusterProcesses):
    beacons = list(beacons_of(load_beacons("default")))
    wrong = [beacons[3], Beacon(round=9, signature=bytes(96), previous_signature=bytes(96))]
    for given in (beacons, beacons[:50] + wrong + beacons[50:], []):
        assert verify_batch(iter(given), "default", chunk=17, cluster=dask_processes.address) == verify_batch(
            given, "default"
        )


def test_what_serves_one_process_is_refused():
    with pytest.raises(LocalError, match=r"^cluster: cache and rng serve this process only"):
        verify_batch([], "quicknet", cluster="local", rng=random.Random(1))


# -- clusters that cannot be used -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address", ["", "foo://127.0.0.1:8786", "127.0.0.1", "tcp://127.0.0.1:99999", "tcp://:x", "Local"]
)
def test_what_is_no_address(address: str):
    with pytest.raises(LocalError, match=r"^cluster: expected the address of a scheduler, such as"), opened(1, address):
        pass


def test_nobody_listens():
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
    assert_unusable(address, r"no scheduler can be reached at tcp://127.* refused\); `dask scheduler` starts one")


@pytest.mark.parametrize(
    ("says", "rule"), [(b"", "no scheduler .*timed out"), (b"SSH-2.0-OpenSSH\r\n", "what answers .* is no scheduler")]
)
def test_somebody_else_listens(says: bytes, rule: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(cluster_module, "CONNECT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            line, _ = server.accept()
            with line, suppress(OSError):
                line.sendall(says)
                line.recv(1)

        thread = threading.Thread(target=serve)
        thread.start()
        assert_unusable(f"tcp://127.0.0.1:{server.getsockname()[1]}", rule)
        thread.join()


def test_somebody_greets_as_a_scheduler_does_and_is_none(monkeypatch: pytest.MonkeyPatch):
    def client(*args: object, **options: object) -> None:
        struct.unpack_from("9Q", b"what came instead")

    monkeypatch.setattr("dask.distributed.Client", client)
    monkeypatch.setattr(cluster_module, "_check_address", lambda address, where: None)
    assert_unusable("tcp://127.0.0.1:8786", r"no scheduler can be reached at tcp://127.0.0.1:8786 \(unpack_from")


def test_dask_is_not_installed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("drandlab.analysis.pools.find_spec", lambda name: None)
    with (
        pytest.raises(
            LocalError, match=r"^cluster: this needs dask\.distributed: install the extra drandlab\[cluster\]"
        ),
        opened(1, "local"),
    ):
        pass


def shadow(folder: Path, *, of_another_version: bool) -> None:
    """Put a package in the way of drandlab: one with another source, or one that is not there."""
    if of_another_version:
        shutil.copytree(
            Path(drandlab.__file__).parent, folder / "drandlab", ignore=shutil.ignore_patterns("__pycache__")
        )
        with (folder / "drandlab" / "show.py").open("a") as file:
            file.write("\n")
    else:
        (folder / "drandlab.py").write_text("raise ModuleNotFoundError(\"No module named 'drandlab'\")\n")


def test_workers_without_this_drandlab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with ClusterProcesses(0) as processes:
        with monkeypatch.context() as patch:
            patch.setattr(cluster_module, "FIRST_WORKER", 0.1)
            assert_unusable(
                processes.address, "the scheduler at tcp://127.* has no workers; start some with `dask worker"
            )
        for other, rule in ((True, "has another version of drandlab"), (False, "has no drandlab of this version")):
            folder = tmp_path / rule.replace(" ", "-")
            folder.mkdir()
            shadow(folder, of_another_version=other)
            with monkeypatch.context() as patch:
                patch.syspath_prepend(folder)
                processes.start_worker()
            assert_unusable(processes.address, f"the worker tcp://127.* {rule}")
            worker = processes.workers[0]
            worker.kill()
            worker.communicate()
            processes.workers.clear()


# -- clusters that break ----------------------------------------------------------------------------------------------


@pytest.mark.skipif(os.name != "posix", reason="sends SIGKILL")
def test_work_that_ends_each_worker(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES", "0")
    with ClusterProcesses(1) as processes, opened(1, processes.address) as pool:
        with pytest.raises(LocalError, match=r"^cluster: several workers ended while they did the same work"):
            list(pool.over(os._exit, [3]))
        monkeypatch.setattr(cluster_module, "PATIENCE", 0)
        with pytest.raises(LocalError, match=r"^cluster: no worker is left at tcp://127"):
            list(pool.over(len, ["x"]))


@pytest.mark.skipif(os.name != "posix", reason="sends SIGKILL")
def test_a_scheduler_that_dies(tmp_path: Path):
    waits, goes = str(tmp_path / "a.wait"), str(tmp_path / "b.go")
    with ClusterProcesses(1) as processes, opened(1, processes.address) as pool:
        results = pool.over(wait_for, [goes, waits])
        assert next(results) == (goes, goes)
        processes.scheduler.kill()
        with pytest.raises(LocalError, match=r"^cluster: the scheduler at tcp://127.* was lost"):
            next(results)


# -- on the worker ----------------------------------------------------------------------------------------------------


MEETING = threading.Barrier(2)


def meet(seconds: float) -> int:
    return MEETING.wait(seconds)


def test_a_worker_of_several_threads_does_one_thing_at_a_time():
    answers: list[bytes] = []
    sent = code_digest(), pickle.dumps(meet), pickle.dumps(0.1)
    threads = [threading.Thread(target=lambda: answers.append(answered(*sent))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [pickle.loads(answer)[0] for answer in answers] == [False, False]  # they never meet
