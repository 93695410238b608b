"""Planted bugs: the fuzz finds each of them, and the documentation says how soon.

``make planted`` measures all of them from several first seeds, which takes a while; here each is found once more by a
seed that is known to find it, or by one of the first few.
"""

from __future__ import annotations

import pytest
from planted import BUGS, KNOWN, WITHIN
from planted_table import BEGINNINGS, CHAIN_DATA, DOCS, page, read

from drandlab.simulation.fuzz.draw import draw
from drandlab.simulation.fuzz.run import run

SOME = 40
"""Seeds that are tried where plans have changed and those that were known find nothing."""

MEASURED = read()


@pytest.mark.parametrize("name", BUGS)
def test_each_bug_is_found_by_a_checker_that_is_about_it(name: str) -> None:
    bug = BUGS[name]
    found = MEASURED.get(name, [])
    known = sorted((result.count, result.seed(bug)) for result in found if result.count is not None)
    first = [bug.seed(0, place) for place in range(SOME)]
    with bug.planted():
        for seed in [*(seed for _, seed in known[:1]), *([KNOWN[name]] if name in KNOWN else []), *first]:
            outcome = run(draw(seed))
            if not outcome.ok:
                break
    rules = {verdict.name for verdict in outcome.broken}
    assert bug.rules & rules, f"{name}, seed {seed}: {rules or 'not found'}"
    assert run(draw(seed)).ok  # it is the bug that breaks the rule, not the seed


def test_every_bug_was_found_in_time_wherever_the_search_began() -> None:
    assert MEASURED.keys() | KNOWN.keys() == BUGS.keys()
    late = [name for name, results in MEASURED.items() if any(result.count is None for result in results)]
    assert not late, f"not found within {WITHIN} seeds: {late}"
    assert {tuple(result.begin for result in results) for results in MEASURED.values()} == {BEGINNINGS}


def test_the_documentation_has_the_table_as_it_was_measured() -> None:
    assert DOCS.read_text(encoding="utf-8") == page(MEASURED, read(CHAIN_DATA)), (
        "run tests/kit/planted_table.py --write"
    )
