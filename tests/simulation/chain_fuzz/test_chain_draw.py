"""Plans of seeds: the same for the same seed, and of every kind."""

from __future__ import annotations

from drandlab.simulation.chain_fuzz.chain_draw import CHANGES, draw_chains


def test_every_kind_of_call_and_of_trouble_is_drawn() -> None:
    plans = [draw_chains(seed) for seed in range(60)]
    calls = {call.call for plan in plans for call in plan.calls}
    for kind in ("create", *CHANGES):
        assert {f"IdnManager.{kind}_subscription", f"IdnConsumer.{kind}_subscription"} <= calls
    scenarios = [plan.scenario for plan in plans]
    assert {(one.bridge.policy, one.bridge.mode) for one in scenarios} == {
        (policy, mode) for policy in ("seed", "deployed") for mode in ("range", "accumulate")
    }
    consumers = [consumer for one in scenarios for consumer in one.consumers]
    assert {one.bridge.base_fees for one in scenarios if one.bridge.policy == "seed"} == {True, False}
    assert any(consumer.not_receiving for consumer in consumers)
    assert any(consumer.channel.capacity == 1 for consumer in consumers)
    assert {consumer.queue.share for consumer in consumers} == {1, 2, 4, 35}
    assert all([call.number for call in plan.calls] == [*range(len(plan.calls))] for plan in plans)
    assert any("pulse_filter" in call.args for plan in plans for call in plan.calls)
    assert any(0 in one.bridge.balances.values() for one in scenarios)


def test_the_same_seed_is_the_same_plan() -> None:
    assert [draw_chains(seed) for seed in range(20)] == [draw_chains(seed) for seed in range(20)]
