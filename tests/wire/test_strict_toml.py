"""TOML into dataclasses: what is read, the line of every key, and errors that name the place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drandlab.errors import FormatError, LocalError
from drandlab.wire.strict_toml import Document, lines_of


@dataclass(frozen=True, kw_only=True)
class Inner:
    loss: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.loss <= 1:
            raise LocalError(f"expected a probability, got {self.loss}", argument="loss")


@dataclass(frozen=True, kw_only=True)
class Outer:
    count: int
    ratio: float = 1.0
    title: str = "x"
    on: bool = False
    maybe: int | None = None
    either: str | float | None = None
    part: Inner | bool = False
    some: tuple[int, ...] | None = None
    inner: Inner = Inner()
    numbers: tuple[int, ...] = ()
    sides: tuple[tuple[int, ...], ...] = ()
    parts: tuple[Inner, ...] = ()

    def __post_init__(self) -> None:
        if self.count == 13:
            raise LocalError("expected less bad luck", argument="loss", within=("parts", 2))
        if self.count == 14:
            raise LocalError("nothing that begins with a key")


def test_every_kind_of_value_is_read() -> None:
    text = """
count = 3
ratio = 2
title = "a"
on = true
maybe = 4
numbers = [1, 2]
sides = [[1], [2, 3]]
[inner]
loss = 0.5
[[parts]]
[[parts]]
loss = 1
"""
    found = Document(text).read(Outer)
    assert found == Outer(
        count=3,
        ratio=2.0,
        title="a",
        on=True,
        maybe=4,
        inner=Inner(loss=0.5),
        numbers=(1, 2),
        sides=((1,), (2, 3)),
        parts=(Inner(), Inner(loss=1.0)),
    )
    assert isinstance(found.ratio, float)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('either = "noon"', {"either": "noon"}),
        ("either = 3", {"either": 3.0}),
        ("part = true", {"part": True}),
        ("some = [1]", {"some": (1,)}),
        ("part = { loss = 1 }", {"part": Inner(loss=1.0)}),
    ],
)
def test_one_of_two_kinds_is_read(text: str, found: dict[str, object]) -> None:
    assert Document(f"count = 1\n{text}").read(Outer) == Outer(count=1, **found)  # type: ignore[arg-type]


def test_what_is_left_out_is_as_the_class_has_it() -> None:
    assert Document("count = 1").read(Outer) == Outer(count=1)


@pytest.mark.parametrize(
    ("text", "line", "field", "words"),
    [
        ("", None, "count", "missing: expected a whole number"),
        ("count = 1\ncuont = 2", 2, "cuont", 'no such key; did you mean "count"? There are count, ratio'),
        ("count = 1\nzzz = 2", 2, "zzz", "no such key; there are count, ratio"),
        ("count = 1.0", 1, "count", "expected a whole number, got a number, 1.0"),
        ("count = true", 1, "count", "expected a whole number, got true"),
        ('count = "3"', 1, "count", "expected a whole number, got a text, '3'"),
        ("count = 0x" + "f" * 6000, 1, "count", "more than 64 bits"),
        ("count = 1\nratio = nan", 2, "ratio", "expected a number, got nan"),
        ("count = 1\nratio = -inf", 2, "ratio", "expected a number, got -inf"),
        ("count = 1\nratio = false", 2, "ratio", "expected a number, got false"),
        ("count = 1\nratio = 0x" + "f" * 6000, 2, "ratio", "more than 64 bits"),
        ("count = 1\ntitle = 5", 2, "title", "expected a text, got a whole number, 5"),
        ("count = 1\non = 1", 2, "on", "expected true or false, got a whole number, 1"),
        ("count = 1\neither = []", 2, "either", "expected a text or a number, got a list"),
        ("count = 1\neither = true", 2, "either", "expected a text or a number, got true"),
        ("count = 1\neither = nan", 2, "either", "expected a number, got nan"),
        ("count = 1\nsome = 3", 2, "some", "expected a list of whole numbers, got a whole number, 3"),
        ("count = 1\npart = 3", 2, "part", "expected a table or true or false, got a whole number, 3"),
        ("count = 1\npart = { loss = 2 }", 2, "part.loss", "expected a probability, got 2"),
        ("count = 1\nmaybe = []", 2, "maybe", "expected a whole number, got a list"),
        ("count = 1\nmaybe = 2020-01-01", 2, "maybe", "expected a whole number, got a date or a time"),
        ("count = 1\nnumbers = 5", 2, "numbers", "expected a list of whole numbers, got a whole number, 5"),
        ('count = 1\nnumbers = [1, "2"]', 2, "numbers", "expected a whole number, got a text, '2'"),
        ("count = 1\nsides = [1]", 2, "sides", "expected a list of whole numbers, got a whole number, 1"),
        ("count = 1\nsides = {}", 2, "sides", "expected a list of lists, got a table"),
        ("count = 1\nparts = 1", 2, "parts", "expected a list of tables, got a whole number, 1"),
        ("count = 1\ninner = 5", 2, "inner", "expected a table, got a whole number, 5"),
        ("count = 1\n[inner]\nlos = 1", 3, "inner.los", 'did you mean "loss"?'),
        ("count = 1\n[inner]\n\nloss = 2", 4, "inner.loss", "expected a probability, got 2.0"),
        ("count = 1\ninner = { loss = 2 }", 2, "inner.loss", "expected a probability"),
        ("count = 1\ninner.loss = 2", 2, "inner.loss", "expected a probability"),
        ("count = 1\n[[parts]]\n[[parts]]\nloss = -1", 4, "parts.loss", "expected a probability"),
        ("count = 13\n[[parts]]\nloss = 0\n[[parts]]\nloss = 0", 5, "parts.loss", "expected less bad luck"),
        ("count = 14", None, None, "nothing that begins with a key"),
        ('count = 1\ntitle = "unended', 2, None, "not TOML"),
        ("count = 1\ncount = 2", 2, None, "not TOML"),
        ("count = " + "[" * 5000, None, None, "not TOML"),
    ],
)
def test_an_error_names_file_line_key_and_what_was_expected(
    text: str, line: int | None, field: str | None, words: str
) -> None:
    with pytest.raises(FormatError) as caught:
        Document(text, "a.toml").read(Outer)
    assert (caught.value.source, caught.value.line, caught.value.field) == ("a.toml", line, field)
    assert words in str(caught.value)
    assert len(str(caught.value)) < 400


def test_lines_in_a_text_of_several_lines_are_no_keys() -> None:
    lines = lines_of('a = """\nb = 1\n[c]\n"""\nb = 2\n\'quoted key\'.d = 3\n[ e . f ] # here\ng = 4')
    assert lines == {("a",): 1, ("b",): 5, ("quoted key", "d"): 6, ("e", "f"): 7, ("e", "f", "g"): 8}


def test_tables_of_a_list_in_a_list_are_counted() -> None:
    lines = lines_of("[[a]]\n[[a.b]]\n[[a.b]]\nc = 1\n[[a]]\n[[a.b]]\nc = 2\n[a.d]\ne = 1")
    assert (lines["a", 0, "b", 1, "c"], lines["a", 1, "b", 0, "c"], lines["a", 1, "d", "e"]) == (4, 7, 9)


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        Document(text, "a.toml").read(Outer)
    except FormatError as error:
        assert error.source == "a.toml"


KEYS = st.sampled_from(["count", "ratio", "title", "on", "inner", "numbers", "sides", "parts", "other"])
VALUES = st.sampled_from(["1", "-1", "0.5", '"a"', "true", "[]", "[1]", "[[1]]", "{}", "{ loss = 1 }", "[{}]", "1e400"])


@given(st.dictionaries(KEYS, VALUES))
def test_any_table_is_read_or_refused(table: dict[str, str]) -> None:
    try:
        Document("\n".join(f"{key} = {value}" for key, value in table.items()), "a.toml").read(Outer)
    except FormatError as error:
        assert error.source == "a.toml"
        assert error.line is not None or "missing" in error.rule


@dataclass(frozen=True, kw_only=True)
class Free:
    amounts: Mapping[str, int] = field(default_factory=dict)
    any: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, amount in self.amounts.items():
            if amount < 0:
                raise LocalError("expected 0 or more", argument=name, within=("amounts",))


def test_a_table_may_have_keys_of_its_own() -> None:
    text = "any = {a = 1, b = [true]}\n[amounts]\nAlice = 5\n4594 = 7"
    assert Document(text).read(Free) == Free(amounts={"Alice": 5, "4594": 7}, any={"a": 1, "b": [True]})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("amounts = 3", 'x, line 1, field "amounts": expected a table, got a whole number, 3'),
        ("[amounts]\nAlice = 5\nBob = 'x'", 'x, line 3, field "amounts.Bob": expected a whole number, got a text'),
        ("[amounts]\nAlice = -5", 'x, line 2, field "amounts.Alice": expected 0 or more'),
        ("any = [1]", 'x, line 1, field "any": expected a table, got a list'),
    ],
)
def test_what_does_not_fit_into_it_is_refused_with_its_key(text: str, said: str) -> None:
    with pytest.raises(FormatError) as caught:
        Document(text, "x").read(Free)
    assert str(caught.value).startswith(said)
