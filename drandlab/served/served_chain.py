"""The chain as a served network's clients see it: verified, repaired from the nodes' copies, and kept up with them.

At the opening every beacon of every copy is verified, and an invalid one is replaced from another copy
(`check_chains`). From then on every beacon read is compared with the verified one (`GuardedStore`). So only verified
beacons are served.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path

from drandlab.beacon.beacon import Beacon
from drandlab.beacon.chain_info import ChainInfo
from drandlab.beacon.store import StoreError
from drandlab.beacon.verify import Verifier
from drandlab.errors import DrandlabError, VerificationError
from drandlab.remote.keep.chain_check import Repairs, check_chains
from drandlab.remote.keep.chain_store import ChainStore
from drandlab.remote.keep.guarded_store import GuardedStore
from drandlab.typing import Progress, Round

__all__ = ["RELAY", "ServedChain"]

RELAY = "relay.sqlite"
"""Name of the file in the folder of the network."""

SLICE = 1000


class ServedChain:
    """The chain in the file ``relay.sqlite`` of ``folder``; ``copies`` returns those of the nodes.

    ``store`` is for the clients. ``trouble`` is called with a kind of trouble and its reason, or None at its end.
    """

    def __init__(
        self,
        folder: Path,
        info: ChainInfo,
        copies: Callable[[], Iterable[ChainStore]],
        trouble: Callable[[str, str | None], None],
        *,
        backend: str | None = None,
    ) -> None:
        self.info, self.file = info, ChainStore(folder / RELAY, info)
        self.store = GuardedStore(self.file, self._elsewhere, partial(trouble, "file"))
        self._copies, self._trouble, self._backend = copies, trouble, backend
        self._verifier = Verifier.of(info, backend)

    def check(self, copies: Mapping[str, ChainStore], progress: Progress) -> dict[str, Repairs]:
        """Verify and repair this chain and the ``copies``, by name, as `check_chains` does; return what was wrong."""
        self.store.forget()
        return check_chains(
            {RELAY: self.file} | dict(copies), backend=self._backend, progress=progress, true=self.store.trust
        )

    def level(self, copies: Iterable[ChainStore]) -> None:
        """Append the missing rounds to this chain from the longest of the ``copies``, or to that copy from this."""
        longest = max(copies, key=lambda store: store.last().round)
        for taker, giver in ((longest, self.file), (self.file, longest)):  # the nodes may have lost their chains
            while taker.last().round < giver.last().round:
                for beacon in giver.read(taker.last().round + 1, SLICE):
                    taker.append(beacon)

    def follow(self, beacon: Beacon) -> list[Beacon]:
        """Add a beacon that a node has stored, after those missing before it; return what is new in the chain."""
        new: list[Beacon] = []
        try:
            if beacon.round == self.store.last().round + 1:
                self.store.append(beacon)
                new.append(beacon)
            elif beacon.round > self.store.last().round:
                new.extend(self._take())
        except DrandlabError as error:
            if isinstance(error, StoreError) and error.source == str(self.file.path):
                self._trouble("disk", error.rule)
            else:
                self._trouble("disk", str(error))
        else:
            self._trouble("disk", None)
        return new

    def close(self) -> None:
        """Close the file."""
        self.file.close()

    def _take(self) -> Iterator[Beacon]:
        """Append the missing rounds from the nodes, and yield them; raises `StoreError` if they cannot be stored."""
        for copy in self._copies():
            while found := self._next_of(copy):
                for beacon in found:
                    self.store.append(beacon)
                    yield beacon

    def _next_of(self, copy: ChainStore) -> list[Beacon]:
        """Return the valid beacons of a copy that follow the served chain."""
        before = self.store.last()
        true: list[Beacon] = []
        try:
            found = copy.read(before.round + 1, SLICE)
        except StoreError:
            return []
        for beacon in found:
            linked = not self.info.scheme.chained or beacon.previous_signature == before.signature
            if beacon.round != before.round + 1 or not linked:
                break
            if not self.store.knows(beacon):
                try:
                    self._verifier.verify(beacon)
                except VerificationError:
                    break
            true.append(beacon)
            before = beacon
        return true

    def _elsewhere(self, round: Round) -> Beacon | None:
        for copy in self._copies():
            try:
                found = copy.read(round, 1)
                if found and found[0].round == round:
                    self._verifier.verify(found[0])
                    return found[0]
            except DrandlabError:
                continue
        return None
