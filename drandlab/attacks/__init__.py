"""Floor 6: attacks that really run, one file each, with the measured outcome beside the predicted one.

`catalogue` has them all by name.
"""

from drandlab.attacks.all_attacks import catalogue
from drandlab.attacks.attack import Attack, AttackParameter
from drandlab.attacks.outcome_kinds import MeasuredTime, SampledMean, SampledShare

__all__ = ["Attack", "AttackParameter", "MeasuredTime", "SampledMean", "SampledShare", "catalogue"]
