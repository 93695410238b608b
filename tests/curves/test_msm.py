"""Pippenger's method on plain integers, where the right answer is a sum."""

from hypothesis import given
from hypothesis import strategies as st

from drandlab.curves.msm import multi_scalar_multiplication, window_width


class Z(int):
    def __add__(self, other):
        return Z(int(self) + int(other))

    def __neg__(self):
        return Z(-int(self))


@given(st.lists(st.tuples(st.integers(-1000, 1000), st.integers(0, 1 << 130)), max_size=40))
def test_equals_the_sum_of_products(terms):
    points, scalars = [Z(p) for p, _ in terms], [k for _, k in terms]
    assert multi_scalar_multiplication(points, scalars, Z(0)) == sum(p * k for p, k in terms)


@given(st.integers(1, 5000), st.integers(1, 260))
def test_window_width_is_near_the_logarithm_of_the_count(count, bits):
    assert 2 <= window_width(count, bits) <= 12


def test_additions_per_point_fall_with_the_count():
    """The method's whole point: at 1,000 points of 128 bits about 20 additions each instead of some 190."""
    additions = 0

    class Counted(Z):
        def __add__(self, other):
            nonlocal additions
            additions += 1
            return Counted(int(self) + int(other))

        def __neg__(self):
            return Counted(-int(self))

    points = [Counted(i) for i in range(1, 1001)]
    scalars = [(i * 0x9E3779B97F4A7C15F39CC0605CEDC835) % (1 << 128) for i in range(1, 1001)]
    assert multi_scalar_multiplication(points, scalars, Counted(0)) == sum(
        int(p) * k for p, k in zip(points, scalars, strict=True)
    )
    assert additions < 23_000
