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

from collections.abc import Iterable, Iterator, Mapping, Sequence
from statistics import fmean
from typing import Any

import polars as pl

from drandlab.analysis.sweeps.judged_runs import RunData
from drandlab.errors import LocalError
from drandlab.printable import repr_of

__all__ = ["FORMS", "Row", "frame_of_runs"]

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


def frame_of_runs(keys: Sequence[str], runs: Iterable[tuple[Row, RunData]], per: str) -> pl.DataFrame:
    """Return the frame: for each run its place in the sweep (the grid's ``keys`` and the seed) and what it came to.

    Raises `LocalError` where a measured column has the name of another, or values of several types.
    """
    own = {**_COMMON, **FORMS[per]}
    rows: list[Row] = []
    measured: dict[str, None] = {}
    for place, data in runs:
        for name in data["measured"]:
            if name in own or name in keys:
                raise LocalError(f"the column {repr_of(name)} is there already; name it otherwise", argument="measure")
            measured[name] = None
        rows += [{**place, "failed": data["failed"], **row, **data["measured"]} for row in _rows(data, per)]
    columns = {name: _series(name, [row.get(name) for row in rows], "grid") for name in keys}
    columns |= {name: pl.Series(name, [row.get(name) for row in rows], kind) for name, kind in own.items()}
    columns |= {name: _series(name, [row.get(name) for row in rows], "measure") for name in measured}
    return pl.DataFrame(columns)


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


def _series(name: str, values: list[Any], argument: str) -> pl.Series:
    """Return a column whose type its values say: whole numbers become numbers where some are not whole."""
    kinds = {type(value) for value in values if value is not None}
    if kinds == {int, float}:
        kinds = {float}
    if len(kinds) > 1:
        found = ", ".join(sorted(kind.__name__ for kind in kinds))
        raise LocalError(f"the column {repr_of(name)} holds values of several types: {found}", argument=argument)
    types: dict[type, Any] = {int: pl.Int64, float: pl.Float64, str: pl.String}
    [kind] = kinds or {str}
    return pl.Series(name, values, types.get(kind, pl.Boolean), strict=False)
