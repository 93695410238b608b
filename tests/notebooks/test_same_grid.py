"""A grid by papermill, a notebook for each point, gives the numbers of `drandlab.analysis.sweep`."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path

import nbformat
import papermill
from nbformat.v4 import new_code_cell, new_notebook

from drandlab import analysis

GRID = {"network.threshold": [3, 5], "rounds": [3]}
SEEDS = (1,)

PARAMETERS = "threshold: int = 3  # 3..5\nseed: int = 1  # 0..100"
RUN = """
import json
from drandlab.analysis.sweeps.grid import points_of
from drandlab.simulation.reading.summary import summarize
from drandlab.simulation.scenario.scenario import load

[point] = points_of(load("quiet-five"), {"network.threshold": [threshold], "rounds": [3]})
net = point.scenario.start(seed=seed, backend="glass").run(rounds=3)
found = summarize(net.journal, net.now)
print(json.dumps([found.rounds, found.latency_first.median, found.latency_stored.max, found.journal_digest]))
"""


def test_papermill_over_a_grid_gives_the_numbers_of_a_sweep(tmp_path: Path) -> None:
    path = tmp_path / "one_run.ipynb"
    cells = [new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]}), new_code_cell(RUN)]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(new_notebook(cells=cells, metadata=kernel), path)
    rows = []
    for threshold, seed in product(GRID["network.threshold"], SEEDS):
        parameters = {"threshold": threshold, "seed": seed}
        done = papermill.execute_notebook(
            str(path), None, parameters, kernel_name="python3", progress_bar=False, log_output=False
        )
        [printed] = [output.text for output in done.cells[-1].outputs if output.output_type == "stream"]
        rows.append((threshold, seed, *json.loads(printed)))
    frame = analysis.sweep("quiet-five", GRID, SEEDS, backend="glass")
    columns = ["rounds.made", "latency.first.median", "latency.stored.max", "journal_digest"]
    assert frame.select("network.threshold", "seed", *columns).rows() == rows
    assert frame["journal_digest"].n_unique() == 2
