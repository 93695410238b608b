"""How deep an instruction goes besides the lists of instructions within it, as production counts when it reads one.

Each list counts, of assets or of anything but bytes, and from version 4 on each path that is not ``Here``, since it is
boxed there. A message whose parts lie more than 8 deep is not read.

Source: ``decode_with_depth_limit`` of the SCALE codec, with ``MAX_XCM_DECODE_DEPTH`` of the Polkadot SDK.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any

from drandlab.idn.xcm.instructions import ExportMessage
from drandlab.idn.xcm.locations import Location
from drandlab.idn.xcm.message_parts import Instruction
from drandlab.wire.scale import Variant

__all__ = ["DEEPEST_PART", "part_depth"]

DEEPEST_PART = 3
"""The most that `part_depth` can be: a list of filters, the assets in one of them, and the path to one of these."""

_ELSEWHERE = frozenset({"xcm", "remote_xcm"})
_FLAT = frozenset({"error", "junction", "topic", "call"})
_PATHS = frozenset({"interior", "descendant_origin"})


def part_depth(instruction: Instruction, *, boxed: bool) -> int:
    """Return how many lists and, if they are ``boxed``, paths are around the deepest part of an instruction.

    >>> from drandlab.idn.xcm.assets import relay_asset
    >>> from drandlab.idn.xcm.instructions import ClearOrigin, WithdrawAsset
    >>> part_depth(ClearOrigin(), boxed=True), part_depth(WithdrawAsset((relay_asset(1),)), boxed=True)
    (0, 1)
    """
    deepest = 0
    for one in fields(instruction):
        value = getattr(instruction, one.name)
        if one.name in _ELSEWHERE or one.name in _FLAT:
            continue
        is_path = one.name in _PATHS or (isinstance(instruction, ExportMessage) and one.name == "destination")
        deepest = max(deepest, int(boxed and bool(value)) if is_path else _depth(value, boxed))
    return deepest


def _depth(value: Any, boxed: bool) -> int:
    if isinstance(value, Location):
        return int(boxed and bool(value.interior))
    if isinstance(value, Variant):
        # the outcome of an execution is a number and an error, which is no list
        return 0 if value.name == "ExecutionResult" else _depth(value.value, boxed)
    if isinstance(value, tuple):
        return 1 + max((_depth(one, boxed) for one in value), default=0)
    if is_dataclass(value):
        return max((_depth(getattr(value, one.name), boxed) for one in fields(value)), default=0)
    return 0
