"""What crossed the thin link, as the journal has it, and the bytes of a DKG of 24 members."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

import drandlab as dl
from drandlab.dkg.codec import encode, to_packet
from drandlab.dkg.packets import DealBundle, ResponseBundle
from drandlab.node.setup.setup_packets import StartDKG
from drandlab.node.setup.setup_rules import session_id
from drandlab.node.signer import RunDKG, SendBundle, Signer, TakeBundle
from drandlab.simulation.network import START
from drandlab.simulation.reading.crossings import thin_links_of
from drandlab.simulation.world.passes import Satellite
from drandlab.testing import KnownGroup
from drandlab.wire.dkg_control_pb2 import DKGPacket, GossipMetadata, GossipPacket
from drandlab.wire.envelope import serialize

BANDWIDTH = 1200
"""Bytes a second of a link of 9.6 kbit/s."""


def network(**more):
    flies = Satellite(3, "crypto", [("a", START, START + 300), ("b", START + 250, START + 3000)], proxy=True, **more)
    return dl.Network(4, 3, backend="glass", period=10, satellites=[flies])


def test_everything_that_crossed_is_counted_once_and_in_its_place():
    net = network().run(rounds=3)
    net.reshare(threshold=3)
    net.run(rounds=12)
    [use] = thin_links_of(net.journal)
    up = [entry.what for entry in net.journal.entries("uplink")]
    down = [entry.what for entry in net.journal.entries("downlink")]
    assert (use.node, use.total.messages_up, use.total.bytes_up) == (3, len(up), sum(what.size for what in up))
    assert (use.total.messages_down, use.total.bytes_down) == (len(down), sum(what.size for what in down))
    assert use.total.round_trips == len(net.journal.entries("answered"))
    assert [(run.kind, run.contacts, run.code) for run in use.runs] == [("dkg", 1, ""), ("reshare", 1, "")]
    signing = sum(one.bytes_up for one in use.rounds.values())
    forgetting = sum(what.size for what in up if what.what == "Forget")
    assert signing + forgetting + sum(run.crossed.bytes_up for run in use.runs) == use.total.bytes_up
    assert sorted(use.rounds) == list(range(1, 16)) and use.round_trips_a_round == 1
    assert use.total.bytes == use.total.bytes_up + use.total.bytes_down
    assert use.runs[1].crossed.bytes_up > use.runs[0].crossed.bytes_up, "the old group goes up as well"


def test_a_round_costs_one_small_frame_each_way():
    net = network().run(rounds=3)
    [use] = thin_links_of(net.journal)
    round = use.rounds[2]
    assert (round.messages_up, round.messages_down) == (1, 1)
    assert round.bytes_up == 1 + 3 * 8 + 1 + 8 + 4
    assert round.bytes_down == 1 + 8 + 2 + (1 + 4) + (8 + 2) + 2 + net.info.scheme.signature_length + 4


def test_a_network_without_a_split_node_has_none():
    assert thin_links_of(dl.Network(3, backend="glass").run(rounds=1).journal) == []


# -- a DKG of 24 members with the threshold 13 ------------------------------------------------------------------------


def packets(scheme):
    """What the 23 others send in a DKG of 24."""
    known = KnownGroup(24, 13, scheme=scheme)
    group = replace(known.group, public=None)
    start = StartDKG(group=group, old_group=None, session_id=session_id(group), phase_timeout=10)
    machines = [Signer(known.pairs[i], random.Random(i)) for i in range(24)]
    queue = [(i, reply) for i, machine in enumerate(machines) for reply in machine.handle(RunDKG(start), 0)]
    found = []
    while queue:
        sender, reply = queue.pop(0)
        if not isinstance(reply, SendBundle):
            continue
        if sender != 23:
            found.append(reply.bundle)
        for i, machine in enumerate(machines):
            if i != sender:
                queue += [(i, more) for more in machine.handle(TakeBundle(reply.bundle), 0)]
    return known.info.scheme, found


@pytest.mark.parametrize(
    ("scheme", "signed", "seconds", "plain", "responses"),
    [("pedersen-bls-chained", 74, 62, 71.7, 6.1), ("bls-unchained-g1-rfc9380", 115, 96, 113.6, 7.2)],
)
def test_the_bytes_of_a_dkg_of_24(scheme, signed, seconds, plain, responses):
    """74 and 115 kB: the encrypted deals of 23 others as version 2 gossips them, with keys on G1 and on G2."""
    used, found = packets(scheme)
    deals = [bundle for bundle in found if isinstance(bundle, DealBundle)]
    answers = [bundle for bundle in found if isinstance(bundle, ResponseBundle)]
    assert len(deals) == len(answers) == 23 and len(found) == 46, "nobody complains, so nobody justifies"
    gossiped = 0
    for bundle in deals:
        said = GossipMetadata(beaconID="default", signature=bytes(used.signature_length))
        packet = DKGPacket(dkg=to_packet(bundle, beacon_id="default"))
        gossiped += len(serialize(GossipPacket(metadata=said, dkg=packet)))
    assert gossiped // 1000 == signed and round(gossiped / BANDWIDTH) == seconds
    bare = sum(len(encode(bundle, beacon_id="")) for bundle in deals)
    assert round(bare / 1000, 1) == plain
    assert round(sum(len(encode(bundle, beacon_id="")) for bundle in answers) / 1000, 1) == responses
    shares = sum(32 * len(bundle.deals) for bundle in deals)
    sealed = sum(len(deal.encrypted_share) for bundle in deals for deal in bundle.deals)
    assert (sealed - shares) / bare == pytest.approx(0.5, abs=0.03), "half of it is encryption"
    points = sum(len(bytes(point)) for bundle in deals for point in bundle.commits)
    assert points + sealed == pytest.approx(bare, rel=0.1)
