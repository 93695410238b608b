"""Backend ``blst``: the library in assembly language that Ethereum clients use, through the wheel ``pyblst``.

pyblst offers points and products of Miller loops, but not the bytes of a pairing value. These come from the same
library through ``blspy`` (or ``chia_rs`` on a Python for which blspy has no wheel), imported when a `GTElement` is
first needed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, ClassVar

import pyblst

from drandlab.curves import encoding
from drandlab.curves.group import Group, Point
from drandlab.curves.pairing import GTElement, Suite
from drandlab.curves.params import BLS12_381
from drandlab.errors import BackendUnavailable, DecodeError

__all__ = ["BlstGroup", "BlstSuite"]

_P = BLS12_381.p
_FROM_MONTGOMERY = pow(1 << 384, -1, _P)
_G1 = bytes.fromhex("97f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb")
_G2 = bytes.fromhex(
    "93e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e"
    "024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8"
)
_SHORT = 48
"""Up to this many bits, doubling and adding is faster than pyblst's multiplication, which always processes 255 bits."""


class BlstGroup(Group):
    """$G_1$ or $G_2$ of BLS12-381 over pyblst's elements."""

    backend: ClassVar[str] = "blst"

    def __init__(self, name: str) -> None:
        super().__init__(BLS12_381, name)
        self._element: Any = pyblst.BlstP1Element if name == "G1" else pyblst.BlstP2Element
        self._zero = self._element()
        self._base = self._element.uncompress(_G1 if name == "G1" else _G2)

    @property
    def zero(self) -> Any:
        return self._zero

    @property
    def base(self) -> Any:
        return self._base

    def multiply(self, raw: Any, scalar: int) -> Any:
        if scalar.bit_length() > _SHORT:
            return self._multiply_base(scalar) if raw is self._base else raw.scalar_mul(scalar)
        if not scalar:
            return self._zero
        total = raw
        for bit in bin(scalar)[3:]:
            total = total + total
            if bit == "1":
                total = total + raw
        return total

    def _multiply_base(self, scalar: int) -> Any:
        total = None
        for row, digit in zip(self._base_table, scalar.to_bytes(32, "little"), strict=True):
            if digit:
                total = row[digit] if total is None else total + row[digit]
        return total

    @cached_property
    def _base_table(self) -> list[list[Any]]:
        # The multiples d * 256^i of the generator: any of its products is then 32 additions, a third of the time.
        table, power = [], self._base
        for _ in range(32):
            row = [self._zero, power]
            for _ in range(255):
                row.append(row[-1] + power)
            table.append(row[:256])
            power = row[256]
        return table

    def encode(self, raw: Any) -> bytes:
        return bytes(raw.compress())

    def _decode(self, data: bytes) -> Any:
        try:
            return self._element.uncompress(data)
        except ValueError as error:
            encoding.read(data, self.name)  # raises with the rule of the encoding that is broken, if one is
            if "NOT_IN_GROUP" in str(error):
                raise DecodeError(
                    "subgroup", f"{self.name} point: on the curve, but outside the subgroup of order r"
                ) from None
            raise DecodeError("curve", f"{self.name} point: no point of the curve has this x coordinate") from None

    def _hash(self, message: bytes, dst: bytes) -> Any:
        return self._element.hash_to_group(message, dst)


class BlstSuite(Suite):
    """BLS12-381 on blst."""

    backend: ClassVar[str] = "blst"

    def __init__(self) -> None:
        super().__init__(BLS12_381)
        self.g1, self.g2 = BlstGroup("G1"), BlstGroup("G2")
        self._one = pyblst.BlstFP12Element()

    def _product_is_one(self, pairs: Sequence[tuple[Any, Any]]) -> bool:
        product = self._one
        for p, q in pairs:
            loop = pyblst.miller_loop(p, q)
            product = loop if product is self._one else product * loop
        return bool(pyblst.final_verify(product, self._one))

    @cached_property
    def _values(self) -> Any:
        try:
            import blspy as values
        except ImportError:
            try:
                import chia_rs as values
            except ImportError:
                raise BackendUnavailable(
                    "pairing values on backend 'blst' need the package blspy (Python <= 3.12) or chia_rs; "
                    'install one, or use backend="py_ecc"'
                ) from None
        return values

    def _pair(self, p: Any, q: Any) -> Any:
        # pyblst has tested that they lie in the subgroup: to test it again would cost a seventh of the pairing
        left = self._values.G1Element.from_bytes_unchecked(bytes(p.compress()))
        right = self._values.G2Element.from_bytes_unchecked(bytes(q.compress()))
        return left.pair(right)

    def _paired_with(self, point: Point, others: Group) -> Callable[[bytes], GTElement]:
        on_g1, values = point.group is self.g1, self._values
        ours, theirs = (values.G1Element, values.G2Element) if on_g1 else (values.G2Element, values.G1Element)
        fixed = ours.from_bytes_unchecked(bytes(point))
        strictly = super()._paired_with(point, others)

        def pair(data: bytes) -> GTElement:
            try:
                other = theirs.from_bytes_unchecked(data)
            except ValueError:
                return strictly(data)  # raises with the rule that is broken
            return GTElement(self, fixed.pair(other) if on_g1 else other.pair(fixed))

        return pair

    def _from_words(self, words: Sequence[int]) -> Any:
        # blst's own memory: twelve words, lowest coefficient first, little-endian, in Montgomery form
        raw = b"".join((word * (1 << 384) % _P).to_bytes(48, "little") for word in words)
        return self._values.GTElement.from_bytes_unchecked(raw)

    def _to_words(self, value: Any) -> list[int]:
        raw = bytes(value)
        return [int.from_bytes(raw[i : i + 48], "little") * _FROM_MONTGOMERY % _P for i in range(0, 576, 48)]

    def _gt_plain(self, a: Any) -> list[int]:
        return self._to_words(a)

    def _gt_raw(self, plain: Any) -> Any:
        return self._from_words(plain)

    @cached_property
    def gt_one(self) -> Any:
        return self._from_words([1] + [0] * 11)

    def gt_multiply(self, a: Any, b: Any) -> Any:
        return a * b

    def gt_inverse(self, a: Any) -> Any:
        # In GT the inverse is the conjugate: the coefficients of w change sign.
        words = self._to_words(a)
        return self._from_words(words[:6] + [-word % _P for word in words[6:]])

    def gt_encode(self, a: Any) -> bytes:
        return b"".join(word.to_bytes(48, "big") for word in reversed(self._to_words(a)))
