from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drandlab.errors import FormatError, LocalError
from drandlab.teach.parameters import Parameter, assigned, check_all, parameters_of

CELL = """\
nodes: int = 5  # nodes in the network, 2..64
loss: float = 0.1  # share of lost messages, 0..0.5
scheme: str = "short"  # which signatures; one of: short, long
note: str = "a # b"  # any text... or none
strict: bool = True  # refuse late partials
seeds: list[int] = [
    1,
    2,
]  # one run for each, 0..1000
names: list = ["a"]  # who; one of: a, b, c
mixed: list = [1, "a"]  # anything
offset: int = -3  # from -5..5.
part: int = 1  # reckoned from others, 1..nodes - 1
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
        "part": 1,
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
        "part": "int, 1..nodes - 1",
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
        "mixed=[b'x']",
        "mixed=[1j]",
        "mixed=[{1, 2}]",
        "mixed=[...]",
        "mixed=[(1, 2)]",
        "mixed=[{1: 2}]",
        "mixed=[{'a': b'x'}]",
        "mixed=[{(1, 2): 3}]",
        "mixed=[1e999]",
        "mixed=[0x" + "f" * 5_000 + "]",
        "mixed=" + "[" * 12 + "]" * 12,
        "mixed=['\\ud800']",
        "names=['\udcff']",
        "note=\udcff",
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


PAIR = "n: int = 5  # nodes, 2..64\nt: int = 3  # needed, n // 2 + 1..n"


@pytest.mark.parametrize(("n", "t"), [(2, 2), (64, 33), (64, 64), (7, 4), (5, 3)])
def test_a_limit_is_reckoned_from_other_parameters(n: int, t: int) -> None:
    assert assigned(parameters_of(PAIR), [f"t={t}", f"n={n}"]) == {"n": n, "t": t}


@pytest.mark.parametrize(
    ("assignments", "sentence"),
    [
        (["t=2"], "parameter t: expected int, n // 2 + 1..n, which is 3..5 with n = 5, got 2; there are: n (int"),
        (["n=8"], "parameter t: expected int, n // 2 + 1..n, which is 5..8 with n = 8, got 3"),
        (["t=9", "n=8"], "parameter t: expected int, n // 2 + 1..n, which is 5..8 with n = 8, got 9"),
        (["t=9", "n=65"], "parameter n: expected int, 2..64, got 65"),
    ],
)
def test_a_limit_that_others_set_is_enforced(assignments: list[str], sentence: str) -> None:
    with pytest.raises(LocalError) as refused:
        assigned(parameters_of(PAIR), assignments)
    assert str(refused.value).startswith(sentence)


def test_a_limit_without_a_value_is_said() -> None:
    declared = parameters_of("n: int = 5  # 0..9\nt: int = 3  # 0..60 // n")
    check_all(declared, {"n": 4})
    with pytest.raises(LocalError, match=r"parameter t: 0\.\.60 // n has no value with n = 0"):
        check_all(declared, {"n": 0})


@pytest.mark.parametrize(
    ("declaration", "below", "above"),
    [
        ("seeds: list[int] = [  # 0..10\n    1,\n    2,\n]", "[-1]", "[1, 11]"),
        ("seeds: list[int] = [\n    1,  # 0..10\n    2,\n]", "[-1]", "[11]"),
        ("seeds: list[int] = [\n    1,\n]  # 0..10", "[-1]", "[11]"),
        ("seeds: list = [\n    1,\n]  # 0..10", "[-1]", "[11]"),
        ("n: int = (\n    3  # 2 .. 9\n)", "1", "10"),
        ("n: int = 3  #2..9", "1", "10"),
        ("n: int = 3  # between 2..9 words", "1", "10"),
        ("n: float = 0.5  # (1e-3..0.5)", "0.0001", "0.6"),
        ("n: int = 3  # -4..-(-9)", "-5", "10"),
    ],
)
def test_limits_are_enforced_wherever_in_the_comment_they_stand(declaration: str, below: str, above: str) -> None:
    [parameter] = parameters_of(declaration)
    for text in (below, above):
        with pytest.raises(LocalError, match="expected"):
            parameter.read(text)


@pytest.mark.parametrize(
    "declaration",
    [
        "n: int = 3  # 1...9",
        "n: int = 3  # 1 ... 9",
        "n: int = 3  # 1\u20269",
        "n: int = 3  # 1\u20139",
        "n: int = 3  # 1 \u2014 9",
        "n: int = 3  # 1\u22129",
        "n: int = 3  # 1-9",
        "n: int = 3  # 1 - 9",
        "n: int = 3  # 1~9",
        "n: int = 3  # 10..1",
        "n: int = 3  # 1..9, or 20..30",
        "n: int = 3  # 1..9..20",
        "n: int = 3  # 1..",
        "n: int = 3  # ..9",
        "n: int = 3  # low..high",
        "n: int = 3  # 1..m",
        "n: int = 3  # 1..n",
        "n: int = 3  # 1..9 - m",
        "n: int = 3  # 1..2**9",
        "n: int = 3  # 1..9/2",
        "n: int = 3  # 1..len(x)",
        "n: int = 3  # 1..0x10",
        "n: int = 3  # v1.2..3",
        "n: int = 3  # 1..9n",
        "n: int = 3  # 1..9; one of: 3, 4",
        "n: int = 3  # one of: 3",
        "n: int = 3  # one of: 3, 4, or so",
        "n: int = 3  # one of: 3, 3",
        "n: int = 3  # one of: 3,, 4",
        "n: int = 3  # one of: 1..3",
        "n: str = 'a'  # 1..3 letters",
        "n: str = 'a'  # one of: a",
        "n: bool = True  # 0..1",
        "n: list = [1, 'a']  # 0..1",
        "n: list = []  # 0..1",
        "n: list[str] = ['a']  # 2..3 words",
        "# 1..9\nn: int = 3  # how many",
        "n: int = 3  # how many\n# 1..9",
        "n: int = 3; m: int = 4  # 1..9",
        "n: int = 3  # 1..9\nn: int = 4",
        "s: str = 'a'  # x\nn: int = 3  # 1..s",
        "n: list = [b'x']",
        "n: list = [1j]",
        "n: list = [(1, 2)]",
        "n: int = 3\0",
        "n: int = " + "-" * 100_000 + "1",
        "n: int = " + "(" * 1_000 + "1" + ")" * 1_000,
        "n: int = 3  # 1..9 " + "x" * 1_000,
    ],
)
def test_what_looks_like_limits_and_cannot_be_enforced_is_refused(declaration: str) -> None:
    with pytest.raises(FormatError) as refused:
        parameters_of(declaration)
    assert len(str(refused.value)) < 300


@pytest.mark.parametrize(
    "comment",
    ["BLS12-381 or another", "and so on... as always", "e.g. 3", "seed no. 3... or any", "RFC 9380, section 8-a"],
)
def test_prose_is_no_limit(comment: str) -> None:
    [parameter] = parameters_of(f"n: int = 3  # {comment}")
    assert parameter.allowed == "int"


def test_nothing_in_a_cell_is_executed(capsys: pytest.CaptureFixture[str]) -> None:
    for cell in ("n: int = print('!')", "n: int = 3  # 1..print('!')", "n: print('!') = 3", "n: list = [print('!')]"):
        with pytest.raises(FormatError):
            parameters_of(cell)
    assert capsys.readouterr().out == ""


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(st.characters(exclude_categories=["Cs"])),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
        max_leaves=8,
    )
)
def test_plain_data_passes_and_stays_what_it_is(value: object) -> None:
    [parameter] = parameters_of("values: list = []  # anything")
    try:
        assert parameter.read(repr([value])) == [value]
    except LocalError as error:
        assert "levels deep" in str(error)


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
