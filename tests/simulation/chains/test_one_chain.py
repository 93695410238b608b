"""Any calls by any origins with any arguments in any order: a chain file runs to its end, or is refused by name."""

from __future__ import annotations

import random

import pytest

from drandlab.errors import FormatError
from drandlab.simulation.chains.chain_checks import check_chains
from drandlab.simulation.chains.chain_run import ChainRun
from drandlab.simulation.chains.chain_scenario import ChainScenario

IDS = ['"0x' + one * 64 + '"' for one in "123"]
TARGETS = [
    "{ parents = 1, interior = { X1 = [{ Parachain = 4594 }] } }",
    "{ parents = 1, interior = { X1 = [{ Parachain = 9 }] } }",
    '{ parents = 42, interior = "Here" }',
    "{ parents = 0, interior = { X1 = [{ PalletInstance = 3 }] } }",
    "{ parents = 1, interior = { X9 = [] } }",
    "3",
]
NUMBERS = ["0", "1", "2", "3", "10", "10000", "4294967295", "4294967296", "9223372036854775807", "-1", "true", '"1"']
HEXES = ['"0x"', '"0x2800"', '"0x2801"', '"0x0102030405060708"', '"0x010203040506070809"', '"zz"', "false"]
KINDS = ['"Xcm"', '"Native"', '"SovereignAccount"', '"Superuser"', '"xcm"']
FILTERS = ["[]", "[2]", "[2, 4, 8]", str(list(range(101))), "[-1]"]
ORIGINS = ["root", "none", "Alice", "Bob", "4594", "4594/Alice", "9/Bob", "nobody"]


def arguments(rng: random.Random, *names: str) -> str:
    pools = {
        **{"credits": NUMBERS, "frequency": NUMBERS, "number_of_pulses": NUMBERS, "lifetime_pulses": NUMBERS},
        **{"sub_id": IDS, "req_ref": IDS, "target": TARGETS, "call": HEXES, "metadata": HEXES},
        **{"origin_kind": KINDS, "pulse_filter": FILTERS},
    }
    good = {name: pools[name][: max(1, len(pools[name]) // 2)] for name in pools}
    given = [name for name in names if rng.random() < 0.9]
    return ", ".join(f"{name} = {rng.choice(good[name] if rng.random() < 0.93 else pools[name])}" for name in given)


def drawn_call(rng: random.Random) -> str:
    create = ("credits", "target", "call", "frequency", "metadata", "sub_id", "origin_kind")
    request = (
        f"{{ {arguments(rng, 'req_ref', 'lifetime_pulses')}, create_sub_params = {{ {arguments(rng, *create)} }} }}"
    )
    bridge = {
        "create_subscription": arguments(rng, *create, *(["pulse_filter"] if rng.random() < 0.2 else [])),
        "pause_subscription": arguments(rng, "sub_id"),
        "kill_subscription": arguments(rng, "sub_id"),
        "reactivate_subscription": arguments(rng, "sub_id"),
        "update_subscription": arguments(rng, "sub_id", "credits", "frequency", "metadata"),
        "quote_subscription": f"quote_request = {request}, {arguments(rng, 'call', 'origin_kind')}",
        "get_subscription_info": arguments(rng, "req_ref", "sub_id", "call", "origin_kind"),
    }
    consumer = {
        "create_subscription": arguments(rng, "credits", "frequency", "metadata", "sub_id", "origin_kind"),
        "pause_subscription": arguments(rng, "sub_id"),
        "kill_subscription": arguments(rng, "sub_id"),
        "reactivate_subscription": arguments(rng, "sub_id"),
        "update_subscription": arguments(rng, "sub_id", "credits", "frequency", "metadata"),
        "request_quote": arguments(
            rng, "number_of_pulses", "frequency", "metadata", "sub_id", "req_ref", "origin_kind"
        ),
        "request_sub_info": arguments(rng, "sub_id", "req_ref", "origin_kind"),
    }
    on_bridge = rng.random() < 0.6
    name = rng.choice(list(bridge if on_bridge else consumer))
    pallet, args, chain = (
        ("IdnManager", bridge[name], "") if on_bridge else ("IdnConsumer", consumer[name], "chain = 4594\n")
    )
    origin = rng.choice(ORIGINS[2:6] if rng.random() < 0.8 else ORIGINS)
    head = f'[[call]]\nblock = {rng.randrange(1, 7)}\n{chain}origin = "{origin}"\n'
    return f'{head}call = "{pallet}.{name}"\nargs = {{ {args.strip(", ")} }}\n'


def drawn_file(seed: int) -> tuple[str, list[str]]:
    rng = random.Random(seed)
    mode = rng.choice(["range", "accumulate"])
    money = rng.choice([0, 1_000_000_000, 2_000_000_000, 40_000_000_000, 10_000_000_000_000])
    head = f"""name = "x"
about = "y"
blocks = 8
[bridge]
mode = "{mode}"
policy = "{rng.choice(["seed", "deployed"])}"
ingest = true
max_subscriptions = {rng.choice([0, 1, 3, 2000])}
max_terminations = {rng.choice([0, 1, 200])}
delivery_base = {rng.choice([0, 30_000_000_000])}
treasury = {rng.choice([0, 1_000_000_000])}
[bridge.balances]
Alice = {money}
Bob = 10_000_000_000_000
4594 = {money}
[[consumer]]
para_id = 4594
not_receiving = [{rng.choice(["", "3", "2, 3, 4, 5"])}]
channel = {{ capacity = {rng.choice([1, 1000])}, page_size = {rng.choice([100, 400, 102_400])}, total_size = 102_400 }}
[consumer.balances]
Alice = {money}
Bob = 10_000_000_000_000
"""
    return head, [drawn_call(rng) for _ in range(14)]


def readable(head: str, calls: list[str]) -> list[str]:
    """The calls that a file may hold; what is refused is refused with its place."""
    found = []
    for one in calls:
        try:
            ChainScenario.from_toml(head + one, "drawn.toml")
        except FormatError as error:
            assert str(error).startswith("drawn.toml, line ")
        else:
            found.append(one)
    return found


@pytest.mark.parametrize("seed", range(40))
def test_files_that_are_drawn_run_to_their_end(seed: int) -> None:
    head, calls = drawn_file(seed)
    run = ChainRun(ChainScenario.from_toml(head + "".join(readable(head, calls)), "drawn.toml"), backend="glass").run()
    assert [str(verdict) for verdict in check_chains(run.journal) if not verdict.ok] == []
    assert run.bridge.head.number == 8
