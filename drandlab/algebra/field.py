r"""Prime fields $\mathbb{F}_p$: the integers modulo a prime $p$, where every element but 0 has an inverse.

Secrets, shares and Lagrange coefficients of drand live in the field whose modulus is the order of the curve's groups:
`BLS12_381_FR` for the networks on BLS12-381, `BN254_FR` for evmnet.

Python's integers do not run in constant time: this is for learning and analysis, not for production keys.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from drandlab.algebra.modular import inverses, is_prime
from drandlab.errors import DecodeError, LocalError, WrongType
from drandlab.typing import Rng, checked_bytes, checked_int, digits_of, whole_number

__all__ = ["BLS12_381_FR", "BN254_FR", "FieldElement", "PrimeField", "batch_inverse"]

SHORT = 2**32
"""Below this, numbers are printed in full, and `elements` lists a field."""


@dataclass(frozen=True, slots=True, repr=False)
class PrimeField:
    r"""The field $\mathbb{F}_p$ of the integers modulo the prime `modulus`; calling it makes an element.

    `name` is what a large field is called when printed; two fields are equal when their moduli are.

    Raises `LocalError` when the modulus is not prime, `WrongType` when it is not a whole number.

    >>> F = PrimeField(17)
    >>> F, F(3), F(-1), F(3) / F(5)
    (PrimeField(17), 3 (mod 17), 16 (mod 17), 4 (mod 17))
    >>> BLS12_381_FR
    Fr (255 bits)
    >>> PrimeField(15)
    Traceback (most recent call last):
    drandlab.errors.LocalError: modulus: must be prime, got 15; modulo a composite not every element has an inverse

    Source: Shoup, A Computational Introduction to Number Theory and Algebra, 2nd ed., section 2.5.
    """

    modulus: int
    name: str | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "modulus", checked_int(self.modulus, "modulus"))
        if self.name is not None and not isinstance(self.name, str):
            raise WrongType(f"expected text or None, got {type(self.name).__name__}", argument="name")
        if not is_prime(self.modulus):
            raise LocalError(
                f"must be prime, got {digits_of(self.modulus)}; modulo a composite not every element has an inverse",
                argument="modulus",
            )

    def __call__(self, value: int | FieldElement) -> FieldElement:
        """Return the element congruent to `value`, an int of any size and sign or an element of this field."""
        if isinstance(value, FieldElement):
            return value if value.field is self else FieldElement(self, self.residue(value))
        return FieldElement(self, value)

    def residue(self, value: int | FieldElement, name: str = "value") -> int:
        r"""Return the integer $0 \le v < p$ that stands for `value`; `name` is what errors call it.

        For loops over plain integers. Raises `WrongType` for anything but a whole number or an element, `LocalError`
        for an element of another field.

        >>> PrimeField(17).residue(-1)
        16
        """
        if isinstance(value, FieldElement):
            if value.field != self:
                raise LocalError(f"expected an element of {self!r}, got one of {value.field!r}", argument=name)
            return value.value
        return checked_int(value, name, secret=True) % self.modulus

    @property
    def zero(self) -> FieldElement:
        """The neutral element of addition."""
        return FieldElement(self, 0)

    @property
    def one(self) -> FieldElement:
        """The neutral element of multiplication."""
        return FieldElement(self, 1)

    @property
    def byte_length(self) -> int:
        """Bytes of an encoded element: the least number that holds $p - 1$.

        >>> PrimeField(17).byte_length, BLS12_381_FR.byte_length
        (1, 32)
        """
        return ((self.modulus - 1).bit_length() + 7) // 8

    def from_bytes(self, data: bytes) -> FieldElement:
        """Decode the one legal encoding of an element: big-endian, exactly `byte_length` bytes, below the modulus.

        Raises `DecodeError` with code ``length`` or ``range``.

        >>> PrimeField(17).from_bytes(bytes([16]))
        16 (mod 17)
        >>> PrimeField(17).from_bytes(bytes([17]))
        Traceback (most recent call last):
        drandlab.errors.DecodeError: element of PrimeField(17) must be below the modulus
        """
        data = checked_bytes(data, "data")
        if len(data) != self.byte_length:
            raise DecodeError("length", f"element of {self!r} takes exactly {self.byte_length} bytes, got {len(data)}")
        value = int.from_bytes(data, "big")
        if value >= self.modulus:
            raise DecodeError("range", f"element of {self!r} must be below the modulus")
        return FieldElement(self, value)

    def random(self, rng: Rng, *, nonzero: bool = False) -> FieldElement:
        """Draw an element uniformly, by rejection: reducing a random number modulo p would favour small values.

        `rng` gives the bytes; `nonzero` excludes 0. Each try takes `byte_length` bytes and clears the bits above the
        modulus, as kyber's ``random.Int`` does.

        >>> from random import Random
        >>> BLS12_381_FR.random(Random(1)) == BLS12_381_FR.random(Random(1))
        True
        """
        if not callable(getattr(rng, "randbytes", None)):
            raise WrongType(
                f"must have randbytes(n), as random.Random(seed) has; got {type(rng).__name__}", argument="rng"
            )
        mask = (1 << self.modulus.bit_length()) - 1
        while True:
            value = int.from_bytes(rng.randbytes(self.byte_length), "big") & mask
            if value < self.modulus and (value or not nonzero):
                return FieldElement(self, value)

    def elements(self) -> Iterator[FieldElement]:
        """Iterate over all elements, 0 first; raises `LocalError` for a field of 2**32 elements or more.

        >>> list(PrimeField(3).elements())
        [0 (mod 3), 1 (mod 3), 2 (mod 3)]
        """
        if self.modulus >= SHORT:
            raise LocalError(f"{self!r} has too many elements to list: take a modulus below 2**32")
        return (FieldElement(self, value) for value in range(self.modulus))

    def __repr__(self) -> str:
        if self.modulus < SHORT:
            return f"PrimeField({self.modulus})"
        return f"{self.name or 'PrimeField'} ({self.modulus.bit_length()} bits)"

    def latex(self) -> str:
        r"""The field's symbol as LaTeX without dollar signs, such as ``\mathbb{F}_{17}``."""
        if self.modulus < SHORT:
            return rf"\mathbb{{F}}_{{{self.modulus}}}"
        return rf"\text{{{self.name}}}" if self.name else r"\mathbb{F}_p"

    def _repr_latex_(self) -> str:
        if self.modulus < SHORT:
            return f"${self.latex()}$"
        digits = f"{self.modulus:x}"
        hexadecimal = rf"\mathtt{{0x{digits[:8]}}}\ldots\mathtt{{{digits[-8:]}}}"
        symbol = rf"{self.latex()} = \mathbb{{F}}_p" if self.name else r"\mathbb{F}_p"
        return rf"${symbol},\quad p = {hexadecimal}$"


class FieldElement:
    r"""An element of a prime field: immutable, hashable, always reduced to $0 \le$ `value` $< p$.

    ``+ - * / **`` and ``==`` follow the field's arithmetic; an int on either side stands for its residue, so that
    ``F(16) == -1`` in $\mathbb{F}_{17}$. (In sets and dictionaries use elements only: an int that is not reduced has
    another hash.) Elements of two fields in one operation raise `LocalError`, division by 0 `ZeroDivisionError`.

    >>> F = PrimeField(17)
    >>> x = F(5)
    >>> x + 14, 1 - x, x * x, 1 / x, x**-2, -x
    (2 (mod 17), 13 (mod 17), 8 (mod 17), 7 (mod 17), 15 (mod 17), 12 (mod 17))
    >>> x / 0
    Traceback (most recent call last):
    ZeroDivisionError: 0 has no inverse in PrimeField(17)

    A large number prints as a mark: ``#`` and the first digits of the SHA-256 of its encoding. Equal numbers have equal
    marks, and a mark shows no digit of a number that may be secret; ``int(x)`` gives the number.

    >>> BLS12_381_FR(1) / 3, BLS12_381_FR(-8)
    (Fr(#7c5e0ca2), Fr(-8))
    """

    __slots__ = ("field", "value")
    __match_args__ = ("value",)

    # A sympy number on the left would convert the element to a plain int and lose its field. With a higher priority,
    # the element's own operator is called instead.
    _op_priority = 100.0

    field: PrimeField
    value: int

    def __init__(self, field: PrimeField, value: int) -> None:
        if type(value) is not int:
            value = checked_int(value, "value", secret=True)
        object.__setattr__(self, "field", field)
        object.__setattr__(self, "value", value % field.modulus)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a FieldElement is immutable: make a new one instead of setting {name}")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"a FieldElement is immutable: {name} cannot be deleted")

    def __reduce__(self) -> tuple[type[FieldElement], tuple[PrimeField, int]]:
        return FieldElement, (self.field, self.value)

    def _operand(self, other: object) -> int | None:
        """The other side of an operator as an integer, None when it is neither an element nor an int."""
        if isinstance(other, FieldElement):
            if other.field is not self.field and other.field != self.field:
                raise LocalError(f"elements of {self.field!r} and {other.field!r} do not mix: take both from one field")
            return other.value
        return whole_number(other)

    def __add__(self, other: int | FieldElement) -> FieldElement:
        value = self._operand(other)
        return NotImplemented if value is None else FieldElement(self.field, self.value + value)

    __radd__ = __add__

    def __sub__(self, other: int | FieldElement) -> FieldElement:
        value = self._operand(other)
        return NotImplemented if value is None else FieldElement(self.field, self.value - value)

    def __rsub__(self, other: int) -> FieldElement:
        value = self._operand(other)
        return NotImplemented if value is None else FieldElement(self.field, value - self.value)

    def __mul__(self, other: int | FieldElement) -> FieldElement:
        value = self._operand(other)
        return NotImplemented if value is None else FieldElement(self.field, self.value * value)

    __rmul__ = __mul__

    def __truediv__(self, other: int | FieldElement) -> FieldElement:
        value = self._operand(other)
        return NotImplemented if value is None else self * FieldElement(self.field, value).inverse()

    def __rtruediv__(self, other: int) -> FieldElement:
        value = self._operand(other)
        return NotImplemented if value is None else self.inverse() * value

    def __pow__(self, exponent: object) -> FieldElement:
        if isinstance(exponent, FieldElement):
            raise WrongType(
                "expected a whole number, got an element: exponents are taken modulo p - 1, not modulo p",
                argument="exponent",
            )
        power = checked_int(exponent, "exponent", secret=True)
        base = self.value if power >= 0 else self.inverse().value
        return FieldElement(self.field, pow(base, abs(power), self.field.modulus))

    def __neg__(self) -> FieldElement:
        return FieldElement(self.field, -self.value)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, FieldElement):
            return self.value == other.value and self.field == other.field
        value = self._operand(other)
        return NotImplemented if value is None else self.value == value % self.field.modulus

    def __hash__(self) -> int:
        return hash(self.value)

    def __bool__(self) -> bool:
        return self.value != 0

    def __int__(self) -> int:
        return self.value

    def __bytes__(self) -> bytes:
        return self.to_bytes()

    def inverse(self) -> FieldElement:
        r"""Return $x^{-1}$ with $x x^{-1} = 1$, by the extended Euclidean algorithm; `ZeroDivisionError` for 0.

        >>> PrimeField(17)(3).inverse()
        6 (mod 17)
        """
        if not self.value:
            raise ZeroDivisionError(f"0 has no inverse in {self.field!r}")
        return FieldElement(self.field, pow(self.value, -1, self.field.modulus))

    def to_bytes(self) -> bytes:
        """Encode big-endian in exactly the field's `byte_length` bytes, as drand writes scalars.

        >>> PrimeField(65537)(258).to_bytes().hex()
        '000102'
        """
        return self.value.to_bytes(self.field.byte_length, "big")

    def __str__(self) -> str:
        if self.value < SHORT:
            return str(self.value)
        # A Lagrange coefficient is easier to read as -8 than as the 77 digits of p - 8.
        if self.field.modulus - self.value < SHORT:
            return str(self.value - self.field.modulus)
        return f"#{hashlib.sha256(self.to_bytes()).hexdigest()[:8]}"

    def __repr__(self) -> str:
        if self.field.modulus < SHORT:
            return f"{self.value} (mod {self.field.modulus})"
        return f"{self.field.name or 'F'}({self})"

    def latex(self) -> str:
        r"""The number as LaTeX without dollar signs; a large one as its mark, as in ``\mathtt{\#7c5e0ca2}``."""
        text = str(self)
        return rf"\mathtt{{\{text}}}" if text.startswith("#") else text

    def _repr_latex_(self) -> str:
        return rf"${self.latex()} \in {self.field.latex()}$"


def batch_inverse(elements: Iterable[FieldElement]) -> list[FieldElement]:
    """Invert many elements of one field with a single inversion (Montgomery's trick, see `modular.inverses`).

    Raises `ZeroDivisionError` naming the position of a zero, `LocalError` when the fields differ.

    >>> F = PrimeField(17)
    >>> batch_inverse([F(1), F(2), F(3)])
    [1 (mod 17), 9 (mod 17), 6 (mod 17)]
    """
    items = list(elements)
    for position, item in enumerate(items):
        if not isinstance(item, FieldElement):
            raise WrongType(f"expected a FieldElement, got {type(item).__name__}", argument=f"elements[{position}]")
    if not items:
        return []
    one_field = items[0].field
    values = [one_field.residue(item, f"elements[{position}]") for position, item in enumerate(items)]
    return [FieldElement(one_field, value) for value in inverses(values, one_field.modulus)]


BLS12_381_FR = PrimeField(0x73EDA753299D7D483339D80809A1D80553BDA402FFFE5BFEFFFFFFFF00000001, "Fr")
"""Scalars of BLS12-381: the order r of G1, G2 and GT. Source: RFC 9380, section 8.8."""

BN254_FR = PrimeField(21888242871839275222246405745257275088548364400416034343698204186575808495617, "BN254 Fr")
"""Scalars of BN254, the curve of evmnet. Source: EIP-197, "Definition of the groups"."""
