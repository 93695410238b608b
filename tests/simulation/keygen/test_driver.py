"""A key generation runs on the hosts and links of the simulated world, with or without delays."""

from __future__ import annotations

import pytest

from drandlab.dkg.codec import encode
from drandlab.errors import DrandlabError
from drandlab.simulation.keygen.driver import PacketCache
from drandlab.simulation.keygen.run import NO_DELAY, Run, generate_key, reshare, run
from drandlab.simulation.misbehaviour.keygen import parse
from drandlab.simulation.world.links import Latency, Link

SLOW = Link(latency=Latency(kind="lognormal", mean=0.5, spread=0.5))


def keygen(link: Link = NO_DELAY, *faults: str, fast_sync: bool = True) -> Run:
    configs = generate_key(5, 3, seed=1, backend="glass", fast_sync=fast_sync).configs
    return run(configs, seed=1, faults=map(parse, faults), link=link)


@pytest.mark.parametrize("fast_sync", [True, False])
@pytest.mark.parametrize("faults", [(), ("wrong-share:1:holder=3",), ("silent:2",)])
def test_delays_change_when_a_key_is_there_and_not_which(faults: tuple[str, ...], fast_sync: bool) -> None:
    at_once, slow = keygen(NO_DELAY, *faults, fast_sync=fast_sync), keygen(SLOW, *faults, fast_sync=fast_sync)
    assert slow.agreed.public == at_once.agreed.public and slow.agreed.qual == at_once.agreed.qual
    assert {entry.time for entry in at_once.journal} <= {0, 10, 20, 30}
    # without fast sync every phase lasts its full time
    assert (max(entry.time for entry in slow.journal) > 0.5) and (fast_sync or slow.journal.entries("tick"))


def test_a_packet_that_comes_after_its_phase_is_none() -> None:
    late = Link(latency=Latency(kind="constant", mean=11.0))
    found = keygen(late, fast_sync=False)
    assert found.results == {} and {str(type(error).__name__) for error in found.errors.values()} == {"ProtocolAborted"}


def test_a_dkg_and_its_resharing_take_links_with_delays() -> None:
    first = generate_key(4, 3, seed=2, backend="glass", link=SLOW)
    second = reshare(first, threshold=3, joining=1, link=SLOW)
    assert first.agreed.public == generate_key(4, 3, seed=2, backend="glass").agreed.public
    assert second.agreed.key == first.agreed.key and min(e.time for e in second.journal.entries("done")) > 0.5


def test_a_packet_that_is_lost_or_comes_twice_does_no_harm() -> None:
    rough = Link(latency=Latency(kind="exponential", mean=0.2), loss=0.3, duplicate=0.3)
    assert keygen(rough).agreed.public == keygen().agreed.public


def test_each_host_is_in_the_journal_under_its_address() -> None:
    found = keygen()
    starts = found.journal.entries("start")
    assert [entry.details["address"] for entry in starts] == [f"node{name}.example.org:4444" for name in range(5)]
    assert [entry.details["key"] for entry in starts] == [bytes(found.configs[n].key).hex() for n in range(5)]
    truncated = keygen(NO_DELAY, "truncated:4")
    senders = {entry.details["sender"] for entry in truncated.journal.entries("refused")}
    assert senders == {"node4.example.org:4444"}


@pytest.mark.parametrize("shared", [True, False])
def test_bytes_are_decoded_once_for_all_or_by_each_node(shared: bool) -> None:
    found = keygen()
    packets = PacketCache(found.group, shared=shared)
    [data] = {bytes.fromhex(e.details["data"]) for e in found.journal.entries("broadcast", 0)[:1]}
    bundle = packets.open(data)
    assert not isinstance(bundle, DrandlabError) and encode(bundle) == data
    assert (packets.open(data) is bundle) == shared and packets.open(data) == bundle
    assert isinstance(packets.open(data[:-1]), DrandlabError)
