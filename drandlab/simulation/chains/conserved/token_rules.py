r"""Tokens are conserved: what a chain counts as issued is what its accounts have, and changes by what is told.

With $I_n$ the issuance of a chain after block $n$, $F_n$ and $H_n$ what is free and held, $M_n$ and $T_n$ what came
into being and what went in it:

$$I_n = F_n + H_n, \qquad I_n = I_{n-1} + M_n - T_n, \qquad H_n \ge f_n + d_n,$$

where $f_n$ and $d_n$ are held for credits and deposits. A message brings no tokens: it withdraws what the chain that
executes it has, so the sum over all chains is conserved where each chain is.
"""

from __future__ import annotations

from drandlab.simulation.chains.chain_entries import ChainMoney
from drandlab.simulation.checkers.verdict import Base
from drandlab.simulation.journal import Entry
from drandlab.simulation.reading.reader import JournalReader, on

__all__ = ["TokensConserved"]


class TokensConserved(Base[JournalReader]):
    """No token appears or vanishes that the chain does not tell of."""

    def __init__(self) -> None:
        super().__init__("tokens")
        self._before: dict[int, ChainMoney] = {}

    @on(ChainMoney)
    def money(self, entry: Entry, what: ChainMoney, facts: JournalReader) -> None:
        """Add up a block."""
        self.checked += 1
        before = self._before.get(what.chain)
        self._before[what.chain] = what
        if said := _fault(what, before):
            self.blame(entry.time, None, f"chain {what.chain}, block {what.number}: {said}")


def _fault(what: ChainMoney, before: ChainMoney | None) -> str:
    if what.issuance != what.free + what.held:
        return f"{what.issuance} is issued, and the accounts have {what.free} free and {what.held} held"
    if what.held < what.fees + what.deposits:
        return f"{what.held} is held, and {what.fees} of it for credits and {what.deposits} for deposits"
    if before is not None and what.issuance != before.issuance + what.made - what.taken:
        return (
            f"{before.issuance} was issued, {what.made} came into being and {what.taken} went,"
            f" and {what.issuance} is issued now"
        )
    return ""
