"""The chain of a simulated bridge: its pallets, its genesis block, and the work that its collators share.

At genesis root sets the key of the drand chain, in ``accumulate`` with the genesis round; the state after that call is
what block 0 holds. `SharedRules` executes each block once for all collators: the same block on the same parent gives
the same state, so sharing changes nothing but the time that a run takes.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from drandlab.errors import DrandlabError
from drandlab.idn.collator.chain_rules import RuntimeRules
from drandlab.idn.collator.collator_effects import BlockKept
from drandlab.idn.pallets.aura import Aura
from drandlab.idn.pallets.system import System
from drandlab.idn.pallets.timestamp import Timestamp
from drandlab.idn.rand_beacon import MODES, rand_beacon
from drandlab.idn.runtime.blocks import Block, Header
from drandlab.idn.runtime.calls import ROOT, Call
from drandlab.idn.runtime.outcomes import Executed, Head
from drandlab.idn.runtime.runtime import Runtime
from drandlab.idn.runtime.weights import Weight
from drandlab.idn.state import EMPTY_ROOT
from drandlab.typing import Round, checked_choice, checked_int

__all__ = ["CAPS", "TURNS", "BridgeRules", "OwnRules", "SharedRules"]

CAPS = {"accumulate": 30, "range": 6}
"""The cap of one block unless given: that of the first design, and today's."""

TURNS = ("slot", "number")
"""By what authors take turns: by the slot, as Aura has it, or by the number of the block, as the first design says."""

_Done: TypeAlias = tuple[bytes, bytes, tuple[bytes, ...]]
"""What decides what executing a block gives: its parent, its header, its extrinsics."""

REMEMBERED = 256
"""Blocks whose execution is remembered: collators import a block within seconds of each other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeRules:
    """A bridge of so many ``collators``, in a ``mode`` of the beacon pallet.

    ``max_pulses`` is the cap of one block (`CAPS` unless given), ``genesis_round`` the round with which ``accumulate``
    begins, ``turn`` one of `TURNS`. Raises `LocalError` for what no bridge can have.
    """

    collators: int = 4
    mode: str = "range"
    max_pulses: int | None = None
    genesis_round: Round = 1
    turn: str = "slot"

    def __post_init__(self) -> None:
        checked_choice(self.mode, "mode", MODES)
        checked_choice(self.turn, "turn", TURNS)
        object.__setattr__(self, "collators", checked_int(self.collators, "collators", 1, 100))
        if self.max_pulses is not None:
            object.__setattr__(self, "max_pulses", checked_int(self.max_pulses, "max_pulses", 1, 255))
        object.__setattr__(self, "genesis_round", checked_int(self.genesis_round, "genesis_round", 1, (1 << 64) - 1))

    @property
    def cap(self) -> int:
        """The cap of one block; in ``range`` one round more passes."""
        return CAPS[self.mode] if self.max_pulses is None else self.max_pulses

    def runtime(self, backend: str | None = None) -> Runtime:
        """Return the runtime of the bridge, on a curve's backend."""
        beacon = rand_beacon(self.mode, max_pulses=self.cap, backend=backend)
        return Runtime([System(), Timestamp(), Aura(), beacon])

    def genesis(self, runtime: Runtime, authorities: Iterable[bytes], public_key: bytes) -> Head:
        """Return block 0, in which root has set the ``public_key`` of the drand chain."""
        begun = runtime.genesis({"Aura": {"authorities": list(authorities)}})
        more = {"genesis_round": self.genesis_round} if self.mode == "accumulate" else {}
        builder = runtime.open(begun, 0)
        outcome = builder.run(Call("RandBeacon", "set_beacon_config", {"pk": public_key, **more}), ROOT)
        assert outcome.error is None, outcome.error
        state = builder.context.storage.commit()
        header = Header(parent_hash=bytes(32), number=0, state_root=state.root, extrinsics_root=EMPTY_ROOT)
        return Head(header=header, state=state)


class OwnRules(RuntimeRules):
    """The rules of a bridge for one collator, which does all of its work itself."""


class SharedRules(RuntimeRules):
    """The rules of a bridge for all collators of a run, each block executed once."""

    def __init__(self, runtime: Runtime, genesis: Head) -> None:
        super().__init__(runtime, genesis)
        self._executed: OrderedDict[_Done, Executed | DrandlabError] = OrderedDict()

    def execute(self, parent: Head, block: Block) -> Executed:
        """Execute a sealed block, or return what came of it before."""
        key = parent.hash, block.hash, block.extrinsics
        found = self._executed.get(key)
        if found is None:
            found = self._keep(key, self._execute(parent, block))
        if isinstance(found, DrandlabError):
            raise found
        return found

    def _execute(self, parent: Head, block: Block) -> Executed | DrandlabError:
        try:
            return super().execute(parent, block)
        except DrandlabError as error:
            return error

    def _keep(self, key: _Done, found: Executed | DrandlabError) -> Executed | DrandlabError:
        self._executed[key] = found
        if len(self._executed) > REMEMBERED:
            self._executed.popitem(last=False)
        return found

    def remember(self, kept: BlockKept) -> None:
        """Take what the author of a block has computed while it made the block: executing it gives the same."""
        done = Executed(head=kept.head, outcomes=kept.outcomes, weight=Weight(), touched=())
        self._keep((kept.block.header.parent_hash, kept.block.hash, kept.block.extrinsics), done)
