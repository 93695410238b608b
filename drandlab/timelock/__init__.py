"""Floor 4: timelock encryption: files that open when a round of a drand network is there, as those of the tool `tle`.

`reasons` are the words by which a file that cannot be opened is refused.
"""

from drandlab.timelock.reasons import TimelockError

__all__ = ["TimelockError"]
