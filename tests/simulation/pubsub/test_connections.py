"""PeerConnections: nobody dials itself, twice, who is down, or who is apart; the other end notices a close later."""

from __future__ import annotations

from drandlab.simulation.pubsub.gossip_network import GossipNetwork


def quiet() -> GossipNetwork:
    net = GossipNetwork(6, rounds=1, degree=1)
    return net.run(until=net.now + 3)


def test_a_connection_has_two_ends_and_is_made_once() -> None:
    net = quiet()
    a, b = net.host(2).address, net.host(3).address
    net.connections.close(a, [b])
    net.run(until=net.now + 1)
    assert not net.connections.joined(a, b) and not net.connections.dial(a, a) and not net.connections.dial(a, "nobody")
    assert net.connections.dial(a, b) and not net.connections.dial(b, a), "it is being dialled"
    assert not net.connections.joined(a, b)
    net.run(until=net.now + 0.5)
    assert net.connections.joined(a, b) and net.connections.joined(b, a) and not net.connections.dial(a, b)
    assert b in net.host(2).driver.router.peers and a in net.host(3).driver.router.peers


def test_who_leaves_loses_its_connections_and_the_others_notice() -> None:
    net = quiet()
    address = net.host(4).address
    others = net.connections.of(address)
    assert others
    net.leave(4)
    assert net.connections.of(address) == ()
    ends = [host for host in net.hosts if host.address in others]
    assert all(address in host.driver.router.peers for host in ends), "they do not know yet"
    net.run(until=net.now + 0.2)
    assert not any(address in host.driver.router.peers for host in ends)
    assert not net.connections.dial(others[0], address), "it is down"
    net.leave(4)
    assert len(net.journal.entries("peer left")) == 1
    net.come_back(4)
    net.come_back(4)
    net.run(until=net.now + 3)
    assert net.connections.of(address) and len(net.journal.entries("peer back")) == 1
