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

import pickle
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from queue import SimpleQueue
from typing import Any, TypeVar

from drandlab.errors import LocalError

__all__ = ["in_processes", "serve"]

Chunk = TypeVar("Chunk")
Result = TypeVar("Result")

_BOOT = (
    "import pickle, sys\n"
    "sys.path[:] = pickle.load(sys.stdin.buffer)\n"
    "from drandlab.analysis.workers import serve\n"
    "serve()"
)


def in_processes(task: Callable[[Chunk], Result], chunks: Iterable[Chunk], jobs: int) -> Iterator[tuple[Chunk, Result]]:
    """Yield each chunk with ``task(chunk)``, in order, computed by ``jobs`` processes.

    At most ``2 * jobs`` chunks are taken from ``chunks`` before the first of them is yielded. ``task`` is a function of
    a module, or a `functools.partial` of one. An error that it raises is raised here. Raises `LocalError` if no process
    can be started, or if one ends before its work is done.

    >>> list(in_processes(len, ["a", "bb", "ccc"], 2))
    [('a', 1), ('bb', 2), ('ccc', 3)]
    """
    workers: list[_Worker] = []
    # One thread for each worker reads its pipe, so that full pipes cannot block each other.
    pool = ThreadPoolExecutor(jobs, thread_name_prefix="drandlab-worker")
    try:
        idle: SimpleQueue[_Worker] = SimpleQueue()
        for _ in range(jobs):
            workers.append(_Worker(task))
            idle.put(workers[-1])

        def work(chunk: Chunk) -> Result:
            worker = idle.get()
            try:
                result: Result = worker.call(chunk)
            finally:
                idle.put(worker)
            return result

        ahead: deque[tuple[Chunk, Future[Result]]] = deque()
        for chunk in chunks:
            ahead.append((chunk, pool.submit(work, chunk)))
            if len(ahead) == 2 * jobs:
                done, future = ahead.popleft()
                yield done, future.result()
        for done, future in ahead:
            yield done, future.result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        for worker in workers:
            worker.end()
        pool.shutdown(wait=True)


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
            raise LocalError(
                f"a worker process ended before its work was done, with exit code {self.process.wait()} "
                "(out of memory?); fewer jobs need less memory",
                argument="jobs",
            ) from None
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
            answer = True, task(chunk)
        except Exception as error:
            answer = False, error
        pickle.dump(answer, sink)
        sink.flush()
