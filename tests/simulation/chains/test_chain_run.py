"""A chain file at work, in both modes: who is the author, what calls come to, what is stored, what is heard."""

from __future__ import annotations

from typing import Any

import pytest
from beacon_chain import beacons, public_key, pulse_of

from drandlab.errors import LocalError
from drandlab.idn import aura_digest, block_randomness, round_digest
from drandlab.idn.pallets.balances import EXISTENTIAL_DEPOSIT
from drandlab.simulation.chains import chain_scenario
from drandlab.simulation.chains.chain_checks import check_chains
from drandlab.simulation.chains.chain_report import report_of
from drandlab.simulation.chains.chain_run import ChainRun
from drandlab.simulation.chains.chain_scenario import ChainScenario, load_chain, shipped_chains
from drandlab.simulation.chains.drand_table import DrandTable, HeardChain

KEY = public_key().hex()


def call(block: int, name: str, origin: str = "none", source: str | None = None, **arguments: Any) -> str:
    """A call as a file has it."""
    written = ", ".join(
        f'{key} = "{one}"' if isinstance(one, str) else f"{key} = {one}" for key, one in arguments.items()
    )
    more = "" if source is None else f'source = "{source}"\n'
    head = f'[[call]]\nblock = {block}\norigin = "{origin}"\n{more}call = "RandBeacon.{name}"\n'
    return f"{head}args = {{ {written} }}\n"


def submission(block: int, start: int, end: int, source: str | None = None, **more: Any) -> str:
    asig = more.pop("asig", None) or pulse_of(start, end).signature.hex()
    return call(block, "try_submit_asig", more.pop("origin", "none"), source, asig=asig, start=start, end=end, **more)


def ran(*parts: str, blocks: int = 5, mode: str = "range", bridge: str = "") -> dict[str, Any]:
    """The report of a file's run; no checker may find anything."""
    text = f'name = "x"\nabout = "y"\nblocks = {blocks}\n[bridge]\nmode = "{mode}"\n{bridge}\n' + "".join(parts)
    run = ChainRun(ChainScenario.from_toml(text, "x.toml"), backend="glass").run()
    assert [verdict for verdict in check_chains(run.journal) if not verdict.ok] == []
    return report_of(run.journal).to_dict()


def errors(found: dict[str, Any]) -> list[list[str | None]]:
    return [[one["error"] for one in block["calls"]] for block in found["blocks"]]


CONFIGURED = call(1, "set_beacon_config", "root", pk=KEY)


def test_blocks_have_slots_authors_and_digests() -> None:
    found = ran(bridge='collators = ["Alice", "Bob", "Charlie"]', blocks=4)
    assert [block["number"] for block in found["blocks"]] == [1, 2, 3, 4]
    slots = [block["slot"] for block in found["blocks"]]
    assert slots == [283_333_334 + n for n in range(4)]
    assert [block["author"] for block in found["blocks"]] == [("Alice", "Bob", "Charlie")[one % 3] for one in slots]
    assert [block["digest"] for block in found["blocks"]] == [["0x" + aura_digest(one).hex()] for one in slots]
    for block in found["blocks"]:
        assert (block["calls"], block["events"], block["subscriptions"], block["messages"]) == ([], [], [], [])
        assert block["beacon"] == {"next_round": None, "accumulation": None, "random": None}


def test_ranges_are_ingested() -> None:
    found = ran(CONFIGURED, submission(2, 1000, 1001, "local"), submission(4, 1002, 1003))
    assert errors(found) == [[None], [None], [], [None], []]
    assert found["blocks"][0]["calls"][0] == {
        "call": "RandBeacon.set_beacon_config",
        "error": None,
        "events": [{"event": "RandBeacon.BeaconConfigSet"}],
    }
    first, second = pulse_of(1000, 1001).signature, pulse_of(1002, 1003).signature
    beacon = found["blocks"][2]["beacon"]
    assert beacon["next_round"] == 1002
    assert beacon["accumulation"] == {"signature": first.hex(), "start": 1000, "end": 1001}
    assert beacon["random"] == block_randomness(first).hex()
    assert found["blocks"][4]["beacon"]["accumulation"]["signature"] == second.hex()
    assert found["blocks"][1]["events"] == []


def test_what_fails_has_a_bare_name_and_no_events() -> None:
    found = ran(
        submission(1, 1, 1),
        call(1, "set_beacon_config", "Alice", pk=KEY),
        CONFIGURED,
        submission(2, 5, 4, asig="c0" + "00" * 47),
        submission(2, 1000, 2000, asig="c0" + "00" * 47),
        submission(2, 0, 18446744073709551615, asig="c0" + "00" * 47),
        submission(2, 1000, 1001, asig=pulse_of(1000, 1000).signature.hex()),
        submission(2, 1000, 1001, signer="Ferdie"),
        submission(2, 1000, 1001, origin="root"),
        submission(2, 1000, 1001),
        submission(2, 1002, 1003),
        submission(3, 1000, 1001),
    )
    assert errors(found)[:3] == [
        ["BeaconConfigNotSet", "BadOrigin", None],
        [
            *("ZeroHeightProvided", "ExcessiveHeightProvided", "ExcessiveHeightProvided", "VerificationFailed"),
            *("InvalidSignature", "BadOrigin", None, "SignatureAlreadyVerified"),
        ],
        ["StartExpired"],
    ]
    failed = [one for block in found["blocks"] for one in block["calls"] if one["error"]]
    assert {tuple(one["events"]) for one in failed} == {()}


@pytest.mark.parametrize("source", ["local", "in_block", "external"])
def test_the_pool_is_asked_where_a_call_comes_through_it(source: str) -> None:
    found = ran(
        CONFIGURED,
        submission(2, 1000, 1001, source),
        submission(3, 1000, 1001, source),
        call(4, "set_beacon_config", "none", source, pk=KEY),
    )
    refused = "InvalidTransaction::Call"
    assert errors(found)[1:4] == [[refused if source == "external" else None], [refused], [refused]]
    assert found["blocks"][-1]["beacon"]["next_round"] == (None if source == "external" else 1002)


def test_a_block_takes_any_number_of_submissions() -> None:
    found = ran(CONFIGURED, *(submission(2, 1000, 1001, "local", signer="Eve") for _ in range(5)))
    assert errors(found)[1] == ["InvalidSignature"] * 5


def test_origins_of_other_chains_are_not_none() -> None:
    para = "[[consumer]]\npara_id = 4594\n"
    found = ran(para, CONFIGURED, submission(2, 1, 1, origin="4594"), submission(2, 1, 1, origin="4594/Alice"))
    assert errors(found)[1] == ["BadOrigin", "BadOrigin"]
    assert found["consumers"] == [
        {
            "para_id": 4594,
            "blocks": [{"number": n, "calls": [], "events": [], "messages": []} for n in range(1, 6)],
        }
    ]


def test_balances_are_those_of_the_accounts_that_the_file_names() -> None:
    balances = "treasury = 7_000_000_000\n[bridge.balances]\nEve = 5_000_000_000\n4594 = 6_000_000_000\nDave = 0"
    found = ran(CONFIGURED, submission(2, 1, 1, signer="Ferdie"), bridge=balances)
    free = {name: one["free"] for name, one in found["blocks"][-1]["balances"].items()}
    assert free == {
        **{"Eve": 5_000_000_000, "4594": 6_000_000_000, "Dave": 0, "Alice": 0, "Bob": 0, "Ferdie": 0},
        "treasury": 7_000_000_000,
    }
    assert found["blocks"][0]["balances"]["Eve"] == {"free": 5_000_000_000, "fees": 0, "deposit": 0}
    assert chain_scenario.EXISTENTIAL == EXISTENTIAL_DEPOSIT


def test_the_running_pair_grows() -> None:
    height = {"height": 2}
    first, second = pulse_of(1000, 1001).signature.hex(), pulse_of(1002, 1003).signature.hex()
    found = ran(
        call(1, "set_beacon_config", "root", pk=KEY, genesis_round=1000),
        call(1, "set_beacon_config", "root", pk=KEY, genesis_round=1),
        call(2, "try_submit_asig", asig=first, **height),
        call(3, "try_submit_asig", asig=first, **height),
        call(3, "try_submit_asig", "none", "in_block", asig=second, **height),
        call(4, "try_submit_asig", "none", "external", asig=second, **height),
        mode="accumulate",
    )
    assert errors(found)[:4] == [
        [None, "BeaconConfigAlreadySet"],
        [None],
        ["VerificationFailed", None],
        ["InvalidTransaction::Call"],
    ]
    beacon = found["blocks"][3]["beacon"]
    assert beacon["next_round"] == 1004
    assert beacon["accumulation"]["signature"] == pulse_of(1000, 1003).signature.hex()
    assert beacon["random"] == block_randomness(bytes.fromhex(second)).hex(), "of what was submitted, not of the sum"
    assert [block["digest"][1:] for block in found["blocks"][:4]] == [
        ["0x" + round_digest(1000).hex()],
        ["0x" + round_digest(1002).hex()],
        ["0x" + round_digest(1004).hex()],
        [],
    ]


def test_collators_submit_what_they_hear() -> None:
    found = ran(mode="accumulate", bridge="ingest = true", blocks=3)
    assert errors(found) == [[None]] * 3
    assert [block["beacon"]["next_round"] for block in found["blocks"]] == [3, 5, 7]
    found = ran(bridge="ingest = true\n[drand]\nfirst_round = 50\nmissing = [53]", blocks=3)
    assert [block["beacon"]["accumulation"]["start"] for block in found["blocks"]] == [51, 52, 55]


def test_a_missing_round_stops_the_first_design_and_no_other() -> None:
    run = ChainRun(load_chain("stall"), backend="glass").run()
    found = report_of(run.journal).to_dict()
    assert [block["beacon"]["next_round"] for block in found["blocks"]] == [1002, *[1004] * 7]
    assert errors(found)[2] == ["VerificationFailed"]
    assert check_chains(run.journal)[3].checked == 2


def test_a_key_of_the_file_takes_the_place_of_that_of_genesis() -> None:
    text = "ingest = true\n[drand]\nfirst_round = 9"
    found = ran(call(2, "set_beacon_config", "root", pk=KEY), bridge=text, blocks=3)
    assert errors(found) == [["BeaconConfigNotSet"], ["BeaconConfigNotSet", None], ["VerificationFailed"]]


def test_the_same_file_gives_the_same_journal_with_every_backend_of_the_curve() -> None:
    plan = load_chain("real-ranges")
    runs = [ChainRun(plan, backend=backend).run() for backend in ("blst", "py_ecc")]
    assert runs[0].journal.digest() == runs[1].journal.digest()
    assert ChainRun(plan, backend="blst").run(2).run(6).journal.digest() == runs[0].journal.digest()


@pytest.mark.parametrize("name", shipped_chains())
def test_shipped_files_keep_every_rule(name: str) -> None:
    plan = load_chain(name)
    heard = None
    if plan.drand is not None and plan.drand.is_real:
        import drandlab as dl

        key = dl.networks[plan.drand.chain].public_key
        heard = HeardChain(plan.drand, "blst", real=dl.beacons(plan.drand.chain), public_key=key)
    run = ChainRun(plan, heard=heard, backend="blst").run()
    verdicts = check_chains(run.journal)
    assert all(verdict.ok for verdict in verdicts)
    assert next(verdict for verdict in verdicts if verdict.name == "stored sums").checked >= 2


def test_real_networks_bring_their_own_beacons() -> None:
    table = DrandTable(chain="quicknet", first_round=1000)
    real = beacons(1000, 1001, 1003, backend="blst")
    heard = HeardChain(table, "blst", real=real, public_key=public_key(backend="blst"))
    assert [[one.round for one in heard.heard(block)] for block in (1, 2, 3)] == [[1000, 1001], [1003], []]
    for missing in ({"public_key": public_key()}, {"real": real}, {}):
        with pytest.raises(LocalError, match="chain: no beacons of 'quicknet' come with drandlab"):
            HeardChain(table, "blst", **missing)
    with pytest.raises(LocalError, match="chain: quicknet has another scheme"):
        HeardChain(table, "blst", real=real, public_key=bytes(48))


@pytest.mark.parametrize("source", ["local", "external"])
def test_no_submission_of_the_first_design_comes_by_the_pool(source: str) -> None:
    asig = pulse_of(1000, 1001).signature.hex()
    found = ran(
        call(1, "set_beacon_config", "root", pk=KEY, genesis_round=1000),
        call(2, "try_submit_asig", "none", source, asig=asig, height=2),
        mode="accumulate",
        blocks=2,
    )
    assert errors(found) == [[None], ["InvalidTransaction::Call"]]


def test_every_chain_runs_its_own_blocks() -> None:
    text = 'name = "x"\nabout = "y"\nblocks = 3\n[[consumer]]\npara_id = 7\nbalances = { Alice = 5_000_000_000 }\n'
    run = ChainRun(ChainScenario.from_toml(text, "x.toml"), backend="glass").run(2).run()
    assert [chain.para_id for chain in run.chains] == [4502, 7]
    assert [chain.head.number for chain in run.chains] == [3, 3]
    blocks = [entry.what for entry in run.journal.entries("chain block")]
    assert [(one.chain, one.number) for one in blocks] == [(4502, 1), (7, 1), (4502, 2), (7, 2), (4502, 3), (7, 3)]
    assert blocks[3].parent == blocks[1].hash


def test_a_key_that_is_no_point_is_stored_and_verifies_nothing_also_where_consumers_listen() -> None:
    text = 'name = "x"\nabout = "y"\nblocks = 2\n'
    listening = "[[consumer]]\npara_id = 7\n"
    calls = call(1, "set_beacon_config", "root", pk="00" * 96) + submission(2, 1, 1)
    run = ChainRun(ChainScenario.from_toml(text + listening + calls, "x.toml"), backend="glass").run()
    assert errors(report_of(run.journal).to_dict()) == [[None], ["VerificationFailed"]]
    assert all(verdict.ok for verdict in check_chains(run.journal))


def test_a_file_may_say_for_which_backend_it_is_made_and_whoever_runs_it_may_choose_another() -> None:
    text = 'name = "x"\nabout = "y"\nblocks = 1\n{}[bridge]\ningest = true\n'
    glass, any_one = (ChainScenario.from_toml(text.format(line)) for line in ('backend = "glass"\n', ""))
    assert (ChainRun(glass).backend, ChainRun(glass, backend="py_ecc").backend) == ("glass", "py_ecc")
    digests = [ChainRun(one, backend=name).run().journal.digest() for one, name in ((glass, None), (any_one, "glass"))]
    assert digests[0] == digests[1] and ChainRun(any_one).backend != "glass"


def test_real_beacons_are_not_heard_in_glass() -> None:
    text = (
        'name = "x"\nabout = "y"\nblocks = 1\nbackend = "glass"\n[bridge]\ningest = true\n[drand]\nchain = "quicknet"\n'
    )
    with pytest.raises(LocalError, match="backend: the beacons of 'quicknet' are real, and glass has none"):
        ChainRun(ChainScenario.from_toml(text))
