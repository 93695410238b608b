"""Dice, shuffles, committees and choices: figures of many draws, vectors, bad input."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable
from itertools import combinations, permutations, product
from pathlib import Path
from typing import Any

import pytest

import drandlab as dl
from drandlab.analysis.draw import below, choice, committee, dice, shuffle
from drandlab.analysis.statistics import chi_square_tail
from drandlab.errors import LocalError, WrongType

R = bytes(range(32))
VECTORS = json.loads((Path(__file__).parents[2] / "data/draw-vectors.json").read_text(encoding="utf-8"))


def p_value(counts: Counter[Any], chances: dict[Any, float]) -> float:
    total = sum(counts.values())
    assert set(counts) <= set(chances)
    statistic = sum((counts[one] - total * chance) ** 2 / (total * chance) for one, chance in chances.items())
    return chi_square_tail(statistic, len(chances) - 1)


def equal(outcomes: Any) -> dict[Any, float]:
    found = list(outcomes)
    return dict.fromkeys(found, 1 / len(found))


def test_the_figures_of_many_draws() -> None:
    """Fixed randomness, so this passes always or never; a wrong law would miss by many orders of magnitude."""
    rounds = [hashlib.sha256(i.to_bytes(8)).digest() for i in range(3000)]
    weights = [5, 0, 3, 2]
    found = {
        "below": p_value(Counter(below(r, "a", 7) for r in rounds), equal(range(7))),
        "dice": p_value(Counter(dice(R, "a", 6000)), equal(range(1, 7))),
        "pairs": p_value(Counter(tuple(dice(r, "a", 2)) for r in rounds), equal(product(range(1, 7), repeat=2))),
        "shuffle": p_value(Counter(tuple(shuffle(r, "a", "abcd")) for r in rounds), equal(permutations("abcd"))),
        "committee": p_value(
            Counter(tuple(committee(r, "a", range(6), 3)) for r in rounds), equal(combinations(range(6), 3))
        ),
        "choice": p_value(Counter(choice(r, "a", "abcd", weights) for r in rounds), {"a": 0.5, "c": 0.3, "d": 0.2}),
        "two labels": p_value(
            Counter((below(r, "a", 4), below(r, "b", 4)) for r in rounds), equal(product(range(4), repeat=2))
        ),
        "two kinds": p_value(
            Counter((dice(r, "a", 1, 4)[0] - 1, below(r, "a", 4)) for r in rounds), equal(product(range(4), repeat=2))
        ),
    }
    assert {name: p for name, p in found.items() if p < 0.001} == {}


def test_a_wrong_law_is_found_by_these_figures() -> None:
    """Taking the remainder of a byte, or changing places with any item at every step, fails the same tests."""
    rounds = [hashlib.sha256(i.to_bytes(8)).digest() for i in range(3000)]
    assert p_value(Counter(r[0] % 100 for r in rounds), equal(range(100))) < 1e-9

    def naive(r: bytes) -> tuple[int, ...]:
        order = list(range(3))
        for i in range(3):
            j = below(r, f"{i}", 3)
            order[i], order[j] = order[j], order[i]
        return tuple(order)

    assert p_value(Counter(map(naive, rounds)), equal(permutations(range(3)))) < 1e-5


DRAWS: dict[str, Callable[..., Any]] = {
    "below": below,
    "dice": dice,
    "shuffle": shuffle,
    "committee": committee,
    "choice": choice,
}


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: f"{vector['draw']} {vector['label']}")
def test_vectors(vector: dict[str, Any]) -> None:
    randomness = bytes.fromhex(vector["randomness"])
    assert DRAWS[vector["draw"]](randomness, vector["label"], **vector["arguments"]) == vector["drawn"]
    assert second(randomness, vector["draw"], vector["label"], **vector["arguments"]) == vector["drawn"]


def second(randomness: bytes, draw: str, label: str, **given: Any) -> Any:
    """The same rules written down a second time, as plainly as they are described."""
    key = hashlib.sha256(b"drandlab draw 1" + randomness + f"{draw}/{label}".encode()).digest()
    stream = b"".join(hashlib.sha256(key + i.to_bytes(8, "big")).digest() for i in range(200))
    at = 0

    def number(bound: int) -> int:
        nonlocal at
        bits = len(bin(bound - 1)) - 2 if bound > 1 else 0
        while True:
            size = -(-bits // 8)
            word = int.from_bytes(stream[at : at + size], "big") % 2**bits
            at += size
            if word < bound:
                return word

    match draw:
        case "below":
            return number(given["bound"])
        case "dice":
            return [1 + number(given["faces"]) for _ in range(given["count"])]
        case "choice":
            weights = given.get("weights") or [1] * len(given["items"])
            x = number(sum(weights))
            return next(item for i, item in enumerate(given["items"]) if x < sum(weights[: i + 1]))
    order = list(given["items"] if draw == "shuffle" else given["members"])
    places = list(range(len(order)))
    size = len(order) if draw == "shuffle" else given["size"]
    for i in range(size):
        j = i + number(len(order) - i)
        places[i], places[j] = places[j], places[i]
    return [order[place] for place in (places if draw == "shuffle" else sorted(places[:size]))]


def test_a_choice_without_weights_is_one_with_equal_weights() -> None:
    for i in range(50):
        assert choice(R, f"{i}", "abcde") == choice(R, f"{i}", "abcde", [1] * 5)


def test_the_ends() -> None:
    assert dice(R, "a", 0) == [] and dice(R, "a", 3, 1) == [1, 1, 1]
    assert shuffle(R, "a", []) == [] and shuffle(R, "a", ("x",)) == ["x"]
    assert committee(R, "a", [], 0) == [] and committee(R, "a", "abc", 3) == ["a", "b", "c"]
    assert choice(R, "a", ["x"]) == "x" and below(R, "a", 1) == 0 and below(R, "a", 1 << 256) < 1 << 256
    assert len(set(committee(R, "a", range(10**12), 5))) == 5


def test_what_is_shuffled_stays_as_it_is() -> None:
    items = [3, 1, 2]
    assert sorted(shuffle(R, "a", items)) == [1, 2, 3] and items == [3, 1, 2]


def test_it_is_a_public_name_that_loads_on_use() -> None:
    assert "draw" in dir(dl.analysis) and dl.analysis.draw.dice is dice
    assert dl.analysis.draw.__all__ == sorted(dl.analysis.draw.__all__)


@pytest.mark.parametrize(
    ("call", "kind", "argument"),
    [
        (lambda: dice(bytes(31), "a"), LocalError, "randomness"),
        (lambda: dice("00" * 32, "a"), WrongType, "randomness"),  # type: ignore[arg-type]
        (lambda: dice(R, ""), LocalError, "label"),
        (lambda: dice(R, 7), WrongType, "label"),  # type: ignore[arg-type]
        (lambda: dice(R, "a", -1), LocalError, "count"),
        (lambda: dice(R, "a", 10**9), LocalError, "count"),
        (lambda: dice(R, "a", 1, 0), LocalError, "faces"),
        (lambda: dice(R, "a", 1, 6.5), WrongType, "faces"),  # type: ignore[arg-type]
        (lambda: below(R, "a", 0), LocalError, "bound"),
        (lambda: below(R, "a", "6"), WrongType, "bound"),  # type: ignore[arg-type]
        (lambda: shuffle(R, "a", {1, 2}), WrongType, "items"),  # type: ignore[arg-type]
        (lambda: shuffle(R, "a", {1: 2}), WrongType, "items"),  # type: ignore[arg-type]
        (lambda: shuffle(R, "a", None), WrongType, "items"),  # type: ignore[arg-type]
        (lambda: shuffle(R, "a", range(10**9)), LocalError, "items"),
        (lambda: committee(R, "a", range(5), 6), LocalError, "size"),
        (lambda: committee(R, "a", range(5), -1), LocalError, "size"),
        (lambda: committee(R, "a", range(5), True), WrongType, "size"),
        (lambda: committee(R, "a", 5, 2), WrongType, "members"),  # type: ignore[arg-type]
        (lambda: committee(R, "a", range(1 << 64), 2), LocalError, "members"),
        (lambda: choice(R, "a", []), LocalError, "items"),
        (lambda: choice(R, "a", "ab", [1]), LocalError, "weights"),
        (lambda: choice(R, "a", "ab", [0, 0]), LocalError, "weights"),
        (lambda: choice(R, "a", "ab", [1, -1]), LocalError, "weights[1]"),
        (lambda: choice(R, "a", "ab", [0.5, 0.5]), WrongType, "weights[0]"),  # type: ignore[list-item]
        (lambda: choice(R, "a", "ab", 3), WrongType, "weights"),  # type: ignore[arg-type]
        (lambda: choice(R, "a", "ab", [1, 1 << 256]), LocalError, "weights"),
    ],
)
def test_bad_input_is_named(call: Callable[[], object], kind: type[LocalError], argument: str) -> None:
    with pytest.raises(kind) as caught:
        call()
    assert caught.value.argument == argument and type(caught.value) is kind
