"""The digests of the shipped files that have neither consumers nor subscriptions: they stay as they were."""

from __future__ import annotations

import pytest

from drandlab.simulation.chains.chain_run import ChainRun
from drandlab.simulation.chains.chain_scenario import load_chain

DIGESTS = {
    "real-ranges": "94262f616e60f57dc1a77d128e96f1e07d0e82043cddb2b622fcd7fbbda302ee",
    "running-pair": "6fc5188921fae1f6480371b5ed335c113b49424a5c01e8d7fa395dfa2ded4215",
    "stall": "32e7060ae4c4f9ea9d6d32fbedc2c3aae90822176f412923151242d791803b55",
}


@pytest.mark.parametrize("name", DIGESTS)
def test_a_bridge_that_delivers_nothing_has_the_same_journal_as_ever(name: str) -> None:
    assert ChainRun(load_chain(name), backend="blst").run().journal.digest() == DIGESTS[name]
