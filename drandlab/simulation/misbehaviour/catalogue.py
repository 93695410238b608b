"""One entry of a catalogue of misbehaviour, and how an entry at a node is written as text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from drandlab.errors import LocalError
from drandlab.printable import repr_of
from drandlab.typing import checked_text, whole_of_text

__all__ = ["Misbehaviour", "check_name", "parse_text"]

H = TypeVar("H")


@dataclass(frozen=True, slots=True)
class Misbehaviour(Generic[H]):
    """One entry of a catalogue: what it does, in a sentence; what it changes; the function that does it.

    ``touches`` are kinds of envelopes (running) or of bundles (DKG: ``deal``, ``response``, ``justification``);
    everything else is sent unchanged. ``target`` is ``holder`` or ``dealer`` where it can be aimed at somebody.
    """

    about: str
    touches: frozenset[str]
    hook: H
    target: str | None = None


def check_name(name: str, catalogue: Mapping[str, Misbehaviour[Any]]) -> None:
    """Raise `LocalError` for a name that is not in the catalogue."""
    if name not in catalogue:
        raise LocalError(f"expected one of {', '.join(catalogue)}; got {name!r}", argument="misbehaviour")


def parse_text(text: str, catalogue: Mapping[str, Misbehaviour[Any]]) -> tuple[str, int, tuple[int, ...]]:
    """Return the name, the node and the targets of ``NAME:NODE`` or ``NAME:NODE:holder=J,holder=K``."""
    name, *rest = checked_text(text, "misbehaviour").split(":")
    said = f"misbehaviour {repr_of(text, 80)}"
    if name not in catalogue:
        raise LocalError(f"{said}: expected one of {', '.join(catalogue)}")
    wanted = catalogue[name].target
    aimed = f" or NAME:NODE:{wanted}=J" if wanted else ""
    problem = LocalError(f"{said}: expected NAME:NODE{aimed}, the node as a number")
    node = whole_of_text(rest[0]) if 1 <= len(rest) <= 2 else None
    if node is None:
        raise problem
    targets = []
    for aim in rest[1].split(",") if len(rest) == 2 else ():
        kind, _, number = aim.partition("=")
        target = whole_of_text(number)
        if kind != wanted or target is None:
            raise problem
        targets.append(target)
    return name, node, tuple(targets)
