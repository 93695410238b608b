"""What a contract is: a Python class with constructors, messages and stored values, known by the hash of its code.

>>> class Flipper(Contract):
...     code_name = "flipper"
...     on = ContractValue("on", BOOL, default=False)
...     @constructor("new", on=BOOL)
...     def new(self, env, on):
...         self.on.put(env, on)
...     @message("flip", returns=BOOL)
...     def flip(self, env):
...         self.on.put(env, not self.on.get(env))
...         return self.on.get(env)
>>> Flipper.call_data("flip").hex(), Flipper.call_data("new", on=True).hex(), len(Flipper.code_hash())
('633aa551', '9bae9d5e01', 32)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, ClassVar, Generic, TypeVar

from drandlab.errors import DrandlabError, LocalError
from drandlab.idn.contracts.running.environment import ContractEnv
from drandlab.idn.contracts.running.gas_meter import ContractStopped
from drandlab.idn.contracts.running.selectors import SELECTOR_LENGTH, selector
from drandlab.idn.state import blake2_256
from drandlab.wire.scale import BOOL, NOTHING, Codec, trailing

__all__ = [
    "BOOL",
    "Contract",
    "ContractMap",
    "ContractMessage",
    "ContractReverted",
    "ContractValue",
    "constructor",
    "message",
]

V = TypeVar("V")
K = TypeVar("K")
D = TypeVar("D")
"""The type of a default. Without one it is that of None, which a type variable cannot say: hence the ignored lines."""
F = TypeVar("F", bound=Callable[..., Any])

NOT_READ = b"\1\1"
"""What a contract gives back for data that no message of it has: ``Err(CouldNotReadInput)``."""


class ContractReverted(DrandlabError):
    """A contract ends with an error of its own: ``output`` says it to the caller, and what it did is undone."""

    CODE = "contract-reverted"

    def __init__(self, name: str, output: bytes, why: str | None = None) -> None:
        self.name, self.output = name, output
        super().__init__(name if why is None else f"{name}: {why}")


class ContractValue(Generic[V, D]):
    """One value in the storage of a contract, under its name; ``default`` is what `get` returns for none."""

    def __init__(self, name: str, codec: Codec[V], *, default: D = None) -> None:  # type: ignore[assignment]
        self.key, self.codec, self.default = name.encode(), codec, default

    def get(self, env: ContractEnv) -> V | D:
        """Return the value, or the default."""
        written = env.get(self.key)
        return self.default if written is None else self.codec.decode(written)

    def put(self, env: ContractEnv, value: V) -> None:
        """Store a value."""
        env.put(self.key, self.codec.encode(value))


class ContractMap(Generic[K, V, D]):
    """A map in the storage of a contract; each entry is stored under the map's name and its key."""

    def __init__(self, name: str, key: Codec[K], codec: Codec[V], *, default: D = None) -> None:  # type: ignore[assignment]
        self.prefix, self.key_codec, self.codec, self.default = name.encode() + b":", key, codec, default

    def get(self, env: ContractEnv, key: K) -> V | D:
        """Return the value of an entry, or the default."""
        written = env.get(self.prefix + self.key_codec.encode(key))
        return self.default if written is None else self.codec.decode(written)

    def put(self, env: ContractEnv, key: K, value: V) -> None:
        """Store an entry."""
        env.put(self.prefix + self.key_codec.encode(key), self.codec.encode(value))

    def remove(self, env: ContractEnv, key: K) -> None:
        """Take an entry out."""
        env.put(self.prefix + self.key_codec.encode(key), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractMessage:
    """A constructor or a message: its name, the codecs of its arguments and of what it returns, whether it takes money.

    Every message returns a ``Result``: its own error is the number that stands in the contract's ``errors``.
    """

    name: str
    arguments: Mapping[str, Codec[Any]]
    returns: Codec[Any]
    payable: bool
    constructor: bool
    run: Callable[..., Any]

    @property
    def selector(self) -> bytes:
        """The four bytes by which it is called."""
        return selector(self.name)

    def read(self, data: bytes) -> dict[str, Any]:
        """Return the arguments that follow the selector, all of the data; raises `FormatError`."""
        at, found = SELECTOR_LENGTH, {}
        for name, codec in self.arguments.items():
            found[name], at = codec.read(data, at)
        if at != len(data):
            trailing(self.name, len(data) - at)
        return found


def _declared(name: str, arguments: Mapping[str, Codec[Any]], **of: Any) -> Callable[[F], F]:
    def declare(run: F) -> F:
        # A function may have attributes of its own, which its type does not know of.
        run.declared = ContractMessage(name=name, arguments=arguments, run=run, **of)  # type: ignore[attr-defined]
        return run

    return declare


def constructor(name: str, /, *, payable: bool = False, **arguments: Codec[Any]) -> Callable[[F], F]:
    """Declare a method as a constructor: it takes the environment and these arguments."""
    return _declared(name, arguments, returns=NOTHING, payable=payable, constructor=True)


def message(
    name: str, /, *, returns: Codec[Any] = NOTHING, payable: bool = False, **arguments: Codec[Any]
) -> Callable[[F], F]:
    """Declare a method as a message: it takes the environment and these arguments, and returns ``returns``."""
    return _declared(name, arguments, returns=returns, payable=payable, constructor=False)


@cache
def _messages(kind: type[Contract]) -> Mapping[bytes, ContractMessage]:
    found: dict[bytes, ContractMessage] = {}
    for name in dir(kind):
        declared = getattr(getattr(kind, name), "declared", None)
        if isinstance(declared, ContractMessage):
            if declared.selector in found:
                raise LocalError(f"two messages have the selector of {declared.name}", argument=kind.__name__)
            found[declared.selector] = declared
    return MappingProxyType(found)


class Contract:
    """The base of all contracts. An instance has no state: all that changes is in the storage behind the environment.

    ``code_name`` makes the code, whose hash is on chain; every node of the chain has the class that belongs to it.
    ``errors`` are the contract's own, in the order of their numbers.
    """

    code_name: ClassVar[str]
    errors: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def code(cls) -> bytes:
        """Return what stands for the code on chain: its name, which every node knows."""
        return b"\0drandlab:" + cls.code_name.encode()

    @classmethod
    def code_hash(cls) -> bytes:
        """Return the hash of the code, by which it is instantiated."""
        return blake2_256(cls.code())

    @classmethod
    def messages(cls) -> Mapping[bytes, ContractMessage]:
        """Return all messages and constructors by their selectors."""
        return _messages(cls)  # type: ignore[arg-type]  # mypy does not take a class for hashable here

    @classmethod
    def call_data(cls, name: str, /, **arguments: Any) -> bytes:
        """Return the data that call a message: its selector and its arguments."""
        known = cls.messages().get(selector(name))
        if known is None or set(known.arguments) != set(arguments):
            takes = "no such message" if known is None else f"it takes {', '.join(known.arguments) or 'nothing'}"
            raise LocalError(f"{cls.__name__} {name}: {takes}", argument="name")
        return known.selector + b"".join(codec.encode(arguments[one]) for one, codec in known.arguments.items())

    @classmethod
    def result(cls, name: str, output: bytes) -> Any:
        """Return what a message returned, read from the output of a call that succeeded; raises `FormatError`."""
        value, end = cls.messages()[selector(name)].returns.read(output, 2)
        if end != len(output) or output[:2] != bytes(2):
            trailing(name, len(output) - end)
        return value

    @classmethod
    def revert(cls, name: str, why: str | None = None) -> ContractReverted:
        """Return the failure that is this contract's error of this name, to be raised."""
        if name not in cls.errors:
            raise LocalError(f"{cls.__name__} has no error {name!r}", argument="name")
        return ContractReverted(name, bytes((0, 1, cls.errors.index(name))), why)

    def run(self, env: ContractEnv, data: bytes, *, construct: bool) -> bytes:
        """Run the message or constructor that the data call, and return its output.

        Data that none has revert the call with `NOT_READ`, money for one that takes none traps, as in ink!. Raises
        `ContractReverted`, `ContractStopped`.
        """
        declared = self.messages().get(data[:SELECTOR_LENGTH])
        if declared is None or declared.constructor is not construct:
            raise ContractReverted("CouldNotReadInput", NOT_READ, "no message has this selector")
        try:
            arguments = declared.read(data)
        except DrandlabError as error:
            raise ContractReverted("CouldNotReadInput", NOT_READ, str(error)) from None
        if env.value and not declared.payable:
            raise ContractStopped("ContractTrapped", f"{declared.name} takes no money")
        return bytes(2) + declared.returns.encode(declared.run(self, env, **arguments))
