"""Facts: what holds at a moment of a run, from the entries before it alone."""

from __future__ import annotations

from drandlab.simulation.misbehaviour import keygen, running
from drandlab.simulation.network import Network
from drandlab.simulation.reading.facts import Facts


def test_who_has_misbehaved_in_a_dkg_has_for_good_and_who_misbehaves_while_it_runs_only_until_it_behaves() -> None:
    """A share that fits no other goes on when its node behaves again, so honest nodes are not blamed for it."""
    net = Network(4, 3, backend="glass").run(rounds=1)
    net.misbehave_in_dkg(keygen.parse("other-secret:1"))
    net.misbehave(2, running.parse("early:2"))
    net.behave(1)
    net.behave(2)
    facts = Facts()
    facts.take_all(net.run(rounds=1).journal)
    said = [(node.misbehaves, node.misbehaved, node.misbehaved_in_dkg) for _, node in sorted(facts.nodes.items())]
    assert said == [(False, False, False), (False, False, True), (False, True, False), (False, False, False)]
