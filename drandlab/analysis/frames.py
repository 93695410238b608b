"""Beacons as data frames: the real ones that ship with drandlab, and conversion from beacons to frames and back.

A frame of beacons has the columns of production's v1 form, with signatures and randomness in hexadecimal:

=====================  =====================  ====================================================
``round``              UInt64
``time``               Datetime (UTC)         when the round was due (only where the chain is known)
``signature``          String
``previous_signature`` String                 null on unchained networks
``randomness``         String                 SHA-256 of the signature
=====================  =====================  ====================================================

There is no arrival time: it is known when these beacons were due, but nobody recorded when they arrived.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from os import PathLike

import polars as pl

from drandlab.beacon.beacon import Beacon
from drandlab.beacon.chain_info import ChainInfo
from drandlab.beacon.composed import ComposedBeacon
from drandlab.errors import FormatError, LocalError, WrongType
from drandlab.remote.networks import networks, resolve_chain
from drandlab.remote.tables.rows import B, Make, beacon_of, columns_of_schema, composed_of, each_of_rows
from drandlab.remote.tables.shipped_beacons import beacons
from drandlab.typing import Round

__all__ = ["beacons_of", "composed_of_frame", "frame_of", "load_beacons"]


def load_beacons(name: str) -> pl.DataFrame:
    """Return the real beacons of a network that ship with drandlab, ordered by round.

    ``name`` is a network's name or chain hash; the frame is empty for a network of which no beacon ships. Raises
    `UnknownNetwork`. ``data/README.md`` says what these beacons can be used for.

    >>> frame = load_beacons("quicknet")
    >>> frame["round"][0], str(frame["time"][0])
    (1, '2023-08-23 15:09:27+00:00')
    """
    return frame_of(beacons(name), networks[name])


def frame_of(beacons: Iterable[Beacon], info: ChainInfo | str | PathLike[str] | None = None) -> pl.DataFrame:
    """Return ``beacons`` as a frame, in the order given; with ``info``, also the time at which each round was due.

    ``info`` is a chain info, a network's name, a chain hash or a chain info file. Raises `LocalError` for a round that
    is due outside the years that a calendar date can hold.

    >>> frame_of([Beacon(round=7, signature=b"7")]).row(0, named=True)["signature"]
    '37'
    """
    rows = list(beacons)
    for place, beacon in enumerate(rows, 1):
        if not isinstance(beacon, Beacon):
            raise WrongType(
                f"expected Beacon objects, got {type(beacon).__name__} in place {place}", argument="beacons"
            )
    chain = None if info is None else resolve_chain(info)
    columns: dict[str, pl.Series] = {"round": pl.Series([b.round for b in rows], dtype=pl.UInt64)}
    if chain is not None:
        columns["time"] = pl.Series([_due(chain, b.round) for b in rows], dtype=pl.Datetime("us", "UTC"))
    columns["signature"] = pl.Series([b.signature.hex() for b in rows], dtype=pl.String)
    columns["previous_signature"] = pl.Series([b.previous_signature.hex() or None for b in rows], dtype=pl.String)
    columns["randomness"] = pl.Series([b.randomness.hex() for b in rows], dtype=pl.String)
    return pl.DataFrame(columns)


def _due(info: ChainInfo, round: Round) -> datetime:
    try:
        return datetime.fromtimestamp(info.round_time(round), UTC)
    except (ValueError, OverflowError, OSError):
        raise LocalError(
            f"round {round} is due after the year 9999, which a date column cannot hold", argument="beacons"
        ) from None


def beacons_of(frame: pl.DataFrame, *, source: str | None = None) -> Iterator[Beacon]:
    """Yield the beacon of each row of ``frame``.

    Needs the columns ``round`` (integer) and ``signature``, and reads ``previous_signature`` and ``randomness`` (as
    claimed by the beacon) if they exist; these hold hexadecimal text or bytes. Other columns are ignored. Raises
    `FormatError` with the column, and with the row if one value is wrong; ``source`` says where the frame comes from.

    >>> next(beacons_of(load_beacons("default")))
    Beacon(round=1, signature=8d61d910…)
    """
    return _each_of(frame, beacon_of, source)


def composed_of_frame(frame: pl.DataFrame, *, source: str | None = None) -> Iterator[ComposedBeacon]:
    """Yield the composed beacon of each row of ``frame``: `beacons_of` with one column more, ``satellite_signature``.

    >>> next(composed_of_frame(pl.DataFrame({"round": [7], "signature": ["37"], "satellite_signature": ["38"]})))
    ComposedBeacon(round=7, ground=37…, satellite=38…)
    """
    return _each_of(frame, composed_of, source)


def _each_of(frame: pl.DataFrame, make: Make[B], source: str | None) -> Iterator[B]:
    if not hasattr(frame, "iter_rows"):
        raise WrongType(f"expected a polars.DataFrame, got {type(frame).__name__}", argument="frame")
    try:
        names = columns_of_schema(frame.schema)
        yield from each_of_rows(make, names, frame.select(names).iter_rows())
    except FormatError as error:
        raise error.at(source=source) from None
