"""The daemon's files: byte for byte as it writes them, read strictly."""

import hashlib
import random
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drandlab.algebra.polynomial import Polynomial
from drandlab.algebra.shamir import Share
from drandlab.beacon.forms.toml_files import (
    LAYOUTS,
    DistributedShare,
    Proposal,
    group_from_toml,
    group_to_toml,
    identity_from_toml,
    identity_to_toml,
    key_pair_from_toml,
    proposal_from_toml,
    proposal_to_toml,
    secret_to_toml,
    share_from_toml,
    share_to_toml,
)
from drandlab.beacon.group import Group
from drandlab.beacon.identity import KeyPair
from drandlab.crypto.feldman import PublicPolynomial
from drandlab.crypto.schemes import SCHEMES, scheme
from drandlab.errors import FormatError, LocalError
from drandlab.testing import CHAINED, UNCHAINED
from drandlab.wire.go_toml import duration_text, seconds_field, toml_text

NAMES = UNCHAINED, CHAINED


@pytest.fixture(scope="module")
def old(vectors):
    return vectors("drand")


@pytest.fixture(scope="module")
def rows(vectors):
    return vectors("kyber")["drand"]["groups"]


# -- what production wrote --------------------------------------------------------------------------------------------


def test_group_files_of_the_production_daemon(rows):
    """12 files of two schemes: read, compared with their figures, and written again."""
    rows = [row for row in rows if "toml" in row]
    assert len(rows) == 12 and {row["scheme"] for row in rows} == set(NAMES)
    for row in rows:
        group = group_from_toml(row["toml"])
        assert group_to_toml(group) == row["toml"]
        assert group.group_hash.hex() == row["group_hash"]
        assert (group.period, group.catchup_period) == (row["period"], row["catchup_period"])
        assert (group.threshold, group.beacon_id) == (row["threshold"], row["beacon_id"])
        assert group.unsigned() == ()
        if row["coefficients"]:
            assert [point.hex() for point in group.public.commits] == row["coefficients"]
            assert group.chain_info.chain_hash.hex() == row["chain_hash"]


def real_file(old, name, layout):
    """The text of a real group file, rebuilt from its figures alone."""
    [row] = [row for row in old["groups"] if row["name"] == name]
    form = LAYOUTS[layout]
    signatures = {identity["key"]: identity["signature"] for identity in old["identities"]}
    plain = {"Threshold": row["threshold"], "Period": row["period"]}
    if form.names:
        plain["CatchupPeriod"] = row["catchup_period"]
    plain |= {
        "GenesisTime": row["genesis_time"],
        "TransitionTime": row["transition_time"],
        "GenesisSeed": row["genesis_seed_in_file"],
    }
    if form.names:
        plain |= {"SchemeID": row["scheme"], "ID": row["beacon_id"]}
    tables = []
    for node in row["nodes"]:
        table = {"Address": node["address"], "Key": node["key"]}
        table |= {"TLS": True} if form.tls else {}
        table |= {"Signature": signatures[node["key"]]} if form.signature else {}
        table |= {"SchemeName": row["scheme"]} if form.key_scheme else {}
        tables.append(("[[Nodes]]", table | {"Index": node["index"]}))
    tables.append(("[PublicKey]", {"Coefficients": row["public_key_coefficients"]}))
    return toml_text(plain, tables), row


@pytest.mark.parametrize(
    ("name", "layout", "digest"),
    [
        # SHA-256 of the files in drand's repository: the League of Entropy of 2020, a network of 2022
        ("200521", "1.0", "045a50e2ccff1949e8ffb422b2f920c69174b213eca2268b41d6b809ba6a18cf"),
        ("incentinet2", "1.4", "ccab39f4e731f1ceefd00cd28f6b8a02c73e4a97ceb8fe0922f53e6ad5a58d28"),
        ("testnet-2023", "1.5", None),
        ("demo-v2", "2", None),
    ],
)
def test_real_group_files(old, name, layout, digest):
    text, row = real_file(old, name, layout)
    assert digest is None or hashlib.sha256(text.encode()).hexdigest() == digest
    group = group_from_toml(text)
    assert group_to_toml(group, layout=layout) == text
    assert group.group_hash.hex() == row["hash_full"]
    assert group.chain_info.chain_hash.hex() == row["chain_hash"]
    if LAYOUTS[layout].signature:
        assert group.unsigned(1 if layout.startswith("1") else 2) == ()


@pytest.mark.parametrize(
    ("name", "digests"),
    [
        # SHA-256 of what drand 1.5.11 writes for this group, its first node's key pair, and a share
        (
            "pedersen-bls-chained",
            {
                "group": "2eb3d1169003fc885bd15cb13bd687a4702211442845738345884d1f08a63530",
                "private": "9749274b7e060b006fe08fbc3e2a87e7fac166c31121e98273a14309b952303e",
                "public": "afee7e46ebd404535d8a0dfac9af34b4f4b8c3697de7e7b7ce1b030e27369d6b",
                "share": "afca80d50c06808739141ec228607b19b03c1648485cd1d9aebc8106e8a97ad2",
            },
        ),
        (
            "bls-unchained-on-g1",
            {
                "group": "54d74d45eeb064c57f6fa1c636549ca8c2914243cda20e06e41c2446b92b47de",
                "private": "a552e4e0e2ee7554219d93970ae6d555329aeb50114aaca5860fd7e6f54b29c4",
                "public": "5dfed4fdeff0ac4c35d7e48c7983546dc95362ffef14866c1bedb543e92bea0e",
                "share": "04700c27733da6410c050f4bc227af9c59d73cfe2d4ef033c5a27b9e09c4fca6",
            },
        ),
    ],
)
def test_files_of_drand_1_5(vectors, name, digests):
    rows = vectors("kyber")["drand"]["identities"]
    used = scheme(name)
    pairs = [
        KeyPair.of(int(row["private"], 16), row["address"], used, version=1, tls=i % 2 == 0)
        for i, row in enumerate(rows)
        if row["scheme"] == name
    ]
    group = Group.of(
        [pair.identity for pair in pairs],
        scheme=used, threshold=3, period=30, catchup_period=15, genesis_time=1700000010, beacon_id="lab",
    )  # fmt: skip
    keys = pairs[0].identity.key.group
    share = DistributedShare(
        share=Share(index=0, value=pairs[0].secret + pairs[1].secret),
        public=PublicPolynomial(keys, [pair.identity.key for pair in pairs[:2]]),
        scheme=used,
    )
    texts = {
        "group": group_to_toml(group, layout="1.5"),
        "private": secret_to_toml(pairs[0], layout="1.5"),
        "public": identity_to_toml(pairs[0].identity, layout="1.5"),
        "share": share_to_toml(share, layout="1.5"),
    }
    assert {kind: hashlib.sha256(text.encode()).hexdigest() for kind, text in texts.items()} == digests
    assert group_from_toml(texts["group"]) == group and not group_from_toml(texts["group"]).unsigned(1)


def test_real_files_of_a_node(old):
    """The key pair and the share of a node of drand v2's demo."""
    row = old["demo_node"]
    keys, share = row["keypair"], row["share"]
    private = f'Key = "{keys["private"]}"\nSchemeName = "pedersen-bls-chained"\n'
    public = (
        f'Address = "127.0.0.1:38161"\nKey = "{keys["public"]}"\nSignature = "{keys["self_signature"]}"\n'
        'SchemeName = "pedersen-bls-chained"\n'
    )
    pair = key_pair_from_toml(private, public)
    assert (secret_to_toml(pair), identity_to_toml(pair.identity)) == (private, public)
    assert pair == KeyPair.of(int(keys["private"], 16), "127.0.0.1:38161", scheme())

    commits = ", ".join(f'"{point}"' for point in share["commits"])
    text = (
        f'Index = {share["index"]}\nShare = "{share["value"]}"\nCommits = [{commits}]\n'
        'SchemeName = "pedersen-bls-chained"\n'
    )
    held = share_from_toml(text)
    assert share_to_toml(held) == text
    assert held.public.share(held.share.index).hex() == share["public_share"]
    legacy = text.replace("SchemeName", f'PrivatePoly = ["{share["value"]}"]\nSchemeName')
    assert share_from_toml(legacy).share == held.share


# -- all layouts, on the glass curve ----------------------------------------------------------------------------------


def make(name="pedersen-bls-chained", n=3, seed=1, **more):
    rng = random.Random(seed)
    used = scheme(name)
    pairs = [
        KeyPair.generate(f"node{i}.example.org:80", used, rng, tls=i % 2 == 0, version=1, backend="glass")
        for i in range(n)
    ]
    group = Group.of(
        [pair.identity for pair in pairs],
        scheme=used,
        threshold=n // 2 + 1,
        period=30,
        genesis_time=1700000000,
        **more,
    )
    return group, pairs


def finished(name="pedersen-bls-chained"):
    group, pairs = make(name, catchup_period=75)
    keys = group.nodes[0].identity.key.group
    polynomial = Polynomial.random(keys.field, 1, random.Random(2))
    public = PublicPolynomial.commit(polynomial, keys, 2)
    share = DistributedShare(share=Share(index=1, value=polynomial(2)), public=public, scheme=group.scheme)
    return group.completed(public, [0, 1, 2]), pairs, share


@pytest.mark.parametrize("name", SCHEMES)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_files_written_are_read_and_written_again(name, layout):
    group, pairs, share = finished(name)
    if name != "pedersen-bls-chained" and not LAYOUTS[layout].key_scheme:
        for write in (
            lambda: secret_to_toml(pairs[0], layout=layout),
            lambda: identity_to_toml(pairs[0].identity, layout=layout),
            lambda: share_to_toml(share, layout=layout),
        ):
            with pytest.raises(LocalError, match=f"layout {layout}: names no scheme"):
                write()
        return
    text = group_to_toml(group, layout=layout)
    back = group_from_toml(text, backend="glass")
    assert group_to_toml(back, layout=layout) == text
    assert back == group and back.genesis_time == group.genesis_time
    if LAYOUTS[layout].names:
        assert back.catchup_period == 75 and 'CatchupPeriod = "1m15s"' in text
    assert [node.identity.tls for node in back.nodes] == [
        LAYOUTS[layout].tls and node.identity.tls for node in group.nodes
    ]
    pair = pairs[0]
    texts = secret_to_toml(pair, layout=layout), identity_to_toml(pair.identity, layout=layout)
    assert key_pair_from_toml(*texts, backend="glass") == pair
    text = share_to_toml(share, layout=layout)
    assert share_to_toml(share_from_toml(text, backend="glass"), layout=layout) == text


def test_a_group_of_1_4_names_its_scheme_once():
    """A 1.4 group may be unchained while its nodes name no scheme: the nodes are then of the first one, as in Go."""
    group, _ = make("pedersen-bls-unchained")
    text = group_to_toml(group, layout="1.4")
    assert "SchemeName" not in text
    back = group_from_toml(text, backend="glass")
    assert back == group and back.scheme.name == "pedersen-bls-unchained"
    assert {node.identity.scheme.name for node in back.nodes} == {"pedersen-bls-chained"}
    with pytest.raises(LocalError, match=r"layout 1.0: names no scheme"):
        group_to_toml(group, layout="1.0")


def test_absent_keys_have_production_s_defaults():
    group, _ = make()
    text = group_to_toml(group)
    for line in ("CatchupPeriod", "TransitionTime", "GenesisSeed", "SchemeID", "ID", " *SchemeName", " *Signature"):
        text = re.sub(rf"(?m)^{line} = .*\n", "", text)
    back = group_from_toml(text, backend="glass")
    assert back == group and back.beacon_id == "default" and back.seed == group.group_hash
    assert group_from_toml('CatchupPeriod = ""\n' + text, backend="glass").catchup_period == 0
    assert group_from_toml('ID = ""\n' + text, backend="glass").beacon_id == ""
    assert len(back.unsigned()) == 3


def test_proposals():
    group, pairs = make(n=5)
    one, two, three, four, five = (pair.identity for pair in pairs)
    assert proposal_to_toml(Proposal()) == ""
    first = Proposal(joining=(one, two))
    text = proposal_to_toml(first)
    assert text == "\n".join(
        f'[[Joining]]\n  Address = "{i.address}"\n  Key = "{i.key.hex()}"\n  Signature = "{i.signature.hex()}"\n'
        for i in (one, two)
    )
    full = Proposal(joining=(one,), remaining=(two, three, four), leaving=(five,))
    text = proposal_to_toml(full)
    assert re.findall(r"\[\[(\w+)\]\]", text) == ["Joining", "Leaving", *["Remaining"] * 3]
    for proposal in (Proposal(), first, full):
        text = proposal_to_toml(proposal)
        back = proposal_from_toml(text, group.scheme, backend="glass")
        assert back == proposal and proposal_to_toml(back) == text
    with pytest.raises(FormatError, match=r'proposal.toml, field "Joining\[1\].Key": G1 point'):
        proposal_from_toml(proposal_to_toml(first).replace(two.key.hex(), "00" * 48), group.scheme, backend="glass")
    with pytest.raises(FormatError, match=r'"Leader": no such key; there are Joining, Leaving, Remaining'):
        proposal_from_toml("[[Leader]]\n", group.scheme)


# -- bad input --------------------------------------------------------------------------------------------------------


def without(text, key):
    return re.sub(rf"(?m)^ *{key} = .*\n", "", text, count=1)


def with_value(text, key, value):
    return re.sub(rf"(?m)^( *{key}) = .*$", rf"\1 = {value}", text, count=1)


GROUP = group_to_toml(finished()[0])
FIRST_KEY = finished()[0].nodes[0].identity.key.hex()
SECOND_KEY = finished()[0].nodes[1].identity.key.hex()


@pytest.mark.parametrize(
    ("text", "field", "rule"),
    [
        (without(GROUP, "Threshold"), "Threshold", "the field is missing"),
        (without(GROUP, "Period"), "Period", "the field is missing"),
        (without(GROUP, "GenesisTime"), "GenesisTime", "the field is missing"),
        (without(GROUP, "Address"), "Nodes[0].Address", "the field is missing"),
        (without(GROUP, "Key"), "Nodes[0].Key", "the field is missing"),
        (without(GROUP, "Index"), "Nodes[0].Index", "the field is missing"),
        (without(GROUP, "Coefficients"), "PublicKey.Coefficients", "a list of points"),
        (with_value(GROUP, "Threshold", "1"), "Threshold", "3 nodes need one from 2"),
        (with_value(GROUP, "Threshold", "4"), "Threshold", "to 3, got 4"),
        (with_value(GROUP, "Threshold", "3"), "PublicKey", "needs as many coefficients, got 2"),
        (with_value(GROUP, "Threshold", "2.0"), "Threshold", "a whole number"),
        (with_value(GROUP, "Threshold", "true"), "Threshold", "a whole number"),
        (with_value(GROUP, "Threshold", "-1"), "Threshold", "from 0"),
        (with_value(GROUP, "Period", '"0s"'), "Period", "from 1"),
        (with_value(GROUP, "Period", "30"), "Period", "a string"),
        (with_value(GROUP, "Period", '"30"'), "Period", "a duration such as"),
        (with_value(GROUP, "Period", '"500ms"'), "Period", "whole seconds"),
        (with_value(GROUP, "Period", '"-30s"'), "Period", "0 or more"),
        (with_value(GROUP, "CatchupPeriod", "0"), "CatchupPeriod", "a string"),
        (with_value(GROUP, "GenesisTime", "0"), "GenesisTime", "from 1"),
        (with_value(GROUP, "GenesisTime", "2020-01-01"), "GenesisTime", "a whole number"),
        (with_value(GROUP, "TransitionTime", "9223372036854775808"), "TransitionTime", "from 0 to"),
        (with_value(GROUP, "GenesisSeed", '"00"'), "GenesisSeed", "32 bytes"),
        (with_value(GROUP, "GenesisSeed", '"0x00"'), "GenesisSeed", "hexadecimal"),
        (with_value(GROUP, "SchemeID", '"rsa"'), "SchemeID", "expected one of"),
        (with_value(GROUP, "SchemeID", '"bls-unchained-g1-rfc9380"'), "PublicKey.Coefficients[0]", "G2 point"),
        (with_value(GROUP, "ID", "1"), "ID", "a string"),
        (with_value(GROUP, "Index", "1"), "Nodes", "index 1 comes twice"),
        (with_value(GROUP, "Index", "4294967296"), "Nodes[0].Index", "from 0 to 4294967295"),
        (with_value(GROUP, "Address", '"nowhere"'), "Nodes[0].Address", "host:port"),
        (with_value(GROUP, "SchemeName", '"rsa"'), "Nodes[0].SchemeName", "expected one of"),
        (with_value(GROUP, "Key", '"c0' + "00" * 47 + '"'), "Nodes[0].Key", "infinity"),
        (with_value(GROUP, "Key", '"' + "00" * 47 + '"'), "Nodes[0].Key", "expected 48 bytes"),
        (GROUP.replace(SECOND_KEY, FIRST_KEY), "Nodes", "comes twice"),
        (GROUP.replace("[[Nodes]]\n", '[[Nodes]]\n  TLS = "yes"\n', 1), "Nodes[0].TLS", "true or false"),
        (GROUP.replace("[[Nodes]]\n", "[[Nodes]]\n  Port = 1\n", 1), "Nodes[0].Port", "no such key"),
        ("Treshold = 2\n" + GROUP, "Treshold", "no such key; there are Threshold"),
        (without(without(GROUP, "Coefficients"), "PublicKey") + "  Key = 1\n", "PublicKey.Key", "no such key"),
        ("Nodes = 3\n" + GROUP.split("[[")[0], "Nodes", "[[Nodes]]"),
        (GROUP.split("\n[[")[0], "Nodes", "at least one"),
        ("PublicKey = 3\n" + GROUP.split("\n[Pub")[0], "PublicKey", "expected a table"),
    ],
)
def test_bad_group_files_name_file_key_and_rule(text, field, rule):
    with pytest.raises(FormatError) as caught:
        group_from_toml(text, source="my.toml", backend="glass")
    assert caught.value.source == "my.toml" and caught.value.field == field
    assert rule in caught.value.rule
    assert str(caught.value).startswith(f'my.toml, field "{field}": ')


@pytest.mark.parametrize(
    "text",
    [
        "Threshold",
        "Threshold = 2\nThreshold = 2\n",
        "x = " + "[" * 20_000,
        "drand v1.0\n" + GROUP,
        "x = 1" + "0" * 5000,
    ],
)
def test_text_that_is_no_toml(text):
    with pytest.raises(FormatError, match=r"drand_group.toml.*: not TOML"):
        group_from_toml(text)


@given(st.data())
def test_damaged_files_are_read_or_refused_as_ours(data):
    at = data.draw(st.integers(0, len(GROUP) - 1))
    length = data.draw(st.integers(0, 40))
    text = GROUP[:at] + data.draw(st.text(max_size=8)) + GROUP[at + length :]
    try:
        group = group_from_toml(text, backend="glass")
    except FormatError as error:
        assert error.source == "drand_group.toml"
    else:
        assert group_from_toml(group_to_toml(group), backend="glass") == group


def test_bad_key_pairs_and_shares():
    _, pairs, share = finished()
    private, public = secret_to_toml(pairs[0]), identity_to_toml(pairs[0].identity)
    with pytest.raises(FormatError, match=r'drand_id.private, field "Key": not the secret of the key in drand_id'):
        key_pair_from_toml(private, identity_to_toml(pairs[1].identity), backend="glass")
    with pytest.raises(FormatError, match=r'field "SchemeName": pedersen-bls-unchained, but drand_id.public says'):
        key_pair_from_toml(private.replace("chained", "unchained"), public, backend="glass")
    order = pairs[0].secret.field.modulus
    for secret, rule in ((order, "below the order"), (0, "not the secret")):
        with pytest.raises(FormatError, match=f'drand_id.private, field "Key": .*({rule})'):
            key_pair_from_toml(with_value(private, "Key", f'"{secret:064x}"'), public, backend="glass")
    with pytest.raises(FormatError, match=r'drand_id.public, field "Signature": expected hexadecimal'):
        identity_from_toml(with_value(public, "Signature", '"zz"'), backend="glass")
    text = share_to_toml(share)
    for change, field in (
        (with_value(text, "Index", "2"), "Share"),
        (with_value(text, "Share", '"' + "00" * 32 + '"'), "Share"),
        (with_value(text, "Share", '"' + "00" * 31 + '"'), "Share"),
        (with_value(text, "Index", "-1"), "Index"),
        (with_value(text, "Commits", "[]"), "Commits"),
        (with_value(text, "Commits", "[3]"), "Commits[0]"),
        (text + "Secret = 1\n", None),
    ):
        with pytest.raises(FormatError) as caught:
            share_from_toml(change, backend="glass")
        assert (caught.value.source, caught.value.field) == ("dist_key.private", field)
    with pytest.raises(LocalError, match="does not lie on the public polynomial"):
        replace(share, share=replace(share.share, index=2))
    assert str(share.share.value.value) not in repr(share)
    with pytest.raises(LocalError, match=r"layout: expected one of 1.0, 1.4, 1.5, 2, got '3'"):
        share_to_toml(share, layout="3")


# -- durations and texts ----------------------------------------------------------------------------------------------


@given(st.integers(0, 1 << 33))
def test_durations_come_back(seconds):
    assert seconds_field({"Period": duration_text(seconds)}, "Period") == seconds


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0), ("+0", 0), ("-0", 0), ("-0s", 0), ("1m30s", 90), ("1.5m", 90), ("1500ms500ms", 2), (".5m", 30),
        ("1.s", 1), ("1h", 3600), ("1000000us", 1), ("1000000µs", 1), ("1000000μs", 1), ("2000000000ns", 2),
        ("+3s", 3), ("1s1m", 61), ("1.0000000009s", 1), ("2562047h47m16s", 9223372036),
    ],
)  # fmt: skip
def test_durations_of_go(text, seconds):
    assert seconds_field({"Period": text}, "Period") == seconds


@pytest.mark.parametrize(
    "text",
    [
        "", "1", "00", "s", ".s", "1 s", " 1s", "1s ", "1S", "1d", "1e3s", "--1s", "1s-1s", "-1s", "0.5s",
        "1.000000001s", "٣s", "2562047h47m17s", "9" * 70 + "s",
    ],
)  # fmt: skip
def test_durations_that_are_none(text):
    with pytest.raises(FormatError) as caught:
        seconds_field({"Period": text}, "Period")
    assert caught.value.field == "Period"
    with pytest.raises(LocalError, match="duration"):
        duration_text(-1)


def test_texts_are_quoted_as_go_quotes_them():
    special = 'a"b\\c\b\t\n\f\r\0\x1f\x7f é 🙂'
    wanted = 'x = "a\\"b\\\\c\\b\\t\\n\\f\\r\\u0000\\u001f\\u007f é 🙂"\n'
    assert toml_text({"x": special}) == wanted
    assert toml_text({"on": True, "off": False, "n": -1, "none": []}) == "on = true\noff = false\nn = -1\nnone = []\n"


@given(st.text().filter(lambda text: not any(0xD800 <= ord(c) < 0xE000 for c in text)))
def test_any_beacon_id_comes_back(name):
    group, _ = make(beacon_id=name)
    assert group_from_toml(group_to_toml(group), backend="glass").beacon_id == name
