"""Arithmetic on plain integers modulo p, for inner loops where `FieldElement` objects would cost too much time."""

from __future__ import annotations

from collections.abc import Sequence

from drandlab.typing import checked_int

__all__ = ["inverses", "is_prime"]

# As bases, the first thirteen primes decide every n below 3.3 * 10**24 (Sorenson and Webster, 2015), so all of 64 bits.
# Above that, a composite made for these bases could pass: a modulus that an adversary chose needs random bases.
MILLER_RABIN_BASES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41)


def is_prime(n: int) -> bool:
    r"""Tell whether the integer `n` is prime, by the Miller-Rabin test with fixed bases.

    Write $n - 1 = 2^s d$ with $d$ odd. A prime $n$ satisfies, for every base $a$,
    $a^d \equiv 1$ or $a^{2^i d} \equiv -1 \pmod n$ for some $0 \le i < s$. Exact below $3.3 \cdot 10^{24}$,
    probabilistic above.

    >>> [n for n in range(20) if is_prime(n)]
    [2, 3, 5, 7, 11, 13, 17, 19]
    >>> is_prime(3215031751)  # passes the bases 2, 3, 5 and 7
    False

    Source: Rabin, Probabilistic algorithm for testing primality, J. Number Theory 12 (1980).
    """
    n = checked_int(n, "n")
    if n < 2:
        return False
    for prime in MILLER_RABIN_BASES:
        if n % prime == 0:
            return n == prime
    d, s = n - 1, 0
    while d % 2 == 0:
        d, s = d // 2, s + 1
    for base in MILLER_RABIN_BASES:
        power = pow(base, d, n)
        if power in (1, n - 1):
            continue
        for _ in range(s - 1):
            power = power * power % n
            if power == n - 1:
                break
        else:
            return False
    return True


def inverses(values: Sequence[int], modulus: int) -> list[int]:
    r"""Invert all `values` modulo a prime, with one inversion in all and three multiplications for each.

    With the running products $P_i = v_1 \cdots v_i$, one inversion gives $P_n^{-1}$; walking back,
    $v_i^{-1} = P_i^{-1} P_{i-1}$ and $P_{i-1}^{-1} = P_i^{-1} v_i$.

    Raises `ZeroDivisionError` naming the position of the first value that is 0 modulo the modulus.

    >>> inverses([1, 2, 3], 17)
    [1, 9, 6]

    Source: Montgomery, Speeding the Pollard and elliptic curve methods of factorization, Math. Comp. 48 (1987), 10.3.1.
    """
    products = [1]
    for value in values:
        products.append(products[-1] * value % modulus)
    if products[-1] == 0:
        # Modulo a prime the running product becomes 0 at the first factor that is 0.
        raise ZeroDivisionError(f"element at position {products.index(0) - 1} is 0, and 0 has no inverse")
    inverse = pow(products[-1], -1, modulus)
    result = [0] * len(values)
    for i in range(len(values) - 1, -1, -1):
        result[i] = inverse * products[i] % modulus
        inverse = inverse * values[i] % modulus
    return result
