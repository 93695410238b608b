"""What one node must know before a DKG or a resharing starts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from drandlab.algebra.field import FieldElement
from drandlab.algebra.shamir import Share
from drandlab.crypto.feldman import PublicPolynomial, minimum_threshold
from drandlab.curves.group import Group, Point
from drandlab.dkg.packets import SESSION_ID_LENGTH
from drandlab.errors import LocalError
from drandlab.typing import Rng, checked_bytes, checked_int

__all__ = ["Config", "Member", "minimum_threshold"]


@dataclass(frozen=True, slots=True)
class Member:
    """A participant of a run: its index and its long-term public key."""

    index: int
    key: Point

    def __post_init__(self) -> None:
        object.__setattr__(self, "index", checked_int(self.index, "index", 0, (1 << 32) - 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """What one node knows of a run; its part in the run follows from the fields that are given.

    ============================  ==========  ==============================  ===================
    field                         fresh run   resharing, in the old group     resharing, newcomer
    ============================  ==========  ==============================  ===================
    ``new_nodes``, ``threshold``  everybody   the new group                   the new group
    ``old_nodes``                 left out    the old group                   the old group
    ``old_threshold``             left out    of the old group                of the old group
    ``share``                     left out    its share of the key            left out
    ``public``                    left out    the old public polynomial       the old public polynomial
    ============================  ==========  ==============================  ===================

    ``longterm`` is the node's long-term secret, ``nonce`` the session id of 32 bytes, the same for all nodes of one run
    and never used for two. ``old_threshold`` is given apart so that a false old polynomial cannot lower it. ``entropy``
    is a source for the secret of a fresh run, beside the system's.

    Stricter than production in two places: a threshold of 0 is refused (the Go code panics), and an old group without
    its polynomial is refused (the Go code silently makes a fresh run of it).
    """

    group: Group
    longterm: FieldElement = field(repr=False)
    new_nodes: Sequence[Member]
    threshold: int
    nonce: bytes
    old_nodes: Sequence[Member] = ()
    old_threshold: int = 0
    share: Share | None = field(default=None, repr=False)
    public: PublicPolynomial | None = None
    fast_sync: bool = False
    entropy: Rng | None = None
    key: Point = field(init=False)
    """This node's long-term public key."""
    dealer_index: int | None = field(init=False)
    """This node's index among the dealers, if it is one."""
    holder_index: int | None = field(init=False)
    """This node's index among the holders, if it is one."""

    def __post_init__(self) -> None:
        for name in ("new_nodes", "old_nodes"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        if not self.new_nodes:
            raise LocalError("a run needs at least one node", argument="new_nodes")
        object.__setattr__(self, "nonce", checked_bytes(self.nonce, "nonce", SESSION_ID_LENGTH))
        object.__setattr__(self, "threshold", checked_int(self.threshold, "threshold", 1))
        object.__setattr__(self, "old_threshold", checked_int(self.old_threshold, "old_threshold"))
        if self.public is None and (self.share is not None or self.old_nodes or self.old_threshold):
            raise LocalError(
                "a resharing needs the old group's public polynomial, a fresh run no old group", argument="public"
            )
        if self.resharing:
            if not self.old_nodes:
                raise LocalError("a resharing needs the list of the old group", argument="old_nodes")
            if self.old_threshold < 1:
                raise LocalError(
                    f"expected that of the old group, got {self.old_threshold!r}", argument="old_threshold"
                )
        for name, nodes in (("new_nodes", self.new_nodes), ("old_nodes", self.old_nodes)):
            self._check_list(name, nodes)
        key = self.longterm * self.group.generator
        object.__setattr__(self, "key", key)
        for name, nodes in (("dealer_index", self.dealers), ("holder_index", self.holders)):
            object.__setattr__(self, name, next((member.index for member in nodes if member.key == key), None))
        if self.dealer_index is None and self.holder_index is None:
            raise LocalError("its public key is neither in new_nodes nor in old_nodes", argument="longterm")

    def _check_list(self, name: str, nodes: Iterable[Member]) -> None:
        seen = set()
        for member in nodes:
            if member.index in seen:
                raise LocalError(f"index {member.index} comes twice", argument=name)
            if member.key.group is not self.group:
                raise LocalError(f"the key of index {member.index} is of {member.key.group!r}", argument=name)
            seen.add(member.index)

    @property
    def resharing(self) -> bool:
        """Whether the run is a resharing, not a fresh run."""
        return self.public is not None

    @property
    def dealers(self) -> Sequence[Member]:
        """Who deals: the old group, or everybody in a fresh run."""
        return self.old_nodes if self.resharing else self.new_nodes

    @property
    def holders(self) -> Sequence[Member]:
        """Who receives shares: the new group."""
        return self.new_nodes

    @property
    def can_issue(self) -> bool:
        """Whether this node deals: it does in a fresh run, and in a resharing when it holds a share."""
        return self.share is not None if self.resharing else self.dealer_index is not None

    @property
    def can_receive(self) -> bool:
        """Whether this node will hold a new share."""
        return self.holder_index is not None
