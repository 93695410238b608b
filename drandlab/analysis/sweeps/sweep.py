"""A sweep: a scenario over a grid of values and many seeds, wherever there is room to run it."""

from __future__ import annotations

import hashlib
import inspect
import json
import pickle
from collections.abc import Callable, Iterable
from contextlib import nullcontext, suppress
from functools import partial
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from drandlab.analysis.code_digest import code_digest
from drandlab.analysis.pools import checked_jobs, opened
from drandlab.analysis.sweeps.grid import GridPoint, GridValues, points_of
from drandlab.analysis.sweeps.judged_runs import Measure, RunData, Task, judged
from drandlab.analysis.sweeps.kept_runs import KeptRuns
from drandlab.analysis.sweeps.tidy import FORMS, Row, Tidy
from drandlab.curves.choice import resolve
from drandlab.errors import LocalError, WrongType
from drandlab.simulation.scenario.scenario import Scenario, load
from drandlab.typing import Progress, checked_choice, checked_int

if TYPE_CHECKING:
    import polars as pl

__all__ = ["sweep"]

_LARGEST_SEED = (1 << 63) - 1


def sweep(
    scenario: Scenario | str | PathLike[str],
    grid: GridValues,
    seeds: Iterable[int] = (1,),
    *,
    per: str = "run",
    measure: Measure | None = None,
    jobs: int = 1,
    cluster: str | None = None,
    backend: str | None = None,
    resume: str | PathLike[str] | None = None,
    progress: Progress | None = None,
) -> pl.DataFrame:
    """Run a scenario at every point of a grid, under every seed, and return what came of it as one tidy frame.

    ``scenario`` is a `Scenario`, the name of one that ships, or a file. ``grid`` maps keys of it, such as
    ``network.threshold`` or ``links.latency.mean``, to the values that they take (`drandlab.analysis.sweeps.grid` says
    what else it may be); an empty grid is the scenario itself. All points are checked before the first run. The rows
    come in the order of the grid, its last key and then the seeds changing fastest, whatever the way in which they are
    computed.

    ``per`` is what a row stands for: a ``run``, or a ``node``, a ``satellite`` or a ``checker`` of a run;
    `drandlab.analysis.sweeps.tidy` lists the columns. ``measure`` takes the network as a run has left it, journal
    included, and returns more columns: names with numbers, texts, True, False or None.

    The runs share ``jobs`` processes on this machine, or a Dask ``cluster``: the address of a scheduler, such as
    ``tcp://127.0.0.1:8786``, or ``local`` for one of ``jobs`` workers that starts and ends here. For these, ``measure``
    must be a function of a module that they can import. A seed gives the same run everywhere: ``backend`` is that of
    the scenario, or else the one that is chosen here.

    A run whose set-up or key generation comes to nothing is a row with a reason in ``failed``. Anything else that goes
    wrong ends the sweep; the error names the point and the seed. With ``resume``, a file keeps what each run came to:
    after an interruption the same call makes only the runs that are missing. ``progress`` is called with the runs done
    and their number, for instance a `drandlab.widgets.ProgressBar`.

    Raises `LocalError` for arguments that make no sweep, with the key where it is one of the grid.

    >>> frame = sweep("quiet-five", {"network.threshold": [3, 5], "rounds": [4]}, seeds=range(2), backend="glass")
    >>> frame.select("network.threshold", "seed", "rounds.made", "ok").rows()
    [(3, 0, 4, True), (3, 1, 4, True), (5, 0, 4, True), (5, 1, 4, True)]
    """
    checked_choice(per, "per", FORMS)
    jobs = checked_jobs(jobs, cluster)
    if progress is not None and not callable(progress):
        raise WrongType(f"expected a function of (done, total), got {type(progress).__name__}", argument="progress")
    _check_measure(measure, here=jobs == 1 and cluster is None)
    named = Path(scenario) if isinstance(scenario, PathLike) else scenario
    plan = named if isinstance(named, Scenario) else load(named)
    points, numbers = points_of(plan, grid), _checked_seeds(seeds)
    tasks = _tasks(points, numbers, backend)
    places: list[Row] = [{**point.columns, "seed": seed} for point in points for seed in numbers]
    found = Tidy(list(points[0].columns), places, per)
    with _kept(resume, tasks, measure) as file:
        for at, data in file.all() if file else ():
            found.take(at, data)
        _compute(tasks, found, measure, (jobs, cluster), progress, file.keep if file else None)
    return found.frame()


def _compute(
    tasks: list[Task],
    found: Tidy,
    measure: Measure | None,
    where: tuple[int, str | None],
    progress: Progress | None,
    keep: Callable[[int, RunData], None] | None,
) -> None:
    """Make the runs that are not ``found`` yet, and enter each when it is done."""
    missing = [task for task in tasks if task.place not in found]
    if progress is not None:
        progress(len(found), len(tasks))
    if not missing:
        return
    jobs, cluster = where
    with opened(min(jobs, len(missing)), cluster) as pool:
        for task, data in pool.over(partial(judged, measure), missing, in_order=False):
            if keep is not None:
                keep(task.place, data)
            found.take(task.place, data)
            if progress is not None:
                progress(len(found), len(tasks))


def _checked_seeds(seeds: Iterable[int]) -> list[int]:
    if isinstance(seeds, (str, bytes)) or not isinstance(seeds, Iterable):
        raise WrongType(f"expected whole numbers, such as range(10), got {type(seeds).__name__}", argument="seeds")
    numbers = [checked_int(seed, "seeds", 0, _LARGEST_SEED) for seed in seeds]
    if not numbers:
        raise LocalError("there is none, so there is nothing to run", argument="seeds")
    if len(set(numbers)) < len(numbers):
        twice = next(seed for at, seed in enumerate(numbers) if seed in numbers[:at])
        raise LocalError(f"{twice} comes twice, and would give the same run twice", argument="seeds")
    return numbers


def _check_measure(measure: object, *, here: bool) -> None:
    if measure is None:
        return
    if not callable(measure):
        raise WrongType(f"expected a function of a network, got {type(measure).__name__}", argument="measure")
    if here:
        return
    try:
        # a function is pickled as the name of its module and its own: this module is another one elsewhere
        importable = b"__main__" not in pickle.dumps(measure)
    except Exception:
        importable = False
    if not importable:
        raise LocalError(
            "other processes must be able to import it: put the function into a module, or run with jobs=1",
            argument="measure",
        )


def _tasks(points: list[GridPoint], seeds: list[int], backend: str | None) -> list[Task]:
    """Return all runs in their order. The backend is settled here: another machine may choose another one."""
    tasks: list[Task] = []
    for point in points:
        chosen = resolve(point.scenario.backend if backend is None else backend)
        for seed in seeds:
            name = f"{point}, seed {seed}"
            tasks.append(Task(place=len(tasks), scenario=point.scenario, seed=seed, backend=chosen, name=name))
    return tasks


def _kept(
    resume: str | PathLike[str] | None, tasks: list[Task], measure: Measure | None
) -> KeptRuns | nullcontext[None]:
    """Return the open working file of a sweep, None in a context where there is none."""
    if resume is None:
        return nullcontext()
    runs: list[list[Any]] = [[task.scenario.to_toml(), task.seed, task.backend] for task in tasks]
    whole = json.dumps([code_digest(), _told_apart(measure), runs])
    return KeptRuns(Path(resume), hashlib.sha256(whole.encode()).hexdigest(), len(tasks))


def _told_apart(measure: Measure | None) -> list[str]:
    """Return what tells this function from another one, and from what it was before somebody changed it."""
    known = [f"{getattr(measure, '__module__', '')}.{getattr(measure, '__qualname__', '')}"]
    with suppress(Exception):  # a function within another one
        known.append(pickle.dumps(measure).hex())
    with suppress(Exception):  # no function of Python, or one whose file is gone
        if measure is not None:
            known.append(inspect.getsource(inspect.unwrap(measure)))
    return known
