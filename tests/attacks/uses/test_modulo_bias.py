"""The bias of a remainder: exact figures, and draws beside them."""

from __future__ import annotations

from typing import Any

import pytest

from drandlab.attacks.all_attacks import catalogue
from drandlab.errors import LocalError

ATTACK = catalogue()["modulo_bias"]


@pytest.mark.parametrize(
    ("bits", "faces", "total_variation"),
    [(8, 6, 0.00521), (8, 100, 0.0963), (8, 52, 0.0144), (16, 6, 2.0e-5), (8, 64, 0.0), (1, 2, 0.0), (2, 3, 1 / 6)],
)
def test_the_distance_is_that_of_the_published_table(bits: int, faces: int, total_variation: float) -> None:
    for found in (ATTACK.predicted(bits=bits, faces=faces), ATTACK.run(1, bits=bits, faces=faces, runs=10)):
        assert found["total_variation"] == pytest.approx(total_variation, rel=0.02)


@pytest.mark.parametrize(
    "given",
    [
        {"bits": 8, "faces": 100},
        {"bits": 8, "faces": 100, "method": "rejection"},
        {"bits": 1, "faces": 2},
        {"bits": 16, "faces": 65_536, "runs": 100},
        {"bits": 16, "faces": 40_000, "runs": 200},
        {"bits": 5, "faces": 17, "method": "rejection", "runs": 1},
    ],
)
def test_it_is_as_predicted(given: dict[str, Any]) -> None:
    for seed in (1, 2, 3):
        assert ATTACK.outside(ATTACK.run(seed, **given), **given) == ()


def test_rejection_takes_the_bias_away() -> None:
    modulo, rejection = (ATTACK.run(1, faces=100, method=method) for method in ("modulo", "rejection"))
    assert rejection["total_variation"] == 0.0 and modulo["total_variation"] == 0.09625
    assert ATTACK.predicted(faces=100)["favoured"] == 56 * 3 / 256
    assert ATTACK.outside(modulo, faces=100, method="rejection") == ("total_variation", "favoured")
    assert ATTACK.outside(rejection, faces=100, method="modulo") == ("total_variation", "favoured")


def test_more_faces_than_words_are_refused() -> None:
    for call in (ATTACK.predicted, ATTACK.run):
        with pytest.raises(LocalError, match="must be at most the 16 words of 4 bits, got 17") as caught:
            call(bits=4, faces=17)
        assert caught.value.argument == "faces"
