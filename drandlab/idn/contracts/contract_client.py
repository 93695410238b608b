"""The client by which a contract subscribes: it writes calls of the bridge's manager, and has them sent by XCM.

The real library has defects that cost its users something. They are in `CLIENT_DEFECTS` by name; `IdnClient` has them
all, as the real one does, unless it is told which it is to have.

Source: ``idn-contracts`` of the Ideal Network's SDK, December 2025.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from drandlab.errors import LocalError
from drandlab.idn.contracts.callback_data import ContractCallParams, callback_prefix
from drandlab.idn.contracts.contracts_pallet import CONTRACT_CALL_INDEX, CONTRACTS_INDEX
from drandlab.idn.contracts.running.contract import ContractReverted
from drandlab.idn.contracts.running.environment import ContractEnv
from drandlab.idn.contracts.running.selectors import CONSUMER_SELECTORS
from drandlab.idn.pulses import PULSE_LENGTH, Pulse
from drandlab.idn.subscriptions.call_params import (
    QUOTE,
    CreateSubParams,
    ManagerCalls,
    ManagerCodecs,
    Quote,
    SubInfoResponse,
)
from drandlab.idn.subscriptions.manager_limits import ManagerLimits
from drandlab.idn.subscriptions.subscription import SUB_ID, SubscriptionDetails, SubscriptionRecord
from drandlab.idn.subscriptions.subscription_ids import generated_id
from drandlab.idn.subscriptions.transitions import State
from drandlab.idn.xcm.delivery_message import contract_message
from drandlab.idn.xcm.instructions import OriginKind
from drandlab.idn.xcm.locations import sibling
from drandlab.idn.xcm.versioned import VERSIONED_LOCATION, VersionedLocation
from drandlab.typing import checked_choice, checked_int
from drandlab.wire.scale import U8, U32, U128, Composite

__all__ = ["CLIENT_DEFECTS", "CLIENT_ERRORS", "IDN_CLIENT", "ClientConfig", "IdnClient", "client_error"]

CLIENT_DEFECTS: Mapping[str, str] = MappingProxyType(
    {
        "quote-reference": "a quote's reference is a hash of frequency and block alone: two requests may share it",
        "quoted-call": "a quote is asked for a record whose call is one byte shorter, so the deposit is 100 too low",
        "info-length": "the record's call counts a delivery: before the first one the answer is too short to be read",
    }
)
"""The defects of the real library and what comes of them."""

CLIENT_ERRORS = (
    "XcmExecutionFailed",
    "XcmSendFailed",
    "NonXcmEnvError",
    "MethodNotImplemented",
    "ConsumePulseError",
    "ConsumeQuoteError",
    "ConsumeSubInfoError",
    "Unauthorized",
    "InvalidSubscriptionId",
    "CallDataTooLong",
    "InvalidParams",
    "Other",
)
"""The library's errors in the order of their numbers, which a contract gives back in ``Result``."""

_CODECS = ManagerCodecs(ManagerLimits(), filters=False)
_ARGUMENTS = PULSE_LENGTH + 32


def client_error(name: str, why: str | None = None) -> ContractReverted:
    """Return the library's error of this name as a contract ends with it."""
    return ContractReverted(name, bytes((0, 1, CLIENT_ERRORS.index(name))), why)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientConfig:
    """Where the bridge is and where the contract is: six numbers, stored by the contract.

    ``max_idn_xcm_fees`` is what a message takes along at most for its execution at the bridge.
    """

    idn_para_id: int = 4502
    idn_manager_pallet_index: int = 40
    self_para_id: int = 4594
    self_contracts_pallet_index: int = CONTRACTS_INDEX
    self_contract_call_index: int = CONTRACT_CALL_INDEX
    max_idn_xcm_fees: int = 1_000_000_000

    def __post_init__(self) -> None:
        for name, bits in (
            ("idn_para_id", 32),
            ("idn_manager_pallet_index", 8),
            ("self_para_id", 32),
            ("self_contracts_pallet_index", 8),
            ("self_contract_call_index", 8),
            ("max_idn_xcm_fees", 128),
        ):
            object.__setattr__(self, name, checked_int(getattr(self, name), name, 0, (1 << bits) - 1))


IDN_CLIENT = Composite(
    ClientConfig,
    idn_para_id=U32,
    idn_manager_pallet_index=U8,
    self_para_id=U32,
    self_contracts_pallet_index=U8,
    self_contract_call_index=U8,
    max_idn_xcm_fees=U128,
)
"""A client as a contract stores it."""


class IdnClient:
    """The client of one contract. Each method takes the contract's environment, sends one message, and may revert.

    ``defects`` are names of `CLIENT_DEFECTS`: all of them unless said otherwise, an empty list for none.
    """

    def __init__(self, config: ClientConfig, defects: Iterable[str] | None = None) -> None:
        self.config = config
        self.written = ManagerCalls(_CODECS, config.idn_manager_pallet_index)
        names = tuple(CLIENT_DEFECTS if defects is None else defects)
        self.defects = frozenset(checked_choice(name, "defects", CLIENT_DEFECTS) for name in names)

    # -- subscriptions ------------------------------------------------------------------------------------------------

    def create_subscription(
        self,
        env: ContractEnv,
        *,
        credits: int,
        frequency: int,
        metadata: bytes | None = None,
        sub_id: bytes | None = None,
        call_params: ContractCallParams | None = None,
        origin_kind: OriginKind = OriginKind.Native,
    ) -> bytes:
        """Ask for a subscription and return its id, which has the time of the block as its salt unless it is given.

        The contract must be told of each pulse by `CONSUMER_SELECTORS`. No credits and a frequency of 0 are
        ``InvalidParams``. With the origin kind Native a delivery calls as the subscriber's account, the contract's own.
        """
        if not credits or not frequency:
            raise client_error("InvalidParams", "credits and frequency are at least 1")
        call = self._callback(env, "consume_pulse", _ARGUMENTS, call_params)
        made = self._params(credits, frequency, metadata, sub_id, call, origin_kind)
        if sub_id is None:
            sub_id = generated_id(_CODECS.create.encode(made), block=env.now, block_bits=64)
            made = self._params(credits, frequency, metadata, sub_id, call, origin_kind)
        self._send(env, self.written.create(made))
        return sub_id

    def pause_subscription(self, env: ContractEnv, sub_id: bytes) -> None:
        """Ask that a subscription be paused."""
        self._send(env, self.written.pause(sub_id))

    def kill_subscription(self, env: ContractEnv, sub_id: bytes) -> None:
        """Ask that a subscription be ended."""
        self._send(env, self.written.kill(sub_id))

    def update_subscription(
        self,
        env: ContractEnv,
        sub_id: bytes,
        *,
        credits: int | None = None,
        frequency: int | None = None,
        metadata: tuple[bytes | None] | None = None,
    ) -> None:
        """Ask that a subscription be changed; ``metadata`` is a list of one, which may be None to clear it."""
        self._send(env, self.written.update(sub_id, credits=credits, frequency=frequency, metadata=metadata))

    def reactivate_subscription(self, env: ContractEnv, sub_id: bytes) -> None:
        """Ask that a paused subscription go on."""
        self._send(env, self.written.reactivate(sub_id))

    # -- questions ----------------------------------------------------------------------------------------------------

    def request_quote(
        self,
        env: ContractEnv,
        *,
        number_of_pulses: int,
        frequency: int,
        metadata: bytes | None = None,
        sub_id: bytes | None = None,
        req_ref: bytes | None = None,
        origin_kind: OriginKind = OriginKind.Native,
    ) -> bytes:
        """Ask what a subscription would cost, and return the reference that comes back with the answer."""
        if "quoted-call" in self.defects:
            quoted = self._callback(env, "consume_quote", 0, None)
        else:
            quoted = self._callback(env, "consume_pulse", _ARGUMENTS, None)
        made = self._params(0, frequency, metadata, sub_id, quoted, origin_kind)
        if req_ref is None:
            hashed = U32.encode(frequency) if "quote-reference" in self.defects else _CODECS.create.encode(made)
            req_ref = generated_id(hashed, block=env.number)
        answer = len(QUOTE.encode(Quote(req_ref=req_ref, fees=0, deposit=0)))
        call = self._callback(env, "consume_quote", answer, None)
        asked = self.written.quote(made, pulses=number_of_pulses, req_ref=req_ref, call=call, origin_kind=origin_kind)
        self._send(env, asked)
        return req_ref

    def request_sub_info(
        self,
        env: ContractEnv,
        sub_id: bytes,
        *,
        metadata: bytes | None = None,
        delivered: bool = True,
        req_ref: bytes | None = None,
        call_params: ContractCallParams | None = None,
        origin_kind: OriginKind = OriginKind.Native,
    ) -> bytes:
        """Ask for the record of a subscription, and return the reference that comes back with it.

        ``metadata`` and ``call_params`` must be those with which it was made, and ``delivered`` must say whether a
        pulse has come, since the length of the answer is written down before; the real library always counts one.
        """
        if req_ref is None:
            req_ref = generated_id(SUB_ID.encode(sub_id), block=env.number)
        call = self._callback(env, "consume_pulse", _ARGUMENTS, call_params)
        details = SubscriptionDetails(
            subscriber=sub_id,
            target=sibling(self.config.self_para_id),
            call=call,
            origin_kind=OriginKind.Native,
        )
        counted = delivered or "info-length" in self.defects
        record = SubscriptionRecord(
            id=sub_id,
            details=details,
            credits_left=0,
            state=State.ACTIVE,
            created_at=0,
            updated_at=0,
            credits=0,
            frequency=0,
            metadata=metadata,
            last_delivered=0 if counted else None,
        )
        answer = len(_CODECS.response.encode(SubInfoResponse(req_ref=req_ref, sub=record)))
        call = self._callback(env, "consume_sub_info", answer, None)
        self._send(env, self.written.info(sub_id, req_ref=req_ref, call=call, origin_kind=origin_kind))
        return req_ref

    def is_valid_pulse(self, env: ContractEnv, pulse: Pulse, public_key: bytes) -> bool:
        """Whether the beacon of this key has signed a pulse: it takes 1.344 s of weight, more than a callback may."""
        return env.authenticate(pulse, public_key)

    # -- parts --------------------------------------------------------------------------------------------------------

    def _callback(self, env: ContractEnv, name: str, length: int, params: ContractCallParams | None) -> bytes:
        try:
            return callback_prefix(
                env.account,
                CONSUMER_SELECTORS[name],
                length,
                params,
                pallet_index=self.config.self_contracts_pallet_index,
                call_index=self.config.self_contract_call_index,
            )
        except LocalError as error:
            raise client_error("CallDataTooLong", str(error)) from error

    def _params(
        self,
        credits: int,
        frequency: int,
        metadata: bytes | None,
        sub_id: bytes | None,
        call: bytes,
        origin_kind: OriginKind,
    ) -> CreateSubParams:
        return CreateSubParams(
            credits=credits,
            target=sibling(self.config.self_para_id),
            call=call,
            origin_kind=origin_kind,
            frequency=frequency,
            metadata=metadata,
            sub_id=sub_id,
        )

    def _send(self, env: ContractEnv, call: bytes) -> None:
        """Send a call of the manager; what the chain cannot send reverts with ``XcmSendFailed``."""
        message = contract_message(
            call, fee=self.config.max_idn_xcm_fees, subscriber=env.account, origin_kind=OriginKind.Xcm
        )
        dest = VERSIONED_LOCATION.encode(VersionedLocation(4, sibling(self.config.idn_para_id)))
        failed = env.send(dest, message.to_scale())
        if failed is not None:
            raise client_error("XcmSendFailed", failed)
