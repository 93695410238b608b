"""Planted bugs: nodes that are broken in one place, which the fuzz must find.

Each `Bug` replaces a function or two of the package while it is planted. ``rules`` are the checkers of which one must
tell; the table in ``docs/planted-bugs.md`` says how many seeds that takes.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any
from unittest.mock import patch

from drandlab.beacon import store
from drandlab.beacon.machines import handler, sync
from drandlab.beacon.machines.checker import Checker
from drandlab.beacon.machines.effects import (
    AskPartial,
    CloseStream,
    HandlerTimer,
    LeftGroup,
    ReadChain,
    SetTimer,
    StoreBeacon,
    Synced,
)
from drandlab.beacon.machines.handler import Handler
from drandlab.beacon.machines.partials import PartialCache
from drandlab.beacon.machines.repair import Repair
from drandlab.beacon.machines.sync import SyncClient, SyncServer
from drandlab.beacon.store import AppendRefused
from drandlab.crypto.tbls import combine
from drandlab.dkg import machine as dkg_machine
from drandlab.dkg import result as dkg_result
from drandlab.dkg.machine import DistKeyGenerator
from drandlab.dkg.status import ShareCheck
from drandlab.errors import VerificationError
from drandlab.gossip.router import Router
from drandlab.idn.collator.authoring import Turns
from drandlab.idn.collator.finality import Finality, KeptVotes
from drandlab.idn.collator.votes import RoundVotes
from drandlab.idn.rand_beacon.beacon_parts import BeaconPallet
from drandlab.idn.rand_beacon.range_mode import RangeBeacon
from drandlab.node.generation import Generation
from drandlab.node.node import Node
from drandlab.node.signer import Signer
from drandlab.simulation.fuzz.draw import BRIDGED_AT, BRIDGED_EVERY
from drandlab.simulation.hosts.disk import NodeDisk

__all__ = ["BUGS", "KNOWN", "WITHIN", "Bug"]

WITHIN = 300
"""In so many seeds each bug must be found, from whatever seed on."""

Patch = tuple[Any, str, Any]


@dataclass(frozen=True)
class Bug:
    """One bug: what it is called, what it does, what it replaces, which rules may tell, a seed that finds it."""

    name: str
    about: str
    patches: tuple[Patch, ...]
    rules: frozenset[str]
    bridged: bool = False
    """Whether only a bridge has it: then only seeds with a bridge are counted."""

    def seed(self, begin: int, place: int) -> int:
        """Return the seed at this place, from 0, among those that may find it, from the seed ``begin`` on."""
        return begin + (BRIDGED_AT - begin) % BRIDGED_EVERY + BRIDGED_EVERY * place if self.bridged else begin + place

    @contextmanager
    def planted(self) -> Iterator[None]:
        """Plant the bug for as long as the block lasts."""
        with ExitStack() as stack:
            for where, what, new in self.patches:
                assert callable(inspect.getattr_static(where, what)) or isinstance(getattr(where, what), int), what
                stack.enter_context(patch.object(where, what, new))
            yield


def without(kind: type, method: Callable[..., list[Any]]) -> Callable[..., list[Any]]:
    """Return the method of a machine without the effects of one kind."""

    def lossy(self: Any, *arguments: Any, **options: Any) -> list[Any]:
        return [effect for effect in method(self, *arguments, **options) if not isinstance(effect, kind)]

    return lossy


def changed(
    kind: type, change: Callable[[Any, Any], Any], method: Callable[..., list[Any]]
) -> Callable[..., list[Any]]:
    """Return the method of a machine with each effect of one kind changed."""

    def crooked(self: Any, *arguments: Any, **options: Any) -> list[Any]:
        effects = method(self, *arguments, **options)
        return [change(self, effect) if isinstance(effect, kind) else effect for effect in effects]

    return crooked


# -- the chain --------------------------------------------------------------------------------------------------------

APPEND, WRITE = store.check_append, NodeDisk.write


def any_round_may_follow(info: Any, last: Any, beacon: Any) -> None:
    if beacon.round <= last.round:
        raise AppendRefused("stored", f"round {beacon.round} is stored already")


def one_write_behind(self: NodeDisk, beacon: Any, *, repair: bool) -> None:
    if repair:
        return WRITE(self, beacon, repair=True)
    held, self.store.held = getattr(self.store, "held", None), beacon  # type: ignore[union-attr]
    return WRITE(self, held, repair=False) if held is not None else None


def stored_all_the_same(self: Node, effect: StoreBeacon, code: str, why: str, now: float) -> list[Any]:
    return [] if effect.repair else self.stored(effect, now)


# -- checks of signatures ---------------------------------------------------------------------------------------------

INIT, RECOVER = Checker.__init__, Checker.recover


def one_share_too_few(self: Checker, *arguments: Any) -> None:
    INIT(self, *arguments)
    self.threshold -= 1


def unverified(self: Checker, message: bytes, points: Any) -> bytes:
    return bytes(combine(self.bls, points))


def known_by_its_signature(self: Checker, beacon: Any) -> None:
    """What was found true once counts as true for any round: the question that is remembered leaves the round out."""
    self.memory.get((self._chain, beacon.signature), lambda: self._verifier.verify(beacon))


# -- making beacons ---------------------------------------------------------------------------------------------------

CURRENT, UPCOMING, TIMER, START = Handler._current, Handler._upcoming, Handler.timer, Handler.start
STORED, SIGNED, CONTRIBUTE, TAKE = Handler.stored, Handler.signed, Handler._contribute, Handler._take
EPOCH_OF, LEAVE = Handler.epoch_of, Handler.leave


def the_oldest_group(self: Handler, round: int) -> Any:
    return self.epochs[0] if self.epochs[0].first_round <= round else None


def the_group_before(self: Handler, round: int) -> Any:
    found = EPOCH_OF(self, round)
    return EPOCH_OF(self, round - 1) or found if found is not None and found.first_round == round else found


def skips_to_the_clock(self: Handler, now: float) -> list[Any]:
    current = self._current(now)
    return [AskPartial(current, self.last.signature)] if current > 0 and self.epoch_of(current) else []


def never_again(self: Handler, now: float) -> list[Any]:
    """A node that has stored the current round already does not sign it for those who have not."""
    return [effect for effect in CONTRIBUTE(self, now) if effect.round > self.last.round]


def a_period_from_now(self: Handler, effect: SetTimer) -> SetTimer:
    return replace(effect, at=self.ticked + self.info.period) if effect.name == HandlerTimer.TICK else effect  # type: ignore[attr-defined]


def ticks_from_the_start(method: Callable[..., list[Any]]) -> Callable[..., list[Any]]:
    def call(self: Any, *arguments: Any) -> list[Any]:
        self.ticked = arguments[-1]
        return changed(SetTimer, a_period_from_now, method)(self, *arguments)

    return call


def a_little_later_each_time(self: Handler, name: HandlerTimer, now: float) -> list[Any]:
    late = getattr(self, "late", 0.0) + (0.02 * self.info.period if name == HandlerTimer.TICK else 0.0)
    self.late = late  # type: ignore[attr-defined]
    return [replace(e, at=e.at + late) if isinstance(e, SetTimer) else e for e in TIMER(self, name, now)]


def every_other_tick(self: Handler, name: HandlerTimer, now: float) -> list[Any]:
    return [replace(e, at=e.at + self.info.period) if isinstance(e, SetTimer) else e for e in TIMER(self, name, now)]


def catch_up_at_once(self: Handler, beacon: Any, by: str, now: float) -> list[Any]:
    return [SetTimer(now, e.name) if isinstance(e, SetTimer) else e for e in STORED(self, beacon, by, now)]


def catch_up_slowly(self: Handler, beacon: Any, by: str, now: float) -> list[Any]:
    return [
        SetTimer(now + 2.5 * self.info.period, e.name) if isinstance(e, SetTimer) else e
        for e in STORED(self, beacon, by, now)
    ]


def catch_up_one_short(self: Handler, beacon: Any, by: str, now: float) -> list[Any]:
    effects = STORED(self, beacon, by, now)
    return without(SetTimer, lambda *_: effects)(self) if beacon.round + 1 >= self._current(now) else effects


def catch_up_after_any_beacon(self: Handler, beacon: Any, by: str, now: float) -> list[Any]:
    return STORED(self, beacon, "partials", now)


def own_does_not_count(self: Handler, round: int, previous: bytes, partial: bytes, now: float) -> list[Any]:
    return (
        SIGNED(self, round, previous, partial, now)[:1]
        if round > self.last.round
        else SIGNED(self, round, previous, partial, now)
    )


# -- partials that are kept -------------------------------------------------------------------------------------------

ADD = PartialCache.add


def histories_mix(self: PartialCache, round: int, previous: bytes, index: int, point: Any) -> Any:
    return ADD(self, round, b"", index, point)


def the_last_one_counts(self: PartialCache, round: int, previous: bytes, index: int, point: Any) -> Any:
    held = ADD(self, round, previous, index, point)
    self._rounds[round, previous][index] = point
    return held


# -- synchronisation and repair ---------------------------------------------------------------------------------------

RECEIVE, CLOSED, HANG_UP = SyncClient.receive, SyncClient.closed, SyncClient._hang_up
ASKED, READ, MEND = SyncServer.request, SyncServer.read, Repair.receive


def patient_with_anything(self: SyncClient, peer: str, stream: int, beacon: Any, now: float) -> Any:
    self._patience = now + 2 * self.info.period
    return RECEIVE(self, peer, stream, beacon, now)


def gives_up_at_the_first_end(self: SyncClient, peer: str, stream: int, why: str, now: float) -> list[Any]:
    if not self._is_ours(peer, stream):
        return []
    self._peer = None
    return [Synced(self._up_to, ok=False)]


def from_the_round_before(self: SyncServer, peer: str, stream: int, from_round: int) -> list[Any]:
    return [
        replace(e, first=e.first - 1) if isinstance(e, ReadChain) else e for e in ASKED(self, peer, stream, from_round)
    ]


def skips_between_slices(self: SyncServer, token: Any, beacons: Any) -> list[Any]:
    return [replace(e, first=e.first + 1) if isinstance(e, ReadChain) else e for e in READ(self, token, beacons)]


def mends_with_anything(self: Repair, peer: str, stream: int, beacon: Any, now: float) -> list[Any]:
    with patch.object(self, "_check", lambda beacon: None):
        return MEND(self, peer, stream, beacon, now)


# -- the key generation -----------------------------------------------------------------------------------------------

COMPARED, JUSTIFY = DistKeyGenerator._compared, DistKeyGenerator._justify
TAKE_JUSTIFICATIONS, TAKE_RESPONSES = DistKeyGenerator._take_justifications, DistKeyGenerator._take_responses
RESULT, EVICT_DEALER, EVICT_HOLDER = (
    DistKeyGenerator._result,
    DistKeyGenerator._evict_dealer,
    DistKeyGenerator._evict_holder,
)
SET = dkg_machine.StatusMatrix.set


def found_in_order(self: DistKeyGenerator, dealer: int, holder: int, point: Any) -> ShareCheck:
    return ShareCheck(dealer, point=point)


def believed_unseen(self: DistKeyGenerator, bundle: Any, answered: set[int]) -> None:
    with patch.object(DistKeyGenerator, "_compared", found_in_order):
        TAKE_JUSTIFICATIONS(self, bundle, answered)


def any_answer_is_mine(self: DistKeyGenerator, bundle: Any, answered: set[int]) -> None:
    TAKE_JUSTIFICATIONS(self, bundle, answered)
    out = {error.index for error in self.evicted_dealers}
    if bundle.justifications and bundle.dealer_index in self.shares and bundle.dealer_index not in out:
        self.shares[bundle.dealer_index] = bundle.justifications[0].share


def only_beyond_threshold(self: DistKeyGenerator, index: int, code: str, why: str, evidence: Any) -> None:
    if code == "too-many-complaints" and len(evidence) <= self.config.threshold:
        return
    EVICT_DEALER(self, index, code, why, evidence)


def never_for_silence(self: DistKeyGenerator, index: int, code: str, why: str, evidence: Any) -> None:
    if code != "silent":
        EVICT_HOLDER(self, index, code, why, evidence)


def never_for(*codes: str) -> Callable[..., None]:
    def evict(self: DistKeyGenerator, index: int, code: str, why: str, evidence: Any) -> None:
        if code not in codes:
            EVICT_DEALER(self, index, code, why, evidence)

    return evict


def fits_its_own_commitments(self: DistKeyGenerator, dealer: int, holder: int, point: Any) -> ShareCheck:
    found = COMPARED(self, dealer, holder, point)
    return ShareCheck(dealer, point=point) if found.code == "other-secret" else found


def complaints_ignored(self: DistKeyGenerator, bundles: Any) -> bool:
    heard = [
        replace(bundle, responses=tuple(replace(response, success=True) for response in bundle.responses))
        for bundle in bundles
    ]
    return TAKE_RESPONSES(self, heard)


def indices_swapped(self: DistKeyGenerator, bundles: Any) -> bool:
    def swapped(matrix: Any, dealer: int, holder: int, success: bool) -> None:
        if holder in matrix.dealers and dealer in matrix.holders:
            SET(matrix, holder, dealer, success)

    with patch.object(dkg_machine.StatusMatrix, "set", swapped):
        return TAKE_RESPONSES(self, bundles)


def evicted_dealers_stay(self: DistKeyGenerator) -> Any:
    held, self.evicted_dealers = self.evicted_dealers, []
    try:
        return RESULT(self)
    finally:
        self.evicted_dealers = held


def evicted_holders_stay(self: DistKeyGenerator) -> Any:
    held, self.evicted_holders = self.evicted_holders, []
    try:
        return RESULT(self)
    finally:
        self.evicted_holders = held


def one_point_too_few(config: Any, **options: Any) -> Any:
    fewer = replace(config, old_threshold=config.old_threshold - 1) if config.old_threshold > 1 else config
    return dkg_result.interpolate_dealings(fewer, **options)


def no_answer(self: DistKeyGenerator) -> None:
    JUSTIFY(self)


def without_echo(self: Generation, data: bytes, bundle: Any) -> list[Any]:
    return GENERATION_RECEIVE(self, data, bundle)[1:]


GENERATION_RECEIVE = Generation.receive

# -- signer, shares and resharing -------------------------------------------------------------------------------------

FORGET, ADOPT, RESUME = Signer._forget, Signer._adopt, Node.resume


def forgets_too_late(self: Signer, round: int | None) -> None:
    if round is not None:
        FORGET(self, round - 1)
    else:
        FORGET(self, None)


def adopts_a_round_late(self: Signer, first_round: int) -> None:
    ADOPT(self, first_round + (first_round > 1))


def resumes_with_the_oldest_group(self: Node, info: Any, epochs: Iterable[Any], *arguments: Any, **options: Any) -> Any:
    return RESUME(self, info, list(epochs)[:1], *arguments, **options)


def resumes_though_it_leaves(self: Node, *arguments: Any, last_round: Any = None, **options: Any) -> Any:
    return RESUME(self, *arguments, **options)


def goes_on(self: Handler, beacon: Any, by: str, now: float) -> list[Any]:
    held, self.last_round = self.last_round, None
    try:
        return STORED(self, beacon, by, now)
    finally:
        self.last_round = held


# -- bridges ----------------------------------------------------------------------------------------------------------

CHECKED_HEADER, SENT_ON = Turns.check, Router._send_on
SUBMITTED, VALIDATED = RangeBeacon.try_submit_asig, RangeBeacon.validate_unsigned


def looked_at_under_any_seal(self: Turns, header: Any, now: float) -> tuple[int, int]:
    try:
        return CHECKED_HEADER(self, header, now)
    except VerificationError as error:
        if error.code != "seal":
            raise
        return header.slot, self.author(slot=header.slot, number=header.number)


def half_of_the_votes(self: RoundVotes) -> None:
    VOTES_MADE(self)
    self.threshold = -(-self.voters // 2)


VOTES_MADE = RoundVotes.__post_init__


def no_range_is_past(self: RangeBeacon, *arguments: Any, **options: Any) -> None:
    with patch.object(self.next, "get", lambda storage: 0):
        SUBMITTED(self, *arguments, **options)


def no_round_is_past(self: RangeBeacon, context: Any, call: Any, source: Any) -> Any:
    with patch.object(self.next, "get", lambda storage: 0):
        return VALIDATED(self, context, call, source)


def to_nobody(self: Router, message: Any, now: float, but: Any) -> int:
    return SENT_ON(self, message, now, but) if not but else 0


# -- the table --------------------------------------------------------------------------------------------------------


def _bug(name: str, about: str, *patches: Patch, rules: str, bridged: bool = False) -> Bug:
    return Bug(name, about, patches, frozenset(rules.split(", ")), bridged)


LIVE = "progress, catch-up, timely"

_ALL = (
    # known of old
    _bug(
        "gaps",
        "the append rule lets gaps pass",
        (sync, "check_append", any_round_may_follow),
        (store, "check_append", any_round_may_follow),
        rules="no gap",
    ),
    _bug(
        "unverified-beacons",
        "beacons from peers are not verified",
        (Checker, "beacon", lambda self, beacon: None),
        rules="one chain, beacons verify, mended, threshold",
    ),
    _bug(
        "unverified-partials",
        "partials are not verified",
        (Checker, "partial", lambda self, round, previous, partial: self.group.open(partial)),
        rules=f"requests, {LIVE}",
    ),
    _bug(
        "one-share-short",
        "one share too few is enough",
        (Checker, "__init__", one_share_too_few),
        rules=f"requests, {LIVE}",
    ),
    _bug(
        "one-share-short-unverified",
        "one share too few is enough, and the result is not verified",
        (Checker, "__init__", one_share_too_few),
        (Checker, "recover", unverified),
        rules="one chain, beacons verify, threshold",
    ),
    _bug(
        "ahead",
        "a node signs a round ahead of its clock",
        (Handler, "_current", lambda self, now: CURRENT(self, now) + 1),
        rules="never early",
    ),
    _bug(
        "oldest-group",
        "partials are judged under the oldest group",
        (Handler, "epoch_of", the_oldest_group),
        rules=f"refusals, shares, {LIVE}",
    ),
    _bug(
        "first-share",
        "a signer keeps to its first share",
        (Signer, "_share_of", lambda self, round: self._shares[0]),
        rules=f"refusals, shares, {LIVE}",
    ),
    _bug(
        "skips-ahead",
        "a node that is behind skips to the clock",
        (Handler, "_contribute", skips_to_the_clock),
        rules=LIVE,
    ),
    _bug("never-asks", "a node never asks others", (SyncClient, "request", lambda self, *arguments: []), rules=LIVE),
    _bug(
        "no-catch-up",
        "a network that is late does not hurry",
        (Handler, "stored", without(SetTimer, STORED)),
        rules="catch-up, pace",
    ),
    _bug("write-behind", "the disk is one beacon behind", (NodeDisk, "write", one_write_behind), rules="nothing lost"),
    _bug(
        "blind-check",
        "a check of the chain finds nothing",
        (Repair, "_is_true", lambda self, beacon: True),
        rules="mended",
    ),
    _bug(
        "patient-reader",
        "a reader stays with a peer that repeats itself",
        (SyncClient, "receive", patient_with_anything),
        rules=f"streams, {LIVE}",
    ),
    # missed until now
    _bug(
        "relabelled",
        "a true signature is accepted for another round",
        (Checker, "beacon", known_by_its_signature),
        rules="one chain, beacons verify, threshold",
    ),
    _bug(
        "drifting-ticker",
        "the next tick comes a period after this one, not at the round's time",
        (Handler, "start", ticks_from_the_start(START)),
        (Handler, "timer", ticks_from_the_start(lambda self, name, now: TIMER(self, name, now))),
        rules="timely",
    ),
    _bug(
        "late-ticker",
        "each tick is a fiftieth of a period later than the one before",
        (Handler, "timer", a_little_later_each_time),
        rules="timely",
    ),
    _bug("shares-kept", "old shares are never erased", (Signer, "_forget", lambda self, round: None), rules="erasure"),
    _bug(
        "cache-kept",
        "the cache of partials is never emptied",
        (PartialCache, "flush", lambda self, round: None),
        rules="caches",
    ),
    _bug(
        "believed-unseen",
        "a justification is believed unseen",
        (DistKeyGenerator, "_take_justifications", believed_unseen),
        rules="agreement, dealings, refusals",
    ),
    _bug(
        "beyond-threshold",
        "a dealer is evicted only by more than t complaints",
        (DistKeyGenerator, "_evict_dealer", only_beyond_threshold),
        rules="dealings",
    ),
    _bug("no-pause", "catch-up goes on without its pause", (Handler, "stored", catch_up_at_once), rules="pace"),
    _bug("any-future-round", "partials of any round that is due are kept", (handler, "WINDOW", 10**9), rules="caches"),
    _bug(
        "never-too-early",
        "partials of rounds to come are taken",
        (Handler, "_upcoming", lambda self, now: UPCOMING(self, now) + 3),
        rules="caches, never early",
    ),
    # our own
    _bug(
        "new-secret",
        "a dealer's share of the old key is not checked in a resharing",
        (DistKeyGenerator, "_compared", fits_its_own_commitments),
        rules="agreement, dealings",
    ),
    _bug(
        "any-share-fits",
        "a share is not compared with the commitments",
        (DistKeyGenerator, "_compared", found_in_order),
        rules="dealings, agreement, refusals",
    ),
    _bug(
        "complaints-ignored",
        "complaints of others are taken for successes",
        (DistKeyGenerator, "_take_responses", complaints_ignored),
        rules="agreement, dealings",
    ),
    _bug(
        "swapped-indices",
        "a response counts for the dealer with the holder's index",
        (DistKeyGenerator, "_take_responses", indices_swapped),
        rules="agreement, dealings, no exception",
    ),
    _bug(
        "any-answer-is-mine",
        "a justification for another holder replaces one's own share",
        (DistKeyGenerator, "_take_justifications", any_answer_is_mine),
        rules="agreement, refusals",
    ),
    _bug(
        "no-answer", "a dealer does not answer complaints", (DistKeyGenerator, "_justify", no_answer), rules="dealings"
    ),
    _bug("no-echo", "packets of the DKG are not sent on", (Generation, "receive", without_echo), rules="echo"),
    _bug(
        "evicted-dealers-stay",
        "a dealer that is evicted stays in QUAL",
        (DistKeyGenerator, "_result", evicted_dealers_stay),
        rules="dealings",
    ),
    _bug(
        "evicted-holders-stay",
        "a holder that is evicted stays in QUAL",
        (DistKeyGenerator, "_result", evicted_holders_stay),
        rules="dealings",
    ),
    _bug(
        "silent-stays",
        "a holder that never answers is not evicted",
        (DistKeyGenerator, "_evict_holder", never_for_silence),
        rules="dealings",
    ),
    _bug(
        "stranger-dealt",
        "a dealer that deals to a stranger is not evicted",
        (DistKeyGenerator, "_evict_dealer", never_for("no-such-holder")),
        rules="dealings",
    ),
    _bug(
        "one-point-short",
        "a resharing interpolates over one point too few",
        (dkg_machine, "interpolate_dealings", one_point_too_few),
        rules="agreement",
    ),
    _bug(
        "group-before",
        "the first round of a new group is made by the old one",
        (Handler, "epoch_of", the_group_before),
        (Signer, "_adopt", adopts_a_round_late),
        rules="shares, threshold, refusals, erasure",
    ),
    _bug(
        "late-share",
        "a new share signs from the second round of its group on",
        (Signer, "_adopt", adopts_a_round_late),
        rules="refusals, shares",
    ),
    _bug(
        "leaver-goes-on", "a leaver goes on to sign", (Handler, "leave", lambda self, last_round: None), rules="shares"
    ),
    _bug(
        "leaver-back",
        "a leaver that restarts goes on to sign",
        (Node, "resume", resumes_though_it_leaves),
        rules="shares, requests",
    ),
    _bug(
        "leaver-keeps-share",
        "a leaver does not erase its share",
        (Handler, "stored", without(LeftGroup, STORED)),
        rules="erasure",
    ),
    _bug("erased-late", "a share is erased one group late", (Signer, "_forget", forgets_too_late), rules="erasure"),
    _bug(
        "stale-resume",
        "a restart takes the oldest group that is kept",
        (Node, "resume", resumes_with_the_oldest_group),
        rules=f"refusals, shares, {LIVE}",
    ),
    _bug(
        "never-again",
        "a node that has the round does not sign it for the others",
        (Handler, "_contribute", never_again),
        rules="timely",
    ),
    _bug(
        "every-other-tick",
        "the timer is set for the round after the next one",
        (Handler, "timer", every_other_tick),
        rules="timely",
    ),
    _bug(
        "slow-catch-up",
        "catch-up waits for two and a half periods",
        (Handler, "stored", catch_up_slowly),
        rules="pace, catch-up",
    ),
    _bug(
        "catch-up-short",
        "catch-up stops one round short of the clock",
        (Handler, "stored", catch_up_one_short),
        rules="pace, timely, catch-up",
    ),
    _bug(
        "eager-catch-up",
        "a beacon from a peer starts the catch-up timer as well",
        (Handler, "stored", catch_up_after_any_beacon),
        rules="pace",
    ),
    _bug(
        "own-does-not-count",
        "a node does not count its own partial",
        (Handler, "signed", own_does_not_count),
        rules=LIVE,
    ),
    _bug(
        "histories-mix",
        "partials on different previous signatures are counted together",
        (PartialCache, "add", histories_mix),
        rules=f"requests, {LIVE}",
    ),
    _bug(
        "gives-up",
        "a reader gives up when the first peer has nothing",
        (SyncClient, "closed", gives_up_at_the_first_end),
        rules=f"streams, {LIVE}",
    ),
    _bug(
        "never-hangs-up",
        "a reader does not close its streams",
        *(
            (SyncClient, name, without(CloseStream, getattr(SyncClient, name)))
            for name in ("request", "receive", "stored")
        ),
        rules="streams",
    ),
    _bug(
        "serves-too-much",
        "a server begins one round before the one asked for",
        (SyncServer, "request", from_the_round_before),
        rules="serving",
    ),
    _bug(
        "mends-with-anything",
        "a repair does not verify what it writes",
        (Repair, "receive", mends_with_anything),
        rules="one chain, beacons verify, mended",
    ),
    _bug(
        "stored-all-the-same",
        "a node takes a failed write for done",
        (Node, "store_failed", stored_all_the_same),
        rules="no gap, nothing lost, serving, pace, catch-up",
    ),
    # of a bridge
    _bug(
        "any-seal",
        "a collator takes a block whatever its seal is",
        (Turns, "check", looked_at_under_any_seal),
        rules="authors",
        bridged=True,
    ),
    _bug(
        "half-of-the-votes",
        "half of the votes make a block final",
        (RoundVotes, "__post_init__", half_of_the_votes),
        rules="one bridge, finality, bridge grows, rounds grow",
        bridged=True,
    ),
    _bug(
        "old-ranges",
        "the pallet and the pool take a range that is past",
        (RangeBeacon, "try_submit_asig", no_range_is_past),
        (RangeBeacon, "validate_unsigned", no_round_is_past),
        rules="ingested once",
        bridged=True,
    ),
    _bug(
        "unverified-sums",
        "the pallet does not verify the sum of signatures",
        (BeaconPallet, "verified", lambda self, public_key, signature, message: None),
        rules="stored pair",
        bridged=True,
    ),
    _bug(
        "votes-forgotten",
        "a collator does not find its votes again after a restart",
        (Finality, "kept", lambda self: KeptVotes()),
        rules="finality",
        bridged=True,
    ),
    _bug(
        "keeps-to-itself",
        "a router does not send on what it gets",
        (Router, "_send_on", to_nobody),
        rules="gossip in time",
        bridged=True,
    ),
)

BUGS: Mapping[str, Bug] = {bug.name: bug for bug in _ALL}

KNOWN: Mapping[str, int] = {}
"""Seeds that find bugs which were not measured yet."""
