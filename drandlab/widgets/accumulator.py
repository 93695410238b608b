"""The live accumulator: pulses flow in one by one, sums of points grow, and the equation that must hold is checked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import traitlets

from drandlab.beacon.beacon import Beacon
from drandlab.beacon.chain_info import ChainInfo
from drandlab.beacon.verify import Verifier
from drandlab.curves.group import Point
from drandlab.typing import checked_choice, checked_int
from drandlab.viz.chart import Chart
from drandlab.viz.charts.bridge.curve_sums import curve_sums, stored_pairs
from drandlab.viz.charts.bridge.heard_pulses import EDITS, MODES, Heard, SumStep, check_edits, heard_pulses
from drandlab.viz.charts.bridge.point_places import PLANES, place_of, plane_of
from drandlab.widgets.base import LabWidget, refusing, static

__all__ = ["AccumulatorWidget"]


class AccumulatorWidget(LabWidget):
    r"""Pulses on their way into the chain of the bridge: what their sums are, and whether the chain takes them.

    ``beacons`` are 1 to 16 of contiguous rounds, with signatures on $G_1$ of BLS12-381; ``info`` is their network.
    ``per_block`` of them fall into the time of a block, whose author adds up what came. Each can be left out, come late
    or twice, be forged, change its signature with the next one, or have an error $D$ added or subtracted: ``edits``
    has a word for each pulse (`drandlab.viz.charts.bridge.heard_pulses.EDITS`). ``mode`` is ``accumulate`` (a running
    pair that must hold as a whole) or ``range`` (each submission by itself). ``at`` is the step in view: one for each
    pulse and each block.

    A sum is drawn at the coordinates of its point, each divided by $p$; on the backend ``glass`` at its logarithm, as
    an angle. All verdicts come from Python: the page plays what it was told, and asks for other edits.

    Raises `LocalError` for beacons, edits, a mode or a step that there cannot be.

    >>> import drandlab as dl
    >>> net = dl.Network(4, 3, backend="glass", scheme="bls-unchained-g1-rfc9380").run(rounds=4)
    >>> view = AccumulatorWidget(net.beacons, net.info, backend="glass")
    >>> view
    AccumulatorWidget(rounds 1 to 4, mode='accumulate', step=5 of 5, next_round=5)
    >>> view.edits = ["plus", "minus", "true", "forge"]
    >>> [step.error for step in view.steps if step.kind == "block"]
    [None, 'VerificationFailed']
    """

    _esm = static("accumulator", "js", "player")
    _css = static("accumulator", "css")

    # traitlets.Any would let None past the checks below
    edits: Any = traitlets.TraitType(()).tag(sync=True)
    mode: Any = traitlets.TraitType("accumulate").tag(sync=True)
    at: Any = traitlets.TraitType(0).tag(sync=True)
    story = traitlets.Dict(read_only=True).tag(sync=True)

    def __init__(
        self,
        beacons: Iterable[Beacon],
        info: ChainInfo,
        edits: Sequence[str] | None = None,
        *,
        mode: str = "accumulate",
        per_block: int = 2,
        at: int | None = None,
        backend: str | None = None,
        dark: bool | None = None,
    ) -> None:
        with refusing():
            self._beacons, self._info = tuple(beacons), info
            self._per_block, self._backend = per_block, backend
            self._tell(edits, mode)
        super().__init__()
        self.edits = [pulse.edit for pulse in self.pulses]
        self.mode = mode
        self.at = len(self.steps) - 1 if at is None else at
        self.set_trait("story", self._story())
        self.dark = dark

    def _tell(self, edits: Sequence[str] | None, mode: str) -> None:
        found = heard_pulses(
            self._beacons, self._info, edits, mode=mode, per_block=self._per_block, backend=self._backend
        )
        self.pulses: tuple[Heard, ...] = found[0]
        self.steps: tuple[SumStep, ...] = found[1]

    def describe(self) -> str:
        """Return the alternative text of the step in view."""
        return self._chart().alt

    def picture(self) -> str:
        """Return the sums at the step in view as SVG text."""
        return self._chart().to_svg()

    def _chart(self) -> Chart:
        first, last = self.pulses[0].round, self.pulses[-1].round
        title = f"Rounds {first} to {last}, {self.mode}: step {self.at + 1} of {len(self.steps)}"
        return curve_sums(self.steps, self.at, title=title)

    def __repr__(self) -> str:
        first, last = self.pulses[0].round, self.pulses[-1].round
        return (
            f"AccumulatorWidget(rounds {first} to {last}, mode={self.mode!r}, step={self.at} of "
            f"{len(self.steps) - 1}, next_round={self.steps[self.at].next_round})"
        )

    @traitlets.validate("edits")
    def _check_edits(self, proposal: Any) -> list[str]:
        with refusing():
            return list(check_edits(proposal["value"], len(self._beacons)))

    @traitlets.validate("mode")
    def _check_mode(self, proposal: Any) -> str:
        with refusing():
            return checked_choice(proposal["value"], "mode", MODES)

    @traitlets.observe("edits", "mode")
    def _retell(self, change: Any) -> None:
        if not self.story:  # it is being made
            return
        with self.hold_sync():
            self._tell(self.edits, self.mode)
            self.at = min(self.at, len(self.steps) - 1)
            self.set_trait("story", self._story())

    @traitlets.validate("at")
    def _check_at(self, proposal: Any) -> int:
        with refusing():
            return checked_int(proposal["value"], "at", 0, len(self.steps) - 1)

    def _story(self) -> dict[str, Any]:
        """What the page needs to know: the pulses as they come, and what is seen step by step."""
        arrivals: dict[int, int] = {}
        for i, step in enumerate(self.steps):
            if step.round is not None:
                arrivals[step.round] = i  # of a late one, when it comes
        plane = plane_of(Verifier.of(self._info, self._backend).bls.signatures)
        return {
            "mode": self.mode,
            "modes": list(MODES),
            "plane": plane,
            "drawn": PLANES[plane],
            "words": dict(EDITS),
            "examples": _examples(len(self.pulses)),
            "pulses": [
                [
                    pulse.round,
                    pulse.edit,
                    None if pulse.signature is None else _short(pulse.signature),
                    pulse.alone,
                    arrivals[pulse.round],
                ]
                for pulse in self.pulses
            ],
            "steps": [_told(step) for step in self.steps],
            "pairs": [[_place(message), _place(signature)] for message, signature in stored_pairs(self.steps)],
        }


def _told(step: SumStep) -> dict[str, Any]:
    return {
        "block": step.block if step.kind == "block" else None,
        "said": step.said,
        "message": _point(step.message),
        "signature": _point(step.signature),
        "wanted": None if step.wanted is None else _place(step.wanted),
        "holds": step.holds,
        "error": step.error,
        "stored": None if step.stored is None else [_short(step.stored[0]), _short(step.stored[1])],
        "next": step.next_round,
    }


def _point(point: Point | None) -> list[Any] | None:
    return None if point is None else [_short(point), _place(point)]


def _place(point: Point) -> list[float] | None:
    place = place_of(point)
    return None if place is None else [round(place.x, 4), round(place.y, 4)]


def _short(point: Point) -> str:
    """The ends of an encoding: in the glass box all begin alike."""
    text = point.hex()
    return f"{text[:8]}…{text[-8:]}"


def _examples(count: int) -> list[list[Any]]:
    """Edits to begin with, by name: those for which there are enough pulses."""
    middle = count // 2
    found: list[list[Any]] = [["all true", ["true"] * count]]
    for name, at, edits in (
        ("one missing", max(0, middle - 1), ["drop"]),
        ("one late", 0, ["late"]),
        ("one forged", count - 1, ["forge"]),
        ("two exchanged", 0, ["swap", "swap"]),
        ("errors that cancel", 0, ["plus", "minus"]),
    ):
        if at + len(edits) <= count:
            found.append([name, ["true"] * at + edits + ["true"] * (count - at - len(edits))])
    return found
