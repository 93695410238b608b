"""Each purpose draws from a source of its own."""

from __future__ import annotations

from drandlab.simulation.chance import rng_for


def test_each_purpose_has_its_own_chance():
    drawn = {(seed, path): rng_for(seed, *path).random() for seed in (1, "1x", 2) for path in ((), ("a",), ("a", 1))}
    assert len(set(drawn.values())) == len(drawn)
    assert rng_for(1, "link", 0, 1).random() == rng_for("1", "link", "0", "1").random()
