"""The example contract and its client: what it sends, byte for byte, what it takes, and the defects of the library."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from beacon_chain import public_key, pulse_of
from consumer_chain import BRIDGE, HERE, WritingSender
from contract_chain import ALICE, BOB, ContractChain

from drandlab.errors import FormatError, LocalError
from drandlab.idn.contracts.callback_data import ContractCallParams
from drandlab.idn.contracts.contract_client import CLIENT_DEFECTS, CLIENT_ERRORS, IDN_CLIENT, ClientConfig, IdnClient
from drandlab.idn.contracts.contract_sender import send_by
from drandlab.idn.contracts.example_consumer import MOST_KEPT, CheckingExample, ExampleConsumer
from drandlab.idn.pulses import Pulse
from drandlab.idn.runtime.calls import signed
from drandlab.idn.runtime.failures import DispatchError
from drandlab.idn.runtime.weights import Weight
from drandlab.idn.subscriptions.call_params import ManagerCodecs, Quote, SubInfoResponse
from drandlab.idn.subscriptions.manager_limits import ManagerLimits
from drandlab.idn.subscriptions.subscription import SubscriptionDetails, SubscriptionRecord
from drandlab.idn.subscriptions.transitions import State
from drandlab.idn.xcm.instructions import OriginKind, Transact
from drandlab.idn.xcm.locations import sibling
from drandlab.idn.xcm.versioned import VERSIONED_LOCATION, VersionedLocation, VersionedXcm
from drandlab.idn.xcm_execution.sending import SendFailed

CODECS = ManagerCodecs(ManagerLimits(), filters=False)
CALL_LIMIT = ContractCallParams().gas_limit
REF = b"\1" * 32


class Scene:
    """A chain with an example contract that Alice owns."""

    def __init__(self, kind: type[ExampleConsumer] = ExampleConsumer, config: ClientConfig | None = None) -> None:
        self.kind, self.sender = kind, WritingSender()
        self.chain = ContractChain((kind,), send=send_by(self.sender), backend="glass")
        self.at = self.chain.make(kind, ALICE, config=config or ClientConfig())

    def do(self, name: str, by: bytes = ALICE, gas: Weight | None = None, **args: Any) -> str | None:
        """Call the contract; its own error by name, or the pallet's, None if there is none."""
        data = self.kind.call_data(name, **args)
        limit = gas or Weight(20_000_000_000, 2_000_000)
        outcome = self.chain.call(self.at, data, signed(by), gas=limit)
        if outcome.error is None:
            return None
        if outcome.error.name != "ContractReverted":
            return str(outcome.error.name)
        return self.kind.errors[self.chain.ask(self.at, data, by, limit).output[2]]

    def get(self, name: str) -> Any:
        return self.kind.result(name, self.chain.ask(self.at, self.kind.call_data(name)).output)

    def asked(self) -> tuple[int, Any]:
        """The number of the manager's call in the last message, and its arguments."""
        sender, dest, message = self.sender.sent[-1]
        assert sender == self.at and dest == sibling(BRIDGE)
        [transact] = [one for one in message if isinstance(one, Transact)]
        assert transact.origin_kind is OriginKind.Xcm and transact.call[0] == 40
        kinds = {0: CODECS.create, 3: CODECS.update, 5: CODECS.quote, 6: CODECS.info}
        body = transact.call[2:]
        number = transact.call[1]
        return number, kinds[number].decode(body) if number in kinds else body

    def subscribe(self) -> bytes:
        assert self.do("create_subscription", credits=10, frequency=2, metadata=None) is None
        return bytes(self.get("get_subscription_id"))

    def pulse(self, pulse: Pulse, sub_id: bytes, by: bytes | None = None, gas: Weight = CALL_LIMIT) -> str | None:
        return self.do("IdnConsumer::consume_pulse", by or self.at, gas, pulse=pulse, sub_id=sub_id)


@pytest.fixture
def vectors(shared: Path) -> Any:
    return json.loads((shared / "facts/idn-vectors.json").read_text())


def test_a_subscription_is_asked_for_as_the_real_library_does(vectors: Any) -> None:
    scene = Scene()
    sub_id = scene.subscribe()
    number, params = scene.asked()
    assert number == 0 and params.sub_id == sub_id and params.target == sibling(HERE)
    assert (params.credits, params.frequency, params.origin_kind) == (10, 2, OriginKind.Native)
    assert params.call.hex() == vectors["contract_call"]["callback_prefix"].replace("2a" * 32, scene.at.hex())
    assert scene.sender.sent[-1][2][-1].beneficiary.interior[0].network is None
    assert scene.do("create_subscription", credits=1, frequency=1, metadata=None) == "SubscriptionAlreadyExists"
    for name, expected in (("pause_subscription", 1), ("reactivate_subscription", 4)):
        assert scene.do(name) is None
        assert scene.asked() == (expected, sub_id)
    assert scene.do("update_subscription", credits=20, frequency=3) is None
    assert scene.asked()[1].credits == 20
    assert scene.do("kill_subscription") is None and scene.asked() == (2, sub_id)
    assert scene.get("get_subscription_id") is None
    for name in ("pause_subscription", "reactivate_subscription", "kill_subscription"):
        assert scene.do(name) == "NoActiveSubscription"


def test_only_the_owner_manages_and_only_deliverers_deliver() -> None:
    scene = Scene()
    sub_id = scene.subscribe()
    pulse = pulse_of(1000, 1001)
    asked: tuple[tuple[str, dict[str, Any]], ...] = (
        ("create_subscription", {"credits": 1, "frequency": 1, "metadata": None}),
        ("pause_subscription", {}),
        ("kill_subscription", {}),
        ("request_sub_info", {"metadata": None}),
        ("request_quote", {"number_of_pulses": 1, "frequency": 1, "metadata": None, "sub_id": None}),
        ("add_authorized_deliverer", {"account": BOB}),
        ("remove_authorized_deliverer", {"account": scene.at}),
        ("IdnConsumer::consume_pulse", {"pulse": pulse, "sub_id": sub_id}),
        ("IdnConsumer::consume_quote", {"quote": Quote(req_ref=REF, fees=1, deposit=1)}),
    )
    for name, args in asked:
        assert scene.do(name, BOB, **args) == "Unauthorized"
    assert scene.pulse(pulse, REF) == "InvalidSubscriptionId"
    assert scene.do("add_authorized_deliverer", account=BOB) is None
    assert scene.pulse(pulse, sub_id, BOB) is None
    assert scene.get("get_last_randomness") == pulse.randomness
    assert scene.do("remove_authorized_deliverer", account=BOB) is None
    assert scene.pulse(pulse, sub_id, BOB) == "Unauthorized"


def test_no_credits_and_no_frequency_are_refused() -> None:
    scene = Scene()
    for credits, frequency in ((0, 1), (1, 0)):
        assert scene.do("create_subscription", credits=credits, frequency=frequency, metadata=None) == "InvalidParams"
    assert scene.sender.sent == [] and scene.get("get_subscription_id") is None


def test_pulses_are_kept_up_to_a_hundred_within_the_ordinary_limit() -> None:
    scene = Scene()
    sub_id = scene.subscribe()
    for round in range(1, MOST_KEPT + 3):
        assert scene.pulse(Pulse(signature=bytes([round]) * 48, start=round, end=round), sub_id) is None
    history = scene.get("get_pulse_history")
    assert len(history) == MOST_KEPT and history[0][0].start == 3 and history[-1][0].end == MOST_KEPT + 2
    answer = Quote(req_ref=REF, fees=7, deposit=8)
    assert scene.do("IdnConsumer::consume_quote", scene.at, quote=answer) is None
    assert scene.get("get_quote_history") == (answer,)


def test_the_example_takes_false_pulses_and_the_checking_one_cannot_pay_for_the_check() -> None:
    false = Pulse(signature=b"\7" * 48, start=1, end=1)
    scene = Scene()
    assert scene.pulse(false, scene.subscribe()) is None
    careful = Scene(CheckingExample)
    sub_id = careful.subscribe()
    assert careful.do("set_public_key", public_key=public_key()) is None
    assert careful.pulse(pulse_of(5, 5), sub_id) == "OutOfGas"
    plenty = Weight(1_400_000_000_000, 1_000_000)
    assert careful.pulse(pulse_of(5, 5), sub_id, gas=plenty) is None
    assert careful.pulse(false, sub_id, gas=plenty) == "InvalidPulse"
    assert careful.do("set_public_key", BOB, public_key=public_key()) == "Unauthorized"


def test_a_message_that_cannot_be_sent_reverts() -> None:
    scene = Scene()
    scene.chain.context.number = 1_234_567
    assert scene.do("create_subscription", credits=1, frequency=1, metadata=None) == "XcmSendFailed"
    none = ContractChain((ExampleConsumer,))
    at = none.make(ExampleConsumer, config=ClientConfig())
    data = ExampleConsumer.call_data("create_subscription", credits=1, frequency=1, metadata=None)
    assert none.ask(at, data).output[2] == CLIENT_ERRORS.index("XcmSendFailed")
    send = send_by(WritingSender())
    assert send(none.context, at, b"\5", b"\5\0") == send(none.context, at, b"\5\1\0", b"junk") == "XCMDecodeFailed"


def test_nothing_stays_of_a_message_that_could_not_be_sent() -> None:
    class Wasteful(WritingSender):
        """Writes before it fails."""

        def send(self, context: Any, sender: bytes, dest: Any, message: Any) -> bytes:
            context.storage.put(b"price", b"paid")
            raise SendFailed("NoChannel", DispatchError("Unavailable"))

    chain = ContractChain((ExampleConsumer,))
    before = chain.state_root
    dest = VERSIONED_LOCATION.encode(VersionedLocation(4, sibling(BRIDGE)))
    assert send_by(Wasteful())(chain.context, ALICE, dest, VersionedXcm(5, ()).to_scale()) == "Unavailable"
    assert chain.state_root == before


# -- the defects of the library ---------------------------------------------------------------------------------------


class Mended(ExampleConsumer):
    """The example whose client has no defects."""

    code_name = "mended_example"
    defects = ()


def quoted(scene: Scene, frequency: int = 4, pulses: int = 100) -> Any:
    args = {"number_of_pulses": pulses, "frequency": frequency, "metadata": None, "sub_id": None}
    assert scene.do("request_quote", **args) is None
    return scene.asked()[1]


def test_two_quotes_share_a_reference_where_the_library_hashes_too_little() -> None:
    shipped, mended = Scene(), Scene(Mended)
    more = ClientConfig(max_idn_xcm_fees=7)
    assert quoted(shipped).quote_request.req_ref == quoted(Scene(config=more)).quote_request.req_ref
    assert quoted(shipped).quote_request.req_ref != quoted(shipped, 5).quote_request.req_ref
    assert quoted(mended).quote_request.req_ref not in (
        quoted(shipped).quote_request.req_ref,
        quoted(mended, 5).quote_request.req_ref,
    )


def test_a_quoted_record_is_a_byte_shorter_than_the_one_that_is_made() -> None:
    shipped, mended = Scene(), Scene(Mended)
    short = quoted(shipped).quote_request.create_sub_params.call
    right = quoted(mended).quote_request.create_sub_params.call
    shipped.subscribe()
    real = shipped.asked()[1].call
    assert (len(short), len(right), len(real)) == (51, 52, 52)
    assert ManagerLimits().deposit_byte * (len(real) - len(short)) == 100


def info_call(scene: Scene, sub_id: bytes, delivered: int | None) -> bytes:
    """The call that the bridge makes of the answer, for a record that was delivered to or not."""
    record = SubscriptionRecord(
        id=sub_id,
        details=scene_details(scene),
        credits_left=10,
        state=State.ACTIVE,
        created_at=1,
        updated_at=1,
        credits=10,
        frequency=2,
        last_delivered=delivered,
    )
    assert scene.do("request_sub_info", metadata=None) is None
    number, request = scene.asked()
    assert number == 6
    return request.call + bytes(CODECS.response.encode(SubInfoResponse(req_ref=request.req_ref, sub=record)))


def scene_details(scene: Scene) -> Any:
    created = next(
        CODECS.create.decode(one.call[2:])
        for _, _, message in scene.sender.sent
        for one in message
        if isinstance(one, Transact) and one.call[1] == 0
    )
    return SubscriptionDetails(
        subscriber=scene.at, target=created.target, call=created.call, origin_kind=created.origin_kind
    )


def test_a_record_cannot_be_read_before_the_first_delivery() -> None:
    shipped, mended = Scene(), Scene(Mended)
    for scene, readable in ((shipped, False), (mended, True)):
        sub_id = scene.subscribe()
        table = scene.chain.runtime.table
        early = info_call(scene, sub_id, None)
        if readable:
            assert scene.chain.builder.run(table.decode_call(early), signed(scene.at)).error is None
            assert scene.get("get_sub_info_history")[0].sub.id == sub_id
        else:
            with pytest.raises(FormatError):
                table.decode_call(early)
        assert scene.pulse(pulse_of(7, 7), sub_id) is None
        late = table.decode_call(info_call(scene, sub_id, 9))
        assert scene.chain.builder.run(late, signed(scene.at)).error is None
        assert scene.get("get_sub_info_history")[-1].sub.last_delivered == 9


def test_defects_are_named() -> None:
    assert IdnClient(ClientConfig()).defects == set(CLIENT_DEFECTS)
    assert IdnClient(ClientConfig(), ["info-length"]).defects == {"info-length"}
    with pytest.raises(LocalError, match="defects: expected one of quote-reference"):
        IdnClient(ClientConfig(), ["none"])
    with pytest.raises(LocalError, match="self_para_id"):
        ClientConfig(self_para_id=-1)
    edge = ClientConfig(
        idn_para_id=2**32 - 1,
        idn_manager_pallet_index=255,
        self_para_id=2**32 - 1,
        self_contracts_pallet_index=255,
        self_contract_call_index=255,
        max_idn_xcm_fees=2**128 - 1,
    )
    assert IDN_CLIENT.decode(IDN_CLIENT.encode(edge)) == edge
