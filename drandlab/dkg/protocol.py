"""One node's side of the DKG: packets and ticks drive the machine from phase to phase, in fast sync or on the clock.

Two ways of moving on:

* **normal**: each phase lasts its full time; only complaints are sent;
* **fast sync** (production, always): everybody answers everything, and a phase ends as soon as all its packets are
  here; the ticks are upper bounds.

Packets are collected per phase, one for each author. Nobody is blamed for what anybody can cause: a packet of a
stranger, with a bad signature, or of another session is dropped and harms nobody. Two different packets of this session
from one author are proof of equivocation: both are dropped and the author is barred from the phase. In fast sync the
second may come too late, when the first has completed the set; that is production's behaviour.

Production drops no packet of another session here: together with the true one it counts as the author's second and
bars the author; alone it gets the author evicted. So anybody who has kept one old packet of a member, without any key,
can get the member evicted from every later run under the same long-term keys. ``other_sessions=True`` does the same.

Sans-I/O: `start`, `receive` and `tick` return what is to be done. Source: kyber ``share/dkg/protocol.go``.
"""

from __future__ import annotations

import dataclasses
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from typing import Generic, TypeVar, assert_never

from drandlab.crypto import schnorr
from drandlab.crypto.secrecy import HoldsSecrets
from drandlab.curves.group import Point
from drandlab.dkg.config import Config
from drandlab.dkg.effects import (
    EQUIVOCATION,
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
from drandlab.dkg.machine import DistKeyGenerator, Phase
from drandlab.dkg.packets import Bundle, DealBundle, JustificationBundle, ResponseBundle
from drandlab.dkg.result import Result
from drandlab.errors import Evicted, PeerError, ProtocolAborted
from drandlab.typing import Rng, Seconds

__all__ = ["PacketSet", "Protocol", "SignatureCache"]


Kind = TypeVar("Kind", DealBundle, ResponseBundle, JustificationBundle)


class PacketSet(Generic[Kind]):
    """The packets of one phase, one for each author; an author of two different ones is barred.

    >>> from drandlab.dkg.packets import Response
    >>> answers: PacketSet[ResponseBundle] = PacketSet()
    >>> first = ResponseBundle(share_index=1, responses=(), session_id=bytes(32))
    >>> answers.push(first), answers.push(first), len(answers)
    (None, None, 1)
    >>> complaint = Response(dealer_index=0, success=False)
    >>> error = answers.push(ResponseBundle(share_index=1, responses=(complaint,), session_id=bytes(32)))
    >>> print(error, len(answers))
    node 1: sent two different packets in one phase: both are dropped 0
    """

    def __init__(self) -> None:
        self._packets: dict[int, Kind] = {}
        self._barred: set[int] = set()

    def push(self, packet: Kind) -> PeerError | None:
        """Take a genuine packet; return the equivocation that it reveals, if it does."""
        author = packet.author
        if author in self._barred:
            return None
        held = self._packets.setdefault(author, packet)
        if held.digest == packet.digest:
            return None
        del self._packets[author]
        self._barred.add(author)
        why = "sent two different packets in one phase: both are dropped"
        return PeerError(why, index=author, evidence=(held, packet), code=EQUIVOCATION)

    def __len__(self) -> int:
        return len(self._packets)

    def __iter__(self) -> Iterator[Kind]:
        """The packets by ascending author."""
        return (self._packets[author] for author in sorted(self._packets))


class SignatureCache:
    """Remembers which signed bundles are genuine.

    Whether one is depends on the bundle and on its author's key alone. One cache for all nodes of a process (shared
    verification) therefore gives the very same run as one for each node, and asks the curve once instead of n times.
    The oldest of more than ``size`` answers are forgotten: a flood of forged packets fills no memory.
    """

    def __init__(self, rng: Rng, *, size: int = 1 << 14) -> None:
        # A source of its own: what is drawn here must not change the rest of the run.
        self._rng = rng
        self.size = size
        self._known: OrderedDict[tuple[bytes, bytes, Point], bool] = OrderedDict()

    @property
    def held(self) -> int:
        """How many answers are remembered now."""
        return len(self._known)

    def genuine(self, claims: Sequence[schnorr.Signed]) -> list[bool]:
        """Return whether each claim is genuine; those not known yet are checked in one batch."""
        names = [(claim.message, claim.signature, claim.key) for claim in claims]
        new = [i for i, name in enumerate(names) if name not in self._known]
        bad = schnorr.failing([claims[i] for i in new], self._rng)
        self._known.update((names[i], position not in bad) for position, i in enumerate(new))
        found = [self._known[name] for name in names]
        while len(self._known) > self.size:
            self._known.popitem(last=False)
        return found


class Protocol(HoldsSecrets):
    """The driver of one `DistKeyGenerator`.

    ``phase_timeout`` is the length of a phase in seconds. ``signatures`` may be shared between the nodes of a
    simulation. Signatures are checked in one batch when a phase's packets are wanted, which changes no outcome: only
    genuine packets ever enter a `PacketSet`, in the order of their arrival. With ``other_sessions`` packets of other
    sessions enter as well, as in production.
    """

    def __init__(
        self,
        config: Config,
        rng: Rng,
        *,
        phase_timeout: Seconds = 10,
        signatures: SignatureCache | None = None,
        other_sessions: bool = False,
    ) -> None:
        self.machine = DistKeyGenerator(config, rng)
        self.config, self._rng = config, rng
        self.phase_timeout, self.other_sessions = phase_timeout, other_sessions
        self._signatures = SignatureCache(rng) if signatures is None else signatures
        self._dealer_keys = {member.index: member.key for member in config.dealers}
        self._holder_keys = {member.index: member.key for member in config.holders}
        self._waiting: list[Bundle] = []
        self.deals: PacketSet[DealBundle] = PacketSet()
        self.responses: PacketSet[ResponseBundle] = PacketSet()
        self.justifications: PacketSet[JustificationBundle] = PacketSet()
        self._blamed = 0, 0
        self.over = False

    def __repr__(self) -> str:
        return f"<Protocol of {self.machine!r}>"

    @property
    def waiting(self) -> int:
        """How many packets have come whose signatures are not checked yet."""
        return len(self._waiting)

    def start(self, now: Seconds) -> list[DKGEffect]:
        """Begin: a dealer sends its deals, and the time limits of the phases are set."""
        phases = (Phase.RESPONSE, Phase.JUSTIFICATION, Phase.FINISH)
        effects: list[DKGEffect] = [
            self._started(),
            *(SetPhaseTimer(now + (i + 1) * self.phase_timeout, phase) for i, phase in enumerate(phases)),
        ]
        if self.machine.can_issue:
            bundle = self.machine.deals()
            effects += [self._moved(()), *self._send(bundle)]
        else:
            effects.append(self._moved(()))
        return effects + self._move_on()

    def _started(self) -> Started:
        config = self.config
        return Started(
            session_id=config.nonce,
            role=self.machine.role,
            can_issue=config.can_issue,
            dealer_index=config.dealer_index,
            holder_index=config.holder_index,
            key=config.key,
            dealers=tuple(member.index for member in config.dealers),
            holders=tuple(member.index for member in config.holders),
            threshold=config.threshold,
            old_threshold=config.old_threshold,
            public=config.public,
            fast_sync=config.fast_sync,
        )

    def receive(self, bundle: Bundle) -> list[DKGEffect]:
        """Take a packet from the network, whoever sent it."""
        if self.over or bundle.author not in self._keys(bundle):
            return []
        if bundle.session_id != self.config.nonce and not self.other_sessions:
            return [Dropped(bundle, "other-session", "it is of another session")]
        self._waiting.append(bundle)
        # Checking waits until it may matter: when a set may be complete, or when there are too many.
        if (self.config.fast_sync and self._may_be_complete()) or len(self._waiting) > 4 * self._limit():
            return self._check_waiting() + self._move_on()
        return []

    def tick(self, phase: Phase) -> list[DKGEffect]:
        """The time for ``phase`` has come, whatever has arrived; a tick for a phase already reached changes nothing."""
        if self.over:
            return []
        effects = self._check_waiting()
        step = {
            (Phase.RESPONSE, Phase.DEAL): self._to_responses,
            (Phase.RESPONSE, Phase.INIT): self._to_responses,
            (Phase.JUSTIFICATION, Phase.RESPONSE): self._to_justifications,
            (Phase.FINISH, Phase.JUSTIFICATION): self._to_finish,
        }.get((phase, self.machine.phase))
        if step is not None and not self.over:
            effects += step()
        return effects + self._move_on()

    # -- packets ------------------------------------------------------------------------------------------------------

    def _keys(self, bundle: Bundle) -> dict[int, Point]:
        return self._holder_keys if isinstance(bundle, ResponseBundle) else self._dealer_keys

    def _limit(self) -> int:
        return len(self._dealer_keys) + len(self._holder_keys)

    def _may_be_complete(self) -> bool:
        kind, held, wanted = {
            Phase.INIT: (DealBundle, len(self.deals), len(self._dealer_keys)),
            Phase.DEAL: (DealBundle, len(self.deals), len(self._dealer_keys)),
            Phase.RESPONSE: (ResponseBundle, len(self.responses), len(self._holder_keys)),
            Phase.JUSTIFICATION: (JustificationBundle, len(self.justifications), len(self._dealer_keys)),
            Phase.FINISH: (DealBundle, 0, 1),
        }[self.machine.phase]
        return held + sum(isinstance(bundle, kind) for bundle in self._waiting) >= wanted

    def _check_waiting(self) -> list[DKGEffect]:
        waiting, self._waiting = self._waiting, []
        claims = [schnorr.Signed(self._keys(b)[b.author], b.digest, b.signature) for b in waiting]
        effects: list[DKGEffect] = []
        for bundle, genuine in zip(waiting, self._signatures.genuine(claims), strict=True):
            if genuine:
                effects += self._push(bundle)
        return effects

    def _push(self, bundle: Bundle) -> list[DKGEffect]:
        match bundle:
            case DealBundle():
                error = self.deals.push(bundle)
            case ResponseBundle():
                error = self.responses.push(bundle)
            case JustificationBundle():
                error = self.justifications.push(bundle)
            case _:
                assert_never(bundle)
        return [Blame(error, "holder" if isinstance(bundle, ResponseBundle) else "dealer")] if error else []

    def _send(self, bundle: Bundle) -> list[DKGEffect]:
        signature = schnorr.sign(self.config.longterm, self.config.key, bundle.digest, self._rng)
        signed = dataclasses.replace(bundle, signature=signature)
        # this node's own packet counts with the others', as if it had come from the network
        return [Broadcast(signed), *self._push(signed)]

    # -- phases -------------------------------------------------------------------------------------------------------

    def _move_on(self) -> list[DKGEffect]:
        """In fast sync: take every step whose packets are complete."""
        effects: list[DKGEffect] = []
        while self.config.fast_sync and not self.over:
            phase = self.machine.phase
            if phase in (Phase.INIT, Phase.DEAL) and len(self.deals) == len(self._dealer_keys):
                effects += self._to_responses()
            elif phase is Phase.RESPONSE and len(self.responses) == len(self._holder_keys):
                effects += self._to_justifications()
            elif phase is Phase.JUSTIFICATION and len(self.justifications) == len(self._dealer_keys):
                effects += self._to_finish()
            else:
                break
            effects += self._check_waiting()
        return effects

    def _to_responses(self) -> list[DKGEffect]:
        response = self.machine.process_deals(self.deals)
        effects: list[DKGEffect] = [ShareChecked(check) for check in self.machine.checks.values()]
        effects += [self._moved(self.deals), *self._new_blame()]
        if not self.machine.can_receive:
            self.over = True
            return [*effects, Left()]
        return effects + (self._send(response) if response else [])

    def _to_justifications(self) -> list[DKGEffect]:
        try:
            outcome = self.machine.process_responses(self.responses)
        except (Evicted, ProtocolAborted) as error:
            return self._end(self.responses, Failed(error))
        if isinstance(outcome, Result):
            return self._end(self.responses, Done(outcome))
        effects = [self._moved(self.responses), *self._new_blame()]
        return effects + (self._send(outcome) if outcome else [])

    def _to_finish(self) -> list[DKGEffect]:
        try:
            return self._end(self.justifications, Done(self.machine.process_justifications(self.justifications)))
        except (Evicted, ProtocolAborted) as error:
            return self._end(self.justifications, Failed(error))

    def _end(self, took: Iterable[Bundle], last: Done | Failed) -> list[DKGEffect]:
        self.over = True
        return [self._moved(took), *self._new_blame(), last]

    def _moved(self, took: Iterable[Bundle]) -> Moved:
        machine = self.machine
        return Moved(
            machine.phase,
            {packet.author: packet.digest for packet in took},
            tuple(machine.status.rows()),
            frozenset(error.index for error in machine.evicted_dealers),
            frozenset(error.index for error in machine.evicted_holders),
        )

    def _new_blame(self) -> list[DKGEffect]:
        dealers, holders = self.machine.evicted_dealers, self.machine.evicted_holders
        new = [Blame(error, "dealer") for error in dealers[self._blamed[0] :]]
        new += [Blame(error, "holder") for error in holders[self._blamed[1] :]]
        self._blamed = len(dealers), len(holders)
        return list(new)
