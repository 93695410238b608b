"""Weights: the same for every instruction, calls and nested messages on top."""

from __future__ import annotations

import pytest
from xcm_machine import Bench, transact

from drandlab.idn.xcm import instructions as xcm
from drandlab.idn.xcm_execution.weighing import (
    MOST_INSTRUCTIONS,
    UNIT_WEIGHT,
    UNIT_WEIGHT_WITH_PROOF,
    Weigher,
)
from drandlab.idn.xcm_execution.xcm_errors import XcmFailed


def test_instructions_calls_and_what_is_nested() -> None:
    bench, weigher = Bench(), Weigher(UNIT_WEIGHT_WITH_PROOF)
    call = transact(bench.call("sign", by=1))
    inner = (call, xcm.ClearOrigin())
    weight = weigher.weight(bench.context, (xcm.SetAppendix(inner), xcm.ExecuteWithOrigin(None, inner), call))
    assert weight.ref_time == 7 * 10**9 + 3 * 5 * 10**9
    assert weight.proof_size == 7 * 65_536 + 3 * 100
    assert weigher.weight(bench.context, ()).ref_time == 0


def test_a_hundred_instructions_and_no_more() -> None:
    bench, weigher = Bench(), Weigher()
    most = (xcm.ClearOrigin(),) * MOST_INSTRUCTIONS
    assert weigher.weight(bench.context, most) == UNIT_WEIGHT * 100
    for message in ((*most, xcm.ClearOrigin()), (xcm.SetErrorHandler(most),), (transact(b""),), (transact(b"\0"),)):
        with pytest.raises(XcmFailed) as caught:
            weigher.weight(bench.context, message)
        assert caught.value.error.name == "WeightNotComputable"
