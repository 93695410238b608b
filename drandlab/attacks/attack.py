"""What an attack is: its parameters, what theory says comes of it, and a run that measures what does.

Theory and measurement are written apart and give the same keys, so that they can be laid side by side:

>>> import random
>>> from drandlab.attacks.outcome_kinds import SampledShare
>>> coin = Attack(
...     name="coin",
...     about="Heads of a fair coin.",
...     parameters={"runs": AttackParameter(100, "throws", low=1, high=10_000)},
...     sources=("Bernoulli, Ars Conjectandi, 1713",),
...     remedy="None is needed.",
...     theory=lambda runs: {"heads": 0.5},
...     measure=lambda seed, runs: {"heads": random.Random(seed).getrandbits(runs).bit_count() / runs},
...     kinds={"heads": SampledShare("runs")},
... )
>>> coin.predicted(), 0.4 < coin.run(seed=1, runs=10_000)["heads"] < 0.6
({'heads': 0.5}, True)
>>> coin.allowances(runs=900), coin.outside({"heads": 0.576}, runs=900)
({'heads': 0.075}, ('heads',))
>>> coin.run(throws=5)
Traceback (most recent call last):
drandlab.errors.LocalError: coin throws: no such parameter; there are runs
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from drandlab.attacks.outcome_kinds import OutcomeKind
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
    `LocalError` for parameters that do not go together. ``kinds`` names the outcomes that are not exact. ``cases`` are
    sets of parameters at which a run is cheap, on both sides of a defence, for checks over hundreds of seeds: if none
    is given, the defaults, and each flag and choice in turn at its other values.
    """

    name: str
    about: str
    parameters: Mapping[str, AttackParameter]
    sources: tuple[str, ...]
    remedy: str
    theory: Callable[..., AttackOutcome]
    measure: Callable[..., AttackOutcome]
    kinds: Mapping[str, OutcomeKind] = field(default_factory=dict)
    cases: tuple[Mapping[str, Any], ...] = ()

    def __post_init__(self) -> None:
        if not self.cases:
            object.__setattr__(self, "cases", tuple(self._turns()))

    def __repr__(self) -> str:
        return f"<Attack {self.name}: {', '.join(self.parameters)}>"

    def _turns(self) -> Iterator[Mapping[str, Any]]:
        """The defaults, and each flag and choice in turn at its other values."""
        yield {}
        for name, one in self.parameters.items():
            values = (True, False) if one.kind == "bool" else one.choices
            yield from ({name: value} for value in values if value != one.default)

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

    def allowances(self, **parameters: object) -> dict[str, float]:
        """Return how far from the prediction each outcome may lie: 0 where it is exact."""
        given = self.checked(parameters)
        return {key: self._allowance(key, value, given) for key, value in self.theory(**given).items()}

    def outside(self, measured: AttackOutcome, **parameters: object) -> tuple[str, ...]:
        """Return the keys of what was measured that lie further from the prediction than is allowed, or are amiss."""
        given = self.checked(parameters)
        predicted = self.theory(**given)
        amiss = [key for key in predicted | measured if key not in predicted or key not in measured]
        return *amiss, *(
            key
            for key, value in measured.items()
            if key in predicted and not self._allows(key, value, predicted, given)
        )

    def _allowance(self, key: str, predicted: Json, given: Mapping[str, Any]) -> float:
        kind = self.kinds.get(key)
        return 0.0 if kind is None or not isinstance(predicted, int | float) else kind.allowance(predicted, given)

    def _allows(self, key: str, value: Json, predicted: AttackOutcome, given: Mapping[str, Any]) -> bool:
        expected = predicted[key]
        if key in self.kinds and isinstance(value, int | float) and isinstance(expected, int | float):
            return abs(value - expected) <= self._allowance(key, expected, given)
        return bool(value == expected)
