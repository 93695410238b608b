"""Verification of many beacons: streamed, in batches, by one process or several.

The beacons are a list, a frame or any iterable, and are processed in chunks, so that memory does not grow with their
number. Each chunk is one batch check (`drandlab.crypto.batch`). What a single chunk does not show is tracked over all:
which rounds came before, and on chained networks whether each beacon names the signature of the round before it.

Composed beacons (`drandlab.beacon.composed`) are verified in the same way, both halves of a chunk in a batch each.
"""

from __future__ import annotations

import secrets
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence, Sized
from contextlib import suppress
from dataclasses import replace
from functools import partial
from itertools import islice
from os import PathLike
from time import perf_counter
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, cast

from drandlab.analysis.ledger import Ledger
from drandlab.analysis.pools import Pool, checked_jobs, opened
from drandlab.analysis.report import BatchReport
from drandlab.beacon.beacon import Beacon
from drandlab.beacon.chain_info import ChainInfo
from drandlab.beacon.composed import AnyBeacon, AnyChain, ComposedBeacon, ComposedInfo, ComposedVerifier
from drandlab.beacon.linker import Linker
from drandlab.beacon.verify import HashCache, Verifier, genesis_fault
from drandlab.crypto.bls import BLS
from drandlab.curves.choice import resolve
from drandlab.curves.group import Point
from drandlab.errors import LocalError, VerificationError, WrongType
from drandlab.printable import repr_of
from drandlab.remote.networks import networks, other_home, resolve_any
from drandlab.typing import Progress, Rng, Round, checked_int

if TYPE_CHECKING:
    import polars as pl

__all__ = ["BatchReport", "verify", "verify_batch"]

Row: TypeAlias = tuple[Round, bytes, bytes, bytes | None, bytes | None]
"""A beacon's fields, as they are sent to another process; the last is a satellite's signature, None on plain chains."""

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


def verify(beacon: AnyBeacon, info: AnyChain | str | PathLike[str], backend: str | None = None) -> bytes:
    """Return the 32 bytes of randomness of a beacon that its chain produced.

    ``info`` is a chain info, a network's name, a chain hash or a chain info file; on a composed chain ``beacon`` is a
    `ComposedBeacon`. Raises `VerificationError` with the round and the reason.

    >>> beacon = Beacon.from_json('{"round": 42, "signature": "95a9f9f5b231b7714de1553105d8ffdf3dcda24cfdb1e689319b'
    ...                           'ccf79a9c8ce430a91b811fbfaf763900bc998b5d686a"}')
    >>> verify(beacon, "quicknet").hex()[:16]
    '8ada64bae5c6c0f5'
    """
    chain = resolve_any(info)
    kind = ComposedBeacon if isinstance(chain, ComposedInfo) else Beacon
    if not isinstance(beacon, kind):
        raise LocalError(
            f"expected a {kind.__name__}, got {type(beacon).__name__}; {kind.__name__}.from_json reads one",
            argument="beacon",
        )
    return _verifier(chain, resolve(backend)).verify(beacon)


def verify_batch(
    beacons: Iterable[AnyBeacon] | pl.DataFrame,
    info: AnyChain | str | PathLike[str],
    jobs: int = 1,
    progress: Progress | None = None,
    *,
    backend: str | None = None,
    cache: HashCache | None = None,
    rng: Rng | None = None,
    chunk: int | None = None,
    cluster: str | None = None,
) -> BatchReport:
    """Verify ``beacons`` against one chain and report every one that is invalid, with its round and the reason.

    ``beacons`` is any iterable of `Beacon`, read as the work goes on, or a frame as `load_beacons` returns; ``info`` is
    as for `verify`. With ``jobs`` over 1, that many processes share the work; with ``cluster``, the workers of a Dask
    cluster (`drandlab.analysis.pools.opened`). A round that comes again with the same content is counted, with other
    content it is invalid. On chained networks, a beacon is also invalid that does not
    name the signature of the round before, if that one is among the beacons and valid. Round 0 is compared with the
    genesis beacon. Where beacons of a chained network have no previous signatures, those of the rounds before are used.
    With the info of a composed chain, the beacons are `ComposedBeacon` objects or the frame has their column, and each
    reason says which half it is about.

    ``progress`` is called after each chunk. ``cache`` keeps hashed rounds for later calls (unchained networks, one
    process); ``rng`` gives the coefficients of the batches (lessons and tests; by default the system's source);
    ``chunk`` is the size of a batch. Raises `LocalError` for invalid arguments, and `FormatError` for a frame without
    beacons, or where the previous signature of a beacon is neither with it nor in the round before.

    >>> import drandlab as dl
    >>> verify_batch(dl.load_beacons("quicknet"), "quicknet")
    <BatchReport quicknet: 150 beacons, all valid>

    Source: `drandlab.crypto.batch` on why random coefficients are sound.
    """
    jobs = checked_jobs(jobs, cluster)
    chunk = None if chunk is None else checked_int(chunk, "chunk", 1)
    elsewhere = jobs > 1 or cluster is not None
    if elsewhere and (cache is not None or rng is not None):
        argument = "jobs" if cluster is None else "cluster"
        raise LocalError("cache and rng serve this process only: leave them out, or use jobs=1", argument=argument)
    started = perf_counter()
    chain, backend = resolve_any(info), resolve(backend)
    verifier = _verifier(chain, backend)
    _check_methods(cache, rng, progress)
    hash = None if cache is None else cache.over(verifier.bls)
    stream, total = _stream(beacons, chain)
    size = chunk or (_CHUNK if verifier.bls.suite.backend in _FAST else _SLOW_CHUNK)
    if total is not None:
        jobs = min(jobs, max(1, total))
        elsewhere = jobs > 1 or cluster is not None
    ground = _ground_of(chain)
    linker = Linker(ground, lambda beacon: other_home(beacon, ground, backend) is not None)
    typed = _with_links(_typed(stream, chain), linker)
    tally = _Tally(chain, backend, linker)
    with opened(jobs, cluster) as pool:
        chunks = _chunks(typed, size if total is None else _even_size(total, size, pool.size))
        if elsewhere:
            results = _by_others(chunks, chain, backend, pool)
        else:
            source = secrets.SystemRandom() if rng is None else rng
            results = ((chunk, verifier.invalid(chunk, source, hash)) for chunk in chunks)
        for taken, refused in results:
            tally.enter(taken, refused)
            if progress is not None:
                progress(tally.taken, total)
    return tally.report(started)


class _AnyVerifier(Protocol):
    """What is wanted of the verifier of a chain of either kind."""

    bls: BLS

    def verify(self, beacon: Any) -> bytes: ...

    def invalid(
        self, beacons: Sequence[Any], rng: Rng, hash: Callable[[bytes], Point] | None = None
    ) -> dict[int, str]: ...


def _verifier(chain: AnyChain, backend: str) -> _AnyVerifier:
    return ComposedVerifier.of(chain, backend) if isinstance(chain, ComposedInfo) else Verifier.of(chain, backend)


def _ground_of(chain: AnyChain) -> ChainInfo:
    return chain.ground if isinstance(chain, ComposedInfo) else chain


def _half_of(beacon: AnyBeacon) -> Beacon:
    return beacon.ground if isinstance(beacon, ComposedBeacon) else beacon


def _with_links(beacons: Iterator[AnyBeacon], linker: Linker) -> Iterator[AnyBeacon]:
    """The beacons, with the previous signatures put into those of the ground chain."""
    waiting: defaultdict[Round, deque[ComposedBeacon]] = defaultdict(deque)

    def halves() -> Iterator[Beacon]:
        for beacon in beacons:
            if isinstance(beacon, ComposedBeacon):
                waiting[beacon.round].append(beacon)
            yield _half_of(beacon)

    for half in linker.over(halves()):  # which keeps the order of the beacons of one round
        there = waiting.pop(half.round, None)
        if there is None:
            yield half
            continue
        yield replace(there.popleft(), ground=half)
        if there:
            waiting[half.round] = there


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

    def __init__(self, chain: AnyChain, backend: str, linker: Linker) -> None:
        self._chain, self._ground, self._backend, self._linker = chain, _ground_of(chain), backend, linker
        self._ledger = Ledger(self._ground.scheme.chained)
        self._invalid: list[tuple[Round, str]] = []
        self._suspects: list[AnyBeacon] = []
        self._left_out = 0
        self.taken = 0
        """Beacons that were entered."""

    def enter(self, beacons: list[AnyBeacon], refused: dict[int, str]) -> None:
        """Take the beacons of a chunk; ``refused`` says which of them are invalid by themselves."""
        self.taken += len(beacons)
        for i, beacon in enumerate(beacons):
            if beacon.round == 0 and not self._ground.genesis_seed:
                self._left_out += 1
                continue
            reason = self._ledger.enter(_half_of(beacon), self._fault(beacon, refused.get(i)))
            if reason is not None:
                self._invalid.append((beacon.round, reason))

    def _fault(self, beacon: AnyBeacon, reason: str | None) -> str | None:
        """Why the beacon is invalid by itself; None if it is valid."""
        if beacon.round == 0 and isinstance(beacon, Beacon):
            return genesis_fault(beacon, self._ground)
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
        if isinstance(self._chain, ComposedInfo) and (hint := self._composed_hint(self._chain, name)):
            return hint
        homes = (other_home(_half_of(beacon), self._ground, self._backend) for beacon in self._suspects)
        other = next(filter(None, homes), None)
        return f"these are beacons of {other}, not of {name}" if other else None

    def _composed_hint(self, chain: ComposedInfo, name: str) -> str | None:
        composed = [beacon for beacon in self._suspects if isinstance(beacon, ComposedBeacon)]
        if not any(beacon.satellite_signature for beacon in composed):
            return f"these beacons have no satellite_signature: they are of one chain, not of {name}"
        satellite = Verifier.of(chain.satellite, self._backend)
        for beacon in composed:
            with suppress(VerificationError):
                satellite.verify(Beacon(round=beacon.round, signature=beacon.ground.signature))
                return "the two halves are exchanged, in the beacons or in the chain info"
        return None


def _stream(beacons: Iterable[AnyBeacon] | pl.DataFrame, chain: AnyChain) -> tuple[Iterable[AnyBeacon], int | None]:
    """The beacons one by one, and how many there are, if that is known."""
    if hasattr(beacons, "iter_rows"):
        from drandlab.analysis.frames import beacons_of, composed_of_frame

        frame = cast("pl.DataFrame", beacons)
        read = composed_of_frame if isinstance(chain, ComposedInfo) else beacons_of
        return read(frame, source="frame"), frame.height
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


def _typed(beacons: Iterable[AnyBeacon], chain: AnyChain) -> Iterator[AnyBeacon]:
    """The beacons; raises `LocalError` for one that is not of the kind that the chain has."""
    kind = ComposedBeacon if isinstance(chain, ComposedInfo) else Beacon
    for place, beacon in enumerate(beacons, 1):
        if not isinstance(beacon, kind):
            raise LocalError(
                f"expected {kind.__name__} objects, got {type(beacon).__name__} in place {place}", argument="beacons"
            )
        yield beacon


def _chunks(beacons: Iterator[AnyBeacon], size: int) -> Iterator[list[AnyBeacon]]:
    """Lists of at most ``size`` beacons."""
    while chunk := list(islice(beacons, size)):
        yield chunk


def _by_others(
    chunks: Iterator[list[AnyBeacon]], chain: AnyChain, backend: str, pool: Pool
) -> Iterator[tuple[list[AnyBeacon], dict[int, str]]]:
    sent: deque[list[AnyBeacon]] = deque()

    def rows() -> Iterator[list[Row]]:
        for chunk in chunks:
            sent.append(chunk)
            yield [_row_of(beacon) for beacon in chunk]

    for _, refused in pool.over(partial(_invalid_rows, chain, backend), rows()):
        yield sent.popleft(), refused


def _row_of(beacon: AnyBeacon) -> Row:
    half = _half_of(beacon)
    satellite = beacon.satellite_signature if isinstance(beacon, ComposedBeacon) else None
    return half.round, half.signature, half.previous_signature, beacon.claimed_randomness, satellite


def _of_row(row: Row) -> AnyBeacon:
    round, signature, previous, claimed, satellite = row
    if satellite is None:
        return Beacon(round=round, signature=signature, previous_signature=previous, claimed_randomness=claimed)
    half = Beacon(round=round, signature=signature, previous_signature=previous)
    return ComposedBeacon(ground=half, satellite_signature=satellite, claimed_randomness=claimed)


def _invalid_rows(chain: AnyChain, backend: str, rows: list[Row]) -> dict[int, str]:
    return _verifier(chain, backend).invalid([_of_row(row) for row in rows], secrets.SystemRandom())
