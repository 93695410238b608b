"""A chain file at work: the blocks of the bridge and of its consumers, round by round, written to a journal.

>>> from drandlab.simulation.chains.chain_scenario import load_chain
>>> run = ChainRun(load_chain("stall"), backend="glass").run()
>>> run.journal.entries("chain block")[-1].what.next_round
1004
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from drandlab.curves.choice import resolve
from drandlab.errors import DecodeError
from drandlab.show import view_of
from drandlab.simulation.chains.bridge_chain import BridgeChain
from drandlab.simulation.chains.chain_entries import ChainFileBegan, DkgBehindBridge
from drandlab.simulation.chains.chain_scenario import ChainScenario
from drandlab.simulation.chains.consumer_chain import ConsumerChain
from drandlab.simulation.chains.dkg_drand import DkgDrand
from drandlab.simulation.chains.drand_table import DrandTable, HeardChain
from drandlab.simulation.chains.one_chain import ChainAtWork
from drandlab.simulation.chains.sibling_channels import SiblingChannels
from drandlab.simulation.journal import Journal
from drandlab.typing import Progress

__all__ = ["ChainRun"]


class ChainRun:
    """The chains of a file. ``heard`` is what the collators hear; without it a simulated chain is made where needed.

    ``backend`` None is that of the file, or the one in force.

    In a round the bridge makes its block, then each consumer its own, in the order of the file; then what they send
    goes into the channels. A chain in which too much of a sibling waits takes nothing more out of that channel: it
    fills, what the sibling sends waits there, and its price rises, until the chain has caught up.
    """

    def __init__(self, scenario: ChainScenario, *, heard: HeardChain | None = None, backend: str | None = None) -> None:
        self.scenario, self.backend = scenario, resolve(scenario.backend if backend is None else backend)
        table, self.journal = scenario.bridge, Journal()
        if heard is None and table.ingest:
            heard = HeardChain(scenario.drand or DrandTable(), self.backend)
        self.heard = heard if table.ingest else None
        self.bridge = BridgeChain(scenario, self.heard, self.backend, self.journal)
        key = self._public_key()
        self.consumers = tuple(
            ConsumerChain(scenario, one, key, self.backend, self.journal) for one in scenario.consumers
        )
        self.channels = SiblingChannels(scenario)
        self._write_header()

    @property
    def chains(self) -> tuple[ChainAtWork, ...]:
        """The chains in the order of their blocks within a round."""
        return self.bridge, *self.consumers

    def _public_key(self) -> bytes:
        """The beacon's key, as consumer chains know it: what is heard, or the first that the file sets, or any."""
        if self.heard is not None:
            return self.heard.public_key
        curve = self.bridge.pallet.curve
        for call in self.scenario.calls:
            if call.call.startswith("RandBeacon.set_beacon"):
                key = bytes.fromhex(call.args["pk"])
                # the bridge stores whatever bytes it is given, and then verifies nothing with them
                with suppress(DecodeError):
                    curve.decode_key(key)
                    return key
        return bytes(curve.public_key(1))

    def _write_header(self) -> None:
        table, head = self.scenario.bridge, self.bridge.head
        began = ChainFileBegan(
            scenario=self.scenario.name,
            chain=table.para_id,
            mode=table.mode,
            policy=table.policy,
            collators=table.collators,
            consumers=tuple(one.para_id for one in self.scenario.consumers),
            max_pulses=table.max_pulses,
            backend="glass" if self.backend == "glass" else self.bridge.pallet.curve.scheme.curve,
            genesis_hash=head.hash,
            begins=head.state.root,
            without=table.without,
            base_fees=table.base_fees,
        )
        self.journal.write(self.bridge.time(0), None, began)
        if self.heard is not None and self.heard.dkg is not None:
            self.journal.write(self.bridge.time(0), None, _made_in_dkg(self.heard.dkg))

    def run(self, blocks: int | None = None, progress: Progress | None = None) -> ChainRun:
        """Make the blocks up to number ``blocks`` (None: as many as the file says), and return this."""
        last = self.scenario.blocks if blocks is None else blocks
        for number in range(self.bridge.head.number + 1, last + 1):
            for chain in self.chains:
                chain.block(number, self.channels.messaging(chain.para_id, number, chain.congested()))
            for chain in self.chains:
                self.channels.take(chain.para_id, chain.pages(), number)
                for other in self.chains:
                    chain.under_way[other.para_id] -= other.arrived[chain.para_id]
                chain.write_channels(number, self.channels.outgoing(chain.para_id))
            if progress is not None:
                progress(number, last)
        return self

    def show(self, **options: Any) -> Any:
        """Return the delivery lane of this run, a `DeliveryLaneWidget`; ``options`` are those of the widget.

        >>> from drandlab.simulation.chains.chain_scenario import load_chain
        >>> ChainRun(load_chain("stall"), backend="glass").run(3).show(block=2)
        DeliveryLaneWidget(blocks 1 to 3, block=2, chosen=None)
        """
        return view_of("lane", self, **options)


def _made_in_dkg(drand: DkgDrand) -> DkgBehindBridge:
    terms = drand.network.terms
    return DkgBehindBridge(
        nodes=terms.expected,
        threshold=terms.threshold,
        public_key=drand.public_key,
        journal=drand.network.journal.digest(),
    )
