"""The drand network that the collators of a chain file hear: real beacons, or ones made with a key of its own.

That key is drawn from a seed, or made by the nodes of a simulated network in a DKG, which then make the beacons too.

A round is heard by all collators during the slot in which it comes, unless it is ``missing``. Nothing here is lost or
late on the way: for that there is the simulated bridge (`drandlab.simulation.bridge`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from drandlab.beacon.beacon import Beacon
from drandlab.crypto.feldman import minimum_threshold
from drandlab.errors import LocalError
from drandlab.idn.sums import PULSE_SCHEME, on_curve
from drandlab.printable import repr_of
from drandlab.simulation.chains.dkg_drand import DkgDrand
from drandlab.simulation.chance import rng_for
from drandlab.simulation.scenario.event_base import set_field
from drandlab.typing import LAST_ROUND, Round, checked_int, checked_text

__all__ = ["DKG", "SIMULATED", "DrandTable", "HeardChain"]

SIMULATED = "simulated"
"""The chain whose key is made from the seed."""

DKG = "dkg"
"""The chain of a network of nodes that make its key among themselves."""

_MOST_NODES = 100
_MOST_BEFORE = 10_000
"""The latest first round of a network that has to make all rounds before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrandTable:
    """What is heard: ``chain`` is ``simulated``, ``dkg``, or a real network whose beacons come with drandlab.

    The first block's slot brings the rounds from ``first_round`` on, each slot ``per_slot`` of them: quicknet has a
    round every 3 seconds, two in a slot. The key of a simulated chain comes from ``seed``; that of ``dkg`` is made by
    ``nodes`` nodes with a ``threshold``, production's least one unless given, and ``seed`` is their world's.
    """

    chain: str = SIMULATED
    seed: int = 1
    first_round: Round = 1
    per_slot: int = 2
    missing: tuple[Round, ...] = ()
    nodes: int | None = None
    threshold: int | None = None

    @property
    def is_real(self) -> bool:
        """Whether its beacons are those of a real network."""
        return self.chain not in (SIMULATED, DKG)

    def __post_init__(self) -> None:
        checked_text(self.chain, "chain")
        set_field(self, "seed", checked_int(self.seed, "seed"))
        set_field(self, "first_round", checked_int(self.first_round, "first_round", 1, LAST_ROUND))
        set_field(self, "per_slot", checked_int(self.per_slot, "per_slot", 0, 100))
        set_field(self, "missing", tuple(checked_int(one, "missing", 1, LAST_ROUND) for one in self.missing))
        self._check_nodes()

    def _check_nodes(self) -> None:
        for name in ("nodes", "threshold"):
            if self.chain != DKG and getattr(self, name) is not None:
                raise LocalError(f'only a chain of nodes has it, chain = "{DKG}"', argument=name)
        if self.chain == DKG:
            nodes = checked_int(5 if self.nodes is None else self.nodes, "nodes", 2, _MOST_NODES)
            least = minimum_threshold(nodes)
            threshold = least if self.threshold is None else self.threshold
            set_field(self, "nodes", nodes)
            set_field(self, "threshold", checked_int(threshold, "threshold", least, nodes))
            checked_int(self.first_round, "first_round", 1, _MOST_BEFORE)


class HeardChain:
    """The beacons of a `DrandTable`, made or looked up when they are asked for.

    ``real`` are the beacons of the network that the table names, ``public_key`` its key; a simulated chain needs none.
    ``dkg`` is the network whose nodes have made the key, where the table asks for one.
    Raises `LocalError` for a network without beacons, or with signatures that are not on G1, and for a real network in
    glass.
    """

    def __init__(
        self, table: DrandTable, backend: str, *, real: Iterable[Beacon] = (), public_key: bytes | None = None
    ) -> None:
        if table.is_real and backend == "glass":
            rule = f"the beacons of {repr_of(table.chain, 60)} are real, and glass has none; choose blst or py_ecc"
            raise LocalError(rule, argument="backend")
        self.table, self._bls = table, on_curve(backend)
        self._missing = frozenset(table.missing)
        self._secret = rng_for(table.seed, "drand of a chain file").randrange(1, self._bls.suite.order)
        self._real = {beacon.round: beacon for beacon in real}
        self.dkg: DkgDrand | None = None
        if table.chain == DKG:
            assert table.nodes is not None
            self.dkg = DkgDrand(nodes=table.nodes, threshold=table.threshold, seed=table.seed, backend=backend)
            self.public_key = self.dkg.public_key
        elif not table.is_real:
            self.public_key = bytes(self._bls.public_key(self._secret))
        elif public_key is None or not self._real:
            raise LocalError(f"no beacons of {repr_of(table.chain, 60)} come with drandlab", argument="chain")
        elif len(public_key) != PULSE_SCHEME.key_length or any(one.previous_signature for one in self._real.values()):
            rule = f"{table.chain} has another scheme than {PULSE_SCHEME.name}, which the bridge hears"
            raise LocalError(rule, argument="chain")
        else:
            self.public_key = public_key

    def heard(self, block: int) -> list[Beacon]:
        """Return what every collator hears in the slot of a block, in the order of the rounds."""
        first = self.table.first_round + (block - 1) * self.table.per_slot
        rounds = range(first, min(first + self.table.per_slot, LAST_ROUND + 1))
        found = (self._beacon(round) for round in rounds if round not in self._missing)
        return [beacon for beacon in found if beacon is not None]

    def _beacon(self, round: Round) -> Beacon | None:
        if self.dkg is not None:
            return self.dkg.beacon(round)
        if self.table.is_real:
            return self._real.get(round)
        return Beacon(round=round, signature=self._bls.sign(self._secret, PULSE_SCHEME.digest(round)))
