"""The plan of a seed: a bridge, its consumers and the calls about subscriptions, drawn from the seed alone.

Each seed turns some kinds of calls on and the others off, so that a few of them often come together. Some accounts are
poor, some targets have no channel, some channels are narrow, and some receivers are slow or deaf for a while.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from drandlab.simulation.chain_fuzz.chain_plan import ChainPlan, PlannedCall, in_toml
from drandlab.simulation.chains.chain_scenario import EXISTENTIAL
from drandlab.simulation.chance import rng_for

__all__ = ["draw_chains"]

BRIDGE = 4502
PARAS = (4594, 2000, 3333)
NOBODY = 2999
"""A parachain to which no channel is open."""

ACCOUNTS = ("Alice", "Bob", "Charlie")
RICH = 50_000_000_000_000


def draw_chains(seed: int) -> ChainPlan:
    """Return the plan of a seed.

    >>> draw_chains(7) == draw_chains(7), len({draw_chains(seed).to_toml() for seed in range(20)})
    (True, 20)
    """
    return _Draw(seed).plan()


class _Draw:
    """What a seed decides before any call is drawn: the chains, the accounts, and who subscribes."""

    def __init__(self, seed: int) -> None:
        self.seed, rng = seed, rng_for(seed, "chain fuzz", "chains")
        self.policy = rng.choice(("seed", "seed", "deployed"))
        self.mode = rng.choice(("range", "accumulate"))
        self.blocks = rng.randint(6, 24)
        self.paras = tuple(rng.sample(PARAS, rng.randint(1, 2)))
        self.origins = (*ACCOUNTS, *map(str, self.paras), f"{self.paras[0]}/Alice")
        self.ids: list[str] = []
        share = rng.choice((0.2, 0.5, 0.8))
        self.kinds = [kind for kind in CHANGES if rng.random() < share]

    def chance(self, purpose: str) -> random.Random:
        return rng_for(self.seed, "chain fuzz", purpose)

    def plan(self) -> ChainPlan:
        made = self._trapping(self._creations(self.chance("creations")), self.chance("traps"))
        calls = sorted([*made, *self._changes(self.chance("changes"), made)], key=lambda call: call.block)
        numbered = tuple(replace(call, number=number) for number, call in enumerate(calls))
        return ChainPlan(seed=self.seed, blocks=self.blocks, tables=self._tables(), calls=numbered)

    # -- chains -------------------------------------------------------------------------------------------------------

    def _tables(self) -> str:
        rng = self.chance("tables")
        bridge = {
            "para_id": BRIDGE,
            "mode": self.mode,
            "policy": self.policy,
            "ingest": True,
            "max_subscriptions": rng.choice((2, 5, 2000)),
            "delivery_base": rng.choice((0, 1_000_000, 30_000_000_000)),
            "treasury": rng.choice((0, EXISTENTIAL, 5 * EXISTENTIAL)),
        }
        paying = self._paying_bridge()
        bridge |= {"base_fees": True} if paying else {}
        lines = ["[bridge]", *(f"{key} = {in_toml(value)}" for key, value in bridge.items()), "[bridge.balances]"]
        lines += paying
        lines += [f"{name} = {self._balance(rng)}" for name in (*ACCOUNTS, *map(str, self.paras))]
        # the accounts that the same parachains have on the relay chain: rich, and nobody's here
        lines += [f"0x{(b'para' + para.to_bytes(4, 'little')).hex():0<64} = {RICH}" for para in self.paras]
        missing = sorted(rng.sample(range(2, 2 * self.blocks), rng.choice((0, 0, 1, 3))))
        if self.mode == "accumulate":
            missing = []
        lines += ["[drand]", f"seed = {self.seed % 8}", f"per_slot = {rng.choice((1, 2, 2))}", f"missing = {missing}"]
        for para in self.paras:
            lines += ["[[consumer]]", f"para_id = {para}", f"channel = {in_toml(self._channel(rng))}"]
            lines += self._queue(para)
            if rng.random() < 0.3:
                away = rng.randint(2, self.blocks)
                lines.append(f"not_receiving = {[*range(away, min(away + rng.randint(0, 6), self.blocks) + 1)]}")
            lines.append("[consumer.balances]")
            lines += [f"{name} = {self._balance(rng)}" for name in (*ACCOUNTS, str(BRIDGE))]
        return "\n".join(lines) + "\n"

    @staticmethod
    def _balance(rng: random.Random) -> int:
        """A balance: nothing, just alive, about what a subscription costs, or plenty."""
        poor = rng.choice((0, EXISTENTIAL, EXISTENTIAL + 1, EXISTENTIAL * rng.randint(2, 60)))
        return rng.choice((poor, RICH // rng.randint(1, 2000), RICH, RICH))

    @staticmethod
    def _channel(rng: random.Random) -> dict[str, int]:
        if rng.random() < 0.6:
            return {"delay": rng.randint(1, 3)}
        return {
            "capacity": rng.choice((1, 2, 8)),
            "page_size": rng.choice((150, 300, 1024)),
            "total_size": rng.choice((600, 4096)),
            "delay": rng.randint(1, 4),
        }

    def _paying_bridge(self) -> list[str]:
        """The balance of a bridge that pays for deliveries itself, in some seeds of the policy that can have it."""
        rng = self.chance("base fees")
        if self.policy != "seed" or rng.random() < 0.7:
            return []
        return [f"{BRIDGE} = {self._balance(rng)}"]

    def _queue(self, para: int) -> list[str]:
        """A consumer that is slow, in some seeds: it executes few messages a block, and few of them may wait."""
        rng = self.chance(f"queue of {para}")
        if rng.random() < 0.6:
            return []
        return [f"queue = {in_toml({'share': rng.choice((1, 2, 4)), 'pages': rng.choice((0, 1, 3))})}"]

    # -- calls --------------------------------------------------------------------------------------------------------

    def id(self, rng: random.Random) -> str:
        """One of the ids that are used, mostly."""
        if self.ids and rng.random() < 0.95:
            return rng.choice(self.ids)
        return f"0x{rng.randrange(1 << 256):064x}"

    def creation(self, rng: random.Random) -> dict[str, Any]:
        """The arguments of a creation."""
        self.ids.append(f"0x{rng.randrange(1, 256):02x}" + "5a" * 31)
        para = rng.choice((*self.paras, *self.paras, *self.paras, NOBODY))
        path = [{"Parachain": para}]
        args: dict[str, Any] = {
            "credits": rng.choice((0, 1, 2, 3, 5, 8, 11, 40, 120, 2000)),
            "target": {"parents": 1, "interior": {"X1": path}},
            "call": "0x2800" + "00" * rng.choice((0, 0, 6, 200)),
            "origin_kind": rng.choice(("Xcm", "Xcm", "Native", "SovereignAccount")),
            "frequency": rng.choice((0, 1, 1, 2, 3, 5)),
            "sub_id": self.ids[-1],
        }
        if rng.random() < 0.1:
            args["target"] = rng.choice(({"parents": 0, "interior": "Here"}, {"parents": 1, "interior": "Here"}))
        if rng.random() < 0.3:
            args["metadata"] = "0x" + "ab" * rng.randint(0, 8)
        if self.policy == "seed" and rng.random() < 0.5:
            args["pulse_filter"] = self.filter(rng)
        return args

    def filter(self, rng: random.Random) -> list[int]:
        """Rounds, of those that there will be and of others."""
        most = rng.choice((1, 3, 10, 10, 101))
        return [rng.randint(1, 3 * self.blocks) for _ in range(rng.randint(0, most))]

    def _creations(self, rng: random.Random) -> list[PlannedCall]:
        count = rng.choice((1, 2, 3, 5, 8))
        calls = []
        for _ in range(count):
            block, args = rng.randint(1, max(1, self.blocks // 2)), self.creation(rng)
            who = rng.choice((*ACCOUNTS, *map(str, self.paras), *self.origins))
            if rng.random() < 0.2:
                wanted = {key: args[key] for key in ("credits", "frequency", "sub_id")}
                name, chain = "IdnConsumer.create_subscription", rng.choice(self.paras)
                calls.append(PlannedCall(block=block, origin=rng.choice(ACCOUNTS), call=name, args=wanted, chain=chain))
                continue
            calls.append(PlannedCall(block=block, origin=who, call="IdnManager.create_subscription", args=args))
        return calls

    @staticmethod
    def _trapping(made: list[PlannedCall], rng: random.Random) -> list[PlannedCall]:
        """Let some deliveries call as the superuser, which no target allows: what they brought stays in a trap."""
        chosen = [rng.random() < 0.25 for _ in made]
        return [
            replace(call, args={**call.args, "origin_kind": "Superuser"}) if traps and "target" in call.args else call
            for call, traps in zip(made, chosen, strict=True)
        ]

    def _changes(self, rng: random.Random, made: list[PlannedCall]) -> list[PlannedCall]:
        if not self.kinds:
            return []
        owners = {call.args["sub_id"]: (call.origin, call.chain) for call in made}
        calls = []
        for _ in range(rng.randint(1, 3 * len(owners))):
            kind, block = rng.choice(self.kinds), rng.randint(2, self.blocks)
            name, args = CHANGES[kind](self, rng)
            origin, chain = owners.get(args.get("sub_id", ""), ("Alice", None))
            if rng.random() < 0.1:
                origin, chain = rng.choice((*self.origins, "root", "none")), None
            pallet = "IdnManager" if chain is None else "IdnConsumer"
            if chain is not None and rng.random() < 0.3:
                pallet, origin, chain = "IdnManager", str(chain), None
            if pallet == "IdnConsumer":
                args.pop("pulse_filter", None)
            calls.append(PlannedCall(block=block, origin=origin, call=f"{pallet}.{name}", args=args, chain=chain))
        return calls

    def by_id(self, rng: random.Random) -> dict[str, Any]:
        """The argument of most changes."""
        return {"sub_id": self.id(rng)}

    def update(self, rng: random.Random) -> dict[str, Any]:
        """The arguments of an update: some of them, or none."""
        args = self.by_id(rng)
        if rng.random() < 0.6:
            args["credits"] = rng.choice((0, 1, 2, 5, 9, 20, 300))
        if rng.random() < 0.4:
            args["frequency"] = rng.choice((0, 1, 2, 4))
        if rng.random() < 0.3:
            args["metadata"] = rng.choice((False, "0x", "0xcdcdcd"))
        if self.policy == "seed" and rng.random() < 0.3:
            args["pulse_filter"] = self.filter(rng)
        return args


CHANGES: Mapping[str, Callable[[_Draw, random.Random], tuple[str, dict[str, Any]]]] = MappingProxyType(
    {
        "pause": lambda draw, rng: ("pause_subscription", draw.by_id(rng)),
        "reactivate": lambda draw, rng: ("reactivate_subscription", draw.by_id(rng)),
        "kill": lambda draw, rng: ("kill_subscription", draw.by_id(rng)),
        "update": lambda draw, rng: ("update_subscription", draw.update(rng)),
    }
)
"""The kinds of calls that change a subscription."""
