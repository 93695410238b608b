"""How long a set-up waits, and when nothing can come of it any more."""

from __future__ import annotations

import pytest

import drandlab as dl
from drandlab.errors import ProtocolAborted
from drandlab.simulation.network import START
from drandlab.simulation.setup_progress import is_under_way


def network(**options):
    return dl.Network(4, 3, backend="glass", **options)


@pytest.mark.parametrize("wait", [60, 5000])
def test_who_never_comes_is_waited_for_as_long_as_is_said(wait):
    net = network(wait=wait)
    net.crash(2)
    with pytest.raises(ProtocolAborted, match="no node has a key: 3 of the 4 expected nodes are here at the time-out"):
        net.run(rounds=1)
    assert wait <= net.now - START <= wait + 2


def test_without_a_coordinator_nothing_can_come():
    net = network()
    net.crash(0)
    assert not is_under_way(net.hosts)
    with pytest.raises(ProtocolAborted, match="no node has a key: the coordinator, node 0, is down"):
        net.run(rounds=1)
    assert net.now - START == 1


def test_a_network_with_its_key_has_no_set_up_under_way():
    net = network()
    assert is_under_way(net.hosts)
    assert not is_under_way(net.run(rounds=1).hosts)
