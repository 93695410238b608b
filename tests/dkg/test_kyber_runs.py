"""226 runs of the production library, replayed: every bundle, status matrix, eviction list, error, QUAL and share."""

import random

import pytest

from drandlab.algebra.polynomial import Polynomial
from drandlab.algebra.shamir import Share
from drandlab.crypto import PublicPolynomial, schnorr
from drandlab.curves import suite
from drandlab.dkg.config import Config, Member
from drandlab.dkg.machine import DistKeyGenerator
from drandlab.dkg.packets import Deal, DealBundle, Justification, JustificationBundle, Response, ResponseBundle
from drandlab.dkg.result import Result
from drandlab.errors import Evicted, LocalError, ProtocolAborted, VerificationError

H = bytes.fromhex
BLOCKS = ("dkg_full", "dkg_faults", "resharing", "bn254")

_cache = {}


def runs(vectors, block):
    if "vectors" not in _cache:
        _cache["vectors"] = vectors("kyber")
    recorded = _cache["vectors"][block]
    return recorded["dkg"] if block == "bn254" else recorded["runs"]


def group_of(run):
    return suite("bn254").g2 if run["key_group"] == "BN254G2" else suite("bls12-381").group(run["key_group"])


class Replay:
    """One recorded run: its configuration, its packets, and the machines of those who were online."""

    def __init__(self, run):
        self.run, self.group = run, group_of(run)
        self.rng = random.Random(1)
        self.field = self.group.field
        decode = self.group.decode
        keys = {p["party"]: decode(H(p["public"])) for p in run["parties"]}

        def members(kind, order):
            by_index = {p[kind]: keys[p["party"]] for p in run["parties"] if kind in p}
            return [Member(i, by_index[i]) for i in order]

        old, new = members("old_index", run["dealer_order"]), members("new_index", run["holder_order"])
        public = None
        if run.get("resharing"):
            public = PublicPolynomial.decode(self.group, [H(c) for c in run["old_commits"]])
        self.machines = {}
        for p in run["parties"]:
            if not p["online"]:
                continue
            share = None
            if public is not None and "old_share" in p:
                share = Share(index=p["old_index"], value=self.scalar(p["old_share"]))
            machine = DistKeyGenerator(
                Config(
                    group=self.group,
                    longterm=self.scalar(p["longterm"]),
                    new_nodes=new,
                    old_nodes=old if public is not None else (),
                    threshold=run["threshold"],
                    old_threshold=run.get("old_threshold", 0),
                    nonce=H(run["nonce"]),
                    share=share,
                    public=public,
                    fast_sync=run["fast_sync"],
                ),
                self.rng,
            )
            coefficients = run["polys"].get(str(machine.dealer_index))
            if machine.can_issue and coefficients:
                machine.polynomial = Polynomial(self.field, [self.scalar(c) for c in coefficients])
            self.machines[p["party"]] = machine

    def scalar(self, text):
        return self.field(int(text, 16))

    def deals(self):
        return [
            DealBundle(
                dealer_index=b["dealer_index"],
                commits=tuple(self.group.decode(H(c), identity=True) for c in b["commits"] or ()),
                deals=tuple(Deal(share_index=i, encrypted_share=H(c)) for i, c in b["deals"] or ()),
                session_id=H(b["session_id"]),
                signature=H(b["signature"]),
            )
            for b in self.run["deals"]
        ]

    def responses(self):
        return [
            ResponseBundle(
                share_index=b["share_index"],
                responses=tuple(Response(dealer_index=i, success=bool(s)) for i, s in b["responses"] or ()),
                session_id=H(b["session_id"]),
                signature=H(b["signature"]),
            )
            for b in self.run["responses"]
        ]

    def justifications(self):
        return [
            JustificationBundle(
                dealer_index=b["dealer_index"],
                justifications=tuple(
                    Justification(share_index=i, share=self.scalar(s)) for i, s in b["justifications"] or ()
                ),
                session_id=H(b["session_id"]),
                signature=H(b["signature"]),
            )
            for b in self.run["justifications"]
        ]


def seen(machine):
    return {
        "status": list(machine.status.rows()),
        "evicted_dealers": [error.index for error in machine.evicted_dealers],
        "evicted_holders": [error.index for error in machine.evicted_holders],
    }


def expected(row):
    return {
        "status": row["status"],
        "evicted_dealers": row["evicted_dealers"] or [],
        "evicted_holders": row["evicted_holders"] or [],
    }


def error_class(text):
    if "our node is evicted" in text:
        return Evicted
    if "leaving node" in text:
        return LocalError
    return ProtocolAborted


def check_outcome(replay, outcome, machine):
    """Drive one machine through the recorded packets and compare all that production reported."""
    run, row = replay.run, outcome
    where = f"{run['name']}, party {row['party']}"
    made = []
    result = error = None
    if machine.can_issue:
        made.append(machine.deals())
    try:
        made.append(machine.process_deals(replay.deals()))
        assert seen(machine) == expected(row["after_deals"]), where
        result = machine.process_responses(replay.responses())
        if not isinstance(result, Result):
            if "after_responses" in row:
                assert seen(machine) == expected(row["after_responses"]), where
            made.append(result)
            result = machine.process_justifications(replay.justifications())
    except (Evicted, ProtocolAborted, LocalError) as caught:
        error = caught
    if row.get("error"):
        assert isinstance(error, error_class(row["error"])), (where, row["error"], error)
    else:
        assert error is None, (where, error)
        assert sorted(result.qual) == sorted(row.get("qual", run["qual"])), where
        assert [c.hex() for c in result.public.commits] == row.get("commits", run["commits"]), where
        assert result.share.index == row["index"], where
        assert result.share.value.to_bytes().hex() == row["share"], where
    if "final" in row and machine.can_receive:
        assert seen(machine) == expected(row["final"]), where
    return made


@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize("part", range(4))
def test_every_run(vectors, block, part):
    count = 0
    for run in runs(vectors, block)[part::4]:
        replay = Replay(run)
        recorded = {b.digest: b for b in (*replay.deals(), *replay.responses(), *replay.justifications())}
        for raw, bundle in zip(run["deals"], replay.deals(), strict=True):
            assert bundle.digest.hex() == raw["hash"]
        for outcome in run["outcome"]:
            machine = replay.machines[outcome["party"]]
            for bundle in check_outcome(replay, outcome, machine):
                if bundle is None or isinstance(bundle, (Result, DealBundle)) or outcome.get("byzantine"):
                    continue
                if isinstance(bundle, JustificationBundle) and outcome.get("beside_error") == "justification":
                    continue
                edited = any(
                    raw.get("edited") and raw.get("share_index", raw.get("dealer_index")) == bundle.author
                    for raw in (*run["responses"], *run["justifications"])
                )
                assert bundle.digest in recorded or edited or not sent(run, bundle), (run["name"], bundle)
        count += 1
    assert count or part >= len(runs(vectors, block))


def sent(run, bundle):
    """Whether production's packet of this author and kind was delivered at all (scenarios lose some)."""
    if isinstance(bundle, ResponseBundle):
        return any(raw["share_index"] == bundle.author for raw in run["responses"])
    return any(raw["dealer_index"] == bundle.author for raw in run["justifications"])


@pytest.mark.parametrize("block", BLOCKS)
def test_every_signature(vectors, block):
    checked = 0
    for run in runs(vectors, block):
        replay = Replay(run)
        keys = {
            kind: {p[kind]: replay.group.decode(H(p["public"])) for p in run["parties"] if kind in p}
            for kind in ("old_index", "new_index")
        }
        kinds = ("deals", "old_index"), ("responses", "new_index"), ("justifications", "old_index")
        for name, kind in kinds:
            for raw, bundle in zip(run[name], getattr(replay, name)(), strict=True):
                assert bundle.digest.hex() == raw["hash"]
                key = keys[kind].get(bundle.author)
                try:
                    if key is None:
                        raise VerificationError("nobody has this index")
                    schnorr.verify(key, bundle.digest, bundle.signature)
                    valid = True
                except VerificationError:
                    valid = False
                assert valid == raw["signature_valid"], (run["name"], name, bundle.author)
                checked += 1
    assert checked


@pytest.mark.parametrize("block", BLOCKS)
def test_every_deal_byte_for_byte(vectors, block, monkeypatch):
    """With the recorded polynomial, ephemeral scalars and nonce the very bundle comes out again."""
    from drandlab.algebra.field import PrimeField

    made = 0
    for run in runs(vectors, block):
        replay = Replay(run)
        for raw, machine in (
            (raw, m) for raw in run["deals"] for m in replay.machines.values() if m.dealer_index == raw["dealer_index"]
        ):
            if "ephemerals" not in raw or not machine.can_issue or raw.get("edited"):
                continue
            queue = [replay.scalar(e) for _, e in raw["ephemerals"]] + [replay.scalar(raw["sig_nonce"])]
            machine.phase = type(machine.phase).INIT
            with monkeypatch.context() as patch:
                patch.setattr(PrimeField, "random", lambda self, rng, *, nonzero, queue=queue: queue.pop(0))
                bundle = machine.deals()
                assert bundle.digest.hex() == raw["hash"], run["name"]
                key = machine.config.longterm * replay.group.generator
                signature = schnorr.sign(machine.config.longterm, key, bundle.digest, replay.rng)
                assert signature.hex() == raw["signature"]
            assert queue == []
            made += 1
    assert made
