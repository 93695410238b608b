from __future__ import annotations

import random
from collections.abc import Callable
from itertools import groupby
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import drandlab as dl
from drandlab.analysis.statistics import (
    autocorrelation,
    binomial_band,
    chi_square,
    draws_needed,
    fairness,
    holm,
    ones,
    probability_outside,
    runs,
)
from drandlab.errors import LocalError


def written(data: bytes) -> str:
    return "".join(f"{byte:08b}" for byte in data)


@given(st.binary(min_size=40, max_size=80))
def test_the_counts_are_those_of_the_bits_as_written(data: bytes) -> None:
    bits = written(data)
    assert ones(data).statistic == bits.count("1")
    if len(set(bits)) == 2:
        assert runs(data).statistic == len(list(groupby(bits)))
    found = autocorrelation(data, lags=9)
    for lag, value in zip(found.lags, found.values, strict=True):
        signs = [(1 if a == b else -1) for a, b in zip(bits, bits[lag:], strict=False)]
        assert value == pytest.approx(sum(signs) / len(signs))


@pytest.mark.parametrize("bits", [1, 2, 4])
def test_chi_square_is_pearsons_sum(bits: int) -> None:
    data = bytes(random.Random(3).randbytes(60))
    text = written(data)
    symbols = [text[i : i + bits] for i in range(0, len(text), bits)]
    expected = len(symbols) / 2**bits
    cells = [symbols.count(f"{i:0{bits}b}") for i in range(2**bits)]
    found = chi_square(data, bits)
    assert found.statistic == pytest.approx(sum((c - expected) ** 2 / expected for c in cells))
    assert (found.expected, found.sample) == (2**bits - 1, len(symbols))


# Tables of the chi-square distribution: 5 % points of 1, 3 and 15 degrees.
@pytest.mark.parametrize(("bits", "point"), [(1, 3.841), (2, 7.815), (4, 24.996)])
def test_the_p_value_of_chi_square_agrees_with_the_printed_tables(bits: int, point: float) -> None:
    from drandlab.analysis.statistics import chi_square_tail

    assert chi_square_tail(point, 2**bits - 1) == pytest.approx(0.05, abs=1e-4)


TESTS: dict[str, Callable[[bytes], list[float]]] = {
    "chi-square": lambda data: [chi_square(data, 8 if len(data) > 1280 else 4).p_value],
    "ones": lambda data: [ones(data).p_value],
    "runs": lambda data: [runs(data).p_value],
    "autocorrelation": lambda data: list(autocorrelation(data, lags=1).p_values),
}


@pytest.mark.parametrize("name", TESTS)
@pytest.mark.parametrize("size", [400, 3000])
def test_of_fair_bytes_a_p_value_below_a_comes_as_often_as_a(name: str, size: int) -> None:
    rng = random.Random(f"{name} {size}")
    p_values = [p for _ in range(300) for p in TESTS[name](rng.randbytes(size))]
    for level in (0.05, 0.25, 0.5, 0.75):
        found = sum(p <= level for p in p_values)
        low, high = binomial_band(len(p_values), level, 0.9999)
        # A count is a whole number, which makes a test of few bits a little cautious, never bold.
        assert low * 0.8 <= found <= high, (level, found)


@pytest.mark.parametrize(
    ("bend", "name"),
    [
        (lambda data: bytes(b | (b & 1) << 7 if i % 3 == 0 else b for i, b in enumerate(data)), "ones"),
        (lambda data: bytes(b % 251 for b in data), "chi-square of 256 symbols"),
        (lambda data: bytes(b & 0x7F | (b & 0x40) << 1 for b in data), "runs"),
        (lambda data: bytes(b & 0xF0 | b >> 4 for b in data), "autocorrelation at 4"),
    ],
)
def test_bent_bytes_are_found(bend: Callable[[bytes], bytes], name: str) -> None:
    table = fairness(bend(random.Random(5).randbytes(40_000)))
    found = dict(zip(table["test"], table["p_holm"], strict=True))
    assert found[name] < 1e-6


def test_the_bands_hold_what_they_say_for_fair_bits() -> None:
    rng = random.Random(11)
    single = joint = 0
    for _ in range(200):
        found = autocorrelation(rng.randbytes(200), lags=20)
        single += sum(abs(v) > w for v, w in zip(found.values, found.single, strict=True))
        joint += any(abs(v) > w for v, w in zip(found.values, found.joint, strict=True))
    assert single <= binomial_band(4000, 0.05, 0.9999)[1]
    assert joint <= binomial_band(200, 0.05, 0.9999)[1]


def test_the_real_beacons_look_fair_and_the_table_says_how_much_was_tested() -> None:
    table = fairness(b.randomness for b in dl.beacons("quicknet"))
    assert table.columns == ["test", "statistic", "expected", "p_value", "p_holm", "sample"]
    assert table["test"].to_list()[:3] == ["chi-square of 256 symbols", "ones", "runs"]
    assert table["p_holm"].min() > 0.01
    assert (table["p_holm"] >= table["p_value"]).all()
    small = fairness(b.randomness for b in dl.beacons("evmnet"))
    assert small["test"][0] == "chi-square of 16 symbols"


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holms_correction_keeps_the_order_and_only_raises(p_values: list[float]) -> None:
    corrected = holm(p_values)
    assert all(p <= c <= 1 for p, c in zip(p_values, corrected, strict=True))
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    assert [corrected[i] for i in order] == sorted(corrected)
    assert min(corrected) == min(1, len(p_values) * min(p_values))


def test_the_probability_outside_a_band_is_what_the_band_left_out() -> None:
    for trials, probability in ((3, 0.5), (150, 0.5), (4800, 1 / 256)):
        band = binomial_band(trials, probability, 0.95)
        assert 0 <= probability_outside(trials, probability, band) <= 0.05 + 1e-9
    assert probability_outside(3, 0.5, (0, 3)) == pytest.approx(0)
    assert probability_outside(3, 0.5, (1, 2)) == pytest.approx(0.25)


def test_a_million_bits_need_no_sum_over_every_count() -> None:
    data = random.Random(1).randbytes(2_000_000)
    assert ones(data).p_value > 1e-6
    exact, normal = ones(data[:1250]).p_value, ones(data[:1251]).p_value
    assert 0 < exact <= 1
    assert 0 < normal <= 1


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: chi_square(b""), "randomness: expected at least one byte"),
        (lambda: chi_square("text"), r"randomness\[0\]: expected bytes, got str"),
        (lambda: chi_square(7), "expected bytes or an iterable of bytes, got int"),
        (lambda: chi_square([b"ok", None]), r"randomness\[1\]: expected bytes, got NoneType"),
        (lambda: chi_square(bytes(100)), "100 bytes are too few for 256 symbols, which need 1280"),
        (lambda: chi_square(bytes(100), bits=3), "bits: expected one of 1, 2, 4, 8, got 3"),
        (lambda: runs(bytes(20)), "all bits are equal"),
        (lambda: runs(b"abc"), "the runs test needs 100 bits, got 24"),
        (lambda: autocorrelation(b"ab", lags=16), "lags: expected a whole number from 1 to 15, got 16"),
        (lambda: autocorrelation(b"ab", lags=0), "lags: expected a whole number from 1 to 15, got 0"),
        (lambda: autocorrelation(b"ab", lags=[]), "lags: expected at least one distance"),
        (lambda: autocorrelation(b"ab", lags=[1.5]), r"lags\[0\]: expected a whole number from 1 to 15, got 1.5"),
        (lambda: fairness(b"short"), "the tests need 16 bytes, got 5"),
        (lambda: fairness(bytes(40), lags=1), "lags: expected a whole number of at least 2, got 1"),
        (lambda: draws_needed(0.5, 0.5), "actual: is the same, 0.5: no number of draws tells them apart"),
        (lambda: draws_needed(0.0, 0.5), "probability: must lie between 0 and 1, got 0.0"),
        (lambda: draws_needed(0.5, 1), "actual: must lie between 0 and 1, got 1"),
        (lambda: draws_needed(0.5, 0.6, power=2), "power: expected a number from 0 to 1, got 2"),
        (lambda: draws_needed(0.5, 0.6, level=True), "level: expected a number from 0 to 1, got True"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(call: Any, sentence: str) -> None:
    with pytest.raises(LocalError, match=sentence):
        call()


def test_bytes_that_are_all_equal_are_judged_too() -> None:
    table = fairness(bytes(2000))
    assert "runs" not in table["test"].to_list()
    assert table["p_holm"].max() < 1e-6


@pytest.mark.parametrize("kind", [bytearray, memoryview])
def test_whatever_holds_bytes_is_taken(kind: Callable[[bytes], Any]) -> None:
    data = random.Random(1).randbytes(64)
    assert ones(kind(data)) == ones([kind(data[:9]), data[9:]]) == ones(data)


@pytest.mark.parametrize(
    ("randomness", "sentence"),
    [
        (["00" * 32], "randomness[0]: expected bytes, got str; bytes.fromhex reads hexadecimal text"),
        ([bytes(32), dl.beacons("fastnet")[0]], "randomness[1]: expected bytes, got Beacon; take its .randomness"),
        ([3], "randomness[0]: expected bytes, got int"),
    ],
)
def test_what_is_no_randomness_is_refused_with_the_way_to_it(randomness: Any, sentence: str) -> None:
    with pytest.raises(LocalError) as caught:
        dl.fairness(randomness)
    assert str(caught.value) == sentence


@pytest.mark.parametrize("power", [0.5, 0.8, 0.95])
@pytest.mark.parametrize(
    ("fair", "actual"), [(1 / 2, 0.51), (1 / 2, 0.49), (1 / 6, 43 / 256), (1 / 6, 42 / 256), (1 / 100, 3 / 256)]
)
def test_so_many_draws_show_a_bias_as_often_as_promised(fair: float, actual: float, power: float) -> None:
    draws = draws_needed(fair, actual, power)
    assert probability_outside(draws, actual, binomial_band(draws, fair, 0.95)) == pytest.approx(power, abs=0.03)


def test_half_the_bias_takes_four_times_the_draws_and_a_stricter_level_more() -> None:
    assert draws_needed(0.5, 0.51) == pytest.approx(4 * draws_needed(0.5, 0.52), rel=0.01)
    assert draws_needed(0.5, 0.51, level=0.99) > draws_needed(0.5, 0.51) > draws_needed(0.5, 0.51, power=0.6)
