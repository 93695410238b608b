"""Floor 4: timelock encryption: files that open when a round of a drand network is there, as those of the tool `tle`.

`encrypt`, `decrypt` and `inspect` work on bytes and on binary files, `opener` on many files of one round;
`opening_round` chooses the round of a time. A file that cannot be opened is a `TimelockError`, whose ``reason`` is one
of the words in `reasons`.
"""

from drandlab.timelock.inspection import Inspection, inspect
from drandlab.timelock.opening_time import opening_round
from drandlab.timelock.reasons import TimelockError
from drandlab.timelock.sealed_file import RoundOpener, decrypt, encrypt, opener

__all__ = ["Inspection", "RoundOpener", "TimelockError", "decrypt", "encrypt", "inspect", "opener", "opening_round"]
