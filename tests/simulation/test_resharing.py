"""How long a set-up waits: the terms that a network is given reach its first set-up and its resharings."""

from __future__ import annotations

import pytest

from drandlab.errors import LocalError, ProtocolAborted
from drandlab.simulation.network import START, Network


def late_joiner(**options: float) -> Network:
    """Three nodes; the last one is cut off from the start."""
    net = Network(3, 2, seed=1, backend="glass", **options)  # type: ignore[arg-type]
    net.isolate(2)
    return net


def test_a_set_up_waits_as_long_as_it_is_told() -> None:
    net = late_joiner(wait=7200)
    net.at(START + 7000, lambda: net.rejoin(2))
    net.run(rounds=1)
    assert net.info is not None and net.info.genesis_time > START + 7000
    net = late_joiner(wait=600)
    with pytest.raises(ProtocolAborted, match="no node has a key"):
        net.run(rounds=1)
    assert 600 <= net.now - START <= 700


def test_production_s_times_written_down_change_nothing() -> None:
    plain, told = (Network(4, 3, backend="glass", **options).run(rounds=3) for options in ({}, {"wait": 3600}))
    assert plain.journal.digest() == told.journal.digest()
    same = Network(4, 3, backend="glass", push_wait=60).run(rounds=3)
    assert plain.journal.digest() == same.journal.digest()


def test_the_first_round_is_put_off_by_what_the_group_may_take_longer_to_be_taken() -> None:
    plain, patient = (Network(3, 2, backend="glass", push_wait=wait).run(rounds=0).info for wait in (60, 660))
    assert plain is not None and patient is not None
    assert patient.genesis_time == plain.genesis_time + 600


def test_a_resharing_waits_as_the_network_was_told() -> None:
    net = Network(3, 2, seed=1, backend="glass", wait=900, push_wait=30).run(rounds=2)
    begun = net.now
    net.isolate(1)
    net.at(begun + 300, lambda: net.rejoin(1))  # five times as long as a resharing waits otherwise
    net.reshare(threshold=3, joining=1)
    net.run(rounds=150)
    group = net.node(0).group
    assert group is not None and len(group) == 4
    assert group.transition_time - begun >= 300 + 30 + 3 * 10


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"wait": 0}, "wait: expected seconds above 0, got 0"),
        ({"push_wait": -2}, "push_wait: expected seconds above 0, got -2"),
        ({"push_wait": 1e12}, "push_wait: expected seconds of at most"),
        ({"wait": True}, "wait: expected seconds above 0"),
    ],
)
def test_a_wait_that_is_none_is_refused(options: dict[str, float], said: str) -> None:
    with pytest.raises(LocalError, match=said):
        Network(3, 2, backend="glass", **options)  # type: ignore[arg-type]
