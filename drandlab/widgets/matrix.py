"""The live status matrix: what one node of a DKG believes, step by step, and the check behind each cell."""

from __future__ import annotations

from itertools import chain
from typing import Any

import traitlets

from drandlab.errors import LocalError
from drandlab.printable import repr_of
from drandlab.simulation.journal import Journal
from drandlab.simulation.keygen.belief import STATES, Belief
from drandlab.simulation.keygen.evidence import Check, Evidence, short
from drandlab.simulation.keygen.replay import replay
from drandlab.simulation.keygen.run import Run
from drandlab.simulation.keygen.sessions import Session
from drandlab.simulation.network import Network
from drandlab.typing import checked_int, whole_number
from drandlab.viz.charts.matrix import status_matrix
from drandlab.widgets.base import LabWidget, refusing, static

__all__ = ["StatusMatrixWidget"]

MOST = 32
"""Dealers or holders that the grid has room for."""


class StatusMatrixWidget(LabWidget):
    r"""The status matrix of a DKG or resharing, dealers in rows and holders in columns, as ``node`` believes it.

    ``source`` is a `Run`, a `Network`, or a journal of either, a saved one too; ``session`` is the number or the id of
    one of its `sessions`, the newest unless given. The view goes through the journal, forwards and backwards, by
    buttons, slider and keys; a click on a cell shows what was said about that share, and the check
    $s\, g = \sum_k x^k A_k$ with its numbers.

    ``node`` (by default the first that holds a result), ``step``, from 0 to the last, where the view starts, and
    ``cell``, a pair (dealer, holder), can be assigned and hold what was chosen. ``belief`` is what is shown, as data.

    Raises `LocalError` for a session, node, step or cell that is not there, and for more than 32 dealers or holders.

    >>> from drandlab.simulation.keygen.run import generate_key
    >>> from drandlab.simulation.misbehaviour.keygen import parse
    >>> run = generate_key(4, 3, backend="glass", faults=[parse("wrong-share:1:holder=3")])
    >>> view = StatusMatrixWidget(run)
    >>> view
    StatusMatrixWidget(node=0, step=11 of 11, cell=(1, 3), 4 dealers x 4 holders)
    >>> view.step = 0
    >>> view.describe()
    'Node 0 after step 1 of 12: of 16 shares 1 is in order.'
    """

    _esm = static("matrix", "js", "player")
    _css = static("matrix", "css")

    # traitlets.Any would let None past the checks below
    node: Any = traitlets.TraitType(-1).tag(sync=True)
    step: Any = traitlets.TraitType(0).tag(sync=True)
    cell: Any = traitlets.TraitType(()).tag(sync=True)
    story = traitlets.Dict(read_only=True).tag(sync=True)

    def __init__(
        self,
        source: Run | Network | Journal,
        node: int | None = None,
        *,
        session: Session | int | str | None = None,
        dark: bool | None = None,
    ) -> None:
        with refusing():
            journal = source.journal if isinstance(source, Network) else source
            if not isinstance(journal, (Run, Journal)):
                raise LocalError(
                    f"expected a Run, a Network or a journal, got a {type(source).__name__}", argument="source"
                )
            self._evidence = Evidence(journal, session)
            size = max(len(self._evidence.terms.dealers), len(self._evidence.terms.holders))
            if size > MOST:
                raise LocalError(
                    f"the grid has room for {MOST} dealers and {MOST} holders, this session has {size}; "
                    "drandlab.viz.status_matrix(replay(source)) draws it",
                    argument="source",
                )
        super().__init__()
        self.node, self.dark = node, dark
        self.cell = _telling(self.belief)
        self.step = len(self.belief.steps) - 1

    def describe(self) -> str:
        """Return the alternative text of the matrix at the step in view."""
        return status_matrix(self.belief, self.step).alt

    def picture(self) -> str:
        """Return the matrix at the step in view as SVG text."""
        return status_matrix(self.belief, self.step).to_svg()

    @traitlets.validate("node")
    def _check_node(self, proposal: Any) -> int:
        with refusing():
            self.belief = replay(self._evidence, proposal["value"])
        return self.belief.node

    @traitlets.observe("node")
    def _tell(self, change: Any) -> None:
        with self.hold_sync():
            self.step = min(self.step, len(self.belief.steps) - 1)
            self.set_trait("story", _story(self.belief, self._evidence))

    @traitlets.validate("step")
    def _check_step(self, proposal: Any) -> int:
        value, last = proposal["value"], len(self.belief.steps) - 1
        with refusing():
            return checked_int(value, "step", 0, last)

    @traitlets.validate("cell")
    def _check_cell(self, proposal: Any) -> tuple[int, int]:
        value, belief = proposal["value"], self.belief
        with refusing():
            if not isinstance(value, (tuple, list)) or len(value) != 2:
                raise LocalError(f"expected a pair (dealer, holder), got {repr_of(value)}", argument="cell")
            for role, index, known in zip(("dealer", "holder"), value, (belief.dealers, belief.holders), strict=True):
                if whole_number(index) not in known:
                    raise LocalError(
                        f"there is no {role} {repr_of(index, 20)}; there are {', '.join(map(str, known))}",
                        argument="cell",
                    )
        return value[0], value[1]

    def __repr__(self) -> str:
        belief = self.belief
        return (
            f"StatusMatrixWidget(node={self.node}, step={self.step} of {len(belief.steps) - 1}, cell={self.cell}, "
            f"{len(belief.dealers)} dealers x {len(belief.holders)} holders)"
        )


def _telling(belief: Belief) -> tuple[int, int]:
    """The first share with a check that failed, else with a complaint, else the first that was checked at all."""
    cells = [(d, h) for d in belief.dealers for h in belief.holders]
    failed = ((e.check.dealer, e.check.holder) for e in belief.events if e.check and not e.check.passes)
    complained = (cell for i in range(len(belief.steps)) for cell in cells if belief.state(i, *cell) == "c")
    checked = ((e.check.dealer, e.check.holder) for e in belief.events if e.check)
    return next(chain(failed, complained, checked, cells))


def _story(belief: Belief, evidence: Evidence) -> dict[str, Any]:
    """What the page needs to know: the first matrix, then what changes from step to step."""
    steps: list[dict[str, Any]] = []
    before = tuple("w" * len(belief.holders) for _ in belief.dealers)
    for i, step in enumerate(belief.steps):
        changes = [
            [row, column, new]
            for row, (old_row, new_row) in enumerate(zip(before, step.states, strict=True))
            for column, (old, new) in enumerate(zip(old_row, new_row, strict=True))
            if old != new
        ]
        out = {"dealers": sorted(belief.struck(i)), "holders": sorted(step.evicted_holders)}
        steps.append({"time": step.time, "phase": step.phase, "said": step.said, "changes": changes, "out": out})
        before = step.states
    return {
        "node": belief.node,
        "nodes": list(evidence.session.nodes),
        "dealers": _named(belief.dealers, evidence.node_of_dealer),
        "holders": _named(belief.holders, evidence.node_of_holder),
        "own": [belief.own_dealer, belief.own_holder],
        "resharing": belief.resharing,
        "states": dict(STATES),
        "steps": steps,
        "events": [
            [event.step, event.dealer, event.holder, event.said, event.check and _numbers(event.check)]
            for event in belief.events
        ],
        "qual": belief.qual,
        "key": belief.key,
    }


def _named(indices: tuple[int, ...], nodes: dict[int, int]) -> list[list[int | None]]:
    """Each index with the node that has it, None where that node took no part."""
    return [[index, nodes.get(index)] for index in indices]


def _numbers(check: Check) -> dict[str, Any]:
    points = {"left": check.left, "right": check.right, "dealt": check.dealt, "owed": check.owed}
    found = {name: short(bytes(point)) for name, point in points.items() if point is not None}
    share = {} if check.share is None else {"s": str(check.share)}  # a mark: no digit of a share goes to the page
    return {"x": check.x, "terms": check.terms, "problem": check.problem, **share, **found}
