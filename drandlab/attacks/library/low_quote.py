"""The library quotes a record whose call is one byte shorter than the real one: the deposit turns out dearer.

A callback announces the length of its data in compact form. The library asks for the quote with a callback of no
arguments, whose length takes one byte, and creates the subscription with one of 96 bytes, whose length takes two.
"""

from __future__ import annotations

from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter
from drandlab.attacks.library.contract_chains import CLIENTS, ContractChains
from drandlab.idn.subscriptions.holdings import DEPOSIT

__all__ = ["ATTACK"]

BYTE, RECORD = 100, 153
"""Planck for a byte of a record, and the bytes of one without metadata whose call has 51 bytes."""


def _theory(client: str, metadata: int) -> AttackOutcome:
    length = RECORD + (metadata + 1 if metadata else 0)
    quoted = length + (client == "mended")
    return {"quoted": BYTE * quoted, "held": BYTE * (length + 1), "short": BYTE * (length + 1 - quoted)}


def _measure(seed: int, *, client: str, metadata: int) -> AttackOutcome:
    chains = ContractChains(client, first=1 + seed % 1000)
    noted = bytes(metadata) if metadata else None
    chains.call("request_quote", number_of_pulses=10, frequency=2, metadata=noted, sub_id=bytes(31) + b"C")
    chains.settle()
    chains.call("create_subscription", credits=30, frequency=2, metadata=noted)
    chains.settle()
    [quote] = chains.ask("get_quote_history")
    held = chains.bridge.balances.held(chains.bridge.storage, chains.contract, DEPOSIT)
    return {"quoted": quote.deposit, "held": held, "short": held - quote.deposit}


ATTACK = Attack(
    name="low_quote",
    about="A contract that sets aside what it was quoted lacks a hundred planck of the deposit.",
    parameters={
        "client": AttackParameter("shipped", "the contract's library", choices=tuple(CLIENTS)),
        "metadata": AttackParameter(0, "bytes of metadata, 0 for none", low=0, high=8),
    },
    sources=("Ideal Network SDK, December 2025: idn-contracts, pallet-idn-manager",),
    remedy="Ask for the quote with the callback that the subscription will have.",
    theory=_theory,
    measure=_measure,
)
