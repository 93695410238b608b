"""What a collator wants done, what it reports of itself, the kinds of its messages, and the codes of its refusals.

Whoever drives a collator carries the effects out, in order. Collators are named by their indices, from 0: the places of
their keys in the list of authorities. Reports are for whoever watches; no machine reads them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

from drandlab.idn.runtime.blocks import Block
from drandlab.idn.runtime.outcomes import Head, StepOutcome
from drandlab.records import Record
from drandlab.typing import Round, Seconds

__all__ = [
    "COLLATOR_CODES",
    "COLLATOR_MESSAGES",
    "COLLATOR_REPORTS",
    "BlockAuthored",
    "BlockKept",
    "BlockTaken",
    "CollatorEffect",
    "ConnectionRenewed",
    "DialRelays",
    "EquivocationSeen",
    "FinalityReached",
    "KeysLearned",
    "MessageDeclined",
    "Noted",
    "PingRelays",
    "PulseLost",
    "PulseQueued",
    "PulseSubmitted",
    "SlotUnused",
    "StepReached",
    "SubmissionMissed",
    "SubscribePulses",
    "TellAll",
    "TellOne",
    "VoteSent",
    "WakeAt",
]

COLLATOR_MESSAGES: Mapping[str, str] = MappingProxyType(
    {
        "collator keys": "the two public keys of a collator, signed by both",
        "block": "a block that its author has just made",
        "vote": "one vote on what is final",
        "votes": "the votes of a round of voting that is over, for a collator that has fallen behind",
        "block request": "the wish for a block and those before it, down to what the sender holds for final",
        "blocks": "the answer: blocks in order",
    }
)
"""The kinds of messages between collators and what they are."""

COLLATOR_CODES: Mapping[str, str] = MappingProxyType(
    {
        # any message
        "unknown-kind": "no message of collators is of this kind",
        "no-collator": "it comes from nobody on the list of authorities",
        "too-large": "longer than a message of its kind may be",
        "unasked": "an answer that was not asked for",
        # keys
        "keys-signature": "one of the two signatures of the keys does not verify",
        "keys-changed": "the collator has said other keys before",
        # blocks
        "not-started": "this collator does not take part in the consensus yet",
        "no-slot": "the header names no slot, or it cannot be read",
        "slot-order": "the slot does not come after that of the parent",
        "future": "the slot has not begun by this collator's clock",
        "no-seal": "the last item of the header is no seal of Aura",
        "seal": "the seal is not that of the author whose turn it is",
        "known": "it is known already",
        "stale": "it is beside the chain that is final",
        "no-parent": "its parent is not known, and no room is left to keep it",
        "propose": "the runtime did not make a block",
        # votes
        "no-keys": "nobody has said the key that signs it",
        "vote-signature": "the signature of the vote does not verify",
        "past-round": "a vote of a round that is over",
        "far-round": "a vote of a round that is far ahead",
        "mixed-rounds": "the votes of an answer are of several rounds",
        # pulses
        "queue-full": "the queue was full, and the oldest pulse made room",
        "not-newest": "it was taken from the queue together with a newer one, and only the newest is submitted",
        "old-round": "the chain has gone past its round",
        "pulse-invalid": "its signature is not that of the round",
        "pulse-repeated": "a pulse of its round is in the queue",
        # submissions
        "once-a-block": "a pulse was submitted for this block already, and this one is lost without a word",
        "no-aura-key": "the keystore holds no key for Aura",
        "signing": "the keystore did not sign",
        "build": "the runtime did not build the extrinsic",
        "withheld": "a collator that misbehaves did not submit it",
        # connections
        "no-pulses": "nothing was in the queue for too long",
        "no-pong": "the relays did not answer a ping in time",
    }
)
"""The codes of a collator's refusals and losses, beside those of the runtime and `drandlab.errors.CODES`."""


# -- effects ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TellAll:
    """Send a message to every other collator."""

    kind: str
    data: bytes


@dataclass(frozen=True, slots=True)
class TellOne:
    """Send a message to one collator, by its index."""

    to: int
    kind: str
    data: bytes


@dataclass(frozen=True, slots=True)
class WakeAt:
    """Call ``tick`` at this time, in UNIX seconds; it takes the place of the one wished before."""

    at: Seconds


@dataclass(frozen=True, slots=True)
class DialRelays:
    """Dial the gossip relays, and call ``connected`` once a connection stands; connections from before are closed."""


@dataclass(frozen=True, slots=True)
class SubscribePulses:
    """Subscribe to the topic of the pulses, and call ``subscribed`` once that is done."""


@dataclass(frozen=True, slots=True)
class PingRelays:
    """Ping the gossip relays, and call ``pong`` when one answers."""


@dataclass(frozen=True, slots=True)
class BlockKept:
    """A block was made (``own``) or executed, and is part of the tree: for whoever reads outcomes and state."""

    block: Block
    head: Head
    outcomes: tuple[StepOutcome, ...]
    own: bool


@dataclass(frozen=True, slots=True)
class Noted:
    """Tell whoever watches the collator what has happened: one of `COLLATOR_REPORTS`."""

    what: Record


CollatorEffect: TypeAlias = TellAll | TellOne | WakeAt | DialRelays | SubscribePulses | PingRelays | BlockKept | Noted


# -- reports ----------------------------------------------------------------------------------------------------------


class StepReached(Record, kind="collator step"):
    """The collator has come to a ``step`` of its start: one of `drandlab.idn.collator.intake.start_up.STEPS`."""

    step: str


class ConnectionRenewed(Record, kind="collator redial"):
    """The collator gives its connections up and dials again; ``code`` says why."""

    code: str


class KeysLearned(Record, kind="collator keys known"):
    """The collator knows the keys of the collator ``index``: ``aura`` for seals, ``votes`` for votes."""

    index: int
    aura: bytes
    votes: bytes


class PulseQueued(Record, kind="pulse queued"):
    """A pulse of ``round`` came and is in the queue, which holds ``held`` of them now."""

    round: Round
    signature: bytes
    held: int


class PulseLost(Record, kind="pulse lost"):
    """A pulse will not be submitted by this collator; ``code`` says why."""

    round: Round
    code: str


class PulseSubmitted(Record, kind="pulse submitted"):
    """The collator's pool holds a submission of the rounds ``start`` to ``end``, made on top of block ``number``."""

    number: int
    start: Round
    end: Round


class SubmissionMissed(Record, kind="submission missed"):
    """A submission of the rounds ``start`` to ``end`` was not made, or the pool gave it up; ``code`` says why."""

    number: int
    start: Round
    end: Round
    code: str


class BlockAuthored(Record, kind="block authored"):
    """The collator has made block ``number``, in its own slot; ``size`` in bytes, ``calls`` as ``Pallet.name``."""

    number: int
    slot: int
    hash: bytes
    parent: bytes
    author: int
    state_root: bytes
    calls: tuple[str, ...] = ()
    size: int = 0


class SlotUnused(Record, kind="slot unused"):
    """It was the collator's turn, and it made no block; ``code`` says why."""

    slot: int
    code: str
    why: str = ""


class BlockTaken(Record, kind="block taken"):
    """The collator has executed the block of another, and keeps it; ``best`` is whether its best chain ends there."""

    number: int
    slot: int
    hash: bytes
    parent: bytes
    author: int
    best: bool


class MessageDeclined(Record, kind="message declined"):
    """A message of kind ``message`` from the collator ``sender`` was refused; ``code`` is the reason, ``why`` says it.

    ``hash`` names the block that it is about, where there is one.
    """

    message: str
    sender: int
    code: str
    why: str
    hash: bytes = b""


class EquivocationSeen(Record, kind="equivocation seen"):
    """The collator ``by`` has said two things where one may be said.

    ``what`` is ``block`` (two blocks in one slot), ``prevote`` or ``precommit`` (two votes in one round) or ``keys``;
    ``at`` the slot or the round, ``first`` and ``second`` the hashes or keys.
    """

    what: str
    by: int
    at: int
    first: bytes
    second: bytes


class VoteSent(Record, kind="vote sent"):
    """The collator has voted in a ``round`` of voting, in its ``stage``, for this block and all before it."""

    round: int
    stage: str
    number: int
    hash: bytes


class FinalityReached(Record, kind="final"):
    """The collator holds this block for final, and with it all before it; a ``round`` of voting has decided it."""

    number: int
    hash: bytes
    round: int


COLLATOR_REPORTS: tuple[type[Record], ...] = (
    StepReached,
    ConnectionRenewed,
    KeysLearned,
    PulseQueued,
    PulseLost,
    PulseSubmitted,
    SubmissionMissed,
    BlockAuthored,
    SlotUnused,
    BlockTaken,
    MessageDeclined,
    EquivocationSeen,
    VoteSent,
    FinalityReached,
)
"""Every kind of report of a collator."""
