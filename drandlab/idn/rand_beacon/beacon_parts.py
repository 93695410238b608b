"""What the beacon pallet is in every mode: its hooks, its randomness, and the seam to whoever gives pulses on."""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Protocol, TypeAlias

from drandlab.crypto.bls import BLS
from drandlab.curves.choice import resolve
from drandlab.curves.group import Point
from drandlab.idn.block_randomness import block_randomness
from drandlab.idn.pulses import SIGNATURE_LENGTH, Pulse
from drandlab.idn.rand_beacon.pair_check import RunningPair, pair_holds
from drandlab.idn.runtime.context import Context
from drandlab.idn.runtime.pallet import EventType, Pallet
from drandlab.idn.runtime.weights import Weight, db_weight
from drandlab.idn.state import Storage, StorageValue
from drandlab.idn.sums import on_curve
from drandlab.typing import Round, checked_bytes, checked_int
from drandlab.wire.scale import BOOL, FixedBytes, compact

__all__ = [
    "ASIG",
    "KEY",
    "MODES",
    "AcceptedPulse",
    "BeaconPallet",
    "Dispatcher",
    "FindAuthor",
    "RunningPair",
    "author_of_slot",
]

MODES: Mapping[str, str] = MappingProxyType(
    {
        "accumulate": "the first design: a running pair of sums from the genesis round on, without gaps",
        "range": "what runs today: the newest sum with the ends of its range",
    }
)
"""The modes of the pallet and what they mean."""

ASIG, KEY = FixedBytes(SIGNATURE_LENGTH), FixedBytes(96)

ON_FINALIZE = Weight(6_228_000, 1581) + db_weight(2, 1)
"""What `on_finalize` weighs in the real runtime; `on_initialize` announces it."""

FindAuthor: TypeAlias = Callable[[Context], bytes | None]
"""The account of the author of the block under work, None where nobody's turn is it."""


def author_of_slot(context: Context) -> bytes | None:
    """Return the account of the author: here it is its Aura key, as on development chains.

    On a real chain the two may differ. The author then signs with its Aura key, the pallet checks against the account,
    and every submission fails with ``InvalidSignature``.
    """
    found: bytes | None = context.pallet("Aura").author(context.storage, context.slot)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedPulse:
    """A pulse that the pallet has accepted, as it is given to the `Dispatcher`.

    ``pulse`` is what was submitted, with its rounds. ``total`` is the running pair after it, None in ``range``: the
    first design delivered that pair, without any round numbers.
    """

    pulse: Pulse
    total: RunningPair | None = None


class Dispatcher(Protocol):
    """Who gives accepted pulses on; called once for each, inside the extrinsic that brings it, and it cannot fail."""

    def weight(self, context: Context) -> Weight:
        """Return what `dispatch` will weigh, before it is known whether the pulse is accepted."""
        ...

    def dispatch(self, context: Context, accepted: AcceptedPulse) -> None:
        """Give the pulse on."""
        ...


class BeaconPallet(Pallet):
    """The beacon pallet, index 41, in one of its modes.

    ``max_pulses`` is ``MaxSigsPerBlock``; ``backend`` that of the curve; ``find_author`` says whose block it is. What
    is stored can be asked for with `configured`, `next_round`, `accumulation`, `last_submitted` and `stored`.
    """

    name, index = "RandBeacon", 41
    events = (EventType("BeaconConfigSet"), EventType("SignatureVerificationSuccess"))
    mode: str

    def __init__(
        self,
        *,
        max_pulses: int,
        backend: str | None = None,
        dispatcher: Dispatcher | None = None,
        find_author: FindAuthor = author_of_slot,
    ) -> None:
        self.max_pulses = checked_int(max_pulses, "max_pulses", 1, 255)
        self.backend = resolve(backend)
        self.dispatcher, self.find_author = dispatcher, find_author
        self.did_update = StorageValue(self.name, "DidUpdate", BOOL, default=False)

    @property
    def curve(self) -> BLS:
        """The curve's operations on the pallet's backend."""
        return on_curve(self.backend)

    # -- what is stored -----------------------------------------------------------------------------------------------

    @abstractmethod
    def configured(self, storage: Storage) -> tuple[bytes, Round | None]:
        """Return the beacon's key, empty where there is none, and the genesis round, None where there is none."""

    @abstractmethod
    def next_round(self, storage: Storage) -> Round | None:
        """Return the smallest round that is still accepted, None before there is one."""

    @abstractmethod
    def accumulation(self, storage: Storage) -> Pulse | RunningPair | None:
        """Return what is accumulated: the newest pulse in ``range``, the running pair in ``accumulate``."""

    @abstractmethod
    def last_submitted(self, storage: Storage) -> bytes | None:
        """Return the aggregated signature that was accepted last, 48 bytes: the block's randomness comes from it."""

    def stored(self, storage: Storage) -> int:
        """Return how many bytes the pallet's values take in the storage, without their keys."""
        values = (storage.get(item.key) for item in self.storage_items() if isinstance(item, StorageValue))
        return sum(len(value) for value in values if value is not None)

    def max_rounds(self) -> int:
        """Return ``max_pulses``, as the runtime's interface gives it to a node; in ``range`` one more passes."""
        return self.max_pulses

    # -- randomness ---------------------------------------------------------------------------------------------------

    def random(self, context: Context, subject: bytes = b"") -> tuple[bytes, int]:
        r"""Return the block's randomness for ``subject``, 32 bytes, and the number of the block.

        It is `block_randomness` of the aggregated signature that was accepted last. The number is always that of the
        block under work, also where the signature is many blocks old: nobody can tell from it how fresh the value is.
        Before anything was accepted it is the hash of the parent's hash and the subject, which the author can choose.
        """
        signature = self.last_submitted(context.storage)
        subject = checked_bytes(subject, "subject")
        if signature is None:
            known = context.parent_hash + compact(len(subject)) + subject
            return hashlib.blake2b(known, digest_size=32).digest(), context.number
        return block_randomness(signature, subject), context.number

    # -- hooks --------------------------------------------------------------------------------------------------------

    def on_initialize(self, context: Context) -> Weight:
        return ON_FINALIZE

    def on_finalize(self, context: Context) -> None:
        # A block that ingests nothing is as valid as any other: the real pallet writes a line into its log.
        self.did_update.kill(context.storage)

    # -- parts of the calls -------------------------------------------------------------------------------------------

    def once(self, context: Context) -> None:
        """Fail with ``SignatureAlreadyVerified`` where this block has a pulse already."""
        if self.did_update.exists(context.storage):
            raise self.error("SignatureAlreadyVerified", "this block has ingested a pulse already")

    def verified(self, public_key: bytes, signature: Point | bytes, message: Point) -> None:
        """Fail with ``VerificationFailed`` unless the key has signed the message; whatever is no point counts too."""
        if not pair_holds(public_key, signature, message, self.backend):
            raise self.error("VerificationFailed", "the signature is not the sum of these rounds' signatures")

    def accept(self, context: Context, accepted: AcceptedPulse) -> None:
        """Note that the block has a pulse, and give it on."""
        self.did_update.put(context.storage, True)
        if self.dispatcher is not None:
            self.dispatcher.dispatch(context, accepted)
        context.deposit(self.event("SignatureVerificationSuccess"))

    def submission_weight(self, context: Context, **_: Any) -> Weight:
        """Return what a submission is said to weigh: for the most rounds, and with what the dispatcher asks for."""
        dispatched = Weight() if self.dispatcher is None else self.dispatcher.weight(context)
        return self.ingest_weight(self.max_pulses) + dispatched

    @abstractmethod
    def ingest_weight(self, rounds: int) -> Weight:
        """Return what it weighs to verify and store a sum of so many rounds."""
