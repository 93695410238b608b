"""The bridge and a consumer chain with real channels, executor, manager and consumers: `BridgeChain`, `HomeChain`.

Each block of theirs is executed again by a second node (`Chain.step`), and no token may come from nowhere.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from functools import cache
from typing import Any

from toy_runtime import signed_well
from xcm_chains import BRIDGE, CONSUMER, Chain, connected

from drandlab.crypto.sr25519 import development
from drandlab.curves.choice import use_backend
from drandlab.idn.consumers.consumer_hooks import ConsumerHooks
from drandlab.idn.consumers.idn_consumer import IdnConsumer
from drandlab.idn.contracts.contract_sender import send_by
from drandlab.idn.contracts.contracts_pallet import Contracts, contract_address
from drandlab.idn.contracts.pulse_extension import PulseExtension
from drandlab.idn.contracts.running.contract import Contract
from drandlab.idn.pallets.aura import Aura
from drandlab.idn.pallets.balances import Balances
from drandlab.idn.pallets.messaging_pallets import messaging_pallets
from drandlab.idn.pallets.system import System
from drandlab.idn.pallets.timestamp import Timestamp
from drandlab.idn.pulses import Pulse, aggregate
from drandlab.idn.rand_beacon import rand_beacon
from drandlab.idn.runtime.calls import NONE, Call, Origin, signed
from drandlab.idn.runtime.outcomes import StepOutcome
from drandlab.idn.runtime.runtime import Runtime
from drandlab.idn.runtime.weights import Weight
from drandlab.idn.subscriptions.idn_manager import IdnManager
from drandlab.idn.subscriptions.manager_limits import TREASURY_ACCOUNT
from drandlab.idn.subscriptions.subscription import SubscriptionRecord
from drandlab.idn.xcm.location_accounts import location_account, sibling_account
from drandlab.idn.xcm_execution.prices import DeliveryPrice
from drandlab.simulation.network import Network
from drandlab.wire.scale import Variant

ALICE, BOB, AUTHOR = (development(name).public for name in ("Alice", "Bob", "Charlie"))
UNIT = 1_000_000_000_000
SOVEREIGN = sibling_account(BRIDGE)
"""The bridge's account on the consumer chain."""

GAS = Weight(20_000_000_000, 2_000_000)
PRICE = DeliveryPrice(base=30_000_000_000, byte=50_000)


@cache
def network() -> Any:
    """A network of three that has made its key in a DKG, with a few rounds of beacons."""
    made = Network(nodes=3, threshold=2, scheme="bls-unchained-g1-rfc9380", period=3, seed=1, backend="glass")
    made.run(rounds=12)
    return made


def pulse_of(start: int, end: int) -> Pulse:
    """The true pulse of a range of its rounds."""
    with use_backend("glass"):
        return aggregate(network().beacons[start - 1 : end])


class _Chain(Chain):
    """What both have: money, channels, and a look at what was issued."""

    def __init__(self, para_id: int, system: System, balances: Balances, front: Any, more: Any) -> None:
        self.para_id, self.balances = para_id, balances
        self.system = system
        self.runtime = Runtime(
            [system, *self.pallets.front, Timestamp(), balances, Aura(), *front, *more, *self.pallets.rest],
            verify=signed_well,
        )
        self.incoming, self.outgoing, self.built = {}, {}, None

    def begin(self, rich: Iterable[bytes], **genesis: Any) -> None:
        """Make the genesis: these accounts have a hundred units each."""
        self.head = self.runtime.genesis(
            {
                "Aura": {"authorities": [AUTHOR]},
                "Balances": {"balances": dict.fromkeys(rich, 100 * UNIT)},
                **genesis,
            }
        )

    def step(self, *agenda: tuple[Call, Origin]) -> tuple[StepOutcome, ...]:
        outcomes = super().step(*agenda)
        held = sum(info.data.free + info.data.reserved for info in self.system.account.values(self.storage))
        assert held == self.issuance
        return outcomes

    def run(self, pallet: str, name: str, origin: Origin, **args: Any) -> StepOutcome:
        """Make a block with one call."""
        outcomes = self.step((Call(pallet, name, args), origin))
        [mine] = [one for one in outcomes if one.call is not None and one.call.name == name]
        return mine

    def kinds(self) -> list[str]:
        """The events of the last block by pallet and name, without those of money and messages."""
        dull = ("Balances", "System", "MessageQueue", "XcmpQueue", "PolkadotXcm")
        return [str(event) for event in self.events if event.pallet not in dull]


class BridgeChain(_Chain):
    """The bridge, which hears the beacon of ``public_key``."""

    def __init__(self, public_key: bytes, *, rich: Iterable[bytes] = (), price: Any = PRICE, **manager: Any) -> None:
        system = System()
        balances = Balances(system)
        self.pallets = messaging_pallets(
            balances,
            para_id=BRIDGE,
            account_of=location_account,
            price=price,
            fee_account=TREASURY_ACCOUNT,
            author=lambda context: AUTHOR,
        )
        self.manager = IdnManager(balances, self.pallets.polkadot_xcm, **manager)
        beacon = rand_beacon("range", max_pulses=6, backend="glass", dispatcher=self.manager)
        super().__init__(BRIDGE, system, balances, (beacon, self.manager), ())
        self.rng = random.Random(1)
        self.begin((ALICE, BOB, AUTHOR, TREASURY_ACCOUNT, *rich), RandBeacon={"beacon_pubkey_hex": public_key.hex()})

    def submit(self, pulse: Pulse) -> StepOutcome:
        """Make a block whose author submits a pulse."""
        signature = Variant("Sr25519", development("Charlie").sign(pulse.payload, self.rng))
        args = {"asig": pulse.signature, "start": pulse.start, "end": pulse.end, "signature": signature}
        return self.run("RandBeacon", "try_submit_asig", NONE, **args)

    def subscription(self, sub_id: bytes) -> SubscriptionRecord | None:
        """What is stored of a subscription."""
        return self.manager.get_subscription(self.storage, sub_id)


class HomeChain(_Chain):
    """A chain with the consumer pallet, or contracts, or both."""

    def __init__(
        self,
        hooks: ConsumerHooks,
        *,
        codes: Iterable[type[Contract]] = (),
        rich: Iterable[bytes] = (),
        barrier: Any = None,
    ) -> None:
        system = System()
        balances = Balances(system)
        codes = list(codes)
        self.pallets = messaging_pallets(
            balances,
            para_id=CONSUMER,
            account_of=location_account,
            author=lambda context: AUTHOR,
            barrier=barrier,
        )
        sender = self.pallets.polkadot_xcm
        self.consumer = IdnConsumer(sender, hooks, para_id=CONSUMER, bridge=BRIDGE)
        extensions = [PulseExtension(hooks)] if hasattr(hooks, "latest") else []  # type: ignore[arg-type]
        self.contracts = Contracts(balances, codes, extensions=extensions, send=send_by(sender), backend="glass")
        super().__init__(CONSUMER, system, balances, (self.consumer, self.contracts), ())
        self.begin((ALICE, BOB, AUTHOR, SOVEREIGN, *rich), Contracts={"codes": codes})

    def make(self, code: type[Contract], by: bytes = ALICE, *, value: int = 0, salt: bytes = b"", **args: Any) -> bytes:
        """Instantiate a contract in a block of its own and return its account."""
        data = code.call_data("new", **args)
        made = self.run(
            "Contracts",
            "instantiate",
            signed(by),
            value=value,
            gas_limit=GAS,
            storage_deposit_limit=None,
            code_hash=code.code_hash(),
            data=data,
            salt=salt,
        )
        assert made.error is None, made.error
        return contract_address(by, code.code_hash(), data, salt)

    def call(self, at: bytes, data: bytes, by: bytes = ALICE, *, value: int = 0) -> str | None:
        """Call a contract in a block of its own."""
        found = self.run(
            "Contracts",
            "call",
            signed(by),
            dest=Variant("Id", at),
            value=value,
            gas_limit=GAS,
            storage_deposit_limit=None,
            data=data,
        )
        return None if found.error is None else found.error.name

    def ask(self, code: type[Contract], at: bytes, name: str, **args: Any) -> Any:
        """What a message of a contract returns."""
        builder = self.runtime.open(self.head, self.head.number + 1)
        found = self.contracts.bare_call(builder.context, ALICE, at, code.call_data(name, **args), gas=GAS)
        assert found.error is None, found.error
        return code.result(name, found.output)


def joined(bridge: BridgeChain, home: HomeChain, **options: Any) -> None:
    """Open the channels between the two."""
    connected(bridge, home, **options)


def settle(bridge: BridgeChain, home: HomeChain, blocks: int = 2) -> None:
    """Let both make blocks beside each other, so that what was sent arrives."""
    for _ in range(blocks):
        while bridge.head.number > home.head.number:
            home.step()
        while home.head.number > bridge.head.number:
            bridge.step()
        bridge.step()
        home.step()
