"""Sybils: they fill meshes and forward nothing; false pulses and junk reach nobody who verifies."""

from __future__ import annotations

import pytest

from drandlab.simulation.checkers.gossip_rules import check_gossip
from drandlab.simulation.pubsub.gossip_network import GossipNetwork
from drandlab.simulation.pubsub.sybils import SYBILS
from drandlab.simulation.reading.spreading import spread_of


@pytest.mark.parametrize("sybil", SYBILS)
def test_sybils_forward_nothing_and_do_not_meet(sybil: str) -> None:
    net = GossipNetwork(24, sybils=12, sybil=sybil, rounds=2, seed=1, degree=6).run()
    sybils = {host.name for host in net.hosts if net.role(host.name) == "sybil"}
    assert len(sybils) == 12
    for entry in net.journal.entries("connected"):
        assert not {entry.node, entry.what.to} <= sybils
    sent = [entry.what for entry in net.journal.entries("sent") if entry.node in sybils and entry.what.about]
    assert not any("ihave" in what.about for what in sent)
    marks = {mark for what in sent for mark in what.about.get("marks", ())}
    made = {entry.what.mark.hex() for entry in net.journal.entries("message") if entry.node in sybils}
    assert marks == made and bool(made) == (sybil == "false")


def test_who_grafts_everybody_is_in_more_meshes() -> None:
    shares = {}
    for sybil in ("silent", "grafting"):
        net = GossipNetwork(40, sybils=20, sybil=sybil, rounds=1, seed=1, degree=10, detail="summary").run()
        meshes = [net.host(name).driver.router.mesh(net.topic) for name in net.clients]
        ids = {host.address for host in net.hosts if net.role(host.name) == "sybil"}
        shares[sybil] = sum(peer in ids for mesh in meshes for peer in mesh) / sum(map(len, meshes))
    assert shares["grafting"] > shares["silent"]


def test_no_false_pulse_is_taken_by_who_verifies_and_all_by_who_does_not() -> None:
    common = {"sybils": 8, "sybil": "false", "rounds": 3, "seed": 4, "degree": 6}
    verifying = GossipNetwork(20, **common).run()  # type: ignore[arg-type]
    spread = spread_of(verifying.journal)
    assert sum(not one.true for one in spread.messages.values()) == 24
    assert not any(pulse.false for pulse in spread.pulses.values())
    assert all(verdict.ok for verdict in check_gossip(verifying.journal))
    assert {entry.what.code for entry in verifying.journal.entries("gossip refused")} & {"fork", "signature"}
    trusting = spread_of(GossipNetwork(20, checks="none", **common).run().journal)  # type: ignore[arg-type]
    assert all(pulse.false for pulse in trusting.pulses.values())


def test_junk_is_refused_and_stops_nobody() -> None:
    net = GossipNetwork(20, sybils=8, sybil="junk", rounds=3, seed=4, degree=6).run()
    codes = {entry.what.code for entry in net.journal.entries("gossip refused")}
    assert codes & {"no-message", "not-canonical"}
    assert spread_of(net.journal).coverage == 1.0
