"""The frame of a sweep: one tidy table of what its runs came to.

Each row begins with the grid's keys and ``seed``, then come ``failed`` (why no key came about; null where one did) and,
by what a row stands for:

===========  =========================================================================================================
``per``      columns
===========  =========================================================================================================
run          ``rounds.made``, ``rounds.due``, ``rounds.first``, ``rounds.last``; ``halted``; of both latencies
             (``latency.first``, ``latency.stored``) ``count``, ``median``, ``p95``, ``max``; ``participation.mean`` and
             ``participation.least`` over the nodes; ``ok``, and the checkers that were ``broken``; ``journal_digest``
node         ``node``, ``signed``, ``participation``, ``stored.partials``, ``stored.sync``, ``stored.repair``,
             ``first``, ``last``, ``refused``, ``was_refused``, ``store_failed``, ``crashes``, ``down``, and
             ``latency.count``, ``latency.median``, ``latency.p95``, ``latency.max``
satellite    ``node``, ``name``, ``passes``, ``contact_s``, ``contact_share``, ``longest_gap_s``, ``signed``,
             ``in_time``, ``first_t``, ``participation``; ``longest_absence``, the most rounds in a row that it did not
             sign in time; ``latency.count``, ``latency.median``, ``latency.p95``, ``latency.max`` of its partials that
             came in time; ``rejoin.count``, ``rejoin.median``, ``rejoin.max``: rounds from a rise until it signed
             one in time
checker      ``checker``, ``checked``, ``violations``, ``skipped`` (why), ``what`` (the first violation)
===========  =========================================================================================================

Names and meanings are those of `drandlab.simulation.reading`, as in the JSON of ``drandlab simulate``; times are
seconds. A node's ``participation`` is the share of the rounds due that it signed itself, null where the journal is a
summary, which does not say; a satellite's is the share of those that it signed in time. Last come the columns that the
caller measures; they say the same on all rows of a run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from statistics import fmean
from typing import Any

import polars as pl

from drandlab.analysis.sweeps.judged_runs import RunData
from drandlab.errors import LocalError
from drandlab.printable import repr_of

__all__ = ["FORMS", "Row", "Tidy"]

Row = dict[str, Any]
"""A row by the names of its columns."""

_LATENCY = {"count": pl.Int64, "median": pl.Float64, "p95": pl.Float64, "max": pl.Float64}
_COMMON = {"seed": pl.Int64, "failed": pl.String}

FORMS: Mapping[str, Mapping[str, Any]] = {
    "run": {
        **{f"rounds.{name}": pl.Int64 for name in ("made", "due", "first", "last")},
        "halted": pl.Float64,
        **{f"latency.{which}.{name}": kind for which in ("first", "stored") for name, kind in _LATENCY.items()},
        "participation.mean": pl.Float64,
        "participation.least": pl.Float64,
        "ok": pl.Boolean,
        "broken": pl.String,
        "journal_digest": pl.String,
    },
    "node": {
        **{"node": pl.Int64, "signed": pl.Int64, "participation": pl.Float64},
        **{f"stored.{way}": pl.Int64 for way in ("partials", "sync", "repair")},
        **dict.fromkeys(("first", "last", "refused", "was_refused", "store_failed", "crashes"), pl.Int64),
        "down": pl.Float64,
        **{f"latency.{name}": kind for name, kind in _LATENCY.items()},
    },
    "satellite": {
        **{"node": pl.Int64, "name": pl.String, "passes": pl.Int64},
        **dict.fromkeys(("contact_s", "contact_share", "longest_gap_s"), pl.Float64),
        **dict.fromkeys(("signed", "in_time", "first_t"), pl.Int64),
        **{"participation": pl.Float64, "longest_absence": pl.Int64},
        **{f"latency.{name}": kind for name, kind in _LATENCY.items()},
        **dict.fromkeys(("rejoin.count", "rejoin.median", "rejoin.max"), pl.Int64),
    },
    "checker": {
        **{"checker": pl.String, "checked": pl.Int64, "violations": pl.Int64},
        **{"skipped": pl.String, "what": pl.String},
    },
}
"""What a row may stand for, and its own columns with their types."""


class Tidy:
    """Collects the rows of a sweep: ``places`` are the grid's ``keys`` and the seed of each run, in order.

    Only what the frame shows of a run is kept. Raises `LocalError` for a column of a grid or of a measure that holds
    values of several types, and for one of a measure that has the name of another.
    """

    def __init__(self, keys: Sequence[str], places: Sequence[Row], per: str) -> None:
        self._keys, self._places, self._per = list(keys), places, per
        self._own = {**_COMMON, **FORMS[per]}
        self._rows: dict[int, list[Row]] = {}
        self._measured: dict[str, set[type]] = {}
        for key in keys:
            _kind_of(key, {type(place[key]) for place in places}, "grid")

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, at: int) -> bool:
        return at in self._rows

    def take(self, at: int, data: RunData) -> None:
        """Take what the run at a place came to."""
        for name, value in data["measured"].items():
            if name in self._own or name in self._keys:
                raise LocalError(f"the column {repr_of(name)} is there already; name it otherwise", argument="measure")
            kinds = self._measured.setdefault(name, set())
            kinds.add(type(value))
            _kind_of(name, kinds, "measure")
        common = {**self._places[at], "failed": data["failed"]}
        self._rows[at] = [{**common, **row, **data["measured"]} for row in _rows(data, self._per)]

    def frame(self) -> pl.DataFrame:
        """Return the frame of all runs that were taken, in the order of their places."""
        rows = [row for at in sorted(self._rows) for row in self._rows[at]]
        types = {key: _kind_of(key, {type(place[key]) for place in self._places}, "grid") for key in self._keys}
        types |= self._own
        # as the runs name them in the order of their places: they end in any order
        named = [name for row in rows for name in row if name in self._measured] + sorted(self._measured)
        types |= {name: _kind_of(name, self._measured[name], "measure") for name in dict.fromkeys(named)}
        columns = {name: [row.get(name) for row in rows] for name in types}
        return pl.DataFrame({name: pl.Series(name, columns[name], kind, strict=False) for name, kind in types.items()})


def _rows(data: RunData, per: str) -> Iterator[Row]:
    summary = data["summary"]
    if per == "run":
        yield _run(data)
    elif per == "node":
        for node in summary["nodes"]:
            yield {**_flat(node), "participation": _participation(node, summary["rounds"]["due"])}
    elif per == "satellite":
        yield from map(_flat, data["satellites"])
    else:
        yield from data["checks"]


def _run(data: RunData) -> Row:
    summary, due = data["summary"], data["summary"]["rounds"]["due"]
    shares = [share for node in summary["nodes"] if (share := _participation(node, due)) is not None]
    broken = [check["checker"] for check in data["checks"] if check["violations"]]
    return {
        **{name: value for name, value in _flat(summary).items() if name in FORMS["run"]},
        "participation.mean": fmean(shares) if shares else None,
        "participation.least": min(shares, default=None),
        "halted": summary["halted"] if data["failed"] is None else None,
        "ok": not broken,
        "broken": ", ".join(broken) or None,
    }


def _participation(node: Mapping[str, Any], due: int) -> float | None:
    return node["signed"] / due if node["signed"] is not None and due else None


def _flat(table: Mapping[str, Any], above: str = "") -> Row:
    """Return a table with the tables in it, each key behind those above it: ``latency.first.median``."""
    row: Row = {}
    for key, value in table.items():
        row |= _flat(value, f"{above}{key}.") if isinstance(value, Mapping) else {f"{above}{key}": value}
    return row


def _kind_of(name: str, types: set[type], argument: str) -> Any:
    """Return the type of a column that holds values of these: whole numbers become numbers where some are not whole."""
    kinds = types - {type(None)}
    if kinds == {int, float}:
        kinds = {float}
    if len(kinds) > 1:
        found = ", ".join(sorted(kind.__name__ for kind in kinds))
        raise LocalError(f"the column {repr_of(name)} holds values of several types: {found}", argument=argument)
    known: dict[type, Any] = {int: pl.Int64, float: pl.Float64, str: pl.String}
    [kind] = kinds or {str}
    return known.get(kind, pl.Boolean)
