"""Tools to test protocols with, for drandlab's own tests, for notebooks and for yours.

`run_dkg` drives the machines of all nodes in lockstep, and lets an adversary rewrite the packets of each phase: three
functions from a list of bundles to a list of bundles, which is how production's library tests its DKG. Ready-made
adversaries stand in `drandlab.network.misbehaviour` and work on whole runs (`drandlab.network.key_generation.run`);
they are offered here too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from drandlab.dkg.machine import DistKeyGenerator
from drandlab.dkg.packets import DealBundle, JustificationBundle, ResponseBundle
from drandlab.dkg.result import Result
from drandlab.errors import Evicted, ProtocolAborted
from drandlab.network.key_generation import generate_key, reshare, run
from drandlab.network.misbehaviour import CATALOGUE, Fault, parse_fault

__all__ = ["CATALOGUE", "Ended", "Fault", "generate_key", "parse_fault", "reshare", "run", "run_dkg"]

Ended: TypeAlias = Result | Evicted | ProtocolAborted | None
"""How a node's run ended: with a result, with an error, or, for a leaver, with nothing."""


def run_dkg(
    nodes: Sequence[DistKeyGenerator],
    *,
    map_deals: Callable[[list[DealBundle]], list[DealBundle]] = list,
    map_responses: Callable[[list[ResponseBundle]], list[ResponseBundle]] = list,
    map_justifications: Callable[[list[JustificationBundle]], list[JustificationBundle]] = list,
) -> list[Ended]:
    """Run all machines in lockstep, every bundle to every node, and return how each ended, in their order.

    Each ``map_…`` gets the honest bundles of a phase and returns what is delivered instead. Signatures play no part.

    >>> import random
    >>> from drandlab.curves import suite
    >>> from drandlab.dkg.config import Config, Member
    >>> g1, rng = suite("bls12-381", "glass").g1, random.Random(1)
    >>> keys = [g1.field.random(rng) for _ in range(4)]
    >>> everybody = [Member(i, x * g1.generator) for i, x in enumerate(keys)]
    >>> nodes = [DistKeyGenerator(Config(group=g1, longterm=x, new_nodes=everybody, threshold=3, nonce=bytes(32)), rng)
    ...          for x in keys]
    >>> ended = run_dkg(nodes, map_deals=lambda deals: deals[1:])
    >>> type(ended[0]).__name__, ended[1].qual
    ('Evicted', (1, 2, 3))
    """
    deals = map_deals([node.deals() for node in nodes if node.can_issue])
    responses = map_responses([made for node in nodes if (made := node.process_deals(deals)) is not None])
    ended: list[Ended] = [None] * len(nodes)
    answers: list[JustificationBundle] = []
    waiting: list[int] = []
    for i, node in enumerate(nodes):
        if not node.can_receive:
            continue
        try:
            outcome = node.process_responses(responses)
        except (Evicted, ProtocolAborted) as error:
            ended[i] = error
            continue
        if isinstance(outcome, Result):
            ended[i] = outcome
        else:
            waiting.append(i)
            answers += [outcome] if outcome is not None else []
    answers = map_justifications(answers)
    for i in waiting:
        try:
            ended[i] = nodes[i].process_justifications(answers)
        except (Evicted, ProtocolAborted) as error:
            ended[i] = error
    return ended
