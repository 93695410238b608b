"""Digests of shipped files that have neither consumers nor subscriptions; and a bridge that pays for deliveries."""

from __future__ import annotations

from importlib import resources
from typing import Any

import pytest

from drandlab.simulation.chains.bridge_chain import policy_of
from drandlab.simulation.chains.chain_checks import check_chains
from drandlab.simulation.chains.chain_entries import CallDispatched, ChainMoney, SubscriptionsSeen, XcmExecuted, XcmSent
from drandlab.simulation.chains.chain_run import ChainRun
from drandlab.simulation.chains.chain_scenario import ChainScenario, load_chain

DIGESTS = {
    "real-ranges": "94262f616e60f57dc1a77d128e96f1e07d0e82043cddb2b622fcd7fbbda302ee",
    "running-pair": "6fc5188921fae1f6480371b5ed335c113b49424a5c01e8d7fa395dfa2ded4215",
    "stall": "32e7060ae4c4f9ea9d6d32fbedc2c3aae90822176f412923151242d791803b55",
}


@pytest.mark.parametrize("name", DIGESTS)
def test_a_bridge_that_delivers_nothing_has_the_same_journal_as_ever(name: str) -> None:
    assert ChainRun(load_chain(name), backend="blst").run().journal.digest() == DIGESTS[name]


# -- the bridge pays for deliveries -----------------------------------------------------------------------------------

BRIDGE, PALLET, CONTRACTS = 4502, 4594, 2000
SOVEREIGN = "0x7369626c96110000000000000000000000000000000000000000000000000000"


def bridge_pays() -> ChainRun:
    return ChainRun(load_chain("bridge-pays"), backend="glass").run()


def told(run: ChainRun, kind: type) -> list[Any]:
    return [entry.what for entry in run.journal if isinstance(entry.what, kind)]


def test_the_sovereign_account_ends_with_at_least_what_it_began_with() -> None:
    run = bridge_pays()
    assert all(verdict.ok for verdict in check_chains(run.journal))
    has: dict[int, list[int]] = {}
    for one in told(run, ChainMoney):
        has.setdefault(one.chain, []).append(one.named["4502"]["free"])
    gained = {chain: moments[-1] - moments[0] for chain, moments in has.items()}
    # it is given the base fees at home, pays at the targets, and nowhere in between has it less than at first
    assert gained[BRIDGE] > 0 > max(gained[PALLET], gained[CONTRACTS])
    together = [sum(moment) for moment in zip(*has.values(), strict=True)]
    assert min(together) == together[0] and together[-1] > together[0]
    pays = [one for one in told(run, XcmSent) if one.sub_id]
    assert len(pays) == 20 and {f"0x{one.sender.hex()}" for one in pays} == {SOVEREIGN}
    base = {one["id"]: one["base_fee"] for seen in told(run, SubscriptionsSeen) for one in seen.changed}
    assert gained[BRIDGE] == sum(base[f"0x{one.sub_id.hex()}"] - one.price for one in pays)
    ran = [one for one in told(run, XcmExecuted) if one.sibling == BRIDGE and one.number > 2]
    assert all(one.error is None for one in ran)
    # all pulses arrived, those of the contract that loops, too: the loop ends with the limit of its call
    paid = {chain: sum(step["fee"] for one in ran if one.chain == chain for step in one.trace) for chain in gained}
    assert -gained[PALLET] < paid[PALLET] and -gained[CONTRACTS] < paid[CONTRACTS]


def test_nothing_that_the_bridge_must_not_sign_is_subscribed() -> None:
    [refused] = [one for one in told(bridge_pays(), CallDispatched) if one.error is not None]
    assert (refused.call, refused.error) == ("IdnManager.create_subscription", "InvalidParams")


def test_a_sovereign_account_that_is_too_poor_at_a_target_loses_its_existential_deposit_and_no_more() -> None:
    """What a message takes out of it leaves less than an account must have: it ends, and the rest is dust."""
    text = (resources.files("drandlab.simulation.chains") / "shipped" / "bridge-pays.toml").read_text()
    run = ChainRun(ChainScenario.from_toml(text.replace("100_000_000_000", "1_000_000_000")), backend="glass").run()
    assert all(verdict.ok for verdict in check_chains(run.journal))
    has = {chain: [one for one in told(run, ChainMoney) if one.chain == chain] for chain in (PALLET, CONTRACTS)}
    for blocks in has.values():
        assert blocks[0].named["4502"]["free"] == 10**9 and blocks[-1].named["4502"]["free"] == 0
        assert 0 < sum(one.dust for one in blocks) < 10**9
    failed = [one.error for one in told(run, XcmExecuted) if one.sibling == BRIDGE and one.number > 2]
    assert set(failed) >= {"FailedToTransactAsset"}
    home = [one.named["4502"]["free"] for one in told(run, ChainMoney) if one.chain == BRIDGE]
    assert home == sorted(home)  # at home it is paid all the same, for deliveries that fail at the target


HEAD = 'name = "x"\nabout = "y"\nblocks = 1\n[bridge]\npolicy = "seed"\nbase_fees = true\n'


def test_base_fees_are_those_of_the_dearest_consumer() -> None:
    plain = policy_of(ChainScenario.from_toml(HEAD))
    checking = policy_of(ChainScenario.from_toml(HEAD + "[[consumer]]\npara_id = 7\nchecks_pulses = true\n"))
    call = b"\x28\0"
    base, dearer = plain.base(call), checking.base(call)
    assert base == 108_360_632 + 30_000_000_000 + 50_000 * 199
    assert dearer is not None and dearer > base
    without = HEAD.replace("base_fees = true", "base_fees = false")
    assert policy_of(ChainScenario.from_toml(without)).base_fees is None
