"""The live block viewer: a chain of blocks, their calls and events, storage before and after, weight and proof size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import traitlets

from drandlab.errors import LocalError
from drandlab.idn.runtime.weights import BlockLimits
from drandlab.printable import repr_of
from drandlab.typing import checked_choice, whole_number
from drandlab.viz.chart import Chart
from drandlab.viz.charts.bridge.block_loads import block_loads, told_in_words
from drandlab.viz.charts.bridge.told_blocks import HOOKS, ToldBlock, ToldChange, ToldStep, told_blocks
from drandlab.widgets.base import LabWidget, refusing, static

__all__ = ["BlockViewerWidget"]

VIEWS = {"calls": "Calls and events", "storage": "Storage", "header": "Header"}
"""What the panel may show of a block, and how a reader is told."""


class BlockViewerWidget(LabWidget):
    """Blocks of a bridge in a row, and of the chosen one what was called, what came of it, and what it changed.

    ``source`` is the answer of ``drandlab idn``, or a list of blocks as a runtime makes them (`Built`, `Executed`;
    those made with ``watch`` know each storage item before and after, with its key). ``first`` and ``last`` are numbers
    of blocks; without them the newest 200 are shown. ``limits`` and ``authors`` are those of
    `drandlab.viz.charts.bridge.told_blocks.told_blocks`.

    ``block`` is the number of the chosen block (the newest at first), ``view`` what is shown of it: ``calls``,
    ``storage`` or ``header``. Both can be assigned and hold what was chosen in the page, which needs no Python once it
    is shown.

    Raises `LocalError` for what are no blocks, and for a block or a view that is not there.

    >>> call = {"call": "RandBeacon.try_submit_asig", "error": "StartExpired", "events": []}
    >>> blocks = [{"number": 1, "calls": [], "events": []}, {"number": 2, "calls": [call], "events": []}]
    >>> viewer = BlockViewerWidget({"blocks": blocks})
    >>> viewer
    BlockViewerWidget(blocks 1 to 2, block=2, view='calls')
    >>> viewer.describe()
    '2 blocks, numbers 1 to 2: 1 call, 1 failed (StartExpired in 1). Block 2: RandBeacon.try_submit_asig fails with ...'
    """

    _esm = static("block_viewer", "js", "lists")
    _css = static("block_viewer", "css")

    # traitlets.Any would let None past the checks below
    block: Any = traitlets.TraitType(0).tag(sync=True)
    view: Any = traitlets.TraitType("calls").tag(sync=True)
    story = traitlets.Dict(read_only=True).tag(sync=True)

    def __init__(
        self,
        source: Any,
        *,
        block: int | None = None,
        view: str = "calls",
        first: int | None = None,
        last: int | None = None,
        limits: BlockLimits | None = None,
        authors: Sequence[str] = (),
        dark: bool | None = None,
    ) -> None:
        with refusing():
            self.blocks = told_blocks(source, limits=limits, authors=authors, first=first, last=last)
        super().__init__()
        self.block = self.blocks[-1].number if block is None else block
        self.view = view
        self.set_trait("story", _story(self.blocks))
        self.dark = dark

    def describe(self) -> str:
        """Return the alternative text: how full the blocks are, and the chosen one in words."""
        return self._chart().alt

    def picture(self) -> str:
        """Return how full the blocks are as SVG text, with a line at the chosen one."""
        return self._chart().to_svg()

    def _chart(self) -> Chart:
        return block_loads(self.blocks, self.block)

    def __repr__(self) -> str:
        first, last = self.blocks[0].number, self.blocks[-1].number
        return f"BlockViewerWidget(blocks {first} to {last}, block={self.block}, view={self.view!r})"

    @traitlets.validate("block")
    def _check_block(self, proposal: Any) -> int:
        value = whole_number(proposal["value"])
        with refusing():
            if value is None or value not in {block.number for block in self.blocks}:
                first, last = self.blocks[0].number, self.blocks[-1].number
                raise LocalError(
                    f"expected the number of a block from {first} to {last}, got {repr_of(proposal['value'], 40)}",
                    argument="block",
                )
        return value

    @traitlets.validate("view")
    def _check_view(self, proposal: Any) -> str:
        with refusing():
            return checked_choice(proposal["value"], "view", VIEWS)


def _story(blocks: Sequence[ToldBlock]) -> dict[str, Any]:
    """What the page needs to know: all of it is text, and shares of the limits as numbers."""
    return {"views": dict(VIEWS), "blocks": [_told(block) for block in blocks]}


def _told(block: ToldBlock) -> dict[str, Any]:
    loads = None
    if block.weight is not None and block.limit is not None:
        loads = [
            [name, round(100 * used / most, 3), f"{used:,} of {most:,} {unit}"]
            for name, unit, used, most in zip(
                ("time", "proof"), ("ps", "bytes"), block.weight, block.limit, strict=True
            )
        ]
    return {
        "number": block.number,
        "slot": block.slot,
        "author": block.author,
        "said": told_in_words(block),
        "calls": len(block.calls),
        "failed": len(block.failed),
        "loads": loads,
        "header": [list(pair) for pair in block.header],
        "digest": [list(pair) for pair in block.digest],
        "steps": [_step(step) for step in block.steps if step.phase not in HOOKS or step.events or step.changes],
        "changes": [_change(change) for change in block.changes],
    }


def _step(step: ToldStep) -> dict[str, Any]:
    weight = None if step.weight is None else f"{step.weight[0]:,} ps, {step.weight[1]:,} bytes of proof"
    return {
        "name": step.name,
        "hook": step.phase in HOOKS,
        "origin": step.origin,
        "args": [list(pair) for pair in step.args],
        "error": step.error,
        "events": [[event.name, [list(pair) for pair in event.fields]] for event in step.events],
        "weight": weight,
        "changed": [change.name for change in step.changes],
    }


def _change(change: ToldChange) -> list[Any]:
    """The key in its parts: what hashes the pallet, what hashes the item, and the rest, which is the entry of a map."""
    key = change.key
    return [change.name, [part for part in (key[:34], key[34:66], key[66:]) if part], change.before, change.after]
