r"""The composed chain in the simulated world: a satellite signs the rounds of a network's chain with a key of its own.

The satellite is no member of the group, and the network knows nothing of it: its chain goes on at its pace. During a
pass the satellite signs what is due and not yet signed, the oldest round first, then each round as it comes due. Its
scheme is unchained, so a round needs nothing but its number: the request is 8 bytes, and rounds that came due out of
sight are signed at the next rise, as fast as the link takes them.

**Why the rate of such a chain is not the contact share.** No round is lost, it is only late: by the last pass all
rounds until then have their beacon, however small the share of time in contact is. What the passes decide is the delay.
A round that is due in sight comes as soon as both halves are there; one that is due $d$ seconds before the next rise
comes about $d$ seconds late, so a gap of $g$ seconds gives delays spread evenly up to $g$.

**The other way**, a threshold that nobody reaches without the satellite, has one chain and halts out of sight. At the
rise its nodes make the missed rounds one after the other, a catch-up period $c$ apart, so a pass of $s$ seconds makes
at most about $s / c$ rounds. It makes fewer: a node that gets a round by synchronisation ends its catch-up until the
next tick, and here every node is needed. So such a chain falls behind for good where the composed one is only late, and
its readers cannot tell it from any other chain.

Both are measured from the journal by `drandlab.simulation.reading.delays`.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from drandlab.algebra.polynomial import Polynomial
from drandlab.algebra.shamir import shares_of
from drandlab.beacon.beacon import Beacon
from drandlab.beacon.composed import ComposedBeacon, ComposedInfo
from drandlab.beacon.identity import KeyPair
from drandlab.crypto.bls import BLS
from drandlab.crypto.schemes import scheme as scheme_named
from drandlab.crypto.secrecy import HoldsSecrets
from drandlab.crypto.tbls import INDEX_LENGTH
from drandlab.errors import LocalError, WrongType
from drandlab.node.own_clock import OwnClock
from drandlab.node.signer import Partial, Signer, SignPartial
from drandlab.simulation.chance import rng_for
from drandlab.simulation.network import Network
from drandlab.simulation.orbit_entries import ComposedMade, ComposedOpened, ComposedPass
from drandlab.simulation.world.agenda import Scheduled
from drandlab.simulation.world.links import MICRO
from drandlab.simulation.world.passes import Pass, WindowLike
from drandlab.typing import Round, Seconds, checked_real, checked_text

__all__ = ["Composing"]

UNCHAINED = "bls-unchained-g1-rfc9380"


class Composing(HoldsSecrets):
    """A satellite beside a network that has a chain: it signs during its ``passes``, and composed beacons come of it.

    ``passes`` are contact windows, plain (station, rise, set), or plain (rise, set), in UNIX seconds; those that
    overlap count as one. ``scheme`` is the satellite's, that of the network unless given (or
    ``bls-unchained-g1-rfc9380`` where that is chained). A signature is on the ground ``delay`` seconds after the
    request left it, and requests leave ``pace`` seconds apart; what would come after the pass waits for the next one.
    The signer has a clock of its own. Its key comes from the seed of the network and the satellite's ``name``.

    ``info`` is the composed chain, ``made`` the composed beacons so far, each with the time at which it was there,
    ``signer`` what flies: whoever owns the uplink can hand requests to it.
    Raises `LocalError` for a network without a chain, and for passes that there cannot be.

    >>> import drandlab as dl
    >>> from drandlab.beacon.composed import verify_composed
    >>> net = dl.Network(nodes=4, threshold=3, backend="glass").run(rounds=0)
    >>> genesis = net.info.genesis_time
    >>> composing = Composing(net, [(genesis + 60, genesis + 90)])
    >>> net.run(rounds=40)
    <Network of 4 nodes, threshold 3, round 40>
    >>> [(beacon.round, round(time - genesis)) for time, beacon in composing.made[18:24]]
    [(19, 60), (20, 60), (21, 60), (22, 63), (23, 66), (24, 69)]
    >>> time, beacon = composing.made[-1]
    >>> beacon.round, verify_composed(beacon, composing.info, "glass") == beacon.randomness
    (30, True)
    """

    def __init__(
        self,
        net: Network,
        passes: Iterable[WindowLike | tuple[str, Seconds, Seconds] | tuple[Seconds, Seconds]],
        *,
        scheme: str | None = None,
        name: str = "satellite",
        delay: Seconds = 0.02,
        pace: Seconds = 0.02,
    ) -> None:
        if not isinstance(net, Network):
            raise WrongType(f"expected a Network, got {type(net).__name__}", argument="net")
        if net.info is None:
            raise LocalError("has no chain yet; run(rounds=0) makes its key", argument="net")
        if any(isinstance(getattr(call, "__self__", None), Composing) for call in net.on_beacon):
            raise LocalError("has a composed chain already, and its journal tells of one", argument="net")
        self._net, self._world = net, net.world
        self._delay = round(checked_real(delay, "delay", 0, what="seconds") * MICRO)
        self._pace = max(1, round(checked_real(pace, "pace", 0, what="seconds") * MICRO))
        self._passes = _merged(passes)
        own = scheme_named(scheme or (UNCHAINED if net.scheme.chained else net.scheme.name))
        bls, chance = BLS.of(own, net.backend), rng_for(net.seed, "composing", checked_text(name, "name"))
        secret = Polynomial.random(bls.field, 0, chance)
        self.info = ComposedInfo.of(net.info, bytes(bls.public_key(secret(0))), own, name)
        self.signer = Signer(
            KeyPair.generate(f"{name}.example.org:4444", own, chance, version=1, backend=net.backend),
            chance,
            shares=[(1, next(iter(shares_of(secret, 1))))],
            own_clock=OwnClock(),
            times={1: self.info.schedule},
        )
        self.made: list[tuple[Seconds, ComposedBeacon]] = []
        self._next: Round = 1
        self._until = self._free = 0
        self._coming: Scheduled | None = None
        self._ground: dict[Round, Beacon] = {}
        self._signed: dict[Round, bytes] = {}
        self._world.log(None, ComposedOpened(hash=self.info.composed_hash, info=self.info.to_dict()))
        for beacon in net.beacons:
            self._ground[beacon.round] = beacon
        net.on_beacon.append(self._ground_half)
        for rise, sets in self._passes:
            if sets > self._world.micros:
                self._world.at(max(rise, self._world.micros), partial(self._begin, sets))

    def __repr__(self) -> str:
        return f"<Composing {self.info!r}, {len(self.made)} beacons>"

    def _begin(self, until: int) -> None:
        self._world.log(None, ComposedPass(until=until / MICRO))
        self._until = until
        if self._coming is not None:
            self._coming.cancel()
        self._go_on()

    def _go_on(self) -> None:
        """Ask for the next round now, or when it is due and the link is free; out of sight nothing is asked."""
        now, round = self._world.micros, self._next
        at = max(now, self._free, MICRO * self.info.schedule.round_time(round))
        if at + self._delay >= self._until:
            return
        if at == now:
            self._next, self._free = round + 1, now + self._pace
            for reply in self.signer.handle(SignPartial(round, b""), self._world.now):
                if isinstance(reply, Partial):
                    arrives = partial(self._satellite_half, round, reply.partial[INDEX_LENGTH:])
                    self._world.at(now + self._delay, arrives)
            at = self._free
        self._coming = self._world.at(at, self._go_on)

    def _satellite_half(self, round: Round, signature: bytes) -> None:
        self._signed[round] = signature
        self._join(round, "satellite")

    def _ground_half(self, beacon: Beacon) -> None:
        self._ground[beacon.round] = beacon
        self._join(beacon.round, "ground")

    def _join(self, round: Round, last: str) -> None:
        if round in self._ground and round in self._signed:
            signature = self._signed.pop(round)
            self._world.log(None, ComposedMade(round=round, satellite_signature=signature, last=last))
            beacon = ComposedBeacon(ground=self._ground.pop(round), satellite_signature=signature)
            self.made.append((self._world.now, beacon))


def _merged(
    passes: Iterable[WindowLike | tuple[str, Seconds, Seconds] | tuple[Seconds, Seconds]],
) -> list[tuple[int, int]]:
    """The stretches in sight, in microseconds and in order."""
    found: list[tuple[int, int]] = []
    windows = (Pass("station", *one) if isinstance(one, tuple) and len(one) == 2 else Pass.of(one) for one in passes)
    ordered = sorted(windows, key=lambda one: (one.rise, one.set))
    for one in ordered:
        rise, sets = round(one.rise * MICRO), round(one.set * MICRO)
        if found and rise <= found[-1][1]:
            found[-1] = found[-1][0], max(sets, found[-1][1])
        else:
            found.append((rise, sets))
    return found
