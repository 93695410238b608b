r"""Tokens are conserved: what a chain counts as issued is what its accounts have, and changes by what is told.

With $I_n$ the issuance of a chain after block $n$, $F_n$ and $H_n$ what is free and held, $M_n$ and $T_n$ what came
into being and what went in it:

$$I_n = F_n + H_n, \qquad I_n = I_{n-1} + M_n - T_n, \qquad H_n \ge f_n + d_n,$$

where $f_n$ and $d_n$ are held for credits and deposits. A message brings no tokens: it withdraws what the chain that
executes it has, so the sum over all chains is conserved where each chain is. With $W$ withdrawn by the messages of a
block and $C$ claimed from traps, $D$ deposited, $X$ trapped and $S$ spent, of which $G$ was given to somebody:

$$W + C = D + X + S, \qquad M = D + G, \qquad T = W + P + U,$$

where $P$ is what accounts paid for sending, no less than the prices of the messages that they sent, and $U$ is dust.
Nothing comes out of a trap that did not go in. What accounts and traps have is told by events, what a message does by
the executor.
"""

from __future__ import annotations

from drandlab.simulation.chains.chain_entries import ChainMoney, XcmSent
from drandlab.simulation.checkers.verdict import Base
from drandlab.simulation.journal import Entry
from drandlab.simulation.reading.reader import JournalReader, on

__all__ = ["TokensConserved"]


class TokensConserved(Base[JournalReader]):
    """No token appears or vanishes that the chain does not tell of."""

    def __init__(self) -> None:
        super().__init__("tokens")
        self._before: dict[int, ChainMoney] = {}
        self._prices: dict[int, int] = {}
        self._trapped: dict[int, int] = {}

    @on(XcmSent)
    def sent(self, entry: Entry, what: XcmSent, facts: JournalReader) -> None:
        """Note what an account has paid for sending; what the executor sends, messages pay for."""
        if what.sender:
            self._prices[what.chain] = self._prices.get(what.chain, 0) + what.price

    @on(ChainMoney)
    def money(self, entry: Entry, what: ChainMoney, facts: JournalReader) -> None:
        """Add up a block."""
        self.checked += 1
        before = self._before.get(what.chain)
        self._before[what.chain] = what
        prices, trapped = self._prices.pop(what.chain, 0), self._trapped.get(what.chain, 0)
        self._trapped[what.chain] = trapped + what.trapped - what.claimed
        for said in filter(None, (_fault(what, before), _moved(what, prices), _claimed(what, trapped))):
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


def _moved(what: ChainMoney, prices: int) -> str:
    if what.withdrawn + what.claimed != what.deposited + what.trapped + what.spent:
        return (
            f"messages have withdrawn {what.withdrawn} and claimed {what.claimed}, and of it {what.deposited} was"
            f" deposited, {what.trapped} trapped and {what.spent} spent"
        )
    if what.made != what.deposited + what.given:
        return f"{what.made} came into being, messages have deposited {what.deposited} and given {what.given}"
    if what.taken != what.withdrawn + what.sending + what.dust:
        return (
            f"{what.taken} went, messages have withdrawn {what.withdrawn}, {what.sending} was paid for sending,"
            f" {what.dust} was dust"
        )
    if what.sending < prices:
        return f"{what.sending} was paid for sending, the messages that were sent cost {prices}"
    return ""


def _claimed(what: ChainMoney, trapped: int) -> str:
    if what.claimed > trapped + what.trapped:
        return f"{what.claimed} was claimed, and {trapped + what.trapped} was trapped"
    return ""
