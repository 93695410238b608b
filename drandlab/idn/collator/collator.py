"""One collator: what its machines do together. See `Collator`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from drandlab.beacon.beacon import Beacon
from drandlab.crypto.secrecy import HoldsSecrets
from drandlab.errors import DrandlabError, FormatError, LocalError, VerificationError
from drandlab.idn.collator.authoring import Turns, slot_at, time_of
from drandlab.idn.collator.block_import import BlockImport, block_of
from drandlab.idn.collator.block_tree import BlockTree
from drandlab.idn.collator.chain_rules import ChainRules
from drandlab.idn.collator.collator_effects import (
    BlockAuthored,
    BlockKept,
    CollatorEffect,
    EquivocationSeen,
    KeysLearned,
    MessageDeclined,
    Noted,
    SlotUnused,
    TellAll,
    TellOne,
    WakeAt,
)
from drandlab.idn.collator.collator_keys import CollatorKeys, PublicKeys
from drandlab.idn.collator.conduct import Conduct
from drandlab.idn.collator.finality import DELAY, Finality, KeptVotes
from drandlab.idn.collator.intake.gadget import Gadget, SubmissionWorker
from drandlab.idn.collator.intake.inherent_provider import InherentProvider
from drandlab.idn.collator.intake.pulse_queue import CAPACITIES, PulseQueue
from drandlab.idn.collator.intake.start_up import SILENCE, StartUp
from drandlab.idn.rand_beacon import INHERENT
from drandlab.idn.runtime.blocks import Block
from drandlab.idn.runtime.pool import TransactionPool
from drandlab.typing import Rng, Round, Seconds, checked_bytes, checked_int, checked_text

__all__ = ["Collator", "CollatorSettings", "KeptChain"]

KEYS_EVERY: Seconds = 10.0
"""Seconds after which a collator says its keys again, while it does not know those of all others."""

LONGEST_MESSAGE = 16 << 20

_TIME = b"timstap0"
"""The inherent with the author's time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CollatorSettings:
    """How a collator works.

    ``carrier`` is how pulses come on chain: ``extrinsic`` as today (gadget and worker), or by inherents as in one of
    the first designs: ``seed``, ``first``, ``second``. ``genesis_round`` is the round with which the bridge begins,
    for ``seed``. ``turn`` is the rule of turns (`Turns`); ``capacity`` that of the queue, ``verify`` its repair;
    ``silence`` the seconds without pulses before a redial; ``delay`` within how many seconds a message arrives.
    """

    carrier: str = "extrinsic"
    genesis_round: Round | None = None
    turn: str = "slot"
    capacity: int = CAPACITIES["today"]
    verify: Callable[[Beacon], bool] | None = None
    silence: Seconds = SILENCE
    delay: Seconds = DELAY


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptChain:
    """What the disk of a collator holds: its blocks above block 0 in order, up to which number they are final, votes.

    Blocks above the last final one are those of its best chain.
    """

    blocks: tuple[Block, ...] = ()
    final: int = 0
    votes: KeptVotes = KeptVotes()  # noqa: RUF009  # frozen


class Collator(HoldsSecrets):
    """One collator of the bridge, without input and output: each event comes in by a method, effects go out.

    ``index`` is its place among the authorities, ``keys`` its secrets; ``rules`` the runtime (`ChainRules`); ``rng``
    is where the witnesses of its seals come from; ``kept`` what its disk holds from before a restart; ``conduct`` what
    it does, `Conduct` unless it misbehaves. Times are UNIX seconds by the collator's own clock.

    Events: `start`, then `connected`, `subscribed`, `disconnected` and `pong` from the gossip network, `pulse` for each
    pulse, `receive` for each message of another collator, `tick` when a wished time has come (`WakeAt`; at any other
    time it does no harm). Nothing that comes from outside raises: what is refused is reported as `MessageDeclined`.
    """

    def __init__(
        self,
        index: int,
        keys: CollatorKeys,
        rules: ChainRules,
        rng: Rng,
        settings: CollatorSettings | None = None,
        *,
        kept: KeptChain | None = None,
        conduct: Conduct | None = None,
    ) -> None:
        self.settings = settings or CollatorSettings()
        self.rules, self.keys, self.rng = rules, keys, rng
        self.turns = Turns(tuple(rules.authorities), self.settings.turn)
        self.index = checked_int(index, "index", 0, len(self.turns.authorities) - 1)
        if self.turns.authorities[self.index] != keys.aura.public:
            raise LocalError("the key for Aura is not that of the authority", argument="keys")
        self.conduct = conduct or Conduct()
        self.tree = BlockTree(rules.genesis)
        self.imports = BlockImport(self.index, self.tree, rules, self.turns)
        self.start_up = StartUp(silence=self.settings.silence)
        self.queue = PulseQueue(self.settings.capacity, verify=self.settings.verify)
        self.pool = TransactionPool(rules)
        self.gadget, self.provider = None, None
        if self.settings.carrier == "extrinsic":
            worker = SubmissionWorker(rules, self.pool, lambda payload: keys.seal(payload, rng))
            self.gadget = Gadget(self.queue, rules, worker, conduct=self.conduct)
        else:
            round = self.settings.genesis_round
            self.provider = InherentProvider(self.queue, self.settings.carrier, genesis_round=round)
        kept = kept or KeptChain()
        for block in kept.blocks:
            self.imports.restore(block)
        if kept.final:
            at = self.tree.at(self.tree.best.hash, kept.final)
            if at is None:
                raise LocalError(f"block {kept.final} is final, but it is not among the blocks", argument="kept")
            self.tree.finalise(at.hash)
        self.finality = Finality(
            self.tree, keys, len(self.turns.authorities), delay=self.settings.delay, kept=kept.votes
        )
        self.peers: dict[int, PublicKeys] = {}
        self._own_keys = b""
        self._keys_sent: Seconds = 0.0
        self._answered: dict[int, Seconds] = {}
        self._last_slot = self.tree.best.slot

    # -- what is held -------------------------------------------------------------------------------------------------

    def kept(self) -> KeptChain:
        """Return what a disk must hold, so that a collator made from it goes on as this one."""
        blocks = self.tree.chain(self.tree.best.hash, 0, self.tree.best.number)
        return KeptChain(blocks=tuple(blocks), final=self.tree.final.number, votes=self.finality.kept())

    # -- the gossip network -------------------------------------------------------------------------------------------

    def start(self, now: Seconds) -> list[CollatorEffect]:
        """Begin: dial the relays. Nothing else is done before a connection and a subscription stand."""
        return self._out(self.start_up.start(now), now)

    def connected(self, now: Seconds) -> list[CollatorEffect]:
        """A connection to a gossip relay stands."""
        return self._out(self.start_up.connected(now), now)

    def subscribed(self, now: Seconds) -> list[CollatorEffect]:
        """The subscription to the topic stands; for the first time, that is when the consensus begins."""
        before = self.start_up.takes_part
        effects = self.start_up.subscribed(now)
        if self.start_up.takes_part and not before:
            self._own_keys = self.keys.announce(self.rules.genesis.hash, self.rng)
            effects += self._learn(PublicKeys.from_bytes(self._own_keys, self.rules.genesis.hash))
            self.finality.start(now)
            # who has lost its disk does not know whether it has made the block of this slot already
            self._last_slot = max(self._last_slot, slot_at(now))
            self._keys_sent = now
            effects.append(TellAll("collator keys", self._own_keys))
        return self._out(effects, now)

    def disconnected(self, now: Seconds) -> list[CollatorEffect]:
        """The last connection to a gossip relay broke."""
        return self._out(self.start_up.disconnected(now), now)

    def pong(self, now: Seconds) -> list[CollatorEffect]:
        """A gossip relay has answered a ping."""
        self.start_up.pong()
        return self._out([], now)

    def pulse(self, beacon: Beacon, now: Seconds) -> list[CollatorEffect]:
        """The gossip network has delivered a pulse."""
        effects = self.queue.put(beacon)
        self._heard(now)
        return self._out([*effects], now)

    def _heard(self, now: Seconds) -> None:
        if len(self.queue):
            self.start_up.heard(now)

    # -- other collators ----------------------------------------------------------------------------------------------

    def receive(self, sender: int, kind: str, data: bytes, now: Seconds) -> list[CollatorEffect]:
        """Take a message of another collator: one of `COLLATOR_MESSAGES`."""
        sender, kind = checked_int(sender, "sender"), checked_text(kind, "kind")
        data = checked_bytes(data, "data")
        about: list[bytes] = []
        try:
            effects = self._take(sender, kind, data, now, about)
        except DrandlabError as error:
            hash = about[-1] if about else b""
            declined = MessageDeclined(message=kind, sender=sender, code=error.code, why=str(error), hash=hash)
            return self._out([Noted(declined)], now)
        return self._out(effects, now)

    def _take(self, sender: int, kind: str, data: bytes, now: Seconds, about: list[bytes]) -> list[CollatorEffect]:
        if not 0 <= sender < len(self.turns.authorities) or sender == self.index:
            raise VerificationError(f"there is no other collator {sender}", code="no-collator")
        if len(data) > LONGEST_MESSAGE:
            raise FormatError(f"at most {LONGEST_MESSAGE} bytes, got {len(data)}", code="too-large")
        if not self.start_up.takes_part:
            raise VerificationError("the start of this collator is not over", code="not-started")
        if kind == "collator keys":
            return self._keys(sender, data, now)
        if kind == "block":
            block = block_of(data)
            about.append(block.hash)
            return self._after(self.imports.block(sender, block, now), now)
        if kind == "blocks":
            return self._after(self.imports.blocks(sender, data, now), now)
        if kind == "block request":
            return self.imports.answer(sender, data)
        if kind == "vote":
            vote, effects = self.finality.vote(sender, data, now)
            about.append(vote.hash)
            return self._after([*self.imports.want(sender, vote.hash, vote.number, now), *effects], now)
        if kind == "votes":
            votes, effects = self.finality.bundle(data, now)
            for vote in votes:
                effects += self.imports.want(sender, vote.hash, vote.number, now)
            return self._after(effects, now)
        raise FormatError(f"no message of collators is of kind {kind!r}", code="unknown-kind")

    def _keys(self, sender: int, data: bytes, now: Seconds) -> list[CollatorEffect]:
        keys = PublicKeys.from_bytes(data, self.rules.genesis.hash)
        if keys.aura not in self.turns.authorities:
            raise VerificationError("the key for Aura is on no list", code="no-collator")
        index = self.turns.authorities.index(keys.aura)
        before = self.peers.get(index)
        answer: list[CollatorEffect] = []
        if index != self.index and now >= self._answered.get(index, -KEYS_EVERY) + KEYS_EVERY / 2:
            # also who is known may have forgotten this collator's keys, in a restart
            self._answered[index] = now
            answer = [TellOne(index, "collator keys", self._own_keys)]
        if before is None:
            return [*answer, *self._learn(keys)]
        if before.votes != keys.votes:
            seen = EquivocationSeen(what="keys", by=index, at=0, first=before.votes, second=keys.votes)
            declined = MessageDeclined(
                message="collator keys",
                sender=sender,
                code="keys-changed",
                why=f"collator {index} has said another key",
            )
            return [Noted(seen), Noted(declined)]
        return answer

    def _learn(self, keys: PublicKeys) -> list[CollatorEffect]:
        index = self.turns.authorities.index(keys.aura)
        self.peers[index] = keys
        self.finality.learn(keys.votes, index)
        return [Noted(KeysLearned(index=index, aura=keys.aura, votes=keys.votes))]

    # -- time ---------------------------------------------------------------------------------------------------------

    def tick(self, now: Seconds) -> list[CollatorEffect]:
        """Look at the clock: make the block of a slot, vote, ask again for what did not come."""
        effects = self.start_up.tick(now, len(self.queue))
        if self.start_up.takes_part:
            effects += self._claim(now)
            if now >= self._keys_sent + KEYS_EVERY and len(self.peers) < len(self.turns.authorities):
                self._keys_sent = now
                effects.append(TellAll("collator keys", self._own_keys))
            effects += self.imports.tick(now)
            effects += self._after(self.finality.tick(now), now)
        return self._out(effects, now)

    def wake(self, now: Seconds) -> Seconds | None:
        """When this collator wants to look at the clock next, None for never."""
        times = [self.start_up.wake()]
        if self.start_up.takes_part:
            times += [time_of(max(self._last_slot, slot_at(now)) + 1), self.finality.wake(now), self.imports.wake()]
            if len(self.peers) < len(self.turns.authorities):
                times.append(self._keys_sent + KEYS_EVERY)
        return min((max(time, now) for time in times if time is not None), default=None)

    def _claim(self, now: Seconds) -> list[CollatorEffect]:
        """Make a block if it is this collator's turn."""
        slot = slot_at(now)
        if slot <= self._last_slot:
            return []
        self._last_slot = slot
        parent = self.tree.best
        if self.turns.author(slot=slot, number=parent.number + 1) != self.index:
            return []
        if slot <= parent.slot:
            return [Noted(SlotUnused(slot=slot, code="slot-order", why=f"the best block is of slot {parent.slot}"))]
        head = self.tree.best_head
        inherents = {_TIME: int(now * 1000 + 0.002).to_bytes(8, "little")}
        if self.provider is not None:
            chosen = self.provider.data(self.rules.next_round(head), self.rules.max_rounds(head), self.conduct.provide)
            if chosen is not None:
                inherents[INHERENT] = chosen
        try:
            built = self.rules.propose(head, slot, inherents, [one.encoded for one in self.pool.ready()])
        except DrandlabError as error:
            return [Noted(SlotUnused(slot=slot, code="propose", why=f"{error.code}: {error}"))]
        block, made = built.sealed(self.keys.seal(built.block.header.hash, self.rng))
        self.imports.own(block, made)
        report = BlockAuthored(
            number=made.number,
            slot=slot,
            hash=block.hash,
            parent=parent.hash,
            author=self.index,
            state_root=block.header.state_root,
            calls=self.rules.calls(block),
            size=len(block.encode()),
        )
        effects: list[CollatorEffect] = [Noted(report), BlockKept(block, made, built.outcomes, True)]
        effects.append(TellAll("block", block.encode()))
        self.pool.on_block(made, block.extrinsics)
        return self._after(effects, now)

    # -- what follows -------------------------------------------------------------------------------------------------

    def _after(self, effects: Iterable[CollatorEffect], now: Seconds) -> list[CollatorEffect]:
        """What a change of the tree leads to: votes, final blocks, a submission."""
        found, final = list(effects), self.imports.final_before
        best = self.tree.best
        if best.hash != self.imports.best_before:
            self.imports.best_before = best.hash
            self.pool.on_block(self.tree.best_head, best.block.extrinsics if best.block is not None else ())
        found += self.finality.progress(now)
        if self.tree.final.number > final:
            self.imports.final_before = self.tree.final.number
            self._heard(now)
            if self.gadget is not None:
                found += self.gadget.finalised(self.tree.best_head)
            elif self.settings.carrier == "seed" and self.tree.final.head is not None:
                self.queue.forget(self.rules.next_round(self.tree.final.head) or 0)
        return found

    def _out(self, effects: list[CollatorEffect], now: Seconds) -> list[CollatorEffect]:
        """The effects as the collator's conduct lets them out, and when to wake."""
        sent = [one for effect in effects for one in self.conduct.sends(self, effect)]
        wake = self.wake(now)
        return [*sent, WakeAt(wake)] if wake is not None else sent

    def __repr__(self) -> str:
        best, final = self.tree.best.number, self.tree.final.number
        return f"<Collator {self.index}, {self.start_up.step}, best block {best}, final {final}>"
