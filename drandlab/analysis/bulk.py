"""Verification of many beacons: streamed, in batches, by one process or several.

The beacons come as a list, a frame or any iterable, and are taken a chunk at a time: memory stays where it is however
many there are. Each chunk is one batch check (`drandlab.crypto.batch`). What only the whole tells is kept beside: which
rounds came before, and on chained networks whether each beacon names the signature of the round before it.
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
from drandlab.beacon.links import Linker
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
"""A beacon's fields, as they travel to another process."""

_FAST = frozenset({"blst", "glass"})
_CHUNK = 1024
_SLOW_CHUNK = 32
"""Beacons in a batch: more would gain little. Backends in pure Python take fewer, so that progress shows."""

_SUSPECTS = 3

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

    ``beacons`` is any iterable of `Beacon`, taken as it is worked on, or a frame as `load_beacons` gives; ``info`` is
    as for `verify`. With ``jobs`` over 1 that many processes share the work. A round that comes again is counted where
    it is the same, and invalid where it is another; so is, on chained networks, a beacon that does not name the
    signature of the round before, where that one is valid and at hand. Round 0 is compared with the genesis beacon.
    Where the beacons of a chained network bear no previous signatures, these are taken from the rounds before.

    ``progress`` is called after each chunk. ``cache`` keeps hashed rounds for a next time (unchained networks, one
    process); ``rng`` gives the coefficients of the batches (lessons and tests; else the system's source); ``chunk`` is
    the size of a batch. Raises `LocalError` for arguments that cannot be and `FormatError` for a frame without beacons,
    or where the previous signature of a beacon is neither with it nor in the round before.

    >>> import drandlab as dl
    >>> verify_batch(dl.load_beacons("quicknet"), "quicknet")
    <BatchReport quicknet: 150 beacons, all valid>

    Source: `drandlab.crypto.batch` on why random coefficients are sound.
    """
    jobs = checked_int(jobs, "jobs", 1)
    chunk = None if chunk is None else checked_int(chunk, "chunk", 1)
    if jobs > 1 and (cache is not None or rng is not None):
        raise LocalError("cache and rng live in this process and serve no other: leave them out, or use jobs=1")
    started = perf_counter()
    chain, backend = resolve_chain(info), resolve(backend)
    verifier = Verifier.of(chain, backend)
    for name, given, method in (("cache", cache, "over"), ("rng", rng, "randbytes")):
        if given is not None and not callable(getattr(given, method, None)):
            raise WrongType(f"{type(given).__name__} has no {method}()", argument=name)
    if progress is not None and not callable(progress):
        raise WrongType(f"expected a function of (done, total), got {type(progress).__name__}", argument="progress")
    hash = None if cache is None else cache.over(verifier.bls)
    stream, total = _stream(beacons)
    size = chunk or (_CHUNK if verifier.bls.suite.backend in _FAST else _SLOW_CHUNK)
    if total is not None:
        jobs = min(jobs, max(1, total))
        rounds_of_work = -(-total // (size * jobs))
        size = max(1, -(-total // max(1, rounds_of_work * jobs)))  # no process gets the short end
    linker = Linker(chain, lambda beacon: other_home(beacon, chain, backend) is not None)
    chunks = _chunks(linker.over(stream), size)
    if jobs > 1:
        results = _by_processes(chunks, chain, backend, jobs)
    else:
        source = secrets.SystemRandom() if rng is None else rng
        results = ((chunk, verifier.invalid(chunk, source, hash)) for chunk in chunks)

    ledger = Ledger(chain.scheme.chained)
    invalid: list[tuple[Round, str]] = []
    suspects: list[Beacon] = []
    taken_in = left_out = 0
    for taken, refused in results:
        for i, beacon in enumerate(taken):
            reason = refused.get(i)
            if beacon.round == 0:
                if not chain.genesis_seed:
                    left_out += 1
                    continue
                reason = genesis_fault(beacon, chain)
            elif reason is not None:
                if len(suspects) < _SUSPECTS:
                    suspects.append(beacon)
                if linker.used and ledger.has_failed(beacon.round - 1):
                    reason += f"; its previous signature is that of round {beacon.round - 1}, which is invalid"
            reason = ledger.enter(beacon, reason)
            if reason is not None:
                invalid.append((beacon.round, reason))
        taken_in += len(taken)
        if progress is not None:
            progress(taken_in, total)
    checked = taken_in - left_out
    name = networks.name_of(chain)
    homes = (other_home(beacon, chain, backend) for beacon in suspects)
    other = next(filter(None, homes), None) if len(invalid) >= 0.9 * checked else None
    hint = f"these are beacons of {other}, not of {name}" if other else None
    if left_out:
        hint = "round 0, the genesis beacon, was left out: the chain info names no genesis seed to compare it with"
    return BatchReport(
        chain=name,
        checked=checked,
        invalid=invalid,
        seconds=perf_counter() - started,
        hint=hint,
        repeated=ledger.repeated,
    )


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
