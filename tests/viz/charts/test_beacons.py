from __future__ import annotations

from math import comb
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drandlab.analysis.statistics import binomial_band
from drandlab.errors import LocalError
from drandlab.viz import bit_distribution, byte_distribution, timeline, verification_cost


@settings(max_examples=60)
@given(st.integers(1, 120), st.sampled_from([1 / 256, 0.1, 0.5, 0.9]), st.sampled_from([0.5, 0.95, 0.9998]))
def test_the_band_is_the_tightest_with_fair_tails(n: int, p: float, level: float) -> None:
    low, high = binomial_band(n, p, level)
    weights = [comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(n + 1)]
    tail = (1 - level) / 2
    assert sum(weights[:low]) <= tail + 1e-9
    assert sum(weights[high + 1 :]) <= tail + 1e-9
    assert sum(weights[: low + 1]) > tail - 1e-9
    assert sum(weights[high:]) > tail - 1e-9


def test_the_band_of_many_trials_agrees_with_the_normal_law() -> None:
    low, high = binomial_band(10_000_000, 0.5, 0.95)
    assert low == pytest.approx(5_000_000 - 1.96 * 1581.14, abs=3)
    assert high == pytest.approx(5_000_000 + 1.96 * 1581.14, abs=3)


@pytest.mark.parametrize("arguments", [(0, 0.5, 0.9), (5, 0.0, 0.9), (5, 1.0, 0.9), (5, 0.5, 1.0)])
def test_a_band_of_nothing_is_refused(arguments: tuple[int, float, float]) -> None:
    with pytest.raises(LocalError, match="expected trials >= 1 and 0 < probability"):
        binomial_band(*arguments)


def test_fair_bytes_stay_within_the_outer_band_and_biased_ones_do_not() -> None:
    rng = Random(7)
    fair = byte_distribution([rng.randbytes(32) for _ in range(700)])
    assert "; none outside the band" in fair.alt
    assert sum(fair.table["count"]) == 700 * 32
    biased = byte_distribution([rng.randbytes(31) + b"\0" for _ in range(700)])
    assert "; 1 outside the band" in biased.alt


@given(st.lists(st.binary(min_size=4, max_size=4), min_size=1, max_size=20))
def test_bits_are_counted_from_the_most_significant(strings: list[bytes]) -> None:
    counts = bit_distribution(strings).table["count"]
    written = [f"{int.from_bytes(s, 'big'):032b}" for s in strings]
    assert counts == [sum(w[i] == "1" for w in written) for i in range(32)]


def test_a_time_line_speaks_utc_or_seconds() -> None:
    chart = timeline({"a": [(1, 1692803367.25)], "b": [(1, 1692803370), (2, 1692803373)]})
    assert "a: 1 round, 1 to 1, from 2023-08-23 15:09:27 to 2023-08-23 15:09:27 UTC." in chart.alt
    assert chart.table["time"] == ["2023-08-23 15:09:27.250000", "2023-08-23 15:09:30", "2023-08-23 15:09:33"]
    assert chart.table["lane"] == ["a", "b", "b"]
    plain = timeline({"node 1": [(1, 0), (2, 3.5)]}, utc=False)
    assert "from 0 s to 3.5 s." in plain.alt
    assert ">a<" in chart.to_svg() and ">b<" in chart.to_svg()
    assert ">node 1<" in plain.to_svg()


def test_the_cheapest_way_is_the_measure() -> None:
    chart = verification_cost({"batch": 0.15, "single": 0.9}, errors={"single": 0.1, "batch": 0.02})
    assert chart.table["label"] == ["single", "batch"]
    assert chart.table["error"] == [0.1, 0.02]
    assert [note.text for note in chart.figure.layout.annotations] == ["0.9 ms (6×)", "0.15 ms"]


@pytest.mark.parametrize(
    ("draw", "sentence"),
    [
        (lambda: timeline({}), "lanes: expected at least one lane, got none"),
        (lambda: timeline({"a": []}), "rounds of a: expected at least one value, got none"),
        (lambda: timeline({"a": [(1, float("nan"))]}), r"times of a\[0\]: must be a finite number"),
        (lambda: timeline({"a": [(1, -5)]}), "times of a: must be UNIX seconds between 0 and 253402300799, got -5"),
        (lambda: timeline({"a": [(1, 1e15)]}), "times of a: must be UNIX seconds"),
        (lambda: timeline({"a": [5]}), "a: must be pairs"),
        (lambda: byte_distribution([]), "randomness: expected at least one string of bytes, got none"),
        (lambda: byte_distribution([b""]), r"randomness\[0\]: must be bytes, at least one"),
        (lambda: byte_distribution(["ab"]), r"randomness\[0\]: must be bytes, at least one, got 'ab'"),
        (lambda: byte_distribution(b"ab"), r"randomness\[0\]: must be bytes"),
        (lambda: bit_distribution([b"ab", b"c"]), r"randomness\[1\]: expected 2 bytes, as the first, got 1"),
        (lambda: verification_cost({}), "milliseconds: expected at least one value, got none"),
        (lambda: verification_cost({"a": 0}), "the cost of a must be > 0 ms, got 0"),
        (lambda: verification_cost({"a": 1}, errors={"b": 1}), r"got \['a', 'b'\]"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(draw: Any, sentence: str) -> None:
    with pytest.raises(LocalError, match=sentence):
        draw()


@pytest.mark.parametrize("lanes", [[(1, 1692803367)], [], "quicknet", None])
def test_lanes_without_names_are_refused(lanes: Any) -> None:
    with pytest.raises(LocalError, match=r"^lanes: expected a name for each lane"):
        timeline(lanes)
