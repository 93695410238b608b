"""The tools for tests of machines: what counts as a change."""

from __future__ import annotations

import random
from collections import deque
from dataclasses import dataclass, field
from typing import Any

import pytest

from drandlab.testing import only, snapshot, unchanged


@dataclass
class Machine:
    """A machine with something of each kind."""

    rng: random.Random = field(default_factory=lambda: random.Random(1))
    seen: dict[int, set[str]] = field(default_factory=lambda: {1: {"a"}})
    waiting: deque[list[int]] = field(default_factory=lambda: deque([[1], [2]]))
    state: str = "new"


class Slotted:
    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value = [1]


CHANGES: dict[str, Any] = {
    "rng": lambda machine: machine.rng.random(),
    "seen": lambda machine: machine.seen[1].add("b"),
    "waiting": lambda machine: machine.waiting[1].append(3),
    "state": lambda machine: setattr(machine, "state", "old"),
    "more": lambda machine: setattr(machine, "more", 1),
}


@pytest.mark.parametrize("name", CHANGES)
def test_every_change_is_named(name: str) -> None:
    with pytest.raises(AssertionError, match=f"Machine has changed in {name}$"), unchanged(machine := Machine()):
        CHANGES[name](machine)
    with unchanged(machine, without=[name]):
        CHANGES[name](machine)


def test_a_change_shows_although_the_block_raises() -> None:
    machine = Machine()
    with pytest.raises(AssertionError, match="in state"), unchanged(machine):
        machine.state = "old"
        raise ValueError
    with pytest.raises(ValueError), unchanged(machine):
        raise ValueError


def test_slots_and_a_part_that_knows_the_whole() -> None:
    machine = Slotted()
    before = snapshot(machine)
    machine.value.append(2)
    assert before == {"value": [1]} and snapshot(machine) == {"value": [1, 2]}
    whole = Machine()
    whole.seen = {1: whole}  # type: ignore[dict-item]
    assert snapshot(whole)["seen"] == {1: None}


def test_effects_of_a_kind_keep_their_order() -> None:
    assert only([1, "a", 2, None], int) == [1, 2]
