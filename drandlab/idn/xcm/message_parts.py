"""What messages are made of besides their instructions: the base class of those, and what several of them hold."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from drandlab.idn.runtime.weights import Weight
from drandlab.idn.xcm.locations import Location

__all__ = [
    "Instruction",
    "OriginKind",
    "PalletInfo",
    "QueryResponseInfo",
    "Xcm",
]


class OriginKind(enum.Enum):
    """As what kind of origin the location in the origin register calls a `Transact`'s call."""

    Native = 0
    SovereignAccount = 1
    Superuser = 2
    Xcm = 3


@dataclass(frozen=True, slots=True)
class Instruction:
    """One step of a message."""

    BARE: ClassVar[bool] = False
    """Whether the instruction holds one value that has no name."""


Xcm: TypeAlias = tuple[Instruction, ...]
"""A message without its version: a list of instructions."""


@dataclass(frozen=True, slots=True)
class QueryResponseInfo:
    """Where an answer goes, under which number, and how much weight it may take there."""

    destination: Location
    query_id: int
    max_weight: Weight


@dataclass(frozen=True, slots=True)
class PalletInfo:
    """What a chain says of one of its pallets."""

    index: int
    name: bytes
    module_name: bytes
    major: int
    minor: int
    patch: int
