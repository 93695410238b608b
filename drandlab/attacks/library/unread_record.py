"""A contract asks for its record before the first pulse, pays for the answer, and cannot read it.

The library writes the length of the answer into the callback before it knows the answer. It counts a record that says
when it was last delivered, four bytes more than one that does not yet: the call at the contract's chain ends early, and
is dropped there. The bridge has sent it, and was paid for it.
"""

from __future__ import annotations

from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter
from drandlab.attacks.library.contract_chains import CLIENTS, ContractChains
from drandlab.idn.pallets.balances import ADDRESS
from drandlab.idn.runtime.weights import WEIGHT
from drandlab.idn.xcm.instructions import Transact
from drandlab.idn.xcm_execution.trace import SentMessage
from drandlab.wire.scale import COMPACT_U128, Option, read_compact

__all__ = ["ATTACK"]

NUMBER = 4
"""Bytes of a block's number."""


def _theory(client: str, pulses: int) -> AttackOutcome:
    read = client == "mended" or pulses > 0
    return {"sent": 1, "missing": 0 if read else NUMBER, "read": int(read)}


def _measure(seed: int, *, client: str, pulses: int) -> AttackOutcome:
    chains = ContractChains(client, first=1 + seed % 1000)
    chains.call("create_subscription", credits=pulses + 5, frequency=1, metadata=None)
    chains.settle()
    chains.pulses(pulses)
    chains.settle()
    chains.call("request_sub_info", metadata=None)
    chains.settle()
    answers = [one for one in chains.bridge.notes(SentMessage)][pulses:]
    return {
        "sent": len(answers),
        "missing": sum(_missing(step.call) for one in answers for step in one.message if isinstance(step, Transact)),
        "read": len(chains.ask("get_sub_info_history")),
    }


def _missing(call: bytes) -> int:
    """How many bytes of data a call of a contract announces beyond those that it has."""
    _, at = ADDRESS.read(call, 2)
    _, at = COMPACT_U128.read(call, at)
    _, at = WEIGHT.read(call, at)
    _, at = Option(COMPACT_U128).read(call, at)
    announced, at = read_compact(call, at)
    return announced - (len(call) - at)


ATTACK = Attack(
    name="unread_record",
    about="A contract asks for its record too early: the answer is shorter than announced, and no call any more.",
    parameters={
        "client": AttackParameter("shipped", "the contract's library", choices=tuple(CLIENTS)),
        "pulses": AttackParameter(0, "pulses that came before it asks", low=0, high=20),
    },
    sources=("Ideal Network SDK, December 2025: idn-contracts",),
    remedy="Announce the length of the record as it is, or ask only after the first pulse.",
    theory=_theory,
    measure=_measure,
)
