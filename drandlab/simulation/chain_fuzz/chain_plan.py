"""The plan of a seed: a chain file in parts, so that a shorter file can be made of some of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from drandlab.errors import LocalError
from drandlab.printable import counted
from drandlab.simulation.chains.chain_scenario import ChainScenario

__all__ = ["ChainPlan", "PlannedCall", "in_toml"]


def in_toml(value: Any) -> str:
    """Return a value as TOML writes it within a line.

    >>> in_toml({"X1": [{"Parachain": 4594}], "call": "0x2800", "clear": False})
    '{ X1 = [{ Parachain = 4594 }], call = "0x2800", clear = false }'
    """
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {in_toml(one)}" for key, one in value.items()) + " }"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(in_toml, value)) + "]"
    return json.dumps(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedCall:
    """A call of the file: in which ``block``, by which ``origin``, on which ``chain`` (None: the bridge).

    ``number`` is its number in the plan as it was drawn, from 0.
    """

    block: int
    origin: str
    call: str
    args: Mapping[str, Any]
    chain: int | None = None
    number: int = 0

    def to_toml(self) -> str:
        """Return the table of the call."""
        lines = ["[[call]]", f"block = {self.block}"]
        if self.chain is not None:
            lines.append(f"chain = {self.chain}")
        lines += [f'origin = "{self.origin}"', f'call = "{self.call}"', f"args = {in_toml(self.args)}"]
        return "\n".join(lines) + "\n"

    def __str__(self) -> str:
        where = "" if self.chain is None else f", chain {self.chain}"
        return f"block {self.block}{where}: {self.origin} calls {self.call} {in_toml(self.args)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainPlan:
    """The chain file of a ``seed``: so many ``blocks``, its ``tables`` in TOML, and the ``calls``."""

    seed: int
    blocks: int
    tables: str
    calls: tuple[PlannedCall, ...]

    @property
    def events(self) -> tuple[str, ...]:
        """The calls, each in one line with its number in the plan as it was drawn."""
        return tuple(f"{call.number}: {call}" for call in self.calls)

    def only(self, numbers: Iterable[int]) -> ChainPlan:
        """Return the plan with the calls of these numbers alone; raises `LocalError` for a number that is none."""
        kept, known = set(numbers), {call.number for call in self.calls}
        if foreign := sorted(kept - known):
            there = f"{min(known)} to {max(known)}" if known else "none"
            raise LocalError(f"seed {self.seed} has no call {foreign[0]}; there are {there}", argument="only")
        return replace(self, calls=tuple(call for call in self.calls if call.number in kept))

    def shorter(self, blocks: int | None) -> ChainPlan:
        """Return the plan with the first so many blocks alone, and the calls in them; None: with all."""
        if blocks is None or blocks >= self.blocks:
            return self
        return replace(self, blocks=blocks, calls=tuple(call for call in self.calls if call.block <= blocks))

    def to_toml(self) -> str:
        """Return the chain file, which ``drandlab idn`` runs."""
        head = [
            f'name = "Chains, seed {self.seed}"',
            'about = "A bridge and its consumers, drawn from a seed: subscriptions, and what may go wrong with them."',
            f"blocks = {self.blocks}",
            'backend = "glass"',
        ]
        return "\n".join([*head, self.tables, *(call.to_toml() for call in self.calls)])

    @property
    def scenario(self) -> ChainScenario:
        """The chain file as it is run."""
        return ChainScenario.from_toml(self.to_toml(), f"seed {self.seed}")

    def __str__(self) -> str:
        scenario = self.scenario
        bridge, consumers = scenario.bridge, ", ".join(str(one.para_id) for one in scenario.consumers)
        return (
            f"seed {self.seed}: a bridge ({bridge.mode}, policy {bridge.policy}) and the consumer chains {consumers}, "
            f"{counted(self.blocks, 'block')}, {counted(len(self.calls), 'call')}"
        )
