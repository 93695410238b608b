"""Writing a user's beacons to a file: checked, ordered, and written atomically."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, cast

from drandlab.beacon.beacon import Beacon
from drandlab.beacon.chain_info import ChainInfo
from drandlab.beacon.composed import AnyBeacon, AnyChain, ComposedBeacon, ComposedInfo
from drandlab.errors import LocalError
from drandlab.remote.networks import networks, resolve_any
from drandlab.remote.tables.rows import (
    BeaconRow,
    ComposedRow,
    Make,
    beacon_of,
    columns_of_schema,
    composed_of,
    composed_row_of,
    each_of_rows,
    row_of,
)
from drandlab.remote.tables.write_files import suffix_of, write

if TYPE_CHECKING:
    import polars as pl

__all__ = ["write_beacons"]


def write_beacons(
    path: str | PathLike[str], beacons: Iterable[AnyBeacon] | pl.DataFrame, chain: AnyChain | str | PathLike[str]
) -> Path:
    """Write beacons to a file, ordered by round, and return its path.

    The suffix is the kind of file: ``.jsonl``, ``.csv``, ``.parquet``, ``.sqlite`` or ``.db``. ``beacons`` are `Beacon`
    objects or a frame; ``chain`` is their chain, as for `drandlab.verify`, which Parquet and SQLite files name. On a
    composed chain they are `ComposedBeacon` objects, and those that wait for the satellite are written too. Only the
    length of the signatures is checked. A repeated beacon is written once. An existing file is replaced completely, or
    stays if something is wrong. Raises `LocalError` for two different beacons of one round, for signatures of another
    length than the chain's, without any beacon, and if the file cannot be written.

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
    info = resolve_any(chain)
    rounds: dict[int, AnyBeacon] = {}
    for beacon in _each(beacons, info):
        _check_lengths(beacon, info)
        if rounds.setdefault(beacon.round, beacon) != beacon:
            raise LocalError(
                f"two different ones for round {beacon.round}; verify_batch says which is valid", argument="beacons"
            )
    if not rounds:
        raise LocalError("no beacon to write", argument="beacons")
    write(path, (_row_of(rounds[round]) for round in sorted(rounds)), info)
    return path


def _row_of(beacon: AnyBeacon) -> BeaconRow | ComposedRow:
    return composed_row_of(beacon) if isinstance(beacon, ComposedBeacon) else row_of(beacon)


def _check_lengths(beacon: AnyBeacon, info: AnyChain) -> None:
    for signature, chain in _signatures(beacon, info):
        if len(signature) != (length := chain.scheme.signature_length):
            raise LocalError(
                f"the signature of round {beacon.round} has {len(signature)} bytes, "
                f"those of {networks.name_of(chain)} have {length}",
                argument="beacons",
            )


def _signatures(beacon: AnyBeacon, info: AnyChain) -> Iterator[tuple[bytes, ChainInfo]]:
    """The signatures that are there, each with its chain; that of the genesis beacon is none."""
    if isinstance(beacon, ComposedBeacon) and isinstance(info, ComposedInfo):
        yield beacon.ground.signature, info.ground
        if beacon.satellite_signature:
            yield beacon.satellite_signature, info.satellite
    elif isinstance(beacon, Beacon) and isinstance(info, ChainInfo) and beacon.round:
        yield beacon.signature, info


def _each(beacons: Iterable[AnyBeacon] | pl.DataFrame, info: AnyChain) -> Iterable[AnyBeacon]:
    composed = isinstance(info, ComposedInfo)
    if hasattr(beacons, "iter_rows"):
        frame = cast("pl.DataFrame", beacons)
        names = columns_of_schema(frame.schema)
        make: Make[AnyBeacon] = composed_of if composed else beacon_of
        return each_of_rows(make, names, frame.select(names).iter_rows())
    if not isinstance(beacons, Iterable):
        raise LocalError(f"expected an iterable of Beacon or a frame, got {type(beacons).__name__}", argument="beacons")
    return _checked(beacons, ComposedBeacon if composed else Beacon)


def _checked(beacons: Iterable[AnyBeacon], kind: type[AnyBeacon]) -> Iterable[AnyBeacon]:
    for place, beacon in enumerate(beacons, 1):
        if not isinstance(beacon, kind):
            raise LocalError(
                f"expected {kind.__name__} objects, got {type(beacon).__name__} in place {place}", argument="beacons"
            )
        yield beacon
