"""What a node believed, told from the journal: it must be what the machine believed, and every change has a cause."""

from __future__ import annotations

import json
import random
from itertools import groupby, pairwise

import pytest

from drandlab.errors import LocalError
from drandlab.simulation.keygen.belief import GOOD, STATES, Belief
from drandlab.simulation.keygen.evidence import Evidence
from drandlab.simulation.keygen.replay import replay
from drandlab.simulation.keygen.run import Run, generate_key, reshare
from drandlab.simulation.misbehaviour.keygen import CATALOGUE, MisbehavingParticipant, parse


def run_with(*faults: str, nodes: int = 5, fast_sync: bool = True) -> Run:
    return generate_key(nodes, nodes // 2 + 1, seed=4, backend="glass", fast_sync=fast_sync, faults=map(parse, faults))


def bits(states: tuple[str, ...]) -> list[str]:
    return ["".join(str(int(letter in GOOD)) for letter in row) for row in states]


def check_faithful(run: Run, node: int, belief: Belief) -> None:
    """The replay passes through every matrix of the journal, ends as the machine did, and explains every change."""
    witnessed = [rows for rows, _ in groupby(e.details["status"] for e in run.journal.entries("phase", node))]
    machine = run.protocols[node].machine
    assert bits(belief.steps[-1].states) == list(machine.status.rows())
    seen = iter([bits(step.states) for step in belief.steps])
    assert all(rows in seen for rows in witnessed), "a matrix of the journal is passed over"
    assert belief.steps[-1].evicted_dealers == {error.index for error in machine.evicted_dealers}
    assert belief.steps[-1].evicted_holders == {error.index for error in machine.evicted_holders}
    assert {letter for step in belief.steps for row in step.states for letter in row} <= set(STATES)
    told = {(event.step, event.dealer, event.holder) for event in belief.events}
    for i, (before, after) in enumerate(pairwise(belief.steps), 1):
        for dealer, old, new in zip(belief.dealers, before.states, after.states, strict=True):
            for holder, was, now in zip(belief.holders, old, new, strict=True):
                if was == now:
                    continue
                if now == "v":
                    assert dealer in after.evicted_dealers and after.phase == "finish"
                else:
                    assert {(i, dealer, holder), (i, dealer, None), (i, None, holder)} & told, (i, dealer, holder)
                if now == "j" and dealer != belief.own_dealer:
                    assert any(e.step == i and e.check and e.check.passes for e in belief.story(dealer, holder))


@pytest.mark.parametrize("part", range(3))
def test_the_replay_of_random_runs_is_what_the_machines_believed(part: int) -> None:
    for case in range(part, 120, 3):
        rng = random.Random(f"replay/{case}")
        n = rng.randint(3, 6)
        faults = [
            MisbehavingParticipant(rng.choice(sorted(CATALOGUE)), i)
            for i in rng.sample(range(n), rng.randint(0, n // 2))
        ]
        run = generate_key(n, n // 2 + 1, seed=case, fast_sync=rng.random() < 0.5, backend="glass", faults=faults)
        evidence = Evidence(run)
        for node in run.configs:
            try:
                check_faithful(run, node, replay(evidence, node))
            except AssertionError as error:
                raise AssertionError(f"case {case}, node {node}, {list(map(str, faults))}: {error}") from error


@pytest.mark.parametrize("case", range(20))
def test_the_replay_of_random_reshares_is_what_the_machines_believed(case: int) -> None:
    rng = random.Random(f"replay a reshare/{case}")
    first = generate_key(4, 3, seed=case, backend="glass")
    stay = sorted(rng.sample(range(4), rng.randint(3, 4)))
    faults = [MisbehavingParticipant(rng.choice(sorted(CATALOGUE)), rng.choice(stay))] * (case % 2)
    run = reshare(
        first,
        threshold=3,
        remaining=stay,
        joining=2,
        leavers_deal=True,
        fast_sync=case % 3 > 0,
        seed=case,
        faults=faults,
    )
    for node in run.configs:
        check_faithful(run, node, replay(run, node))


def test_a_wrong_share_its_complaint_and_its_justification_are_one_story() -> None:
    belief = replay(run_with("wrong-share:1:holder=3"), 0)
    letters = [belief.state(i, 1, 3) for i in range(len(belief.steps))]
    assert "".join(dict.fromkeys(letters)) == "wcj"
    dealing, complaint, answer = belief.story(1, 3)
    assert "The dealing of dealer 1 arrives" in dealing.said
    assert complaint.said == "Holder 3 complains."
    assert complaint.check is not None and complaint.check.problem == "s·g is not F(4)"
    assert "answers with the share in plain, and it is in order" in answer.said
    assert answer.check is not None and answer.check.passes
    assert answer.check.share is not None and complaint.check.share is None, "public is only what its dealer publishes"
    assert complaint.check.left == (answer.check.share + 1) * answer.check.right.group.generator
    assert belief.story(1, 3, step=complaint.step - 1) == [dealing]
    assert belief.qual == (0, 1, 2, 3, 4)


def test_a_false_complaint_is_told_as_such() -> None:
    belief = replay(run_with("false-complaint:2:dealer=0"), 4)
    assert [e.said for e in belief.story(0, 2)][1] == "Holder 2 complains, against what its share says."


def test_an_eviction_names_its_evidence_and_strikes_the_row() -> None:
    run = run_with("wrong-share:1:holder=3", "false-justification:1")
    belief = replay(run, 0)
    last = belief.story(1, 3)[-1]
    (blame,) = run.journal.entries("blame", 0)
    assert last.said.startswith("Dealer 1 is evicted: its justification for holder 3 is false. Evidence: packet ")
    assert blame.details["role"] == "dealer"
    assert blame.details["evidence"][0][:8] in last.said
    assert belief.struck(last.step) == {1}
    assert belief.struck(last.step - 1) == set()
    assert belief.qual == (0, 2, 3, 4)


def test_a_dealer_that_leaves_a_complaint_open_is_out_at_the_end_though_not_evicted() -> None:
    belief = replay(run_with("wrong-share:1:holder=3", "no-justification:1"), 0)
    assert belief.steps[-1].evicted_dealers == set()
    assert belief.struck(len(belief.steps) - 1) == {1}
    assert "Dealer 1 leaves the complaints unanswered." in [event.said for event in belief.story(1, 3)]


def test_an_equivocator_s_two_packets_are_shown() -> None:
    belief = replay(run_with("equivocation:2", fast_sync=False), 0)
    said = [step.said for step in belief.steps]
    assert "Dealer 2 sends two different packets: both are dropped." in said
    assert "The dealings are in. None from dealer 2." in said


def test_a_packet_that_is_none_is_told_with_its_reason() -> None:
    belief = replay(run_with("malformed-point:3"), 0)
    (refused,) = [event for event in belief.story(3, 1) if "refused" in event.said]
    assert "A packet of node 3 is refused: deal.commits[0]" in refused.said


@pytest.mark.parametrize("node", [0, 2])
def test_a_node_that_ends_without_a_key_says_why(node: int) -> None:
    run = run_with("absent-dealer:0", "absent-dealer:1", nodes=3)
    belief = replay(run, node)
    assert (belief.qual, belief.key) == (None, None)
    assert belief.steps[-1].said == f"This node ends without a key: {run.errors[node]}."


def test_leavers_and_newcomers_have_their_own_stories() -> None:
    run = reshare(generate_key(4, 3, seed=3, backend="glass"), remaining=[], joining=4, threshold=3, leavers_deal=True)
    leaver, newcomer = replay(run, 0), replay(run, 5)
    assert (leaver.own_holder, newcomer.own_dealer) == (None, None)
    assert leaver.steps[-1].said == "This node has dealt and leaves: it gets no new share."
    assert newcomer.resharing and newcomer.qual == (0, 1, 2, 3)
    assert newcomer.key == bytes(run.agreed.key).hex()


def test_by_default_the_first_node_with_a_result_speaks() -> None:
    run = run_with("old-session:0", fast_sync=False)
    assert replay(run).node == min(run.results)
    assert repr(replay(run, 3)) == f"<Belief of node 3: {len(replay(run, 3).steps)} steps>"


@pytest.mark.parametrize("node", [5, -1, True, "0", 1.5])
def test_a_node_that_is_not_there_is_refused(node: object) -> None:
    with pytest.raises(LocalError, match="node: expected one of 0, 1, 2, 3, 4, got"):
        replay(run_with(), node)  # type: ignore[arg-type]


def test_the_replay_is_the_same_every_time() -> None:
    faults = "wrong-share:1:holder=3", "silent:2"
    assert replay(run_with(*faults), 0) == replay(run_with(*faults), 0)


def test_the_journal_says_who_believes_what_after_each_phase() -> None:
    run = run_with("silent:2", fast_sync=False)
    phases = run.journal.entries("phase", 0)
    assert [json.loads(entry.to_json())["phase"] for entry in phases] == ["deal", "response", "justification", "finish"]
    assert phases[0].details["status"] == ["11111", *["01111"] * 4]
    assert phases[-1].details["evicted"] == {"dealers": [2], "holders": []}
