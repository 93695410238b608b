"""The pallet Contracts, as far as delivery to contracts needs it: code, instances, calls with a limit of weight.

Left out beside Substrate's: Wasm (a contract is a Python class that every node has), delegate calls, removal of code
and of contracts, and deposits for storage: they are 0 here, and their limit is read and never reached. The storage of
a contract stands in a map of the pallet, not in a trie of its own.

Source: ``pallet_contracts`` of the Polkadot SDK.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from drandlab.curves.choice import resolve
from drandlab.errors import LocalError
from drandlab.idn.contracts.running.chain_extension import ChainExtension
from drandlab.idn.contracts.running.contract import Contract
from drandlab.idn.contracts.running.contract_frames import ContractFrames
from drandlab.idn.contracts.running.contract_ledger import ContractLedger, SendXcm
from drandlab.idn.contracts.running.environment import ContractOutcome
from drandlab.idn.contracts.running.gas_meter import GAS_COSTS, GasCosts, GasMeter
from drandlab.idn.pallets.balances import ADDRESS, Balances
from drandlab.idn.pallets.system import ACCOUNT_ID
from drandlab.idn.runtime.blocks import HASH
from drandlab.idn.runtime.calls import Origin, ensure_signed
from drandlab.idn.runtime.context import Context
from drandlab.idn.runtime.failures import DispatchFailed, fail
from drandlab.idn.runtime.pallet import CallType, EventType, Pallet
from drandlab.idn.runtime.weights import WEIGHT, Weight, db_weight
from drandlab.idn.state import IDENTITY, TWOX64_CONCAT, Storage, StorageMap, blake2_256
from drandlab.wire.scale import COMPACT_U128, Bytes, Codec, Enum, FixedBytes, Option, Variant, compact

__all__ = ["CONTRACTS_INDEX", "CONTRACT_CALL_INDEX", "Contracts", "contract_address"]

CONTRACTS_INDEX, CONTRACT_CALL_INDEX = 16, 6
"""The pallet's place in the consumer chain's runtime, and that of ``call`` in the pallet."""

BASE_CALL = Weight(350_000_000, 9_000) + db_weight(6, 4)
BASE_INSTANTIATE = Weight(500_000_000, 10_000) + db_weight(8, 7)
BASE_UPLOAD = Weight(200_000_000, 6_000) + db_weight(3, 2)

MOST_CODE = 125_952
_ORIGIN = Enum("Origin", {0: "Root", 1: ("Signed", ACCOUNT_ID)})
_DETERMINISM = Enum("Determinism", {0: "Enforced", 1: "Relaxed"})
_LIMIT = Option(COMPACT_U128)


def contract_address(deployer: bytes, code_hash: bytes, data: bytes, salt: bytes) -> bytes:
    """Return the account that a new contract has.

    >>> contract_address(bytes(32), bytes(32), b"", b"").hex()[:16]
    '7d92ab7fa2cf0802'
    """
    given = compact(len(data)) + data + compact(len(salt)) + salt
    return blake2_256(b"contract_addr_v1" + deployer + code_hash + given)


class Contracts(Pallet):
    """Contracts, index 16. ``codes`` are the classes that the chain's nodes have, each uploaded by its `Contract.code`.

    ``costs`` says what operations cost, ``extensions`` are the chain's own functions for contracts, ``send`` how a
    contract sends by XCM: without it every send fails; ``backend`` is that of the curve; ``now`` gives the UNIX
    milliseconds of a block to contracts, without it what Timestamp has stored, or 0. A call that fails is undone, and
    its weight stays used. Genesis: ``{"codes": [class, ...]}`` for those that are there from the start.
    """

    name, index = "Contracts", CONTRACTS_INDEX
    errors = (
        "InvalidSchedule", "InvalidCallFlags", "OutOfGas", "OutputBufferTooSmall", "TransferFailed",
        "MaxCallDepthReached", "ContractNotFound", "CodeTooLarge", "CodeNotFound", "CodeInfoNotFound", "OutOfBounds",
        "DecodingFailed", "ContractTrapped", "ValueTooLarge", "TerminatedWhileReentrant", "InputForwarded",
        "RandomSubjectTooLong", "TooManyTopics", "NoChainExtension", "XCMDecodeFailed", "DuplicateContract",
        "TerminatedInConstructor", "ReentranceDenied", "StateChangeDenied", "StorageDepositNotEnoughFunds",
        "StorageDepositLimitExhausted", "CodeInUse", "ContractReverted", "CodeRejected", "Indeterministic",
    )  # fmt: skip
    events = (
        EventType("Instantiated", {"deployer": ACCOUNT_ID, "contract": ACCOUNT_ID}),
        EventType("Terminated", {"contract": ACCOUNT_ID, "beneficiary": ACCOUNT_ID}),
        EventType("CodeStored", {"code_hash": HASH}),
        EventType("ContractEmitted", {"contract": ACCOUNT_ID, "data": Bytes()}),
        EventType("CodeRemoved", {"code_hash": HASH}),
        EventType("ContractCodeUpdated", {"contract": ACCOUNT_ID, "new_code_hash": HASH, "old_code_hash": HASH}),
        EventType("Called", {"caller": _ORIGIN, "contract": ACCOUNT_ID}),
    )

    def __init__(
        self,
        balances: Balances,
        codes: Iterable[type[Contract]] = (),
        *,
        costs: GasCosts = GAS_COSTS,
        extensions: Iterable[ChainExtension] = (),
        send: SendXcm | None = None,
        backend: str | None = None,
        now: Callable[[Context], int] | None = None,
    ) -> None:
        self.balances, self.costs, self.send, self.backend = balances, costs, send, resolve(backend)
        self._now = now or _stored_time
        self.codes: Mapping[bytes, type[Contract]] = {code.code_hash(): code for code in codes}
        self.extensions: Mapping[int, ChainExtension] = {one.id: one for one in extensions}
        self.pristine_code: StorageMap[bytes, bytes, None] = StorageMap(
            self.name, "PristineCode", HASH, Bytes(MOST_CODE), hasher=IDENTITY
        )
        self.contract_info: StorageMap[bytes, bytes, None] = StorageMap(
            self.name, "ContractInfoOf", ACCOUNT_ID, HASH, hasher=TWOX64_CONCAT
        )
        self.contract_storage: StorageMap[bytes, bytes, None] = StorageMap(
            self.name, "ContractStorage", FixedBytes(64), Bytes(), hasher=IDENTITY
        )

    @property
    def calls(self) -> tuple[CallType, ...]:
        paid: dict[str, Codec[Any]] = {"value": COMPACT_U128, "gas_limit": WEIGHT, "storage_deposit_limit": _LIMIT}
        made: dict[str, Codec[Any]] = {"data": Bytes(), "salt": Bytes()}
        code = Bytes(MOST_CODE)
        return (
            CallType(
                3,
                "upload_code",
                {"code": code, "storage_deposit_limit": _LIMIT, "determinism": _DETERMINISM},
                self._upload_code,
                BASE_UPLOAD,
            ),
            CallType(
                CONTRACT_CALL_INDEX,
                "call",
                {"dest": ADDRESS, **paid, "data": Bytes()},
                self._call,
                _with_gas(BASE_CALL),
            ),
            CallType(
                7,
                "instantiate_with_code",
                {**paid, "code": code, **made},
                self._instantiate_with_code,
                _with_gas(BASE_INSTANTIATE + BASE_UPLOAD),
            ),
            CallType(
                8,
                "instantiate",
                {**paid, "code_hash": HASH, **made},
                self._instantiate,
                _with_gas(BASE_INSTANTIATE),
            ),
        )

    def genesis(self, context: Context, config: Mapping[str, Any]) -> None:
        for code in config.get("codes", ()):
            if code.code_hash() not in self.codes:
                raise LocalError(f"this chain's nodes do not have {code.__name__}", argument="codes")
            self.pristine_code.put(context.storage, code.code_hash(), code.code())

    # -- what is stored -----------------------------------------------------------------------------------------------

    def code_of(self, storage: Storage, account: bytes) -> type[Contract] | None:
        """Return the class of a contract, None where the account has none."""
        found = self.contract_info.get(storage, account)
        return None if found is None else self.codes.get(found)

    def stored(self, storage: Storage, account: bytes) -> dict[bytes, bytes]:
        """Return what a contract stores, by the hashes of its keys."""
        items = self.contract_storage.items(storage)
        return {key[32:]: value for key, value in items if key[:32] == account}

    # -- running contracts --------------------------------------------------------------------------------------------

    def bare_call(
        self, context: Context, caller: bytes, dest: bytes, data: bytes, *, value: int = 0, gas: Weight
    ) -> ContractOutcome:
        """Call a contract beside the extrinsics, as a node's interface does, and return how it ended.

        What it changes stays, so whoever only asks undoes it, or forgets the block.
        """
        return self._frames(context).call(caller, dest, data, value, GasMeter(gas))

    def _frames(self, context: Context) -> ContractFrames:
        ledger = ContractLedger(context, self)
        return ContractFrames(
            context,
            ledger,
            lambda account: self.code_of(context.storage, account),
            costs=self.costs,
            now=self._now(context),
        )

    def _ended(self, outcome: ContractOutcome, base: Weight) -> Weight:
        """Return the weight of a call; raise its error, which has that weight too."""
        weight = base + outcome.gas
        if outcome.error is None:
            return weight
        failed = self.error(outcome.error)
        raise DispatchFailed(failed.error, weight=weight)

    def _call(
        self,
        context: Context,
        origin: Origin,
        dest: Variant,
        value: int,
        gas_limit: Weight,
        storage_deposit_limit: int | None,
        data: bytes,
    ) -> Weight:
        caller = _signer(origin)
        outcome = self._frames(context).call(caller, dest.value, data, value, GasMeter(gas_limit))
        weight = self._ended(outcome, BASE_CALL)
        context.deposit(self.event("Called", caller=Variant("Signed", caller), contract=dest.value))
        return weight

    # -- making contracts ---------------------------------------------------------------------------------------------

    def _store(self, context: Context, code: bytes) -> bytes:
        code_hash = blake2_256(code)
        known = self.codes.get(code_hash)
        if known is None:
            raise self.error("CodeRejected", "this chain's nodes have no class for it")
        if not self.pristine_code.exists(context.storage, code_hash):
            self.pristine_code.put(context.storage, code_hash, code)
            context.deposit(self.event("CodeStored", code_hash=code_hash))
        return code_hash

    def _upload_code(
        self, context: Context, origin: Origin, code: bytes, storage_deposit_limit: int | None, determinism: Variant
    ) -> None:
        _signer(origin)
        self._store(context, code)

    def _instantiate_with_code(
        self,
        context: Context,
        origin: Origin,
        value: int,
        gas_limit: Weight,
        storage_deposit_limit: int | None,
        code: bytes,
        data: bytes,
        salt: bytes,
    ) -> Weight:
        deployer = _signer(origin)
        made = self._make(context, deployer, value, gas_limit, self._store(context, code), data, salt)
        return self._ended(made, BASE_INSTANTIATE + BASE_UPLOAD)

    def _instantiate(
        self,
        context: Context,
        origin: Origin,
        value: int,
        gas_limit: Weight,
        storage_deposit_limit: int | None,
        code_hash: bytes,
        data: bytes,
        salt: bytes,
    ) -> Weight:
        made = self._make(context, _signer(origin), value, gas_limit, code_hash, data, salt)
        return self._ended(made, BASE_INSTANTIATE)

    def _make(
        self, context: Context, deployer: bytes, value: int, gas: Weight, code_hash: bytes, data: bytes, salt: bytes
    ) -> ContractOutcome:
        """Make a contract and run its constructor; the deployer gives the existential deposit beside the value."""
        storage = context.storage
        if not self.pristine_code.exists(storage, code_hash):
            raise self.error("CodeNotFound")
        account = contract_address(deployer, code_hash, data, salt)
        if self.contract_info.exists(storage, account):
            raise self.error("DuplicateContract")
        self.balances.transfer(context, deployer, account, self.balances.least(context), keep_alive=True)
        self.contract_info.put(storage, account, code_hash)
        outcome = self._frames(context).call(deployer, account, data, value, GasMeter(gas), construct=True)
        context.deposit(self.event("Instantiated", deployer=deployer, contract=account))
        return outcome


def _stored_time(context: Context) -> int:
    return int(context.pallet("Timestamp").now.get(context.storage)) if "Timestamp" in context.pallets else 0


def _signer(origin: Origin) -> bytes:
    if origin.kind == "root":
        raise fail("RootNotAllowed", "contracts are called by accounts")
    return ensure_signed(origin)


def _with_gas(base: Weight) -> Any:
    def weight(context: Context, *, gas_limit: Weight, **_: Any) -> Weight:
        return base + gas_limit

    return weight
