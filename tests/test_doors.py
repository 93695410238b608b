"""The doors of the package: what every public function makes of numbers and values of other kinds."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
import sympy

from drandlab.algebra import PrimeField, evaluation_point, shares_of
from drandlab.algebra.lagrange import whole_coefficients
from drandlab.algebra.modular import is_prime
from drandlab.algebra.polynomial import Polynomial
from drandlab.analysis.bulk import verify_batch
from drandlab.beacon.beacon import Beacon
from drandlab.beacon.chain_info import ChainInfo
from drandlab.beacon.rounds import Schedule
from drandlab.crypto.schemes import round_bytes, scheme
from drandlab.curves import suite
from drandlab.dkg.config import Member
from drandlab.dkg.packets import Deal, Response, epoch_session_id
from drandlab.errors import LocalError, WrongType
from drandlab.node.setup.setup_rules import Terms, genesis_time
from drandlab.remote.networks import networks
from drandlab.simulation.keygen.run import generate_key
from drandlab.simulation.scenario.events import Crash
from drandlab.simulation.world.links import Latency, Link


class Index:
    """A whole number as numpy's are: no int, no arithmetic, but it has an index."""

    def __init__(self, value: int) -> None:
        self.value = value

    def __index__(self) -> int:
        return self.value


F17 = PrimeField(17)
G1 = suite("bls12-381", "glass").g1
QUICKNET = networks["quicknet"]


def info(**fields: Any) -> ChainInfo:
    known = {"public_key": QUICKNET.public_key, "scheme": QUICKNET.scheme, "period": 3, "genesis_time": 0}
    return ChainInfo(**(known | {"genesis_seed": bytes(32)} | fields))


WHOLE: list[Callable[[Any], Any]] = [
    lambda n: F17(n).value,
    lambda n: F17(1) + n,
    lambda n: (F17(2) ** n).value,
    lambda n: Polynomial(F17, [1, n])(n).value,
    lambda n: [share.index for share in shares_of(Polynomial(F17, [1]), n)],
    lambda n: whole_coefficients([1, n])[1],
    evaluation_point,
    is_prime,
    round_bytes,
    epoch_session_id,
    QUICKNET.round_time,
    QUICKNET.round_at,
    lambda n: QUICKNET.scheme.digest(n),
    lambda n: Schedule(n, n).round_time(n),
    lambda n: info(period=n).period,
    lambda n: info(genesis_time=n).chain_hash,
    lambda n: Beacon(round=n, signature=b"").round,
    lambda n: G1.generator * n,
    lambda n: n * G1.generator,
    lambda n: Member(n, G1.generator).index,
    lambda n: Deal(share_index=n, encrypted_share=b"").share_index,
    lambda n: Response(dealer_index=n, success=True).dealer_index,
    lambda n: Terms(expected=n, threshold=n, period=n, wait=n).period,
    lambda n: genesis_time(n, phase_timeout=10, offset=1, period=3),
    lambda n: generate_key(n, n, backend="glass").configs[0].threshold,
    lambda n: Crash(node=n).node,
    lambda n: Latency(mean=n).mean,
    lambda n: Link(slow=n, bandwidth=n).slow,
    lambda n: verify_batch([], QUICKNET, n, chunk=n).checked,
]


@pytest.mark.parametrize("door", WHOLE, ids=range(len(WHOLE)))
def test_a_whole_number_of_another_library_is_a_plain_one_inside(door: Callable[[Any], Any]) -> None:
    plain = door(5)
    for value in (Index(5), sympy.Integer(5)):
        found = door(value)
        assert found == plain
        assert type(found) is type(plain)


OPERATORS = {WHOLE[1], WHOLE[17], WHOLE[18]}
"""An operator leaves a value that it does not know to the other side; then Python says that nobody takes it."""

NOBODY = WHOLE[25]
"""An event may name one node or several, so None alone is no wrong type."""


@pytest.mark.parametrize("door", WHOLE, ids=range(len(WHOLE)))
@pytest.mark.parametrize("value", [True, "5", None, b"5", 5j], ids=repr)
def test_what_is_no_number_is_refused_on_purpose(door: Callable[[Any], Any], value: Any) -> None:
    with pytest.raises(TypeError if door in OPERATORS else LocalError) as refused:
        door(value)
    wanted = TypeError if door in OPERATORS else LocalError if (door, value) == (NOBODY, None) else WrongType
    assert type(refused.value) is wanted


@pytest.mark.parametrize(
    "door",
    [
        QUICKNET.round_at,
        lambda x: genesis_time(x, phase_timeout=10, offset=1, period=3),
        lambda x: Terms(expected=4, threshold=3, wait=x).wait,
        lambda x: Latency(mean=x, spread=x, floor=x).mean,
        lambda x: Link(loss=x, slow=x).slow,
    ],
    ids=range(5),
)
def test_a_real_number_of_another_library_is_a_plain_one_inside(door: Callable[[Any], Any]) -> None:
    plain = door(0.5)
    for value in (Fraction(1, 2), sympy.Float(0.5)):
        assert door(value) == plain
        assert type(door(value)) is type(plain)
    for wrong in (float("nan"), float("inf"), "0.5", True, 0.5j):
        with pytest.raises(ValueError, match="expected"):
            door(wrong)


def test_the_scheme_is_asked_for_by_name() -> None:
    for wrong in (None, 7, b"pedersen-bls-chained", ["a"], {}):
        with pytest.raises(TypeError, match="scheme: expected its name as text"):
            scheme(wrong)  # type: ignore[arg-type]
