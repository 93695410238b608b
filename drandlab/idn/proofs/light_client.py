r"""A light client: it knows the collators' keys, follows final headers, and believes a proof against one of them.

A header is final when more than two thirds of the collators have precommitted, in one round of voting, to its block or
to one after it; the headers in between are then part of the justification. With $n$ collators of which
$f = \lfloor (n - 1) / 3 \rfloor$ may lie, $n - f$ votes are needed. The client keeps one header, no blocks, no state.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from drandlab.errors import LocalError, VerificationError
from drandlab.idn.collator.collator_keys import vote_holds
from drandlab.idn.collator.votes import PRECOMMIT, Vote
from drandlab.idn.proofs.round_proof import NotObserved, Observed, RoundProof, check_round
from drandlab.idn.runtime.blocks import Header
from drandlab.typing import checked_bytes

__all__ = ["LIGHT_CLIENT_CODES", "LightClient"]

LIGHT_CLIENT_CODES: Mapping[str, str] = {
    "no-header": "the client has no final header yet",
    "header-past": "the header is not above the one that the client has",
    "vote-stage": "a vote that is no precommit, or of another round than the others",
    "vote-stranger": "a vote of somebody who is no collator",
    "vote-twice": "two votes of one collator",
    "vote-forged": "the signature of a vote does not verify",
    "vote-elsewhere": "a vote for a block that is not shown to come after the header",
    "votes-few": "fewer votes than decide",
}
"""The codes of headers that a light client does not take."""


class LightClient:
    """Follows a chain whose collators have these ed25519 keys.

    >>> client = LightClient([bytes([number]) * 32 for number in range(4)])
    >>> client, client.threshold
    (<LightClient of 4 collators, no header yet>, 3)
    """

    def __init__(self, voters: Sequence[bytes]) -> None:
        self.voters = tuple(checked_bytes(key, "voters", 32) for key in voters)
        if not self.voters or len(set(self.voters)) != len(self.voters):
            raise LocalError("expected the different keys of one collator at least", argument="voters")
        self.header: Header | None = None

    def __repr__(self) -> str:
        known = "no header yet" if self.header is None else f"header {self.header.number}"
        return f"<LightClient of {len(self.voters)} collators, {known}>"

    @property
    def threshold(self) -> int:
        """How many votes decide."""
        return len(self.voters) - (len(self.voters) - 1) // 3

    def take(self, header: Header, votes: Iterable[Vote], after: Iterable[Header] = ()) -> None:
        """Take a header with the votes that make it final; ``after`` has the headers from it to what was voted for.

        Raises `VerificationError` with a code of `LIGHT_CLIENT_CODES`; the client's header is as it was then.
        """
        if self.header is not None and header.number <= self.header.number:
            raise _refused(code="header-past")
        descends = {header.hash: header.number}
        for one in sorted(after, key=lambda one: one.number):
            if descends.get(one.parent_hash) == one.number - 1:
                descends[one.hash] = one.number
        heard: set[bytes] = set()
        rounds: set[int] = set()
        for vote in votes:
            rounds.add(vote.round)
            if vote.stage != PRECOMMIT or len(rounds) > 1:
                raise _refused(code="vote-stage")
            if vote.voter not in self.voters:
                raise _refused(code="vote-stranger")
            if vote.voter in heard:
                raise _refused(code="vote-twice")
            if descends.get(vote.hash) != vote.number:
                raise _refused(code="vote-elsewhere")
            if not vote_holds(vote.voter, vote.signed, vote.signature):
                raise _refused(code="vote-forged")
            heard.add(vote.voter)
        if len(heard) < self.threshold:
            raise _refused(code="votes-few")
        self.header = header

    def check(self, proof: RoundProof) -> Observed | NotObserved:
        """Return what a proof shows of its round in the state after the client's header.

        Raises `VerificationError` for a proof that shows nothing, and while there is no header.
        """
        if self.header is None:
            raise _refused(code="no-header")
        return check_round(self.header, proof)


def _refused(*, code: str) -> VerificationError:
    return VerificationError(LIGHT_CLIENT_CODES[code], code=code)
