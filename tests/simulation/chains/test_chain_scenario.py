"""Chain files: what is read, and what is refused with file, line and key."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from drandlab.errors import FormatError, LocalError, WrongType
from drandlab.idn.channels.channel import ChannelLimits
from drandlab.idn.pallets.message_queue import QueueLimits
from drandlab.idn.subscriptions.manager_limits import TREASURY_ACCOUNT
from drandlab.idn.xcm.location_accounts import sibling_account
from drandlab.simulation.chains.chain_checks import check_chains
from drandlab.simulation.chains.chain_run import ChainRun
from drandlab.simulation.chains.chain_scenario import (
    BridgeTable,
    CallTable,
    ChainScenario,
    ConsumerTable,
    load_chain,
    shipped_chains,
)
from drandlab.simulation.chains.drand_table import DrandTable

ASIG = "93100430f064841bfc930f65c58ae010b7392907a8fbb28b0d9987eb01d31cc8a763d3ce2f3beeb2f7d8ff3203156696"
KEY = "00" * 96
SIBLING, TREASURY = f"0x{sibling_account(4594).hex()}", f"0x{TREASURY_ACCOUNT.hex()}"

WHOLE = f"""name = "two consumers"
about = "one sentence"
blocks = 20                      # blocks 1 ... 20 of the bridge
start_ms = 1_700_000_004_000

[bridge]
para_id = 4502
mode = "range"                   # or "accumulate"
policy = "deployed"              # or "seed"
collators = ["Alice", "Bob"]
ingest = false
max_pulses = 6
max_subscriptions = 2000
max_terminations = 200
delivery_base = 30_000_000_000
delivery_byte = 50_000
treasury = 1_000_000_000
[bridge.balances]
Alice = 10_000_000_000_000
4594 = 5_000_000_000

[[consumer]]
para_id = 4594
[consumer.balances]
Alice = 10_000_000_000_000

[[call]]
block = 2
origin = "root"
source = "local"
call = "RandBeacon.try_submit_asig"
args = {{ asig = "{ASIG}", start = 72871, end = 72872, signer = "author" }}
"""

HEAD = 'name = "x"\nabout = "y"\nblocks = 3\n'
CALL = f'[[call]]\nblock = 1\norigin = "none"\ncall = "RandBeacon.try_submit_asig"\nargs = {{ asig = "{ASIG}"'

ID = "0x" + "11" * 32
IDN = HEAD + '[[call]]\nblock = 1\norigin = "Alice"\ncall = "IdnManager.{}_subscription"\nargs = {{ {} }}'
CREATE = 'credits = 1, target = { parents = 1, interior = "Here" }, call = "0x28", frequency = 1'


def test_the_whole_form_is_read() -> None:
    plan = ChainScenario.from_toml(WHOLE, "whole.toml")
    assert (plan.name, plan.blocks, plan.start_ms) == ("two consumers", 20, 1_700_000_004_000)
    assert plan.bridge.balances == {"Alice": 10_000_000_000_000, "4594": 5_000_000_000}
    assert (plan.bridge.collators, plan.bridge.delivery_base) == (("Alice", "Bob"), 30_000_000_000)
    [consumer], [call] = plan.consumers, plan.calls
    assert (consumer.para_id, consumer.balances) == (4594, {"Alice": 10_000_000_000_000})
    assert (call.block, call.chain, call.origin, call.source) == (2, None, "root", "local")
    assert call.args == {"asig": ASIG, "start": 72871, "end": 72872, "signer": "author"}


def test_a_short_form_has_the_deployed_bridge() -> None:
    bridge = ChainScenario.from_toml(HEAD).bridge
    assert (bridge.para_id, bridge.mode, bridge.policy, bridge.max_pulses) == (4502, "range", "deployed", 6)
    assert (bridge.max_subscriptions, bridge.max_terminations, bridge.delivery_byte) == (2000, 200, 50_000)
    assert (bridge.ingest, bridge.balances) == (False, {})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('about = "y"\nblocks = 3', 'field "name": missing'),
        (HEAD + "blcks = 3", 'line 4, field "blcks": no such key; did you mean "blocks"?'),
        ('name = "x"\nabout = "y"\nblocks = 0', 'line 3, field "blocks": expected a whole number from 1'),
        ('name = "x"\nabout = " "\nblocks = 1', 'line 2, field "about": expected a text that says something'),
        (HEAD + "start_ms = -1", 'field "start_ms": expected UNIX milliseconds from 0'),
        (HEAD + "[bridge]\nmode = 'sum'", 'line 5, field "bridge.mode": expected one of accumulate, range'),
        (HEAD + "[bridge]\npolicy = 'free'", 'field "bridge.policy": expected one of seed, deployed'),
        (HEAD + "[bridge]\nmax_pulses = 256", 'field "bridge.max_pulses": expected a whole number from 1 to 255'),
        (HEAD + "[bridge]\nmax_pulses = true", 'field "bridge.max_pulses": expected a whole number, got true'),
        (HEAD + "[bridge]\ncollators = []", 'field "bridge.collators": expected at least one'),
        (HEAD + "[bridge]\ncollators = ['Alice', 'Alice']", 'field "bridge.collators": a collator stands there twice'),
        (HEAD + "[bridge]\ncollators = ['alice']", 'field "bridge.collators": expected one of Alice, Bob'),
        (HEAD + "[bridge]\ntreasury = 5", 'field "bridge.treasury": expected 0, or at least the existential deposit'),
        (HEAD + "[bridge.balances]\nAlcie = 0", 'line 5, field "bridge.balances.Alcie": expected one of Alice'),
        (HEAD + "[bridge.balances]\nAlice = 5", 'line 5, field "bridge.balances.Alice": expected 0, or at least'),
        (HEAD + "[bridge.balances]\nAlice = '5'", 'line 5, field "bridge.balances.Alice": expected a whole number'),
        (HEAD + "[[consumer]]\npara_id = 4502", 'field "consumer.para_id": another chain has the number 4502'),
        (HEAD + "[[consumer]]\npara = 1", 'line 5, field "consumer.para": no such key'),
        (HEAD + "[drand]\nper_slot = 2", 'line 4, field "drand": nobody hears it: [bridge] has no ingest = true'),
        (HEAD + "[bridge]\ningest = true\n[drand]\nper_slot = 101", 'field "drand.per_slot": expected a whole number'),
        (HEAD + CALL + ", start = 1, end = 2 }\nblock_ = 1", 'line 9, field "call.block_": no such key'),
        (HEAD + CALL + ", start = 1 }", 'line 8, field "call.args.end": missing: RandBeacon.try_submit_asig takes'),
        (HEAD + CALL + ", start = 1, end = 1, hight = 1 }", 'line 8, field "call.args.hight": no such argument'),
        (HEAD + CALL + ", start = -1, end = 1 }", 'field "call.args.start": expected a whole number from 0 to 2^64'),
        (HEAD + CALL + ", start = true, end = 1 }", 'field "call.args.start": expected a whole number'),
        (HEAD + CALL + ", start = 1, end = 18446744073709551616 }", 'field "call.args.end": expected a whole'),
        (HEAD + CALL + ", start = 1, end = 1, signer = 'Alcie' }", 'field "call.args.signer": expected one of'),
        (HEAD + CALL.replace(ASIG, "00"), "not TOML"),
        (HEAD + CALL.replace(ASIG, "00") + ", start = 1, end = 1 }", 'field "call.args.asig": expected 48 bytes'),
        (HEAD + CALL.replace(ASIG, "0x" + ASIG) + ", start = 1, end = 1 }", 'field "call.args.asig": expected hex'),
        (HEAD + CALL.replace("= 1", "= 4") + ", start = 1, end = 1 }", 'field "call.block": there are 3 blocks'),
        (HEAD + CALL.replace("none", "nobody") + ", start = 1, end = 1 }", 'line 6, field "call.origin": expected one'),
        (HEAD + CALL.replace("none", "x/Bob") + ", start = 1, end = 1 }", 'field "call.origin": expected a parachain'),
        (HEAD + CALL + ", start = 1, end = 1 }\nsource = 'pool'", 'field "call.source": expected one of'),
        (HEAD + CALL + ", start = 1, end = 1 }\nchain = 7", 'field "call.chain": no chain has this number'),
        (HEAD + CALL.replace("_asig\"", "_sig\"") + " }", 'line 7, field "call.call": no such call in the mode range'),
        (IDN.format("kill", ""), 'line 8, field "call.args.sub_id": missing: IdnManager.kill_subscription takes'),
        (IDN.format("kill", 'sub_id = "0x11"'), 'field "call.args.sub_id": expected 32 bytes in hexadecimal, got 1'),
        (IDN.format("kil", ""), 'line 7, field "call.call": no such call in the mode range; did you mean "Idn'),
        (IDN.format("create", CREATE.replace("{ parents", "{ parent")), 'field "call.args.target": '),
        (IDN.format("create", CREATE + ", pulse_filter = [1]"), 'field "call.args.pulse_filter": no such argument'),
        (IDN.format("create", CREATE.replace("0x28", "0x" + 257 * "28")), '"call.args.call": expected at most 256'),
        (IDN.format("create", CREATE.replace('"0x28"', "{ contract = 'x' }")), 'field "call.args.call": no contract'),
        (IDN.format("create", CREATE + ', metadata = "0x' + 9 * "00" + '"'), 'field "call.args.metadata": expected at'),
        (IDN.format("create", CREATE + ', origin_kind = "xcm"'), '"call.args.origin_kind": expected one of Native'),
        (IDN.format("update", f'sub_id = "{ID}", metadata = true'), 'field "call.args.metadata": expected text'),
        (IDN.format("quote", 'quote_request = 3, call = "0x"'), 'field "call.args.quote_request": expected a table'),
        (
            IDN.format("quote", f'quote_request = {{ req_ref = "{ID}", lifetime_pulses = 1 }}, call = "0x"'),
            'field "call.args.quote_request.create_sub_params": missing',
        ),
        (
            IDN.replace("Manager", "Consumer").format("pause", f'sub_id = "{ID}"'),
            'line 7, field "call.call": IdnConsumer.pause_subscription is a call of a consumer chain: say which',
        ),
        (HEAD + "[bridge]\nwithout = ['x']", 'line 5, field "bridge.without": expected one of charge-first'),
        (HEAD + "[bridge]\nbase_fees = true", 'field "bridge.base_fees": the policy deployed has none, only seed can'),
        (HEAD + "[bridge]\npolicy = 'seed'\nbase_fees = 1", 'field "bridge.base_fees": expected true or false'),
        (HEAD + "[bridge]\npolicy = 'seed'\nwithout = ['idle-credits']", '"bridge.without": the policy seed has no'),
        (HEAD + "[bridge]\npriority = 'x'", 'field "bridge.priority": expected one of hash'),
        (HEAD + f"[bridge.balances]\nAlice = {1 << 63}", '"bridge.balances.Alice": expected a whole number, got'),
        (HEAD + "[bridge.balances]\n0x00 = 0", 'field "bridge.balances.0x00": expected 32 bytes in hexadecimal'),
        (
            HEAD + f"[bridge.balances]\n4594 = 0\n{SIBLING} = {1 << 40}",
            'line 6, field "bridge.balances.0x…": it is the account of 4594, which has a balance already',
        ),
        (
            HEAD + f"[[consumer]]\npara_id = 7\n[consumer.balances]\n{SIBLING} = 0\n4594 = 0",
            f'field "consumer.balances.4594": it is the account of {SIBLING}, which has a balance already',
        ),
        (HEAD + f"[bridge.balances]\n{TREASURY} = 0", "it is the account of treasury, which has a balance already"),
        (HEAD + 'backend = "slow"', "field \"backend\": expected one of"),
        (HEAD + "[[consumer]]\npara_id = 7\nqueue = { share = 0 }", 'field "consumer.queue.share": expected a whole'),
        (HEAD + "[[consumer]]\npara_id = 7\nqueue = { pages = -1 }", 'field "consumer.queue.pages": expected a whole'),
        (HEAD + "[[consumer]]\npara_id = 7\nnot_receiving = [0]", 'field "consumer.not_receiving": expected a whole'),
        (HEAD + "[[consumer]]\npara_id = 7\nchannel = { capacity = 0 }", 'field "consumer.channel.capacity": expected'),
        (
            HEAD + '[[consumer]]\npara_id = 7\n[[call]]\nblock = 1\nchain = 7\norigin = "root"\n'
            f'call = "RandBeacon.set_beacon_config"\nargs = {{ pk = "{KEY}" }}',
            'line 8, field "call.chain": RandBeacon.set_beacon_config is a call of the bridge',
        ),
        (
            HEAD + '[[call]]\nblock = 1\norigin = "root"\ncall = "RandBeacon.set_beacon_config"\n'
            f'args = {{ pk = "{KEY}", genesis_round = 1 }}',
            'line 8, field "call.args.genesis_round": no such argument',
        ),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_with_its_place(text: str, said: str) -> None:
    with pytest.raises(FormatError) as caught:
        ChainScenario.from_toml(text, "x.toml")
    assert str(caught.value).startswith("x.toml")
    assert said in str(caught.value)


def test_accumulate_has_arguments_of_its_own() -> None:
    accumulate = HEAD + '[bridge]\nmode = "accumulate"\n'
    for call, args in (
        ("set_beacon_config", f'pk = "{KEY}", genesis_round = 1000'),
        ("try_submit_asig", f'asig = "{ASIG}", height = 18446744073709551615'),
        ("set_beacon_key", f'pk = "{KEY}"'),
        ("try_submit_genesis", f'asig = "{ASIG}", height = 2, genesis_round = 7'),
    ):
        text = f'{accumulate}[[call]]\nblock = 1\norigin = "none"\ncall = "RandBeacon.{call}"\nargs = {{ {args} }}'
        assert len(ChainScenario.from_toml(text).calls) == 1
        with pytest.raises(FormatError, match="no such argument"):
            ChainScenario.from_toml(text.replace("args = {", "args = { start = 1,"))


def test_what_is_heard_has_its_own_table() -> None:
    text = HEAD + '[bridge]\ningest = true\n[drand]\nchain = "quicknet"\nfirst_round = 7\nmissing = [8]'
    assert ChainScenario.from_toml(text).drand == DrandTable(chain="quicknet", first_round=7, missing=(8,))
    assert DrandTable(chain="quicknet").is_real
    assert not DrandTable().is_real


@pytest.mark.parametrize("name", shipped_chains())
def test_shipped_files_are_found_by_their_names(name: str) -> None:
    plan = load_chain(name)
    assert plan.about.endswith(".")


def test_a_file_is_found_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(WHOLE, encoding="utf-8")
    assert load_chain(path) == load_chain(str(path)) == ChainScenario.from_toml(WHOLE)
    with pytest.raises(LocalError, match=r"no such file and no such shipped scenario; did you mean \"stall\"\?"):
        load_chain("stahl")
    with pytest.raises(WrongType, match="expected a shipped name or a file's path, got int"):
        load_chain(3)  # type: ignore[arg-type]


def test_the_file_of_the_manual_runs_and_names_every_key() -> None:
    text = (Path(__file__).parents[3] / "docs" / "chain-files.md").read_text(encoding="utf-8")
    example = text.split("```toml\n")[1].split("```")[0]
    plan = ChainScenario.from_toml(example)
    run = ChainRun(plan, backend="glass").run()
    assert all(verdict.ok for verdict in check_chains(run.journal))
    assert not [entry for entry in run.journal.entries("chain call") if entry.what.error]
    named = set(re.findall(r"^(?:# )?(\w+) =", example, re.MULTILINE)) | set(re.findall(r"[{,] (\w+) =", example))
    for table in (ChainScenario, BridgeTable, ConsumerTable, CallTable, ChannelLimits, QueueLimits):
        kept = {one.name for one in fields(table)} - {"balances", "bridge", "drand", "consumers", "calls", "source"}
        assert kept <= named, kept - named
