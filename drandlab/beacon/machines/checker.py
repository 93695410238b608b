r"""The checks that need the curve: is this partial its sender's, what do $t$ partials make, is this beacon true.

Interpolating partials that were checked on receipt, and verifying the one result, costs a thirteenth of checking them
all again, as production's ``Recover`` does. The result is the same bytes: any $t$ valid partials give the one signature
that the group has for a message.

For the same reason a result does not depend on the node. One `Memory` for all nodes of a process (shared verification)
gives the same run as a memory for each node, with one curve operation instead of n.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from typing import Any, TypeAlias, TypeVar

from drandlab.beacon.beacon import Beacon
from drandlab.beacon.chain_info import ChainInfo
from drandlab.beacon.group import dist_public_hash
from drandlab.beacon.verify import Verifier
from drandlab.crypto.bls import BLS
from drandlab.crypto.feldman import PublicPolynomial
from drandlab.crypto.tbls import ThresholdBLS, combine
from drandlab.curves.group import Point
from drandlab.errors import VerificationError
from drandlab.typing import Round, ShareIndex

__all__ = ["Checker", "Memory"]

T = TypeVar("T")

Opened: TypeAlias = tuple[ShareIndex, Point]

WORTH_A_BATCH = 4
"""From so many partials on, one check of all costs less than one of each."""


class Memory:
    """Results of checks, remembered; the oldest of more than ``size`` are forgotten.

    >>> memory = Memory(size=2)
    >>> [memory.get(n % 3, lambda n=n: n) for n in (0, 3, 1, 2, 6)]
    [0, 0, 1, 2, 6]
    """

    def __init__(self, size: int = 4096) -> None:
        self.size = size
        self._known: OrderedDict[Hashable, object] = OrderedDict()

    def get(self, question: Hashable, ask: Callable[[], T]) -> T:
        """Return the result for ``question``, computed if it is not known; a `VerificationError` is a result too."""
        answer = self._known.get(question, self)
        if answer is self:
            try:
                answer = ask()
            except VerificationError as error:
                answer = error
            self.put(question, answer)
        if isinstance(answer, VerificationError):
            raise answer
        return answer  # type: ignore[return-value]  # one table for all types: a question fixes its own

    def peek(self, question: Hashable) -> Any:
        """Return the result if it is known, a `VerificationError` as it is, else None."""
        return self._known.get(question)

    def put(self, question: Hashable, answer: object) -> None:
        """Remember a result that was computed elsewhere."""
        self._known[question] = answer
        if len(self._known) > self.size:
            self._known.popitem(last=False)

    def __contains__(self, question: Hashable) -> bool:
        return question in self._known

    def __len__(self) -> int:
        return len(self._known)


class Checker:
    """The checks of one group of one chain: partials under its public polynomial, beacons under its key."""

    def __init__(self, info: ChainInfo, public: PublicPolynomial, memory: Memory | None = None) -> None:
        self.info, self.memory = info, Memory() if memory is None else memory
        self.bls = BLS.of(info.scheme, public.group.backend)
        self._name = dist_public_hash(public)
        # its share keys are worked out once for all who share the memory
        self.group = self.memory.get(("group", self._name), lambda: ThresholdBLS(self.bls, public))
        self.threshold = public.threshold
        self._verifier = Verifier.of(info, public.group.backend)
        self._chain = info.chain_hash

    def __repr__(self) -> str:
        return f"<Checker of {self.info.beacon_id}, {self.group!r}>"

    def digest(self, round: Round, previous_signature: bytes) -> bytes:
        """Return the message that is signed for ``round``."""
        return self.info.scheme.digest(round, previous_signature)

    def own(self, round: Round, previous_signature: bytes, partial: bytes) -> Opened:
        """Return index and point of this node's own partial, not verified here; the nodes that receive it verify it."""
        found = self.group.open(partial)
        self.memory.get((self._name, round, previous_signature), dict[bytes, Opened])[partial] = found
        return found

    def known(self, round: Round, previous_signature: bytes, partial: bytes) -> Opened | None:
        """Return index and point of a partial that was found true already, None for any other."""
        found = self.memory.peek((self._name, round, previous_signature, partial))
        return None if isinstance(found, VerificationError) else found

    def partial(self, round: Round, previous_signature: bytes, partial: bytes) -> Opened:
        """Return index and point of a partial signature of a round; raises `VerificationError`.

        Where a memory is shared, the partials that its nodes have made for the same round are checked with the first
        that is asked for, in one batch.
        """
        key = self._name, round, previous_signature
        question = *key, partial
        if question not in self.memory:
            self._check_together(key, partial)
        return self.memory.get(
            question, lambda: self.group.check(self._hashed(self.digest(round, previous_signature)), partial)
        )

    def _check_together(self, key: tuple[bytes, Round, bytes], partial: bytes) -> None:
        if key not in self.memory:
            return
        expected = self.memory.get(key, dict[bytes, Opened])
        if len(expected) + 1 < WORTH_A_BATCH:
            return
        together = dict(expected)
        expected.clear()
        try:
            together[partial] = self.group.open(partial)
        except VerificationError:
            return
        points = dict(together.values())
        if len(points) == len(together) and self.group.all_valid(self._hashed(self.digest(*key[1:])), points):
            for one, found in together.items():
                self.memory.put((*key, one), found)

    def recover(self, message: bytes, points: Mapping[ShareIndex, Point]) -> bytes:
        """Return the group's signature of ``message`` from ``threshold`` partials, itself verified.

        Raises `VerificationError` when one of them is false; that depends on the points, and is not remembered.
        """
        if (self._name, message) not in self.memory:
            signature = combine(self.bls, points)
            if not self.bls.matches(self.group.public.public_key, self._hashed(message), signature):
                raise VerificationError(
                    "recovered signature: the partials do not make the group's signature", code="recovered"
                )
            self.memory.put((self._name, message), bytes(signature))
        return self.memory.get((self._name, message), bytes)

    def _hashed(self, message: bytes) -> Point:
        return self.memory.get((self.info.scheme.dst, message), lambda: self.bls.hash(message))

    def beacon(self, beacon: Beacon) -> None:
        """Raise `VerificationError` unless ``beacon`` is one of the chain; its link is for the append rule to check."""
        fields = beacon.round, beacon.signature, beacon.previous_signature, beacon.claimed_randomness
        self.memory.get((self._chain, *fields), lambda: self._verifier.verify(beacon))
