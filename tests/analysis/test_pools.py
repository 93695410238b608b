from __future__ import annotations

import pytest

from drandlab.analysis.pools import opened
from drandlab.errors import LocalError, WrongType


@pytest.mark.parametrize("jobs", [1, 3])
def test_results_come_in_order(jobs: int):
    chunks = ["x" * n for n in range(9)]
    with opened(jobs) as pool:
        assert pool.size == jobs
        assert list(pool.over(len, iter(chunks))) == [(chunk, len(chunk)) for chunk in chunks]
        assert list(pool.over(len, [])) == []


@pytest.mark.parametrize("jobs", [1, 3])
def test_results_come_when_they_are_done(jobs: int):
    chunks = ["x" * n for n in range(9)]
    with opened(jobs) as pool:
        assert sorted(pool.over(len, chunks, in_order=False)) == [(chunk, len(chunk)) for chunk in chunks]


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_the_task_raises_is_raised_here(jobs: int):
    with pytest.raises(ValueError, match="invalid literal"), opened(jobs) as pool:
        list(pool.over(int, ["1", "x"]))


def test_a_pool_that_is_none():
    with pytest.raises(LocalError, match=r"^jobs: expected a whole number of at least 1, got 0"), opened(0):
        pass
    said = r"^cluster: expected the address of a scheduler or 'local', got int"
    with pytest.raises(WrongType, match=said), opened(cluster=8786):  # type: ignore[arg-type]
        pass
