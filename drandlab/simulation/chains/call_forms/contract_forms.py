"""Contracts in a chain file: how they are made and called there, and where each of them will be.

The account of a contract follows from who makes it, from which code, with which arguments and name. So it is known
before anything runs, and other calls may go by the name: as an account, or as the callback of a subscription
(``call = { contract = "name" }``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from drandlab.crypto.sr25519 import development
from drandlab.errors import DrandlabError, LocalError, WrongType
from drandlab.idn.contracts.callback_data import ContractCallParams, callback_prefix
from drandlab.idn.contracts.contract_client import IDN_CLIENT, ClientConfig
from drandlab.idn.contracts.contracts_pallet import contract_address
from drandlab.idn.contracts.coordinator_contract import CoordinatorContract
from drandlab.idn.contracts.coordinator_terms import COORDINATOR_TERMS, CoordinatorTerms
from drandlab.idn.contracts.example_consumer import CheckingExample, ExampleConsumer
from drandlab.idn.contracts.hostile_contracts import HOSTILE_CONTRACTS
from drandlab.idn.contracts.listener_contract import ListenerContract
from drandlab.idn.contracts.running.contract import Contract, ContractMessage
from drandlab.idn.contracts.running.selectors import CONSUMER_SELECTORS, selector
from drandlab.idn.runtime.calls import Call
from drandlab.idn.runtime.weights import Weight
from drandlab.idn.xcm.json_form import plain_of, value_of
from drandlab.printable import repr_of
from drandlab.simulation.chains.call_forms.argument_readers import Argument, choice, whole
from drandlab.simulation.chains.chain_names import account_named
from drandlab.typing import checked_text
from drandlab.wire.scale import Codec, Composite, FixedBytes, Option, Variant
from drandlab.wire.strict_toml import no_such

__all__ = ["CONTRACT_CALLS", "CONTRACT_CODES", "ContractCallback", "NamedContracts", "callback_or"]

_ORDINARY: tuple[type[Contract], ...] = (CoordinatorContract, ExampleConsumer, CheckingExample, ListenerContract)

CONTRACT_CODES: Mapping[str, type[Contract]] = MappingProxyType(
    {kind.code_name: kind for kind in (*_ORDINARY, *HOSTILE_CONTRACTS.values())}
)
"""The codes that every consumer chain of a file has, by their names."""

GAS = Weight(100_000_000_000, 2_000_000)
"""The limit of weight of a call that a file makes."""

CALLBACK_LENGTH = 96
"""Bytes of a pulse and an id, which the bridge puts behind a callback."""


@dataclass(frozen=True, slots=True)
class ContractCallback:
    """A callback that a file writes by the name of its contract."""

    contract: str


def callback_or(read: Any) -> Any:
    """Return the reader of a callback: ``{ contract = "name" }``, or what ``read`` reads."""

    def reader(value: Any, name: str) -> Any:
        if not isinstance(value, Mapping):
            return read(value, name)
        if set(value) != {"contract"}:
            raise LocalError('expected hexadecimal, or { contract = "name" }', argument=name)
        return ContractCallback(checked_text(value["contract"], name))

    return reader


def _table(value: Any, name: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise WrongType(f"expected a table, got {type(value).__name__}", argument=name)
    return value


_VALUE, _WITH = Argument(whole(64), 0), Argument(_table, MappingProxyType({}))

CONTRACT_CALLS: Mapping[str, Mapping[str, Argument]] = MappingProxyType(
    {
        "Contracts.instantiate": {
            "name": Argument(checked_text),
            "code": Argument(choice(*CONTRACT_CODES)),
            "value": _VALUE,
            "with": _WITH,
        },
        "Contracts.call": {
            "contract": Argument(checked_text),
            "message": Argument(checked_text),
            "value": _VALUE,
            "with": _WITH,
        },
    }
)
"""The calls of the pallet Contracts, as a file writes them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    """A contract that the file makes: its chain, account and code, the data that make it, what a callback may weigh."""

    para_id: int
    account: bytes
    kind: type[Contract]
    data: bytes
    gas: Weight | None


class NamedContracts:
    """The contracts of a file by name, in the order in which it makes them; ``bridge`` is the bridge's number.

    With ``no_deposits`` a callback may take no deposit of who calls it: the bridge pays for no other (`BaseFees`).
    """

    def __init__(self, bridge: int, *, no_deposits: bool = False) -> None:
        self._bridge, self.made = bridge, dict[str, _Made]()
        self._deposit = 0 if no_deposits else None

    def accounts(self, para_id: int) -> dict[str, bytes]:
        """Return the accounts of a chain's contracts."""
        return {name: one.account for name, one in self.made.items() if one.para_id == para_id}

    def add(self, para_id: int, origin: str, args: Mapping[str, Any]) -> None:
        """Take a contract that ``Contracts.instantiate`` makes on a chain; raises `LocalError` for what makes none."""
        name, kind = args["name"], CONTRACT_CODES[args["code"]]
        if not name.strip():
            raise LocalError("expected a name that says something", argument="name")
        if name in self.made:
            raise LocalError(f"each contract has a name of its own, and there is a {repr_of(name)}", argument="name")
        data, values = self._data(kind, "new", args["with"], para_id, construct=True)
        terms = values.get("terms")
        deployer = development(origin).public if origin.isalnum() and not origin.isdigit() else bytes(32)
        self.made[name] = _Made(
            para_id=para_id,
            account=contract_address(deployer, kind.code_hash(), data, name.encode()),
            kind=kind,
            data=data,
            gas=terms.gas_needed() if isinstance(terms, CoordinatorTerms) else None,
        )

    def call(self, name: str, args: Mapping[str, Any]) -> Call:
        """Return the call of the pallet; raises `LocalError` for one that cannot be."""
        paid: dict[str, Any] = {"value": args["value"], "gas_limit": GAS, "storage_deposit_limit": None}
        if name == "Contracts.instantiate":
            made = self._named(args["name"], "name")
            made_of = {"code_hash": made.kind.code_hash(), "data": made.data, "salt": args["name"].encode()}
            return Call("Contracts", "instantiate", {**paid, **made_of})
        made = self._named(args["contract"], "contract")
        data, _ = self._data(made.kind, args["message"], args["with"], made.para_id, construct=False)
        return Call("Contracts", "call", {"dest": Variant("Id", made.account), **paid, "data": data})

    def callback(self, one: ContractCallback) -> bytes:
        """Return the bytes of a callback that a subscription stores; raises `LocalError` for a name that is none."""
        made = self._named(one.contract, "call")
        params = ContractCallParams(storage_deposit_limit=self._deposit)
        if made.gas is not None:
            params = replace(params, gas_limit=made.gas)
        return callback_prefix(made.account, CONSUMER_SELECTORS["consume_pulse"], CALLBACK_LENGTH, params)

    def _named(self, name: str, argument: str) -> _Made:
        if name not in self.made:
            rule = no_such(name, self.made, "contract before it") if self.made else "no contract stands before it"
            raise LocalError(rule, argument=argument)
        return self.made[name]

    def _data(
        self, kind: type[Contract], name: str, given: Mapping[str, Any], para_id: int, *, construct: bool
    ) -> tuple[bytes, dict[str, Any]]:
        declared = kind.messages().get(selector(name))
        if declared is None or declared.constructor is not construct:
            known = [one.name for one in kind.messages().values() if one.constructor is construct]
            raise LocalError(no_such(name, known, "message"), argument="message")
        try:
            values = self._values(declared, given, para_id)
        except LocalError as error:
            raise error.inside("with") from None
        return kind.call_data(name, **values), values

    def _values(self, declared: ContractMessage, given: Mapping[str, Any], para_id: int) -> dict[str, Any]:
        for key in given:
            if key not in declared.arguments:
                raise LocalError(no_such(key, declared.arguments, "argument"), argument=key)
        found = {}
        for key, codec in declared.arguments.items():
            try:
                found[key] = self._value(codec, given.get(key), key, para_id)
            except LocalError:
                raise
            except DrandlabError as error:
                raise LocalError(str(error), argument=key) from None
        return found

    def _value(self, codec: Codec[Any], plain: Any, key: str, para_id: int) -> Any:
        if isinstance(codec, Composite) and (plain is None or isinstance(plain, Mapping)):
            return value_of(codec, {**self._usual(codec, para_id), **(plain or {})}, key)
        if plain is None and not isinstance(codec, Option):
            raise LocalError("missing", argument=key)
        inner = codec.item if isinstance(codec, Option) else codec
        if isinstance(inner, FixedBytes) and inner.size == 32 and isinstance(plain, str) and plain[:2] != "0x":
            return self.made[plain].account if plain in self.made else account_named(plain, key)
        return value_of(codec, plain, key)

    def _usual(self, codec: Composite[Any], para_id: int) -> dict[str, Any]:
        """What a table of the file need not say: the terms of coordinators, and where chain and bridge are."""
        if codec is IDN_CLIENT:
            usual = ClientConfig(idn_para_id=self._bridge, self_para_id=para_id)
            return dict(plain_of(codec, usual))
        return dict(plain_of(codec, CoordinatorTerms())) if codec is COORDINATOR_TERMS else {}
