"""Meshes over time: they form within seconds, stay within their bounds, and both ends know of each other."""

from __future__ import annotations

from drandlab.simulation.pubsub.gossip_network import GossipNetwork
from drandlab.simulation.reading.meshes import Meshes, meshes_of


def test_the_meshes_of_the_journal_are_those_of_the_routers() -> None:
    net = GossipNetwork(30, rounds=3, seed=3).run()
    net.leave(7)
    net.run(until=net.now + 2)
    meshes = meshes_of(net.journal)
    for host in net.hosts:
        names = {net.world.hosts[peer].name for peer in host.driver.router.mesh(net.topic)} if host.up else set()
        assert set(meshes.of[host.name]) == names
    assert meshes.of[7] == {} and not any(7 in mesh for mesh in meshes.of.values())
    assert 2 * len(meshes.links) == sum(map(len, meshes.of.values())), "grafts are answered: both ends have each other"


def test_meshes_form_within_seconds() -> None:
    net = GossipNetwork(40, rounds=1, seed=3).run()
    start, sizes = net.journal.entries("gossip")[0].time, []

    def look(time: float, meshes: Meshes) -> None:
        sizes.append(sum(map(len, meshes.of.values())) / 38)

    meshes_of(net.journal, [start, start + 1, start + 4, start + 1000], look)
    assert sizes[0] == 0 and sizes[0] < sizes[1] <= sizes[2] and 5 <= sizes[3] <= 12
