"""What an attack is: its parameters, what theory says comes of it, and a run that measures what does.

Theory and measurement are written apart and give the same keys, so that they can be laid side by side:

>>> import random
>>> coin = Attack(
...     name="coin",
...     about="Heads of a fair coin.",
...     parameters={"runs": AttackParameter(100, "throws", low=1, high=10_000)},
...     sources=("Bernoulli, Ars Conjectandi, 1713",),
...     remedy="None is needed.",
...     theory=lambda runs: {"heads": 0.5},
...     measure=lambda seed, runs: {"heads": random.Random(seed).getrandbits(runs).bit_count() / runs},
... )
>>> coin.predicted(), 0.4 < coin.run(seed=1, runs=10_000)["heads"] < 0.6
({'heads': 0.5}, True)
>>> coin.run(throws=5)
Traceback (most recent call last):
drandlab.errors.LocalError: coin throws: no such parameter; there are runs
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from drandlab.errors import LocalError
from drandlab.records import Json
from drandlab.typing import checked_choice, checked_flag, checked_int, checked_real
from drandlab.wire.strict_toml import no_such

__all__ = ["Attack", "AttackOutcome", "AttackParameter"]

AttackOutcome: TypeAlias = dict[str, Json]
"""What came of an attack, or was predicted: plain values by their keys."""


@dataclass(frozen=True, slots=True)
class AttackParameter:
    """One parameter of an attack: its default, what it means, and which values are allowed.

    The type of the default is its kind: bool, int, float or text. A number lies from ``low`` to ``high``, a text is one
    of the ``choices``.
    """

    default: bool | int | float | str
    meaning: str
    low: int | float | None = None
    high: int | float | None = None
    choices: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """The type of its values: bool, int, float or str."""
        return type(self.default).__name__

    @property
    def range(self) -> str:
        """Which values are allowed, as text."""
        if self.choices:
            return f"one of: {', '.join(self.choices)}"
        return "" if self.low is None and self.high is None else f"{self.low}..{self.high}"

    def checked(self, name: str, value: object) -> Any:
        """Return the value if it is allowed; raises `LocalError`."""
        match self.default:
            case bool():
                return checked_flag(value, name)
            case int():
                low, high = (None if end is None else int(end) for end in (self.low, self.high))
                return checked_int(value, name, low, high)
            case float():
                return checked_real(value, name, self.low, self.high)
            case _:
                return checked_choice(value, name, self.choices)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Attack:
    """An attack that really runs.

    ``theory`` and ``measure`` take every parameter by its name, ``measure`` the seed as well, and both raise
    `LocalError` for parameters that do not go together.
    """

    name: str
    about: str
    parameters: Mapping[str, AttackParameter]
    sources: tuple[str, ...]
    remedy: str
    theory: Callable[..., AttackOutcome]
    measure: Callable[..., AttackOutcome]

    def __repr__(self) -> str:
        return f"<Attack {self.name}: {', '.join(self.parameters)}>"

    def checked(self, parameters: Mapping[str, object]) -> dict[str, Any]:
        """Return all parameters, with defaults where none is given; raises `LocalError` for one that is wrong."""
        for name in parameters:
            if name not in self.parameters:
                rule = no_such(name, self.parameters, "parameter")
                raise LocalError(rule, argument=name, within=(self.name,))
        found = {name: one.default for name, one in self.parameters.items()} | dict(parameters)
        try:
            return {name: self.parameters[name].checked(name, value) for name, value in found.items()}
        except LocalError as error:
            raise error.inside(self.name) from None

    def predicted(self, **parameters: object) -> AttackOutcome:
        """Return what theory says comes of it."""
        return self.theory(**self.checked(parameters))

    def run(self, seed: int = 1, **parameters: object) -> AttackOutcome:
        """Return what came of it: the same seed gives the same outcome."""
        return self.measure(checked_int(seed, "seed"), **self.checked(parameters))
