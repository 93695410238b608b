"""A key generation small enough to attack: the protocols of all nodes, phase by phase, and what each sends in between.

It runs on the glass curve, where all rules of the protocol hold and nothing is secret. Packets travel as bytes, to all
or to some, and every phase lasts its full time. With ``echo`` each node hands every packet that it has not seen before
on to all others, so that all see what one has seen. Nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TypeAlias

from drandlab.crypto.bls import BLS
from drandlab.crypto.schemes import scheme
from drandlab.crypto.secrecy import HoldsSecrets
from drandlab.dkg.codec import decode, encode
from drandlab.dkg.config import Config
from drandlab.dkg.effects import Broadcast, DKGEffect, Done
from drandlab.dkg.machine import Phase
from drandlab.dkg.packets import Bundle, epoch_session_id
from drandlab.dkg.protocol import Protocol
from drandlab.dkg.result import Result
from drandlab.simulation.chance import rng_for
from drandlab.simulation.keygen.run import NodeSecret, fresh_nodes, members
from drandlab.simulation.misbehaviour.keygen import PacketTo

__all__ = ["SCHEME", "SmallDkg", "Tamper", "glass_bls"]

SCHEME = scheme("bls-unchained-g1-rfc9380")

Tamper: TypeAlias = Callable[["SmallDkg", int, Bundle], Iterable[PacketTo]]
"""What a node sends in place of a bundle: a function of the run, the node's index and the bundle."""

PHASES = (Phase.RESPONSE, Phase.JUSTIFICATION, Phase.FINISH)


def glass_bls() -> BLS:
    """Return the signatures of these groups."""
    return BLS.of(SCHEME, "glass")


def _as_it_is(run: SmallDkg, index: int, bundle: Bundle) -> Iterable[PacketTo]:
    return [PacketTo(bundle)]


class SmallDkg(HoldsSecrets):
    """The nodes of one run; `finish` runs it, and leaves the ``results`` by index.

    ``tamper`` says what nodes send instead of what their protocol wants; ``make`` makes the protocol of a node;
    ``seen`` are the bundles that nodes wanted to send, in their order.
    """

    def __init__(
        self,
        nodes: int,
        threshold: int,
        seed: str,
        *,
        tamper: Tamper = _as_it_is,
        echo: bool = False,
        make: Callable[..., Protocol] = Protocol,
    ) -> None:
        group = glass_bls().keys
        people = fresh_nodes(group, range(nodes), seed)
        everybody = members(group, people)
        # the index of a member is the place of its key among all keys
        ordered: Mapping[bytes, NodeSecret] = {bytes(node.secret * group.generator): node for node in people}
        self.protocols = [
            make(
                Config(
                    group=group,
                    longterm=ordered[bytes(member.key)].secret,
                    new_nodes=everybody,
                    threshold=threshold,
                    nonce=epoch_session_id(1),
                ),
                rng_for(seed, "node", member.index),
            )
            for member in everybody
        ]
        self.threshold, self.seed = threshold, seed
        self.results: dict[int, Result] = {}
        self.seen: list[Bundle] = []
        self._tamper, self._echo = tamper, echo

    def hand_in(self, data: bytes, to: Iterable[int]) -> None:
        """Give some nodes a packet, as the network would: who sent it is not known."""
        bundle = decode(data, glass_bls().keys)
        for index in to:
            # without fast sync a packet waits for the end of its phase, so nothing is to be done yet
            self.protocols[index].receive(bundle)

    def finish(self) -> SmallDkg:
        """Run all phases and return this."""
        wanted = self._step(lambda protocol: protocol.start(0))
        for phase in PHASES:
            self._spread(wanted)
            wanted = self._step(partial(Protocol.tick, phase=phase))
        return self

    def _step(self, step: Callable[[Protocol], list[DKGEffect]]) -> list[tuple[int, Bundle]]:
        """Let every node take a step; keep its result, and return what it wants to send, with its index."""
        wanted = []
        for index, protocol in enumerate(self.protocols):
            for effect in step(protocol):
                if isinstance(effect, Broadcast):
                    wanted.append((index, effect.bundle))
                elif isinstance(effect, Done):
                    self.results[index] = effect.result
        self.seen += [bundle for _, bundle in wanted]
        return wanted

    def _spread(self, wanted: Iterable[tuple[int, Bundle]]) -> None:
        everybody = frozenset(range(len(self.protocols)))
        for index, bundle in wanted:
            for packet in self._tamper(self, index, bundle):
                data = packet.packet if isinstance(packet.packet, bytes) else encode(packet.packet)
                first = (everybody if packet.only is None else packet.only) - {index}
                self.hand_in(data, sorted(first))
                if self._echo and first:
                    self.hand_in(data, sorted(everybody - first - {index}))
