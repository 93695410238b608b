"""Chain files: a bridge, its consumer chains, the drand network that it hears, and the calls of its blocks, in TOML.

>>> scenario = load_chain("real-ranges")
>>> scenario.blocks, scenario.bridge.mode
(6, 'range')

What does not fit is refused, with file, line and key, before anything runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Any

from drandlab.curves.choice import resolve
from drandlab.errors import LocalError
from drandlab.idn.channels.channel import ChannelLimits
from drandlab.idn.pallets.message_queue import QueueLimits
from drandlab.idn.rand_beacon import MODES
from drandlab.idn.runtime.calls import TransactionSource
from drandlab.idn.runtime.weights import Weight
from drandlab.idn.slots import SLOT_MS
from drandlab.idn.subscriptions.manager_limits import TREASURY_ACCOUNT
from drandlab.idn.subscriptions.policies import DEFECTS, policies
from drandlab.idn.subscriptions.priorities import PRIORITIES
from drandlab.idn.xcm_execution.weighing import UNIT_WEIGHT, UNIT_WEIGHT_WITH_PROOF
from drandlab.simulation.chains.call_forms.call_arguments import arguments_of, check_call
from drandlab.simulation.chains.call_forms.calls_made import call_made
from drandlab.simulation.chains.call_forms.contract_forms import NamedContracts
from drandlab.simulation.chains.chain_names import MOST_PARAS, account_named, check_development, origin_named
from drandlab.simulation.chains.drand_table import DrandTable
from drandlab.simulation.scenario.event_base import set_field
from drandlab.simulation.scenario.shipped_texts import shipped_names, text_of
from drandlab.typing import checked_choice, checked_flag, checked_int, checked_text
from drandlab.wire.strict_toml import Document

__all__ = ["BridgeTable", "CallTable", "ChainScenario", "ConsumerTable", "load_chain", "shipped_chains"]

SOURCES: Mapping[str, TransactionSource] = MappingProxyType(
    {one.name.lower(): one for one in (TransactionSource.LOCAL, TransactionSource.IN_BLOCK, TransactionSource.EXTERNAL)}
)

EXISTENTIAL = 1_000_000_000
"""The least balance of an account that exists."""

_MOST_BALANCE = (1 << 63) - 1
_MOST_BLOCKS = 1_000_000
_LONGEST = 1 << 22
"""Bytes after which a file is no chain file."""

_SHIPPED = resources.files("drandlab.simulation.chains") / "shipped"


def _check_balances(balances: Mapping[str, int], **others: bytes) -> None:
    """Raise `LocalError` for what is no balance, or an account that has one already; ``others`` have one elsewhere."""
    seen = {account: name for name, account in others.items()}
    for name, free in balances.items():
        try:
            before = seen.setdefault(account_named(name, name), name)
            if before != name:
                raise LocalError(f"it is the account of {before}, which has a balance already", argument=name)
            if checked_int(free, name, 0, _MOST_BALANCE, what="a balance") and free < EXISTENTIAL:
                raise LocalError(f"expected 0, or at least the existential deposit {EXISTENTIAL}", argument=name)
        except LocalError as error:
            raise error.inside("balances") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeTable:
    """The bridge: how it ingests pulses, who makes its blocks, and what its accounts have at genesis.

    ``max_subscriptions``, ``max_terminations``, ``delivery_base`` and ``delivery_byte`` are those of subscriptions. A
    block takes every call of the file, however heavy, unless the chains have ``real_limits``: then a call for which it
    has no room is left out. An instruction of a message weighs time alone, unless the chains ``weigh_proof``: then 64
    KiB of proof too, as the real runtime declares. ``without`` takes defects of what runs today out of the policy
    ``deployed``, by their names (`DEFECTS`); ``priority`` is the order of deliveries, that of the policy unless given.
    With ``base_fees``, which the policy ``seed`` alone can have, the bridge's sovereign account pays for deliveries,
    here and on the consumer chains (`BaseFees`); it has what ``balances`` gives to the bridge's own number.
    """

    para_id: int = 4502
    mode: str = "range"
    policy: str = "deployed"
    collators: tuple[str, ...] = ("Alice", "Bob")
    ingest: bool = False
    max_pulses: int = 6
    max_subscriptions: int = 2000
    max_terminations: int = 200
    delivery_base: int = 30_000_000_000
    delivery_byte: int = 50_000
    treasury: int = EXISTENTIAL
    real_limits: bool = False
    weigh_proof: bool = False
    without: tuple[str, ...] = ()
    priority: str | None = None
    base_fees: bool = False
    balances: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        set_field(self, "para_id", checked_int(self.para_id, "para_id", 0, MOST_PARAS))
        checked_choice(self.mode, "mode", MODES)
        checked_choice(self.policy, "policy", policies)
        for name in self.without:
            checked_choice(name, "without", DEFECTS)
        if self.without and self.policy != "deployed":
            raise LocalError(f"the policy {self.policy} has no defects", argument="without")
        if checked_flag(self.base_fees, "base_fees") and self.policy != "seed":
            raise LocalError(f"the policy {self.policy} has none, only seed can", argument="base_fees")
        if self.priority is not None:
            checked_choice(self.priority, "priority", PRIORITIES)
        if not self.collators:
            raise LocalError("expected at least one, got none", argument="collators")
        for name in self.collators:
            check_development(checked_text(name, "collators"), "collators")
        if len(set(self.collators)) < len(self.collators):
            raise LocalError("a collator stands there twice", argument="collators")
        set_field(self, "max_pulses", checked_int(self.max_pulses, "max_pulses", 1, 255))
        for name in ("max_subscriptions", "max_terminations", "delivery_base", "delivery_byte", "treasury"):
            set_field(self, name, checked_int(getattr(self, name), name, 0, _MOST_BALANCE))
        if 0 < self.treasury < EXISTENTIAL:
            raise LocalError(f"expected 0, or at least the existential deposit {EXISTENTIAL}", argument="treasury")
        _check_balances(self.balances, treasury=TREASURY_ACCOUNT)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumerTable:
    """A consumer chain: a sibling with open channels to the bridge and back, both with the limits of ``channel``.

    ``queue`` says how much of a block goes into messages, and how many pages of them may wait for execution; further
    ones stay in the channel. In the blocks ``not_receiving`` it takes no messages: they wait. It takes every pulse that
    it is sent, as what runs today does, unless it ``checks_pulses``.
    """

    para_id: int
    channel: ChannelLimits = field(default_factory=ChannelLimits)
    queue: QueueLimits = field(default_factory=QueueLimits)
    not_receiving: tuple[int, ...] = ()
    checks_pulses: bool = False
    balances: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        set_field(self, "para_id", checked_int(self.para_id, "para_id", 0, MOST_PARAS))
        for number in self.not_receiving:
            checked_int(number, "not_receiving", 1, _MOST_BLOCKS)
        _check_balances(self.balances)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallTable:
    """A call in a block: who makes it (``origin``), which one (``call``), with which arguments.

    ``chain`` is the consumer that runs it, None for the bridge. ``source`` says by which way an unsigned call comes: it
    must pass the rule of the pool first; without it, or with another origin, the call is dispatched at once.
    """

    block: int
    origin: str
    call: str
    args: Mapping[str, Any] = field(default_factory=dict)
    chain: int | None = None
    source: str | None = None

    def __post_init__(self) -> None:
        set_field(self, "block", checked_int(self.block, "block", 1, _MOST_BLOCKS))
        origin_named(checked_text(self.origin, "origin"))
        checked_text(self.call, "call")
        if self.source is not None:
            checked_choice(self.source, "source", SOURCES)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainScenario:
    """A whole chain file: so many ``blocks`` from ``start_ms`` (UNIX milliseconds of block 1) on.

    ``drand`` is what the collators hear, where the bridge is to ``ingest``. ``backend`` is the one that the file is
    made for; whoever runs it may choose another. The same file gives the same journal.
    """

    name: str
    about: str
    blocks: int
    start_ms: int = 1_700_000_004_000
    backend: str | None = None
    bridge: BridgeTable = BridgeTable()
    drand: DrandTable | None = None
    consumers: tuple[ConsumerTable, ...] = field(default=(), metadata={"key": "consumer"})
    calls: tuple[CallTable, ...] = field(default=(), metadata={"key": "call"})

    @property
    def contracts(self) -> NamedContracts:
        """The contracts that the file makes, by their names; they are worked out whenever they are asked for."""
        found = self._no_contracts()
        for call in self.calls:
            if call.call == "Contracts.instantiate":
                args = arguments_of(call.call, self.bridge.mode, call.args, self.bridge.policy)
                found.add(self.chain_of(call), call.origin, args)
        return found

    def __post_init__(self) -> None:
        for key in ("name", "about"):
            if not checked_text(getattr(self, key), key).strip():
                raise LocalError("expected a text that says something", argument=key)
        set_field(self, "blocks", checked_int(self.blocks, "blocks", 1, _MOST_BLOCKS))
        if self.backend is not None:
            resolve(self.backend)
        latest = (1 << 63) - 1 - SLOT_MS * _MOST_BLOCKS
        set_field(self, "start_ms", checked_int(self.start_ms, "start_ms", 0, latest, what="UNIX milliseconds"))
        if self.drand is not None and not self.bridge.ingest:
            raise LocalError("nobody hears it: [bridge] has no ingest = true", argument="drand")
        self._check_consumers()
        contracts = self._no_contracts()
        for number, call in enumerate(self.calls, 1):
            self._check_call(number, call, contracts)

    def _no_contracts(self) -> NamedContracts:
        return NamedContracts(self.bridge.para_id, no_deposits=self.bridge.base_fees)

    def _check_consumers(self) -> None:
        seen = {self.bridge.para_id}
        for number, consumer in enumerate(self.consumers, 1):
            if consumer.para_id in seen:
                rule = f"another chain has the number {consumer.para_id} already"
                raise LocalError(rule, argument="para_id", within=("consumer", number))
            seen.add(consumer.para_id)

    def _check_call(self, number: int, call: CallTable, contracts: NamedContracts) -> None:
        place = ("call", number)
        known = {self.bridge.para_id, *(consumer.para_id for consumer in self.consumers)}
        if call.block > self.blocks:
            rule = f"there are {self.blocks} blocks, got block {call.block}"
            raise LocalError(rule, argument="block", within=place)
        if call.chain is not None and call.chain not in known:
            rule = f"no chain has this number; there are {', '.join(map(str, sorted(known)))}"
            raise LocalError(rule, argument="chain", within=place)
        try:
            check_call(
                call.call, self.bridge.mode, self.bridge.policy, consumer=self.chain_of(call) != self.bridge.para_id
            )
        except LocalError as error:
            raise error.inside(*place) from None
        try:
            args = arguments_of(call.call, self.bridge.mode, call.args, self.bridge.policy)
            if call.call == "Contracts.instantiate":
                contracts.add(self.chain_of(call), call.origin, args)
            call_made(call.call, args, contracts)
        except LocalError as error:
            raise error.inside(*place, "args") from None

    @property
    def delivers(self) -> bool:
        """Whether the chains send messages: the file has consumers, or a call about subscriptions."""
        return bool(self.consumers) or any(call.call.startswith("IdnManager.") for call in self.calls)

    @property
    def unit_weight(self) -> Weight:
        """What an instruction of a message weighs on the chains."""
        return UNIT_WEIGHT_WITH_PROOF if self.bridge.weigh_proof else UNIT_WEIGHT

    def time_of(self, block: int) -> int:
        """Return the UNIX milliseconds of a block."""
        return self.start_ms + SLOT_MS * (block - 1)

    def chain_of(self, call: CallTable) -> int:
        """Return the number of the chain that runs a call."""
        return self.bridge.para_id if call.chain is None else call.chain

    @classmethod
    def from_toml(cls, text: str | bytes, source: str | None = None) -> ChainScenario:
        """Return the chain file in a TOML text; raises `FormatError` with ``source``, line, key and what was expected.

        >>> ChainScenario.from_toml('name = "x"\\nabout = "y"\\nblocks = 3\\n[bridge]\\nmode = "sum"', "x.toml")
        Traceback (most recent call last):
        drandlab.errors.FormatError: x.toml, line 5, field "bridge.mode": expected one of accumulate, range, got 'sum'
        """
        return Document(text, source).read(cls)


def shipped_chains() -> list[str]:
    """Return the names of the chain files that come with drandlab.

    >>> "real-ranges" in shipped_chains()
    True
    """
    return shipped_names(_SHIPPED)


def load_chain(scenario: str | Path) -> ChainScenario:
    """Return the chain file of a shipped name, or in a file; raises `LocalError` where there is neither, `FormatError`.

    >>> load_chain("real-rangse")
    Traceback (most recent call last):
    drandlab.errors.LocalError: scenario 'real-rangse': no such file and ... did you mean "real-ranges"? ...
    """
    return ChainScenario.from_toml(*text_of(scenario, _SHIPPED, _LONGEST))
