"""Holders complain in public about an honest dealer, whose shares were in order.

A dealer answers a complaint with the share in plain, and everybody sees that the complaint was false. The share is one
that the accuser holds anyway, so fewer accusers than the threshold learn nothing. A threshold of them could make the
dealer publish enough shares to rebuild its polynomial: so it answers nothing then, and is out. That costs the key
nothing, as the others' parts are still secret, and all honest nodes end with one key in both cases.
"""

from __future__ import annotations

import random
from collections.abc import Iterable

from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter
from drandlab.attacks.small_dkg import SCHEME, glass_bls
from drandlab.dkg.codec import decode
from drandlab.dkg.packets import JustificationBundle
from drandlab.errors import LocalError
from drandlab.node.reports import DkgPacketSent
from drandlab.simulation.journal import Entry
from drandlab.simulation.keygen.run import generate_key
from drandlab.simulation.misbehaviour.keygen import parse

__all__ = ["ATTACK"]


def _checked(nodes: int, threshold: int, accusers: int) -> None:
    if threshold > nodes:
        raise LocalError(f"must be at most the {nodes} nodes, got {threshold}", argument="threshold")
    if accusers >= nodes:
        raise LocalError(f"must be below the {nodes} nodes, as the dealer is one, got {accusers}", argument="accusers")


def _theory(nodes: int, threshold: int, accusers: int) -> AttackOutcome:
    _checked(nodes, threshold, accusers)
    answers = accusers < threshold
    honest = nodes - accusers if answers else nodes - accusers - 1
    return {
        "qualified": answers,
        "shares_made_public": accusers if answers else 0,
        "keys": min(honest, 1),
    }


def _justified(journal: Iterable[Entry]) -> int:
    """How many shares dealers have published."""
    sent = [entry.what.data for entry in journal if isinstance(entry.what, DkgPacketSent)]
    packets = [decode(data, glass_bls().keys) for data in sent]
    return sum(len(packet.justifications) for packet in packets if isinstance(packet, JustificationBundle))


def _measure(seed: int, *, nodes: int, threshold: int, accusers: int) -> AttackOutcome:
    _checked(nodes, threshold, accusers)
    named = f"{seed}/complaint flood"
    accused, *others = random.Random(named).sample(range(nodes), nodes)
    flood = [parse(f"false-complaint:{accuser}:dealer={accused}") for accuser in others[:accusers]]
    run = generate_key(nodes, threshold, scheme=SCHEME.name, seed=named, backend="glass", faults=flood)
    honest = [run.results[node] for node in (accused, *others[accusers:]) if node in run.results]
    return {
        "qualified": bool(honest) and all(accused in result.qual for result in honest),
        "shares_made_public": _justified(run.journal),
        "keys": len({result.key for result in honest}),
    }


ATTACK = Attack(
    name="complaint_flood",
    about="Holders complain falsely about an honest dealer: it answers in public, or they are too many and it is out.",
    parameters={
        "nodes": AttackParameter(9, "nodes of the group", low=2, high=32),
        "threshold": AttackParameter(5, "how many nodes are to sign", low=1, high=32),
        "accusers": AttackParameter(4, "holders that complain falsely about the dealer", low=0, high=31),
    },
    sources=(
        "Gennaro, Jarecki, Krawczyk, Rabin: Secure distributed key generation for discrete-log based cryptosystems, "
        "J. Cryptology 20 (2007), section 3",
        "dedis/kyber share/dkg: TestDKGTooManyComplaints",
    ),
    remedy="Answer complaints in public while they are fewer than the threshold, and let the dealer go when they are "
    "not; see that no complaint can be caused by packets that are lost.",
    theory=_theory,
    measure=_measure,
    cases=({"nodes": 5, "threshold": 3, "accusers": 2}, {"nodes": 5, "threshold": 3, "accusers": 3}),
)
