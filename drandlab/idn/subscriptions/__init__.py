"""Subscriptions to the bridge's pulses: what they cost, who may change them, and to whom a pulse is sent.

`policies` has the two sets of rules as data: ``deployed`` is what runs today, its defects included, each with a name;
``seed`` is the first design, without them. `IdnManager` is the pallet, with `ManagerLimits` as its constants.
"""

from drandlab.idn.subscriptions.fee_table import FeeTable, FeeTier
from drandlab.idn.subscriptions.idn_manager import IdnManager
from drandlab.idn.subscriptions.manager_limits import ManagerLimits
from drandlab.idn.subscriptions.policies import DEFECTS, Holding, Policy, policies
from drandlab.idn.subscriptions.priorities import PRIORITIES
from drandlab.idn.subscriptions.subscription import SubscriptionRecord
from drandlab.idn.subscriptions.subscription_ids import subscription_id
from drandlab.idn.subscriptions.transitions import DEPLOYED_TRANSITIONS, SEED_TRANSITIONS, State

__all__ = [
    "DEFECTS",
    "DEPLOYED_TRANSITIONS",
    "PRIORITIES",
    "SEED_TRANSITIONS",
    "FeeTable",
    "FeeTier",
    "Holding",
    "IdnManager",
    "ManagerLimits",
    "Policy",
    "State",
    "SubscriptionRecord",
    "policies",
    "subscription_id",
]
