"""Tasks on a Dask cluster: workers on many machines, behind the address of their scheduler.

What crosses is pickled here and not by Dask: a task is a function of a module that the workers can import, each chunk
is plain data, and an answer is the task's result or what it raised. A worker refuses work of another version of
drandlab (`drandlab.analysis.code_digest`), so that results never depend on where they were computed. A chunk whose
worker dies is begun again elsewhere; one that has ended four workers ends all.

Needs the extra ``cluster``. Dask speaks without encryption or passwords unless its own configuration says otherwise,
and whoever reaches a scheduler can run programs on its workers, and by their answers here: use one in a network that is
yours.

Source: dask.distributed, "Client", "Worker Memory Management", "Limitations".
"""

from __future__ import annotations

import copyreg
import logging
import pickle
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from drandlab.analysis.code_digest import code_digest
from drandlab.analysis.workers import answer_to, in_window
from drandlab.errors import DrandlabError, LocalError
from drandlab.printable import repr_of, shown
from drandlab.typing import whole_of_text

if TYPE_CHECKING:
    from dask.distributed import Client

__all__ = ["Cluster", "answered", "connected"]

Chunk = TypeVar("Chunk")
Result = TypeVar("Result")

CONNECT = 10
"""Seconds to reach a scheduler."""

FIRST_WORKER = 30
"""Seconds to see its first worker: one that was just started takes a while."""

PATIENCE = 30
"""Seconds that a cluster may have no worker: one that has died takes a moment to be replaced."""

_LONGEST_GREETING = 1 << 20
"""Bytes."""

_OTHER_CODE = b""
"""The answer of a worker whose drandlab is of another version."""

_one_at_a_time = threading.Lock()


def answered(code: str, task: bytes, chunk: bytes) -> bytes:
    """Run on a worker: return the answer to a pickled chunk, or `_OTHER_CODE` where drandlab is not that of ``code``.

    >>> answer = answered(code_digest(), pickle.dumps(len), pickle.dumps("abc"))
    >>> pickle.loads(answer), answered("another", pickle.dumps(len), pickle.dumps("abc"))
    ((True, 3), b'')
    """
    if code != code_digest():
        return _OTHER_CODE
    _pickle_our_way()
    try:
        function, data = pickle.loads(task), pickle.loads(chunk)
    except Exception as error:
        rule = f"a worker cannot import what it is to run ({repr_of(error, 200)}): install it there too"
        return pickle.dumps((False, _wrong(rule)))
    with _one_at_a_time:  # threads of one worker would share what is computed once for a process
        return answer_to(function, data)


class Cluster:
    """The workers of a client of the scheduler at ``address``; ``mend`` is called now and then while it waits."""

    def __init__(self, client: Client, address: str, mend: Callable[[], None] = lambda: None) -> None:
        self._client, self.address, self._mend = client, address, mend
        self.size = len(_workers(client))
        self._last_seen = time.monotonic()

    def over(
        self, task: Callable[[Chunk], Result], chunks: Iterable[Chunk], *, in_order: bool = True
    ) -> Iterator[tuple[Chunk, Result]]:
        """Yield each chunk with ``task(chunk)``: in order, or each when it is done."""
        executor = self._client.get_executor(pure=False)
        code, head = code_digest(), pickle.dumps(task)

        def submit(chunk: Chunk) -> Future[Result]:
            promise: Future[Result] = Future()
            sent = executor.submit(answered, code, head, pickle.dumps(chunk))
            sent.add_done_callback(lambda answer: self._settle(promise, answer))
            return promise

        try:
            self._last_seen = time.monotonic()
            yield from in_window(submit, chunks, 2 * self.size, in_order=in_order, watch=self._watch, every=1.0)
        finally:
            executor.shutdown(wait=False)  # nobody wants what is still under way

    def wait_for(self, workers: int) -> None:
        """Wait until there are so many workers; those that come are used anyway, so an end of patience is no error."""
        deadline = time.monotonic() + PATIENCE
        while len(_workers(self._client)) < workers and time.monotonic() < deadline:
            self._mend()
            time.sleep(0.05)
        self.size = max(1, len(_workers(self._client)))

    def _settle(self, promise: Future[Any], answer: Future[bytes]) -> None:
        if answer.cancelled():
            promise.set_exception(_wrong(f"the scheduler at {self.address} was lost, and with it what was under way"))
        elif (error := answer.exception()) is not None:
            promise.set_exception(self._fault(error))
        elif (data := answer.result()) == _OTHER_CODE:
            promise.set_exception(_wrong(f"a worker of {self.address} has another version of drandlab"))
        else:
            try:
                good, value = pickle.loads(data)
            except Exception as error:
                good, value = False, error
            promise.set_result(value) if good else promise.set_exception(value)

    def _fault(self, error: BaseException) -> LocalError:
        from dask.distributed import KilledWorker

        if isinstance(error, KilledWorker):
            return _wrong("several workers ended while they did the same work (out of memory?)")
        return _wrong(f"a worker of {self.address} could not begin its work: {repr_of(error, 200)}")

    def _watch(self) -> None:
        self._mend()
        now = time.monotonic()
        if _workers(self._client):
            self._last_seen = now
        elif now - self._last_seen > PATIENCE:
            raise _wrong(f"no worker is left at {self.address}")


@contextmanager
def connected(address: str, mend: Callable[[], None] = lambda: None) -> Iterator[Cluster]:
    """Connect to the scheduler at ``address`` for a ``with`` block, whose workers are used and not ended.

    Raises `LocalError` if it cannot be reached, if it has no workers, or if one of them has no drandlab or another
    version of it.
    """
    with _quiet():
        from dask.distributed import Client

        where = shown(address, 80)
        _check_address(address, where)
        try:
            client = Client(address, timeout=CONNECT, set_as_default=False, name="drandlab")
        except Exception as error:  # from OSError to whatever Dask makes of what is no scheduler
            raise _unreached(where, error) from None
        try:
            _check_workers(client, where)
            yield Cluster(client, where, mend)
        finally:
            client.close()


def _check_address(address: str, where: str) -> None:
    """Raise `LocalError` unless a scheduler listens there: Dask's client would wait for ever for one that is silent."""
    scheme, _, place = address.rpartition("://")
    host, _, port = place.rpartition(":")
    number = whole_of_text(port)
    if scheme not in ("", "tcp", "tls") or not host or number is None or not 0 < number < 1 << 16:
        raise _wrong(f"expected the address of a scheduler, such as tcp://127.0.0.1:8786, or local, got {where}")
    try:
        with socket.create_connection((host.strip("[]"), number), timeout=CONNECT) as line:
            # a scheduler speaks first: eight bytes for the length of what it says; under TLS it waits for the client
            greeting = b"\1" if scheme == "tls" else line.recv(8, socket.MSG_WAITALL)
    except OSError as error:
        raise _unreached(where, error) from None
    if not 0 < int.from_bytes(greeting, "little") < _LONGEST_GREETING:
        raise _wrong(f"what answers at {where} is no scheduler of Dask")


def _unreached(where: str, error: Exception) -> LocalError:
    said = shown(getattr(error, "strerror", None) or error, 200)
    return _wrong(f"no scheduler can be reached at {where} ({said}); `dask scheduler` starts one")


def _check_workers(client: Client, where: str) -> None:
    try:
        client.wait_for_workers(1, timeout=FIRST_WORKER)
    except TimeoutError:
        raise _wrong(f"the scheduler at {where} has no workers; start some with `dask worker {where}`") from None
    for worker, found in client.run(code_digest, on_error="return").items():
        if isinstance(found, Exception):
            raise _wrong(f"the worker {worker} has no drandlab of this version ({shown(found, 200)}): install it there")
        if found != code_digest():
            raise _wrong(f"the worker {worker} has another version of drandlab: install the same one there")


def _workers(client: Client) -> dict[str, Any]:
    found: dict[str, Any] = client.scheduler_info(n_workers=-1).get("workers", {})
    return found


def _wrong(rule: str) -> LocalError:
    return LocalError(rule, argument="cluster")


def _pickle_our_way() -> None:
    """Undo what Dask registers for our errors: it would pickle their causes too, which may hold secrets."""
    kinds: list[type[DrandlabError]] = [DrandlabError]
    while kinds:
        kind = kinds.pop()
        copyreg.dispatch_table.pop(kind, None)
        kinds += kind.__subclasses__()


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Dask from writing what an error says anyway on stderr, while the block runs."""
    import dask.distributed  # noqa: F401

    _pickle_our_way()
    names = [name for name in logging.root.manager.loggerDict if name.partition(".")[0] in ("distributed", "tornado")]
    before = {name: logging.getLogger(name).level for name in names}
    for name in names:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)
