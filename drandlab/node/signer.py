r"""The signer: the part of a node that holds its secrets, behind a narrow interface of plain requests and replies.

It holds the long-term key and the shares, signs partials, runs the DKG (whose deals it alone can open) and answers
requests for private randomness (`drandlab.node.private_randomness`). It speaks to one partner only, the part of the
node that talks to the world, and what passes between the two is public: no secret ever leaves. So the two may live on
different machines, and the link between them may be slow, lossy or out of sight for an hour.

It signs every round that it is asked for and holds a share of: whoever controls the talking part can have future rounds
of an unchained network signed. For other rounds it refuses. A signer that reads a clock of its own (`OwnClock`, off
unless given) refuses rounds that are not due as well.

Sans-I/O: `Signer.handle` takes a request and returns replies.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeAlias, assert_never

from drandlab.algebra.shamir import Share
from drandlab.beacon.identity import Identity, KeyPair
from drandlab.beacon.machines.checker import Memory
from drandlab.beacon.rounds import Schedule
from drandlab.crypto.bls import BLS
from drandlab.crypto.feldman import PublicPolynomial
from drandlab.crypto.secrecy import HoldsSecrets
from drandlab.dkg.effects import (
    Blame,
    Broadcast,
    DKGEffect,
    Done,
    Dropped,
    Failed,
    Left,
    Moved,
    SetPhaseTimer,
    ShareChecked,
    Started,
)
from drandlab.dkg.machine import Phase
from drandlab.dkg.packets import Bundle
from drandlab.dkg.protocol import Protocol, SignatureCache
from drandlab.errors import LocalError, VerificationError
from drandlab.node.own_clock import OwnClock
from drandlab.node.private_randomness import answer_private
from drandlab.node.setup.coordinator import Coordinator
from drandlab.node.setup.participant import Participant
from drandlab.node.setup.setup_packets import StartDKG
from drandlab.node.setup.setup_rules import Terms, dkg_config
from drandlab.records import Record
from drandlab.typing import Rng, Round, Seconds

__all__ = [
    "SIGNER_CODES",
    "Adopt",
    "AnswerPrivate",
    "DKGProgress",
    "Forget",
    "KeyMade",
    "NoKey",
    "Partial",
    "PrivateAnswer",
    "Refusal",
    "Reply",
    "Request",
    "RunDKG",
    "SendBundle",
    "SignPartial",
    "Signer",
    "TakeBundle",
    "Tick",
    "Timer",
]

SIGNER_CODES: Mapping[str, str] = {
    "no-share": "this signer holds no share that signs the round",
    "no-new-share": "no finished DKG has left a share",
    "busy": "a DKG is under way",
    "not-due": "the signer's own clock has not reached the round",
    "no-times": "the signer does not know when the rounds of its share are due",
    "other-times": "the times of a group are not those of its chain",
}
"""The codes of the signer's refusals, beside those of `drandlab.errors.CODES`."""

# -- requests ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SignPartial:
    """Sign this round, on this previous signature, with the share that is in force for it."""

    round: Round
    previous_signature: bytes


@dataclass(frozen=True, slots=True)
class RunDKG:
    """Start the key generation or resharing that the set-up has agreed on."""

    start: StartDKG


@dataclass(frozen=True, slots=True)
class TakeBundle:
    """A packet of the running DKG has come."""

    bundle: Bundle


@dataclass(frozen=True, slots=True)
class Tick:
    """The time of a phase of the running DKG has come."""

    phase: Phase


@dataclass(frozen=True, slots=True)
class Adopt:
    """Sign with the share of the finished DKG from this round on."""

    first_round: Round


@dataclass(frozen=True, slots=True)
class Forget:
    """Erase all shares but the one in force for this round, and later ones: old shares still give the key.

    Without a round, all of them: the node has left.
    """

    round: Round | None = None


@dataclass(frozen=True, slots=True)
class AnswerPrivate:
    """Answer a request for private randomness; ``token`` comes back with the answer."""

    request: bytes
    token: str = ""


Request: TypeAlias = SignPartial | RunDKG | TakeBundle | Tick | Adopt | Forget | AnswerPrivate

# -- replies ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Partial:
    """The partial signature that was asked for."""

    round: Round
    previous_signature: bytes
    partial: bytes


@dataclass(frozen=True, slots=True)
class SendBundle:
    """Send this packet of the DKG to everybody."""

    bundle: Bundle


@dataclass(frozen=True, slots=True)
class Timer:
    """Hand in a `Tick` of this phase at this time."""

    at: Seconds
    phase: Phase


@dataclass(frozen=True, slots=True)
class DKGProgress:
    """What goes on in the DKG, to be shown: how it began, what was found of a share, who is blamed, the phase.

    From afar it comes as the record that a journal keeps of it.
    """

    event: Started | ShareChecked | Blame | Moved | Record


@dataclass(frozen=True, slots=True)
class KeyMade:
    """The DKG is over and this signer holds a share with this index; the rest is public."""

    public: PublicPolynomial
    qual: tuple[int, ...]
    index: int


@dataclass(frozen=True, slots=True)
class NoKey:
    """The DKG is over and this signer holds no new share: the run failed, or it has left (``code`` is empty)."""

    code: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class PrivateAnswer:
    """The encrypted answer to a request for private randomness."""

    answer: bytes
    token: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """The request was refused, and nothing changed; ``code`` and ``why`` are the reason."""

    request: str
    code: str
    why: str
    token: str = ""


Reply: TypeAlias = Partial | SendBundle | Timer | DKGProgress | KeyMade | NoKey | PrivateAnswer | Refusal

# -- the signer -------------------------------------------------------------------------------------------------------


class Signer(HoldsSecrets):
    """Holds the secrets of one node; `handle` is its whole interface.

    ``shares`` are what it has kept, each with the first round that it signs. ``signatures`` and ``memory`` may be
    shared by the nodes of a simulation. With ``own_clock`` it signs what is due by the time that it is handed, and
    nothing else; ``times`` are then those of the shares, by the first round that each signs.
    """

    def __init__(
        self,
        pair: KeyPair,
        rng: Rng,
        *,
        shares: Iterable[tuple[Round, Share]] = (),
        fast_sync: bool = True,
        signatures: SignatureCache | None = None,
        memory: Memory | None = None,
        own_clock: OwnClock | None = None,
        times: Mapping[Round, Schedule] = MappingProxyType({}),
    ) -> None:
        self._pair, self._rng = pair, rng
        self._shares = sorted(shares, key=lambda kept: kept[0])
        self._own_clock, self._times = own_clock, dict(times)
        self._fresh_times: Schedule | None = None
        self._fast_sync, self._signatures = fast_sync, signatures
        self._memory = Memory() if memory is None else memory
        self._bls = BLS.of(pair.identity.scheme, pair.identity.key.group.backend)
        self._protocol: Protocol | None = None
        self._fresh: Share | None = None

    def __repr__(self) -> str:
        # a secret never reaches a log or a saved notebook by accident
        return f"<Signer of {self.identity.address}, {len(self._shares)} shares>"

    @property
    def identity(self) -> Identity:
        """The public side of the long-term key."""
        return self._pair.identity

    @property
    def shares(self) -> tuple[tuple[Round, Share], ...]:
        """The shares, each with the first round that it signs; to be saved beside the key."""
        return tuple(self._shares)

    @property
    def times(self) -> dict[Round, Schedule]:
        """The times of the shares, by the first round that each signs; to be saved with them."""
        return {first: self._times[first] for first, _ in self._shares if first in self._times}

    @property
    def protocol(self) -> Protocol | None:
        """The running or last DKG, for tests and for misbehaviour."""
        return self._protocol

    def coordinator(self, secret: bytes, terms: Terms) -> Coordinator:
        """Return a coordinator with this signer's key: a node that makes the group has its signer at hand."""
        return Coordinator(self._pair, secret, terms, self._rng)

    def participant(self, secret: bytes, coordinator: str | Identity, **options: Any) -> Participant:
        """Return a participant with this signer's identity; ``options`` are those of `Participant`."""
        return Participant(self._pair, secret, coordinator, **options)

    def handle(self, request: Request, now: Seconds) -> list[Reply]:
        """Carry out one request."""
        try:
            match request:
                case SignPartial(round, previous):
                    return [self._sign(round, previous, now)]
                case RunDKG(start):
                    return self._run(start, now)
                case TakeBundle(bundle):
                    return self._told(self._protocol.receive(bundle)) if self._protocol else []
                case Tick(phase):
                    return self._told(self._protocol.tick(phase)) if self._protocol else []
                case Adopt(first_round):
                    self._adopt(first_round)
                    return []
                case Forget(round):
                    self._forget(round)
                    return []
                case AnswerPrivate(sealed, token):
                    return [PrivateAnswer(answer_private(self._pair, sealed, self._rng), token)]
                case _:
                    assert_never(request)
        except (LocalError, VerificationError) as error:
            return [Refusal(type(request).__name__, error.code, str(error), getattr(request, "token", ""))]

    # -- beacons ------------------------------------------------------------------------------------------------------

    def _share_of(self, round: Round) -> tuple[Round, Share]:
        for first, share in reversed(self._shares):
            if first <= round:
                return first, share
        raise LocalError(f"round {round}: this signer holds no share that signs it", code="no-share")

    def _sign(self, round: Round, previous: bytes, now: Seconds) -> Partial:
        first, share = self._share_of(round)
        if self._own_clock is not None:
            self._own_clock.check(round, self._times.get(first), now)
        scheme = self._bls.scheme
        message = scheme.digest(round, previous)
        hashed = self._memory.get((scheme.dst, message), lambda: self._bls.hash(message))
        return Partial(round, previous, share.index.to_bytes(2, "big") + bytes(share.value * hashed))

    def _adopt(self, first_round: Round) -> None:
        if self._fresh is None:
            raise LocalError("adopt: no finished DKG has given this signer a new share", code="no-new-share")
        self._shares = [kept for kept in self._shares if kept[0] < first_round]
        self._shares.append((first_round, self._fresh))
        self._fresh = None
        self._times.pop(first_round, None)
        if self._fresh_times is not None:
            self._times[first_round] = self._fresh_times

    def _forget(self, round: Round | None) -> None:
        if round is None:
            self._shares = []
        elif started := [first for first, _ in self._shares if first <= round]:
            self._shares = [kept for kept in self._shares if kept[0] >= started[-1]]

    # -- key generation -----------------------------------------------------------------------------------------------

    def _run(self, start: StartDKG, now: Seconds) -> list[Reply]:
        if self._protocol is not None and not self._protocol.over:
            raise LocalError("run: a DKG is under way; a signer runs one at a time", code="busy")
        share = None
        if start.old_group is not None and start.old_group.find(self.identity) is not None:
            share = self._shares[-1][1] if self._shares else None
        times = None
        if self._own_clock is not None:
            dealt = None if share is None else self._times.get(self._shares[-1][0])
            times = self._own_clock.times_of(start, share is not None, dealt)
        config = dkg_config(start, self._pair, share, fast_sync=self._fast_sync)
        self._fresh_times = times
        self._protocol = Protocol(config, self._rng, phase_timeout=start.phase_timeout, signatures=self._signatures)
        self._fresh = None
        return self._told(self._protocol.start(now))

    def _told(self, effects: Iterable[DKGEffect]) -> list[Reply]:
        replies: list[Reply] = []
        for effect in effects:
            match effect:
                case Broadcast(bundle):
                    replies.append(SendBundle(bundle))
                case SetPhaseTimer(at, phase):
                    replies.append(Timer(at, phase))
                case Started() | ShareChecked() | Blame() | Moved():
                    replies.append(DKGProgress(effect))
                case Done(result):
                    self._fresh = result.share
                    replies.append(KeyMade(result.public, result.qual, result.share.index))
                case Left():
                    replies.append(NoKey())
                case Failed(error):
                    replies.append(NoKey(error.code, str(error)))
                case Dropped():
                    pass  # nobody is to blame, and nothing has changed
                case _:
                    assert_never(effect)
        return replies
