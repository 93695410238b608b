from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from sweep_measures import FAILING, broken, entries, marked, stops

import drandlab as dl
from drandlab import analysis
from drandlab.analysis.local_cluster import ClusterProcesses
from drandlab.analysis.sweeps.judged_runs import Measure
from drandlab.errors import FormatError, LocalError, WrongType
from drandlab.simulation.scenario.scenario import load
from drandlab.widgets import ProgressBar

KIT = Path(__file__).parents[2] / "kit"
GRID: dict[str, Any] = {"network.threshold": [3, 4], "rounds": [2, 3]}
SEEDS = (5, 1)
KILLED = f"""
import sys
from functools import partial
sys.path.insert(0, {str(KIT)!r})
from sweep_measures import stops
from drandlab import analysis
measure = partial(stops, sys.argv[2])
analysis.sweep("quiet-five", {GRID!r}, {SEEDS!r}, backend="glass", measure=measure, resume=sys.argv[1])
"""


def swept(**options: Any) -> pl.DataFrame:
    return dl.analysis.sweep("quiet-five", GRID, SEEDS, backend="glass", **options)


@pytest.fixture
def marks(tmp_path: Path) -> Path:
    folder = tmp_path / "marks"
    folder.mkdir()
    return folder


def times_made(marks: Path) -> list[int]:
    return sorted(len(path.read_text().splitlines()) for path in marks.iterdir())


def test_rows_come_in_the_order_of_the_grid_and_the_seeds():
    frame = swept()
    assert frame.columns[:4] == ["network.threshold", "rounds", "seed", "failed"]
    assert frame.select("network.threshold", "rounds", "seed").rows() == [
        (threshold, rounds, seed) for threshold in (3, 4) for rounds in (2, 3) for seed in (5, 1)
    ]
    assert frame["rounds.made"].to_list() == frame["rounds"].to_list()
    assert frame["journal_digest"].n_unique() == 8


def test_a_row_is_what_the_scenario_gives_alone():
    plan = load("quiet-five")
    plan = replace(plan, rounds=3, network=replace(plan.network, threshold=4))
    net = plan.start(seed=1, backend="glass").run(rounds=3)
    assert swept()["journal_digest"][-1] == net.journal.digest()


@pytest.mark.parametrize("per", ["run", "node", "checker"])
def test_frames_are_identical_in_each_way(per: str):
    def frame(**where: Any) -> pl.DataFrame:
        return analysis.sweep("quiet-five", FAILING, (1, 2), backend="glass", per=per, measure=entries, **where)

    here = frame()
    assert_frame_equal(here, frame(jobs=2))
    assert here["failed"].is_null().to_list().count(False) > 0
    if per == "run":
        assert here["failed"].is_not_null().to_list() == [False, False, True, True, False, False]
        assert here["entries"].is_null().to_list() == [False, False, True, True, False, False]
        assert here["ok"].all() and here["refused" if "refused" in here.columns else "rounds.made"].to_list()[:2] == [
            3,
            3,
        ]


def test_a_scenario_of_another_backend_and_a_file(tmp_path: Path):
    text = 'name = "x"\nabout = "y"\nrounds = 2\nbackend = "glass"\n[network]\nnodes = 3\n'
    (tmp_path / "x.toml").write_text(text)
    by_file, by_path = (analysis.sweep(one, {}, [3]) for one in (str(tmp_path / "x.toml"), tmp_path / "x.toml"))
    assert_frame_equal(by_file, by_path)
    assert by_file.columns[:2] == ["seed", "failed"] and by_file.height == 1
    other = analysis.sweep(tmp_path / "x.toml", {"backend": ["glass", "blst"]}, [3])
    assert other["backend"].to_list() == ["glass", "blst"]
    assert other["journal_digest"][0] == by_file["journal_digest"][0] != other["journal_digest"][1]


@pytest.mark.parametrize("jobs", [1, 2])
def test_progress_counts_the_runs(jobs: int):
    seen: list[tuple[int, int | None]] = []
    swept(jobs=jobs, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(done, 8) for done in range(9)]


def test_a_bar_of_a_notebook_shows_the_progress():
    bar = ProgressBar("sweep")
    swept(progress=bar)
    assert repr(bar) == "ProgressBar('sweep', 8 of 8)"


# -- going on ---------------------------------------------------------------------------------------------------------


def test_a_sweep_that_is_kept_is_not_made_again(tmp_path: Path, marks: Path):
    path, seen = tmp_path / "kept", []
    measure = partial(marked, str(marks))
    first = swept(measure=measure, resume=path)
    again = swept(measure=measure, resume=path, progress=lambda done, total: seen.append((done, total)))
    assert_frame_equal(first, again)
    assert (times_made(marks), seen) == ([1] * 8, [(8, 8)])
    # what a row stands for is no part of a sweep
    assert swept(measure=measure, resume=path, per="node").height == 40
    assert times_made(marks) == [1] * 8


class Stop(Exception):
    """What a progress callback may raise."""


@pytest.mark.parametrize("error", [KeyboardInterrupt, Stop])
@pytest.mark.parametrize("jobs", [1, 2])
def test_an_interrupted_sweep_goes_on(tmp_path: Path, marks: Path, jobs: int, error: type[BaseException]):
    path, seen, measure = tmp_path / "kept", [], partial(marked, str(marks))

    def interrupt(done: int, total: int | None) -> None:
        if done == 3:
            raise error

    with pytest.raises(error):
        swept(measure=measure, resume=path, jobs=jobs, progress=interrupt)
    frame = swept(measure=measure, resume=path, jobs=jobs, progress=lambda done, total: seen.append(done))
    assert seen == [3, 4, 5, 6, 7, 8]
    assert_frame_equal(frame, swept(measure=partial(marked, str(marks))))


@pytest.mark.skipif(os.name != "posix", reason="sends SIGKILL")
def test_a_process_that_is_killed_loses_no_run_that_was_kept(tmp_path: Path, marks: Path):
    path = tmp_path / "kept"
    done = subprocess.run([sys.executable, "-c", KILLED, path, marks], capture_output=True, text=True)
    assert done.returncode == -9, done.stderr
    frame = swept(measure=partial(stops, str(marks)), resume=path)
    # three runs were kept; only the fourth, in which the process was killed, is made again
    assert times_made(marks) == [1] * 7 + [2]
    assert_frame_equal(frame, swept(measure=partial(marked, str(marks))))


@pytest.mark.skipif(os.name != "posix", reason="sends SIGKILL")
def test_a_worker_that_is_killed_is_replaced(tmp_path: Path, marks: Path):
    frame = swept(measure=partial(stops, str(marks)), jobs=2, resume=tmp_path / "kept")
    assert times_made(marks) == [1] * 7 + [2]
    assert_frame_equal(frame, swept(measure=partial(marked, str(marks))))


def test_a_file_of_another_sweep_is_refused(tmp_path: Path):
    path = tmp_path / "kept"
    analysis.sweep("quiet-five", {"rounds": [2]}, [1], backend="glass", resume=path)
    before = path.read_bytes()
    for name, grid, seeds, more in (
        ("quiet-five", {"rounds": [3]}, [1], {}),
        ("quiet-five", {"rounds": [2]}, [2], {}),
        ("halt-and-recovery", {}, [1], {}),
        ("quiet-five", {"rounds": [2]}, [1], {"measure": entries}),
        ("quiet-five", {"rounds": [2]}, [1], {"backend": "blst"}),
    ):
        with pytest.raises(LocalError, match="keeps another sweep"):
            analysis.sweep(name, grid, seeds, **{"backend": "glass", "resume": path, **more})
    assert path.read_bytes() == before
    path.write_bytes(before[:100] + b"x" * 5000)
    with pytest.raises(FormatError, match="damaged"):
        analysis.sweep("quiet-five", {"rounds": [2]}, [1], backend="glass", resume=path)


def test_another_version_of_a_measure_is_another_sweep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def measure(value: str) -> Measure:
        (tmp_path / "measure_of_a_test.py").write_text(f"def measure(net):\n    return {{'x': {value}}}\n")
        monkeypatch.delitem(sys.modules, "measure_of_a_test", raising=False)
        found: Measure = import_module("measure_of_a_test").measure
        return found

    swept(measure=measure("1"), resume=tmp_path / "kept")
    with pytest.raises(LocalError, match="keeps another sweep"):
        swept(measure=measure("1 + 1"), resume=tmp_path / "kept")
    assert swept(measure=measure("1"), resume=tmp_path / "kept")["x"].to_list() == [1] * 8


# -- on a cluster -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("per", ["run", "node"])
def test_a_cluster_gives_the_same_frame(per: str, dask_processes: ClusterProcesses):
    def frame(**where: Any) -> pl.DataFrame:
        return analysis.sweep("quiet-five", FAILING, (1, 2), backend="glass", per=per, measure=entries, **where)

    assert_frame_equal(frame(), frame(cluster=dask_processes.address))


@pytest.mark.skipif(os.name != "posix", reason="sends SIGKILL")
def test_a_worker_of_a_cluster_that_is_killed_loses_nothing(
    tmp_path: Path, marks: Path, dask_processes: ClusterProcesses
):
    measure, path = partial(stops, str(marks)), tmp_path / "kept"
    frame = swept(measure=measure, resume=path, cluster=dask_processes.address)
    assert times_made(marks) == [1] * 7 + [2]
    assert_frame_equal(frame, swept(measure=measure, resume=path))
    assert sum(times_made(marks)) == 9


def test_a_cluster_of_its_own_starts_and_ends(tmp_path: Path):
    seen: list[int] = []
    frame = swept(cluster="local", jobs=2, resume=tmp_path / "kept", progress=lambda done, total: seen.append(done))
    assert seen == list(range(9))
    assert_frame_equal(frame, swept())


def test_a_bug_on_a_cluster_ends_the_sweep_and_names_the_run(dask_processes: ClusterProcesses):
    with pytest.raises(KeyError) as caught:
        swept(measure=broken, cluster=dask_processes.address)
    assert caught.value.__notes__[0].startswith("in the run with network.threshold = 3, rounds = 2, seed ")


# -- what makes no sweep ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_bug_ends_the_sweep_and_names_the_run(jobs: int, tmp_path: Path):
    with pytest.raises(KeyError) as caught:
        swept(measure=broken, jobs=jobs, resume=tmp_path / "kept")
    assert caught.value.__notes__[0].startswith("in the run with network.threshold = 3, rounds = 2, seed ")


def test_nothing_runs_before_all_points_are_checked(marks: Path):
    measure = partial(marked, str(marks))
    with pytest.raises(LocalError, match=r"^grid network.threshold = 9: "):
        analysis.sweep("quiet-five", {"network.threshold": [3, 9]}, [1], backend="glass", measure=measure)
    assert times_made(marks) == []


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"seeds": []}, "seeds: there is none"),
        ({"seeds": [1, 2, 1]}, "seeds: 1 comes twice"),
        ({"seeds": [-1]}, "seeds: expected a whole number from 0 to "),
        ({"seeds": [1 << 63]}, "seeds: expected a whole number from 0 to "),
        ({"scenario": "quiet-fife"}, "scenario 'quiet-fife': no such file and no such .* did you mean \"quiet-five\""),
        ({"per": "week"}, "per: expected one of run, node, satellite, checker, got 'week'"),
        ({"jobs": 0}, "jobs: expected a whole number of at least 1, got 0"),
        ({"backend": "fast"}, "backend"),
        ({"cluster": "tcp://127.0.0.1:8786", "jobs": 2}, "jobs: the cluster has its own workers"),
        ({"measure": lambda net: {}, "jobs": 2}, "measure: other processes must be able to import it"),
    ],
)
def test_arguments_that_make_no_sweep(options: dict[str, Any], said: str):
    given = {"scenario": "quiet-five", "grid": {}, "backend": "glass", **options}
    with pytest.raises(LocalError, match=f"^{said}"):
        analysis.sweep(**given)


@pytest.mark.parametrize(
    "options",
    [
        *({"scenario": 5}, {"grid": []}, {"seeds": 3}, {"seeds": "12"}, {"seeds": [1.5]}),
        *({"measure": 3}, {"progress": 3}, {"jobs": 2.0}, {"cluster": 5}, {"per": None}),
    ],
)
def test_arguments_of_another_type(options: dict[str, Any]):
    with pytest.raises(WrongType):
        analysis.sweep(**{"scenario": "quiet-five", "grid": {}, **options})


def test_a_function_of_the_main_module_is_for_this_process_only(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(entries, "__module__", "__main__")
    monkeypatch.setattr(sys.modules["__main__"], "entries", entries, raising=False)
    for measure in (entries, partial(entries)):
        with pytest.raises(LocalError, match="measure: other processes must be able to import it"):
            swept(measure=measure, jobs=2)
    assert swept(measure=entries)["named"].to_list() == ["x"] * 8


def test_the_name_is_found_when_it_is_used_and_never_a_module():
    program = (
        "import sys, drandlab as dl; dl.analysis\n"
        "assert 'drandlab.simulation' not in sys.modules and 'sweep' in dir(dl.analysis)\n"
        "import drandlab.analysis.sweeps.sweep\n"
        "assert callable(dl.analysis.sweep) and 'dask' not in sys.modules"
    )
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0
    with pytest.raises(AttributeError, match=r"module 'drandlab\.analysis' has no attribute 'swep'"):
        analysis.swep  # noqa: B018
