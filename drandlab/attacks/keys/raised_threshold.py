r"""A dealer's polynomial of a higher degree raises the threshold of the whole group, if nobody counts its commitments.

The group's polynomial is the sum of all dealers', so one of degree $t - 1 + e$ gives a sum of that degree: every share
fits its commitments, nobody complains, and $t$ nodes cannot sign. It takes $t + e$, or more nodes than there are.
Who counts finds $t + e$ commitments where $t$ belong, and the dealer is out.
"""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Iterable, Mapping

from drandlab.algebra.polynomial import Polynomial
from drandlab.algebra.shamir import evaluation_point
from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter
from drandlab.attacks.small_dkg import SmallDkg, glass_bls
from drandlab.crypto import ecies
from drandlab.crypto.feldman import PublicPolynomial
from drandlab.crypto.tbls import ThresholdBLS, combine, sign_partial
from drandlab.curves.group import Point
from drandlab.dkg.config import Config
from drandlab.dkg.machine import DistKeyGenerator
from drandlab.dkg.packets import Bundle, Deal, DealBundle, ResponseBundle
from drandlab.dkg.protocol import Protocol
from drandlab.dkg.result import Result
from drandlab.errors import LocalError
from drandlab.simulation.chance import rng_for
from drandlab.simulation.misbehaviour.keygen import PacketTo, ParticipantTools, resign
from drandlab.typing import Rng

__all__ = ["ATTACK"]

DEALER = 0
"""The dealer whose polynomial is of too high a degree."""


class _UncountedGenerator(DistKeyGenerator):
    """Weak on purpose: takes polynomials of any degree, and fills the shorter ones up with zero coefficients."""

    def process_deals(self, bundles: Iterable[DealBundle]) -> ResponseBundle | None:
        """Take them as if the longest had the degree that was agreed on."""
        taken = list(bundles)
        committed = [*(b.commits for b in taken), *(public.commits for public in self.publics.values())]
        longest = max(map(len, committed))
        zero = self.config.group.identity

        def filled(commits: tuple[Point, ...]) -> tuple[Point, ...]:
            return (*commits, *[zero] * (longest - len(commits)))

        self.config = dataclasses.replace(self.config, threshold=longest)
        self.publics = {
            dealer: PublicPolynomial(public.group, filled(public.commits)) for dealer, public in self.publics.items()
        }
        return super().process_deals(dataclasses.replace(b, commits=filled(b.commits)) for b in taken)


class _UncountedProtocol(Protocol):
    """Weak on purpose: a protocol around the machine that does not count."""

    def __init__(self, config: Config, rng: Rng) -> None:
        super().__init__(config, rng)
        self.machine = _UncountedGenerator(config, rng)


def _raised(extra: int, run: SmallDkg, index: int, bundle: Bundle) -> Iterable[PacketTo]:
    """That dealer adds a polynomial of high powers only to what it deals; the others send what they would."""
    if index != DEALER or not isinstance(bundle, DealBundle) or not extra:
        return [PacketTo(bundle)]
    machine, rng = run.protocols[index].machine, rng_for(run.seed, "raised threshold")
    f = machine.polynomial
    assert f is not None
    field, group, degree = f.field, machine.config.group, run.threshold - 1 + extra
    higher = Polynomial(field, [*f.padded(run.threshold), *(field.random(rng, nonzero=True) for _ in range(extra))])
    public = PublicPolynomial.commit(higher, group, degree + 1)
    keys = {member.index: member.key for member in machine.config.holders}
    deals = tuple(
        Deal(
            share_index=deal.share_index,
            encrypted_share=ecies.encrypt(
                keys[deal.share_index], higher(evaluation_point(deal.share_index)).to_bytes(), rng
            ),
        )
        for deal in bundle.deals
    )
    machine.shares[index], machine.publics[index] = higher(evaluation_point(index)), public
    changed = dataclasses.replace(bundle, commits=public.commits, deals=deals)
    return [PacketTo(resign(ParticipantTools(machine, rng), changed))]


def _signers(results: Mapping[int, Result]) -> list[Result]:
    """The nodes that hold a share of the key which the others agreed on."""
    group = next((result.public for index, result in results.items() if index != DEALER), None)
    return [result for result in results.values() if result.public == group]


def _needed(results: list[Result], rng: random.Random) -> int | None:
    """How many of these nodes have to sign until there is a signature that verifies; None if all are too few."""
    if not results:
        return None
    bls, message = glass_bls(), rng.randbytes(32)
    group = ThresholdBLS(bls, results[0].public)
    rng.shuffle(results)
    points = {}
    for count, result in enumerate(results, 1):
        index, point = group.check(bls.hash(message), sign_partial(bls, result.share, message))
        points[index] = point
        if bls.matches(group.public.public_key, bls.hash(message), combine(bls, points)):
            return count
    return None


def _checked(nodes: int, threshold: int) -> None:
    if threshold > nodes:
        raise LocalError(f"must be at most the {nodes} nodes, got {threshold}", argument="threshold")


def _theory(nodes: int, threshold: int, extra: int, check: bool) -> AttackOutcome:
    _checked(nodes, threshold)
    if check and extra:
        return {"needed": threshold if threshold < nodes else None, "evicted": True}
    return {"needed": threshold + extra if threshold + extra <= nodes else None, "evicted": False}


def _measure(seed: int, *, nodes: int, threshold: int, extra: int, check: bool) -> AttackOutcome:
    _checked(nodes, threshold)
    named = f"{seed}/raised threshold"
    run = SmallDkg(
        nodes,
        threshold,
        named,
        tamper=lambda run, index, bundle: _raised(extra, run, index, bundle),
        make=Protocol if check else _UncountedProtocol,
    ).finish()
    blamed = [error.index for protocol in run.protocols[1:] for error in protocol.machine.evicted_dealers]
    return {
        "needed": _needed(_signers(run.results), random.Random(f"{named}/signers")),
        "evicted": DEALER in blamed,
    }


ATTACK = Attack(
    name="raised_threshold",
    about="A dealer deals a polynomial of a higher degree, and the group needs more signers than it agreed on.",
    parameters={
        "nodes": AttackParameter(7, "nodes, one of which raises the threshold", low=2, high=32),
        "threshold": AttackParameter(4, "how many nodes are to sign", low=1, high=32),
        "extra": AttackParameter(2, "by how much the degree of its polynomial is too high", low=0, high=32),
        "check": AttackParameter(False, "whether the nodes count the commitments of each dealer"),
    },
    sources=(
        "Trail of Bits: Breaking the shared key in threshold signature schemes, February 2024",
        "Safeheron: report on the same defect, 2024-02-21",
        "ZcashFoundation/frost issue 600",
    ),
    remedy="Evict a dealer whose commitments are not exactly as many as the threshold.",
    theory=_theory,
    measure=_measure,
)
