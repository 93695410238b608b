from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drandlab.cli.parameters import Parameter, assigned, parameters_of
from drandlab.errors import FormatError, LocalError

CELL = """\
nodes: int = 5  # nodes in the network, 2..64
loss: float = 0.1  # share of lost messages, 0..0.5
scheme: str = "short"  # which signatures; one of: short, long
note: str = "a # b"  # any text, 1..3 is no range here
strict: bool = True  # refuse late partials
seeds: list[int] = [
    1,
    2,
]  # one run for each, 0..1000
names: list = ["a"]  # who; one of: a, b, c
mixed: list = [1, "a"]  # anything
offset: int = -3  # from -5..5.
seed: int = 1  # 0..1000000: where chance comes from
"""


def declared() -> dict[str, Parameter]:
    return {parameter.name: parameter for parameter in parameters_of(CELL)}


def test_a_cell_declares_its_parameters() -> None:
    found = declared()
    assert {name: parameter.default for name, parameter in found.items()} == {
        "nodes": 5,
        "loss": 0.1,
        "scheme": "short",
        "note": "a # b",
        "strict": True,
        "seeds": [1, 2],
        "names": ["a"],
        "mixed": [1, "a"],
        "offset": -3,
        "seed": 1,
    }
    assert {name: parameter.allowed for name, parameter in found.items()} == {
        "nodes": "int, 2..64",
        "loss": "float, 0..0.5",
        "scheme": "str, one of short, long",
        "note": "str",
        "strict": "bool",
        "seeds": "list[int], 0..1000",
        "names": "list[str], one of a, b, c",
        "mixed": "list",
        "offset": "int, -5..5",
        "seed": "int, 0..1000000",
    }
    assert found["nodes"].comment == "nodes in the network, 2..64"


@pytest.mark.parametrize(
    ("assignment", "value"),
    [
        ("nodes=2", 2),
        ("nodes= 64 ", 64),
        ("loss=0", 0.0),
        ("loss=5e-1", 0.5),
        ("scheme=long", "long"),
        ("note=x=y", "x=y"),
        ("note=", ""),
        ("note=7", "7"),
        ("strict=false", False),
        ("strict=True", True),
        ("seeds=[3]", [3]),
        ("seeds=3,4", [3, 4]),
        ("seeds=[]", []),
        ("names=['b', 'c']", ["b", "c"]),
        ("mixed=[None, {}]", [None, {}]),
        ("offset=-5", -5),
    ],
)
def test_a_fitting_value_is_read(assignment: str, value: object) -> None:
    [read] = assigned(declared().values(), [assignment]).values()
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    "assignment",
    [
        "nodes=1",
        "nodes=65",
        "nodes=5.0",
        "nodes=five",
        "nodes=True",
        "nodes=",
        "nodes=[5]",
        "nodes=__import__('os')",
        "nodes=" + "9" * 10_000,
        "nodes=" + "(" * 1_000,
        "nodes=5\0",
        "loss=0.6",
        "loss=1e999",
        "loss=nan",
        "scheme=medium",
        "strict=1",
        "strict=yes",
        "seeds=3",
        "seeds=[3, 1001]",
        "seeds=['3']",
        "seeds=[True]",
        "names=['d']",
        "names=[1]",
        "offset=-6",
    ],
)
def test_an_unfit_value_is_refused_and_all_parameters_are_named(assignment: str) -> None:
    name = assignment.partition("=")[0]
    with pytest.raises(LocalError) as refused:
        assigned(declared().values(), [assignment])
    assert str(refused.value).startswith(f"parameter {name}: expected {declared()[name].allowed}, got ")
    assert "nodes (int, 2..64; default 5), loss (float, 0..0.5; default 0.1)" in str(refused.value)


@pytest.mark.parametrize(
    ("assignments", "sentence"),
    [
        (["node=3"], "parameter 'node' is not known; there are: nodes (int, 2..64; default 5)"),
        (["=3"], "parameter '' is not known"),
        (["nodes"], "parameter 'nodes': write name=value"),
        (["nodes=3", "nodes=3"], "parameter nodes is given twice"),
    ],
)
def test_unknown_names_are_refused(assignments: list[str], sentence: str) -> None:
    with pytest.raises(LocalError) as refused:
        assigned(declared().values(), assignments)
    assert sentence in str(refused.value)


def test_a_notebook_without_parameters_says_so() -> None:
    assert assigned([], []) == {}
    with pytest.raises(LocalError, match="parameter 'n' is not known; this notebook has no parameters"):
        assigned([], ["n=1"])


@pytest.mark.parametrize(
    ("cell", "line", "what"),
    [
        ("a: int = 1\nb = 2", 2, "`b = 2`"),
        ("a: int = 1 + len('x')", 1, "a parameter is written `name: type = literal  # what it is`"),
        ("a: int", 1, "`a: int`"),
        ("a: dict = {}", 1, "`a: dict = {}`"),
        ("a: list[dict] = []", 1, "`a: list[dict] = []`"),
        ("a: int | None = 1", 1, "`a: int | None = 1`"),
        ("import random", 1, "`import random`"),
        ("a: int = 1.5", 1, "the default does not fit: parameter a: expected int, got 1.5"),
        ("\na: int = 1  # 2..4", 2, "the default does not fit: parameter a: expected int, 2..4, got 1"),
        ("a: list = 3", 1, "the default does not fit: parameter a: expected list, got 3"),
        ("a: int = (", 1, "the parameters cell is not Python"),
    ],
)
def test_a_cell_that_declares_something_else_is_refused(cell: str, line: int, what: str) -> None:
    with pytest.raises(FormatError) as refused:
        parameters_of(cell)
    assert refused.value.line == line
    assert what in str(refused.value)


@given(low=st.integers(-100, 100), span=st.integers(0, 100), value=st.integers(-300, 300))
def test_a_range_includes_its_ends_and_nothing_beyond(low: int, span: int, value: int) -> None:
    [parameter] = parameters_of(f"n: int = {low}  # of something, {low}..{low + span}")
    if low <= value <= low + span:
        assert parameter.read(str(value)) == value
    else:
        with pytest.raises(LocalError):
            parameter.read(str(value))


@given(st.lists(st.integers() | st.floats(allow_nan=False, allow_infinity=False)))
def test_what_repr_writes_is_read_again(values: list[float]) -> None:
    [parameter] = parameters_of("values: list[float] = []  # numbers")
    assert parameter.read(repr(values)) == values
