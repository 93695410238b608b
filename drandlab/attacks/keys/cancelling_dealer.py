r"""A dealer that sees the others first cancels their part of the key: the sum is a key whose secret it knows.

This is to a key generation what a key made of others' is to a list of keys. The dealer publishes
$A_0 = x g - \sum_i A_{i,0}$ and does not know the secret of it, so it has no polynomial to deal from. But $t - 1$
holders can be given shares of its choice: these and $A_0$ fix the other commitments, in the exponent. All other holders
would need a logarithm that nobody knows, and complain; only its accomplices do not. So it works where at most $t - 1$
nodes are honest: $n - t + 1$ members of the attacker are enough, and where the threshold is above half of the nodes,
that can be fewer than a threshold.
"""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Iterable, Sequence

from drandlab.algebra.field import FieldElement
from drandlab.algebra.polynomial import Polynomial
from drandlab.algebra.shamir import evaluation_point
from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter
from drandlab.attacks.small_dkg import SmallDkg, glass_bls
from drandlab.crypto import ecies
from drandlab.curves.group import Group, Point
from drandlab.dkg.packets import Bundle, Deal, DealBundle, ResponseBundle
from drandlab.errors import LocalError, VerificationError
from drandlab.simulation.chance import rng_for
from drandlab.simulation.misbehaviour.keygen import PacketTo, ParticipantTools, resign

__all__ = ["ATTACK"]

DEALER = 0
"""The dealer that cancels; its accomplices follow it."""


def _commitments(group: Group, constant: Point, shares: Sequence[tuple[int, FieldElement]]) -> tuple[Point, ...]:
    """Return commitments to a polynomial that nobody knows, of which these shares and a commitment to $f(0)$ are given.

    The values at these places fix the polynomial, and its coefficients are sums of them, so commitments to the values
    give commitments to the coefficients.
    """
    field, xs = group.field, [0, *(x for x, _ in shares)]
    values = [constant, *(share * group.generator for _, share in shares)]
    bases = [
        Polynomial.interpolate(field, [(x, field.one if x == place else field.zero) for x in xs]).padded(len(xs))
        for place in xs
    ]
    return tuple(group.msm(values, [base[k] for base in bases]) for k in range(len(xs)))


class _Cancelling:
    """What the dealer and its accomplices send: a dealing that cancels the others', and no complaint about it."""

    def __init__(self, members: int, secret: FieldElement) -> None:
        self.members, self.secret = members, secret

    def __call__(self, run: SmallDkg, index: int, bundle: Bundle) -> Iterable[PacketTo]:
        if index == DEALER and isinstance(bundle, DealBundle):
            return [PacketTo(self._dealing(run, bundle))]
        if index < self.members and isinstance(bundle, ResponseBundle):
            return []
        return [PacketTo(bundle)]

    def _dealing(self, run: SmallDkg, bundle: DealBundle) -> Bundle:
        machine, rng = run.protocols[DEALER].machine, rng_for(run.seed, "cancelling dealer")
        group = machine.config.group
        others = [one.commits[0] for one in run.seen if isinstance(one, DealBundle) and one.author != DEALER]
        holders = [member for member in machine.config.holders if member.index != DEALER]
        shares = {member.index: group.field.random(rng) for member in holders}
        # the honest holders have the highest indices: as many of them as can be are given shares that fit
        fitting = [member.index for member in reversed(holders)][: run.threshold - 1]
        commits = _commitments(
            group,
            self.secret * group.generator - group.sum(others),
            [(evaluation_point(holder), shares[holder]) for holder in fitting],
        )
        deals = tuple(
            Deal(share_index=m.index, encrypted_share=ecies.encrypt(m.key, shares[m.index].to_bytes(), rng))
            for m in holders
        )
        return resign(ParticipantTools(machine, rng), dataclasses.replace(bundle, commits=commits, deals=deals))


def _checked(nodes: int, threshold: int, members: int) -> None:
    if threshold > nodes:
        raise LocalError(f"must be at most the {nodes} nodes, got {threshold}", argument="threshold")
    if members >= nodes:
        raise LocalError(f"must be below the {nodes} nodes, got {members}", argument="members")


def _theory(nodes: int, threshold: int, members: int) -> AttackOutcome:
    _checked(nodes, threshold, members)
    complaints = max(0, nodes - members - (threshold - 1))
    return {"complaints": complaints, "forged": complaints == 0}


def _measure(seed: int, *, nodes: int, threshold: int, members: int) -> AttackOutcome:
    _checked(nodes, threshold, members)
    named, bls = f"{seed}/cancelling dealer", glass_bls()
    rng = random.Random(named)
    secret = bls.field.random(rng, nonzero=True)
    run = SmallDkg(nodes, threshold, named, tamper=_Cancelling(members, secret)).finish()
    honest = range(members, nodes)
    complaints = [
        bundle.author
        for bundle in run.seen
        if isinstance(bundle, ResponseBundle) and bundle.author in honest
        for response in bundle.responses
        if response.dealer_index == DEALER and not response.success
    ]
    (key,) = {run.results[index].key for index in honest}
    message = rng.randbytes(32)
    try:
        bls.verify(key, message, bls.sign(secret, message))
    except VerificationError:
        return {"complaints": len(complaints), "forged": False}
    return {"complaints": len(complaints), "forged": True}


ATTACK = Attack(
    name="cancelling_dealer",
    about="A dealer cancels the others' part of the key, and signs alone if too few nodes are honest to notice.",
    parameters={
        "nodes": AttackParameter(6, "nodes of the group", low=3, high=32),
        "threshold": AttackParameter(4, "how many nodes are to sign", low=2, high=32),
        "members": AttackParameter(3, "nodes of the attacker, the dealer among them", low=1, high=31),
    },
    sources=(
        "fedimint issue 760, and the answer there: the protocol was never meant for as many",
        "Gennaro, Jarecki, Krawczyk, Rabin: Secure distributed key generation for discrete-log based cryptosystems, "
        "J. Cryptology 20 (2007), which asks for an honest majority",
    ),
    remedy="Let each dealer prove that it knows the secret of its constant term, or have it commit before it sees any.",
    theory=_theory,
    measure=_measure,
    cases=({}, {"members": 2}, {"nodes": 5, "threshold": 3, "members": 2}),
)
