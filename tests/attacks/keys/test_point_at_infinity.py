"""The point at infinity signs everything for a verifier that takes it, and nothing for a strict one."""

from __future__ import annotations

import pytest

from drandlab.attacks.keys.point_at_infinity import ATTACK
from drandlab.crypto.bls import BLS
from drandlab.crypto.schemes import scheme
from drandlab.curves.choice import use_backend
from drandlab.errors import DecodeError, VerificationError


@pytest.mark.parametrize("backend", ["blst", "glass"])
@pytest.mark.parametrize(("check", "accepted"), [(True, 0.0), (False, 1.0)])
def test_a_check_changes_the_outcome(check: bool, accepted: float, backend: str) -> None:
    with use_backend(backend):
        assert ATTACK.run(1, check=check, runs=4) == ATTACK.predicted(check=check, runs=4) == {"accepted": accepted}


@pytest.mark.parametrize("name", ["bls-unchained-g1-rfc9380", "pedersen-bls-chained"])
def test_each_of_the_two_is_refused_alone(name: str) -> None:
    """So a verifier that checks only one of them accepts no message either."""
    bls = BLS.of(scheme(name), "glass")
    with pytest.raises(DecodeError) as key:
        bls.decode_key(bytes(bls.keys.identity))
    with pytest.raises(VerificationError) as signature:
        bls.decode_signature(bytes(bls.signatures.identity))
    assert key.value.code == signature.value.code == "infinity"
