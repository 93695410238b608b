"""The bridge with many subscriptions: what one costs as their number grows, a long run, and the declared weights.

    python benchmarks/subscriptions.py [--quick]

A bridge in ``glass`` ingests one round a block and sends it to the subscriptions that are due, by PolkadotXcm into the
channels to two siblings. The dispatch is measured on one block under work, and undone after each turn, so that all
sizes have the same work for each subscription; the garbage collector is off meanwhile, as `timeit` has it, since what
it costs depends on everything else that the process holds. The weights that the deployed pallet declares are times of
its own reference machine; beside them stands what a block takes here.
"""

from __future__ import annotations

import gc
import resource
import sys
from time import process_time
from typing import Any

from side_by_side import Comparison, cpu_medians, report

from drandlab.idn.channels.channel import Channel, ChannelLimits
from drandlab.idn.channels.messaging import MESSAGING, messaging_of
from drandlab.idn.pallets.balances import Balances
from drandlab.idn.pallets.messaging_pallets import messaging_pallets
from drandlab.idn.pallets.parachain_system import PARACHAIN_INHERENT
from drandlab.idn.pallets.system import System
from drandlab.idn.pulses import Pulse
from drandlab.idn.rand_beacon import AcceptedPulse, rand_beacon
from drandlab.idn.runtime.block_builder import BlockBuilder
from drandlab.idn.runtime.calls import NONE, ROOT, Call, signed
from drandlab.idn.runtime.outcomes import Head
from drandlab.idn.runtime.runtime import Runtime
from drandlab.idn.runtime.weights import BlockLimits, Weight
from drandlab.idn.subscriptions import IdnManager, policies
from drandlab.idn.subscriptions.call_params import CreateSubParams
from drandlab.idn.subscriptions.dispatching import dispatch_weight
from drandlab.idn.subscriptions.manager_limits import TREASURY_ACCOUNT
from drandlab.idn.sums import on_curve
from drandlab.idn.xcm.location_accounts import location_account
from drandlab.idn.xcm.locations import sibling
from drandlab.idn.xcm_execution.prices import DeliveryPrice

SIZES = (10, 100, 500, 2000)
SIBLINGS = (4594, 4595)
SUBSCRIBERS = [bytes([number]) * 32 for number in range(1, 9)]
BLOCKS, QUICK = 10_000, 500
LONG = 100
"""Subscriptions of the long run; they are due every tenth block, a tenth of them in each."""

CREDITS = 20_000
"""Enough for a long run, in which every block costs one under the rules of today."""

FLAT, MINUTES, LEVEL = 1.2, 1.0, 1.1
SECRET = 0xBEAC04


class SubscribedBridge:
    """A bridge with so many subscriptions, due every ``frequency`` blocks."""

    def __init__(self, policy: str, subscriptions: int, *, frequency: int = 1) -> None:
        system = System()
        balances = Balances(system)
        price = DeliveryPrice(base=30_000_000_000, byte=50_000)
        messaging = messaging_pallets(balances, para_id=4502, account_of=location_account, price=price)
        self.manager = IdnManager(balances, messaging.polkadot_xcm, policy=policies[policy])
        self.beacon = rand_beacon("accumulate", max_pulses=6, backend="glass", dispatcher=self.manager)
        pallets = [system, *messaging.front, balances, self.beacon, self.manager, *messaging.rest]
        self.runtime = Runtime(pallets, limits=BlockLimits(block=Weight(1 << 62, 1 << 62)))
        rich = {account: 10**22 for account in (*SUBSCRIBERS, TREASURY_ACCOUNT)}
        self.head: Head = self.runtime.genesis({"Balances": {"balances": rich}})
        self.curve, self.round = on_curve("glass"), 1
        self.channels = {para: Channel(ChannelLimits(total_size=1 << 30)) for para in SIBLINGS}
        self._begin(subscriptions, frequency)

    def _begin(self, subscriptions: int, frequency: int) -> None:
        builder = self.open()
        key = bytes(self.curve.public_key(SECRET))
        calls = [(Call("RandBeacon", "set_beacon_config", {"pk": key, "genesis_round": 1}), ROOT)]
        for number in range(subscriptions):
            params = CreateSubParams(
                credits=CREDITS,
                target=sibling(SIBLINGS[number % 2]),
                call=b"\x28\0",
                frequency=frequency,
                sub_id=(number * 0x9E3779B97F4A7C15F39CC0605CEDC835).to_bytes(32, "little"),
            )
            origin = signed(SUBSCRIBERS[number % len(SUBSCRIBERS)])
            calls.append((Call("IdnManager", "create_subscription", {"params": params}), origin))
        for call, origin in calls:
            error = builder.run(call, origin).error
            assert error is None, error
        self.close(builder)

    def open(self) -> BlockBuilder:
        """Return the next block under work, told that its channels are empty."""
        builder = self.runtime.open(self.head, None)
        data = {PARACHAIN_INHERENT: MESSAGING.encode(messaging_of(builder.context.number, self.channels, {}))}
        call = self.runtime.table.order[1].create_inherent(builder.context, data)
        assert call is not None
        builder.run(call, NONE)
        return builder

    def close(self, builder: BlockBuilder) -> None:
        """Finish a block."""
        header, state = builder.finish()
        self.head = Head(header=header, state=state)

    def step(self) -> BlockBuilder:
        """Make a block that ingests the next round."""
        builder = self.open()
        asig = self.curve.sign(SECRET, self.curve.scheme.digest(self.round))
        call = Call("RandBeacon", "try_submit_asig", {"asig": asig, "height": 1})
        error = builder.run(call, NONE).error
        assert error is None, error
        self.round += 1
        self.close(builder)
        return builder

    def dispatch(self, builder: BlockBuilder) -> None:
        """Give a pulse on in a block under work, and undo it, so that the next time is like this one."""
        pulse = Pulse(signature=bytes(48), start=self.round, end=self.round)
        builder.context.storage.begin()
        self.manager.dispatch(builder.context, AcceptedPulse(pulse=pulse))
        builder.context.storage.undo()
        del builder.context.events[:]


def dispatch_costs(policy: str, turns: int) -> dict[int, float]:
    """Return the CPU seconds of a dispatch for one subscription, by their number, all of them due."""
    sides: dict[str, Any] = {}
    for size in SIZES:
        bridge = SubscribedBridge(policy, size)
        builder, times = bridge.open(), max(1, 200 // size)
        sides[str(size)] = _repeated(bridge, builder, times)
    gc.collect()
    gc.disable()
    try:
        found = cpu_medians(sides, turns)
    finally:
        gc.enable()
    return {size: found[str(size)] / size / max(1, 200 // size) for size in SIZES}


def _repeated(bridge: SubscribedBridge, builder: BlockBuilder, times: int) -> Any:
    def run() -> None:
        for _ in range(times):
            bridge.dispatch(builder)

    return run


def long_run(policy: str, blocks: int) -> dict[str, float]:
    """Run so many blocks with `LONG` subscriptions; return the CPU seconds, and megabytes at half and at the end."""
    bridge = SubscribedBridge(policy, LONG, frequency=10)
    began, memory = process_time(), {}
    for number in range(1, blocks + 1):
        bridge.step()
        if number in (blocks // 2, blocks):
            memory[number] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    taken = process_time() - began
    return {"seconds": taken, "half": memory[blocks // 2], "end": memory[blocks]}


def measure(rows: list[Comparison], microseconds: dict[str, float], absent: list[str], quick: bool) -> None:
    """Add all comparisons of this file."""
    blocks = QUICK if quick else BLOCKS
    for policy in policies:
        costs = dispatch_costs(policy, 3 if quick else 7)
        name = f"dispatch, {policy}"
        flat = max(costs.values()) / min(costs.values())
        rows.append(Comparison(f"{name}: a subscription among 10 to 2,000, dearest over cheapest", flat, FLAT, False))
        for size, cost in costs.items():
            microseconds[f"{name}: one of {size:,} subscriptions"] = 1e6 * cost
        declared = dispatch_weight(SIZES[-1]).ref_time / 1e12
        taken = costs[SIZES[-1]] * SIZES[-1]
        microseconds[f"{name}: 2,000 of them here"] = 1e6 * taken
        microseconds[f"{name}: 2,000 of them as declared"] = 1e6 * declared
        found = long_run(policy, blocks)
        name = f"{LONG} subscriptions, {policy}, {blocks:,} blocks"
        minutes = found["seconds"] * BLOCKS / blocks / 60
        rows.append(Comparison(f"{name}: minutes for 10,000", minutes, MINUTES, False))
        rows.append(
            Comparison(f"{name}: memory at the end over that at half", found["end"] / found["half"], LEVEL, False)
        )
        microseconds[f"{name}: one block"] = 1e6 * found["seconds"] / blocks


def main(arguments: list[str]) -> None:
    """Measure and tell."""
    rows: list[Comparison] = []
    microseconds: dict[str, float] = {}
    measure(rows, microseconds, [], quick="--quick" in arguments)
    report(rows, microseconds, [], as_json=False)


if __name__ == "__main__":
    main(sys.argv[1:])
