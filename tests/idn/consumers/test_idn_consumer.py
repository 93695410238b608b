"""The consumer pallet: what it asks for, byte for byte, and whom it lets bring something."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from beacon_chain import public_key, pulse_of
from consumer_chain import BRIDGE, FAILS_AT, HERE, OTHER, SENTINEL, ConsumerChain, by_xcm

from drandlab.crypto.sr25519 import development
from drandlab.errors import DrandlabError
from drandlab.idn.consumers.consumer_hooks import CheckingHooks, LoggingHooks
from drandlab.idn.consumers.idn_consumer import CONSUME_PULSE_WEIGHT
from drandlab.idn.pulses import Pulse
from drandlab.idn.runtime.calls import NONE, ROOT, Call, Origin, signed
from drandlab.idn.state import blake2_256
from drandlab.idn.subscriptions.call_params import Quote, SubInfoResponse
from drandlab.idn.subscriptions.subscription import SubscriptionDetails, SubscriptionRecord
from drandlab.idn.subscriptions.transitions import State
from drandlab.idn.xcm.instructions import OriginKind, Transact
from drandlab.idn.xcm.locations import Location, PalletInstance, Parachain, sibling
from drandlab.idn.xcm.versioned import VersionedXcm
from drandlab.wire.scale import Variant

ALICE = development("Alice").public
E2E = bytes.fromhex("d8ff4f4f356b223c36a3ce7659c2173bcf52ad8e9981924190bb31d9d1614c39")
ONES = b"\1" * 32
PULSE = Pulse(signature=bytes(48), start=1, end=2)
QUOTE = Quote(req_ref=ONES, fees=100, deposit=100)
SUB = SubscriptionRecord(
    id=ONES,
    details=SubscriptionDetails(
        subscriber=ALICE, target=sibling(HERE), call=bytes((40, 0)), origin_kind=OriginKind.Xcm
    ),
    credits_left=1,
    state=State.ACTIVE,
    created_at=1,
    updated_at=1,
    credits=1,
    frequency=1,
)

ASKED: tuple[tuple[str, dict[str, Any]], ...] = (
    ("create_subscription", {"credits": 10, "frequency": 5, "metadata": None, "sub_id": None, "origin_kind": None}),
    ("pause_subscription", {"sub_id": ONES}),
    ("kill_subscription", {"sub_id": ONES}),
    ("update_subscription", {"sub_id": ONES, "credits": 20, "frequency": 10, "metadata": (None,)}),
    ("reactivate_subscription", {"sub_id": ONES}),
    (
        "request_quote",
        {
            "number_of_pulses": 10, "frequency": 5, "metadata": None, "sub_id": None, "req_ref": None,
            "origin_kind": None,
        },
    ),
    ("request_sub_info", {"sub_id": ONES, "req_ref": None, "origin_kind": None}),
)  # fmt: skip
BROUGHT: tuple[tuple[str, dict[str, Any], str, str], ...] = (
    ("consume_pulse", {"pulse": PULSE, "sub_id": ONES}, "RandomnessConsumed", "ConsumePulseError"),
    ("consume_quote", {"quote": QUOTE}, "QuoteConsumed", "ConsumeQuoteError"),
    ("consume_sub_info", {"info": SubInfoResponse(req_ref=ONES, sub=SUB)}, "SubInfoConsumed", "ConsumeSubInfoError"),
)
POISONED: dict[str, dict[str, Any]] = {
    "consume_pulse": {"pulse": PULSE, "sub_id": SENTINEL},
    "consume_quote": {"quote": replace(QUOTE, req_ref=SENTINEL)},
    "consume_sub_info": {"info": SubInfoResponse(req_ref=ONES, sub=replace(SUB, id=SENTINEL))},
}


@pytest.fixture
def vectors(shared: Path) -> Any:
    return json.loads((shared / "facts/idn-vectors.json").read_text())


@pytest.fixture
def chain() -> ConsumerChain:
    return ConsumerChain()


def asked(chain: ConsumerChain) -> bytes:
    """The call that the last message carries to the bridge's manager."""
    sender, dest, message = chain.last()
    assert dest == sibling(BRIDGE) and sender == ALICE
    [transact] = [one for one in message if isinstance(one, Transact)]
    assert transact.origin_kind is OriginKind.Xcm
    return transact.call


@pytest.mark.parametrize(("name", "args"), ASKED)
def test_whoever_signs_may_ask_and_nobody_else(chain: ConsumerChain, name: str, args: dict[str, Any]) -> None:
    outcome = chain.run(name, signed(ALICE), **args)
    assert outcome.error is None and outcome.events == ()
    assert chain.runtime.table.call_type(Call("IdnConsumer", name))[1].pays_fee is False
    assert len(chain.sender.sent) == 1
    for origin in (ROOT, NONE, by_xcm(BRIDGE), by_xcm(HERE, ALICE), Origin("signed")):
        assert chain.error(name, origin, **args) == "BadOrigin"
    chain.at_block(FAILS_AT)
    assert chain.error(name, signed(ALICE), **args) == "XcmSendError"
    assert len(chain.sender.sent) == 1


@pytest.mark.parametrize(("name", "args", "event", "error"), BROUGHT)
def test_only_the_bridge_brings_something(
    chain: ConsumerChain, name: str, args: dict[str, Any], event: str, error: str
) -> None:
    for origin in (by_xcm(BRIDGE), by_xcm(BRIDGE, ALICE), by_xcm(BRIDGE, ALICE, Variant("Kusama"))):
        outcome = chain.run(name, origin, **args)
        assert outcome.error is None and [one.name for one in outcome.events] == [event]
    fields = outcome.events[0].fields
    assert fields == ({"quote": QUOTE} if name == "consume_quote" else {"sub_id": ONES})
    strange = [Location(0, (Parachain(BRIDGE),)), Location(2, (Parachain(BRIDGE),)), Location(1, ()), None]
    others = [Origin("xcm", detail=where) for where in (*strange, Location(1, (Parachain(BRIDGE), PalletInstance(40))))]
    for origin in (signed(ALICE), ROOT, NONE, by_xcm(OTHER), by_xcm(OTHER, ALICE), *others):
        assert chain.error(name, origin, **args) == "BadOrigin"
    assert chain.error(name, by_xcm(BRIDGE), **POISONED[name]) == error


def test_ids_are_those_of_the_real_pallet(vectors: Any) -> None:
    chain = ConsumerChain(block_bits=64, para_id=2001, place=1)  # as the mock of its tests
    for known in vectors["subscription_ids"]["consumer_side"]:
        chain.at_block(known["block"])
        assert chain.pallet.new_id(known["block"], credits=10, frequency=5).hex() == known["sub_id"]
        assert chain.error("create_subscription", signed(ALICE), **ASKED[0][1]) is None
        assert asked(chain)[-32:].hex() == known["sub_id"]
        assert asked(chain)[2:-33].hex() + "00" == known["params_scale"]
    chain = ConsumerChain()
    ids = {chain.pallet.new_id(block, credits=10, frequency=5) for block in (1, 2, 3)}
    assert len(ids) == 3
    # without chain and account in it: two who ask for the same in blocks of one number get one id
    assert chain.pallet.new_id(1, credits=10, frequency=5) in ids


def test_calls_are_byte_for_byte_those_of_the_real_pallet(chain: ConsumerChain, vectors: Any) -> None:
    known = vectors["idn_calls"]
    create = {"credits": 10_000, "frequency": 1020, "metadata": None, "sub_id": E2E, "origin_kind": None}
    update = {"sub_id": E2E, "credits": 12_000, "frequency": 1, "metadata": None}
    clear = {"sub_id": E2E, "credits": None, "frequency": None, "metadata": (None,)}
    quote = {"number_of_pulses": 100, "frequency": 100, "metadata": None, "sub_id": None, "req_ref": ONES}
    info = {"sub_id": E2E, "req_ref": ONES, "origin_kind": None}
    for name, args, bytes_of_it in (
        ("create_subscription", create, vectors["xcm_create_subscription"]["idn_call"]),
        ("pause_subscription", {"sub_id": E2E}, known["pause_subscription"]),
        ("kill_subscription", {"sub_id": E2E}, known["kill_subscription"]),
        ("update_subscription", update, known["update_subscription(12000,1,None)"]),
        ("update_subscription", clear, known["update_subscription(clear metadata)"]),
        ("reactivate_subscription", {"sub_id": E2E}, known["reactivate_subscription"]),
        ("request_quote", {**quote, "origin_kind": OriginKind.Xcm}, known["quote(req_ref=01*32,L=100,f=100)"]),
        ("request_sub_info", info, known["get_subscription_info(req_ref=01*32)"]),
    ):
        assert chain.error(name, signed(ALICE), **args) is None
        assert asked(chain).hex() == bytes_of_it, name


def test_the_message_is_byte_for_byte_that_of_the_real_pallet(chain: ConsumerChain, vectors: Any) -> None:
    create = {"credits": 10_000, "frequency": 1020, "metadata": None, "sub_id": E2E, "origin_kind": None}
    assert chain.error("create_subscription", signed(ALICE), **create) is None
    written = VersionedXcm(5, chain.last()[2]).to_scale()
    known = vectors["xcm_create_subscription"]
    assert written.hex() == known["pallet_versioned_xcm"] and len(written) == known["len"]


def test_the_kind_of_a_quote_is_that_of_its_answer_alone(chain: ConsumerChain) -> None:
    encoded = []
    for kind in (None, OriginKind.Native):
        assert chain.error("request_quote", signed(ALICE), **(ASKED[5][1] | {"origin_kind": kind})) is None
        encoded.append(asked(chain))
    usual, native = encoded
    assert usual[:-1] == native[:-1] and (usual[-1], native[-1]) == (OriginKind.Xcm.value, OriginKind.Native.value)


def test_a_quote_comes_in_the_bytes_of_the_real_bridge(chain: ConsumerChain, vectors: Any) -> None:
    call = chain.runtime.table.decode_call(bytes.fromhex(vectors["quote_callback_call"]))
    assert str(call) == "IdnConsumer.consume_quote"
    assert call.args["quote"] == Quote(req_ref=ONES, fees=29_275_500_000, deposit=10_400)
    assert chain.builder.run(call, by_xcm(BRIDGE, ALICE)).error is None
    delivery = chain.runtime.table.decode_call(bytes.fromhex(vectors["xcm_delivery"]["transact_call"]))
    assert str(delivery) == "IdnConsumer.consume_pulse" and delivery.args["pulse"].start == 1000
    assert delivery.args["sub_id"] == E2E


def test_references_are_hashes_with_the_block_as_salt(chain: ConsumerChain) -> None:
    block = chain.context.number.to_bytes(4, "little")
    assert chain.error("request_sub_info", signed(ALICE), **ASKED[6][1]) is None
    assert asked(chain)[2:34] == blake2_256(ONES + b"\x10" + block)
    assert chain.error("request_quote", signed(ALICE), **ASKED[5][1]) is None
    params = asked(chain)[34:-8]  # what follows: pulses, and the call with its origin
    assert asked(chain)[2:34] == blake2_256(params + b"\x10" + block)


def test_the_shipped_hook_takes_any_pulse_and_only_says_so() -> None:
    """48 bytes that are no signature, by any account of the bridge: consumed."""
    heard: list[bool | None] = []
    chain = ConsumerChain(
        LoggingHooks(public_key(), backend="glass", told=lambda pulse, sub_id, valid: heard.append(valid))
    )
    junk = Pulse(signature=random.Random(1).randbytes(48), start=1, end=1)
    endless = Pulse(signature=bytes(48), start=0, end=1 << 40)
    infinity = Pulse(signature=b"\xc0" + bytes(47), start=2, end=1)
    for pulse in (junk, endless, infinity):
        outcome = chain.run("consume_pulse", by_xcm(BRIDGE, b"\x66" * 32), pulse=pulse, sub_id=ONES)
        assert [one.name for one in outcome.events] == ["RandomnessConsumed"]
        assert outcome.weight == CONSUME_PULSE_WEIGHT
    assert heard == [False, None, True]
    assert chain.runtime.table.pallets["IdnConsumer"].storage_items() == ()


def test_the_mended_hook_takes_only_what_is_new_and_true() -> None:
    heard: list[bool | None] = []
    hooks = CheckingHooks(public_key(), backend="glass", told=lambda pulse, sub_id, valid: heard.append(valid))
    chain = ConsumerChain(hooks)

    def bring(pulse: Pulse, sub_id: bytes = ONES) -> str | None:
        return chain.error("consume_pulse", by_xcm(BRIDGE, ALICE), pulse=pulse, sub_id=sub_id)

    error = "ConsumePulseError"
    true = pulse_of(1000, 1001)
    for bad in (
        Pulse(signature=random.Random(1).randbytes(48), start=1, end=1),
        Pulse(signature=bytes(48), start=0, end=1 << 40),
        Pulse(signature=b"\xc0" + bytes(47), start=2, end=1),
        Pulse(signature=b"\xc0" + bytes(47), start=5, end=5),
        Pulse(signature=true.signature, start=1000, end=1004),
        pulse_of(1000, 1007),
    ):
        assert bring(bad) == error
    assert heard == [False] * 6
    assert bring(true) is None
    for replayed in (true, pulse_of(1001, 1001), pulse_of(1001, 1002), pulse_of(1, 7)):
        assert bring(replayed) == error
    assert bring(true, E2E) is None  # another subscription has rounds of its own
    assert bring(pulse_of(1003, 1009)) is None
    assert hooks.latest.get(chain.context.storage, ONES) == pulse_of(1003, 1009)
    outcome = chain.run("consume_pulse", by_xcm(BRIDGE), pulse=pulse_of(1010, 1016), sub_id=ONES)
    assert outcome.weight == CONSUME_PULSE_WEIGHT + hooks.pulse_weight(true) + (
        hooks.pulse_weight(pulse_of(1, 7)) - hooks.pulse_weight(true)
    )


def test_answers_are_given_on() -> None:
    answers: list[Any] = []
    for hooks in (
        LoggingHooks(public_key(), backend="glass", answered=answers.append),
        CheckingHooks(public_key(), backend="glass"),
    ):
        chain = ConsumerChain(hooks)
        assert chain.error("consume_quote", by_xcm(BRIDGE), quote=QUOTE) is None
        assert chain.error("consume_sub_info", by_xcm(BRIDGE), **BROUGHT[2][1]) is None
    assert answers == [QUOTE, BROUGHT[2][1]["info"]]


def test_any_bytes_by_any_origin_get_a_named_error_and_change_nothing(chain: ConsumerChain) -> None:
    rng = random.Random(11)
    table = chain.runtime.table
    encoded = [table.encode_call(Call("IdnConsumer", name, args)) for name, args in ASKED]
    encoded += [table.encode_call(Call("IdnConsumer", name, args)) for name, args, _, _ in BROUGHT]
    origins = (ROOT, NONE, signed(ALICE), by_xcm(BRIDGE), by_xcm(OTHER), by_xcm(BRIDGE, ALICE), Origin("odd"))
    known = {None, "BadOrigin", "ConsumePulseError", "ConsumeQuoteError", "ConsumeSubInfoError", "XcmSendError"}
    before = chain.state_root
    dispatched = 0
    for _ in range(4000):
        data = bytearray(rng.choice(encoded))
        for _ in range(rng.randint(0, 3)):
            data[rng.randrange(2, len(data))] = rng.randrange(256)
        try:
            call = table.decode_call(bytes(data) + rng.choice((b"", b"", b"\0")))
        except DrandlabError:
            continue
        error = chain.builder.run(call, rng.choice(origins)).error
        assert (None if error is None else error.name) in known
        dispatched += 1
    assert dispatched > 500 and chain.state_root == before
