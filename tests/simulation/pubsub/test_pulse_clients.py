"""What a subscriber remembers of the pulses that it has taken."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from drandlab.simulation.pubsub.gossip_network import GossipNetwork
from drandlab.simulation.pubsub.pulse_clients import TakenRounds


@given(st.lists(st.integers(1, 40)))
def test_rounds_as_ranges_are_the_rounds(rounds: list[int]) -> None:
    taken = TakenRounds()
    for round in rounds:
        taken.add(round)
    assert [round for round in range(42) if round in taken] == sorted(set(rounds))
    assert taken.ranges == sorted(taken.ranges)
    assert all(one[1] + 1 < other[0] for one, other in zip(taken.ranges, taken.ranges[1:], strict=False))


def test_what_a_client_remembers_does_not_grow_with_the_rounds() -> None:
    net = GossipNetwork(4, rounds=30, seed=1).run()
    assert [client.taken.ranges for client in net.clients.values()] == [[(1, 30)]] * len(net.clients)
