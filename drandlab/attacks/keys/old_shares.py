r"""Shares from before a resharing: worthless to the new group, and worth the whole key to whoever has enough of them.

A resharing hands the same secret on, in new polynomials. A partial signature by an old share fits no new share's key,
and old and new shares lie on no polynomial together, so a mixture gives another secret. But a threshold of old shares
still gives the true one, and that secret is the key's for ever. A resharing helps only if old shares are erased.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from drandlab.algebra.shamir import Share, recover
from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter
from drandlab.attacks.small_dkg import SCHEME, glass_bls
from drandlab.crypto.tbls import ThresholdBLS, sign_partial
from drandlab.curves.group import Point
from drandlab.errors import LocalError, VerificationError
from drandlab.simulation.keygen.run import Run, generate_key, reshare

__all__ = ["ATTACK"]


def _shares(run: Run) -> list[Share]:
    return [result.share for result in run.results.values()]


def _accepted(run: Run, old: Sequence[Share], message: bytes) -> int:
    """How many partial signatures by old shares the new group takes."""
    group, accepted = ThresholdBLS(glass_bls(), run.agreed.public), 0
    for share in old:
        try:
            group.verify_partial(message, sign_partial(group.bls, share, message))
        except VerificationError:
            continue
        accepted += 1
    return accepted


def _recovered(key: Point, old: Sequence[Share], new: Sequence[Share]) -> bool:
    """Whether the secret of the key comes out of the shares of one kind, or of both kinds together."""
    indices = {share.index for share in old}
    mixed = [*old, *(share for share in new if share.index not in indices)]
    return any(recover(shares, len(shares)) * key.group.generator == key for shares in (old, new, mixed) if shares)


def _checked(nodes: int, threshold: int, new_nodes: int, new_threshold: int, old_kept: int, new_kept: int) -> None:
    for name, value, most, of in (
        ("threshold", threshold, nodes, "nodes"),
        ("new_threshold", new_threshold, new_nodes, "new nodes"),
        ("old_kept", old_kept, nodes, "nodes"),
        ("new_kept", new_kept, new_nodes, "new nodes"),
    ):
        if value > most:
            raise LocalError(f"must be at most the {most} {of}, got {value}", argument=name)


def _theory(
    nodes: int, threshold: int, new_nodes: int, new_threshold: int, old_kept: int, new_kept: int
) -> AttackOutcome:
    _checked(nodes, threshold, new_nodes, new_threshold, old_kept, new_kept)
    return {
        "same_key": True,
        "old_accepted": 0,
        "recovered": old_kept >= threshold or new_kept >= new_threshold,
    }


def _measure(
    seed: int, *, nodes: int, threshold: int, new_nodes: int, new_threshold: int, old_kept: int, new_kept: int
) -> AttackOutcome:
    _checked(nodes, threshold, new_nodes, new_threshold, old_kept, new_kept)
    named = f"{seed}/old shares"
    rng = random.Random(named)
    before = generate_key(nodes, threshold, scheme=SCHEME.name, seed=named, backend="glass")
    stay = sorted(before.results)[: min(nodes, new_nodes)]
    after = reshare(
        before,
        threshold=new_threshold,
        remaining=stay,
        joining=new_nodes - len(stay),
        leavers_deal=True,
        seed=named,
    )
    old, new = _shares(before), _shares(after)
    return {
        "same_key": before.agreed.key == after.agreed.key,
        "old_accepted": _accepted(after, old, rng.randbytes(32)),
        "recovered": _recovered(before.agreed.key, rng.sample(old, old_kept), rng.sample(new, new_kept)),
    }


ATTACK = Attack(
    name="old_shares",
    about="Old shares after a resharing do not sign, do not mix with new ones, and together still give the key.",
    parameters={
        "nodes": AttackParameter(4, "nodes before the resharing", low=2, high=32),
        "threshold": AttackParameter(3, "threshold before it", low=2, high=32),
        "new_nodes": AttackParameter(6, "nodes after it", low=2, high=32),
        "new_threshold": AttackParameter(4, "threshold after it", low=2, high=32),
        "old_kept": AttackParameter(2, "old shares that the attacker has", low=0, high=32),
        "new_kept": AttackParameter(2, "new shares that the attacker has", low=0, high=32),
    },
    sources=(
        "Herzberg, Jarecki, Krawczyk, Yung: Proactive secret sharing, CRYPTO 1995",
        "Desmedt, Jajodia: Redistributing secret shares to new access structures, 1997",
        "drand documentation, security model, on resharing",
    ),
    remedy="Erase the old share as soon as the new one is in use; after a theft of a threshold make a new key.",
    theory=_theory,
    measure=_measure,
    cases=({}, {"old_kept": 3}, {"new_kept": 4}),
)
