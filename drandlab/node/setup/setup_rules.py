r"""The rules of the set-up phase: terms, times, the secret proof, the coordinator's signature.

The secret proof is the common secret itself; two are compared by their SHA-256 in constant time. The group's hash is
signed by Schnorr over the key group (drand 1.5), or by BLS (drand 1.0).

With $T$ the DKG's phase time-out and all in whole seconds, a new chain begins at $now + 3T + offset$, raised to the
next multiple of the period (by a full one if it is a multiple already). A resharing takes over at the first round after
$now + 3T + offset + period$.

Source: drand v1 ``core/group_setup.go``, ``core/drand_beacon_control.go``.
"""

from __future__ import annotations

import hashlib
import hmac
import math
from dataclasses import dataclass, replace

from drandlab.algebra.shamir import Share
from drandlab.beacon.chain_info import DEFAULT_BEACON_ID, canonical_beacon_id
from drandlab.beacon.group import Group
from drandlab.beacon.identity import Identity, KeyPair
from drandlab.beacon.rounds import Schedule
from drandlab.crypto import schnorr
from drandlab.crypto.feldman import minimum_threshold
from drandlab.dkg.config import Config, Member
from drandlab.errors import LocalError, VerificationError
from drandlab.node.setup.setup_packets import (
    BadSelfSignature,
    DuplicateAddress,
    NotInTheGroup,
    StartDKG,
    UnfitGroup,
    WrongGroupHash,
)
from drandlab.typing import Rng, Seconds, checked_choice, checked_int, checked_positive, checked_real, digits_of

__all__ = [
    "PHASES",
    "Terms",
    "check_catchup",
    "check_group",
    "check_group_signature",
    "check_identity",
    "check_signature_kind",
    "default_catchup",
    "dkg_config",
    "genesis_time",
    "paced",
    "same_secret",
    "session_id",
    "sign_group",
    "transition_time",
]

SELF_SIGNATURE_VERSION = 1
SIGNATURES = ("schnorr", "bls")
PHASES = 3
"""Phases of a DKG, each of which may take its whole time-out."""


def same_secret(ours: bytes, theirs: bytes) -> bool:
    """Return whether a secret proof is our own secret; the time taken tells nothing about either."""
    return hmac.compare_digest(hashlib.sha256(ours).digest(), hashlib.sha256(theirs).digest())


def _after_dkg(now: Seconds, phase_timeout: int, offset: int) -> int:
    return math.floor(checked_real(now, "now", what="UNIX seconds")) + PHASES * phase_timeout + offset


def genesis_time(now: Seconds, *, phase_timeout: int, offset: int, period: int) -> int:
    """Return the genesis time of a chain whose DKG starts at ``now``.

    >>> [genesis_time(now, phase_timeout=10, offset=1, period=30) for now in (1000, 1018, 1019.5)]
    [1050, 1050, 1080]
    """
    earliest = _after_dkg(now, phase_timeout, offset)
    return earliest + period - earliest % period


def transition_time(now: Seconds, *, phase_timeout: int, offset: int, running: Group) -> int:
    """Return the time at which a group that is made at ``now`` takes over from the ``running`` one."""
    earliest = _after_dkg(now, phase_timeout, offset) + running.period
    return Schedule(running.period, running.genesis_time).next_round(earliest)[1]


def default_catchup(period: int) -> int:
    """Return the catch-up period of a network that names none: 1 second, or 0 where the period is 1 second.

    Production's is 0 s, as fast as messages travel; a pause of a second can be watched.

    >>> [default_catchup(period) for period in (1, 2, 30)]
    [0, 1, 1]
    """
    return min(1, period - 1)


def check_catchup(catchup_period: int, period: int) -> None:
    """Raise `LocalError` unless a network catches up: with $c < p$, from $B$ rounds behind in $B c / (1 - c / p)$ s."""
    if catchup_period >= period:
        raise LocalError(
            f"{catchup_period} s is not below the period, {period} s, so that the network would never "
            f"catch up after a halt; expected whole seconds from 0 to {period - 1}",
            argument="catchup_period",
        )


def paced(group: Group) -> Group:
    """Return the group with a catch-up period that is below its period, its own if it is.

    Production makes groups with any, and their files are read as they are. The catch-up period is a node's own pace: no
    hash and no signature holds it.
    """
    if group.catchup_period < group.period:
        return group
    return replace(group, catchup_period=default_catchup(group.period))


def session_id(group: Group) -> bytes:
    r"""Return the session id of the group's DKG in version 1: $SHA\text{-}256(\text{i64be } time)$.

    The time is that of the transition, or of the genesis of a first group.
    """
    return hashlib.sha256((group.transition_time or group.genesis_time).to_bytes(8, "big", signed=True)).digest()


def check_signature_kind(kind: str) -> None:
    """Raise `LocalError` unless ``kind`` is a way to sign a group."""
    checked_choice(kind, "signature", SIGNATURES)


def sign_group(pair: KeyPair, group: Group, rng: Rng, kind: str = "schnorr") -> bytes:
    """Return the coordinator's signature of the group's hash, ``"schnorr"`` (drand 1.5) or ``"bls"`` (drand 1.0)."""
    check_signature_kind(kind)
    if kind == "bls":
        return pair.sign(group.group_hash)
    return schnorr.sign(pair.secret, pair.identity.key, group.group_hash, rng)


def check_group_signature(coordinator: Identity, group: Group, signature: bytes, kind: str = "schnorr") -> None:
    """Raise `VerificationError` unless ``signature`` is the coordinator's, of the group's hash."""
    check_signature_kind(kind)
    if kind == "bls":
        coordinator.verify(group.group_hash, signature)
    else:
        schnorr.verify(coordinator.key, group.group_hash, signature)


def dkg_config(start: StartDKG, pair: KeyPair, share: Share | None = None, *, fast_sync: bool = False) -> Config:
    """Return the configuration with which the node of ``pair`` runs the DKG that ``start`` asks for.

    ``share`` is the node's share of the running key, if it is in the old group.
    """

    def members(group: Group) -> tuple[Member, ...]:
        return tuple(Member(node.index, node.identity.key) for node in group.nodes)

    old = start.old_group
    return Config(
        group=pair.identity.key.group,
        longterm=pair.secret,
        new_nodes=members(start.group),
        threshold=start.group.threshold,
        nonce=start.session_id,
        old_nodes=members(old) if old else (),
        old_threshold=old.threshold if old else 0,
        public=old.public if old else None,
        share=share,
        fast_sync=fast_sync,
    )


def check_identity(identity: Identity, own: Identity) -> None:
    """Raise `BadSelfSignature` unless the identity is of our scheme and self-signed."""
    if identity.scheme.name != own.scheme.name:
        raise BadSelfSignature(f"an identity of {identity.scheme.name}, not of {own.scheme.name}", identity.address)
    if identity.key.group is not own.key.group:
        raise LocalError(
            f"decode it on this node's backend, {own.key.group!r}, not {identity.key.group!r}", argument="identity"
        )
    try:
        identity.check_self_signature(SELF_SIGNATURE_VERSION)
    except VerificationError as error:
        raise BadSelfSignature(error.reason, identity.address) from error


def check_group(group: Group, own: Identity, *, running: Group | None, beacon_id: str, now: Seconds) -> None:
    """Raise a `SetupRefused` unless the pushed ``group`` is one that the node of identity ``own`` can run.

    It continues the ``running`` group, if there is one, or founds the network of this beacon ID; it holds the node, or
    the running group does; every member has proved its key, and no address comes twice.
    """
    if group.public is not None:
        raise UnfitGroup("the group has a public key before its DKG", code="public-key")
    if group.canonical_id != canonical_beacon_id(beacon_id):
        raise UnfitGroup(f"a group of the network {group.beacon_id!r}, not of {beacon_id!r}", code="other-network")
    if running is None:
        _check_foundation(group, now)
    else:
        try:
            running.check_transition(group, now)
        except VerificationError as error:
            raise UnfitGroup(error.reason, code=error.code) from error
    if group.find(own) is None and (running is None or running.find(own) is None):
        raise NotInTheGroup("this node is not in the group that was pushed", own.address)
    seen = set()
    for node in group.nodes:
        if node.identity.address in seen:
            raise DuplicateAddress("two nodes of the pushed group have this address", node.identity.address)
        seen.add(node.identity.address)
        check_identity(node.identity, own)


def _check_foundation(group: Group, now: Seconds) -> None:
    if group.transition_time:
        raise UnfitGroup("a group that takes over from another, but no group is running here", code="no-group")
    if group.genesis_time < now:
        raise UnfitGroup(f"its genesis time {group.genesis_time} is past, it is {now} now", code="past")
    if group.seed != (wanted := group.first_seed(1)):
        raise WrongGroupHash(f"genesis seed {group.seed.hex()[:8]}… is not the group's hash {wanted.hex()[:8]}…")


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the coordinator's operator decides; ``expected`` nodes, the coordinator among them.

    In a resharing, ``old_group`` is the running group, and period and beacon ID are its own, whatever stands here. The
    catch-up period is below the period, or the network would never catch up; production takes any.
    ``offset`` is how many seconds lie at least between the DKG's last time-out and the first round; ``wait`` and
    ``push_wait`` are how long the coordinator waits at most for signals, and for the group to be acknowledged.
    """

    expected: int
    threshold: int
    period: int = 30
    catchup_period: int = 0
    phase_timeout: int = 10
    offset: int = 1
    beacon_id: str = DEFAULT_BEACON_ID
    old_group: Group | None = None
    kind: str = "schnorr"
    wait: Seconds = 3600
    push_wait: Seconds = 60

    def __post_init__(self) -> None:
        for name in ("expected", "threshold"):
            object.__setattr__(self, name, checked_int(getattr(self, name), name))
        if self.expected < 2:
            raise LocalError(f"a set-up needs at least 2 nodes, got {self.expected}", argument="expected")
        least = minimum_threshold(self.expected)
        if not least <= self.threshold <= self.expected:
            raise LocalError(
                f"{self.expected} nodes need one from {least} to {self.expected}, got {digits_of(self.threshold)}",
                argument="threshold",
            )
        for name, minimum in (("period", 1), ("catchup_period", 0), ("phase_timeout", 1), ("offset", 0)):
            value = checked_int(getattr(self, name), name, minimum, (1 << 32) - 1, what="whole seconds")
            object.__setattr__(self, name, value)
        check_catchup(self.catchup_period, self.old_group.period if self.old_group else self.period)
        for name in ("wait", "push_wait"):
            object.__setattr__(self, name, checked_positive(getattr(self, name), name, what="seconds"))
