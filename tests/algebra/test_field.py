from __future__ import annotations

import copy
import pickle
from collections import Counter
from random import Random
from typing import Any

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from drandlab.algebra import BLS12_381_FR, BN254_FR, FieldElement, PrimeField, batch_inverse
from drandlab.errors import DecodeError, LocalError

F17 = PrimeField(17)
FIELDS = [PrimeField(2), PrimeField(3), F17, PrimeField(257), PrimeField(2**61 - 1), BN254_FR, BLS12_381_FR]

fields = st.sampled_from(FIELDS)
integers = st.integers(-(2**300), 2**300)


@given(fields, integers, integers, integers)
def test_elements_obey_the_field_axioms(field: PrimeField, i: int, j: int, k: int) -> None:
    a, b, c = field(i), field(j), field(k)
    assert (a + b) + c == a + (b + c) and (a * b) * c == a * (b * c)
    assert a + b == b + a and a * b == b * a
    assert a * (b + c) == a * b + a * c
    assert a + field.zero == a and a * field.one == a
    assert a + -a == field.zero and a - b == a + -b
    if a:
        assert a * a.inverse() == field.one and b / a == b * a.inverse() and a**-1 == a.inverse()


@given(fields, integers, integers, st.integers(0, 300))
def test_elements_follow_the_integers_modulo_p(field: PrimeField, i: int, j: int, e: int) -> None:
    p, a, b = field.modulus, field(i), field(j)
    assert (a.value, (a + b).value, (a - b).value, (a * b).value) == (i % p, (i + j) % p, (i - j) % p, i * j % p)
    assert (a**e).value == pow(i, e, p)
    assert (a + j, i + b, a - j, i - b, a * j, i * b) == (a + b, a + b, a - b, a - b, a * b, a * b)
    if b:
        assert a / j == a / b == i / b
    assert (a == j) == (j == a) == ((i - j) % p == 0)


@given(fields, integers)
def test_encoding_is_a_bijection(field: PrimeField, i: int) -> None:
    a = field(i)
    assert len(a.to_bytes()) == field.byte_length
    assert field.from_bytes(bytes(a)) == a and int(a) == int.from_bytes(a.to_bytes(), "big")


@given(fields, st.binary(max_size=40))
def test_from_bytes_accepts_only_what_to_bytes_makes(field: PrimeField, data: bytes) -> None:
    try:
        decoded = field.from_bytes(data)
    except DecodeError as error:
        assert error.code == ("length" if len(data) != field.byte_length else "range")
    else:
        assert decoded.to_bytes() == data


@pytest.mark.parametrize("field", [F17, BLS12_381_FR, BN254_FR])
def test_from_bytes_ends_at_the_modulus(field: PrimeField) -> None:
    n, p = field.byte_length, field.modulus
    assert field.from_bytes((p - 1).to_bytes(n, "big")) == -1
    with pytest.raises(DecodeError, match="below the modulus") as caught:
        field.from_bytes(p.to_bytes(n, "big"))
    assert caught.value.code == "range"
    for wrong in (b"", bytes(n - 1), bytes(n + 1)):
        with pytest.raises(DecodeError, match=f"exactly {n} bytes, got {len(wrong)}") as caught:
            field.from_bytes(wrong)
        assert caught.value.code == "length"


@pytest.mark.parametrize("data", ["00", 0, None, [0]])
def test_from_bytes_wants_bytes(data: object) -> None:
    with pytest.raises(TypeError, match="data: expected bytes, got"):
        F17.from_bytes(data)  # type: ignore[arg-type]


@pytest.mark.parametrize("modulus", [-17, 0, 1, 4, 561, BLS12_381_FR.modulus * BN254_FR.modulus])
def test_a_modulus_that_is_not_prime_is_refused(modulus: int) -> None:
    with pytest.raises(LocalError, match=f"modulus: must be prime, got {modulus}"):
        PrimeField(modulus)


@pytest.mark.parametrize("modulus", [True, 17.0, "17", None])
def test_a_modulus_that_is_not_an_int_is_refused(modulus: object) -> None:
    with pytest.raises(TypeError, match="modulus: expected a whole number"):
        PrimeField(modulus)  # type: ignore[arg-type]


def test_a_name_that_is_not_a_str_is_refused() -> None:
    with pytest.raises(TypeError, match="name: expected text or None, got int"):
        PrimeField(17, 5)  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [True, 1.5, "3", None, b"\x03"])
def test_a_value_that_is_not_an_int_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="value: expected a whole number"):
        F17(value)  # type: ignore[arg-type]


@pytest.mark.parametrize("other", [True, 1.5, "3", None])
def test_operators_refuse_what_is_neither_int_nor_element(other: object) -> None:
    x = F17(3)
    for operation in ("__add__", "__radd__", "__sub__", "__rsub__", "__mul__", "__truediv__", "__rtruediv__"):
        assert getattr(x, operation)(other) is NotImplemented
    assert x != other
    with pytest.raises(TypeError):
        x + other  # type: ignore[operator]


def test_fields_never_mix() -> None:
    for operation in (lambda a, b: a + b, lambda a, b: a - b, lambda a, b: a * b, lambda a, b: a / b):
        with pytest.raises(LocalError, match=r"PrimeField\(17\) and PrimeField\(19\) do not mix"):
            operation(F17(3), PrimeField(19)(3))
    with pytest.raises(LocalError, match=r"expected an element of PrimeField\(17\), got one of PrimeField\(19\)"):
        F17(PrimeField(19)(3))
    assert F17(3) != PrimeField(19)(3)


def test_a_field_is_its_modulus() -> None:
    same = PrimeField(17, "another name")
    assert same == F17 and hash(same) == hash(F17)
    assert same(3) == F17(3) and same(3) + F17(4) == 7 and F17(same(5)) == 5


def test_division_by_zero_says_so() -> None:
    for divide in (lambda: F17(3) / 0, lambda: F17(3) / F17(17), lambda: 1 / F17(0), lambda: F17(0) ** -1):
        with pytest.raises(ZeroDivisionError, match=r"0 has no inverse in PrimeField\(17\)"):
            divide()


def test_powers() -> None:
    assert F17(0) ** 0 == 1 and F17(3) ** 16 == 1 and F17(3) ** -2 == F17(1) / 9
    with pytest.raises(TypeError, match="exponents are taken modulo p - 1"):
        F17(3) ** F17(2)
    with pytest.raises(TypeError, match=r"exponent: expected a whole number.*, got float"):
        F17(3) ** 0.5


def test_elements_are_immutable_and_hashable() -> None:
    x = F17(3)
    with pytest.raises(AttributeError, match="immutable"):
        x.value = 4
    with pytest.raises(AttributeError, match="immutable"):
        del x.value
    with pytest.raises(AttributeError):
        x.other = 4
    assert {F17(3), F17(20), F17(4)} == {F17(3), F17(4)}


@pytest.mark.parametrize("field", FIELDS)
def test_pickle_and_copy_keep_elements_equal(field: PrimeField) -> None:
    x = field(-1)
    for twin in (pickle.loads(pickle.dumps(x)), copy.copy(x), copy.deepcopy(x)):
        assert twin == x and repr(twin) == repr(x)


def test_random_reaches_every_element_equally_often() -> None:
    # 17 * 500 draws: each count is within 6 standard deviations (about 22) of 500.
    counts = Counter(F17.random(rng).value for rng in [Random(7)] for _ in range(8500))
    assert set(counts) == set(range(17)) and all(abs(count - 500) < 132 for count in counts.values())


class Tape:
    """A source of bytes that plays back what it was given."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def randbytes(self, n: int) -> bytes:
        piece, self.data = self.data[:n], self.data[n:]
        return piece


def test_random_rejects_instead_of_reducing() -> None:
    # 5 bits count for p = 17: 17 and 31 are refused, 0xE3 is 3 once its upper bits are cleared.
    assert F17.random(Tape(bytes([17, 31, 0xE3]))) == 3
    assert F17.random(Tape(bytes([0, 5]))) == 0
    assert F17.random(Tape(bytes([0, 5])), nonzero=True) == 5


@given(fields, st.integers(0, 2**32))
def test_random_is_set_by_the_seed(field: PrimeField, seed: int) -> None:
    assert field.random(Random(seed)) == field.random(Random(seed))
    assert field.random(Random(seed), nonzero=True) != 0


@pytest.mark.parametrize("rng", [None, 42, "seed"])
def test_random_wants_a_source_of_bytes(rng: object) -> None:
    with pytest.raises(TypeError, match="rng: must have randbytes"):
        F17.random(rng)  # type: ignore[arg-type]


def test_elements_walks_through_small_fields_only() -> None:
    assert [x.value for x in F17.elements()] == list(range(17))
    with pytest.raises(LocalError, match="too many elements"):
        BLS12_381_FR.elements()


@given(fields, st.lists(integers, max_size=20))
def test_batch_inverse_is_every_inverse(field: PrimeField, values: list[int]) -> None:
    elements = [x for x in map(field, values) if x]
    assert batch_inverse(elements) == [x.inverse() for x in elements]


def test_batch_inverse_names_what_is_wrong() -> None:
    with pytest.raises(ZeroDivisionError, match="position 1"):
        batch_inverse([F17(3), F17(0), F17(0)])
    with pytest.raises(
        LocalError, match=r"elements\[1\]: expected an element of PrimeField\(17\), got one of PrimeField\(19\)"
    ):
        batch_inverse([F17(3), PrimeField(19)(3)])
    with pytest.raises(TypeError, match=r"elements\[0\]: expected a FieldElement, got int"):
        batch_inverse([3])  # type: ignore[list-item]


@pytest.mark.parametrize(
    ("shown", "text", "latex"),
    [
        (F17, "PrimeField(17)", r"$\mathbb{F}_{17}$"),
        (F17(-1), "16 (mod 17)", r"$16 \in \mathbb{F}_{17}$"),
        (
            BLS12_381_FR,
            "Fr (255 bits)",
            r"$\text{Fr} = \mathbb{F}_p,\quad p = \mathtt{0x73eda753}\ldots\mathtt{00000001}$",
        ),
        (BN254_FR, "BN254 Fr (254 bits)", None),
        (PrimeField(2**127 - 1), "PrimeField (127 bits)", None),
        (BLS12_381_FR(6), "Fr(6)", r"$6 \in \text{Fr}$"),
        (BLS12_381_FR(-8), "Fr(-8)", r"$-8 \in \text{Fr}$"),
        (BLS12_381_FR(1) / 3, "Fr(#7c5e0ca2)", r"$\mathtt{\#7c5e0ca2} \in \text{Fr}$"),
        (PrimeField(2**127 - 1)(6), "F(6)", r"$6 \in \mathbb{F}_p$"),
    ],
)
def test_what_is_printed(shown: PrimeField | FieldElement, text: str, latex: str | None) -> None:
    assert repr(shown) == text
    assert latex is None or shown._repr_latex_() == latex


def test_the_two_scalar_fields_are_those_of_the_curves() -> None:
    # BLS12-381: r = x^4 - x^2 + 1 at the seed of the curve; BN254: r = 36x^4 + 36x^3 + 18x^2 + 6x + 1 at its own.
    x, u = -0xD201000000010000, 4965661367192848881
    assert BLS12_381_FR.modulus == x**4 - x**2 + 1
    assert BN254_FR.modulus == 36 * u**4 + 36 * u**3 + 18 * u**2 + 6 * u + 1


class Index:
    """A whole number of another library: no int, but it has an index."""

    def __index__(self) -> int:
        return 3


@pytest.mark.parametrize("three", [Index(), sympy.Integer(3)], ids=["index", "sympy"])
def test_a_whole_number_of_another_library_is_one(three: Any) -> None:
    assert F17(three) == F17(3) == three
    assert type(F17(three).value) is int
    assert F17(5) + three == three + F17(5) == F17(8)
    assert F17(5) - three == 2
    assert F17(-2) == three - F17(5)
    assert F17(5) * three == three * F17(5) == F17(15)
    for left in (three + F17(5), three - F17(5), three * F17(5), three / F17(5)):
        assert isinstance(left, FieldElement)
    assert F17(6) / three == F17(2)
    assert three / F17(6) == F17(3) / F17(6)
    assert F17(2) ** three == F17(8)
    field = PrimeField(Prime())  # type: ignore[arg-type]
    assert field == F17
    assert type(field.modulus) is int


class Prime:
    def __index__(self) -> int:
        return 17


@pytest.mark.parametrize("value", [3.0, "3", None, True, 3j])
def test_what_is_no_whole_number_does_not_mix(value: Any) -> None:
    for call in (lambda: F17(1) + value, lambda: value * F17(1), lambda: F17(1) - value, lambda: F17(1) / value):
        with pytest.raises(TypeError, match=r"unsupported operand|can't multiply"):
            call()
    assert F17(3) != value
