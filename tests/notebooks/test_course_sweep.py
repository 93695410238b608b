"""A sample of ``make sweep``: a few sets of parameters, always the same. Each passes, or the second cell refuses it."""

from __future__ import annotations

import importlib
import sys
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import pytest

from drandlab.teach.notebooks import declared
from drandlab.teach.parameters import check_all

# The processes that the sweep starts look for it by its name, and are told this path.
sys.path.insert(0, str(Path(__file__).parent))
sweep = importlib.import_module("sweep")

PATHS = sorted(sweep.FOLDER.glob("[0-9]*.ipynb"))
SAMPLE = [(path, sweep.drawn(declared(path), Random(f"sample {path.stem}"))) for path in PATHS]


@pytest.mark.parametrize(("path", "values"), SAMPLE, ids=lambda value: getattr(value, "stem", None))
def test_drawn_parameters_pass_or_are_refused_in_one_sentence(path: Path, values: dict[str, Any]) -> None:
    outcome = sweep.outcome_of(path, values)
    assert outcome.state in ("passed", "refused"), f"{values}: {outcome.said}"


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_both_ends_of_every_parameter_are_among_the_sets(path: Path) -> None:
    tried = list(sweep.ends(declared(path)))
    for parameter in declared(path):
        check_all(declared(path), {})
        for end in parameter.limits.of({p.name: p.default for p in declared(path)}) if parameter.limits else ():
            assert {parameter.name: end} in tried or end == parameter.default
    assert len(list(islice(sweep.sets([path], 40, 1), 100))) >= 40


def test_a_notebook_that_fails_is_told_from_one_that_refuses(tmp_path: Path) -> None:
    import nbformat
    from nbformat.v4 import new_code_cell, new_notebook

    def written(*code: str) -> Path:
        cells = [new_code_cell("n: int = 3  # 1..9", metadata={"tags": ["parameters"]}), *map(new_code_cell, code)]
        path = tmp_path / "x.ipynb"
        nbformat.write(new_notebook(cells=cells), path)
        return path

    refuse = "from drandlab.errors import LocalError\nif n > 5: raise LocalError('too many')"
    assert sweep.outcome_of(written(refuse, "n"), {"n": 3}).state == "passed"
    assert sweep.outcome_of(written(refuse, "n"), {"n": 7}).said == "refused, though it is allowed: too many"
    assert sweep.outcome_of(written("raise SystemExit"), {"n": 10}).state == "failed"
    assert sweep.outcome_of(written("n"), {"n": 10}).said == "passed, though it is not allowed"
    assert sweep.outcome_of(written("n", "1 / 0"), {"n": 3}).said == "cell 3: ZeroDivisionError: division by zero"
    assert sweep.outcome_of(written("import os; os._exit(1)"), {"n": 3}).state == "over time"
