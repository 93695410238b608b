"""Plans in parts: some calls alone, fewer blocks, and the file that is run."""

from __future__ import annotations

import pytest

from drandlab.errors import LocalError
from drandlab.simulation.chain_fuzz.chain_draw import draw_chains
from drandlab.simulation.chain_fuzz.chain_plan import in_toml


def test_a_plan_with_some_calls_or_fewer_blocks_is_a_file_too() -> None:
    plan = next(plan for plan in map(draw_chains, range(50)) if len(plan.calls) > 5)
    some = plan.only((1, 3))
    assert some.calls == (plan.calls[1], plan.calls[3]) and len(some.scenario.calls) == 2
    assert some.only((3,)).calls == (plan.calls[3],), "a call keeps its number"
    with pytest.raises(LocalError, match=f"only: seed {plan.seed} has no call 0; there are 1 to 3"):
        some.only((0, 3))
    assert str(some).startswith(f"seed {plan.seed}: a bridge (") and str(some).endswith(", 2 calls")
    assert [line.partition(":")[0] for line in some.events] == ["1", "3"]
    short = plan.shorter(3)
    assert plan.shorter(None) == plan == plan.shorter(plan.blocks)
    assert short.scenario.blocks == 3 and all(call.block <= 3 for call in short.calls)
    assert [str(call).partition(":")[0] for call in plan.calls] == sorted(
        (str(call).partition(":")[0] for call in plan.calls), key=lambda text: int(text.split()[1].rstrip(","))
    )


def test_values_are_written_as_toml_has_them() -> None:
    assert in_toml({"a": [1, 2], "b": "x", "c": True, "d": {"e": ()}}) == (
        '{ a = [1, 2], b = "x", c = true, d = { e = [] } }'
    )
