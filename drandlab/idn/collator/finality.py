"""Finality: collators vote in rounds, and a block for which enough precommits stand is finalised, with all before it.

In each round a voter first *prevotes* for the end of its best chain. From the prevotes of enough voters follows the
highest block that all of them want; for that one it *precommits*. A block with enough precommits is final. The next
round begins when it is clear which block the round has made final at most (`RoundVotes.completable`), and prevotes are
then for chains that hold that block. So two final blocks never exclude each other while fewer than a third of the
voters lie, whatever the network does. Where messages arrive in time, forks end as soon as one branch is the longest.

A round begins to wait when the one before ends: two delays until the prevote, four until the precommit, unless all is
clear before. Nobody votes while there is nothing new to make final. Votes are repeated while a round is not over. Who
votes in a round that is over elsewhere is sent the votes of the last one that is, and goes on from there.

Source: Stewart and Kokoris-Kogias, "GRANDPA: a Byzantine finality gadget", 2020, section 3.
"""

from __future__ import annotations

from dataclasses import dataclass

from drandlab.errors import VerificationError
from drandlab.idn.collator.block_tree import BlockTree, TreeBlock
from drandlab.idn.collator.collator_effects import (
    CollatorEffect,
    EquivocationSeen,
    FinalityReached,
    Noted,
    TellAll,
    TellOne,
    VoteSent,
)
from drandlab.idn.collator.collator_keys import CollatorKeys, vote_holds
from drandlab.idn.collator.votes import (
    PRECOMMIT,
    PREVOTE,
    STAGES,
    RoundVotes,
    Vote,
    decode_votes,
    encode_votes,
    vote_message,
    vote_of,
)
from drandlab.typing import Seconds, checked_bytes

__all__ = ["Finality", "KeptVotes"]

DELAY: Seconds = 1.0
"""Seconds within which a message is expected to arrive: T of the paper."""

REPEAT: Seconds = 4.0
"""Seconds after which votes of a round that is not over are sent again."""

AHEAD = 16
"""How many rounds ahead of its own a voter keeps single votes."""


@dataclass(frozen=True, slots=True)
class KeptVotes:
    """What a voter must find again after a restart: its ``round``, and the votes that it has cast or seen."""

    round: int = 1
    estimate: bytes = b""
    votes: tuple[Vote, ...] = ()


class Finality:
    """The voting of one collator; ``voters`` is how many there are, and their keys are told with `learn`.

    ``delay`` is within how many seconds a message arrives.
    """

    def __init__(
        self,
        tree: BlockTree,
        keys: CollatorKeys,
        voters: int,
        *,
        delay: Seconds = DELAY,
        kept: KeptVotes | None = None,
    ) -> None:
        self.tree, self.keys, self.voters, self.delay = tree, keys, voters, delay
        self.known: dict[bytes, int] = {}
        kept = kept or KeptVotes()
        self.round, self._estimate = kept.round, kept.estimate
        self.rounds: dict[int, RoundVotes] = {}
        for vote in kept.votes:
            self._votes_of(vote.round).add(vote)
        self._began: Seconds = 0.0
        self._sent: Seconds = 0.0
        self._answered: dict[int, Seconds] = {}

    def learn(self, key: bytes, index: int) -> None:
        """Take votes of this ed25519 key as those of the collator ``index``."""
        self.known[key] = index

    def start(self, now: Seconds) -> None:
        """Begin to wait in the first round."""
        self._began = now

    def kept(self) -> KeptVotes:
        """Return what must survive a restart."""
        votes = tuple(vote for votes in self.rounds.values() for vote in votes.all())
        return KeptVotes(self.round, self._estimate, votes)

    # -- votes of others ----------------------------------------------------------------------------------------------

    def vote(self, sender: int, data: bytes, now: Seconds) -> tuple[Vote, list[CollatorEffect]]:
        """Take one vote; raises an error of the family with a code for one that is refused."""
        vote = vote_of(checked_bytes(data, "data"))
        self._check(vote)
        if vote.round < self.round:
            return vote, self._past(sender, vote, now)
        if vote.round > self.round + AHEAD:
            raise VerificationError(f"round {vote.round} is far ahead of round {self.round}", code="far-round")
        return vote, [*self._count(vote), *self.progress(now)]

    def bundle(self, data: bytes, now: Seconds) -> tuple[tuple[Vote, ...], list[CollatorEffect]]:
        """Take the votes of a whole round, as `Finality` sends them to who has fallen behind."""
        votes = decode_votes(data, 8 * self.voters)
        # the last of them may be of the round after, so that one that lost its memory hears its own votes again
        first = votes[0].round
        if any(vote.round not in (first, first + 1) for vote in votes):
            raise VerificationError("they are of several rounds", code="mixed-rounds")
        # one whose key is not known here is passed over: the others count all the same
        votes = tuple(vote for vote in votes if vote.voter in self.known) or votes
        for vote in votes:
            self._check(vote)
        if first + 1 < self.round:
            raise VerificationError(f"round {first} is over, this is round {self.round}", code="past-round")
        effects: list[CollatorEffect] = []
        for vote in votes:
            if vote.round >= self.round:
                effects += self._count(vote)
        return votes, [*effects, *self.progress(now)]

    def _past(self, sender: int, vote: Vote, now: Seconds) -> list[CollatorEffect]:
        """A vote of a round that is over: late, or of one that has fallen behind and is told how the round went."""
        last = self.rounds.get(self.round - 1)
        if vote.round == self.round - 1 and last is not None and not last.holds(vote):
            return self._count(vote)
        behind = self._answer(sender, vote.round, now)
        if not behind:
            raise VerificationError(f"round {vote.round} is over, this is round {self.round}", code="past-round")
        return behind

    def _check(self, vote: Vote) -> None:
        if vote.voter not in self.known:
            raise VerificationError("no collator has said that this key is its own", code="no-keys")
        if not vote_holds(vote.voter, vote.signed, vote.signature):
            raise VerificationError("its signature does not verify", code="vote-signature")

    def _count(self, vote: Vote) -> list[CollatorEffect]:
        other = self._votes_of(vote.round).add(vote)
        if other is None:
            return []
        index = self.known.get(vote.voter, -1)
        seen = EquivocationSeen(what=STAGES[vote.stage], by=index, at=vote.round, first=other.hash, second=vote.hash)
        return [Noted(seen)]

    def _votes_of(self, round: int) -> RoundVotes:
        if round not in self.rounds:
            self.rounds[round] = RoundVotes(self.voters, self.tree)
        return self.rounds[round]

    def _answer(self, sender: int, round: int, now: Seconds) -> list[CollatorEffect]:
        """What one is sent that still votes in a round that is over here; not again at once.

        A vote of the round before that comes soon after its end was on its way: its sender knows of the end by now.
        """
        last = self.rounds.get(self.round - 1)
        if last is None or now < self._answered.get(sender, -REPEAT) + REPEAT:
            return []
        if round == self.round - 1 and now < self._began + 2 * self.delay:
            return []
        self._answered[sender] = now
        current = self.rounds.get(self.round)
        votes = last.all() + (current.all() if current is not None else [])
        return [TellOne(sender, "votes", encode_votes(votes))]

    # -- own votes ----------------------------------------------------------------------------------------------------

    def progress(self, now: Seconds) -> list[CollatorEffect]:
        """Do all that can be done now: make blocks final, end rounds, vote."""
        effects: list[CollatorEffect] = []
        while True:
            effects += self._finalise()
            over = max((r for r, votes in self.rounds.items() if r >= self.round and votes.completable()), default=0)
            if over:
                self._begin_after(over, now)
                continue
            cast = self._vote(now)
            if not cast:
                return effects
            effects += cast

    def tick(self, now: Seconds) -> list[CollatorEffect]:
        """Look at the clock."""
        effects = self.progress(now)
        mine = self._mine()
        if mine and now >= self._sent + REPEAT:
            self._sent = now
            effects += [TellAll("vote", vote.to_bytes()) for vote in mine]
        return effects

    def wake(self, now: Seconds) -> Seconds | None:
        """When to look at the clock next; None while nothing is waited for."""
        times = [self._sent + REPEAT] if self._mine() else []
        if self._wanted().number > self.tree.final.number:
            times += [self._began + 2 * self.delay, self._began + 4 * self.delay]
        return min((time for time in times if time > now), default=None)

    def _mine(self) -> list[Vote]:
        votes = self.rounds.get(self.round)
        return [] if votes is None else [one for stage in votes.cast for one in stage.get(self.keys.votes, ())]

    def _finalise(self) -> list[CollatorEffect]:
        effects: list[CollatorEffect] = []
        for round in sorted(self.rounds):
            block = self.rounds[round].supported(PRECOMMIT)
            if block is not None and block.number > self.tree.final.number:
                self.tree.finalise(block.hash)
                effects.append(Noted(FinalityReached(number=block.number, hash=block.hash, round=round)))
        return effects

    def _begin_after(self, over: int, now: Seconds) -> None:
        estimate = self.rounds[over].estimate()
        assert estimate is not None
        self.round, self._estimate, self._began = over + 1, estimate.hash, now
        for old in [round for round in self.rounds if round < over]:
            del self.rounds[old]

    def _floor(self) -> TreeBlock:
        """The block that every vote must hold: what the last round may have made final, or what is final."""
        estimate, final = self.tree.get(self._estimate), self.tree.final
        return final if estimate is None or estimate.number < final.number else estimate

    def _wanted(self) -> TreeBlock:
        return self.tree.best_after(self._floor().hash)

    def _vote(self, now: Seconds) -> list[CollatorEffect]:
        votes = self._votes_of(self.round)
        me = self.keys.votes
        if me not in votes.cast[PREVOTE]:
            if now >= self._began + 2 * self.delay:
                wanted = self._wanted()
                if wanted.number > self.tree.final.number:
                    return self._cast(PREVOTE, wanted, now)
        elif me not in votes.cast[PRECOMMIT] and now >= self._began + 4 * self.delay:
            block = votes.supported(PREVOTE)
            if block is not None and self.tree.descends(block.hash, self._floor().hash):
                return self._cast(PRECOMMIT, block, now)
        return []

    def _cast(self, stage: int, block: TreeBlock, now: Seconds) -> list[CollatorEffect]:
        signature = self.keys.vote(vote_message(stage, block.hash, block.number, self.round))
        vote = Vote(stage, block.hash, block.number, self.round, self.keys.votes, signature)
        self._votes_of(self.round).add(vote)
        self._sent = now
        sent = VoteSent(round=self.round, stage=STAGES[stage], number=block.number, hash=block.hash)
        return [TellAll("vote", vote.to_bytes()), Noted(sent)]
