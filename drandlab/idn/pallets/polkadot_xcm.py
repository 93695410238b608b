"""The pallet PolkadotXcm: accounts send messages and pay for it, execute their own, and claim what was trapped.

Source: ``pallet_xcm`` of the Polkadot SDK.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from drandlab.errors import LocalError
from drandlab.idn.channels.fast_encoding import MESSAGE
from drandlab.idn.pallets.balances import Balances
from drandlab.idn.pallets.xcmp_queue import SEND_ERRORS, SEND_PALLET, XcmpQueue
from drandlab.idn.runtime.blocks import HASH
from drandlab.idn.runtime.calls import Origin, ensure_signed
from drandlab.idn.runtime.context import Context
from drandlab.idn.runtime.failures import DispatchFailed
from drandlab.idn.runtime.pallet import CallType, EventType, Pallet
from drandlab.idn.runtime.weights import WEIGHT, Weight, db_weight
from drandlab.idn.state import IDENTITY, StorageMap, blake2_256
from drandlab.idn.xcm.assets import ASSETS, AllCounted, Asset, Assets, Fungible, Wild
from drandlab.idn.xcm.instructions import ClaimAsset, DepositAsset, DescendOrigin, Xcm
from drandlab.idn.xcm.locations import LOCATION, POLKADOT, AccountId32, GeneralIndex, Interior, Location
from drandlab.idn.xcm.versioned import (
    VERSIONED_ASSETS,
    VERSIONED_LOCATION,
    VERSIONED_XCM,
    VersionedAssets,
    VersionedLocation,
    VersionedXcm,
)
from drandlab.idn.xcm_execution.executor import XcmExecutor
from drandlab.idn.xcm_execution.trace import Execution, SentMessage
from drandlab.wire.scale import U32, Codec

__all__ = ["PolkadotXcm"]

_SEND = Weight(28_000_000, 3_600) + db_weight(6, 3)
_CLAIM = Weight(35_000_000, 3_500) + db_weight(2, 1)


class PolkadotXcm(Pallet):
    """PolkadotXcm, index 31: the `Sender` of the chain's pallets, and the keeper of trapped assets.

    ``send`` puts the origin's descent in front of a message, the router puts a topic behind it; then the account that
    sends pays the price, and the message goes to its channel. A failure after that keeps the price, unless the call
    around it fails. ``fee_account`` gets the price; without one it is burnt. ``local_execution`` opens the call
    ``execute``, which the deployed bridge keeps closed. The executor is set by `connect`.
    """

    name, index = "PolkadotXcm", SEND_PALLET
    errors = SEND_ERRORS

    def __init__(
        self,
        balances: Balances,
        queue: XcmpQueue,
        *,
        fee_account: bytes | None = None,
        local_execution: bool = False,
    ) -> None:
        self._balances, self._queue = balances, queue
        self.fee_account, self.local_execution = fee_account, local_execution
        self._executor: XcmExecutor | None = None
        self.asset_traps = StorageMap(self.name, "AssetTraps", HASH, U32, hasher=IDENTITY, default=0)

    def connect(self, executor: XcmExecutor) -> None:
        """Say which executor runs the messages of this chain's own accounts."""
        self._executor = executor

    @property
    def events(self) -> tuple[EventType, ...]:
        kept: Mapping[str, Codec[Any]] = {"hash": HASH, "origin": LOCATION, "assets": VERSIONED_ASSETS}
        sent: Mapping[str, Codec[Any]] = {
            "origin": LOCATION,
            "destination": LOCATION,
            "message": MESSAGE,
            "message_id": HASH,
        }
        return (
            EventType("Attempted", {"used": WEIGHT}),
            EventType("Sent", sent),
            EventType("AssetsTrapped", kept),
            EventType("FeesPaid", {"paying": LOCATION, "fees": ASSETS}),
            EventType("AssetsClaimed", kept),
        )

    @property
    def calls(self) -> tuple[CallType, ...]:
        return (
            CallType(0, "send", {"dest": VERSIONED_LOCATION, "message": VERSIONED_XCM}, self._send_call, _SEND),
            CallType(3, "execute", {"message": VERSIONED_XCM, "max_weight": WEIGHT}, self._execute_call, _most),
            CallType(
                12,
                "claim_assets",
                {"assets": VERSIONED_ASSETS, "beneficiary": VERSIONED_LOCATION},
                self._claim_call,
                _CLAIM,
            ),
        )

    # -- sending ------------------------------------------------------------------------------------------------------

    def send(self, context: Context, sender: bytes, dest: Location, message: Xcm) -> bytes:
        """Send a message for an account of this chain and return its id; raises `SendFailed`."""
        return self._send(context, _down_to(sender), sender, dest, message)

    def send_as_chain(
        self, context: Context, dest: Location, message: Xcm, *, payer: bytes | None = None, most: int | None = None
    ) -> bytes:
        """Send a message as the chain itself, with no descent; raises `SendFailed`.

        An account of the chain's own may be the ``payer``, which does not end by it; what it cannot pay, and a price
        above ``most``, is ``FeesNotMet``.
        """
        return self._send(context, (), payer, dest, message, most)

    def _send(
        self,
        context: Context,
        interior: Interior,
        payer: bytes | None,
        dest: Location,
        message: Xcm,
        most: int | None = None,
    ) -> bytes:
        whole = (_descent(interior), *message) if interior else message
        ticket = self._queue.ticket(context, dest, whole)
        price = 0 if payer is None else ticket.price
        if payer is not None and price:
            if most is not None and price > most:
                raise self._queue.failed("FeesNotMet", f"{price} are to be paid, and {most} may be")
            self._charge(context, payer, price, keep_alive=not interior)
            fees = (Asset(self._token, Fungible(price)),)
            context.deposit(self.event("FeesPaid", paying=Location(0, interior), fees=fees))
        self._queue.deliver(context, ticket)
        origin = Location(0, interior)
        context.deposit(self.event("Sent", origin=origin, destination=dest, message=message, message_id=ticket.id))
        context.note(SentMessage(id=ticket.id, dest=dest, message=message, wire=ticket.wire, price=price, sender=payer))
        return ticket.id

    @property
    def _token(self) -> Location:
        return Location(1)

    def _charge(self, context: Context, payer: bytes, price: int, *, keep_alive: bool) -> None:
        try:
            with context.transaction():
                self._balances.burn(context, payer, price, keep_alive=keep_alive)
        except DispatchFailed:
            raise self._queue.failed("FeesNotMet", f"{price} are to be paid") from None
        if self.fee_account is None:
            return
        try:
            with context.transaction():
                self._balances.mint(context, self.fee_account, price)
        except DispatchFailed:  # what cannot be given is burnt, as in the real pallet
            pass

    # -- traps --------------------------------------------------------------------------------------------------------

    @staticmethod
    def trap_hash(origin: Location, assets: VersionedAssets) -> bytes:
        """Return the hash by which trapped assets are kept: blake2b-256 of the origin and the versioned assets."""
        return blake2_256(LOCATION.encode(origin) + VERSIONED_ASSETS.encode(assets))

    def trap(self, context: Context, origin: Location, assets: Assets) -> bytes:
        """Keep assets that a message left behind; return the hash."""
        versioned = VersionedAssets(5, assets)
        hash, storage = self.trap_hash(origin, versioned), context.storage
        self.asset_traps.put(storage, hash, self.asset_traps.get(storage, hash) + 1)
        context.deposit(self.event("AssetsTrapped", hash=hash, origin=origin, assets=versioned))
        return hash

    def claim(self, context: Context, origin: Location, ticket: Location, assets: Assets) -> bytes | None:
        """Give trapped assets back; the ticket is empty, or the number of the version in which they were kept."""
        match ticket:
            case Location(0, ()):
                version = 5
            case Location(0, (GeneralIndex(version),)) if version in (3, 4, 5):
                pass
            case _:
                return None
        try:
            versioned = VersionedAssets(version, assets)
            hash, storage = self.trap_hash(origin, versioned), context.storage
        except LocalError:  # the older version cannot say it, so it has never been kept in it
            return None
        count = self.asset_traps.get(storage, hash)
        if not count:
            return None
        if count == 1:
            self.asset_traps.remove(storage, hash)
        else:
            self.asset_traps.put(storage, hash, count - 1)
        context.deposit(self.event("AssetsClaimed", hash=hash, origin=origin, assets=versioned))
        return hash

    # -- calls --------------------------------------------------------------------------------------------------------

    def _send_call(self, context: Context, origin: Origin, dest: VersionedLocation, message: VersionedXcm) -> None:
        account = None if origin.kind == "root" else ensure_signed(origin)
        instructions, place = self._message(message), self._place(dest)
        if account is None:
            self.send_as_chain(context, place, instructions)
        else:
            self.send(context, account, place, instructions)

    def _message(self, message: VersionedXcm) -> Xcm:
        """Return the instructions of a message; fails where the newest version lacks something in it."""
        try:
            return message.in_version(5).instructions
        except LocalError:
            raise self.error("BadVersion") from None

    def _place(self, place: VersionedLocation) -> Location:
        try:
            LOCATION.encode(place.location)
        except LocalError:
            raise self.error("BadVersion") from None
        return place.location

    def _execute_call(
        self, context: Context, origin: Origin, message: VersionedXcm, max_weight: Weight
    ) -> Weight | None:
        account = ensure_signed(origin)
        if not self.local_execution:
            raise self.error("Filtered", "this chain executes no messages of its own accounts")
        ran = self._execute(context, account, self._message(message), max_weight)
        context.deposit(self.event("Attempted", used=ran.weight))
        if ran.outcome != "Complete":
            raise self.error("LocalExecutionIncomplete", ran.error.name if ran.error else None)
        return _SEND + ran.weight

    def _claim_call(
        self, context: Context, origin: Origin, assets: VersionedAssets, beneficiary: VersionedLocation
    ) -> None:
        account = ensure_signed(origin)
        ticket, place = Location(0, (GeneralIndex(assets.version),)), self._place(beneficiary)
        try:
            VersionedAssets(5, assets.assets)
        except LocalError:
            raise self.error("BadVersion") from None
        message: Xcm = (ClaimAsset(assets.assets, ticket), DepositAsset(Wild(AllCounted(len(assets.assets))), place))
        weight = self.executor.weight(context, message)
        ran = self._execute(context, account, message, Weight() if weight is None else weight)
        if ran.outcome != "Complete":
            raise self.error("LocalExecutionIncomplete", ran.error.name if ran.error else None)

    @property
    def executor(self) -> XcmExecutor:
        """The executor, once it is set."""
        assert self._executor is not None, "connect() sets the executor"
        return self._executor

    def _execute(self, context: Context, account: bytes, message: Xcm, credit: Weight) -> Execution:
        origin = Location(0, (AccountId32(POLKADOT, account),))
        id = blake2_256(MESSAGE.encode(message))
        ran = self.executor.execute(context, origin, message, id=id, credit=credit)
        context.note(ran)
        return ran


@lru_cache(4096)
def _down_to(account: bytes) -> Interior:
    return (AccountId32(POLKADOT, account),)


@lru_cache(4096)
def _descent(interior: Interior) -> DescendOrigin:
    return DescendOrigin(interior)


def _most(context: Context, message: VersionedXcm, max_weight: Weight) -> Weight:
    return _SEND + max_weight
