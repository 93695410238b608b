"""Writing a user's beacons to a file: checked, ordered, and written atomically."""

from __future__ import annotations

from collections.abc import Iterable
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, cast

from drandlab.beacon.beacon import Beacon
from drandlab.beacon.chain_info import ChainInfo
from drandlab.errors import LocalError
from drandlab.remote.networks import networks, resolve_chain
from drandlab.remote.tables.rows import beacons_of_rows, columns_of_schema, row_of
from drandlab.remote.tables.write_files import suffix_of, write

if TYPE_CHECKING:
    import polars as pl

__all__ = ["write_beacons"]


def write_beacons(
    path: str | PathLike[str], beacons: Iterable[Beacon] | pl.DataFrame, chain: ChainInfo | str | PathLike[str]
) -> Path:
    """Write beacons to a file, ordered by round, and return its path.

    The suffix is the kind of file: ``.jsonl``, ``.csv``, ``.parquet``, ``.sqlite`` or ``.db``. ``beacons`` are `Beacon`
    objects or a frame; ``chain`` is their chain, as for `drandlab.verify`, which Parquet and SQLite files name. Only
    the length of the signatures is checked. A repeated beacon is written once. An existing file is replaced completely,
    or stays if something is wrong. Raises `LocalError` for two different beacons of one round, for signatures of
    another length than the chain's, without any beacon, and if the file cannot be written.

    >>> from tempfile import TemporaryDirectory
    >>> import drandlab as dl
    >>> with TemporaryDirectory() as folder:
    ...     path = write_beacons(f"{folder}/mine.csv", dl.beacons("fastnet"), "fastnet")
    ...     next(dl.read_beacons(path))
    Beacon(round=1, signature=9544ddce…)
    """
    if not isinstance(path, str | PathLike):
        raise LocalError(f"expected the name of a file, got {type(path).__name__}", argument="path")
    path = Path(path)
    suffix_of(path)
    info = resolve_chain(chain)
    rounds: dict[int, Beacon] = {}
    length = info.scheme.signature_length
    for beacon in _each(beacons):
        if beacon.round and len(beacon.signature) != length:
            raise LocalError(
                f"the signature of round {beacon.round} has {len(beacon.signature)} bytes, "
                f"those of {networks.name_of(info)} have {length}",
                argument="beacons",
            )
        if rounds.setdefault(beacon.round, beacon) != beacon:
            raise LocalError(
                f"two different ones for round {beacon.round}; verify_batch says which is valid", argument="beacons"
            )
    if not rounds:
        raise LocalError("no beacon to write", argument="beacons")
    write(path, (row_of(rounds[round]) for round in sorted(rounds)), info)
    return path


def _each(beacons: Iterable[Beacon] | pl.DataFrame) -> Iterable[Beacon]:
    if hasattr(beacons, "iter_rows"):
        frame = cast("pl.DataFrame", beacons)
        names = columns_of_schema(frame.schema)
        return beacons_of_rows(names, frame.select(names).iter_rows())
    if not isinstance(beacons, Iterable):
        raise LocalError(f"expected an iterable of Beacon or a frame, got {type(beacons).__name__}", argument="beacons")
    return _checked(beacons)


def _checked(beacons: Iterable[Beacon]) -> Iterable[Beacon]:
    for place, beacon in enumerate(beacons, 1):
        if not isinstance(beacon, Beacon):
            raise LocalError(
                f"expected Beacon objects, got {type(beacon).__name__} in place {place}", argument="beacons"
            )
        yield beacon
