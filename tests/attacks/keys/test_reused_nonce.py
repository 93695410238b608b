"""A nonce that comes twice gives the secret away, and one that does not gives nothing."""

from __future__ import annotations

import pytest

from drandlab.attacks.keys.reused_nonce import ATTACK


@pytest.mark.parametrize("reuse", [True, False])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_it_is_as_predicted(seed: int, reuse: bool) -> None:
    assert ATTACK.run(seed, reuse=reuse) == ATTACK.predicted(reuse=reuse) == {"recovered": reuse}
