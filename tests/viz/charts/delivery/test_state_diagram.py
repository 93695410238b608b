"""States and transitions, drawn from the table of the manager."""

from __future__ import annotations

import enum
import itertools
from xml.etree import ElementTree

import pytest

from drandlab.errors import LocalError
from drandlab.idn.subscriptions.transitions import DEPLOYED_TRANSITIONS, SEED_TRANSITIONS
from drandlab.viz.charts.delivery.state_diagram import state_diagram


@pytest.mark.parametrize("table", [SEED_TRANSITIONS, DEPLOYED_TRANSITIONS])
def test_every_transition_of_the_table_is_drawn_and_said(table) -> None:  # type: ignore[no-untyped-def]
    chart = state_diagram(table)
    [words] = [trace for trace in chart.figure.data if trace.mode == "text"]
    states = {state.name.capitalize() for pair in table.items() for state in (pair[0][0], pair[1]) if state}
    arrows = {(before, after) for (before, _), after in table.items()}
    assert states <= set(words.text) and "gone" in words.text
    assert len(words.text) == len(states) + 1 + len(arrows)
    assert len(chart.figure.data) == 1 + len(states) + len(arrows)
    drawn = {cause for text in words.text for cause in text.split(", ")}
    assert drawn >= {cause for _, cause in table}
    assert chart.alt.count(".") == len(table) == len(chart.table["cause"])
    assert ElementTree.fromstring(chart.to_svg()).attrib["aria-label"] == chart.alt


def test_no_two_words_stand_on_each_other() -> None:
    for table in (SEED_TRANSITIONS, DEPLOYED_TRANSITIONS):
        [words] = [trace for trace in state_diagram(table).figure.data if trace.mode == "text"]
        places = list(zip(words.x, words.y, strict=True))
        assert all(abs(a[0] - b[0]) > 0.3 or abs(a[1] - b[1]) > 0.15 for i, a in enumerate(places) for b in places[:i])


def test_no_arrow_passes_through_words() -> None:
    for table in (SEED_TRANSITIONS, DEPLOYED_TRANSITIONS):
        *lines, words = state_diagram(table).figure.data
        for x, y, text, place in zip(words.x, words.y, words.text, words.textposition, strict=True):
            if place == "middle center":
                continue
            high, side = place.split()
            wide = 0.04 * len(text)
            left = x - {"left": wide, "right": 0, "center": wide / 2}[side]
            low = y - {"top": 0, "middle": 0.08, "bottom": 0.16}[high]
            for line in lines:
                for one, other in itertools.pairwise(zip(line.x, line.y, strict=True)):
                    for part in (0.1 * i for i in range(11)):
                        px, py = (a + part * (b - a) for a, b in zip(one, other, strict=True))
                        assert not (left < px < left + wide and low < py < low + 0.16), (text, line.x, line.y)


def test_a_table_without_states_or_with_too_many_is_refused() -> None:
    with pytest.raises(LocalError, match="transitions: expected a table of 1 to 6 states, got 0"):
        state_diagram({})
    many = enum.Enum("many", [f"S{i}" for i in range(8)])  # type: ignore[misc]
    with pytest.raises(LocalError, match="got 8"):
        state_diagram({(one, "b"): None for one in many})
