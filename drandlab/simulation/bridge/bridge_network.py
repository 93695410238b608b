"""A whole bridge in the simulated world: collators that hear a drand network by gossip, and the chain they make of it.

>>> from drandlab.simulation.pubsub.pulse_feeds import PulseFeed
>>> bridge = BridgeNetwork(collators=4, mode="accumulate", feed=PulseFeed.made(rounds=10))
>>> bridge.run()
<BridgeNetwork of 4 collators, accumulate, block 11, round 10>

Everything random comes from ``seed``, and the journal is the only witness, as for a `drandlab.Network`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from drandlab.crypto.secrecy import HoldsSecrets
from drandlab.errors import LocalError, WrongType
from drandlab.idn.collator.collator import Collator, CollatorSettings, KeptChain
from drandlab.idn.collator.collator_effects import BlockKept
from drandlab.idn.collator.collator_keys import CollatorKeys
from drandlab.idn.collator.conduct import Conduct
from drandlab.idn.pulses import Pulse
from drandlab.idn.rand_beacon import RunningPair
from drandlab.idn.slots import SLOT_MS
from drandlab.simulation.bridge.bridge_entries import (
    BridgeMade,
    CollatorStarted,
    PulsesIngested,
    SubmissionFailed,
)
from drandlab.simulation.bridge.bridge_host import CollatorDriver, CollatorHost
from drandlab.simulation.bridge.bridge_interventions import BridgeInterventions
from drandlab.simulation.bridge.bridge_rules import BridgeRules, OwnRules, SharedRules
from drandlab.simulation.bridge.gossip_ear import GossipEar
from drandlab.simulation.chance import rng_for, seed_mark
from drandlab.simulation.network import LINK, Network
from drandlab.simulation.pubsub.gossip_network import GossipNetwork
from drandlab.simulation.pubsub.pulse_feeds import PulseFeed
from drandlab.simulation.world.host_names import collator_name
from drandlab.simulation.world.links import MICRO, Link
from drandlab.typing import Progress, Round, Seconds, checked_flag, checked_real

__all__ = ["BridgeNetwork", "address_of_collator"]

AFTER: Seconds = 30.0
"""How long a run goes on after the last round of a feed: five slots."""

BLOCKS_TOLD = 4096
"""Blocks of which it is remembered that the journal knows what they ingest."""


def address_of_collator(index: int) -> str:
    """Return the address of a collator."""
    return f"collator{index}.example.org:30333"


class BridgeNetwork(BridgeInterventions, HoldsSecrets):
    """A bridge of ``collators`` in a ``mode``, fed by a drand network or by beacons that are there already.

    ``feed`` is a `drandlab.Network` with a chain, then the bridge lives in its world and writes into its journal; a
    `PulseFeed`, whose beacons are published at their round times; or None, for a chain that is made for the run.
    ``gossip`` is the gossip network that carries the pulses, made for the feed unless given; its first subscribers are
    the collators' peers, and begin when these say so. The other arguments of the chain are those of `BridgeRules`, or
    ``rules`` has them all. ``link`` is every link between collators. ``shared`` collators execute each block once for
    all, which changes nothing else. Raises `LocalError` for what no bridge can have.
    """

    def __init__(
        self,
        collators: int = 4,
        mode: str = "range",
        *,
        feed: Network | PulseFeed | None = None,
        gossip: GossipNetwork | None = None,
        rules: BridgeRules | None = None,
        max_pulses: int | None = None,
        genesis_round: Round | None = None,
        turn: str = "slot",
        link: Link | None = None,
        shared: bool = True,
        seed: int | str | None = None,
        detail: str = "full",
    ) -> None:
        shared = checked_flag(shared, "shared")
        if link is not None and not isinstance(link, Link):
            raise WrongType(f"expected a Link, got {type(link).__name__}", argument="link")
        if rules is None:
            first = _first_round(feed if gossip is None else gossip) if genesis_round is None else genesis_round
            rules = BridgeRules(collators=collators, mode=mode, max_pulses=max_pulses, genesis_round=first, turn=turn)
        self.rules = rules
        self.gossip = gossip if gossip is not None else _gossip_for(feed, rules.collators, seed, detail)
        self.seed = self.gossip.seed if seed is None else seed
        self.world, self.journal = self.gossip.world, self.gossip.journal
        self.backend, self.info = self.gossip.backend, self.gossip.info
        self._link = link or LINK
        self._runtime = rules.runtime(self.backend)
        self.keys = [self._keys_of(index) for index in range(rules.collators)]
        authorities = [keys.aura.public for keys in self.keys]
        self.genesis = rules.genesis(self._runtime, authorities, self.info.public_key)
        self._shared = SharedRules(self._runtime, self.genesis) if shared else None
        accumulates = rules.mode == "accumulate"
        self._settings = CollatorSettings(
            carrier="seed" if accumulates else "extrinsic",
            genesis_round=rules.genesis_round if accumulates else None,
            turn=rules.turn,
        )
        self._told: dict[bytes, None] = {}
        self._starts = [0] * rules.collators
        self.hosts: list[CollatorHost] = []
        self._write_header()
        for index in range(rules.collators):
            self._add(index)
        for host in self.hosts:
            begin = self.world.micros + rng_for(self.seed, "collator begins", host.index).randrange(MICRO)
            self.world.at(begin, host.resume)
        if self.gossip.drand is not None:
            self.gossip.drand.beside.append(self)

    @staticmethod
    def beside(net: Network) -> BridgeNetwork | None:
        """Return the bridge that lives in the world of a drand network, None where there is none."""
        return next((one for one in net.beside if isinstance(one, BridgeNetwork)), None)

    # -- the parts ----------------------------------------------------------------------------------------------------

    def _keys_of(self, index: int) -> CollatorKeys:
        from drandlab.crypto.sr25519 import Sr25519Key

        rng = rng_for(self.seed, "collator keys", index)
        return CollatorKeys(Sr25519Key.from_seed(rng.randbytes(32)), rng.randbytes(32))

    def _write_header(self) -> None:
        self.world.log(
            None,
            BridgeMade(
                collators=self.rules.collators,
                mode=self.rules.mode,
                slot_ms=SLOT_MS,
                max_pulses=self.rules.cap,
                seed=seed_mark(self.seed),
                detail=self.world.detail,
                hash=self.info.chain_hash,
                info=self.info.to_dict(2),
                backend=self.info.scheme.curve if self.backend != "glass" else "glass",
                genesis_round=self.rules.genesis_round if self.rules.mode == "accumulate" else None,
                turn=self.rules.turn,
            ),
        )

    def _add(self, index: int) -> None:
        addresses = [address_of_collator(place) for place in range(self.rules.collators)]
        driver = CollatorDriver(index, lambda kept, conduct: self._machine(index, kept, conduct), addresses, self._kept)
        host = CollatorHost(collator_name(index), addresses[index], self.world, driver)
        self.world.set_host_link(host, self._link)
        self.hosts.append(host)
        name = [*self.gossip.clients][index]
        driver.ear = GossipEar(self.gossip, name, driver.connected, driver.heard)
        keys, peer = self.keys[index], self.gossip.host(name).address
        host.log(CollatorStarted(index=index, address=host.address, aura=keys.aura.public, votes=keys.votes, peer=peer))

    def _machine(self, index: int, kept: KeptChain | None, conduct: Conduct) -> Collator:
        self._starts[index] += 1
        return Collator(
            index,
            self.keys[index],
            self._shared or OwnRules(self._runtime, self.genesis),
            rng_for(self.seed, "collator", index, self._starts[index]),
            self._settings,
            kept=kept,
            conduct=conduct,
        )

    # -- the chain in the journal -------------------------------------------------------------------------------------

    def _kept(self, host: CollatorHost, kept: BlockKept) -> None:
        """A collator keeps a block: the first time, say what the chain ingests in it."""
        if kept.own and self._shared is not None:
            self._shared.remember(kept)
        if kept.block.hash in self._told:
            return
        self._told[kept.block.hash] = None
        if len(self._told) > BLOCKS_TOLD:
            del self._told[next(iter(self._told))]
        for outcome in kept.outcomes:
            if outcome.call is not None and outcome.call.pallet == "RandBeacon":
                self._tell_submission(host, kept, outcome)

    def _tell_submission(self, host: CollatorHost, kept: BlockKept, outcome: Any) -> None:
        args, number, hash = outcome.call.args, kept.block.header.number, kept.block.hash
        if outcome.error is not None:
            start, end = args.get("start"), args.get("end")
            host.log(SubmissionFailed(hash=hash, number=number, error=outcome.error.name, start=start, end=end))
            return
        storage = self._runtime.storage(kept.head)
        pallet: Any = self._runtime.table.pallets["RandBeacon"]
        stored = pallet.accumulation(storage)
        following = pallet.next_round(storage)
        pair = isinstance(stored, RunningPair)
        start = following - args["height"] if pair else stored.start
        assert isinstance(stored, RunningPair | Pulse)
        host.log(
            PulsesIngested(
                hash=hash,
                number=number,
                start=start,
                end=following - 1,
                asig=args["asig"],
                signature=stored.signature,
                message=stored.message if isinstance(stored, RunningPair) else b"",
                stored=pallet.stored(storage),
            )
        )

    # -- time ---------------------------------------------------------------------------------------------------------

    @property
    def now(self) -> Seconds:
        """The world's time in UNIX seconds."""
        return self.world.now

    def at(self, when: Seconds, act: Callable[[], None]) -> None:
        """Schedule ``act`` at a time in UNIX seconds."""
        self.world.at(round(MICRO * checked_real(when, "when", what="UNIX seconds")), act)

    def run(self, *, until: Seconds | None = None, progress: Progress | None = None) -> BridgeNetwork:
        """Let time go on until a time in UNIX seconds, or until five slots after the last round of the feed.

        With a drand network as its feed, give a time, or call its own ``run``.
        """
        if until is None:
            if self.gossip.feed is None:
                raise LocalError("give the time until which to run; a drand network makes rounds for ever")
            until = self.gossip.feed.last_time + AFTER
        end, start = checked_real(until, "until", what="UNIX seconds"), self.now
        while self.now < end and progress is not None:
            self.world.run_until(min(self.world.micros + 10 * MICRO, round(MICRO * end)))
            progress(int(self.now - start), int(end - start))
        self.world.run_until(round(MICRO * end))
        return self

    # -- what came of it ----------------------------------------------------------------------------------------------

    @property
    def finalised(self) -> int:
        """The number of the highest block that a collator holds for final."""
        return max(host.driver.machine.tree.final.number for host in self.hosts)

    @property
    def last_round(self) -> Round | None:
        """The last round that the best chain of a collator has ingested, None before there is one."""
        pallet: Any = self._runtime.table.pallets["RandBeacon"]
        best = max((host.driver.machine.tree for host in self.hosts), key=lambda tree: tree.best.number)
        found = pallet.accumulation(self._runtime.storage(best.best_head))
        following = pallet.next_round(self._runtime.storage(best.best_head))
        return None if found is None or following is None else following - 1

    def __repr__(self) -> str:
        return (
            f"<BridgeNetwork of {len(self.hosts)} collators, {self.rules.mode}, block {self.finalised}, "
            f"round {self.last_round}>"
        )


def _first_round(feed: Network | PulseFeed | GossipNetwork | None) -> Round:
    """The genesis round unless one is given: the first of a feed."""
    of = feed.feed if isinstance(feed, GossipNetwork) else feed
    return of.beacons[0].round if isinstance(of, PulseFeed) else 1


def _gossip_for(feed: Network | PulseFeed | None, collators: int, seed: int | str | None, detail: str) -> GossipNetwork:
    """The gossip network of a bridge that is given none: two gossip relays, the collators, nobody else."""
    return GossipNetwork(
        2 + collators, relays=2, guests=collators, feed=feed, seed=1 if seed is None else seed, detail=detail
    )
