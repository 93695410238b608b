"""The machine's table of transitions, and the checklist of production's own tests, on G1 keys and on G2 keys."""

import contextlib
import dataclasses
import random

import pytest

from drandlab.algebra.polynomial import Polynomial
from drandlab.algebra.shamir import evaluation_point, recover
from drandlab.crypto import PublicPolynomial, ecies
from drandlab.curves import suite
from drandlab.dkg.config import Config, Member, minimum_threshold
from drandlab.dkg.machine import TRANSITIONS, DistKeyGenerator, Phase
from drandlab.dkg.packets import Justification, JustificationBundle, Response, ResponseBundle, epoch_session_id
from drandlab.dkg.result import Result
from drandlab.errors import Evicted, LocalError, ProtocolAborted
from drandlab.simulation.keygen.run import generate_key, reshare
from drandlab.simulation.misbehaviour.keygen import parse
from drandlab.testing import run_dkg

GROUPS = ("G1", "G2")


def fresh(group_name, n, threshold, *, fast_sync=False, indices=None, seed=1, backend="blst"):
    group, rng = suite("bls12-381", backend).group(group_name), random.Random(seed)
    secrets = [group.field.random(rng, nonzero=True) for _ in range(n)]
    indices = indices or range(n)
    members = [Member(i, x * group.generator) for i, x in zip(indices, secrets, strict=True)]
    return [
        DistKeyGenerator(
            Config(
                group=group, longterm=x, new_nodes=members, threshold=threshold, nonce=epoch_session_id(1),
                fast_sync=fast_sync,
            ),
            rng,
        )
        for x in secrets
    ]  # fmt: skip


def handed_on(old_nodes, ended, n, threshold, *, gone=(), fast_sync=False, seed=2, backend="blst"):
    """Machines of a resharing: the old nodes but those in ``gone``, and newcomers up to ``n``."""
    group, rng = old_nodes[0].config.group, random.Random(seed)
    results = {node.config.longterm: r for node, r in zip(old_nodes, ended, strict=True) if isinstance(r, Result)}
    public = next(iter(results.values())).public
    old_members = [m for m in old_nodes[0].config.new_nodes if m.index in next(iter(results.values())).qual]
    stay = [node for i, node in enumerate(old_nodes) if i not in gone]
    secrets = [node.config.longterm for node in stay]
    secrets += [group.field.random(rng, nonzero=True) for _ in range(n - len(secrets))]
    new_members = [Member(i, x * group.generator) for i, x in enumerate(secrets)]
    return [
        DistKeyGenerator(
            Config(
                group=group, longterm=x, old_nodes=old_members, new_nodes=new_members, threshold=threshold,
                old_threshold=public.threshold, public=public, nonce=epoch_session_id(2), fast_sync=fast_sync,
                share=results[x].share if x in results else None,
            ),
            rng,
        )
        for x in secrets
    ]  # fmt: skip


def check(ended, threshold, qual=None):
    """All results are one key, every share lies on the public polynomial, any threshold shares are the secret."""
    results = [r for r in ended if isinstance(r, Result)]
    assert results
    assert len({r.public for r in results}) == 1
    assert {tuple(sorted(r.qual)) for r in results} == {tuple(sorted(qual if qual is not None else results[0].qual))}
    public = results[0].public
    for r in results:
        assert r.share.value * public.group.generator == public.share(r.share.index)
    shares = [r.share for r in results]
    for chosen in (shares[:threshold], shares[-threshold:]):
        assert recover(chosen, threshold) * public.group.generator == public.public_key
    return results


@pytest.mark.parametrize("name", GROUPS)
class TestChecklistOfProduction:
    @pytest.mark.parametrize("fast_sync", [False, True])
    def test_full(self, name, fast_sync):
        nodes = fresh(name, 5, 5, fast_sync=fast_sync)
        check(run_dkg(nodes), 5, range(5))
        assert all(node.status.complete for node in nodes)

    def test_self_eviction_of_a_dealer(self, name):
        nodes = fresh(name, 5, 3, fast_sync=True, indices=[0, 1, 53, 3, 4])
        ended = run_dkg(nodes, map_deals=lambda deals: deals[1:])
        assert isinstance(ended[0], Evicted)
        check(ended, 3, [1, 3, 4, 53])
        assert all(0 in {e.index for e in node.evicted_dealers} for node in nodes)

    def test_self_eviction_of_a_share_holder(self, name):
        old = fresh(name, 5, 4)
        new = handed_on(old, run_dkg(old), 10, 8, fast_sync=True)

        def other_session(responses):
            changed = [dataclasses.replace(b, session_id=bytes(32)) if b.share_index == 7 else b for b in responses]
            return changed

        ended = run_dkg(new, map_responses=other_session)
        # its own answer is among what it hears, since a newcomer does not skip its own
        assert isinstance(ended[7], Evicted)
        check(ended, 8, [i for i in range(10) if i != 7])
        assert all(7 in {e.index for e in node.evicted_holders} for node in new)

    def test_skipped_index(self, name):
        old = fresh(name, 5, 4, indices=[0, 53, 2, 3, 4])
        ended = run_dkg(old)
        check(ended, 4, [0, 2, 3, 4, 53])
        new = handed_on(old, ended, 9, 8, gone=(0,))
        answered = []
        ended = run_dkg(new, map_responses=lambda r: answered.extend(r) or r)
        assert {b.share_index for b in answered} == set(range(9))  # everybody misses the absent dealer
        check(ended, 8, range(9))

    def test_resharing(self, name):
        old = fresh(name, 5, 4)
        first = run_dkg(old)
        new = handed_on(old, first, 10, 8, gone=(2,))
        second = check(run_dkg(new), 8)
        assert second[0].key == first[0].key
        assert second[0].public != first[0].public
        for before in first:  # old shares are worth nothing under the new polynomial
            if before.share.index < 10:
                assert before.share.value * before.public.group.generator != second[0].public.share(before.share.index)

    def test_resharing_fast_with_a_silent_node(self, name):
        old = fresh(name, 6, 4)
        first = run_dkg(old)
        new = handed_on(old, first, 11, 8, fast_sync=True)
        silent = 2
        justified = []
        ended = run_dkg(
            new,
            map_deals=lambda deals: [b for b in deals if b.dealer_index != silent],
            map_responses=lambda rs: [b for b in rs if b.share_index != silent],
            map_justifications=lambda js: justified.extend(js) or [b for b in js if b.dealer_index != silent],
        )
        for bundle in justified:
            if bundle.dealer_index != silent:
                assert [j.share_index for j in bundle.justifications] == [silent]
        others = [r for i, r in enumerate(ended) if i != silent]
        check(others, 8, [i for i in range(11) if i != silent])
        assert others[0].key == first[0].key

    def test_threshold(self, name):
        nodes = fresh(name, 5, 4)
        complaints = []

        def damage(deals):
            second = deals[1]
            bad = tuple(
                dataclasses.replace(d, encrypted_share=b"rubbish" * 20) if d.share_index == 3 else d
                for d in second.deals
            )
            return [dataclasses.replace(second, deals=bad), *deals[2:]]

        ended = run_dkg(nodes, map_deals=damage, map_responses=lambda r: complaints.extend(r) or r)
        about = {(b.share_index, r.dealer_index) for b in complaints for r in b.responses}
        assert about == {(1, 0), (2, 0), (3, 0), (4, 0), (3, 1)}
        check(ended[1:], 4, [1, 2, 3, 4])

    def test_nonce_of_the_wrong_length(self, name):
        with pytest.raises(LocalError, match="nonce: expected 32 bytes, got 21"):
            dataclasses.replace(fresh(name, 3, 2)[0].config, nonce=bytes(21))

    def test_evictions_for_wrong_sessions_and_polynomials(self, name):
        nodes = fresh(name, 7, 4)
        rng, group = random.Random(5), nodes[0].config.group
        complaints = []

        def deals_changed(deals):
            strange = PublicPolynomial.commit(Polynomial.random(group.field, 3, rng), group, 4).commits
            return [
                dataclasses.replace(deals[0], session_id=bytes(32)),
                dataclasses.replace(deals[1], commits=strange),
                *deals[2:],
            ]

        def responses_changed(responses):
            complaints.extend(responses)
            word = (Response(dealer_index=6, success=False),)
            bad = ResponseBundle(share_index=2, responses=word, session_id=bytes(32))
            return [b for b in responses if b.share_index != 2] + [bad]

        def justifications_changed(bundles):
            return [dataclasses.replace(b, session_id=bytes(32)) for b in bundles]

        ended = run_dkg(
            nodes, map_deals=deals_changed, map_responses=responses_changed, map_justifications=justifications_changed
        )
        assert not any(r.dealer_index == 0 for b in complaints for r in b.responses if b.share_index != 0)
        check(ended[3:], 4, [3, 4, 5, 6])

    def test_invalid_responses(self, name):
        nodes = fresh(name, 6, 3)

        def changed(responses):
            wrong = {2: Response(dealer_index=1000, success=False), 3: Response(dealer_index=0, success=True)}
            return [
                dataclasses.replace(b, responses=(wrong[b.share_index],)) if b.share_index in wrong else b
                for b in responses
            ]

        ended = run_dkg(nodes, map_deals=lambda deals: deals[1:], map_responses=changed)
        assert isinstance(ended[0], Evicted)
        honest = [ended[i] for i in (1, 4, 5)]
        check(honest, 3, [1, 4, 5])

    def test_too_many_complaints(self, name):
        nodes = fresh(name, 5, 3)

        def rubbish(deals):
            bad = tuple(dataclasses.replace(d, encrypted_share=bytes(100)) for d in deals[0].deals)
            return [dataclasses.replace(deals[0], deals=bad), *deals[1:]]

        ended = run_dkg(nodes, map_deals=rubbish)
        check(ended[1:], 3, [1, 2, 3, 4])
        assert "4 holders complain, with threshold 3" in str(nodes[1].evicted_dealers[0])

    def test_duplicate_indices_in_the_lists(self, name):
        config = fresh(name, 3, 2)[0].config
        twice = (*config.new_nodes[:2], Member(1, config.new_nodes[2].key))
        with pytest.raises(LocalError, match="new_nodes: index 1 comes twice"):
            dataclasses.replace(config, new_nodes=twice)


def test_minimum_threshold_table(vectors):
    rows = vectors("kyber")["config"]["minimum_t"]
    assert len(rows) == 32
    assert all(minimum_threshold(row["n"]) == row["t"] for row in rows)


def test_errors_of_the_configuration(vectors):
    """Production's 21 configurations; where ours is stricter it says so here."""
    rows = {row["case"]: row["error"] for row in vectors("kyber")["config"]["rows"]}
    nodes = fresh("G1", 4, 3, backend="glass")
    config = nodes[0].config
    first = next(r for r in run_dkg(fresh("G1", 4, 3, backend="glass")) if isinstance(r, Result))
    old = dict(old_nodes=config.new_nodes, old_threshold=3)
    stranger = config.group.field(424242)
    joiner = dict(longterm=stranger, new_nodes=(*config.new_nodes, Member(9, stranger * config.group.generator)))
    cases = {
        "good": {},
        "no nodes": dict(new_nodes=()),
        "nonce of 21 bytes": dict(nonce=bytes(21)),
        "nonce of 33 bytes": dict(nonce=bytes(33)),
        "nonce missing": dict(nonce=b""),
        "own key not listed": dict(longterm=stranger),
        "duplicate index in the new list": dict(new_nodes=(*config.new_nodes[:3], Member(1, config.new_nodes[3].key))),
        "duplicate key with two indices": dict(new_nodes=(*config.new_nodes, Member(8, config.new_nodes[2].key))),
        "threshold 0": dict(threshold=0),
        "threshold 1": dict(threshold=1),
        "threshold above n": dict(threshold=9),
        "public coefficients without old nodes": dict(public=first.public, old_threshold=3),
        "resharing without old threshold": dict(public=first.public, old_nodes=config.new_nodes),
        "resharing, joiner with coefficients": dict(public=first.public, **old, **joiner),
        "old nodes given, no share, no coefficients, in the new list (taken as a fresh run)": old,
        "old nodes given, no share, no coefficients, not in the new list": old | dict(new_nodes=config.new_nodes[1:]),
        "duplicate index in the old list": dict(
            public=first.public, old_threshold=3, old_nodes=(*config.new_nodes[:3], Member(0, config.new_nodes[3].key))
        ),
        "old threshold differs from the number of coefficients": dict(
            public=first.public, old_nodes=config.new_nodes, old_threshold=2, share=first.share
        ),
    }
    stricter = {name for name in cases if name.startswith("old nodes given")}
    elsewhere = {
        "no auth",  # signatures are the driver's business, always Schnorr
        "reader gives too few bytes, only source",
        "reader gives too few bytes, mixed with the system source",
    }
    assert set(rows) == set(cases) | elsewhere
    for name, changes in cases.items():
        try:
            dataclasses.replace(config, **changes)
            accepted = True
        except LocalError:
            accepted = False
        assert accepted == (not rows[name] and name not in stricter), name


@pytest.mark.parametrize("call", ["deals", "process_deals", "process_responses", "process_justifications"])
@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize("role", ["dealer and holder", "newcomer", "leaver"])
def test_calls_out_of_turn_change_nothing(role, phase, call):
    old = fresh("G1", 4, 3, backend="glass")
    ended = run_dkg(old)
    nodes = handed_on(old, ended, 4, 3, gone=(0,), backend="glass")
    if role == "leaver":
        node = DistKeyGenerator(
            dataclasses.replace(nodes[0].config, longterm=old[0].config.longterm, share=ended[0].share),
            random.Random(1),
        )
    else:
        node = next(n for n in nodes if n.role == role)
    assert node.role == role
    node.phase = phase
    before = repr(node), list(node.status.rows()), dict(node.shares), dict(node.publics)
    arguments = () if call == "deals" else ([],)
    if (role, phase, call) in TRANSITIONS:
        with contextlib.suppress(Evicted, ProtocolAborted):
            getattr(node, call)(*arguments)
        assert node.phase in TRANSITIONS[role, phase, call]
    else:
        with pytest.raises(LocalError, match=f"{call}: a {role} may call it"):
            getattr(node, call)(*arguments)
        assert (repr(node), list(node.status.rows()), dict(node.shares), dict(node.publics)) == before


def test_a_dealer_with_entropy_of_its_own():
    class Dice:
        def randbytes(self, n):
            return bytes(range(n))

    nodes = fresh("G1", 3, 2, backend="glass")
    secrets = {
        DistKeyGenerator(dataclasses.replace(nodes[0].config, entropy=Dice()), random.Random(seed)).polynomial(0)
        for seed in range(3)
    }
    assert len(secrets) == 1


def test_evidence_is_the_packet_itself():
    nodes = fresh("G1", 4, 3, backend="glass")
    deals = [node.deals() for node in nodes]
    short = dataclasses.replace(deals[1], commits=deals[1].commits[:-1])
    nodes[0].process_deals([short])
    (error,) = nodes[0].evicted_dealers
    assert (error.index, error.evidence) == (1, short)
    assert "2 coefficients, not 3" in str(error)


def test_a_share_out_of_range_or_of_the_wrong_length_is_a_complaint():
    nodes = fresh("G1", 4, 3, backend="glass")
    deals = [node.deals() for node in nodes]
    key = nodes[1].config.key
    for plain in (b"", bytes(31), bytes(33), nodes[0].config.group.order.to_bytes(32, "big")):
        bad = ecies.encrypt(key, plain, random.Random(1))
        changed = tuple(
            dataclasses.replace(d, encrypted_share=bad) if d.share_index == 1 else d for d in deals[0].deals
        )
        holder = fresh("G1", 4, 3, backend="glass")[1]
        holder.deals()
        answer = holder.process_deals([dataclasses.replace(deals[0], deals=changed), *deals[2:]])
        assert [r.dealer_index for r in answer.responses] == [0]


def test_justifying_the_unasked_is_harmless_and_the_false_is_not():
    for shift, qual in ((0, [0, 1, 2, 3]), (1, [0, 1, 3])):
        nodes = fresh("G1", 4, 3, backend="glass")

        def unasked(bundles, nodes=nodes, shift=shift):
            f = nodes[2].polynomial
            answer = Justification(share_index=3, share=f(evaluation_point(3)) + shift)
            return [
                *bundles,
                JustificationBundle(dealer_index=2, justifications=(answer,), session_id=nodes[0].config.nonce),
            ]

        word = (Response(dealer_index=0, success=False),)
        complaint = ResponseBundle(share_index=2, responses=word, session_id=nodes[0].config.nonce)
        ended = run_dkg(nodes, map_responses=lambda r, c=complaint: [*r, c], map_justifications=unasked)
        check([r for i, r in enumerate(ended) if i != 2], 3, qual)


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("wrong-share:1:holder=2", "wrong-share"),
        ("inconsistent-commitments:1", "wrong-share"),
        ("rubbish-share:1:holder=2", "unreadable"),
        ("withheld-deals:1:holder=2", "missing"),
    ],
)
def test_what_a_holder_finds_of_a_share_has_its_code(fault, code):
    run = generate_key(4, 3, seed=1, backend="glass", faults=[parse(fault)])
    checks = run.protocols[2].machine.checks
    assert list(checks) == [0, 1, 3], "of every dealer but itself"
    assert (checks[1].code, checks[1].fits, bool(checks[1].why)) == (code, False, True)
    assert (checks[1].point is None) == (code in ("unreadable", "missing"))
    shares = run.protocols[2].machine.shares
    assert all(checks[d].fits and checks[d].point == shares[d] * run.group.generator for d in (0, 3))


def test_in_a_resharing_another_secret_than_the_dealers_share_has_its_code():
    first = generate_key(4, 3, seed=1, backend="glass")
    run = reshare(first, threshold=3, faults=[parse("other-secret:1")])
    dealer, holders = run.configs[1].dealer_index, [name for name in run.configs if name != 1]
    assert {run.protocols[name].machine.checks[dealer].code for name in holders} == {"other-secret"}


@pytest.mark.parametrize("fault", ["silent:1", "degree-too-high:1", "old-session:1"])
def test_where_there_is_no_polynomial_there_is_no_check(fault):
    run = generate_key(4, 3, seed=1, backend="glass", faults=[parse(fault)])
    assert 1 not in run.protocols[2].machine.checks
