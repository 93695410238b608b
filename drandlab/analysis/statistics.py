r"""Statistical tests of random bytes, each with a p-value.

The null hypothesis of each test is "every bit is an independent fair coin". The p-value is the probability, under that
hypothesis, of a result at least as extreme as the observed one.

==================== ============================================== ====================================
test                 statistic                                      null distribution
==================== ============================================== ====================================
`chi_square`         sum of (observed - expected)^2 / expected      chi-square, cells - 1 degrees
`ones`               number of one bits                             binomial, exact below 10,000 bits
`runs`               number of runs of equal bits                   given the ones: mean and variance
`autocorrelation`    equal bits at a distance of k                  binomial, exact below 10,000 bits
==================== ============================================== ====================================

What the tests can and cannot show:

- Some of many tests fail by chance: one in twenty p-values is below 0.05. `fairness` therefore also gives p-values
  that Holm's method has corrected for the number of tests.
- The randomness of a drand beacon is the SHA-256 of a signature. It passes such tests whoever holds the key and however
  the key was made. Whether a beacon is honest is shown by `drandlab.verify`, not by statistics.

Source: Pearson 1900 (chi-square); Wald and Wolfowitz, "On a test whether two samples are from the same population",
1940 (runs); Holm, "A simple sequentially rejective multiple test procedure", 1979; NIST SP 800-22.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

from drandlab.errors import LocalError
from drandlab.typing import checked_int, checked_real

if TYPE_CHECKING:
    import polars as pl

__all__ = [
    "Autocorrelation",
    "Outcome",
    "autocorrelation",
    "binomial_band",
    "chi_square",
    "chi_square_tail",
    "draws_needed",
    "fairness",
    "holm",
    "ones",
    "probability_outside",
    "runs",
]

LEAST_EXPECTED = 5
"""Below this expected count in a cell, the chi-square distribution is not a good approximation (Cochran's rule)."""

EXACT_BELOW = 10_000
"""Up to this many trials a binomial tail is summed; for more, the normal distribution is within 1 % of it."""

WIDTHS = (1, 2, 4, 8)
"""How many bits a symbol of `chi_square` may have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The result of one test: its name, the statistic, its expected value for fair bits, the p-value, the sample size.

    ``sample`` counts what was tested: symbols for `chi_square`, bits for the others.
    """

    test: str
    statistic: float
    expected: float
    p_value: float
    sample: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Autocorrelation:
    """How often bits at each distance ``lags[i]`` are equal, as a correlation between -1 and 1.

    ``p_values[i]`` is for that lag alone. ``single`` and ``joint`` are half-widths of two bands around 0 for each lag:
    fair bits stay within the first with probability 95 % at that lag, and within the second with probability at least
    95 % at all lags together (Bonferroni).
    """

    lags: tuple[int, ...]
    values: tuple[float, ...]
    p_values: tuple[float, ...]
    single: tuple[float, ...]
    joint: tuple[float, ...]
    sample: int


def chi_square(randomness: bytes | Iterable[bytes], bits: int = 8) -> Outcome:
    r"""Compare the frequencies of the symbols of ``bits`` bits (1, 2, 4 or 8) with equal frequencies.

    ``X = sum (O_i - E)^2 / E`` over the ``2**bits`` symbols, ``E = n / 2**bits`` and ``2**bits - 1`` degrees of
    freedom. The test is one-sided: the p-value is ``P(chi2 >= X)``. Raises `LocalError` if E is below 5: take fewer
    bits or more bytes.

    >>> chi_square(bytes(range(256)) * 5).statistic
    0.0
    """
    bits = checked_int(bits, "bits")
    if bits not in WIDTHS:
        raise LocalError(f"expected one of {', '.join(map(str, WIDTHS))}, got {bits}", argument="bits")
    data = _joined(randomness)
    counts = [0] * (1 << bits)
    for byte, times in Counter(data).items():
        for shift in range(0, 8, bits):
            counts[byte >> shift & (len(counts) - 1)] += times
    total, expected = sum(counts), sum(counts) / len(counts)
    if expected < LEAST_EXPECTED:
        need = -(-LEAST_EXPECTED * len(counts) * bits // 8)
        raise LocalError(
            f"{len(data)} bytes are too few for {len(counts)} symbols, which need {need}: "
            "take fewer bits a symbol, or more bytes",
            argument="randomness",
        )
    statistic = sum((count - expected) ** 2 for count in counts) / expected
    degrees = len(counts) - 1
    return Outcome(
        test=f"chi-square of {len(counts)} symbols",
        statistic=statistic,
        expected=degrees,
        p_value=chi_square_tail(statistic, degrees),
        sample=total,
    )


def ones(randomness: bytes | Iterable[bytes]) -> Outcome:
    """Compare the number of one bits with half of all bits; the p-value is two-sided.

    >>> ones(bytes([0b00001111] * 4)).p_value
    1.0
    """
    bits, size = _bits(randomness)
    count = bits.bit_count()
    return Outcome(test="ones", statistic=count, expected=size / 2, p_value=_fair_coin(count, size), sample=size)


def runs(randomness: bytes | Iterable[bytes]) -> Outcome:
    r"""Compare the number of runs of equal bits with that of the same ones and zeros in random order.

    With n1 ones and n0 zeros of n bits the number of runs has mean ``2 n1 n0 / n + 1`` and variance
    ``2 n1 n0 (2 n1 n0 - n) / (n^2 (n - 1))``; the p-value is two-sided, from the normal distribution. Raises
    `LocalError` for fewer than 100 bits, and if all bits are equal.

    >>> runs(bytes([0b01010101] * 16)).statistic
    128
    """
    bits, size = _bits(randomness)
    if size < 100:
        raise LocalError(f"the runs test needs 100 bits, got {size}", argument="randomness")
    n1 = bits.bit_count()
    n0 = size - n1
    if not n1 or not n0:
        raise LocalError("all bits are equal, so that every order has one run", argument="randomness")
    found = 1 + _changes(bits, size, 1)
    pairs = 2 * n1 * n0
    mean = pairs / size + 1
    variance = pairs * (pairs - size) / (size * size * (size - 1))
    p_value = math.erfc(abs(found - mean) / math.sqrt(2 * variance)) if variance > 0 else 1.0
    return Outcome(test="runs", statistic=found, expected=mean, p_value=p_value, sample=size)


def autocorrelation(randomness: bytes | Iterable[bytes], lags: int | Sequence[int] = 32) -> Autocorrelation:
    r"""Compare each bit with the one k places later, for k = 1 ... ``lags`` or for the given distances.

    ``r_k = 2 m_k / (n - k) - 1`` where ``m_k`` of the ``n - k`` pairs at distance k are equal. For fair bits, the
    pairs are equal or different as independent fair coins are heads or tails, so that ``m_k`` is binomial and the bands
    are exact. Raises `LocalError` for a lag below 1, or not below the number of bits.

    >>> autocorrelation(bytes([0b10101010] * 8), lags=2).values
    (-1.0, 1.0)
    """
    bits, size = _bits(randomness)
    if isinstance(lags, Sequence) and not isinstance(lags, str | bytes):
        chosen = tuple(checked_int(lag, f"lags[{i}]", 1, size - 1) for i, lag in enumerate(lags))
    else:
        chosen = tuple(range(1, checked_int(lags, "lags", 1, size - 1) + 1))
    if not chosen:
        raise LocalError("expected at least one distance, got none", argument="lags")
    equal = [size - lag - _changes(bits, size, lag) for lag in chosen]
    pairs = [size - lag for lag in chosen]
    return Autocorrelation(
        lags=chosen,
        values=tuple(2 * m / n - 1 for m, n in zip(equal, pairs, strict=True)),
        p_values=tuple(_fair_coin(m, n) for m, n in zip(equal, pairs, strict=True)),
        single=tuple(_half_width(n, 0.95) for n in pairs),
        joint=tuple(_half_width(n, 1 - 0.05 / len(pairs)) for n in pairs),
        sample=size,
    )


def holm(p_values: Sequence[float]) -> list[float]:
    """Return each p-value corrected for their number: to reject those below a has error a over all tests together.

    With the p-values sorted, ``p_(1) <= ... <= p_(m)``, the corrected ``p_(i)`` is the greatest of
    ``(m - j + 1) p_(j)`` for j up to i, at most 1.

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    corrected = [0.0] * len(p_values)
    greatest = 0.0
    for rank, place in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        greatest = max(greatest, min(1.0, (len(p_values) - rank) * p_values[place]))
        corrected[place] = greatest
    return corrected


def fairness(randomness: bytes | Iterable[bytes], lags: int = 8) -> pl.DataFrame:
    """Run every test of this module and return a table: test, statistic, expected, p_value, p_holm, sample.

    ``randomness`` is bytes, or strings of bytes that are joined, such as ``[b.randomness for b in beacons]``. The
    chi-square test uses the widest symbols that the sample allows. The lags begin with 2, since lag 1 would repeat the
    runs test. ``p_holm`` is corrected for the number of rows. Raises `LocalError` for less than 16 bytes, and for
    ``lags`` below 2 or not below the number of bits.

    >>> import drandlab as dl
        >>> table = fairness(b.randomness for b in dl.beacons("quicknet"))
        >>> bool((table["p_holm"] > 0.01).all())
        True
    """
    import polars as pl

    data = _joined(randomness)
    lags = checked_int(lags, "lags", 2)
    if len(data) < 16:
        raise LocalError(f"the tests need 16 bytes, got {len(data)}", argument="randomness")
    width = max(bits for bits in WIDTHS if len(data) * 8 >= LEAST_EXPECTED * bits << bits)
    found = [chi_square(data, width), ones(data)]
    if 0 < found[1].statistic < 8 * len(data):
        found.append(runs(data))
    shifted = autocorrelation(data, range(2, lags + 1))
    rows = [(o.test, float(o.statistic), float(o.expected), o.p_value, o.sample) for o in found]
    rows += [
        (f"autocorrelation at {lag}", value, 0.0, p, shifted.sample - lag)
        for lag, value, p in zip(shifted.lags, shifted.values, shifted.p_values, strict=True)
    ]
    frame = pl.DataFrame(rows, schema=["test", "statistic", "expected", "p_value", "sample"], orient="row")
    return frame.insert_column(4, pl.Series("p_holm", holm(frame["p_value"].to_list())))


def binomial_band(trials: int, probability: float, level: float) -> tuple[int, int]:
    r"""Return the lowest and the highest count within the central ``level`` of a binomial distribution.

    Each of the two tails has probability at most ``(1 - level) / 2``, summed exactly:
    ``P(X = k) = C(n, k) p^k (1 - p)^(n - k)``.

    >>> binomial_band(100, 0.5, 0.95)
    (40, 60)
    """
    trials = checked_int(trials, "trials")
    if not (trials >= 1 and 0 < probability < 1 and 0 < level < 1):
        raise LocalError(
            f"expected trials >= 1 and 0 < probability, level < 1, got {trials}, {probability} and {level}"
        )
    tail = (1 - level) / 2

    # Beyond twelve standard deviations less than 1e-30 is left, so that the sum can begin there.
    reach = int(12 * (trials * probability * (1 - probability)) ** 0.5) + 12
    low = max(0, int(trials * probability) - reach)
    high = min(trials, int(trials * probability) + reach)
    mass = _binomial(trials, probability, low)
    while mass <= tail:
        low += 1
        mass += _binomial(trials, probability, low)
    mass = _binomial(trials, probability, high)
    while mass <= tail:
        high -= 1
        mass += _binomial(trials, probability, high)
    return low, high


def probability_outside(trials: int, probability: float, band: tuple[int, int]) -> float:
    """Return the probability that a binomial count lies outside ``band``, both ends of which are inside.

    >>> round(probability_outside(100, 0.5, binomial_band(100, 0.5, 0.95)), 3)
    0.035
    """
    return max(0.0, 1 - math.fsum(_binomial(trials, probability, k) for k in range(band[0], band[1] + 1)))


def draws_needed(probability: float, actual: float, power: float = 0.8, level: float = 0.95) -> int:
    r"""Return about how many draws show that an event has another probability p1, ``actual``, and not p0.

    That many draws leave the central ``level`` of what p0, ``probability``, allows in the share ``power`` of all cases:
    ``n = ((z_a sqrt(p0 (1 - p0)) + z_b sqrt(p1 (1 - p1))) / (p1 - p0))^2``, with ``z_a`` the normal quantile of
    ``(1 + level) / 2`` and ``z_b`` that of ``power``. This is the normal approximation, good where n p0 is some dozens;
    `probability_outside` of a `binomial_band` gives the power of a number of draws exactly. Raises `LocalError` for
    equal probabilities, and for numbers that do not lie between 0 and 1.

    >>> draws_needed(1 / 2, 0.6)
    194
    >>> round(probability_outside(194, 0.6, binomial_band(194, 1 / 2, 0.95)), 2)
    0.76

    Source: Fleiss, "Statistical methods for rates and proportions", 1981, chapter 2.
    """
    given = {"probability": probability, "actual": actual, "power": power, "level": level}
    for name, value in given.items():
        if not 0 < checked_real(value, name, 0, 1) < 1:
            raise LocalError(f"must lie between 0 and 1, got {value}", argument=name)
    if probability == actual:
        raise LocalError(f"is the same, {actual}: no number of draws tells them apart", argument="actual")
    z_a, z_b = NormalDist().inv_cdf((1 + level) / 2), NormalDist().inv_cdf(power)
    spread = z_a * math.sqrt(probability * (1 - probability)) + z_b * math.sqrt(actual * (1 - actual))
    return math.ceil((spread / (actual - probability)) ** 2)


def _binomial(trials: int, probability: float, k: int) -> float:
    """The probability of exactly k successes."""
    ways = math.lgamma(trials + 1) - math.lgamma(k + 1) - math.lgamma(trials - k + 1)
    return math.exp(ways + k * math.log(probability) + (trials - k) * math.log1p(-probability))


def _fair_coin(count: int, trials: int) -> float:
    """The probability that fair coins are at least as far from one half as ``count`` of ``trials``."""
    away = abs(2 * count - trials)
    if away == 0:
        return 1.0
    if trials > EXACT_BELOW:
        # The continuity correction: the normal distribution must count the whole step of the observed value.
        return math.erfc((away - 1) / math.sqrt(2 * trials))
    low = (trials - away) // 2
    return min(1.0, 2 * math.fsum(_binomial(trials, 0.5, k) for k in range(low + 1)))


def _half_width(pairs: int, level: float) -> float:
    low, high = binomial_band(pairs, 0.5, level)
    return (high - low) / pairs


def chi_square_tail(statistic: float, degrees: int) -> float:
    """Return P(chi2 >= statistic), the regularised upper incomplete gamma function Q(degrees / 2, statistic / 2).

    >>> round(chi_square_tail(3.841, 1), 3)
    0.05
    """
    from mpmath import gammainc

    return float(gammainc(degrees / 2, statistic / 2, regularized=True))


def _changes(bits: int, size: int, lag: int) -> int:
    """How many of the pairs of bits at a distance ``lag`` differ."""
    return ((bits ^ (bits >> lag)) & ((1 << (size - lag)) - 1)).bit_count()


def _bits(randomness: bytes | Iterable[bytes]) -> tuple[int, int]:
    """All bits as one whole number, the first one the most significant, and how many there are."""
    data = _joined(randomness)
    return int.from_bytes(data), 8 * len(data)


def _joined(randomness: bytes | Iterable[bytes]) -> bytes:
    if isinstance(randomness, bytes | bytearray | memoryview):
        data = bytes(randomness)
    elif not isinstance(randomness, Iterable):
        raise LocalError(
            f"expected bytes or an iterable of bytes, got {type(randomness).__name__}", argument="randomness"
        )
    else:
        given: Iterable[object] = randomness
        strings = [bytes(value) if isinstance(value, bytearray | memoryview) else value for value in given]
        whole = [value for value in strings if isinstance(value, bytes)]
        if len(whole) < len(strings):
            odd, value = next((i, value) for i, value in enumerate(strings) if not isinstance(value, bytes))
            got = type(value).__name__
            hint = {"str": "; bytes.fromhex reads hexadecimal text", "Beacon": "; take its .randomness"}.get(got, "")
            raise LocalError(f"expected bytes, got {got}{hint}", argument=f"randomness[{odd}]")
        data = b"".join(whole)
    if not data:
        raise LocalError("expected at least one byte, got none", argument="randomness")
    return data
