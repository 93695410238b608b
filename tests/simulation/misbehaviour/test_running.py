"""Nodes that misbehave while the network runs: each in a whole network, refused or survived, nothing accepted lost."""

from __future__ import annotations

from collections import Counter

import pytest

import drandlab as dl
from drandlab.errors import LocalError
from drandlab.simulation.checkers.judges import check_all
from drandlab.simulation.keygen.run import generate_key
from drandlab.simulation.misbehaviour.keygen import CATALOGUE as FAULTS
from drandlab.simulation.misbehaviour.running import CATALOGUE, MisbehavingNode, parse
from drandlab.testing import CHAINED, UNCHAINED

SCHEMES = (CHAINED, UNCHAINED)
LIAR, LATE = 2, 4

# What honest nodes say of each misbehaviour; what is missing here is passed over in silence, or is not there to refuse.
REFUSED = {
    "garbage-partial": "signature",
    "truncated-partial": "partial: expected",
    "wrong-index": "own",
    "stranger-index": "there is no index",
    "other-round": "not the signature of the share",
    "early": "it is early",
    "other-network": "it is for the network 'another network'",
    "flood": "not the signature of the share",
    "malformed-partial": "signature",
    "false-beacons": "not the key's signature",
    "garbled-beacons": "no protobuf message",
    "gapped-sync": "leaves a gap",
    "other-chain": "not the key's signature",
    "noise": "no such kind 'gossip'",
}


def network(scheme: str = SCHEMES[1], seed: int = 1, backend: str = "glass") -> dl.Network:
    return dl.Network(5, 3, scheme=scheme, period=3, seed=seed, backend=backend).run(rounds=2)


def all_is_well(net: dl.Network) -> None:
    broken = [str(verdict) for verdict in check_all(net.journal) if not verdict.ok]
    assert not broken, broken


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("name", CATALOGUE)
def test_each_is_refused_or_survived(name: str, scheme: str) -> None:
    net = network(scheme)
    net.misbehave(LIAR, parse(f"{name}:{LIAR}"))
    net.crash(LATE)
    net.run(rounds=6)
    net.restart(LATE)
    net.run(rounds=16)
    all_is_well(net)
    assert [host.node.last.round for host in net.hosts] == [24] * 5
    assert [entry.details["what"] for entry in net.journal.entries("misbehaviour")] == [f"{name}:{LIAR}"]


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_stands_in_the_journal_under_its_sender(name: str, scheme: str) -> None:
    net = network(scheme, seed=4)
    net.misbehave(LIAR, parse(f"{name}:{LIAR}"))
    for late in (LATE, 3, 0) * 3:  # whoever comes back reads from one peer or another
        net.crash(late)
        net.run(rounds=4)
        net.restart(late)
        net.run(rounds=4)
    refused = net.journal.entries("refused")
    assert {entry.details["sender"] for entry in refused} == {net.hosts[LIAR].address}
    assert any(REFUSED[name] in entry.details["why"] for entry in refused), Counter(e.details["why"] for e in refused)


@pytest.mark.parametrize("name", ["malformed-partial", "garbage-partial", "flood", "other-chain", "old-share"])
def test_on_the_real_curve_too(name: str) -> None:
    net = network(backend="blst")
    net.misbehave(LIAR, parse(f"{name}:{LIAR}"))
    net.crash(LATE)
    net.run(rounds=3)
    net.restart(LATE)
    net.run(rounds=4)
    all_is_well(net)
    assert net.beacons[-1].round == 9


def test_points_off_the_group_are_told_apart() -> None:
    net = network(backend="blst")
    net.misbehave(LIAR, parse(f"malformed-partial:{LIAR}"))
    net.run(rounds=8)
    said = " ".join(entry.details["why"] for entry in net.journal.entries("refused"))
    for rule in ("infinity", "subgroup", "no point of the curve", "compression flag"):
        assert rule in said, rule


def test_silence_of_too_many_halts_the_network_and_nothing_is_lost() -> None:
    # three would not do: a silent node hears the other two, makes the beacon with them and serves it
    net = network()
    for name in (1, 2, 3, 4):
        net.misbehave(name, parse(f"silent-partials:{name}"))
    net.run(rounds=5)
    assert net.beacons[-1].round == 2
    for name in (1, 2, 3, 4):
        net.misbehave(name, None)
    net.run(rounds=12)
    assert net.beacons[-1].round == 19
    all_is_well(net)


def test_two_short_of_a_threshold_cannot_sign_ahead() -> None:
    net = network()
    for name in (1, 2):
        net.misbehave(name, parse(f"early:{name}"))
    net.run(rounds=10)
    info = net.info
    made = net.journal.entries("beacon")
    assert made and all(e.time >= info.round_time(e.details["round"]) for e in made)


def test_a_threshold_that_signs_ahead_makes_no_honest_node_store_ahead() -> None:
    net = network()
    for name in (0, 1, 2):
        net.misbehave(name, parse(f"early:{name}"))
    net.run(rounds=10)
    info = net.info
    stored = [entry for entry in net.journal.entries("stored") if entry.node in (3, 4)]
    # the next round is taken in by whoever has a threshold of partials, one period early at most; no round after it
    assert stored and all(e.time >= info.round_time(e.details["round"]) - info.period for e in stored)
    verdicts = {verdict.name: verdict for verdict in check_all(net.journal)}
    assert verdicts["one chain"].ok and verdicts["beacons verify"].ok and verdicts["no gap"].ok


@pytest.mark.parametrize("scheme", SCHEMES)
def test_old_shares_are_worth_nothing_after_a_resharing(scheme: str) -> None:
    net = dl.Network(5, 3, scheme=scheme, period=3, seed=1, backend="glass", phase_timeout=3).run(rounds=2)
    net.misbehave(LIAR, parse(f"old-share:{LIAR}"))
    net.run(rounds=1)
    net.reshare(threshold=4, joining=2)
    net.run(rounds=20)
    all_is_well(net)
    refused = net.journal.entries("refused")
    assert {entry.details["sender"] for entry in refused} == {net.hosts[LIAR].address}
    assert any("not the signature of the share" in entry.details["why"] for entry in refused)
    assert all(host.node.last.round == 23 for host in net.hosts)


@pytest.mark.parametrize("name", ["endless-sync", "slow-sync", "mute-sync"])
def test_a_server_that_gives_nothing_of_use_is_left_behind(name: str) -> None:
    # both others that are up behave like this until the last one comes back: whoever reads changes peers
    net = network()
    for peer in (1, 2):
        net.misbehave(peer, parse(f"{name}:{peer}"))
    net.crash(LATE)
    net.run(rounds=10)
    net.restart(LATE)
    net.run(rounds=40)
    assert net.node(LATE).last.round == 52


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("name", ["garbled-beacons", "false-beacons", "other-chain", "false-end"])
def test_a_damaged_disk_is_mended_among_liars_without_waiting(name: str, scheme: str) -> None:
    net = network(scheme)
    net.run(rounds=4)
    for peer in (0, 1, 2):
        net.misbehave(peer, parse(f"{name}:{peer}"))
    host = net.hosts[LATE]
    host.disk.damage([2, 3, 6])
    net.world.log(LATE, "damage", rounds=[2, 3, 6])
    net.world.log(LATE, "check", up_to=0)
    host.carry_out(host.node.check_chain(host.now))
    net.run(rounds=1)
    mended = [e.details["round"] for e in net.journal.entries("stored", LATE) if e.details["by"] == "repair"]
    assert mended == [2, 3, 6]
    refused = net.journal.entries("refused", LATE)
    assert bool(refused) == (name != "false-end") and all(e.details["what"] == "beacon" for e in refused)
    all_is_well(net)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_node_that_restarts_on_a_damaged_last_round_goes_on_once_it_is_mended(scheme: str) -> None:
    net = network(scheme)
    host = net.hosts[LATE]
    net.crash(LATE)
    host.disk.damage([2])
    net.world.log(LATE, "damage", rounds=[2])
    net.restart(LATE)
    net.run(rounds=3)
    assert (host.node.last.round == 2) == (scheme == SCHEMES[0])  # only links tell a chained node that it is wrong
    net.world.log(LATE, "check", up_to=0)
    host.carry_out(host.node.check_chain(host.now))
    net.run(rounds=5)
    assert host.node.last.round == 10
    all_is_well(net)


def test_several_at_once_on_one_host() -> None:
    net = network()
    for name in CATALOGUE:
        net.misbehave(LIAR, parse(f"{name}:{LIAR}"))
    net.run(rounds=3)
    net.crash(LATE)
    net.run(rounds=3)
    net.restart(LATE)
    net.run(rounds=10)
    all_is_well(net)
    assert net.beacons[-1].round == 18


def test_the_same_seed_gives_the_same_journal() -> None:
    def run() -> str:
        net = network()
        for n, name in enumerate(("flood", "replay", "noise")):
            net.misbehave(n, parse(f"{name}:{n}"))
        return net.run(rounds=5).journal.digest()

    assert run() == run()


def test_one_value_serves_several_networks() -> None:
    one = parse("garbage-partial:2")
    digests = set()
    for _ in range(2):
        net = network()
        net.misbehave(2, one)
        digests.add(net.run(rounds=3).journal.digest())
    assert len(digests) == 1


@pytest.mark.parametrize("name", CATALOGUE)
def test_text_and_value(name: str) -> None:
    one = parse(f"{name}:3")
    assert one == MisbehavingNode(name, 3)
    assert (one.node, str(one)) == (3, f"{name}:3")
    assert CATALOGUE[name].about and CATALOGUE[name].touches


def test_no_name_is_in_both_catalogues() -> None:
    # a journal says "mischief" for both, and must be clear
    assert not CATALOGUE.keys() & FAULTS.keys()
    assert generate_key(3, 2, backend="glass").results


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("shy:1", "misbehaviour 'shy:1': expected one of silent-partials, "),
        ("flood", "misbehaviour 'flood': expected NAME:NODE, the node as a number"),
        ("flood:one", "the node as a number"),
        ("flood:1:2", "the node as a number"),
        ("flood:-1", "the node as a number"),
        ("", "expected one of"),
    ],
)
def test_unknown_text_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(LocalError, match=sentence):
        parse(text)


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(LocalError, match="misbehaviour: expected one of"):
        MisbehavingNode("shy", 1)
