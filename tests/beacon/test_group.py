"""Groups: every hash, seed and rule against production's."""

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drandlab.algebra.polynomial import Polynomial
from drandlab.algebra.shamir import Share
from drandlab.beacon.chain_info import ChainInfo
from drandlab.beacon.forms.toml_files import DistributedShare, group_from_toml, group_to_toml
from drandlab.beacon.group import Group, Node, dist_public_hash
from drandlab.beacon.identity import Identity, KeyPair
from drandlab.crypto.bls import BLS
from drandlab.crypto.feldman import PublicPolynomial, minimum_threshold
from drandlab.crypto.schemes import SCHEMES, scheme
from drandlab.errors import FormatError, LocalError, VerificationError

H = bytes.fromhex
NOW = 1_800_000_000


@pytest.fixture(scope="module")
def old(vectors):
    return vectors("drand")


@pytest.fixture(scope="module")
def rows(vectors):
    return vectors("kyber")["drand"]["groups"]


def seconds(text):
    return int((text or "0s").removesuffix("s"))


def group_of(row, nodes, coefficients, **more):
    used = scheme(row.get("scheme", ""))
    bls = BLS.of(used)
    return Group(
        nodes=[
            Node(
                node["index"],
                Identity(
                    address=node.get("address", f"node{node['index']}:1"),
                    key=bls.decode_key(H(node["key"])),
                    scheme=used,
                ),
            )
            for node in nodes
        ],
        scheme=used,
        threshold=row["threshold"],
        genesis_time=row["genesis_time"],
        transition_time=row["transition_time"],
        public=PublicPolynomial.decode(bls.keys, [H(c) for c in coefficients]) if coefficients else None,
        beacon_id=row["beacon_id"],
        **more,
    )


def test_real_groups(old):
    for row in old["groups"]:
        group = group_of(
            row,
            row["nodes"],
            row["public_key_coefficients"],
            period=seconds(row["period"]),
            catchup_period=seconds(row["catchup_period"]),
            genesis_seed=H(row["genesis_seed_in_file"]),
        )
        for node, wanted in zip(group.nodes, row["nodes"], strict=True):
            assert node.node_hash.hex() == wanted["node_hash"]
        assert dist_public_hash(group.public).hex() == row["dist_public_hash"]
        assert group.group_hash.hex() == group.specification_hash.hex() == row["hash_full"]
        assert replace(group, public=None).group_hash.hex() == row["hash_without_public_key"]
        assert group.first_seed(1).hex() == row["hash_without_public_key_and_transition"]
        assert group.chain_info.chain_hash.hex() == row["chain_hash"]
    by_name = {row["name"]: row for row in old["groups"]}
    assert by_name["200521"]["genesis_seed_in_file"] == by_name["200521"]["hash_without_public_key"]
    assert [node["index"] for node in by_name["testnet-2023"]["nodes"]] == [0, 2, 3, 7, 8, 9, 10, 11]


def test_the_two_rules_of_the_first_seed(old):
    for name, version in (("200521", 1), ("demo-v2", 2)):
        row = next(row for row in old["groups"] if row["name"] == name)
        before = group_of(row | {"transition_time": 0}, row["nodes"], None, period=seconds(row["period"]))
        public = PublicPolynomial.decode(BLS.of(before.scheme).keys, [H(c) for c in row["public_key_coefficients"]])
        after = before.completed(public, [node.index for node in before.nodes], version)
        assert after.genesis_seed.hex() == row["genesis_seed_in_file"]
        assert after.group_hash.hex() == row["hash_full"]
        assert after.chain_info.chain_hash.hex() == row["chain_hash"]
        assert after.first_seed(version) == after.genesis_seed
    with pytest.raises(LocalError, match="version 2: the seed hashes the public key"):
        before.first_seed(2)
    for call in (before.first_seed, lambda version: before.completed(public, [0, 1, 2, 3], version)):
        with pytest.raises(LocalError, match="rules of the genesis seed are 1 and 2"):
            call(3)


def test_synthetic_hashes(old):
    rows = old["group_hash_synthetic"]
    for row in rows:
        group = group_of(row, row["nodes"], row["coefficients"], period=30)
        assert group.group_hash.hex() == row["hash"]
        assert [node.node_hash.hex() for node in group.nodes] == [node["node_hash"] for node in row["nodes"]]
        reordered = replace(group, nodes=tuple(reversed(group.nodes)))
        assert reordered.group_hash == group.group_hash and reordered == group
    assert any(row["beacon_id"] not in ("", "default") for row in rows)


def test_groups_of_the_production_daemon(rows):
    """30 groups of all five schemes: node, public, group and chain hashes, and the lazy seed."""
    assert len(rows) == 30 and {row["scheme"] for row in rows} == set(SCHEMES)
    for row in rows:
        nodes = [node | {"key": node["public"]} for node in row["nodes"]]
        group = group_of(row, nodes, row["coefficients"], period=row["period"], catchup_period=row["catchup_period"])
        assert [node.node_hash.hex() for node in group.nodes] == [node["hash"] for node in row["nodes"]]
        assert group.group_hash.hex() == row["group_hash"]
        if row["transition_time"] in (0, row["genesis_time"]):
            assert group.seed.hex() == row["genesis_seed"]
        else:  # a reshared group brings the seed of the first one
            assert group.seed.hex() != row["genesis_seed"]
            group = replace(group, genesis_seed=H(row["genesis_seed"]))
            assert group.group_hash.hex() == row["group_hash"]
        assert (group.specification_hash == group.group_hash) is (row["beacon_id"] in ("", "default"))
        if row["coefficients"]:
            assert dist_public_hash(group.public).hex() == row["dist_public_hash"]
            assert group.chain_info.chain_hash.hex() == row["chain_hash"]
            if "chain_info_json" in row:
                assert ChainInfo.from_json(row["chain_info_json"]) == group.chain_info
                assert group.chain_info.to_json() == row["chain_info_json"].strip()
        else:
            with pytest.raises(LocalError, match="no public key yet"):
                _ = group.chain_info


def test_demo_share_lies_on_the_public_polynomial(old):
    row = old["demo_node"]["share"]
    bls = BLS.of(scheme())
    public = PublicPolynomial.decode(bls.keys, [H(c) for c in row["commits"]])
    share = Share(index=row["index"], value=bls.field.from_bytes(H(row["value"])))
    assert DistributedShare(share=share, public=public, scheme=scheme()).share.x == row["x_coordinate"]
    assert public.share(row["index"]).hex() == row["public_share"]


# -- laws and bad input, on the glass curve ---------------------------------------------------------------------------

PAIRS = [KeyPair.generate(f"node{i}.example.org:80", scheme(), random.Random(i), backend="glass") for i in range(7)]
IDENTITIES = [pair.identity for pair in PAIRS]
KEYS = IDENTITIES[0].key.group


def fresh(n=5, **more):
    more = {"threshold": minimum_threshold(n), "period": 30, "genesis_time": NOW + 100} | more
    return Group.of(IDENTITIES[:n], scheme=scheme(), **more)


def polynomial(threshold, seed=1):
    return PublicPolynomial.commit(Polynomial.random(KEYS.field, threshold - 1, random.Random(seed)), KEYS, threshold)


@given(st.permutations(IDENTITIES))
def test_indices_follow_the_bytes_of_the_keys(identities):
    group = Group.of(identities, scheme=scheme(), threshold=4, period=30, genesis_time=NOW)
    keys = [bytes(node.identity.key) for node in group.nodes]
    assert keys == sorted(keys) and [node.index for node in group.nodes] == list(range(7))
    assert group.group_hash == fresh(7, genesis_time=NOW).group_hash


@pytest.mark.parametrize(
    ("change", "hashed", "equal"),
    [
        ({"threshold": 4}, True, False),
        ({"period": 31}, False, False),
        ({"catchup_period": 7}, False, True),
        ({"genesis_time": NOW + 101}, True, True),
        ({"transition_time": NOW + 130}, True, False),
        ({"genesis_seed": bytes(32)}, False, False),
        ({"beacon_id": "other"}, True, False),
        ({"beacon_id": ""}, False, True),
        ({"public": polynomial(3)}, True, False),
    ],
)
def test_what_is_hashed_and_what_is_compared(change, hashed, equal):
    group = fresh()
    # a seed of their own keeps the lazily made one from telling the groups apart
    group = replace(group, genesis_seed=b"\1" * 32)
    changed = replace(group, **change)
    assert (changed.group_hash != group.group_hash) is hashed
    assert (changed == group) is equal
    assert not equal or hash(changed) == hash(group)


def test_nodes_are_compared_by_index_address_and_key():
    group = fresh()
    first = group.nodes[0]
    unsigned = replace(group, nodes=(Node(first.index, replace(first.identity, signature=b"")), *group.nodes[1:]))
    assert unsigned == group
    assert [node.index for node in unsigned.unsigned()] == [first.index] and group.unsigned() == ()
    moved = replace(group, nodes=(Node(first.index, replace(first.identity, address="b:1")), *group.nodes[1:]))
    assert moved != group and moved.group_hash == group.group_hash
    assert replace(group, nodes=(Node(9, first.identity), *group.nodes[1:])) != group
    assert group != "a group"


def test_members_are_found():
    group = fresh(4)
    assert len(group) == 4
    for node in group.nodes:
        assert group.node(node.index) is node and group.find(node.identity) is node
    assert group.node(4) is None and group.find(IDENTITIES[5]) is None
    assert group.find(replace(group.nodes[0].identity, address="b:1")) is None


def test_a_finished_group_keeps_the_qualified_nodes_and_has_its_seed_for_ever():
    before = fresh(5)
    for version in (1, 2):
        after = before.completed(polynomial(3), [0, 2, 4], version)
        assert [node.index for node in after.nodes] == [0, 2, 4]
        assert after.transition_time == (0 if version == 1 else before.genesis_time)
        assert after.seed == (before.group_hash if version == 1 else after.group_hash)
        handed_on = fresh(4, genesis_seed=after.seed, transition_time=NOW + 400).completed(polynomial(3, 2), range(4))
        assert handed_on.seed == after.seed != handed_on.group_hash and handed_on.transition_time == NOW + 400
    with pytest.raises(LocalError, match="qual: no node of the group has index 7"):
        before.completed(polynomial(3), [0, 1, 2, 7])
    with pytest.raises(LocalError, match="threshold"):
        before.completed(polynomial(3), [0, 1])


def test_a_group_may_take_over_only_the_same_chain_and_in_time():
    running = fresh(5).completed(polynomial(3), range(5))
    terms = {"genesis_time": running.genesis_time, "genesis_seed": running.seed, "transition_time": NOW + 600}
    running.check_transition(fresh(4, **terms), NOW + 600.9)
    for change, reason in (
        ({"genesis_time": NOW + 101}, "genesis time must stay"),
        ({"period": 31}, "period must stay 30, the new group has 31"),
        ({"beacon_id": "other"}, "beacon ID must stay default"),
        ({"genesis_seed": bytes(32)}, "genesis seed must stay"),
        ({"transition_time": NOW + 599}, "past"),
    ):
        with pytest.raises(VerificationError, match=reason):
            running.check_transition(fresh(4, **terms | change), NOW + 600.9)


@pytest.mark.parametrize("n", range(1, 8))
@pytest.mark.parametrize("threshold", range(9))
def test_thresholds(n, threshold):
    if n // 2 + 1 <= threshold <= n:
        assert fresh(n, threshold=threshold).threshold == threshold
    else:
        with pytest.raises(LocalError, match=f"threshold: {n} nodes need one from {n // 2 + 1}"):
            fresh(n, threshold=threshold)


def test_bad_groups_name_what_is_wrong():
    group = fresh()
    first, second = group.nodes[:2]
    py_ecc = KeyPair.of(7, "a:1", scheme(), backend="py_ecc").identity
    other = KeyPair.of(7, "a:1", scheme("bls-unchained-g1-rfc9380"), backend="glass").identity
    for change, message in (
        ({"nodes": ()}, "nodes: expected at least one, got none"),
        ({"nodes": (first, Node(0, second.identity), *group.nodes[2:])}, "nodes: index 0 comes twice"),
        ({"nodes": (first, Node(1, first.identity), *group.nodes[2:])}, "nodes: the key .* of node 1 comes twice"),
        ({"nodes": (*group.nodes[:4], Node(4, py_ecc))}, "nodes: keys of .* in one group"),
        ({"nodes": (*group.nodes[:4], Node(4, other))}, "nodes: keys of .* in one group"),
        ({"scheme": other.scheme}, "nodes: bls-unchained-g1-rfc9380 has keys on G2"),
        ({"threshold": True}, "threshold: expected a whole number"),
        ({"period": 0}, "period: "),
        ({"period": 1.5}, "period: "),
        ({"catchup_period": -1}, "catchup_period: "),
        ({"genesis_time": 0}, "genesis_time: "),
        ({"transition_time": 1 << 63}, "transition_time: "),
        ({"genesis_seed": bytes(31)}, "genesis_seed: expected 32 bytes"),
        ({"genesis_seed": "ab" * 16}, "genesis_seed: expected bytes, got text"),
        ({"genesis_seed": None}, "genesis_seed: expected bytes, got None"),
        ({"beacon_id": "\ud800"}, "beacon_id: not a text"),
        ({"public": polynomial(4)}, "public: a threshold of 3 needs as many coefficients, got 4"),
        ({"public": PublicPolynomial(other.key.group, [other.key] * 3)}, "public: expected points"),
    ):
        with pytest.raises(LocalError, match=message):
            replace(group, **change)
    with pytest.raises(LocalError, match="index: "):
        Node(1 << 32, first.identity)


def test_a_transition_before_genesis_is_refused():
    group = fresh()
    assert replace(group, transition_time=group.genesis_time).first_round == 1
    for early in (1, group.genesis_time - group.period, group.genesis_time - 1):
        with pytest.raises(LocalError, match=f"a time from genesis .* on, got {early}: "):
            replace(group, transition_time=early)
    text = group_to_toml(replace(group, transition_time=group.genesis_time + 30))
    early = text.replace(f"TransitionTime = {group.genesis_time + 30}", "TransitionTime = 7")
    with pytest.raises(FormatError, match='field "TransitionTime": expected 0 or a time from genesis'):
        group_from_toml(early, backend="glass")
