r"""The takeover curve: what an attacker who has taken $k$ members can foretell, plain chain against composed chain.

A group has $n$ members, the last of which is a satellite. The attacker takes members on the ground, perhaps the uplink,
and wants beacons of rounds that are not due. Two chains stand side by side:

* **plain**: the satellite is one member of the group of $n$ with threshold $t$;
* **composed** (`drandlab.beacon.composed`): the $n - 1$ on the ground are a group with threshold $t_g$, and the
  satellite signs each round with a key of its own.

With $u = 1$ where the attacker owns the uplink and the signer in orbit has no clock of its own
(`drandlab.node.own_clock`), else 0, theory says that a future round is known exactly if

$$k + u \ge t \quad\text{(plain)}, \qquad k \ge t_g \;\text{and}\; u = 1 \quad\text{(composed)},$$

and at $k = n$, where the satellite itself is taken, on both. A clock leaves a lead of its tolerance, a second by
default, which is below a period and so no round here; it helps only if nobody can set it over the uplink. A signer that
signs $a$ rounds ahead for its proxy gives exactly those away, clock or no clock: then $u = 1$ for the next $a$ rounds.

Here nothing is taken from that formula: each point is an attempt with real shares and the real `Signer`. The attacker
signs with the shares that it has, asks the signer in orbit where it can, combines what came, and the beacon is verified
like any other. With too few shares it combines those; with none it repeats what was public last.

What the curve does not show is the price. On the composed chain the satellite's signature is needed for every round:
so whoever owns the uplink, or cuts it, can hold all beacons back, for which the plain chain takes more than $n - t$
members.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING

from drandlab.algebra.polynomial import Polynomial
from drandlab.algebra.shamir import Share, shares_of
from drandlab.beacon.beacon import Beacon
from drandlab.beacon.chain_info import ChainInfo
from drandlab.beacon.composed import ComposedBeacon, ComposedInfo, verify_composed
from drandlab.beacon.identity import KeyPair
from drandlab.beacon.verify import Verifier
from drandlab.crypto.bls import BLS
from drandlab.crypto.feldman import minimum_threshold
from drandlab.crypto.schemes import Scheme
from drandlab.crypto.schemes import scheme as scheme_named
from drandlab.crypto.tbls import INDEX_LENGTH, combine, sign_partial
from drandlab.errors import LocalError, VerificationError
from drandlab.node.own_clock import OwnClock
from drandlab.node.signer import Partial, Signer, SignPartial
from drandlab.simulation.chance import rng_for
from drandlab.typing import Round, checked_int

if TYPE_CHECKING:
    from drandlab.curves.group import Point

__all__ = ["CHAINS", "Takeover", "takeover_by_operators", "takeover_curve", "worst_operators"]

CHAINS = ("plain", "composed")

_PERIOD, _GENESIS, _NOW = 30, 1_700_000_000, 100
"""The times of the attacked chain, and the last round that is due."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Takeover:
    """One point of the curve: an attempt to foretell ``rounds`` beacons.

    ``taken`` members are in the attacker's hands, those of so many ``operators`` where it took whole operators.
    ``uplink`` says whether it can send requests to the signer in orbit, ``clock`` whether that has a clock of its own.
    ``foretold`` is how many beacons of rounds that are not due verified and are those that the chain will have,
    ``predicted`` how many theory says.
    """

    chain: str
    taken: int
    operators: int | None
    uplink: bool
    clock: bool
    rounds: int
    foretold: int
    predicted: int


def takeover_curve(
    nodes: int = 24,
    threshold: int | None = None,
    *,
    ground_threshold: int | None = None,
    scheme: str = "bls-unchained-g1-rfc9380",
    rounds: int = 3,
    ahead: int = 0,
    seed: int | str = 1,
    backend: str = "glass",
) -> list[Takeover]:
    """Return the attempts for every number of taken members, 0 to ``nodes``, on both chains, in every situation.

    ``nodes`` counts the satellite, which is the last that is taken; which of the others are taken comes from the
    ``seed``. ``threshold`` is that of the plain chain, ``ground_threshold`` that of the composed chain's ground half:
    production's least unless given. The satellite's own chain has an unchained scheme whatever ``scheme`` is. The
    attacker tries the next ``rounds`` rounds, each on top of the one before. Raises `LocalError` for a group that there
    cannot be.

    >>> curve = takeover_curve(nodes=5, threshold=3)
    >>> [(p.taken, p.foretold) for p in curve if (p.chain, p.uplink, p.clock) == ("plain", True, False)]
    [(0, 0), (1, 0), (2, 3), (3, 3), (4, 3), (5, 3)]
    >>> [(p.taken, p.foretold) for p in curve if (p.chain, p.uplink, p.clock) == ("composed", True, True)]
    [(0, 0), (1, 0), (2, 0), (3, 0), (4, 0), (5, 3)]
    >>> all(p.foretold == p.predicted for p in curve)
    True
    """
    attacked = _Attacked(nodes, threshold, ground_threshold, scheme, rounds, ahead, seed, backend)
    return list(attacked.points((taken, None) for taken in range(attacked.nodes + 1)))


def takeover_by_operators(
    members: Sequence[int],
    threshold: int | None = None,
    *,
    ground_threshold: int | None = None,
    scheme: str = "bls-unchained-g1-rfc9380",
    rounds: int = 3,
    ahead: int = 0,
    seed: int | str = 1,
    backend: str = "glass",
) -> list[Takeover]:
    """Return the attempts of an attacker who takes operators one after the other, those with the most nodes first.

    ``members`` are the numbers of nodes on the ground that each operator runs (`worst_operators` gives them); the
    satellite comes on top and is never taken. The rest is as for `takeover_curve`.

    >>> curve = takeover_by_operators(worst_operators(23, 16, 3), threshold=13)
    >>> known = [p for p in reversed(curve) if p.foretold]
    >>> least = {(p.chain, p.uplink, p.clock): (p.operators, p.taken) for p in known}
    >>> least["plain", False, False], least["plain", True, False], least["composed", True, False]
    ((6, 13), (5, 12), (5, 12))
    >>> ("composed", False, False) in least, ("composed", True, True) in least
    (False, False)
    """
    sizes = [checked_int(size, f"members[{i}]", 0) for i, size in enumerate(members)]
    attacked = _Attacked(sum(sizes) + 1, threshold, ground_threshold, scheme, rounds, ahead, seed, backend)
    taken = accumulate(sorted(sizes, reverse=True), initial=0)
    return list(attacked.points((count, operators) for operators, count in enumerate(taken)))


def worst_operators(nodes: int, operators: int, most: int, least: int = 1) -> list[int]:
    """Return how ``nodes`` lie at ``operators`` so that few of them hold as many as can be, from ``least`` to ``most``.

    The League of Entropy of 2022 had 23 nodes, 16 operators, at most 3 nodes each. Where every operator runs one, the
    first four hold 11, one below the threshold of 12; they hold 12 only where another runs none.

    >>> worst_operators(23, 16, 3)
    [3, 3, 3, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]
    >>> sum(worst_operators(23, 16, 3)[:4]), sum(worst_operators(23, 16, 3, least=0)[:4])
    (11, 12)
    """
    nodes = checked_int(nodes, "nodes", 1)
    operators = checked_int(operators, "operators", 1)
    most = checked_int(most, "most", 1)
    least = checked_int(least, "least", 0, most)
    if not operators * least <= nodes <= operators * most:
        raise LocalError(
            f"{operators} operators with {least} to {most} nodes each run {operators * least} to {operators * most}, "
            f"got {nodes}",
            argument="nodes",
        )
    spare, sizes = nodes - operators * least, []
    for _ in range(operators):
        more = min(spare, most - least)
        sizes.append(least + more)
        spare -= more
    return sizes


class _Group:
    """A group whose shares were dealt for the attempt, with its chain info."""

    def __init__(self, n: int, threshold: int, scheme: Scheme, backend: str, seed: int | str, purpose: str) -> None:
        rng = rng_for(seed, "takeover", purpose, n, threshold)
        self.bls = BLS.of(scheme, backend)
        secret = Polynomial.random(self.bls.field, threshold - 1, rng)
        self.shares = list(shares_of(secret, n))
        self._secret = secret(0)
        self.info = ChainInfo(
            public_key=bytes(self.bls.public_key(self._secret)),
            scheme=scheme,
            period=_PERIOD,
            genesis_time=_GENESIS,
            genesis_seed=bytes(32),
            beacon_id=purpose,
        )
        self._chain = [self.public]
        self._pair = KeyPair.generate("satellite.example.org:4444", scheme, rng, version=1, backend=backend)

    @cached_property
    def public(self) -> bytes:
        """The signature of the last round that is due: everybody has it. A chained group signs it on zeros."""
        return self.bls.sign(self._secret, self.bls.scheme.digest(_NOW, bytes(self.bls.scheme.signature_length)))

    def follows(self, round: Round, before: bytes) -> bool:
        """Whether a beacon of ``round`` that is made on this signature is one that the chain will have."""
        while len(self._chain) < round - _NOW:
            following = _NOW + len(self._chain)
            self._chain.append(self.bls.sign(self._secret, self.bls.scheme.digest(following, self._chain[-1])))
        return not self.bls.scheme.chained or before == self._chain[round - _NOW - 1]

    def signer(self, share: Share, clock: OwnClock | None) -> Signer:
        """The signer in orbit that holds this share."""
        return Signer(
            self._pair,
            rng_for(0, "takeover", "signer"),
            shares=[(1, share)],
            own_clock=clock,
            times={1: self.info.schedule},
        )

    def partials(self, shares: Iterable[Share], round: Round, before: bytes) -> list[bytes]:
        message = self.bls.scheme.digest(round, before)
        return [sign_partial(self.bls, share, message) for share in shares]

    def combined(self, partials: Iterable[bytes]) -> bytes | None:
        """What the partials give together, right or wrong; None without any."""
        points: dict[int, Point] = {}
        for partial in partials:
            index = int.from_bytes(partial[:INDEX_LENGTH], "big")
            points[index] = self.bls.decode_signature(partial[INDEX_LENGTH:])
        return bytes(combine(self.bls, points)) if points else None


class _Attacked:
    """Both chains of one group of members, and the attempts on them."""

    def __init__(
        self,
        nodes: int,
        threshold: int | None,
        ground_threshold: int | None,
        scheme: str,
        rounds: int,
        ahead: int,
        seed: int | str,
        backend: str,
    ) -> None:
        self._clock = OwnClock(ahead=ahead)
        self.nodes = checked_int(nodes, "nodes", 2, 1000)
        self.rounds = checked_int(rounds, "rounds", 1)
        least = minimum_threshold(self.nodes) if threshold is None else threshold
        self.threshold = checked_int(least, "threshold", 1, self.nodes)
        on_ground = self.nodes - 1
        least = minimum_threshold(on_ground) if ground_threshold is None else ground_threshold
        self.ground_threshold = checked_int(least, "ground_threshold", 1, on_ground)
        chosen = scheme_named(scheme)
        self._backend = backend
        self._plain = _Group(self.nodes, self.threshold, chosen, backend, seed, "plain")
        self._ground = _Group(on_ground, self.ground_threshold, chosen, backend, seed, "ground")
        own = scheme_named("bls-unchained-g1-rfc9380") if chosen.chained else chosen
        self._satellite = _Group(1, 1, own, backend, seed, "satellite")
        self._composed = ComposedInfo(ground=self._ground.info, satellite=self._satellite.info)
        order = list(range(on_ground))
        rng_for(seed, "takeover", "taken").shuffle(order)
        self._order = [*order, on_ground]  # the satellite is the last

    def points(self, taken: Iterable[tuple[int, int | None]]) -> Iterator[Takeover]:
        counts = list(taken)
        for chain in CHAINS:
            attempt = self._on_plain if chain == "plain" else self._on_composed
            for uplink in (False, True):
                for clock in (False, True):
                    for count, operators in counts:
                        yield Takeover(
                            chain=chain,
                            taken=count,
                            operators=operators,
                            uplink=uplink,
                            clock=clock,
                            rounds=self.rounds,
                            foretold=attempt(self._order[:count], uplink, clock),
                            predicted=self._predicted(chain, count, uplink, clock),
                        )

    def _predicted(self, chain: str, taken: int, uplink: bool, clock: bool) -> int:
        """What theory says."""
        signed = min(self.rounds, self._clock.ahead) if clock else self.rounds  # by the satellite, for who asks it
        enough, with_one_more = (
            (taken >= self.threshold, taken + 1 >= self.threshold)
            if chain == "plain"
            else (taken == self.nodes, taken >= self.ground_threshold)
        )
        if enough or taken == self.nodes:
            return self.rounds
        return signed if uplink and with_one_more else 0

    def _on_plain(self, taken: list[int], uplink: bool, clock: bool) -> int:
        group, signer = self._plain, self._plain.signer(self._plain.shares[-1], self._clock if clock else None)
        before, foretold = group.public, 0
        for round in range(_NOW + 1, _NOW + 1 + self.rounds):
            partials = group.partials((group.shares[i] for i in taken), round, before)
            if uplink:
                partials += _asked(signer, group, round, before)
            made = group.combined(partials) or before
            beacon = Beacon(round=round, signature=made, previous_signature=_link(group, before))
            try:
                Verifier.of(group.info, self._backend).verify(beacon)
                foretold += group.follows(round, before)
            except VerificationError:
                pass
            before = made
        return foretold

    def _on_composed(self, taken: list[int], uplink: bool, clock: bool) -> int:
        group, own = self._ground, self._satellite
        signer = own.signer(own.shares[0], self._clock if clock else None)
        before, last, foretold = group.public, own.public, 0
        for round in range(_NOW + 1, _NOW + 1 + self.rounds):
            here = (group.shares[i] for i in taken if i < len(group.shares))
            made = group.combined(group.partials(here, round, before)) or before
            partials = own.partials(own.shares, round, b"") if len(taken) == self.nodes else []
            if uplink:
                partials += _asked(signer, own, round, b"")
            half = Beacon(round=round, signature=made, previous_signature=_link(group, before))
            beacon = ComposedBeacon(ground=half, satellite_signature=own.combined(partials) or last)
            try:
                verify_composed(beacon, self._composed, self._backend)
                foretold += group.follows(round, before)
            except VerificationError:
                pass
            before = made
        return foretold


def _link(group: _Group, before: bytes) -> bytes:
    return before if group.bls.scheme.chained else b""


def _asked(signer: Signer, group: _Group, round: Round, before: bytes) -> list[bytes]:
    """What the signer in orbit answers to who owns the uplink: a partial, or a refusal."""
    now = group.info.round_time(_NOW)
    replies = signer.handle(SignPartial(round, _link(group, before)), now)
    return [reply.partial for reply in replies if isinstance(reply, Partial)]
