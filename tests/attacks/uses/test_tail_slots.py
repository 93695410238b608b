"""The last slots of an epoch, and what they bring in the next one."""

from __future__ import annotations

from typing import Any

import pytest

from drandlab.attacks.all_attacks import catalogue

ATTACK = catalogue()["tail_slots"]


@pytest.mark.parametrize(("stake", "share"), [(0.05, 0.0511), (0.1, 0.1032), (0.2, 0.2096), (0.0, 0.0)])
def test_the_published_figures(stake: float, share: float) -> None:
    """Those of the simple rule: the best of all results, and the empty slots cost nothing."""
    assert ATTACK.predicted(stake=stake)["share"] == pytest.approx(share, abs=5e-5)
    assert ATTACK.predicted(stake=stake, source="threshold") == {"share": stake}


@pytest.mark.parametrize(
    "given",
    [
        {"stake": 0.0, "runs": 3},
        {"stake": 0.5, "slots": 1, "runs": 300},
        {"stake": 0.5, "slots": 12, "runs": 100},
        {"stake": 0.3, "slots": 4, "runs": 300},
        {"stake": 0.2, "slots": 64, "runs": 30},
    ],
)
@pytest.mark.parametrize("source", ["commit-reveal", "threshold"])
def test_it_is_as_predicted(given: dict[str, Any], source: str) -> None:
    for seed in (1, 2):
        found = ATTACK.run(seed, **given, source=source)
        assert ATTACK.outside(found, **given, source=source) == ()


def test_each_source_is_outside_of_what_the_other_predicts() -> None:
    given = {"stake": 0.5, "slots": 8, "runs": 400}
    for source, other in (("commit-reveal", "threshold"), ("threshold", "commit-reveal")):
        assert ATTACK.outside(ATTACK.run(1, **given, source=source), **given, source=other) == ("share",)
