"""Processes that work on chunks of data: child interpreters, fed over pipes.

Why not `concurrent.futures.ProcessPoolExecutor`, which would hand out the chunks just as well:

* its *fork* copies a process whose other threads (those of a notebook kernel, of polars) may hold locks that nobody in
  the child will ever release; Python 3.12 warns of it;
* its *spawn* and *forkserver* import the caller's main module in each worker: a script without a
  ``if __name__ == "__main__"`` guard runs again there, comes to the same call, and ends in ``RuntimeError`` there and
  ``BrokenProcessPool`` here;
* its workers outlive a parent that is killed: nobody ends them, and they wait for ever.

The children here import drandlab and nothing of the caller's, so they start alike from a script, a notebook, a test or
``python -c``; a task must therefore lie in a module that they can import. They end when their input does, and so with
the parent, however it ends.
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
    """Yield each chunk with ``task(chunk)``, in order, worked on by ``jobs`` processes.

    At most ``2 * jobs`` chunks are taken from ``chunks`` ahead of the one that is yielded. ``task`` is a function of a
    module, or a `functools.partial` of one. What it raises is raised here; `LocalError` says that no process can be
    started, or that one ended before its work.

    >>> list(in_processes(len, ["a", "bb", "ccc"], 2))
    [('a', 1), ('bb', 2), ('ccc', 3)]
    """
    workers: list[_Worker] = []
    # Pipes are read by one thread for each worker, so that no two full pipes ever wait for each other.
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
    """One child interpreter, told once what its task is."""

    def __init__(self, task: Callable[[Any], Any]) -> None:
        try:
            # A session of its own: Ctrl-C in the terminal reaches the parent alone, which then ends its workers.
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
                f"a worker process ended before its work, with exit code {self.process.wait()} "
                "(out of memory?); fewer jobs need less",
                argument="jobs",
            ) from None
        if not good:
            raise value
        return value

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        self.output.close()
        with suppress(OSError):  # what was still to be written has no reader any more
            self.input.close()


def serve() -> None:
    """Run in a child: read the task, then chunks; answer each with (True, result) or (False, exception)."""
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # a stray print must not end up among the answers
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
