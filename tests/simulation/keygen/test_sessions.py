"""The DKGs and resharings of any journal: of a run or of a network, saved or not, and from the journal alone."""

from __future__ import annotations

import contextlib
import json
from itertools import groupby

import pytest

import drandlab as dl
from drandlab.errors import DrandlabError, LocalError
from drandlab.node.reports import DkgStarted
from drandlab.simulation.journal import Journal
from drandlab.simulation.keygen.belief import GOOD, Belief
from drandlab.simulation.keygen.evidence import Evidence, packets_taken
from drandlab.simulation.keygen.replay import replay
from drandlab.simulation.keygen.run import generate_key, reshare
from drandlab.simulation.keygen.sessions import session_of, sessions
from drandlab.simulation.misbehaviour.keygen import parse


def saved(journal: Journal) -> Journal:
    return Journal.from_jsonl(journal.to_jsonl())


def network(*faults: str, **more: object) -> dl.Network:
    """A network with a resharing: node 3 leaves, nodes 5 and 6 join."""
    net = dl.Network(5, 3, seed=3, backend="glass", faults=map(parse, faults), **more).run(rounds=2)  # type: ignore[arg-type]
    net.reshare(threshold=4, remaining=[0, 1, 2, 4], joining=2)
    return net.run(rounds=30)


@pytest.fixture(scope="module")
def reshared() -> dl.Network:
    return network("wrong-share:1:holder=3")


def letters(belief: Belief) -> list[str]:
    return ["".join(str(int(letter in GOOD)) for letter in row) for row in belief.steps[-1].states]


def test_a_network_has_its_dkg_and_its_resharing(reshared: dl.Network) -> None:
    made, handed_on = sessions(reshared.journal)
    assert (made.resharing, made.nodes, made.terms.threshold) == (False, (0, 1, 2, 3, 4), 3)
    assert (handed_on.resharing, set(handed_on.nodes), handed_on.terms.threshold) == (True, {0, 1, 2, 3, 4, 5, 6}, 4)
    assert handed_on.terms.old_threshold == 3 and handed_on.began > made.began
    assert repr(made).startswith(f"<Session {made.id[:8]}…, DKG of 5 nodes at 17000000")
    assert session_of(reshared.journal) is not handed_on and session_of(reshared.journal).id == handed_on.id
    for session in (0, -2, made.id, made):
        assert session_of(reshared.journal, session).id == made.id


@pytest.mark.parametrize("save", [False, True])
def test_each_node_of_a_network_is_replayed_to_what_its_machine_believed(reshared: dl.Network, save: bool) -> None:
    journal = saved(reshared.journal) if save else reshared.journal
    evidence = Evidence(journal)
    assert evidence.old_public is not None
    for name in evidence.session.nodes:
        belief, machine = replay(evidence, name), reshared.host(name).signer.protocol.machine  # type: ignore[union-attr]
        assert letters(belief) == list(machine.status.rows())
        if name == 3:
            assert belief.steps[-1].said == "This node has dealt and leaves: it gets no new share."
            continue
        assert belief.qual is not None and belief.key == bytes(reshared.info.public_key).hex()  # type: ignore[union-attr]
        for dealer, check in machine.checks.items():
            told = evidence.check(dealer, machine.holder_index or 0)
            assert told is not None and (told.left, told.passes) == (check.point, check.fits)
            assert told.owed == told.dealt


@pytest.mark.parametrize("save", [False, True])
def test_the_dkg_of_a_network_shows_the_wrong_share_and_its_justification(reshared: dl.Network, save: bool) -> None:
    journal = saved(reshared.journal) if save else reshared.journal
    evidence = Evidence(journal, 0)
    dealer, holder = evidence.session.starts[1].dealer, 3
    assert dealer is not None
    check = evidence.check(dealer, holder)
    assert check is not None and check.problem == "s·g is not F(4)" and check.left != check.right
    belief = replay(journal, session=0)
    said = [event.said for event in belief.story(dealer, holder)]
    assert "Holder 3 complains." in said and "answers with the share in plain, and it is in order" in said[-1]
    assert belief == replay(journal, belief.node, 0) == replay(evidence, belief.node)


def test_a_run_and_its_saved_journal_tell_the_same() -> None:
    first = generate_key(4, 3, seed=5, backend="glass", faults=[parse("rubbish-share:2:holder=0")])
    second = reshare(first, threshold=3, joining=1, faults=[parse("other-secret:1")])
    for run in (first, second):
        assert [len(found.nodes) for found in sessions(run)] == [len(run.configs)]
        for node in run.configs:
            assert replay(run, node) == replay(run.journal, node) == replay(saved(run.journal), node)


def test_on_a_real_curve_the_points_are_read_back() -> None:
    run = generate_key(3, 2, seed=1, backend="blst")
    evidence = Evidence(saved(run.journal), backend="blst")
    check = evidence.check(0, 1)
    assert check is not None and check.passes and check.left == run.protocols[1].machine.shares[0] * run.group.generator
    assert Evidence(run.journal, backend="py_ecc").check(0, 1).left.group.backend == "py_ecc"  # type: ignore[union-attr]


@pytest.mark.parametrize("backend", ["blst", "glass"])
def test_a_journal_holds_no_share(backend: str) -> None:
    """In the glass box a point is its logarithm: there the record of an opened share, and nothing else, tells it."""
    run = generate_key(3, 2, seed=1, backend=backend)
    lines = [line for line in run.journal.to_jsonl().splitlines() if json.loads(line)["kind"] != "share"]
    text = "\n".join(lines if backend == "glass" else run.journal.to_jsonl().splitlines())
    secrets = [share for protocol in run.protocols.values() for share in protocol.machine.shares.values()]
    secrets += [config.longterm for config in run.configs.values()] if backend == "blst" else []
    assert len(secrets) >= 9
    for secret in secrets:
        assert secret.to_bytes().hex() not in text and str(secret.value) not in text


def test_a_node_that_crashes_is_told_until_then() -> None:
    net = dl.Network(4, 3, seed=1, backend="glass")
    while not net.journal.entries("dkg", 2):
        net.run(until=net.now + 0.01)
    net.crash(2)
    net.run(rounds=2)
    [session] = sessions(net.journal)
    crashed = net.journal.entries("crash")[0].time
    assert session.entries[2][-1].time <= crashed < session.entries[0][-1].time
    assert replay(net.journal, 2).key is None and replay(net.journal).key is not None


def test_a_summary_leaves_the_dkg_out() -> None:
    net = dl.Network(3, 2, backend="glass", detail="summary").run(rounds=1)
    assert sessions(net.journal) == []
    with pytest.raises(LocalError, match="journal: no DKG is in this journal; one with the detail 'summary'"):
        replay(net.journal)


@pytest.mark.parametrize("session", [1, -2, "00", True, 1.5, b"", None.__class__])
def test_a_session_that_is_not_there_is_refused(session: object) -> None:
    run = generate_key(3, 2, backend="glass")
    with pytest.raises(LocalError, match="session: expected a number from 0 to 0 or a session id, got"):
        Evidence(run, session)  # type: ignore[arg-type]


@pytest.mark.parametrize("source", [None, "journal", 7, [], generate_key])
def test_what_is_no_journal_is_refused(source: object) -> None:
    with pytest.raises(LocalError, match="journal: expected a journal or a Run, got a"):
        sessions(source)  # type: ignore[arg-type]


def test_a_session_says_what_it_is_in_every_participants_words() -> None:
    first = generate_key(4, 3, backend="glass")
    second = reshare(first, threshold=2, remaining=[0, 1, 2], joining=1, leavers_deal=True, fast_sync=False)
    starts = {entry.node: entry.what for entry in second.journal.entries("dkg")}
    assert {name: start.role for name, start in starts.items() if isinstance(start, DkgStarted)} == {
        0: "dealer and holder",
        1: "dealer and holder",
        2: "dealer and holder",
        3: "leaver",
        4: "newcomer",
    }
    for name, start in starts.items():
        config = second.configs[name or 0]
        assert isinstance(start, DkgStarted) and start.session == config.nonce and start.glass
        assert (start.dealer, start.holder) == (config.dealer_index, config.holder_index)
        assert start.deals == config.can_issue and start.key == bytes(config.key)
        assert (start.threshold, start.old_threshold, start.fast_sync) == (2, 3, False)
        assert start.dealers == (0, 1, 2, 3) and start.holders == (0, 1, 2, 3)
        assert start.public == tuple(bytes(commit) for commit in first.agreed.public.commits)


def test_packets_taken_are_those_of_the_session(reshared: dl.Network) -> None:
    made, handed_on = (packets_taken(reshared.journal, 0, session) for session in (0, 1))
    assert sorted(made["deal"]) == ["0", "1", "2", "3", "4"] and set(made) == {"deal", "response", "justification"}
    assert not set(made["deal"].values()) & set(handed_on["deal"].values())
    assert [key for key, _ in groupby(sorted(handed_on["deal"]))] == sorted(handed_on["deal"])


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("phase", {"status": ["1", "1"]}),
        ("phase", {"status": []}),
        ("phase", {"phase": "never"}),
        ("dkg", {"dealers": [7]}),
        ("dkg", {"curve": "p-256"}),
        ("dkg", {"group": "G3"}),
        ("dkg", {"public": ["00"]}),
        ("broadcast", {"data": "00"}),
        ("share", {"point": "00"}),
        ("blame", {"index": 99}),
        ("refused", {"sender": "nobody"}),
    ],
)
def test_a_saved_journal_that_contradicts_itself_is_refused_or_told(kind: str, change: dict[str, object]) -> None:
    """Whatever stands in a file: an error of the house, or a story, and nothing else."""
    run = generate_key(3, 2, backend="glass", faults=[parse("wrong-share:1:holder=2"), parse("malformed-point:0")])
    lines = [json.loads(line) for line in run.journal.to_jsonl().splitlines()]
    changed = [line | change if line["kind"] == kind else line for line in lines]
    assert changed != lines
    journal = Journal.from_jsonl("".join(json.dumps(line) + "\n" for line in changed))
    for node in range(3):
        with contextlib.suppress(DrandlabError):
            assert replay(journal, node).steps
