"""Verification of many beacons: streamed, in batches, by one process or several.

The beacons are a list, a frame or any iterable, and are processed in chunks, so that memory does not grow with their
number. Each chunk is one batch check (`drandlab.crypto.batch`). What a single chunk does not show is tracked over all:
which rounds came before, and on chained networks whether each beacon names the signature of the round before it.
"""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Iterable, Iterator, Sized
from functools import partial
from itertools import islice
from os import PathLike
from time import perf_counter
from typing import TYPE_CHECKING, TypeAlias, cast

from drandlab.analysis.ledger import Ledger
from drandlab.analysis.report import BatchReport
from drandlab.analysis.workers import in_processes
from drandlab.beacon.beacon import Beacon
from drandlab.beacon.chain_info import ChainInfo
from drandlab.beacon.linker import Linker
from drandlab.beacon.verify import HashCache, Verifier, genesis_fault
from drandlab.curves.choice import resolve
from drandlab.errors import LocalError, WrongType
from drandlab.printable import repr_of
from drandlab.remote.networks import networks, other_home, resolve_chain
from drandlab.typing import Progress, Rng, Round, checked_int

if TYPE_CHECKING:
    import polars as pl

__all__ = ["BatchReport", "verify", "verify_batch"]

Row: TypeAlias = tuple[Round, bytes, bytes, bytes | None]
"""A beacon's fields, as they are sent to another process."""

_FAST = frozenset({"blst", "glass"})
_CHUNK = 1024
_SLOW_CHUNK = 32
"""Beacons in a batch: with more, it would hardly be faster. Pure Python takes fewer, so that progress can be seen."""

_SUSPECTS = 3
"""Invalid beacons that are compared with the other real networks."""

_OTHER_FRAMES = {
    "pandas.DataFrame": "polars.from_pandas makes one",
    "polars.LazyFrame": "its collect() makes one, and read_beacons streams a file that is too long for that",
}


def verify(beacon: Beacon, info: ChainInfo | str | PathLike[str], backend: str | None = None) -> bytes:
    """Return the 32 bytes of randomness of a beacon that its chain produced.

    ``info`` is a chain info, a network's name, a chain hash or a chain info file. Raises `VerificationError` with the
    round and the reason.

    >>> beacon = Beacon.from_json('{"round": 42, "signature": "95a9f9f5b231b7714de1553105d8ffdf3dcda24cfdb1e689319b'
    ...                           'ccf79a9c8ce430a91b811fbfaf763900bc998b5d686a"}')
    >>> verify(beacon, "quicknet").hex()[:16]
    '8ada64bae5c6c0f5'
    """
    if not isinstance(beacon, Beacon):
        raise LocalError(
            f"expected a Beacon, got {type(beacon).__name__}; Beacon.from_json reads one", argument="beacon"
        )
    return Verifier.of(resolve_chain(info), backend).verify(beacon)


def verify_batch(
    beacons: Iterable[Beacon] | pl.DataFrame,
    info: ChainInfo | str | PathLike[str],
    jobs: int = 1,
    progress: Progress | None = None,
    *,
    backend: str | None = None,
    cache: HashCache | None = None,
    rng: Rng | None = None,
    chunk: int | None = None,
) -> BatchReport:
    """Verify ``beacons`` against one chain and report every one that is invalid, with its round and the reason.

    ``beacons`` is any iterable of `Beacon`, read as the work goes on, or a frame as `load_beacons` returns; ``info`` is
    as for `verify`. With ``jobs`` over 1, that many processes share the work. A round that comes again with the same
    content is counted, with other content it is invalid. On chained networks, a beacon is also invalid that does not
    name the signature of the round before, if that one is among the beacons and valid. Round 0 is compared with the
    genesis beacon. Where beacons of a chained network have no previous signatures, those of the rounds before are used.

    ``progress`` is called after each chunk. ``cache`` keeps hashed rounds for later calls (unchained networks, one
    process); ``rng`` gives the coefficients of the batches (lessons and tests; by default the system's source);
    ``chunk`` is the size of a batch. Raises `LocalError` for invalid arguments, and `FormatError` for a frame without
    beacons, or where the previous signature of a beacon is neither with it nor in the round before.

    >>> import drandlab as dl
    >>> verify_batch(dl.load_beacons("quicknet"), "quicknet")
    <BatchReport quicknet: 150 beacons, all valid>

    Source: `drandlab.crypto.batch` on why random coefficients are sound.
    """
    jobs = checked_int(jobs, "jobs", 1)
    chunk = None if chunk is None else checked_int(chunk, "chunk", 1)
    if jobs > 1 and (cache is not None or rng is not None):
        raise LocalError("cache and rng serve this process only: leave them out, or use jobs=1", argument="jobs")
    started = perf_counter()
    chain, backend = resolve_chain(info), resolve(backend)
    verifier = Verifier.of(chain, backend)
    _check_methods(cache, rng, progress)
    hash = None if cache is None else cache.over(verifier.bls)
    stream, total = _stream(beacons)
    size = chunk or (_CHUNK if verifier.bls.suite.backend in _FAST else _SLOW_CHUNK)
    if total is not None:
        jobs = min(jobs, max(1, total))
        size = _even_size(total, size, jobs)
    linker = Linker(chain, lambda beacon: other_home(beacon, chain, backend) is not None)
    chunks = _chunks(linker.over(stream), size)
    if jobs > 1:
        results = _by_processes(chunks, chain, backend, jobs)
    else:
        source = secrets.SystemRandom() if rng is None else rng
        results = ((chunk, verifier.invalid(chunk, source, hash)) for chunk in chunks)

    tally = _Tally(chain, backend, linker)
    for taken, refused in results:
        tally.enter(taken, refused)
        if progress is not None:
            progress(tally.taken, total)
    return tally.report(started)


def _check_methods(cache: object, rng: object, progress: object) -> None:
    for name, given, method in (("cache", cache, "over"), ("rng", rng, "randbytes")):
        if given is not None and not callable(getattr(given, method, None)):
            raise WrongType(f"{type(given).__name__} has no {method}()", argument=name)
    if progress is not None and not callable(progress):
        raise WrongType(f"expected a function of (done, total), got {type(progress).__name__}", argument="progress")


def _even_size(total: int, size: int, jobs: int) -> int:
    """The size of chunks of about ``size`` for which all processes get the same amount of work."""
    rounds_of_work = -(-total // (size * jobs))
    return max(1, -(-total // max(1, rounds_of_work * jobs)))


class _Tally:
    """Collects the results of all chunks: which beacons are invalid in this sequence, and why."""

    def __init__(self, chain: ChainInfo, backend: str, linker: Linker) -> None:
        self._chain, self._backend, self._linker = chain, backend, linker
        self._ledger = Ledger(chain.scheme.chained)
        self._invalid: list[tuple[Round, str]] = []
        self._suspects: list[Beacon] = []
        self._left_out = 0
        self.taken = 0
        """Beacons that were entered."""

    def enter(self, beacons: list[Beacon], refused: dict[int, str]) -> None:
        """Take the beacons of a chunk; ``refused`` says which of them are invalid by themselves."""
        self.taken += len(beacons)
        for i, beacon in enumerate(beacons):
            if beacon.round == 0 and not self._chain.genesis_seed:
                self._left_out += 1
                continue
            reason = self._ledger.enter(beacon, self._fault(beacon, refused.get(i)))
            if reason is not None:
                self._invalid.append((beacon.round, reason))

    def _fault(self, beacon: Beacon, reason: str | None) -> str | None:
        """Why the beacon is invalid by itself; None if it is valid."""
        if beacon.round == 0:
            return genesis_fault(beacon, self._chain)
        if reason is None:
            return None
        if len(self._suspects) < _SUSPECTS:
            self._suspects.append(beacon)
        if self._linker.used and self._ledger.has_failed(beacon.round - 1):
            reason += f"; its previous signature is that of round {beacon.round - 1}, which is invalid"
        return reason

    def report(self, started: float) -> BatchReport:
        """Return the report on all beacons; the work began at ``started`` of the clock `perf_counter`."""
        checked, name = self.taken - self._left_out, networks.name_of(self._chain)
        return BatchReport(
            chain=name,
            checked=checked,
            invalid=self._invalid,
            seconds=perf_counter() - started,
            hint=self._hint(checked, name),
            repeated=self._ledger.repeated,
        )

    def _hint(self, checked: int, name: str) -> str | None:
        """The one cause of (nearly) everything, where there is one."""
        if self._left_out:
            return "round 0, the genesis beacon, was left out: the chain info names no genesis seed to compare it with"
        if len(self._invalid) < 0.9 * checked:
            return None
        homes = (other_home(beacon, self._chain, self._backend) for beacon in self._suspects)
        other = next(filter(None, homes), None)
        return f"these are beacons of {other}, not of {name}" if other else None


def _stream(beacons: Iterable[Beacon] | pl.DataFrame) -> tuple[Iterable[Beacon], int | None]:
    """The beacons one by one, and how many there are, if that is known."""
    if hasattr(beacons, "iter_rows"):
        from drandlab.analysis.frames import beacons_of

        frame = cast("pl.DataFrame", beacons)
        return beacons_of(frame, source="frame"), frame.height
    if isinstance(beacons, (str, bytes, PathLike)):
        raise LocalError(
            f"expected beacons, got {repr_of(beacons, 80)}; read_beacons reads them from a file", argument="beacons"
        )
    kind = type(beacons)
    if remedy := _OTHER_FRAMES.get(named := f"{kind.__module__.partition('.')[0]}.{kind.__name__}"):
        raise LocalError(f"expected a polars.DataFrame, got a {named}; {remedy}", argument="beacons")
    if not isinstance(beacons, Iterable):
        raise LocalError(f"expected an iterable of Beacon or a frame, got {kind.__name__}", argument="beacons")
    return beacons, len(beacons) if isinstance(beacons, Sized) else None


def _chunks(beacons: Iterable[Beacon], size: int) -> Iterator[list[Beacon]]:
    """Lists of at most ``size`` beacons."""
    place, source = 0, iter(beacons)
    while chunk := list(islice(source, size)):
        for beacon in chunk:
            place += 1
            if not isinstance(beacon, Beacon):
                raise LocalError(
                    f"expected Beacon objects, got {type(beacon).__name__} in place {place}", argument="beacons"
                )
        yield chunk


def _by_processes(
    chunks: Iterator[list[Beacon]], chain: ChainInfo, backend: str, jobs: int
) -> Iterator[tuple[list[Beacon], dict[int, str]]]:
    sent: deque[list[Beacon]] = deque()

    def rows() -> Iterator[list[Row]]:
        for chunk in chunks:
            sent.append(chunk)
            yield [(b.round, b.signature, b.previous_signature, b.claimed_randomness) for b in chunk]

    for _, refused in in_processes(partial(_invalid_rows, chain, backend), rows(), jobs):
        yield sent.popleft(), refused


def _invalid_rows(chain: ChainInfo, backend: str, rows: list[Row]) -> dict[int, str]:
    beacons = [
        Beacon(round=round, signature=signature, previous_signature=previous, claimed_randomness=claimed)
        for round, signature, previous, claimed in rows
    ]
    return Verifier.of(chain, backend).invalid(beacons, secrets.SystemRandom())
