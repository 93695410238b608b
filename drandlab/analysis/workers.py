"""Processes that work on chunks of data: child interpreters that get their work through pipes.

Why this is not `concurrent.futures.ProcessPoolExecutor`:

* its *fork* copies a process whose other threads (those of a notebook kernel, of polars) may hold locks, and in the
  child nothing releases them; Python 3.12 warns about this;
* its *spawn* and *forkserver* import the caller's main module in each worker: a script without a
  ``if __name__ == "__main__"`` guard runs again there, reaches the same call, and ends with ``RuntimeError`` there and
  ``BrokenProcessPool`` here;
* if the parent is killed, its workers stay and wait for ever.

The children here import drandlab and nothing of the caller's code, so that they start in the same way from a script, a
notebook, a test or ``python -c``. A task must therefore be in a module that they can import. They end when their input
ends, and so with the parent, however that ends.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from queue import SimpleQueue
from typing import Any, TypeVar

from drandlab.errors import LocalError
from drandlab.printable import repr_of

__all__ = ["TRIES", "answer_to", "in_processes", "in_window", "serve"]

Chunk = TypeVar("Chunk")
Result = TypeVar("Result")

_BOOT = (
    "import pickle, sys\n"
    "sys.path[:] = pickle.load(sys.stdin.buffer)\n"
    "from drandlab.analysis.workers import serve\n"
    "serve()"
)


TRIES = 3
"""How often a chunk is begun: anybody may kill its worker, but a chunk that kills each of its workers ends all."""


def in_processes(
    task: Callable[[Chunk], Result], chunks: Iterable[Chunk], jobs: int, *, in_order: bool = True
) -> Iterator[tuple[Chunk, Result]]:
    """Yield each chunk with ``task(chunk)``, computed by ``jobs`` processes: in order, or each when it is done.

    At most ``2 * jobs`` chunks are taken from ``chunks`` before the first of them is yielded. ``task`` is a function of
    a module, or a `functools.partial` of one. An error that it raises is raised here. A process that ends before its
    work is done is replaced, and its chunk begun again. Raises `LocalError` if no process can be started, or if a chunk
    has ended its process `TRIES` times.

    >>> list(in_processes(len, ["a", "bb", "ccc"], 2))
    [('a', 1), ('bb', 2), ('ccc', 3)]
    """
    workers = _Workers(task)
    # One thread for each worker reads its pipe, so that full pipes cannot block each other.
    pool = ThreadPoolExecutor(jobs, thread_name_prefix="drandlab-worker")
    try:
        workers.start(jobs)
        work: Callable[[Chunk], Result] = workers.call
        yield from in_window(lambda chunk: pool.submit(work, chunk), chunks, 2 * jobs, in_order=in_order)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        workers.end()
        pool.shutdown(wait=True)


def in_window(
    submit: Callable[[Chunk], Future[Result]],
    chunks: Iterable[Chunk],
    ahead: int,
    *,
    in_order: bool = True,
    watch: Callable[[], None] = lambda: None,
    every: float | None = None,
) -> Iterator[tuple[Chunk, Result]]:
    """Yield each chunk with the result that ``submit`` promises for it: in order, or each when it is done.

    At most ``ahead`` chunks are taken and not yet yielded. While nothing comes, ``watch`` is called ``every`` so many
    seconds; what it raises ends the waiting.
    """
    waiting: dict[Future[Result], Chunk] = {}
    source, more = iter(chunks), True
    while True:
        while more and len(waiting) < ahead:
            for chunk in source:
                waiting[submit(chunk)] = chunk
                break
            else:
                more = False
        if not waiting:
            return
        wanted = list(waiting)[: 1 if in_order else None]
        while not (done := wait(wanted, every, FIRST_COMPLETED).done):
            watch()
        # what has come is handed on before what has failed ends it all
        for future in sorted(done, key=lambda one: one.cancelled() or one.exception() is not None):
            yield waiting.pop(future), future.result()


class _WorkerEnded(Exception):
    """A process has ended before its answer came."""


class _Workers:
    """The processes of one call; one that ends is replaced, until all are to end."""

    def __init__(self, task: Callable[[Any], Any]) -> None:
        self._task = task
        self._all: list[_Worker] = []
        self._idle: SimpleQueue[_Worker] = SimpleQueue()
        self._lock, self._ending = threading.Lock(), False

    def start(self, jobs: int) -> None:
        for _ in range(jobs):
            self._idle.put(self._fresh())

    def _fresh(self) -> _Worker:
        worker = _Worker(self._task)
        self._all.append(worker)
        return worker

    def call(self, chunk: object) -> Any:
        worker = self._idle.get()
        try:
            for left in reversed(range(TRIES)):
                try:
                    return worker.call(chunk)
                except _WorkerEnded:
                    with self._lock:
                        if self._ending or not left:
                            raise LocalError(
                                "a worker process ended before its work was done, with exit code "
                                f"{worker.process.wait()} (out of memory?); fewer jobs need less memory",
                                argument="jobs",
                            ) from None
                        worker.end()
                        self._all.remove(worker)
                        worker = self._fresh()
            raise AssertionError("the last try returns or raises")
        finally:
            self._idle.put(worker)

    def end(self) -> None:
        with self._lock:
            self._ending = True
            for worker in self._all:
                worker.end()


class _Worker:
    """One child interpreter; its task is sent once, with the first chunk."""

    def __init__(self, task: Callable[[Any], Any]) -> None:
        try:
            # In a session of its own: Ctrl-C in the terminal then reaches only the parent, which ends its workers.
            self.process = subprocess.Popen(
                [sys.executable, "-c", _BOOT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
            )
        except OSError as error:
            raise LocalError(f"no process can be started here ({error}); use jobs=1", argument="jobs") from None
        assert self.process.stdin is not None and self.process.stdout is not None
        self.input, self.output = self.process.stdin, self.process.stdout
        self._greeting = pickle.dumps(sys.path) + pickle.dumps(task)

    def call(self, chunk: object) -> Any:
        try:
            self.input.write(self._greeting + pickle.dumps(chunk))
            self.input.flush()
            self._greeting = b""
            good, value = pickle.load(self.output)
        except (EOFError, OSError, ValueError, pickle.UnpicklingError):
            raise _WorkerEnded from None
        if not good:
            raise value
        return value

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        self.output.close()
        with suppress(OSError):  # bytes that are still to be written have no reader any more
            self.input.close()


def serve() -> None:
    """Run in a child: read the task, then chunks; answer each with (True, result) or (False, exception)."""
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # output of a print must not get among the answers
    task = pickle.load(source)
    while True:
        try:
            chunk = pickle.load(source)
        except EOFError:
            return
        try:
            sink.write(answer_to(task, chunk))
            sink.flush()
        except BrokenPipeError:  # the parent was killed
            os._exit(1)


def answer_to(task: Callable[[Any], Any], chunk: object) -> bytes:
    """Return the pickle of (True, result), or of (False, exception); one that cannot be pickled is named in words.

    >>> pickle.loads(answer_to(len, "abc")), pickle.loads(answer_to(int, "abc"))
    ((True, 3), (False, ValueError("invalid literal for int() with base 10: 'abc'")))
    """
    try:
        return pickle.dumps((True, task(chunk)))
    except Exception as error:
        try:
            answer = pickle.dumps((False, error))
            pickle.loads(answer)
        except Exception:
            return pickle.dumps((False, RuntimeError(repr_of(error, 1000))))
        return answer
