from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drandlab.algebra.modular import inverses, is_prime


def test_is_prime_agrees_with_the_sieve_of_eratosthenes() -> None:
    limit = 10_000
    sieve = [False, False] + [True] * (limit - 2)
    for n in range(2, limit):
        if sieve[n]:
            sieve[n * n :: n] = [False] * len(sieve[n * n :: n])
    assert [is_prime(n) for n in range(limit)] == sieve


@pytest.mark.parametrize(
    "composite",
    [
        561,  # Carmichael
        3215031751,  # strong pseudoprime to 2, 3, 5, 7
        3825123056546413051,  # strong pseudoprime to the first nine primes
        318665857834031151167461,  # strong pseudoprime to the first twelve primes
        (2**61 - 1) * (2**89 - 1),
    ],
)
def test_is_prime_refuses_pseudoprimes(composite: int) -> None:
    assert not is_prime(composite)


@pytest.mark.parametrize("n", [-7, -1, 0, 1])
def test_is_prime_refuses_numbers_below_two(n: int) -> None:
    assert not is_prime(n)


@pytest.mark.parametrize("prime", [2**61 - 1, 2**127 - 1, 2**255 - 19, 2**521 - 1])
def test_is_prime_accepts_known_large_primes(prime: int) -> None:
    assert is_prime(prime)


@given(st.lists(st.integers(1, 2**61 - 2)))
def test_inverses_times_values_are_one(values: list[int]) -> None:
    p = 2**61 - 1
    assert [v * i % p for v, i in zip(values, inverses(values, p), strict=True)] == [1] * len(values)


def test_inverses_names_the_first_zero() -> None:
    with pytest.raises(ZeroDivisionError, match="position 2"):
        inverses([3, 5, 34, 0], 17)
