"""The live delivery lane: a block, its subscriptions, their messages, the channels and the targets, block by block."""

from __future__ import annotations

from typing import Any

import traitlets

from drandlab.errors import LocalError
from drandlab.printable import repr_of
from drandlab.typing import whole_number
from drandlab.viz.chart import Chart
from drandlab.viz.charts.delivery.delivery_lane import (
    account_name,
    delivery_lane,
    lane_in_words,
    money_moved,
    short,
    shown_rows,
    signed_amount,
)
from drandlab.viz.charts.delivery.told_lane import TURNS, Lane, LaneBlock, LaneMessage, LaneSubscription, lane_of
from drandlab.widgets.base import LabWidget, refusing, static

__all__ = ["DeliveryLaneWidget"]

MOST_BLOCKS = 200
"""Blocks that the page is told; of a longer run the newest."""

MOST_ROWS = 40
"""Subscriptions that a block shows; those to which something happened come first."""

MILLION = 1_000_000


class DeliveryLaneWidget(LabWidget):
    """Pulses on their way from the bridge to those who subscribed, as the journal of a chain file has them.

    ``source`` is that journal, or a run that has it. ``first`` and ``last`` are numbers of blocks; without them the
    newest 200 are shown. A row is a subscription; its stops are the subscription itself with its credits, the message,
    the channel, and the target. What failed is marked where it ended, and turns the subscription to Paused.

    ``block`` is the number of the block in view (the first at the beginning), ``chosen`` the identifier of a
    subscription in hexadecimal whose details are shown, or None. Both can be assigned and hold what was chosen in the
    page, which needs no Python once it is shown.

    Raises `LocalError` for a journal of no chain file, and for a block or a subscription that is not there.

    >>> from drandlab.simulation.chains.chain_run import ChainRun
    >>> from drandlab.simulation.chains.chain_scenario import load_chain
    >>> view = DeliveryLaneWidget(ChainRun(load_chain("stall"), backend="glass").run(3))
    >>> view
    DeliveryLaneWidget(blocks 1 to 3, block=1, chosen=None)
    """

    _esm = static("delivery_lane", "js", "player", "lists")
    _css = static("delivery_lane", "css")

    # traitlets.Any would let None past the checks below
    block: Any = traitlets.TraitType(0).tag(sync=True)
    chosen: Any = traitlets.TraitType(None, allow_none=True).tag(sync=True)
    story = traitlets.Dict(read_only=True).tag(sync=True)

    def __init__(
        self,
        source: Any,
        *,
        block: int | None = None,
        chosen: str | None = None,
        first: int | None = None,
        last: int | None = None,
        dark: bool | None = None,
    ) -> None:
        with refusing():
            lane = lane_of(source, first=first, last=last)
            if len(lane.blocks) > MOST_BLOCKS and first is not None:
                raise LocalError(f"there is room for {MOST_BLOCKS} blocks, got {len(lane.blocks)}", argument="first")
        self.lane: Lane = lane.newest(MOST_BLOCKS)
        self._places = {one.number: i for i, one in enumerate(self.lane.blocks)}
        self._known = {row.id for one in self.lane.blocks for row in one.subscriptions}
        super().__init__()
        self.block = self.lane.blocks[0].number if block is None else block
        self.chosen = chosen
        self.set_trait("story", _story(self.lane))
        self.dark = dark

    def describe(self) -> str:
        """Return what happens in the block in view, in sentences."""
        return lane_in_words(self.lane, self._places[self.block])

    def picture(self) -> str:
        """Return the lane of the block in view as SVG text."""
        return self._chart().to_svg()

    def _chart(self) -> Chart:
        return delivery_lane(self.lane, self._places[self.block])

    def __repr__(self) -> str:
        first, last = self.lane.blocks[0].number, self.lane.blocks[-1].number
        chosen = None if self.chosen is None else short(self.chosen)
        return f"DeliveryLaneWidget(blocks {first} to {last}, block={self.block}, chosen={chosen})"

    @traitlets.validate("block")
    def _check_block(self, proposal: Any) -> int:
        value = whole_number(proposal["value"])
        with refusing():
            if value is None or value not in self._places:
                first, last = self.lane.blocks[0].number, self.lane.blocks[-1].number
                raise LocalError(
                    f"expected the number of a block from {first} to {last}, got {repr_of(proposal['value'], 40)}",
                    argument="block",
                )
        return value

    @traitlets.validate("chosen")
    def _check_chosen(self, proposal: Any) -> str | None:
        value = proposal["value"]
        with refusing():
            if value is not None and (not isinstance(value, str) or value not in self._known):
                raise LocalError(
                    f"expected the identifier of a subscription of this run, got {repr_of(value, 40)}",
                    argument="chosen",
                )
        return value if value is None else str(value)


def _story(lane: Lane) -> dict[str, Any]:
    """What the page needs to know: all of it is text, and a few numbers for bars."""
    return {
        "title": f"{lane.scenario}, {lane.policy} policy",
        "words": dict(TURNS),
        "blocks": [_told(lane, at) for at in range(len(lane.blocks))],
    }


def _told(lane: Lane, at: int) -> dict[str, Any]:
    block = lane.blocks[at]
    rows, more = shown_rows(block, MOST_ROWS)
    pulse = None
    if block.pulse is not None:
        first, last = block.pulse
        pulse = f"round {first}" if first == last else f"rounds {first}\u2013{last}"
    return {
        "number": block.number,
        "author": block.author,
        "pulse": pulse,
        "error": block.error,
        "said": lane_in_words(lane, at),
        "more": more,
        "rows": [_row(block, row) for row in rows],
        "money": [
            [name, *(_amount(*row.get(kind, (0, 0))) for kind in ("free", "fees", "deposit"))]
            for name, row in money_moved(lane, at).items()
        ],
    }


def _row(block: LaneBlock, row: LaneSubscription) -> dict[str, Any]:
    own = [one for one in block.sent if one.sub_id == row.id]
    travels = [one for one in (*block.waiting, *own) if one.sub_id == row.id and one not in block.arrived]
    came = [one for one in block.arrived if one.sub_id == row.id]
    return {
        "id": row.id,
        "short": short(row.id),
        "turn": row.turn,
        "state": row.state,
        "left": row.left,
        "of": row.credits,
        "spent": row.spent,
        "message": _message(row, own),
        "channel": _channel(block, row, travels),
        "target": "no parachain" if row.target is None else f"parachain {row.target}",
        "came": None if not came else came[-1].error or "executed",
        "stopped": bool(came and came[-1].error),
        "facts": [
            ["identifier", row.id],
            ["subscriber", account_name(row.subscriber)],
            ["state", row.state],
            ["credits", f"{row.left:,} of {row.credits:,} left"],
            ["frequency", f"every {row.frequency:,} blocks" if row.frequency > 1 else "every block"],
            ["last delivery", "none yet" if row.last is None else f"block {row.last:,}"],
            ["messages", _messages(own, travels, came)],
        ],
    }


def _message(row: LaneSubscription, own: list[LaneMessage]) -> str | None:
    if row.turn == "failed":
        return "not sent"
    return f"{own[-1].size:,} bytes" if own else None


def _channel(block: LaneBlock, row: LaneSubscription, travels: list[LaneMessage]) -> str | None:
    if not travels or row.target is None:
        return None
    count, _, factor = block.channels.get(row.target, (len(travels), 0, MILLION))
    dearer = "" if factor == MILLION else f", price \u00d7 {factor / MILLION:.4g}"
    return f"{count:,} wait{'s' * (count == 1)}{dearer}"


def _messages(own: list[LaneMessage], travels: list[LaneMessage], came: list[LaneMessage]) -> str:
    parts = [f"sent for {one.price:,}" for one in own]
    if earlier := [one.sent for one in travels if one not in own]:
        parts.append(f"{len(earlier)} on the way, the oldest since block {min(earlier)}")
    if fine := [one for one in came if one.error is None]:
        parts.append(f"{len(fine)} executed")
    parts += [f"that of block {one.sent}: {one.error}" for one in came if one.error is not None]
    return ", ".join(parts) or "none"


def _amount(amount: int, by: int) -> list[str]:
    return [f"{amount:,}", signed_amount(by) if by else ""]
