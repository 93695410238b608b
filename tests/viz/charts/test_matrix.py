"""The status matrix as a picture: right marks, right words, one picture on every machine."""

from __future__ import annotations

from collections import Counter
from xml.etree import ElementTree

import pytest

from drandlab.errors import LocalError
from drandlab.simulation.keygen.belief import STATES, Belief
from drandlab.simulation.keygen.replay import replay
from drandlab.simulation.keygen.run import generate_key, reshare
from drandlab.simulation.misbehaviour.keygen import parse
from drandlab.viz.charts.matrix import MARKS, status_matrix
from drandlab.viz.theme import DARK, LIGHT, contrast

FAULTS = ("wrong-share:1:holder=3", "false-justification:1", "silent:4")


def seen(*faults: str, nodes: int = 5, fast_sync: bool = True) -> Belief:
    run = generate_key(nodes, seed=4, backend="glass", fast_sync=fast_sync, faults=map(parse, faults))
    return replay(run, 0)


@pytest.mark.parametrize("fast_sync", [True, False])
def test_every_share_has_one_mark_with_its_state_at_its_place(fast_sync: bool) -> None:
    belief = seen(*FAULTS, fast_sync=fast_sync)
    for step in range(len(belief.steps)):
        chart = status_matrix(belief, step)
        marks = {
            (dealer, holder): trace.name
            for trace in chart.figure.data
            for holder, y in zip(trace.x, trace.y, strict=True)
            for dealer in [4 - y]
        }
        assert marks == {(d, h): STATES[belief.state(step, d, h)] for d in range(5) for h in range(5)}
        assert chart.table["state"] == [marks[d, h] for d in range(5) for h in range(5)]
        assert sum(len(trace.x) for trace in chart.figure.data) == 25


def test_no_two_states_share_a_shape_and_all_are_readable() -> None:
    assert set(MARKS) == set(STATES)
    shapes = Counter((symbol, size >= 0.5) for symbol, size, _ in MARKS.values())
    assert max(shapes.values()) == 1
    assert all(contrast(colour, paper) >= 3 for _, _, colour in MARKS.values() for paper in (LIGHT, DARK))


def test_rows_of_the_evicted_are_struck_and_the_qualified_are_named() -> None:
    belief = seen(*FAULTS)
    chart = status_matrix(belief)
    assert list(chart.figure.layout.yaxis.ticktext) == ["0 QUAL", "1 out", "2 QUAL", "3 QUAL", "4 out"]
    assert list(chart.figure.layout.xaxis.ticktext) == ["0", "1", "2", "3", "4 out"]
    horizontal = [shape.y0 for shape in chart.figure.layout.shapes if shape.y0 == shape.y1]
    vertical = [shape.x0 for shape in chart.figure.layout.shapes if shape.x0 == shape.x1]
    assert (horizontal, vertical) == ([3, 0], [4])
    assert status_matrix(belief, 0).figure.layout.shapes == ()
    assert "QUAL" not in str(status_matrix(belief, len(belief.steps) - 2).figure.layout.yaxis.ticktext)


def test_in_a_resharing_the_holders_are_the_qualified() -> None:
    run = reshare(generate_key(4, 3, seed=3, backend="glass"), threshold=3, remaining=[0, 1, 2], joining=2)
    belief = replay(run)
    chart = status_matrix(belief)
    assert list(chart.figure.layout.xaxis.ticktext) == [f"{h} QUAL" for h in range(5)]
    absent = next(iter(belief.struck(len(belief.steps) - 1)))
    assert chart.figure.layout.yaxis.ticktext[belief.dealers.index(absent)] == f"{absent} out"


def test_the_sentence_counts_complains_and_concludes() -> None:
    belief = seen(*FAULTS)
    first, last = status_matrix(belief, 0).alt, status_matrix(belief).alt
    assert first == f"Node 0 after step 1 of {len(belief.steps)}: of 25 shares 1 is in order."
    assert "holder 3 complains about dealer 1;" in last
    assert "Evicted as dealer: 1, 4. Evicted as holder: 4. QUAL: 0, 2, 3. The group key is 80676c61…" in last
    many = status_matrix(seen("silent:4", nodes=10))
    assert many.table["state"].count("complaint") == 9
    assert "; there are 9 complaints." in many.alt


def test_a_node_without_a_key_says_so() -> None:
    run = generate_key(3, 2, seed=4, backend="glass", faults=[parse("absent-dealer:0"), parse("absent-dealer:1")])
    alt = status_matrix(replay(run, 2)).alt
    assert alt.endswith(f"This node ends without a key: {run.errors[2]}.")


def test_the_picture_is_a_small_valid_svg_and_always_the_same() -> None:
    one, two = (status_matrix(seen(*FAULTS, nodes=23)).to_svg() for _ in range(2))
    assert one == two
    root = ElementTree.fromstring(one)
    assert root.attrib["aria-label"] == status_matrix(seen(*FAULTS, nodes=23)).alt
    assert len(one) < 40_000


@pytest.mark.parametrize("step", [99, -99, True, 1.0, "last", None])
def test_a_step_that_is_not_there_is_refused(step: object) -> None:
    with pytest.raises(LocalError, match=r"step: expected a whole number from 0 to \d+, got"):
        status_matrix(seen(), step)  # type: ignore[arg-type]
