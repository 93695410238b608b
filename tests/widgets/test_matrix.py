"""The Python side of the status matrix: what it accepts, what it tells the page, what it leaves in a saved file."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree

import pytest
import traitlets

from drandlab.errors import LocalError
from drandlab.simulation.journal import Journal
from drandlab.simulation.keygen.evidence import Evidence, short
from drandlab.simulation.keygen.replay import replay
from drandlab.simulation.keygen.run import Run, generate_key, reshare
from drandlab.simulation.keygen.sessions import sessions
from drandlab.simulation.misbehaviour.keygen import parse
from drandlab.simulation.network import Network
from drandlab.widgets import StatusMatrixWidget


@pytest.fixture(scope="module")
def run() -> Run:
    return generate_key(5, 3, seed=4, backend="glass", faults=[parse("wrong-share:1:holder=3")])


def test_it_starts_at_the_end_with_the_check_that_failed(run: Run) -> None:
    view = StatusMatrixWidget(run)
    assert (view.node, view.cell) == (0, (1, 3))
    assert view.step == len(view.story["steps"]) - 1 == len(replay(run, 0).steps) - 1
    assert (
        repr(view) == f"StatusMatrixWidget(node=0, step={view.step} of {view.step}, cell=(1, 3), 5 dealers x 5 holders)"
    )
    assert StatusMatrixWidget(generate_key(1, seed=1, backend="glass")).cell == (0, 0)


@pytest.mark.parametrize("faults", [(), ("wrong-share:1:holder=3",), ("silent:2", "false-complaint:4:dealer=0")])
@pytest.mark.parametrize("fast_sync", [True, False])
def test_the_changes_of_the_story_add_up_to_every_matrix(faults: tuple[str, ...], fast_sync: bool) -> None:
    run = generate_key(6, 4, seed=2, backend="glass", fast_sync=fast_sync, faults=map(parse, faults))
    for node in run.configs:
        view, belief = StatusMatrixWidget(run, node), replay(run, node)
        grid = [["w"] * 6 for _ in range(6)]
        for told, step in zip(view.story["steps"], belief.steps, strict=True):
            for row, column, letter in told["changes"]:
                assert grid[row][column] != letter
                grid[row][column] = letter
            assert tuple(map("".join, grid)) == step.states
            assert told["said"] == step.said


def test_the_story_is_plain_data_and_carries_the_numbers_of_the_check(run: Run) -> None:
    story = StatusMatrixWidget(run).story
    assert json.loads(json.dumps(story))["key"] == bytes(run.agreed.key).hex()
    check = Evidence(run).check(1, 3)
    assert check is not None and check.left is not None
    (told,) = [event[4] for event in story["events"] if event[1:3] == [1, 3] and event[4] and event[4]["problem"]]
    assert told == {
        "x": 4,
        "terms": 3,
        "problem": "s·g is not F(4)",
        "left": short(bytes(check.left)),
        "right": short(bytes(check.right)),
    }


def test_another_node_tells_another_story(run: Run) -> None:
    view = StatusMatrixWidget(run)
    before = view.story
    view.node = 3
    assert view.story["node"] == 3
    assert view.story["own"] == [3, 3]
    assert view.story != before
    assert view.step <= len(view.story["steps"]) - 1
    assert view.story == StatusMatrixWidget(run, 3).story
    assert view.belief == replay(run, 3)


def test_a_resharing_names_nodes_beside_indices() -> None:
    first = generate_key(4, 3, seed=3, backend="glass")
    run = reshare(first, threshold=3, remaining=[0, 1, 2], joining=2)
    story = StatusMatrixWidget(run, 5).story
    assert story["resharing"] and story["own"] == [None, run.configs[5].holder_index]
    assert dict(story["dealers"]) == {0: 0, 1: 1, 2: 2, 3: None}
    assert {node for _, node in story["holders"]} == {0, 1, 2, 4, 5}


@pytest.mark.parametrize(
    ("trait", "value", "sentence"),
    [
        ("node", 5, "node: expected one of 0, 1, 2, 3, 4, got 5"),
        ("node", "0", "node: expected one of"),
        ("step", -1, "step: expected a whole number from 0 to 1[0-9], got -1"),
        ("step", 99, "got 99"),
        ("step", True, "got True"),
        ("step", None, "got None"),
        ("cell", (5, 0), "cell: there is no dealer 5; there are 0, 1, 2, 3, 4"),
        ("cell", (0, "a"), "cell: there is no holder 'a'"),
        ("cell", (0,), "cell: expected a pair"),
        ("cell", None, "cell: expected a pair"),
    ],
)
def test_a_refused_assignment_changes_nothing(run: Run, trait: str, value: Any, sentence: str) -> None:
    view = StatusMatrixWidget(run)
    before, story = repr(view), view.story
    with pytest.raises(LocalError, match=sentence):
        setattr(view, trait, value)
    assert repr(view) == before
    assert view.story is story
    view.set_state({trait: value})  # what a page sends is refused without an error
    assert repr(view) == before


def test_what_cannot_be_shown_is_refused_in_one_sentence(run: Run) -> None:
    with pytest.raises(LocalError, match="source: expected a Run, a Network or a journal, got a Evidence"):
        StatusMatrixWidget(Evidence(run))  # type: ignore[arg-type]
    with pytest.raises(LocalError, match="node: expected one of 0, 1, 2, 3, 4, got 7"):
        StatusMatrixWidget(run, 7)
    with pytest.raises(LocalError, match="room for 32 dealers and 32 holders, this session has 33"):
        StatusMatrixWidget(generate_key(33, 17, backend="glass", seed=1))
    with pytest.raises(traitlets.TraitError, match="read-only"):
        StatusMatrixWidget(run).story = {}


def test_the_saved_cell_holds_a_sentence_and_a_picture(run: Run) -> None:
    data, again = (StatusMatrixWidget(run)._repr_mimebundle_()[0] for _ in range(2))
    assert "application/vnd.jupyter.widget-view+json" in data
    for kind in ("image/svg+xml", "text/plain"):
        assert data[kind] == again[kind]
    assert "QUAL: 0, 1, 2, 3, 4." in data["text/plain"]
    assert ElementTree.fromstring(data["image/svg+xml"]).attrib["aria-label"] == data["text/plain"]
    view = StatusMatrixWidget(run)
    view.step = 0
    assert "step 1 of" in view.describe()
    assert view.picture() != data["image/svg+xml"]


def test_thirty_two_nodes_fit_and_their_story_stays_small() -> None:
    run = generate_key(32, 17, backend="glass", seed=1, faults=[parse("silent:4")])
    assert len(json.dumps(StatusMatrixWidget(run).story)) < 400_000


def test_a_network_and_a_saved_journal_show_each_of_their_sessions() -> None:
    net = Network(4, 3, backend="glass", seed=5).run(rounds=2)
    net.misbehave_in_dkg(parse("wrong-share:1:holder=2"))
    net.reshare(threshold=3, joining=1)
    net.run(rounds=30)
    saved = Journal.from_jsonl(net.journal.to_jsonl())
    first, second = sessions(saved)
    assert (first.resharing, second.resharing) == (False, True)
    newest = StatusMatrixWidget(net)
    assert newest.story["resharing"] and len(newest.story["holders"]) == 5 and len(newest.story["dealers"]) == 4
    dealer = next(one for one in newest.story["dealers"] if one[1] == 1)[0]
    assert newest.cell == (dealer, 2), "it begins with the share that is not in order"
    for session, number in ((first, 0), (second, 1)):
        one, other = StatusMatrixWidget(net, session=number), StatusMatrixWidget(saved, session=session.id)
        assert one.story == other.story and one.story["resharing"] == session.resharing
    # the key that was made is the key that was handed on
    assert StatusMatrixWidget(saved, session=0).story["key"] == newest.story["key"] == net.info.public_key.hex()


def test_a_session_that_is_not_there_is_refused() -> None:
    net = Network(3, 2, backend="glass").run(rounds=1)
    with pytest.raises(LocalError, match="session: expected a number from 0 to 0"):
        StatusMatrixWidget(net, session=1)
    with pytest.raises(LocalError, match="one with the detail 'summary' leaves it out"):
        StatusMatrixWidget(Network(3, 2, backend="glass", detail="summary").run(rounds=1))
    with pytest.raises(LocalError, match="source: expected a Run, a Network or a journal, got a str"):
        StatusMatrixWidget("run")  # type: ignore[arg-type]
