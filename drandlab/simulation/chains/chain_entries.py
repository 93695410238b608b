"""What the journal says of a chain file: the chains, each call of their blocks, and each block when it is done.

Entries belong to the world, not to a node; ``chain`` is the number of the parachain that they are of, ``number`` that
of its block. Other runs write none of these. Files without consumer chains and without subscriptions write the first
three kinds alone.

The way of a message is told by `XcmSent` (in a block of the chain that sends it), `XcmArrived` and `XcmExecuted` (in
later blocks of the chain that it is for), which share its ``id``: its topic. In the execution of one that is refused
before its first instruction ``id`` is the hash of its bytes, blake2-256, since nobody has read a topic.

The entries of a block stand in this order: messages that arrived, each with its execution; calls; what was sent;
subscriptions; money; weight; the block itself. Those about channels come when all chains have made their blocks of a
number.
"""

from __future__ import annotations

from collections.abc import Mapping

from drandlab.records import Json, Record
from drandlab.typing import Round

__all__ = [
    "CHAIN_FILE_ENTRIES",
    "BlockWeighed",
    "CallDispatched",
    "ChainBlockEnded",
    "ChainFileBegan",
    "ChainMoney",
    "ChannelSeen",
    "DkgBehindBridge",
    "SubscriptionsSeen",
    "XcmArrived",
    "XcmExecuted",
    "XcmSent",
]


class ChainFileBegan(Record, kind="chain file"):
    """The first entry: the bridge ``chain`` in its ``mode`` and ``policy``, its collators, and the ``consumers``.

    ``without`` are the defects that are taken out of the policy. With ``base_fees`` the bridge's sovereign account pays
    for deliveries.
    ``begins`` is the state root of block 0 of the bridge, ``genesis_hash`` its hash; ``backend`` is the curve, or
    glass.
    """

    scenario: str
    chain: int
    mode: str
    policy: str
    collators: tuple[str, ...]
    consumers: tuple[int, ...]
    max_pulses: int
    backend: str
    genesis_hash: bytes
    begins: bytes
    without: tuple[str, ...] = ()
    base_fees: bool = False


class CallDispatched(Record, kind="chain call"):
    """A call has run in block ``number``; ``error`` is None, or the bare name of the error, or of the pool's refusal.

    ``events`` are those that it deposited. ``before`` and ``after`` are the state roots around it.
    """

    chain: int
    number: int
    call: str
    origin: str
    error: str | None
    events: tuple[Mapping[str, Json], ...]
    before: bytes
    after: bytes


class ChainBlockEnded(Record, kind="chain block"):
    """A block is done: its header, its hooks' ``events``, and what the beacon pallet stores then.

    ``hash`` is that of the header with its ``seal``, ``sealed`` that of the header without it, which the author signs;
    ``digest`` are the items before the seal. ``key`` is the beacon's, ``begin`` the genesis round, ``next_round`` the
    next one expected. ``asig`` is the sum that was accepted last; ``signature`` and ``message`` are the running pair,
    or ``signature``, ``start`` and ``end`` the newest range. ``random`` is the block's randomness for no subject.
    ``balances`` are those of the accounts that the file names.
    """

    chain: int
    number: int
    slot: int
    author: str
    hash: bytes
    parent: bytes
    balances: Mapping[str, Json]
    sealed: bytes = b""
    seal: bytes = b""
    state_root: bytes = b""
    digest: tuple[bytes, ...] = ()
    events: tuple[Mapping[str, Json], ...] = ()
    key: bytes = b""
    begin: Round | None = None
    next_round: Round | None = None
    asig: bytes = b""
    signature: bytes = b""
    message: bytes = b""
    start: Round | None = None
    end: Round | None = None
    random: bytes = b""


class DkgBehindBridge(Record, kind="chain drand"):
    """The nodes of a network have made, in a DKG, the key of the beacons that the bridge hears.

    ``journal`` is the digest of that network's own journal, up to the end of the DKG.
    """

    nodes: int
    threshold: int
    public_key: bytes
    journal: str


class XcmSent(Record, kind="xcm sent"):
    """A pallet of ``chain`` has handed a message for the parachain ``to`` to the sender, which took it.

    ``xcm`` is the message as the pallet made it, with its version; ``wire`` are the bytes that travel: DescendOrigin in
    front, SetTopic behind. ``id`` is the topic, ``sender`` the account that sends and has paid ``price`` for it;
    ``sub_id`` is the subscription that it delivers to, empty where it is another message.
    """

    chain: int
    number: int
    to: int
    id: bytes
    xcm: bytes
    wire: bytes = b""
    sender: bytes = b""
    price: int = 0
    sub_id: bytes = b""


class XcmArrived(Record, kind="xcm arrived"):
    """A message of the parachain ``sibling`` has come to ``chain``, ``blocks`` blocks after its page was sent."""

    chain: int
    number: int
    sibling: int
    id: bytes
    wire: bytes
    blocks: int = 1


class XcmExecuted(Record, kind="xcm executed"):
    """A message of ``sibling`` was executed: ``error`` is None where all instructions were, else what stopped it.

    ``ref_time`` and ``proof_size`` are the weight that it used. ``trace`` has a table for each instruction: ``index``,
    ``instruction``, ``origin``, ``holding``, ``ref_time``, ``proof_size``, ``fee``, ``error``.
    """

    chain: int
    number: int
    sibling: int
    id: bytes
    error: str | None
    ref_time: int
    proof_size: int
    trace: tuple[Mapping[str, Json], ...] = ()


class SubscriptionsSeen(Record, kind="subscriptions"):
    """The subscriptions that a block of the bridge made or changed, as they are after it, and the ids of those gone.

    Each of ``changed`` has the fields of the results (``id``, ``subscriber``, ``state``, ``credits``, ``credits_left``,
    ``frequency``, ``last_delivered``), its block ``created``, ``target``, a parachain, None where the target is
    none, ``pulse_filter`` where it has one, and ``base_fee`` where each of its credits costs one. ``delivered`` are the
    ids that the block has sent a pulse to, ``count`` is how many subscriptions are stored.
    """

    chain: int
    number: int
    count: int
    changed: tuple[Mapping[str, Json], ...] = ()
    gone: tuple[bytes, ...] = ()
    delivered: tuple[bytes, ...] = ()


class ChainMoney(Record, kind="chain money"):
    """The money of a chain after a block, in its smallest unit.

    ``issuance`` is what there is in total as the chain counts it, ``free`` and ``held`` are what its accounts have.
    Of what is held, ``fees`` are for credits and ``deposits`` for the records of subscriptions. ``named`` has free
    balance, held fees and held deposit of each account that the file names.

    The other fields are about this block alone. ``made`` came into being: what messages deposited, and what was given
    to those who are paid for execution. ``taken`` went: what messages withdrew, ``dust``, and what accounts paid for
    ``sending``, also where nothing was sent in the end. In the messages that were executed, of what was ``withdrawn``
    from accounts or ``claimed`` from a trap, ``deposited`` went into accounts, ``trapped`` was left behind, and
    ``spent`` was for execution, of which ``given`` was not burnt.
    """

    chain: int
    number: int
    issuance: int
    free: int
    held: int
    fees: int = 0
    deposits: int = 0
    made: int = 0
    taken: int = 0
    trapped: int = 0
    spent: int = 0
    withdrawn: int = 0
    claimed: int = 0
    deposited: int = 0
    given: int = 0
    sending: int = 0
    dust: int = 0
    named: Mapping[str, Json]


class ChannelSeen(Record, kind="channel"):
    """The channel from ``chain`` to its sibling ``to`` when all chains have made a block of this number.

    ``messages`` were sent and did not arrive yet; ``bytes`` wait at the sender and on the way; ``factor`` is the price
    factor in parts of a million. Written where it is not as it was.
    """

    chain: int
    number: int
    to: int
    messages: int
    bytes: int
    factor: int = 1_000_000


class BlockWeighed(Record, kind="block weight"):
    """What a block weighs: picoseconds and bytes of proof that it used, and the most that a block may."""

    chain: int
    number: int
    ref_time: int
    proof_size: int
    most_time: int
    most_proof: int


CHAIN_FILE_ENTRIES: tuple[type[Record], ...] = (
    ChainFileBegan,
    CallDispatched,
    ChainBlockEnded,
    DkgBehindBridge,
    XcmSent,
    XcmArrived,
    XcmExecuted,
    SubscriptionsSeen,
    ChainMoney,
    ChannelSeen,
    BlockWeighed,
)
"""Every kind of entry that only a chain file writes."""
