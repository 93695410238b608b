"""The example of a contract that consumes pulses: one owner, one subscription, the newest hundred of everything.

Like the real example it does not check a pulse, since that weighs more than its callback may; it takes what an
authorised deliverer brings. `CheckingExample` checks all the same, which runs out of gas under any ordinary limit.

Source: ``example-consumer`` of the Ideal Network's SDK, December 2025.
"""

from __future__ import annotations

from typing import Any

from drandlab.idn.contracts.contract_client import CLIENT_ERRORS, IDN_CLIENT, ClientConfig, IdnClient
from drandlab.idn.contracts.running.contract import Contract, ContractValue, constructor, message
from drandlab.idn.contracts.running.environment import ContractEnv
from drandlab.idn.pulses import Pulse
from drandlab.idn.rand_beacon.range_mode import PULSE
from drandlab.idn.subscriptions.call_params import QUOTE, ManagerCodecs, Quote, SubInfoResponse
from drandlab.idn.subscriptions.manager_limits import ManagerLimits
from drandlab.wire.scale import BOOL, U32, U64, Bytes, FixedBytes, Option, Tuple, Vec

__all__ = ["MOST_KEPT", "CheckingExample", "ExampleConsumer"]

MOST_KEPT = 100
"""How many of each kind the contract remembers."""

_ID, _METADATA = FixedBytes(32), Option(Bytes(8))
_INFO = ManagerCodecs(ManagerLimits(), filters=False).response
_OWN = ("NoActiveSubscription", "SubscriptionAlreadyExists", "InvalidPulse")


class ExampleConsumer(Contract):
    """The example. ``defects`` are those of its client; the deliverers are at first the contract's own account alone.

    Errors are those of the library, then its own: ``NoActiveSubscription``, ``SubscriptionAlreadyExists``,
    ``InvalidPulse``.
    """

    code_name = "example_consumer"
    errors = CLIENT_ERRORS + _OWN
    defects: tuple[str, ...] | None = None

    owner = ContractValue("owner", _ID, default=bytes(32))
    deliverers = ContractValue("authorized_deliverers", Vec(_ID, 64), default=())
    client = ContractValue("idn_client", IDN_CLIENT, default=ClientConfig())
    subscription: ContractValue[bytes | None, None] = ContractValue("subscription_id", Option(_ID))
    last_randomness: ContractValue[bytes | None, None] = ContractValue("last_randomness", Option(_ID))
    randomness_history = ContractValue("randomness_history", Vec(_ID, MOST_KEPT), default=())
    pulse_history = ContractValue("pulse_history", Vec(Tuple(PULSE, BOOL), MOST_KEPT), default=())
    quotes = ContractValue("quote_history", Vec(QUOTE, MOST_KEPT), default=())
    records = ContractValue("sub_info_history", Vec(_INFO, 20), default=())

    @constructor("new", payable=True, config=IDN_CLIENT)
    def new(self, env: ContractEnv, config: ClientConfig) -> None:
        """Be made by its owner, with a way to the bridge."""
        self.owner.put(env, env.caller)
        self.deliverers.put(env, (env.account,))
        self.client.put(env, config)

    # -- for the owner ------------------------------------------------------------------------------------------------

    @message("create_subscription", credits=U64, frequency=U32, metadata=_METADATA, returns=_ID)
    def create_subscription(self, env: ContractEnv, credits: int, frequency: int, metadata: bytes | None) -> bytes:
        """Subscribe, once at a time."""
        client = self._owned(env)
        if self.subscription.get(env) is not None:
            raise self.revert("SubscriptionAlreadyExists")
        sub_id = client.create_subscription(env, credits=credits, frequency=frequency, metadata=metadata)
        self.subscription.put(env, sub_id)
        return sub_id

    @message("pause_subscription")
    def pause_subscription(self, env: ContractEnv) -> None:
        """Pause the subscription."""
        self._owned(env).pause_subscription(env, self._active(env))

    @message("reactivate_subscription")
    def reactivate_subscription(self, env: ContractEnv) -> None:
        """Let the subscription go on."""
        self._owned(env).reactivate_subscription(env, self._active(env))

    @message("update_subscription", credits=U64, frequency=U32)
    def update_subscription(self, env: ContractEnv, credits: int, frequency: int) -> None:
        """Change credits and frequency."""
        self._owned(env).update_subscription(env, self._active(env), credits=credits, frequency=frequency)

    @message("kill_subscription")
    def kill_subscription(self, env: ContractEnv) -> None:
        """End the subscription, and forget it at once."""
        self._owned(env).kill_subscription(env, self._active(env))
        self.subscription.put(env, None)

    @message("request_quote", number_of_pulses=U32, frequency=U32, metadata=_METADATA, sub_id=Option(_ID))
    def request_quote(
        self, env: ContractEnv, number_of_pulses: int, frequency: int, metadata: bytes | None, sub_id: bytes | None
    ) -> None:
        """Ask what a subscription would cost."""
        self._owned(env).request_quote(
            env, number_of_pulses=number_of_pulses, frequency=frequency, metadata=metadata, sub_id=sub_id
        )

    @message("request_sub_info", metadata=_METADATA)
    def request_sub_info(self, env: ContractEnv, metadata: bytes | None) -> None:
        """Ask for the record of the subscription."""
        delivered = self.last_randomness.get(env) is not None
        self._owned(env).request_sub_info(env, self._active(env), metadata=metadata, delivered=delivered)

    @message("add_authorized_deliverer", account=_ID)
    def add_authorized_deliverer(self, env: ContractEnv, account: bytes) -> None:
        """Let one more account deliver."""
        self._owned(env)
        known = self.deliverers.get(env)
        if account not in known:
            self.deliverers.put(env, (*known, account))

    @message("remove_authorized_deliverer", account=_ID)
    def remove_authorized_deliverer(self, env: ContractEnv, account: bytes) -> None:
        """Let an account no longer deliver."""
        self._owned(env)
        self.deliverers.put(env, tuple(one for one in self.deliverers.get(env) if one != account))

    # -- for the bridge -----------------------------------------------------------------------------------------------

    @message("IdnConsumer::consume_pulse", pulse=PULSE, sub_id=_ID)
    def consume_pulse(self, env: ContractEnv, pulse: Pulse, sub_id: bytes) -> None:
        """Take a pulse of the subscription from an authorised deliverer."""
        self._delivered(env)
        if sub_id != self._active(env):
            raise self.revert("InvalidSubscriptionId")
        self.check(env, pulse)
        self.last_randomness.put(env, pulse.randomness)
        self._keep(env, self.randomness_history, pulse.randomness)
        self._keep(env, self.pulse_history, (pulse, True))
        env.emit(PULSE.encode(pulse))

    @message("IdnConsumer::consume_quote", quote=QUOTE)
    def consume_quote(self, env: ContractEnv, quote: Quote) -> None:
        """Take the answer to `request_quote`."""
        self._delivered(env)
        self._keep(env, self.quotes, quote)

    @message("IdnConsumer::consume_sub_info", sub_info=_INFO)
    def consume_sub_info(self, env: ContractEnv, sub_info: SubInfoResponse) -> None:
        """Take the answer to `request_sub_info`."""
        self._delivered(env)
        self._keep(env, self.records, sub_info, 20)

    def check(self, env: ContractEnv, pulse: Pulse) -> None:
        """Check a pulse: the example does not."""

    # -- for everybody ------------------------------------------------------------------------------------------------

    @message("get_last_randomness", returns=Option(_ID))
    def get_last_randomness(self, env: ContractEnv) -> bytes | None:
        """Return the newest randomness, 32 bytes."""
        return self.last_randomness.get(env)

    @message("get_pulse_history", returns=Vec(Tuple(PULSE, BOOL)))
    def get_pulse_history(self, env: ContractEnv) -> tuple[tuple[Pulse, bool], ...]:
        """Return the newest pulses, the oldest of them first; none of them was checked."""
        return self.pulse_history.get(env)

    @message("get_quote_history", returns=Vec(QUOTE))
    def get_quote_history(self, env: ContractEnv) -> tuple[Quote, ...]:
        """Return the quotes that came."""
        return self.quotes.get(env)

    @message("get_sub_info_history", returns=Vec(_INFO))
    def get_sub_info_history(self, env: ContractEnv) -> tuple[SubInfoResponse, ...]:
        """Return the records that came."""
        return self.records.get(env)

    @message("get_subscription_id", returns=Option(_ID))
    def get_subscription_id(self, env: ContractEnv) -> bytes | None:
        """Return the id of the subscription that the contract believes it has."""
        return self.subscription.get(env)

    # -- parts --------------------------------------------------------------------------------------------------------

    def _owned(self, env: ContractEnv) -> IdnClient:
        if env.caller != self.owner.get(env):
            raise self.revert("Unauthorized", "not the owner")
        return IdnClient(self.client.get(env), self.defects)

    def _delivered(self, env: ContractEnv) -> None:
        if env.caller not in self.deliverers.get(env):
            raise self.revert("Unauthorized", "no authorised deliverer")

    def _active(self, env: ContractEnv) -> bytes:
        found = self.subscription.get(env)
        if found is None:
            raise self.revert("NoActiveSubscription")
        return found

    @staticmethod
    def _keep(env: ContractEnv, history: ContractValue[Any, Any], one: Any, most: int = MOST_KEPT) -> None:
        history.put(env, (*history.get(env), one)[-most:])


class CheckingExample(ExampleConsumer):
    """The example with the check that its real source has in a comment, and without the defects of its client."""

    code_name = "checking_example"
    defects = ()
    public_key = ContractValue("public_key", FixedBytes(96), default=bytes(96))

    @message("set_public_key", public_key=FixedBytes(96))
    def set_public_key(self, env: ContractEnv, public_key: bytes) -> None:
        """Say which beacon is listened to."""
        self._owned(env)
        self.public_key.put(env, public_key)

    def check(self, env: ContractEnv, pulse: Pulse) -> None:
        """Check a pulse, for 1.344 s of weight."""
        if not env.authenticate(pulse, self.public_key.get(env)):
            raise self.revert("InvalidPulse")
