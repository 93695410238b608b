r"""The result of a DKG: QUAL, the distributed key, and the shares of those who hold it.

A fresh run adds up: $s_j = \sum_{i \in QUAL} f_i(x_j)$ and $A_k = \sum_{i \in QUAL} A_{i,k}$. A resharing
interpolates at 0 over the first $t_{old}$ valid dealers $Q$ by ascending index, the shares and, column by column, the
commitments:

$$s_j = \sum_{i \in Q} \lambda_i f_i(x_j), \qquad A_k = \sum_{i \in Q} \lambda_i A_{i,k},$$

so that $A_0 = \sum_{i \in Q} \lambda_i s_i g$ is the old key again.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field

from drandlab.algebra.field import FieldElement
from drandlab.algebra.lagrange import lagrange_coefficients
from drandlab.algebra.shamir import Share, evaluation_point
from drandlab.crypto.feldman import PublicPolynomial
from drandlab.curves.group import Point
from drandlab.dkg.config import Config
from drandlab.dkg.status import StatusMatrix
from drandlab.errors import ProtocolAborted

__all__ = ["Dealing", "Result", "add_dealings", "interpolate_dealings", "qual_by_columns"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The outcome for one node: who is qualified (QUAL), the group's public polynomial and the node's own share."""

    qual: tuple[int, ...]
    public: PublicPolynomial
    share: Share

    @property
    def key(self) -> Point:
        """The group's public key."""
        return self.public.public_key

    def __repr__(self) -> str:
        return f"<Result key {self.key!r}, {len(self.qual)} qualified, t = {self.public.threshold}>"


@dataclass(frozen=True, slots=True)
class Dealing:
    """What one dealer gave to one holder, found to be in order."""

    public: PublicPolynomial
    share: FieldElement = field(repr=False)


def add_dealings(config: Config, *, own: int, valid: Mapping[int, Dealing], evicted_holders: Set[int]) -> Result:
    """Return the result of a fresh run for holder ``own``; QUAL are the valid dealers not evicted as holders."""
    qual = tuple(dealer for dealer in valid if dealer not in evicted_holders)
    if not qual:
        raise ProtocolAborted("no dealer is left whose shares are all in order", code="too-few-dealers")
    group = config.group
    commits = [group.sum([valid[dealer].public.commits[k] for dealer in qual]) for k in range(config.threshold)]
    value = sum((valid[dealer].share for dealer in qual), group.field.zero)
    return Result(qual=qual, public=PublicPolynomial(group, commits), share=Share(index=own, value=value))


def interpolate_dealings(
    config: Config, *, own: int, valid: Mapping[int, Dealing], evicted_holders: Set[int]
) -> Result:
    """Return the result of a resharing for holder ``own``: old key, new polynomial, new share.

    Raises `ProtocolAborted` when too few dealers or too few new nodes are left.
    """
    dealers = sorted(valid)[: config.old_threshold]
    if len(dealers) < config.old_threshold:
        why = f"only {len(dealers)} shares of the old key are left, need {config.old_threshold}"
        raise ProtocolAborted(why, code="too-few-dealers")
    group = config.group
    weights = lagrange_coefficients(group.field, [evaluation_point(dealer) for dealer in dealers])
    value = sum((w * valid[d].share for w, d in zip(weights, dealers, strict=True)), group.field.zero)
    columns = ([valid[d].public.commits[k] for d in dealers] for k in range(config.threshold))
    public = PublicPolynomial(group, [group.msm(column, weights) for column in columns])
    if value * group.generator != public.share(own):
        why = "the interpolated share does not lie on the interpolated public polynomial"
        raise ProtocolAborted(why, code="polynomial")
    # QUAL: the new nodes, without those that failed as dealers of the old group and those evicted as holders
    failed = [member.key for member in config.dealers if member.index not in valid]
    qual = tuple(m.index for m in config.holders if m.key not in failed and m.index not in evicted_holders)
    if len(qual) < config.threshold:
        why = f"only {len(qual)} new nodes took part properly, need {config.threshold}"
        raise ProtocolAborted(why, code="too-few-holders")
    return Result(qual=qual, public=public, share=Share(index=own, value=value))


def qual_by_columns(status: StatusMatrix) -> tuple[int, ...]:
    """Return QUAL of a resharing by the drand specification's rule, to be compared with production's.

    A new node is qualified when its share from every valid dealer is in order, where a dealer is valid when *all* its
    shares are. The second clause makes the first one empty: no new node is ever left out by it.
    Production keeps lists of the evicted instead (`interpolate_dealings`).

    >>> matrix = StatusMatrix([0, 1], [0, 1, 2], success=True)
    >>> matrix.set(1, 2, False)
    >>> qual_by_columns(matrix)
    (0, 1, 2)
    """
    valid = [dealer for dealer in status.dealers if status.all_success(dealer)]
    return tuple(holder for holder in status.holders if all(status.get(dealer, holder) for dealer in valid))
