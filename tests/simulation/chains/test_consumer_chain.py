"""Chain files with subscriptions: every call of both pallets by every origin, what is delivered, and what is told."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import pytest
from beacon_chain import public_key, pulse_of

from drandlab.crypto.sr25519 import development
from drandlab.errors import FormatError
from drandlab.idn.contracts.running.contract_frames import ContractFrames
from drandlab.idn.subscriptions.subscription_ids import subscription_id
from drandlab.simulation.chains.chain_checks import check_chains
from drandlab.simulation.chains.chain_report import report_of
from drandlab.simulation.chains.chain_run import ChainRun
from drandlab.simulation.chains.chain_scenario import ChainScenario

ALICE = "0x" + development("Alice").public.hex()
ID = "0x" + "11" * 32
OTHER = "0x" + "22" * 32
TARGET = "{ parents = 1, interior = { X1 = [{ Parachain = 4594 }] } }"
RICH = 10_000_000_000_000

HEAD = f"""name = "x"
about = "y"
blocks = {{blocks}}
[bridge]
policy = "{{policy}}"
ingest = {{ingest}}
treasury = 5_000_000_000
{{bridge}}
[bridge.balances]
Alice = {RICH}
Bob = {RICH}
4594 = {RICH}
[[consumer]]
para_id = 4594
{{consumer}}
[consumer.balances]
Alice = {RICH}
Bob = {RICH}
4502 = {RICH}
"""


def call(block: int, name: str, args: str, origin: str = "Alice", chain: int | None = None) -> str:
    """A call as a file has it."""
    more = "" if chain is None else f"chain = {chain}\n"
    return f'[[call]]\nblock = {block}\n{more}origin = "{origin}"\ncall = "{name}"\nargs = {{ {args} }}\n'


def creation(block: int = 1, origin: str = "Alice", **about: Any) -> str:
    written = {"credits": 10, "frequency": 1, "target": TARGET, "call": '"0x2800"', "origin_kind": '"Xcm"'}
    written |= {"sub_id": f'"{ID}"'} | about
    args = ", ".join(f"{name} = {value}" for name, value in written.items() if value is not None)
    return call(block, "IdnManager.create_subscription", args, origin)


def by_id(block: int, name: str, origin: str = "Alice", sub_id: str = ID) -> str:
    return call(block, f"IdnManager.{name}_subscription", f'sub_id = "{sub_id}"', origin)


def run_of(*parts: str, blocks: int = 5, policy: str = "deployed", ingest: bool = True, **more: str) -> ChainRun:
    """The run of a file; no checker may find anything."""
    about = {"bridge": more.get("bridge", ""), "consumer": more.get("consumer", "")}
    head = HEAD.format(blocks=blocks, policy=policy, ingest=str(ingest).lower(), **about)
    run = ChainRun(ChainScenario.from_toml(head + "".join(parts), "x.toml"), backend="glass").run()
    assert [verdict for verdict in check_chains(run.journal) if not verdict.ok] == []
    return run


def ran(*parts: str, **about: Any) -> dict[str, Any]:
    return report_of(run_of(*parts, **about).journal).to_dict()


def errors(found: dict[str, Any]) -> list[list[str | None]]:
    return [
        [one["error"] for one in block["calls"] if one["call"] != "RandBeacon.try_submit_asig"]
        for block in found["blocks"]
    ]


def names(events: list[dict[str, Any]]) -> list[str]:
    return [event["event"] for event in events]


def test_a_subscription_is_delivered_and_told_as_the_page_has_it() -> None:
    found = ran(creation(), blocks=3)
    first, second, third = found["blocks"]
    [made] = [one for one in first["calls"] if one["call"].startswith("IdnManager")]
    assert made == {
        "call": "IdnManager.create_subscription",
        "error": None,
        "events": [{"event": "IdnManager.SubscriptionCreated", "sub_id": ID}],
    }
    assert first["subscriptions"] == [
        {
            **{"id": ID, "subscriber": ALICE, "state": "Active", "credits": 10, "credits_left": 10},
            **{"frequency": 1, "last_delivered": None},
        }
    ]
    fees, deposit = 29_000_000, first["balances"]["Alice"]["deposit"]
    assert first["balances"]["Alice"] == {"free": RICH - fees - deposit, "fees": fees, "deposit": deposit}
    assert deposit == 100 * 104
    [submitted] = second["calls"]
    assert names(submitted["events"]) == [
        "IdnManager.FeesCollected",
        "IdnManager.RandomnessDistributed",
        "RandBeacon.SignatureVerificationSuccess",
    ]
    assert submitted["events"][0] == {"event": "IdnManager.FeesCollected", "sub_id": ID, "fees": 2_900_000}
    [message] = second["messages"]
    assert (message["to"], len(message["xcm"])) == (4594, 2 + 2 * 171)
    assert message["xcm"].startswith("0x05140004010000070010a5d4e813010000070010a5d4e80006030089012800")
    assert second["balances"]["treasury"] == {"free": 5_000_000_000 + 2_900_000}
    price = 30_000_000_000 + 50_000 * 240
    assert second["balances"]["Alice"]["free"] == first["balances"]["Alice"]["free"] - price
    assert third["subscriptions"][0] | {"credits_left": 8, "last_delivered": 3} == third["subscriptions"][0]
    consumed = {"event": "IdnConsumer.RandomnessConsumed", "sub_id": ID}
    assert [block["events"] for block in found["consumers"][0]["blocks"]] == [[], [], [consumed]]
    assert list(first) == [
        *("number", "slot", "author", "calls", "events", "beacon", "subscriptions", "balances", "messages", "digest")
    ]


def test_a_consumer_chain_subscribes_pauses_changes_and_ends_by_messages() -> None:
    def asks(block: int, name: str, args: str) -> str:
        return call(block, f"IdnConsumer.{name}", args, chain=4594)

    found = ran(
        asks(1, "create_subscription", f'credits = 20, frequency = 2, metadata = "0x01", sub_id = "{ID}"'),
        asks(2, "pause_subscription", f'sub_id = "{ID}"'),
        asks(3, "reactivate_subscription", f'sub_id = "{ID}"'),
        asks(4, "update_subscription", f'sub_id = "{ID}", credits = 30, frequency = 1, metadata = false'),
        asks(5, "request_quote", f'number_of_pulses = 100, frequency = 100, req_ref = "{OTHER}"'),
        asks(5, "request_sub_info", f'sub_id = "{ID}"'),
        asks(6, "kill_subscription", f'sub_id = "{ID}"'),
        blocks=8,
    )
    events = [names(block["events"]) for block in found["blocks"]]
    assert events == [
        [],
        ["IdnManager.SubscriptionCreated"],
        ["IdnManager.SubscriptionPaused"],
        ["IdnManager.SubscriptionReactivated"],
        ["IdnManager.SubscriptionUpdated"],
        ["IdnManager.SubQuoted", "IdnManager.SubscriptionDistributed"],
        ["IdnManager.SubscriptionTerminated"],
        [],
    ]
    quoted = found["blocks"][5]["events"][0]
    assert quoted["requester"]["interior"]["X2"][0] == {"Parachain": 4594}
    assert quoted["quote"] == {"req_ref": OTHER, "fees": 29_275_500_000, "deposit": 100 * 104}
    assert [one["to"] for one in found["blocks"][5]["messages"]][:2] == [4594, 4594]
    sub = found["blocks"][4]["subscriptions"][0]
    assert (sub["credits"], sub["frequency"], sub["subscriber"]) == (30, 1, ALICE)
    consumer = found["consumers"][0]["blocks"]
    assert names(consumer[6]["events"])[:2] == ["IdnConsumer.QuoteConsumed", "IdnConsumer.SubInfoConsumed"]
    assert consumer[6]["events"][0]["quote"] == quoted["quote"]
    assert [len(block["messages"]) for block in consumer] == [1, 1, 1, 1, 2, 1, 0, 0]
    assert consumer[0]["calls"] == [{"call": "IdnConsumer.create_subscription", "error": None, "events": []}]
    assert consumer[0]["messages"][0]["to"] == 4502


def test_a_consumer_that_names_no_id_gets_its_own() -> None:
    found = ran(call(1, "IdnConsumer.create_subscription", "credits = 3, frequency = 1", chain=4594), blocks=3)
    target = {"parents": 1, "interior": {"X1": [{"Parachain": 4594}]}}
    params = {"credits": 3, "frequency": 1, "target": target, "call": "0x2800", "origin_kind": "Xcm"}
    expected = subscription_id(params, block=1)
    assert [sub["id"] for sub in found["blocks"][1]["subscriptions"]] == [f"0x{expected.hex()}"]


@pytest.mark.parametrize(
    ("origin", "error"),
    [("root", "BadOrigin"), ("none", "BadOrigin"), ("Alice", None), ("4594", None), ("4594/Alice", None)],
)
def test_each_form_of_an_origin_subscribes_or_not(origin: str, error: str | None) -> None:
    found = ran(creation(origin=origin), blocks=2)
    assert errors(found)[0] == [error]
    subscribers = [sub["subscriber"] for sub in found["blocks"][1]["subscriptions"]]
    sovereign = "0x7369626cf2110000" + "00" * 24
    assert subscribers == ([] if error else [sovereign if origin == "4594" else ALICE])


@pytest.mark.parametrize("origin", ["root", "none", "Alice", "4594", "4594/Alice"])
def test_only_chains_ask_for_quotes_and_records(origin: str) -> None:
    create = f'{{ credits = 1, target = {TARGET}, call = "0x2800", origin_kind = "Xcm", frequency = 3 }}'
    request = f'{{ req_ref = "{OTHER}", create_sub_params = {create}, lifetime_pulses = 10 }}'
    found = ran(
        creation(),
        call(
            2,
            "IdnManager.quote_subscription",
            f'quote_request = {request}, call = "0x2801", origin_kind = "Xcm"',
            origin,
        ),
        call(
            2,
            "IdnManager.get_subscription_info",
            f'req_ref = "{OTHER}", sub_id = "{ID}", call = "0x2802", origin_kind = "Xcm"',
            origin,
        ),
        blocks=2,
    )
    is_chain = origin.startswith("4594")
    assert errors(found)[1] == ([None, None] if is_chain else ["BadOrigin", "BadOrigin"])
    if is_chain:
        quoted = next(one for one in found["blocks"][1]["calls"] if one["call"] == "IdnManager.quote_subscription")
        assert quoted["events"][0]["quote"]["fees"] == 40 * 2_900_000
        assert len(found["blocks"][1]["messages"]) == 3


def test_every_failure_has_its_bare_name() -> None:
    found = ran(
        creation(credits=0),
        creation(origin="Bob", sub_id='"0x' + "33" * 32 + '"'),
        creation(),
        creation(),
        creation(sub_id=f'"{OTHER}"', credits=10_000_000_000),
        by_id(1, "pause", origin="Bob"),
        by_id(1, "kill", sub_id=OTHER),
        by_id(1, "reactivate"),
        by_id(1, "pause"),
        by_id(1, "pause"),
        by_id(1, "pause", origin="4594/Alice"),
        call(1, "IdnManager.update_subscription", f'sub_id = "{OTHER}", credits = 1'),
        creation(origin="Bob", sub_id=f'"{OTHER}"'),
        bridge="max_subscriptions = 2",
        blocks=1,
        ingest=False,
    )
    assert errors(found)[0] == [
        *("InvalidParams", None, None, "TooManySubscriptions", "TooManySubscriptions"),
        *("NotSubscriber", "SubscriptionDoesNotExist", "SubscriptionInvalidTransition", None),
        *("SubscriptionInvalidTransition", "SubscriptionInvalidTransition", "SubscriptionDoesNotExist"),
        "TooManySubscriptions",
    ]
    poor = ran(creation(), creation(), creation(credits=10_000_000_000, sub_id=None), blocks=1, ingest=False)
    assert errors(poor)[0] == [None, "SubscriptionAlreadyExists", "FundsUnavailable"]


def test_the_seed_filters_charges_what_it_sends_and_ends_in_the_same_block() -> None:
    wanted = "[4, 8]"
    found = ran(
        creation(credits=2, pulse_filter=wanted),
        creation(credits=2, frequency=2, sub_id=f'"{OTHER}"'),
        creation(block=2, sub_id='"' + "0x" + "33" * 32 + '"', pulse_filter="[]"),
        creation(block=2, sub_id='"' + "0x" + "44" * 32 + '"', pulse_filter=str(list(range(101)))),
        policy="seed",
        blocks=5,
    )
    assert errors(found)[1] == [None, "InvalidParams"]
    sent = [len(block["messages"]) for block in found["blocks"]]
    assert sent == [0, 2, 0, 2, 0]
    assert [sub["credits_left"] for sub in found["blocks"][2]["subscriptions"]] == [1, 1, 10]
    assert [sub["id"] for sub in found["blocks"][3]["subscriptions"]] == ["0x" + "33" * 32]
    [submitted] = found["blocks"][3]["calls"]
    assert names(submitted["events"]).count("IdnManager.SubscriptionTerminated") == 2


def test_a_frequency_of_zero_and_one_pulse_ends_at_once() -> None:
    found = ran(creation(credits=1, frequency=0), blocks=3)
    assert found["blocks"][1]["balances"]["treasury"]["free"] == 5_000_000_000 + 2_900_000
    assert [len(block["subscriptions"]) for block in found["blocks"]] == [1, 0, 0]
    assert names(found["blocks"][1]["events"]) == ["IdnManager.SubscriptionTerminated"]


def test_subscriptions_stand_in_the_order_in_which_they_were_made_by_messages_first() -> None:
    ids = ["0x" + f"{n:02x}" * 32 for n in range(1, 9)]
    asked = call(1, "IdnConsumer.create_subscription", f'credits = 9, frequency = 1, sub_id = "{ID}"', chain=4594)
    found = ran(asked, *(creation(block=2, sub_id=f'"{one}"') for one in ids), blocks=3)
    for block in found["blocks"][1:]:
        assert [sub["id"] for sub in block["subscriptions"]] == [ID, *ids]


def test_balances_name_the_accounts_of_consumers_too() -> None:
    found = ran(consumer="", blocks=1)
    assert list(found["blocks"][0]["balances"]) == ["Alice", "Bob", "4594", "4502", "treasury"]
    assert found["blocks"][0]["balances"]["4502"] == {"free": 0, "fees": 0, "deposit": 0}


def test_a_target_without_a_channel_pauses() -> None:
    far = "{ parents = 1, interior = { X1 = [{ Parachain = 9 }] } }"
    found = ran(creation(target=far), blocks=2)
    assert found["blocks"][1]["messages"] == []
    assert (
        found["blocks"][1]["subscriptions"][0] | {"state": "Paused", "credits_left": 9}
        == (found["blocks"][1]["subscriptions"][0])
    )


def test_pulses_of_the_file_are_delivered_in_both_modes() -> None:
    asig = pulse_of(1000, 1001).signature.hex()
    key = public_key().hex()
    ranged = call(2, "RandBeacon.try_submit_asig", f'asig = "{asig}", start = 1000, end = 1001', "none")
    paired = call(2, "RandBeacon.try_submit_asig", f'asig = "{asig}", height = 2', "none")
    for mode, submitted, more in (("range", ranged, ""), ("accumulate", paired, ", genesis_round = 1000")):
        configured = call(1, "RandBeacon.set_beacon_config", f'pk = "{key}"{more}', "root")
        found = ran(configured, creation(), submitted, ingest=False, bridge=f'mode = "{mode}"', blocks=3)
        assert [len(block["messages"]) for block in found["blocks"]] == [0, 1, 0]
        assert names(found["consumers"][0]["blocks"][2]["events"]) == ["IdnConsumer.RandomnessConsumed"]


def test_a_full_channel_holds_messages_and_raises_the_price() -> None:
    consumer = "not_receiving = [3, 4, 5]\nchannel = { capacity = 1, page_size = 512, total_size = 512 }"
    run = run_of(creation(), blocks=9, consumer=consumer)
    channels = [entry.what for entry in run.journal.entries("channel")]
    assert max(one.messages for one in channels) == 5
    assert max(one.factor for one in channels) > 1_000_000
    arrived = [entry.what for entry in run.journal.entries("xcm arrived")]
    assert max(one.blocks for one in arrived) > 3
    sent = [entry.what for entry in run.journal.entries("xcm sent")]
    assert [one.id for one in arrived] == [one.id for one in sent][: len(arrived)]
    assert max(one.price for one in sent) > 30_012_000_000


def test_the_trace_of_a_delivery_has_its_figures() -> None:
    run = run_of(creation(), blocks=3)
    [done] = [entry.what for entry in run.journal.entries("xcm executed")]
    assert [step["instruction"] for step in done.trace] == [
        *("DescendOrigin", "WithdrawAsset", "BuyExecution", "Transact", "RefundSurplus", "DepositAsset", "SetTopic")
    ]
    assert (done.error, sum(step["fee"] for step in done.trace)) == (None, 116_360_632)
    [money] = [one.what for one in run.journal.entries("chain money") if (one.what.chain, one.what.number) == (4594, 3)]
    assert money.named["Alice"]["free"] == RICH - 116_360_632
    weights = [entry.what for entry in run.journal.entries("block weight")]
    assert {one.most_proof for one in weights} == {10 * 1024 * 1024}
    assert weights[2].proof_size > 3_200_000


def test_with_real_limits_a_block_has_room_for_three_submissions() -> None:
    bad = "c0" + "00" * 47
    submitted = call(2, "RandBeacon.try_submit_asig", f'asig = "{bad}", start = 1, end = 1, signer = "Eve"', "none")
    submitted = submitted.replace('origin = "none"', 'origin = "none"\nsource = "local"')
    calls = [call(1, "RandBeacon.set_beacon_config", f'pk = "{public_key().hex()}"', "root"), *[submitted] * 5]
    for bridge, last in (("real_limits = true", "InvalidTransaction::ExhaustsResources"), ("", "InvalidSignature")):
        found = ran(*calls, ingest=False, bridge=bridge, blocks=2)
        assert [one["error"] for one in found["blocks"][1]["calls"]] == ["InvalidSignature"] * 3 + [last] * 2


def test_defects_can_be_taken_out_by_name() -> None:
    for bridge, left in (("", 8), ('without = ["paused-pay"]', 10), ('without = ["idle-credits"]', 10)):
        found = ran(creation(), by_id(1, "pause"), bridge=bridge, blocks=3)
        assert found["blocks"][2]["subscriptions"][0]["credits_left"] == left
    parts = (creation(frequency=5), by_id(3, "pause"), by_id(4, "reactivate"))
    for bridge, left in (("", 5), ('without = ["paused-pay"]', 6), ('without = ["idle-credits"]', 9)):
        assert ran(*parts, bridge=bridge, blocks=6)["blocks"][5]["subscriptions"][0]["credits_left"] == left
    assert ran(creation(), bridge='priority = "age"', blocks=2)["blocks"][1]["messages"]


def test_a_chain_that_checks_pulses_takes_none_twice() -> None:
    run = run_of(creation(), blocks=4, consumer="checks_pulses = true")
    consumed = [event for entry in run.journal.entries("chain block") for event in entry.what.events]
    assert [event["event"] for event in consumed].count("IdnConsumer.RandomnessConsumed") == 2


def test_the_same_file_gives_the_same_journal() -> None:
    digests = {run_of(creation(), blocks=4).journal.digest() for _ in range(2)}
    assert len(digests) == 1


def test_with_the_proof_of_instructions_a_block_executes_fewer_messages() -> None:
    parts = [creation(sub_id=f'"0x{number:02x}{"00" * 31}"') for number in range(12)]
    for bridge, most in (("", 12), ("weigh_proof = true", 8)):
        run = run_of(*parts, blocks=4, bridge=bridge)
        done = [entry.what.number for entry in run.journal.entries("xcm executed")]
        assert max(done.count(number) for number in done) == most, "7 instructions of 64 KiB, in 35 % of 10 MiB"
    with pytest.raises(FormatError, match=r"bridge\.weigh_proof"):
        run_of(bridge="weigh_proof = 1")


def test_contracts_see_the_time_of_their_block() -> None:
    made = 'name = "c", code = "listener", with = { deliverer = "Alice" }'
    seen: list[int] = []

    def noted(frames: Any, *of: Any, now: int = 0, **more: Any) -> None:
        seen.append(now)
        made_before(frames, *of, now=now, **more)

    made_before = ContractFrames.__init__
    with patch.object(ContractFrames, "__init__", noted):
        run_of(call(3, "Contracts.instantiate", made, chain=4594), blocks=3)
    assert seen == [1_700_000_004_000 + 2 * 6000]


def test_a_contract_that_subscribes_anew_with_the_same_wishes_has_another_id() -> None:
    def called(block: int, message: str, given: str = "") -> str:
        return call(
            block, "Contracts.call", f'contract = "ex", message = "{message}", with = {{ {given} }}', chain=4594
        )

    made = 'name = "ex", code = "example_consumer", value = 2_000_000_000_000, with = { config = {} }'
    wishes = "credits = 3, frequency = 1"
    parts = (
        call(1, "Contracts.instantiate", made, chain=4594),
        called(2, "create_subscription", wishes),
        called(4, "kill_subscription"),
        called(6, "create_subscription", wishes),
    )
    account = ChainScenario.from_toml(
        HEAD.format(blocks=9, policy="seed", ingest="true", bridge="", consumer="") + parts[0]
    )
    rich = f"0x{account.contracts.accounts(4594)['ex'].hex()} = {RICH}"
    head = HEAD.replace("[bridge.balances]", f"[bridge.balances]\n{rich}")
    head = head.format(blocks=9, policy="seed", ingest="true", bridge="", consumer="")
    run = ChainRun(ChainScenario.from_toml(head + "".join(parts)), backend="glass").run()
    events = [event for block in report_of(run.journal).to_dict()["blocks"] for event in block["events"]]
    made_ids = [event["sub_id"] for event in events if event["event"] == "IdnManager.SubscriptionCreated"]
    assert len(made_ids) == 2 and made_ids[0] != made_ids[1]
    assert all(verdict.ok for verdict in check_chains(run.journal))


def test_what_is_under_way_when_a_subscription_ends_arrives_also_where_its_id_is_used_anew() -> None:
    parts = (creation(), by_id(4, "kill"), creation(4, "Bob", credits=1))
    run = run_of(*parts, blocks=9, consumer="channel = { delay = 3 }")
    arrived = [entry.what for entry in run.journal.entries("xcm arrived")]
    assert [one.number for one in arrived] == [5, 6, 7, 8]
    found = report_of(run.journal).to_dict()
    assert [len(block["events"]) for block in found["consumers"][0]["blocks"]] == [0, 0, 0, 0, 1, 1, 1, 1, 0]
    assert found["blocks"][-1]["subscriptions"] == []
    alice = found["blocks"][-1]["balances"]["Alice"]
    assert (alice["fees"], alice["deposit"]) == (0, 0)
