"""Floor 6: attacks that really run, one file each, with the measured outcome beside the predicted one.

`catalogue` has them all by name.
"""

from drandlab.attacks.all_attacks import catalogue
from drandlab.attacks.attack import Attack, AttackParameter

__all__ = ["Attack", "AttackParameter", "catalogue"]
