"""DKG and resharing together with production's own library: some nodes are Go, some Python, one key."""

import dataclasses
import json
import random
import subprocess

import pytest

from drandlab.algebra.lagrange import interpolate
from drandlab.algebra.shamir import Share
from drandlab.crypto import PublicPolynomial, schnorr
from drandlab.curves import suite
from drandlab.dkg.config import Config, Member
from drandlab.dkg.machine import DistKeyGenerator
from drandlab.dkg.packets import (
    Deal,
    DealBundle,
    Justification,
    JustificationBundle,
    Response,
    ResponseBundle,
    epoch_session_id,
)
from drandlab.dkg.result import Result

H = bytes.fromhex


class GoNodes:
    """One process that runs any number of production's nodes."""

    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, **request):
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        assert not answer.get("error"), answer["error"]
        assert not answer.get("refused"), f"production refuses the signatures of {answer['refused']}"
        return answer

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        assert self.process.wait(timeout=20) == 0


@pytest.fixture
def go(kyber):
    nodes = GoNodes(kyber)
    yield nodes
    nodes.close()


def to_json(bundle):
    common = {"session": bundle.session_id.hex(), "signature": bundle.signature.hex()}
    if isinstance(bundle, DealBundle):
        deals = [{"index": d.share_index, "value": d.encrypted_share.hex()} for d in bundle.deals]
        return common | {"dealer": bundle.dealer_index, "commits": [c.hex() for c in bundle.commits], "deals": deals}
    if isinstance(bundle, ResponseBundle):
        words = [{"dealer": r.dealer_index, "success": r.success} for r in bundle.responses]
        return common | {"holder": bundle.share_index, "responses": words}
    answers = [{"index": j.share_index, "value": j.share.to_bytes().hex()} for j in bundle.justifications]
    return common | {"dealer": bundle.dealer_index, "answers": answers}


def from_json(group, kind, b):
    common = {"session_id": H(b["session"]), "signature": H(b["signature"])}
    if kind == "deals":
        return DealBundle(
            dealer_index=b["dealer"],
            commits=tuple(group.decode(H(c)) for c in b["commits"]),
            deals=tuple(Deal(share_index=d["index"], encrypted_share=H(d["value"])) for d in b["deals"] or ()),
            **common,
        )
    if kind == "responses":
        words = tuple(Response(dealer_index=w["dealer"], success=w["success"]) for w in b["responses"] or ())
        return ResponseBundle(share_index=b["holder"], responses=words, **common)
    answers = tuple(
        Justification(share_index=a["index"], share=group.field.from_bytes(H(a["value"]))) for a in b["answers"] or ()
    )
    return JustificationBundle(dealer_index=b["dealer"], justifications=answers, **common)


class GoNode:
    def __init__(self, go, number, config):
        self.go, self.number, self.config, self.group = go, number, config, config.group
        members = {
            name: [{"index": m.index, "public": m.key.hex()} for m in getattr(config, name)]
            for name in ("old_nodes", "new_nodes")
        }
        resharing = {}
        if config.resharing:
            resharing = {"old_threshold": config.old_threshold, "old_commits": [c.hex() for c in config.public.commits]}
            if config.share:
                resharing |= {"share": config.share.value.to_bytes().hex(), "share_index": config.share.index}
        go.ask(
            call="new", node=number, group=config.group.name, longterm=config.longterm.to_bytes().hex(),
            threshold=config.threshold, nonce=config.nonce.hex(), fast_sync=config.fast_sync, **members, **resharing,
        )  # fmt: skip

    def deals(self):
        return from_json(self.group, "deals", self.go.ask(call="deals", node=self.number)["deal"])

    def process_deals(self, bundles):
        answer = self.go.ask(call="process_deals", node=self.number, deals=list(map(to_json, bundles)))
        return from_json(self.group, "responses", answer["response"]) if answer.get("response") else None

    def process_responses(self, bundles):
        answer = self.go.ask(call="process_responses", node=self.number, responses=list(map(to_json, bundles)))
        if answer.get("justification"):
            return from_json(self.group, "justifications", answer["justification"])
        return self.result(answer)

    def process_justifications(self, bundles):
        answer = self.go.ask(
            call="process_justifications", node=self.number, justifications=list(map(to_json, bundles))
        )
        return self.result(answer)

    def result(self, answer):
        if not (r := answer.get("result")):
            return None
        value = self.group.field.from_bytes(H(r["share"]))
        public = PublicPolynomial.decode(self.group, [H(c) for c in r["commits"]])
        return Result(qual=tuple(r["qual"]), public=public, share=Share(index=r["index"], value=value))


class PythonNode:
    def __init__(self, config, seed):
        self.config, self.rng = config, random.Random(seed)
        self.machine = DistKeyGenerator(config, self.rng)

    def sign(self, bundle):
        if bundle is None or isinstance(bundle, Result):
            return bundle
        key = self.config.longterm * self.config.group.generator
        signature = schnorr.sign(self.config.longterm, key, bundle.digest, self.rng)
        return dataclasses.replace(bundle, signature=signature)

    def genuine(self, bundles, members):
        keys = {m.index: m.key for m in members}
        claims = [schnorr.Signed(keys[b.author], b.digest, b.signature) for b in bundles]
        assert schnorr.failing(claims, self.rng) == {}, "we refuse a signature"
        return bundles

    def deals(self):
        return self.sign(self.machine.deals())

    def process_deals(self, bundles):
        return self.sign(self.machine.process_deals(self.genuine(bundles, self.config.dealers)))

    def process_responses(self, bundles):
        return self.sign(self.machine.process_responses(self.genuine(bundles, self.config.holders)))

    def process_justifications(self, bundles):
        return self.machine.process_justifications(self.genuine(bundles, self.config.dealers))


def run(nodes, meddle=lambda bundles: bundles):
    """Lockstep through the phases, every packet to everybody; return the results of those that hold a share."""
    deals = meddle([node.deals() for node in nodes if node.config.can_issue])
    responses = [r for node in nodes if (r := node.process_deals(deals)) is not None]
    outcomes = {node: node.process_responses(responses) for node in nodes if node.config.can_receive}
    if any(isinstance(o, Result) for o in outcomes.values()):
        assert all(isinstance(o, Result) for o in outcomes.values()), "some finish early, some do not"
        return {node.config.holder_index: o for node, o in outcomes.items()}
    justifications = [o for o in outcomes.values() if o is not None]
    return {
        node.config.holder_index: node.process_justifications(justifications)
        for node in nodes
        if node.config.can_receive
    }


def check_same_key(results, threshold):
    first = next(iter(results.values()))
    assert len({(r.public, tuple(sorted(r.qual))) for r in results.values()}) == 1
    group = first.public.group
    for r in results.values():
        assert r.share.value * group.generator == first.public.share(r.share.index)
    points = [(r.share.x, r.share.value) for r in results.values()]
    assert interpolate(group.field, points[:threshold]) * group.generator == first.key
    assert interpolate(group.field, points[-threshold:]) * group.generator == first.key


def longterm_keys(group, count, seed):
    rng = random.Random(seed)
    return [group.field.random(rng, nonzero=True) for _ in range(count)]


def fresh_configs(group, n, threshold, fast_sync, seed):
    secrets = longterm_keys(group, n, seed)
    members = [Member(i, x * group.generator) for i, x in enumerate(secrets)]
    return [
        Config(
            group=group, longterm=x, new_nodes=members, threshold=threshold, nonce=epoch_session_id(1),
            fast_sync=fast_sync,
        )
        for x in secrets
    ]  # fmt: skip


def mixed(go, configs, is_go, seed=0):
    return [
        GoNode(go, 100 * seed + i, config) if is_go(i) else PythonNode(config, f"{seed}/{i}")
        for i, config in enumerate(configs)
    ]


@pytest.mark.parametrize("fast_sync", [True, False])
@pytest.mark.parametrize("name", ["G1", "G2"])
def test_fresh_runs_of_mixed_groups(go, name, fast_sync):
    group = suite("bls12-381", "blst").group(name)
    for seed, is_go in enumerate((lambda i: i % 2 == 0, lambda i: i == 0, lambda i: i != 3)):
        nodes = mixed(go, fresh_configs(group, 5, 3, fast_sync, seed), is_go, seed)
        results = run(nodes)
        assert len(results) == 5
        check_same_key(results, 3)


@pytest.mark.parametrize("fast_sync", [True, False])
@pytest.mark.parametrize("liar", [0, 1])
def test_a_wrong_share_is_justified_on_both_sides(go, liar, fast_sync):
    """Dealer 0 is Go, dealer 1 Python; the deal for holder 3 is damaged on its way, signed by its dealer's key."""
    group = suite("bls12-381", "blst").g1
    configs = fresh_configs(group, 5, 3, fast_sync, 7)
    nodes = mixed(go, configs, lambda i: i % 2 == 0)

    def meddle(bundles):
        out = []
        for bundle in bundles:
            if bundle.dealer_index == liar:
                deals = tuple(
                    dataclasses.replace(d, encrypted_share=bytes(len(d.encrypted_share))) if d.share_index == 3 else d
                    for d in bundle.deals
                )
                x = configs[liar].longterm
                edited = dataclasses.replace(bundle, deals=deals)
                signature = schnorr.sign(x, x * group.generator, edited.digest, random.Random(1))
                bundle = dataclasses.replace(edited, signature=signature)
            out.append(bundle)
        return out

    results = run(nodes, meddle)
    assert all(sorted(r.qual) == [0, 1, 2, 3, 4] for r in results.values())
    check_same_key(results, 3)


@pytest.mark.parametrize("fast_sync", [True, False])
def test_an_absent_dealer_is_left_out_by_both(go, fast_sync):
    group = suite("bls12-381", "blst").g2
    nodes = mixed(go, fresh_configs(group, 5, 3, fast_sync, 9), lambda i: i in (1, 2))
    present = [node for node in nodes if node.config.dealer_index != 4]
    results = run(present)
    assert all(sorted(r.qual) == [0, 1, 2, 3] for r in results.values())
    check_same_key(results, 3)


@pytest.mark.parametrize("name", ["G1", "G2"])
def test_resharing_to_a_larger_mixed_group_and_on(go, name):
    """Python and Go nodes make a key, hand it to a group with newcomers of both kinds, and that one to a third."""
    group = suite("bls12-381", "blst").group(name)
    configs = fresh_configs(group, 4, 3, True, 11)
    results = run(mixed(go, configs, lambda i: i < 2, 1))
    key = results[0].key
    longterm = {i: config.longterm for i, config in enumerate(configs)}
    holders = {i: results[i] for i in range(4)}
    fresh = iter(longterm_keys(group, 10, 12))
    for epoch, (stay, join, threshold) in enumerate([((0, 1, 2), 3, 4), ((0, 2, 3, 4, 5), 1, 3)], start=2):
        public = next(iter(holders.values())).public
        old_nodes = [Member(i, longterm[i] * group.generator) for i in holders]
        secrets = [longterm[i] for i in stay] + [next(fresh) for _ in range(join)]
        new_nodes = [Member(i, x * group.generator) for i, x in enumerate(secrets)]
        reshare = [
            Config(
                group=group, longterm=x, old_nodes=old_nodes, new_nodes=new_nodes, threshold=threshold,
                old_threshold=public.threshold, public=public, nonce=epoch_session_id(epoch), fast_sync=True,
                share=holders[stay[i]].share if i < len(stay) else None,
            )
            for i, x in enumerate(secrets)
        ]  # fmt: skip
        results = run(mixed(go, reshare, lambda i: i % 2 == 1, epoch))
        assert all(r.key == key for r in results.values())
        check_same_key(results, threshold)
        longterm, holders = dict(enumerate(secrets)), results
