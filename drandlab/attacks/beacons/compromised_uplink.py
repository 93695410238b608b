r"""Who owns the uplink of a satellite asks its signer for partials of rounds to come.

A node's signer flies, and signs what it is asked for. The bytes of the uplink have a check sum that keeps nobody out,
so whoever can send there is the proxy to the signer. On an unchained network the message of a round is its number: all
future rounds can be signed today. On a chained network it holds the signature before, which does not exist yet for
any round beyond the next: what the signer gives out then is a partial of no message that the chain will have. A signer
with a clock of its own refuses what is not due by it.
"""

from __future__ import annotations

from collections.abc import Iterator

from drandlab.algebra.polynomial import Polynomial
from drandlab.algebra.shamir import shares_of
from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter
from drandlab.beacon.identity import KeyPair
from drandlab.beacon.rounds import Schedule
from drandlab.crypto.bls import BLS
from drandlab.crypto.feldman import PublicPolynomial
from drandlab.crypto.schemes import SCHEMES
from drandlab.crypto.schemes import scheme as scheme_named
from drandlab.crypto.tbls import ThresholdBLS
from drandlab.errors import VerificationError
from drandlab.node.own_clock import OwnClock
from drandlab.node.signer import Partial, Signer, SignPartial
from drandlab.node.split.flying_part import FlyingMemory, FlyingPart, KeptShares
from drandlab.node.split.link_codec import LinkCodec
from drandlab.node.split.link_frames import SendDown, UpFrame
from drandlab.simulation.chance import rng_for
from drandlab.typing import Rng, Round

__all__ = ["ATTACK"]

NODES, THRESHOLD = 5, 3
CHAIN = Schedule(period=30, genesis_time=1_700_000_000)
LAST: Round = 100
"""The last round that is due when the attacker begins; the signature of it is public."""


def _theory(scheme: str, clock: bool, rounds: int) -> AttackOutcome:
    return {"foretold": 0 if clock or scheme_named(scheme).chained else rounds}


def _measure(seed: int, *, scheme: str, clock: bool, rounds: int) -> AttackOutcome:
    named, bls = f"{seed}/compromised uplink", BLS.of(scheme_named(scheme), "glass")
    secret = Polynomial.random(bls.field, THRESHOLD - 1, rng_for(named, "secret"))
    group = ThresholdBLS(bls, PublicPolynomial.commit(secret, bls.keys))
    pair = KeyPair.generate("satellite.example.org:4444", bls.scheme, rng_for(named, "key"), backend="glass")
    kept = KeptShares(shares=((1, shares_of(secret, NODES)[-1]),), times={1: CHAIN})

    def make_signer(kept: KeptShares, rng: Rng) -> Signer:
        own_clock = OwnClock() if clock else None
        return Signer(pair, rng, shares=kept.shares, times=kept.times, own_clock=own_clock)

    codec = LinkCodec(bls.scheme, "glass", bytes(pair.identity.key))
    flying = FlyingPart(FlyingMemory(kept=kept), codec, make_signer, rng_for(named, "satellite"))
    chain = _chain(bls, int(secret(0)), rounds)
    public = chain[LAST]
    foretold = 0
    for round in range(LAST + 2, LAST + 2 + rounds):
        message = bls.scheme.digest(round, chain[round - 1])
        foretold += any(_is_true(group, message, partial) for partial in _asked(flying, codec, round, public))
    return {"foretold": foretold}


def _chain(bls: BLS, secret: int, rounds: int) -> dict[Round, bytes]:
    """The signatures that the chain will have; the attacker knows the first of them alone."""
    chain = {LAST: bls.sign(secret, bls.scheme.digest(LAST, bytes(bls.scheme.signature_length)))}
    for round in range(LAST + 1, LAST + 2 + rounds):
        chain[round] = bls.sign(secret, bls.scheme.digest(round, chain[round - 1]))
    return chain


def _asked(flying: FlyingPart, codec: LinkCodec, round: Round, previous: bytes) -> Iterator[bytes]:
    """What the satellite sends down for a request that the attacker puts on the uplink now: partials, or none."""
    number = round - LAST
    frame = UpFrame(number=number, floor=number, after=0, request=SignPartial(round, previous))
    for effect in flying.receive(codec.up(frame), CHAIN.round_time(LAST)):
        if isinstance(effect, SendDown):
            replies = codec.read_down(effect.data).replies
            yield from (reply.partial for reply in replies if isinstance(reply, Partial))


def _is_true(group: ThresholdBLS, message: bytes, partial: bytes) -> bool:
    try:
        group.verify_partial(message, partial)
    except VerificationError:
        return False
    return True


ATTACK = Attack(
    name="compromised_uplink",
    about="Whoever owns the uplink of a satellite has its signer sign rounds that are not due.",
    parameters={
        "scheme": AttackParameter("bls-unchained-g1-rfc9380", "the network's scheme", choices=tuple(SCHEMES)),
        "clock": AttackParameter(False, "whether the signer in orbit has a clock of its own"),
        "rounds": AttackParameter(20, "rounds beyond the next that are asked for", low=1, high=1000),
    },
    sources=(
        "drand specification, on the message of a beacon",
        "Michalevsky, Winetraub: SpaceTEE: secure and tamper-proof computing in space, 2017, on signers in orbit",
    ),
    remedy="Give the signer a clock that nobody can set from the ground, and authenticate the uplink below it.",
    theory=_theory,
    measure=_measure,
    cases=({}, {"clock": True}, {"scheme": "pedersen-bls-chained"}),
)
