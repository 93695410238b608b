"""Subscriptions to the bridge's pulses: what they cost, who may change them, and to whom a pulse is sent.

`policies` has the two sets of rules as data: ``deployed`` is what runs today, its defects included, each with a name;
``seed`` is the first design, without them.
"""

from drandlab.idn.subscriptions.fee_table import FeeTable, FeeTier
from drandlab.idn.subscriptions.policies import DEFECTS, Holding, Policy, policies
from drandlab.idn.subscriptions.transitions import DEPLOYED_TRANSITIONS, SEED_TRANSITIONS, State

__all__ = [
    "DEFECTS",
    "DEPLOYED_TRANSITIONS",
    "SEED_TRANSITIONS",
    "FeeTable",
    "FeeTier",
    "Holding",
    "Policy",
    "State",
    "policies",
]
