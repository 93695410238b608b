"""Whole runs: invariants over thousands of random fault sets, determinism, resharing after resharing."""

import itertools
import json
import os
import random
import subprocess
import sys

import pytest

from drandlab.algebra.lagrange import interpolate
from drandlab.errors import LocalError
from drandlab.simulation.keygen.run import generate_key, reshare
from drandlab.simulation.misbehaviour.keygen import CATALOGUE, MisbehavingParticipant, parse
from drandlab.testing import CHAINED, UNCHAINED

# What can split even honest nodes for want of a reliable broadcast, as production's own notes concede: one dealing for
# each half, and in fast sync a second packet that reaches some nodes only after the first has completed their set.
SPLITTING = {"split-dealing"}
SPLITTING_FAST = SPLITTING | {"equivocation", "two-justifications"}
SCHEMES = (CHAINED, UNCHAINED)


def drawn_faults(rng, n, most, fast_sync):
    """Up to ``most`` faulty nodes, each with one or two misbehaviours."""
    nodes = rng.sample(range(n), rng.randint(0, most))
    names = sorted(set(CATALOGUE) - (SPLITTING_FAST if fast_sync else SPLITTING))
    return [
        MisbehavingParticipant(name, node, aim(rng, name, n, node))
        for node in nodes
        for name in rng.sample(names, rng.choice((1, 1, 2)))
    ]


def aim(rng, name, n, node):
    if CATALOGUE[name].target is None or rng.random() < 0.4:
        return ()
    others = [i for i in range(n) if i != node]
    return tuple(rng.sample(others, rng.randint(1, len(others))))


def check_invariants(run, faulty, threshold, key=None):
    honest = {name: result for name, result in run.results.items() if name not in faulty}
    assert honest, run.errors
    assert not [name for name in run.errors if name not in faulty], run.errors
    first = next(iter(honest.values()))
    assert {(r.public, tuple(sorted(r.qual))) for r in honest.values()} == {(first.public, tuple(sorted(first.qual)))}
    if key is not None:
        assert first.key == key
    for r in honest.values():
        assert r.share.value * run.group.generator == first.public.share(r.share.index)
    points = [(r.share.x, r.share.value) for r in honest.values()]
    if len(points) >= threshold:
        for chosen in itertools.islice(itertools.combinations(points, threshold), 3):
            assert interpolate(run.group.field, chosen) * run.group.generator == first.key
    if threshold > 1 and len(points) >= threshold:
        too_few = points[: threshold - 1]
        assert interpolate(run.group.field, too_few) * run.group.generator != first.key
    return first


@pytest.mark.parametrize("part", range(4))
def test_two_thousand_random_runs_with_up_to_t_minus_1_faulty_nodes(part):
    """Honest nodes agree on QUAL, commitments and key, and all are in it; their shares fit; t - 1 are worth nothing."""
    for case in range(part, 2000, 4):
        rng = random.Random(f"invariants/{case}")
        n = rng.randint(3, 8)
        threshold = rng.randint(n // 2 + 1, n - 1) if n > 3 else 2
        most = min(threshold - 1, n - threshold)
        fast_sync = rng.random() < 0.6
        faults = drawn_faults(rng, n, most, fast_sync)
        faulty = {fault.node for fault in faults}
        run = generate_key(
            n, threshold, scheme=rng.choice(SCHEMES), seed=case, fast_sync=fast_sync, faults=faults,
            backend="glass",
        )  # fmt: skip
        try:
            first = check_invariants(run, faulty, threshold)
            assert set(range(n)) - faulty <= set(first.qual), "an honest node is not qualified"
        except AssertionError as error:
            raise AssertionError(f"case {case}: n={n}, t={threshold}, {list(map(str, faults))}: {error}") from error


def test_as_many_liars_as_can_be_short_of_the_threshold():
    """t - 1 faulty nodes of n, although fewer than t honest dealers may be left: the honest agree, or all give up.

    In no case is an honest node blamed by an honest one, so none is ever evicted by fewer than t liars.
    """
    ended = {"key": 0, "none": 0}
    for case in range(600):
        rng = random.Random(f"many liars/{case}")
        n = rng.randint(3, 7)
        threshold = rng.randint(2, n)
        fast_sync = rng.random() < 0.5
        names = sorted(set(CATALOGUE) - (SPLITTING_FAST if fast_sync else SPLITTING))
        liars = rng.sample(range(n), threshold - 1)
        faults = [MisbehavingParticipant(rng.choice(names), node) for node in liars]
        run = generate_key(n, threshold, seed=case, fast_sync=fast_sync, faults=faults, backend="glass")
        honest = set(range(n)) - set(liars)
        where = f"case {case}: n={n}, t={threshold}, {list(map(str, faults))}"
        for entry in run.journal.entries("blame"):
            assert entry.node in liars or entry.details["index"] in liars, where
        outcomes = {
            (run.results[i].public, tuple(sorted(run.results[i].qual))) if i in run.results else None for i in honest
        }
        assert len(outcomes) == 1, where
        ended["none" if outcomes == {None} else "key"] += 1
    assert min(ended.values()) > 20, ended


@pytest.mark.parametrize("backend", ["glass", "blst"])
@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_key_survives_three_reshares_in_a_row(scheme, backend):
    run = generate_key(5, 3, scheme=scheme, seed=5, backend=backend)
    key = run.agreed.key
    plans = [
        dict(remaining=[0, 1, 3, 4], joining=2, threshold=4),
        dict(joining=1, threshold=4),
        dict(remaining=[3, 4, 5, 6], joining=0, threshold=3),
    ]
    for epoch, plan in enumerate(plans, start=2):
        before = run
        run = reshare(before, epoch=epoch, seed=epoch, **plan)
        check_invariants(run, set(), plan["threshold"], key)
        mixed = [(r.share.x, r.share.value) for r in before.results.values()][: plan["threshold"] - 1]
        fresh = next(r for r in run.results.values() if r.share.x not in {x for x, _ in mixed})
        blend = [*mixed, (fresh.share.x, fresh.share.value)]
        assert interpolate(run.group.field, blend) * run.group.generator != key


@pytest.mark.parametrize("part", range(2))
def test_random_reshares_with_faults(part):
    """Disjoint, overlapping and equal groups, threshold up and down, faulty dealers and holders: the key stays."""
    done = 0
    for case in range(part, 300, 2):
        rng = random.Random(f"reshare/{case}")
        n = rng.randint(4, 7)
        threshold = n // 2 + 1
        first = generate_key(n, threshold, seed=case, backend="glass")
        stay = sorted(rng.sample(range(n), rng.randint(threshold, n)))
        joining = rng.randint(0, 3)
        size = len(stay) + joining
        wanted = rng.randint(size // 2 + 1, size)
        room = min(len(stay) - threshold, size - wanted, wanted - 1)
        everybody = [*stay, *range(n, n + joining)]
        names = sorted(set(CATALOGUE) - SPLITTING_FAST)
        faults = [
            MisbehavingParticipant(rng.choice(names), node)
            for node in rng.sample(everybody, rng.randint(0, max(0, room)))
        ]
        second = reshare(
            first, remaining=stay, joining=joining, threshold=wanted, seed=case, faults=faults,
            fast_sync=rng.random() < 0.6,
        )  # fmt: skip
        try:
            check_invariants(second, {f.node for f in faults}, wanted, first.agreed.key)
        except AssertionError as error:
            raise AssertionError(
                f"case {case}: {stay} + {joining}, t={wanted}, {list(map(str, faults))}: {error}"
            ) from error
        done += 1
    assert done == 150


def test_a_disjoint_group_takes_over_when_the_leavers_deal():
    first = generate_key(4, 3, seed=3, backend="blst")
    second = reshare(first, remaining=[], joining=5, threshold=3, leavers_deal=True)
    assert sorted(second.results) == [4, 5, 6, 7, 8]
    check_invariants(second, set(), 3, first.agreed.key)
    assert sorted(e.node for e in second.journal.entries("left")) == [0, 1, 2, 3]


def test_a_newcomer_is_never_somebody_who_was_there_before():
    """Names and long-term keys of nodes that left are not given again, whoever left and however often."""
    first = generate_key(6, 4, seed=1, backend="glass")
    small = reshare(first, remaining=[0, 1, 2, 3], threshold=4, seed=1)
    third = reshare(small, remaining=[], joining=4, threshold=2, leavers_deal=True, seed=1, epoch=3)
    assert sorted(third.results) == [6, 7, 8, 9]
    check_invariants(third, set(), 2, first.agreed.key)
    again = reshare(small, remaining=[0, 1, 2, 3], joining=1, threshold=3, seed=1, epoch=4)
    everybody = [*first.configs.values(), third.configs[6], third.configs[9], again.configs[6]]
    assert len({config.longterm for config in everybody}) == len(everybody)


def test_shared_verification_gives_the_identical_journal_and_results():
    for faults in ([], ["wrong-share:1:holder=3", "bad-signature:2"], ["malformed-point:0", "equivocation:3"]):
        runs = [
            generate_key(6, 4, seed=8, backend=backend, shared=shared, faults=map(parse, faults))
            for backend in ("blst", "glass")
            for shared in (True, False)
        ]
        assert runs[0].journal.to_jsonl() == runs[1].journal.to_jsonl()
        assert runs[2].journal.digest() == runs[3].journal.digest()
        assert [sorted(r.agreed.qual) for r in runs].count(sorted(runs[0].agreed.qual)) == 4


def test_both_real_backends_write_the_same_journal():
    digests = {generate_key(3, 2, seed=4, backend=backend).journal.digest() for backend in ("blst", "py_ecc")}
    assert len(digests) == 1


def test_same_digest_in_other_processes_and_under_other_hash_seeds():
    code = "from drandlab.simulation.keygen.run import generate_key; print(generate_key(5, 3, seed=2).journal.digest())"
    digests = {
        subprocess.run(
            [sys.executable, "-c", code], env=os.environ | {"PYTHONHASHSEED": seed}, capture_output=True, text=True
        ).stdout.strip()
        for seed in ("0", "1", "4711")
    }
    assert digests == {generate_key(5, 3, seed=2).journal.digest()}
    assert generate_key(5, 3, seed=3).journal.digest() not in digests


def test_a_split_dealing_leaves_two_halves_with_two_polynomials():
    """Without reliable broadcast nobody notices: each half checks its own shares against its own commitments.

    The two halves hold one key here (the dealer kept its secret), yet their shares do not fit together.
    """
    run = generate_key(6, 4, seed=1, backend="glass", faults=[parse("split-dealing:5")])
    publics = {name: result.public for name, result in run.results.items() if name != 5}
    assert len(set(publics.values())) == 2
    assert not run.journal.entries("blame")
    mixed = [(r.share.x, r.share.value) for name, r in run.results.items() if name in (0, 1, 3, 4)]
    assert interpolate(run.group.field, mixed) * run.group.generator != run.agreed.key


@pytest.mark.parametrize("name", sorted(set(CATALOGUE) - SPLITTING))
@pytest.mark.parametrize("fast_sync", [True, False])
def test_every_misbehaviour_alone(name, fast_sync):
    """One faulty node of five: the honest four agree, and hold a key that three of them can use."""
    run = generate_key(5, 3, seed=6, fast_sync=fast_sync, backend="glass", faults=[MisbehavingParticipant(name, 2)])
    first = check_invariants(run, {2}, 3)
    assert {0, 1, 3, 4} <= set(first.qual)
    for entry in run.journal.entries("blame"):
        if entry.node != 2:
            assert entry.details["index"] == 2, "an honest node is blamed"


@pytest.mark.parametrize(
    ("call", "rule"),
    [
        (dict(nodes=0), "nodes: expected a whole number of at least 1, got 0"),
        (dict(nodes=2.0), "nodes"),
        (dict(nodes=3, threshold=4), "from 1 to 3"),
        (dict(nodes=3, threshold=0), "from 1 to 3"),
        (dict(nodes=3, scheme="rsa"), "bls-unchained-g1-rfc9380"),
        (dict(nodes=3, backend="fast"), "backend"),
        (dict(nodes=3, faults=[MisbehavingParticipant("silent", 7)]), "there is no node 7"),
    ],
)
def test_impossible_runs(call, rule):
    with pytest.raises(LocalError, match=rule):
        generate_key(**{"backend": "glass"} | call)


@pytest.mark.parametrize(
    "text",
    ["", "silent", "silent:", "silent:x", "silent:-1", "loud:1", "silent:1:holder=2", "wrong-share:1:dealer=2",
     "wrong-share:1:holder=", "wrong-share:1:holder=2:holder=3", "wrong-share:1:2"],
)  # fmt: skip
def test_faults_that_cannot_be_read(text):
    with pytest.raises(LocalError, match="misbehaviour"):
        parse(text)


@pytest.mark.parametrize("text", ["silent:0", "wrong-share:1:holder=3,holder=4", "false-complaint:2:dealer=0"])
def test_faults_round_trip(text):
    assert str(parse(text)) == text


def test_nobody_finishes():
    run = generate_key(3, 3, seed=1, backend="glass", faults=[parse("silent:0"), parse("silent:1")])
    assert 2 not in run.results
    with pytest.raises(LocalError, match="no node finished"):
        _ = generate_key(3, 3, seed=1, backend="glass", faults=[parse(f"absent-dealer:{i}") for i in range(3)]).agreed


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"remaining": []}, "remaining: at least one current member must remain"),
        ({"remaining": [], "joining": 4}, "remaining: at least one current member must remain"),
        ({"remaining": [], "leavers_deal": True}, "joining: the new group needs at least one node, got 0"),
        ({"remaining": [0, 0, 1, 2]}, "remaining: node 0 comes twice"),
        ({"remaining": [0, 1, 9]}, "remaining: node 9 holds no share of the key; those who do: .0, 1, 2, 3"),
        ({"remaining": [0, 1, -1]}, "remaining: node -1 holds no share"),
        ({"remaining": [0, 1, True]}, "remaining: expected a whole number, got True"),
        ({"remaining": "012"}, "remaining: expected a list of nodes, got str"),
        ({"remaining": 3}, "remaining: expected a list of nodes, got int"),
        ({"joining": -1}, "joining: expected a whole number from 0 to 1000, got -1"),
        ({"joining": True}, "joining: expected a whole number from 0 to 1000, got True"),
        ({"joining": 1.0}, "joining: expected a whole number"),
        ({"threshold": 5}, "threshold: expected a whole number from 1 to 4, got 5"),
        ({"threshold": 4, "remaining": [0, 1, 2]}, "threshold: expected a whole number from 1 to 3, got 4"),
        ({"threshold": 0}, "threshold: expected a whole number from 1 to 4, got 0"),
        ({"threshold": -2}, "threshold"),
        ({"threshold": True}, "threshold: expected a whole number from 1 to 4, got True"),
        ({"epoch": 0}, "epoch: expected a whole number from 1"),
        ({"epoch": 1 << 32}, "epoch"),
        ({"faults": [parse("silent:7")]}, "misbehaviour silent:7: there is no node 7"),
    ],
)
def test_a_resharing_that_cannot_be_is_refused_at_the_call(arguments, words):
    first = generate_key(4, 3, seed=1, backend="glass")
    with pytest.raises(LocalError, match=words):
        reshare(first, **({"threshold": 3} | arguments))


def test_a_journal_is_plain_data():
    run = generate_key(3, 2, seed=1, backend="glass")
    lines = [json.loads(line) for line in run.journal.to_jsonl().splitlines()]
    assert len(lines) == len(run.journal)
    assert {line["kind"] for line in lines} >= {"start", "broadcast", "done"}
    with pytest.raises(LocalError, match="plain data"):
        run.journal.write(0, None, "bad", thing=object())
    assert "3 results" in repr(run)
    with pytest.raises(LocalError, match="node 9 holds no share"):
        reshare(run, remaining=[9], threshold=1)
