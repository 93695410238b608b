"""The check behind a share, opened again from the journal's packets."""

from __future__ import annotations

import pytest

from drandlab.crypto.feldman import PublicPolynomial
from drandlab.simulation.keygen.evidence import Evidence, packets_taken, short
from drandlab.simulation.keygen.run import Run, generate_key, reshare
from drandlab.simulation.misbehaviour.keygen import parse


def run_with(*faults: str, **more: object) -> Run:
    return generate_key(5, 3, seed=4, backend="glass", faults=map(parse, faults), **more)  # type: ignore[arg-type]


def test_every_check_of_an_honest_run_passes_with_the_holder_s_own_share() -> None:
    run = run_with()
    evidence = Evidence(run)
    for dealer in range(5):
        for holder in range(5):
            check = evidence.check(dealer, holder)
            if dealer == holder:
                assert check is None, "a node sends itself nothing"
                continue
            assert check is not None
            machine = run.protocols[holder].machine
            assert check.passes
            assert check.share is None, "a journal holds no share"
            assert check.left == machine.shares[dealer] * run.group.generator
            assert check.left == check.right == machine.publics[dealer].share(holder)
            assert (check.x, check.terms, check.owed) == (holder + 1, 3, None)


@pytest.mark.parametrize(
    ("fault", "problem"),
    [
        ("wrong-share:1:holder=3", "s·g is not F(4)"),
        ("off-by-one:1", "s·g is not F(4)"),
        ("inconsistent-commitments:1", "s·g is not F(4)"),
        ("withheld-deals:1:holder=3", "the packet holds no share for this holder"),
        ("rubbish-share:1:holder=3", "the share does not open: ecies"),
    ],
)
def test_a_bad_share_is_named_and_shown(fault: str, problem: str) -> None:
    evidence = Evidence(run_with(fault))
    check = evidence.check(1, 3)
    assert check is not None and check.problem is not None
    assert check.problem.startswith(problem)
    assert not check.passes
    packet = evidence.dealing(0, 1)
    assert packet is not None
    assert check.right == PublicPolynomial(evidence.group, packet.commits).share(3)
    assert (check.left is None) == ("s·g" not in problem)
    assert check.left != check.right


@pytest.mark.parametrize("fault", ["silent:1", "degree-too-high:1", "malformed-point:1", "old-session:1"])
def test_where_nothing_can_be_checked_there_is_no_check(fault: str) -> None:
    assert Evidence(run_with(fault)).check(1, 3) is None


def test_two_halves_with_two_dealings_each_show_their_own() -> None:
    """Nobody notices a split dealing; the evidence of the two halves shows two polynomials."""
    evidence = Evidence(generate_key(6, 4, seed=1, backend="glass", faults=[parse("split-dealing:5")]))
    low, high = evidence.check(5, 0), evidence.check(5, 4)
    assert low is not None and high is not None
    assert low.passes and high.passes
    dealings = [evidence.dealing(node, 5) for node in (0, 4)]
    assert dealings[0] is not None and dealings[1] is not None
    assert dealings[0].commits[0] == dealings[1].commits[0]
    assert dealings[0].commits[1] != dealings[1].commits[1]


def test_in_a_resharing_the_dealt_secret_is_held_against_the_old_share() -> None:
    first = run_with()
    run = reshare(first, threshold=3, remaining=[0, 1, 2, 3], joining=1, faults=[parse("other-secret:1")])
    evidence = Evidence(run)
    dealer = run.configs[1].dealer_index
    assert dealer is not None
    false = [
        evidence.check(dealer, holder) for holder in evidence.node_of_holder if evidence.node_of_holder[holder] != 1
    ]
    assert {check.problem for check in false if check} == {"F(0) is not the dealer's share of the old key"}
    assert all(check and check.left == check.right and check.dealt != check.owed for check in false)
    other = run.configs[0].dealer_index
    right = evidence.check(other or 0, next(h for h, n in evidence.node_of_holder.items() if n != 0))
    assert right is not None and right.passes
    assert right.owed == right.dealt == first.agreed.public.share(other or 0)


def test_packets_taken_are_by_kind_and_author() -> None:
    run = run_with("silent:2", fast_sync=False)
    taken = packets_taken(run.journal, 0)
    assert sorted(taken["deal"]) == ["0", "1", "3", "4"]
    assert sorted(taken["response"]) == ["0", "1", "3", "4"]
    assert taken["justification"] == {}
    digest = taken["deal"]["1"]
    packet = Evidence(run).packet(digest)
    assert packet is not None and packet.author == 1


def test_short_keeps_both_ends_and_short_things_whole() -> None:
    assert short("ab" * 48) == "abababab…abababab"
    assert short(b"\x01\x02") == "0102"
