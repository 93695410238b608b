r"""A two-phase DKG: who takes part is settled before anybody can tell what the key will be.

First every dealer commits with $C_k = a_k g + b_k h$, where nobody knows the logarithm of $h$: that shows nothing of
the $a_k$. Holders check their two shares, $s g + s' h = \sum_k x^k C_k$, and complain; who does not answer is out. Then
the dealers that are left publish $A_k = a_k g$. Whoever refuses stays in: the holders pool their shares of its
polynomial and compute $A_0$ without it.

It has what an attack needs and no more: no packets, no signatures, no encryption, and nobody reveals what does not fit
its shares. Source: Gennaro, Jarecki, Krawczyk,
Rabin, "Secure distributed key generation for discrete-log based cryptosystems", J. Cryptology 20 (2007), section 4.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from drandlab.algebra.field import FieldElement
from drandlab.algebra.polynomial import Polynomial
from drandlab.algebra.shamir import Share, evaluation_point, recover
from drandlab.crypto.feldman import PublicPolynomial
from drandlab.curves.group import Group, Point
from drandlab.errors import ProtocolAborted
from drandlab.typing import Rng

__all__ = ["TwoPhaseDealer", "two_phase_key"]


def _second_generator(group: Group) -> Point:
    return group.hash(b"second generator", b"DRANDLAB_TWO_PHASE_DKG")


@dataclass(frozen=True, slots=True)
class TwoPhaseDealer:
    """One dealer: the polynomial that it deals, and the one that hides its commitments."""

    group: Group
    dealt: Polynomial = field(repr=False)
    hiding: Polynomial = field(repr=False)

    @classmethod
    def random(cls, group: Group, threshold: int, rng: Rng) -> TwoPhaseDealer:
        """Return a dealer with fresh polynomials."""
        one, other = (Polynomial.random(group.field, threshold - 1, rng) for _ in range(2))
        return cls(group, one, other)

    def commitments(self, threshold: int) -> tuple[Point, ...]:
        """Return what the first phase publishes: $C_k = a_k g + b_k h$."""
        pairs = zip(self.dealt.padded(threshold), self.hiding.padded(threshold), strict=True)
        h = _second_generator(self.group)
        return tuple(a * self.group.generator + b * h for a, b in pairs)

    def shares(self, holder: int) -> tuple[FieldElement, FieldElement]:
        """Return the two shares of a holder."""
        x = evaluation_point(holder)
        return self.dealt(x), self.hiding(x)

    def revealed(self, threshold: int) -> PublicPolynomial:
        """Return what the second phase publishes: $A_k = a_k g$."""
        return PublicPolynomial.commit(self.dealt, self.group, threshold)


def _fits(group: Group, commits: Sequence[Point], holder: int, share: FieldElement, hidden: FieldElement) -> bool:
    left = share * group.generator + hidden * _second_generator(group)
    return left == group.horner(commits, evaluation_point(holder))


def two_phase_key(
    dealers: Sequence[TwoPhaseDealer],
    threshold: int,
    *,
    wronged: Mapping[int, int],
    answers: Callable[[Sequence[Sequence[Point]]], Iterable[int]],
    reveals: Callable[[Mapping[int, PublicPolynomial]], Iterable[int]],
) -> Point:
    """Return the key of a run in which every dealer is a holder too.

    ``wronged`` are dealers that deal a wrong share, each with the holder that gets it. ``answers`` gets the commitments
    of the first phase and says which of the dealers under complaint answer it; ``reveals`` gets what the dealers that
    nobody wronged publish in the second phase, and says which of the others publish theirs.
    """
    group = dealers[0].group
    public = [dealer.commitments(threshold) for dealer in dealers]
    held: dict[tuple[int, int], FieldElement] = {}
    complaints = set()
    for i, dealer in enumerate(dealers):
        for j in range(len(dealers)):
            share, hidden = dealer.shares(j)
            if wronged.get(i) == j:
                share += 1
            if _fits(group, public[i], j, share, hidden):
                held[i, j] = share
            else:
                complaints.add(i)
    answering = set(answers(public))
    for i in complaints & answering:
        share, hidden = dealers[i].shares(wronged[i])
        if _fits(group, public[i], wronged[i], share, hidden):
            held[i, wronged[i]] = share
            complaints.discard(i)
    qualified = [i for i in range(len(dealers)) if i not in complaints]
    if len(qualified) < threshold:
        raise ProtocolAborted(f"only {len(qualified)} dealers are left, need {threshold}", code="too-few-dealers")
    honest = {i: dealers[i].revealed(threshold) for i in qualified if i not in wronged}
    willing = set(reveals(honest))
    contributions = []
    for i in qualified:
        if i in honest or i in willing:
            contributions.append(dealers[i].revealed(threshold).public_key)
        else:
            contributions.append(
                recover([Share(index=j, value=held[i, j]) for j in honest], threshold) * group.generator
            )
    return group.sum(contributions)
