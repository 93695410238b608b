"""Tables of kinds of messages: looked up by name, joined, printed."""

from __future__ import annotations

import pytest

from drandlab.errors import LocalError
from drandlab.simulation.traffic import MESSAGES
from drandlab.viz.charts.stage import COLOURS
from drandlab.wire.kinds import COLOURS as NAMES
from drandlab.wire.kinds import KindTable, Legend, MessageKind

DOT = Legend(name="dot", symbol="circle", path="M0 0h1", colour="blue")
BOX = Legend(name="box", symbol="square", path="M0 0h2", colour="ink", outline=True)


def kind(name: str, legend: Legend = DOT, **more: bool) -> MessageKind:
    return MessageKind(name=name, message=name.title(), service="Net." + name, purpose="test", legend=legend, **more)


def test_a_table_keeps_its_order_and_finds_by_name() -> None:
    table = KindTable(kind("b"), kind("a", ordered=True), kind("c", BOX))
    assert list(table) == ["b", "a", "c"] and len(table) == 3 and table["a"].ordered
    assert table.get("d") is None and "d" not in table
    assert table.legends == (DOT, BOX)
    assert table.names(lambda one: one.legend is DOT) == {"a", "b"}


def test_tables_are_joined_and_a_name_belongs_to_one() -> None:
    joined = KindTable(kind("a")) | KindTable(kind("b", BOX))
    assert list(joined) == ["a", "b"] and joined.legends == (DOT, BOX)
    with pytest.raises(LocalError, match=r"'a'.*twice"):
        _ = joined | KindTable(kind("a"))


def test_the_text_has_one_line_for_each_kind() -> None:
    text = KindTable(kind("a"), kind("longer")).as_text().splitlines()
    assert text[3:5] == ["``a``       A        Net.a", "``longer``  Longer   Net.longer"] and len(text) == 6


def test_a_legend_has_a_colour_that_pictures_know() -> None:
    with pytest.raises(LocalError, match=r"colour.*'pink'"):
        Legend(name="x", symbol="circle", path="M0 0", colour="pink")
    assert set(COLOURS) == set(NAMES)


def test_the_shapes_of_the_legends_differ_with_and_without_colour() -> None:
    for of in (lambda one: one.name, lambda one: one.symbol, lambda one: one.path):
        assert len({of(one) for one in MESSAGES.legends}) == len(MESSAGES.legends)
