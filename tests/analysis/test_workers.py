from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import CancelledError, Future

import pytest
from worker_tasks import killed_once, raise_unpicklable, wait_for

from drandlab.analysis.workers import in_processes, in_window
from drandlab.errors import LocalError

SCRIPT = """
import drandlab as dl
from drandlab.analysis.frames import beacons_of
beacons = list(beacons_of(dl.load_beacons("quicknet")))
print(dl.verify_batch(beacons, "quicknet", jobs=2, chunk=60))
"""
FOREVER = """
import itertools
import drandlab as dl
from drandlab.analysis.frames import beacons_of
beacons = list(beacons_of(dl.load_beacons("quicknet")))
dl.verify_batch(itertools.cycle(beacons), "quicknet", jobs=2, progress=lambda done, total: print(done, flush=True))
"""
SHOWN = "<BatchReport quicknet: 150 beacons, all valid>\n"


def test_results_come_in_the_order_of_the_chunks():
    chunks = ["x" * n for n in range(20)]
    assert list(in_processes(len, chunks, 3)) == [(chunk, len(chunk)) for chunk in chunks]


def test_no_chunks_no_results():
    assert list(in_processes(len, [], 2)) == []


def test_only_a_few_chunks_are_taken_ahead():
    taken = 0

    def chunks():
        nonlocal taken
        for _ in range(50):
            taken += 1
            yield "x"

    for done, _ in enumerate(in_processes(len, chunks(), 2)):
        assert taken <= done + 4
    assert taken == 50


def test_big_chunks_and_big_answers_do_not_block_each_other():
    chunks = [b"x" * 3_000_000, b"y" * 3_000_000, b"z" * 3_000_000]
    assert [result for _, result in in_processes(bytes.upper, chunks, 2)] == [chunk.upper() for chunk in chunks]


def test_what_the_task_raises_is_raised_here():
    with pytest.raises(ValueError, match="invalid literal"):
        list(in_processes(int, ["1", "x", "3"], 2))


def test_what_the_source_of_chunks_raises_is_raised_here():
    def chunks():
        yield "x"
        raise KeyError("source")

    with pytest.raises(KeyError, match="source"):
        list(in_processes(len, chunks(), 2))


def test_a_worker_that_dies_is_named():
    with pytest.raises(LocalError, match="a worker process ended before its work was done, with exit code 3"):
        list(in_processes(os._exit, [3], 1))


def test_no_process_can_be_started(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(LocalError, match=r"no process can be started here .* use jobs=1"):
        list(in_processes(len, ["x"], 1))


@pytest.mark.skipif(not hasattr(os, "getpgid"), reason="process groups are a matter of POSIX")
def test_workers_end_when_nobody_wants_more():
    results = in_processes(os.getpgid, itertools.repeat(0), 2)
    workers = {next(results)[1] for _ in range(8)}
    assert os.getpgid(0) not in workers
    results.close()
    for worker in workers:
        with pytest.raises(ProcessLookupError):
            os.kill(worker, 0)


def test_a_plain_script_without_a_main_guard_runs_once(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    done = subprocess.run([sys.executable, "-W", "error", script], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == (SHOWN, "")


@pytest.mark.parametrize("arguments", [["-c", SCRIPT], ["-"]], ids=["-c", "stdin"])
def test_processes_start_from_anywhere(arguments, tmp_path):
    done = subprocess.run(
        [sys.executable, "-W", "error", *arguments],
        input=SCRIPT,
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    assert (done.stdout, done.stderr) == (SHOWN, "")


@pytest.mark.skipif(os.name != "posix", reason="sends SIGINT")
def test_control_c_ends_the_workers_too():
    # The workers share the script's stderr: it comes to an end only when the last of them has.
    with subprocess.Popen([sys.executable, "-c", FOREVER], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as script:
        assert script.stdout is not None
        script.stdout.readline()
        script.send_signal(signal.SIGINT)
        _, said = script.communicate(timeout=60)
    assert script.returncode != 0
    assert said.rstrip().endswith(b"KeyboardInterrupt")
    assert said.count(b"Traceback") == 1


@pytest.mark.skipif(os.name != "posix", reason="sends SIGKILL")
def test_workers_end_with_a_parent_that_is_killed():
    with subprocess.Popen([sys.executable, "-c", FOREVER], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as script:
        assert script.stdout is not None
        script.stdout.readline()
        script.kill()
        script.communicate(timeout=60)
    assert script.returncode == -signal.SIGKILL


def test_results_come_when_they_are_done(tmp_path):
    go, waits, goes = tmp_path / "a.go", str(tmp_path / "a.wait"), str(tmp_path / "b.go")
    results = in_processes(wait_for, [waits, goes], 2, in_order=False)
    assert next(results) == (goes, goes)
    go.touch()
    assert list(results) == [(waits, waits)]


def test_what_has_come_is_handed_on_before_what_has_failed_ends_it_all():
    promises: dict[str, Future[str]] = {name: Future() for name in ("fails", "cancelled", "comes")}
    promises["fails"].set_exception(KeyError("it failed"))
    promises["cancelled"].cancel()
    promises["comes"].set_result("a result")
    results = in_window(promises.__getitem__, list(promises), 3, in_order=False)
    assert next(results) == ("comes", "a result")
    with pytest.raises((KeyError, CancelledError)):
        next(results)


def test_who_waits_may_look_around():
    def give_up() -> None:
        raise TimeoutError("it takes too long")

    with pytest.raises(TimeoutError, match="it takes too long"):
        next(in_window(lambda chunk: Future(), ["x"], 1, watch=give_up, every=0.01))


@pytest.mark.skipif(os.name != "posix", reason="sends SIGKILL")
def test_a_worker_that_is_killed_is_replaced_and_its_chunk_begun_again(tmp_path):
    mark = tmp_path / "mark"
    chunks = [str(tmp_path / "a"), str(mark), str(tmp_path / "b")]
    assert [result for _, result in in_processes(killed_once, chunks, 2)] == chunks
    assert mark.read_text() == "killed"


def test_what_cannot_be_pickled_is_named_in_words():
    with pytest.raises(RuntimeError, match="a lock"):
        list(in_processes(raise_unpicklable, ["a lock"], 1))
    with pytest.raises(TypeError, match="cannot pickle"):
        list(in_processes(threading.Semaphore, [3], 1))
