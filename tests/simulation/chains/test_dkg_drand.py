"""A drand network whose key comes from a DKG: what it gives a bridge, and what a file may say of it."""

from __future__ import annotations

import pytest

from drandlab.errors import FormatError
from drandlab.simulation.chains.chain_checks import check_chains
from drandlab.simulation.chains.chain_run import ChainRun
from drandlab.simulation.chains.chain_scenario import ChainScenario
from drandlab.simulation.chains.dkg_drand import DkgDrand
from drandlab.simulation.chains.drand_table import HeardChain

HEAD = 'name = "x"\nabout = "y"\nblocks = 3\n[bridge]\ningest = true\n[drand]\n'


def test_beacons_are_made_as_they_are_asked_for() -> None:
    drand = DkgDrand(nodes=3, threshold=2, seed=7, backend="glass")
    assert drand.network.newest is None
    third, first = drand.beacon(3), drand.beacon(1)
    assert third is not None and first is not None
    assert (third.round, first.round, drand.network.newest) == (3, 1, third)


def test_the_bridge_ingests_what_the_nodes_sign() -> None:
    plan = ChainScenario.from_toml(HEAD + 'chain = "dkg"\nnodes = 4\nthreshold = 3\nfirst_round = 2\nseed = 5')
    run = ChainRun(plan, backend="glass").run()
    assert [verdict for verdict in check_chains(run.journal) if not verdict.ok] == []
    [made] = run.journal.entries("chain drand")
    blocks = [entry.what for entry in run.journal.entries("chain block")]
    assert {block.key for block in blocks} == {made.what.public_key}
    assert [block.next_round for block in blocks] == [4, 6, 8]
    assert (made.what.nodes, made.what.threshold) == (4, 3)
    assert ChainRun(plan, backend="glass").run().journal.digest() == run.journal.digest()


def test_a_number_of_nodes_is_enough() -> None:
    plan = ChainScenario.from_toml(HEAD + 'chain = "dkg"')
    assert plan.drand is not None
    assert (plan.drand.nodes, plan.drand.threshold, plan.drand.is_real) == (5, 3, False)
    assert HeardChain(plan.drand, "glass").dkg is not None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nodes = 4", 'line 7, field "drand.nodes": only a chain of nodes has it, chain = "dkg"'),
        ("threshold = 4", 'field "drand.threshold": only a chain of nodes has it'),
        ('chain = "dkg"\nnodes = 1', 'line 8, field "drand.nodes": expected a whole number from 2 to 100'),
        ('chain = "dkg"\nthreshold = 2', 'line 8, field "drand.threshold": expected a whole number from 3 to 5'),
        ('chain = "dkg"\nfirst_round = 10001', 'field "drand.first_round": expected a whole number from 1 to'),
    ],
)
def test_what_no_network_can_have_is_refused(text: str, said: str) -> None:
    with pytest.raises(FormatError) as caught:
        ChainScenario.from_toml(HEAD + text, "x.toml")
    assert said in str(caught.value)
